//! Every payload of the collection, against the outcome written next to it.

mod fixture;

use std::collections::BTreeMap;

use fixture::{Fixture, fixtures};
use owntracks::{
    DecodeError, Epoch, Location, Message, Transition, Waypoint, decode,
    secretbox::{Secret, open},
};
use serde_json::Value;

/// Degrees; far below the precision of any phone.
const TOLERANCE: f64 = 1e-9;

/// What the messages say, in the terms of `check`.
#[derive(Default)]
struct Outcome {
    positions: Vec<Location>,
    events: Vec<Transition>,
    regions: Vec<Waypoint>,
}

impl Outcome {
    fn of(messages: Vec<Result<Message, DecodeError>>) -> Self {
        let mut outcome = Self::default();
        for message in messages.into_iter().flatten() {
            if let Message::Location(location) = message {
                outcome.positions.push(location);
            } else if let Message::Transition(transition) = message {
                outcome.events.push(transition);
            } else if let Message::Waypoint(waypoint) = message {
                outcome.regions.push(waypoint);
            } else if let Message::Waypoints(list) = message {
                outcome.regions.extend(list.waypoints);
            }
        }
        outcome
    }

    fn is_nothing(&self) -> bool {
        self.positions.is_empty() && self.events.is_empty() && self.regions.is_empty()
    }
}

#[test]
fn every_decidable_vector_gives_the_outcome_written_next_to_it() {
    let mut compared = 0;
    for fixture in fixtures() {
        let Some(check) = &fixture.check else { continue };
        let outcome = Outcome::of(read(fixture));
        compare(fixture, check, &outcome);
        compared += 1;
    }
    assert_eq!(compared, 101);
}

#[test]
fn the_vectors_left_out_are_known_by_kind_and_reason() {
    let mut without_check = BTreeMap::new();
    for fixture in fixtures() {
        if fixture.check.is_none() {
            *without_check.entry(fixture.kind.clone()).or_insert(0) += 1;
        }
    }
    let expected = [
        ("array", 1),          // judged by plausibility: p139
        ("card", 1),           // zero-length on the card's topic
        ("cmd", 1),            // policy
        ("configuration", 1),  // policy
        ("csv", 1),            // either outcome is allowed: p150
        ("encrypted", 1),      // wrong key
        ("http", 6),           // answers and identity
        ("location-seed", 1),  // group topic
        ("location-valid", 5), // plausibility of times, null island
        ("lwt", 2),            // connection state
        ("malformed", 4),      // either outcome is allowed
        ("quirk-range", 3),    // plausibility
        ("quirk-time", 5),     // needs the time of receipt
        ("quirk-types", 5),    // either outcome is allowed
        ("retained", 2),       // policy
        ("sequence", 11),      // several messages
        ("topic", 12),         // templates are configuration
        ("transition", 2),     // unknown word, implausible time
    ];
    let expected: BTreeMap<String, i32> = expected.map(|(kind, count)| (kind.to_owned(), count)).into();
    assert_eq!(without_check, expected, "vectors without a check, by kind");
}

#[test]
fn every_vector_and_every_later_message_of_it_is_read_or_refused_with_a_sentence() {
    for fixture in fixtures() {
        for payload in std::iter::once(&fixture.payload).chain(&fixture.then) {
            for message in decode(payload) {
                let Err(error) = message else { continue };
                let sentence = error.to_string();
                assert!(sentence.ends_with('.') && sentence.len() < 160, "{}: {sentence}", fixture.id);
            }
        }
    }
}

/// What a server makes of a vector that knows the device's secret.
fn read(fixture: &Fixture) -> Vec<Result<Message, DecodeError>> {
    let secret = fixture.key.as_deref().map(|key| Secret::new(key).expect("the secret is not empty"));
    let messages = decode(&fixture.payload).into_iter().flat_map(|message| match (message, &secret) {
        (Ok(Message::Encrypted(sealed)), Some(secret)) => {
            open(&sealed, secret).map_or_else(|_| vec![], |plain| decode(&plain))
        }
        (message, _) => vec![message],
    });
    messages.collect()
}

fn compare(fixture: &Fixture, check: &Value, outcome: &Outcome) {
    let id = &fixture.id;
    assert_eq!(outcome.is_nothing(), check["nothing"] == true, "{id}: nothing");
    let list = |name: &str| check[name].as_array().expect("check has its lists").clone();

    let positions = list("positions");
    assert_eq!(outcome.positions.len(), positions.len(), "{id}: number of positions");
    for (found, wanted) in outcome.positions.iter().zip(&positions) {
        assert_close(id, Some(found.lat), &wanted["lat"]);
        assert_close(id, Some(found.lon), &wanted["lon"]);
        assert_close(id, found.accuracy_m, &wanted["acc"]);
        assert_second(id, found.tst, &wanted["tst"]);
    }

    let events = list("events");
    assert_eq!(outcome.events.len(), events.len(), "{id}: number of events");
    for (found, wanted) in outcome.events.iter().zip(&events) {
        assert_eq!(Some(found.event.as_str()), wanted["event"].as_str(), "{id}: event");
        assert_eq!(found.desc.as_deref(), wanted["region"].as_str(), "{id}: region");
        assert_eq!(found.region_id.as_deref(), wanted["rid"].as_str(), "{id}: rid");
        assert_second(id, found.waypoint_tst, &wanted["wtst"]);
        assert_second(id, found.tst, &wanted["tst"]);
    }

    let regions = list("regions");
    assert_eq!(outcome.regions.len(), regions.len(), "{id}: number of regions");
    for (found, wanted) in outcome.regions.iter().zip(&regions) {
        assert_eq!(found.desc.as_deref(), wanted["desc"].as_str(), "{id}: desc");
        assert_eq!(found.region_id.as_deref(), wanted["rid"].as_str(), "{id}: rid");
        assert_close(id, found.lat, &wanted["lat"]);
        assert_close(id, found.lon, &wanted["lon"]);
        assert_close(id, found.radius_m, &wanted["rad"]);
        assert_second(id, found.tst, &wanted["tst"]);
    }
}

fn assert_close(id: &str, found: Option<f64>, wanted: &Value) {
    let wanted = wanted.as_f64();
    let near = match (found, wanted) {
        (Some(found), Some(wanted)) => (found - wanted).abs() < TOLERANCE,
        (found, wanted) => found.is_none() && wanted.is_none(),
    };
    assert!(near, "{id}: found {found:?}, wanted {wanted:?}");
}

fn assert_second(id: &str, found: Option<Epoch>, wanted: &Value) {
    assert_eq!(found.map(Epoch::as_seconds), wanted.as_i64(), "{id}: time");
}

#[test]
#[ignore = "writes files: the payloads to begin fuzzing with"]
fn the_fuzzer_is_given_every_payload_to_begin_with() {
    let corpus = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/corpus");
    std::fs::create_dir_all(corpus.join("decode")).expect("a directory can be made");
    std::fs::create_dir_all(corpus.join("csv")).expect("a directory can be made");
    for fixture in fixtures() {
        for (number, payload) in std::iter::once(&fixture.payload).chain(&fixture.then).enumerate() {
            for target in ["decode", "csv"] {
                let file = corpus.join(target).join(format!("{}-{number}", fixture.id));
                std::fs::write(file, payload).expect("a file can be written");
            }
        }
    }
}

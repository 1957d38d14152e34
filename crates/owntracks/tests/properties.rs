//! What holds for every payload.

mod fixture;

use fixture::fixtures;
use owntracks::{DecodeError, Epoch, Location, Message, decode, encode, encode_all, encode_csv, topic};
use proptest::prelude::*;
use serde_json::{Map, Value, json};

/// Any JSON value, a few levels deep.
fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        (-200.0..200.0).prop_map(Value::from),
        ".{0,12}".prop_map(Value::from),
        "-?[0-9]{1,20}(\\.[0-9]{1,5})?".prop_map(Value::from),
    ];
    leaf.prop_recursive(3, 24, 5, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..5).prop_map(Value::from),
            prop::collection::vec((".{0,6}", inner), 0..5)
                .prop_map(|members| Value::Object(members.into_iter().collect())),
        ]
    })
}

/// Every kind there is, and one there is not; the commonest more often.
const KINDS: &[&str] = &[
    "location",
    "location",
    "location",
    "transition",
    "waypoint",
    "waypoints",
    "lwt",
    "card",
    "steps",
    "status",
    "cmd",
    "cmd",
    "configuration",
    "dump",
    "beacon",
    "request",
    "encrypted",
    "Location",
];

/// Names of members of all kinds, and one of none.
const NAMES: &[&str] = &[
    "lat",
    "lon",
    "tst",
    "created_at",
    "acc",
    "alt",
    "vac",
    "vel",
    "cog",
    "batt",
    "bs",
    "t",
    "tid",
    "topic",
    "conn",
    "inregions",
    "inrids",
    "m",
    "_id",
    "SSID",
    "ssid",
    "bssid",
    "p",
    "poi",
    "tag",
    "motionactivities",
    "event",
    "desc",
    "rid",
    "wtst",
    "rad",
    "uuid",
    "major",
    "minor",
    "waypoints",
    "_creator",
    "name",
    "face",
    "steps",
    "from",
    "to",
    "distance",
    "floorsup",
    "rssi",
    "prox",
    "data",
    "action",
    "configuration",
    "request",
    "tour",
    "tours",
    "ntours",
    "status",
    "content",
    "notify",
    "extern",
    "android",
    "iOS",
    "wifi",
    "ps",
    "loc",
    "version",
    "flavour",
    "localeUsesMetricSystem",
    "deviceModel",
    "mode",
    "host",
    "port",
    "tls",
    "monitoring",
    "password",
    "url",
    "label",
    "something",
];

/// Words that mean something somewhere.
const WORDS: &[&str] = &[
    "enter",
    "leave",
    "reportLocation",
    "reportSteps",
    "dump",
    "status",
    "waypoints",
    "setWaypoints",
    "clearWaypoints",
    "setConfiguration",
    "response",
    "action",
    "tour",
    "tours",
    "untour",
    "http",
    "true",
    "2022-08-01T05:35:58",
    "2022-08-01T05:35:58+02:00",
    "-Home",
    "1700000000",
];

/// What members hold: anything, words of the protocol, and objects of further members.
fn any_value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![3 => any_json(), 2 => prop::sample::select(WORDS).prop_map(Value::from), 1 => (-3..9).prop_map(Value::from)];
    leaf.prop_recursive(3, 24, 5, |inner| {
        let object = prop::collection::vec((prop::sample::select(NAMES), inner), 0..6).prop_map(|members| {
            members.into_iter().map(|(name, value)| (name.to_owned(), value)).collect::<Map<_, _>>()
        });
        prop_oneof![
            object.clone().prop_map(Value::Object),
            prop::collection::vec(object.prop_map(Value::Object), 0..4).prop_map(Value::from),
        ]
    })
}

/// An object of a known type, whose known members hold anything.
fn any_message() -> impl Strategy<Value = Value> {
    let members = prop::collection::vec((prop::sample::select(NAMES), any_value()), 0..12);
    let word = prop::sample::select(WORDS);
    (prop::sample::select(KINDS), -90.0..90.0, -180.0..180.0, word, members).prop_map(|(kind, lat, lon, word, members)| {
        let mut message = json!({
            "_type": kind, "lat": lat, "lon": lon, "event": word, "action": word, "request": word, "data": "AAAA",
            "configuration": {}, "waypoints": [],
        });
        for (name, value) in members {
            message[name] = value;
        }
        message
    })
}

/// The messages again after they were written and read.
fn again(message: &Message) -> Message {
    let mut read = decode(&encode(message));
    assert_eq!(read.len(), 1, "one message is written as one message");
    read.remove(0).unwrap_or_else(|error: DecodeError| unreachable!("what was written can be read: {error}"))
}

/// No `null`, and no text where a number belongs.
fn is_strict(value: &Value) -> bool {
    match value {
        Value::Null => false,
        Value::Array(entries) => entries.iter().all(is_strict),
        Value::Object(object) => object.values().all(is_strict),
        Value::Bool(_) | Value::Number(_) | Value::String(_) => true,
    }
}

proptest! {
    #[test]
    fn no_bytes_make_it_panic(payload in prop::collection::vec(any::<u8>(), 0..200)) {
        for message in decode(&payload).into_iter().flatten() {
            encode(&message);
        }
    }

    #[test]
    fn no_text_makes_it_panic(payload in "[\\[\\]{}\",:\\\\u0d8f+.eE_ \u{0}a-z-]{0,80}") {
        prop_assert!(!decode(payload.as_bytes()).is_empty() || payload.contains('['));
    }

    #[test]
    fn no_json_makes_it_panic(value in any_json()) {
        let messages = decode(value.to_string().as_bytes());
        prop_assert_eq!(messages.len(), value.as_array().map_or(1, Vec::len));
    }

    #[test]
    fn what_is_written_is_strict_and_reads_as_itself(value in any_message()) {
        for message in decode(value.to_string().as_bytes()).into_iter().flatten() {
            let written = encode(&message);
            let object: Value = serde_json::from_slice(&written).expect("JSON is written");
            prop_assert!(matches!(message, Message::Unknown { .. }) || is_strict(&object), "{}", object);
            let read = again(&message);
            prop_assert_eq!(read.kind(), message.kind());
            prop_assert_eq!(encode(&read), written);
            // The fractions are gone now.
            prop_assert_eq!(again(&read), read);
        }
    }

    #[test]
    fn what_is_for_phones_has_a_short_tid_and_a_time(value in any_message()) {
        for message in decode(value.to_string().as_bytes()).into_iter().flatten() {
            let Some(message) = message.for_phones() else { continue };
            let object: Value = serde_json::from_slice(&encode(&message)).expect("JSON is written");
            let located = object["_type"] == "location";
            prop_assert!(!located || object["tst"].as_i64().is_some_and(|tst| tst > 0), "{}", object);
            prop_assert!(!located || object["tid"].is_string() || object["topic"].is_string(), "{}", object);
            if let Message::Location(location) = &message {
                let short = |tid: &String| tid.len() <= 2 && tid.bytes().all(|letter| letter.is_ascii_alphanumeric());
                prop_assert!(location.tid.as_ref().is_none_or(short));
            }
        }
    }

    #[test]
    fn a_whole_location_is_a_line_and_back(
        lat in -90_000_000_i32..=90_000_000,
        lon in -180_000_000_i32..=180_000_000,
        tst in 1_i64..100_000_000_000,
        tid in "[A-Za-z0-9]{1,6}",
        (course, velocity, altitude) in (0_u8..36, 0_u16..1000, 0_u16..900),
    ) {
        let mut fix = Location::at(f64::from(lat) / 1e6, f64::from(lon) / 1e6);
        fix.tst = Some(Epoch::from_millis(tst * 1000));
        fix.tid = Some(tid);
        fix.trigger = Some("k".to_owned());
        fix.course_deg = Some(f64::from(course) * 10.0);
        fix.velocity_kmh = Some(f64::from(velocity));
        fix.altitude_m = Some(f64::from(altitude) * 10.0);
        let line = encode_csv(&fix).expect("it has a tid and a time");
        for (name, value) in [("dist", json!(0)), ("trip", json!(0)), ("csv", json!(true))] {
            fix.extra.insert(name.to_owned(), value);
        }
        prop_assert_eq!(decode(line.as_bytes()), vec![Ok(Message::Location(fix))]);
    }

    #[test]
    fn debug_output_hides_what_settings_hold(name in "[a-zA-Z]{1,12}", value in any_json().prop_filter("told apart", |value| !value.is_null())) {
        prop_assume!(!["mode", "host", "port", "tls", "ws", "auth", "sub", "cmd", "info", "ping", "locked"].contains(&name.as_str()));
        let secret = json!({"_type": "configuration", name: ["5ecret", value]});
        let shown = format!("{:?}", decode(secret.to_string().as_bytes()));
        prop_assert!(!shown.contains("5ecret"), "{}", shown);
    }

    #[test]
    fn a_decoded_place_is_on_earth(value in any_message()) {
        for message in decode(value.to_string().as_bytes()).into_iter().flatten() {
            if let Message::Location(location) = message {
                prop_assert!(location.lat.abs() <= 90.0 && location.lon.abs() <= 180.0);
                prop_assert!(location.accuracy_m.is_none_or(|metres| metres > 0.0 && metres.is_finite()));
                prop_assert!(location.course_deg.is_none_or(|degrees| (0.0..360.0).contains(&degrees)));
                prop_assert!(location.battery_pct.is_none_or(|percent| percent <= 100));
                prop_assert!(location.tst.is_none_or(|tst| tst.as_millis() > 0));
            }
        }
    }

    #[test]
    fn a_damaged_vector_does_not_make_it_panic(which in 0_usize..165, at in any::<prop::sample::Index>(), byte in any::<u8>(), cut in any::<bool>()) {
        let mut payload = fixtures()[which].payload.clone();
        if !payload.is_empty() {
            let at = at.index(payload.len());
            if cut { payload.truncate(at) } else { payload[at] = byte }
        }
        for message in decode(&payload).into_iter().flatten() {
            if message != Message::Cleared {
                again(&message);
            }
        }
    }

    #[test]
    fn an_unknown_member_survives(name in "x_[a-z]{1,8}", value in any_json().prop_filter("strict", is_strict)) {
        for kind in KINDS {
            let mut object = json!({"_type": kind, "lat": 1.5, "lon": 2.5, "event": "enter", "desc": "x", "waypoints": [], "steps": 1,
                "configuration": {}, "data": "AAAA"});
            object[name.as_str()] = value.clone();
            let message = decode(object.to_string().as_bytes()).remove(0).expect("the message is whole");
            let written: Value = serde_json::from_slice(&encode(&message)).expect("JSON is written");
            prop_assert_eq!(&written[name.as_str()], &value, "{}", kind);
        }
    }

    #[test]
    fn no_topic_makes_it_panic(text in "[/a-c$+#{}.\u{0}é]{0,12}", shape in "[/a-c]{0,3}(\\{user\\}|\\{device\\}|\\{group\\}|/){0,4}") {
        let Ok(template) = topic::Template::parse(&shape) else { return Ok(()) };
        prop_assert_eq!(template.to_string(), shape);
        if let Some(reading) = template.matches(&text) {
            prop_assert!(text.starts_with(&reading.base) && !reading.user.is_empty() && !reading.device.is_empty());
        }
    }

    #[test]
    fn a_base_made_from_names_reads_as_those_names(user in "[^/+#\u{0}]{1,8}", device in "[^/+#\u{0}]{1,8}") {
        let template = topic::Template::parse("owntracks/{user}/{device}").expect("the template is well formed");
        let base = template.base(&user, &device).expect("the names are legal");
        let reading = template.matches(&base).expect("the template fits its own topics");
        prop_assert_eq!((reading.user, reading.device, reading.base), (user, device, base));
    }
}

#[test]
fn every_whole_numbered_vector_survives_a_round_trip_unchanged() {
    // Their fractions (of seconds, metres, km/h) are not for phones.
    let rounded = ["p022", "p023", "p046", "p051"];
    let mut compared = 0;
    for fixture in fixtures() {
        for message in decode(&fixture.payload).into_iter().flatten() {
            if message == Message::Cleared {
                assert!(encode(&message).is_empty());
            } else if rounded.contains(&fixture.id.as_str()) {
                assert_ne!(again(&message), message, "{} is not rounded after all", fixture.id);
            } else {
                assert_eq!(again(&message), message, "{}", fixture.id);
                compared += 1;
            }
        }
    }
    assert!(compared > 120, "only {compared} messages compared");
}

#[test]
fn many_messages_are_written_as_one_array() {
    let messages: Vec<Message> =
        decode(br#"[{"_type":"lwt"},{"_type":"card","name":"Ida"}]"#).into_iter().flatten().collect();
    assert_eq!(encode_all(&messages), br#"[{"_type":"lwt"},{"_type":"card","name":"Ida"}]"#);
    assert_eq!(encode_all(&[Message::Cleared]), b"[]");
}

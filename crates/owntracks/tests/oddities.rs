//! Oddities for which the collection allows more than one outcome: the outcome this crate chose.

mod fixture;

use fixture::payload;
use owntracks::{
    BatteryStatus, Crossing, DecodeError, Epoch, JsonFault, JsonKind, Location, MAX_MESSAGES, MAX_WAYPOINTS,
    MemberFault, Message, Transition, Waypoint, Waypoints, decode, encode,
};
use rstest::rstest;
use serde_json::{Value, json};

fn one(payload: &[u8]) -> Result<Message, DecodeError> {
    let mut messages = decode(payload);
    assert_eq!(messages.len(), 1, "one payload, one message");
    messages.remove(0)
}

fn location(payload: &[u8]) -> Location {
    let Ok(Message::Location(location)) = one(payload) else { unreachable!("a location was expected") };
    location
}

/// A location with one more member.
fn with(name: &str, value: &Value) -> Location {
    let mut object = json!({"_type": "location", "lat": 48.2, "lon": 16.37});
    object[name] = value.clone();
    location(object.to_string().as_bytes())
}

fn transition(payload: &[u8]) -> Transition {
    let Ok(Message::Transition(transition)) = one(payload) else { unreachable!("a transition was expected") };
    transition
}

fn waypoints(object: &Value) -> Waypoints {
    let Ok(Message::Waypoints(list)) = one(object.to_string().as_bytes()) else {
        unreachable!("a list was expected")
    };
    list
}

#[test]
fn every_field_of_an_extended_location_is_read() {
    let fix = location(&payload("p017"));
    assert_eq!(fix.created_at, Epoch::from_wire(1_786_433_533.0));
    assert_eq!((fix.altitude_m, fix.vertical_accuracy_m), (Some(53.0), Some(1.0)));
    assert_eq!((fix.velocity_kmh, fix.course_deg), (Some(2.0), Some(38.0)));
    assert_eq!((fix.battery_pct, fix.battery_status), (Some(87), Some(BatteryStatus::Unplugged)));
    assert_eq!((fix.trigger.as_deref(), fix.tid.as_deref()), (Some("u"), Some("na")));
    assert_eq!((fix.topic.as_deref(), fix.connection.as_deref()), (Some("owntracks/user/999"), Some("w")));
    assert_eq!((fix.in_regions, fix.in_region_ids), (Some(vec![]), None));
    assert_eq!(
        (fix.mode, fix.id.as_deref(), fix.source.as_deref()),
        (Some(1), Some("bb8a8cd6"), Some("fused"))
    );
    assert_eq!((fix.ssid.as_deref(), fix.bssid.as_deref()), (Some("x"), Some("02:00:00:00:00:01")));
    assert_eq!(Value::Object(fix.extra), json!({"qos": 1, "retained": true}));
}

#[test]
fn lower_case_names_of_the_network_are_the_same_as_upper_case_ones() {
    let fix = location(&payload("p015"));
    assert_eq!((fix.ssid.as_deref(), fix.bssid.as_deref()), (Some("hotel"), Some("ca:fe:ed:40:81:5b")));
    assert_eq!((fix.pressure_kpa, fix.motion), (Some(99.182), Some(vec!["stationary".to_owned()])));
    assert!(fix.extra.is_empty());
}

#[test]
fn negative_speed_and_course_are_unknown_but_a_low_place_is_low() {
    let fix = location(&payload("p009"));
    assert_eq!((fix.velocity_kmh, fix.course_deg), (None, None));
    assert_eq!(with("alt", &json!(-430)).altitude_m, Some(-430.0));
    assert_eq!(with("vac", &json!(0)).vertical_accuracy_m, None);
}

#[rstest]
#[case(json!(0), Some(0))]
#[case(json!("75"), Some(75))]
#[case(json!(55.0), Some(55))]
#[case(json!(100), Some(100))]
#[case(json!(101), None)]
#[case(json!(-100), None)]
#[case(json!(1e300), None)]
#[case(json!([]), None)]
#[case(json!(null), None)]
#[case(json!(true), None)]
fn a_charge_is_a_percentage_or_unknown(#[case] sent: Value, #[case] read: Option<u8>) {
    assert_eq!(with("batt", &sent).battery_pct, read);
}

#[rstest]
#[case(json!(0), Some(BatteryStatus::Unknown))]
#[case(json!("2"), Some(BatteryStatus::Charging))]
#[case(json!(3), Some(BatteryStatus::Full))]
#[case(json!(4), None)]
fn a_battery_status_is_one_of_four(#[case] sent: Value, #[case] read: Option<BatteryStatus>) {
    assert_eq!(with("bs", &sent).battery_status, read);
}

#[rstest]
#[case(json!(359.9), Some(359.9))]
#[case(json!(360), Some(0.0))]
#[case(json!(361), None)]
#[case(json!(-1), None)]
fn a_course_is_less_than_a_full_turn(#[case] sent: Value, #[case] read: Option<f64>) {
    assert_eq!(with("cog", &sent).course_deg, read);
}

#[rstest]
#[case(json!("5"), Some("5"))]
#[case(json!(5), Some("5"))]
#[case(json!(" J"), Some(" J"))]
#[case(json!(""), None)]
#[case(json!("  "), None)]
#[case(json!({"a": 1}), None)]
fn a_text_may_be_a_number_and_is_not_trimmed(#[case] sent: Value, #[case] read: Option<&str>) {
    assert_eq!(with("tid", &sent).tid.as_deref(), read);
}

#[rstest]
#[case(json!("home"), Some(vec!["home"]))]
#[case(json!(["-home", 7, null, "home", " b,c|d"]), Some(vec!["home", "7", "home", " b,c|d"]))]
#[case(json!([]), Some(vec![]))]
#[case(json!(null), None)]
#[case(json!({"home": true}), None)]
fn regions_are_a_list_of_plain_names(#[case] sent: Value, #[case] read: Option<Vec<&str>>) {
    let found = with("inregions", &sent).in_regions;
    assert_eq!(
        found.as_deref(),
        read.map(|names| names.into_iter().map(str::to_owned).collect::<Vec<_>>()).as_deref()
    );
}

#[rstest]
#[case("p022", Some(1_700_000_002_532))]
#[case("p028", None)]
#[case("p047", Some(4_102_444_800_000))]
#[case("p049", None)]
#[case("p050", Some(2_147_483_648_000))]
#[case("p051", Some(1_700_000_051_123))]
fn a_time_is_what_the_phone_said_or_unknown(#[case] id: &str, #[case] millis: Option<i64>) {
    assert_eq!(location(&payload(id)).tst.map(Epoch::as_millis), millis);
}

#[test]
fn a_time_of_zero_is_unknown_and_null_island_is_a_place() {
    let fix = location(&payload("p048"));
    assert_eq!((fix.tst, fix.lat, fix.lon), (None, 0.0, 0.0));
}

#[test]
fn the_last_of_two_members_of_one_name_counts() {
    let fix = location(&payload("p034"));
    assert_eq!((fix.lat, fix.lon), (48.2, 16.37));
}

#[rstest]
#[case::null("p027", "lat", MemberFault::Missing)]
#[case::too_far_north("p040", "lat", MemberFault::OutOfRange { least: -90, most: 90 })]
#[case::swapped("p041", "lat", MemberFault::OutOfRange { least: -90, most: 90 })]
fn a_location_without_a_place_is_refused_by_name(
    #[case] id: &str,
    #[case] member: &str,
    #[case] expected: MemberFault,
) {
    let Err(DecodeError::Member { kind, name, fault }) = one(&payload(id)) else {
        unreachable!("a refusal was expected")
    };
    assert_eq!((kind, name, fault), ("location", member, expected));
}

#[rstest]
#[case(json!({"_type": "location", "lat": 1}), r#"The location cannot be used: "lon" is missing."#)]
#[case(json!({"_type": "location", "lat": "north", "lon": 1}), r#"The location cannot be used: "lat" is not a number."#)]
#[case(json!({"_type": "location", "lat": 1, "lon": 180.1}), r#"The location cannot be used: "lon" is not between -180 and 180."#)]
#[case(json!({"_type": "transition"}), r#"The transition cannot be used: "event" is missing."#)]
#[case(json!({"_type": "transition", "event": 5}), r#"The transition cannot be used: "event" is not a text."#)]
#[case(json!({"_type": "waypoint", "desc": "x", "lat": 95, "lon": 1}), r#"The waypoint cannot be used: "lat" is not between -90 and 90."#)]
#[case(json!({"_type": "waypoints"}), r#"The waypoints cannot be used: "waypoints" is missing."#)]
#[case(json!({"_type": "waypoints", "waypoints": {}}), r#"The waypoints cannot be used: "waypoints" is not a list."#)]
#[case(json!({"_type": "steps"}), r#"The steps cannot be used: "steps" is missing."#)]
#[case(json!({}), r#"The message does not say what it is: "_type" is missing."#)]
#[case(json!(5), "A message must be a JSON object, but this is a number.")]
fn a_refusal_is_a_sentence_that_names_the_member(#[case] sent: Value, #[case] sentence: &str) {
    assert_eq!(one(sent.to_string().as_bytes()).map_err(|error| error.to_string()), Err(sentence.to_owned()));
}

#[test]
fn a_refusal_never_repeats_the_payload() {
    for payload in [
        r#"{"_type":"location","lat":99.4242,"lon":16}"#,
        r#"{"_type":"location","lat":99.4242,"#,
        "4242 secret 99.4242",
    ] {
        let sentence = one(payload.as_bytes()).expect_err("the payload is refused").to_string();
        assert!(!sentence.contains("4242"), "{sentence}");
    }
}

#[rstest]
#[case(json!(["location"]), None)]
#[case(json!(null), None)]
#[case(json!(7), None)]
#[case(json!("Location"), Some("Location"))]
#[case(json!(" location"), Some(" location"))]
fn an_odd_type_is_unknown_and_kept_whole(#[case] sent: Value, #[case] expected: Option<&str>) {
    let object = json!({"_type": sent, "lat": 48.2, "lon": 16.37});
    let Ok(Message::Unknown { kind, raw }) = one(object.to_string().as_bytes()) else {
        unreachable!("an unknown was expected")
    };
    assert_eq!(kind.as_deref(), expected);
    assert_eq!(Value::Object(raw.members), object);
}

#[test]
fn an_unknown_word_of_an_event_is_kept_and_is_no_crossing() {
    assert_eq!(transition(&payload("p068")).event, Crossing::Other("exit".to_owned()));
    let shouted = transition(br#"{"_type":"transition","event":"ENTER"}"#);
    assert_eq!(shouted.event, Crossing::Other("ENTER".to_owned()));
}

#[test]
fn a_crossing_counts_although_its_place_is_nonsense() {
    for place in [json!(91), json!("x"), json!(null)] {
        let object =
            json!({"_type": "transition", "event": "leave", "desc": "home", "lat": place, "lon": 16.37});
        let crossing = transition(object.to_string().as_bytes());
        assert_eq!((crossing.event, crossing.lat, crossing.lon), (Crossing::Leave, None, None));
    }
}

#[test]
fn a_hold_down_mark_is_taken_off_the_name_and_put_back_towards_phones() {
    let crossing = transition(br#"{"_type":"transition","event":"enter","desc":"-Garage"}"#);
    assert_eq!(
        (crossing.desc.as_deref(), crossing.desc_as_sent.as_deref()),
        (Some("Garage"), Some("-Garage"))
    );
    let written: Value =
        serde_json::from_slice(&encode(&Message::Transition(crossing))).expect("JSON is written");
    assert_eq!(written["desc"], "-Garage");
}

#[rstest]
#[case::invalid_utf8("p132", "Caf\u{fffd}")]
#[case::nul("p137", "ho\0me")]
fn a_damaged_name_does_not_cost_the_event(#[case] id: &str, #[case] name: &str) {
    assert_eq!(transition(&payload(id)).desc.as_deref(), Some(name));
}

#[test]
fn half_an_emoji_does_not_cost_the_position() {
    let fix = location(&payload("p133"));
    assert_eq!((fix.lat, fix.tid.as_deref()), (48.2, Some("\u{fffd}")));
}

#[test]
fn what_follows_a_nul_is_left_over_memory() {
    let mut padded = br#"{"_type":"location","lat":48.2,"lon":16.37,"tid":"\ud83d"}"#.to_vec();
    padded.extend_from_slice(b"\0\0");
    assert!(one(&padded).is_ok());
    padded.extend_from_slice(b"{\"garbage\0");
    assert!(one(&padded).is_ok());
}

#[rstest]
#[case::bytes("p130", &DecodeError::NotUtf8)]
#[case::packet("p138", &DecodeError::NotUtf8)]
#[case::cut("p129", &DecodeError::NotJson { fault: JsonFault::EndsEarly, line: 1, column: 40 })]
#[case::nan("p042", &DecodeError::NotJson { fault: JsonFault::Syntax, line: 1, column: 27 })]
#[case::null("p125", &DecodeError::NotAnObject { found: JsonKind::Null })]
fn what_is_no_message_is_refused_with_its_reason(#[case] id: &str, #[case] error: &DecodeError) {
    assert_eq!(one(&payload(id)).as_ref(), Err(error));
}

#[rstest]
#[case::array("[", "]")]
#[case::object("{\"a\":", "}")]
fn nesting_too_deep_is_refused(#[case] open: &str, #[case] close: &str) {
    for depth in [200, 100_000] {
        let bomb = format!("{}{}", open.repeat(depth), close.repeat(depth));
        assert!(matches!(one(bomb.as_bytes()), Err(DecodeError::NotJson { fault: JsonFault::Syntax, .. })));
        assert!(matches!(one(open.repeat(depth).as_bytes()), Err(DecodeError::NotJson { .. })));
    }
}

#[test]
fn a_number_beyond_floating_point_is_refused() {
    let huge = br#"{"_type":"location","lat":1e400,"lon":1}"#;
    assert!(matches!(one(huge), Err(DecodeError::NotJson { fault: JsonFault::Syntax, .. })));
    let quoted = br#"{"_type":"location","lat":"1e400","lon":1}"#;
    assert!(matches!(
        one(quoted),
        Err(DecodeError::Member { name: "lat", fault: MemberFault::NotANumber, .. })
    ));
}

#[test]
fn an_empty_payload_clears_and_an_empty_array_says_nothing() {
    assert_eq!(decode(b""), [Ok(Message::Cleared)]);
    assert_eq!(decode(b" [] "), []);
    assert!(matches!(one(b" "), Err(DecodeError::NotJson { .. })));
    assert!(matches!(one(b"\0"), Err(DecodeError::NotJson { .. })));
}

#[test]
fn each_element_of_an_array_is_read_on_its_own() {
    let kinds: Vec<bool> = decode(&payload("p140")).iter().map(Result::is_ok).collect();
    assert_eq!(kinds, [true, false, false, false, true]);
    let nested = one(br#"[[{"_type":"lwt"}]]"#);
    assert_eq!(nested, Err(DecodeError::NotAnObject { found: JsonKind::Array }));
}

#[test]
fn an_array_is_read_up_to_a_limit_and_the_rest_is_reported() {
    let array = format!("[{}5]", r#"{"_type":"lwt"},"#.repeat(MAX_MESSAGES));
    let messages = decode(array.as_bytes());
    assert_eq!(messages.len(), MAX_MESSAGES + 1);
    assert_eq!(
        messages.last(),
        Some(&Err(DecodeError::TooMany { limit: MAX_MESSAGES, sent: MAX_MESSAGES + 1 }))
    );
}

#[test]
fn readable_regions_of_a_list_are_kept_and_the_others_explained() {
    let list = waypoints(&json!({"_type": "waypoints", "_creator": "test", "waypoints": [
        {"_type": "waypoint", "desc": "a", "lat": 1, "lon": 2, "rad": 50, "tst": 1},
        {"desc": "no type", "rid": "x"},
        {"_type": "location", "lat": 1, "lon": 2},
        {"_type": "waypoint", "desc": "far", "lat": -1_000_000, "lon": 2},
        null,
    ]}));
    let names: Vec<_> = list.waypoints.iter().map(|waypoint| waypoint.desc.as_deref()).collect();
    assert_eq!(names, [Some("a"), Some("no type")]);
    assert_eq!(list.creator.as_deref(), Some("test"));
    assert_eq!(
        list.rejected,
        [
            DecodeError::Member { kind: "waypoint", name: "_type", fault: MemberFault::WrongType },
            DecodeError::Member {
                kind: "waypoint",
                name: "lat",
                fault: MemberFault::OutOfRange { least: -90, most: 90 }
            },
            DecodeError::NotAnObject { found: JsonKind::Null },
        ]
    );
}

#[test]
fn a_list_of_regions_is_read_up_to_a_limit() {
    let list =
        waypoints(&json!({"_type": "waypoints", "waypoints": vec![json!({"desc": "x"}); MAX_WAYPOINTS + 2]}));
    assert_eq!(list.waypoints.len(), MAX_WAYPOINTS);
    assert_eq!(list.rejected, [DecodeError::TooMany { limit: MAX_WAYPOINTS, sent: MAX_WAYPOINTS + 2 }]);
}

#[test]
fn a_beacon_without_a_place_is_a_region_and_half_a_place_is_none() {
    let Ok(Message::Waypoint(beacon)) = one(&payload("p078")) else {
        unreachable!("a waypoint was expected")
    };
    assert_eq!((beacon.major, beacon.minor, beacon.radius_m), (Some(1), Some(2), Some(-1.0)));
    let Ok(Message::Waypoint(half)) = one(br#"{"_type":"waypoint","desc":"x","lat":1}"#) else {
        unreachable!("a waypoint")
    };
    assert_eq!(half, Waypoint { desc: Some("x".to_owned()), ..Waypoint::default() });
}

#[test]
fn steps_that_old_phones_call_a_location_are_steps() {
    let Ok(Message::Steps(steps)) = one(br#"{"_type":"location","steps":10,"from":1,"to":"2"}"#) else {
        unreachable!("steps")
    };
    assert_eq!((steps.steps, steps.to), (Some(10), Epoch::from_wire(2.0)));
    let Ok(Message::Steps(unavailable)) = one(&payload("p102")) else { unreachable!("steps") };
    assert_eq!(unavailable.steps, None);
}

#[test]
fn a_will_may_lack_its_time_and_a_card_may_be_bare() {
    assert!(matches!(one(&payload("p086")), Ok(Message::Lwt(will)) if will.tst.is_none()));
    assert!(
        matches!(one(br#"{"_type":"card"}"#), Ok(Message::Card(card)) if card.name.is_none() && card.face.is_none())
    );
    assert!(
        matches!(one(&payload("p092")), Ok(Message::Card(card)) if card.face.as_deref() == Some("abcd!?&%"))
    );
}

#[rstest]
#[case("p096", "cmd")]
#[case("p100", "dump")]
#[case("p101", "steps")]
#[case("p105", "beacon")]
#[case("p106", "status")]
#[case("p107", "request")]
#[case("p111", "encrypted")]
#[case("p128", "unsupported")]
#[case("p123", "cleared")]
#[case("p036", "unknown")]
fn a_message_knows_its_kind(#[case] id: &str, #[case] kind: &str) {
    assert_eq!(one(&payload(id)).expect("it is a message").kind(), kind);
}

#[test]
fn a_dump_shows_no_secret_in_debug_output() {
    let shown = format!("{:?}", one(&payload("p100")));
    assert!(shown.contains("configuration") && !shown.contains("s3cret"), "{shown}");
}

#[test]
fn a_line_of_a_small_tracker_is_a_location() {
    let fix = location(&payload("p147"));
    assert_eq!((fix.course_deg, fix.velocity_kmh, fix.altitude_m), (Some(260.0), Some(4.0), Some(70.0)));
    assert_eq!((fix.tid.as_deref(), fix.trigger.as_deref()), (Some("X0"), Some("k")));
    assert_eq!(Value::Object(fix.extra), json!({"dist": 5, "trip": 872_000, "csv": true}));
    assert_eq!(location(&payload("p150")).velocity_kmh, None);
    let off = one(b"X0,542A46AA,k,95000000,7575769,26,4,7,5,872");
    assert!(matches!(
        off,
        Err(DecodeError::Member { name: "lat", fault: MemberFault::OutOfRange { .. }, .. })
    ));
}

#[rstest]
#[case("X0,542A46AA,k,30365854,7575769,26,4,7,5")]
#[case("X0,542A46AA,k,30365854,7575769,26,4,7,5,872,9")]
#[case("X0,542A46AA,kk,30365854,7575769,26,4,7,5,872")]
#[case("X 0,542A46AA,k,30365854,7575769,26,4,7,5,872")]
#[case("X0,,k,30365854,7575769,26,4,7,5,872")]
#[case("X0,542G,k,30365854,7575769,26,4,7,5,872")]
#[case("X0,542A46AA,k,--3,7575769,26,4,7,5,872")]
#[case("X0,542A46AA,k,+3,7575769,26,4,7,5,872")]
#[case("X0,542A46AA,k,30.3,7575769,26,4,7,5,872")]
#[case("X0,542A46AA,k,3,7,26,4,7,-5,872")]
#[case("X0,542A46AA,k,99999999999999999999999,7,26,4,7,5,872")]
#[case("X0,FFFFFFFFFFFFFFFFFFFFF,k,3,7,26,4,7,5,872")]
fn a_line_that_is_not_exactly_of_the_format_is_refused(#[case] line: &str) {
    assert!(matches!(one(line.as_bytes()), Err(DecodeError::NotJson { .. })));
}

#[test]
fn phones_get_whole_numbers_and_no_null() {
    let mut fix = location(
        br#"{"_type":"location","lat":"48.2","lon":16,"acc":0.2,"alt":-3.5,"vel":3.6,"cog":359.9,
        "batt":"55","tst":"1700000002.9","novel":{"a":null,"b":[null,1]},"gone":null}"#,
    );
    let written: Value =
        serde_json::from_slice(&encode(&Message::Location(fix.clone()))).expect("JSON is written");
    let expected = json!({"_type": "location", "lat": 48.2, "lon": 16.0, "acc": 1, "alt": -4, "vel": 4, "cog": 0, "batt": 55,
        "tst": 1_700_000_002, "novel": {"b": [1]}});
    assert_eq!(written, expected);

    fix.lat = f64::NAN;
    fix.accuracy_m = Some(f64::INFINITY);
    fix.tst = Some(Epoch::from_millis(-5));
    fix.extra.insert("lon".to_owned(), json!("elsewhere"));
    let written: Value = serde_json::from_slice(&encode(&Message::Location(fix))).expect("JSON is written");
    assert_eq!((written.get("lat"), written.get("acc"), written.get("tst")), (None, None, None));
    assert_eq!(written["lon"], 16.0);
}

#[rstest]
#[case(json!(0.4), json!(1))]
#[case(json!(-0.4), json!(-1))]
#[case(json!(0), json!(0))]
#[case(json!("50"), json!(50))]
fn a_radius_keeps_its_meaning_when_it_is_rounded(#[case] sent: Value, #[case] expected: Value) {
    let object = json!({"_type": "waypoint", "desc": "x", "rad": sent});
    let message = one(object.to_string().as_bytes()).expect("the waypoint is readable");
    let written: Value = serde_json::from_slice(&encode(&message)).expect("JSON is written");
    assert_eq!(written["rad"], expected);
}

#[test]
fn the_poles_and_the_date_line_are_on_earth() {
    let fix = location(br#"{"_type":"location","lat":-90,"lon":180}"#);
    assert_eq!((fix.lat, fix.lon), (-90.0, 180.0));
    let fix = location(br#"{"_type":"location","lat":90.0,"lon":-180.0}"#);
    assert_eq!((fix.lat, fix.lon), (90.0, -180.0));
}

#[test]
fn a_region_may_be_known_by_its_id_alone() {
    assert!(matches!(one(br#"{"_type":"waypoint","rid":"a1"}"#), Ok(Message::Waypoint(_))));
    assert!(one(br#"{"_type":"waypoint","tst":5,"rad":10,"lat":1}"#).is_err());
}

#[test]
fn a_location_with_steps_and_half_a_place_is_a_broken_location() {
    for half in ["lat", "lon"] {
        let object = json!({"_type": "location", "steps": 10, half: 1.5});
        assert!(
            matches!(one(object.to_string().as_bytes()), Err(DecodeError::Member { kind: "location", .. })),
            "{half}"
        );
    }
}

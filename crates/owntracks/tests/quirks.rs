//! The oddities that senders are known for, one after another, each with more than one spelling.

use owntracks::{
    Crossing, DecodeError, Epoch, Location, MAX_MESSAGES, Message, Transition, decode, encode, encode_all,
};
use rstest::rstest;
use serde_json::{Value, json};

fn one(payload: &[u8]) -> Result<Message, DecodeError> {
    let mut messages = decode(payload);
    assert_eq!(messages.len(), 1, "one payload, one message");
    messages.remove(0)
}

fn location(payload: impl AsRef<[u8]>) -> Location {
    let message = one(payload.as_ref());
    let Ok(Message::Location(location)) = message else { unreachable!("{message:?}") };
    location
}

fn transition(payload: &str) -> Transition {
    let message = one(payload.as_bytes());
    let Ok(Message::Transition(transition)) = message else { unreachable!("{message:?}") };
    transition
}

/// A location with one member more, spelt as given.
fn with(name: &str, spelling: &str) -> Location {
    location(format!(r#"{{"_type":"location","lat":48.2,"lon":16.37,"{name}":{spelling}}}"#))
}

#[rstest]
#[case::text(r#""65""#, Some(65.0))]
#[case::blanks(r#"" 65 ""#, Some(65.0))]
#[case::exponent("6.5e1", Some(65.0))]
#[case::exponent_in_text(r#""6.5E+1""#, Some(65.0))]
#[case::fraction("65.25", Some(65.25))]
#[case::yes("true", None)]
#[case::null("null", None)]
#[case::list("[65]", None)]
#[case::object("{}", None)]
#[case::empty(r#""""#, None)]
#[case::unit(r#""65 m""#, None)]
#[case::zero("0", None)]
#[case::minus_zero("-0.0", None)]
#[case::minus_one("-1", None)]
#[case::cell_tower("5000", Some(5000.0))]
fn an_accuracy_is_read_in_every_spelling_and_is_never_perfect(
    #[case] sent: &str,
    #[case] metres: Option<f64>,
) {
    assert_eq!(with("acc", sent).accuracy_m, metres);
}

#[rstest]
#[case::seconds("1700000000", Some(1_700_000_000_000))]
#[case::text(r#""1440363922""#, Some(1_440_363_922_000))]
#[case::exponent("1.7e9", Some(1_700_000_000_000))]
#[case::point_zero("1700000000.0", Some(1_700_000_000_000))]
#[case::fraction("1700000000.532", Some(1_700_000_000_532))]
#[case::milliseconds("1700000000532", Some(1_700_000_000_532))]
#[case::microseconds("1700000000532123", Some(1_700_000_000_532))]
#[case::nanoseconds("1700000000532123456", Some(1_700_000_000_532))]
#[case::far_future("32503680000", Some(32_503_680_000_000))]
#[case::before_2000("86400", Some(86_400_000))]
#[case::zero("0", None)]
#[case::negative("-1700000000", None)]
#[case::iso(r#""2023-11-14T22:13:20Z""#, None)]
#[case::beyond_all("1e300", None)]
fn a_time_is_read_in_every_unit_and_never_guessed(#[case] sent: &str, #[case] millis: Option<i64>) {
    let found = with("tst", sent).tst.map(Epoch::as_millis);
    // Nanoseconds are beyond what a JSON number holds exactly.
    let near = found.zip(millis).is_none_or(|(found, millis)| (found - millis).abs() <= 1);
    assert!(found.is_some() == millis.is_some() && near, "{sent}: {found:?}");
}

#[rstest]
#[case::missing("null", None, None)]
#[case::number("5", Some("5"), Some("5"))]
#[case::one(r#""J""#, Some("J"), Some("J"))]
#[case::three(r#""JAN""#, Some("JAN"), Some("JA"))]
#[case::thirty(r#""123456789012345678901234567890""#, Some("123456789012345678901234567890"), Some("12"))]
#[case::emoji(r#""👩‍👧""#, Some("👩‍👧"), None)]
#[case::html(r#""<b>x</b>""#, Some("<b>x</b>"), Some("bx"))]
fn a_tid_is_kept_and_shortened_for_phones(
    #[case] sent: &str,
    #[case] kept: Option<&str>,
    #[case] short: Option<&str>,
) {
    let mut friend = with("tid", sent);
    assert_eq!(friend.tid.as_deref(), kept);
    friend.tst = Some(Epoch::from_millis(1_700_000_000_000));
    let sent = Message::from(friend).for_phones().map(|message| encode(&message));
    let tid =
        sent.map(|bytes| serde_json::from_slice::<Value>(&bytes).expect("JSON is written")["tid"].clone());
    assert_eq!(tid, short.map(Value::from));
}

#[test]
fn the_last_of_two_members_counts_whatever_the_first_was() {
    let twice = br#"{"_type":"lwt","_type":"location","lat":"x","lat":48.2,"lon":16.37,"acc":5,"acc":null}"#;
    assert_eq!((location(twice).lat, location(twice).accuracy_m), (48.2, None));
}

#[rstest]
#[case::byte_order_mark("\u{feff}{}")]
#[case::blanks("  {}\t ")]
#[case::lines("\r\n{}\r\n")]
#[case::nuls("\0\0{}\0")]
#[case::memory("{}\0old{\"_type\":")]
#[case::all("\u{feff}\n {} \n\0")]
fn what_is_around_a_message_does_not_matter(#[case] around: &str) {
    let fix = "{\n\t\"_type\" : \"location\",\r\n\t\"lat\":48.2, \"lon\":16.37\n}";
    assert_eq!(location(around.replace("{}", fix)), Location::at(48.2, 16.37));
}

#[rstest]
#[case::nul(r#""a\u0000b""#, "a\0b")]
#[case::high_half(r#""a\ud83db""#, "a\u{fffd}b")]
#[case::low_half(r#""a\ude00b""#, "a\u{fffd}b")]
#[case::halves_the_wrong_way_round(r#""\ude00\ud83d""#, "\u{fffd}\u{fffd}")]
#[case::whole(r#""\ud83d\ude00""#, "😀")]
#[case::line("\"a\\nb\"", "a\nb")]
#[case::comma(r#""Home, sweet""#, "Home, sweet")]
#[case::bar(r#""a|b""#, "a|b")]
#[case::levels(r#""a/b+c#""#, "a/b+c#")]
#[case::blanks(r#""  Home ""#, "  Home ")]
#[case::hold_down(r#""-Home""#, "Home")]
fn a_name_of_a_region_is_the_users_text(#[case] sent: &str, #[case] read: &str) {
    let crossing = transition(&format!(r#"{{"_type":"transition","event":"enter","desc":{sent}}}"#));
    assert_eq!(crossing.desc.as_deref(), Some(read));
    assert_eq!(with("inregions", &format!("[{sent}]")).in_regions, Some(vec![read.to_owned()]));
}

#[test]
fn bytes_that_are_not_text_cost_a_name_and_nothing_else() {
    let payload = b"{\"_type\":\"transition\",\"event\":\"leave\",\"desc\":\"H\xff\xfeme\",\"wtst\":1}";
    let Ok(Message::Transition(crossing)) = one(payload) else { unreachable!("it is a transition") };
    assert_eq!((crossing.event, crossing.desc.as_deref()), (Crossing::Leave, Some("H\u{fffd}\u{fffd}me")));
}

#[rstest]
#[case::nan(r#"{"_type":"location","lat":NaN,"lon":16.37}"#)]
#[case::infinity(r#"{"_type":"location","lat":48.2,"lon":16.37,"acc":Infinity}"#)]
#[case::negative_infinity(r#"{"_type":"location","lat":48.2,"lon":16.37,"vel":-Infinity}"#)]
#[case::too_large(r#"{"_type":"location","lat":48.2,"lon":16.37,"acc":1e400}"#)]
#[case::cut(r#"{"_type":"location","lat":48.2,"lo"#)]
#[case::comma_at_the_end(r#"{"_type":"location","lat":48.2,"lon":16.37,}"#)]
#[case::two(r#"{"_type":"lwt"}{"_type":"lwt"}"#)]
#[case::words("online")]
#[case::html("<html></html>")]
fn what_is_no_json_is_refused_and_never_repaired(#[case] payload: &str) {
    assert!(matches!(one(payload.as_bytes()), Err(DecodeError::NotJson { .. })), "{payload}");
}

#[rstest]
#[case::swapped(json!({"_type": "location", "lat": 116.37, "lon": 48.2}))]
#[case::too_far_east(json!({"_type": "location", "lat": 48.2, "lon": 180.000_001}))]
#[case::text_of_two(json!({"_type": "location", "lat": "48.2,16.37", "lon": "48.2,16.37"}))]
#[case::yes(json!({"_type": "location", "lat": true, "lon": 1}))]
fn a_place_is_never_put_right_by_a_guess(#[case] sent: Value) {
    assert!(matches!(one(sent.to_string().as_bytes()), Err(DecodeError::Member { kind: "location", .. })));
}

#[rstest]
#[case::one_text(r#""Home""#, Some(vec!["Home"]))]
#[case::none("[]", Some(vec![]))]
#[case::null("null", None)]
#[case::mixed(r#"["Home",5,null,{},"Home",""]"#, Some(vec!["Home", "5", "Home"]))]
#[case::object(r#"{"0":"Home"}"#, None)]
fn a_list_of_regions_is_read_as_far_as_it_makes_sense(#[case] sent: &str, #[case] names: Option<Vec<&str>>) {
    let found = with("inregions", sent).in_regions;
    assert_eq!(found.as_ref().map(|names| names.iter().map(String::as_str).collect()), names);
}

#[rstest]
#[case::upper_case(r#""Location""#)]
#[case::blank_before(r#"" location""#)]
#[case::blank_behind(r#""location ""#)]
#[case::number("1")]
#[case::null("null")]
#[case::list(r#"["location"]"#)]
fn a_type_that_is_not_spelt_as_it_should_be_is_kept_as_unknown(#[case] kind: &str) {
    let payload = format!(r#"{{"_type":{kind},"lat":48.2,"lon":16.37}}"#);
    let message = one(payload.as_bytes()).expect("it is kept");
    assert!(matches!(message, Message::Unknown { .. }), "{message:?}");
    assert_eq!(encode(&message), payload.as_bytes());
}

#[rstest]
#[case(r#""exit""#)]
#[case(r#""ENTER""#)]
#[case(r#"" enter""#)]
#[case(r#""dwell""#)]
fn another_word_than_enter_and_leave_is_no_crossing(#[case] word: &str) {
    let crossing = transition(&format!(r#"{{"_type":"transition","event":{word},"desc":"Home"}}"#));
    assert!(matches!(crossing.event, Crossing::Other(_)));
}

#[test]
fn a_crossing_without_a_word_or_a_name_is_no_crash() {
    assert!(one(br#"{"_type":"transition","desc":"Home"}"#).is_err());
    assert!(one(br#"{"_type":"transition","event":null,"desc":"Home"}"#).is_err());
    assert_eq!(transition(r#"{"_type":"transition","event":"enter"}"#).desc, None);
}

#[rstest]
#[case("vel", "-1")]
#[case("cog", "-1")]
#[case("batt", "-1")]
#[case("batt", "-100")]
#[case("batt", "101")]
#[case("vac", "-1")]
#[case("cog", "361")]
#[case("bs", "4")]
#[case("m", "1000")]
#[case("p", "0")]
fn what_stands_for_unknown_is_unknown_and_is_not_sent_on(#[case] name: &str, #[case] sent: &str) {
    let fix = with(name, sent);
    assert_eq!(fix, Location::at(48.2, 16.37));
    assert_eq!(encode(&fix.into()), br#"{"_type":"location","lat":48.2,"lon":16.37}"#);
}

#[test]
fn an_empty_battery_is_empty() {
    assert_eq!(with("batt", "0").battery_pct, Some(0));
}

#[test]
fn a_large_payload_and_a_deep_one_are_read_or_refused_in_time() {
    let picture = "A".repeat(10_000_000);
    assert_eq!(with("image", &format!("\"{picture}\"")).image.map(|image| image.len()), Some(10_000_000));
    let deep = format!(
        r#"{{"_type":"location","lat":1,"lon":2,"x":{}1{}}}"#,
        "[".repeat(100_000),
        "]".repeat(100_000)
    );
    assert!(one(deep.as_bytes()).is_err());
    let many = vec![Message::Lwt(owntracks::Lwt::default()); MAX_MESSAGES + 1];
    let read = decode(&encode_all(&many));
    assert_eq!(read.iter().filter(|message| message.is_ok()).count(), MAX_MESSAGES);
    assert_eq!(read.last(), Some(&Err(DecodeError::TooMany { limit: MAX_MESSAGES, sent: MAX_MESSAGES + 1 })));
}

#[test]
fn the_leftovers_of_androids_transport_are_carried_and_mean_nothing() {
    let fix = with("qos", r#"1,"retained":true"#);
    assert_eq!((fix.extra.get("qos"), fix.extra.get("retained")), (Some(&json!(1)), Some(&json!(true))));
}

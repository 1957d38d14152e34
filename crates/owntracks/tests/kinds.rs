//! Every kind of message of both apps, as it is spelt on the wire, read and written.
#![recursion_limit = "256"]

mod fixture;

use fixture::payload;
use owntracks::{
    Action, Ask, Beacon, Command, Configuration, DecodeError, Dump, Epoch, LocationAccess, MemberFault,
    Message, Mode, Monitoring, Proximity, Request, Response, Status, Tour, Waypoint, decode, encode,
    encode_csv,
};
use rstest::rstest;
use serde_json::{Value, json};

fn read(payload: &[u8]) -> Result<Message, DecodeError> {
    let mut messages = decode(payload);
    assert_eq!(messages.len(), 1);
    messages.remove(0)
}

fn read_json(value: &Value) -> Message {
    read(value.to_string().as_bytes()).expect("the message is whole")
}

fn written(message: impl Into<Message>) -> Value {
    serde_json::from_slice(&encode(&message.into())).expect("JSON is written")
}

fn command(value: &Value) -> Command {
    let Message::Command(command) = read_json(value) else { unreachable!("{value} is a command") };
    command
}

fn request(payload: &[u8]) -> Request {
    let Ok(Message::Request(request)) = read(payload) else { unreachable!("a request") };
    request
}

fn status(payload: &[u8]) -> Status {
    let Ok(Message::Status(status)) = read(payload) else { unreachable!("a status") };
    status
}

const fn second(second: i64) -> Epoch {
    Epoch::from_millis(second * 1000)
}

/// One message of each kind and of each action, as the apps and the Recorder spell them.
#[rstest]
#[case::location(json!({"_type":"location","lat":1.5,"lon":2.5,"tst":1_700_000_000,"tid":"JA"}))]
#[case::android_location(json!({"_type":"location","lat":1.5,"lon":2.5,"tst":1_700_000_000,"created_at":1_700_000_005,"acc":12,
    "alt":5,"vac":3,"vel":4,"cog":90,"batt":50,"bs":1,"t":"u","tid":"na","topic":"owntracks/user/999","conn":"w",
    "inregions":["home"],"m":1,"_id":"bb8a8cd6","source":"fused","SSID":"home","BSSID":"00:00:00:00:00:00","qos":1,"retained":true}))]
#[case::ios_location(json!({"_type":"location","lat":1.5,"lon":2.5,"tst":1_700_000_000,"acc":12,"batt":50,"t":"v","tid":"JA",
    "inregions":["home"],"inrids":["6da9cf"],"p":99.123,"poi":"Lake","tag":"trip","image":"AA==","imagename":"a.jpg",
    "motionactivities":["walking"]}))]
#[case::transition(json!({"_type":"transition","event":"leave","desc":"-keys","rid":"6da9cf","wtst":1_600_000_000,"lat":1.5,"lon":2.5,
    "acc":5,"tst":1_700_000_000,"created_at":1_700_000_001,"t":"b","tid":"JA"}))]
#[case::waypoint(json!({"_type":"waypoint","desc":"Home|1|2","lat":1.5,"lon":2.5,"rad":-1,"tst":1_600_000_000,"rid":"6da9cf",
    "uuid":"CA271EAE-5FA8-4E80-8F08-2A302A95A959","major":1,"minor":2}))]
#[case::waypoints(json!({"_type":"waypoints","_creator":"test","waypoints":[
    {"_type":"waypoint","desc":"Home","lat":1.5,"lon":2.5,"rad":50,"tst":1_600_000_000}]}))]
#[case::no_waypoints(json!({"_type":"waypoints","waypoints":[]}))]
#[case::android_will(json!({"_type":"lwt"}))]
#[case::ios_will(json!({"_type":"lwt","tst":1_700_000_000}))]
#[case::card(json!({"_type":"card","name":"Ida","face":"AA==","tid":"ID"}))]
#[case::bare_card(json!({"_type":"card"}))]
#[case::steps(json!({"_type":"steps","steps":800,"from":1_700_000_000,"to":1_700_003_600,"distance":600,"floorsup":1,"floorsdown":2,
    "tst":1_700_003_601,"tid":"JA"}))]
#[case::no_steps(json!({"_type":"steps","steps":-1}))]
#[case::beacon(json!({"_type":"beacon","tid":"JA","desc":"garage","uuid":"CA271EAE-5FA8-4E80-8F08-2A302A95A959","major":1,"minor":2,
    "tst":1_700_016_000,"acc":2,"rssi":-61,"prox":2}))]
#[case::android_status(json!({"_type":"status","_id":"01234567","android":{"wifi":1,"ps":1,"bo":0,"hib":1,"loc":-3,
    "version":420_509_000,"flavour":"oss"}}))]
#[case::ios_status(json!({"_type":"status","iOS":{"version":"26.3.1","locale":"de_DE","localeUsesMetricSystem":true,
    "backgroundRefreshStatus":"UIBackgroundRefreshStatusAvailable",
    "locationManagerAuthorizationStatus":"kCLAuthorizationStatusAuthorizedAlways",
    "altimeterAuthorizationStatus":"CMAuthorizationStatusAuthorized","altimeterIsRelativeAltitudeAvailable":true,
    "motionActivityManagerAuthorizationStatus":"CMAuthorizationStatusDenied","motionActivityManagerIsActivityAvailable":true,
    "pedometerIsStepCountingAvailable":true,"pedometerIsFloorCountingAvailable":false,"pedometerIsDistanceAvailable":true,
    "deviceSystemName":"iOS","deviceSystemVersion":"26.1","deviceModel":"iPhone",
    "deviceIdentifierForVendor":"27A2DC28-0371-4077-B607-85FE50BDCB74","deviceUserInterfaceIdiom":"UIUserInterfaceIdiomPhone",
    "noMap":false,"noRevgeo":true}}))]
#[case::report_location(json!({"_type":"cmd","action":"reportLocation"}))]
#[case::report_steps(json!({"_type":"cmd","action":"reportSteps","from":1_700_000_000,"to":1_700_003_600}))]
#[case::report_steps_of_today(json!({"_type":"cmd","action":"reportSteps"}))]
#[case::dump_please(json!({"_type":"cmd","action":"dump"}))]
#[case::status_please(json!({"_type":"cmd","action":"status"}))]
#[case::waypoints_please(json!({"_type":"cmd","action":"waypoints"}))]
#[case::set_waypoints(json!({"_type":"cmd","action":"setWaypoints","waypoints":{"_type":"waypoints","waypoints":[
    {"_type":"waypoint","desc":"work","lat":37.3,"lon":-122.3,"rad":100,"rid":"TESTING-ID-2","tst":1_600_000_010}]}}))]
#[case::clear_waypoints(json!({"_type":"cmd","action":"clearWaypoints"}))]
#[case::set_configuration(json!({"_type":"cmd","action":"setConfiguration","configuration":{"_type":"configuration","monitoring":2,
    "novel":true}}))]
#[case::response(json!({"_type":"cmd","action":"response","request":"tour","status":200,"tour":{"label":"Essen",
    "from":"2022-08-01T05:35:58","to":"2022-08-02T15:00:58","uuid":"1","url":"https://example.org/1"}}))]
#[case::list_of_tours(json!({"_type":"cmd","action":"response","request":"tours","ntours":1,"tours":[{"label":"Essen",
    "from":"2022-08-01T05:35:58","to":"2022-08-02T15:00:58","uuid":"1"}]}))]
#[case::show(json!({"_type":"cmd","action":"action","content":"<b>hi</b>","url":"https://example.org","notify":true,"extern":false}))]
#[case::old_action(json!({"_type":"cmd","action":"restart,reconnect","why":"2017"}))]
#[case::no_action(json!({"_type":"cmd"}))]
#[case::tour(json!({"_type":"request","request":"tour","tour":{"label":"Essen","from":"2022-08-01T05:35:58",
    "to":"2022-08-02T15:00:58"}}))]
#[case::tours(json!({"_type":"request","request":"tours","topic":"owntracks/jane/phone/request"}))]
#[case::untour(json!({"_type":"request","request":"untour","uuid":"../../etc"}))]
#[case::novel_request(json!({"_type":"request","request":"tour1","tour":{"label":"Essen"}}))]
#[case::configuration(json!({"_type":"configuration","mode":0,"host":"example.org","port":8883,"tls":true,"ws":false,
    "mqttProtocolLevel":4,"clientId":"U-D","auth":true,"usePassword":true,"username":"U","password":"P","deviceId":"D","tid":"TT",
    "pubTopicBase":"owntracks/G/U","subTopic":"owntracks/G/+","sub":true,"pubQos":1,"subQos":1,"pubRetain":true,
    "cleanSession":false,"keepalive":60,"url":"https://example.org/pub","httpHeaders":"A:b\\nC:d","encryptionKey":"k",
    "passphrase":"p","cmd":true,"remoteConfiguration":true,"allowRemoteLocation":true,"extendedData":true,"info":true,
    "monitoring":-1,"locatorDisplacement":500,"locatorInterval":60,"moveModeLocatorInterval":10,"ping":15,
    "ignoreInaccurateLocations":0,"ignoreStaleLocations":0,"fusedRegionDetection":true,"ranging":true,"locked":false,
    "opencageApiKey":"o","waypoints":[{"_type":"waypoint","desc":"+follow","lat":1.5,"lon":2.5,"rad":50,"tst":1}]}))]
#[case::dump(json!({"_type":"dump","configuration":{"_type":"configuration","mode":3,"host":"","password":"s"}}))]
#[case::encrypted(json!({"_type":"encrypted","data":"AAAA","_id":"0571e18d"}))]
#[case::unknown(json!({"_type":"novel","anything":[1,{"a":true}]}))]
fn what_an_app_says_comes_back_member_by_member(#[case] sent: Value) {
    let message = read_json(&sent);
    assert_eq!(message.kind(), sent["_type"].as_str().expect("a text"));
    assert_eq!(written(message), sent);
}

#[rstest]
#[case(Command::report_location(), json!({"action": "reportLocation"}))]
#[case(Command::report_steps(None, None), json!({"action": "reportSteps"}))]
#[case(Command::report_steps(Some(second(60)), Some(second(120))), json!({"action": "reportSteps", "from": 60, "to": 120}))]
#[case(Command::dump(), json!({"action": "dump"}))]
#[case(Command::status(), json!({"action": "status"}))]
#[case(Command::waypoints(), json!({"action": "waypoints"}))]
#[case(Command::clear_waypoints(), json!({"action": "clearWaypoints"}))]
#[case(Command::set_waypoints(vec![]), json!({"action": "setWaypoints", "waypoints": {"_type": "waypoints", "waypoints": []}}))]
#[case(Command::monitoring(Monitoring::Quiet), json!({"action": "setConfiguration", "configuration": {"_type": "configuration", "monitoring": -1}}))]
#[case(Command::monitoring(Monitoring::Manual), json!({"action": "setConfiguration", "configuration": {"_type": "configuration", "monitoring": 0}}))]
#[case(Command::monitoring(Monitoring::Significant), json!({"action": "setConfiguration", "configuration": {"_type": "configuration", "monitoring": 1}}))]
#[case(Command::monitoring(Monitoring::Move), json!({"action": "setConfiguration", "configuration": {"_type": "configuration", "monitoring": 2}}))]
fn an_order_is_made_in_one_word(#[case] order: Command, #[case] mut expected: Value) {
    expected["_type"] = json!("cmd");
    assert_eq!(written(order.clone()), expected);
    assert_eq!(command(&expected), order);
}

#[test]
fn a_region_is_taken_away_on_ios_by_a_place_beyond_earth() {
    let gone = Waypoint {
        region_id: Some("6da9cf".to_owned()),
        desc: Some("Home".to_owned()),
        lat: Some(-1_000_000.0),
        lon: Some(-1_000_000.0),
        tst: Some(second(1_600_000_000)),
        ..Waypoint::default()
    };
    let sent = written(Command::set_waypoints(vec![gone]));
    assert_eq!(sent["waypoints"]["waypoints"][0]["lat"], -1_000_000.0);
}

#[rstest]
#[case::not_an_object(json!({"_type": "cmd", "action": "setWaypoints", "waypoints": [1]}), "setWaypoints")]
#[case::no_list(json!({"_type": "cmd", "action": "setWaypoints", "waypoints": {"_type": "waypoints"}}), "setWaypoints")]
#[case::missing(json!({"_type": "cmd", "action": "setConfiguration"}), "setConfiguration")]
#[case::case_counts(json!({"_type": "cmd", "action": "ReportLocation"}), "ReportLocation")]
fn an_order_whose_argument_is_unusable_is_another_order(#[case] sent: Value, #[case] word: &str) {
    assert_eq!(command(&sent).action, Action::Other(Some(word.to_owned())));
}

#[rstest]
#[case::blank(json!(" "))]
#[case::null(json!(null))]
#[case::list(json!(["reportLocation"]))]
fn an_order_without_a_word_orders_nothing(#[case] action: Value) {
    assert_eq!(command(&json!({"_type": "cmd", "action": action})).action, Action::Other(None));
}

#[test]
fn tours_without_label_or_times_are_not_listed() {
    let whole = Tour {
        label: Some("Essen".to_owned()),
        from: Some(second(60)),
        to: Some(second(120)),
        ..Tour::default()
    };
    let endless = Tour { to: None, ..whole.clone() };
    let tours = Some(vec![endless, whole]);
    let answer = Response { request: Some("tours".to_owned()), tours, ..Response::default() };
    let sent = written(Command::respond(answer));
    assert_eq!((&sent["ntours"], &sent["tours"][0]["from"]), (&json!(1), &json!("1970-01-01T00:01:00")));
    assert_eq!(sent["tours"].as_array().map(Vec::len), Some(1));
}

#[test]
fn a_tour_is_asked_for_with_what_there_is_of_it() {
    let Ask::Tour(tour) = request(&payload("p107")).ask else { panic!("a tour") };
    assert_eq!(tour.label.as_deref(), Some("Meeting with C. in Essen"));
    assert_eq!((tour.from, tour.to), (Some(second(1_659_332_158)), Some(second(1_659_452_458))));
    let Ask::Tour(tour) = request(&payload("p110")).ask else { panic!("a tour") };
    assert!(tour.label.is_none() && tour.from > tour.to, "judged by who answers it");
    let bare = request(br#"{"_type":"request","request":"tour","tour":"please"}"#);
    assert_eq!(bare.ask, Ask::Tour(Tour::default()));
}

#[test]
fn other_requests_are_kept_and_none_is_a_crash() {
    assert_eq!(request(&payload("p108")).ask, Ask::Other(Some("tour1".to_owned())));
    assert_eq!(request(br#"{"_type":"request"}"#).ask, Ask::Other(None));
    assert_eq!(
        request(&payload("p109")).ask,
        Ask::Untour { uuid: Some("../../last/jane/phone/jane-phone".to_owned()) }
    );
}

#[test]
fn an_iphone_tells_its_rights() {
    let ios = status(&payload("p106")).ios.expect("an iPad answered");
    assert_eq!(ios.location_authorization.as_deref(), Some("kCLAuthorizationStatusAuthorizedAlways"));
    assert_eq!((ios.model.as_deref(), ios.system_version.as_deref()), (Some("iPad"), Some("17.2")));
    assert_eq!((ios.altimeter_available, ios.motion_available, ios.metric), (Some(false), None, Some(true)));
}

#[rstest]
#[case(0, Some(LocationAccess::Always))]
#[case(-1, Some(LocationAccess::AlwaysRoughly))]
#[case(-2, Some(LocationAccess::InUse))]
#[case(-3, Some(LocationAccess::InUseRoughly))]
#[case(-4, Some(LocationAccess::Never))]
#[case(-5, None)]
#[case(1, None)]
fn an_android_tells_how_much_it_may_know(#[case] loc: i8, #[case] access: Option<LocationAccess>) {
    let android = status(json!({"_type": "status", "android": {"loc": loc}}).to_string().as_bytes()).android;
    assert_eq!(android.expect("an Android answered").access(), access);
}

#[test]
fn what_android_leaves_out_of_its_status_is_zero() {
    let android =
        status(br#"{"_type":"status","android":{"ps":"1","bo":true}}"#).android.expect("an Android answered");
    assert!(android.saves_power && android.battery_optimised && !android.wifi && !android.hibernates);
    assert_eq!((android.location, android.version, android.flavour), (0, 0, None));
    assert_eq!(status(br#"{"_type":"status","android":[]}"#), Status::default());
}

#[rstest]
#[case(json!(-1), None)]
#[case(json!(0), Some(0.0))]
#[case(json!("2.5"), Some(2.5))]
fn the_distance_to_a_beacon_is_not_negative(#[case] acc: Value, #[case] metres: Option<f64>) {
    let Message::Beacon(beacon) = read_json(&json!({"_type": "beacon", "acc": acc, "prox": 9})) else {
        panic!("a beacon")
    };
    assert_eq!(beacon, Beacon { distance_m: metres, ..Beacon::default() });
}

#[rstest]
#[case(0, Proximity::Unknown)]
#[case(1, Proximity::Immediate)]
#[case(2, Proximity::Near)]
#[case(3, Proximity::Far)]
fn a_beacon_is_near_in_four_ways(#[case] prox: u8, #[case] proximity: Proximity) {
    let sent = json!({"_type": "beacon", "prox": prox});
    assert_eq!(read_json(&sent), Beacon { proximity: Some(proximity), ..Beacon::default() }.into());
}

#[rstest]
#[case(json!(0), Some(Mode::Mqtt))]
#[case(json!("3"), Some(Mode::Http))]
#[case(json!("http"), Some(Mode::Http))]
#[case(json!("MQTT"), Some(Mode::Mqtt))]
#[case(json!(2), None)]
#[case(json!(true), None)]
fn a_mode_is_a_number_or_androids_word(#[case] sent: Value, #[case] mode: Option<Mode>) {
    let Message::Configuration(settings) = read_json(&json!({"_type": "configuration", "mode": sent})) else {
        panic!("settings")
    };
    assert_eq!(settings.mode, mode);
}

#[test]
fn settings_in_quotes_are_read_and_go_out_without() {
    let sent = json!({"_type": "configuration", "port": "8883", "tls": "true", "cmd": 1, "monitoring": "2", "subTopic": "", "host": null});
    let expected = json!({"_type": "configuration", "port": 8883, "tls": true, "cmd": true, "monitoring": 2, "subTopic": ""});
    assert_eq!(written(read_json(&sent)), expected);
}

#[test]
fn settings_that_make_no_sense_are_absent() {
    let sent = json!({"_type": "configuration", "port": 70_000, "monitoring": 5, "tls": "maybe", "waypoints": {}, "host": []});
    assert_eq!(read_json(&sent), Configuration::default().into());
}

#[test]
fn regions_in_settings_are_read_and_the_others_explained() {
    let sent = json!({"_type": "configuration", "waypoints": [{"desc": "Home"}, 7]});
    let Message::Configuration(settings) = read_json(&sent) else { panic!("settings") };
    assert_eq!(settings.waypoints.map(|list| list.len()), Some(1));
    assert_eq!(settings.rejected.len(), 1);
}

#[test]
fn no_secret_shows_in_debug_output_however_deep_it_is() {
    let secrets = json!({"_type": "configuration", "host": "example.org", "username": "s3cret", "password": "s3cret", "encryptionKey": "s3cret",
        "passphrase": "s3cret", "httpHeaders": "Authorization:s3cret", "opencageApiKey": "s3cret", "novel": {"inner": "s3cret"},
        "url": "https://anna:s3cret@example.org/pub?token=s3cret"});
    for message in [
        secrets.clone(),
        json!({"_type": "dump", "configuration": secrets}),
        json!({"_type": "cmd", "action": "setConfiguration", "configuration": secrets}),
    ] {
        let shown = format!("{:?}", read_json(&message));
        assert!(!shown.contains("s3cret"), "{shown}");
        assert!(shown.contains("password") && shown.contains("example.org"), "{shown}");
    }
}

#[test]
fn a_dump_without_settings_is_refused() {
    let fault = DecodeError::Member { kind: "dump", name: "configuration", fault: MemberFault::Missing };
    assert_eq!(read(br#"{"_type":"dump"}"#), Err(fault.clone()));
    assert_eq!(read(br#"{"_type":"dump","configuration":"all"}"#), Err(fault));
    let Ok(Message::Dump(Dump { configuration, .. })) = read(&payload("p100")) else { panic!("a dump") };
    assert_eq!(configuration.encryption_key.as_deref(), Some("k3y"));
}

#[rstest]
#[case::whole(json!({"_type": "location", "lat": 1, "lon": 2, "tst": 1, "tid": "JA"}), true)]
#[case::topic_instead_of_tid(json!({"_type": "location", "lat": 1, "lon": 2, "tst": 1, "topic": "a/b/c"}), true)]
#[case::no_time(json!({"_type": "location", "lat": 1, "lon": 2, "tst": 0, "tid": "JA"}), false)]
#[case::nobody(json!({"_type": "location", "lat": 1, "lon": 2, "tst": 1}), false)]
#[case::no_letters(json!({"_type": "location", "lat": 1, "lon": 2, "tst": 1, "tid": "👩‍👧"}), false)]
#[case::enter(json!({"_type": "transition", "event": "enter"}), true)]
#[case::exit(json!({"_type": "transition", "event": "exit"}), false)]
#[case::card(json!({"_type": "card", "tid": "JA"}), true)]
#[case::order(json!({"_type": "cmd", "action": "status"}), true)]
#[case::no_order(json!({"_type": "cmd"}), false)]
#[case::nameless(json!({"_type": "waypoint", "rid": "1"}), false)]
#[case::unknown(json!({"_type": "Location"}), false)]
fn what_a_phone_would_refuse_is_not_for_phones(#[case] sent: Value, #[case] accepted: bool) {
    assert_eq!(read_json(&sent).for_phones().is_some(), accepted);
}

#[test]
fn nothing_beyond_earth_and_nothing_at_all_is_for_phones() {
    assert_eq!(Message::Cleared.for_phones(), None);
    let Message::Location(mut friend) =
        read_json(&json!({"_type": "location", "lat": 1, "lon": 2, "tst": 1, "tid": "Jane"}))
    else {
        panic!("a location")
    };
    assert_eq!(written(Message::from(friend.clone()).for_phones().expect("accepted"))["tid"], "Ja");
    friend.lat = f64::NAN;
    assert_eq!(Message::from(friend).for_phones(), None);
}

#[test]
fn a_line_of_a_small_tracker_is_written_as_it_was_read() {
    let line = "X0,542A46AA,k,30365854,7575769,26,4,7,5,872";
    let Ok(Message::Location(fix)) = read(line.as_bytes()) else { panic!("a location") };
    assert_eq!(encode_csv(&fix).as_deref(), Some(line));
}

#[test]
fn a_location_the_line_format_cannot_say_is_not_written_in_it() {
    let Ok(Message::Location(mut fix)) = read(b"X0,542A46AA,k,30365854,7575769,35,0,-7,5,872") else {
        panic!("a location")
    };
    fix.course_deg = Some(359.0);
    assert_eq!(encode_csv(&fix).as_deref(), Some("X0,542A46AA,k,30365854,7575769,0,0,0,5,872"));
    for spoil in [
        |fix: &mut owntracks::Location| fix.tid = Some("J,D".to_owned()),
        |fix: &mut owntracks::Location| fix.tid = None,
        |fix: &mut owntracks::Location| fix.tst = None,
        |fix: &mut owntracks::Location| fix.lat = 91.0,
        |fix: &mut owntracks::Location| fix.lon = f64::NAN,
    ] {
        let mut fix = fix.clone();
        spoil(&mut fix);
        assert_eq!(encode_csv(&fix), None);
    }
}

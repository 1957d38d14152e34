//! Outlets: what is stored goes out to a real Mosquitto, at least once, whatever happens in between; and nothing comes back.

use crate::support::{Home, Mosquitto, Phone, Server, circle, eventually, form_urlencoded, location, now_s};
use serde_json::Value;
use std::collections::BTreeMap;

/// A password that must be nowhere to be read.
const SECRET: &str = "a-very-odd-passphrase";

/// The fields of an outlet's form, everything ticked.
fn form<'a>(broker: &'a str, base: &'a str) -> BTreeMap<&'a str, &'a str> {
    let ticked = [("positions", "yes"), ("transitions", "yes"), ("observations", "yes"), ("on", "yes")];
    [("id", ""), ("broker", broker), ("base", base)].into_iter().chain(ticked).collect()
}

/// What the server answers to a form.
async fn post(server: &Server, cookie: &str, path: &str, fields: &BTreeMap<&str, &str>) -> (u16, Value) {
    let fields: Vec<(&str, &str)> = fields.iter().map(|(name, value)| (*name, *value)).collect();
    let answer = server.post(path).cookie(cookie).form(form_urlencoded(&fields)).send().await;
    (answer.status.as_u16(), serde_json::from_slice(&answer.body).unwrap_or_default())
}

/// Saves an outlet, which must be taken.
async fn save(server: &Server, cookie: &str, fields: &BTreeMap<&str, &str>) {
    let (status, body) = post(server, cookie, "/api/save_outlet", fields).await;
    assert!(status < 400, "{status}: {body}");
}

/// Why an outlet was refused: the field, and the reason.
async fn refused(server: &Server, cookie: &str, fields: &BTreeMap<&str, &str>) -> (String, String) {
    let (status, body) = post(server, cookie, "/api/save_outlet", fields).await;
    assert!((400..500).contains(&status), "{status}: {body}");
    let told = if body["Invalid"].is_object() { &body["Invalid"] } else { &body["Conflict"] };
    let text = |member: &str| told[member].as_str().unwrap_or_default().to_owned();
    (text("field"), text("why"))
}

/// The outlets as the page knows them.
async fn outlets(server: &Server, cookie: &str) -> Vec<Value> {
    let answer = server.get("/api/outlets").cookie(cookie).send().await;
    serde_json::from_slice(&answer.body).expect("is a list")
}

/// Waits until the only outlet is like this.
async fn only(server: &Server, cookie: &str, what: &str, is: impl Fn(&Value) -> bool) -> Value {
    eventually(what, async || outlets(server, cookie).await.into_iter().next().filter(|outlet| is(outlet)))
        .await
}

/// Everything retained below a base, by topic.
async fn retained(mosquitto: &Mosquitto, base: &str) -> BTreeMap<String, Value> {
    let mut listener = mosquitto.connect(&format!("listener-{}", now_s())).await;
    listener.subscribe(&format!("{base}/#")).await;
    // Retained messages come before what is published after them.
    listener.try_publish(&format!("{base}/end"), b"{}", false).await.expect("Mosquitto takes it");
    let mut found = BTreeMap::new();
    loop {
        let publish = listener.receive().await;
        if publish.topic == format!("{base}/end") {
            return found;
        }
        if publish.retain {
            let payload = serde_json::from_slice(&publish.payload).expect("is JSON");
            found.insert(publish.topic, payload);
        }
    }
}

/// Waits until what is retained below a base is like this.
async fn retains(
    mosquitto: &Mosquitto,
    base: &str,
    what: &str,
    is: impl Fn(&BTreeMap<String, Value>) -> bool,
) -> BTreeMap<String, Value> {
    eventually(what, async || Some(retained(mosquitto, base).await).filter(|found| is(found))).await
}

/// Comes to a place for good, at that second and a minute before.
async fn arrive(phone: &mut Phone, second: i64, lat: f64) {
    for earlier in [60, 0] {
        phone.publish("", location(second - earlier, lat, 16.37)).await;
    }
}

#[tokio::test]
async fn what_is_stored_goes_out_as_far_as_the_group_may_see_it() {
    let home = Home::new();
    let mosquitto = Mosquitto::start(&home, "").await;
    home.user("root", &["--admin", "--group", "ours"]).await;
    let ann = home.device("ann", "phone", &["--group", "ours"]).await;
    let eve = home.device("eve", "phone", &["--group", "theirs"]).await;
    let token = home.token("admin", &["--user", "root"]).await;
    let server = home.serve().await;
    let cookie = server.sign_in("root").await;
    server.draw(&token, &circle("Home", 48.2, 16.37, 150.0)).await;
    save(&server, &cookie, &form(&mosquitto.url(), "out")).await;
    let mut eves = Phone::connect(server.broker(), &eve).await;
    let mut phone = Phone::connect(server.broker(), &ann).await;
    for (second, lat) in [(now_s() - 600, 48.3), (now_s(), 48.2)] {
        arrive(&mut eves, second, lat).await;
        arrive(&mut phone, second, lat).await;
    }

    // Each on its own topic, so in any order.
    let is_there = |found: &BTreeMap<String, Value>| {
        found.contains_key("out/ann/event")
            && found.get("out/ann/regions").is_some_and(|all| !all["regions"][0].is_null())
            && found.get("out/ann/location").is_some_and(|place| place["lat"] == 48.2)
    };
    let found = retains(&mosquitto, "out", "everything is there", is_there).await;
    let topics: Vec<_> = found.keys().filter(|topic| !topic.starts_with("out/root/")).collect();
    assert_eq!(topics, ["out/ann/event", "out/ann/location", "out/ann/regions"], "nobody of another group");
    let (place, event) = (&found["out/ann/location"], &found["out/ann/event"]);
    assert_eq!((place["friend"].as_str(), place["device"].as_str()), (Some("ann"), Some("phone")));
    assert_eq!((place["lat"].as_f64(), place["accuracy_m"].as_f64()), (Some(48.2), Some(10.0)));
    assert_eq!((event["kind"].as_str(), event["region"]["name"].as_str()), (Some("enter"), Some("Home")));
    assert_eq!(found["out/ann/regions"]["regions"][0]["region"]["name"], "Home");
    let outlet = only(&server, &cookie, "nothing waits", |outlet| outlet["waiting"] == 0).await;
    assert!(outlet["connected"] == true && outlet["delivered_at"].is_number(), "{outlet}");

    home.command_ok(&["device", "remove", "ann", "phone"], "").await;
    retains(&mosquitto, "out", "the position is cleared", |found| !found.contains_key("out/ann/location"))
        .await;
    let (url, id) = (mosquitto.url(), outlet["id"].as_str().expect("is text").to_owned());
    let mut off = form(&url, "out");
    off.insert("id", &id);
    off.remove("on");
    save(&server, &cookie, &off).await;
    retains(&mosquitto, "out", "off clears everything", BTreeMap::is_empty).await;
    eventually("that is remembered", async || {
        (home.count("SELECT count(*) FROM outlet_topics").await == 0).then_some(())
    })
    .await;
}

#[tokio::test]
async fn an_event_is_cleared_once_its_region_is_hidden_or_gone() {
    let home = Home::new();
    let mosquitto = Mosquitto::start(&home, "").await;
    home.user("root", &["--admin"]).await;
    let ann = home.device("ann", "phone", &[]).await;
    let token = home.token("admin", &["--user", "root"]).await;
    let server = home.serve().await;
    let cookie = server.sign_in("root").await;
    let region = server.draw(&token, &circle("Home", 48.2, 16.37, 150.0)).await;
    save(&server, &cookie, &form(&mosquitto.url(), "out")).await;
    let mut phone = Phone::connect(server.broker(), &ann).await;
    let event = |found: &BTreeMap<String, Value>| {
        found.get("out/ann/event").map(|event| event["kind"].as_str().unwrap_or_default().to_owned())
    };
    for (second, lat) in [(now_s() - 9000, 48.3), (now_s() - 8000, 48.2)] {
        arrive(&mut phone, second, lat).await;
    }
    retains(&mosquitto, "out", "it came", |found| event(found).as_deref() == Some("enter")).await;
    let put = async |audience: &str| {
        let mut hidden = circle("Home", 48.2, 16.37, 150.0);
        hidden["audience"] = Value::from(audience);
        let path = format!("/api/v1/regions/{region}");
        let asked = server.ask(http::Method::PUT, &path).bearer(&token).json(&hidden);
        assert_eq!(asked.send().await.status.as_u16(), 200);
    };
    put("admins").await;
    retains(&mosquitto, "out", "hidden", |found| event(found).is_none()).await;
    put("group").await;
    arrive(&mut phone, now_s() - 4000, 48.3).await;
    retains(&mosquitto, "out", "it left", |found| event(found).as_deref() == Some("leave")).await;
    // The same after a restart, which has nothing but the database to go by.
    server.stop().await;
    let server = home.serve().await;
    let gone = server.ask(http::Method::DELETE, &format!("/api/v1/regions/{region}")).bearer(&token);
    assert_eq!(gone.send().await.status.as_u16(), 204);
    retains(&mosquitto, "out", "gone", |found| event(found).is_none()).await;
}

#[tokio::test]
async fn every_transition_arrives_in_order_although_broker_and_server_are_killed() {
    const CROSSINGS: i64 = 12;
    let home = Home::new();
    let mut mosquitto = Mosquitto::start(&home, "").await;
    home.user("root", &["--admin"]).await;
    let ann = home.device("ann", "phone", &[]).await;
    let token = home.token("admin", &[]).await;
    let mut server = home.serve().await;
    let cookie = server.sign_in("root").await;
    server.draw(&token, &circle("Home", 48.2, 16.37, 150.0)).await;
    save(&server, &cookie, &form(&mosquitto.url(), "out")).await;
    // A session that Mosquitto keeps over its restarts.
    let mut options = Phone::options(mosquitto.address(), &Mosquitto::anybody("listener"));
    options.set_clean_session(false);
    let mut listener = Phone::connect_with(options.clone(), "listener").await.expect("is let in");
    listener.subscribe("out/+/event").await;
    // Away from now on: what it acknowledged now, it would not hear again.
    listener.leave().await;
    let start = now_s() - 10_000;
    let mut phone = Phone::connect(server.broker(), &ann).await;
    arrive(&mut phone, start - 600, 48.3).await;
    drop(phone);
    for crossing in 0..CROSSINGS {
        let lat = if crossing % 2 == 0 { 48.2 } else { 48.3 };
        let mut phone = Phone::connect(server.broker(), &ann).await;
        arrive(&mut phone, start + crossing * 600, lat).await;
        match crossing {
            2 => mosquitto.stop().await,
            4 => {
                // While the other broker is away.
                let waits = |outlet: &Value| {
                    let why = outlet["error"][1].as_str().unwrap_or_default();
                    outlet["waiting"].as_u64() >= Some(2) && why.contains("no connection")
                };
                let away = only(&server, &cookie, "it waits", waits).await;
                assert_eq!(away["connected"], false);
                server.kill();
                server = home.serve().await;
            }
            5 => mosquitto.start_again().await,
            8 => {
                server.kill();
                server = home.serve().await;
            }
            _ => {}
        }
    }
    let expected = home.texts("SELECT kind FROM transitions ORDER BY at").await;
    assert_eq!(expected.len(), usize::try_from(CROSSINGS).expect("is small"));
    eventually("nothing waits", async || {
        (home.count("SELECT count(*) FROM outlet_events").await == 0).then_some(())
    })
    .await;
    let mut listener = Phone::connect_with(options, "listener").await.expect("is let in");
    let mut last = String::new();
    let mut order = Vec::new();
    let newest = home.texts("SELECT lower(hex(id)) FROM transitions ORDER BY at DESC LIMIT 1").await;
    while last != newest[0] {
        let publish = listener.receive().await;
        let event: Value = serde_json::from_slice(&publish.payload).expect("is JSON");
        event["id"].as_str().expect("has one").clone_into(&mut last);
        order.push((event["at"].as_str().expect("has one").to_owned(), last.clone()));
    }
    let mut seen: Vec<&String> = Vec::new();
    for (_, id) in &order {
        if !seen.contains(&id) {
            seen.push(id);
        }
    }
    let all = home.texts("SELECT lower(hex(id)) FROM transitions ORDER BY at").await;
    assert_eq!(seen, all.iter().collect::<Vec<_>>(), "each at least once, first times in order");
    assert!(server.stop().await.success());
}

#[tokio::test]
async fn a_base_from_which_something_could_come_back_is_refused_by_its_field() {
    let home = Home::new();
    let mosquitto = Mosquitto::start(&home, "").await;
    home.user("root", &["--admin"]).await;
    home.user("ann", &[]).await;
    let url = mosquitto.url();
    let server =
        home.serve_with(&["--mqtt-url", &url, "--mqtt-topics", "owntracks/#,home/+/temperature"]).await;
    let cookie = server.sign_in("root").await;
    for base in ["owntracks", "owntracks/out", "Owntracks/out", "home", "home/out", "", "a/#", "/a", "$SYS/a"]
    {
        let (field, why) = refused(&server, &cookie, &form(&url, base)).await;
        assert_eq!(field, "base", "{base}: {why}");
    }
    for (broker, field) in [("nonsense", "broker"), ("http://h", "broker"), ("mqtt://u:geheim@h", "broker")] {
        let (told, why) = refused(&server, &cookie, &form(broker, "out")).await;
        assert_eq!(told, field);
        assert!(!why.contains("geheim"));
    }
    save(&server, &cookie, &form(&url, "out")).await;
    for base in ["out", "out/more"] {
        assert_eq!(
            refused(&server, &cookie, &form(&url, base)).await.0,
            "base",
            "{base}: another outlet is there"
        );
    }
    let friend = server.sign_in("ann").await;
    assert_eq!(post(&server, &friend, "/api/save_outlet", &form(&url, "x")).await.0, 403);
    assert_eq!(server.get("/api/outlets").cookie(&friend).send().await.status, 403);
    assert_eq!(server.get("/api/outlets").send().await.status, 401);
}

#[tokio::test]
async fn what_went_out_does_not_come_in_again_whatever_is_subscribed_to() {
    let home = Home::new();
    let mosquitto = Mosquitto::start(&home, "").await;
    let url = mosquitto.url();
    home.user("root", &["--admin"]).await;
    let first = home.serve_behind(&mosquitto).await;
    let cookie = first.sign_in("root").await;
    save(&first, &cookie, &form(&url, "out")).await;
    assert_eq!(first.stop().await.code(), Some(0));
    // Afterwards somebody subscribes to everything there.
    let server = home.serve_with(&["--mqtt-url", &url, "--mqtt-topics", "#"]).await;
    eventually("we are subscribed", async || {
        server.log().contains("connected to the MQTT broker").then_some(())
    })
    .await;
    let mut phone = mosquitto.connect("owntracks/ann/phone").await;
    let start = now_s() - 100;
    for second in 0..20 {
        phone.publish("", location(start + second, 48.2, 16.37)).await;
    }
    let newest = |found: &BTreeMap<String, Value>| {
        found.get("out/ann/location").is_some_and(|place| place["at"] == crate::support::rfc3339(start + 19))
    };
    let found = retains(&mosquitto, "out", "the newest is out", newest).await;
    // Somebody carries it elsewhere: it still says where it is from.
    let copy = found["out/ann/location"].to_string();
    phone.try_publish("elsewhere/ann", copy.as_bytes(), true).await.expect("Mosquitto takes it");
    phone.try_publish("owntracks/ben/phone", copy.as_bytes(), false).await.expect("as above");
    // Whatever goes round would be here before this.
    phone.publish("", location(start + 20, 48.2, 16.37)).await;
    eventually("the last has come", async || {
        (home.count("SELECT count(*) FROM fixes").await == 21).then_some(())
    })
    .await;
    let odd = home.texts("SELECT topic FROM messages WHERE topic <> 'owntracks/ann/phone'").await;
    assert!(odd.is_empty(), "{odd:?}");
    assert_eq!(home.count("SELECT count(*) FROM messages").await, 21);
}

#[tokio::test]
async fn the_newest_observation_goes_out_and_a_copy_of_it_does_not_go_round() {
    let home = Home::new();
    let mosquitto = Mosquitto::start(&home, "").await;
    home.user("root", &["--admin"]).await;
    let ann = home.device("ann", "phone", &[]).await;
    let token = home.token("admin", &[]).await;
    let server = home.serve().await;
    let cookie = server.sign_in("root").await;
    let sensor = |topic: &str| {
        let values = serde_json::json!([{"name": "Temperature", "unit": "°C", "pointer": "/values/0"}]);
        serde_json::json!({"name": "Weather", "topic": topic, "form": "json", "values": values})
    };
    let made = server.post("/api/v1/sensors").bearer(&token).json(&sensor("home/weather/#")).send().await;
    assert_eq!(made.status, 201, "{}", made.text());
    for base in ["home", "home/weather", "home/weather/out"] {
        assert_eq!(refused(&server, &cookie, &form(&mosquitto.url(), base)).await.0, "base", "{base}");
    }
    save(&server, &cookie, &form(&mosquitto.url(), "out")).await;
    let mut other = sensor("out/#");
    other["name"] = "Other".into();
    server
        .post("/api/v1/sensors")
        .bearer(&token)
        .json(&other)
        .send()
        .await
        .assert_problem(422, Some("topic"));

    let mut phone = Phone::connect(server.broker(), &ann).await;
    for reading in [b"{\"values\":[20.5]}", b"{\"values\":[21.5]}"] {
        phone.try_publish("home/weather/now", reading, false).await.expect("is acknowledged");
    }
    let newest = |found: &BTreeMap<String, Value>| {
        found.get("out/Weather/observation").is_some_and(|said| said["values"] == serde_json::json!([21.5]))
    };
    let found = retains(&mosquitto, "out", "the newest is out", newest).await;
    let said = &found["out/Weather/observation"];
    assert_eq!((&said["sensor"], &said["quantities"][0]["unit"]), (&"Weather".into(), &"°C".into()));
    // Somebody carries it back to where the sensor reports: it is acknowledged, and nothing else.
    let count = home.count("SELECT count(*) FROM observations").await;
    let mut listener = Phone::connect(server.broker(), &home.device("ben", "phone", &[]).await).await;
    listener.subscribe("home/weather/#").await;
    let copy = serde_json::to_string_pretty(said).expect("is JSON");
    for retained in [false, true] {
        phone.try_publish("home/weather/now", copy.as_bytes(), retained).await.expect("is acknowledged");
    }
    phone.try_publish("home/weather/end", b"the end", false).await.expect("is acknowledged");
    assert_eq!(listener.receive().await.payload, b"the end"[..], "and nobody hears of it");
    assert_eq!(home.count("SELECT count(*) FROM observations").await, count);
}

/// A Mosquitto with users, and with rules that let `writer` write below `out` alone.
async fn guarded(home: &Home) -> Mosquitto {
    let passwords = home.text("passwords");
    std::fs::write(&passwords, format!("writer:{SECRET}\nstranger:{SECRET}\n")).expect("can be written");
    let made = std::process::Command::new("mosquitto_passwd").args(["-U", &passwords]).status();
    assert!(made.is_ok_and(|status| status.success()), "these tests need mosquitto_passwd");
    std::fs::write(home.path("rules"), "user writer\ntopic readwrite out/#\n").expect("can be written");
    let lines = format!("password_file {passwords}\nacl_file {}\nallow_anonymous false", home.text("rules"));
    Mosquitto::start(home, &lines).await
}

#[tokio::test]
async fn a_test_says_in_words_what_is_wrong_and_nobody_reads_the_password() {
    let home = Home::new();
    let mosquitto = guarded(&home).await;
    let url = mosquitto.url();
    home.user("root", &["--admin"]).await;
    let server = home.serve().await;
    let cookie = server.sign_in("root").await;
    let tls = url.replace("mqtt://", "mqtts://");
    let wrong = SECRET.to_uppercase();
    let cases = [
        ("mqtt://127.0.0.1:1", "writer", SECRET, "out", Some("no connection")),
        (url.as_str(), "writer", &*wrong, "out", Some("user name or password is wrong")),
        (url.as_str(), "stranger", SECRET, "out", Some("not authorised")),
        (url.as_str(), "writer", SECRET, "elsewhere", Some("not authorised")),
        (tls.as_str(), "writer", SECRET, "out", Some("TLS")),
        (url.as_str(), "writer", SECRET, "out", None),
    ];
    let mut id = String::new();
    for (broker, user, password, base, expected) in cases {
        let mut fields = form(broker, base);
        fields.extend([("user", user), ("password", password), ("id", id.as_str())]);
        save(&server, &cookie, &fields).await;
        let outlet = outlets(&server, &cookie).await.remove(0);
        outlet["id"].as_str().expect("is text").clone_into(&mut id);
        let (status, body) =
            post(&server, &cookie, "/api/test_outlet", &BTreeMap::from([("id", id.as_str())])).await;
        assert!(status < 400, "{status}: {body}");
        let outlet = outlets(&server, &cookie).await.remove(0);
        let why = outlet["tested"][1].as_str();
        match expected {
            Some(expected) => assert!(why.is_some_and(|why| why.contains(expected)), "{expected}: {outlet}"),
            None => assert!(why.is_none() && outlet["tested"][0].is_number(), "{outlet}"),
        }
    }
    // An empty password leaves it as it is.
    let mut fields = form(&url, "out");
    fields.extend([("user", "writer"), ("password", ""), ("id", id.as_str())]);
    save(&server, &cookie, &fields).await;
    only(&server, &cookie, "it still gets in", |outlet| outlet["connected"] == true).await;
    // Whoever gives it another address does not get the password sent there.
    let mut elsewhere = form("mqtt://127.0.0.1:1", "out");
    elsewhere.extend([("user", "writer"), ("password", ""), ("id", id.as_str())]);
    assert_eq!(refused(&server, &cookie, &elsewhere).await.0, "password");

    let pages = ["/admin/outlets", &format!("/admin/outlets?edit={id}"), "/api/outlets", "/admin"];
    for page in pages {
        let answer = server.get(page).cookie(&cookie).send().await;
        assert_eq!(answer.status, 200, "{page}");
        assert!(!answer.text().contains(SECRET), "{page}");
    }
    assert!(!server.log().to_lowercase().contains(SECRET));
    home.command_ok(&["backup", "copy.db"], "").await;
    let copy = std::fs::read(home.path("copy.db")).expect("was written");
    assert!(!copy.windows(SECRET.len()).any(|window| window == SECRET.as_bytes()), "not in a backup");
}

#[tokio::test]
async fn a_removed_outlet_clears_what_its_broker_retains() {
    let home = Home::new();
    let mosquitto = Mosquitto::start(&home, "").await;
    home.user("root", &["--admin"]).await;
    let ann = home.device("ann", "phone", &[]).await;
    let server = home.serve().await;
    let cookie = server.sign_in("root").await;
    let mut phone = Phone::connect(server.broker(), &ann).await;
    phone.publish("", location(now_s(), 48.2, 16.37)).await;
    save(&server, &cookie, &form(&mosquitto.url(), "out")).await;
    retains(&mosquitto, "out", "it is there", |found| found.contains_key("out/ann/location")).await;
    let outlet = outlets(&server, &cookie).await.remove(0);
    // Another base: what stood at the former one goes.
    let mut moved = form("", "other");
    let (id, url) = (outlet["id"].as_str().expect("is text"), mosquitto.url());
    moved.extend([("id", id), ("broker", url.as_str())]);
    save(&server, &cookie, &moved).await;
    retains(&mosquitto, "other", "it has moved", |found| found.contains_key("other/ann/location")).await;
    retains(&mosquitto, "out", "the former base is empty", BTreeMap::is_empty).await;
    let (status, _) = post(&server, &cookie, "/api/remove_outlet", &BTreeMap::from([("id", id)])).await;
    assert!(status < 400, "{status}");
    retains(&mosquitto, "other", "nothing stays", BTreeMap::is_empty).await;
    assert!(outlets(&server, &cookie).await.is_empty());
    server.stop_at_once().await;
}

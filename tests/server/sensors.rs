//! Sensors: other topics than the phones', through both brokers, the JSON interface and the pages.

use crate::support::{
    Answer, Home, Live, Mosquitto, Phone, Server, a_phone, eventually, form_urlencoded, now_s, rfc3339,
};
use domain::live::{Change, LiveMessage};
use http::Method;
use serde_json::{Value, json};

fn weather() -> Value {
    json!({
        "name": "Roof", "topic": "weather/+/roof", "form": "csv",
        "values": [{"name": "Temperature", "unit": "°C"}, {"name": "Humidity"}],
    })
}

async fn post(server: &Server, token: &str, sensor: &Value) -> Answer {
    server.post("/api/v1/sensors").bearer(token).json(sensor).send().await
}

async fn made(server: &Server, token: &str, sensor: &Value) -> String {
    let answer = post(server, token, sensor).await;
    assert_eq!(answer.status, 201, "{}", answer.text());
    answer.json()["id"].as_str().expect("has an id").to_owned()
}

async fn observed(server: &Server, token: &str, name: &str) -> Vec<Value> {
    server.items(&format!("/api/v1/observations?sensor={name}"), token).await
}

#[tokio::test]
async fn a_device_of_the_group_reports_for_a_sensor_and_others_may_not() {
    let home = Home::new();
    let ann = home.device("ann", "phone", &[]).await;
    let cid = home.device("cid", "phone", &["--group", "Others"]).await;
    home.user("boss", &["--admin"]).await;
    let token = home.token("admin", &["--user", "boss"]).await;
    let server = home.serve().await;
    let ours = Mosquitto::anybody("weather/home/roof");
    let mut station = Phone::connect(server.broker(), &ann).await;
    let say = async |phone: &mut Phone, topic: &str, payload: &str| {
        phone.try_publish(topic, payload.as_bytes(), false).await.expect("it is acknowledged");
    };
    let (at, later) = (rfc3339(now_s() - 60), rfc3339(now_s()));
    say(&mut station, &ours.topic, &format!("{at},1,2")).await;
    made(&server, &token, &weather()).await;
    say(&mut station, &ours.topic, &format!("{at},21.5,40")).await;
    say(&mut station, &ours.topic, &format!("{later},22,41")).await;
    // The same time again replaces.
    say(&mut station, &ours.topic, &format!("{at},20.5,39")).await;
    say(&mut station, &ours.topic, &format!("{at},20.5")).await;
    say(&mut station, &ours.topic, &format!("{at},20.5,wet")).await;
    say(&mut station, "weather/home/cellar", &format!("{at},1,2")).await;
    let mut stranger = Phone::connect(server.broker(), &cid).await;
    stranger.subscribe("#").await;
    say(&mut stranger, &ours.topic, &format!("{at},99,99")).await;
    let mut listener = home_listener(&home, &server).await;
    say(&mut station, &ours.topic, &format!("{later},23,42")).await;
    let heard = listener.receive().await;
    assert_eq!(
        (heard.topic.as_str(), &heard.payload[..]),
        ("weather/home/roof", format!("{later},23,42").as_bytes())
    );

    let seen = observed(&server, &token, "roof").await;
    let values: Vec<_> = seen.iter().map(|observation| observation["values"].clone()).collect();
    assert_eq!(values, [json!([23.0, 42.0]), json!([20.5, 39.0])]);
    let last = server.items("/api/v1/sensors", &token).await[0]["last"]["values"].clone();
    assert_eq!(last, json!([23.0, 42.0]));
    let verdicts = home.texts("SELECT verdict FROM messages WHERE trouble = 1 ORDER BY id").await;
    let refused = "refused: this topic is not below ";
    assert_eq!(
        verdicts,
        [
            format!("{refused}{}", ann.topic),
            "refused: no observation: the number of values is 1 instead of 2".into(),
            "refused: no observation: value 2 is not a number".into(),
            format!("{refused}{}", ann.topic),
            format!("{refused}{}", cid.topic),
        ]
    );
    // It is committed when it is acknowledged, with its message.
    server.kill();
    assert_eq!(home.count("SELECT count(*) FROM observations").await, 2);
    assert_eq!(home.count("SELECT count(*) FROM messages WHERE verdict = 'observation'").await, 4);
    assert_eq!(home.count("SELECT count(*) FROM fixes").await, 0);
}

/// A friend's phone of the same group that listens to sensors.
async fn home_listener(home: &Home, server: &Server) -> Phone {
    let ben = home.device("ben", "phone", &[]).await;
    let mut phone = Phone::connect(server.broker(), &ben).await;
    phone.subscribe("weather/#").await;
    phone
}

#[tokio::test]
async fn what_was_retained_for_a_sensor_is_not_given_to_whoever_gets_its_topics_next() {
    let home = Home::new();
    let ann = home.device("ann", "phone", &[]).await;
    let cid = home.device("cid", "phone", &["--group", "Others"]).await;
    let tablet = home.device("cid", "tablet", &["--group", "Others"]).await;
    home.user("boss", &["--admin"]).await;
    home.user("chief", &["--admin", "--group", "Others"]).await;
    let token = home.token("admin", &["--user", "boss"]).await;
    let theirs = home.token("admin", &["--user", "chief"]).await;
    let mut server = home.serve().await;
    let yard = json!({
        "name": "Yard", "topic": "weather/#", "form": "csv", "values": [{"name": "Temperature"}, {"name": "Wind"}],
    });
    let at = rfc3339(now_s());
    let retain = async |phone: &mut Phone, payload: &str| {
        phone.try_publish("weather/home/roof", payload.as_bytes(), true).await.expect("it is acknowledged");
    };

    let sensor = made(&server, &token, &weather()).await;
    let mut station = Phone::connect(server.broker(), &ann).await;
    retain(&mut station, &format!("{at},1,2")).await;
    let mut again = home_listener(&home, &server).await;
    assert_eq!(again.receive().await.payload, format!("{at},1,2"), "who is of the group is given it");
    assert_eq!(
        server.ask(Method::DELETE, &format!("/api/v1/sensors/{sensor}")).bearer(&token).send().await.status,
        204
    );
    let yard = made(&server, &theirs, &yard).await;

    let mut stranger = Phone::connect(server.broker(), &cid).await;
    stranger.subscribe("weather/#").await;
    let mut other = Phone::connect(server.broker(), &tablet).await;
    retain(&mut other, &format!("{at},3,4")).await;
    assert_eq!(stranger.receive().await.payload, format!("{at},3,4"), "the first that is heard is their own");
    assert_eq!(home.count("SELECT count(*) FROM retained").await, 1);

    // With other topics it is over, too, and a restart brings nothing back.
    let moved = json!({
        "name": "Yard", "topic": "yard/+", "form": "csv", "values": [{"name": "Temperature"}, {"name": "Wind"}],
    });
    let put =
        server.ask(Method::PUT, &format!("/api/v1/sensors/{yard}")).bearer(&theirs).json(&moved).send().await;
    assert_eq!(put.status, 200, "{}", put.text());
    assert_eq!(home.count("SELECT count(*) FROM retained").await, 0);
    server.stop().await;
    server = home.serve().await;
    made(&server, &token, &weather()).await;
    let mut listener = home_listener(&home, &server).await;
    let mut station = Phone::connect(server.broker(), &ann).await;
    retain(&mut station, &format!("{at},5,6")).await;
    assert_eq!(listener.receive().await.payload, format!("{at},5,6"));
}

#[tokio::test]
async fn documents_come_in_from_an_outside_broker() {
    let home = Home::new();
    let token = home.token("admin", &[]).await;
    let mosquitto = Mosquitto::start(&home, "").await;
    let topics = ["--mqtt-url", &mosquitto.url(), "--mqtt-topics", "owntracks/#,house/#"];
    let server = home.serve_with(&topics).await;
    let timed = json!({
        "name": "Meter", "topic": "house/meter", "form": "json", "time": "/at",
        "values": [{"name": "Power", "unit": "W", "pointer": "/now/power"}],
    });
    let bare = json!({"name": "Bare", "topic": "house/bare", "form": "json", "values": [{"name": "x", "pointer": ""}]});
    made(&server, &token, &timed).await;
    made(&server, &token, &bare).await;
    let mut publisher = mosquitto.connect("house/meter").await;
    let payload = |at: i64, power: i64| json!({"at": at, "now": {"power": power}}).to_string();
    let now = now_s();
    eventually("the first one arrives", async || {
        publisher.publish("", payload(now - 9, 1)).await;
        (home.count("SELECT count(*) FROM observations").await == 1).then_some(())
    })
    .await;
    publisher.publish("", payload((now - 5) * 1000, 2)).await;
    publisher.publish("", r#"{"at":"yesterday","now":{"power":3}}"#).await;
    publisher.try_publish("house/bare", b"21.5", true).await.expect("Mosquitto takes it");
    publisher.try_publish("house/other", b"21.5", false).await.expect("as above");
    publisher.publish("", payload(now, 4)).await;
    eventually("the last one arrives", async || {
        (home.count("SELECT count(*) FROM observations").await == 4).then_some(())
    })
    .await;
    let powers = observed(&server, &token, "Meter").await;
    let powers: Vec<_> = powers.iter().filter_map(|observation| observation["values"][0].as_f64()).collect();
    assert_eq!(powers, [4.0, 2.0, 1.0]);
    assert_eq!(observed(&server, &token, "bare").await[0]["values"], json!([21.5]));
    let trouble = home.texts("SELECT verdict FROM messages WHERE trouble = 1 ORDER BY id").await;
    assert_eq!(trouble.len(), 2, "{trouble:?}");
    assert!(trouble[0].starts_with("refused: no observation: the time is not one like "), "{trouble:?}");
    assert!(trouble[1].contains("fits no template and no sensor"), "{trouble:?}");
    assert_eq!(home.count("SELECT count(*) FROM friends").await, 0);
}

#[tokio::test]
async fn a_sensor_is_made_changed_and_removed_and_mistakes_name_their_field() {
    let home = Home::new();
    let (token, reader) = (home.token("admin", &[]).await, home.token("read", &[]).await);
    let server = home.serve().await;
    let but = |member: &str, value: Value| {
        let mut sensor = weather();
        sensor[member] = value;
        sensor
    };
    let json_form = |member: &str, value: Value| {
        let mut sensor =
            json!({"name": "J", "topic": "j", "form": "json", "values": [{"name": "x", "pointer": "/x"}]});
        sensor[member] = value;
        sensor
    };
    let wrong = [
        (json!({}), "values"),
        (but("name", json!(null)), "name"),
        (but("name", json!(" ")), "name"),
        (but("name", json!("a/b")), "name"),
        (but("topic", json!(7)), "topic"),
        (but("topic", json!("")), "topic"),
        (but("topic", json!("$SYS/x")), "topic"),
        (but("topic", json!("a/#/b")), "topic"),
        (but("topic", json!("#")), "topic"),
        (but("topic", json!("OwnTracks/ann/phone")), "topic"),
        (but("topic", json!("+/+/weather")), "topic"),
        (but("topic", json!("owntracks/ann/phone/deeper/still")), "topic"),
        (but("form", json!("xml")), "form"),
        (but("time", json!("/t")), "time"),
        (but("public", json!("yes")), "public"),
        (but("values", json!([])), "values"),
        (but("values", json!([1])), "values"),
        (but("values", json!([{"name": ""}])), "values"),
        (but("values", json!([{"name": "a"}, {"name": "A"}])), "values"),
        (but("values", json!([{"name": "a", "pointer": "/a"}])), "values"),
        (but("values", json!(vec![json!({"name": "x"}); 65])), "values"),
        (json_form("time", json!("t")), "time"),
        (json_form("values", json!([{"name": "a", "pointer": "a"}])), "values"),
    ];
    for (sensor, field) in wrong {
        let answer = post(&server, &token, &sensor).await;
        assert_eq!(answer.status, 422, "{sensor}: {}", answer.text());
        answer.assert_problem(422, Some(field));
    }
    post(&server, &reader, &weather()).await.assert_problem(403, None);
    let id = made(&server, &token, &weather()).await;
    post(&server, &token, &but("topic", json!("elsewhere"))).await.assert_problem(409, Some("name"));
    post(&server, &token, &but("name", json!("Other"))).await.assert_problem(409, Some("topic"));
    let path = format!("/api/v1/sensors/{id}");
    let changed = but("name", json!("Top"));
    let answer = server.ask(Method::PUT, &path).bearer(&token).json(&changed).send().await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    assert_eq!(server.items("/api/v1/sensors", &reader).await, [answer.json()]);
    server.get("/api/v1/observations?sensor=roof").bearer(&token).send().await.assert_problem(404, None);
    server.get("/api/v1/observations").bearer(&token).send().await.assert_problem(422, Some("sensor"));
    let wrong = server.get("/api/v1/observations?sensor=top&cursor=x").bearer(&token).send().await;
    wrong.assert_problem(422, Some("cursor"));
    let removed = server.ask(Method::DELETE, &path).bearer(&token).send().await;
    assert_eq!(removed.status, 204);
    server.ask(Method::DELETE, &path).bearer(&token).send().await.assert_problem(404, None);
}

#[tokio::test]
async fn observations_come_in_parts_and_survive_a_restart() {
    let (home, ann, token, server) = a_phone("admin").await;
    made(&server, &token, &weather()).await;
    let mut station = Phone::connect(server.broker(), &ann).await;
    let first = now_s() - 1000;
    for number in 0..25 {
        let line = format!("{},{number},0", rfc3339(first + number));
        station.try_publish("weather/a/roof", line.as_bytes(), false).await.expect("is acknowledged");
    }
    server.kill();
    let server = home.serve().await;
    let mut seen = Vec::new();
    let mut cursor = String::new();
    loop {
        let part = server.json(&format!("/api/v1/observations?sensor=Roof&limit=10{cursor}"), &token).await;
        seen.extend(
            part["items"].as_array().expect("is a list").iter().filter_map(|item| item["values"][0].as_f64()),
        );
        let Some(next) = part["next"].as_str() else { break };
        cursor = format!("&cursor={next}");
    }
    assert_eq!(seen, (0..25).rev().map(f64::from).collect::<Vec<_>>());
    let (from, to) = (rfc3339(first + 5), rfc3339(first + 8));
    let part = server.items(&format!("/api/v1/observations?sensor=Roof&from={from}&to={to}"), &token).await;
    assert_eq!(part.len(), 3);
}

#[tokio::test]
async fn a_table_is_public_only_if_the_admin_says_so() {
    let home = Home::new();
    let ann = home.device("ann", "phone", &[]).await;
    home.user("boss", &["--admin"]).await;
    let server = home.serve().await;
    let cookie = server.sign_in("boss").await;
    let save = async |id: &str, values: &str, public: &str| {
        let fields = [
            ("id", id),
            ("name", "My roof"),
            ("topic", "weather/roof"),
            ("form", "csv"),
            ("time", ""),
            ("values", values),
            ("public", public),
        ];
        server.post("/api/save_sensor").cookie(&cookie).form(form_urlencoded(&fields)).send().await
    };
    let refused = save("", "; °C", "").await;
    assert_eq!(refused.status, 422, "{}", refused.text());
    assert!(refused.text().contains("\"field\":\"values\""), "{}", refused.text());
    save("", "Temperature; °C\r\nHumidity", "").await;
    let ids = home.texts("SELECT lower(hex(id)) FROM sensors").await;
    assert_eq!(ids.len(), 1);
    let mut station = Phone::connect(server.broker(), &ann).await;
    let line = format!("{},21.5,40", rfc3339(now_s()));
    station.try_publish("weather/roof", line.as_bytes(), false).await.expect("is acknowledged");
    let page = "/sensors/My%20roof";
    let own = server.get(page).cookie(&cookie).send().await;
    assert!(own.text().contains("21.5\u{a0}°C"), "{}", own.text());
    let list = server.get("/sensors").cookie(&cookie).send().await.text();
    assert!(list.contains("21.5\u{a0}°C") && list.contains("weather/roof") && list.contains(page), "{list}");
    let form = server.get(&format!("/sensors?edit={}", ids[0])).cookie(&cookie).send().await.text();
    assert!(form.contains("Temperature; °C\nHumidity"), "{form}");

    let guest = server.get(page).send().await;
    assert_eq!(guest.status, 303);
    assert!(guest.header("location").starts_with("/sign-in"));
    let asked = server.get("/api/observations?sensor=My%20roof").send().await;
    assert_eq!(asked.status, 404, "{}", asked.text());
    save(&ids[0], "Temperature; °C\r\nHumidity", "yes").await;
    let guest = server.get(page).send().await;
    assert_eq!(guest.status, 200);
    assert!(guest.text().contains("21.5\u{a0}°C"), "{}", guest.text());
    assert!(!guest.text().contains("weather/roof"), "where it reports is not for everybody");
    assert_eq!(server.get("/sensors").send().await.status, 303);
    server.get("/api/v1/observations?sensor=My%20roof").send().await.assert_problem(401, None);
}

#[tokio::test]
async fn who_looks_is_told_of_news_of_the_sensors_they_may_see() {
    let home = Home::new();
    let ann = home.device("ann", "phone", &[]).await;
    home.user("boss", &["--admin"]).await;
    home.user("eve", &["--group", "Others"]).await;
    let token = home.token("admin", &["--user", "boss"]).await;
    let server = home.serve().await;
    let (boss, eve) = (server.sign_in("boss").await, server.sign_in("eve").await);
    let (mut ours, mut others) = (Live::of(&server, &boss).await, Live::of(&server, &eve).await);
    ours.snapshot().await;
    others.snapshot().await;
    let news = async |live: &mut Live| {
        let changes = live.delta().await.changes;
        let [Change::Sensor(id)] = changes[..] else { panic!("{changes:?}") };
        id.to_string()
    };
    let secret = json!({"name": "Safe", "topic": "safe", "form": "csv", "values": [{"name": "x"}]});
    let mut open = weather();
    open["public"] = json!(true);
    let (secret, open) = (made(&server, &token, &secret).await, made(&server, &token, &open).await);
    let mut station = Phone::connect(server.broker(), &ann).await;
    for topic in ["safe", "weather/a/roof", "safe"] {
        let line = if topic == "safe" { "1" } else { "1,2" };
        let line = format!("{},{line}", rfc3339(now_s()));
        station.try_publish(topic, line.as_bytes(), false).await.expect("is acknowledged");
    }
    for expected in [&secret, &open, &secret, &open, &secret] {
        assert_eq!(news(&mut ours).await, *expected);
    }
    let gone = server.ask(Method::DELETE, &format!("/api/v1/sensors/{open}")).bearer(&token).send().await;
    assert_eq!(gone.status, 204);
    assert_eq!(news(&mut ours).await, open);
    // Of another group: what is public, and not that there is more. That it is gone is the group's own news.
    assert_eq!((news(&mut others).await, news(&mut others).await), (open.clone(), open));
    let quiet = others.message().await;
    assert!(matches!(quiet, LiveMessage::Heartbeat(_)), "{quiet:?}");
}

//! What phones get back: friends, cards, events and orders; and what they encrypt. The two fake phones behave as the apps do.

use crate::support::{
    Answer, Credentials, Home, Mosquitto, Phone, Server, a_phone, circle, eventually, location, now_s,
};
use base64::{Engine, prelude::BASE64_STANDARD};
use http::Method;
use owntracks::{Encrypted, Message, secretbox};
use serde_json::{Value, json};

const NONCE: [u8; 24] = [7; 24];
/// A PNG of one pixel that is half transparent.
const PIXEL: &str =
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8BQDwAEhQGAhKmMIQAAAABJRU5ErkJggg==";

/// An app in HTTP mode: one request after the other, and a queue.
struct App<'a> {
    server: &'a Server,
    credentials: &'a Credentials,
    key: Option<&'static str>,
}

impl<'a> App<'a> {
    fn new(server: &'a Server, credentials: &'a Credentials) -> Self {
        Self { server, credentials, key: None }
    }

    async fn send(&self, payload: impl AsRef<[u8]>) -> Answer {
        let Credentials { username, password, .. } = self.credentials;
        let payload = match self.key {
            Some(key) => seal(payload.as_ref(), key),
            None => payload.as_ref().to_vec(),
        };
        self.server.post("/pub").basic(username, password).bytes(payload).send().await
    }

    /// What the app makes of the answer: all elements, or none when one of them is not as it must be.
    async fn post(&self, payload: impl AsRef<[u8]>) -> Vec<Value> {
        let answer = self.send(payload).await;
        assert_eq!(answer.status.as_u16(), 200);
        let body = match self.key {
            Some(key) => open(answer.text().as_bytes(), key),
            None => answer.text().into_bytes(),
        };
        let elements: Vec<Value> = serde_json::from_slice(&body).expect("an array");
        for element in &elements {
            as_android_reads(element);
        }
        elements
    }
}

fn seal(plain: &[u8], key: &str) -> Vec<u8> {
    let key = secretbox::Secret::new(key).expect("is a key");
    owntracks::encode(&Message::Encrypted(secretbox::seal(plain, &key, NONCE)))
}

fn open(answer: &[u8], key: &str) -> Vec<u8> {
    let object: Value = serde_json::from_slice(answer).expect("an object");
    assert_eq!(object["_type"], "encrypted");
    let sealed = Encrypted::new(object["data"].as_str().expect("a text").to_owned());
    secretbox::open(&sealed, &secretbox::Secret::new(key).expect("is a key")).expect("the same key opens it")
}

/// Android 2.5.9 throws the whole answer away for one element like that.
fn as_android_reads(element: &Value) {
    let members = element.as_object().expect("an object");
    assert!(members.values().all(|value| !value.is_null()), "{element}");
    for whole in ["tst", "acc", "vel", "cog", "batt", "alt"] {
        assert!(members.get(whole).is_none_or(Value::is_i64), "{whole} of {element}");
    }
    match element["_type"].as_str() {
        Some("location") => {
            assert!(element["tst"].as_i64() != Some(0) && element["lat"].is_f64() && element["lon"].is_f64());
            assert_eq!(element["tid"].as_str().map(str::len), Some(2), "{element}");
        }
        Some("card") => assert_eq!(element["tid"].as_str().map(str::len), Some(2), "{element}"),
        Some("transition") => {
            assert!(element["event"].is_string() && element["desc"].is_string() && element["wtst"].is_i64());
        }
        Some("cmd") => assert!(element["action"].is_string(), "{element}"),
        other => assert_eq!(other, None, "no app reads that"),
    }
}

fn of_type<'a>(elements: &'a [Value], kind: &str) -> Vec<&'a Value> {
    elements.iter().filter(|element| element["_type"] == kind).collect()
}

async fn device_id(server: &Server, token: &str, friend: &str) -> String {
    let friends = server.items("/api/v1/friends", token).await;
    let friend = friends.iter().find(|known| known["name"] == friend).expect("is there");
    friend["devices"][0]["id"].as_str().expect("a text").to_owned()
}

async fn give(server: &Server, token: &str, device: &str, order: &Value) -> String {
    let answer =
        server.post(&format!("/api/v1/devices/{device}/orders")).bearer(token).json(order).send().await;
    assert_eq!(answer.status.as_u16(), 201, "{}", answer.text());
    answer.json()["id"].as_str().expect("a text").to_owned()
}

async fn states(server: &Server, token: &str, device: &str) -> Vec<String> {
    let orders = server.items(&format!("/api/v1/devices/{device}/orders"), token).await;
    orders.iter().map(|order| order["state"].as_str().expect("a text").to_owned()).collect()
}

#[tokio::test]
async fn a_phone_in_http_mode_hears_of_its_friends_and_of_nobody_else() {
    let home = Home::new();
    let ann = home.device("ann", "phone", &[]).await;
    let anton = home.device("anton", "phone", &[]).await;
    let stranger = home.device("sid", "phone", &["--group", "Others"]).await;
    let server = home.serve().await;
    assert_eq!(
        App::new(&server, &ann).send(location(now_s(), 48.1, 16.1)).await.text(),
        "[]",
        "nobody was seen yet"
    );
    App::new(&server, &stranger).post(location(now_s(), 10.0, 10.0)).await;
    let elements = App::new(&server, &anton).post(location(now_s(), 48.2, 16.2)).await;
    assert_eq!(elements.len(), 1, "{elements:?}");
    assert_eq!(
        (elements[0]["lat"].as_f64(), &elements[0]["topic"]),
        (Some(48.1), &json!("owntracks/ann/phone"))
    );
    let back = App::new(&server, &ann).post(location(now_s(), 48.1, 16.1)).await;
    let tids = [&elements[0]["tid"], &back[0]["tid"]];
    assert_ne!(tids[0], tids[1], "apps in HTTP mode know friends by these two letters alone");
    server.stop().await;
    let server = home.serve().await;
    let again = App::new(&server, &anton).post(location(now_s(), 48.2, 16.2)).await;
    assert_eq!(&again[0]["tid"], tids[0], "and they stay the same");
}

#[tokio::test]
async fn the_set_up_link_has_the_letters_by_which_friends_know_the_phone() {
    let home = Home::new();
    let made = home.command_ok(&["device", "add", "ann", "phone"], "").await;
    let ann = Credentials::read(&made);
    let anton = home.device("anton", "phone", &[]).await;
    let link = made.lines().find_map(|line| line.strip_prefix("link: ")).expect("there is a link");
    let (_, inline) = link.split_once("inline=").expect("it holds the settings");
    let inline = inline.replace("%2B", "+").replace("%2F", "/").replace("%3D", "=");
    let settings: Value =
        serde_json::from_slice(&BASE64_STANDARD.decode(inline).expect("is base64")).expect("is JSON");
    let server = home.serve().await;
    App::new(&server, &ann).post(location(now_s(), 48.1, 16.1)).await;
    let heard = App::new(&server, &anton).post(location(now_s(), 48.2, 16.2)).await;
    assert_eq!(heard[0]["tid"], settings["tid"]);
}

#[tokio::test]
async fn a_card_is_sent_when_it_changed_and_its_picture_is_made_anew() {
    let home = Home::new();
    let (ann, ben) = (home.device("ann", "phone", &[]).await, home.device("ben", "phone", &[]).await);
    let token = home.token("read", &[]).await;
    let server = home.serve().await;
    let (ann, ben) = (App::new(&server, &ann), App::new(&server, &ben));
    let card = |name: &str| json!({"_type": "card", "name": name, "face": PIXEL, "tid": "zz"}).to_string();
    ann.post(card("Ännchen")).await;
    let cards = ben.post(location(now_s(), 48.2, 16.2)).await;
    assert_eq!(cards.len(), 1, "{cards:?}");
    assert_eq!(cards[0]["name"], "Ännchen");
    let face = BASE64_STANDARD.decode(cards[0]["face"].as_str().expect("a text")).expect("is base64");
    assert!(
        face.starts_with(b"\x89PNG") && BASE64_STANDARD.encode(&face) != PIXEL,
        "made anew, not what was sent"
    );
    assert!(of_type(&ben.post(location(now_s(), 48.2, 16.2)).await, "card").is_empty(), "once is enough");
    ann.post(card("Anna")).await;
    assert_eq!(of_type(&ben.post(location(now_s(), 48.2, 16.2)).await, "card")[0]["name"], "Anna");

    let friends = server.items("/api/v1/friends", &token).await;
    let id = friends[0]["id"].as_str().expect("a text");
    let path = format!("/api/v1/friends/{id}/face");
    let answer = server.get(&path).bearer(&token).send().await;
    assert_eq!((answer.status.as_u16(), answer.header("content-type")), (200, "image/png"));
    assert_eq!(server.get(&path).send().await.status.as_u16(), 401);
}

#[tokio::test]
async fn an_event_of_a_friend_is_told_once() {
    let home = Home::new();
    let (ann, ben) = (home.device("ann", "phone", &[]).await, home.device("ben", "phone", &[]).await);
    let token = home.token("admin", &[]).await;
    let server = home.serve().await;
    server.draw(&token, &circle("Home 100 %s", 48.2, 16.2, 150.0)).await;
    let (ann, ben) = (App::new(&server, &ann), App::new(&server, &ben));
    let now = now_s();
    ben.post(location(now, 47.0, 15.0)).await;
    ann.post(location(now - 60, 48.3, 16.2)).await;
    ann.post(location(now - 30, 48.2, 16.2)).await;
    ann.post(location(now, 48.2, 16.2)).await;
    let heard = ben.post(location(now, 47.0, 15.0)).await;
    let events = of_type(&heard, "transition");
    assert_eq!(events.len(), 1, "{heard:?}");
    assert_eq!((&events[0]["event"], &events[0]["desc"]), (&json!("enter"), &json!("Home 100 %s")));
    let place = |kind: &str| heard.iter().position(|element| element["_type"] == kind);
    assert!(
        place("transition") < place("location"),
        "Android takes an event for a position: the position has the last word"
    );
    assert!(of_type(&ben.post(location(now, 47.0, 15.0)).await, "transition").is_empty());
    assert!(
        of_type(&ann.post(location(now, 48.2, 16.2)).await, "transition").is_empty(),
        "she knows it herself"
    );
}

#[tokio::test]
async fn an_order_goes_along_with_the_answer_until_the_phone_does_it() {
    let (home, ann, token, server) = a_phone("admin").await;
    let device = device_id(&server, &token, "ann").await;
    give(&server, &token, &device, &json!({"errand": "report"})).await;
    give(&server, &token, &device, &json!({"errand": "monitor", "mode": "move"})).await;
    give(&server, &token, &device, &json!({"errand": "configure", "settings": {"locatorInterval": 60}}))
        .await;
    let taken_back = give(&server, &token, &device, &json!({"errand": "status"})).await;
    let gone = server.ask(Method::DELETE, &format!("/api/v1/devices/{device}/orders/{taken_back}"));
    assert_eq!(gone.bearer(&token).send().await.status.as_u16(), 204);
    assert_eq!(states(&server, &token, &device).await, ["withdrawn", "queued", "queued", "queued"]);
    // Orders survive a restart.
    server.stop().await;
    let server = home.serve().await;
    let app = App::new(&server, &ann);
    let heard = app.post(location(now_s(), 48.2, 16.2)).await;
    let expected = [
        json!({"_type": "cmd", "action": "reportLocation"}),
        json!({"_type": "cmd", "action": "setConfiguration", "configuration": {"_type": "configuration", "monitoring": 2}}),
        json!({"_type": "cmd", "action": "setConfiguration",
               "configuration": {"_type": "configuration", "locatorInterval": 60}}),
    ];
    assert_eq!(heard, expected);
    assert_eq!(states(&server, &token, &device).await, ["withdrawn", "delivered", "delivered", "delivered"]);
    assert!(app.post(location(now_s(), 48.2, 16.2)).await.is_empty(), "it has just got them");
    let requested = json!({"_type": "location", "lat": 48.2, "lon": 16.2, "tst": now_s(), "t": "r", "m": 2});
    app.post(requested.to_string()).await;
    assert_eq!(states(&server, &token, &device).await, ["withdrawn", "delivered", "answered", "answered"]);
}

#[tokio::test]
async fn an_order_over_mqtt_waits_for_its_phone_and_is_confirmed_by_it_alone() {
    let home = Home::new();
    let (ann, ben) = (home.device("ann", "phone", &[]).await, home.device("ben", "phone", &[]).await);
    let token = home.token("admin", &[]).await;
    let server = home.serve().await;
    let device = device_id(&server, &token, "ann").await;
    let mut spy = Phone::connect(server.broker(), &ben).await;
    spy.subscribe("owntracks/#").await;
    give(&server, &token, &device, &json!({"errand": "status"})).await;
    let mut phone = Phone::connect(server.broker(), &ann).await;
    phone.subscribe("owntracks/ann/phone/cmd").await;
    let waiting = phone.receive().await;
    assert_eq!((waiting.topic.as_str(), waiting.retain), ("owntracks/ann/phone/cmd", false));
    assert_eq!(waiting.payload, br#"{"_type":"cmd","action":"status"}"#[..]);
    eventually("the phone has confirmed it", async || {
        (states(&server, &token, &device).await == ["delivered"]).then_some(())
    })
    .await;
    give(&server, &token, &device, &json!({"errand": "report"})).await;
    assert_eq!(phone.receive().await.payload, br#"{"_type":"cmd","action":"reportLocation"}"#[..]);
    phone.publish("/status", r#"{"_type":"status","android":{"loc":-4,"version":420511000}}"#).await;
    let answer = json!({"_type": "location", "lat": 48.2, "lon": 16.2, "tst": now_s(), "t": "r"});
    phone.publish("", answer.to_string()).await;
    assert_eq!(states(&server, &token, &device).await, ["answered", "answered"]);
    // The first that her friend's phone hears of her is what she says herself.
    assert_eq!(spy.receive().await.topic, "owntracks/ann/phone");
    assert_eq!(home.count("SELECT count(*) FROM retained WHERE topic LIKE '%cmd'").await, 0);
}

#[tokio::test]
async fn an_order_reaches_a_phone_behind_another_broker() {
    let home = Home::new();
    let token = home.token("admin", &[]).await;
    let mosquitto = Mosquitto::start(&home, "").await;
    let server = home.serve_behind(&mosquitto).await;
    let mut phone = mosquitto.connect("owntracks/ann/phone").await;
    phone.subscribe("owntracks/ann/phone/cmd").await;
    eventually("the phone is known", async || {
        phone.publish("", location(now_s(), 48.2, 16.2)).await;
        (!server.items("/api/v1/friends", &token).await.is_empty()).then_some(())
    })
    .await;
    let device = device_id(&server, &token, "ann").await;
    give(&server, &token, &device, &json!({"errand": "report"})).await;
    let order = phone.receive().await;
    assert_eq!((order.topic.as_str(), order.retain), ("owntracks/ann/phone/cmd", false));
    assert_eq!(order.payload, br#"{"_type":"cmd","action":"reportLocation"}"#[..]);
    eventually("the other broker has taken it", async || {
        (states(&server, &token, &device).await == ["delivered"]).then_some(())
    })
    .await;
    let answer = json!({"_type": "location", "lat": 48.2, "lon": 16.2, "tst": now_s(), "t": "r"});
    phone.publish("", answer.to_string()).await;
    eventually("the answer has come", async || {
        (states(&server, &token, &device).await == ["answered"]).then_some(())
    })
    .await;
}

#[tokio::test]
async fn orders_that_make_no_sense_are_refused_with_the_field() {
    let home = Home::new();
    home.device("ann", "phone", &[]).await;
    home.user("ben", &[]).await;
    let token = home.token("admin", &[]).await;
    let reader = home.token("read", &[]).await;
    let bens = home.token("write", &["--user", "ben"]).await;
    let server = home.serve().await;
    let device = device_id(&server, &token, "ann").await;
    let path = format!("/api/v1/devices/{device}/orders");
    for (order, field) in [
        (json!({}), "errand"),
        (json!({"errand": "dump"}), "errand"),
        (json!({"errand": "monitor"}), "mode"),
        (json!({"errand": "monitor", "mode": 2}), "mode"),
        (json!({"errand": "configure", "settings": []}), "settings"),
        (json!({"errand": "configure", "settings": {}}), "settings"),
        (json!({"errand": "configure", "settings": {"host": "elsewhere"}}), "settings"),
    ] {
        server.post(&path).bearer(&token).json(&order).send().await.assert_problem(422, Some(field));
    }
    let report = json!({"errand": "report"});
    server.post(&path).bearer(&reader).json(&report).send().await.assert_problem(403, None);
    server.post(&path).bearer(&bens).json(&report).send().await.assert_problem(403, None);
    server
        .post("/api/v1/devices/nobody/orders")
        .bearer(&token)
        .json(&report)
        .send()
        .await
        .assert_problem(404, None);
    for key in [json!(""), json!("x".repeat(33)), json!(7)] {
        let put = server.ask(Method::PUT, &format!("/api/v1/devices/{device}/key")).bearer(&token);
        put.json(&json!({"key": key})).send().await.assert_problem(422, Some("key"));
    }
}

#[tokio::test]
async fn what_is_encrypted_is_kept_and_read_once_there_is_a_key() {
    let (home, ann, token, server) = a_phone("read").await;
    let mut phone = Phone::connect(server.broker(), &ann).await;
    let now = now_s();
    phone.publish("", seal(location(now - 60, 48.1, 16.2).as_bytes(), "s3cretkey")).await;
    phone.publish("", seal(location(now, 48.2, 16.2).as_bytes(), "s3cretkey")).await;
    phone.publish("", seal(location(now, 48.9, 16.2).as_bytes(), "another")).await;
    assert!(server.items("/api/v1/fixes?friend=ann", &token).await.is_empty());
    assert_eq!(
        home.count("SELECT count(*) FROM messages WHERE trouble AND verdict LIKE 'sealed:%'").await,
        3
    );

    let said = home.command_ok(&["device", "key", "ann", "phone", "--key-stdin"], "s3cretkey\n").await;
    assert!(!said.contains("s3cretkey"), "{said}");
    let latitude = eventually("the running server has noticed", async || {
        let friends = server.items("/api/v1/friends", &token).await;
        friends[0]["devices"][0]["lat"].as_f64()
    })
    .await;
    assert!((latitude - 48.2).abs() < 1e-9, "the newest of what could be read");
    assert_eq!(server.items("/api/v1/fixes?friend=ann", &token).await.len(), 2);
    assert_eq!(home.count("SELECT count(*) FROM messages").await, 3, "none twice");
    assert_eq!(home.count("SELECT count(*) FROM messages WHERE trouble").await, 1, "of another key");
    phone.publish("", seal(location(now + 1, 48.3, 16.2).as_bytes(), "s3cretkey")).await;
    assert_eq!(server.items("/api/v1/fixes?friend=ann", &token).await.len(), 3);
    assert!(!server.log().contains("s3cretkey"));
}

#[tokio::test]
async fn a_phone_that_encrypts_is_answered_encrypted() {
    let home = Home::new();
    let (ann, ben) = (home.device("ann", "phone", &[]).await, home.device("ben", "phone", &[]).await);
    home.command_ok(&["device", "key", "ann", "phone", "--key-stdin"], "ζ-key").await;
    let token = home.token("admin", &[]).await;
    let server = home.serve().await;
    App::new(&server, &ben).post(location(now_s(), 48.2, 16.2)).await;
    let device = device_id(&server, &token, "ann").await;
    give(&server, &token, &device, &json!({"errand": "report"})).await;
    let app = App { key: Some("ζ-key"), ..App::new(&server, &ann) };
    let heard = app.post(location(now_s(), 48.1, 16.1)).await;
    let kinds: Vec<_> = heard.iter().map(|element| element["_type"].as_str().expect("a text")).collect();
    assert_eq!(kinds, ["location", "cmd"]);
    // Over MQTT likewise.
    give(&server, &token, &device, &json!({"errand": "waypoints"})).await;
    let mut phone = Phone::connect(server.broker(), &ann).await;
    phone.subscribe("owntracks/ann/phone/cmd").await;
    assert_eq!(open(&phone.receive().await.payload, "ζ-key"), br#"{"_type":"cmd","action":"waypoints"}"#);
}

/// Android keeps its queue in order and tries the first message until it is taken; iOS throws away what is answered 4xx.
#[tokio::test]
async fn no_message_of_a_phone_that_is_let_in_blocks_its_queue_or_is_thrown_away() {
    let home = Home::new();
    let ann = home.device("ann", "phone", &[]).await;
    let server = home.serve().await;
    let app = App::new(&server, &ann);
    let queue: Vec<Vec<u8>> = vec![
        b"".to_vec(),
        b"not json".to_vec(),
        b"{}".to_vec(),
        b"[]".to_vec(),
        b"[[[[".to_vec(),
        br#"{"_type":"location"}"#.to_vec(),
        br#"{"_type":"transition"}"#.to_vec(),
        br#"{"_type":"request"}"#.to_vec(),
        br#"{"_type":"encrypted","data":"%%%"}"#.to_vec(),
        br#"{"_type":"card","face":"abcd!?&%"}"#.to_vec(),
        br#"{"_type":"dump","configuration":{"password":"x"}}"#.to_vec(),
        vec![0xff, 0x00, 0xfe],
        vec![b'['; 100_000],
        location(now_s(), 48.2, 16.2).into_bytes(),
    ];
    for payload in &queue {
        let answer = app.send(payload).await;
        assert_eq!(answer.status.as_u16(), 200, "{:?}", String::from_utf8_lossy(payload).get(..40));
        assert!(answer.json().is_array());
    }
    let stored = home.count("SELECT count(*) FROM messages").await;
    assert_eq!(usize::try_from(stored).ok(), Some(queue.len()), "each is kept");
}

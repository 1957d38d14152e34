//! Alerts on their way: to real web and mail servers, and to a browser that can read them; as far as they may go, and once.

use crate::support::{
    Credentials, Home, Live, Phone, Postbox, Receiver, Server, circle, eventually, location, now_s,
};
use axum::http::{StatusCode, header};
use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use domain::live::{Change, LiveMessage};
use hmac::{Hmac, KeyInit, Mac};
use http::Method;
use serde_json::{Value, json};
use sha2::Sha256;
use web_push_native::{
    Auth,
    p256::{
        SecretKey,
        ecdsa::{Signature, VerifyingKey, signature::Verifier},
        elliptic_curve::sec1::ToEncodedPoint,
    },
};

const HOME: (f64, f64) = (48.2, 16.37);
const AWAY: f64 = 48.4;

/// Ann, who has a phone, with ben, the admin cid, and eve of another group; and their tokens.
struct House {
    home: Home,
    phone: Credentials,
    ann: String,
    ben: String,
    cid: String,
    eve: String,
}

impl House {
    async fn new() -> Self {
        let home = Home::new();
        home.user("ann", &["--group", "Family"]).await;
        home.user("ben", &["--group", "Family"]).await;
        home.user("cid", &["--admin", "--group", "Family"]).await;
        home.user("eve", &["--admin", "--group", "Club"]).await;
        let phone = home.device("ann", "phone", &[]).await;
        let ann = home.token("write", &["--user", "ann"]).await;
        let ben = home.token("write", &["--user", "ben"]).await;
        let cid = home.token("admin", &["--user", "cid"]).await;
        let eve = home.token("write", &["--user", "eve"]).await;
        Self { home, phone, ann, ben, cid, eve }
    }

    /// A server that may send to this machine.
    async fn serve(&self, more: &[&str]) -> Server {
        self.home.serve_with(&[&["--alert-networks", "127.0.0.0/8"], more].concat()).await
    }

    /// The region Home; ann shows everything.
    async fn begin(&self, server: &Server) -> String {
        let body = json!({"level": "precise", "since": "2020-01-01T00:00:00Z"});
        assert_eq!(put(server, &self.ann, "friends/me/sharing/group:Family", body).await.0, 200);
        server.draw(&self.cid, &circle("Home", HOME.0, HOME.1, 150.0)).await
    }

    /// Ann came home five minutes ago.
    async fn comes(&self, server: &Server) -> Phone {
        let (mut phone, now) = (Phone::connect(server.broker(), &self.phone).await, now_s());
        for (ago, lat) in [(900, AWAY), (600, AWAY), (300, HOME.0), (200, HOME.0)] {
            phone.publish("", location(now - ago, lat, HOME.1)).await;
        }
        phone
    }
}

async fn goes(phone: &mut Phone) {
    let now = now_s();
    for ago in [100, 40] {
        phone.publish("", location(now - ago, AWAY, HOME.1)).await;
    }
}

async fn send(server: &Server, method: Method, token: &str, path: &str, body: Value) -> (u16, Value) {
    let answer = server.ask(method, &format!("/api/v1/{path}")).bearer(token).json(&body).send().await;
    (answer.status.as_u16(), serde_json::from_slice(&answer.body).unwrap_or_default())
}

async fn put(server: &Server, token: &str, path: &str, body: Value) -> (u16, Value) {
    send(server, Method::PUT, token, path, body).await
}

/// A rule for all that ann does, on these channels.
async fn rule(server: &Server, token: &str, channels: &[&str]) -> Value {
    let body = json!({"friends": ["ann"], "regions": "all", "channels": channels});
    let (status, made) = send(server, Method::POST, token, "alert-rules", body).await;
    assert_eq!(status, 201, "{made}");
    made
}

/// What came of a test: nothing when it was sent, else why not.
async fn test(server: &Server, token: &str, channel: &str) -> Option<String> {
    let path = format!("alert-channels/{channel}/test");
    let (status, outcome) = send(server, Method::POST, token, &path, json!({})).await;
    assert_eq!(status, 200, "{outcome}");
    assert_eq!(outcome["sent"].as_bool(), Some(outcome["why"].is_null()), "{outcome}");
    outcome["why"].as_str().map(str::to_owned)
}

/// How the newest alert with that title went on a channel, once it is settled.
async fn settled(server: &Server, token: &str, title: &str, channel: &str) -> String {
    eventually("an alert is settled", async || {
        let alerts = server.items("/api/v1/alerts", token).await;
        let alert = alerts.iter().find(|alert| alert["title"] == title)?;
        let deliveries = alert["deliveries"].as_array()?;
        let delivery = deliveries.iter().find(|delivery| delivery["channel"] == channel)?;
        let why = delivery["why"].as_str().unwrap_or_default();
        let state = format!("{} {why}", delivery["state"].as_str()?).trim().to_owned();
        (!state.starts_with("pending")).then_some(state)
    })
    .await
}

#[tokio::test]
async fn a_webhook_is_signed_tried_again_after_a_restart_and_told_once() {
    let house = House::new().await;
    let (hook, server) = (Receiver::open().await, house.serve(&[]).await);
    house.begin(&server).await;
    assert_eq!(test(&server, &house.ben, "webhook").await.as_deref(), Some("this channel is not set up"));
    let made =
        put(&server, &house.ben, "alert-channels/webhook", json!({"url": hook.url("/in?x=1")})).await.1;
    let secret = made["secret"].as_str().expect("is told once").to_owned();
    let known = server.json("/api/v1/alert-channels", &house.ben).await;
    assert_eq!(known["webhook"]["url"], json!(hook.url("/in?x=1")));
    assert!(!known.to_string().contains(&secret), "{known}");
    assert_eq!(test(&server, &house.ben, "webhook").await, None);
    let got = hook.nth(0).await;
    assert_eq!((got.path.as_str(), got.json()["test"].as_bool()), ("/in?x=1", Some(true)));
    hook.answer(StatusCode::INTERNAL_SERVER_ERROR);
    let why = test(&server, &house.ben, "webhook").await;
    assert_eq!(why.as_deref(), Some("the server there answered 500"));

    rule(&server, &house.ben, &["webhook"]).await;
    let body = json!({"friends": ["ann"], "regions": "all", "channels": ["page"]});
    let (status, problem) = send(&server, Method::POST, &house.eve, "alert-rules", body).await;
    assert_eq!((status, &problem["field"]), (422, &json!("friends")), "she does not know of ann");
    hook.answer(StatusCode::SERVICE_UNAVAILABLE);
    let _phone = house.comes(&server).await;
    let first = hook.nth(2).await;
    assert_eq!(first.json()["title"], "ann arrived at Home");
    eventually("it is noted", async || {
        let alerts = server.items("/api/v1/alerts", &house.ben).await;
        let why = alerts.first()?["deliveries"][0]["why"].as_str()?.to_owned();
        why.contains("503").then_some(())
    })
    .await;
    server.kill();
    let server = house.serve(&[]).await;
    let again = hook.nth(3).await;
    assert_eq!(again.json()["id"], first.json()["id"]);
    assert_eq!(settled(&server, &house.ben, "ann arrived at Home", "webhook").await, "sent");
    assert_eq!(hook.count(), 4);

    let signature = again.header("whereabouts-signature");
    let (second, digits) = signature
        .strip_prefix("t=")
        .and_then(|rest| rest.split_once(",v1="))
        .expect("has a time and a signature");
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).expect("is a key");
    mac.update(second.as_bytes());
    mac.update(b".");
    mac.update(&again.body);
    let expected: Vec<String> =
        mac.finalize().into_bytes().iter().map(|byte| format!("{byte:02x}")).collect();
    assert_eq!(digits, expected.concat());
    assert!((now_s() - second.parse::<i64>().expect("is a number")).abs() < 60);
    let said = String::from_utf8(again.body).expect("is text");
    assert!(!said.contains("48.2") && !said.contains("16.37"), "{said}");
    assert!(server.items("/api/v1/alerts", &house.eve).await.is_empty(), "she is of another group");
    let log = std::fs::read_to_string(house.home.path("server.err")).expect("was written");
    assert!(!log.contains(&secret) && !log.contains("/in?x=1"), "{log}");
}

#[tokio::test]
async fn ntfy_gets_a_topic_and_a_redirect_leads_nowhere() {
    let house = House::new().await;
    let (ntfy, other, server) = (Receiver::open().await, Receiver::open().await, house.serve(&[]).await);
    house.begin(&server).await;
    let body = json!({"url": ntfy.url("/my-topic"), "token": "tk_geheim"});
    assert_eq!(put(&server, &house.ben, "alert-channels/ntfy", body).await.0, 200);
    rule(&server, &house.ben, &["ntfy", "page"]).await;
    let mut phone = house.comes(&server).await;
    let got = ntfy.nth(0).await;
    assert_eq!((got.path.as_str(), got.header("authorization")), ("/", "Bearer tk_geheim"));
    let said = got.json();
    assert_eq!((&said["topic"], &said["title"]), (&json!("my-topic"), &json!("ann arrived at Home")));
    assert!(said["message"].as_str().is_some_and(|message| message.starts_with("At ")), "{said}");
    assert!(said["click"].as_str().is_some_and(|link| link.starts_with("http")), "{said}");
    assert_eq!(settled(&server, &house.ben, "ann arrived at Home", "page").await, "sent");
    let known = server.json("/api/v1/alert-channels", &house.ben).await;
    assert!(known["ntfy"]["has_token"] == true && !known.to_string().contains("geheim"), "{known}");

    ntfy.answer((StatusCode::FOUND, [(header::LOCATION, other.url("/"))]));
    goes(&mut phone).await;
    let state = settled(&server, &house.ben, "ann left Home", "ntfy").await;
    assert_eq!(state, "failed the server there answered 302");
    assert_eq!((ntfy.count(), other.count()), (2, 0));
}

#[tokio::test]
async fn mail_goes_by_the_server_of_the_operator_where_there_is_one() {
    let house = House::new().await;
    let server = house.home.serve().await;
    let address = json!({"address": "ben@example.org"});
    let (status, problem) = put(&server, &house.ben, "alert-channels/mail", address.clone()).await;
    assert_eq!((status, &problem["field"]), (422, &json!("address")));
    assert_eq!(server.json("/api/v1/alert-channels", &house.ben).await["mail"]["available"], false);
    assert_eq!(server.stop().await.code(), Some(0));

    let postbox = Postbox::open().await;
    let url = postbox.url();
    let server = house.serve(&["--mail-url", &url, "--mail-from", "Where <where@example.org>"]).await;
    house.begin(&server).await;
    for wrong in ["", "ben", "ben@", "@example.org", "a@b@c", "ben@example.org, eve@example.org", "b\r\n@c"] {
        let (status, problem) =
            put(&server, &house.ann, "alert-channels/mail", json!({"address": wrong})).await;
        assert_eq!((status, &problem["field"]), (422, &json!("address")), "{wrong}");
    }
    assert_eq!(put(&server, &house.ben, "alert-channels/mail", address).await.0, 200);
    assert_eq!(test(&server, &house.ben, "mail").await, None);
    assert!(postbox.nth(0).await.contains("Subject: A test of your alerts"));
    rule(&server, &house.ben, &["mail"]).await;
    let _phone = house.comes(&server).await;
    let letter = postbox.nth(1).await;
    assert!(letter.starts_with("RCPT TO:<ben@example.org>"), "{letter}");
    for part in [
        "From: \"Where\" <where@example.org>",
        "Subject: ann arrived at Home",
        "Auto-Submitted: auto-generated",
        "At ",
    ] {
        assert!(
            letter.contains(part) || letter.replace('"', "").contains(&part.replace('"', "")),
            "{part}: {letter}"
        );
    }
    assert_eq!(settled(&server, &house.ben, "ann arrived at Home", "mail").await, "sent");
}

#[tokio::test]
async fn a_browser_can_read_what_is_pushed_to_it_and_nobody_else() {
    let house = House::new().await;
    let (service, server) = (Receiver::open().await, house.serve(&[]).await);
    house.begin(&server).await;
    let (browser, auth) = (SecretKey::from_slice(&[7; 32]).expect("is a key"), [9_u8; 16]);
    let p256dh = BASE64_URL_SAFE_NO_PAD.encode(browser.public_key().to_encoded_point(false).as_bytes());
    let keys = json!({"p256dh": p256dh, "auth": BASE64_URL_SAFE_NO_PAD.encode(auth)});
    let subscription = json!({"endpoint": service.url("/push/1"), "expirationTime": null, "keys": keys});
    for (wrong, field) in [
        (json!({"endpoint": service.url("/push/1")}), "keys"),
        (json!({"endpoint": service.url("/push/1"), "keys": {"p256dh": "AAAA", "auth": "AAAA"}}), "p256dh"),
        (json!({"endpoint": service.url("/push/1"), "keys": {"p256dh": p256dh, "auth": "AAAA"}}), "auth"),
        (json!({"endpoint": "push", "keys": keys}), "endpoint"),
    ] {
        let (status, problem) = put(&server, &house.ann, "alert-channels/push", wrong).await;
        assert_eq!((status, &problem["field"]), (422, &json!(field)));
    }
    assert_eq!(put(&server, &house.ben, "alert-channels/push", subscription).await.0, 200);
    rule(&server, &house.ben, &["push"]).await;
    let mut phone = house.comes(&server).await;
    let got = service.nth(0).await;
    assert_eq!((got.path.as_str(), got.header("content-encoding")), ("/push/1", "aes128gcm"));
    assert!(!got.header("ttl").is_empty() && got.header("topic").len() == 32);
    assert!(!got.body.windows(3).any(|window| window == b"ann"), "it is encrypted");
    let said = web_push_native::decrypt(got.body.clone(), &browser, Auth::from_slice(&auth));
    let said: Value = serde_json::from_slice(&said.expect("is for this browser")).expect("is JSON");
    assert_eq!(said["title"], "ann arrived at Home");
    let stranger = SecretKey::from_slice(&[8; 32]).expect("is a key");
    assert!(web_push_native::decrypt(got.body.clone(), &stranger, Auth::from_slice(&auth)).is_err());

    // The push service can tell that it is from here.
    let key = server.json("/api/v1/alert-channels", &house.ben).await["push"]["key"].clone();
    let key = key.as_str().expect("browsers are told it").to_owned();
    let (token, told) = got
        .header("authorization")
        .strip_prefix("vapid t=")
        .and_then(|rest| rest.split_once(", k="))
        .expect("has a token and a key");
    assert_eq!(told, key);
    let bytes = |text: &str| BASE64_URL_SAFE_NO_PAD.decode(text).expect("is base64");
    let (signed, signature) = token.rsplit_once('.').expect("has a signature");
    let (head, claims) = signed.split_once('.').expect("has claims");
    let claims: Value = serde_json::from_slice(&bytes(claims)).expect("is JSON");
    assert_eq!(claims["aud"], json!(service.url("")));
    assert_eq!(serde_json::from_slice::<Value>(&bytes(head)).expect("is JSON")["alg"], "ES256");
    let verifying = VerifyingKey::from_sec1_bytes(&bytes(&key)).expect("is a key");
    let signature = Signature::from_slice(&bytes(signature)).expect("is one");
    assert!(verifying.verify(signed.as_bytes(), &signature).is_ok());

    // The key is the same after a restart, and a browser that is no more is forgotten.
    drop(phone);
    assert_eq!(server.stop().await.code(), Some(0));
    let server = house.serve(&[]).await;
    assert_eq!(server.json("/api/v1/alert-channels", &house.ben).await["push"]["key"], json!(key));
    service.answer(StatusCode::GONE);
    phone = Phone::connect(server.broker(), &house.phone).await;
    goes(&mut phone).await;
    let state = settled(&server, &house.ben, "ann left Home", "push").await;
    assert_eq!(state, "failed the browser is no more");
    let known = server.json("/api/v1/alert-channels", &house.ben).await;
    assert_eq!(known["push"]["browsers"], json!([]));
}

#[tokio::test]
async fn of_several_browsers_none_waits_for_another() {
    let house = House::new().await;
    let (first, second) = (Receiver::open().await, Receiver::open().await);
    let server = house.serve(&[]).await;
    house.begin(&server).await;
    let browser = SecretKey::from_slice(&[7; 32]).expect("is a key");
    let p256dh = BASE64_URL_SAFE_NO_PAD.encode(browser.public_key().to_encoded_point(false).as_bytes());
    let keys = json!({"p256dh": p256dh, "auth": BASE64_URL_SAFE_NO_PAD.encode([9_u8; 16])});
    for service in [&first, &second] {
        let subscription = json!({"endpoint": service.url("/push/1"), "keys": keys});
        assert_eq!(put(&server, &house.ben, "alert-channels/push", subscription).await.0, 200);
    }
    // Neither answers before the other has got it.
    first.wait_for(&second);
    second.wait_for(&first);
    first.answer(StatusCode::GONE);
    rule(&server, &house.ben, &["push"]).await;
    let _phone = house.comes(&server).await;
    assert_eq!(settled(&server, &house.ben, "ann arrived at Home", "push").await, "sent");
    let known = server.json("/api/v1/alert-channels", &house.ben).await;
    let browsers = known["push"]["browsers"].as_array().expect("is a list");
    assert_eq!(browsers.len(), 1, "the first is no more: {known}");
    assert_eq!((first.count(), second.count()), (1, 1), "both the first time");
}

#[tokio::test]
async fn messages_go_into_no_private_network_that_is_not_named() {
    let house = House::new().await;
    let (inside, server) = (Receiver::open().await, house.home.serve().await);
    for url in [
        inside.url("/"),
        inside.url("/").replace("http:", "https:"),
        inside.url("/").replace("http:", "https:").replace("127.0.0.1", "localhost"),
        "https://10.0.0.1/".to_owned(),
        "https://[::1]/".to_owned(),
        "https://169.254.169.254/latest".to_owned(),
        "http://example.org/".to_owned(),
        "https://user:geheim@example.org/".to_owned(),
        "file:///etc/passwd".to_owned(),
        "nothing".to_owned(),
    ] {
        let (status, problem) = put(&server, &house.ben, "alert-channels/webhook", json!({"url": url})).await;
        if status == 429 {
            break;
        }
        assert_eq!((status, &problem["field"]), (422, &json!("url")), "{url}: {problem}");
        assert!(!problem.to_string().contains("geheim"));
    }
    let (status, _) =
        put(&server, &house.ann, "alert-channels/ntfy", json!({"url": "https://10.0.0.1/x"})).await;
    assert_eq!(status, 422);
    assert_eq!(inside.count(), 0);
    assert_eq!(server.stop().await.code(), Some(0));

    // What was allowed once is not any more when the server is told so.
    let server = house.serve(&[]).await;
    let body = json!({"url": inside.url("/")});
    assert_eq!(put(&server, &house.cid, "alert-channels/webhook", body).await.0, 200);
    assert_eq!(test(&server, &house.cid, "webhook").await, None);
    assert_eq!(server.stop().await.code(), Some(0));
    let server = house.home.serve().await;
    let why = test(&server, &house.cid, "webhook").await;
    assert_eq!(why.as_deref(), Some("the address must begin with https://"));
    assert_eq!(inside.count(), 1);
}

#[tokio::test]
async fn everybody_decides_about_their_own_alerts_and_sees_who_watches_them() {
    let house = House::new().await;
    let server = house.serve(&[]).await;
    let region = house.begin(&server).await;
    let hours = json!({"zone": "Europe/Vienna", "hours": ["Mon-Fri 07:00-09:00"]});
    let body = json!({"friends": ["ann"], "regions": [region], "direction": "enter", "hours": hours, "channels": ["page", "mail"]});
    let (status, made) = send(&server, Method::POST, &house.ben, "alert-rules", body.clone()).await;
    assert_eq!(status, 201);
    let named = json!([{"id": region, "name": "Home"}]);
    assert_eq!((&made["friends"], &made["regions"], &made["on"]), (&json!(["ann"]), &named, &json!(true)));
    assert_eq!(server.items("/api/v1/alert-rules", &house.ben).await, std::slice::from_ref(&made));
    assert!(server.items("/api/v1/alert-rules", &house.cid).await.is_empty());
    let path = format!("alert-rules/{}", made["id"].as_str().expect("has one"));
    assert_eq!(put(&server, &house.cid, &path, body.clone()).await.0, 404);
    assert_eq!(send(&server, Method::DELETE, &house.cid, &path, json!({})).await.0, 404);

    let watchers = server.items("/api/v1/watchers", &house.ann).await;
    assert_eq!(
        watchers,
        [json!({"friend": "ben", "regions": named, "others": false, "direction": "enter", "hours": hours})]
    );
    assert!(server.items("/api/v1/watchers", &house.ben).await.is_empty());

    for (member, wrong) in [
        ("friends", json!([])),
        ("friends", json!(["nobody"])),
        ("friends", json!(["eve"])),
        ("friends", json!(["ben"])),
        ("friends", json!(7)),
        ("regions", json!([])),
        ("regions", json!(["x"])),
        ("regions", json!([made["id"]])),
        ("direction", json!("in")),
        ("hours", json!({"zone": "Europe/Vienna", "hours": ["soon"]})),
        ("hours", json!({"zone": "Europe/Vienna", "hours": []})),
        ("channels", json!([])),
        ("channels", json!(["fax"])),
        ("on", json!("yes")),
    ] {
        let mut wrongly = body.clone();
        wrongly[member] = wrong.clone();
        let (status, problem) = put(&server, &house.ben, &path, wrongly).await;
        assert_eq!((status, &problem["field"]), (422, &json!(member)), "{wrong}: {problem}");
    }
    let zone = json!({"quiet_hours": {"zone": "Europe/Atlantis", "hours": ["daily 22:00-07:00"]}});
    let (status, problem) = put(&server, &house.ben, "alert-channels/quiet-hours", zone).await;
    assert_eq!((status, &problem["field"]), (422, &json!("zone")));
    let quiet = json!({"zone": "Europe/Vienna", "hours": ["daily 22:00-07:00"]});
    let body = json!({"quiet_hours": quiet});
    assert_eq!(put(&server, &house.ben, "alert-channels/quiet-hours", body).await.0, 204);
    assert_eq!(server.json("/api/v1/alert-channels", &house.ben).await["quiet_hours"], quiet);
    assert!(server.json("/api/v1/alert-channels", &house.ann).await["quiet_hours"].is_null());

    let (reads, all) =
        (house.home.token("read", &["--user", "ben"]).await, house.home.token("admin", &[]).await);
    assert_eq!(send(&server, Method::DELETE, &reads, &path, json!({})).await.0, 403);
    for list in ["alert-rules", "alerts", "watchers", "alert-channels"] {
        server.get(&format!("/api/v1/{list}")).bearer(&all).send().await.assert_problem(403, None);
    }
    assert_eq!(send(&server, Method::POST, &house.ben, "alert-channels/fax/test", json!({})).await.0, 404);

    // A test on the page is seen on the page, and on nobody else's.
    let cookie = server.sign_in("ben").await;
    let mut page = Live::of(&server, &cookie).await;
    assert!(matches!(page.message().await, LiveMessage::Snapshot(_)));
    assert_eq!(test(&server, &house.ben, "page").await, None);
    let alert = loop {
        let delta = page.delta().await;
        if let Some(Change::Alert(told)) = delta.changes.into_iter().next() {
            break told;
        }
    };
    assert_eq!(alert.notice.title, "A test of your alerts");
    assert_eq!(send(&server, Method::DELETE, &house.ben, &path, json!({})).await.0, 204);
    assert!(server.items("/api/v1/watchers", &house.ann).await.is_empty());
}

//! Messages that go by where people are: to here, to around, and left at a region for who comes.

use super::{asked, became, new, send, sent, stands, texts, tokens};
use crate::support::{Credentials, Home, Phone, Server, circle, eventually, location, now_s};
use http::Method;
use serde_json::{Value, json};

const LON: f64 = 16.37;
const HOME: f64 = 48.2;
const AWAY: f64 = 48.4;

async fn share(server: &Server, token: &str, level: &str) {
    let body = json!({"level": level, "since": "2020-01-01T00:00:00Z"});
    let answer = asked(server, token, Method::PUT, "friends/me/sharing/group:Family", body).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
}

async fn admin(home: &Home) -> String {
    home.user("ada", &["--group", "Family", "--admin"]).await;
    home.token("admin", &["--user", "ada"]).await
}

/// A phone says where it was, so many seconds ago each.
async fn reports(server: &Server, credentials: &Credentials, track: &[(i64, f64)]) {
    let (mut phone, now) = (Phone::connect(server.broker(), credentials).await, now_s());
    for (ago, lat) in track {
        phone.publish("", location(now - ago, *lat, LON)).await;
    }
    phone.leave().await;
}

/// Somebody comes home.
async fn comes_home(server: &Server, credentials: &Credentials) {
    reports(server, credentials, &[(900, AWAY), (600, AWAY), (300, HOME), (200, HOME)]).await;
}

async fn is_home(server: &Server, token: &str, name: &str) {
    eventually("somebody is home", async || {
        let inside = server.items("/api/v1/presence", token).await;
        let friends = inside.iter().flat_map(|here| here["friends"].as_array().cloned().unwrap_or_default());
        friends.into_iter().any(|one| one["friend"] == name).then_some(())
    })
    .await;
}

#[tokio::test]
async fn who_is_here_and_who_is_around_get_what_is_sent_there_as_far_as_its_sender_sees_them() {
    let home = Home::new();
    let [ann, ben, cid, eve] = tokens(&home, ["ann", "ben", "cid", "eve"]).await;
    let ada = admin(&home).await;
    let phones = [
        home.device("ann", "phone", &[]).await,
        home.device("ben", "phone", &[]).await,
        home.device("cid", "phone", &[]).await,
    ];
    let server = home.serve().await;
    let here = json!({"here": true});
    send(&server, &ann, 1, here.clone(), "anybody?").await.assert_problem(422, Some("to"));
    for (token, level) in [(&ann, "off"), (&ben, "precise"), (&cid, "off")] {
        share(&server, token, level).await;
    }
    server.draw(&ada, &circle("Home", HOME, LON, 150.0)).await;
    for phone in &phones {
        comes_home(&server, phone).await;
    }
    is_home(&server, &ann, "ben").await;
    for (number, to) in [(2, here), (3, json!({"around": true}))] {
        let asks = asked(&server, &ann, Method::POST, "messages/audience", json!({"to": to})).await.json();
        assert_eq!(asks["friends"], json!(["ben"]), "cid shows her nothing");
        let body = json!({"client_id": super::called(number), "to": to, "text": "tea?", "lives_s": 300});
        let answer = asked(&server, &ann, Method::POST, "messages", body).await;
        assert_eq!(answer.status, 201, "{}", answer.text());
        let (sent_at, ends_at) = (answer.json()["sent_at"].clone(), answer.json()["ends_at"].clone());
        let time =
            |text: &Value| domain::Timestamp::parse(text.as_str().expect("is a time")).expect("is one");
        assert_eq!(time(&ends_at).millis_since(time(&sent_at)), 300_000);
    }
    // Ann shows herself to nobody: Ben has no one around him, and gets what she sent all the same.
    assert_eq!(texts(&server, &ben, "?places=true").await, ["tea?", "tea?"]);
    assert_eq!(texts(&server, &ann, "?places=true").await, ["tea?", "tea?"]);
    assert_eq!((texts(&server, &cid, "").await.len(), texts(&server, &eve, "").await.len()), (0, 0));
    let threads = server.items("/api/v1/threads", &ben).await;
    assert_eq!((&threads[0]["thread"], &threads[0]["unread"]), (&json!({"places": true}), &json!(2)));
}

#[tokio::test]
async fn what_is_left_at_a_region_is_for_who_comes_and_for_who_is_named_also_after_a_restart() {
    let home = Home::new();
    let [ann, ben, cid, eve] = tokens(&home, ["ann", "ben", "cid", "eve"]).await;
    let ada = admin(&home).await;
    let mut phones = Vec::new();
    for name in ["ann", "ben", "cid"] {
        phones.push(home.device(name, "phone", &[]).await);
    }
    let server = home.serve().await;
    for token in [&ann, &cid] {
        share(&server, token, "precise").await;
    }
    share(&server, &ben, "off").await;
    let region = server.draw(&ada, &circle("Home", HOME, LON, 150.0)).await;
    let mut vault = circle("Vault", HOME, LON, 250.0);
    vault["audience"] = json!("admins");
    let vault = server.draw(&ada, &vault).await;
    let nowhere = "00000000000040008000000000000001";
    for hidden in [&*vault, nowhere] {
        send(&server, &ann, 9, json!({"region": hidden}), "open").await.assert_problem(404, None);
    }
    send(&server, &eve, 9, json!({"region": region}), "open").await.assert_problem(404, None);
    let next = json!({"region": region});
    let asks = asked(&server, &ann, Method::POST, "messages/audience", json!({"to": next})).await.json();
    assert_eq!(asks["friends"], json!(["ada", "ben", "cid"]));
    let first = sent(&server, &ann, 1, next, "the key is below the mat").await;
    let bread = sent(&server, &ann, 2, json!({"region": region, "friend": "ben"}), "bread!").await;
    for message in [&first, &bread] {
        assert_eq!(became(&server, &ann, message).await, stands(&[]), "it waits");
    }
    server.stop().await;
    let server = home.serve().await;

    // Evidence that is late, of a stay that is over, is nobody's coming; nor does who left it come.
    reports(&server, &phones[2], &[(9000, AWAY), (3000, AWAY)]).await;
    reports(&server, &phones[2], &[(8000, HOME), (7900, HOME), (7800, HOME), (7000, AWAY), (6900, AWAY)])
        .await;
    eventually("it is known that he was there", async || {
        let past = server.items("/api/v1/transitions?friend=cid&kind=leave", &cid).await;
        (!past.is_empty()).then_some(())
    })
    .await;
    comes_home(&server, &phones[0]).await;
    is_home(&server, &ann, "ann").await;
    for (token, name) in [(&ben, "ben"), (&cid, "cid")] {
        assert_eq!(new(&server, token, "").await.0, [""; 0], "{name}");
    }

    // The first one who comes gets what is for anybody, and who is named what is for them.
    reports(&server, &phones[2], &[(300, HOME), (200, HOME), (100, HOME)]).await;
    is_home(&server, &cid, "cid").await;
    let (came, _) = new(&server, &cid, "").await;
    assert_eq!(came, ["the key is below the mat"]);
    assert_eq!(
        became(&server, &ann, &first).await,
        stands(&[("cid", false, false)]),
        "she sees that he came"
    );
    assert_eq!(became(&server, &ann, &bread).await, stands(&[]));
    comes_home(&server, &phones[1]).await;
    is_home(&server, &ben, "ben").await;
    let (came, place) = new(&server, &ben, "").await;
    assert_eq!(came, ["bread!"]);
    new(&server, &ben, &format!("?after={place}")).await;
    super::read(&server, &ben, &[&bread]).await;
    // He shows her nothing: for her it waits still, until he does.
    assert_eq!(became(&server, &ann, &bread).await, stands(&[]));
    share(&server, &ben, "precise").await;
    assert_eq!(became(&server, &ann, &bread).await, stands(&[("ben", true, true)]));
    assert_eq!(home.count("SELECT count(*) FROM chat_deliveries").await, 2);
    server.stop().await;
    home.command_ok(&["rebuild"], "").await;
}

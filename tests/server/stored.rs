//! What is stored of a friend: told, given as a file and deleted, over the interface and with the forms of the page.

use crate::support::{Home, Phone, form_urlencoded, location, now_s};
use http::Method;
use serde_json::{Value, json};
use std::collections::BTreeSet;

fn count(report: &Value, what: &str) -> Value {
    let kinds = report["stored"].as_array().expect("is a list");
    kinds.iter().find(|kind| kind["what"] == what).expect("is told of")["count"].clone()
}

#[tokio::test]
async fn what_is_stored_is_told_and_deleted_over_the_interface_and_stays_away() {
    let home = Home::new();
    let credentials = home.device("ann", "phone", &[]).await;
    let bens = home.device("ben", "phone", &[]).await;
    home.user("ann", &["--admin"]).await;
    home.user("ben", &[]).await;
    let (ann, ben) =
        (home.token("write", &["--user", "ann"]).await, home.token("read", &["--user", "ben"]).await);
    let server = home.serve().await;
    let mut listener = Phone::connect(server.broker(), &bens).await;
    listener.subscribe("owntracks/#").await;
    let now = now_s();
    let mut phone = Phone::connect(server.broker(), &credentials).await;
    phone.retain("", location(now - 7200, 48.123_456, 16.37)).await;
    phone.retain("", location(now - 60, 48.2, 16.37)).await;

    let stored = server.json("/api/v1/friends/me/stored", &ann).await;
    assert_eq!((&stored["friend"], count(&stored, "positions")), (&json!("ann"), json!(2)));
    assert_eq!((count(&stored, "messages"), count(&stored, "retained")), (json!(2), json!(1)));
    server.get("/api/v1/friends/ann/stored").bearer(&ben).send().await.assert_problem(403, None);
    server.get("/api/v1/friends/ann/stored.jsonl").bearer(&ben).send().await.assert_problem(403, None);
    let file = server.get("/api/v1/friends/me/stored.jsonl").bearer(&ann).send().await;
    assert_eq!(file.header("content-type"), "application/jsonl");
    let lines = file.text().lines().filter(|line| line.contains(r#""type":"position""#)).count();
    assert_eq!(lines, 2);

    let delete = |who: &str, query: &str| {
        server.ask(Method::DELETE, &format!("/api/v1/friends/me/stored{query}")).bearer(who).send()
    };
    delete(&ann, "").await.assert_problem(422, Some("all"));
    delete(&ann, "?all=yes").await.assert_problem(422, Some("all"));
    delete(&ann, "?from=soon&to=2026-01-01T00:00:00Z").await.assert_problem(422, Some("from"));
    delete(&ann, "?from=2026-01-01T00:00:00Z").await.assert_problem(422, Some("to"));
    delete(&ben, "?all=true").await.assert_problem(403, None);
    let to = domain::Timestamp::from_millis((now - 3600) * 1000);
    let gone = delete(&ann, &format!("?to={to}")).await;
    assert_eq!(gone.status, 200, "{}", gone.text());
    assert_eq!(gone.json()["removed"]["positions"], 1);
    let gone = delete(&ann, "?all=true").await.json();
    assert_eq!((&gone["removed"]["positions"], &gone["removed"]["retained"]), (&json!(1), &json!(1)));
    assert!(gone["beyond"].as_array().is_some_and(|places| places.len() > 2));

    // Who listens is told that nothing is retained any more; and nothing comes again.
    loop {
        let heard = listener.receive().await;
        if heard.topic == "owntracks/ann/phone" && heard.payload.is_empty() {
            break;
        }
    }
    phone.retain("", location(now - 60, 48.2, 16.37)).await;
    let metrics = server.get("/metrics").send().await.text();
    assert!(metrics.contains("whereabouts_messages_forgotten_total 1"), "{metrics}");
    let stored = server.json("/api/v1/friends/me/stored", &ann).await;
    assert_eq!((count(&stored, "positions"), count(&stored, "retained")), (json!(0), json!(0)));
    assert!(server.items("/api/v1/fixes?friend=ann&device=phone", &ann).await.is_empty());
}

#[tokio::test]
async fn the_page_tells_what_is_stored_and_its_form_deletes_it() {
    let home = Home::new();
    let credentials = home.device("ann", "phone", &[]).await;
    let toms = home.device("tom", "phone", &[]).await;
    home.user("ann", &["--admin"]).await;
    home.user("ben", &["--admin"]).await;
    let server = home.serve().await;
    for credentials in [&credentials, &toms] {
        let mut phone = Phone::connect(server.broker(), credentials).await;
        phone.publish("", location(now_s(), 48.2, 16.37)).await;
    }
    let (ann, ben) = (server.sign_in("ann").await, server.sign_in("ben").await);
    let page = async |cookie: &str, path: &str| server.get(path).cookie(cookie).send().await.text();
    let mine = page(&ann, "/privacy/data").await;
    assert!(mine.contains("Stored about me") && mine.contains("Positions"), "{mine}");
    assert!(page(&ann, "/privacy").await.contains("/privacy/data"));
    let friends = server.get("/api/v1/friends").cookie(&ann).send().await.json()["items"].clone();
    let id = |name: &str| {
        let found = friends.as_array().expect("is a list").iter().find(|friend| friend["name"] == name);
        found.expect("is there")["id"].as_str().expect("is an id").to_owned()
    };
    let (anns, toms) = (id("ann"), id("tom"));
    let refused = page(&ben, &format!("/friends/{anns}/privacy/data")).await;
    assert!(refused.contains("sees this alone"), "{refused}");
    assert!(page(&ben, &format!("/friends/{toms}/privacy/data")).await.contains("Stored about tom"));

    let send = async |cookie: &str, fields: &[(&str, &str)]| {
        let form = form_urlencoded(fields);
        server.post("/api/erase_stored").cookie(cookie).form(form).send().await.status.as_u16()
    };
    let everything = ("what", "everything");
    assert_eq!(send(&ann, &[("friend", &anns), everything]).await, 422, "the word is not typed");
    assert_eq!(send(&ann, &[("friend", &anns), ("what", "time"), ("word", "delete")]).await, 422);
    assert_eq!(send(&ben, &[("friend", &anns), everything, ("word", "delete")]).await, 403);
    assert_eq!(send(&ann, &[("friend", &anns), everything, ("word", "Delete ")]).await, 200);
    let receipt = page(&ann, "/privacy/data").await;
    assert!(receipt.contains("Deleted") && receipt.contains("Backups"), "{receipt}");
    assert_eq!(send(&ben, &[("friend", &toms), everything, ("word", "delete")]).await, 200);
    // Who deletes for somebody else is written down; what one deletes of one's own is nobody's business.
    let told = server.get("/api/v1/audit").cookie(&ben).send().await.json()["items"].clone();
    let told = told.as_array().expect("is a list").iter().filter(|entry| entry["act"] == "data-erased");
    let told: Vec<_> = told.map(|entry| (&entry["actor"], &entry["subject"])).collect();
    assert_eq!(told.len(), 1, "{told:?}");
    assert_eq!(told[0].1, "tom");
    let friends = server.get("/api/v1/friends").cookie(&ann).send().await.json()["items"].clone();
    let is_seen = |device: &Value| !device["lat"].is_null();
    let devices =
        friends.as_array().expect("is a list").iter().filter_map(|friend| friend["devices"].as_array());
    assert!(!devices.flatten().any(is_seen), "nobody is on the map: {friends}");
}

#[tokio::test]
async fn who_looked_is_told_on_the_page_and_over_the_interface() {
    let home = Home::new();
    let anns = home.device("ann", "phone", &[]).await;
    let bens = home.device("ben", "phone", &[]).await;
    home.user("ann", &[]).await;
    home.user("ben", &["--admin"]).await;
    let (ann, ben) =
        (home.token("read", &["--user", "ann"]).await, home.token("read", &["--user", "ben"]).await);
    let whole = home.token("read", &[]).await;
    let server = home.serve().await;
    let mut listener = Phone::connect(server.broker(), &bens).await;
    listener.subscribe("owntracks/#").await;
    let mut phone = Phone::connect(server.broker(), &anns).await;
    phone.publish("", location(now_s(), 48.2, 16.37)).await;
    listener.receive().await;
    server.items("/api/v1/friends", &ben).await;
    server.items("/api/v1/fixes?friend=ann", &ben).await;
    server.items("/api/v1/fixes?friend=ann", &whole).await;
    let looks = server.items("/api/v1/friends/me/looks", &ann).await;
    // A day may end meanwhile: each has its line.
    let told = |who: &str, surface: &str| {
        let found = looks.iter().filter(|look| look["surface"] == surface);
        let found = found.filter(|look| look["who"].as_str().is_some_and(|name| name.contains(who)));
        let days: Vec<_> = found.filter_map(|look| look["day"].as_str()).collect();
        assert_eq!(BTreeSet::from_iter(&days).len(), days.len(), "{looks:?}");
        !days.is_empty()
    };
    let counts =
        [("ben", "phone"), ("ben", "lists"), ("ben", "history"), ("token", "history"), ("ann", "lists")];
    assert_eq!(counts.map(|(who, surface)| told(who, surface)), [true, true, true, true, false], "{looks:?}");
    server.get("/api/v1/friends/ann/looks").bearer(&ben).send().await.assert_problem(403, None);
    let cookie = server.sign_in("ann").await;
    let page = server.get("/privacy").cookie(&cookie).send().await.text();
    assert!(page.contains("Who looked at you") && page.contains("history 1"), "{page}");
}

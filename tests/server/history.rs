//! What the history adds up to, end to end: filters, files, who was where at a moment, and how sure the present is.

use crate::support::{
    Credentials, Home, Phone, Server, a_phone, circle, eventually, form_urlencoded, location, now_s, rfc3339,
};
use serde_json::{Value, json};

const HOME: (f64, f64) = (48.2, 16.37);
const AWAY: (f64, f64) = (48.3, 16.37);

async fn world() -> (Home, Server, String, Credentials, String) {
    let (home, ann, token, server) = a_phone("admin").await;
    let region = server.draw(&token, &circle("Home", HOME.0, HOME.1, 100.0)).await;
    (home, server, token, ann, region)
}

/// Reports from a place twice, a minute apart.
async fn be(phone: &mut Phone, (lat, lon): (f64, f64), at: i64) {
    phone.publish("", location(at, lat, lon)).await;
    phone.publish("", location(at + 60, lat, lon)).await;
}

/// What the phone says of a place that only it knows.
fn said(event: &str, place: &str, at: i64) -> String {
    let said = json!({"_type": "transition", "event": event, "desc": place, "lat": 48.2, "lon": 16.37, "acc": 10,
                      "tst": at, "wtst": 1, "t": "c"});
    said.to_string()
}

async fn people(server: &Server, token: &str, path: &str) -> Vec<Value> {
    let regions = server.items(path, token).await;
    let home = regions.iter().find(|region| region["region"]["name"] == "Home").expect("it is there");
    home["friends"].as_array().expect("is a list").clone()
}

#[tokio::test]
async fn who_was_in_a_region_at_a_moment_is_told_from_the_history() {
    let (_home, server, token, ann, region) = world().await;
    let mut phone = Phone::connect(server.broker(), &ann).await;
    let start = now_s() - 36_000;
    be(&mut phone, AWAY, start).await;
    be(&mut phone, HOME, start + 3600).await;
    be(&mut phone, AWAY, start + 7200).await;
    let at = async |second: i64| {
        people(&server, &token, &format!("/api/v1/presence?at={}", rfc3339(second))).await
    };
    let there = json!({"friend": "ann", "since": rfc3339(start + 3600), "until": rfc3339(start + 7200)});
    assert_eq!(at(start + 3600).await.first(), Some(&there));
    assert_eq!(at(start + 7199).await.first(), Some(&there));
    // The region was drawn in this second: before, there was none to be in.
    let drawn = now_s();
    eventually("the next second", async || (now_s() > drawn).then_some(())).await;
    assert_eq!(at(drawn + 1).await, [] as [Value; 0]);
    let then = rfc3339(start + 5000);
    let one = format!("/api/v1/presence?region={region}&at={then}");
    assert_eq!(people(&server, &token, &one).await, [there], "one region alone");
    let another = format!("/api/v1/presence?region=00000000-0000-7000-8000-000000000001&at={then}");
    server.get(&another).bearer(&token).send().await.assert_problem(404, None);
    server.get("/api/v1/presence?at=soon").bearer(&token).send().await.assert_problem(422, Some("at"));
    let future = format!("/api/v1/presence?at={}", rfc3339(now_s() + 3600));
    server.get(&future).bearer(&token).send().await.assert_problem(422, Some("at"));
}

#[tokio::test]
async fn who_was_there_when_the_first_position_came_was_found_there() {
    let (_home, server, token, ann, _region) = world().await;
    let mut phone = Phone::connect(server.broker(), &ann).await;
    let start = now_s() - 36_000;
    be(&mut phone, HOME, start).await;
    be(&mut phone, AWAY, start + 7200).await;
    let path = format!("/api/v1/presence?at={}", rfc3339(start + 600));
    let found =
        json!({"friend": "ann", "since": rfc3339(start), "found": true, "until": rfc3339(start + 7200)});
    assert_eq!(people(&server, &token, &path).await, [found]);
}

#[tokio::test]
async fn who_has_been_silent_for_long_is_there_only_probably() {
    let (_home, server, token, ann, _region) = world().await;
    let mut phone = Phone::connect(server.broker(), &ann).await;
    let start = now_s() - 36_000;
    be(&mut phone, AWAY, start).await;
    be(&mut phone, HOME, start + 600).await;
    let now = people(&server, &token, "/api/v1/presence").await;
    let probably =
        json!({"friend": "ann", "since": rfc3339(start + 600), "silent_since": rfc3339(start + 660)});
    assert_eq!(now.first(), Some(&probably));
    let then = format!("/api/v1/presence?at={}", rfc3339(start + 18_000));
    assert_eq!(people(&server, &token, &then).await, [probably]);
    let (lat, lon) = HOME;
    phone.publish("", location(now_s() - 30, lat, lon)).await;
    let sure = json!({"friend": "ann", "since": rfc3339(start + 600)});
    assert_eq!(people(&server, &token, "/api/v1/presence").await.first(), Some(&sure));
    assert_eq!(people(&server, &token, &then).await, [sure], "afterwards one knows better");
}

/// What the server thinks of ann's phone.
async fn contact(server: &Server, token: &str) -> (Value, Value) {
    let device = server.items("/api/v1/friends", token).await[0]["devices"][0].clone();
    (device["staleness"].clone(), device["expected_s"].clone())
}

#[tokio::test]
async fn a_phones_own_rhythm_says_how_long_is_long_and_survives_a_restart() {
    let (home, server, token, ann, _region) = world().await;
    let mut phone = Phone::connect(server.broker(), &ann).await;
    let newest = now_s() - 3 * 3600;
    let (lat, lon) = HOME;
    for back in (1..10).rev() {
        phone.publish("", location(newest - back * 7200, lat, lon)).await;
    }
    phone.publish("", location(newest, lat, lon)).await;
    let sure = |people: &[Value]| people.first().is_some_and(|one| one.get("silent_since").is_none());
    assert_eq!(contact(&server, &token).await, (json!("recent"), json!(7200)));
    assert!(sure(&people(&server, &token, "/api/v1/presence").await), "three hours are no silence");
    server.kill();
    let server = home.serve().await;
    assert_eq!(contact(&server, &token).await, (json!("recent"), json!(7200)));
    assert!(sure(&people(&server, &token, "/api/v1/presence").await));
}

#[tokio::test]
async fn what_was_learnt_since_somebody_looked_is_new_to_them() {
    let (home, server, token, ann, _region) = world().await;
    home.user("eve", &[]).await;
    home.user("bob", &[]).await;
    let (eve, bob) = (server.sign_in("eve").await, server.sign_in("bob").await);
    let mut phone = Phone::connect(server.broker(), &ann).await;
    let start = now_s() - 36_000;
    be(&mut phone, AWAY, start).await;
    be(&mut phone, HOME, start + 600).await;
    let page = async |cookie: &str| server.get("/history").cookie(cookie).send().await.text();
    let newest = async || {
        let learnt = &server.items("/api/v1/transitions", &token).await[0]["learnt_at"];
        let learnt = learnt.as_str().and_then(|at| domain::Timestamp::parse(at).ok());
        learnt.expect("is a time").as_millis().to_string()
    };
    let looked = async |learnt_ms: &str| {
        let form = form_urlencoded(&[("learnt_ms", learnt_ms)]);
        let done = server.post("/api/looked_at_history").cookie(&eve).form(form).send().await;
        assert!(done.status.as_u16() < 400, "{}", done.text());
    };
    assert!(!page(&eve).await.contains("new since you last looked"), "she never looked");
    looked(&newest().await).await;
    assert!(!page(&eve).await.contains("new since you last looked"), "there is nothing new");
    be(&mut phone, AWAY, start + 1200).await;
    for _ in 0..2 {
        let read = page(&eve).await;
        assert!(read.contains("new since you last looked"), "reading alone is no looking: {read}");
        assert!(read.contains("unread-line") && read.contains("I have seen them"));
    }
    assert!(!page(&bob).await.contains("new since you last looked"), "each for themselves");
    looked(&newest().await).await;
    assert!(!page(&eve).await.contains("new since you last looked"));
    looked("0").await;
    assert!(!page(&eve).await.contains("new since you last looked"), "what was seen stays seen");
    let form = form_urlencoded(&[("learnt_ms", "1")]);
    let nobody = server.post("/api/looked_at_history").form(form).send().await;
    assert_eq!(nobody.status, 401);
}

#[tokio::test]
async fn what_is_filtered_comes_as_a_file_whole_and_harmless() {
    let (home, server, token, ann, region) = world().await;
    home.user("ben", &[]).await;
    let mut phone = Phone::connect(server.broker(), &ann).await;
    let start = now_s() - 36_000;
    be(&mut phone, AWAY, start).await;
    be(&mut phone, HOME, start + 3600).await;
    be(&mut phone, AWAY, start + 7200).await;
    let evil = "=HYPERLINK(\"http://example.invalid\",\"x\")";
    phone.publish("/event", said("enter", evil, start + 8000)).await;
    phone.publish("/event", said("leave", "Café \"Zoë\", upstairs", start + 8100)).await;

    // As people fetch it from the page: by their session.
    let cookie = server.sign_in("ben").await;
    let answer = server.get("/api/v1/transitions.csv").cookie(&cookie).send().await;
    assert_eq!(answer.status, 200);
    assert!(answer.header("content-type").starts_with("text/csv"), "{}", answer.header("content-type"));
    assert!(answer.header("content-disposition").starts_with("attachment"));
    let text = answer.text();
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!(lines.len(), 5, "{text}");
    assert!(lines[0].starts_with("at,friend,device,kind,region,stay_s,witness,"), "{text}");
    assert!(lines[1].contains("\"Café \"\"Zoë\"\", upstairs\""), "{text}");
    assert!(lines[2].contains("\"'=HYPERLINK(\"\"http"), "what looks like a formula is text: {text}");
    assert!(lines[3].contains(",leave,Home,3600,server,"), "{text}");

    let query = format!("region={region}&kind=enter&from={}&to={}", rfc3339(start), rfc3339(start + 7200));
    let whole = server.json(&format!("/api/v1/transitions?{query}"), &token).await;
    assert_eq!(whole["items"].as_array().map(Vec::len), Some(1));
    assert_eq!(server.json(&format!("/api/v1/transitions.json?{query}"), &token).await, whole);
    server.get("/api/v1/transitions?kind=stay").bearer(&token).send().await.assert_problem(422, Some("kind"));
    for file in ["/api/v1/transitions.csv?friend=nobody", "/api/v1/transitions.json?friend=nobody"] {
        server.get(file).bearer(&token).send().await.assert_problem(404, None);
    }
}

#[tokio::test]
async fn a_file_has_more_than_a_page_holds() {
    let (_home, server, token, ann, _region) = world().await;
    let mut phone = Phone::connect(server.broker(), &ann).await;
    let start = now_s() - 36_000;
    for number in 0..1101 {
        phone.publish("/event", said("enter", &format!("Place {number}"), start + number / 7)).await;
    }
    let file = server.json("/api/v1/transitions.json", &token).await;
    let items = file["items"].as_array().expect("is a list");
    let places: std::collections::HashSet<&str> =
        items.iter().filter_map(|item| item["region"]["name"].as_str()).collect();
    assert_eq!((items.len(), places.len(), &file["next"]), (1101, 1101, &Value::Null));
    assert_eq!(
        server.get("/api/v1/transitions.csv").bearer(&token).send().await.text().lines().count(),
        1102
    );
}

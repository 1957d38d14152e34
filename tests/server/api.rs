//! The JSON interface: its description, its rights, its lists.

use crate::support::{Home, Phone, Server, a_phone, a_token, circle, location, now_s, rfc3339};
use http::Method;
use serde_json::Value;
use std::collections::HashSet;

#[tokio::test]
async fn the_description_lists_every_path() {
    let home = Home::new();
    let server = home.serve().await;
    let answer = server.get("/api/v1/openapi.json").send().await;
    assert_eq!(answer.status, 200);
    let document = answer.json();
    assert!(document["openapi"].as_str().is_some_and(|version| version.starts_with('3')), "{document}");
    let described: HashSet<(String, String)> = document["paths"]
        .as_object()
        .expect("has paths")
        .iter()
        .flat_map(|(path, methods)| {
            methods.as_object().expect("has methods").keys().map(|method| (path.clone(), method.clone()))
        })
        .collect();
    let wanted = [
        ("/api/v1/friends", "get"),
        ("/api/v1/presence", "get"),
        ("/api/v1/transitions", "get"),
        ("/api/v1/fixes", "get"),
        ("/api/v1/regions", "get"),
        ("/api/v1/regions", "post"),
        ("/api/v1/regions/{id}", "get"),
        ("/api/v1/regions/{id}", "put"),
        ("/api/v1/regions/{id}", "delete"),
    ];
    for (path, method) in wanted {
        assert!(described.contains(&(path.into(), method.into())), "{method} {path}");
    }
    for (path, method) in described {
        let path = path.replace("{id}", "x");
        let method = Method::from_bytes(method.to_uppercase().as_bytes()).expect("is a method");
        let status = server.ask(method.clone(), &path).send().await.status;
        assert_eq!(status, 401, "{method} {path} is described, so it is there");
    }
}

#[tokio::test]
async fn nothing_is_told_without_a_valid_token() {
    let home = Home::new();
    let server = home.serve().await;
    for path in ["/friends", "/presence", "/regions", "/regions/x", "/transitions", "/fixes?friend=ann"] {
        let path = format!("/api/v1{path}");
        server.get(&path).send().await.assert_problem(401, None);
        server.get(&path).bearer("wa_aaaaaaaaaaaaaaaaaaaaaaaa").send().await.assert_problem(401, None);
        server.get(&path).bearer("").send().await.assert_problem(401, None);
        server.get(&path).basic("ann", "x").send().await.assert_problem(401, None);
        server.get(&path).cookie("whereabouts_session=x").send().await.assert_problem(401, None);
    }
}

#[tokio::test]
async fn a_path_that_is_none_is_a_problem_document() {
    let (_home, token, server) = a_token("admin").await;
    for path in ["/api/v1", "/api/v1/", "/api/v1/nothing", "/api/v1/friends/x", "/api/v1/regions/a/b"] {
        server.get(path).bearer(&token).send().await.assert_problem(404, None);
    }
    for id in ["x", "00000000-0000-0000-0000-000000000000", "%00", "%F0%9F%99%82", "'"] {
        let path = format!("/api/v1/regions/{id}");
        server.get(&path).bearer(&token).send().await.assert_problem(404, None);
        server.ask(Method::DELETE, &path).bearer(&token).send().await.assert_problem(404, None);
        let put = server.ask(Method::PUT, &path).bearer(&token).json(&circle("x", 1.0, 1.0, 10.0));
        put.send().await.assert_problem(404, None);
    }
}

#[tokio::test]
async fn a_token_may_do_what_its_scope_says() {
    let home = Home::new();
    home.user("ann", &["--admin"]).await;
    home.user("ben", &[]).await;
    let server = home.serve().await;
    let region = circle("Home", 48.2, 16.37, 100.0);
    let admin = home.token("admin", &[]).await;
    let id = server.draw(&admin, &region).await;
    for (scope, options) in [
        ("read", &[][..]),
        ("write", &[]),
        ("read", &["--user", "ann"]),
        ("write", &["--user", "ann"]),
        ("admin", &["--user", "ben"]),
    ] {
        let token = home.token(scope, options).await;
        server.json("/api/v1/regions", &token).await;
        let path = format!("/api/v1/regions/{id}");
        server.post("/api/v1/regions").bearer(&token).json(&region).send().await.assert_problem(403, None);
        let put = server.ask(Method::PUT, &path).bearer(&token).json(&region);
        put.send().await.assert_problem(403, None);
        server.ask(Method::DELETE, &path).bearer(&token).send().await.assert_problem(403, None);
    }
    let of_admin = home.token("admin", &["--user", "ann"]).await;
    server.draw(&of_admin, &region).await;
    assert_eq!(server.items("/api/v1/regions", &admin).await.len(), 2);
}

/// Walks through all pages of a list and returns all items.
async fn walk(server: &Server, token: &str, path: &str, limit: usize) -> Vec<Value> {
    let mut all = Vec::new();
    let mut cursor = String::new();
    loop {
        let page = server.json(&format!("{path}&limit={limit}{cursor}"), token).await;
        let items = page["items"].as_array().expect("is a list");
        assert!(items.len() <= limit);
        all.extend(items.iter().cloned());
        let Some(next) = page["next"].as_str() else { return all };
        assert_eq!(items.len(), limit, "only the last page is not full");
        cursor = format!("&cursor={next}");
        assert!(all.len() < 10_000, "the walk comes to an end");
    }
}

#[tokio::test]
async fn a_walk_through_the_pages_of_fixes_has_no_gap_and_nothing_twice() {
    let (_home, ann, token, server) = a_phone("read").await;
    let mut phone = Phone::connect(server.broker(), &ann).await;
    let start = now_s() - 1000;
    // Five positions for each of some seconds: pages end in the middle of a second. Some from before 2000.
    for second in (0..4).map(|n| start + n).chain([86_400, 1]) {
        for n in 0..5 {
            phone.publish("", location(second, 48.0 + f64::from(n) / 1000.0, 16.37)).await;
        }
    }
    let whole = server.items("/api/v1/fixes?friend=ann", &token).await;
    assert_eq!(whole.len(), 30);
    let times: Vec<&str> = whole.iter().filter_map(|fix| fix["at"].as_str()).collect();
    assert!(times.is_sorted_by(|a, b| a >= b), "newest first");
    for limit in [1, 2, 3, 4, 7, 29, 30, 31] {
        assert_eq!(walk(&server, &token, "/api/v1/fixes?friend=ann", limit).await, whole, "limit {limit}");
    }
    let part = format!(
        "/api/v1/fixes?friend=ann&device=phone&from={}&to={}",
        rfc3339(start + 1),
        rfc3339(start + 3)
    );
    let inside = walk(&server, &token, &part, 3).await;
    assert_eq!(inside.len(), 10, "from counts, to does not");
}

#[tokio::test]
async fn a_walk_through_the_pages_of_transitions_has_no_gap_and_nothing_twice() {
    let home = Home::new();
    let ann = home.device("ann", "phone", &[]).await;
    let ben = home.device("ben", "phone", &[]).await;
    let token = home.token("read", &[]).await;
    let server = home.serve().await;
    let start = now_s() - 1000;
    for credentials in [&ann, &ben] {
        let mut phone = Phone::connect(server.broker(), credentials).await;
        for number in 0..6 {
            for event in ["enter", "leave"] {
                // Places that only the phone knows; several at the same second.
                let said = serde_json::json!({"_type": "transition", "event": event, "desc": format!("Place {number}"),
                    "lat": 48.2, "lon": 16.37, "acc": 10, "tst": start + number / 3, "wtst": 1, "t": "c"});
                phone.publish("/event", said.to_string()).await;
            }
        }
    }
    let whole = server.items("/api/v1/transitions", &token).await;
    assert_eq!(whole.len(), 24);
    for limit in [1, 5, 7, 24] {
        assert_eq!(walk(&server, &token, "/api/v1/transitions?", limit).await, whole, "limit {limit}");
    }
    assert_eq!(walk(&server, &token, "/api/v1/transitions?friend=ann", 5).await.len(), 12);
    assert_eq!(walk(&server, &token, "/api/v1/transitions?friend=ANN", 5).await.len(), 12);
    let region = whole[0]["region"]["id"].as_str().expect("has a region");
    assert_eq!(walk(&server, &token, &format!("/api/v1/transitions?region={region}"), 3).await.len(), 4);
    let part = format!("/api/v1/transitions?from={}", rfc3339(start + 1));
    assert_eq!(walk(&server, &token, &part, 5).await.len(), 12);
}

#[tokio::test]
async fn a_question_that_makes_no_sense_names_its_field() {
    let home = Home::new();
    home.device("ann", "phone", &[]).await;
    home.user("ben", &[]).await;
    let token = home.token("admin", &[]).await;
    let server = home.serve().await;
    for list in ["/api/v1/transitions?", "/api/v1/fixes?friend=ann&"] {
        for (query, field) in [
            ("limit=0", "limit"),
            ("limit=-1", "limit"),
            ("limit=1e3", "limit"),
            ("limit=", "limit"),
            ("limit=99999999999999999999", "limit"),
            ("limit=many", "limit"),
            ("from=yesterday", "from"),
            ("from=", "from"),
            ("from=1700000000", "from"),
            ("to=2026-13-01T00:00:00Z", "to"),
            ("to=2026-05-17", "to"),
            ("cursor=x", "cursor"),
            ("cursor=", "cursor"),
            ("cursor=-", "cursor"),
            ("cursor=1-", "cursor"),
            ("cursor=99999999999999999999-1", "cursor"),
            ("cursor=%F0%9F%99%82", "cursor"),
        ] {
            let path = format!("{list}{query}");
            let answer = server.get(&path).bearer(&token).send().await;
            assert_eq!(answer.status, 422, "{path}: {}", answer.text());
            answer.assert_problem(422, Some(field));
        }
        for query in ["limit=5&limit=6", "from=%FF", "friend=%FF", "friend=ann&friend=ben"] {
            let path = format!("{list}{query}");
            let status = server.get(&path).bearer(&token).send().await.status;
            assert!(status.is_client_error(), "{path}: {status}");
        }
    }
    server.get("/api/v1/fixes").bearer(&token).send().await.assert_problem(422, Some("friend"));
    for path in [
        "/api/v1/fixes?friend=nobody",
        "/api/v1/fixes?friend=",
        "/api/v1/fixes?friend=ben",
        "/api/v1/fixes?friend=ann&device=watch",
        "/api/v1/transitions?friend=nobody",
        "/api/v1/transitions?region=x",
    ] {
        server.get(path).bearer(&token).send().await.assert_problem(404, None);
    }
    let turned = format!("/api/v1/fixes?friend=ann&from={}&to={}", rfc3339(now_s()), rfc3339(0));
    assert!(server.items(&turned, &token).await.is_empty(), "a turned range is empty");
}

#[tokio::test]
async fn a_fix_has_all_that_the_phone_told() {
    let (_home, ann, token, server) = a_phone("read").await;
    let mut phone = Phone::connect(server.broker(), &ann).await;
    let said = serde_json::json!({"_type": "location", "lat": -48.123_456_7, "lon": 179.999_999_9, "acc": 12.5, "alt": -3,
        "vel": 50, "cog": 271, "batt": 7, "t": "u", "conn": "m", "tst": 1_700_000_000.25,
        "created_at": 1_700_000_040});
    phone.publish("", said.to_string()).await;
    phone.publish("", r#"{"_type":"location","lat":0.5,"lon":0,"tst":1600000000}"#).await;
    let fixes = server.items("/api/v1/fixes?friend=Ann&device=PHONE", &token).await;
    let wanted = serde_json::json!({"at": "2023-11-14T22:13:20.250Z", "received_at": fixes[0]["received_at"],
        "sent_at": "2023-11-14T22:14:00.000Z", "clock": "right", "lat": -48.123_456_7, "lon": 179.999_999_9, "accuracy_m": 12.5, "altitude_m": -3.0, "velocity_kmh": 50.0,
        "course_deg": 271.0, "battery_pct": 7, "trigger": "u", "connection": "m"});
    assert_eq!(fixes[0], wanted);
    assert_eq!(fixes[1]["accuracy_m"], Value::Null, "unknown is not perfect");
    assert_eq!(fixes[1]["trigger"], Value::Null);
}

//! Who is around somebody, who is here, and where friends without a phone say that they are.

use crate::support::{Home, Phone, Server, circle, eventually, location, next_second, now_s, rfc3339};
use http::Method;
use serde_json::{Value, json};

/// Everybody stands on this meridian, so many metres north of this point.
const LON: f64 = 16.37;

fn north(metres: f64) -> f64 {
    48.2 + metres / 111_195.0
}

async fn put(server: &Server, token: &str, what: &str, body: Value) -> u16 {
    let path = format!("/api/v1/friends/me/{what}");
    server.ask(Method::PUT, &path).bearer(token).json(&body).send().await.status.as_u16()
}

async fn share(server: &Server, token: &str, level: &str) {
    let body = json!({"level": level, "since": "2020-01-01T00:00:00Z"});
    assert_eq!(put(server, token, "sharing/group:Family", body).await, 200, "{level}");
}

/// Who is around somebody, each with how near.
async fn around(server: &Server, token: &str) -> Vec<(String, String)> {
    let items = server.items("/api/v1/around", token).await.into_iter();
    let text = |item: &Value, member: &str| item[member].as_str().expect("is a text").to_owned();
    items.map(|item| (text(&item, "friend"), text(&item, "nearness"))).collect()
}

fn pairs(expected: &[(&str, &str)]) -> Vec<(String, String)> {
    expected.iter().map(|(name, nearness)| ((*name).to_owned(), (*nearness).to_owned())).collect()
}

#[tokio::test]
async fn a_friend_without_a_phone_is_on_the_map_by_what_they_say_themselves() {
    let home = Home::new();
    home.user("ann", &["--group", "Family", "--share", "off"]).await;
    home.user("ben", &["--admin", "--group", "Family"]).await;
    home.user("eve", &["--group", "Other"]).await;
    let token = async |name: &str| home.token("write", &["--user", name]).await;
    let (ann, ben, eve) = (token("ann").await, token("ben").await, token("eve").await);
    let (reads, all) = (home.token("read", &["--user", "ann"]).await, home.token("admin", &[]).await);
    let admin = home.token("admin", &["--user", "ben"]).await;
    // A phone of that name is no browser.
    home.device("ann", "browser", &[]).await;
    let server = home.serve().await;
    let region = server.draw(&admin, &circle("Home", 48.2, LON, 150.0)).await;

    let good = json!({"lat": north(500.0), "lon": LON, "accuracy_m": 12});
    assert_eq!(put(&server, &ann, "position", good.clone()).await, 204);
    let devices = async |token: &str| {
        let friends = server.items("/api/v1/friends", token).await;
        let hers =
            friends.iter().find(|friend| friend["name"] == "ann").map(|friend| friend["devices"].clone());
        hers.and_then(|devices| devices.as_array().cloned()).unwrap_or_default()
    };
    let known = devices(&ann).await;
    let by_browser = known.iter().find(|device| device["kind"] == "browser").expect("is a device of hers");
    assert_eq!((&by_browser["name"], &by_browser["accuracy_m"]), (&json!("browser-2"), &json!(12.0)));
    assert!(known.iter().any(|device| device["kind"] == "phone" && device["name"] == "browser"));
    // She has shown nobody anything yet.
    assert!(devices(&ben).await.iter().all(|device| device["at"].is_null()));
    share(&server, &ann, "precise").await;
    assert!(devices(&ben).await.iter().any(|device| device["kind"] == "browser" && !device["at"].is_null()));
    assert!(devices(&eve).await.is_empty());

    // It is judged as every other position is.
    eventually("she came home", async || {
        let body = json!({"lat": 48.2, "lon": LON, "accuracy_m": 10, "at": rfc3339(next_second().await), "by_hand": true});
        put(&server, &ann, "position", body).await;
        let inside = server.items("/api/v1/presence", &ben).await;
        inside.iter().any(|here| here["region"]["id"] == *region && here["friends"][0]["friend"] == "ann").then_some(())
    })
    .await;
    let fixes = server.items("/api/v1/fixes?friend=ann", &ann).await;
    assert!(
        fixes[0]["trigger"] == "u" && fixes.last().is_some_and(|first| first["trigger"].is_null()),
        "{fixes:?}"
    );

    for (wrong, field) in [
        (json!({"lon": LON}), "lat"),
        (json!({"lat": "48", "lon": LON}), "lat"),
        (json!({"lat": 91, "lon": LON}), "lat"),
        (json!({"lat": 48, "lon": 180.1}), "lon"),
        (json!({"lat": 48, "lon": LON, "accuracy_m": 0}), "accuracy_m"),
        (json!({"lat": 48, "lon": LON, "accuracy_m": 1e9}), "accuracy_m"),
        (json!({"lat": 48, "lon": LON, "accuracy_m": "10"}), "accuracy_m"),
        (json!({"lat": 48, "lon": LON, "at": "yesterday"}), "at"),
        (json!({"lat": 48, "lon": LON, "at": rfc3339(now_s() + 3600)}), "at"),
        (json!({"lat": 48, "lon": LON, "by_hand": "yes"}), "by_hand"),
    ] {
        let answer = server.ask(Method::PUT, "/api/v1/friends/me/position").bearer(&ann).json(&wrong);
        answer.send().await.assert_problem(422, Some(field));
    }
    let to = async |path: &str, token: &str| {
        server.ask(Method::PUT, path).bearer(token).json(&good).send().await.status.as_u16()
    };
    assert_eq!(to("/api/v1/friends/me/position", &reads).await, 403);
    assert_eq!(to("/api/v1/friends/ann/position", &ben).await, 403, "nobody says it for her");
    assert_eq!(to("/api/v1/friends/ann/position", &all).await, 403);
    assert_eq!(to("/api/v1/friends/ann/position", &eve).await, 404);
    let slowed = eventually("she is slowed down", async || {
        let answer =
            server.ask(Method::PUT, "/api/v1/friends/me/position").bearer(&ann).json(&good).send().await;
        (answer.status.as_u16() == 429).then_some(answer)
    })
    .await;
    assert!(!slowed.header("retry-after").is_empty());
    assert_eq!(put(&server, &ben, "position", good.clone()).await, 204, "that is nobody else's matter");

    server.stop().await;
    home.command_ok(&["rebuild"], "").await;
}

#[tokio::test]
async fn who_is_around_is_told_as_they_show_themselves_and_surely_only_where_it_is_sure() {
    let home = Home::new();
    let names = ["ann", "ben", "cid", "dan", "fay", "gil"];
    for name in names {
        home.user(name, &["--group", "Family"]).await;
    }
    home.user("eve", &["--group", "Other"]).await;
    let mut tokens = Vec::new();
    for name in names {
        tokens.push(home.token("write", &["--user", name]).await);
    }
    let eve = home.token("write", &["--user", "eve"]).await;
    let all = home.token("read", &[]).await;
    let server = home.serve().await;
    let [ann, ben, cid, dan, fay, gil] = &tokens[..] else { unreachable!("there are six") };

    server.get("/api/v1/around").bearer(&all).send().await.assert_problem(403, None);
    let nowhere = server.json("/api/v1/around", ann).await;
    assert_eq!(
        (&nowhere["own"], &nowhere["range_m"], &nowhere["items"]),
        (&Value::Null, &json!(500), &json!([]))
    );
    for (token, metres, accuracy_m, level) in [
        (ann, 0.0, 10, "off"),
        (ben, 300.0, 10, "precise"),
        (cid, 495.0, 10, "precise"),
        (dan, 800.0, 10, "precise"),
        (fay, 5.0, 10, "city"),
        (gil, 5.0, 10, "off"),
    ] {
        share(&server, token, level).await;
        let body = json!({"lat": north(metres), "lon": LON, "accuracy_m": accuracy_m});
        assert_eq!(put(&server, token, "position", body).await, 204);
    }
    let stranger = json!({"lat": north(1.0), "lon": LON, "accuracy_m": 5});
    assert_eq!(put(&server, &eve, "position", stranger).await, 204);

    let told = around(&server, ann).await;
    let mut sure = told.clone();
    sure.retain(|(name, _)| name != "fay");
    assert_eq!(sure, pairs(&[("ben", "surely"), ("cid", "maybe")]));
    // Within a city nothing is sure.
    assert!(!told.contains(&("fay".to_owned(), "surely".to_owned())), "{told:?}");
    let seen = server.json("/api/v1/around", ann).await;
    for item in seen["items"].as_array().expect("a list") {
        let exact = item["position"]["lat"].as_f64().is_some_and(|lat| (lat - north(5.0)).abs() < 1e-6);
        assert!(!exact, "{item}");
    }
    assert_eq!(around(&server, &eve).await, pairs(&[]));
    // Ann shows them nothing, so they have her around them no more than if she were not there.
    assert!(around(&server, ben).await.iter().all(|(name, _)| name != "ann" && name != "gil"));

    assert_eq!(put(&server, ann, "range", json!({"metres": 900})).await, 204);
    assert_eq!(server.json("/api/v1/friends/me/range", ann).await, json!({"metres": 900}));
    assert_eq!(server.json("/api/v1/friends/me/range", ben).await, json!({"metres": 500}));
    let mut told = around(&server, ann).await;
    told.retain(|(name, _)| name != "fay");
    assert_eq!(told, pairs(&[("ben", "surely"), ("cid", "surely"), ("dan", "surely")]));
    for wrong in [json!(9), json!(50_001), json!("500"), json!(500.5), Value::Null] {
        let answer =
            server.ask(Method::PUT, "/api/v1/friends/me/range").bearer(ann).json(&json!({"metres": wrong}));
        answer.send().await.assert_problem(422, Some("metres"));
    }
    server.get("/api/v1/friends/ann/range").bearer(ben).send().await.assert_problem(403, None);

    // A range stays after a restart, and Dan goes.
    server.stop().await;
    let server = home.serve().await;
    assert_eq!(server.json("/api/v1/friends/me/range", ann).await, json!({"metres": 900}));
    share(&server, dan, "off").await;
    let mut told = around(&server, ann).await;
    told.retain(|(name, _)| name != "fay");
    assert_eq!(told, pairs(&[("ben", "surely"), ("cid", "surely")]));
}

#[tokio::test]
async fn here_are_those_in_my_regions_as_far_as_i_may_know() {
    let home = Home::new();
    home.user("ann", &["--admin", "--group", "Family"]).await;
    for name in ["ben", "cid"] {
        home.user(name, &["--group", "Family"]).await;
    }
    let token = async |name: &str| home.token("admin", &["--user", name]).await;
    let (ann, ben, cid) = (token("ann").await, token("ben").await, token("cid").await);
    let phones = [
        home.device("ann", "phone", &[]).await,
        home.device("ben", "phone", &[]).await,
        home.device("cid", "phone", &[]).await,
    ];
    let server = home.serve().await;
    for (token, level) in [(&ann, "precise"), (&ben, "names"), (&cid, "off")] {
        share(&server, token, level).await;
    }
    server.draw(&ann, &circle("Town", 48.2, LON, 5000.0)).await;
    server.draw(&ann, &circle("House", 48.2, LON, 150.0)).await;
    server.draw(&ann, &circle("Elsewhere", 49.2, LON, 150.0)).await;
    let now = now_s();
    for credentials in &phones {
        let mut phone = Phone::connect(server.broker(), credentials).await;
        for (ago, lat) in [(900, 48.4), (600, 48.4), (300, 48.2), (200, 48.2)] {
            phone.publish("", location(now - ago, lat, LON)).await;
        }
    }
    let here = async |token: &str| -> Vec<String> {
        let items = server.items("/api/v1/here", token).await.into_iter();
        items
            .map(|item| {
                let friends = item["friends"].as_array().expect("a list").iter();
                let names: Vec<_> = friends.filter_map(|friend| friend["friend"].as_str()).collect();
                format!("{}: {}", item["region"]["name"].as_str().expect("is a text"), names.join(" "))
            })
            .collect()
    };
    assert_eq!(here(&ann).await, ["House: ben", "Town: ben"]);
    assert_eq!(here(&cid).await, ["House: ann ben", "Town: ann ben"]);
}

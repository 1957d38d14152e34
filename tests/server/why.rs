//! Why somebody is thought to be where they are, and which of their devices says so.

use crate::support::{Credentials, Home, Phone, Server, circle, eventually, location, now_s, rfc3339};
use http::Method;
use serde_json::{Value, json};

const HOME: (f64, f64) = (48.2, 16.37);
const AWAY: (f64, f64) = (48.3, 16.37);

/// Ann, who may sign in, with a phone and a tablet; a region `Home`.
async fn world() -> (Home, Server, String, [Credentials; 2], String) {
    let home = Home::new();
    for name in ["ann", "ben"] {
        home.user(name, &[]).await;
    }
    let devices = [home.device("ann", "phone", &[]).await, home.device("ann", "tablet", &[]).await];
    let token = home.token("admin", &[]).await;
    let server = home.serve().await;
    let region = server.draw(&token, &circle("Home", HOME.0, HOME.1, 100.0)).await;
    (home, server, token, devices, region)
}

async fn report(phone: &mut Phone, (lat, lon): (f64, f64), at_s: [i64; 2]) {
    for second in at_s {
        phone.publish("", location(second, lat, lon)).await;
    }
}

async fn count(server: &Server, token: &str, friend: &str, body: &Value) -> crate::support::Answer {
    let path = format!("/api/v1/friends/{friend}/counts");
    server.ask(Method::PUT, &path).bearer(token).json(body).send().await
}

/// Kind and device of what is said, newest first.
async fn said(server: &Server, token: &str) -> Vec<(String, String)> {
    let word = |item: &Value, member: &str| item[member].as_str().unwrap_or_default().to_owned();
    let items = server.items("/api/v1/transitions", token).await;
    items.iter().map(|item| (word(item, "kind"), word(item, "device"))).collect()
}

#[tokio::test]
async fn a_presence_says_why_since_when_how_sure_and_how_old() {
    let (_home, server, token, [phone, tablet], region) = world().await;
    let (mut phone, mut tablet) =
        (Phone::connect(server.broker(), &phone).await, Phone::connect(server.broker(), &tablet).await);
    let start = now_s() - 1800;
    let path = format!("/api/v1/friends/ann/regions/{region}/why");
    report(&mut phone, AWAY, [start, start + 60]).await;
    let why = server.json(&path, &token).await;
    assert_eq!((&why["inside"], &why["since"], &why["devices"]), (&json!(false), &json!(null), &json!([])));

    report(&mut phone, HOME, [start + 600, start + 660]).await;
    report(&mut tablet, AWAY, [start + 610, start + 670]).await;
    let why = server.json(&path, &token).await;
    assert_eq!((&why["friend"], &why["region"]["name"]), (&json!("ann"), &json!("Home")));
    assert_eq!((&why["inside"], &why["since"]), (&json!(true), &json!(rfc3339(start + 600))));
    let [phone, tablet] = why["devices"].as_array().map(Vec::as_slice).unwrap_or_default() else {
        unreachable!("both have something to say: {why}")
    };
    assert_eq!(
        (&phone["name"], &phone["inside"], &phone["certainty"]),
        (&json!("phone"), &json!(true), &json!("sure"))
    );
    let newest = json!(rfc3339(start + 660));
    assert_eq!((&phone["seen_at"], &phone["heard_at"], &phone["lost_at"]), (&newest, &newest, &json!(null)));
    let evidence = phone["evidence"].as_array().expect("is a list");
    assert!(evidence.iter().any(|note| note["at"] == rfc3339(start + 600)), "{evidence:?}");
    assert!(
        evidence.iter().all(|note| note["edge_distance_m"].as_f64().is_some_and(|metres| metres < 0.0)),
        "{evidence:?}"
    );
    assert!(!why.to_string().contains("\"lat\""), "evidence has no coordinates");
    assert_eq!(
        (&tablet["name"], &tablet["inside"], &tablet["counts"]),
        (&json!("tablet"), &json!(false), &json!(true))
    );

    // What is not known and what may not be known are the same.
    for unknown in [
        "/api/v1/friends/eve/regions/x/why".to_owned(),
        format!("/api/v1/friends/eve/regions/{region}/why"),
        "/api/v1/friends/ann/regions/00000000-0000-0000-0000-000000000001/why".to_owned(),
    ] {
        server.get(&unknown).bearer(&token).send().await.assert_problem(404, None);
    }
    let mut hidden = circle("Home", HOME.0, HOME.1, 100.0);
    hidden["audience"] = json!("admins");
    let put = server
        .ask(Method::PUT, &format!("/api/v1/regions/{region}"))
        .bearer(&token)
        .json(&hidden)
        .send()
        .await;
    assert_eq!(put.status, 200, "{}", put.text());
    let ben = server.sign_in("ben").await;
    server.get(&path).cookie(&ben).send().await.assert_problem(404, None);
    assert_eq!(server.json(&path, &token).await["inside"], true);
    hidden["audience"] = json!("group");
    let from = if now_s().rem_euclid(86_400) < 43_200 { 20 } else { 4 };
    hidden["schedule"] = json!({"zone": "UTC", "hours": [format!("daily {from:02}:00-{:02}:00", from + 1)]});
    let put = server
        .ask(Method::PUT, &format!("/api/v1/regions/{region}"))
        .bearer(&token)
        .json(&hidden)
        .send()
        .await;
    assert_eq!(put.status, 200, "{}", put.text());
    let why = server.json(&path, &token).await;
    assert_eq!(
        (&why["inside"], &why["devices"]),
        (&json!(false), &json!([])),
        "at this hour it tells nothing"
    );
}

#[tokio::test]
async fn a_friend_is_where_the_device_that_counts_is() {
    let (home, server, token, [phone, tablet], region) = world().await;
    let (mut phone, mut tablet) =
        (Phone::connect(server.broker(), &phone).await, Phone::connect(server.broker(), &tablet).await);
    let start = now_s() - 3000;
    report(&mut phone, AWAY, [start, start + 60]).await;
    report(&mut tablet, AWAY, [start, start + 60]).await;
    report(&mut tablet, HOME, [start + 600, start + 660]).await;
    assert_eq!(said(&server, &token).await, [("enter".to_owned(), "tablet".to_owned())]);

    for (body, field) in
        [(json!({"device": "watch"}), "device"), (json!({}), "device"), (json!({"device": 3}), "device")]
    {
        count(&server, &token, "ann", &body).await.assert_problem(422, Some(field));
    }
    count(&server, &token, "eve", &json!({"device": null})).await.assert_problem(404, None);
    let (bens, anns) =
        (home.token("write", &["--user", "ben"]).await, home.token("write", &["--user", "ann"]).await);
    count(&server, &bens, "ann", &json!({"device": "phone"})).await.assert_problem(403, None);
    let reads = home.token("read", &[]).await;
    count(&server, &reads, "ann", &json!({"device": "phone"})).await.assert_problem(403, None);
    let chosen = count(&server, &anns, "ann", &json!({"device": "phone"})).await;
    assert_eq!(chosen.status, 204, "{}", chosen.text());

    let ann = async || {
        let friends = server.items("/api/v1/friends", &token).await;
        let ann = friends.iter().find(|friend| friend["name"] == "ann").expect("is there");
        (ann["counts"].clone(), ann["regions"].as_array().map(Vec::len))
    };
    assert_eq!(ann().await, (json!("phone"), Some(0)));
    assert_eq!(said(&server, &token).await.len(), 1, "what was said before stays");
    // Phones tell whole seconds.
    let chosen_s = now_s();
    let now = eventually("the next second", async || Some(now_s()).filter(|now| *now > chosen_s)).await;
    tablet.publish("", location(now, AWAY.0, AWAY.1)).await;
    tablet.publish("", location(now, AWAY.0 + 0.01, AWAY.1)).await;
    assert_eq!(said(&server, &token).await.len(), 1, "the tablet does not count any more");
    // What was taken before the choice, and comes only now, is judged as it was then.
    report(&mut tablet, AWAY, [start + 1200, start + 1260]).await;
    report(&mut tablet, HOME, [start + 1800, start + 1860]).await;
    let kinds: Vec<_> = said(&server, &token).await.into_iter().map(|(kind, _)| kind).collect();
    assert_eq!(kinds, ["enter", "leave", "enter"]);
    assert_eq!(ann().await, (json!("phone"), Some(0)));

    let any = count(&server, &token, "ann", &json!({"device": null})).await;
    assert_eq!(any.status, 204);
    assert_eq!(ann().await.0, json!(null));
    let why = server.json(&format!("/api/v1/friends/ann/regions/{region}/why"), &token).await;
    assert_eq!(why["friend"], "ann");
}

#[tokio::test]
async fn a_tablet_left_at_home_is_said_to_be_left_there_and_its_friend_is_not_counted() {
    let (_home, server, token, [phone, tablet], _) = world().await;
    let (mut phone, mut tablet) =
        (Phone::connect(server.broker(), &phone).await, Phone::connect(server.broker(), &tablet).await);
    let start = now_s() - 1800;
    report(&mut phone, HOME, [start, start + 60]).await;
    report(&mut tablet, HOME, [start, start + 60]).await;
    let here = async || server.items("/api/v1/presence", &token).await[0]["friends"].clone();
    let regions =
        async || server.items("/api/v1/friends", &token).await[0]["regions"].as_array().map(Vec::len);
    assert_eq!((here().await[0].get("left_behind"), regions().await), (None, Some(1)));
    report(&mut phone, AWAY, [start + 900, start + 960]).await;
    assert_eq!((&here().await[0]["left_behind"], regions().await), (&json!(["tablet"]), Some(0)));
    assert_eq!(said(&server, &token).await.len(), 0, "by the logs nobody has gone");
    tablet.publish("", json!({"_type": "lwt", "tst": start}).to_string()).await;
    assert_eq!(here().await, json!([]));
}

//! Entering and leaving, end to end: from the phone's message to the history.

use crate::support::{Credentials, Home, Phone, Server, a_phone, circle, location, now_s, rfc3339};
use serde_json::{Value, json};

const HOME: (f64, f64) = (48.2, 16.37);
const AWAY: (f64, f64) = (48.3, 16.37);

/// A server with a region named `Home`, and who may ask it.
async fn world() -> (Home, Server, String, Credentials) {
    let (home, ann, token, server) = a_phone("admin").await;
    server.draw(&token, &circle("Home", HOME.0, HOME.1, 100.0)).await;
    (home, server, token, ann)
}

fn at((lat, lon): (f64, f64), tst: i64) -> String {
    location(tst, lat, lon)
}

fn crossing(event: &str, region: &str, (lat, lon): (f64, f64), tst: i64) -> String {
    let said = json!({"_type": "transition", "event": event, "desc": region, "lat": lat, "lon": lon, "acc": 10,
                      "tst": tst, "wtst": 1_600_000_000, "t": "c", "tid": "ph"});
    said.to_string()
}

async fn inside(server: &Server, token: &str) -> Vec<Value> {
    server.items("/api/v1/presence", token).await[0]["friends"].as_array().expect("is a list").clone()
}

#[tokio::test]
async fn fixes_in_and_out_give_an_enter_and_a_leave_with_the_stay() {
    let (_home, server, token, ann) = world().await;
    let mut phone = Phone::connect(server.broker(), &ann).await;
    let start = now_s() - 3600;
    phone.publish("", at(AWAY, start)).await;
    assert!(inside(&server, &token).await.is_empty());
    for second in [600, 660, 1200] {
        phone.publish("", at(HOME, start + second)).await;
    }
    let present = inside(&server, &token).await;
    assert_eq!(present, [json!({"friend": "ann", "since": rfc3339(start + 600)})]);
    for second in [1800, 1860] {
        phone.publish("", at(AWAY, start + second)).await;
    }
    assert!(inside(&server, &token).await.is_empty());
    let [leave, enter] = &server.items("/api/v1/transitions", &token).await[..] else {
        unreachable!("one enter and one leave")
    };
    for (transition, kind, second) in [(enter, "enter", 600), (leave, "leave", 1800)] {
        assert_eq!(transition["kind"], kind);
        assert_eq!(transition["friend"], "ann");
        assert_eq!(transition["device"], "phone");
        assert_eq!(transition["region"]["name"], "Home");
        assert_eq!(transition["witness"], "server");
        assert_eq!(transition["at"], rfc3339(start + second));
        let evidence = transition["evidence"].as_array().expect("is a list");
        assert!(!evidence.is_empty() && evidence.iter().all(|note| note["source"] == "fix"), "{evidence:?}");
        assert!(!transition.to_string().contains("\"lat\""), "evidence has no coordinates");
    }
    assert_eq!(leave["stay_s"], 1200);
}

#[tokio::test]
async fn the_phones_word_and_the_fix_are_one_transition_with_both_as_witnesses() {
    let (_home, server, token, ann) = world().await;
    let mut phone = Phone::connect(server.broker(), &ann).await;
    let start = now_s() - 3600;
    phone.publish("", at(AWAY, start)).await;
    phone.publish("/event", crossing("enter", "home", HOME, start + 600)).await;
    phone.publish("", at(HOME, start + 600)).await;
    phone.publish("", at(HOME, start + 660)).await;
    let transitions = server.items("/api/v1/transitions", &token).await;
    assert_eq!(transitions.len(), 1, "{transitions:?}");
    assert_eq!((&transitions[0]["kind"], &transitions[0]["witness"]), (&json!("enter"), &json!("both")));
    assert_eq!(inside(&server, &token).await.len(), 1);
}

#[tokio::test]
async fn a_transition_of_a_region_that_only_the_phone_knows_is_kept_on_its_word() {
    let (_home, server, token, ann) = world().await;
    let mut phone = Phone::connect(server.broker(), &ann).await;
    let start = now_s() - 3600;
    for _ in 0..2 {
        phone.publish("/event", crossing("enter", "Secret cabin", AWAY, start)).await;
    }
    phone.publish("/event", crossing("leave", "Secret cabin", AWAY, start + 60)).await;
    phone.publish("/event", crossing("exit", "Secret cabin", AWAY, start + 90)).await;
    let transitions = server.items("/api/v1/transitions", &token).await;
    let told: Vec<_> = transitions
        .iter()
        .map(|item| (item["kind"].as_str(), item["witness"].as_str(), item["region"]["name"].as_str()))
        .collect();
    let (phone, cabin) = (Some("phone"), Some("Secret cabin"));
    assert_eq!(told, [(Some("leave"), phone, cabin), (Some("enter"), phone, cabin)]);
}

#[tokio::test]
async fn a_friend_with_two_devices_comes_once_and_goes_once() {
    let (home, server, token, ann) = world().await;
    let watch = home.device("ann", "watch", &[]).await;
    let mut first = Phone::connect(server.broker(), &ann).await;
    let mut second = Phone::connect(server.broker(), &watch).await;
    let start = now_s() - 3600;
    for (place, seconds) in [(AWAY, [0, 60]), (HOME, [600, 660]), (AWAY, [1200, 1260])] {
        for second_of in seconds {
            first.publish("", at(place, start + second_of)).await;
            second.publish("", at(place, start + second_of + 5)).await;
        }
        let expected = usize::from(place == HOME);
        assert_eq!(inside(&server, &token).await.len(), expected);
    }
    let kinds: Vec<String> = server
        .items("/api/v1/transitions", &token)
        .await
        .iter()
        .map(|item| item["kind"].as_str().unwrap_or_default().to_owned())
        .collect();
    assert_eq!(kinds, ["leave", "enter"]);
}

#[tokio::test]
async fn who_is_inside_survives_a_restart_and_so_does_the_enter_of_the_next_leave() {
    let (home, server, token, ann) = world().await;
    let start = now_s() - 3600;
    let mut phone = Phone::connect(server.broker(), &ann).await;
    for (place, second) in [(AWAY, 0), (HOME, 600), (HOME, 660)] {
        phone.publish("", at(place, start + second)).await;
    }
    server.kill();
    let server = home.serve().await;
    assert_eq!(inside(&server, &token).await.len(), 1);
    let mut phone = Phone::connect(server.broker(), &ann).await;
    phone.publish("", at(AWAY, start + 1200)).await;
    phone.publish("", at(AWAY, start + 1260)).await;
    let transitions = server.items("/api/v1/transitions", &token).await;
    assert_eq!(transitions.len(), 2, "{transitions:?}");
    assert_eq!((&transitions[0]["kind"], &transitions[0]["stay_s"]), (&json!("leave"), &json!(600)));
}

#[tokio::test]
async fn a_region_that_is_removed_leaves_its_history() {
    let (_home, server, token, ann) = world().await;
    let mut phone = Phone::connect(server.broker(), &ann).await;
    let start = now_s() - 3600;
    for (place, second) in [(AWAY, 0), (HOME, 600), (HOME, 660)] {
        phone.publish("", at(place, start + second)).await;
    }
    let id = server.items("/api/v1/regions", &token).await[0]["id"].as_str().expect("has one").to_owned();
    let removed =
        server.ask(http::Method::DELETE, &format!("/api/v1/regions/{id}")).bearer(&token).send().await;
    assert_eq!(removed.status, 204);
    assert!(server.items("/api/v1/presence", &token).await.is_empty());
    let friends = server.items("/api/v1/friends", &token).await;
    assert_eq!(friends[0]["regions"], json!([]));
    let transitions = server.items("/api/v1/transitions", &token).await;
    assert_eq!((transitions.len(), &transitions[0]["region"]["name"]), (1, &json!("Home")));
}

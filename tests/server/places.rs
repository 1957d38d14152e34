//! Regions on phones: given, changed, taken away and shown as far as they have come; and places drawn on phones.

use crate::support::{
    Answer, App, Credentials, Home, Phone, Pocket, Server, a_phone, circle, eventually, location, now_s,
};
use http::Method;
use owntracks::{Encrypted, secretbox};
use serde_json::{Value, json};

const KEY: &str = "s3cretkey";

/// A region that phones are given.
pub(crate) fn given(name: &str, lat: f64, lon: f64, radius_m: f64) -> Value {
    let mut region = circle(name, lat, lon, radius_m);
    region["to_phones"] = json!(true);
    region
}

pub(crate) async fn devices(server: &Server, token: &str) -> Vec<String> {
    let friends = server.items("/api/v1/friends", token).await;
    let id = |friend: &Value| friend["devices"][0]["id"].as_str().expect("a text").to_owned();
    friends.iter().map(id).collect()
}

/// How far each region is on its way to a phone.
async fn on_phone(server: &Server, token: &str, device: &str) -> Vec<(String, String)> {
    let places = server.json(&format!("/api/v1/devices/{device}/places"), token).await;
    let text = |known: &Value, member: &str| known[member].as_str().expect("a text").to_owned();
    let regions = places["regions"].as_array().expect("a list");
    regions.iter().map(|known| (text(known, "name"), text(known, "state"))).collect()
}

pub(crate) async fn comes_to(server: &Server, token: &str, device: &str, expected: &[(&str, &str)]) {
    let mut last = Vec::new();
    let arrived = async || {
        last = on_phone(server, token, device).await;
        let same =
            last.iter().map(|(name, state)| (name.as_str(), state.as_str())).eq(expected.iter().copied());
        same.then_some(())
    };
    eventually(&format!("{expected:?}"), arrived).await;
}

async fn change(server: &Server, token: &str, region: &str, to: &Value) {
    let path = format!("/api/v1/regions/{region}");
    let answer = server.ask(Method::PUT, &path).bearer(token).json(to).send().await;
    assert_eq!(answer.status.as_u16(), 200, "{}", answer.text());
}

async fn remove(server: &Server, token: &str, region: &str) {
    let path = format!("/api/v1/regions/{region}");
    assert_eq!(server.ask(Method::DELETE, &path).bearer(token).send().await.status.as_u16(), 204);
}

/// An app over MQTT: obeys what comes, and answers, until it was asked what it keeps.
pub(crate) async fn serve(phone: &mut Phone, pocket: &mut Pocket) {
    loop {
        let order = phone.receive().await;
        assert!(order.topic.ends_with("/cmd") && !order.retain);
        let order: Value = serde_json::from_slice(&order.payload).expect("is JSON");
        if let Some((below, said)) = pocket.obey(&order) {
            phone.publish(below, said).await;
            if below == "/waypoints" {
                return;
            }
        }
    }
}

/// An app over HTTP: reports, obeys what comes back, and posts its answers; says how many orders there were.
pub(crate) async fn post(
    server: &Server,
    credentials: &Credentials,
    pocket: &mut Pocket,
    payload: String,
) -> usize {
    let mut waiting = vec![payload];
    let mut orders = 0;
    while let Some(payload) = waiting.pop() {
        // No phone answers within the millisecond in which it was told: the server would take its list for one from before.
        let told_at = whereabouts::clock::now();
        eventually("a later millisecond", async || (whereabouts::clock::now() > told_at).then_some(())).await;
        let Credentials { username, password, .. } = credentials;
        let asked = server.post("/pub").basic(username, password).bytes(payload.into_bytes());
        let answer: Answer = asked.send().await;
        assert_eq!(answer.status.as_u16(), 200);
        for element in answer.json().as_array().expect("a list").iter().filter(|one| one["_type"] == "cmd") {
            orders += 1;
            waiting.extend(pocket.obey(element).map(|(_, said)| said));
        }
    }
    orders
}

#[tokio::test]
async fn an_iphone_over_mqtt_is_given_regions_told_of_changes_and_told_to_forget_one() {
    let (home, ann, token, server) = a_phone("admin").await;
    let device = devices(&server, &token).await.remove(0);
    let region = server.draw(&token, &given("Home", 48.2, 16.37, 1.4)).await;
    let work = server.draw(&token, &given("Work", 48.3, 16.4, 150.0)).await;
    server.draw(&token, &circle("Only here", 48.4, 16.4, 150.0)).await;
    comes_to(&server, &token, &device, &[("Home", "pending"), ("Work", "pending")]).await;

    let mut pocket = Pocket::new(App::Ios);
    let mut phone = Phone::connect(server.broker(), &ann).await;
    phone.subscribe("owntracks/ann/phone/cmd").await;
    serve(&mut phone, &mut pocket).await;
    assert_eq!(pocket.names(), ["Home", "Work"]);
    comes_to(&server, &token, &device, &[("Home", "confirmed"), ("Work", "confirmed")]).await;
    let receipts = server.items(&format!("/api/v1/regions/{region}/phones"), &token).await;
    assert_eq!((&receipts[0]["friend"], &receipts[0]["state"]), (&json!("ann"), &json!("confirmed")));

    change(&server, &token, &work, &given("Office", 48.3, 16.4, 200.0)).await;
    serve(&mut phone, &mut pocket).await;
    assert_eq!((pocket.names(), pocket.set), (vec!["Home", "Office"], 3), "only what has changed");
    assert_eq!(pocket.place("Office")["rad"], 200);

    remove(&server, &token, &region).await;
    serve(&mut phone, &mut pocket).await;
    assert_eq!((pocket.names(), pocket.set), (vec!["Office"], 3));
    comes_to(&server, &token, &device, &[("A region of before", "left"), ("Office", "confirmed")]).await;

    // Nothing is told twice: not after a restart, not with each report.
    phone.leave().await;
    server.stop().await;
    let server = home.serve().await;
    let mut phone = Phone::connect(server.broker(), &ann).await;
    phone.subscribe("owntracks/ann/phone/cmd").await;
    for _ in 0..3 {
        phone.publish("", location(now_s(), 48.2, 16.37)).await;
    }
    comes_to(&server, &token, &device, &[("A region of before", "left"), ("Office", "confirmed")]).await;
    let orders = server.items(&format!("/api/v1/devices/{device}/orders"), &token).await;
    let given = orders.iter().filter(|order| order["errand"] == "keep" && order["state"] != "withdrawn");
    let given: Vec<_> = given.map(|order| order["state"].as_str().expect("a text")).collect();
    assert_eq!(given, ["answered"; 3], "{orders:?}");
    assert_eq!(home.count("SELECT count(*) FROM retained WHERE topic LIKE '%cmd'").await, 0);
    let out = home.command_ok(&["rebuild"], "").await;
    assert!(!out.contains("only in") && !out.contains("another"), "{out}");
}

#[tokio::test]
async fn an_android_phone_over_http_keeps_its_own_places_when_a_region_is_taken_away() {
    let (home, ann, token, server) = a_phone("admin").await;
    let device = devices(&server, &token).await.remove(0);
    let region = server.draw(&token, &given("Home", 48.2, 16.37, 150.0)).await;
    server.draw(&token, &given("Work", 48.3, 16.4, 150.0)).await;
    let mut pocket = Pocket::new(App::Android);
    let den = pocket.draw("Den", 1_650_000_000, 47.0, 15.0, 80);
    let report = || location(now_s(), 48.1, 16.3);
    assert_eq!(post(&server, &ann, &mut pocket, den).await, 2, "regions, and the question what it keeps");
    assert_eq!(pocket.names(), ["Den", "Home", "Work"]);
    comes_to(&server, &token, &device, &[("Home", "confirmed"), ("Work", "confirmed")]).await;
    assert_eq!(post(&server, &ann, &mut pocket, report()).await, 0);

    remove(&server, &token, &region).await;
    assert_eq!(post(&server, &ann, &mut pocket, report()).await, 3, "clear, then everything that remains");
    assert_eq!(pocket.names(), ["Work", "Den"], "what is its owner's is given back");
    assert_eq!(post(&server, &ann, &mut pocket, report()).await, 0);

    // What its owner does on the phone is seen, and left.
    pocket.remove("Work");
    let dump = pocket.dump();
    assert_eq!(post(&server, &ann, &mut pocket, dump).await, 0);
    comes_to(&server, &token, &device, &[("A region of before", "left"), ("Work", "drifted")]).await;
    let again = server.post(&format!("/api/v1/devices/{device}/places")).bearer(&token).send().await;
    assert_eq!(again.status.as_u16(), 204);
    assert_eq!(post(&server, &ann, &mut pocket, report()).await, 2);
    comes_to(&server, &token, &device, &[("A region of before", "left"), ("Work", "confirmed")]).await;
    pocket.place("Work")["rad"] = json!(400);
    let edited = pocket.place("Work").to_string();
    assert_eq!(post(&server, &ann, &mut pocket, edited).await, 0);
    comes_to(&server, &token, &device, &[("A region of before", "left"), ("Work", "drifted")]).await;
    let out = home.command_ok(&["rebuild"], "").await;
    assert!(!out.contains("only in") && !out.contains("another"), "{out}");
}

#[tokio::test]
async fn a_phone_that_does_not_take_it_and_one_that_never_comes_are_told_apart() {
    let home = Home::new();
    let ann = home.device("ann", "phone", &[]).await;
    home.device("ben", "phone", &[]).await;
    let token = home.token("admin", &[]).await;
    let server = home.serve().await;
    let ids = devices(&server, &token).await;
    let region = server.draw(&token, &given("Home", 48.2, 16.37, 150.0)).await;
    let mut pocket = Pocket::new(App::Ios);
    pocket.remote_configuration = false;
    post(&server, &ann, &mut pocket, location(now_s(), 48.1, 16.3)).await;
    // It lists nothing of ours, and once more after it was told again: that may have been too soon. Only the third time says it.
    comes_to(&server, &token, &ids[0], &[("Home", "sent")]).await;
    comes_to(&server, &token, &ids[1], &[("Home", "pending")]).await;
    let receipts = server.items(&format!("/api/v1/regions/{region}/phones"), &token).await;
    let states: Vec<_> = receipts.iter().map(|phone| phone["state"].as_str().expect("a text")).collect();
    assert_eq!(states, ["sent", "pending"]);
    assert_eq!((receipts[0]["times"].as_u64(), receipts[1]["times"].as_u64()), (Some(2), None));
    // What has not been got is taken back when it is out of date.
    remove(&server, &token, &region).await;
    let orders = server.items(&format!("/api/v1/devices/{}/orders", ids[1]), &token).await;
    assert!(
        orders.iter().any(|order| order["errand"] == "keep" && order["state"] == "withdrawn"),
        "{orders:?}"
    );
    comes_to(&server, &token, &ids[1], &[]).await;
}

#[tokio::test]
async fn a_polygon_is_on_phones_as_the_circle_round_it() {
    let (_home, ann, token, server) = a_phone("admin").await;
    let device = devices(&server, &token).await.remove(0);
    let points = json!([[48.2, 16.37], [48.2, 16.374], [48.204, 16.37]]);
    let park = json!({"name": "Park", "shape": {"type": "polygon", "points": points}, "to_phones": true});
    server.draw(&token, &park).await;
    let mut pocket = Pocket::new(App::Ios);
    post(&server, &ann, &mut pocket, location(now_s(), 48.1, 16.3)).await;
    assert_eq!(pocket.place("Park")["rad"], 268);
    comes_to(&server, &token, &device, &[("Park", "confirmed")]).await;
    let places = server.json(&format!("/api/v1/devices/{device}/places"), &token).await;
    assert_eq!(places["regions"][0]["circle_m"], 268);
}

#[tokio::test]
async fn regions_go_encrypted_to_a_phone_that_encrypts() {
    let home = Home::new();
    let ann = home.device("ann", "phone", &[]).await;
    home.command_ok(&["device", "key", "ann", "phone", "--key-stdin"], KEY).await;
    let token = home.token("admin", &[]).await;
    let server = home.serve().await;
    server.draw(&token, &given("Home", 48.2, 16.37, 150.0)).await;
    let mut phone = Phone::connect(server.broker(), &ann).await;
    phone.subscribe("owntracks/ann/phone/cmd").await;
    let order = phone.receive().await;
    let sealed: Value = serde_json::from_slice(&order.payload).expect("is JSON");
    assert_eq!((&sealed["_type"], order.retain), (&json!("encrypted"), false));
    let secret = secretbox::Secret::new(KEY).expect("is a key");
    let sealed = Encrypted::new(sealed["data"].as_str().expect("a text").to_owned());
    let plain: Value =
        serde_json::from_slice(&secretbox::open(&sealed, &secret).expect("opens")).expect("is JSON");
    let mut pocket = Pocket::new(App::Android);
    pocket.obey(&plain);
    assert_eq!(pocket.names(), ["Home"]);
}

#[tokio::test]
async fn a_claim_by_any_key_is_of_the_region_and_so_is_one_of_the_same_place_drawn_on_the_phone() {
    let (home, ann, token, server) = a_phone("admin").await;
    let device = devices(&server, &token).await.remove(0);
    let region = server.draw(&token, &given("Home", 48.2, 16.37, 150.0)).await;
    let mut pocket = Pocket::new(App::Android);
    let start = now_s() - 40_000;
    post(&server, &ann, &mut pocket, location(start, 48.1, 16.3)).await;
    let tst = pocket.place("Home")["tst"].clone();
    change(&server, &token, &region, &given("Zuhause", 48.2, 16.37, 150.0)).await;
    let claim = |kind: &str, at: i64, keys: Value| {
        let mut claim = json!({"_type": "transition", "event": kind, "desc": "Home", "tst": at, "wtst": 1_650_000_000,
                               "t": "c", "lat": 48.2, "lon": 16.37, "acc": 10});
        for (member, value) in keys.as_object().expect("an object") {
            claim[member] = value.clone();
        }
        claim.to_string()
    };
    let outside = |at: i64| location(at, 48.1, 16.3);
    let mut deaf = Pocket::new(App::Android);
    let far = json!({"lat": 48.1, "lon": 16.3});
    for message in [
        claim("enter", start + 5000, json!({"wtst": tst})),
        claim("leave", start + 10_000, merged(&far, &json!({"rid": region, "desc": "x"}))),
        outside(start + 10_010),
        claim("enter", start + 15_000, json!({"desc": "zuhause"})),
        claim("leave", start + 20_000, merged(&far, &json!({"desc": "Zuhause"}))),
        outside(start + 20_010),
    ] {
        post(&server, &ann, &mut deaf, message).await;
    }
    let whose = async || {
        let transitions = server.items("/api/v1/transitions", &token).await;
        let of = |one: &Value| (one["kind"].as_str() == Some("enter"), one["region"]["id"] == json!(region));
        transitions.iter().map(of).collect::<Vec<_>>()
    };
    assert_eq!(whose().await, [(false, true), (true, true), (false, true), (true, true)]);

    // Its owner had drawn the same place before, under a name of their own.
    let mut own = Pocket::new(App::Android);
    let drawn = own.draw("Daheim", 1_650_000_000, 48.2001, 16.37, 120);
    post(&server, &ann, &mut deaf, drawn).await;
    let daheim = json!({"desc": "Daheim", "wtst": 1_650_000_000});
    post(&server, &ann, &mut deaf, claim("enter", start + 25_000, daheim)).await;
    assert_eq!(whose().await.first(), Some(&(true, true)));
    let places = server.json(&format!("/api/v1/devices/{device}/places"), &token).await;
    assert_eq!((&places["own"][0]["name"], &places["own"][0]["region"]), (&json!("Daheim"), &json!(region)));
    let out = home.command_ok(&["rebuild"], "").await;
    assert!(!out.contains("only in") && !out.contains("another"), "{out}");
}

fn merged(one: &Value, other: &Value) -> Value {
    let mut all = one.clone();
    for (member, value) in other.as_object().expect("an object") {
        all[member] = value.clone();
    }
    all
}

#[tokio::test]
async fn a_place_drawn_on_phones_is_offered_once_and_becomes_a_region_that_is_not_sent_back() {
    let home = Home::new();
    let (ann, ben) = (home.device("ann", "phone", &[]).await, home.device("ben", "phone", &[]).await);
    let token = home.token("admin", &[]).await;
    let reader = home.token("read", &[]).await;
    let server = home.serve().await;
    let device = devices(&server, &token).await.remove(0);
    let (mut anns, mut bens) = (Pocket::new(App::Ios), Pocket::new(App::Android));
    let den = anns.draw("Den", 1_650_000_000, 48.2, 16.37, 120);
    post(&server, &ann, &mut anns, den).await;
    let same = bens.draw("Ben's den", 1_660_000_000, 48.2002, 16.37, 100);
    post(&server, &ben, &mut bens, same).await;
    let beacon = r#"{"_type":"waypoint","desc":"keys","tst":1650000001,"rid":"abc","rad":0,"lat":0,"lon":0}"#;
    post(&server, &ann, &mut anns, beacon.to_owned()).await;
    server.get("/api/v1/places").bearer(&reader).send().await.assert_problem(403, None);
    let offers = server.items("/api/v1/places", &token).await;
    assert_eq!(offers.len(), 1, "{offers:?}");
    assert_eq!((&offers[0]["name"], &offers[0]["others"]), (&json!("Den"), &json!(1)));
    let adopt = json!({"device": offers[0]["device"], "key": offers[0]["key"]});
    let adopted = server.post("/api/v1/places").bearer(&token).json(&adopt).send().await;
    assert_eq!(adopted.status.as_u16(), 201, "{}", adopted.text());
    server.post("/api/v1/places").bearer(&token).json(&adopt).send().await.assert_problem(409, Some("key"));
    assert!(server.items("/api/v1/places", &token).await.is_empty(), "both are the same place");

    let region = adopted.json()["id"].as_str().expect("a text").to_owned();
    change(&server, &token, &region, &given("Den", 48.2, 16.37, 120.0)).await;
    assert_eq!(post(&server, &ann, &mut anns, location(now_s(), 48.1, 16.3)).await, 0);
    comes_to(&server, &token, &device, &[("Den", "own")]).await;
}

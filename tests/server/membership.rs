//! The phones of a friend of two groups: they hold the regions of both, are told of a group's until the friend leaves it, and tell neither
//! group of the other's.

use crate::{
    groups::{assert_unread, heard},
    places::{comes_to, devices, given, post, serve},
    support::{App, Home, Phone, Pocket, Server, eventually, location, next_second},
};
use http::Method;
use serde_json::{Value, json};

/// The names of the regions with somebody in, as somebody may know of them.
async fn full(server: &Server, token: &str) -> Vec<Value> {
    let presence = server.items("/api/v1/presence", token).await.into_iter();
    let full =
        presence.filter(|found| found["friends"].as_array().is_some_and(|friends| !friends.is_empty()));
    full.map(|found| found["region"]["id"].clone()).collect()
}

/// What a phone says when it comes to a region, over MQTT below its topic for events.
fn enters(name: &str, rid: &str, second: i64, (lat, lon): (f64, f64)) -> String {
    json!({"_type": "transition", "event": "enter", "desc": name, "rid": rid, "tid": "fa", "lat": lat, "lon": lon,
        "acc": 10, "tst": second, "t": "c"})
    .to_string()
}

/// A friend's devices, as the friend reads of them.
async fn own_devices(server: &Server, token: &str, name: &str) -> Vec<String> {
    let mut listed = server.items("/api/v1/friends", token).await;
    listed.retain(|friend| friend["name"] == name);
    let devices = listed[0]["devices"].as_array().expect("a list").iter();
    devices.map(|device| device["id"].as_str().expect("a text").to_owned()).collect()
}

/// An admin who looks after the phone now reads of nothing there that has one of these words in it.
async fn hold_nothing_of(server: &Server, token: &str, device: &str, words: &[&str]) {
    eventually("only their own region is on the phone", async || {
        let places = server.json(&format!("/api/v1/devices/{device}/places"), token).await;
        assert_unread(&places.to_string(), words, "an admin of the other group");
        (places["regions"][0]["state"] == "confirmed").then_some(())
    })
    .await;
}

#[tokio::test]
async fn the_phones_of_a_friend_of_two_groups_hold_the_regions_of_both_until_she_leaves_one() {
    let home = Home::new();
    home.user("ben", &["--admin", "--group", "Family"]).await;
    home.user("fay", &["--group", "Family"]).await;
    home.user("dora", &["--admin", "--group", "Club"]).await;
    home.command_ok(&["user", "add", "fay", "--group", "Club"], "").await;
    let (iphone, android) =
        (home.device("fay", "iphone", &[]).await, home.device("fay", "tablet", &[]).await);
    let (bens, doras) = (home.device("ben", "phone", &[]).await, home.device("dora", "phone", &[]).await);
    let token = async |name: &str| home.token("admin", &["--user", name]).await;
    let (ben, dora, fay) = (token("ben").await, token("dora").await, token("fay").await);
    let server = home.serve().await;
    let share = server.ask(Method::PUT, "/api/v1/friends/me/sharing/group:Club").bearer(&fay);
    let share = share.json(&json!({"level": "precise", "since": "2020-01-01T00:00:00Z"})).send().await;
    assert_eq!(share.status.as_u16(), 200);
    let ours = server.draw(&ben, &given("Home", 48.2, 16.37, 150.0)).await;
    let theirs = server.draw(&dora, &given("Home", 48.3, 16.4, 150.0)).await;
    let clubhouse = server.draw(&dora, &given("Clubhouse", 48.4, 16.4, 150.0)).await;
    let mut hidden = given("Vault", 48.5, 16.4, 150.0);
    hidden["audience"] = json!("admins");
    server.draw(&dora, &hidden).await;

    // Each phone is given those of both groups that she may know of, in its own way.
    let ids = own_devices(&server, &fay, "fay").await;
    assert_eq!((ids.len(), devices(&server, &ben).await.len()), (2, 2));
    let (mut on_ios, mut on_android) = (Pocket::new(App::Ios), Pocket::new(App::Android));
    let mut phone = Phone::connect(server.broker(), &iphone).await;
    phone.subscribe("owntracks/fay/iphone/cmd").await;
    serve(&mut phone, &mut on_ios).await;
    post(&server, &android, &mut on_android, location(next_second().await, 48.397, 16.4)).await;
    assert_eq!(on_ios.names(), ["Home", "Home (2)", "Clubhouse"]);
    assert_eq!(on_android.names(), on_ios.names());
    let confirmed = [("Clubhouse", "confirmed"), ("Home", "confirmed"), ("Home (2)", "confirmed")];
    for device in &ids {
        comes_to(&server, &fay, device, &confirmed).await;
    }
    for (token, region) in [(&ben, &ours), (&dora, &theirs), (&dora, &clubhouse)] {
        let receipts = server.items(&format!("/api/v1/regions/{region}/phones"), token).await;
        let of_fay =
            receipts.iter().filter(|receipt| receipt["friend"] == "fay" && receipt["state"] == "confirmed");
        assert_eq!(of_fay.count(), 2, "{receipts:?}");
    }

    // She comes to what her phone calls "Home (2)": the club hears that it is its home, and the family nothing.
    let mut listeners = Vec::new();
    for credentials in [&bens, &doras] {
        let mut listener = Phone::connect(server.broker(), credentials).await;
        listener.subscribe("#").await;
        listeners.push(listener);
    }
    phone.publish("", location(next_second().await, 48.297, 16.4)).await;
    phone.publish("/event", enters("Home (2)", &theirs, next_second().await, (48.3, 16.4))).await;
    let inside = next_second().await;
    phone.publish("", location(inside, 48.3, 16.4)).await;
    let [to_ben, to_dora] = &mut listeners[..] else { unreachable!("there are two") };
    let to_dora = heard(to_dora, inside).await;
    assert!(to_dora.contains("\"enter\"") && to_dora.contains(&theirs), "{to_dora}");
    assert_unread(&to_dora, &["(2)", &ours], "dora's phone");
    assert_unread(&heard(to_ben, inside).await, &["(2)", "\"enter\"", &theirs], "ben's phone");
    eventually("she is at the club's home", async || {
        phone.publish("", location(next_second().await, 48.3, 16.4)).await;
        (full(&server, &dora).await == [json!(theirs)]).then_some(())
    })
    .await;
    assert_eq!(full(&server, &ben).await, Vec::<Value>::new());
    // Over HTTP by the key that Android has.
    let wtst = on_android.place("Clubhouse")["tst"].clone();
    let event = json!({"_type": "transition", "event": "enter", "desc": "Clubhouse", "wtst": wtst, "tid": "fa",
        "lat": 48.4, "lon": 16.4, "acc": 10, "tst": next_second().await, "t": "c"});
    post(&server, &android, &mut on_android, event.to_string()).await;
    eventually("she is in the clubhouse, too", async || {
        post(&server, &android, &mut on_android, location(next_second().await, 48.4, 16.4)).await;
        full(&server, &dora).await.contains(&json!(clubhouse)).then_some(())
    })
    .await;
    let history = async |token: &str| server.items("/api/v1/transitions", token).await;
    let named = |all: &[Value]| json!(all).to_string();
    assert!(named(&history(&dora).await).contains("Clubhouse"));
    assert_unread(&named(&history(&ben).await), &["Clubhouse", "(2)", &theirs], "ben");
    for path in ["messages", "places", "regions"] {
        let said = server.get(&format!("/api/v1/{path}")).bearer(&ben).send().await.text();
        assert_unread(&said, &["Clubhouse", "(2)", &theirs, &clubhouse], "ben");
    }

    // She leaves the club: its regions go from her phones, and until they are gone nobody learns of them.
    let left = server.ask(Method::DELETE, "/api/v1/groups/Club/members/me").bearer(&fay).send().await;
    assert_eq!(left.status.as_u16(), 204);
    phone.publish("/event", enters("Clubhouse", &clubhouse, next_second().await, (48.4, 16.4))).await;
    let last = next_second().await;
    phone.publish("", location(last, 48.2, 16.37)).await;
    assert_unread(&heard(&mut listeners[0], last).await, &["Clubhouse", &clubhouse], "ben's phone");
    assert_unread(&named(&history(&ben).await), &["Clubhouse"], "ben");
    assert_unread(&named(&history(&fay).await), &["Clubhouse"], "fay");
    assert_unread(&named(&history(&dora).await), &["fay"], "dora");
    serve(&mut phone, &mut on_ios).await;
    post(&server, &android, &mut on_android, location(next_second().await, 48.2, 16.37)).await;
    assert_eq!((on_ios.names(), on_android.names()), (vec!["Home"], vec!["Home"]));
    let of_the_club = ["Clubhouse", "(2)", &*theirs, &*clubhouse];
    for device in &ids {
        hold_nothing_of(&server, &ben, device, &of_the_club).await;
    }
    let receipts = server.items(&format!("/api/v1/regions/{clubhouse}/phones"), &dora).await;
    assert!(receipts.iter().all(|receipt| receipt["friend"] != "fay"), "{receipts:?}");
    let said = server.get("/api/v1/messages").bearer(&ben).send().await.text();
    assert_unread(&said, &["Clubhouse", "(2)", &theirs, &clubhouse], "ben");
    phone.leave().await;
    server.stop().await;
    home.command_ok(&["rebuild"], "").await;
}

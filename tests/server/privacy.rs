//! Saying who sees what: over the interface, with the forms of the page, and at the terminal.

use crate::support::{Home, Phone, circle, form_urlencoded, location, now_s};
use http::Method;
use serde_json::{Value, json};

/// The friend of this name as somebody sees them.
fn named<'a>(friends: &'a [Value], name: &str) -> &'a Value {
    friends.iter().find(|friend| friend["name"] == name).expect("is there")
}

#[tokio::test]
async fn what_a_friend_shows_is_said_over_the_interface_and_holds_at_once() {
    let home = Home::new();
    let phone = home.device("ann", "phone", &[]).await;
    home.user("ann", &["--admin"]).await;
    home.user("ben", &[]).await;
    let (ann, ben) =
        (home.token("write", &["--user", "ann"]).await, home.token("write", &["--user", "ben"]).await);
    let server = home.serve().await;
    let mut phone = Phone::connect(server.broker(), &phone).await;
    phone.publish("", location(now_s(), 48.2, 16.37)).await;

    let said = server.json("/api/v1/friends/me/sharing", &ann).await;
    assert_eq!((&said["friend"], &said["pause"]), (&json!("ann"), &Value::Null));
    assert_eq!(said["grants"][0]["to"], "group");
    assert_eq!(said["grants"][0]["level"], "precise");
    let seen = server.items("/api/v1/friends", &ben).await;
    assert_eq!(named(&seen, "ann")["shown"], "precise");
    assert_eq!(named(&seen, "ann")["devices"][0]["lat"], 48.2);

    let put = |path: &str, body: Value| server.ask(Method::PUT, path).bearer(&ann).json(&body).send();
    let answer = put("/api/v1/friends/me/sharing/ben", json!({"level": "city"})).await;
    assert_eq!(answer.status, 200);
    let grants = answer.json()["grants"].clone();
    assert_eq!((&grants[1]["to"], &grants[1]["level"]), (&json!("ben"), &json!("city")));
    assert_eq!(grants[1]["since"], grants[0]["since"], "less than the group saw, as far back");
    let seen = server.items("/api/v1/friends", &ben).await;
    let (shown, device) = (&named(&seen, "ann")["shown"], &named(&seen, "ann")["devices"][0]);
    assert_eq!((shown, &device["battery_pct"]), (&json!("city"), &Value::Null));
    assert!(device["lat"] != 48.2 && device["accuracy_m"].as_f64() > Some(5_000.0), "{device}");

    let answer = put("/api/v1/friends/ann/sharing/ben", json!({"level": "delayed", "delay_min": 15})).await;
    assert_eq!((answer.status.as_u16(), &answer.json()["grants"][1]["delay_min"]), (200, &json!(15)));
    assert_eq!(named(&server.items("/api/v1/friends", &ben).await, "ann")["delay_min"], 15);

    let pause = |body: Value| server.post("/api/v1/friends/me/pause").bearer(&ann).json(&body).send();
    let answer = pause(json!({"quiet": false})).await;
    assert_eq!((answer.status.as_u16(), &answer.json()["pause"]["until"]), (200, &Value::Null));
    let seen = server.items("/api/v1/friends", &ben).await;
    assert_eq!(
        (&named(&seen, "ann")["shown"], &named(&seen, "ann")["devices"]),
        (&json!("paused"), &json!([]))
    );
    pause(json!({"quiet": true})).await;
    assert_eq!(named(&server.items("/api/v1/friends", &ben).await, "ann")["shown"], "off");
    let resumed = server.ask(Method::DELETE, "/api/v1/friends/me/pause").bearer(&ann).send().await;
    assert_eq!(resumed.status, 204);
    let gone = server.ask(Method::DELETE, "/api/v1/friends/me/sharing/ben").bearer(&ann).send().await;
    assert_eq!(gone.status, 204);
    assert_eq!(named(&server.items("/api/v1/friends", &ben).await, "ann")["shown"], "precise");
}

#[tokio::test]
async fn what_cannot_be_said_names_its_field_and_nobody_speaks_for_others() {
    let home = Home::new();
    home.device("tom", "phone", &[]).await;
    home.user("ann", &["--admin"]).await;
    home.user("ben", &[]).await;
    let (ann, ben) =
        (home.token("admin", &["--user", "ann"]).await, home.token("write", &["--user", "ben"]).await);
    let reader = home.token("read", &["--user", "ann"]).await;
    let server = home.serve().await;
    let region = server.draw(&ann, &circle("Home", 48.2, 16.37, 100.0)).await;
    let put = |who: &str, path: &str, body: Value| {
        let path = format!("/api/v1/friends/{path}");
        server.ask(Method::PUT, &path).bearer(who).json(&body).send()
    };
    for (body, field) in [
        (json!({}), "level"),
        (json!({"level": "near"}), "level"),
        (json!({"level": "delayed"}), "delay_min"),
        (json!({"level": "delayed", "delay_min": 0}), "delay_min"),
        (json!({"level": "inside"}), "regions"),
        (json!({"level": "inside", "regions": []}), "level"),
        (json!({"level": "city", "since": "soon"}), "since"),
        (json!({"level": "city", "since": "2999-01-01T00:00:00Z"}), "since"),
        (json!({"level": "city", "until": 5}), "until"),
        (json!({"level": "city", "until": "2020-01-01T00:00:00Z"}), "until"),
    ] {
        put(&ann, "me/sharing/group", body).await.assert_problem(422, Some(field));
    }
    put(&ann, "me/sharing/me", json!({"level": "city"})).await.assert_problem(404, None);
    put(&ann, "me/sharing/ann", json!({"level": "city"})).await.assert_problem(422, Some("to"));
    put(&ann, "me/sharing/zoe", json!({"level": "city"})).await.assert_problem(404, None);
    put(&reader, "me/sharing/group", json!({"level": "city"})).await.assert_problem(403, None);
    let inside = put(&ann, "me/sharing/group", json!({"level": "inside", "regions": [region]})).await;
    assert_eq!(inside.json()["grants"][0]["regions"][0]["name"], "Home");

    // Ben signs in and decides alone; Tom does not, and an admin does it for him.
    put(&ann, "ben/sharing/group", json!({"level": "off"})).await.assert_problem(403, None);
    server.get("/api/v1/friends/ben/sharing").bearer(&ann).send().await.assert_problem(403, None);
    put(&ben, "tom/sharing/group", json!({"level": "off"})).await.assert_problem(403, None);
    assert_eq!(put(&ann, "tom/sharing/group", json!({"level": "off"})).await.status, 200);
    assert_eq!(named(&server.items("/api/v1/friends", &ben).await, "tom")["shown"], "off");
}

#[tokio::test]
async fn the_page_says_what_others_see_and_its_forms_change_it() {
    let home = Home::new();
    let phone = home.device("ann", "phone", &[]).await;
    home.user("ann", &["--admin"]).await;
    home.user("ben", &[]).await;
    let server = home.serve().await;
    let mut phone = Phone::connect(server.broker(), &phone).await;
    phone.publish("", location(now_s(), 48.2, 16.37)).await;
    let (ann, ben) = (server.sign_in("ann").await, server.sign_in("ben").await);

    let page = async |cookie: &str, path: &str| server.get(path).cookie(cookie).send().await.text();
    let mine = page(&ann, "/privacy").await;
    assert!(mine.contains("My privacy") && mine.contains("View as ben"), "{mine}");
    let privacy = server.get("/api/privacy").cookie(&ann).send().await.json();
    let (id, other) = (privacy["friend"].clone(), privacy["others"][0]["friend"].clone());
    let (id, other) = (id.as_str().expect("is an id"), other.as_str().expect("is an id"));

    let change = page(&ann, &format!("/privacy?change={other}&level=off")).await;
    assert!(change.contains("After saving") && change.contains("<del>precisely</del>"), "{change}");
    let send = async |path: &str, fields: &[(&str, &str)]| {
        server.post(path).cookie(&ann).form(form_urlencoded(fields)).send().await.status.as_u16()
    };
    assert_eq!(send("/api/share", &[("friend", id), ("party", other), ("level", "street")]).await, 200);
    let seen = async || server.get("/api/v1/friends").cookie(&ben).send().await.json()["items"].clone();
    assert_eq!(named(seen().await.as_array().expect("is a list"), "ann")["shown"], "street");
    let wrong = [("friend", id), ("party", other), ("level", "street"), ("until", "at"), ("until_at", "")];
    assert_eq!(send("/api/share", &wrong).await, 422);
    assert_eq!(
        send("/api/pause_sharing", &[("friend", id), ("span", "tomorrow"), ("zone", "Europe/Zurich")]).await,
        200
    );
    assert!(page(&ann, "/privacy").await.contains("Paused since"));
    assert!(page(&ann, "/").await.contains("Paused: nobody sees you"));
    let list = page(&ben, "/").await;
    assert!(list.contains("<b>Paused</b>") && !list.contains("48.2"), "{list}");
    assert_eq!(send("/api/resume_sharing", &[("friend", id)]).await, 200);
    assert_eq!(send("/api/share", &[("friend", id), ("party", other), ("level", "group")]).await, 200);
    assert_eq!(named(seen().await.as_array().expect("is a list"), "ann")["shown"], "precise");
}

#[tokio::test]
async fn an_admin_who_adds_a_phone_says_what_the_group_sees_and_nothing_else_is_shown() {
    let home = Home::new();
    home.user("ann", &["--admin"]).await;
    home.user("ben", &[]).await;
    let server = home.serve().await;
    let ann = server.sign_in("ann").await;
    let add = async |friend: &str, share: &str| {
        let fields = [("friend", friend), ("device", "phone"), ("share", share)];
        server
            .post("/api/add_device")
            .cookie(&ann)
            .form(form_urlencoded(&fields))
            .send()
            .await
            .status
            .as_u16()
    };
    assert_eq!((add("tom", "").await, add("eve", "names").await), (200, 200));
    assert_eq!((add("kim", "near").await, add("ben", "precise").await), (422, 422));
    let friends = server.get("/api/v1/friends").cookie(&ann).send().await.json()["items"].clone();
    let friends = friends.as_array().expect("is a list");
    assert_eq!(
        (&named(friends, "tom")["shown"], &named(friends, "eve")["shown"]),
        (&json!("off"), &json!("names"))
    );
    assert!(
        friends.iter().all(|friend| friend["name"] != "kim"),
        "nobody is made for a form that is refused"
    );
}

#[tokio::test]
async fn at_the_terminal_somebody_new_begins_with_what_is_said_and_others_keep_what_they_chose() {
    let home = Home::new();
    home.user("ann", &["--admin"]).await;
    home.device("tom", "phone", &["--share", "city"]).await;
    home.user("eve", &["--share", "off"]).await;
    home.device("kim", "phone", &[]).await;
    for arguments in [
        &["device", "add", "tom", "tablet", "--share", "precise"][..],
        &["user", "add", "kim", "--share", "precise", "--password-stdin"],
    ] {
        let ran = home.run(&[&["--data", "data"], arguments].concat(), "a password").await;
        assert!(ran.code.is_some_and(|code| code != 0) && ran.err.contains("--share"), "{}", ran.err);
    }
    home.device("tom", "tablet", &[]).await;
    let server = home.serve().await;
    let cookie = server.sign_in("ann").await;
    let friends = server.get("/api/v1/friends").cookie(&cookie).send().await.json()["items"].clone();
    let shown = |name: &str| named(friends.as_array().expect("is a list"), name)["shown"].clone();
    assert_eq!([shown("tom"), shown("eve"), shown("kim")], ["city", "off", "precise"].map(Value::from));
}

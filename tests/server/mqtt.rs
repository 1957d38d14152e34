//! The embedded broker: who gets in, what an acknowledgement means, who hears whom.

use crate::support::{Credentials, Home, Phone, Server, a_phone, eventually, location, now_s};
use rumqttc::{ConnectReturnCode, ConnectionError, LastWill, QoS};
use std::collections::HashSet;

async fn refusal(server: &Server, credentials: &Credentials) -> ConnectReturnCode {
    match Phone::connect_with(Phone::options(server.broker(), credentials), "x").await {
        Err(ConnectionError::ConnectionRefused(code)) => code,
        Err(error) => unreachable!("a CONNACK was expected, not {error}"),
        Ok(_) => unreachable!("this device must not be let in"),
    }
}

#[tokio::test]
async fn a_wrong_password_is_refused_by_a_connack() {
    let home = Home::new();
    let right = home.device("ann", "phone", &[]).await;
    let server = home.serve().await;
    let wrong = [
        Credentials { password: "wrong".into(), ..right.clone() },
        Credentials { password: right.password.to_uppercase(), ..right.clone() },
        Credentials { username: "nobody".into(), ..right.clone() },
        Credentials { username: "ann/phone".into(), ..right.clone() },
    ];
    for credentials in wrong {
        assert_eq!(refusal(&server, &credentials).await, ConnectReturnCode::BadUserNamePassword);
    }
    let silent = Credentials { password: String::new(), ..right.clone() };
    assert_eq!(refusal(&server, &silent).await, ConnectReturnCode::NotAuthorized);
    let mut nameless = Phone::options(server.broker(), &right);
    nameless = rumqttc::MqttOptions::new("x", nameless.broker_address().0, nameless.broker_address().1);
    assert!(Phone::connect_with(nameless, "x").await.is_err(), "nobody comes in without a name");
    Phone::connect(server.broker(), &right).await;
}

#[tokio::test]
async fn a_message_on_somebody_elses_topic_is_logged_and_not_believed() {
    let home = Home::new();
    let (ann, ben) = (home.device("ann", "phone", &[]).await, home.device("ben", "phone", &[]).await);
    let token = home.token("read", &[]).await;
    let server = home.serve().await;
    let mut listener = Phone::connect(server.broker(), &ben).await;
    listener.subscribe("owntracks/#").await;
    let mut phone = Phone::connect(server.broker(), &ann).await;
    for topic in [
        ben.topic.as_str(),
        "owntracks/ann/phoney",
        "owntracks/ann",
        "elsewhere",
        "$SYS/x",
        "/owntracks/ann/phone",
    ] {
        let lie = location(now_s(), 1.0, 1.0);
        phone.try_publish(topic, lie.as_bytes(), true).await.expect("the connection stays");
    }
    // Only the truth is passed on.
    phone.publish("", location(now_s(), 48.2, 16.37)).await;
    assert_eq!(listener.receive().await.topic, ann.topic);
    assert!(server.items("/api/v1/fixes?friend=ben", &token).await.is_empty());
    assert_eq!(server.items("/api/v1/fixes?friend=ann", &token).await.len(), 1);
    let refused =
        home.count("SELECT count(*) FROM messages WHERE verdict LIKE 'refused: %' AND trouble = 1").await;
    assert_eq!(refused, 6);
    assert_eq!(home.count("SELECT count(*) FROM retained").await, 0, "a lie is not retained");
}

#[tokio::test]
async fn a_device_hears_the_friends_of_its_own_group_only() {
    let home = Home::new();
    let ann = home.device("ann", "phone", &["--group", "Family"]).await;
    let ben = home.device("ben", "phone", &["--group", "Family"]).await;
    let cid = home.device("cid", "phone", &["--group", "Club"]).await;
    let server = home.serve().await;
    let mut stranger = Phone::connect(server.broker(), &cid).await;
    stranger.retain("", location(now_s(), 1.0, 1.0)).await;
    let mut friend = Phone::connect(server.broker(), &ann).await;
    friend.retain("", location(now_s(), 2.0, 2.0)).await;

    let mut listener = Phone::connect(server.broker(), &ben).await;
    for filter in ["owntracks/#", "#", "owntracks/cid/phone", "owntracks/+/phone/event", "$SYS/#"] {
        listener.subscribe(filter).await;
    }
    for _ in 0..5 {
        stranger.publish("", location(now_s(), 1.0, 1.0)).await;
        stranger.publish("/event", r#"{"_type":"transition","event":"enter"}"#).await;
        friend.publish("/cmd", r#"{"_type":"cmd","action":"dump"}"#).await;
    }
    friend.publish("/event", "the end").await;
    let mut heard = HashSet::new();
    loop {
        let publish = listener.receive().await;
        if publish.payload == "the end" {
            break;
        }
        heard.insert(publish.topic);
    }
    assert_eq!(heard, HashSet::from([ann.topic.clone()]), "neither strangers nor orders to others");
    drop(listener);

    // And the other way: who is alone in a group hears itself.
    stranger.subscribe("#").await;
    friend.publish("", location(now_s(), 2.0, 2.0)).await;
    stranger.publish("", "the end").await;
    while stranger.receive().await.payload != "the end" {}
    let log = server.log();
    for secret in ["owntracks/cid", "48.2", "the end", &ben.password] {
        assert!(!log.contains(secret), "the log tells {secret}");
    }
}

#[tokio::test]
async fn retained_messages_survive_a_restart() {
    let home = Home::new();
    let ann = home.device("ann", "phone", &[]).await;
    let ben = home.device("ben", "phone", &[]).await;
    let server = home.serve().await;
    let mut phone = Phone::connect(server.broker(), &ann).await;
    phone.retain("", location(1_700_000_000, 48.2, 16.37)).await;
    phone.retain("", location(1_700_000_060, 48.3, 16.37)).await;
    phone.retain("/info", r#"{"_type":"card","name":"Ann"}"#).await;
    phone.retain("/event", "to be forgotten").await;
    phone.retain("/event", "").await;
    drop(phone);
    server.kill();

    let server = home.serve().await;
    let mut listener = Phone::connect(server.broker(), &ben).await;
    listener.subscribe("owntracks/+/+").await;
    let kept = listener.receive().await;
    assert_eq!((kept.topic.as_str(), kept.retain), ("owntracks/ann/phone", true));
    assert_eq!(kept.payload, location(1_700_000_060, 48.3, 16.37));
    listener.subscribe("owntracks/+/+/event").await;
    listener.subscribe("owntracks/+/+/info").await;
    assert_eq!(listener.receive().await.topic, "owntracks/ann/phone/info");
}

#[tokio::test]
async fn the_same_message_twice_changes_nothing() {
    let (home, ann, token, server) = a_phone("read").await;
    let mut phone = Phone::connect(server.broker(), &ann).await;
    let payload = location(now_s(), 48.2, 16.37);
    for _ in 0..3 {
        phone.publish("", &payload).await;
        // A phone does not repeat itself within a millisecond.
        let sent_at = whereabouts::clock::now();
        eventually("the clock goes on", async || (whereabouts::clock::now() > sent_at).then_some(())).await;
    }
    phone.publish_exactly_once(&payload).await;
    assert_eq!(server.items("/api/v1/fixes?friend=ann", &token).await.len(), 1);
    let verdicts = home.texts("SELECT verdict FROM messages ORDER BY id").await;
    assert_eq!(verdicts, ["location", "duplicate", "duplicate", "duplicate"]);
}

/// Where the only friend's only device is shown: time and latitude.
async fn shown(server: &Server, token: &str) -> (String, f64) {
    let friends = server.items("/api/v1/friends", token).await;
    let device = &friends[0]["devices"][0];
    (device["at"].as_str().unwrap_or_default().to_owned(), device["lat"].as_f64().unwrap_or(f64::NAN))
}

#[tokio::test]
async fn neither_a_late_fix_nor_a_wrong_clock_moves_the_marker() {
    let (_home, ann, token, server) = a_phone("read").await;
    let mut phone = Phone::connect(server.broker(), &ann).await;
    let now = now_s();
    phone.publish("", location(now, 48.2, 16.37)).await;
    phone.publish("", location(now - 3600, 48.3, 16.37)).await;
    phone.publish("", location(now + 10 * 365 * 86_400, 48.4, 16.37)).await;
    phone.publish("", location(86_400, 48.5, 16.37)).await;
    phone.publish("", location(now + 60, 0.0, 0.0)).await;
    let marker = shown(&server, &token).await;
    assert_eq!(marker.0, crate::support::rfc3339(now));
    assert!((marker.1 - 48.2).abs() < 1e-9, "{marker:?}");
    assert_eq!(server.items("/api/v1/fixes?friend=ann", &token).await.len(), 5, "all are in the history");
    // The clock is right again, and the marker is not frozen.
    phone.publish("", location(now + 1, 48.6, 16.37)).await;
    assert!((shown(&server, &token).await.1 - 48.6).abs() < 1e-9);
}

#[tokio::test]
async fn a_last_will_marks_the_contact_as_lost_until_the_next_report() {
    let (home, ann, token, server) = a_phone("read").await;
    let mut options = Phone::options(server.broker(), &ann);
    let will = format!(r#"{{"_type":"lwt","tst":{}}}"#, now_s());
    options.set_last_will(LastWill::new(&ann.topic, will.clone(), QoS::AtLeastOnce, false));
    let mut phone = Phone::connect_with(options.clone(), &ann.topic).await.expect("is let in");
    phone.publish("", location(now_s(), 48.2, 16.37)).await;
    let lost = async || {
        let friends = server.items("/api/v1/friends", &token).await;
        friends[0]["devices"][0]["lost_at"].as_str().map(str::to_owned)
    };
    assert_eq!(lost().await, None);
    drop(phone);
    eventually("the contact is lost", lost).await;

    let mut phone = Phone::connect_with(options.clone(), &ann.topic).await.expect("is let in");
    phone.publish("", location(now_s() + 1, 48.2, 16.37)).await;
    assert_eq!(lost().await, None, "a report finds it again");
    phone.leave().await;

    // Somebody else's topic is not for a will, either.
    options.set_last_will(LastWill::new("owntracks/ben/phone", will, QoS::AtLeastOnce, true));
    drop(Phone::connect_with(options, &ann.topic).await.expect("is let in"));
    eventually("the will is refused", async || {
        let refused =
            home.count("SELECT count(*) FROM messages WHERE topic = 'owntracks/ben/phone' AND trouble = 1");
        (refused.await == 1).then_some(())
    })
    .await;
}

#[tokio::test]
async fn a_phone_that_was_away_gets_what_its_session_kept() {
    let home = Home::new();
    let ann = home.device("ann", "phone", &[]).await;
    let ben = home.device("ben", "phone", &[]).await;
    let server = home.serve().await;
    let mut options = Phone::options(server.broker(), &ben);
    options.set_clean_session(false);
    let mut away = Phone::connect_with(options.clone(), &ben.topic).await.expect("is let in");
    away.subscribe("owntracks/+/+").await;
    away.leave().await;
    let mut phone = Phone::connect(server.broker(), &ann).await;
    for second in 0..5 {
        phone.publish("", location(1_700_000_000 + second, 48.2, 16.37)).await;
    }
    let mut back = Phone::connect_with(options, &ben.topic).await.expect("is let in");
    for second in 0..5 {
        assert_eq!(back.receive().await.payload, location(1_700_000_000 + second, 48.2, 16.37));
    }
}

#[tokio::test]
async fn a_base_with_the_group_in_it_works_from_phone_to_phone() {
    let home = Home::new();
    let template = ["--topic-templates", "owntracks/{group}/{user}/{device}"];
    let add = async |friend: &str, group: &str| {
        home.device(friend, "phone", &[&["--group", group], &template[..]].concat()).await
    };
    let (ann, ben, cid) = (add("ann", "Family").await, add("ben", "Family").await, add("cid", "Club").await);
    assert_eq!(ann.topic, "owntracks/Family/ann/phone");
    let server = home.serve_with(&template).await;
    let mut of_ben = Phone::connect(server.broker(), &ben).await;
    let mut of_cid = Phone::connect(server.broker(), &cid).await;
    of_ben.subscribe("owntracks/#").await;
    of_cid.subscribe("owntracks/#").await;
    let mut of_ann = Phone::connect(server.broker(), &ann).await;
    of_ann.publish("", location(now_s(), 48.2, 16.37)).await;
    assert_eq!(of_ben.receive().await.topic, ann.topic);
    // What comes first to somebody of another group is their own.
    of_cid.publish("", location(now_s(), 48.3, 16.37)).await;
    assert_eq!(of_cid.receive().await.topic, cid.topic);
    assert_eq!(home.count("SELECT count(*) FROM fixes").await, 2);
    assert_eq!(home.count("SELECT count(*) FROM messages WHERE trouble").await, 0);
}

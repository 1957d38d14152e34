//! The embedded broker to a phone that speaks MQTT 5.

use crate::support::{Credentials, Home, Phone, Phone5, Server, eventually, location, now_s};
use rumqttc::v5::{
    ConnectionError, StateError,
    mqttbytes::{
        QoS,
        v5::{
            ConnectProperties, ConnectReturnCode, LastWill, LastWillProperties, Packet, PubAckReason,
            PubRecReason, PublishProperties,
        },
    },
};

async fn refusal(server: &Server, credentials: &Credentials) -> ConnectReturnCode {
    match Phone5::connect_with(Phone5::options(server.broker(), credentials)).await {
        Err(
            ConnectionError::ConnectionRefused(code)
            | ConnectionError::MqttState(StateError::ConnFail { reason: code }),
        ) => code,
        Err(error) => unreachable!("a CONNACK was expected, not {error}"),
        Ok(_) => unreachable!("this device must not be let in"),
    }
}

/// Waits until so many milliseconds have passed, because only time makes something expire.
async fn passed(milliseconds: i64) {
    let end = whereabouts::clock::now().as_millis() + milliseconds;
    eventually("time passes", async || (whereabouts::clock::now().as_millis() > end).then_some(())).await;
}

#[tokio::test]
async fn a_sign_in_is_answered_with_its_reason() {
    let home = Home::new();
    let ann = home.device("ann", "phone", &[]).await;
    let server = home.serve().await;
    let wrong = Credentials { password: "wrong".into(), ..ann.clone() };
    assert_eq!(refusal(&server, &wrong).await, ConnectReturnCode::BadUserNamePassword);
    let nobody = Credentials { username: "nobody".into(), ..ann.clone() };
    assert_eq!(refusal(&server, &nobody).await, ConnectReturnCode::BadUserNamePassword);
    let nameless = Phone5::options(server.broker(), &ann).broker_address();
    let nameless = rumqttc::v5::MqttOptions::new("x", nameless.0, nameless.1);
    let refused = Phone5::connect_with(nameless).await.err().expect("nobody comes in without a name");
    assert!(refused.to_string().contains("NotAuthorized"), "{refused}");

    let phone = Phone5::connect(server.broker(), &ann).await;
    let told = phone.greeting.properties.clone().expect("the broker says what it can");
    assert!(!phone.greeting.session_present);
    assert!(told.topic_alias_max.is_some_and(|most| most >= 8), "{told:?}");
    assert!(told.max_packet_size.is_some_and(|most| most >= 1 << 20), "{told:?}");
    assert!(told.receive_max.is_none_or(|most| most >= 500), "{told:?}");
}

#[tokio::test]
async fn what_is_acknowledged_is_committed() {
    let home = Home::new();
    let ann = home.device("ann", "phone", &[]).await;
    let server = home.serve().await;
    let mut phone = Phone5::connect(server.broker(), &ann).await;
    let count = async || home.count("SELECT count(*) FROM fixes").await;
    let start = now_s() - 1_000;
    assert_eq!(phone.publish(&ann.topic, &location(start, 48.2, 16.37)).await, PubAckReason::Success);
    assert_eq!(count().await, 1, "at the PUBACK");
    let received = phone.hand_over(&ann.topic, &location(start + 1, 48.2, 16.37)).await;
    assert_eq!(received, PubRecReason::Success);
    assert_eq!(count().await, 2, "at the PUBREC");
    while !matches!(phone.answer().await.expect("the connection stays"), Packet::PubComp(_)) {}
    let payload = location(start + 2, 48.2, 16.37);
    phone.send(&ann.topic, QoS::AtMostOnce, false, &payload, PublishProperties::default()).await;
    eventually("the message without acknowledgement is there too", async || {
        (count().await == 3).then_some(())
    })
    .await;
}

#[tokio::test]
async fn a_refused_message_is_answered_with_its_reason() {
    let home = Home::new();
    let (ann, ben) = (home.device("ann", "phone", &[]).await, home.device("ben", "phone", &[]).await);
    let server = home.serve().await;
    let mut phone = Phone5::connect(server.broker(), &ann).await;
    let lie = location(now_s(), 1.0, 1.0);
    assert_eq!(phone.publish(&ben.topic, &lie).await, PubAckReason::NotAuthorized);
    assert_eq!(phone.hand_over(&ben.topic, &lie).await, PubRecReason::NotAuthorized);
    assert_eq!(phone.publish(&ann.topic, &lie).await, PubAckReason::Success, "the connection stays");
    assert_eq!(home.count("SELECT count(*) FROM messages WHERE trouble = 1").await, 2, "it is in the log");
    assert_eq!(home.count("SELECT count(*) FROM fixes").await, 1);
}

#[tokio::test]
async fn properties_reach_the_friends_and_do_no_harm() {
    let home = Home::new();
    let (ann, ben) = (home.device("ann", "phone", &[]).await, home.device("ben", "phone", &[]).await);
    let server = home.serve().await;
    let mut friend = Phone5::connect(server.broker(), &ben).await;
    friend.subscribe("owntracks/+/+").await;
    let mut old = Phone::connect(server.broker(), &home.device("cid", "phone", &[]).await).await;
    old.subscribe("owntracks/+/+").await;
    let mut phone = Phone5::connect(server.broker(), &ann).await;
    let payload = location(now_s(), 48.2, 16.37);
    let properties = PublishProperties {
        payload_format_indicator: Some(1),
        content_type: Some("application/json".into()),
        user_properties: vec![("app".into(), "OwnTracks".into()), ("app".into(), "twice".into())],
        ..PublishProperties::default()
    };
    let acknowledged = phone.publish_with(&ann.topic, true, &payload, properties.clone()).await;
    assert_eq!(acknowledged, PubAckReason::Success);
    let heard = friend.receive().await;
    assert_eq!(heard.payload, payload);
    assert_eq!(heard.properties.expect("they are passed on").user_properties, properties.user_properties);
    assert_eq!(old.receive().await.payload, payload, "a client of MQTT 3.1.1 gets the message without");

    // And from the shelf.
    let mut late = Phone5::connect(server.broker(), &home.device("dan", "phone", &[]).await).await;
    late.subscribe("owntracks/+/+").await;
    let kept = late.receive().await;
    assert_eq!((kept.retain, &kept.payload[..]), (true, payload.as_bytes()));
    assert_eq!(kept.properties.expect("they are kept").user_properties, properties.user_properties);
}

#[tokio::test]
async fn a_phone_may_use_topic_aliases() {
    let home = Home::new();
    let (ann, ben) = (home.device("ann", "phone", &[]).await, home.device("ben", "phone", &[]).await);
    let token = home.token("read", &[]).await;
    let server = home.serve().await;
    let mut options = Phone5::options(server.broker(), &ben);
    options.set_topic_alias_max(Some(8));
    let mut friend = Phone5::connect_with(options).await.expect("is let in");
    friend.subscribe("owntracks/#").await;
    // They are not passed on: one who speaks MQTT 3.1.1 has none to pass.
    let cid = home.device("cid", "phone", &[]).await;
    let mut old = Phone::connect(server.broker(), &cid).await;
    for _ in 0..2 {
        old.publish("", location(now_s(), 48.2, 16.37)).await;
        assert_eq!(friend.receive().await.topic, cid.topic.as_bytes());
    }
    let mut phone = Phone5::connect(server.broker(), &ann).await;
    let alias = |number| PublishProperties { topic_alias: Some(number), ..PublishProperties::default() };
    // As the iPhone does: an alias for each sub-topic, 1 to 8, then the alias alone.
    for number in 1..=8 {
        let topic = if number == 1 { ann.topic.clone() } else { format!("{}/event", ann.topic) };
        for (topic, second) in [(topic.as_str(), 0), ("", 100)] {
            let payload = location(now_s() - 1000 + second + i64::from(number), 48.2, 16.37);
            let acknowledged = phone.publish_with(topic, false, &payload, alias(number)).await;
            assert_eq!(acknowledged, PubAckReason::Success);
        }
    }
    assert_eq!(server.items("/api/v1/fixes?friend=ann", &token).await.len(), 16);
    for number in 0..16 {
        let publish = friend.receive().await;
        let below = if number < 2 { "" } else { "/event" };
        assert_eq!(publish.topic, format!("{}{below}", ann.topic).as_bytes(), "message {number}");
    }
    // An alias can be given to another topic, and one that was never given is nobody's.
    let topic = format!("{}/info", ann.topic);
    let card = r#"{"_type":"card","name":"Ann"}"#;
    assert_eq!(phone.publish_with(&topic, false, card, alias(1)).await, PubAckReason::Success);
    assert_eq!(phone.publish_with("", false, card, alias(1)).await, PubAckReason::Success);
    assert_eq!(friend.receive().await.topic, topic.as_bytes());
    phone.send("", QoS::AtLeastOnce, false, card, alias(12)).await;
    while let Some(packet) = phone.answer().await {
        assert!(!matches!(packet, Packet::PubAck(_)), "a message without a topic is not acknowledged");
    }
}

#[tokio::test]
async fn a_last_will_waits_as_long_as_it_says() {
    let home = Home::new();
    let ann = home.device("ann", "phone", &[]).await;
    let server = home.serve().await;
    let will = |delay| {
        let properties = LastWillProperties {
            delay_interval: Some(delay),
            payload_format_indicator: None,
            message_expiry_interval: None,
            content_type: None,
            response_topic: None,
            correlation_data: None,
            user_properties: Vec::new(),
        };
        let payload = format!(r#"{{"_type":"lwt","tst":{}}}"#, now_s());
        LastWill::new(&ann.topic, payload, QoS::AtLeastOnce, false, Some(properties))
    };
    let connect = async |delay: u32| {
        let mut options = Phone5::options(server.broker(), &ann);
        options.set_last_will(will(delay)).set_clean_start(false);
        options.set_session_expiry_interval(Some(3600));
        Phone5::connect_with(options).await.expect("is let in")
    };
    // Back before the will's time: nobody hears of it.
    drop(connect(3600).await);
    let phone = connect(0).await;
    assert!(phone.greeting.session_present);
    assert_eq!(home.count("SELECT count(*) FROM messages").await, 0);
    drop(phone);
    eventually("the will is published", async || {
        (home.count("SELECT count(*) FROM messages").await == 1).then_some(())
    })
    .await;
    // A goodbye takes the will along.
    connect(0).await.leave().await;
    let mut phone = connect(0).await;
    phone.publish(&ann.topic, &location(now_s(), 48.2, 16.37)).await;
    assert_eq!(home.count("SELECT count(*) FROM messages").await, 2);
}

#[tokio::test]
async fn a_session_lives_as_long_as_the_phone_asked_for() {
    let home = Home::new();
    let (ann, ben) = (home.device("ann", "phone", &[]).await, home.device("ben", "phone", &[]).await);
    let server = home.serve().await;
    let connect = async |expiry_s: u32| {
        let mut options = Phone5::options(server.broker(), &ben);
        let mut properties = ConnectProperties::new();
        properties.session_expiry_interval = Some(expiry_s);
        options.set_clean_start(false).set_connect_properties(properties);
        Phone5::connect_with(options).await
    };
    let mut away = connect(3600).await.expect("is let in");
    away.subscribe("owntracks/+/+").await;
    away.leave().await;
    let mut phone = Phone5::connect(server.broker(), &ann).await;
    for second in 0..5 {
        phone.publish(&ann.topic, &location(1_700_000_000 + second, 48.2, 16.37)).await;
    }
    let mut back = connect(1).await.expect("is let in");
    assert!(back.greeting.session_present);
    for second in 0..5 {
        assert_eq!(back.receive().await.payload, location(1_700_000_000 + second, 48.2, 16.37));
    }
    back.leave().await;
    // A broker that is just ending a session lets nobody into it and none beside it; whoever comes then comes again.
    eventually("the session expires", async || {
        let present = connect(1).await.ok()?.greeting.session_present;
        if present {
            passed(1_500).await;
        }
        (!present).then_some(())
    })
    .await;
    eventually("no time at all: no session", async || {
        connect(0).await.ok()?.leave().await;
        (!connect(0).await.ok()?.greeting.session_present).then_some(())
    })
    .await;
    let asked_too_much = eventually("they are let in", async || connect(u32::MAX).await.ok()).await;
    let told = asked_too_much.greeting.properties.clone().expect("the broker says how long it keeps it");
    assert_eq!(told.session_expiry_interval, Some(7 * 24 * 3600));
}

#[tokio::test]
async fn a_message_past_its_time_is_not_delivered() {
    let home = Home::new();
    let (ann, ben) = (home.device("ann", "phone", &[]).await, home.device("ben", "phone", &[]).await);
    let server = home.serve().await;
    let mut options = Phone5::options(server.broker(), &ben);
    options.set_clean_start(false).set_session_expiry_interval(Some(3600));
    let mut away = Phone5::connect_with(options.clone()).await.expect("is let in");
    away.subscribe("owntracks/+/+").await;
    away.subscribe("owntracks/+/+/event").await;
    away.leave().await;
    let mut phone = Phone5::connect(server.broker(), &ann).await;
    let expiring = |seconds| PublishProperties {
        message_expiry_interval: Some(seconds),
        ..PublishProperties::default()
    };
    let event = format!("{}/event", ann.topic);
    phone.publish_with(&ann.topic, true, &location(1_700_000_000, 48.2, 16.37), expiring(1)).await;
    phone.publish_with(&event, false, "long", expiring(3600)).await;
    passed(1_100).await;
    let mut back = Phone5::connect_with(options).await.expect("is let in");
    let first = back.receive().await;
    assert_eq!(first.payload, "long");
    let left = first.properties.and_then(|told| told.message_expiry_interval).expect("the rest is told");
    assert!((3_000..3_600).contains(&left), "{left} s");
    // Nor from the shelf.
    let mut late = Phone5::connect(server.broker(), &home.device("cid", "phone", &[]).await).await;
    late.subscribe("owntracks/+/+").await;
    phone.publish(&ann.topic, &location(1_700_000_060, 48.2, 16.37)).await;
    assert_eq!(late.receive().await.payload, location(1_700_000_060, 48.2, 16.37));
}

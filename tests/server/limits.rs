//! What the operator allows of the embedded broker, and what happens to whoever wants more.

use crate::support::{Home, Phone, eventually, location, now_s};
use rumqttc::{ConnectReturnCode, ConnectionError, MqttOptions};

/// Settings for one more connection of the same device.
fn another(mut options: MqttOptions, number: usize) -> MqttOptions {
    let id = format!("{}-{number}", options.client_id());
    options.set_client_id(id);
    options
}

#[tokio::test]
async fn long_topics_and_large_payloads_are_refused_and_logged() {
    let home = Home::new();
    let ann = home.device("ann", "phone", &[]).await;
    let server = home
        .serve_with(&["--mqtt-max-payload", "2000", "--mqtt-max-topic", "100", "--mqtt-max-levels", "5"])
        .await;
    let mut phone = Phone::connect(server.broker(), &ann).await;
    let position = location(now_s(), 48.2, 16.37);
    let padded = position.replace('{', &format!("{{{}", " ".repeat(2000)));
    phone.publish(&format!("/{}", "x".repeat(100)), &position).await;
    phone.publish("/a/b/c", &position).await;
    phone.publish("", &padded).await;
    let refused = home.texts("SELECT verdict FROM messages WHERE trouble = 1 ORDER BY id").await;
    let too_long = "refused: this topic is longer than is allowed here";
    assert_eq!(refused, [too_long, too_long, "refused: this payload is larger than is allowed here"]);
    phone.publish("/a/b", &position).await;
    phone.publish("", &position).await;
    assert_eq!(home.count("SELECT count(*) FROM messages WHERE trouble = 1").await, 3);
    // What is larger still is not even read.
    assert!(phone.try_publish(&ann.topic, &vec![b' '; 1 << 20], false).await.is_err());
    Phone::connect(server.broker(), &ann).await.publish("", &position).await;
}

#[tokio::test]
async fn one_session_too_many_ends_the_oldest_of_that_device() {
    let home = Home::new();
    let (ann, ben) = (home.device("ann", "phone", &[]).await, home.device("ben", "phone", &[]).await);
    let server = home.serve_with(&["--mqtt-device-sessions", "2"]).await;
    let connect = async |number| {
        let options = another(Phone::options(server.broker(), &ann), number);
        Phone::connect_with(options, &ann.topic).await.expect("is let in")
    };
    let mut other = Phone::connect(server.broker(), &ben).await;
    let (mut first, mut second) = (connect(1).await, connect(2).await);
    first.publish("", location(now_s(), 48.2, 16.37)).await;
    let mut third = connect(3).await;
    first.cut_off().await;
    // The same client again is not one more.
    drop(second);
    second = connect(2).await;
    for phone in [&mut second, &mut third, &mut other] {
        phone.publish("", location(now_s(), 48.2, 16.37)).await;
    }
}

#[tokio::test]
async fn a_full_broker_says_so() {
    let home = Home::new();
    let (ann, ben) = (home.device("ann", "phone", &[]).await, home.device("ben", "phone", &[]).await);
    let server = home.serve_with(&["--mqtt-max-sessions", "1"]).await;
    let phone = Phone::connect(server.broker(), &ann).await;
    let refused = Phone::connect_with(Phone::options(server.broker(), &ben), &ben.topic).await.err();
    let Some(ConnectionError::ConnectionRefused(code)) = refused else { unreachable!("{refused:?}") };
    assert_eq!(code, ConnectReturnCode::ServiceUnavailable);
    phone.leave().await;
    eventually("there is room again", async || {
        Phone::connect_with(Phone::options(server.broker(), &ben), &ben.topic).await.ok()
    })
    .await;
}

#[tokio::test]
async fn whoever_is_too_fast_waits_and_loses_nothing() {
    const MESSAGES: i64 = 120;
    let home = Home::new();
    let (ann, ben) = (home.device("ann", "phone", &[]).await, home.device("ben", "phone", &[]).await);
    // A hundred at once, then ten a second.
    let server = home.serve_with(&["--mqtt-device-rate", "10"]).await;
    let now = || whereabouts::clock::now().as_millis();
    let mut hasty = Phone::connect(server.broker(), &ann).await;
    let (start, begun_at) = (now_s() - 10_000, now());
    for number in 0..MESSAGES {
        hasty.publish("", location(start + number, 48.2, 16.37)).await;
    }
    assert!(now() - begun_at >= 1_900, "twenty too many take two seconds, not {} ms", now() - begun_at);
    assert_eq!(home.count("SELECT count(*) FROM fixes").await, MESSAGES);
    let mut calm = Phone::connect(server.broker(), &ben).await;
    for number in 0..50 {
        calm.publish("", location(start + number, 48.2, 16.37)).await;
    }
    assert_eq!(home.count("SELECT count(*) FROM fixes").await, MESSAGES + 50);
}

#[tokio::test]
async fn a_limit_that_leaves_nothing_is_a_mistake() {
    let home = Home::new();
    for (flag, value) in [("mqtt-max-payload", "0"), ("mqtt-device-rate", "0"), ("mqtt-max-levels", "1")] {
        let ran = home.run(&["--data", "data", &format!("--{flag}"), value], "").await;
        assert_eq!(ran.code, Some(2), "{flag}: {}", ran.err);
        assert!(ran.err.contains(flag) && ran.err.contains("write a number from"), "{}", ran.err);
    }
}

//! Lines that fall silent and are cut, and the end on request: nothing acknowledged is lost, and no position doubled.

use crate::support::{Chance, Choir, Home, Mosquitto, Proxy, Transport, eventually};
use rumqttc::QoS;
use std::time::Duration;
use tokio::sync::watch;

/// How often a line is cut.
const CUTS: u64 = 20;
/// How long a line may be well, and silent.
const WELL: u64 = 100_000;
const SILENT: u64 = 60_000;
/// How often the server is asked to end.
const ENDS: u64 = 6;

/// Does everything that may happen to a line, often.
async fn torment(line: &Proxy, choir: &Choir, chance: &mut Chance) {
    for _ in 0..CUTS {
        choir.reaches(choir.total() + 1 + i64::try_from(chance.below(40)).expect("is small")).await;
        tokio::time::sleep(Duration::from_micros(chance.below(WELL))).await;
        line.fall_silent();
        tokio::time::sleep(Duration::from_micros(chance.below(SILENT))).await;
        line.cut();
    }
}

#[tokio::test]
async fn a_phone_whose_line_is_cut_loses_and_doubles_nothing() {
    let home = Home::new();
    let mut voices = Vec::new();
    for name in ["ann", "ben", "cid"] {
        voices.push((home.device(name, "phone", &[]).await, Transport::Mqtt(QoS::AtLeastOnce)));
    }
    let server = home.serve().await;
    let line = Proxy::to(server.broker()).await;
    let (_open, door) = watch::channel(Some(line.address));
    let mut choir = Choir::start(&voices, &door);
    let mut chance = Chance::new();
    torment(&line, &choir, &mut chance).await;
    let missing = choir.look(home.database().await, &chance.to_string()).await;
    assert_eq!(missing, 0, "acknowledged messages are lost, {chance}");
    choir.reaches(choir.total() + 10).await;
}

#[tokio::test]
async fn a_phone_that_posts_over_a_line_that_is_cut_loses_and_doubles_nothing() {
    let home = Home::new();
    let mut voices = Vec::new();
    for name in ["ann", "ben", "cid"] {
        voices.push((home.device(name, "phone", &[]).await, Transport::Http));
    }
    let server = home.serve().await;
    let line = Proxy::to(server.http).await;
    let (_open, door) = watch::channel(Some(line.address));
    let mut choir = Choir::start(&voices, &door);
    let mut chance = Chance::new();
    torment(&line, &choir, &mut chance).await;
    let missing = choir.look(home.database().await, &chance.to_string()).await;
    assert_eq!(missing, 0, "acknowledged messages are lost, {chance}");
    choir.reaches(choir.total() + 10).await;
}

#[tokio::test]
async fn the_line_to_an_outside_broker_may_be_cut_at_any_time() {
    let home = Home::new();
    let mosquitto = Mosquitto::start(&home, "log_type subscribe").await;
    let line = Proxy::to(mosquitto.address()).await;
    let url = format!("mqtt://{}", line.address);
    let _server = home.serve_with(&["--mqtt-url", &url, "--mqtt-listen", "off"]).await;
    eventually("we are subscribed", async || mosquitto.has_subscriber().then_some(())).await;
    let voices = ["ann", "ben", "cid"].map(|name| {
        (Mosquitto::anybody(&format!("owntracks/{name}/phone")), Transport::Mqtt(QoS::AtLeastOnce))
    });
    let mut chance = Chance::new();
    let (open, door) = watch::channel(None);
    let mut choir = Choir::start(&voices, &door);
    for _ in 0..CUTS {
        open.send_replace(Some(mosquitto.address()));
        choir.reaches(choir.total() + 1 + i64::try_from(chance.below(40)).expect("is small")).await;
        open.send_replace(None);
        tokio::time::sleep(Duration::from_micros(chance.below(WELL))).await;
        line.fall_silent();
        tokio::time::sleep(Duration::from_micros(chance.below(SILENT))).await;
        line.cut();
    }
    eventually(&format!("what Mosquitto has acknowledged arrives, {chance}"), async || {
        let missing = choir.look(home.database().await, &chance.to_string()).await;
        (missing == 0).then_some(())
    })
    .await;
}

#[tokio::test]
async fn the_end_on_request_loses_nothing_that_was_acknowledged() {
    let home = Home::new();
    let transports = [
        Transport::Mqtt(QoS::AtLeastOnce),
        Transport::Mqtt(QoS::ExactlyOnce),
        Transport::Mqtt(QoS::AtLeastOnce),
    ];
    let (mut phones, mut posting) = (Vec::new(), Vec::new());
    for (name, transport) in ["ann", "ben", "cid"].into_iter().zip(transports) {
        phones.push((home.device(name, "phone", &[]).await, transport));
    }
    posting.push((home.device("dan", "phone", &[]).await, Transport::Http));
    let ((broker, broker_door), (web, web_door)) = (watch::channel(None), watch::channel(None));
    let mut chance = Chance::new();
    let voices: Vec<_> = phones.into_iter().map(|voice| (voice, broker_door.clone())).collect();
    let voices = voices.into_iter().chain(posting.into_iter().map(|voice| (voice, web_door.clone())));
    let mut choir = Choir::of(voices);
    for round in 1..=ENDS {
        let server = home.serve().await;
        broker.send_replace(server.mqtt);
        web.send_replace(Some(server.http));
        choir.reaches(choir.total() + 20 + i64::try_from(chance.below(60)).expect("is small")).await;
        assert_eq!(server.stop().await.code(), Some(0), "{chance}");
        broker.send_replace(None);
        web.send_replace(None);
        let missing = choir.look(home.database().await, &format!("end {round}, {chance}")).await;
        assert_eq!(missing, 0, "acknowledged messages are lost at end {round}, {chance}");
    }
}

//! `kill -9` at any moment: an acknowledged message is a committed message, through each door.

use crate::support::{Chance, Choir, Credentials, Home, Mosquitto, Server, Transport, eventually};
use rumqttc::QoS;
use std::{net::SocketAddr, time::Duration};
use tokio::sync::watch;

/// How often the server is killed, for each door; another number may be given in the environment variable `KILLS`.
const KILLS: u64 = 50;
/// One of so many is killed before it is ready.
const EARLY_EVERY: u64 = 6;
/// Of these, how long after its start at the most.
const EARLY: u64 = 300_000;
/// Of the others, how long after some acknowledgements at the most: anywhere between two of them, or on the way to us.
const LATE: u64 = 30_000;

/// Kills the server again and again while `voices` publish; after each kill the file must be sound, and nothing in it torn. Returns how
/// many acknowledged messages were missing at the worst.
async fn siege(
    home: &Home,
    choir: &mut Choir,
    chance: &mut Chance,
    more: &[&str],
    open: impl Fn(Option<&Server>),
) -> usize {
    let kills = std::env::var("KILLS").map_or(KILLS, |kills| kills.parse().expect("KILLS is a number"));
    let mut worst = 0;
    for round in 1..=kills {
        if round % EARLY_EVERY == 0 {
            home.start_and_kill(more, Duration::from_micros(chance.below(EARLY))).await;
        } else {
            let server = home.serve_with(more).await;
            open(Some(&server));
            choir.reaches(choir.total() + 1 + i64::try_from(chance.below(60)).expect("is small")).await;
            tokio::time::sleep(Duration::from_micros(chance.below(LATE))).await;
            server.kill();
            open(None);
        }
        let copy = home.copied_database(&home.path("data")).await;
        let missing = choir.look(copy, &format!("after kill {round}, {chance}")).await;
        worst = worst.max(missing);
    }
    assert!(choir.total() > i64::try_from(kills).expect("is small"), "the senders were at work");
    worst
}

/// The same, when it is the server itself that acknowledges.
async fn nothing_is_lost(home: &Home, voices: &[(Credentials, Transport)], open: fn(&Server) -> SocketAddr) {
    let mut chance = Chance::new();
    let (door, address) = watch::channel(None);
    let mut choir = Choir::start(voices, &address);
    let opened = |server: Option<&Server>| {
        door.send_replace(server.map(open));
    };
    let missing = siege(home, &mut choir, &mut chance, &[], opened).await;
    assert_eq!(missing, 0, "acknowledged messages are lost, {chance}");
}

#[tokio::test]
async fn what_the_embedded_broker_acknowledged_survives_fifty_kills() {
    let home = Home::new();
    let mut voices = Vec::new();
    for (name, qos) in [
        ("ann", QoS::AtLeastOnce),
        ("ben", QoS::AtLeastOnce),
        ("cid", QoS::ExactlyOnce),
        ("dan", QoS::ExactlyOnce),
    ] {
        voices.push((home.device(name, "phone", &[]).await, Transport::Mqtt(qos)));
    }
    nothing_is_lost(&home, &voices, Server::broker).await;
}

#[tokio::test]
async fn what_was_answered_over_http_survives_fifty_kills() {
    let home = Home::new();
    let mut voices = Vec::new();
    for name in ["ann", "ben", "cid", "dan"] {
        voices.push((home.device(name, "phone", &[]).await, Transport::Http));
    }
    nothing_is_lost(&home, &voices, |server| server.http).await;
}

#[tokio::test]
async fn what_an_outside_broker_acknowledged_arrives_although_we_are_killed_fifty_times() {
    let home = Home::new();
    let mosquitto = Mosquitto::start(&home, "log_type subscribe").await;
    let url = mosquitto.url();
    let more = ["--mqtt-url", url.as_str(), "--mqtt-listen", "off"];
    // Our session there begins with the first subscription: from then on Mosquitto keeps what we have not acknowledged.
    let server = home.serve_with(&more).await;
    eventually("we are subscribed", async || mosquitto.has_subscriber().then_some(())).await;
    server.kill();
    let voices = ["ann", "ben", "cid"].map(|name| {
        (Mosquitto::anybody(&format!("owntracks/{name}/phone")), Transport::Mqtt(QoS::AtLeastOnce))
    });
    let mut chance = Chance::new();
    let (door, address) = watch::channel(None);
    let mut choir = Choir::start(&voices, &address);
    let opened = |server: Option<&Server>| {
        door.send_replace(server.map(|_| mosquitto.address()));
    };
    siege(&home, &mut choir, &mut chance, &more, opened).await;
    let _server = home.serve_with(&more).await;
    eventually(&format!("what Mosquitto has acknowledged arrives, {chance}"), async || {
        let missing = choir.look(home.database().await, &format!("at the end, {chance}")).await;
        (missing == 0).then_some(())
    })
    .await;
}

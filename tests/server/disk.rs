//! A disk that does not take what it is given, under a server that is at work: it neither lies nor stops, and goes on by itself.

use crate::support::{
    BESIDES, Choir, Credentials, DiskKind, Home, Server, Transport, circle, eventually, silence,
};
use rumqttc::QoS;
use sqlx::Connection;
use tokio::sync::watch;

/// What the doors say while the database does not write.
async fn assert_trouble(server: &Server, ann: &Credentials, token: &str) {
    eventually("it says that it is not ready", async || {
        (server.get("/readyz").send().await.status == 503).then_some(())
    })
    .await;
    eventually("a phone is told to come again", async || {
        let asking = server.post("/pub").basic(&ann.username, &ann.password).bytes(BESIDES.to_vec());
        let answer = asking.send().await;
        assert!([200, 503].contains(&answer.status.as_u16()), "{}", answer.status);
        (answer.status == 503 && !answer.header("retry-after").is_empty()).then_some(())
    })
    .await;
    let drawing = server.post("/api/v1/regions").bearer(token).json(&circle("Home", 48.2, 16.37, 100.0));
    drawing.send().await.assert_problem(503, None);
    assert_eq!(server.get("/healthz").send().await.status, 200, "it lives");
    assert_eq!(server.items("/api/v1/friends", token).await.len(), 5, "and it knows what it knew");
}

/// Three phones that publish, and one more device to ask with.
async fn friends(home: &Home) -> (Vec<(Credentials, Transport)>, Credentials, String) {
    let mut voices = Vec::new();
    for (name, qos) in [("ben", QoS::AtLeastOnce), ("cid", QoS::ExactlyOnce), ("dan", QoS::AtLeastOnce)] {
        voices.push((home.device(name, "phone", &[]).await, Transport::Mqtt(qos)));
    }
    let ann = home.device("ann", "phone", &[]).await;
    home.user("eve", &["--admin"]).await;
    let token = home.token("admin", &[]).await;
    (voices, ann, token)
}

async fn full(kind: DiskKind) {
    let home = Home::new();
    let (voices, ann, token) = friends(&home).await;
    let (server, disk) = home.serve_on(kind).await;
    let (_open, door) = watch::channel(server.mqtt);
    let mut choir = Choir::start(&voices, &door);
    for round in 0..2 {
        choir.reaches(choir.total() + 30).await;
        disk.fill();
        silence(&choir).await;
        assert_trouble(&server, &ann, &token).await;
        let missing = choir.look(home.copied_database(&disk.data).await, "while it is full").await;
        assert_eq!(missing, 0, "acknowledged messages are lost, round {round}");
        disk.free();
        choir.reaches(choir.total() + 30).await;
        eventually("it is ready", async || (server.get("/readyz").send().await.status == 200).then_some(()))
            .await;
    }
    drop(choir);
    assert_eq!(server.stop().await.code(), Some(0));
}

#[tokio::test]
async fn a_full_disk_loses_nothing_and_is_forgotten_once_there_is_room() {
    full(DiskKind::best()).await;
}

#[tokio::test]
async fn a_file_that_may_not_grow_loses_nothing_and_is_forgotten_once_it_may() {
    full(DiskKind::Limited).await;
}

#[tokio::test]
async fn a_database_that_is_locked_for_long_is_waited_for() {
    let home = Home::new();
    let (voices, ann, token) = friends(&home).await;
    let server = home.serve().await;
    let (_open, door) = watch::channel(server.mqtt);
    let mut choir = Choir::start(&voices, &door);
    choir.reaches(30).await;
    let mut other = home.database().await;
    let lock = other.begin_with("BEGIN IMMEDIATE").await.expect("nobody else has it for long");
    silence(&choir).await;
    assert_trouble(&server, &ann, &token).await;
    lock.rollback().await.expect("is given back");
    choir.reaches(choir.total() + 30).await;
    let missing = choir.look(other, "after it was locked").await;
    assert_eq!(missing, 0);
}

#[tokio::test]
async fn it_ends_on_request_although_the_database_is_locked() {
    let home = Home::new();
    let (voices, ..) = friends(&home).await;
    let server = home.serve().await;
    let (_open, door) = watch::channel(server.mqtt);
    let mut choir = Choir::start(&voices, &door);
    choir.reaches(30).await;
    let mut other = home.database().await;
    let lock = other.begin_with("BEGIN IMMEDIATE").await.expect("nobody else has it for long");
    silence(&choir).await;
    assert_eq!(server.stop().await.code(), Some(0));
    lock.rollback().await.expect("is given back");
    let missing = choir.look(other, "after the end").await;
    assert_eq!(missing, 0);
}

#[tokio::test]
async fn a_slow_disk_is_waited_for_and_loses_nothing() {
    let home = Home::new();
    let (mut voices, ann, token) = friends(&home).await;
    voices.push((ann, Transport::Http));
    let server = home.serve_on_a_slow_disk().await;
    let doors = [server.broker(), server.broker(), server.broker(), server.http];
    let (open, doors): (Vec<_>, Vec<_>) = doors.into_iter().map(|door| watch::channel(Some(door))).unzip();
    let mut choir = Choir::of(voices.into_iter().zip(doors));
    choir.reaches(100).await;
    assert_eq!(server.get("/readyz").send().await.status, 200, "slow is not broken");
    assert_eq!(server.items("/api/v1/friends", &token).await.len(), 5, "and reading goes on");
    // In the middle of a commit, most likely.
    server.kill();
    let copy = home.copied_database(&home.path("data")).await;
    assert_eq!(choir.look(copy, "after it was killed").await, 0);
    let server = home.serve_on_a_slow_disk().await;
    for (open, door) in open.iter().zip([server.broker(), server.broker(), server.broker(), server.http]) {
        open.send_replace(Some(door));
    }
    choir.reaches(choir.total() + 100).await;
    assert_eq!(server.stop().await.code(), Some(0));
    assert_eq!(choir.look(home.database().await, "after it ended").await, 0);
}

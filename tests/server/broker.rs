//! What an admin sees of the broker: sessions, refusals, the line to another broker; and the end of a connection.

use crate::support::{
    Credentials, Home, Mosquitto, Phone, Phone5, Server, eventually, form_urlencoded, location, now_s,
};
use domain::{Attempt, BrokerReport, BrokerSession};
use http::StatusCode;
use rumqttc::{ConnectReturnCode, ConnectionError, SubscribeReasonCode};

async fn report(server: &Server, cookie: &str) -> BrokerReport {
    let answer = server.get("/api/broker_report").cookie(cookie).send().await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.text());
    serde_json::from_slice(&answer.body).expect("is a report")
}

/// Waits until the only session is as it should be.
async fn session_that(
    server: &Server,
    cookie: &str,
    what: &str,
    is: impl Fn(&BrokerSession) -> bool,
) -> BrokerSession {
    eventually(what, async || {
        let mut sessions = report(server, cookie).await.sessions;
        sessions.retain(&is);
        sessions.pop()
    })
    .await
}

fn wrong(credentials: &Credentials) -> Credentials {
    Credentials {
        username: credentials.username.clone(),
        password: "geheim".to_owned(),
        topic: credentials.topic.clone(),
    }
}

#[tokio::test]
async fn a_client_is_listed_with_what_it_listens_to_and_said_last() {
    let home = Home::new();
    let ann = home.device("ann", "phone", &[]).await;
    home.user("ann", &["--admin"]).await;
    let server = home.serve().await;
    let cookie = server.sign_in("ann").await;
    let nobody = report(&server, &cookie).await;
    assert!(nobody.open && nobody.sessions.is_empty() && nobody.bridge.is_none(), "{nobody:?}");

    let mut phone = Phone::connect(server.broker(), &ann).await;
    let fresh = session_that(&server, &cookie, "it is listed", |session| session.last_out.is_some()).await;
    assert_eq!(fresh.last_in.map(|packet| packet.kind).as_deref(), Some("CONNECT"));
    phone.subscribe("owntracks/+/+").await;
    phone.publish("", location(now_s(), 48.2, 16.37)).await;
    let is_told = |session: &BrokerSession| {
        session.last_in.as_ref().is_some_and(|packet| matches!(&*packet.kind, "PUBLISH" | "PUBACK"))
    };
    let session = session_that(&server, &cookie, "its message is noted", is_told).await;
    assert_eq!((session.username.as_str(), session.device_name.as_deref()), ("ann", Some("phone")));
    assert_eq!((session.version.as_str(), session.keep_alive_s), ("3.1.1", 30));
    assert!(session.connected && !session.persistent && !session.tls, "{session:?}");
    assert!(session.address.is_some_and(|address| address.starts_with("127.0.0.1:")));
    let listens = session.subscriptions.iter().map(|one| (one.filter.as_str(), one.qos)).collect::<Vec<_>>();
    assert_eq!(listens, [("owntracks/+/+", 1)]);
    assert!((session.since.as_millis() / 1000 - now_s()).abs() < 60, "{:?}", session.since);
}

#[tokio::test]
async fn an_ended_connection_leaves_its_session_and_an_absent_session_is_forgotten() {
    let home = Home::new();
    let ann = home.device("ann", "phone", &[]).await;
    home.user("ann", &["--admin"]).await;
    let server = home.serve().await;
    let cookie = server.sign_in("ann").await;
    let mut options = Phone::options(server.broker(), &ann);
    options.set_clean_session(false);
    let client_id = options.client_id();
    let mut phone = Phone::connect_with(options, &ann.topic).await.expect("is let in");
    phone.subscribe("owntracks/#").await;
    let end = async || {
        let form = form_urlencoded(&[("username", "ann"), ("client_id", &client_id)]);
        server.post("/api/end_connection").cookie(&cookie).form(form).send().await.status
    };
    assert!(end().await.is_success());
    phone.cut_off().await;
    let kept = session_that(&server, &cookie, "it is away", |session| !session.connected).await;
    assert!(kept.persistent && kept.subscriptions.len() == 1, "{kept:?}");
    assert!(end().await.is_success());
    eventually("the session is forgotten", async || {
        report(&server, &cookie).await.sessions.is_empty().then_some(())
    })
    .await;
    assert_eq!(end().await, StatusCode::NOT_FOUND);
    // It is welcome again.
    Phone::connect(server.broker(), &ann).await.publish("", location(now_s(), 48.2, 16.37)).await;
}

#[tokio::test]
async fn who_is_refused_what_is_told_newest_first_and_without_secrets() {
    let home = Home::new();
    let ann = home.device("ann", "phone", &[]).await;
    home.user("ann", &["--admin"]).await;
    let server = home.serve_with(&["--mqtt-max-levels", "5"]).await;
    let cookie = server.sign_in("ann").await;
    let refused = Phone::connect_with(Phone::options(server.broker(), &wrong(&ann)), &ann.topic).await.err();
    let Some(ConnectionError::ConnectionRefused(code)) = refused else { unreachable!("{refused:?}") };
    assert_eq!(code, ConnectReturnCode::BadUserNamePassword);
    let mut phone = Phone::connect(server.broker(), &ann).await;
    phone.try_publish("owntracks/tom/phone", b"secret payload", false).await.expect("is acknowledged");
    assert_eq!(phone.subscribe("a/b/c/d/e/f").await, [SubscribeReasonCode::Failure]);
    for number in 0..100 {
        phone.subscribe(&format!("many/{number}")).await;
    }
    assert_eq!(phone.subscribe("many/100").await, [SubscribeReasonCode::Failure]);
    assert_ne!(phone.subscribe("many/99").await, [SubscribeReasonCode::Failure], "it has that one already");

    let answer = server.get("/api/broker_report").cookie(&cookie).send().await;
    assert!(!answer.text().contains("geheim") && !answer.text().contains("secret payload"));
    let refusals = report(&server, &cookie).await.refusals;
    let told: Vec<_> = refusals
        .iter()
        .map(|refused| (refused.attempt, refused.topic.as_deref(), &*refused.reason))
        .collect();
    let expected = [
        (Attempt::Subscribe, Some("many/100"), "there are too many subscriptions in this session"),
        (Attempt::Subscribe, Some("a/b/c/d/e/f"), "this filter has more levels than are allowed here"),
        (Attempt::Publish, Some("owntracks/tom/phone"), "the topic is not below its own"),
        (Attempt::SignIn, None, "user name or password is wrong"),
    ];
    assert_eq!(told, expected);
    assert!(refusals.iter().all(|refused| refused.username == "ann"), "{refusals:?}");
    assert!(refusals.iter().all(|refused| refused.address.is_some()), "{refusals:?}");
}

#[tokio::test]
async fn a_client_of_mqtt_5_is_told_that_it_asks_for_too_much_and_stays() {
    let home = Home::new();
    let ann = home.device("ann", "phone", &[]).await;
    home.user("ann", &["--admin"]).await;
    let server = home.serve().await;
    let cookie = server.sign_in("ann").await;
    let mut phone = Phone5::connect(server.broker(), &ann).await;
    phone.subscribe("owntracks/#").await;
    let session = session_that(&server, &cookie, "it is listed", |session| session.version == "5").await;
    assert_eq!(session.subscriptions.len(), 1);
    phone.subscribe(&"x/".repeat(40)).await;
    eventually("the refusal is told", async || {
        report(&server, &cookie)
            .await
            .refusals
            .into_iter()
            .find(|refused| refused.attempt == Attempt::Subscribe)
    })
    .await;
    phone.publish(&ann.topic, &location(now_s(), 48.2, 16.37)).await;
}

#[tokio::test]
async fn the_line_to_an_outside_broker_is_told_with_what_went_wrong_last() {
    let home = Home::new();
    home.user("ann", &["--admin"]).await;
    let mut outside = Mosquitto::start(&home, "").await;
    let server = home.serve_behind(&outside).await;
    let cookie = server.sign_in("ann").await;
    let line_that = async |what: &str, connected: bool| {
        eventually(what, async || {
            report(&server, &cookie).await.bridge.filter(|line| line.connected == connected)
        })
        .await
    };
    let line = line_that("it is connected", true).await;
    assert_eq!(line.broker, outside.address().to_string());
    outside.stop().await;
    let lost = line_that("it is lost", false).await;
    assert!(lost.last_error.is_some() && lost.since >= line.since, "{lost:?}");
    outside.start_again().await;
    assert!(line_that("it is back", true).await.last_error.is_some());
}

#[tokio::test]
async fn only_admins_see_the_broker_and_those_of_a_group_only_its_own() {
    let home = Home::new();
    let ann = home.device("ann", "phone", &["--group", "Family"]).await;
    let cid = home.device("cid", "phone", &["--group", "Club"]).await;
    home.user("ann", &["--admin"]).await;
    home.user("cid", &["--admin"]).await;
    home.user("ben", &["--group", "Family"]).await;
    let server = home.serve().await;
    let (of_ann, of_cid, of_ben) =
        (server.sign_in("ann").await, server.sign_in("cid").await, server.sign_in("ben").await);
    let _phones = [Phone::connect(server.broker(), &ann).await, Phone::connect(server.broker(), &cid).await];
    let mut stranger = wrong(&ann);
    stranger.username = "mallory".to_owned();
    for credentials in [wrong(&ann), wrong(&cid), stranger] {
        let options = Phone::options(server.broker(), &credentials);
        assert!(Phone::connect_with(options, &credentials.topic).await.is_err());
    }
    for (cookie, name) in [(&of_ann, "ann"), (&of_cid, "cid")] {
        let seen = report(&server, cookie).await;
        let names: Vec<_> = seen.sessions.iter().map(|session| session.username.as_str()).collect();
        assert_eq!(names, [name]);
        let names: Vec<_> = seen.refusals.iter().map(|refused| refused.username.as_str()).collect();
        assert_eq!(names, [name], "a stranger is for who sees everything");
    }
    let form = || form_urlencoded(&[("username", "cid"), ("client_id", "owntracks-cid-phone")]);
    let end =
        async |cookie: &str| server.post("/api/end_connection").cookie(cookie).form(form()).send().await;
    assert_eq!(end(&of_ann).await.status, StatusCode::NOT_FOUND, "not of her group");
    assert_eq!(end(&of_ben).await.status, StatusCode::FORBIDDEN);
    assert_eq!(end("").await.status, StatusCode::UNAUTHORIZED);
    let foreign = server.post("/api/end_connection").cookie(&of_cid).form(form());
    let foreign = foreign.header(http::header::ORIGIN, "https://evil.example").send().await;
    assert_eq!(foreign.status, StatusCode::FORBIDDEN);
    assert_eq!(server.get("/api/broker_report").cookie(&of_ben).send().await.status, StatusCode::FORBIDDEN);
    assert_eq!(server.get("/api/broker_report").send().await.status, StatusCode::UNAUTHORIZED);
    assert!(server.get("/admin/broker").send().await.status.is_redirection());
    assert_eq!(report(&server, &of_cid).await.sessions.len(), 1, "nobody was ended");
}

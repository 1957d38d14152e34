//! `OwnTracks`' HTTP mode.

use crate::support::{Home, a_phone, location, now_s};
use http::{Method, header::HeaderName};

#[tokio::test]
async fn a_post_is_answered_after_the_commit_with_an_empty_list() {
    let home = Home::new();
    let ann = home.device("ann", "phone", &[]).await;
    let server = home.serve().await;
    let now = now_s();
    let posting = |second: i64| {
        let body = location(second, 48.2, 16.37).into_bytes();
        server.post("/pub?u=ann&d=phone").basic(&ann.username, &ann.password).bytes(body)
    };
    for second in 0..10 {
        let answer = posting(now - second).send().await;
        assert_eq!((answer.status.as_u16(), answer.text().as_str()), (200, "[]"));
        assert!(answer.header("content-type").starts_with("application/json"));
    }
    server.kill();
    assert_eq!(home.count("SELECT count(*) FROM fixes").await, 10);
}

#[tokio::test]
async fn wrong_credentials_are_401_and_leave_nothing() {
    let home = Home::new();
    let ann = home.device("ann", "phone", &[]).await;
    home.user("ben", &[]).await;
    let server = home.serve().await;
    let body = || location(now_s(), 48.2, 16.37).into_bytes();
    let name = |text: &'static str| HeaderName::from_static(text);
    let wrong = [
        server.post("/pub"),
        server.post("/pub").basic("ann", "wrong"),
        server.post("/pub").basic("", ""),
        server.post("/pub").basic("ben", crate::support::PASSWORD),
        server.post("/pub").basic("nobody", &ann.password),
        server.post("/pub").bearer(&ann.password),
        server.post("/pub").header(name("authorization"), "Basic !!!"),
        server.post("/pub").header(name("authorization"), "Basic YW5u"),
        server.post(&format!("/pub?u=ann&d=phone&p={}", ann.password)),
        server.post("/pub").header(name("x-limit-u"), "ann").header(name("x-limit-d"), "phone"),
    ];
    for (number, question) in wrong.into_iter().enumerate() {
        let answer = question.bytes(body()).send().await;
        assert_eq!(answer.status.as_u16(), 401, "question {number}");
        assert!(answer.header("www-authenticate").starts_with("Basic"), "question {number}");
    }
    assert_eq!(home.count("SELECT count(*) FROM messages").await, 0);
}

#[tokio::test]
async fn the_credentials_say_whose_message_it_is_and_nothing_else_does() {
    let home = Home::new();
    let ann = home.device("ann", "phone", &[]).await;
    home.device("ben", "phone", &[]).await;
    let token = home.token("read", &[]).await;
    let server = home.serve().await;
    let lie = serde_json::json!({"_type": "location", "lat": 48.2, "lon": 16.37, "acc": 10, "tst": now_s(),
                                 "topic": "owntracks/ben/phone", "tid": "be"});
    let posted = server
        .post("/pub?u=ben&d=phone")
        .header(HeaderName::from_static("x-limit-u"), "ben")
        .header(HeaderName::from_static("x-limit-d"), "phone")
        .basic(&ann.username, &ann.password)
        .json(&lie);
    assert_eq!(posted.send().await.status, 200);
    assert_eq!(server.items("/api/v1/fixes?friend=ann", &token).await.len(), 1);
    assert!(server.items("/api/v1/fixes?friend=ben", &token).await.is_empty());
}

#[tokio::test]
async fn a_body_of_a_megabyte_is_taken_and_one_of_two_is_413() {
    let home = Home::new();
    let ann = home.device("ann", "phone", &[]).await;
    let server = home.serve().await;
    let posting =
        |bytes: usize| server.post("/pub").basic(&ann.username, &ann.password).bytes(vec![b' '; bytes]);
    assert_eq!(posting(1 << 20).send().await.status, 200);
    assert_eq!(posting(2 << 20).send().await.status, 413);
    assert_eq!(posting(10).send().await.status, 200, "the server is fine");
    assert_eq!(home.count("SELECT count(*) FROM messages").await, 2);
}

#[tokio::test]
async fn an_array_is_several_messages() {
    let (_home, ann, token, server) = a_phone("read").await;
    let now = now_s();
    let many = format!("[{},{}]", location(now - 1, 48.2, 16.37), location(now, 48.3, 16.37));
    let posted = server.post("/pub").basic(&ann.username, &ann.password).bytes(many.into_bytes());
    assert_eq!(posted.send().await.status, 200);
    assert_eq!(server.items("/api/v1/fixes?friend=ann", &token).await.len(), 2);
}

#[tokio::test]
async fn there_is_only_one_way_to_publish_and_it_never_leads_elsewhere() {
    let home = Home::new();
    let ann = home.device("ann", "phone", &[]).await;
    let server = home.serve().await;
    for method in [Method::GET, Method::PUT, Method::DELETE, Method::HEAD] {
        let answer = server.ask(method.clone(), "/pub").basic(&ann.username, &ann.password).send().await;
        assert_eq!(answer.status.as_u16(), 405, "{method}");
    }
    let asked = server.post("/pub/").basic(&ann.username, &ann.password).bytes(b"{}".to_vec());
    let status = asked.send().await.status;
    assert!(status.is_client_error(), "{status}: a redirect would lose the message");
}

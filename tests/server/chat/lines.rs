//! Messages between friends on the live line: every session of who sent one and of who got it hears of it, and nobody else.

use super::called;
use crate::support::{Home, Live, Server, circle};
use domain::{
    ChatId,
    chat::ChatMessage,
    live::{Change, LiveMessage},
};
use http::Method;
use serde_json::{Value, json};

async fn send(server: &Server, cookie: &str, number: u32, to: Value) {
    let body = json!({"client_id": called(number), "to": to, "text": "bread!"});
    let answer = server.post("/api/v1/messages").cookie(cookie).json(&body).send().await;
    assert_eq!(answer.status, 201, "{}", answer.text());
}

/// What a line says next of messages: each as it stands, and how many are unread.
async fn told(live: &mut Live) -> (Vec<ChatMessage>, Option<u32>) {
    loop {
        let changes = live.delta().await.changes;
        let (mut messages, mut unread) = (Vec::new(), None);
        for change in changes {
            if let Change::Chat(message) = change {
                messages.push(*message);
            } else if let Change::Unread(count) = change {
                unread = Some(count);
            }
        }
        if !messages.is_empty() || unread.is_some() {
            return (messages, unread);
        }
    }
}

/// The message that is told next, alone.
async fn one(live: &mut Live) -> (ChatMessage, Option<u32>) {
    let (mut messages, unread) = told(live).await;
    assert_eq!(messages.len(), 1, "{messages:?}");
    (messages.remove(0), unread)
}

/// The message that a line says next is gone.
async fn gone(live: &mut Live) -> ChatId {
    loop {
        let mut changes = live.delta().await.changes.into_iter();
        let id = changes.find_map(|change| if let Change::ChatGone(id) = change { Some(id) } else { None });
        if let Some(id) = id {
            return id;
        }
    }
}

#[tokio::test]
async fn each_session_of_both_hears_of_it_and_nobody_else_does() {
    let home = Home::new();
    for name in ["ann", "ben", "cid"] {
        home.user(name, &["--group", "Family"]).await;
    }
    home.user("ada", &["--group", "Family", "--admin"]).await;
    home.user("eve", &["--group", "Other", "--admin"]).await;
    let admins =
        [home.token("admin", &["--user", "ada"]).await, home.token("admin", &["--user", "eve"]).await];
    let server = home.serve().await;
    let (ann, ben) = (server.sign_in("ann").await, server.sign_in("ben").await);
    let mut lines = Vec::new();
    for name in ["ann", "ben", "ben", "cid", "ada", "eve"] {
        let cookie = server.sign_in(name).await;
        let mut live = Live::of(&server, &cookie).await;
        assert_eq!(live.snapshot().await.unread, 0);
        lines.push(live);
    }
    let mut others = lines.split_off(3);
    let [anns, first, second] = &mut lines[..] else { unreachable!("there are three") };

    send(&server, &ann, 1, json!({"friend": "ben"})).await;
    let (message, _) = one(anns).await;
    assert!(message.is_own() && message.deliveries.len() == 1);
    for line in [&mut *first, &mut *second] {
        let (got, unread) = one(line).await;
        assert_eq!((got.id, unread, got.is_unread(), got.deliveries.len()), (message.id, Some(1), true, 0));
        assert_eq!((got.client_id, got.text.as_str()), (None, "bread!"));
    }
    // He reads it in one of them: the other one knows, and so does she.
    let reads = server.ask(Method::PUT, "/api/v1/messages/read").cookie(&ben);
    let reads = reads.json(&json!({"ids": [message.id.to_string()]})).send().await;
    assert_eq!(reads.status, 204);
    for line in [&mut *first, &mut *second] {
        let (got, unread) = one(line).await;
        assert!(got.read_at.is_some() && unread == Some(0), "{got:?}");
    }
    let (known, _) = one(anns).await;
    assert!(known.deliveries[0].delivered_at.is_some() && known.deliveries[0].read_at.is_some());
    // What is said twice changes nothing; what is deleted is gone in all of them.
    let path = format!("/api/v1/messages/{}", message.id);
    assert_eq!(server.ask(Method::DELETE, &path).cookie(&ann).send().await.status, 204);
    for line in [anns, first, second] {
        assert_eq!(gone(line).await, message.id);
    }

    // Whatever the others were told meanwhile, it was never that.
    for (token, name) in admins.iter().zip(["Mark of all", "Mark of the others"]) {
        server.draw(token, &circle(name, 1.0, 1.0, 100.0)).await;
    }
    for live in &mut others {
        loop {
            let message = live.message().await;
            let LiveMessage::Delta(delta) = message else { continue };
            let is_chat =
                |change: &Change| matches!(change, Change::Chat(_) | Change::ChatGone(_) | Change::Unread(_));
            assert!(!delta.changes.iter().any(is_chat), "{delta:?}");
            if delta.changes.iter().any(|change| matches!(change, Change::Region(_))) {
                break;
            }
        }
    }
}

#[tokio::test]
async fn what_is_over_is_gone_from_pages_and_the_database_and_who_returns_finds_what_is_unread() {
    let home = Home::new();
    for name in ["ann", "ben"] {
        home.user(name, &["--group", "Family"]).await;
    }
    let server = home.serve().await;
    let (ann, ben) = (server.sign_in("ann").await, server.sign_in("ben").await);
    send(&server, &ann, 1, json!({"friend": "ben"})).await;
    let mut bens = Live::of(&server, &ben).await;
    assert_eq!(bens.snapshot().await.unread, 1);
    // Somebody with more time than this test would wait until then.
    let mut database = home.database().await;
    sqlx::query("UPDATE chats SET ends_at = 1000").execute(&mut database).await.expect("is written");
    bens.snapshot().await;
    gone(&mut bens).await;
    assert_eq!(home.count("SELECT count(*) FROM chats").await, 0);
    assert_eq!(home.count("SELECT count(*) FROM chat_deliveries").await, 0);
    let again = server.get("/api/v1/messages").cookie(&ben).send().await.json();
    assert_eq!(again["items"], json!([]));
}

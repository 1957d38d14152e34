//! What the page for messages asks and sends: for whom it is, once, as text, and for nobody else.

use super::called;
use crate::support::{Answer, Home, Server, form_urlencoded};
use http::header;
use serde_json::Value;

async fn post(server: &Server, cookie: &str, path: &str, fields: &[(&str, &str)]) -> Answer {
    server.post(path).cookie(cookie).form(form_urlencoded(fields)).send().await
}

async fn ask(server: &Server, cookie: &str, path: &str) -> Answer {
    server.get(path).cookie(cookie).send().await
}

/// The identifier of a friend as a page has it.
async fn id(server: &Server, cookie: &str, name: &str) -> String {
    let friends = ask(server, cookie, "/api/v1/friends").await.json();
    let items = friends["items"].as_array().expect("is a list");
    let known = items.iter().find(|friend| friend["name"] == name).expect("is there");
    known["id"].as_str().expect("has an identifier").to_owned()
}

/// The messages of a thread, as the page is answered.
async fn thread(server: &Server, cookie: &str, word: &str) -> Vec<Value> {
    let answer = ask(server, cookie, &format!("/api/chat_thread?thread={word}")).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    answer.json()["messages"]["items"].as_array().cloned().expect("is a list")
}

#[tokio::test]
async fn what_one_writes_on_the_page_is_read_by_whom_it_is_for_once_and_by_nobody_else() {
    let home = Home::new();
    for name in ["ann", "ben", "cid"] {
        home.user(name, &["--group", "Family"]).await;
    }
    home.user("ada", &["--group", "Family", "--admin"]).await;
    home.user("eve", &["--group", "Other", "--admin"]).await;
    let server = home.serve().await;
    let (ann, ben) = (server.sign_in("ann").await, server.sign_in("ben").await);
    let (her, his) = (id(&server, &ben, "ann").await, id(&server, &ann, "ben").await);
    let (her, his) = (format!("friend-{her}"), format!("friend-{his}"));

    let name = called(1);
    let fields = [("client_id", &*name), ("to", &*his), ("text", "<b>bread</b>\r\nPlutonium")];
    for _ in 0..2 {
        assert_eq!(
            post(&server, &ann, "/api/send_chat", &fields).await.status,
            200,
            "it is the same message"
        );
    }
    let sent = thread(&server, &ann, &his).await;
    assert_eq!(sent.len(), 1);
    assert_eq!(sent[0]["text"], "<b>bread</b>\nPlutonium");
    assert!(sent[0]["deliveries"][0]["delivered_at"].is_null());

    // What he gets he confirms; she reads it.
    let came = ask(&server, &ben, "/api/chat_new").await.json();
    let message = came[0]["id"].as_str().expect("has an identifier").to_owned();
    assert_eq!((came.as_array().map(Vec::len), &came[0]["client_id"]), (Some(1), &Value::Null));
    for (what, member) in [("delivered", "delivered_at"), ("read", "read_at")] {
        let confirms = [("ids", &*message), ("what", what)];
        assert_eq!(post(&server, &ben, "/api/confirm_chat", &confirms).await.status, 200);
        let sent = thread(&server, &ann, &his).await;
        assert!(!sent[0]["deliveries"][0][member].is_null(), "{sent:?}");
    }
    let page = ask(&server, &ben, &format!("/messages?with={}", her.trim_start_matches("friend-"))).await;
    assert!(page.text().contains("&lt;b>bread") || page.text().contains("&lt;b&gt;bread"), "it is text");
    assert!(!page.text().contains("<b>bread"));

    // Nobody else has any of it, wherever they ask.
    for other in ["cid", "ada", "eve"] {
        let cookie = server.sign_in(other).await;
        for path in [
            "/messages".to_owned(),
            format!("/messages?with={}", his.trim_start_matches("friend-")),
            "/messages?find=plutonium".to_owned(),
            "/api/chat_threads?find=".to_owned(),
            "/api/chat_threads?find=plutonium".to_owned(),
            format!("/api/chat_thread?thread={his}"),
            format!("/api/chat_thread?thread={her}"),
            "/api/chat_new".to_owned(),
        ] {
            let answer = ask(&server, &cookie, &path).await;
            assert!(answer.status.as_u16() < 500 && !answer.text().contains("Plutonium"), "{other}: {path}");
        }
        let gone = post(&server, &cookie, "/api/delete_chat", &[("id", &message)]).await;
        assert_eq!(gone.status, 404, "{other}");
    }
    let eve = server.sign_in("eve").await;
    assert_eq!(ask(&server, &eve, &format!("/api/chat_thread?thread={her}")).await.status, 404);
    assert_eq!(ask(&server, &eve, &format!("/api/chat_reach?to={her}")).await.status, 404);
    assert_eq!(post(&server, &eve, "/api/block_friend", &[("friend", &her[7..])]).await.status, 404);
    for path in ["/api/chat_threads?find=", "/api/chat_new", "/api/chat_reach?to=here"] {
        assert_eq!(server.get(path).send().await.status, 401, "{path}");
    }

    // Deleted by who sent it, it is gone for both.
    assert_eq!(post(&server, &ann, "/api/delete_chat", &[("id", &message)]).await.status, 200);
    assert_eq!((thread(&server, &ann, &his).await.len(), thread(&server, &ben, &her).await.len()), (0, 0));
}

#[tokio::test]
async fn a_form_without_script_comes_back_to_its_thread_or_says_what_is_wrong_and_keeps_the_text() {
    let home = Home::new();
    for name in ["ann", "ben"] {
        home.user(name, &["--group", "Family"]).await;
    }
    let server = home.serve().await;
    let ann = server.sign_in("ann").await;
    let his = id(&server, &ann, "ben").await;
    let name = called(1);
    let form = async |fields: &[(&str, &str)]| {
        let asked = server.post("/api/send_chat").cookie(&ann).header(header::ACCEPT, "text/html");
        let asked = asked.header(header::REFERER, &format!("{}/messages?new", "http://localhost"));
        asked.form(form_urlencoded(fields)).send().await
    };
    let to = format!("friend-{his}");
    let sent = form(&[("client_id", &name), ("to", &to), ("text", "hello")]).await;
    assert_eq!(sent.status, 302, "{}", sent.text());
    assert_eq!(sent.header("location"), format!("/messages?with={his}"));

    // The beginning of what is refused: the rest is told on the page that it leads to.
    let refused = form(&[("client_id", &called(2)), ("to", "here"), ("text", "anybody?")]).await;
    assert_eq!(refused.status, 302);
    assert!(refused.header("location").contains("__err"), "{}", refused.header("location"));
    for (fields, field) in [
        ([("to", ""), ("text", "x"), ("region", "")], "to"),
        ([("to", "region"), ("text", "x"), ("region", "")], "region"),
        ([("to", "here"), ("text", "x"), ("region", "")], "to"),
        ([("to", &*to), ("text", " "), ("region", "")], "text"),
    ] {
        let number = called(3);
        let fields: Vec<_> = fields.into_iter().chain([("client_id", &*number)]).collect();
        let answer = post(&server, &ann, "/api/send_chat", &fields).await;
        assert_eq!(answer.status, 422, "{field}: {}", answer.text());
        assert_eq!(answer.json()["Invalid"]["field"], field);
    }
    let again = [("client_id", &*name), ("to", &*to), ("text", "otherwise")];
    let again = post(&server, &ann, "/api/send_chat", &again).await;
    assert_eq!((again.status.as_u16(), &again.json()["Conflict"]["field"]), (409, &Value::from("client_id")));
}

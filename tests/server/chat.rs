//! Messages between friends over the interface: sent once, delivered, read, found, deleted, and for nobody else. Those that go by where people are
//! are in `chat/places.rs`, the log of a friend is in `chat/diary.rs`, the live line is in `chat/lines.rs`, the page in `chat/page.rs`.

mod diary;
mod lines;
mod page;
mod places;

use crate::support::{Answer, Home, Server, eventually, in_time};
use http::Method;
use serde_json::{Value, json};

/// What somebody calls their message of that number.
fn called(number: u32) -> String {
    format!("00000000-0000-4000-8000-{number:012}")
}

async fn send(server: &Server, token: &str, number: u32, to: Value, text: &str) -> Answer {
    let body = json!({"client_id": called(number), "to": to, "text": text});
    server.post("/api/v1/messages").bearer(token).json(&body).send().await
}

/// Sends a message, which must go, and returns its identifier.
async fn sent(server: &Server, token: &str, number: u32, to: Value, text: &str) -> String {
    let answer = send(server, token, number, to, text).await;
    assert_eq!(answer.status, 201, "{}", answer.text());
    answer.json()["id"].as_str().expect("has an identifier").to_owned()
}

async fn asked(server: &Server, token: &str, method: Method, path: &str, body: Value) -> Answer {
    server.ask(method, &format!("/api/v1/{path}")).bearer(token).json(&body).send().await
}

async fn read(server: &Server, token: &str, ids: &[&str]) {
    let answer = asked(server, token, Method::PUT, "messages/read", json!({ "ids": ids })).await;
    assert_eq!(answer.status, 204, "{}", answer.text());
}

/// The texts that a question of messages is answered with.
async fn texts(server: &Server, token: &str, query: &str) -> Vec<String> {
    let items = server.items(&format!("/api/v1/messages{query}"), token).await.into_iter();
    items.map(|item| item["text"].as_str().expect("is a text").to_owned()).collect()
}

/// What comes next for somebody: the texts, and where to go on.
async fn new(server: &Server, token: &str, query: &str) -> (Vec<String>, String) {
    let told = server.json(&format!("/api/v1/messages/new{query}"), token).await;
    let items = told["items"].as_array().expect("is a list").iter();
    let texts = items.map(|item| item["text"].as_str().expect("is a text").to_owned()).collect();
    (texts, told["next"].as_str().expect("there is always a place").to_owned())
}

/// What became of a message, as its sender reads it: who, whether delivered, whether read.
async fn became(server: &Server, token: &str, id: &str) -> Vec<(String, bool, bool)> {
    let items = server.items("/api/v1/messages", token).await;
    let item = items.iter().find(|item| item["id"] == id).expect("is hers");
    let all = item["deliveries"].as_array().expect("is told to its sender").iter();
    let mut all: Vec<_> = all
        .map(|one| {
            let name = one["friend"].as_str().expect("has a name").to_owned();
            (name, !one["delivered_at"].is_null(), !one["read_at"].is_null())
        })
        .collect();
    all.sort();
    all
}

fn stands(expected: &[(&str, bool, bool)]) -> Vec<(String, bool, bool)> {
    expected.iter().map(|(name, delivered, read)| ((*name).to_owned(), *delivered, *read)).collect()
}

/// Friends of a family, and of another group, who can all write; with their tokens in that order.
async fn tokens<const N: usize>(home: &Home, names: [&str; N]) -> [String; N] {
    let mut tokens = Vec::new();
    for name in names {
        let group = if name == "eve" { "Other" } else { "Family" };
        home.user(name, &["--group", group]).await;
        tokens.push(home.token("write", &["--user", name]).await);
    }
    tokens.try_into().expect("one for each")
}

#[tokio::test]
async fn a_message_comes_once_and_whole_also_after_a_restart_and_its_sender_sees_what_became_of_it() {
    let home = Home::new();
    let [ann, ben, cid, eve] = tokens(&home, ["ann", "ben", "cid", "eve"]).await;
    let reads = home.token("read", &["--user", "ben"]).await;
    let server = home.serve().await;
    let to_ben = json!({"friend": "ben"});
    let asks = asked(&server, &ann, Method::POST, "messages/audience", json!({"to": to_ben})).await;
    assert_eq!(asks.json(), json!({"count": 1, "friends": ["ben"]}));
    let text = "<b>bread?</b>\nhttps://example.org/?a=1&b=2";
    let first = send(&server, &ann, 1, to_ben.clone(), &format!("  {text}\r\n")).await;
    assert_eq!(first.status, 201);
    let message = first.json();
    assert_eq!((&message["text"], &message["to"], &message["from"]), (&json!(text), &to_ben, &json!("ann")));
    assert_eq!(message["client_id"], called(1));
    let id = message["id"].as_str().expect("has an identifier").to_owned();
    assert_eq!(became(&server, &ann, &id).await, stands(&[("ben", false, false)]));

    // The same again is the same message; anything else needs a name of its own.
    let again = send(&server, &ann, 1, to_ben.clone(), text).await;
    assert_eq!((again.status.as_u16(), &again.json()["id"]), (200, &json!(id)));
    send(&server, &ann, 1, to_ben.clone(), "another").await.assert_problem(409, Some("client_id"));
    send(&server, &ann, 1, json!({"friend": "cid"}), text).await.assert_problem(409, Some("client_id"));
    sent(&server, &ben, 1, json!({"friend": "cid"}), "that is what Ben calls it").await;

    // Nothing is lost while he is away, and the server too.
    server.stop().await;
    let server = home.serve().await;
    let (texts_of_ben, next) = new(&server, &ben, "").await;
    assert_eq!(texts_of_ben, [text]);
    assert_eq!(became(&server, &ann, &id).await, stands(&[("ben", false, false)]), "he may not have it yet");
    assert_eq!(new(&server, &ben, "").await.0, [text], "so it comes again to who does not say so");
    // Nor does he say so by a token that may only read, nor in a browser that a link may have led there.
    let cookie = server.sign_in("ben").await;
    let path = format!("/api/v1/messages/new?after={next}");
    for asks in [server.get(&path).bearer(&reads), server.get(&path).cookie(&cookie)] {
        let answer = asks.send().await;
        assert_eq!((answer.status.as_u16(), &answer.json()["items"]), (200, &json!([])));
    }
    assert_eq!(
        became(&server, &ann, &id).await,
        stands(&[("ben", false, false)]),
        "nothing is changed by it"
    );
    let (nothing, next) = new(&server, &ben, &format!("?after={next}")).await;
    assert_eq!(nothing, [""; 0]);
    assert_eq!(became(&server, &ann, &id).await, stands(&[("ben", true, false)]));
    let threads = server.items("/api/v1/threads", &ben).await;
    let bens = threads.iter().find(|one| one["thread"] == json!({"friend": "ann"})).expect("is a thread");
    assert_eq!((&bens["unread"], &bens["newest"]["id"]), (&json!(1), &json!(id)));
    assert!(bens["newest"]["client_id"].is_null() && bens["newest"]["deliveries"].is_null(), "{bens}");
    read(&server, &ben, &[&id]).await;
    assert_eq!(became(&server, &ann, &id).await, stands(&[("ben", true, true)]));
    let threads = server.items("/api/v1/threads", &ben).await;
    assert!(threads.iter().all(|one| one["unread"] == 0), "{threads:?}");

    // Who waits has it as soon as it is sent.
    let path = format!("?after={next}&wait_s=60");
    let waiting = in_time("what Ben waits for", new(&server, &ben, &path));
    let sending = sent(&server, &ann, 2, to_ben.clone(), "now");
    let ((came, _), _) = tokio::join!(waiting, sending);
    assert_eq!(came, ["now"]);

    // It is theirs alone.
    assert_eq!(texts(&server, &ben, "?friend=ann").await, ["now", text]);
    assert_eq!(texts(&server, &ann, "?friend=ben").await, ["now", text]);
    assert_eq!(texts(&server, &cid, "").await, ["that is what Ben calls it"]);
    assert_eq!((texts(&server, &eve, "").await.len(), new(&server, &eve, "").await.0.len()), (0, 0));
    assert_eq!(asked(&server, &cid, Method::DELETE, &format!("messages/{id}"), json!({})).await.status, 404);
    read(&server, &cid, &[&id]).await;
    assert_eq!(home.count("SELECT count(*) FROM chat_deliveries WHERE read_at IS NOT NULL").await, 1);
}

#[tokio::test]
async fn a_group_hears_what_is_written_to_it_and_who_leaves_it_no_more() {
    let home = Home::new();
    let [ann, ben, cid, eve] = tokens(&home, ["ann", "ben", "cid", "eve"]).await;
    home.user("ada", &["--group", "Family", "--admin"]).await;
    let ada = home.token("admin", &["--user", "ada"]).await;
    home.device("kid", "phone", &["--group", "Family"]).await;
    let server = home.serve().await;
    let family = json!({"group": "Family"});
    let asks = asked(&server, &ann, Method::POST, "messages/audience", json!({"to": family})).await.json();
    assert_eq!(asks["friends"], json!(["ada", "ben", "cid"]), "who cannot sign in gets none");
    let id = sent(&server, &ann, 1, family.clone(), "who cooks?").await;
    sent(&server, &cid, 1, family.clone(), "me").await;
    for token in [&ann, &ben, &cid, &ada] {
        assert_eq!(texts(&server, token, "?group=Family").await, ["me", "who cooks?"]);
    }
    read(&server, &ben, &[&id]).await;
    let expected = stands(&[("ada", false, false), ("ben", true, true), ("cid", false, false)]);
    assert_eq!(became(&server, &ann, &id).await, expected);
    for answer in [
        send(&server, &eve, 1, family.clone(), "let me in").await,
        send(&server, &eve, 2, json!({"group": "Nowhere"}), "let me in").await,
    ] {
        answer.assert_problem(404, None);
    }
    assert_eq!(texts(&server, &eve, "").await, [""; 0]);

    // Somebody goes: they read none of it any more, and nobody reads what they wrote.
    home.command_ok(&["user", "add", "cid", "--group", "Other"], "").await;
    // The server takes up by and by what was done at the terminal.
    eventually("he has left", async || {
        let left = asked(&server, &ada, Method::DELETE, "groups/Family/members/cid", json!({})).await;
        (left.status == 204).then_some(())
    })
    .await;
    assert_eq!(texts(&server, &cid, "").await, [""; 0]);
    assert_eq!(texts(&server, &ann, "").await, ["who cooks?"]);
    let expected = stands(&[("ada", false, false), ("ben", true, true)]);
    assert_eq!(became(&server, &ann, &id).await, expected);
    let asks = asked(&server, &cid, Method::POST, "messages/audience", json!({"to": family})).await;
    asks.assert_problem(404, None);
}

#[tokio::test]
async fn what_cannot_be_sent_says_why_and_costs_nobody_else_anything() {
    let home = Home::new();
    let [ann, ben, _eve] = tokens(&home, ["ann", "ben", "eve"]).await;
    home.device("kid", "phone", &["--group", "Family"]).await;
    let (reads, all) = (home.token("read", &["--user", "ann"]).await, home.token("admin", &[]).await);
    let server = home.serve().await;
    let ben_alone = json!({"friend": "ben"});
    for (wrong, field) in [
        (json!({"text": ""}), "text"),
        (json!({"text": " \n\t "}), "text"),
        (json!({"text": "ü".repeat(2001)}), "text"),
        (json!({"text": "a\u{7}b"}), "text"),
        (json!({"text": 5}), "text"),
        (json!({"client_id": "1"}), "client_id"),
        (json!({"client_id": null}), "client_id"),
        (json!({"to": null}), "to"),
        (json!({"to": {}}), "to"),
        (json!({"to": "ben"}), "to"),
        (json!({"to": {"friend": "ben", "here": true}}), "to"),
        (json!({"to": {"everybody": true}}), "to"),
        (json!({"to": {"here": false}}), "to"),
        (json!({"to": {"here": "yes"}}), "here"),
        (json!({"to": {"friend": 5}}), "friend"),
        (json!({"to": {"friend": "ann"}}), "friend"),
        (json!({"to": {"friend": "kid"}}), "friend"),
        (json!({"to": {"around": true}}), "to"),
        (json!({"lives_s": 600}), "lives_s"),
        (json!({"lives_s": "long"}), "lives_s"),
        (json!({"lives_s": 299, "to": {"here": true}}), "lives_s"),
        (json!({"lives_s": 86_401, "to": {"around": true}}), "lives_s"),
    ] {
        let mut body = json!({"client_id": called(1), "to": ben_alone, "text": "well"});
        for (member, value) in wrong.as_object().expect("is one") {
            body[member] = value.clone();
        }
        asked(&server, &ann, Method::POST, "messages", body).await.assert_problem(422, Some(field));
    }
    // Who is of another group, and who is not there at all, are the same.
    let answers = [
        send(&server, &ann, 1, json!({"friend": "eve"}), "hello").await,
        send(&server, &ann, 1, json!({"friend": "nobody"}), "hello").await,
        asked(&server, &ann, Method::GET, "messages?friend=eve", json!({})).await,
        asked(&server, &ann, Method::PUT, "blocks/eve", json!({})).await,
        asked(&server, &ann, Method::PUT, "blocks/nobody", json!({})).await,
    ];
    for answer in &answers {
        answer.assert_problem(404, None);
        assert_eq!(answer.body, answers[0].body);
    }
    send(&server, &reads, 1, ben_alone.clone(), "hello").await.assert_problem(403, None);
    send(&server, &all, 1, ben_alone.clone(), "hello").await.assert_problem(403, None);
    for path in ["messages", "messages/new", "threads", "blocks"] {
        asked(&server, &all, Method::GET, path, json!({})).await.assert_problem(403, None);
    }
    for (path, field) in [
        ("messages?limit=0", "limit"),
        ("messages?cursor=soon", "cursor"),
        ("messages?places=maybe", "places"),
        ("messages?friend=ben&places=true", "friend"),
        ("messages/new?after=soon", "after"),
        ("messages/new?after=-1", "after"),
        ("messages/new?wait_s=61", "wait_s"),
    ] {
        asked(&server, &ann, Method::GET, path, json!({})).await.assert_problem(422, Some(field));
    }
    let long = format!("messages?search={}", "x".repeat(101));
    asked(&server, &ann, Method::GET, &long, json!({})).await.assert_problem(422, Some("search"));
    for ids in [json!("all"), json!([1]), json!(vec![called(1); 501])] {
        let answer = asked(&server, &ann, Method::PUT, "messages/read", json!({ "ids": ids })).await;
        answer.assert_problem(422, Some("ids"));
    }
    assert_eq!(home.count("SELECT count(*) FROM chats").await, 0);

    // Who floods is slowed down, alone.
    let mut number = 1;
    let slowed = eventually("she is slowed down", async || {
        number += 1;
        let answer = send(&server, &ann, number, ben_alone.clone(), "and another").await;
        (answer.status.as_u16() == 429).then_some(answer)
    })
    .await;
    assert!(slowed.header("retry-after").parse::<u32>().is_ok_and(|seconds| seconds > 0));
    sent(&server, &ben, 1, json!({"friend": "ann"}), "stop it").await;
    let stored = u32::try_from(texts(&server, &ben, "?limit=200").await.len());
    assert_eq!(stored, Ok(number - 2 + 1), "those before that, and his own");
}

#[tokio::test]
async fn who_is_blocked_cannot_tell_and_what_is_deleted_does_not_come_again() {
    let home = Home::new();
    let [ann, ben, cid] = tokens(&home, ["ann", "ben", "cid"]).await;
    let server = home.serve().await;
    let (to_ben, family) = (json!({"friend": "ben"}), json!({"group": "Family"}));
    assert_eq!(asked(&server, &ben, Method::PUT, "blocks/ann", json!({})).await.status, 204);
    assert_eq!(server.items("/api/v1/blocks", &ben).await, ["ann"]);
    let asks = asked(&server, &ann, Method::POST, "messages/audience", json!({"to": to_ben})).await.json();
    assert_eq!(asks["count"], 1);
    let (one, all) = (
        sent(&server, &ann, 1, to_ben.clone(), "do you hear me?").await,
        sent(&server, &ann, 2, family.clone(), "does he?").await,
    );
    assert_eq!(new(&server, &ben, "").await.0, [""; 0]);
    assert_eq!(became(&server, &ann, &one).await, stands(&[("ben", false, false)]));
    assert_eq!(became(&server, &ann, &all).await, stands(&[("ben", false, false), ("cid", false, false)]));
    // He may write to her, and others hear her.
    sent(&server, &ben, 1, json!({"friend": "ann"}), "I will not listen").await;
    assert_eq!(texts(&server, &cid, "").await, ["does he?"]);
    server.stop().await;
    let server = home.serve().await;
    sent(&server, &ann, 3, to_ben.clone(), "still?").await;
    assert_eq!(asked(&server, &ben, Method::DELETE, "blocks/ann", json!({})).await.status, 204);
    let heard = sent(&server, &ann, 4, to_ben.clone(), "and now?").await;
    assert_eq!(new(&server, &ben, "").await.0, ["and now?"], "what was sent meanwhile does not come");
    assert_eq!(server.items("/api/v1/blocks", &ben).await.len(), 0);

    // He deletes it for himself: she has it still, with what became of it.
    read(&server, &ben, &[&heard]).await;
    let path = format!("messages/{heard}");
    assert_eq!(asked(&server, &ben, Method::DELETE, &path, json!({})).await.status, 204);
    asked(&server, &ben, Method::DELETE, &path, json!({})).await.assert_problem(404, None);
    assert_eq!(texts(&server, &ben, "").await, ["I will not listen"]);
    assert_eq!(became(&server, &ann, &heard).await, stands(&[("ben", true, true)]));
    // She deletes what she wrote to all: it is gone for everybody, and does not come back by the same name.
    assert_eq!(asked(&server, &ann, Method::DELETE, &format!("messages/{all}"), json!({})).await.status, 204);
    assert_eq!(texts(&server, &cid, "").await, [""; 0]);
    send(&server, &ann, 2, family, "does he?").await.assert_problem(409, Some("client_id"));
}

#[tokio::test]
async fn messages_are_found_by_their_words_and_come_in_pages() {
    let home = Home::new();
    let [ann, ben] = tokens(&home, ["ann", "ben"]).await;
    let server = home.serve().await;
    for (number, text) in [(1, "Straße gesperrt"), (2, "100 % sure_"), (3, "ÉTÉ"), (4, "a"), (5, "b")] {
        sent(&server, &ann, number, json!({"friend": "ben"}), text).await;
    }
    for (search, found) in [
        ("STRASSE", vec!["Straße gesperrt"]),
        ("%25", vec!["100 % sure_"]),
        ("sure_", vec!["100 % sure_"]),
        ("e%CC%81t", vec!["ÉTÉ"]),
        ("nothing", vec![]),
        ("%20", vec!["b", "a", "ÉTÉ", "100 % sure_", "Straße gesperrt"]),
    ] {
        assert_eq!(texts(&server, &ben, &format!("?search={search}")).await, found, "{search}");
    }
    let (mut cursor, mut pages) = (String::new(), Vec::new());
    loop {
        let page = server.json(&format!("/api/v1/messages?friend=ann&limit=2{cursor}"), &ben).await;
        let items = page["items"].as_array().expect("is a list");
        pages.push(items.iter().map(|item| item["text"].clone()).collect::<Vec<_>>());
        let Some(next) = page["next"].as_str() else { break };
        cursor = format!("&cursor={next}");
        // What comes meanwhile moves nothing.
        sent(
            &server,
            &ann,
            10 + u32::try_from(pages.len()).expect("is small"),
            json!({"friend": "ben"}),
            "c",
        )
        .await;
    }
    assert_eq!(pages, [vec!["b", "a"], vec!["ÉTÉ", "100 % sure_"], vec!["Straße gesperrt"]]);
}

#[tokio::test]
async fn what_friends_write_is_told_given_and_deleted_with_all_else_that_is_stored_of_them() {
    let home = Home::new();
    let [ann, ben, cid] = tokens(&home, ["ann", "ben", "cid"]).await;
    let server = home.serve().await;
    sent(&server, &ann, 1, json!({"friend": "ben"}), "of Ann").await;
    sent(&server, &ben, 1, json!({"group": "Family"}), "of Ben").await;
    let stored = server.json("/api/v1/friends/me/stored", &ann).await;
    let kinds = stored["stored"].as_array().expect("is a list");
    let kind = kinds.iter().find(|kind| kind["what"] == "chat").expect("is told of");
    assert_eq!(kind["count"], 2, "one that she sent, one that she got");
    let file = server.get("/api/v1/friends/me/stored.jsonl").bearer(&ann).send().await.text();
    let lines: Vec<_> = file.lines().filter(|line| line.contains(r#""type":"chat""#)).collect();
    assert!(lines.len() == 2 && file.contains("of Ann") && file.contains("of Ben"), "{file}");

    // A rebuild takes what friends wrote over as it is.
    server.stop().await;
    home.command_ok(&["rebuild"], "").await;
    let server = home.serve().await;
    assert_eq!(texts(&server, &ann, "").await, ["of Ben", "of Ann"]);
    let gone = asked(&server, &ann, Method::DELETE, "friends/me/stored?all=true", json!({})).await.json();
    assert_eq!(gone["removed"]["chat"], 2, "{gone}");
    assert_eq!((texts(&server, &ann, "").await, new(&server, &ben, "").await.0), (vec![], vec![]));
    assert_eq!(texts(&server, &cid, "").await, ["of Ben"], "what she got she had for herself");
    assert_eq!(server.items("/api/v1/threads", &ben).await.len(), 1);
    home.command_ok(&["user", "remove", "ben"], "").await;
    eventually("he is gone, with what he wrote", async || {
        texts(&server, &cid, "").await.is_empty().then_some(())
    })
    .await;
}

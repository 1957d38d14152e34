//! The console: messages as they are committed, with their verdicts, and one that an admin publishes.

use crate::support::{
    Answer, Console, Home, Live, Phone, Server, an_admin, eventually, form_urlencoded, location, now_s,
};
use domain::{ConsoleNews, live::Change};
use http::{StatusCode, header};
use serde_json::json;

async fn publish(server: &Server, cookie: &str, fields: &[(&str, &str)]) -> Answer {
    server.post("/api/publish_message").cookie(cookie).form(form_urlencoded(fields)).send().await
}

#[tokio::test]
async fn a_message_is_shown_as_it_is_committed_with_its_verdict() {
    let home = Home::new();
    let ann = home.device("ann", "phone", &[]).await;
    home.user("ann", &["--admin"]).await;
    let server = home.serve().await;
    let cookie = server.sign_in("ann").await;
    let mut phone = Phone::connect(server.broker(), &ann).await;
    phone.publish("", location(now_s() - 60, 48.2, 16.37)).await;
    let (mut console, first) = Console::of(&server, &cookie, ("", "")).await;
    assert_eq!(first.len(), 1, "what came before it was opened");

    phone.publish("", location(now_s(), 48.3, 16.37)).await;
    let line = console.line().await;
    assert_eq!((line.kind.as_deref(), line.whose.as_deref()), (Some("location"), Some("ann: phone")));
    assert_eq!((&*line.message.verdict, &*line.message.door), ("location", "broker"));
    assert!(line.message.payload.starts_with("{\n  \""), "a line for each member: {}", line.message.payload);
    phone.try_publish("owntracks/tom/phone", b"{}", false).await.expect("is acknowledged");
    let refused = console.line().await;
    assert!(refused.message.trouble && refused.message.verdict.starts_with("refused: "), "{refused:?}");
    let answer = server.post("/pub").basic(&ann.username, &ann.password).bytes(b"nonsense".to_vec()).send();
    assert_eq!(answer.await.status, StatusCode::OK);
    let unreadable = console.line().await;
    assert_eq!((&*unreadable.message.door, &unreadable.kind), ("http", &None));
    assert!(unreadable.message.verdict.starts_with("unreadable: "), "{}", unreadable.message.verdict);

    // The log has the same, and who opens it now sees them newest first.
    let (_other, recent) = Console::of(&server, &cookie, ("", "")).await;
    let lines: Vec<_> = recent.iter().map(|line| &line.message.id).collect();
    assert_eq!(lines, [&unreadable, &refused, &line, &first[0]].map(|line| &line.message.id));
    assert_eq!(recent[1].message.verdict, refused.message.verdict);
}

#[tokio::test]
async fn topic_and_type_choose_what_is_shown() {
    let home = Home::new();
    let (ann, tom) = (home.device("ann", "phone", &[]).await, home.device("tom", "phone", &[]).await);
    home.user("ann", &["--admin"]).await;
    let server = home.serve().await;
    let cookie = server.sign_in("ann").await;
    let mut of_ann = Phone::connect(server.broker(), &ann).await;
    let mut of_tom = Phone::connect(server.broker(), &tom).await;
    let (mut by_topic, _) = Console::of(&server, &cookie, ("owntracks/+/phone/#", "")).await;
    let (mut by_both, _) = Console::of(&server, &cookie, ("owntracks/tom/#", "lwt")).await;
    let lwt = r#"{"_type":"lwt","tst":1700000000}"#;
    of_ann.publish("", lwt).await;
    of_tom.publish("", location(now_s(), 48.2, 16.37)).await;
    of_tom.publish("", lwt).await;
    let mut seen = Vec::new();
    for _ in 0..3 {
        seen.push(by_topic.line().await.message.topic);
    }
    assert_eq!(seen, [&*ann.topic, &*tom.topic, &*tom.topic]);
    let line = by_both.line().await;
    assert_eq!((&*line.message.topic, line.kind.as_deref()), (&*tom.topic, Some("lwt")));

    let page = server.get("/admin/console?topic=owntracks/ann/%23&type=").cookie(&cookie).send().await.text();
    assert!(page.contains(&ann.topic) && !page.contains(&tom.topic), "without script the same filter holds");
    let wrong = server.get("/api/console?topic=a%23&kind=").cookie(&cookie).send().await;
    assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY, "{}", wrong.text());
    assert_eq!(wrong.json()["Invalid"]["field"], "topic");
}

#[tokio::test]
async fn only_admins_look_and_only_while_they_are_signed_in() {
    let home = Home::new();
    home.user("ann", &["--admin"]).await;
    home.user("ben", &[]).await;
    let server = home.serve().await;
    let (of_ann, of_ben) = (server.sign_in("ann").await, server.sign_in("ben").await);
    for (cookie, error) in [(None, "Unauthorised"), (Some(&*of_ben), "Forbidden")] {
        let mut console = Console::open(&server, cookie, None, ("", "")).await.expect("the upgrade works");
        assert_eq!(console.next().await, Some(Err(json!(error))));
        assert_eq!(console.next().await, None);
    }
    let foreign = Console::open(&server, Some(&of_ann), Some("https://evil.example"), ("", "")).await.err();
    assert_eq!(foreign, Some(StatusCode::FORBIDDEN));
    for path in ["/api/console?topic=&kind=", "/api/broker_report"] {
        assert_eq!(server.get(path).cookie(&of_ben).send().await.status, StatusCode::FORBIDDEN, "{path}");
    }
    assert!(server.get("/admin/console").send().await.status.is_redirection());

    let (mut console, _) = Console::of(&server, &of_ann, ("", "")).await;
    server.post("/api/sign_out").cookie(&of_ann).form(String::new()).send().await;
    let end = loop {
        match console.next().await.expect("the reason comes before the end") {
            Ok(ConsoleNews::Heartbeat) => {}
            other => break other,
        }
    };
    assert_eq!(end, Err(json!("Unauthorised")));
}

#[tokio::test]
async fn another_groups_messages_are_not_shown() {
    let home = Home::new();
    let ann = home.device("ann", "phone", &["--group", "Family"]).await;
    let cid = home.device("cid", "phone", &["--group", "Club"]).await;
    home.user("ann", &["--admin"]).await;
    let server = home.serve().await;
    let cookie = server.sign_in("ann").await;
    let (mut console, _) = Console::of(&server, &cookie, ("", "")).await;
    let mut theirs = Phone::connect(server.broker(), &cid).await;
    theirs.publish("", location(now_s(), 1.0, 1.0)).await;
    Phone::connect(server.broker(), &ann).await.publish("", location(now_s(), 48.2, 16.37)).await;
    assert_eq!(console.line().await.message.topic, ann.topic, "theirs came first");
    let (_again, recent) = Console::of(&server, &cookie, ("", "")).await;
    assert_eq!(recent.len(), 1);
}

#[tokio::test]
async fn what_an_admin_publishes_for_a_device_of_their_own_counts_and_is_signed() {
    let home = Home::new();
    let (ann, tom) = (home.device("ann", "phone", &[]).await, home.device("tom", "phone", &[]).await);
    home.user("ann", &["--admin"]).await;
    let server = home.serve().await;
    let cookie = server.sign_in("ann").await;
    let mut listener = Phone::connect(server.broker(), &tom).await;
    listener.subscribe("owntracks/+/+").await;
    let mut live = Live::of(&server, &cookie).await;
    live.snapshot().await;
    let position = location(now_s(), 48.2, 16.37);
    let fields = [("topic", &*ann.topic), ("payload", &*position), ("qos", "1"), ("retained", "yes")];
    let answer = publish(&server, &cookie, &fields).await;
    assert!(answer.status.is_success() || answer.status.is_redirection(), "{}", answer.text());
    assert!(matches!(live.delta().await.changes[..], [Change::Moved(..)]));
    assert_eq!(listener.receive().await.payload, position.as_bytes());
    assert_eq!(home.texts("SELECT verdict FROM messages").await, ["published by ann: location"]);
    // Kept for those who subscribe later.
    let mut later = Phone::connect(server.broker(), &ann).await;
    later.subscribe(&ann.topic).await;
    assert!(later.receive().await.retain);

    let rebuilt = home.run(&["rebuild", "--data", "data"], "").await;
    assert_eq!(rebuilt.code, Some(0), "the same follows from the log again: {}{}", rebuilt.out, rebuilt.err);
}

#[tokio::test]
async fn nobody_publishes_for_somebody_elses_phone_and_the_try_is_in_the_log() {
    let home = Home::new();
    let tom = home.device("tom", "phone", &[]).await;
    home.user("ann", &["--admin"]).await;
    let server = home.serve().await;
    let cookie = server.sign_in("ann").await;
    let mut listener = Phone::connect(server.broker(), &tom).await;
    listener.subscribe("#").await;
    let forged = location(now_s(), 48.2, 16.37);
    for topic in [&*tom.topic, "owntracks/tom/phone/event", "owntracks/TOM/Phone", "owntracks/zoe/phone"] {
        let fields = [("topic", topic), ("payload", &forged), ("qos", "1"), ("retained", "yes")];
        let answer = publish(&server, &cookie, &fields).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{topic}: {}", answer.text());
        let refusal = &answer.json()["Invalid"];
        assert_eq!((&refusal["field"], &refusal["kept"][0][1]), (&json!("topic"), &json!(topic)));
    }
    let verdicts = home.texts("SELECT DISTINCT verdict FROM messages WHERE trouble = 1").await;
    assert_eq!(verdicts, ["published by ann: refused: this topic is of somebody else's phone"]);
    assert_eq!(home.count("SELECT count(*) FROM messages").await, 4);
    assert_eq!(home.count("SELECT count(*) FROM fixes").await, 0);
    assert_eq!(home.count("SELECT count(*) FROM retained").await, 0);
    assert_eq!(home.count("SELECT count(*) FROM friends").await, 2, "no zoe");
    // The next that is heard is tom's own word.
    listener.publish("", location(now_s(), 1.0, 1.0)).await;
    assert_ne!(listener.receive().await.payload, forged.as_bytes());
}

#[tokio::test]
async fn a_greeting_on_a_topic_that_is_nobodys_does_no_harm() {
    let (_home, server, cookie) = an_admin("ann").await;
    let (mut console, _) = Console::of(&server, &cookie, ("owntracks/test", "")).await;
    let fields = [("topic", "owntracks/test"), ("payload", "hello world"), ("qos", "0"), ("back", "topic=a")];
    let form = server.post("/api/publish_message").cookie(&cookie).form(form_urlencoded(&fields));
    let answer = form.header(header::ACCEPT, "text/html").send().await;
    assert_eq!(answer.header("location"), "/admin/console?topic=a&published");
    let line = console.line().await;
    assert_eq!(&*line.message.verdict, "published by ann: kept: no message of OwnTracks");
    assert!(!line.message.trouble);
}

#[tokio::test]
async fn a_form_that_makes_no_sense_says_which_field() {
    let home = Home::new();
    home.user("ann", &["--admin"]).await;
    home.user("ben", &[]).await;
    let server = home.serve_with(&["--mqtt-max-payload", "2000", "--mqtt-max-topic", "100"]).await;
    let (cookie, of_ben) = (server.sign_in("ann").await, server.sign_in("ben").await);
    let (long, large) = ("x".repeat(101), "x".repeat(2001));
    for (topic, payload, qos, field) in [
        ("", "x", "1", "topic"),
        ("a/+", "x", "1", "topic"),
        ("$SYS/x", "x", "1", "topic"),
        (&*long, "x", "1", "topic"),
        ("a", &*large, "1", "payload"),
        ("a", "x", "3", "qos"),
        ("a", "x", "soon", "qos"),
    ] {
        let fields = [("topic", topic), ("payload", payload), ("qos", qos)];
        let answer = publish(&server, &cookie, &fields).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{topic:?} {qos}: {}", answer.text());
        assert_eq!(answer.json()["Invalid"]["field"], field);
    }
    let fields = [("topic", "a"), ("payload", "x"), ("qos", "1")];
    assert_eq!(publish(&server, &of_ben, &fields).await.status, StatusCode::FORBIDDEN);
    assert_eq!(publish(&server, "", &fields).await.status, StatusCode::UNAUTHORIZED);
    let form = server.post("/api/publish_message").cookie(&cookie).form(form_urlencoded(&fields));
    let foreign = form.header(header::ORIGIN, "https://evil.example").send().await;
    assert_eq!(foreign.status, StatusCode::FORBIDDEN);
    assert_eq!(home.count("SELECT count(*) FROM messages").await, 0);
    eventually("the server is well", async || {
        (server.get("/readyz").send().await.status == StatusCode::OK).then_some(())
    })
    .await;
}

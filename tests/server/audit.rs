//! The audit log: what admins and tokens do is written down with it, and whom they look at, but never what they see.

use crate::support::{Home, PASSWORD, Phone, Server, circle, eventually, form_urlencoded, location, now_s};
use http::{Method, StatusCode};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};

async fn entries(server: &Server, token: &str, query: &str) -> Vec<Value> {
    server.items(&format!("/api/v1/audit?{query}"), token).await
}

/// Each entry as a line, oldest first.
fn lines(entries: &[Value]) -> Vec<String> {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let line = |entry: &Value| {
        let (actor, act) = (text(&entry["actor"]["name"]), text(&entry["act"]));
        format!("{actor} {act} {} ({})", text(&entry["subject"]), text(&entry["note"]))
    };
    entries.iter().rev().map(line).collect()
}

/// How often whom was looked at by which kind of visitor, and how. It is counted by day, and a day may end meanwhile.
fn looks(entries: &[Value]) -> BTreeMap<(String, String), u64> {
    let (mut sums, mut days) = (BTreeMap::new(), BTreeSet::new());
    let text = |value: &Value| value.as_str().expect("is text").to_owned();
    for entry in entries {
        assert_eq!(entry["subject"], "ann");
        let look = (text(&entry["actor"]["kind"]), text(&entry["note"]));
        assert!(days.insert((look.clone(), text(&entry["at"])[..10].to_owned())), "{entries:?}");
        let sum: &mut u64 = sums.entry(look).or_default();
        *sum += entry["times"].as_u64().expect("is a number");
        // A page may be drawn more than once for one look.
        if entry["note"] == "console" {
            *sum = 1;
        }
    }
    sums
}

#[tokio::test]
async fn what_admins_and_tokens_do_is_written_down_with_it() {
    let home = Home::new();
    home.user("root", &["--admin"]).await;
    home.device("ann", "phone", &[]).await;
    home.device("ann", "phone", &[]).await;
    let server_token = home.token("admin", &[]).await;
    let twice = home.run(&["user", "add", "root", "--password-stdin"], PASSWORD).await;
    assert_ne!(twice.code, Some(0), "root is there already");
    let server = home.serve().await;
    let cookie = server.sign_in("root").await;
    let post = async |path: &str, fields: &[(&str, &str)]| {
        let answer = server.post(path).cookie(&cookie).form(form_urlencoded(fields)).send().await;
        assert!(answer.status.is_redirection() || answer.status.is_success(), "{path}: {}", answer.text());
    };
    post("/api/add_user", &[("name", "ben"), ("password", PASSWORD)]).await;
    let region = server.draw(&server_token, &circle("Home", 48.2, 16.37, 100.0)).await;
    let gone = server.ask(Method::DELETE, &format!("/api/v1/regions/{region}")).bearer(&server_token);
    assert_eq!(gone.send().await.status, StatusCode::NO_CONTENT);
    let ann = server.items("/api/v1/friends", &server_token).await;
    let ann = ann.iter().find(|friend| friend["name"] == "ann").expect("is there");
    let device = ann["devices"][0]["id"].as_str().expect("has an identifier");
    let order = server.post(&format!("/api/v1/devices/{device}/orders")).bearer(&server_token);
    let order = order.json(&json!({"errand": "report"})).send().await;
    assert!(order.status.is_success(), "{}", order.text());
    let said = server.ask(Method::PUT, "/api/v1/friends/ann/sharing/group").bearer(&server_token);
    assert_eq!(said.json(&json!({"level": "city"})).send().await.status, StatusCode::OK);
    post("/api/remove_device", &[("id", device)]).await;

    let said = lines(&entries(&server, &server_token, "").await);
    let done: Vec<_> = said.iter().filter(|line| !line.contains("position-read")).collect();
    assert_eq!(
        done,
        [
            "terminal person-added root (admin)",
            "terminal friend-added ann ()",
            "terminal device-added phone of ann ()",
            "terminal device-renewed phone of ann ()",
            "terminal token-made test (admin, the whole server)",
            "root person-added ben (friend)",
            "test region-changed Home ()",
            "test region-removed Home ()",
            "test order-sent phone of ann (where it is)",
            "test sharing-decided ann (city)",
            "root device-removed phone of ann ()",
        ]
    );
    assert_eq!(entries(&server, &server_token, "act=person-added&actor=ROOT").await.len(), 1);
    assert_eq!(entries(&server, &server_token, "actor=terminal").await.len(), 5);
    let wrong = server.get("/api/v1/audit?act=flown").bearer(&server_token).send().await;
    assert_eq!((wrong.status.as_u16(), &wrong.json()["field"]), (422, &json!("act")));
    let first = server.json("/api/v1/audit?limit=2", &server_token).await;
    let next = first["next"].as_str().expect("there are more");
    let rest = entries(&server, &server_token, &format!("cursor={next}&limit=500")).await;
    assert_eq!(rest.len() + 2, said.len(), "nothing twice, nothing missing");

    let page = server.get("/admin/audit").cookie(&cookie).send().await.text();
    assert!(page.contains("gave a new password to the device"), "{page}");
    let page = server.get("/admin/audit?act=region-removed").cookie(&cookie).send().await.text();
    assert!(page.contains("removed the region") && !page.contains("drew the region <"), "{page}");
}

#[tokio::test]
async fn whom_an_admin_looks_at_is_counted_and_not_what_they_see() {
    let home = Home::new();
    home.user("root", &["--admin"]).await;
    home.user("ann", &[]).await;
    let phone = home.device("ann", "phone", &[]).await;
    let everything = home.token("admin", &[]).await;
    let (root, ann) =
        (home.token("admin", &["--user", "root"]).await, home.token("read", &["--user", "ann"]).await);
    let server = home.serve().await;
    let mut phone = Phone::connect(server.broker(), &phone).await;
    phone.publish("", location(now_s(), 48.217_35, 16.377_77)).await;

    for _ in 0..3 {
        server.items("/api/v1/fixes?friend=ann", &everything).await;
    }
    server.items("/api/v1/fixes?friend=ann", &root).await;
    server.items("/api/v1/fixes?friend=ann", &ann).await;
    server.items("/api/v1/friends", &everything).await;
    server.items("/api/v1/friends", &root).await;
    let file = server.get("/api/v1/friends/ann/stored.jsonl").bearer(&everything).send().await;
    assert!(file.text().contains("48.21735"), "{}", file.text());
    let cookie = server.sign_in("root").await;
    let console = server.get("/admin/console").cookie(&cookie).send().await;
    assert!(console.text().contains("48.21735"), "ann shows it");

    let told = eventually("all is written", async || {
        let told = looks(&entries(&server, &root, "act=position-read").await);
        (told.len() >= 5 && told.values().sum::<u64>() >= 7).then_some(told)
    })
    .await;
    let look = |kind: &str, note: &str, times| ((kind.to_owned(), note.to_owned()), times);
    assert_eq!(
        told,
        BTreeMap::from([
            look("friend", "console", 1),
            look("friend", "positions", 1),
            look("token", "everything as a file", 1),
            look("token", "list of friends", 1),
            look("token", "positions", 3),
        ]),
        "what ann reads of herself, and what root sees as everybody does, is nobody's business"
    );
    let kept = home
        .texts("SELECT subject || ' ' || note || ' ' || actor || ' ' || ifnull(once, '') FROM audit")
        .await;
    assert!(!kept.join("\n").contains("48.2"), "{kept:?}");

    // Again, on the same day: no new line.
    server.items("/api/v1/fixes?friend=ann", &everything).await;
    eventually("it is counted on", async || {
        let told = looks(&entries(&server, &root, "act=position-read").await);
        assert_eq!(told.len(), 5);
        told.values().any(|times| *times == 4).then_some(())
    })
    .await;

    let cookie = server.sign_in("ann").await;
    let page = server.get("/settings").cookie(&cookie).send().await.text();
    for told in ["What admins did", "looked at data of", "The token test", "let in"] {
        assert!(page.contains(told), "{told}: {page}");
    }
    let cookie = server.sign_in("root").await;
    let page = server.get("/settings").cookie(&cookie).send().await.text();
    assert!(!page.contains("looked at data of"), "that is ann's");
}

#[tokio::test]
async fn only_admins_read_the_log_and_those_of_another_group_not_this_one() {
    let home = Home::new();
    home.user("root", &["--admin"]).await;
    home.user("ann", &[]).await;
    home.user("eve", &["--admin", "--group", "others"]).await;
    let (root, ann) =
        (home.token("admin", &["--user", "root"]).await, home.token("admin", &["--user", "ann"]).await);
    let eve = home.token("read", &["--user", "eve"]).await;
    let server = home.serve().await;
    for token in [&ann, &eve] {
        let refused = server.get("/api/v1/audit").bearer(token).send().await;
        assert_eq!(refused.status, StatusCode::FORBIDDEN, "no admin, or with a token that may only read");
    }
    let cookie = server.sign_in("ann").await;
    let page = server.get("/admin/audit").cookie(&cookie).send().await.text();
    assert!(page.contains("Only admins") && !page.contains("let in"), "{page}");
    let own = lines(&entries(&server, &root, "").await).join("\n");
    assert!(own.contains("ann") && !own.contains("eve"), "{own}");
    let cookie = server.sign_in("eve").await;
    let page = server.get("/admin/audit").cookie(&cookie).send().await.text();
    assert!(page.contains("<b>eve</b>") && !page.contains("<b>root</b>"), "{page}");
}

#[tokio::test]
async fn who_fails_to_sign_in_too_often_is_written_down_and_never_what_they_typed() {
    let home = Home::new();
    home.user("root", &["--admin"]).await;
    let root = home.token("admin", &["--user", "root"]).await;
    let server = home.serve().await;
    for name in ["root", "hunter2 is my password"] {
        let form = form_urlencoded(&[("name", name), ("password", "wrong wrong")]);
        eventually("it is slowed down", async || {
            let answer = server.post("/api/sign_in").form(form.clone()).send().await;
            (answer.status == StatusCode::TOO_MANY_REQUESTS).then_some(())
        })
        .await;
    }
    let found = eventually("it is written", async || {
        let found = entries(&server, &root, "act=sign-in-slowed").await;
        (found.len() >= 2).then_some(found)
    })
    .await;
    let told = lines(&found);
    assert_eq!(told.len(), 2, "{told:?}");
    assert!(told.iter().any(|line| line == "this machine sign-in-slowed root ()"), "{told:?}");
    assert!(!home.texts("SELECT subject FROM audit").await.join("\n").contains("hunter2"));
    let kept = home.texts("SELECT actor || ' ' || ifnull(once, '') FROM audit").await.join("\n");
    assert!(!kept.contains("127.0.0.1"), "an address is a position: {kept}");
}

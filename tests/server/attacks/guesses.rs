//! Finding out by asking: who there is, which password is right, which link is good.

use crate::support::{Answer, Home, Server, circle, eventually, form_urlencoded};
use http::{Method, StatusCode};
use serde_json::{Value, json};

/// An answer without what was asked for in it.
fn without(answer: &Answer, asked: &[&str]) -> (StatusCode, String) {
    let text = asked.iter().fold(answer.text(), |text, asked| text.replace(asked, "it"));
    (answer.status, text)
}

/// What a changing question says, of whatever it is asked.
fn body(path: &str) -> Value {
    if path.contains("/regions") {
        circle("New", 48.2, 16.37, 100.0)
    } else if path.contains("/sharing") {
        json!({"level": "city"})
    } else {
        json!({"device": null, "key": "x", "order": "report", "regions": []})
    }
}

#[tokio::test]
async fn what_is_another_groups_is_answered_like_what_is_not_there() {
    let home = Home::new();
    home.user("ann", &["--group", "Family", "--admin"]).await;
    home.user("eve", &["--group", "Club", "--admin"]).await;
    home.device("eve", "phone", &["--group", "Club"]).await;
    home.device("kid", "watch", &["--group", "Club"]).await;
    let root = home.token("admin", &[]).await;
    let (ours, theirs) =
        (home.token("admin", &["--user", "ann"]).await, home.token("admin", &["--user", "eve"]).await);
    let server = home.serve().await;
    let region = server.draw(&theirs, &circle("Clubhouse", 48.2, 16.37, 100.0)).await;
    let friends = server.items("/api/v1/friends", &root).await;
    let eve = friends.iter().find(|friend| friend["name"] == "eve").expect("is there");
    let foreign: Vec<String> =
        [&eve["id"], &eve["devices"][0]["id"], &json!(region), &json!("eve"), &json!("kid")]
            .into_iter()
            .filter_map(|id| id.as_str().map(str::to_owned))
            .collect();
    assert_eq!(foreign.len(), 5);

    let document = server.get("/api/v1/openapi.json").send().await.json();
    let mut walked = 0;
    for (path, methods) in document["paths"].as_object().expect("has paths") {
        for method in methods.as_object().expect("has methods").keys() {
            let method = Method::from_bytes(method.to_uppercase().as_bytes()).expect("is a method");
            let named = path.contains('{');
            let asks_for_friend = path.ends_with("/fixes") || path.contains("/transitions");
            for foreign in &foreign {
                let unknown = if foreign.len() == 32 { "0".repeat(31) + "7" } else { "nob".to_owned() };
                let ask = async |wanted: &str| {
                    let path = path.split('/').map(|part| if part.starts_with('{') { wanted } else { part });
                    let mut path = path.collect::<Vec<_>>().join("/");
                    if asks_for_friend {
                        path = format!("{path}?friend={wanted}");
                    }
                    let asked = server.ask(method.clone(), &path).bearer(&ours);
                    let asked = if method == Method::GET { asked } else { asked.json(&body(&path)) };
                    let answer = asked.send().await;
                    assert!(answer.status.as_u16() < 500, "{method} {path}: {}", answer.text());
                    without(&answer, &[wanted])
                };
                if named || asks_for_friend {
                    assert_eq!(ask(foreign).await, ask(&unknown).await, "{method} {path} of {foreign}");
                    walked += 1;
                }
            }
        }
    }
    assert!(walked > 100, "there is something to walk: {walked}");
}

async fn signs_in(server: &Server, name: &str, password: &str) -> (StatusCode, String) {
    let form = form_urlencoded(&[("name", name), ("password", password), ("next", "/")]);
    let answer = server.post("/api/sign_in").form(form).send().await;
    assert!(!answer.headers.contains_key("set-cookie"), "{name}");
    without(&answer, &[name])
}

#[tokio::test]
async fn signing_in_says_the_same_of_a_wrong_password_and_of_nobody() {
    let home = Home::new();
    home.user("ann", &[]).await;
    let kid = home.device("kid", "watch", &[]).await;
    let server = home.serve().await;
    let wrong = signs_in(&server, "ann", "not the password").await;
    for (name, password) in
        [("nobody", "not the password"), ("kid", "not the password"), ("kid", ""), ("kid", &kid.password)]
    {
        assert_eq!(signs_in(&server, name, password).await, wrong, "{name}");
    }
    // Nor do the doors of phones.
    let posted = async |name: &str| {
        let answer = server.post("/pub").basic(name, "not the password").bytes(b"{}".to_vec()).send().await;
        (answer.status, answer.text())
    };
    assert_eq!(posted("kid").await, posted("nobody").await);
    assert_eq!(posted("ann").await, posted("nobody").await);
}

#[tokio::test]
async fn the_set_up_link_is_not_guessed_and_works_once() {
    let home = Home::new();
    let server = home.serve().await;
    let set_up = async |token: &str, name: &str| {
        let fields = [("token", token), ("name", name), ("password", "correct horse battery"), ("next", "/")];
        let answer = server.post("/api/set_up").form(form_urlencoded(&fields)).send().await;
        (answer.status, answer.headers.contains_key("set-cookie"))
    };
    let log = server.log();
    let link = log.split("/set-up?token=").nth(1).expect("there is a link");
    let token = link.split(|letter: char| !letter.is_ascii_alphanumeric()).next().expect("has an end");
    assert!(token.len() >= 24, "over a hundred bits");
    for wrong in ["", "x", &token[1..], &token.to_uppercase(), &format!("{token}x"), "%", "' OR 1=1"] {
        let (status, cookie) = set_up(wrong, "eve").await;
        assert!(status.is_client_error() && !cookie, "{wrong}: {status}");
    }
    assert!(set_up(token, "ann").await.1, "the right one signs in");
    let (status, cookie) = set_up(token, "eve").await;
    assert!(status.is_client_error() && !cookie, "once: {status}");
}

#[tokio::test]
async fn whoever_guesses_at_the_owners_own_address_does_not_keep_the_owner_out() {
    let home = Home::new();
    home.user("ann", &[]).await;
    let server = home.serve().await;
    let enter = async |password: &str, browser: &str| {
        let form = form_urlencoded(&[("name", "ann"), ("password", password), ("next", "/")]);
        server.post("/api/sign_in").cookie(browser).form(form).send().await
    };
    let first = enter("correct horse battery", "").await;
    let given = first.headers.get_all("set-cookie").iter().filter_map(|line| line.to_str().ok());
    let browser = given.filter_map(|line| line.split(';').next()).find(|pair| pair.contains("_browser="));
    let browser = browser.expect("the browser is known from now on").to_owned();
    let slowed = async |browser: &str| {
        // Until one must wait for so long that the next one comes before that, on a slow machine, too.
        eventually("it is slowed down", async || {
            let answer = enter("not the password", browser).await;
            answer.header("retry-after").parse::<u32>().is_ok_and(|seconds| seconds >= 8).then_some(())
        })
        .await;
    };
    slowed("").await;
    assert_eq!(enter("correct horse battery", "").await.status, StatusCode::TOO_MANY_REQUESTS);
    let known = enter("correct horse battery", &browser).await;
    assert!(known.headers.contains_key("set-cookie"), "{} {}", known.status, known.text());
    // Nobody gets in by it alone, and who has it guesses no faster.
    assert_eq!(server.get("/api/v1/friends").cookie(&browser).send().await.status, StatusCode::UNAUTHORIZED);
    for _ in 0..10 {
        assert_ne!(enter("not the password", &browser).await.status, StatusCode::TOO_MANY_REQUESTS);
    }
    slowed(&browser).await;
    assert_eq!(enter("correct horse battery", &browser).await.status, StatusCode::TOO_MANY_REQUESTS);
}

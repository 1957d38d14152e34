//! Sessions and tokens: listed, ended one by one, and of no use afterwards; and guessing is slowed down.

use crate::support::{Home, PASSWORD, Phone, Server, eventually, form_urlencoded};
use http::{Method, StatusCode, header};
use serde_json::{Value, json};

const FIREFOX: &str = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0";

async fn is_in(server: &Server, cookie: &str) -> bool {
    server.get("/api/v1/sessions").cookie(cookie).send().await.status == StatusCode::OK
}

async fn listed(server: &Server, cookie: &str) -> Vec<Value> {
    let answer = server.get("/api/v1/sessions").cookie(cookie).send().await;
    serde_json::from_value(answer.json()["items"].take()).expect("is a list")
}

#[tokio::test]
async fn sessions_are_listed_and_ended_one_or_all_others() {
    let home = Home::new();
    home.user("ann", &[]).await;
    home.user("ben", &[]).await;
    let server = home.serve().await;
    let form = form_urlencoded(&[("name", "ann"), ("password", PASSWORD)]);
    let answer = server.post("/api/sign_in").form(form).header(header::USER_AGENT, FIREFOX).send().await;
    let own = answer.header("set-cookie").split(';').next().expect("has a value").to_owned();
    let (second, third) = (server.sign_in("ann").await, server.sign_in("ann").await);
    let ben = server.sign_in("ben").await;

    let known = listed(&server, &own).await;
    assert_eq!(known.len(), 3, "ben's is his own business: {known:?}");
    let mine = known.iter().find(|session| session["own"] == true).expect("is there");
    assert_eq!((&mine["browser"], &mine["place"]), (&json!("Firefox on Linux"), &json!("this machine")));
    let page = server.get("/settings").cookie(&own).send().await.text();
    assert!(page.contains("Firefox on Linux") && page.contains("another browser"), "{page}");
    assert!(!page.contains("Mozilla/5.0 (X11"), "nothing of what a browser says is repeated");

    // Somebody else's cannot be ended.
    let id = |session: &Value| session["id"].as_str().expect("has an identifier").to_owned();
    let theirs = id(&listed(&server, &ben).await[0]);
    let refused = server.ask(Method::DELETE, &format!("/api/v1/sessions/{theirs}")).cookie(&own).send().await;
    assert_eq!(refused.status, StatusCode::NOT_FOUND);

    let of_second = listed(&server, &second).await;
    let of_second = of_second.iter().find(|session| session["own"] == true).expect("is there");
    let form = form_urlencoded(&[("id", &id(of_second))]);
    let ended = server.post("/api/end_session").cookie(&own).form(form).send().await;
    assert!(ended.status.is_redirection() || ended.status.is_success(), "{}", ended.text());
    assert!(!is_in(&server, &second).await);
    assert!(is_in(&server, &third).await && is_in(&server, &own).await);
    let ended = server.post("/api/end_other_sessions").cookie(&own).form(String::new()).send().await;
    assert!(ended.status.is_redirection() || ended.status.is_success(), "{}", ended.text());
    assert!(!is_in(&server, &third).await);
    assert!(is_in(&server, &own).await && is_in(&server, &ben).await);
    home.command_ok(&["user", "sign-out", "ann"], "").await;
    assert!(!is_in(&server, &own).await);
}

#[tokio::test]
async fn who_signs_in_gets_another_session_and_the_one_before_ends() {
    let home = Home::new();
    home.user("ann", &[]).await;
    let server = home.serve().await;
    let before = server.sign_in("ann").await;
    let form = form_urlencoded(&[("name", "ann"), ("password", PASSWORD)]);
    let answer = server.post("/api/sign_in").form(form.clone()).cookie(&before).send().await;
    let after = answer.header("set-cookie").split(';').next().expect("has a value").to_owned();
    assert_ne!(before, after);
    assert!(is_in(&server, &after).await && !is_in(&server, &before).await);
    // A cookie that somebody else chose is not taken over.
    let forged = "whereabouts_session=abcdefghijkmnpqrstuvwxyz";
    let answer = server.post("/api/sign_in").form(form).cookie(forged).send().await;
    assert!(!answer.header("set-cookie").contains("abcdefghijkmnpqrstuvwxyz"));
    assert!(!is_in(&server, forged).await);
}

#[tokio::test]
async fn sessions_and_tokens_of_somebody_who_was_removed_are_worth_nothing() {
    let home = Home::new();
    home.user("root", &["--admin"]).await;
    home.user("ann", &[]).await;
    home.user("ben", &[]).await;
    home.device("ben", "phone", &[]).await;
    let tokens =
        [home.token("write", &["--user", "ann"]).await, home.token("write", &["--user", "ben"]).await];
    let server = home.serve().await;
    let cookies = [server.sign_in("ann").await, server.sign_in("ben").await];
    home.command_ok(&["user", "remove", "ann"], "").await;
    home.command_ok(&["user", "remove", "ben"], "").await;
    for (cookie, token) in cookies.iter().zip(&tokens) {
        eventually("it is noticed", async || (!is_in(&server, cookie).await).then_some(())).await;
        let refused = server.get("/api/v1/friends").bearer(token).send().await;
        assert_eq!(refused.status, StatusCode::UNAUTHORIZED);
    }
    assert_eq!(home.count("SELECT count(*) FROM sessions").await, 0);
}

#[tokio::test]
async fn tokens_are_listed_with_their_last_use_and_revoked_by_whose_they_are() {
    let home = Home::new();
    home.user("root", &["--admin"]).await;
    home.user("ann", &[]).await;
    let (own, foreign) = (home.token("read", &["--user", "ann"]).await, home.token("read", &[]).await);
    let server = home.serve().await;
    assert_eq!(server.get("/api/v1/friends").bearer(&own).send().await.status, StatusCode::OK);
    let (ann, root) = (server.sign_in("ann").await, server.sign_in("root").await);
    let tokens = async |cookie: &str| -> Vec<Value> {
        let answer = server.get("/api/v1/tokens").cookie(cookie).send().await;
        serde_json::from_value(answer.json()["items"].take()).expect("is a list")
    };
    let known = eventually("its use is written", async || {
        let known = tokens(&ann).await;
        known[0]["used_at"].is_string().then_some(known)
    })
    .await;
    assert_eq!((known.len(), &known[0]["scope"]), (1, &json!("read")));
    let id = known[0]["id"].as_str().expect("has an identifier").to_owned();
    let page = server.get("/settings").cookie(&ann).send().await.text();
    assert!(page.contains("Tokens") && !page.contains(&own), "{page}");
    assert!(server.get("/admin").cookie(&root).send().await.text().contains("as ann"));

    let foreign_id = home.texts("SELECT lower(hex(id)) FROM tokens WHERE friend_id IS NULL").await;
    let refused = server.ask(Method::DELETE, &format!("/api/v1/tokens/{}", foreign_id[0])).cookie(&ann);
    assert_eq!(refused.send().await.status, StatusCode::NOT_FOUND);
    assert_eq!(server.get("/api/v1/friends").bearer(&foreign).send().await.status, StatusCode::OK);
    let form = form_urlencoded(&[("id", &id)]);
    let revoked = server.post("/api/revoke_token").cookie(&ann).form(form).send().await;
    assert!(revoked.status.is_redirection() || revoked.status.is_success(), "{}", revoked.text());
    assert_eq!(server.get("/api/v1/friends").bearer(&own).send().await.status, StatusCode::UNAUTHORIZED);
    let listed = home.command_ok(&["token", "list"], "").await;
    assert!(listed.contains("the whole server") && !listed.contains("ann"), "{listed}");
}

#[tokio::test]
async fn a_place_that_guesses_passwords_of_phones_is_slowed_and_the_right_phone_gets_in() {
    let home = Home::new();
    let ann = home.device("ann", "phone", &[]).await;
    let server = home.serve().await;
    let far = |number: u32| format!("198.51.100.{number}");
    let report = |from: &str, password: &str| {
        let body = json!({"_type": "location", "lat": 48.2, "lon": 16.37, "tst": 1_700_000_000, "acc": 10});
        let question = server.post("/pub").basic("ann", password).json(&body);
        // The server believes a proxy on this machine.
        question.header(header::HeaderName::from_static("x-forwarded-for"), from).send()
    };
    assert_eq!(report(&far(1), &ann.password).await.status, StatusCode::OK);
    let mut place = 2;
    // A guess is forgiven each second: on a slow machine the right one may come after that, and another place is guessed from.
    let slowed = eventually("the right one does not help where somebody guesses", async || {
        place += 1;
        let slowed = eventually("it is slowed down", async || {
            let answer = report(&far(place), "a wrong guess").await;
            (answer.status == StatusCode::TOO_MANY_REQUESTS).then_some(answer)
        });
        let slowed = slowed.await;
        let right = report(&far(place), &ann.password).await;
        (right.status == StatusCode::TOO_MANY_REQUESTS).then_some(slowed)
    })
    .await;
    assert!(slowed.header("retry-after").parse::<u32>().is_ok_and(|seconds| seconds >= 1));
    assert_eq!(report(&far(1), &ann.password).await.status, StatusCode::OK, "ann's phone, from its place");
    assert_eq!(report(&far(2), &ann.password).await.status, StatusCode::OK, "and from a new one");
    Phone::connect(server.broker(), &ann).await.publish("", "{}").await;
}

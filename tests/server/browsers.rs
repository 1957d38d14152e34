//! Alerts in the browser: the page that sets them up, and push messages for as long as somebody is signed in there.

use crate::support::{Home, PASSWORD, Receiver, Server, circle, form_urlencoded};
use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use http::{Method, StatusCode, header};
use serde_json::json;
use web_push_native::p256::{SecretKey, elliptic_curve::sec1::ToEncodedPoint};

/// Ann and ben, of one group.
async fn pair() -> Home {
    let home = Home::new();
    home.user("ann", &["--admin", "--group", "Family"]).await;
    home.user("ben", &["--group", "Family"]).await;
    home
}

/// What a browser says of itself: key and secret.
fn keys() -> (String, String) {
    let browser = SecretKey::from_slice(&[7; 32]).expect("is a key");
    let point = browser.public_key().to_encoded_point(false);
    (BASE64_URL_SAFE_NO_PAD.encode(point.as_bytes()), BASE64_URL_SAFE_NO_PAD.encode([9; 16]))
}

/// Asks a server function as the script of a page does.
async fn ask(server: &Server, cookie: &str, function: &str, fields: &[(&str, &str)]) -> StatusCode {
    let form = form_urlencoded(fields);
    server.post(&format!("/api/{function}")).cookie(cookie).form(form).send().await.status
}

/// Sends a form as a browser without script does, and reads the page that it comes to.
async fn send(server: &Server, cookie: &str, function: &str, fields: &[(&str, &str)]) -> String {
    let here = format!("http://{}", server.http);
    let question = server.post(&format!("/api/{function}")).cookie(cookie).form(form_urlencoded(fields));
    let question = question.header(header::ACCEPT, "text/html");
    let sent = question.header(header::REFERER, &format!("{here}/alerts?new")).send().await;
    assert!(sent.status.is_redirection(), "{}: {}", sent.status, sent.text());
    let path = sent.header("location").replacen(&here, "", 1);
    server.get(&path).cookie(cookie).send().await.text()
}

/// Where push messages of ben go.
async fn browsers(server: &Server, token: &str) -> Vec<String> {
    let known = server.json("/api/v1/alert-channels", token).await;
    let known = known["push"]["browsers"].as_array().expect("is a list");
    let mut known: Vec<String> =
        known.iter().map(|browser| browser["endpoint"].as_str().expect("is text").to_owned()).collect();
    known.sort();
    known
}

#[tokio::test]
async fn a_browser_is_told_for_as_long_as_its_session_holds() {
    let home = pair().await;
    let token = home.token("write", &["--user", "ben"]).await;
    let (service, server) =
        (Receiver::open().await, home.serve_with(&["--alert-networks", "127.0.0.0/8"]).await);
    let (first, second) = (server.sign_in("ben").await, server.sign_in("ben").await);
    let (p256dh, auth) = keys();
    let at = |name: &str| service.url(&format!("/push/{name}"));
    for (cookie, name) in [(&first, "first"), (&second, "second")] {
        let fields = [("endpoint", &*at(name)), ("p256dh", &p256dh), ("auth", &auth)];
        assert_eq!(ask(&server, cookie, "add_alert_browser", &fields).await, StatusCode::OK);
    }
    let body = json!({"endpoint": at("program"), "keys": {"p256dh": p256dh, "auth": auth}});
    let question = server.ask(Method::PUT, "/api/v1/alert-channels/push").bearer(&token).json(&body);
    assert_eq!(question.send().await.status, StatusCode::OK);
    assert_eq!(browsers(&server, &token).await, [at("first"), at("program"), at("second")]);

    // Nobody is told anything where they have signed out.
    assert!(!ask(&server, &first, "sign_out", &[]).await.is_server_error());
    assert_eq!(browsers(&server, &token).await, [at("program"), at("second")]);

    // A new password ends all sessions; that of the browser where it was typed goes on as another.
    let form = form_urlencoded(&[("old", PASSWORD), ("new", "another long sentence")]);
    let changed = server.post("/api/change_password").cookie(&second).form(form).send().await;
    let third = changed.header("set-cookie").split(';').next().expect("has a value").to_owned();
    assert!(!third.is_empty() && third != second, "{}", changed.text());
    assert_eq!(browsers(&server, &token).await, [at("program"), at("second")]);
    home.command_ok(&["user", "sign-out", "ben"], "").await;
    assert_eq!(browsers(&server, &token).await, [at("program")]);

    let tested = server.post("/api/v1/alert-channels/push/test").bearer(&token).json(&json!({})).send().await;
    assert_eq!(tested.json()["sent"], true, "{}", tested.text());
    assert_eq!((service.nth(0).await.path.as_str(), service.count()), ("/push/program", 1));
    let fields = [("endpoint", &*at("late")), ("p256dh", &p256dh), ("auth", &auth)];
    assert_eq!(ask(&server, &third, "add_alert_browser", &fields).await, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn what_works_beside_the_pages_is_a_plain_file_at_the_root() {
    let server = Home::new().serve().await;
    let file = server.get("/worker.js").send().await;
    assert_eq!(file.status, StatusCode::OK);
    assert!(file.header("content-type").starts_with("text/javascript"), "{}", file.header("content-type"));
    assert_eq!(file.header("cache-control"), "no-cache");
}

#[tokio::test]
async fn without_script_a_rule_is_made_changed_and_refused_beside_its_field() {
    let home = pair().await;
    let admin = home.token("admin", &["--user", "ann"]).await;
    let token = home.token("write", &["--user", "ben"]).await;
    let server = home.serve().await;
    let region = server.draw(&admin, &circle("Home", 48.2, 16.37, 150.0)).await;
    let ben = server.sign_in("ben").await;
    let page = server.get("/alerts").cookie(&ben).send().await.text();
    assert!(page.contains("Nobody is watched yet"), "{page}");

    let page = send(&server, &ben, "save_alert_rule", &[("direction", "enter"), ("whom", "these")]).await;
    assert!(page.contains("Friends must be all, or 1 to 50"), "{page}");
    let chosen = [("direction", "enter"), ("places", "these"), ("regions[]", &*region), ("on", "yes")];
    let page = send(&server, &ben, "save_alert_rule", &chosen).await;
    assert!(page.contains("Ways must be one at least"), "{page}");
    let hours = [("hours", "soon"), ("zone", "UTC"), ("channels[]", "page")];
    let page = send(&server, &ben, "save_alert_rule", &[&chosen[..], &hours[..]].concat()).await;
    assert!(page.contains("id=\"rule-hours-error\"") && page.contains(">soon</textarea>"), "{page}");
    assert!(server.items("/api/v1/alert-rules", &token).await.is_empty());

    let page =
        send(&server, &ben, "save_alert_rule", &[&chosen[..], &[("channels[]", "page")]].concat()).await;
    assert!(page.contains("when anybody arrives at Home, on an open page"), "{page}");
    let rules = server.items("/api/v1/alert-rules", &token).await;
    let id = rules[0]["id"].as_str().expect("has one").to_owned();
    let change =
        [("id", &*id), ("direction", "leave"), ("channels[]", "page"), ("channels[]", "mail"), ("on", "")];
    let page = send(&server, &ben, "save_alert_rule", &change).await;
    assert!(page.contains("when anybody leaves any region, on an open page, by e-mail; off"), "{page}");
    assert_eq!(server.items("/api/v1/alert-rules", &token).await.len(), 1, "it is the same rule");

    // Ann sees nothing of it here, and cannot touch it.
    let ann = server.sign_in("ann").await;
    assert_eq!(ask(&server, &ann, "remove_alert_rule", &[("id", &id)]).await, StatusCode::NOT_FOUND);
    assert!(server.get("/alerts").cookie(&ann).send().await.text().contains("Nobody is watched yet"));
    let page = send(&server, &ben, "remove_alert_rule", &[("id", &id)]).await;
    assert!(page.contains("Nobody is watched yet"), "{page}");
}

#[tokio::test]
async fn a_webhook_tells_its_secret_in_the_browser_where_it_was_made_alone() {
    let home = pair().await;
    let (hook, server) =
        (Receiver::open().await, home.serve_with(&["--alert-networks", "127.0.0.0/8"]).await);
    let (here, there) = (server.sign_in("ben").await, server.sign_in("ben").await);
    let form = form_urlencoded(&[("hook", &hook.url("/in"))]);
    let made = server.post("/api/set_alert_webhook").cookie(&here).form(form).send().await;
    let kept = made.header("set-cookie").split(';').next().expect("has a value").to_owned();
    let (secret, _) = kept.split_once('=').and_then(|(_, kept)| kept.split_once('.')).expect("has a secret");
    assert!(secret.len() > 20, "{kept}");
    let page = async |cookie: String| server.get("/alerts").cookie(&cookie).send().await.text();
    assert!(page(format!("{here}; {kept}")).await.contains(secret));
    assert!(!page(there).await.contains(secret));

    let page = send(&server, &here, "test_alert_channel", &[("channel", "webhook")]).await;
    assert!(page.contains("The test is sent: look whether it arrives."), "{page}");
    assert_eq!(hook.nth(0).await.json()["test"], true);
    hook.answer(StatusCode::INTERNAL_SERVER_ERROR);
    let page = send(&server, &here, "test_alert_channel", &[("channel", "webhook")]).await;
    assert!(page.contains("did not work: the server there answered 500"), "{page}");
    let page = send(&server, &here, "set_alert_webhook", &[("hook", "nothing")]).await;
    assert!(page.contains("id=\"webhook-hook-error\"") && page.contains("value=\"nothing\""), "{page}");
}

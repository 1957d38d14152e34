//! Behind a reverse proxy: it says where a request comes from and how it travelled, if it is one that is trusted.

use crate::support::{Answer, Home, PASSWORD, Server, an_admin, circle, form_urlencoded};
use http::{
    HeaderName,
    header::{HOST, ORIGIN},
};

const FOR: HeaderName = HeaderName::from_static("x-forwarded-for");
const PROTO: HeaderName = HeaderName::from_static("x-forwarded-proto");
const ASKED: HeaderName = HeaderName::from_static("x-forwarded-host");

/// Signs in through a proxy that says these things.
async fn sign_in(server: &Server, password: &str, said: &[(HeaderName, &str)]) -> Answer {
    let form = form_urlencoded(&[("name", "ann"), ("password", password), ("next", "/")]);
    let asking = server.post("/api/sign_in");
    said.iter()
        .fold(asking, |asking, (name, value)| asking.header(name.clone(), value))
        .form(form)
        .send()
        .await
}

#[tokio::test]
async fn cookies_are_for_tls_where_the_request_came_by_tls() {
    let home = Home::new();
    home.user("ann", &["--admin"]).await;
    let server = home.serve_with(&["--public-url", "https://where.example.org"]).await;
    for (said, secure, why) in [
        (vec![(PROTO, "https"), (HOST, "where.example.org")], true, "as the proxy says"),
        (vec![(PROTO, "http"), (HOST, "where.example.org")], false, "as the proxy says"),
        (vec![(HOST, "where.example.org")], true, "a proxy that says nothing, at the public host"),
        (vec![(ASKED, "where.example.org")], true, "the same, with another host inside"),
        (vec![], false, "somebody at home, by the address"),
    ] {
        let answer = sign_in(&server, PASSWORD, &said).await;
        assert_eq!(answer.header("set-cookie").contains("Secure"), secure, "{why}: {said:?}");
        assert_eq!(answer.header("strict-transport-security").is_empty(), !secure, "{why}: {said:?}");
    }
    drop(server);
    let server = home.serve_with(&["--trusted-proxies", "192.0.2.0/24"]).await;
    let answer = sign_in(&server, PASSWORD, &[(PROTO, "https")]).await;
    assert!(!answer.header("set-cookie").contains("Secure"), "this machine is not believed any more");
}

#[tokio::test]
async fn pages_may_act_under_the_name_that_the_proxy_was_asked_by() {
    let (home, server, cookie) = an_admin("ann").await;
    // With TLS it would have the other name.
    let cookie = format!("{cookie}; __Host-{cookie}");
    let mut number = 0;
    let mut draw = async |server: &Server, said: &[(HeaderName, &str)]| {
        number += 1;
        let asking = server.post("/api/v1/regions").cookie(&cookie);
        let asking = said.iter().fold(asking, |asking, (name, value)| asking.header(name.clone(), value));
        asking.json(&circle(&format!("Home {number}"), 48.2, 16.37, 100.0)).send().await.status.as_u16()
    };
    let asked = [(ASKED, "where.example.org"), (PROTO, "https")];
    let with = |origin: &'static str| [&asked[..], &[(ORIGIN, origin)]].concat();
    assert_eq!(draw(&server, &with("https://where.example.org")).await, 201);
    assert_eq!(draw(&server, &with("http://where.example.org")).await, 403, "a page without TLS is another");
    assert_eq!(draw(&server, &with("https://evil.example")).await, 403);
    drop(server);
    let server = home.serve_with(&["--trusted-proxies", "none"]).await;
    assert_eq!(draw(&server, &with("https://where.example.org")).await, 403, "nobody is believed");
}

#[tokio::test]
async fn who_guesses_is_slowed_down_by_the_address_that_the_trusted_proxy_saw() {
    let home = Home::new();
    home.user("ann", &["--admin"]).await;
    let server = home.serve_with(&["--trusted-proxies", "127.0.0.1,10.0.0.0/8"]).await;
    // What stands before the address that our proxies saw is made up by whoever asks.
    let mut statuses = Vec::new();
    for made_up in 0..30 {
        let list = format!("192.0.2.{made_up}, 198.51.100.7, 10.1.2.3");
        statuses.push(sign_in(&server, &format!("guess {made_up}"), &[(FOR, &list)]).await.status.as_u16());
    }
    assert!(statuses.contains(&429), "{statuses:?}");
}

#[tokio::test]
async fn a_proxy_that_is_none_is_told() {
    let home = Home::new();
    let ran = home.run(&["--data", "data", "--trusted-proxies", "10.0.0.1, nas"], "").await;
    assert_eq!(ran.code, Some(2));
    assert!(ran.err.contains("trusted-proxies") && ran.err.contains("\"nas\""), "{}", ran.err);
}

#[tokio::test]
async fn where_a_proxy_does_https_the_certificate_is_for_the_broker_alone() {
    let home = Home::new();
    let doors = ["--tls-cert", "own", "--https", "off", "--mqtts-listen", "127.0.0.1:0"];
    let server = home.serve_with(&doors).await;
    assert!(server.mqtts.is_some());
    assert_eq!(server.get("/healthz").send().await.text(), "ok", "without TLS");
}

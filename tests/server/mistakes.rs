//! What callers do wrong is their mistake: 4xx, never 5xx, and never a line about an error in the log.

use crate::support::{Home, Live, PASSWORD, a_token, an_admin, form_urlencoded};
use http::{Method, StatusCode, header};

#[tokio::test]
async fn what_cannot_be_read_is_the_askers_mistake() {
    let (_home, server, ann) = an_admin("ann").await;
    let far = "-9223372036854775808";
    // Without signing in nothing is looked at, whatever it is.
    for path in [&format!("/api/transitions?day=2026-05-17&zone={far}"), "/api/transitions?friend=zz"] {
        assert_eq!(server.get(path).send().await.status, StatusCode::UNAUTHORIZED, "{path}");
    }
    for path in [
        &format!("/api/transitions?day=2026-05-17&zone={far}"),
        "/api/transitions?friend=zz",
        "/api/transitions?day=zz",
        "/api/messages?only_trouble=perhaps",
        "/api/live",
    ] {
        let status = server.get(path).cookie(&ann).send().await.status;
        assert!(status.is_client_error(), "{path}: {status}");
    }
    for function in ["remove_friend", "remove_device", "remove_region"] {
        let path = format!("/api/{function}");
        for (form, expected) in [("id=zz", 404), ("", 422)] {
            let answer = server.post(&path).cookie(&ann).form(form.to_owned()).send().await;
            assert_eq!(answer.status.as_u16(), expected, "{path} {form}: {}", answer.text());
        }
        let stranger = server.post(&path).form("id=zz".to_owned()).send().await;
        assert_eq!(stranger.status, StatusCode::UNAUTHORIZED, "{path}");
    }
    assert_eq!(server.post("/api/sign_in").form(String::new()).send().await.status, 422);
    let log = server.log();
    assert!(!log.contains("ERROR") && !log.contains("panicked"), "{log}");
}

#[tokio::test]
async fn a_path_that_is_there_says_so_of_a_method_it_does_not_know() {
    let (_home, token, server) = a_token("admin").await;
    let answer = server.ask(Method::DELETE, "/api/v1/friends").bearer(&token).send().await;
    answer.assert_problem(405, None);
}

#[tokio::test]
async fn the_password_of_a_proxy_does_not_hide_who_is_signed_in() {
    let (_home, server, ann) = an_admin("ann").await;
    let asked = server.get("/api/v1/friends").cookie(&ann).basic("proxy", "its password");
    assert_eq!(asked.send().await.status, StatusCode::OK);
}

#[tokio::test]
async fn a_form_is_taken_from_our_own_page_and_no_other_by_http_2_too() {
    let home = Home::new();
    home.user("ann", &["--admin"]).await;
    let server = home.serve_with(&["--public-url", "https://where.example.org:443/map"]).await;
    let own = format!("http://{}", server.http);
    let form = || form_urlencoded(&[("name", "ann"), ("password", PASSWORD), ("next", "/")]);
    for http2 in [false, true] {
        for (origin, taken) in [
            (own.as_str(), true),
            ("https://where.example.org", true),
            ("http://where.example.org", false),
            ("https://evil.example", false),
            ("null", false),
        ] {
            let asked = server.post("/api/sign_in").form(form()).header(header::ORIGIN, origin);
            let status = if http2 { asked.http2() } else { asked }.send().await.status;
            assert_eq!(status != StatusCode::FORBIDDEN, taken, "{origin}, HTTP/2: {http2}: {status}");
        }
    }
    assert!(Live::open(&server, None, Some("https://evil.example")).await.is_err());
}

#[tokio::test]
async fn the_token_of_one_user_does_not_open_the_figures_of_the_whole_server() {
    let home = Home::new();
    home.user("ann", &[]).await;
    let (of_ann, of_all) = (home.token("read", &["--user", "ann"]).await, home.token("read", &[]).await);
    let server = home.serve().await;
    let through_a_proxy =
        || server.get("/metrics").header(header::HeaderName::from_static("x-forwarded-for"), "198.51.100.7");
    assert_eq!(through_a_proxy().send().await.status, 401);
    assert_eq!(through_a_proxy().bearer(&of_ann).send().await.status, 403);
    assert_eq!(through_a_proxy().bearer(&of_all).send().await.status, 200);
}

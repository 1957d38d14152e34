//! Sessions that are put upon somebody, and requests of other sites' pages.

use crate::support::{Home, PASSWORD, an_admin, form_urlencoded};
use http::{Method, header};

#[tokio::test]
async fn a_cookie_that_was_there_before_is_not_the_one_that_is_signed_in() {
    let home = Home::new();
    home.user("ann", &[]).await;
    home.user("eve", &[]).await;
    let server = home.serve().await;
    let form = || form_urlencoded(&[("name", "ann"), ("password", PASSWORD), ("next", "/")]);
    let planted = "whereabouts_session=aaaaaaaaaaaaaaaaaaaaaaaa";
    let eves = server.sign_in("eve").await;
    for before in [planted, eves.as_str()] {
        let answer = server.post("/api/sign_in").cookie(before).form(form()).send().await;
        let given = answer.header("set-cookie").to_owned();
        assert!(given.contains("; HttpOnly") && given.contains("; SameSite="), "{given}");
        let value = given.split(';').next().expect("has a value").to_owned();
        assert!(value.len() > 30 && value != before, "{given}");
        let who =
            async |cookie: &str| server.get("/api/me").cookie(cookie).send().await.json()["name"].clone();
        assert_eq!(server.get("/api/v1/friends").cookie(planted).send().await.status, 401);
        assert_ne!(who(before).await, "ann", "what was planted is worth what it was");
    }
    // Neither does an address carry a session.
    for path in [
        format!("/api/v1/friends?{eves}"),
        format!("/api/v1/friends;{eves}"),
        format!("/api/v1/friends?token={eves}&access_token={eves}"),
    ] {
        assert!(server.get(&path).send().await.status.is_client_error(), "{path}");
    }
}

#[tokio::test]
async fn signing_in_leads_to_no_other_site() {
    let home = Home::new();
    home.user("ann", &[]).await;
    let server = home.serve().await;
    for next in [
        "https://evil.example/",
        "//evil.example",
        "/\\evil.example",
        "javascript:alert(1)",
        "\t//evil.example",
    ] {
        let form = form_urlencoded(&[("name", "ann"), ("password", PASSWORD), ("next", next)]);
        let asked = server.post("/api/sign_in").form(form).header(header::ACCEPT, "text/html");
        let answer = asked.send().await;
        let to = answer.header("location").to_owned();
        let is_ours = to.starts_with('/') && !to.starts_with("//") && !to.contains(['\\', '\t']);
        assert!(to.is_empty() || is_ours, "{next}: {to}");
        assert!(!answer.headers.contains_key("serverfnredirect") || is_ours || to.is_empty(), "{next}");
    }
}

#[tokio::test]
async fn a_question_changes_nothing_so_that_a_picture_on_another_page_does_not_either() {
    let (_home, server, ann) = an_admin("ann").await;
    for method in [Method::GET, Method::HEAD] {
        for path in [
            "/api/sign_out",
            "/api/add_user?name=x&password=correct%20horse",
            "/api/add_demo",
            "/api/save_region?name=x&lat=1&lon=1&radius_m=100&shape=circle",
            "/settings/card?name=x",
            "/regions/import",
            "/pub",
        ] {
            let answer = server.ask(method.clone(), path).cookie(&ann).send().await;
            assert!(answer.status.is_client_error(), "{method} {path}: {}", answer.status);
        }
    }
    assert_eq!(server.get("/api/v1/friends").cookie(&ann).send().await.status, 200, "still signed in");
    let friends = server.get("/api/v1/friends").cookie(&ann).send().await.json();
    assert_eq!(friends["items"].as_array().map(Vec::len), Some(1));
}

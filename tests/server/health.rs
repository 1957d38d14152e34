//! Whether it is well, what it counts, and how it guards its pages.

use crate::support::{Home, Phone, a_phone, an_admin, eventually, form_urlencoded, location, now_s};
use http::header::{HOST, HeaderName, ORIGIN};

#[tokio::test]
async fn it_says_that_it_is_alive_and_ready() {
    let home = Home::new();
    let server = home.serve().await;
    for path in ["/healthz", "/readyz"] {
        let answer = server.get(path).send().await;
        assert_eq!((answer.status.as_u16(), answer.text().as_str()), (200, "ok"), "{path}");
    }
}

#[tokio::test]
async fn it_is_not_ready_while_the_database_does_not_write() {
    let home = Home::new();
    let server = home.serve().await;
    let mut database = home.database().await;
    sqlx::query("BEGIN IMMEDIATE").execute(&mut database).await.expect("nobody else writes");
    let ready = async || server.get("/readyz").send().await.status.as_u16();
    eventually("it is told", async || (ready().await == 503).then_some(())).await;
    sqlx::query("ROLLBACK").execute(&mut database).await.expect("it is ours");
    eventually("it is ready again", async || (ready().await == 200).then_some(())).await;
    assert_eq!(server.get("/healthz").send().await.status, 200);
}

#[tokio::test]
async fn figures_are_for_this_machine_or_with_a_token() {
    let (_home, ann, token, server) = a_phone("read").await;
    let mut phone = Phone::connect(server.broker(), &ann).await;
    phone.publish("", location(now_s(), 48.2, 16.37)).await;
    let figures = server.get("/metrics").send().await;
    assert_eq!(figures.status, 200);
    for line in [
        "whereabouts_messages_committed_total 1\n",
        "whereabouts_messages_in_trouble_total 0\n",
        "whereabouts_mqtt_connections 1\n",
        "whereabouts_devices 1\n",
        "# EOF\n",
    ] {
        assert!(figures.text().contains(line), "{line} in {}", figures.text());
    }
    let from_afar = || server.get("/metrics").header(HeaderName::from_static("x-forwarded-for"), "192.0.2.1");
    assert_eq!(from_afar().send().await.status, 401);
    assert_eq!(from_afar().bearer("wa_wrong").send().await.status, 401);
    assert_eq!(from_afar().bearer(&token).send().await.status, 200);
}

#[tokio::test]
async fn every_answer_carries_the_headers_that_guard_it() {
    let home = Home::new();
    let server = home.serve().await;
    for path in ["/", "/sign-in", "/healthz", "/api/v1/regions", "/no/such/page", "/api/v1/nothing"] {
        let answer = server.get(path).send().await;
        assert_eq!(answer.header("x-content-type-options"), "nosniff", "{path}");
        assert_eq!(answer.header("x-frame-options"), "DENY", "{path}");
        assert_eq!(answer.header("referrer-policy"), "same-origin", "{path}");
        assert!(answer.header("permissions-policy").contains("camera=()"), "{path}");
        let policy = answer.header("content-security-policy").to_owned() + &answer.text();
        assert!(
            policy.contains("frame-ancestors 'none'") || policy.contains("Content-Security-Policy"),
            "{path}"
        );
    }
}

#[tokio::test]
async fn pages_are_for_those_who_are_signed_in() {
    let home = Home::new();
    home.user("ann", &["--admin"]).await;
    let server = home.serve().await;
    for path in ["/", "/regions", "/history", "/friends", "/settings", "/admin"] {
        let answer = server.get(path).send().await;
        assert!(answer.status.is_redirection(), "{path}: {}", answer.status);
        assert!(answer.header("location").starts_with("/sign-in?next="), "{path}");
    }
    let cookie = server.sign_in("ann").await;
    for path in ["/", "/regions", "/history", "/friends", "/settings", "/admin"] {
        let answer = server.get(path).cookie(&cookie).send().await;
        assert_eq!(answer.status, 200, "{path}");
    }
    assert_eq!(server.get("/no/such/page").cookie(&cookie).send().await.status, 404);
}

#[tokio::test]
async fn guessing_a_password_is_slowed_down() {
    let home = Home::new();
    home.user("ann", &["--admin"]).await;
    let server = home.serve().await;
    let guess = || server.post("/api/sign_in").form("name=ann&password=a+wrong+guess&next=/".to_owned());
    let mut tries = 0;
    loop {
        let status = guess().send().await.status.as_u16();
        if status == 429 {
            break;
        }
        assert!([401, 422].contains(&status), "a wrong password is told as such, not by {status}");
        tries += 1;
        assert!(tries < 30, "nobody may guess for ever");
    }
    assert!(tries >= 5, "a few mistakes are fine");
}

#[tokio::test]
async fn a_foreign_page_may_not_act_for_a_friend() {
    let (_home, server, cookie) = an_admin("ann").await;
    let region = crate::support::circle("Home", 48.2, 16.37, 100.0);
    let drawing =
        |origin: &str| server.post("/api/v1/regions").cookie(&cookie).header(ORIGIN, origin).json(&region);
    assert_eq!(drawing("https://evil.example").send().await.status, 403);
    assert_eq!(drawing("null").send().await.status, 403);
    assert_eq!(drawing(&format!("http://{}", server.http)).send().await.status, 201);
    let form = || server.post("/api/sign_out").cookie(&cookie).form(String::new());
    assert_eq!(form().header(ORIGIN, "https://evil.example").send().await.status, 403);
    let kept = server.get("/api/v1/friends").cookie(&cookie).send().await;
    assert_eq!(kept.status, 200, "nobody was signed out");
}

#[tokio::test]
async fn the_cookie_is_out_of_reach_for_scripts_and_other_sites() {
    let home = Home::new();
    home.user("ann", &["--admin"]).await;
    for (public_url, is_secure) in [("http://where.example.org", false), ("https://where.example.org", true)]
    {
        let server = home.serve_with(&["--public-url", public_url]).await;
        let form = "name=ann&password=correct+horse+battery&next=/".to_owned();
        let answer = server.post("/api/sign_in").header(HOST, "where.example.org").form(form).send().await;
        let cookie = answer.header("set-cookie");
        for part in ["HttpOnly", "SameSite=Lax", "Path=/", "Max-Age="] {
            assert!(cookie.contains(part), "{part} in {cookie}");
        }
        assert_eq!(cookie.contains("Secure"), is_secure, "{cookie}");
        assert_eq!(cookie.starts_with("__Host-"), is_secure, "no other host can set it: {cookie}");
        assert_eq!(!answer.header("strict-transport-security").is_empty(), is_secure);
    }
}

#[tokio::test]
async fn a_cookie_that_is_worth_an_account_is_of_this_host_alone() {
    for (public_url, is_secure) in [("http://where.example.org", false), ("https://where.example.org", true)]
    {
        let home = Home::new();
        home.user("ann", &["--admin"]).await;
        let server = home.serve_with(&["--public-url", public_url]).await;
        // A browser has it by one of these names: which, says the public address.
        let session = server.sign_in("ann").await;
        let session = format!("{session}; __Host-{session}");
        for (form, fields, name) in [
            ("add_device", [("friend", "tom"), ("device", "phone"), ("how", "link")].as_slice(), "new_link"),
            ("add_device", &[("friend", "zoe"), ("device", "phone"), ("how", "card")], "new_phone"),
            ("invite", &[("name", "ben"), ("days", "2")], "new_invitation"),
        ] {
            let name = format!("whereabouts_{name}=");
            let asked =
                server.post(&format!("/api/{form}")).header(HOST, "where.example.org").cookie(&session);
            let answer = asked.form(form_urlencoded(fields)).send().await;
            let kept = answer.header("set-cookie");
            let told = format!("{form}: {} {kept}", answer.text());
            assert_eq!(
                kept.strip_prefix("__Host-").is_some_and(|kept| kept.starts_with(&name)),
                is_secure,
                "{told}"
            );
            assert!(kept.contains(&name) && kept.contains("Path=/;") && kept.contains("HttpOnly"), "{told}");
            assert_eq!(kept.contains("Secure"), is_secure, "{told}");
        }
    }
}

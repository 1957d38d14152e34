//! Other sites' pages: whatever changes something refuses them, and every page carries what keeps them out.

use crate::support::{Home, NOBODY, Server, an_admin};
use http::{HeaderName, Method, header};
use serde_json::Value;

const SEC_FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");

/// Every path that changes something when it is asked so: the JSON interface by its description, server functions by their list, and forms
/// with files.
async fn changing(server: &Server) -> Vec<(Method, String)> {
    let document: Value = server.get("/api/v1/openapi.json").send().await.json();
    let mut found = Vec::new();
    for (path, methods) in document["paths"].as_object().expect("has paths") {
        for method in methods.as_object().expect("has methods").keys() {
            let method: Method = method.to_uppercase().parse().expect("is a method");
            if method != Method::GET {
                let path = path.split('/').map(|part| if part.starts_with('{') { "x" } else { part });
                found.push((method, path.collect::<Vec<_>>().join("/")));
            }
        }
    }
    assert!(found.len() > 15, "{found:?}");
    let functions = leptos::server_fn::axum::server_fn_paths().filter(|(_, method)| *method == Method::POST);
    let functions: Vec<_> = functions.map(|(path, method)| (method, path.to_owned())).collect();
    assert!(functions.len() > 30, "{functions:?}");
    found.extend(functions);
    found.extend(["/settings/card", "/regions/import"].map(|path| (Method::POST, path.to_owned())));
    found
}

#[tokio::test]
async fn whatever_changes_something_refuses_pages_of_other_sites() {
    let (home, server, cookie) = an_admin("root").await;
    let state = || home.texts("SELECT group_concat(hex(hash)) FROM sessions");
    let before = state().await;
    for (method, path) in changing(&server).await {
        for (name, value) in [
            (header::ORIGIN, "https://evil.example"),
            (header::ORIGIN, "null"),
            (SEC_FETCH_SITE, "cross-site"),
            (SEC_FETCH_SITE, "same-site"),
        ] {
            let question = server.ask(method.clone(), &path).cookie(&cookie).form(String::new());
            let answer = question.header(name.clone(), value).send().await;
            assert_eq!(answer.status, 403, "{method} {path} with {name}: {value}");
        }
    }
    assert_eq!(state().await, before, "nobody was signed out");
    // Our own pages are let through.
    let own = server.post("/api/end_other_sessions").cookie(&cookie).form(String::new());
    let own =
        own.header(header::ORIGIN, &format!("http://{}", server.http)).header(SEC_FETCH_SITE, "same-origin");
    assert_ne!(own.send().await.status, 403);
}

#[tokio::test]
async fn every_page_keeps_foreign_scripts_and_frames_out() {
    let (_home, server, cookie) = an_admin("root").await;
    for path in [
        "/",
        "/history",
        "/regions",
        "/friends",
        "/settings",
        "/privacy",
        "/admin",
        "/admin/audit",
        "/admin/invitations",
        "/admin/broker",
        "/sign-in",
        "/set-up",
        "/invitation?token=x",
        "/nothing-here",
    ] {
        let answer = server.get(path).cookie(&cookie).send().await;
        assert_eq!(answer.header("x-content-type-options"), "nosniff", "{path}");
        assert_eq!(answer.header("content-security-policy"), "frame-ancestors 'none'", "{path}");
        assert_eq!(answer.header("x-frame-options"), "DENY", "{path}");
        assert_eq!(answer.header("referrer-policy"), "same-origin", "{path}: nothing of a link leaves");
        let page = answer.text();
        for part in ["default-src 'self'", "object-src 'none'", "base-uri 'none'", "form-action 'self'"] {
            assert!(page.contains(part), "{part} on {path}");
        }
        assert!(!page.contains("unsafe-inline"), "{path}");
        assert!(page.contains("noindex"), "{path}");
    }
}

#[tokio::test]
async fn nobody_comes_by_an_invitation_that_another_sites_page_opened_at_the_provider() {
    let home = Home::new();
    let server = home.serve_with(&["--oidc-issuer", NOBODY, "--oidc-client-id", "whereabouts"]).await;
    let start = async |site: &str| {
        let asked = server.get("/oidc/start?token=abcdefgh&name=mallory").header(SEC_FETCH_SITE, site);
        asked.send().await.header("location").to_owned()
    };
    for site in ["cross-site", "same-site"] {
        assert!(start(site).await.starts_with("/invitation?oidc=stale"), "{site}");
    }
    // From our own page it goes on, if only to a provider that is not there.
    assert!(start("same-origin").await.starts_with("/invitation?oidc=down"));
}

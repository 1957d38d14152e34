//! Below a path of its host: everything works behind proxies that cut the path off and behind those that hand it on, and nobody is led away
//! from it.

use crate::support::{
    Answer, Credentials, Gate, Home, Live, PASSWORD, Server, circle, form_urlencoded, location, now_s,
};
use domain::live::Change;
use http::header;
use serde_json::json;
use std::collections::{BTreeMap, BTreeSet};

const BASE: &str = "/where";
const PUBLIC: &str = "https://where.example.org/where";

/// A server with an admin, her token and a friend's phone, below a path and without MQTT.
async fn house(public: &str) -> (Home, Server, String, Credentials) {
    let home = Home::new();
    home.user("ann", &["--admin"]).await;
    let ben = home.device("ben", "phone", &[]).await;
    let token = home.token("admin", &["--user", "ann"]).await;
    let server = home.serve_with(&["--public-url", public, "--mqtt-listen", "off"]).await;
    (home, server, token, ben)
}

async fn sign_in(gate: &Gate, password: &str, next: &str) -> Answer {
    let form = form_urlencoded(&[("name", "ann"), ("password", password), ("next", next)]);
    let page = format!("{PUBLIC}/sign-in?next=%2Fhistory");
    let asked = gate.post("/where/api/sign_in").header(header::ACCEPT, "text/html");
    asked
        .header(header::REFERER, &page)
        .header(header::ORIGIN, "https://where.example.org")
        .form(form)
        .send()
        .await
}

fn cookie(answer: &Answer) -> String {
    answer.header("set-cookie").split(';').next().expect("has a value").to_owned()
}

async fn signed_in(gate: &Gate) -> String {
    cookie(&sign_in(gate, PASSWORD, "/").await)
}

/// What a page leads to or loads: attributes, and what its script fetches.
fn addresses(page: &str) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for opening in [
        " href=\"",
        " src=\"",
        " action=\"",
        " formaction=\"",
        "import('",
        "import(\"",
        "_or_path: '",
        "_or_path: \"",
    ] {
        for rest in page.split(opening).skip(1) {
            let end = rest.find(['"', '\'']).expect("it ends");
            found.insert(rest[..end].replace("&amp;", "&"));
        }
    }
    found
}

#[tokio::test]
async fn every_address_of_every_page_lies_below_the_path() {
    let (_home, server, token, ben) = house(&format!("{PUBLIC}/")).await;
    let region = server.draw(&token, &circle("Home", 48.2, 16.37, 100.0)).await;
    let sent = location(now_s(), 48.2, 16.37).into_bytes();
    let sent = server.post("/pub").basic(&ben.username, &ben.password).bytes(sent).send().await;
    assert_eq!(sent.status, 200);
    for cuts in [true, false] {
        let gate = Gate::before(&server, BASE, cuts).await;
        let cookie = signed_in(&gate).await;
        let mut ways = vec![
            BASE.to_owned(),
            format!("{BASE}/"),
            format!("{BASE}/?friend=ben"),
            format!("{BASE}/regions?edit={region}"),
            format!("{BASE}/sensors?new"),
            format!("{BASE}/admin/outlets?new"),
            format!("{BASE}/no-such-page"),
            format!("{BASE}/phone/-"),
        ];
        let mut seen: BTreeMap<String, Vec<String>> = BTreeMap::new();
        while let Some(way) = ways.pop() {
            let path = way.split(['?', '#']).next().expect("has a beginning").to_owned();
            // The same page with other questions looks the same.
            let asked = seen.entry(path.clone()).or_default();
            if asked.contains(&way) || asked.len() == 4 {
                continue;
            }
            asked.push(way.clone());
            let answer =
                gate.get(way.split('#').next().expect("has a beginning")).cookie(&cookie).send().await;
            let missing = path.ends_with("/no-such-page");
            assert!(answer.status == 200 || (missing && answer.status == 404), "{way}: {}", answer.status);
            if !answer.header("content-type").starts_with("text/html") {
                continue;
            }
            let page = answer.text();
            assert!(page.contains(&format!("<html lang=\"en\" data-base=\"{BASE}\"")), "{way}");
            for address in addresses(&page) {
                let ours = address.starts_with('/');
                let below = address.starts_with(&format!("{BASE}/"));
                let other =
                    ["https://", "owntracks:///", "geo:", "#"].iter().any(|kind| address.starts_with(kind));
                assert!(below || (!ours && (other || address.is_empty())), "{way} leads to {address}");
                let file = ["/pkg/", "/vendor/", "/api/"]
                    .iter()
                    .any(|folder| address.starts_with(&format!("{BASE}{folder}")));
                let file = file || [".svg", ".js", ".webmanifest"].iter().any(|end| address.ends_with(end));
                if below
                    && !file
                    && address != format!("{BASE}/settings/card")
                    && address != format!("{BASE}/regions/import")
                {
                    ways.push(address);
                }
            }
        }
        for page in [
            "/",
            "/history",
            "/history/time",
            "/regions",
            "/friends",
            "/friends/ben/phone",
            "/admin/audit",
            "/privacy",
            "/settings",
        ] {
            assert!(seen.contains_key(&format!("{BASE}{page}")), "nothing led to {page}: {:?}", seen.keys());
        }
        let regions = gate.get("/where/regions").cookie(&cookie).send().await.text();
        assert!(
            regions.contains("href=\"/where/regions\" aria-current=\"page\""),
            "one sees where one is: {regions}"
        );
    }
}

#[tokio::test]
async fn without_script_one_signs_in_below_the_path_and_goes_on_there() {
    let (_home, server, _token, _ben) = house(PUBLIC).await;
    for cuts in [true, false] {
        let gate = Gate::before(&server, BASE, cuts).await;
        let asked = gate.get("/where/history?kind=enter").send().await;
        assert_eq!(asked.header("location"), "/where/sign-in?next=%2Fhistory%3Fkind%3Denter");
        let page = gate.get(asked.header("location")).send().await.text();
        assert!(
            page.contains("action=\"/where/api/sign_in\"") && page.contains("value=\"/history?kind=enter\""),
            "{page}"
        );

        let refused = sign_in(&gate, "wrong", "/").await;
        assert_eq!(refused.status, 302);
        let back = refused.header("location");
        assert!(
            back.starts_with("https://where.example.org/where/sign-in?") && back.contains("__err="),
            "{back}"
        );
        let back = back.strip_prefix("https://where.example.org").expect("is there");
        let page = gate.get(back).send().await.text();
        assert!(page.contains("wrong"), "it stands beside the field: {page}");

        let welcomed = sign_in(&gate, PASSWORD, "/history?kind=enter").await;
        assert_eq!(
            (welcomed.status.as_u16(), welcomed.header("location")),
            (302, "/where/history?kind=enter")
        );
        let kept = welcomed.header("set-cookie");
        assert!(kept.starts_with("__Host-whereabouts_session.where=") && kept.contains("Path=/;"), "{kept}");
        let cookie = cookie(&welcomed);
        assert_eq!(gate.get("/where/history").cookie(&cookie).send().await.status, 200);

        let out = gate.post("/where/api/sign_out").cookie(&cookie).header(header::ACCEPT, "text/html");
        let out = out.form(String::new()).send().await;
        assert_eq!(out.header("location"), "/where/sign-in");
        assert_eq!(gate.get("/history").cookie(&cookie).send().await.status, 421, "another site's");
    }
}

#[tokio::test]
async fn forms_go_back_to_their_pages_below_the_path() {
    for cuts in [true, false] {
        let (_home, server, _token, _ben) = house(PUBLIC).await;
        let gate = Gate::before(&server, BASE, cuts).await;
        let cookie = signed_in(&gate).await;
        let tokens = gate.get("/where/api/tokens?all=false").cookie(&cookie).send().await.json();
        let id = tokens[0]["id"].as_str().expect("there is one").to_owned();
        let revoke = gate.post("/where/api/revoke_token").cookie(&cookie).header(header::ACCEPT, "text/html");
        let revoke = revoke.header(header::REFERER, &format!("{PUBLIC}/settings?ended"));
        let revoked = revoke.form(form_urlencoded(&[("id", &id)])).send().await;
        assert_eq!(revoked.header("location"), "/where/settings?revoked", "{}", revoked.text());
        let scripted = gate.post("/where/api/sign_out").cookie(&cookie).form(String::new()).send().await;
        assert_eq!((scripted.status.as_u16(), scripted.header("location")), (200, "/where/sign-in"));
    }
}

#[tokio::test]
async fn phones_programs_and_the_live_line_come_below_the_path() {
    for cuts in [true, false] {
        let (_home, server, token, ben) = house(PUBLIC).await;
        let gate = Gate::before(&server, BASE, cuts).await;
        let cookie = signed_in(&gate).await;
        assert_eq!(gate.get("/where/healthz").send().await.text(), "ok");
        let described = gate.get("/where/api/v1/openapi.json").bearer(&token).send().await.json();
        assert_eq!(described["servers"], json!([{"url": BASE}]));
        let friends = gate.get("/where/api/v1/friends").bearer(&token).send().await.json();
        assert_eq!(friends["items"].as_array().map(Vec::len), Some(2));
        gate.get("/where/api/v1/nothing").bearer(&token).send().await.assert_problem(404, None);

        let mut live = Live::below(gate.address, BASE, &cookie).await;
        live.snapshot().await;
        let sent = location(now_s(), 48.2, 16.37).into_bytes();
        let sent = gate.post("/where/pub").basic(&ben.username, &ben.password).bytes(sent).send().await;
        assert_eq!(sent.status, 200);
        assert!(live.delta().await.changes.iter().any(|change| matches!(change, Change::Moved(..))));

        // A phone that is set up by a link.
        let wish = json!({"friend": "tom", "device": "phone"});
        let made = gate.post("/where/api/v1/device-links").bearer(&token).json(&wish).send().await.json();
        let url = made["url"].as_str().expect("has an address");
        let link = url.strip_prefix(&format!("{PUBLIC}/phone/")).expect("lies below the path");
        let form = form_urlencoded(&[("token", link), ("share", "")]);
        let used = gate
            .post("/where/api/use_device_link")
            .header(header::ACCEPT, "text/html")
            .form(form)
            .send()
            .await;
        assert_eq!(used.header("location"), format!("/where/phone/{link}"));
        let kept = used.header("set-cookie");
        assert!(
            kept.starts_with("__Host-whereabouts_new_phone.where=") && kept.contains("; Path=/;"),
            "{kept}"
        );
        let settings =
            gate.get("/where/phone/whereabouts.otrc").cookie(&self::cookie(&used)).send().await.json();
        assert_eq!(settings["url"], format!("{PUBLIC}/pub"));
        // How it came is what the proxy says, not what the public address is.
        let text = |member: &str| settings[member].as_str().expect("is there").to_owned();
        let encrypted = async || {
            let links = gate.get("/where/api/v1/device-links").bearer(&token).send().await.json();
            links["items"][0]["encrypted"].as_bool()
        };
        assert_eq!(encrypted().await, None);
        let body = || location(now_s(), 48.2, 16.37).into_bytes();
        let plain =
            server.post("/pub").basic(&text("username"), &text("password")).bytes(body()).send().await;
        assert_eq!((plain.status.as_u16(), encrypted().await), (200, Some(false)));
        let sealed =
            gate.post("/where/pub").basic(&text("username"), &text("password")).bytes(body()).send().await;
        assert_eq!((sealed.status.as_u16(), encrypted().await), (200, Some(true)));
    }
}

#[tokio::test]
async fn without_a_path_nothing_is_said_of_one() {
    let home = Home::new();
    home.user("ann", &["--admin"]).await;
    let server = home.serve_with(&["--public-url", "https://where.example.org/"]).await;
    let page = server.get("/sign-in").send().await.text();
    assert!(page.contains("<html lang=\"en\">") && page.contains("action=\"/api/sign_in\""), "{page}");
    let cookie = server.sign_in("ann").await;
    let described = server.get("/api/v1/openapi.json").cookie(&cookie).send().await.json();
    assert!(described["servers"].is_null());
    assert_eq!(server.get("/where/history").send().await.status, 404);
}

#[tokio::test]
async fn a_path_that_the_server_needs_itself_is_refused() {
    let home = Home::new();
    for (url, why) in [
        ("https://example.org/friends", "/friends"),
        ("https://example.org/a b", "letters"),
        ("https://example.org/where?x", "letters"),
        ("https://?x", "as people type it"),
    ] {
        let ran = home.run(&["--data", "data", "--public-url", url], "").await;
        assert_eq!(ran.code, Some(2), "{url}");
        assert!(ran.err.contains("public-url") && ran.err.contains(why), "{url}: {}", ran.err);
    }
}

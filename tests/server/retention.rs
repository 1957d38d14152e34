//! For how long what is stored is kept: said at the terminal, over the interface and on the pages, and done by the server.

use crate::support::{Home, Phone, eventually, form_urlencoded, location, now_s};
use http::Method;
use serde_json::json;

const DAY_S: i64 = 86_400;

#[tokio::test]
async fn the_terminal_says_how_long_is_kept_and_the_server_deletes_what_is_older() {
    let home = Home::new();
    let credentials = home.device("ann", "phone", &[]).await;
    home.user("ann", &["--admin"]).await;
    let token = home.token("admin", &["--user", "ann"]).await;
    let server = home.serve().await;
    let mut phone = Phone::connect(server.broker(), &credentials).await;
    phone.publish("", location(now_s() - 10 * DAY_S, 48.1, 16.37)).await;
    phone.publish("", location(now_s() - DAY_S, 48.2, 16.37)).await;
    assert_eq!(server.items("/api/v1/fixes?friend=ann&device=phone", &token).await.len(), 2);
    server.stop().await;

    let said = home.command_ok(&["retention", "--fixes", "9", "--audit", "forever"], "").await;
    assert_eq!(
        said,
        "raw          90 days\nfixes        9 days\ntransitions  1826 days\naudit        forever\n"
    );
    let server = home.serve().await;
    eventually("the oldest position is gone", async || {
        server.items("/api/v1/fixes?friend=ann&device=phone", &token).await.len().eq(&1).then_some(())
    })
    .await;
    let metrics = server.get("/metrics").send().await.text();
    assert!(
        metrics.contains(r#"whereabouts_retention_horizon_age_seconds{class="fixes"} 777600"#),
        "{metrics}"
    );
    assert!(metrics.contains(r#"whereabouts_retention_deleted_total{class="fixes"}"#), "{metrics}");
    let audit = server.items("/api/v1/audit", &token).await;
    let set = audit.iter().find(|entry| entry["act"] == "retention-set").expect("is written down");
    assert_eq!(set["note"], "fixes 730 to 9, audit 400 to forever");
}

#[tokio::test]
async fn who_may_say_how_long_is_kept_says_it_over_the_interface() {
    let home = Home::new();
    home.device("ann", "phone", &[]).await;
    home.user("cid", &["--admin"]).await;
    home.user("ann", &[]).await;
    let (cid, ann) =
        (home.token("admin", &["--user", "cid"]).await, home.token("write", &["--user", "ann"]).await);
    let server = home.serve().await;
    let put = |who: &str, path: &str, body: serde_json::Value| {
        server.ask(Method::PUT, &format!("/api/v1/{path}")).bearer(who).json(&body).send()
    };
    server.get("/api/v1/retention").bearer(&ann).send().await.assert_problem(403, None);
    put(&ann, "retention", json!({"raw": 5})).await.assert_problem(403, None);
    put(&cid, "retention", json!({"raw": 0})).await.assert_problem(422, Some("raw"));
    put(&cid, "retention", json!({"audit": "never"})).await.assert_problem(422, Some("audit"));
    let set = put(&cid, "retention", json!({"raw": 30, "transitions": "forever"})).await.json();
    assert_eq!(set["keep"], json!({"raw": 30, "fixes": 730, "transitions": "forever", "audit": 400}));
    assert!(set["file_bytes"].as_u64() > Some(0) && set["begins_at"].is_null(), "{set}");

    let own = server.json("/api/v1/friends/me/retention", &ann).await;
    assert_eq!((&own["own"], &own["keep"]["raw"]), (&json!({}), &json!(30)));
    put(&ann, "friends/me/retention", json!({"raw": 31})).await.assert_problem(422, Some("raw"));
    put(&ann, "friends/me/retention", json!({"fixes": 0})).await.assert_problem(422, Some("fixes"));
    put(&cid, "friends/ann/retention", json!({"fixes": 3})).await.assert_problem(403, None);
    let own = put(&ann, "friends/me/retention", json!({"fixes": 3})).await.json();
    assert_eq!(own["keep"], json!({"raw": 3, "fixes": 3, "transitions": "forever"}));
}

#[tokio::test]
async fn the_pages_say_it_too() {
    let home = Home::new();
    home.device("ann", "phone", &[]).await;
    home.user("ann", &["--admin"]).await;
    let server = home.serve().await;
    let cookie = server.sign_in("ann").await;
    let page = async |path: &str| server.get(path).cookie(&cookie).send().await.text();
    let send = async |path: &str, fields: &[(&str, &str)]| {
        let form = form_urlencoded(fields);
        server.post(path).cookie(&cookie).form(form).send().await.status.as_u16()
    };
    assert!(page("/admin/storage").await.contains("Levels off"));
    let days = |raw| [("raw", raw), ("fixes", "34"), ("transitions", "forever"), ("audit", "56")];
    assert_eq!(send("/api/set_retention", &days("soon")).await, 422);
    assert_eq!(send("/api/set_retention", &days("12")).await, 200);
    let shown = page("/admin/storage").await;
    assert!(shown.contains(r#"value="34""#) && shown.contains("Comings and goings"), "{shown}");
    let friends = server.get("/api/v1/friends").cookie(&cookie).send().await.json()["items"].clone();
    let friend = friends[0]["id"].as_str().expect("is an id").to_owned();
    let own = |fixes| [("friend", &*friend), ("raw", ""), ("fixes", fixes), ("transitions", "")];
    assert_eq!(send("/api/set_own_retention", &own("35")).await, 422, "more than the server");
    assert_eq!(send("/api/set_own_retention", &own("7")).await, 200);
    assert!(page("/privacy/data").await.contains("7 days"));
}

//! For how long what is stored is kept: said at the terminal, over the interface and on the pages, and done by the server.

use crate::support::{Chance, Home, Phone, Server, circle, eventually, form_urlencoded, location, now_s};
use http::Method;
use serde_json::{Value, json};
use sqlx::{Connection, Row, SqliteConnection};
use std::time::Duration;

const DAY_S: i64 = 86_400;
/// How many old rows there are of messages, positions and the audit log: as many steps each as there are thousands.
const OLD: [i64; 3] = [14_000, 9_000, 6_000];
/// How long after a step the server is killed at the most, microseconds.
const SOON: u64 = 40_000;

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
    // What comes late is as old as when it came; this one came ten days ago, too.
    let mut aside = home.database().await;
    let came = sqlx::query("UPDATE fixes SET received_at = at WHERE lat = 48.1").execute(&mut aside).await;
    assert_eq!(came.expect("is written").rows_affected(), 1);
    drop(aside);

    let chosen = ["retention", "--fixes", "9", "--observations", "8", "--audit", "forever"];
    let said = home.command_ok(&chosen, "").await;
    assert_eq!(
        said,
        "raw          90 days\nfixes        9 days\ntransitions  1826 days\nobservations 8 days\naudit        forever\nchat         365 days\n"
    );
    let server = home.serve().await;
    eventually("the oldest position is gone", async || {
        home.count("SELECT count(*) FROM fixes").await.eq(&1).then_some(())
    })
    .await;
    let metrics = eventually("it is counted", async || {
        let metrics = server.get("/metrics").send().await.text();
        // The position, and from what late evidence was judged before it.
        metrics.contains("whereabouts_retention_deleted_total{class=\"fixes\"} 3\n").then_some(metrics)
    })
    .await;
    assert!(
        metrics.contains("whereabouts_retention_horizon_age_seconds{class=\"fixes\"} 777600\n"),
        "{metrics}"
    );
    let audit = server.items("/api/v1/audit", &token).await;
    let set = audit.iter().find(|entry| entry["act"] == "retention-set").expect("is written down");
    assert_eq!(set["note"], "fixes 730 to 9, observations 730 to 8, audit 400 to forever");
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
    let classes = json!({"raw": 30, "fixes": 730, "transitions": "forever", "observations": 730, "audit": 400, "chat": 365});
    assert_eq!(set["keep"], classes);
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
    let days = |raw| {
        let rest = [("observations", "78"), ("audit", "56"), ("chat", "65")];
        [[("raw", raw), ("fixes", "34"), ("transitions", "forever")], rest].concat()
    };
    assert_eq!(send("/api/set_retention", &days("soon")).await, 422);
    assert_eq!(send("/api/set_retention", &days("12")).await, 200);
    let shown = page("/admin/storage").await;
    assert!(
        shown.contains(r#"value="34""#)
            && shown.contains(r#"value="78""#)
            && shown.contains("Comings and goings"),
        "{shown}"
    );
    let friends = server.get("/api/v1/friends").cookie(&cookie).send().await.json()["items"].clone();
    let friend = friends[0]["id"].as_str().expect("is an id").to_owned();
    let own = |fixes| [("friend", &*friend), ("raw", ""), ("fixes", fixes), ("transitions", "")];
    assert_eq!(send("/api/set_own_retention", &own("35")).await, 422, "more than the server");
    assert_eq!(send("/api/set_own_retention", &own("7")).await, 200);
    assert!(page("/privacy/data").await.contains("7 days"));
}

/// Writes what another process would have written long ago.
async fn fill(home: &Home) {
    let mut database = home.database().await;
    let old = (now_s() - 800 * DAY_S) * 1000;
    let rows = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?1), d(id) AS (SELECT id FROM devices LIMIT 1)";
    for (count, insert) in OLD.into_iter().zip([
        "INSERT INTO messages (received_at, door, device_id, topic, retained, payload, verdict, trouble)
         SELECT ?2 + i * 1000, 'broker', d.id, 'owntracks/ann/phone', 0, zeroblob(200), 'kept: unknown', 0 FROM n, d",
        "INSERT INTO fixes (device_id, at, received_at, lat, lon) SELECT d.id, ?2 + i * 1000, ?2 + i * 1000, 47.1, 15.2 FROM n, d",
        "INSERT INTO audit (id, at, last_at, actor_kind, actor, act, subject)
         SELECT randomblob(16), ?2 + i * 1000, ?2 + i * 1000, 'terminal', 'terminal', 'device-added', 'something' FROM n",
    ]) {
        let query = sqlx::query(sqlx::AssertSqlSafe(format!("{rows} {insert}"))).bind(count).bind(old);
        query.execute(&mut database).await.expect("is written");
    }
    database.close().await.expect("closes");
}

/// How many rows are old, and what is young, in words.
async fn left(database: &mut SqliteConnection) -> (i64, Vec<String>) {
    let before = (now_s() - 700 * DAY_S) * 1000;
    let old = "SELECT (SELECT count(*) FROM messages WHERE received_at < ?1) + (SELECT count(*) FROM fixes WHERE at < ?1)
               + (SELECT count(*) FROM audit WHERE at < ?1)";
    let old = sqlx::query(old).bind(before).fetch_one(&mut *database).await.expect("is a number").get(0);
    let young = "SELECT 'message ' || hex(payload) || verdict FROM messages WHERE received_at >= ?1
                 UNION ALL SELECT 'fix ' || at || ' ' || lat FROM fixes WHERE at >= ?1
                 UNION ALL SELECT 'entry ' || hex(id) FROM audit WHERE at >= ?1
                 UNION ALL SELECT 'transition ' || hex(id) || kind || at FROM transitions
                 UNION ALL SELECT 'state ' || judged FROM device_states ORDER BY 1";
    let rows = sqlx::query(young).bind(before).fetch_all(database).await.expect("is text");
    (old, rows.iter().map(|row| row.get(0)).collect())
}

/// How many rows the server says it has deleted since its start.
async fn deleted(server: &Server) -> i64 {
    let metrics = server.get("/metrics").send().await.text();
    let lines = metrics.lines().filter(|line| line.starts_with("whereabouts_retention_deleted_total"));
    lines.filter_map(|line| line.rsplit(' ').next()?.parse::<i64>().ok()).sum()
}

#[tokio::test]
async fn a_server_that_is_killed_while_it_deletes_goes_on_and_nothing_younger_is_lost() {
    let mut chance = Chance::new();
    let home = Home::new();
    let credentials = home.device("ann", "phone", &[]).await;
    let token = home.token("admin", &[]).await;
    home.command_ok(&["retention", "--raw", "forever", "--fixes", "forever", "--audit", "forever"], "").await;
    fill(&home).await;
    let server = home.serve().await;
    server.draw(&token, &circle("Home", 48.2, 16.37, 150.0)).await;
    let mut phone = Phone::connect(server.broker(), &credentials).await;
    for (ago_h, lat) in [(50, 48.3), (40, 48.2), (30, 48.3), (20, 48.2), (10, 48.3), (2, 48.2)] {
        for minute in 0..3 {
            phone.publish("", location(now_s() - ago_h * 3600 + minute * 60, lat, 16.37)).await;
        }
    }
    let told = async |server: &Server| -> [Vec<Value>; 2] {
        [server.items("/api/v1/presence", &token).await, server.items("/api/v1/transitions", &token).await]
    };
    let before = told(&server).await;
    assert!(before[0].len() == 1 && before[1].len() > 4, "{before:?}");
    assert!(server.stop().await.success());
    home.command_ok(&["retention", "--raw", "90", "--fixes", "730", "--audit", "400"], "").await;
    let (all, young) = left(&mut home.copied_database(&home.path("data")).await).await;
    assert_eq!(all, OLD.iter().sum::<i64>());

    let (mut rest, mut kills) = (all, 0);
    while rest > 0 {
        let server = home.serve().await;
        let goal = 1 + i64::try_from(chance.below(3)).expect("is small") * 1000;
        eventually(&format!("some of it is deleted, {chance}"), async || {
            (deleted(&server).await >= goal.min(rest)).then_some(())
        })
        .await;
        tokio::time::sleep(Duration::from_micros(chance.below(SOON))).await;
        server.kill();
        let mut database = home.copied_database(&home.path("data")).await;
        let sound: String =
            sqlx::query("PRAGMA integrity_check").fetch_one(&mut database).await.expect("asks").get(0);
        assert_eq!(sound, "ok", "{chance}");
        let (now, still) = left(&mut database).await;
        assert!(now < rest, "it goes on where it was: {now} of {rest}, {chance}");
        assert_eq!(still, young, "nothing younger is touched, {chance}");
        let noted = "SELECT (SELECT line FROM retention) + 1 - (SELECT min(id) FROM messages)";
        let gap: i64 = sqlx::query(noted).fetch_one(&mut database).await.expect("is a number").get(0);
        assert_eq!(gap, 0, "what is gone of the log is noted with it, {chance}");
        database.close().await.expect("closes");
        kills += i64::from(now > 0);
        rest = now;
    }
    assert!(kills >= 3, "it was killed in the middle: {kills} times, {chance}");

    let server = home.serve().await;
    assert_eq!(told(&server).await, before, "{chance}");
    phone = Phone::connect(server.broker(), &credentials).await;
    phone.publish("", location(now_s() - 60, 48.3, 16.37)).await;
    phone.publish("", location(now_s(), 48.3, 16.37)).await;
    eventually("ann has left", async || {
        (server.items("/api/v1/transitions", &token).await.len() > before[1].len()).then_some(())
    })
    .await;
    assert!(server.stop().await.success());
    home.command_ok(&["rebuild"], "").await;
}

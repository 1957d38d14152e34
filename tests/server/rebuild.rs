//! `whereabouts rebuild`, with the server running and without, on what came through all three doors.

use crate::support::{Home, Mosquitto, Phone, circle, eventually, location, now_s, rfc3339};
use http::Method;
use serde_json::json;
use sqlx::{AssertSqlSafe, Connection};

async fn tamper(home: &Home, sql: &str) {
    let mut database = home.database().await;
    sqlx::query(AssertSqlSafe(sql.to_owned())).execute(&mut database).await.expect("the statement is right");
    database.close().await.expect("closes");
}

#[tokio::test]
async fn what_came_through_all_doors_is_rebuilt_equal_and_a_tampered_row_is_named() {
    let home = Home::new();
    let (ann, ben) = (home.device("ann", "phone", &[]).await, home.device("ben", "phone", &[]).await);
    let token = home.token("admin", &[]).await;
    let mosquitto = Mosquitto::start(&home, "").await;
    let server = home.serve_behind(&mosquitto).await;
    eventually("we are subscribed", async || {
        server.log().contains("connected to the MQTT broker").then_some(())
    })
    .await;
    let mut phone = Phone::connect(server.broker(), &ann).await;
    let mut stranger = mosquitto.connect("owntracks/Cy/phone").await;
    let start = now_s() - 20_000;
    let mut region = server.draw(&token, &circle("Home", 48.2, 16.37, 300.0)).await;
    for step in 0..120_i32 {
        let at = start + i64::from(step) * 60;
        let lat = 48.2 + f64::from(step % 20 - 10) * 0.001;
        phone.publish("", location(at, lat, 16.37)).await;
        let report = location(at - i64::from(step % 7) * 90, lat, 16.371);
        let posted = server.post("/pub").basic(&ben.username, &ben.password).bytes(report.into_bytes());
        assert_eq!(posted.send().await.status, 200);
        match step % 10 {
            0 => stranger.publish("", location(at, lat, 16.372)).await,
            1 => stranger.publish("/event", r#"{"_type":"lwt","tst":1}"#).await,
            2 => phone.retain("", location(at - 3600, 48.3, 16.37)).await,
            3 => phone.publish("", "{garbage").await,
            4 => phone.publish("", location(at, lat, 16.37)).await,
            5 => {
                phone
                    .publish("/waypoint", r#"{"_type":"waypoint","desc":"Den","tst":1,"lat":1,"lon":2}"#)
                    .await;
            }
            6 => {
                let said = json!({"_type": "transition", "event": "leave", "desc": "Home", "tst": at, "wtst": 1,
                                  "lat": lat, "lon": 16.37, "acc": 10});
                phone.publish("/event", said.to_string()).await;
            }
            7 => {
                let refused = phone.try_publish("owntracks/ben/phone", b"{}", false).await;
                refused.expect("is acknowledged, and recorded as refused");
            }
            8 if step % 40 == 8 => {
                let moved = circle("Home", 48.2, 16.37, 200.0 + f64::from(step));
                let path = format!("/api/v1/regions/{region}");
                assert_eq!(
                    server.ask(Method::PUT, &path).bearer(&token).json(&moved).send().await.status,
                    200
                );
            }
            9 if step % 40 == 39 => {
                let path = format!("/api/v1/regions/{region}");
                assert_eq!(server.ask(Method::DELETE, &path).bearer(&token).send().await.status, 204);
                region = server.draw(&token, &circle("Home", 48.201, 16.37, 250.0)).await;
            }
            _ => {}
        }
    }
    eventually("what the stranger said has arrived", async || {
        (home.count("SELECT count(*) FROM messages WHERE door = 'bridge'").await >= 24).then_some(())
    })
    .await;
    let out = home.command_ok(&["rebuild"], "").await;
    assert!(out.contains("transitions") && !out.contains("only in"), "{out}");
    assert!(home.count("SELECT count(*) FROM transitions").await > 10);
    phone.publish("", location(now_s(), 48.2, 16.37)).await;
    assert!(server.stop().await.success());

    home.command_ok(&["rebuild", "fresh.db"], "").await;
    let again = home.run(&["--data", "data", "rebuild", "fresh.db"], "").await;
    assert_eq!(again.code, Some(1), "what is there is not overwritten");
    let left = std::fs::read_dir(home.path("data")).expect("is there").filter_map(Result::ok);
    let left: Vec<_> = left.map(|entry| entry.file_name()).collect();
    assert!(left.iter().all(|name| !name.to_string_lossy().starts_with("rebuild")), "{left:?}");

    let key =
        home.texts("SELECT lower(hex(device_id)) || ' ' || at FROM fixes ORDER BY at DESC LIMIT 1").await;
    tamper(&home, "UPDATE fixes SET lon = lon + 1 WHERE at = (SELECT max(at) FROM fixes)").await;
    tamper(&home, "DELETE FROM transitions WHERE id = (SELECT min(id) FROM transitions)").await;
    let ran = home.run(&["--data", "data", "rebuild"], "").await;
    assert_eq!(ran.code, Some(1), "{}", ran.out);
    assert!(ran.out.contains(&format!("fixes {}: only in the live database", key[0])), "{}", ran.out);
    assert!(
        ran.out.lines().any(|line| line.starts_with("transitions ") && line.contains("only in the rebuilt"))
    );
    assert!(ran.err.contains("not equal") && !ran.out.contains("17.3"), "{} {}", ran.err, ran.out);

    std::fs::copy(home.path("fresh.db"), home.path("data/whereabouts.db")).expect("can be copied");
    for log in ["data/whereabouts.db-wal", "data/whereabouts.db-shm"] {
        let _not_there = std::fs::remove_file(home.path(log));
    }
    home.command_ok(&["rebuild"], "").await;
    let server = home.serve().await;
    assert!(!server.items("/api/v1/transitions", &token).await.is_empty());
}

#[tokio::test]
async fn what_sensors_observed_is_rebuilt_as_each_was_read_then() {
    let home = Home::new();
    let (ann, ben) = (home.device("ann", "station", &[]).await, home.device("ben", "phone", &[]).await);
    let token = home.token("admin", &[]).await;
    let server = home.serve().await;
    let mut station = Phone::connect(server.broker(), &ann).await;
    let mut other = Phone::connect(server.broker(), &ben).await;
    let at = |second: i64| rfc3339(now_s() - 10_000 + second);
    let say = async |phone: &mut Phone, payload: String| {
        let said = phone.try_publish("weather/roof", payload.as_bytes(), false).await;
        said.expect("is acknowledged, whatever becomes of it");
    };
    let roof = |values: &[&str]| {
        let values: Vec<_> = values.iter().map(|name| json!({"name": name})).collect();
        json!({"name": "Roof", "topic": "weather/+", "form": "csv", "values": values})
    };
    let ask = async |method: Method, path: &str, body: &serde_json::Value| {
        let answer = server.ask(method, path).bearer(&token).json(body).send().await;
        assert!(answer.status.is_success(), "{}", answer.text());
        answer.text()
    };
    let id_of = |made: &str| {
        let made: serde_json::Value = serde_json::from_str(made).expect("is JSON");
        format!("/api/v1/sensors/{}", made["id"].as_str().expect("has an id"))
    };

    say(&mut station, format!("{},1", at(0))).await;
    let first = id_of(&ask(Method::POST, "/api/v1/sensors", &roof(&["Wind"])).await);
    for second in 1..20 {
        say(&mut station, format!("{},{second}", at(second))).await;
        say(&mut other, format!("{},{second}.5", at(second / 2))).await;
        say(&mut station, format!("{},1,2", at(second))).await;
        station.publish("", location(now_s(), 48.2, 16.37)).await;
    }
    ask(Method::PUT, &first, &roof(&["Wind", "Rain"])).await;
    for second in 20..30 {
        say(&mut station, format!("{},{second},0", at(second))).await;
        say(&mut other, format!("{},1", at(second))).await;
    }
    ask(Method::DELETE, &first, &json!({})).await;
    say(&mut station, format!("{},1,2", at(40))).await;
    let document = json!({"name": "Roof", "topic": "weather/roof", "form": "json", "values": [{"name": "Sun", "pointer": "/sun"}]});
    ask(Method::POST, "/api/v1/sensors", &document).await;
    for sun in 0..5 {
        // An observation without a time is of when it came, to the millisecond.
        let last = whereabouts::clock::now();
        eventually("it is later", async || (whereabouts::clock::now() > last).then_some(())).await;
        say(&mut other, json!({"sun": sun}).to_string()).await;
        say(&mut other, format!("{},1,2", at(50))).await;
    }
    assert_eq!(home.count("SELECT count(*) FROM observations").await, 5);
    // What his phone passed on stays when he goes.
    home.command_ok(&["user", "remove", "ben"], "").await;
    home.command_ok(&["rebuild"], "").await;
    let (all, unread) = (
        "SELECT count(*) FROM messages WHERE topic = 'weather/roof' AND verdict = 'observation'",
        "SELECT count(*) FROM messages WHERE topic = 'weather/roof' AND verdict LIKE 'refused: no observation: %'",
    );
    assert_eq!((home.count(all).await, home.count(unread).await), (38 + 10 + 5, 19 + 10 + 5));
    assert!(server.stop().await.success());

    let left = "SELECT substr(readings, 1, 2) FROM observations ORDER BY at";
    assert_eq!(home.texts(left).await, ["[0", "[1", "[2", "[3", "[4"]);
    tamper(&home, "UPDATE observations SET readings = '[9.0]' WHERE at = (SELECT max(at) FROM observations)")
        .await;
    let ran = home.run(&["--data", "data", "rebuild"], "").await;
    assert_eq!(ran.code, Some(1), "{}", ran.out);
    let told = ran.out.lines().find(|line| line.starts_with("observations ") && line.contains("another"));
    assert!(told.is_some_and(|line| line.ends_with("readings")), "{}", ran.out);
}

//! What no phone should send: kept with a reason, and the next good message works.

use crate::support::{Home, Phone, a_phone, location, now_s};
use sqlx::Row;

fn nested(depth: usize) -> Vec<u8> {
    [b"[".repeat(depth), b"]".repeat(depth)].concat()
}

/// Payloads that cannot be read, whoever sends them.
fn unreadable() -> Vec<(&'static str, Vec<u8>)> {
    let deep =
        format!(r#"{{"_type":"location","lat":48.2,"lon":16.37,"x":{}}}"#, "[".repeat(50_000)).into_bytes();
    vec![
        ("truncated", br#"{"_type":"location","lat":48.2,"lo"#.to_vec()),
        ("no type", br#"{"lat":48.2,"lon":16.37}"#.to_vec()),
        ("no position", br#"{"_type":"location","tst":1700000000}"#.to_vec()),
        ("wrong types", br#"{"_type":"location","lat":{},"lon":[],"tst":true}"#.to_vec()),
        ("out of range", br#"{"_type":"location","lat":91,"lon":16.37,"tst":1700000000}"#.to_vec()),
        ("a number that is none", br#"{"_type":"location","lat":NaN,"lon":16.37}"#.to_vec()),
        ("an overflowing number", br#"{"_type":"location","lat":1e999,"lon":16.37,"tst":1}"#.to_vec()),
        ("bare word", b"online".to_vec()),
        ("deep brackets", nested(100_000)),
        ("deep object", deep),
        ("NUL", b"\0\0\0".to_vec()),
        ("NUL inside", b"{\"_type\":\"location\"\0}".to_vec()),
        ("invalid UTF-8", b"\xff\xfe\xfd".to_vec()),
        ("invalid UTF-8 inside", b"{\"_type\":\"location\",\"lat\":\xff}".to_vec()),
        ("nothing but a bracket", b"{".to_vec()),
        ("every byte", (0..=255).collect()),
        ("half a megabyte", vec![b'x'; 524_288]),
        ("a megabyte", vec![b'x'; 1_048_576]),
    ]
}

#[tokio::test]
async fn garbage_over_mqtt_is_kept_with_a_reason_and_the_next_good_message_works() {
    let (home, ann, token, server) = a_phone("read").await;
    let mut phone = Phone::connect(server.broker(), &ann).await;
    let mut database = home.database().await;
    let now = now_s();
    for (number, (name, payload)) in (1..).zip(unreadable()) {
        phone.publish("", &payload).await;
        let last = sqlx::query("SELECT payload, verdict FROM messages ORDER BY id DESC LIMIT 1");
        let last = last.fetch_one(&mut database).await.expect("it is kept");
        let (kept, verdict): (Vec<u8>, String) = (last.get(0), last.get(1));
        assert!(kept == payload, "{name}: the payload is kept byte by byte");
        assert!(verdict.starts_with("unreadable: ") && verdict.len() > 15, "{name}: {verdict}");
        phone.publish("", location(now - number, 48.2, 16.37)).await;
    }
    let fixes = server.items("/api/v1/fixes?friend=ann", &token).await;
    assert_eq!(fixes.len(), unreadable().len(), "every good message in between is a fix");
    let metrics = server.get("/metrics").send().await.text();
    let trouble = format!("whereabouts_messages_in_trouble_total {}\n", unreadable().len());
    assert!(metrics.contains(&trouble), "it is counted: {metrics}");
    assert!(!server.log().contains("panicked"), "{}", server.log());
}

#[tokio::test]
async fn garbage_over_http_is_kept_and_answered_200() {
    let (home, ann, token, server) = a_phone("read").await;
    for (name, payload) in unreadable() {
        let answer = server.post("/pub").basic(&ann.username, &ann.password).bytes(payload).send().await;
        assert_eq!((answer.status.as_u16(), answer.text().as_str()), (200, "[]"), "{name}");
    }
    let good = location(now_s(), 48.2, 16.37).into_bytes();
    server.post("/pub").basic(&ann.username, &ann.password).bytes(good).send().await;
    assert_eq!(server.items("/api/v1/fixes?friend=ann", &token).await.len(), 1);
    let troubled = home.count("SELECT count(*) FROM messages WHERE trouble = 1 AND door = 'http'").await;
    assert_eq!(usize::try_from(troubled), Ok(unreadable().len()));
}

#[tokio::test]
async fn an_empty_message_is_acknowledged_and_kept() {
    let home = Home::new();
    let ann = home.device("ann", "phone", &[]).await;
    let server = home.serve().await;
    let mut phone = Phone::connect(server.broker(), &ann).await;
    for below in ["", "/event", "/info"] {
        phone.publish(below, "").await;
        phone.retain(below, "").await;
    }
    let posted = server.post("/pub").basic(&ann.username, &ann.password).send().await;
    assert_eq!(posted.status, 200);
    assert_eq!(home.count("SELECT count(*) FROM messages WHERE payload = x''").await, 7);
}

#[tokio::test]
async fn odd_names_below_a_devices_topic_are_its_own() {
    let (home, ann, token, server) = a_phone("read").await;
    let mut phone = Phone::connect(server.broker(), &ann).await;
    let long = format!("/{}", "x".repeat(60_000));
    let below = [
        "/",
        "//",
        "/event/event",
        "/../../etc/passwd",
        "/%2e%2e",
        "/<script>",
        "/ ",
        "/🙂",
        "/'; DROP TABLE fixes",
        &long,
    ];
    for name in below {
        phone.publish(name, "no position").await;
    }
    phone.publish("", location(now_s(), 48.2, 16.37)).await;
    assert_eq!(server.items("/api/v1/fixes?friend=ann", &token).await.len(), 1);
    let kept = home.texts("SELECT topic FROM messages ORDER BY id").await;
    let wanted = below.iter().map(|name| format!("owntracks/ann/phone{name}"));
    assert!(wanted.eq(kept[..below.len()].iter().cloned()), "topics are kept as sent");
}

#[tokio::test]
async fn a_packet_that_is_too_large_costs_only_its_own_connection() {
    let home = Home::new();
    let ann = home.device("ann", "phone", &[]).await;
    let ben = home.device("ben", "phone", &[]).await;
    let server = home.serve().await;
    let mut careful = Phone::connect(server.broker(), &ben).await;
    let mut careless = Phone::connect(server.broker(), &ann).await;
    let too_large = vec![b'x'; 3 << 20];
    assert!(careless.try_publish(&ann.topic, &too_large, false).await.is_err(), "it is not acknowledged");
    careful.publish("", location(now_s(), 48.2, 16.37)).await;
    let mut again = Phone::connect(server.broker(), &ann).await;
    again.publish("", location(now_s(), 48.2, 16.37)).await;
}

//! Every payload of the collection (`crates/owntracks/fixtures`), through the doors it could come by.

use crate::support::{Credentials, Home, Mosquitto, Phone, a_token, eventually, location, now_s, rfc3339};
use base64::{Engine, prelude::BASE64_STANDARD};
use http::{Method, header::HeaderName};
use serde_json::Value;
use std::collections::HashMap;

const VECTORS: &str = include_str!("../../crates/owntracks/fixtures/public.jsonl");

/// One message of the collection.
struct Vector {
    id: String,
    topic: String,
    payload: Vec<u8>,
    retained: bool,
    line: Value,
}

/// All messages in order, those that follow others as messages of their own.
fn vectors() -> Vec<Vector> {
    let lines = VECTORS.lines().map(|line| serde_json::from_str::<Value>(line).expect("every line is JSON"));
    let messages = lines.flat_map(|line| {
        let first = message(&line, &line, 0);
        let then = line["then"].as_array().cloned().unwrap_or_default();
        let later: Vec<_> = (1..).zip(&then).map(|(number, later)| message(&line, later, number)).collect();
        std::iter::once(first).chain(later)
    });
    messages.collect()
}

fn message(line: &Value, message: &Value, number: usize) -> Vector {
    let payload = match message["payload_b64"].as_str() {
        Some(exact) => BASE64_STANDARD.decode(exact).expect("is base64"),
        None => at_present(message["payload"].as_str().expect("is text")).into_bytes(),
    };
    Vector {
        id: format!("{} ({number})", line["id"]),
        topic: message["topic"].as_str().or(line["topic"].as_str()).expect("has a topic").to_owned(),
        payload,
        retained: message["retained"] == true,
        line: if number == 0 { line.clone() } else { Value::Null },
    }
}

/// Puts times for what stands for the present.
fn at_present(payload: &str) -> String {
    let mut text = payload.to_owned();
    while let Some(from) = text.find("\"@now") {
        let length = text[from + 1..].find('"').expect("the text ends") + 2;
        let shift: i64 = text[from + 5..from + length - 1].parse().unwrap_or(0);
        text.replace_range(from..from + length, &(now_s() + shift).to_string());
    }
    text
}

impl Vector {
    fn is_http(&self) -> bool {
        self.topic.starts_with("/pub")
    }

    /// Friend and device, when the topic is one that a device of ours can have.
    fn owner(&self) -> Option<(String, String)> {
        let mut levels = self.topic.strip_prefix("owntracks/")?.split('/');
        let (friend, device) = (levels.next()?, levels.next()?);
        (!friend.is_empty() && !device.is_empty()).then(|| (friend.to_owned(), device.to_owned()))
    }

    /// The positions written next to it, unless they are hidden in a cipher.
    fn positions(&self) -> Vec<Value> {
        let known = self.line["kind"] != "encrypted";
        let positions = self.line["check"]["positions"].as_array().filter(|_| known);
        positions.cloned().unwrap_or_default()
    }
}

#[tokio::test]
async fn every_vector_is_acknowledged_and_counted_and_its_positions_are_found() {
    let (home, token, server) = a_token("read").await;
    let jane = home.device("jane", "phone", &[]).await;
    let first = Phone::connect(server.broker(), &jane).await;
    let mut phones = HashMap::from([(("jane".to_owned(), "phone".to_owned()), Some(first))]);
    let mut sent = 0;
    let mut compared = 0;
    for vector in vectors() {
        if vector.is_http() {
            let method = vector.line["method"].as_str().unwrap_or("POST").parse().expect("is a method");
            let status = post(&server, &jane, &vector, &method).await;
            assert_eq!(status, if method == Method::POST { 200 } else { 405 }, "{}", vector.id);
            sent += i64::from(method == Method::POST);
            continue;
        }
        let owner = vector.owner().unwrap_or_else(|| ("jane".into(), "phone".into()));
        if !phones.contains_key(&owner) {
            let arguments = ["--data", "data", "device", "add", &owner.0, &owner.1];
            let made = home.run(&arguments, "").await;
            let phone = match made.code {
                Some(0) => {
                    let credentials = Credentials::read(&made.out);
                    Some(Phone::connect(server.broker(), &credentials).await)
                }
                // A name that no device can have: such a topic is only met on other brokers.
                _ => None,
            };
            phones.insert(owner.clone(), phone);
        }
        let Some(phone) = phones.get_mut(&owner).expect("was put in") else { continue };
        let sending = phone.try_publish(&vector.topic, &vector.payload, vector.retained).await;
        sending.unwrap_or_else(|_| unreachable!("{} is not acknowledged", vector.id));
        sent += 1;
        if vector.owner().is_none() {
            continue;
        }
        for wanted in vector.positions() {
            let second = wanted["tst"].as_i64();
            let at = second.map(|tst| format!("&from={}&to={}", rfc3339(tst), rfc3339(tst + 1)));
            let at = at.unwrap_or_default();
            let path = format!("/api/v1/fixes?friend={}&device={}&limit=10000{at}", owner.0, owner.1);
            let fixes = server.items(&path, &token).await;
            let found = fixes.iter().any(|fix| {
                ["lat", "lon"].iter().all(|name| near(&fix[*name], &wanted[*name]))
                    && near(&fix["accuracy_m"], &wanted["acc"])
            });
            assert!(found, "{}: {wanted} is not among {fixes:?}", vector.id);
            compared += 1;
        }
        // Good once more, after each of them.
        phone.publish("", location(now_s(), 48.2, 16.37)).await;
        sent += 1;
    }
    assert_eq!(compared, 33, "positions that were compared");
    assert_eq!(home.count("SELECT count(*) FROM messages").await, sent, "nothing is lost silently");
    let silent = home
        .count("SELECT count(*) FROM messages WHERE verdict = '' OR (trouble = 1 AND length(verdict) < 12)");
    assert_eq!(silent.await, 0, "every trouble has its reason");
    let metrics = server.get("/metrics").send().await.text();
    assert!(metrics.contains(&format!("whereabouts_messages_committed_total {sent}\n")), "{metrics}");
    assert!(!server.log().contains("panicked") && !server.log().contains("ERROR"), "{}", server.log());
}

async fn post(server: &crate::support::Server, jane: &Credentials, vector: &Vector, method: &Method) -> u16 {
    let mut question = server.ask(method.clone(), &vector.topic).basic(&jane.username, &jane.password);
    for (name, value) in vector.line["headers"].as_object().into_iter().flatten() {
        if !name.eq_ignore_ascii_case("authorization") {
            let name: HeaderName = name.to_lowercase().parse().expect("is a header's name");
            question = question.header(name, value.as_str().expect("is text"));
        }
    }
    question.bytes(vector.payload.clone()).send().await.status.as_u16()
}

fn near(found: &Value, wanted: &Value) -> bool {
    match (found.as_f64(), wanted.as_f64()) {
        (Some(found), Some(wanted)) => (found - wanted).abs() < 1e-9,
        (found, wanted) => found.is_none() && wanted.is_none(),
    }
}

#[tokio::test]
async fn every_vector_on_an_outside_broker_is_kept() {
    let home = Home::new();
    let mosquitto = Mosquitto::start(&home, "").await;
    let server = home.serve_with(&["--mqtt-url", &mosquitto.url(), "--mqtt-topics", "#"]).await;
    let mut publisher = mosquitto.connect("owntracks/good/phone").await;
    let count =
        async || home.count("SELECT count(*) FROM messages WHERE topic <> 'owntracks/good/phone'").await;
    eventually("we are subscribed", async || {
        publisher.publish("", location(now_s(), 48.2, 16.37)).await;
        (home.count("SELECT count(*) FROM messages").await > 0).then_some(())
    })
    .await;
    let mut sent = 0;
    for vector in vectors().iter().filter(|vector| !vector.is_http()) {
        let sending = publisher.try_publish(&vector.topic, &vector.payload, false).await;
        sending.unwrap_or_else(|_| unreachable!("{} is not taken by Mosquitto", vector.id));
        sent += 1;
    }
    publisher.publish("", location(now_s(), 48.2, 16.37)).await;
    eventually("all of them are kept", async || (count().await >= sent).then_some(())).await;
    assert_eq!(count().await, sent);
    assert!(!server.log().contains("panicked") && !server.log().contains("ERROR"), "{}", server.log());
}

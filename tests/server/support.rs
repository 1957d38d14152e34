//! What all tests use: a home for a server, the server's process, and the clients that talk to it.

mod beginnings;
mod chance;
mod disk;
mod events;
mod gate;
mod http;
mod live;
mod mosquitto;
mod phone;
mod phone5;
mod pocket;
mod process;
mod proxy;
mod receiver;
mod sender;
pub(crate) mod wire;

pub(crate) use beginnings::{a_phone, a_token, an_admin};
pub(crate) use chance::Chance;
pub(crate) use disk::Kind as DiskKind;
pub(crate) use events::Events;
pub(crate) use gate::Gate;
pub(crate) use http::{Answer, Question, form_urlencoded};
pub(crate) use live::{Console, Live};
pub(crate) use mosquitto::Mosquitto;
pub(crate) use phone::Phone;
pub(crate) use phone5::Phone5;
pub(crate) use pocket::{App, Pocket};
pub(crate) use process::{Credentials, Guarded, Home, Server, free_port};
pub(crate) use proxy::Proxy;
pub(crate) use receiver::{Postbox, Receiver};
pub(crate) use sender::{BESIDES, Choir, Transport, silence};

use serde_json::{Value, json};
use std::time::Duration;

/// How long anything may take before a test gives up. Generous, because the machine may be busy.
pub(crate) const DEADLINE: Duration = Duration::from_mins(1);

/// Where nobody answers: programs do not listen below 1024.
pub(crate) const NOBODY: &str = "http://127.0.0.1:1";

/// The password of everybody who signs in.
pub(crate) const PASSWORD: &str = "correct horse battery";

/// Asks again and again until there is an answer.
pub(crate) async fn eventually<T>(what: &str, mut ask: impl AsyncFnMut() -> Option<T>) -> T {
    let asking = async {
        loop {
            if let Some(answer) = ask().await {
                return answer;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    tokio::time::timeout(DEADLINE, asking)
        .await
        .unwrap_or_else(|_| unreachable!("it never came true: {what}"))
}

/// What comes of something that must be done in time, however many signs of life come meanwhile.
pub(crate) async fn in_time<T>(what: &str, doing: impl Future<Output = T>) -> T {
    tokio::time::timeout(DEADLINE, doing).await.unwrap_or_else(|_| unreachable!("it never came: {what}"))
}

/// The time now, whole seconds since 1970.
pub(crate) fn now_s() -> i64 {
    whereabouts::clock::now().as_millis() / 1000
}

/// The next second by the clock: what is of a group is of the time since somebody joined it, and phones count whole seconds.
pub(crate) async fn next_second() -> i64 {
    let last = now_s();
    eventually("the next second", async || Some(now_s()).filter(|now| *now > last)).await
}

/// RFC 3339 for a second since 1970.
pub(crate) fn rfc3339(second: i64) -> String {
    domain::Timestamp::from_millis(second * 1000).to_string()
}

/// A location as a phone reports it, accurate to ten metres.
pub(crate) fn location(tst: i64, lat: f64, lon: f64) -> String {
    json!({"_type": "location", "tid": "ph", "lat": lat, "lon": lon, "acc": 10, "tst": tst}).to_string()
}

/// A circle for the JSON interface.
pub(crate) fn circle(name: &str, lat: f64, lon: f64, radius_m: f64) -> Value {
    json!({"name": name, "shape": {"type": "circle", "lat": lat, "lon": lon, "radius_m": radius_m}})
}

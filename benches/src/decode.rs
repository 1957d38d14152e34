//! What it costs to read a payload, by itself: no broker, no store.

use crate::{Bench, report, table::Row};
use anyhow::{Context, Result};
use owntracks::{
    Message, decode, encode,
    secretbox::{self, Secret},
};
use std::{
    fmt::Write,
    hint::black_box,
    time::{Duration, Instant},
};

/// How long each payload is read again and again.
const LONG: Duration = Duration::from_millis(500);
/// Reads between two looks at the clock.
const STRIDE: u32 = 100;
/// Regions in a list of waypoints.
const LISTED: u32 = 100;
/// The pixels of a face, as base64: about what the apps send.
const FACE: usize = 12_000;

pub(crate) fn measure(_bench: &Bench) -> Result<Vec<Row>> {
    let tst = report::now_ms() / 1000;
    let mut location = String::new();
    report::location(&mut location, 7, report::place(7, 1), tst);
    let transition = format!(
        r#"{{"_type":"transition","acc":9.5,"desc":"Home","event":"enter","lat":46.81,"lon":7.29,"rid":"6da9cf","t":"c","tid":"aa","tst":{tst},"wtst":1700000000}}"#
    );
    let mut waypoints = String::from(r#"{"_type":"waypoints","waypoints":["#);
    for number in 0..LISTED {
        let comma = if number == 0 { "" } else { "," };
        write!(
            waypoints,
            r#"{comma}{{"_type":"waypoint","desc":"Place {number}","lat":46.8,"lon":7.2,"rad":150,"rid":"{number:06x}","tst":{tst}}}"#
        )?;
    }
    waypoints.push_str("]}");
    let card = format!(r#"{{"_type":"card","face":"{}","name":"Ann","tid":"aa"}}"#, "iVBO".repeat(FACE / 4));
    let csv = "aa,5f7d3c80,t,46812345,7298765,120,14,510,3,6".to_owned();
    let garbage = "{\"_type\":\"location\",\"lat\":".repeat(10);
    let secret = Secret::new("a secret")?;
    let sealed = secretbox::seal(location.as_bytes(), &secret, [7; 24]);
    let around = encode(&Message::Encrypted(sealed.clone())).len();
    let kinds = [
        ("a location", location),
        ("a transition", transition),
        ("a hundred waypoints", waypoints),
        ("a card with its face", card),
        ("a line of CSV", csv),
        ("something unreadable", garbage),
    ];
    let mut rows = vec![];
    for (what, payload) in kinds {
        let took = each(|| drop(black_box(decode(black_box(payload.as_bytes())))))?;
        rows.push(told(what, payload.len(), took));
    }
    let took = each(|| drop(black_box(secretbox::open(black_box(&sealed), &secret))))?;
    rows.push(told("to open an encrypted location", around, took));
    Ok(rows)
}

fn told(what: &str, bytes: usize, took: Duration) -> Row {
    let us = took.as_secs_f64() * 1e6;
    Row::told(format!("decoding, {what} of {bytes} bytes"), format!("{us:.2} µs"))
}

/// How long one time takes, on average.
fn each(mut once: impl FnMut()) -> Result<Duration> {
    (0..STRIDE).for_each(|_| once());
    let (started, mut count) = (Instant::now(), 0);
    while started.elapsed() < LONG {
        (0..STRIDE).for_each(|_| once());
        count += STRIDE;
    }
    started.elapsed().checked_div(count).context("was done at least once")
}

//! The archive of files, with a server that loses power while it ships.

use crate::support::{Home, Phone, Server, eventually, location, now_s};
use flate2::read::MultiGzDecoder;
use serde_json::Value;
use std::{collections::HashSet, fs::File, io::Read, path::Path, time::Duration};

const EVERY_SECOND: [&str; 4] = ["--archive-dir", "archive", "--archive-every", "1"];

/// How many messages the archive has not got, by the server's own figure.
async fn waiting(server: &Server) -> Option<u64> {
    let figures = server.get("/metrics").send().await.text();
    let line = figures.lines().find(|line| line.starts_with("whereabouts_archive_waiting{"))?;
    line.rsplit(' ').next()?.parse().ok()
}

/// Every message in the archive. Every file must be whole.
fn archived(directory: &Path) -> Vec<Value> {
    let mut messages = Vec::new();
    for day in std::fs::read_dir(directory).expect("is there").filter_map(Result::ok) {
        if !day.path().is_dir() {
            continue;
        }
        for file in std::fs::read_dir(day.path()).expect("is a directory").filter_map(Result::ok) {
            let mut text = String::new();
            let mut file = MultiGzDecoder::new(File::open(file.path()).expect("can be read"));
            file.read_to_string(&mut text).expect("the file is whole");
            assert!(text.ends_with('\n'), "no line is torn");
            messages.extend(text.lines().map(|line| serde_json::from_str::<Value>(line).expect("is JSON")));
        }
    }
    messages
}

#[tokio::test]
async fn what_is_committed_is_in_the_archive_whatever_happens_while_it_is_shipped() {
    let home = Home::new();
    let ann = home.device("ann", "phone", &[]).await;
    let start = now_s() - 90_000;
    let mut said = 0;
    for round in 0..6_u64 {
        let server = home.serve_with(&EVERY_SECOND).await;
        let mut phone = Phone::connect(server.broker(), &ann).await;
        // Power is lost at another moment each time, some after the second at which it ships.
        let power_lasts = Duration::from_millis(700 + round * 173);
        let talking = async {
            loop {
                said += 1;
                phone.publish("", location(start + said, 48.2, 16.37)).await;
            }
        };
        let lost = tokio::time::timeout(power_lasts, talking).await;
        assert!(lost.is_err());
        server.kill();
        archived(&home.path("archive"));
    }
    let server = home.serve_with(&EVERY_SECOND).await;
    server.post("/pub").basic(&ann.username, &ann.password).bytes(b"\xff\xfe".to_vec()).send().await;
    eventually("the archive has everything", async || (waiting(&server).await? == 0).then_some(())).await;

    let messages = archived(&home.path("archive"));
    let ids: HashSet<i64> = messages.iter().filter_map(|message| message["id"].as_i64()).collect();
    let committed = home.texts("SELECT CAST(id AS TEXT) FROM messages").await;
    assert!(committed.len() > 20, "the phone got something through");
    let missing: Vec<_> =
        committed.iter().filter(|id| !ids.contains(&id.parse().expect("is a number"))).collect();
    assert!(missing.is_empty(), "{missing:?} of {} are missing", committed.len());
    let last = messages.iter().find(|message| message.get("payload_base64").is_some());
    let last = last.expect("what is no text is there, too");
    assert_eq!(
        (&last["payload_base64"], &last["friend"], &last["door"]),
        (&"//4=".into(), &"ann".into(), &"http".into())
    );
    assert!(server.stop().await.success());
}

#[tokio::test]
async fn an_archive_that_fails_holds_nobody_up_and_goes_on_by_itself() {
    let home = Home::new();
    let ann = home.device("ann", "phone", &[]).await;
    let server = home.serve_with(&EVERY_SECOND).await;
    // A file where the day's directory should be: nothing can be written.
    let today = home.path("archive").join(&crate::support::rfc3339(now_s())[..10]);
    let tomorrow = home.path("archive").join(&crate::support::rfc3339(now_s() + 86_400)[..10]);
    for day in [&today, &tomorrow] {
        std::fs::write(day, []).expect("can be written");
    }
    let mut phone = Phone::connect(server.broker(), &ann).await;
    phone.publish("", location(now_s(), 48.2, 16.37)).await;
    eventually("it is told", async || server.log().contains("the archive is behind").then_some(())).await;
    phone.publish("", location(now_s() + 1, 48.2, 16.37)).await;
    assert_eq!(waiting(&server).await, Some(2));
    for day in [&today, &tomorrow] {
        std::fs::remove_file(day).expect("is there");
    }
    eventually("it has caught up", async || (waiting(&server).await? == 0).then_some(())).await;
    assert_eq!(archived(&home.path("archive")).len(), 2);
    assert!(!server.log().contains("48.2"), "no coordinates in the log");
}

#[tokio::test]
async fn an_archive_that_cannot_be_is_refused_at_the_start() {
    let home = Home::new();
    std::fs::write(home.path("file"), []).expect("can be written");
    let cases = [
        (["--archive-dir", "file/archive"], "archive-dir"),
        (["--archive-every", "0"], "archive-every"),
        // Without the feature in any case; with it because no region is set.
        (["--archive-dynamodb-table", "table"], "archive-dynamodb-table"),
        (["--archive-dynamodb-endpoint", "http://127.0.0.1:1"], "archive-dynamodb-endpoint"),
    ];
    for (arguments, named) in cases {
        let ran = home.run(&[&["--data", "data"], &arguments[..]].concat(), "").await;
        assert_eq!(ran.code, Some(2), "{}", ran.err);
        assert!(ran.err.contains(named), "{}", ran.err);
    }
}

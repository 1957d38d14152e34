//! Paths that climb out of where they should stay.

use crate::support::{DEADLINE, Home, Phone, Server, location, now_s};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

/// Asks for a path as it is written; clients would clean it.
async fn asked(server: &Server, path: &str) -> (u16, String) {
    let mut stream = TcpStream::connect(server.http).await.expect("the door is open");
    let head = format!("GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
    stream.write_all(head.as_bytes()).await.expect("it listens");
    let mut answer = Vec::new();
    let read = tokio::time::timeout(DEADLINE, stream.read_to_end(&mut answer)).await;
    // A request that is none may be hung up on.
    let _hung_up = read.expect("it answers in time");
    let answer = String::from_utf8_lossy(&answer).into_owned();
    (answer.get(9..12).and_then(|status| status.parse().ok()).unwrap_or(400), answer)
}

#[tokio::test]
async fn no_path_leads_to_a_file_that_is_not_the_pages() {
    let home = Home::new();
    home.user("ann", &[]).await;
    let server = home.serve().await;
    let ups =
        ["../", "..%2f", "%2e%2e/", "%2e%2e%2f", "..\\", "..%5c", "..%255c", "..%c0%af", "....//", "..;/"];
    for start in ["/", "/pkg/", "/vendor/", "/vendor/leaflet/", "/api/v1/friends/", "/friends/", "/theme.js/"]
    {
        for up in ups {
            for file in ["etc/passwd", "data/whereabouts.db", "Cargo.toml", "proc/self/environ"] {
                let path = format!("{start}{}{file}", up.repeat(9));
                let (status, said) = asked(&server, &path).await;
                assert!((300..500).contains(&status), "{path}: {status}");
                let leaks = ["root:", "SQLite format", "[package]", "PATH="];
                assert!(!leaks.iter().any(|leak| said.contains(leak)), "{path}");
            }
        }
    }
    for path in
        ["/data/whereabouts.db", "/whereabouts.db", "/.env", "/.git/config", "//etc/passwd", "/\0", "*"]
    {
        assert!((300..500).contains(&asked(&server, path).await.0), "{path}");
    }
    assert_eq!(asked(&server, "/healthz").await.0, 200);
}

#[tokio::test]
async fn no_name_and_no_topic_becomes_a_path_in_an_archive() {
    let home = Home::new();
    let odd = home.device("..", "%2e%2e", &[]).await;
    for name in ["../x", "a/b", "a\nb", "$x", "+", "#"] {
        let ran = home.run(&["--data", "data", "device", "add", name, "phone"], "").await;
        assert!(ran.code.is_some_and(|code| code != 0), "{name:?} is no name");
    }
    let archive = home.text("archive");
    let server = home.serve_with(&["--archive-dir", &archive]).await;
    let mut phone = Phone::connect(server.broker(), &odd).await;
    for below in ["", "/../../../escaped", "/..%2f..%2fescaped"] {
        phone.publish(below, location(now_s(), 48.2, 16.37)).await;
    }
    assert_eq!(server.stop().await.code(), Some(0));
    let is_out = |path: &std::path::Path| path.join("escaped").exists();
    assert!(![home.path(""), home.path("data"), home.path("archive")].iter().any(|path| is_out(path)));
}

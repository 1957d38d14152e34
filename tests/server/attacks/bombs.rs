//! What is small on the way and large when it is unpacked, and what is simply too large.

use crate::support::{Answer, DEADLINE, Home, Phone, Server, location, now_s};
use base64::{Engine, prelude::BASE64_STANDARD};
use flate2::{
    Compression, Crc,
    write::{GzEncoder, ZlibEncoder},
};
use futures::{SinkExt, StreamExt};
use http::{Method, header};
use serde_json::json;
use std::io::Write;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};
use tokio_tungstenite::{
    client_async,
    tungstenite::{Message, client::IntoClientRequest},
};

/// More than a server needs that was not made to unpack anything, kilobytes.
const MUCH_KB: u64 = 700 * 1024;

/// The most memory the server ever had, kilobytes; nothing where the system does not tell.
fn most_memory_kb(server: &Server) -> u64 {
    let told = std::fs::read_to_string(format!("/proc/{}/status", server.pid())).unwrap_or_default();
    let line = told.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    line.and_then(|line| line.split_whitespace().next()?.parse().ok()).unwrap_or(0)
}

#[track_caller]
fn assert_small(server: &Server, what: &str) {
    let most = most_memory_kb(server);
    assert!(most < MUCH_KB, "{what}: {most} kB");
}

/// So many bytes of nothing, packed.
fn packed(bytes: usize, gzip: bool) -> Vec<u8> {
    let nothing = vec![0; 1 << 20];
    let write = |to: &mut dyn Write| {
        for _ in 0..bytes >> 20 {
            to.write_all(&nothing).expect("is written to memory");
        }
    };
    if gzip {
        let mut to = GzEncoder::new(Vec::new(), Compression::best());
        write(&mut to);
        to.finish().expect("is written to memory")
    } else {
        let mut to = ZlibEncoder::new(Vec::new(), Compression::best());
        write(&mut to);
        to.finish().expect("is written to memory")
    }
}

/// A PNG of this many pixels each way, all black, whatever that takes to unpack.
fn png(side: u32, packed: &[u8]) -> Vec<u8> {
    let mut file = b"\x89PNG\r\n\x1a\n".to_vec();
    let edge = side.to_be_bytes();
    let header = [&edge[..], &edge[..], &[8, 6, 0, 0, 0]].concat();
    for (kind, data) in [(b"IHDR", &header[..]), (b"IDAT", packed), (b"IEND", &[])] {
        let body = [&kind[..], data].concat();
        let mut crc = Crc::new();
        crc.update(&body);
        file.extend(u32::try_from(data.len()).expect("is small").to_be_bytes());
        file.extend(&body);
        file.extend(crc.sum().to_be_bytes());
    }
    file
}

/// Sends the form of a card with a picture.
async fn send_face(server: &Server, cookie: &str, friend: &str, face: &[u8]) -> Answer {
    let mut body = Vec::new();
    for (name, value) in [("page", &b"/settings"[..]), ("friend", friend.as_bytes()), ("name", b"ann")] {
        body.extend(format!("--x\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n").bytes());
        body.extend(value);
        body.extend(b"\r\n");
    }
    body.extend(b"--x\r\nContent-Disposition: form-data; name=\"face\"; filename=\"a.png\"\r\nContent-Type: image/png\r\n\r\n");
    body.extend(face);
    body.extend(b"\r\n--x--\r\n");
    let asked = server.post("/settings/card").cookie(cookie);
    asked.header(header::CONTENT_TYPE, "multipart/form-data; boundary=x").bytes(body).send().await
}

#[tokio::test]
async fn a_picture_that_grows_beyond_measure_is_not_unpacked() {
    let home = Home::new();
    home.user("ann", &["--admin"]).await;
    let ann = home.device("ann", "phone", &[]).await;
    let server = home.serve().await;
    let cookie = server.sign_in("ann").await;
    let me = server.get("/api/me").cookie(&cookie).send().await.json();
    let friend = me["friend"].as_str().expect("is somebody").to_owned();
    let face = format!("/api/v1/friends/{friend}/face");
    let mut phone = Phone::connect(server.broker(), &ann).await;
    let gif = [&b"GIF89a\xff\xff\xff\xff\xf7\0\0"[..], &[0; 768], b",\0\0\0\0\xff\xff\xff\xff\0\x08\x01\0;"]
        .concat();
    let svg = br#"<svg xmlns="http://www.w3.org/2000/svg" onload="window.intruder=1"/>"#.to_vec();
    let bombs = [
        ("a PNG of 60 000 pixels each way", png(60_000, &packed(64 << 20, false))),
        ("a PNG of four milliards each way", png(u32::MAX, &packed(1 << 20, false))),
        ("a PNG that goes on after its end", png(64, &packed(512 << 20, false))),
        ("a large GIF", gif),
        ("an SVG", svg),
        ("a page", b"<!DOCTYPE html><script>window.intruder=1</script>".to_vec()),
    ];
    for (what, bomb) in &bombs {
        let answer = send_face(&server, &cookie, &friend, bomb).await;
        assert!(answer.status.is_redirection(), "{what}: {}", answer.status);
        let card = json!({"_type": "card", "name": "ann", "face": BASE64_STANDARD.encode(bomb)});
        phone.publish("/info", card.to_string()).await;
        let shown = server.get(&face).cookie(&cookie).send().await;
        if shown.status == 200 {
            // A picture at all; then it was made anew, and small.
            assert!(shown.body.len() < 100_000 && shown.body != *bomb, "{what}");
            assert!(["image/png", "image/jpeg"].contains(&shown.header("content-type")), "{what}");
        }
        assert_small(&server, what);
    }
    let fine = png(64, &packed(1 << 20, false));
    send_face(&server, &cookie, &friend, &fine).await;
    let shown = server.get(&face).cookie(&cookie).send().await;
    assert_eq!((shown.status.as_u16(), shown.header("x-content-type-options")), (200, "nosniff"));
    assert!(["image/png", "image/jpeg"].contains(&shown.header("content-type")));
}

#[tokio::test]
async fn what_is_packed_is_not_unpacked() {
    let home = Home::new();
    home.user("ann", &["--admin"]).await;
    let ann = home.device("ann", "phone", &[]).await;
    let token = home.token("admin", &["--user", "ann"]).await;
    let server = home.serve().await;
    let bomb = packed(900 << 20, true);
    assert!(bomb.len() < 1 << 20, "it is small on the way");
    let gzip = |path: &str| {
        let asked = server.post(path).header(header::CONTENT_ENCODING, "gzip");
        asked.header(header::CONTENT_TYPE, "application/json").bytes(bomb.clone())
    };
    let posted = gzip("/pub").basic(&ann.username, &ann.password).send().await;
    assert_eq!((posted.status.as_u16(), posted.text().as_str()), (200, "[]"), "it is garbage like any other");
    for path in ["/api/v1/regions", "/api/v1/regions/import", "/api/sign_in", "/api/save_region"] {
        let answer = gzip(path).bearer(&token).send().await;
        assert!(answer.status.is_client_error(), "{path}: {}", answer.status);
    }
    let mut phone = Phone::connect(server.broker(), &ann).await;
    phone.publish("", &bomb).await;
    phone.publish("", location(now_s(), 48.2, 16.37)).await;
    assert_eq!(server.items("/api/v1/fixes?friend=ann", &token).await.len(), 1);
    assert_small(&server, "packed bodies");
}

#[tokio::test]
async fn a_body_that_never_ends_is_refused_by_every_form_before_it_fills_the_memory() {
    let home = Home::new();
    home.user("ann", &["--admin"]).await;
    let token = home.token("admin", &["--user", "ann"]).await;
    let server = home.serve().await;
    // Saying how much will come, and without.
    let (said, unsaid) = ("Content-Length: 67108864", "Transfer-Encoding: chunked");
    for (path, length) in [
        ("/api/sign_in", said),
        ("/api/set_up", said),
        ("/api/save_region", said),
        ("/api/v1/regions", said),
        ("/pub", said),
        ("/api/sign_in", unsaid),
        ("/api/v1/regions", unsaid),
        ("/pub", unsaid),
    ] {
        let mut stream = TcpStream::connect(server.http).await.expect("the door is open");
        let head = format!(
            "POST {path} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {token}\r\n\
             Content-Type: application/x-www-form-urlencoded\r\n{length}\r\n\r\n"
        );
        stream.write_all(head.as_bytes()).await.expect("it listens");
        let chunk = if length == said {
            vec![b'a'; 1 << 20]
        } else {
            [&b"100000\r\n"[..], &vec![b'a'; 1 << 20], b"\r\n"].concat()
        };
        let mut sent = 0;
        while sent < 64 && stream.write_all(&chunk).await.is_ok() {
            sent += 1;
        }
        let mut answer = [0; 12];
        let read =
            tokio::time::timeout(DEADLINE, stream.read(&mut answer)).await.expect("it is told or cut off");
        let said = String::from_utf8_lossy(&answer).into_owned();
        assert!(
            read.is_err() || read.is_ok_and(|read| read == 0) || said.starts_with("HTTP/1.1 4"),
            "{path}: {said}"
        );
    }
    assert_small(&server, "endless bodies");
}

#[tokio::test]
async fn deep_and_wide_questions_are_the_askers_mistake() {
    let home = Home::new();
    home.user("ann", &["--admin"]).await;
    let token = home.token("admin", &["--user", "ann"]).await;
    let server = home.serve().await;
    let deep = "[".repeat(200_000);
    let members =
        format!("{{{}}}", (0..100_000).map(|n| format!("\"m{n}\":0")).collect::<Vec<_>>().join(","));
    let corners = vec!["[1,1]"; 200_000].join(",");
    let polygon = format!(r#"{{"name":"x","shape":{{"type":"polygon","points":[{corners}]}}}}"#);
    for (method, path) in [
        (Method::POST, "/api/v1/regions"),
        (Method::POST, "/api/v1/regions/import"),
        (Method::PUT, "/api/v1/friends/ann/sharing/group"),
        (Method::POST, "/api/v1/sensors"),
    ] {
        for body in [&deep, &format!("{{\"name\":{deep}"), &members, &polygon] {
            let asked = server.ask(method.clone(), path).bearer(&token);
            let asked =
                asked.header(header::CONTENT_TYPE, "application/json").bytes(body.clone().into_bytes());
            let status = asked.send().await.status;
            assert!(status.is_client_error(), "{path}: {status}");
        }
    }
    let fields = (0..50_000).map(|n| format!("regions[{n}]=a")).collect::<Vec<_>>().join("&");
    let nested = format!("terms{}=1", "[a]".repeat(20_000));
    for form in [fields, nested] {
        let status = server.post("/api/share").bearer(&token).form(form).send().await.status;
        assert!(status.is_client_error(), "{status}");
    }
    let path = format!("/api/v1/transitions?friend={}", "x".repeat(60_000));
    assert!(server.get(&path).bearer(&token).send().await.status.is_client_error());
    assert!(!server.log().contains("panicked"), "{}", server.log());
    assert_eq!(server.get("/healthz").send().await.status, 200);
}

#[tokio::test]
async fn a_websocket_agrees_to_no_packing_and_takes_no_huge_frame() {
    let home = Home::new();
    home.user("ann", &[]).await;
    let server = home.serve().await;
    let cookie = server.sign_in("ann").await;
    let mut request = format!("ws://{}/api/live", server.http).into_client_request().expect("is a request");
    for (name, value) in [
        (header::COOKIE, cookie.as_str()),
        (header::SEC_WEBSOCKET_EXTENSIONS, "permessage-deflate; client_max_window_bits"),
    ] {
        request.headers_mut().insert(name, value.parse().expect("is a header"));
    }
    let stream = TcpStream::connect(server.http).await.expect("the door is open");
    let (mut socket, answer) = client_async(request, stream).await.expect("it opens");
    assert!(!answer.headers().contains_key(header::SEC_WEBSOCKET_EXTENSIONS), "{answer:?}");
    // It may be cut off while it is being written.
    let _cut_off = socket.send(Message::Binary(vec![0; 80 << 20].into())).await;
    let ended = async {
        while let Some(Ok(message)) = socket.next().await {
            if message.is_close() {
                break;
            }
        }
    };
    tokio::time::timeout(DEADLINE, ended).await.expect("it is closed");
    assert_small(&server, "a huge frame");
}

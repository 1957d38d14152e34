//! A reverse proxy with TLS, as far as the server can tell: on a host with other sites one path leads to the server. Some such proxies hand
//! the path on and some cut it off.

use super::{Question, Server};
use http::Method;
use std::net::SocketAddr;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt, copy_bidirectional},
    net::{TcpListener, TcpStream},
    task::JoinHandle,
};

/// The host that the proxy was asked by.
const HOST: &str = "where.example.org";

/// A proxy that runs. Dropping it ends it.
pub(crate) struct Gate {
    pub(crate) address: SocketAddr,
    task: JoinHandle<()>,
}

impl Gate {
    /// Opens one: what lies below the path goes to the server, all else is another site's.
    pub(crate) async fn before(server: &Server, base: &'static str, cuts: bool) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("there is a free port");
        let address = listener.local_addr().expect("is bound");
        let http = server.http;
        let task = tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                tokio::spawn(relay(client, http, base, cuts));
            }
        });
        Self { address, task }
    }

    pub(crate) fn get(&self, path: &str) -> Question {
        Question::new(Method::GET, format!("http://{}{path}", self.address))
    }

    pub(crate) fn post(&self, path: &str) -> Question {
        Question::new(Method::POST, format!("http://{}{path}", self.address))
    }
}

impl Drop for Gate {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// One request, and what may follow it when it is an upgrade.
async fn relay(mut client: TcpStream, server: SocketAddr, base: &str, cuts: bool) -> Option<()> {
    let mut asked = Vec::new();
    let end = loop {
        if let Some(end) = asked.windows(4).position(|four| four == b"\r\n\r\n") {
            break end + 2;
        }
        let mut some = [0; 4096];
        let count = client.read(&mut some).await.ok().filter(|count| *count > 0)?;
        asked.extend_from_slice(&some[..count]);
    };
    let (head, body) = asked.split_at(end);
    let head = std::str::from_utf8(head).ok()?;
    let (line, headers) = head.split_once("\r\n")?;
    let (method, path) = line.strip_suffix(" HTTP/1.1")?.split_once(' ')?;
    let Some(below) = path.strip_prefix(base).filter(|below| below.is_empty() || below.starts_with('/'))
    else {
        let another = b"HTTP/1.1 421 Misdirected Request\r\ncontent-length: 0\r\nconnection: close\r\n\r\n";
        return client.write_all(another).await.ok();
    };
    let path = if cuts { below } else { path };
    let path = if path.is_empty() { "/" } else { path };
    let last =
        if headers.to_ascii_lowercase().contains("\r\nupgrade:") { "" } else { "connection: close\r\n" };
    let said = format!("x-forwarded-proto: https\r\nx-forwarded-host: {HOST}\r\n{last}");
    let mut server = TcpStream::connect(server).await.ok()?;
    server.write_all(format!("{method} {path} HTTP/1.1\r\n{headers}{said}").as_bytes()).await.ok()?;
    server.write_all(body).await.ok()?;
    copy_bidirectional(&mut client, &mut server).await.ok().map(drop)
}

//! A browser that looks: the websockets of the live link and of the console, as the pages open them.

use super::{DEADLINE, Server, in_time};
use domain::{
    ConsoleLine, ConsoleNews,
    live::{Delta, LiveMessage, Snapshot},
};
use futures::{SinkExt, StreamExt};
use http::{StatusCode, header};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use std::net::SocketAddr;
use tokio::net::TcpStream;
use tokio_tungstenite::{
    WebSocketStream, client_async,
    tungstenite::{Error, Message, client::IntoClientRequest},
};

/// A websocket of a server function. A frame is a tag (0 well, 1 error) and JSON.
struct Socket(WebSocketStream<TcpStream>);

/// An open live link.
pub(crate) struct Live(Socket);

/// An open console.
pub(crate) struct Console(Socket);

impl Socket {
    /// Opens it; an answer other than the upgrade is returned by its status.
    async fn open(
        door: SocketAddr,
        path: &str,
        cookie: Option<&str>,
        origin: Option<&str>,
    ) -> Result<Self, StatusCode> {
        let mut request = format!("ws://{door}{path}").into_client_request().expect("is a request");
        for (name, value) in [(header::COOKIE, cookie), (header::ORIGIN, origin)] {
            if let Some(value) = value {
                request.headers_mut().insert(name, value.parse().expect("is a header"));
            }
        }
        let stream = TcpStream::connect(door).await.expect("the door is open");
        match client_async(request, stream).await {
            Ok((socket, _)) => Ok(Self(socket)),
            Err(Error::Http(answer)) => Err(answer.status()),
            Err(error) => unreachable!("the upgrade failed: {error}"),
        }
    }

    /// The next item; `None` at the end.
    async fn next<T: DeserializeOwned>(&mut self) -> Option<Result<T, Value>> {
        let next = tokio::time::timeout(DEADLINE, self.0.next());
        let frame = match next.await.expect("something comes in time")? {
            Ok(Message::Binary(frame)) => frame,
            Ok(Message::Close(_)) | Err(_) => return None,
            Ok(other) => unreachable!("frames are binary, not {other:?}"),
        };
        let (tag, json) = frame.split_first().expect("a frame has a tag");
        Some(match tag {
            0 => Ok(serde_json::from_slice(json).expect("the message is ours")),
            1 => Err(serde_json::from_slice(json).expect("the error is JSON")),
            other => unreachable!("there is no tag {other}"),
        })
    }
}

impl Console {
    /// Opens a console that shows this topic filter and this type; either may be empty.
    pub(crate) async fn open(
        server: &Server,
        cookie: Option<&str>,
        origin: Option<&str>,
        (topic, kind): (&str, &str),
    ) -> Result<Self, StatusCode> {
        let mut socket = Socket::open(server.http, "/api/console_live", cookie, origin).await?;
        let wish = json!({"topic": topic, "kind": kind}).to_string();
        let frame = [&[0], wish.as_bytes()].concat();
        socket.0.send(Message::Binary(frame.into())).await.expect("the line is open");
        Ok(Self(socket))
    }

    /// The same for somebody who may, and what it shows first.
    pub(crate) async fn of(server: &Server, cookie: &str, wish: (&str, &str)) -> (Self, Vec<ConsoleLine>) {
        let mut console = Self::open(server, Some(cookie), None, wish).await.expect("it opens");
        match console.next().await {
            Some(Ok(ConsoleNews::Recent(lines))) => (console, lines),
            other => unreachable!("the first is what came last, not {other:?}"),
        }
    }

    /// The next item; `None` at the end.
    pub(crate) async fn next(&mut self) -> Option<Result<ConsoleNews, Value>> {
        self.0.next().await
    }

    /// The next line that comes.
    pub(crate) async fn line(&mut self) -> ConsoleLine {
        let line = async {
            loop {
                match self.next().await {
                    Some(Ok(ConsoleNews::Heartbeat)) => {}
                    Some(Ok(ConsoleNews::Came(mut lines))) if lines.len() == 1 => return lines.remove(0),
                    other => unreachable!("one line comes, not {other:?}"),
                }
            }
        };
        in_time("a line", line).await
    }
}

impl Live {
    /// Opens the link; an answer other than the upgrade is returned by its status.
    pub(crate) async fn open(
        server: &Server,
        cookie: Option<&str>,
        origin: Option<&str>,
    ) -> Result<Self, StatusCode> {
        Ok(Self(Socket::open(server.http, "/api/live", cookie, origin).await?))
    }

    /// Opens the link at a proxy, below a path, as a page there does.
    pub(crate) async fn below(proxy: SocketAddr, base: &str, cookie: &str) -> Self {
        let origin = Some("https://where.example.org");
        let opened = Socket::open(proxy, &format!("{base}/api/live"), Some(cookie), origin).await;
        Self(opened.expect("the link opens"))
    }

    /// Opens the link as somebody who is signed in.
    pub(crate) async fn of(server: &Server, cookie: &str) -> Self {
        Self::open(server, Some(cookie), None).await.expect("the link opens")
    }

    /// The next item; `None` at the end.
    pub(crate) async fn next(&mut self) -> Option<Result<LiveMessage, Value>> {
        self.0.next().await
    }

    /// The next message, which must not be an error.
    pub(crate) async fn message(&mut self) -> LiveMessage {
        self.next().await.expect("the link stays open").expect("it is no error")
    }

    /// The next snapshot.
    pub(crate) async fn snapshot(&mut self) -> Snapshot {
        let snapshot = async {
            loop {
                if let LiveMessage::Snapshot(snapshot) = self.message().await {
                    return snapshot;
                }
            }
        };
        in_time("a snapshot", snapshot).await
    }

    /// The next delta; heartbeats in between are fine, a snapshot is not.
    pub(crate) async fn delta(&mut self) -> Delta {
        let delta = async {
            loop {
                match self.message().await {
                    LiveMessage::Delta(delta) => return delta,
                    LiveMessage::Heartbeat(_) => {}
                    LiveMessage::Snapshot(_) => unreachable!("nothing changed that would need a snapshot"),
                }
            }
        };
        in_time("a change", delta).await
    }
}

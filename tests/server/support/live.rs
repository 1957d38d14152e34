//! A browser that looks: the websocket of the live link, as the page opens it.

use super::{DEADLINE, Server};
use domain::live::{Delta, LiveMessage, Snapshot};
use futures::StreamExt;
use http::{StatusCode, header};
use serde_json::Value;
use tokio::net::TcpStream;
use tokio_tungstenite::{
    WebSocketStream, client_async,
    tungstenite::{Error, Message, client::IntoClientRequest},
};

/// An open live link.
pub(crate) struct Live(WebSocketStream<TcpStream>);

impl Live {
    /// Opens the link; an answer other than the upgrade is returned by its status.
    pub(crate) async fn open(
        server: &Server,
        cookie: Option<&str>,
        origin: Option<&str>,
    ) -> Result<Self, StatusCode> {
        let mut request =
            format!("ws://{}/api/live", server.http).into_client_request().expect("is a request");
        for (name, value) in [(header::COOKIE, cookie), (header::ORIGIN, origin)] {
            if let Some(value) = value {
                request.headers_mut().insert(name, value.parse().expect("is a header"));
            }
        }
        let stream = TcpStream::connect(server.http).await.expect("the door is open");
        match client_async(request, stream).await {
            Ok((socket, _)) => Ok(Self(socket)),
            Err(Error::Http(answer)) => Err(answer.status()),
            Err(error) => unreachable!("the upgrade failed: {error}"),
        }
    }

    /// Opens the link as somebody who is signed in.
    pub(crate) async fn of(server: &Server, cookie: &str) -> Self {
        Self::open(server, Some(cookie), None).await.expect("the link opens")
    }

    /// The next item; `None` at the end. A frame is a tag (0 well, 1 error) and JSON.
    pub(crate) async fn next(&mut self) -> Option<Result<LiveMessage, Value>> {
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

    /// The next message, which must not be an error.
    pub(crate) async fn message(&mut self) -> LiveMessage {
        self.next().await.expect("the link stays open").expect("it is no error")
    }

    /// The next snapshot.
    pub(crate) async fn snapshot(&mut self) -> Snapshot {
        loop {
            if let LiveMessage::Snapshot(snapshot) = self.message().await {
                return snapshot;
            }
        }
    }

    /// The next delta; heartbeats in between are fine, a snapshot is not.
    pub(crate) async fn delta(&mut self) -> Delta {
        loop {
            match self.message().await {
                LiveMessage::Delta(delta) => return delta,
                LiveMessage::Heartbeat(_) => {}
                LiveMessage::Snapshot(_) => unreachable!("nothing changed that would need a snapshot"),
            }
        }
    }
}

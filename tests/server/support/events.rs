//! A script that listens: the websocket of events, as the interface describes it.

use super::{DEADLINE, Server, in_time};
use futures::{SinkExt, StreamExt};
use http::{HeaderName, StatusCode, header};
use serde_json::Value;
use std::time::Duration;
use tokio::net::TcpStream;
use tokio_tungstenite::{
    WebSocketStream, client_async,
    tungstenite::{Error, Message, client::IntoClientRequest},
};

/// An open websocket of events.
pub(crate) struct Events(WebSocketStream<TcpStream>);

/// What came on it.
#[derive(Debug)]
pub(crate) enum Told {
    /// One event; of those, heartbeats too.
    Event(Value),
    /// The server closed it, with a code and a reason.
    Closed(u16, String),
    /// It broke.
    Gone,
}

impl Events {
    /// Opens one with these headers, going on after a cursor if there is one; an answer other than the upgrade is returned by its status.
    pub(crate) async fn open(
        server: &Server,
        headers: &[(HeaderName, &str)],
        after: Option<&str>,
    ) -> Result<Self, StatusCode> {
        let after = after.map(|after| format!("?after={after}")).unwrap_or_default();
        let address = format!("ws://{}/api/v1/events{after}", server.http);
        let mut request = address.into_client_request().expect("is a request");
        for (name, value) in headers {
            request.headers_mut().insert(name, value.parse().expect("is a header"));
        }
        let stream = TcpStream::connect(server.http).await.expect("the door is open");
        match client_async(request, stream).await {
            Ok((socket, _)) => Ok(Self(socket)),
            Err(Error::Http(answer)) => Err(answer.status()),
            Err(error) => unreachable!("the upgrade failed: {error}"),
        }
    }

    /// Opens one as who has a bearer token.
    pub(crate) async fn of(server: &Server, token: &str, after: Option<&str>) -> Self {
        let bearer = format!("Bearer {token}");
        let headers = [(header::AUTHORIZATION, &*bearer)];
        Self::open(server, &headers, after).await.expect("the token is valid")
    }

    /// The same, from now on: after the first event, which says so. Returns its cursor, too.
    pub(crate) async fn from_now(server: &Server, token: &str) -> (Self, String) {
        let mut events = Self::of(server, token, None).await;
        let first = events.event().await;
        assert_eq!(first["event"], "reset", "{first}");
        (events, first["id"].as_str().expect("is a cursor").to_owned())
    }

    /// Says something.
    pub(crate) async fn say(&mut self, text: &str) {
        self.0.send(Message::Text(text.into())).await.expect("the line is open");
    }

    /// Says something again and again, until the server ends it, and how. It reads in between, so that the reason is not lost.
    pub(crate) async fn say_until_the_end(&mut self, text: &str) -> (u16, String) {
        let saying = async {
            loop {
                self.say(text).await;
                let Ok(told) = tokio::time::timeout(Duration::from_millis(20), self.next()).await else {
                    continue;
                };
                match told {
                    Told::Event(_) => {}
                    Told::Closed(code, reason) => return (code, reason),
                    Told::Gone => unreachable!("it is ended with a reason"),
                }
            }
        };
        in_time("the end", saying).await
    }

    /// What comes next.
    pub(crate) async fn next(&mut self) -> Told {
        let next = tokio::time::timeout(DEADLINE, self.0.next()).await.expect("something comes in time");
        match next {
            Some(Ok(Message::Text(text))) => Told::Event(serde_json::from_str(&text).expect("is JSON")),
            Some(Ok(Message::Close(Some(frame)))) => {
                Told::Closed(frame.code.into(), frame.reason.to_string())
            }
            Some(Ok(Message::Close(None)) | Err(_)) | None => Told::Gone,
            Some(Ok(other)) => unreachable!("frames are text, not {other:?}"),
        }
    }

    /// The next event that is no heartbeat.
    pub(crate) async fn event(&mut self) -> Value {
        loop {
            match self.next().await {
                Told::Event(event) if event["event"] == "heartbeat" => {
                    assert!(event.get("id").is_none(), "there is nothing to go on after: {event}");
                }
                Told::Event(event) => return event,
                told @ (Told::Closed(..) | Told::Gone) => unreachable!("an event comes, not {told:?}"),
            }
        }
    }

    /// All events until one that this holds for.
    pub(crate) async fn until(&mut self, is_last: impl Fn(&Value) -> bool) -> Vec<Value> {
        let mut all = Vec::new();
        loop {
            let event = self.event().await;
            let ends = is_last(&event);
            all.push(event);
            if ends {
                return all;
            }
        }
    }

    /// How the server ends it, whatever came before.
    pub(crate) async fn end(&mut self) -> (u16, String) {
        loop {
            match self.next().await {
                Told::Event(_) => {}
                Told::Closed(code, reason) => return (code, reason),
                Told::Gone => unreachable!("it is ended with a reason"),
            }
        }
    }
}

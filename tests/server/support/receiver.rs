//! A web server and a mail server of somebody else: they keep what they get, and answer as a test says.

use super::eventually;
use axum::{
    Router,
    body::Bytes,
    extract::State,
    http::{HeaderMap, StatusCode, Uri},
    response::{IntoResponse, Response},
};
use std::{
    collections::VecDeque,
    net::SocketAddr,
    sync::{Arc, Mutex},
};
use tokio::{
    io::{AsyncBufReadExt, AsyncWriteExt, BufReader},
    net::{TcpListener, TcpStream},
    sync::watch,
};

/// A request that came.
#[derive(Clone, Debug)]
pub(crate) struct Got {
    pub(crate) path: String,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Vec<u8>,
}

#[derive(Default)]
struct Kept {
    got: Vec<Got>,
    answers: VecDeque<Response>,
    /// Another, without which it does not answer.
    waits_for: Option<watch::Receiver<usize>>,
}

/// A web server. It answers 200 but for what it was told to answer first.
#[derive(Clone)]
pub(crate) struct Receiver {
    address: SocketAddr,
    kept: Arc<Mutex<Kept>>,
    /// How many came.
    came: watch::Sender<usize>,
}

impl Got {
    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().expect("is text"))
    }

    pub(crate) fn json(&self) -> serde_json::Value {
        serde_json::from_slice(&self.body).expect("is JSON")
    }
}

impl Receiver {
    pub(crate) async fn open() -> Self {
        let door = TcpListener::bind("127.0.0.1:0").await.expect("there is a free port");
        let address = door.local_addr().expect("is bound");
        let receiver = Self { address, kept: Arc::default(), came: watch::Sender::new(0) };
        let router = Router::new().fallback(keep).with_state(receiver.clone());
        tokio::spawn(async move { axum::serve(door, router).await });
        receiver
    }

    pub(crate) fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    /// Answers this to the next that comes and was not told anything else.
    pub(crate) fn answer(&self, answer: impl IntoResponse) {
        self.kept.lock().expect("nobody panics").answers.push_back(answer.into_response());
    }

    /// Answers nothing before another has got something.
    pub(crate) fn wait_for(&self, other: &Self) {
        self.kept.lock().expect("nobody panics").waits_for = Some(other.came.subscribe());
    }

    pub(crate) fn count(&self) -> usize {
        self.kept.lock().expect("nobody panics").got.len()
    }

    /// The request of that number, counted from 0; waits for it.
    pub(crate) async fn nth(&self, number: usize) -> Got {
        eventually("a request", async || self.kept.lock().expect("nobody panics").got.get(number).cloned())
            .await
    }
}

async fn keep(State(receiver): State<Receiver>, uri: Uri, headers: HeaderMap, body: Bytes) -> Response {
    let path = uri.path_and_query().map(ToString::to_string).unwrap_or_default();
    let (answer, waits_for) = {
        let mut kept = receiver.kept.lock().expect("nobody panics");
        kept.got.push(Got { path, headers, body: body.to_vec() });
        (kept.answers.pop_front(), kept.waits_for.clone())
    };
    receiver.came.send_modify(|came| *came += 1);
    if let Some(mut other) = waits_for {
        other.wait_for(|came| *came > 0).await.map(drop).expect("the other stays");
    }
    answer.unwrap_or_else(|| StatusCode::OK.into_response())
}

/// A mail server that takes everything.
#[derive(Clone)]
pub(crate) struct Postbox {
    address: SocketAddr,
    letters: Arc<Mutex<Vec<String>>>,
}

impl Postbox {
    pub(crate) async fn open() -> Self {
        let door = TcpListener::bind("127.0.0.1:0").await.expect("there is a free port");
        let address = door.local_addr().expect("is bound");
        let postbox = Self { address, letters: Arc::default() };
        let taking = postbox.clone();
        tokio::spawn(async move {
            while let Ok((line, _)) = door.accept().await {
                tokio::spawn(converse(line, taking.clone()));
            }
        });
        postbox
    }

    pub(crate) fn url(&self) -> String {
        format!("smtp://{}", self.address)
    }

    /// The letter of that number, counted from 0, with whom it is for in its first line; waits for it.
    pub(crate) async fn nth(&self, number: usize) -> String {
        eventually("a letter", async || self.letters.lock().expect("nobody panics").get(number).cloned())
            .await
    }
}

async fn converse(line: TcpStream, postbox: Postbox) -> Option<()> {
    let (from, mut to) = line.into_split();
    let mut lines = BufReader::new(from).lines();
    to.write_all(b"220 postbox ESMTP\r\n").await.ok()?;
    let mut letter = String::new();
    while let Some(said) = lines.next_line().await.ok()? {
        let command = said.to_ascii_uppercase();
        let answer: &[u8] = if command.starts_with("RCPT") {
            letter.push_str(&said);
            letter.push('\n');
            b"250 good\r\n"
        } else if command.starts_with("DATA") {
            to.write_all(b"354 go on\r\n").await.ok()?;
            while let Some(said) = lines.next_line().await.ok()?.filter(|said| said != ".") {
                letter.push_str(&said);
                letter.push('\n');
            }
            postbox.letters.lock().expect("nobody panics").push(std::mem::take(&mut letter));
            b"250 good\r\n"
        } else if command.starts_with("QUIT") {
            b"221 bye\r\n"
        } else {
            b"250 good\r\n"
        };
        to.write_all(answer).await.ok()?;
    }
    Some(())
}

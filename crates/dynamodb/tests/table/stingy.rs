//! A service with little throughput, which moto cannot be: it refuses every third request, and of the others takes the first items only. Of
//! how much one request may carry it knows, too; moto takes any.

use serde_json::{Value, json};
use std::sync::{Arc, Mutex, PoisonError};
use tokio::{
    io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader},
    net::{TcpListener, TcpStream},
};

#[derive(Default)]
struct Memory {
    requests: usize,
    taken: Vec<Value>,
}

pub(crate) struct Stingy {
    pub(crate) endpoint: String,
    memory: Arc<Mutex<Memory>>,
}

impl Stingy {
    /// Starts one that takes so many items of a request. It ends with the test's runtime.
    #[expect(clippy::disallowed_methods, reason = "a test has no tracker of tasks")]
    pub(crate) async fn start(at_once: usize) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("there is a free port");
        let endpoint = format!("http://{}", listener.local_addr().expect("is bound"));
        let memory = Arc::new(Mutex::new(Memory::default()));
        let (met, kept) = (Arc::clone(&memory), Self { endpoint, memory });
        tokio::spawn(async move {
            while let Ok((socket, _)) = listener.accept().await {
                tokio::spawn(serve(socket, Arc::clone(&met), at_once));
            }
        });
        kept
    }

    /// What it has taken, in the order in which it came.
    pub(crate) fn taken(&self) -> Vec<Value> {
        self.memory.lock().unwrap_or_else(PoisonError::into_inner).taken.clone()
    }
}

/// Answers requests of one connection until the client closes it.
async fn serve(socket: TcpStream, memory: Arc<Mutex<Memory>>, at_once: usize) {
    let mut socket = BufReader::new(socket);
    loop {
        let mut length = 0;
        loop {
            let mut line = String::new();
            if socket.read_line(&mut line).await.is_ok_and(|read| read == 0) {
                return;
            }
            if let Some((name, value)) = line.split_once(':')
                && name.eq_ignore_ascii_case("content-length")
            {
                length = value.trim().parse().expect("is a number");
            }
            if line.trim().is_empty() {
                break;
            }
        }
        let mut body = vec![0; length];
        socket.read_exact(&mut body).await.expect("the body is whole");
        let (status, answer) = answer(&body, &memory, at_once);
        let answer = answer.to_string();
        let head = format!(
            "HTTP/1.1 {status}\r\ncontent-type: application/x-amz-json-1.0\r\ncontent-length: {}\r\n\r\n",
            answer.len()
        );
        socket.write_all((head + &answer).as_bytes()).await.expect("the client listens");
    }
}

fn answer(body: &[u8], memory: &Mutex<Memory>, at_once: usize) -> (&'static str, Value) {
    let mut memory = memory.lock().unwrap_or_else(PoisonError::into_inner);
    memory.requests += 1;
    if memory.requests.is_multiple_of(3) {
        let kind = "com.amazonaws.dynamodb.v20120810#ProvisionedThroughputExceededException";
        return ("400 Bad Request", json!({ "__type": kind, "message": "not so fast" }));
    }
    let length = body.len();
    let body: Value = serde_json::from_slice(body).expect("is JSON");
    let (table, items) =
        body["RequestItems"].as_object().and_then(|all| all.iter().next()).expect("has a table");
    let items = items.as_array().expect("is a list");
    if items.len() > 25 || length > 16 << 20 {
        let kind = "com.amazon.coral.validate#ValidationException";
        return ("400 Bad Request", json!({ "__type": kind, "message": "too much in one request" }));
    }
    let (now, later) = items.split_at(at_once.min(items.len()));
    memory.taken.extend(now.iter().map(|item| item["PutRequest"]["Item"].clone()));
    let left = if later.is_empty() { json!({}) } else { json!({ table: later }) };
    ("200 OK", json!({ "UnprocessedItems": left }))
}

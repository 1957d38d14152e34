//! The archive in a table of DynamoDB, driven by the server, with moto's server in its place. `cargo xtask test` installs that; without it
//! this is skipped, and says so.

use crate::support::{Guarded, Home, Phone, Question, Server, eventually, free_port, location, now_s};
use http::{Method, StatusCode, header};
use serde_json::{Value, json};
use std::{
    collections::HashSet,
    io::Write,
    process::{Child, Command, Stdio},
    time::Duration,
};

/// Any credentials will do, but there must be some.
const SETTINGS: [&str; 3] =
    ["AWS_REGION=eu-central-1", "AWS_ACCESS_KEY_ID=nobody", "AWS_SECRET_ACCESS_KEY=nothing"];
const SIGNED: &str = "AWS4-HMAC-SHA256 Credential=nobody/20260101/eu-central-1/dynamodb/aws4_request, SignedHeaders=host, Signature=0";

/// Where moto's program is.
#[expect(clippy::disallowed_methods, reason = "xtask says to a test by its environment where things are")]
fn program() -> Option<String> {
    let program = std::env::var("MOTO_SERVER").ok();
    if program.is_none() {
        let told = writeln!(std::io::stderr(), "\n*** SKIPPED: no moto; `cargo xtask test` installs it");
        told.expect("standard error is open");
    }
    program
}

fn start(program: &str, port: u16) -> Child {
    let mut command = Command::new(program);
    command.args(["-H", "127.0.0.1", "-p", &port.to_string()]);
    let quiet = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    quiet.spawn().expect("moto starts")
}

/// Asks the table's server; `None` while it does not listen.
async fn ask(port: u16, operation: &str, body: &Value) -> Option<Value> {
    let _listens = tokio::net::TcpStream::connect(("127.0.0.1", port)).await.ok()?;
    let target = header::HeaderName::from_static("x-amz-target");
    let question = Question::new(Method::POST, format!("http://127.0.0.1:{port}/"))
        .header(target, &format!("DynamoDB_20120810.{operation}"))
        .header(header::AUTHORIZATION, SIGNED)
        .header(header::CONTENT_TYPE, "application/x-amz-json-1.0")
        .bytes(body.to_string().into_bytes());
    let answer = question.send().await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.text());
    Some(answer.json())
}

async fn make_table(port: u16) {
    let (names, kinds) = (["device_id", "place"], ["HASH", "RANGE"]);
    let table = json!({
        "TableName": "log", "BillingMode": "PAY_PER_REQUEST",
        "AttributeDefinitions": names.map(|name| json!({"AttributeName": name, "AttributeType": "S"})),
        "KeySchema": std::array::from_fn::<_, 2, _>(|n| json!({"AttributeName": names[n], "KeyType": kinds[n]})),
    });
    eventually("the table is made", async || ask(port, "CreateTable", &table).await).await;
}

async fn items(port: u16) -> Vec<Value> {
    let (mut items, mut question) = (Vec::new(), json!({"TableName": "log"}));
    loop {
        let found = ask(port, "Scan", &question).await.expect("it listens");
        items.extend(found["Items"].as_array().expect("is a list").iter().cloned());
        match found.get("LastEvaluatedKey") {
            Some(last) => question["ExclusiveStartKey"] = last.clone(),
            None => return items,
        }
    }
}

async fn serve(home: &Home, port: u16) -> Server {
    let mut command = Command::new("env");
    command.args(SETTINGS);
    let endpoint = format!("http://127.0.0.1:{port}");
    let archive =
        ["--archive-dynamodb-table", "log", "--archive-dynamodb-endpoint", &endpoint, "--archive-every", "1"];
    let child = home.spawn_by(command, "server", &Home::arguments(&archive));
    home.ready(Guarded(child)).await
}

/// Whether the archive has everything, by the server's own figure.
async fn has_all(server: &Server) -> Option<()> {
    let figures = server.get("/metrics").send().await.text();
    let line = figures.lines().find(|line| line.starts_with("whereabouts_archive_waiting{"))?;
    line.ends_with(" 0").then_some(())
}

#[tokio::test]
async fn what_is_committed_is_in_the_table_though_that_was_away_and_the_server_was_killed() {
    let Some(program) = program() else { return };
    let home = Home::new();
    let ann = home.device("ann", "phone", &[]).await;
    let port = free_port();

    // Nobody listens there yet: the server starts even so, and messages wait.
    let server = serve(&home, port).await;
    let mut phone = Phone::connect(server.broker(), &ann).await;
    let start_s = now_s() - 1000;
    phone.publish("", location(start_s, 48.2, 16.37)).await;
    assert!(has_all(&server).await.is_none());
    let moto = Guarded(start(&program, port));
    make_table(port).await;
    server.post("/pub").basic(&ann.username, &ann.password).bytes(b"\xff\xfe".to_vec()).send().await;

    server.kill();

    let mut said = 0;
    for power_lasts in [900, 1300, 1700].map(Duration::from_millis) {
        let server = serve(&home, port).await;
        let mut phone = Phone::connect(server.broker(), &ann).await;
        let talking = async {
            loop {
                said += 1;
                phone.publish("", location(start_s + said, 48.2, 16.37)).await;
            }
        };
        // Power is lost at another moment each time, about when it ships.
        assert!(tokio::time::timeout(power_lasts, talking).await.is_err());
        server.kill();
    }
    let server = serve(&home, port).await;
    eventually("the table has everything", async || has_all(&server).await).await;

    let found = items(port).await;
    let ids: HashSet<&str> = found.iter().filter_map(|item| item["id"]["N"].as_str()).collect();
    let committed = home.texts("SELECT CAST(id AS TEXT) FROM messages").await;
    let missing: Vec<_> = committed.iter().filter(|id| !ids.contains(id.as_str())).collect();
    assert!(committed.len() > 3 && missing.is_empty(), "{missing:?} of {} are missing", committed.len());
    assert_eq!(found.len(), ids.len(), "what was sent again replaces itself");
    let garbage = found.iter().find(|item| item["payload"].get("B").is_some()).expect("bytes are there");
    assert_eq!(
        (&garbage["payload"]["B"], &garbage["friend"]["S"], &garbage["door"]["S"]),
        (&"//4=".into(), &"ann".into(), &"http".into())
    );
    assert!(server.stop().await.success());
    drop(moto);
}

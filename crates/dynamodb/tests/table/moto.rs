//! moto's server, as a child of the test.

use aws_config::BehaviorVersion;
use aws_sdk_dynamodb::{
    Client,
    types::{
        AttributeDefinition, AttributeValue, BillingMode, KeySchemaElement, KeyType, ScalarAttributeType,
    },
};
use std::{
    collections::HashMap,
    fs::File,
    io::Write,
    path::Path,
    process::{Child, Command, Stdio},
    sync::atomic::{AtomicU32, Ordering},
    time::Duration,
};

/// How long it may take to start: its Python reads a lot.
const DEADLINE: Duration = Duration::from_mins(1);

pub(crate) type Item = HashMap<String, AttributeValue>;

/// Where its program is.
#[expect(clippy::disallowed_methods, reason = "xtask says to a test by its environment where things are")]
fn program() -> Option<String> {
    let program = std::env::var("MOTO_SERVER").ok();
    assert!(program.is_some() || std::env::var_os("CI").is_none(), "MOTO_SERVER is not set, and this is CI");
    program
}

/// Whether there is a server to test against, and credentials for it. That there is none is said in a way that no test runner hides.
pub(crate) fn is_here() -> bool {
    let here = program().is_some();
    if !here {
        let told = writeln!(
            std::io::stderr(),
            "\n*** SKIPPED: no server to test against; `cargo xtask dynamodb` has one"
        );
        told.expect("standard error is open");
    }
    here
}

/// A server that is ready. Dropping it ends it.
pub(crate) struct Moto {
    child: Child,
    pub(crate) endpoint: String,
}

impl Moto {
    /// Starts it on a free port; without its program it is said that there is none.
    pub(crate) async fn start() -> Option<Self> {
        static STARTED: AtomicU32 = AtomicU32::new(0);
        is_here().then_some(())?;
        let number = STARTED.fetch_add(1, Ordering::Relaxed);
        let said =
            Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("moto-{}-{number}.log", std::process::id()));
        let mut command = Command::new(program()?);
        command.args(["-H", "127.0.0.1", "-p", "0"]);
        let file = File::create(&said).expect("can be written");
        let child = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(file).spawn();
        let mut moto = Self { child: child.expect("the program starts"), endpoint: String::new() };
        let ready = async {
            loop {
                let said = std::fs::read_to_string(&said).expect("was made");
                let told = said.split_once("Running on ").and_then(|(_, rest)| rest.split_once('\n'));
                if let Some((endpoint, _)) = told {
                    return endpoint.trim().to_owned();
                }
                let ended = moto.child.try_wait().expect("it is our child");
                assert!(ended.is_none(), "moto ended: {said}");
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        };
        moto.endpoint = tokio::time::timeout(DEADLINE, ready).await.expect("moto is ready in time");
        Some(moto)
    }

    async fn client(&self) -> Client {
        let settings = aws_config::defaults(BehaviorVersion::latest())
            .http_client(aws_smithy_http_client::Builder::new().build_http())
            .endpoint_url(&self.endpoint);
        Client::new(&settings.load().await)
    }

    /// Makes a table with a partition key and a sort key, both strings.
    pub(crate) async fn make_table(&self, name: &str, keys: [&str; 2]) {
        let mut table =
            self.client().await.create_table().table_name(name).billing_mode(BillingMode::PayPerRequest);
        for (name, kind) in keys.into_iter().zip([KeyType::Hash, KeyType::Range]) {
            let attribute =
                AttributeDefinition::builder().attribute_name(name).attribute_type(ScalarAttributeType::S);
            let key = KeySchemaElement::builder().attribute_name(name).key_type(kind);
            table = table
                .attribute_definitions(attribute.build().expect("is complete"))
                .key_schema(key.build().expect("is complete"));
        }
        table.send().await.expect("the table is made");
    }

    /// All that is in a table.
    pub(crate) async fn items(&self, table: &str) -> Vec<Item> {
        let pages = self.client().await.scan().table_name(table).into_paginator().items().send();
        pages.try_collect().await.expect("the table is there")
    }
}

impl Drop for Moto {
    fn drop(&mut self) {
        // Fails only when it has ended already.
        let _ended = self.child.kill();
        self.child.wait().expect("it is our child");
    }
}

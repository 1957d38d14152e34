//! A browser, driven by Node.js: a file beside `Cargo.toml` that prints a line of JSON when it is ready, and another one when it has heard enough.

use anyhow::{Context, Result};
use serde_json::Value;
use std::{
    io::{BufRead, BufReader, Write},
    path::Path,
    process::{Child, ChildStdout, Command, Stdio},
};

/// It is ended when this is dropped.
pub(crate) struct Script(Child, BufReader<ChildStdout>);

impl Script {
    pub(crate) fn start(file: &str, arguments: &[&str]) -> Result<Self> {
        let mut command = Command::new("node");
        command.arg(Path::new(env!("CARGO_MANIFEST_DIR")).join(file)).args(arguments);
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().context("Node.js")?;
        let stdout = child.stdout.take().context("standard output is piped")?;
        Ok(Self(child, BufReader::new(stdout)))
    }

    /// One line, with what the browser saw.
    pub(crate) fn read(&mut self) -> Result<Value> {
        let mut line = String::new();
        self.1.read_line(&mut line)?;
        serde_json::from_str(&line).context("the browser said something else; does `make e2e` work?")
    }

    /// Has it say what it saw.
    pub(crate) fn enough(&mut self) -> Result<()> {
        Ok(writeln!(self.0.stdin.as_mut().context("standard input is piped")?, "enough")?)
    }
}

impl Drop for Script {
    fn drop(&mut self) {
        // Closing its input ends it, and it closes the browser.
        drop(self.0.stdin.take());
        let _ended = self.0.wait();
    }
}

//! Licences, bans, sources and advisories of every crate in `Cargo.lock`, by cargo-deny.

use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result};

use crate::command;

const VERSION: &str = "0.20.2";

/// How long the list of advisories may take to arrive.
const FETCH_S: u64 = 120;

/// Checks with `deny.toml`. The list of advisories lives on the network: where it cannot be had the rest is checked,
/// and the output says so.
pub(crate) fn check() -> Result<()> {
    let program = install()?;
    let mut checks = vec!["bans", "licenses", "sources"];
    if fetch(&program)? {
        checks.push("advisories");
    } else {
        println!("xtask: ADVISORIES WERE NOT CHECKED: their list cannot be fetched from here");
    }
    command::run(
        Command::new(&program).args(["--all-features", "check", "--hide-inclusion-graph"]).args(checks),
    )
}

/// The program in the pinned version: from `PATH`, or from an earlier run, or built now into `target/tools`.
fn install() -> Result<PathBuf> {
    let ours = command::target_dir().join("tools/bin/cargo-deny");
    for program in [PathBuf::from("cargo-deny"), ours.clone()] {
        let version = Command::new(&program).arg("--version").stderr(Stdio::null()).output();
        if version.is_ok_and(|version| String::from_utf8_lossy(&version.stdout).contains(VERSION)) {
            return Ok(program);
        }
    }
    command::step("install cargo-deny", || {
        let mut cargo = command::cargo_line(&format!("install cargo-deny --version {VERSION} --locked"));
        cargo.arg("--root").arg(command::target_dir().join("tools"));
        // It runs for a second, so compile it quickly.
        cargo.env("CARGO_PROFILE_RELEASE_LTO", "off").env("CARGO_PROFILE_RELEASE_CODEGEN_UNITS", "16");
        cargo.env("CARGO_PROFILE_RELEASE_OPT_LEVEL", "0");
        command::run(&mut cargo)
    })?;
    Ok(ours)
}

fn fetch(program: &PathBuf) -> Result<bool> {
    let mut child = Command::new(program)
        .args(["fetch", "db"])
        .stdin(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .context("could not start cargo-deny")?;
    let end = Instant::now() + Duration::from_secs(FETCH_S);
    loop {
        if let Some(status) = child.try_wait()? {
            return Ok(status.success());
        }
        if Instant::now() > end {
            child.kill()?;
            child.wait()?;
            return Ok(false);
        }
        thread::sleep(Duration::from_millis(100));
    }
}

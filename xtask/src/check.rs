//! Everything a machine can say about the checkout without running it. All of it is said, then it fails.
//!
//! Lints, documents and tests use the release profile: the C of SQLite, the build scripts and the procedural macros are
//! then compiled once for all of them and for the server that people run.

use std::fs;
use std::path::Path;

use anyhow::{Result, bail, ensure};

use crate::{command, deny, rooms, sqlx, wasm};

/// The packages that make up the server, and what serves them. The same choice everywhere, because cargo picks the
/// features of dependencies by it: another choice compiles them again. `frontend` would switch on the browser's half of
/// `app`; what `xtask` needs would change `hashbrown` below `sqlx`, so it stays in the development profile that it runs in.
pub(crate) const NATIVE: &str = "--workspace --exclude frontend --exclude xtask --exclude dynamodb";

/// The same with the archive in DynamoDB, as it is linted and tested: what is compiled for both stays the same.
pub(crate) const NATIVE_AND_DYNAMODB: &str =
    "--workspace --exclude frontend --exclude xtask --features whereabouts/dynamodb";

const WASM: &str = "--target wasm32-unknown-unknown";

/// Lines that tell the server's half from the browser's. The crates are that border, attributes are the exception.
const SSR_BUDGET: usize = 6;

/// Runs every check and names those that failed.
pub(crate) fn check() -> Result<()> {
    wasm::add_target()?;
    let steps: &[(&str, &dyn Fn() -> Result<()>)] = &[
        ("format", &|| cargo("fmt --all --check")),
        ("rooms: direct dependencies", &rooms::check_direct),
        ("rooms: what the page carries", &rooms::check_bundle),
        ("rooms: cfg(feature = \"ssr\")", &ssr_budget),
        ("lints, native", &|| {
            cargo(&format!("clippy --release {NATIVE_AND_DYNAMODB} --all-targets -- -D warnings"))
        }),
        ("lints, xtask", &|| cargo("clippy --package xtask --all-targets -- -D warnings")),
        ("lints, page", &|| cargo(&format!("clippy --release -p frontend {WASM} -- -D warnings"))),
        ("lints, workbench", &|| {
            cargo(&format!(
                "clippy --release -p frontend {WASM} --no-default-features --features csr -- -D warnings"
            ))
        }),
        ("pure crates on wasm", &|| {
            cargo(&format!("check --release -p geodesy -p owntracks -p domain {WASM}"))
        }),
        ("queries", &sqlx::check),
        ("documents", &|| doc(&format!("doc --release {NATIVE_AND_DYNAMODB} --no-deps"))),
        ("documents, page", &|| doc(&format!("doc --release -p frontend {WASM} --no-deps"))),
        ("supply chain", &deny::check),
    ];
    let mut failed = Vec::new();
    for (name, work) in steps {
        if let Err(error) = command::step(name, work) {
            println!("xtask: {error:#}");
            failed.push(*name);
        }
    }
    ensure!(failed.is_empty(), "failed: {}", failed.join(", "));
    println!("xtask: all {} checks passed", steps.len());
    Ok(())
}

fn cargo(line: &str) -> Result<()> {
    command::run(&mut command::cargo_line(line))
}

fn doc(line: &str) -> Result<()> {
    command::run(command::cargo_line(line).env("RUSTDOCFLAGS", "-Dwarnings"))
}

fn ssr_budget() -> Result<()> {
    let mut found = Vec::new();
    for folder in ["app", "crates", "frontend", "src"] {
        find_ssr(Path::new(folder), &mut found)?;
    }
    if found.len() > SSR_BUDGET {
        bail!("{} lines, at most {SSR_BUDGET}:\n{}", found.len(), found.join("\n"));
    }
    Ok(())
}

fn find_ssr(path: &Path, found: &mut Vec<String>) -> Result<()> {
    if path.is_dir() {
        for entry in fs::read_dir(path)? {
            find_ssr(&entry?.path(), found)?;
        }
    } else if path.extension().is_some_and(|kind| kind == "rs") {
        let text = fs::read_to_string(path)?;
        let lines = text.lines().enumerate().filter(|(_, line)| line.contains("feature = \"ssr\""));
        found.extend(lines.map(|(index, line)| format!("{}:{}: {}", path.display(), index + 1, line.trim())));
    }
    Ok(())
}

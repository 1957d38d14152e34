//! The build program: everything that is more than three lines of `make`.
//!
//! It needs Rust (by rustup), a C compiler and npm, and fetches the rest itself: no `cargo-leptos`, `trunk`,
//! `wasm-bindgen` or `sqlx` has to be installed. `cargo xtask help` lists what it does; each command is one module.
//! It must not hold rules of the product, only of the checkout.
#![expect(clippy::print_stdout, reason = "a command line tool speaks to a terminal")]
#![expect(clippy::disallowed_methods, reason = "a build tool has no clock or configuration to pass in")]

mod assets;
mod check;
mod command;
mod compress;
mod deny;
mod moto;
mod rooms;
mod site;
mod sqlx;
mod system;
mod test;
mod wasm;

use std::process::ExitCode;

use anyhow::{Context as _, Result, bail};

const HELP: &str = "\
cargo xtask COMMAND

  build [--release]   the site (target/site) and the server that serves it
  site [--release]    the site alone
  assets              what npm provides, into public/vendor
  check               format, lints (native and wasm), rooms, supply chain, docs
  test                all tests: pure, store, server, DynamoDB, browser
  dynamodb            the tests of the archive in DynamoDB alone
  e2e                 the browser tests alone
  bench               the benchmarks
  sqlx [--check]      write .sqlx from the migrations (or say whether it is current)
";

/// How much the compiler may think about it.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Profile {
    /// Quick to build, for trying things.
    Dev,
    /// What people run, and what CI builds: everything that can share compiled crates uses this one.
    Release,
}

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("xtask: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run() -> Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    std::env::set_current_dir(command::root()).context("the checkout has moved since xtask was built")?;
    match arguments.as_slice() {
        ["build"] => site::build_with_server(Profile::Dev),
        ["build", "--release"] => site::build_with_server(Profile::Release),
        ["site"] => site::build(Profile::Dev),
        ["site", "--release"] => site::build(Profile::Release),
        ["assets"] => assets::install(),
        ["check"] => check::check(),
        ["test"] => test::test(),
        ["dynamodb"] => moto::test(),
        ["e2e"] => test::e2e(),
        ["bench"] => test::bench(),
        ["sqlx"] => sqlx::write(),
        ["sqlx", "--check"] => sqlx::check(),
        [] | ["help" | "--help" | "-h"] => {
            print!("{HELP}");
            Ok(())
        }
        other => bail!("do not know `{}`\n\n{HELP}", other.join(" ")),
    }
}

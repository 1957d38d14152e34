//! The tests, from the pure ones to the browser, and the benchmarks.

use std::path::Path;
use std::process::Command;

use anyhow::{Context as _, Result};

use crate::check::{NATIVE, NATIVE_AND_DYNAMODB};
use crate::{Profile, assets, command, moto, site, system};

/// What is large and only tested is not optimised: that would take longer than all tests together. What users get is built by `build --release`.
const UNOPTIMISED: &str = "--config profile.release.package.app.opt-level=0 \
                           --config profile.release.package.service.opt-level=0 \
                           --config profile.release.package.whereabouts.opt-level=0";

/// All tests, on a machine that may have nothing yet.
pub(crate) fn test() -> Result<()> {
    let browser = system::chromium()?;
    system::mosquitto()?;
    // A provider to sign in with, which the tests of the server start.
    assets::npm_ci(Path::new("end2end"))?;
    site::build(Profile::Release)?;
    // The tests of the top package need the server, so cargo links `target/release/whereabouts` here; the browser
    // tests take that one. (Building it by itself would choose features of the dependencies anew, and compile again.)
    let moto = moto::environment()?;
    let packages = if moto.is_some() { NATIVE_AND_DYNAMODB } else { NATIVE };
    command::step("tests: compile", || {
        command::run(&mut command::cargo_line(&format!("test --release {UNOPTIMISED} {packages} --no-run")))
    })?;
    command::step("tests: pure, store, server", || {
        let mut cargo =
            command::cargo_line(&format!("test --release {UNOPTIMISED} {packages} --no-fail-fast"));
        command::run(cargo.env_remove("AWS_PROFILE").envs(moto.unwrap_or_default()))
    })?;
    command::step("tests: xtask", || command::run(&mut command::cargo_line("test --package xtask")))?;
    playwright(&browser)
}

/// The browser tests alone, against a server that is built first.
pub(crate) fn e2e() -> Result<()> {
    let browser = system::chromium()?;
    system::mosquitto()?;
    site::build_with_server(Profile::Release)?;
    playwright(&browser)
}

/// The benchmarks; they print a table at their end.
pub(crate) fn bench() -> Result<()> {
    site::build_with_server(Profile::Release)?;
    command::step("benchmarks", || command::run(&mut command::cargo_line("run --release --package bench")))?;
    command::step("benchmark: geofence judgement", || {
        command::run(&mut command::cargo_line("run --profile judging --package judgement"))
    })
}

fn playwright(browser: &Path) -> Result<()> {
    let folder = Path::new("end2end");
    assets::npm_ci(folder)?;
    let server = std::path::absolute(command::target_dir().join("release/whereabouts"))?;
    command::step("tests: browser", || {
        let mut npx = Command::new("npx");
        npx.args(["--no-install", "playwright", "test"]).current_dir(folder);
        npx.env("CHROMIUM", browser).env("WHEREABOUTS_BIN", &server);
        command::run(&mut npx).context("what the browser saw is in end2end/test-results")
    })
}

//! Programs of the system that the tests talk to: a browser, MQTT clients that are not ours, and Python, in which a server is written.

use std::path::PathBuf;
use std::process::Command;

use anyhow::{Result, bail};

use crate::command;

/// Names under which Chromium is found, best first.
const BROWSERS: &[&str] = &["chromium", "chromium-browser", "google-chrome-stable", "google-chrome"];

/// The browser: `CHROMIUM`, or the system's, installed now if need be.
pub(crate) fn chromium() -> Result<PathBuf> {
    if let Some(chosen) = std::env::var_os("CHROMIUM").map(PathBuf::from) {
        if !chosen.is_file() {
            bail!("CHROMIUM is {}, which is not a file", chosen.display());
        }
        return Ok(chosen);
    }
    let present = || BROWSERS.iter().find_map(|name| command::find(name));
    if let Some(browser) = present() {
        return Ok(browser);
    }
    install(&["chromium"]);
    match present() {
        Some(browser) => Ok(browser),
        None => bail!(
            "the browser tests need Chromium: install it, or say where it is: CHROMIUM=/path/to/chromium"
        ),
    }
}

/// Mosquitto's broker and clients: the tests speak MQTT with something that is not ours.
pub(crate) fn mosquitto() -> Result<()> {
    let missing = || {
        ["mosquitto", "mosquitto_pub", "mosquitto_sub"].into_iter().find(|name| command::find(name).is_none())
    };
    if missing().is_some() {
        install(&["mosquitto", "mosquitto-clients"]);
    }
    match missing() {
        Some(name) => bail!("the tests need {name}: install mosquitto and its clients (mosquitto.org)"),
        None => Ok(()),
    }
}

/// Python, with what makes environments in it; Debian has that in a package of its own.
pub(crate) fn python() -> Result<PathBuf> {
    let present = || {
        let python = command::find("python3")?;
        let has_pip = Command::new(&python).args(["-c", "import ensurepip, venv"]).output();
        has_pip.is_ok_and(|tried| tried.status.success()).then_some(python)
    };
    if let Some(python) = present() {
        return Ok(python);
    }
    install(&["python3-venv"]);
    match present() {
        Some(python) => Ok(python),
        None => {
            bail!("the tests of the archive in DynamoDB need Python 3 with its modules venv and ensurepip")
        }
    }
}

/// Tries apt. That it could not is not the error: that the program is still missing is, and the caller says what then.
fn install(packages: &[&str]) {
    if command::find("apt-get").is_none() {
        return;
    }
    let attempt = command::step(&format!("install {}", packages.join(", ")), || {
        command::run(apt().args(["update", "--quiet"]))?;
        command::run(apt().args(["install", "--quiet", "--yes", "--no-install-recommends"]).args(packages))
    });
    if let Err(error) = attempt {
        println!("xtask: {error:#}");
    }
}

fn apt() -> Command {
    let is_root = command::output(Command::new("id").arg("-u")).is_ok_and(|id| id.trim() == "0");
    // `sudo` forgets the environment, so the setting goes behind it.
    let mut command = Command::new(if is_root { "env" } else { "sudo" });
    if !is_root {
        command.arg("env");
    }
    command.args(["DEBIAN_FRONTEND=noninteractive", "apt-get"]);
    command
}

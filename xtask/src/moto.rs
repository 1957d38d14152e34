//! The tests of the archive in DynamoDB, against moto's server, which is installed from PyPI into `target/moto`.
//!
//! The tests run with the others, on a program that has the feature.

use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result, bail};

use crate::{command, system};

/// Which versions, of moto and of all that it needs.
const REQUIREMENTS: &str = "crates/dynamodb/tests/requirements.txt";

/// The environment of tests that need it. Without Python or PyPI there is none, and so are those tests, or, where everything must be
/// tested (`CI`), this fails.
pub(crate) fn environment() -> Result<Option<Vec<(&'static str, OsString)>>> {
    let server = match install() {
        Ok(server) => server,
        Err(error) if std::env::var_os("CI").is_some() => return Err(error),
        Err(error) => {
            println!("xtask: {error:#}");
            println!(
                "xtask: *** THE ARCHIVE IN DYNAMODB IS NOT TESTED: moto's server cannot be installed ***"
            );
            return Ok(None);
        }
    };
    // The SDK wants a region and credentials; moto takes any.
    let settings = [
        ("AWS_REGION", "eu-central-1"),
        ("AWS_ACCESS_KEY_ID", "nobody"),
        ("AWS_SECRET_ACCESS_KEY", "nothing"),
    ];
    let settings = settings.map(|(name, value)| (name, value.into()));
    Ok(Some([("MOTO_SERVER", server.into_os_string())].into_iter().chain(settings).collect()))
}

/// The tests of the crate alone.
pub(crate) fn test() -> Result<()> {
    let Some(environment) = environment()? else { return Ok(()) };
    command::step("tests: DynamoDB", || {
        let mut cargo = command::cargo_line("test --package dynamodb");
        command::run(cargo.env_remove("AWS_PROFILE").envs(environment))
    })
}

/// The server's program, from an earlier run if that had the same versions.
fn install() -> Result<PathBuf> {
    let folder = std::path::absolute(command::target_dir().join("moto"))?;
    let server = folder.join("bin/moto_server");
    let wanted = fs::read_to_string(REQUIREMENTS).context(REQUIREMENTS)?;
    let installed = folder.join("installed.txt");
    if fs::read_to_string(&installed).is_ok_and(|found| found == wanted) {
        return Ok(server);
    }
    let python = system::python()?;
    command::step("install moto", || {
        command::run(Command::new(python).args(["-m", "venv", "--clear"]).arg(&folder))?;
        let mut pip = Command::new(folder.join("bin/python"));
        pip.args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-deps"]);
        command::run(pip.args(["--only-binary", ":all:", "--requirement", REQUIREMENTS]))
    })?;
    if !Path::new(&server).is_file() {
        bail!("pip has installed no {}", server.display());
    }
    fs::write(&installed, wanted)?;
    Ok(server)
}

//! `.sqlx`: what the database says about each query, so that compiling needs no database.
//!
//! sqlx's macros read it when `SQLX_OFFLINE` is true (`.cargo/config.toml` says so for every build). Here they are run
//! against a database that was made a moment ago from `migrations`; then they write a file for each query into
//! `SQLX_OFFLINE_DIR`, which must exist. They look at these variables themselves and cargo does not know of it, so it
//! has to be made to run them again.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::SystemTime;

use anyhow::{Context as _, Result, bail};

use crate::assets::write_if_changed;
use crate::check::{NATIVE, NATIVE_AND_DYNAMODB};
use crate::command;

const COMMITTED: &str = ".sqlx";

/// The file cargo looks at to decide whether `store` has changed.
const STORE: &str = "crates/store/src/lib.rs";

type Queries = BTreeMap<String, Vec<u8>>;

/// Makes `.sqlx` what the code and the migrations say. Only `store` has to compile for that.
pub(crate) fn write() -> Result<()> {
    let (current, committed) = (describe("--package store")?, read(Path::new(COMMITTED))?);
    for name in committed.keys().filter(|name| !current.contains_key(*name)) {
        fs::remove_file(Path::new(COMMITTED).join(name))?;
    }
    for (name, bytes) in &current {
        write_if_changed(&Path::new(COMMITTED).join(name), bytes)?;
    }
    if current != committed {
        // Cargo does not know that the macros read these files.
        fs::OpenOptions::new().append(true).open(STORE)?.set_modified(SystemTime::now())?;
    }
    println!("xtask: {COMMITTED} has {} queries", current.len());
    Ok(())
}

/// Fails when [`write()`] would change anything. Compiles the same packages as the other checks, to share what is below.
pub(crate) fn check() -> Result<()> {
    let (current, committed) =
        (describe(&format!("{NATIVE_AND_DYNAMODB} --lib"))?, read(Path::new(COMMITTED))?);
    let count =
        |a: &Queries, b: &Queries| a.iter().filter(|(name, bytes)| b.get(*name) != Some(*bytes)).count();
    let (missing, stale) = (count(&current, &committed), count(&committed, &current));
    if missing + stale > 0 {
        bail!(
            "{COMMITTED} is not current ({missing} queries missing or changed, {stale} stale): run `make sqlx`, commit the result"
        );
    }
    Ok(())
}

/// Every query of `store`, as a freshly migrated database describes it.
fn describe(packages: &str) -> Result<Queries> {
    let folder = std::path::absolute(command::target_dir())?.join("xtask/sqlx");
    let queries = folder.join("queries");
    if folder.exists() {
        fs::remove_dir_all(&folder).context("could not empty the folder for sqlx")?;
    }
    fs::create_dir_all(&queries).context("could not create the folder for sqlx")?;
    let database = migrate(&folder)?;
    let mut cargo = command::cargo_line(&format!("check --release {packages}"));
    cargo.env("DATABASE_URL", format!("sqlite://{}", database.display()));
    cargo.env("SQLX_OFFLINE", "false").env("SQLX_OFFLINE_DIR", &queries);
    as_if_changed(Path::new(STORE), || command::run(&mut cargo))?;
    read(&queries)
}

fn migrate(folder: &Path) -> Result<PathBuf> {
    let database = folder.join("schema.sqlite");
    command::run(&mut command::cargo_line(&format!("build --release {NATIVE} --bin schema")))?;
    let mut schema = Command::new(command::target_dir().join("release/schema"));
    command::run(schema.arg(&database)).context("the migrations do not run")?;
    Ok(database)
}

/// While `work` runs the file is newer than all that was compiled from it. Afterwards it has its own time again, so
/// that nothing else is compiled anew.
fn as_if_changed(file: &Path, work: impl FnOnce() -> Result<()>) -> Result<()> {
    let own = fs::metadata(file)?.modified()?;
    let handle = fs::OpenOptions::new().append(true).open(file)?;
    handle.set_modified(SystemTime::now())?;
    let result = work();
    handle.set_modified(own)?;
    result
}

fn read(folder: &Path) -> Result<Queries> {
    let mut queries = Queries::new();
    if folder.is_dir() {
        for entry in fs::read_dir(folder)? {
            let entry = entry?;
            let name = entry.file_name().to_string_lossy().into_owned();
            if name.starts_with("query-") {
                queries.insert(name, fs::read(entry.path())?);
            }
        }
    }
    Ok(queries)
}

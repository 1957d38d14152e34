//! The browser's half: compiled to wasm, then given its JavaScript by wasm-bindgen.
//!
//! wasm-bindgen is linked in as a library, in exactly the version `Cargo.lock` has for the page, because its two
//! halves only work together when they are the same version.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::UNIX_EPOCH;

use anyhow::{Context as _, Result, anyhow};
use wasm_bindgen_cli_support::Bindgen;

use crate::{Profile, command};

const TARGET: &str = "wasm32-unknown-unknown";

/// Compiles the page; returns the folder that holds exactly what belongs in `target/site/pkg` (without the style).
pub(crate) fn build(profile: Profile) -> Result<PathBuf> {
    add_target()?;
    let (arguments, folder) = match profile {
        Profile::Dev => ("", "debug"),
        Profile::Release => ("--profile wasm-release", "wasm-release"),
    };
    command::step("page: compile to wasm", || {
        command::run(&mut command::cargo_line(&format!(
            "build --package frontend --target {TARGET} {arguments}"
        )))
    })?;
    let wasm = command::target_dir().join(TARGET).join(folder).join("frontend.wasm");
    let package = command::target_dir().join("xtask").join(folder).join("pkg");
    let stamp = package.with_file_name("pkg.stamp");
    let state = state_of(&wasm)?;
    if fs::read_to_string(&stamp).is_ok_and(|done| done == state) {
        return Ok(package);
    }
    command::step("page: wasm-bindgen", || bind(&wasm, &package, profile))?;
    fs::write(&stamp, state).context("could not write the stamp")?;
    Ok(package)
}

/// Adds the wasm target where it is missing. (A toolchain file that names it is not enough where rustup's automatic
/// installation is switched off.)
pub(crate) fn add_target() -> Result<()> {
    let library =
        command::output(Command::new("rustc").args(["--print", "target-libdir", "--target", TARGET]))?;
    if Path::new(library.trim()).is_dir() {
        return Ok(());
    }
    command::step("add the wasm target", || {
        command::run(Command::new("rustup").args(["target", "add", TARGET]))
            .context("without rustup, install the wasm32-unknown-unknown target of your Rust yourself")
    })
}

fn bind(wasm: &Path, package: &Path, profile: Profile) -> Result<()> {
    if package.exists() {
        fs::remove_dir_all(package).context("could not empty the folder for wasm-bindgen")?;
    }
    fs::create_dir_all(package).context("could not create the folder for wasm-bindgen")?;
    let release = profile == Profile::Release;
    Bindgen::new()
        .input_path(wasm)
        .out_name("whereabouts")
        .web(true)
        .and_then(|bindgen| {
            bindgen
                .typescript(false)
                .remove_name_section(release)
                .remove_producers_section(release)
                .generate(package)
        })
        .map_err(|error| anyhow!("{error:#}"))?;
    // The page asks for `whereabouts.wasm`, as cargo-leptos names it (LEPTOS_OUTPUT_NAME in .cargo/config.toml).
    fs::rename(package.join("whereabouts_bg.wasm"), package.join("whereabouts.wasm"))?;
    let script = package.join("whereabouts.js");
    let text = fs::read_to_string(&script)?.replace("whereabouts_bg.wasm", "whereabouts.wasm");
    fs::write(script, text).context("could not write whereabouts.js")
}

/// Changes when cargo has linked the page anew.
fn state_of(wasm: &Path) -> Result<String> {
    let metadata = fs::metadata(wasm).with_context(|| format!("cargo left no {}", wasm.display()))?;
    Ok(format!("{} {}", metadata.len(), metadata.modified()?.duration_since(UNIX_EPOCH)?.as_nanos()))
}

//! Everything the browser fetches, put together in `target/site`, and the server that carries it.
//!
//! The release server embeds `target/site` when it is compiled, so the order is: page, site, server. `build.rs` at the
//! top makes cargo compile the server again when the site changed; therefore files here are only written when their
//! content differs.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};

use crate::assets::write_if_changed;
use crate::{Profile, assets, command, compress, wasm};

const SITE: &str = "target/site";

/// The site, then the server.
pub(crate) fn build_with_server(profile: Profile) -> Result<()> {
    build(profile)?;
    let arguments = match profile {
        Profile::Dev => "",
        Profile::Release => "--release",
    };
    command::step("server: compile", || {
        command::run(&mut command::cargo_line(&format!("build --package whereabouts {arguments}")))
    })
}

/// The site alone.
pub(crate) fn build(profile: Profile) -> Result<()> {
    assets::install()?;
    let package = wasm::build(profile)?;
    let site = Path::new(SITE);
    let mut wanted = BTreeSet::new();
    copy_tree(Path::new("public"), site, &mut wanted)?;
    copy_tree(&package, &site.join("pkg"), &mut wanted)?;
    let style = fs::read("style/main.css").context("style/main.css")?;
    write_if_changed(&site.join("pkg/whereabouts.css"), &style)?;
    wanted.insert(site.join("pkg/whereabouts.css"));
    if profile == Profile::Release {
        let files: Vec<PathBuf> = wanted.iter().cloned().collect();
        wanted.extend(command::step("site: compress", || compress::beside(&files))?);
    }
    remove_others(site, &wanted)
}

fn copy_tree(from: &Path, to: &Path, wanted: &mut BTreeSet<PathBuf>) -> Result<()> {
    for entry in fs::read_dir(from).with_context(|| format!("could not list {}", from.display()))? {
        let entry = entry?;
        let name = entry.file_name();
        let (from, to) = (entry.path(), to.join(&name));
        if from.is_dir() {
            copy_tree(&from, &to, wanted)?;
        } else if !name.to_string_lossy().starts_with('.') {
            write_if_changed(&to, &fs::read(&from)?)?;
            wanted.insert(to);
        }
    }
    Ok(())
}

/// What an earlier build left: an old `.br` would be served in place of the new file.
fn remove_others(folder: &Path, wanted: &BTreeSet<PathBuf>) -> Result<()> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            remove_others(&path, wanted)?;
        } else if !wanted.contains(&path) {
            fs::remove_file(&path).with_context(|| format!("could not remove {}", path.display()))?;
        }
    }
    Ok(())
}

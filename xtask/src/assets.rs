//! What npm provides: Leaflet, the outlines of the world, and the reader for them, copied into `public/vendor`.
//!
//! They are served by us, never by others' servers. `public/vendor` is not committed, but it lies in `public` so that
//! cargo-leptos and trunk, which only know `public`, make the same site as `cargo xtask build`.

use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::{Context as _, Result};

use crate::command;

/// From `node_modules` (a file, or a folder of files), to `public/vendor`. Licences travel with what they cover.
const FILES: &[(&str, &str)] = &[
    ("leaflet/LICENSE", "leaflet/LICENSE"),
    ("leaflet/dist/leaflet.js", "leaflet/leaflet.js"),
    ("leaflet/dist/leaflet.css", "leaflet/leaflet.css"),
    ("leaflet/dist/images", "leaflet/images"),
    ("topojson-client/LICENSE", "topojson/LICENSE"),
    ("topojson-client/dist/topojson-client.min.js", "topojson/topojson-client.min.js"),
    ("world-atlas/LICENSE", "world/LICENSE"),
    ("world-atlas/countries-110m.json", "world/countries-110m.json"),
    ("world-atlas/countries-50m.json", "world/countries-50m.json"),
    ("world-atlas/land-110m.json", "world/land-110m.json"),
    ("world-atlas/land-50m.json", "world/land-50m.json"),
];

/// Makes `public/vendor` what `package-lock.json` and [`FILES`] say. Nothing to do means no time spent.
pub(crate) fn install() -> Result<()> {
    npm_ci(Path::new("."))?;
    for (from, to) in FILES {
        let (from, to) = (Path::new("node_modules").join(from), Path::new("public/vendor").join(to));
        if from.is_dir() {
            for entry in fs::read_dir(&from)? {
                let entry = entry?;
                copy(&entry.path(), &to.join(entry.file_name()))?;
            }
        } else {
            copy(&from, &to)?;
        }
    }
    Ok(())
}

/// `npm ci` in this folder, unless what is installed there came from the same lock file.
pub(crate) fn npm_ci(folder: &Path) -> Result<()> {
    let lock = fs::read(folder.join("package-lock.json"))
        .with_context(|| format!("{}/package-lock.json", folder.display()))?;
    // A copy of the lock as it was when npm had finished: an interrupted installation has none.
    let stamp = folder.join("node_modules/.installed-lock.json");
    if fs::read(&stamp).is_ok_and(|installed| installed == lock) {
        return Ok(());
    }
    command::step(&format!("npm ci in {}", folder.display()), || {
        let mut npm = Command::new("npm");
        npm.args(["ci", "--no-audit", "--no-fund", "--ignore-scripts"]).current_dir(folder);
        npm.env("PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD", "1");
        command::run(&mut npm).context("npm comes with Node.js 20 or newer")?;
        fs::write(&stamp, &lock).context("could not write the stamp")
    })
}

fn copy(from: &Path, to: &Path) -> Result<()> {
    let bytes = fs::read(from).with_context(|| format!("could not read {}", from.display()))?;
    write_if_changed(to, &bytes)
}

/// Writes the file, and the folders above it; leaves it (and its time) alone when it already says this.
pub(crate) fn write_if_changed(file: &Path, bytes: &[u8]) -> Result<()> {
    if fs::read(file).is_ok_and(|present| present == bytes) {
        return Ok(());
    }
    if let Some(folder) = file.parent() {
        fs::create_dir_all(folder).with_context(|| format!("could not create {}", folder.display()))?;
    }
    fs::write(file, bytes).with_context(|| format!("could not write {}", file.display()))
}

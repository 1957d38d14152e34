//! Makes cargo compile the server again when the site changed.
//!
//! rust-embed tells cargo of the content of each file that it found, but not of files that came later. The release
//! server embeds, so it depends on the folder; the development server reads from the folder when it is asked.

use std::{env, fs, io};

#[expect(clippy::disallowed_methods, reason = "this is how cargo speaks to a build script")]
fn main() -> io::Result<()> {
    println!("cargo::rerun-if-changed=build.rs");
    // Without a site, lints and documents of a fresh checkout must work too; `cargo xtask build` fills it.
    fs::create_dir_all("target/site")?;
    if env::var("PROFILE").is_ok_and(|profile| profile == "release") {
        println!("cargo::rerun-if-changed=target/site");
    }
    Ok(())
}

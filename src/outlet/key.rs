//! The key that seals the outlets' passwords in the database. It lies beside the database and not in it, so that a copy of the database
//! alone does not give them away.

use crate::config::Mistake;
use base64::{Engine, prelude::BASE64_STANDARD};
use std::{
    fs::File,
    io::{ErrorKind, Write},
    os::unix::fs::OpenOptionsExt,
    path::Path,
};

/// Reads the key below the data directory; makes it, readable for us alone, when there is none.
///
/// # Errors
/// When it cannot be read or made.
pub fn read_or_make(data: &Path) -> Result<String, Mistake> {
    let path = data.join("outlets.key");
    let wrong = |why: std::io::Error| Mistake::new("data", path.display(), why);
    match std::fs::read_to_string(&path) {
        Ok(key) if !key.trim().is_empty() => return Ok(key.trim().to_owned()),
        Err(why) if why.kind() != ErrorKind::NotFound => return Err(wrong(why)),
        // An empty one is what a loss of power leaves: nothing was sealed with it yet.
        Ok(_) | Err(_) => {}
    }
    let mut random = [0_u8; 24];
    getrandom::fill(&mut random).map_err(|why| wrong(std::io::Error::other(why.to_string())))?;
    let key = BASE64_STANDARD.encode(random);
    let made = File::options().write(true).create(true).truncate(true).mode(0o600).open(&path);
    made.and_then(|mut file| {
        file.write_all(key.as_bytes())?;
        file.sync_all()
    })
    .map_err(wrong)?;
    Ok(key)
}

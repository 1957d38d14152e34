//! JSON lines, compressed, in a directory for each day (UTC) of receipt: `2026-05-17/0000000000000042.jsonl.gz`, named after its first message.
//!
//! A file is written under another name, brought to the disk and only then named, so under its name it is always whole. A batch that
//! is shipped again has the same first message and so replaces its file instead of standing beside it.

use super::line::line;
use anyhow::{Context, Result};
use flate2::{Compression, write::GzEncoder};
use service::ArchivedMessage;
use std::{
    fs::{DirBuilder, File, OpenOptions},
    io::{BufWriter, Write},
    os::unix::fs::{DirBuilderExt, OpenOptionsExt},
    path::{Path, PathBuf},
    sync::Arc,
};

/// What a file is called until it is whole.
const UNFINISHED: &str = ".unfinished";

/// An archive of files.
pub struct Files {
    name: String,
    directory: Arc<Path>,
}

impl Files {
    /// Opens the archive in a directory, which is made for us alone when there is none.
    ///
    /// # Errors
    /// When the directory cannot be used.
    pub fn open(directory: &Path) -> std::io::Result<Self> {
        DirBuilder::new().recursive(true).mode(0o700).create(directory)?;
        let directory = directory.canonicalize()?;
        // What a crash left.
        let unfinished = directory.join(UNFINISHED);
        std::fs::write(&unfinished, [])?;
        std::fs::remove_file(&unfinished)?;
        Ok(Self { name: format!("files {}", directory.display()), directory: directory.into() })
    }

    pub(super) fn name(&self) -> &str {
        &self.name
    }

    pub(super) async fn ship(&self, messages: Vec<ArchivedMessage>) -> Result<()> {
        let directory = Arc::clone(&self.directory);
        let written = tokio::task::spawn_blocking(move || write(&directory, &messages));
        written.await.context("the archive's files are not written")?
    }
}

/// Writes a file for each stretch of one day.
fn write(directory: &Path, messages: &[ArchivedMessage]) -> Result<()> {
    for part in messages.chunk_by(|a, b| day(a) == day(b)) {
        let [first, ..] = part else { continue };
        let folder = directory.join(day(first));
        if !folder.is_dir() {
            DirBuilder::new().mode(0o700).create(&folder).with_context(|| told(&folder))?;
            keep_names(directory)?;
        }
        let file = folder.join(format!("{:016}.jsonl.gz", first.id));
        let unfinished = directory.join(UNFINISHED);
        write_part(&unfinished, part).with_context(|| told(&unfinished))?;
        std::fs::rename(&unfinished, &file).with_context(|| told(&file))?;
        keep_names(&folder)?;
    }
    Ok(())
}

fn write_part(path: &Path, part: &[ArchivedMessage]) -> Result<()> {
    let file = OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(path)?;
    let mut zipped = GzEncoder::new(BufWriter::new(file), Compression::default());
    for message in part {
        serde_json::to_writer(&mut zipped, &line(message))?;
        zipped.write_all(b"\n")?;
    }
    let file = zipped.finish()?.into_inner()?;
    Ok(file.sync_all()?)
}

/// The day of receipt, as in `2026-05-17`.
fn day(message: &ArchivedMessage) -> String {
    message.received_at.to_string().chars().take_while(|letter| *letter != 'T').collect()
}

/// Brings names in a directory to the disk.
fn keep_names(directory: &Path) -> Result<()> {
    File::open(directory).and_then(|opened| opened.sync_all()).with_context(|| told(directory))
}

fn told(path: &Path) -> String {
    format!("{} cannot be written", PathBuf::from(path).display())
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::{Door, Timestamp};
    use flate2::read::MultiGzDecoder;
    use std::{io::Read, os::unix::fs::PermissionsExt};

    fn message(id: i64, received_at: i64, payload: &[u8]) -> ArchivedMessage {
        ArchivedMessage {
            id,
            received_at: Timestamp::from_millis(received_at),
            door: Door::Http,
            friend: Some("ann".into()),
            device: Some("phone".into()),
            device_id: None,
            topic: "owntracks/ann/phone".into(),
            retained: false,
            payload: payload.to_vec(),
            verdict: "location".into(),
        }
    }

    fn lines(path: &Path) -> Vec<serde_json::Value> {
        let mut text = String::new();
        MultiGzDecoder::new(File::open(path).expect("is there")).read_to_string(&mut text).expect("is whole");
        text.lines().map(|line| serde_json::from_str(line).expect("is JSON")).collect()
    }

    #[tokio::test]
    async fn a_day_has_its_directory_and_a_batch_that_comes_again_replaces_its_file() {
        let home = tempfile::TempDir::new().expect("can be made");
        let archive = home.path().join("deep/archive");
        let files = Files::open(&archive).expect("can be made");
        let midnight = 1_700_006_400_000;
        let batch = || vec![message(7, midnight - 1, b"{}\n\xc3\xa9"), message(9, midnight, b"\xff")];
        files.ship(batch()).await.expect("is written");
        let more = [batch(), vec![message(10, midnight + 5, b"")]].concat();
        files.ship(more).await.expect("is written again");

        let (eve, day) = (archive.join("2023-11-14"), archive.join("2023-11-15"));
        let before = lines(&eve.join("0000000000000007.jsonl.gz"));
        assert_eq!((before.len(), &before[0]["payload"]), (1, &"{}\n\u{e9}".into()));
        assert_eq!(before[0]["received_at"], "2023-11-14T23:59:59.999Z");
        let after = lines(&day.join("0000000000000009.jsonl.gz"));
        assert_eq!(after.len(), 2);
        assert_eq!(
            (&after[0]["payload"], &after[0]["payload_base64"]),
            (&serde_json::Value::Null, &"/w==".into())
        );
        assert_eq!(after[1]["payload"], "");
        assert_eq!(std::fs::read_dir(&day).expect("is there").count(), 1);
        for private in [&archive, &day] {
            let rights = std::fs::metadata(private).expect("is there").permissions().mode();
            assert_eq!(rights & 0o777, 0o700, "{}", private.display());
        }
    }

    #[test]
    fn a_directory_that_cannot_be_is_refused() {
        let home = tempfile::TempDir::new().expect("can be made");
        std::fs::write(home.path().join("file"), []).expect("can be written");
        assert!(Files::open(&home.path().join("file/archive")).is_err());
    }
}

//! Brotli and gzip beside each file, once at build time and hard, so that the server only has to choose.

use std::fs;
use std::io::Write as _;
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::thread;

use anyhow::{Context as _, Result};

/// Below this a compressed file saves no packet.
const WORTH_IT_BYTES: u64 = 1024;

/// The last step of brotli's scale takes three times as long and wins a few per cent: only for what every visit fetches.
const HARD_BYTES: usize = 500_000;

/// What to try: pictures are compressed already.
const KINDS: &[&str] = &["css", "html", "js", "json", "svg", "txt", "wasm", "webmanifest", "xml"];

/// Writes `.br` and `.gz` beside those of these files that profit; returns all files written or still current.
pub(crate) fn beside(files: &[PathBuf]) -> Result<Vec<PathBuf>> {
    let mut worth = Vec::new();
    for file in files {
        let kind = file.extension().and_then(|kind| kind.to_str()).unwrap_or_default();
        if KINDS.contains(&kind) && fs::metadata(file)?.len() > WORTH_IT_BYTES {
            worth.push(file);
        }
    }
    let written: Vec<PathBuf> = worth.iter().flat_map(|file| [with(file, "br"), with(file, "gz")]).collect();
    let queue = Mutex::new(worth);
    let threads = thread::available_parallelism().map_or(1, NonZeroUsize::get);
    thread::scope(|scope| {
        let workers: Vec<_> = (0..threads).map(|_| scope.spawn(|| work(&queue))).collect();
        workers.into_iter().try_for_each(|worker| worker.join().expect("compressing does not panic"))
    })?;
    Ok(written)
}

fn work(queue: &Mutex<Vec<&PathBuf>>) -> Result<()> {
    loop {
        let Some(file) = queue.lock().expect("nothing panics while it holds this lock").pop() else {
            return Ok(());
        };
        one(file).with_context(|| format!("could not compress {}", file.display()))?;
    }
}

fn one(file: &Path) -> Result<()> {
    let (br, gz) = (with(file, "br"), with(file, "gz"));
    if is_newer(&br, file) && is_newer(&gz, file) {
        return Ok(());
    }
    let bytes = fs::read(file)?;
    let is_page = file.extension().is_some_and(|kind| kind == "wasm");
    let quality = if is_page || bytes.len() < HARD_BYTES { 11 } else { 9 };
    let parameters = brotli::enc::BrotliEncoderParams { quality, lgwin: 22, ..Default::default() };
    let mut packed = Vec::new();
    brotli::BrotliCompress(&mut bytes.as_slice(), &mut packed, &parameters)?;
    fs::write(br, packed)?;
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    encoder.write_all(&bytes)?;
    fs::write(gz, encoder.finish()?)?;
    Ok(())
}

fn is_newer(result: &Path, source: &Path) -> bool {
    let time = |file: &Path| fs::metadata(file).and_then(|metadata| metadata.modified()).ok();
    time(result).is_some_and(|result| time(source).is_some_and(|source| result >= source))
}

fn with(file: &Path, extension: &str) -> PathBuf {
    let mut name = file.as_os_str().to_owned();
    name.push(".");
    name.push(extension);
    PathBuf::from(name)
}

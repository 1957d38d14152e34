//! How often this disk can make an append durable: the limit of whoever answers only after a commit.

use crate::{Bench, table::Row};
use anyhow::Result;
use std::{
    fs::File,
    io::{Seek, Write},
    path::Path,
    time::{Duration, Instant},
};

const LONG: Duration = Duration::from_secs(2);
/// What a page of the database weighs.
const PAGE: usize = 4096;

pub(crate) fn measure(bench: &Bench) -> Result<Vec<Row>> {
    let directory = bench.directory("disk")?;
    let (append, again) = (syncs(&directory)?, rewrites(&directory)?);
    Ok(vec![
        Row::told("fdatasync after an append of 4 kB, one after the other", format!("{append:.0}/s")),
        Row::told("the same in place, as a log does that has its size", format!("{again:.0}/s")),
    ])
}

/// `fdatasync`s each second, each after an append.
pub(crate) fn syncs(directory: &Path) -> Result<f64> {
    count(directory, |_| Ok(()))
}

/// `fdatasync`s each second, each after a write to a place that was written before: the file system has nothing to note.
fn rewrites(directory: &Path) -> Result<f64> {
    count(directory, File::rewind)
}

fn count(directory: &Path, prepare: impl Fn(&mut File) -> std::io::Result<()>) -> Result<f64> {
    let path = directory.join("append");
    let mut file = File::create(&path)?;
    let (started, mut count) = (Instant::now(), 0_u32);
    while started.elapsed() < LONG {
        prepare(&mut file)?;
        file.write_all(&[1; PAGE])?;
        file.sync_data()?;
        count += 1;
    }
    let rate = f64::from(count) / started.elapsed().as_secs_f64();
    std::fs::remove_file(&path)?;
    Ok(rate)
}

//! `whereabouts rebuild`: everything that follows from the raw log once more, and whether that is what the database has.

use super::{everything, say};
use crate::{clock, config::Config};
use anyhow::{Context, bail, ensure};
use app::ssr::Site;
use domain::geofence::Policy;
use service::{AT_ONCE, Rebuilt, Settings};
use std::path::{Path, PathBuf};

/// Rebuilds into `keep`, or into a file that is gone afterwards, and says what differs.
pub(super) async fn run(site: &Site, config: &Config, keep: Option<PathBuf>) -> anyhow::Result<()> {
    if let Some(file) = &keep {
        ensure!(!file.exists(), "{} is there already", file.display());
    }
    let room = Room::new(&config.data)?;
    let copy = room.0.join("found.db");
    site.service.back_up(&everything(), copy.clone()).await.context("the database could not be copied")?;
    let settings =
        Settings { clock: clock::now, templates: config.templates.clone(), policy: Policy::default() };
    let fresh = keep.clone().unwrap_or_else(|| room.0.join("fresh.db"));
    let rebuilt = service::rebuild(&copy, &fresh, settings, AT_ONCE).await.context("nothing was rebuilt")?;
    drop(room);
    tell(&rebuilt)?;
    if !rebuilt.is_equal() {
        bail!("the rebuilt database is not equal to the live one");
    }
    Ok(())
}

fn tell(rebuilt: &Rebuilt) -> anyhow::Result<()> {
    say(&format!("{} messages judged again", rebuilt.messages))?;
    say(&format!("{:<16}{:>12}{:>14}", "table", "rows", "differences"))?;
    for table in &rebuilt.tables {
        say(&format!("{:<16}{:>12}{:>14}", table.table, table.rows, table.differences))?;
    }
    for table in &rebuilt.tables {
        for difference in &table.told {
            say(&format!("{} {}: {}", table.table, difference.key, difference.how))?;
        }
        let told = u64::try_from(table.told.len()).unwrap_or(u64::MAX);
        if table.differences > told {
            say(&format!("{} and {} more", table.table, table.differences - told))?;
        }
    }
    Ok(())
}

/// A directory for the time of the rebuild.
struct Room(PathBuf);

impl Room {
    fn new(data: &Path) -> anyhow::Result<Self> {
        use std::os::unix::fs::DirBuilderExt;
        let path = data.join(format!("rebuild-{}", std::process::id()));
        let made = std::fs::DirBuilder::new().mode(0o700).create(&path);
        made.with_context(|| format!("{} cannot be made", path.display()))?;
        Ok(Self(path))
    }
}

impl Drop for Room {
    fn drop(&mut self) {
        if let Err(error) = std::fs::remove_dir_all(&self.0) {
            tracing::warn!(%error, "the directory of the rebuild is left behind");
        }
    }
}

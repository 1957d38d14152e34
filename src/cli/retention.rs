//! `retention`: for how long what is stored is kept.

use super::{everything, say};
use anyhow::Context;
use clap::Args;
use domain::{Keep, RetentionClass};
use service::Service;

/// Without any of these: what holds.
#[derive(Args)]
pub(super) struct Retention {
    /// Messages as they came
    #[arg(long, value_name = "DAYS|forever", value_parser = Keep::parse)]
    raw: Option<Keep>,
    /// Positions, and what phones said of regions
    #[arg(long, value_name = "DAYS|forever", value_parser = Keep::parse)]
    fixes: Option<Keep>,
    /// Comings and goings
    #[arg(long, value_name = "DAYS|forever", value_parser = Keep::parse)]
    transitions: Option<Keep>,
    /// What sensors observed
    #[arg(long, value_name = "DAYS|forever", value_parser = Keep::parse)]
    observations: Option<Keep>,
    /// The audit log, and who looked at whom
    #[arg(long, value_name = "DAYS|forever", value_parser = Keep::parse)]
    audit: Option<Keep>,
    /// What friends write to each other
    #[arg(long, value_name = "DAYS|forever", value_parser = Keep::parse)]
    chat: Option<Keep>,
    /// Begin now, where an older database is given time; changing anything does that, too
    #[arg(long)]
    begin: bool,
}

impl Retention {
    /// Changes what was asked for, and says what holds.
    pub(super) async fn obey(self, service: &Service) -> anyhow::Result<()> {
        let all = everything();
        let Self { raw, fixes, transitions, observations, audit, chat, begin } = self;
        let (mut kept, _) = service.retention(&all)?;
        let chosen = [raw, fixes, transitions, observations, audit, chat];
        for (class, keep) in RetentionClass::ALL.into_iter().zip(chosen) {
            *kept.of_mut(class) = keep.unwrap_or(kept.of(class));
        }
        if begin || chosen.iter().any(Option::is_some) {
            service.set_retention(&all, kept).await.context("nothing was changed")?;
        }
        let (kept, begins_at) = service.retention(&all)?;
        for class in RetentionClass::ALL {
            let days = if kept.of(class) == Keep::Forever { "" } else { " days" };
            say(&format!("{:<12} {}{days}", class.as_str(), kept.of(class)))?;
        }
        if let Some(begins_at) = begins_at {
            say(&format!("nothing is deleted before {begins_at}; then:"))?;
            for (class, rows) in service.storage(&all).await?.waiting {
                say(&format!("{:<12} {rows} rows", class.as_str()))?;
            }
        }
        Ok(())
    }
}

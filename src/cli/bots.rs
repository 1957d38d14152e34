//! `bot`.

use super::{everything, say};
use anyhow::Context;
use clap::Subcommand;
use service::{BotDraft, BotReport, Service};

#[derive(Subcommand)]
pub(super) enum Bot {
    /// Make a bot that hears who comes to some regions and goes, of those who let it; prints its token, alone on the last line, once
    Add {
        /// What to call it
        name: String,
        /// Of which group
        #[arg(long)]
        group: String,
        /// A region that it may hear of, which is for the whole group; once for each
        #[arg(long = "region", required = true, value_name = "REGION")]
        regions: Vec<String>,
    },
    /// Which bots there are: name, group and regions
    List,
    /// Remove a bot; its token is worth nothing any more
    Remove {
        /// Which
        name: String,
        /// Of which group, where several have one of that name
        #[arg(long)]
        group: Option<String>,
    },
}

impl Bot {
    pub(super) async fn obey(self, service: &Service) -> anyhow::Result<()> {
        match self {
            Self::Add { name, group, regions } => {
                let draft = BotDraft { name, group: Some(group), regions };
                let (_, token) = service.add_bot(&everything(), draft).await?;
                say(&token)
            }
            Self::List => {
                for BotReport { bot, group, regions, .. } in service.bots(&everything()) {
                    let regions: Vec<_> = regions.iter().map(|region| region.name.as_str()).collect();
                    say(&format!("{}\t{group}\t{}", bot.name, regions.join(", ")))?;
                }
                Ok(())
            }
            Self::Remove { name, group } => {
                let group = group.map(|group| service.group_named(&everything(), &group)).transpose()?;
                let key = domain::fold(&name);
                let is_meant = |known: &BotReport| {
                    known.bot.name.key() == key && group.is_none_or(|group| known.bot.group == group)
                };
                let mut found = service.bots(&everything()).into_iter().filter(is_meant);
                let bot = found.next().context("there is no such bot")?.bot;
                anyhow::ensure!(
                    found.next().is_none(),
                    "several groups have a bot of that name: say which with --group"
                );
                service.remove_bot(&everything(), bot.id).await?;
                say(&format!("{} is removed", bot.name))
            }
        }
    }
}

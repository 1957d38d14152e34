//! `whereabouts self-test`: can phones reach this server, and what to do.

use super::say;
use crate::{config::Config, running, selftest::Examinee};
use anyhow::bail;
use app::ssr::Site;
use domain::Health;

/// Looks, and says what was found; fails when something is bad.
pub(super) async fn run(site: &Site, config: &Config) -> anyhow::Result<()> {
    let examinee = Examinee {
        service: site.service.clone(),
        data: config.data.clone(),
        public_url: site.public_url.clone(),
        open: running::doors(&config.data).and_then(|doors| doors.open),
        certificate: None,
        mail: config.mail.as_ref().map(|mail| mail.host().to_owned()),
    };
    let found = examinee.look().await;
    for check in &found.checks {
        say(&format!("{:<8} {}: {}", check.health.word(), check.name, check.seen))?;
        if !check.advice.is_empty() {
            say(&format!("         {}", check.advice))?;
        }
    }
    if found.worst() == Health::Bad {
        bail!("something does not work");
    }
    Ok(())
}

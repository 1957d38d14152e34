//! Alerts: who wants to be told that somebody comes or goes, and what they were told.
//!
//! Everybody decides for themselves when and how they are told, and is told what they may see and nothing else: `pipeline::alerts` asks
//! `sight` before it makes an alert, `sending` once more before one goes out, and the list of them whenever it is read. Whoever is watched sees that such a rule is there.

mod channel;
mod sending;
pub(crate) mod words;

pub use channel::{AlertBrowser, AlertChannels, AlertTarget, BrowserDraft, ChannelDraft};
pub use sending::{AlertAbilities, AlertTask, AlertTrial, AlertTrials, AlertTrouble, Posted};

use crate::{
    Error, Service,
    command::{AlertCommand, Command},
    id,
    near::themself,
    region::check_schedule,
    sight::Sight,
};
use domain::{
    Friend, FriendId, Region, RegionId, RuleId, Schedule, Viewer,
    alert::{Alert, Channel, Direction, MOST_NAMED, MOST_RULES, Rule, Watcher, Which},
};
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Mutex, OnceLock},
};
use store::KeptAlert;
use tokio::sync::watch;

/// How many alerts are read from the store at once.
const AT_ONCE: u32 = 200;

/// What is known of alerts besides what is stored.
pub(crate) struct Desk {
    open: OnceLock<sending::Open>,
    /// Changes whenever something more is to go out.
    pub(crate) due: watch::Sender<u64>,
    /// For whom deliveries are under way, by the place of these: they are not begun twice.
    under_way: Mutex<BTreeMap<i64, FriendId>>,
}

impl Default for Desk {
    fn default() -> Self {
        Self { open: OnceLock::new(), due: watch::Sender::new(0), under_way: Mutex::default() }
    }
}

/// A rule as its owner wants it.
#[derive(Clone, Debug)]
pub struct RuleDraft {
    /// Of whom.
    pub friends: Which<FriendId>,
    /// At which regions.
    pub regions: Which<RegionId>,
    /// Of comings or goings.
    pub direction: Direction,
    /// At which hours; `None` is always.
    pub hours: Option<Schedule>,
    /// By which ways.
    pub channels: BTreeSet<Channel>,
    /// Whether it tells anything.
    pub on: bool,
}

/// A rule as its owner sees it: of whom and what they may know of now.
#[derive(Clone, Debug)]
pub struct RuleReport {
    /// The rule.
    pub rule: Rule,
    /// Of whom.
    pub friends: Which<Friend>,
    /// At which regions.
    pub regions: Which<Region>,
}

/// Somebody who watches whoever asks.
#[derive(Clone, Debug)]
pub struct WatcherReport {
    /// Who is told.
    pub friend: Friend,
    /// At which of the regions that whoever asks may know of.
    pub regions: Which<Region>,
    /// What else there is to say of it.
    pub watcher: Watcher,
}

impl Service {
    /// The rules by which whoever asks is told, in the order in which they were made.
    ///
    /// # Errors
    /// [`Error::Forbidden`] unless it is a friend who asks; when the database fails.
    pub async fn alert_rules(&self, by: &Viewer) -> Result<Vec<RuleReport>, Error> {
        let owner = themself(by)?;
        let rules = self.shared.reader.alert_rules().await?;
        let own = rules.into_iter().filter(|rule| rule.owner == owner);
        Ok(own.map(|rule| self.rule_report(by, rule)).collect())
    }

    /// Makes a rule, or changes the one with this identifier.
    ///
    /// # Errors
    /// [`Error::Forbidden`] unless it is a friend who asks; [`Error::NotFound`]; [`Error::Invalid`] with the field.
    pub async fn put_alert_rule(
        &self,
        by: &Viewer,
        known: Option<RuleId>,
        draft: RuleDraft,
    ) -> Result<RuleReport, Error> {
        let owner = themself(by)?;
        self.check(by, &draft)?;
        let rules = self.shared.reader.alert_rules().await?;
        let own = || rules.iter().filter(|rule| rule.owner == owner);
        let id = match known {
            Some(id) if own().any(|rule| rule.id == id) => id,
            Some(_) => return Err(Error::NotFound("rule")),
            None if own().count() >= MOST_RULES => {
                let why = format!("cannot be more: there are {MOST_RULES} rules already");
                return Err(Error::invalid("friends", why));
            }
            None => RuleId::new(id::new(self.shared.now())),
        };
        let RuleDraft { friends, regions, direction, hours, channels, on } = draft;
        let rule = Rule { id, owner, friends, regions, direction, hours, channels, on };
        let put = Box::new(rule.clone());
        self.command(|reply| Command::Alert(AlertCommand::PutRule { rule: put, reply })).await?;
        Ok(self.rule_report(by, rule))
    }

    /// Removes a rule.
    ///
    /// # Errors
    /// [`Error::Forbidden`] unless it is a friend who asks; [`Error::NotFound`].
    pub async fn remove_alert_rule(&self, by: &Viewer, rule: RuleId) -> Result<(), Error> {
        let owner = themself(by)?;
        let gone =
            self.command(|reply| Command::Alert(AlertCommand::RemoveRule { owner, rule, reply })).await?;
        if gone { Ok(()) } else { Err(Error::NotFound("rule")) }
    }

    /// What whoever asks was told over the last thirty days and may know of now, newest first, and how that went.
    ///
    /// # Errors
    /// [`Error::Forbidden`] unless it is a friend who asks; when the database fails.
    pub async fn alerts(&self, by: &Viewer, limit: u32) -> Result<Vec<Alert>, Error> {
        let owner = themself(by)?;
        let most = usize::try_from(limit).unwrap_or(usize::MAX);
        let (mut shown, mut behind) = (Vec::new(), None);
        loop {
            let kept = self.shared.reader.alerts(owner, behind, AT_ONCE).await?;
            behind = kept.last().map(|last| (last.alert.made_at, last.alert.told.id));
            {
                let (board, now) = (self.shared.board(), self.shared.now());
                let sight = Sight::new(&board, by);
                let may_know =
                    |kept: &KeptAlert| sight.tells_of(kept.friend, kept.region, kept.alert.told.at, now);
                shown.extend(kept.into_iter().filter(may_know).map(|kept| kept.alert));
            }
            if behind.is_none() || shown.len() >= most {
                shown.truncate(most);
                return Ok(shown);
            }
        }
    }

    /// Who has a rule that means whoever asks, in order of the names. Of the regions those that they may know of themselves.
    ///
    /// # Errors
    /// [`Error::Forbidden`] unless it is a friend who asks; when the database fails.
    pub async fn watchers(&self, by: &Viewer) -> Result<Vec<WatcherReport>, Error> {
        let own = themself(by)?;
        let rules = self.shared.reader.alert_rules().await?;
        let board = self.shared.board();
        let sight = Sight::new(&board, by);
        let Some(looker) = board.friends.get(&own) else { return Ok(Vec::new()) };
        let means = rules.into_iter().filter(|rule| rule.on && rule.owner != own && rule.friends.has(&own));
        let mut watchers: Vec<WatcherReport> = means
            .filter_map(|rule| {
                let owner = board.friends.get(&rule.owner)?;
                if owner.friend.role.is_none() || !owner.viewer().may_see(&looker.friend) {
                    return None;
                }
                let (regions, others) = match &rule.regions {
                    Which::All => (Which::All, false),
                    Which::These(ids) => {
                        let known = ids.iter().filter_map(|id| board.region(*id));
                        let known: Vec<_> = known.filter(|region| sight.region(region)).cloned().collect();
                        let others = known.len() < ids.len();
                        (Which::These(known), others)
                    }
                };
                let named = match &regions {
                    Which::All => Which::All,
                    Which::These(known) => Which::These(known.iter().map(|region| region.id).collect()),
                };
                let Rule { owner: friend, direction, hours, .. } = rule;
                let watcher = Watcher { friend, regions: named, others, direction, hours };
                Some(WatcherReport { friend: owner.friend.seen_by(by), regions, watcher })
            })
            .collect();
        watchers.sort_by_cached_key(|watcher| watcher.friend.name.key());
        Ok(watchers)
    }

    /// A rule with whom and what its owner may know of.
    fn rule_report(&self, by: &Viewer, rule: Rule) -> RuleReport {
        let board = self.shared.board();
        let sight = Sight::new(&board, by);
        let friends = match &rule.friends {
            Which::All => Which::All,
            Which::These(ids) => {
                let known = ids.iter().filter_map(|id| board.friends.get(id)).map(|owner| &owner.friend);
                let known = known.filter(|friend| by.may_see(friend));
                Which::These(known.map(|friend| friend.seen_by(by)).collect())
            }
        };
        let regions = match &rule.regions {
            Which::All => Which::All,
            Which::These(ids) => {
                let known = ids.iter().filter_map(|id| board.region(*id));
                Which::These(known.filter(|region| sight.region(region)).cloned().collect())
            }
        };
        RuleReport { rule, friends, regions }
    }

    /// Whether a rule may be as its owner wants it.
    fn check(&self, by: &Viewer, draft: &RuleDraft) -> Result<(), Error> {
        let board = self.shared.board();
        let sight = Sight::new(&board, by);
        if let Which::These(ids) = &draft.friends {
            let may_see = |id: &FriendId| {
                !by.is(*id) && board.friends.get(id).is_some_and(|owner| by.may_see(&owner.friend))
            };
            if ids.is_empty() || ids.len() > MOST_NAMED || !ids.iter().all(may_see) {
                let why = format!("must be all, or 1 to {MOST_NAMED} other friends of your groups");
                return Err(Error::invalid("friends", why));
            }
        }
        if let Which::These(ids) = &draft.regions
            && (ids.is_empty() || ids.len() > MOST_NAMED || !ids.iter().all(|id| sight.knows(*id)))
        {
            let why = format!("must be all, or 1 to {MOST_NAMED} regions that you know");
            return Err(Error::invalid("regions", why));
        }
        if draft.channels.is_empty() {
            return Err(Error::invalid("channels", "must be one at least"));
        }
        draft.hours.as_ref().map_or(Ok(()), check_schedule)
    }
}

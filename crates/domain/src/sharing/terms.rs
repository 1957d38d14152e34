//! What one friend says of who sees what: to whom, how exactly, how far back, until when.

use super::{Showing, Viewer};
use crate::{Friend, FriendId, GroupId, Level, Timestamp};
use serde::{Deserialize, Serialize};

/// To whom something is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Party {
    /// Everybody of a group, its outlets too.
    Group(GroupId),
    /// One friend; goes before what the group sees.
    Friend(FriendId),
}

/// What one party sees.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Grant {
    /// Who.
    pub to: Party,
    /// How exactly.
    pub level: Level,
    /// Nothing of what was before this.
    pub since: Timestamp,
    /// From then on as if this had never been said; `None` for good.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<Timestamp>,
}

/// A friend lets the bots of a group know when they come and go.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BotConsent {
    /// Of which group.
    pub group: GroupId,
    /// Nothing of what was before this.
    pub since: Timestamp,
}

/// A time of which nobody else learns anything, neither then nor later.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pause {
    /// From when on.
    pub from: Timestamp,
    /// Until when; `None` until the friend says so.
    pub until: Option<Timestamp>,
    /// Others read "off" and not "paused".
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub quiet: bool,
}

impl Pause {
    /// Whether a moment is in it.
    pub fn covers(&self, at: Timestamp) -> bool {
        self.from <= at && self.until.is_none_or(|until| at < until)
    }
}

/// Everything one friend said about who sees what. Of whom nothing is said sees nothing.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Sharing {
    /// At most one for a party.
    pub grants: Vec<Grant>,
    /// Oldest first; only the last may lack an end.
    pub pauses: Vec<Pause>,
    /// Whose bots may know when they come and go; at most one for a group. Of which group nothing is said, its bots hear nothing.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub bots: Vec<BotConsent>,
}

impl Sharing {
    /// How many grants there may be.
    pub const MOST_GRANTS: usize = 200;
    /// How many pauses are remembered; before the oldest of them nothing is shown any more.
    pub const MOST_PAUSES: usize = 500;

    /// Everything to everybody of a group, from a moment on.
    pub fn with_group(group: GroupId, level: Level, since: Timestamp) -> Self {
        Self {
            grants: vec![Grant { to: Party::Group(group), level, since, until: None }],
            pauses: Vec::new(),
            bots: Vec::new(),
        }
    }

    /// What a viewer gets of the friend who said this.
    pub fn toward(&self, owner: &Friend, viewer: &Viewer, now: Timestamp) -> Showing {
        match viewer {
            _ if !viewer.may_see(owner) => Showing::nothing(),
            // Before all others: also of who is made up it hears only what was allowed.
            Viewer::Bot { group, .. } => self.toward_bots(*group, now),
            Viewer::Server { .. } | Viewer::Guest => Showing::everything(),
            _ if owner.demo || viewer.is(owner.id) => Showing::everything(),
            Viewer::Friend { friend, .. } => {
                let own = self.grant(Party::Friend(*friend), now);
                self.by(own.or_else(|| self.widest(viewer.shares_with(owner), now)), now)
            }
            Viewer::Outlet { .. } => self.by(self.widest(viewer.shares_with(owner), now), now),
        }
    }

    /// What the bots of a group get: when the friend comes and goes, if they say so, and no more of it than the whole group sees. What a bot
    /// hears it may say to everybody.
    fn toward_bots(&self, group: GroupId, now: Timestamp) -> Showing {
        let Some(consent) = self.bot_consent(group) else { return Showing::nothing() };
        let seen = self.by(self.grant(Party::Group(group), now), now);
        Showing { since: seen.since.max(consent.since), crossings_only: true, ..seen }
    }

    /// Whether the bots of a group may know when the friend comes and goes, and of since when.
    pub fn bot_consent(&self, group: GroupId) -> Option<&BotConsent> {
        self.bots.iter().find(|consent| consent.group == group)
    }

    /// What is said of several groups to who is of all of them: what shows more, for it was said to them, too; of what shows alike, what goes
    /// further back.
    pub fn widest(&self, groups: impl Iterator<Item = GroupId>, now: Timestamp) -> Option<&Grant> {
        let grants = groups.filter_map(|group| self.grant(Party::Group(group), now));
        grants.max_by_key(|grant| (grant.level.width(), std::cmp::Reverse(grant.since)))
    }

    /// What is said of a party, as long as it holds.
    pub fn grant(&self, to: Party, now: Timestamp) -> Option<&Grant> {
        let holds = |grant: &&Grant| grant.to == to && grant.until.is_none_or(|until| now < until);
        self.grants.iter().find(holds)
    }

    /// The pause that is on.
    pub fn paused(&self, now: Timestamp) -> Option<&Pause> {
        self.pauses.iter().rev().find(|pause| pause.covers(now))
    }

    /// Whether this is nothing but everything for everybody of a group, and always was.
    pub fn is_open_to(&self, group: GroupId) -> bool {
        let open = |grant: &Grant| {
            grant.to == Party::Group(group)
                && grant.level == Level::Precise
                && grant.since == Timestamp::MIN
                && grant.until.is_none()
        };
        self.pauses.is_empty() && matches!(self.grants.as_slice(), [only] if open(only))
    }

    /// Whether something of it changes by itself after a moment, or has since then. What is over changes nothing any more.
    pub fn is_timed(&self, since: Timestamp) -> bool {
        let ends = self.grants.iter().filter_map(|grant| grant.until);
        let edges = self.pauses.iter().flat_map(|pause| [Some(pause.from), pause.until]).flatten();
        self.longest_delay_ms() > 0 || ends.chain(edges).any(|at| at > since)
    }

    /// The longest delay that anybody sees this friend with, milliseconds.
    pub fn longest_delay_ms(&self) -> i64 {
        self.grants.iter().map(|grant| grant.level.delay_ms()).max().unwrap_or(0)
    }

    fn by(&self, grant: Option<&Grant>, now: Timestamp) -> Showing {
        let Some(grant) = grant else { return Showing::nothing() };
        let forgotten = (self.pauses.len() >= Self::MOST_PAUSES).then(|| self.pauses.first()).flatten();
        let since = forgotten.map_or(grant.since, |pause| pause.from.max(grant.since));
        let paused = self.paused(now).copied();
        let late_ms = grant.level.delay_ms();
        Showing {
            level: if paused.is_some() { Level::Off } else { grant.level.clone() },
            since,
            // Only what is late has an end; else what a clock that is ahead says would be held back.
            until: if late_ms > 0 { now.plus_millis(-late_ms) } else { Timestamp::MAX },
            hidden: self.pauses.clone(),
            paused,
            crossings_only: false,
        }
    }
}

/// Something a friend says about who sees what.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum SharingChange {
    /// A party sees this from now on.
    Grant(Grant),
    /// Nothing is said of a party any more.
    Revoke(Party),
    /// Nobody sees anything for a while.
    Pause(Pause),
    /// Everybody sees again what they saw; nothing of the time in between.
    Resume,
    /// The bots of a group may know from now on when the friend comes and goes.
    AllowBots(GroupId),
    /// They may not.
    RefuseBots(GroupId),
}

impl Sharing {
    /// Takes up what the friend says. Whatever is over is forgotten, but not the pauses.
    pub fn apply(&mut self, change: SharingChange, now: Timestamp) {
        self.grants.retain(|grant| grant.until.is_none_or(|until| now < until));
        match change {
            SharingChange::Grant(grant) => {
                self.grants.retain(|known| known.to != grant.to);
                self.grants.push(grant);
                self.grants.sort_by_key(|grant| grant.to);
            }
            SharingChange::Revoke(party) => self.grants.retain(|known| known.to != party),
            SharingChange::Pause(pause) => {
                self.resume(pause.from);
                self.pauses.push(pause);
                let surplus = self.pauses.len().saturating_sub(Self::MOST_PAUSES);
                self.pauses.drain(..surplus);
            }
            SharingChange::Resume => self.resume(now),
            SharingChange::AllowBots(group) => {
                if self.bot_consent(group).is_none() {
                    // Phones tell whole seconds: what is taken in this one is from now on.
                    let since = Timestamp::from_millis(now.as_millis().div_euclid(1000) * 1000);
                    self.bots.push(BotConsent { group, since });
                }
            }
            SharingChange::RefuseBots(group) => self.bots.retain(|consent| consent.group != group),
        }
    }

    /// Says nothing any more of a group that the friend is not of, nor of friends whom they do not know by that.
    pub fn leave(&mut self, group: GroupId, knows: impl Fn(FriendId) -> bool) {
        self.grants.retain(|grant| match grant.to {
            Party::Group(of) => of != group,
            Party::Friend(friend) => knows(friend),
        });
        self.bots.retain(|consent| consent.group != group);
    }

    fn resume(&mut self, now: Timestamp) {
        self.pauses.retain(|pause| pause.from < now);
        for pause in &mut self.pauses {
            pause.until = Some(pause.until.map_or(now, |until| until.min(now)));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Grant, Party, Sharing};
    use crate::{Friend, FriendId, GroupId, Level, Memberships, Name, Role, Timestamp, Viewer};
    use uuid::Uuid;

    #[test]
    fn who_shows_everything_shows_it_at_once_and_what_is_late_has_an_end() {
        let (group, now) = (GroupId::new(Uuid::from_u128(1)), Timestamp::from_millis(1_700_000_000_000));
        let owner = Friend {
            id: FriendId::new(Uuid::from_u128(2)),
            group,
            memberships: Memberships::one(group, Role::Friend),
            name: Name::new("Ann").expect("is a name"),
            role: None,
            demo: false,
            added_at: now,
        };
        let eyes = FriendId::new(Uuid::from_u128(3));
        let viewer = Viewer::member(eyes, group, Role::Friend);
        let mut sharing = Sharing::with_group(group, Level::Precise, Timestamp::MIN);
        let showing = sharing.toward(&owner, &viewer, now);
        assert!(showing.is_everything() && showing.covers(now.plus_millis(5_000)), "a clock may be ahead");
        sharing.grants.push(Grant {
            to: Party::Friend(eyes),
            level: Level::Delayed(15),
            since: Timestamp::MIN,
            until: None,
        });
        let showing = sharing.toward(&owner, &viewer, now);
        assert!(showing.covers(now.plus_millis(-900_000)) && !showing.covers(now.plus_millis(-899_999)));
    }
}

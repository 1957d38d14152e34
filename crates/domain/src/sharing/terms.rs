//! What one friend lets others see: to whom, how exactly, how far back, until when; and what of that one viewer gets.

use super::{Viewer, level};
use crate::{Fix, Friend, FriendId, GroupId, Level, Region, Spot, Timestamp, Transition};
use geodesy::Point;
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
        }
    }

    /// What a viewer gets of the friend who said this.
    pub fn toward(&self, owner: &Friend, viewer: &Viewer, now: Timestamp) -> Showing {
        match viewer {
            _ if !viewer.may_see(owner) => Showing::nothing(),
            Viewer::Server { .. } | Viewer::Guest => Showing::everything(),
            _ if owner.demo || viewer.is(owner.id) => Showing::everything(),
            Viewer::Friend { friend, .. } => {
                let own = self.grant(Party::Friend(*friend), now);
                self.by(own.or_else(|| self.widest(viewer.shares_with(owner), now)), now)
            }
            Viewer::Outlet { .. } => self.by(self.widest(viewer.shares_with(owner), now), now),
        }
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

    /// When next something changes by itself, if nobody says anything.
    pub fn next_change(&self, now: Timestamp) -> Option<Timestamp> {
        let ends = self.grants.iter().filter_map(|grant| grant.until);
        let edges = self.pauses.iter().flat_map(|pause| [Some(pause.from), pause.until]).flatten();
        ends.chain(edges).filter(|at| *at > now).min()
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

    /// Whether something of it changes by itself as time passes.
    pub fn is_timed(&self) -> bool {
        !self.pauses.is_empty()
            || self.grants.iter().any(|grant| grant.until.is_some() || grant.level.delay_ms() > 0)
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
        }
    }

    /// Says nothing any more of a group that the friend is not of, nor of friends whom they do not know by that.
    pub fn leave(&mut self, group: GroupId, knows: impl Fn(FriendId) -> bool) {
        self.grants.retain(|grant| match grant.to {
            Party::Group(of) => of != group,
            Party::Friend(friend) => knows(friend),
        });
    }

    fn resume(&mut self, now: Timestamp) {
        self.pauses.retain(|pause| pause.from < now);
        for pause in &mut self.pauses {
            pause.until = Some(pause.until.map_or(now, |until| until.min(now)));
        }
    }
}

/// What a viewer gets to see of a friend.
#[derive(Clone, Debug, PartialEq)]
pub struct Showing {
    level: Level,
    /// Nothing before.
    since: Timestamp,
    /// Nothing after.
    until: Timestamp,
    /// Nothing of these times either.
    hidden: Vec<Pause>,
    paused: Option<Pause>,
}

/// What a viewer is told about how a friend is shown to them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Shown {
    /// As the phone reports it.
    #[default]
    Precise,
    /// To the street.
    Street,
    /// To the part of town.
    District,
    /// To the town.
    City,
    /// Names of regions only.
    Names,
    /// Only inside of regions that the friend chose; else they are away.
    Inside,
    /// So many minutes late.
    Delayed(u32),
    /// Not at all for a while; the friend wants this to be known.
    Paused,
    /// Not at all.
    Off,
}

impl Shown {
    /// The word for it in the interface.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Precise => "precise",
            Self::Street => "street",
            Self::District => "district",
            Self::City => "city",
            Self::Names => "names",
            Self::Inside => "inside",
            Self::Delayed(_) => "delayed",
            Self::Paused => "paused",
            Self::Off => "off",
        }
    }

    /// How late everything is seen, milliseconds.
    pub fn delay_ms(self) -> i64 {
        if let Self::Delayed(minutes) = self { i64::from(minutes) * 60_000 } else { 0 }
    }

    /// Whether positions are the middles of cells.
    pub const fn is_coarse(self) -> bool {
        matches!(self, Self::Street | Self::District | Self::City)
    }
}

impl Showing {
    /// Everything, as for oneself.
    pub const fn everything() -> Self {
        Self {
            level: Level::Precise,
            since: Timestamp::MIN,
            until: Timestamp::MAX,
            hidden: Vec::new(),
            paused: None,
        }
    }

    /// Nothing.
    pub const fn nothing() -> Self {
        Self {
            level: Level::Off,
            since: Timestamp::MAX,
            until: Timestamp::MIN,
            hidden: Vec::new(),
            paused: None,
        }
    }

    /// How exactly.
    pub const fn level(&self) -> &Level {
        &self.level
    }

    /// What the viewer is told about that.
    pub fn shown(&self) -> Shown {
        match &self.level {
            Level::Precise => Shown::Precise,
            Level::Street => Shown::Street,
            Level::District => Shown::District,
            Level::City => Shown::City,
            Level::Names => Shown::Names,
            Level::Inside(_) => Shown::Inside,
            Level::Delayed(minutes) => Shown::Delayed(*minutes),
            Level::Off if self.paused.is_some_and(|pause| !pause.quiet) => Shown::Paused,
            Level::Off => Shown::Off,
        }
    }

    /// Whether everything there is of the friend is seen as it is and at once: nothing needs to be changed on the way.
    pub fn is_everything(&self) -> bool {
        self.level == Level::Precise
            && self.hidden.is_empty()
            && self.since == Timestamp::MIN
            && self.until == Timestamp::MAX
    }

    /// Whether the friend is seen as they are, now and at once; what was before may be hidden.
    pub fn is_precise(&self) -> bool {
        self.level == Level::Precise
    }

    /// Whether batteries and connections are seen as they are, and why the server thinks what it thinks. What a device is called is seen
    /// wherever a position is.
    pub const fn tells_details(&self) -> bool {
        matches!(self.level, Level::Precise | Level::Delayed(_))
    }

    /// Whether anything of a moment is seen.
    pub fn covers(&self, at: Timestamp) -> bool {
        self.level != Level::Off
            && self.since <= at
            && at <= self.until
            && !self.hidden.iter().any(|pause| pause.covers(at))
    }

    /// The times of which anything is seen: not before the first, not after the second.
    pub const fn span(&self) -> (Timestamp, Timestamp) {
        (self.since, self.until)
    }

    /// The times within a span of which anything is seen, oldest first.
    pub fn windows(&self, from: Timestamp, to: Timestamp) -> Vec<(Timestamp, Timestamp)> {
        let (mut begin, end) = (from.max(self.since), to.min(self.until));
        if self.level == Level::Off {
            return Vec::new();
        }
        let mut windows = Vec::new();
        let mut pauses = self.hidden.clone();
        pauses.sort_by_key(|pause| pause.from);
        for pause in &pauses {
            windows.push((begin, pause.from.min(end)));
            begin = begin.max(pause.until.unwrap_or(Timestamp::MAX));
        }
        windows.push((begin, end));
        windows.retain(|(begin, end)| begin < end);
        windows
    }

    /// Since when the viewer sees that something holds that has held since a moment: not before anything is shown; `None` when it is not
    /// seen now.
    pub fn since(&self, since: Timestamp, now: Timestamp) -> Option<Timestamp> {
        let seen_now = self.level != Level::Off && since <= self.until && now >= self.since;
        let last_pause = self.hidden.iter().filter_map(|pause| pause.until).filter(|end| *end <= now).max();
        seen_now.then(|| since.max(self.since).max(last_pause.unwrap_or(Timestamp::MIN)))
    }

    /// Where the viewer sees somebody who is at a point: there, or in the middle of a cell and how far that may be off. `drawn` is how a region is
    /// now; `None` when there is nothing to see.
    pub fn point<'r>(
        &self,
        point: Point,
        drawn: impl Fn(crate::RegionId) -> Option<&'r Region>,
    ) -> Option<(Point, Option<f64>)> {
        match &self.level {
            Level::Precise | Level::Delayed(_) => Some((point, None)),
            Level::Street | Level::District | Level::City => {
                let (middle, reach_m) = level::cell(point, self.level.grain_m()?);
                Some((middle, Some(reach_m)))
            }
            Level::Inside(regions) => {
                let inside =
                    regions.iter().filter_map(|id| drawn(*id)).any(|region| region.area.contains(point));
                inside.then_some((point, None))
            }
            Level::Names | Level::Off => None,
        }
    }

    /// What is seen of where a device was last seen.
    pub fn spot<'r>(
        &self,
        spot: &Spot,
        drawn: impl Fn(crate::RegionId) -> Option<&'r Region>,
    ) -> Option<Spot> {
        if !self.covers(spot.at) {
            return None;
        }
        let (point, reach_m) = self.point(spot.point, drawn)?;
        let Some(reach_m) = reach_m else { return Some(spot.clone()) };
        let fade = Fade::of(&self.level);
        Some(Spot {
            point,
            accuracy_m: Some(reach_m),
            velocity_kmh: fade.speed(spot.velocity_kmh),
            course_deg: None,
            battery_pct: fade.battery(spot.battery_pct),
            ..spot.clone()
        })
    }

    /// What is seen of a fix.
    pub fn fix<'r>(&self, fix: &Fix, drawn: impl Fn(crate::RegionId) -> Option<&'r Region>) -> Option<Fix> {
        if !self.covers(fix.believed_at()) {
            return None;
        }
        let (point, reach_m) = self.point(fix.point, drawn)?;
        let fix = self.without_hidden_times(fix);
        let Some(reach_m) = reach_m else { return Some(fix) };
        let fade = Fade::of(&self.level);
        Some(Fix {
            point,
            accuracy_m: Some(reach_m),
            altitude_m: None,
            velocity_kmh: fade.speed(fix.velocity_kmh),
            course_deg: None,
            battery_pct: fade.battery(fix.battery_pct),
            trigger: None,
            connection: None,
            ..fix
        })
    }

    /// A fix that does not tell that something was said at a time of which nothing is seen.
    fn without_hidden_times(&self, fix: &Fix) -> Fix {
        let received_at = if self.covers(fix.received_at) { fix.received_at } else { fix.believed_at() };
        Fix { sent_at: fix.sent_at.filter(|at| self.covers(*at)), received_at, ..fix.clone() }
    }

    /// Whether it is seen that the friend is in a region, or came or went there. Not where positions are coarse: the edge of any region is a line
    /// as fine as a hair, and when it was crossed tells where somebody was then.
    pub fn tells_region(&self, region: &Region) -> bool {
        match &self.level {
            Level::Precise | Level::Names | Level::Delayed(_) => true,
            Level::Inside(regions) => regions.contains(&region.id),
            Level::Street | Level::District | Level::City | Level::Off => false,
        }
    }

    /// What is seen of an entry of the history; `region` is the one it is about, as it is or was last, `None` for a place only the phone knows.
    pub fn transition(&self, transition: &Transition, region: Option<&Region>) -> Option<Transition> {
        let is_seen = self.covers(transition.at)
            && region.map_or_else(|| self.tells_details(), |region| self.tells_region(region));
        let mut seen = is_seen.then(|| transition.clone())?;
        seen.evidence.retain(|note| self.tells_details() && self.covers(note.at));
        // How long a stay was tells when it began.
        let began = seen.stay_ms.map(|stay_ms| seen.at.plus_millis(-stay_ms));
        if began.is_some_and(|began| !self.covers(began)) {
            seen.stay_ms = None;
        }
        Some(seen)
    }
}

/// How speed and battery fade with the position.
struct Fade {
    speed_kmh: Option<f64>,
    battery_pct: Option<u8>,
}

impl Fade {
    fn of(level: &Level) -> Self {
        match level {
            Level::Street => Self { speed_kmh: Some(10.0), battery_pct: Some(10) },
            Level::District => Self { speed_kmh: Some(50.0), battery_pct: Some(25) },
            Level::City
            | Level::Precise
            | Level::Names
            | Level::Inside(_)
            | Level::Delayed(_)
            | Level::Off => Self { speed_kmh: None, battery_pct: None },
        }
    }

    fn speed(&self, kmh: Option<f64>) -> Option<f64> {
        let step = self.speed_kmh?;
        Some((kmh? / step).round() * step)
    }

    fn battery(&self, pct: Option<u8>) -> Option<u8> {
        let step = self.battery_pct?;
        Some((pct? / step) * step)
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

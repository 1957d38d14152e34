//! How often a device reports, learnt from its own reports; and what its silence means by that.
//!
//! A phone in move mode says something every ten seconds, one that lies in significant mode once in half an hour or not for a whole night.
//! So how long is long is a question of the device: of the mode it was in and of whether it moved when it was heard last. Nothing here
//! tells where anybody is: the judged history follows from the evidence alone.

use crate::{Monitoring, Spot, Timestamp};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

const SECOND_MS: i64 = 1000;
const MINUTE_MS: i64 = 60 * SECOND_MS;
const HOUR_MS: i64 = 60 * MINUTE_MS;
const DAY_MS: i64 = 24 * HOUR_MS;
const WEEK_MS: i64 = 7 * DAY_MS;

/// A longer gap is no rhythm: the phone was off. Sixteen hours.
const LONGEST_GAP_S: i64 = 16 * 3600;
/// Fewer gaps than these are no rhythm either.
const FEWEST_GAPS: u32 = 5;
/// Faster than this a device moves, km/h: no walk around the house.
const MOVING_KMH: f64 = 4.0;
/// What happened once says nothing; what happened twice is looked at.
const TWICE: u32 = 2;
/// A gap is usual when gaps as long as it make up this part of the time: one in six, which is four hours of a day.
const PART: u64 = 6;

/// The gaps between a device's reports in this week and the one before: by mode, by whether it moved, and by their length.
///
/// Bounded: five modes, two manners, two weeks, thirteen lengths.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rhythm {
    /// Which week this is, counted from 1970.
    #[serde(default)]
    week: i64,
    /// By the number of the mode; see [`key`].
    #[serde(default)]
    modes: BTreeMap<u8, Gaps>,
    /// The mode of the newest report.
    #[serde(default)]
    mode: u8,
    /// Whether the device moved when it made the newest report.
    #[serde(default)]
    moving: bool,
}

/// The gaps in one mode.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
struct Gaps {
    /// Those that began with a report on the move.
    #[serde(default)]
    moving: Fortnight,
    /// The others.
    #[serde(default)]
    still: Fortnight,
}

/// Gaps of this week and of the one before, by how often fifteen seconds double up to them.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
struct Fortnight {
    #[serde(default)]
    this: BTreeMap<u8, Sum>,
    #[serde(default)]
    last: BTreeMap<u8, Sum>,
}

/// How many gaps, and how long together, seconds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
struct Sum(u32, u32);

/// When a device is expected to be heard again, by its rhythm at its newest report.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Expected {
    /// How long until its next report, going on like this, seconds.
    #[serde(rename = "n")]
    pub next_s: u32,
    /// How long if it comes to rest, seconds; never less than `next_s`.
    #[serde(rename = "r")]
    pub rest_s: u32,
}

/// How much a position can still be trusted, by its age, by its device's own rhythm, and by what the broker says of the connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Staleness {
    /// The next report is hardly due.
    Now,
    /// It is due.
    Recent,
    /// It should long have come.
    Stale,
    /// The device is silent for three times as long as it usually is, or the broker lost the connection since.
    Lost,
}

/// After how long a position is no more what it was, milliseconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Steps {
    /// Up to this it is [`Staleness::Now`].
    pub now_ms: i64,
    /// Up to this [`Staleness::Recent`].
    pub recent_ms: i64,
    /// Up to this [`Staleness::Stale`].
    pub stale_ms: i64,
    /// After this, where the friend is has become a guess.
    pub silent_ms: i64,
}

impl Steps {
    /// Of a device whose rhythm is not known: like a phone that reports twice an hour, and lost only after a day.
    pub const UNKNOWN: Self =
        Self { now_ms: 5 * MINUTE_MS, recent_ms: HOUR_MS, stale_ms: DAY_MS, silent_ms: HOUR_MS };

    /// Of a device that is expected like this: now for two intervals, lost after three. Whoever drove and came to rest is not lost after
    /// three times ten seconds: never before an hour is over, and always after a day.
    pub fn of(expected: Option<Expected>) -> Self {
        let Some(Expected { next_s, rest_s }) = expected else { return Self::UNKNOWN };
        let times = |count: i64, seconds: u32| count * i64::from(seconds) * SECOND_MS;
        let now_ms = times(2, next_s).clamp(5 * MINUTE_MS, 2 * HOUR_MS);
        let lost_ms = times(3, rest_s.max(next_s)).clamp(HOUR_MS, DAY_MS).max(now_ms);
        Self { now_ms, recent_ms: i64::midpoint(now_ms, lost_ms), stale_ms: lost_ms, silent_ms: lost_ms }
    }
}

impl Staleness {
    /// Judges the newest position of a device whose connection is lost since `lost_at`.
    pub fn of(spot: &Spot, lost_at: Option<Timestamp>, now: Timestamp) -> Self {
        let (steps, age_ms) = (Steps::of(spot.expected), now.millis_since(spot.at));
        if lost_at.is_some() || age_ms > steps.stale_ms {
            Self::Lost
        } else if age_ms > steps.recent_ms {
            Self::Stale
        } else if age_ms > steps.now_ms {
            Self::Recent
        } else {
            Self::Now
        }
    }

    /// The word for it, in the interface and in names of styles.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Now => "now",
            Self::Recent => "recent",
            Self::Stale => "stale",
            Self::Lost => "lost",
        }
    }
}

impl Rhythm {
    /// Takes up a report that is newer than the one before, and tells when the next is expected. `before` is `None` for the first one, and
    /// after an outage that is no rhythm: one in which the connection was lost, or a clock was wrong.
    pub fn hear(&mut self, before: Option<&Spot>, new: &Spot, mode: Option<Monitoring>) -> Option<Expected> {
        self.turn(new.at);
        let gap_s = before.map(|before| new.at.millis_since(before.at) / SECOND_MS);
        if let Some(gap_s) = gap_s.filter(|gap_s| (1..=LONGEST_GAP_S).contains(gap_s)) {
            let known = self.modes.entry(self.mode).or_default();
            let manner = if self.moving { &mut known.moving } else { &mut known.still };
            let sum = manner.this.entry(length(gap_s)).or_default();
            sum.0 = sum.0.saturating_add(1);
            sum.1 = sum.1.saturating_add(u32::try_from(gap_s).unwrap_or(u32::MAX));
        }
        self.mode = key(mode);
        self.moving = is_moving(before, new);
        self.expected()
    }

    /// When the device is expected to be heard again; `None` while too little is known of it.
    pub fn expected(&self) -> Option<Expected> {
        let gaps = self.modes.get(&self.mode)?;
        let (moving, still) = (gaps.moving.usual_s(), gaps.still.usual_s());
        let next_s = if self.moving { moving.or(still) } else { still.or(moving) }?;
        Some(Expected { next_s, rest_s: still.into_iter().chain(moving).fold(next_s, u32::max) })
    }

    /// The mode the device was in when it made its newest report, where it says so.
    pub fn mode(&self) -> Option<Monitoring> {
        Monitoring::ALL.into_iter().find(|mode| key(Some(*mode)) == self.mode)
    }

    /// Begins a new week when it is time. A report from an earlier week changes nothing of that.
    fn turn(&mut self, at: Timestamp) {
        let week = at.as_millis().div_euclid(WEEK_MS);
        let weeks = week.saturating_sub(self.week);
        if weeks <= 0 {
            return;
        }
        self.week = week;
        for gaps in self.modes.values_mut() {
            for manner in [&mut gaps.moving, &mut gaps.still] {
                let this = std::mem::take(&mut manner.this);
                manner.last = if weeks == 1 { this } else { BTreeMap::new() };
            }
        }
        self.modes.retain(|_, gaps| *gaps != Gaps::default());
    }
}

impl Fortnight {
    /// How long a gap usually is at the most, seconds: the longest ones that came more than once and make up a good part of the time.
    /// That there are many short ones makes no long night unusual, and one flat battery makes no rhythm.
    fn usual_s(&self) -> Option<u32> {
        let mut all: BTreeMap<u8, (u32, u64)> = BTreeMap::new();
        for (length, Sum(count, seconds)) in self.this.iter().chain(&self.last) {
            let sum = all.entry(*length).or_default();
            *sum = (sum.0.saturating_add(*count), sum.1 + u64::from(*seconds));
        }
        let (count, seconds) =
            all.values().fold((0_u32, 0), |all, one| (all.0.saturating_add(one.0), all.1 + one.1));
        if count < FEWEST_GAPS {
            return None;
        }
        let (mut longer, mut longer_s) = (0_u32, 0);
        for (count, gap_s) in all.values().rev() {
            longer = longer.saturating_add(*count);
            longer_s += gap_s;
            if longer >= TWICE && longer_s * PART >= seconds {
                return u32::try_from(gap_s / u64::from((*count).max(1))).ok();
            }
        }
        None
    }
}

/// How often fifteen seconds double up to a gap: 0 for up to fifteen seconds, 7 for half an hour, 12 for all above eight hours and a half.
fn length(gap_s: i64) -> u8 {
    (0..12).find(|double| gap_s <= 15 << double).unwrap_or(12)
}

/// The modes by number, so that what is kept stays readable; 0 where the phone does not tell.
const fn key(mode: Option<Monitoring>) -> u8 {
    match mode {
        None => 0,
        Some(Monitoring::Quiet) => 1,
        Some(Monitoring::Manual) => 2,
        Some(Monitoring::Significant) => 3,
        Some(Monitoring::Move) => 4,
    }
}

/// Whether a device moves: by its own word, else by how far it has come.
fn is_moving(before: Option<&Spot>, new: &Spot) -> bool {
    if let Some(speed) = new.velocity_kmh {
        return speed >= MOVING_KMH;
    }
    before.is_some_and(|before| {
        #[expect(clippy::cast_precision_loss, reason = "of some days at the most")]
        let hours = new.at.millis_since(before.at).max(SECOND_MS) as f64 / HOUR_MS as f64;
        let apart_m = before.point.distance_m(new.point)
            - new.accuracy_m.unwrap_or(0.0)
            - before.accuracy_m.unwrap_or(0.0);
        apart_m / 1000.0 / hours >= MOVING_KMH
    })
}

#[cfg(test)]
mod tests;

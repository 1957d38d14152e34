//! What one viewer gets of a friend, by what that friend says: positions, times, regions, comings and goings.

use super::{Pause, level};
use crate::{Fix, Level, Region, RegionId, Spot, Timestamp, Transition};
use geodesy::Point;
use serde::{Deserialize, Serialize};

/// What a viewer gets to see of a friend.
#[derive(Clone, Debug, PartialEq)]
pub struct Showing {
    pub(super) level: Level,
    /// Nothing before.
    pub(super) since: Timestamp,
    /// Nothing after.
    pub(super) until: Timestamp,
    /// Nothing of these times either.
    pub(super) hidden: Vec<Pause>,
    pub(super) paused: Option<Pause>,
    /// Only that the friend comes to a region and goes, and nothing else: neither where they are nor anything of their devices.
    pub(super) crossings_only: bool,
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
            crossings_only: false,
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
            crossings_only: false,
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
        self.is_precise()
            && self.hidden.is_empty()
            && self.since == Timestamp::MIN
            && self.until == Timestamp::MAX
    }

    /// Whether the friend is seen as they are, now and at once; what was before may be hidden.
    pub fn is_precise(&self) -> bool {
        self.level == Level::Precise && !self.crossings_only
    }

    /// Whether batteries and connections are seen as they are, and why the server thinks what it thinks. What a device is called is seen
    /// wherever a position is.
    pub const fn tells_details(&self) -> bool {
        !self.crossings_only && matches!(self.level, Level::Precise | Level::Delayed(_))
    }

    /// Whether anything of a moment is seen.
    pub fn covers(&self, at: Timestamp) -> bool {
        self.level != Level::Off
            && self.since <= at
            && at <= self.until
            && !self.hidden.iter().any(|pause| pause.covers(at))
    }

    /// Whether it is told that the friend has a page open, while they have: where anything of this moment is seen. Who is seen late is not seen
    /// online, for that is of now.
    pub fn tells_online(&self, now: Timestamp) -> bool {
        !self.crossings_only && self.level.delay_ms() == 0 && self.covers(now)
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
        drawn: impl Fn(RegionId) -> Option<&'r Region>,
    ) -> Option<(Point, Option<f64>)> {
        if self.crossings_only {
            return None;
        }
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
    pub fn spot<'r>(&self, spot: &Spot, drawn: impl Fn(RegionId) -> Option<&'r Region>) -> Option<Spot> {
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
    pub fn fix<'r>(&self, fix: &Fix, drawn: impl Fn(RegionId) -> Option<&'r Region>) -> Option<Fix> {
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
        // By what it was settled, and when that came, tell that there was something then.
        if !self.tells_details() || !self.covers(seen.decided_at) {
            seen.decided_at = seen.at;
        }
        if !self.covers(seen.learnt_at) {
            seen.learnt_at = seen.at;
        }
        seen.superseded_at = seen.superseded_at.map(|at| if self.covers(at) { at } else { seen.at });
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

//! Which regions a phone should hold, what it is to be told for that, and how far that has come. Pure.
//!
//! A phone is told only what has changed since it was last told: on Android even the same region once more makes it say again that it is
//! there. What its owner changed or removed on it is shown as drift, and left. What was told and may never have arrived, because nothing
//! that the phone said since shows it, is told again: a few times, farther and farther apart.

use super::{KeysOf, Waypoint};
use crate::{Errand, Region, RegionId, Timestamp};
use geodesy::{Circle, Point};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Which app is on a phone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[expect(missing_docs, reason = "the words say it")]
pub enum App {
    Android,
    Ios,
}

/// A region as a phone is given it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Given {
    /// Which.
    pub region: RegionId,
    /// What it is called there.
    pub name: String,
    /// Where.
    pub circle: Circle,
}

/// One entry of a list for a phone.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Place {
    /// Keep this region.
    Region(Given),
    /// Keep it no longer. For iOS.
    Gone {
        /// Which.
        region: RegionId,
        /// What it is called there.
        name: String,
    },
    /// Keep what is the phone's own, after everything was cleared. For Android.
    Own {
        /// Its key.
        tst_s: i64,
        /// What the phone calls it.
        name: String,
        /// Where.
        circle: Circle,
    },
}

/// What a phone was last told of a region.
#[derive(Clone, Debug, PartialEq)]
pub struct Sent {
    /// As what; `None` when it was to forget it.
    pub given: Option<Given>,
    /// When it was told that last.
    pub at: Timestamp,
    /// Since when it is told that.
    pub since: Timestamp,
    /// How often.
    pub times: u32,
    /// Whether it confirmed that it got it. Over HTTP nobody does: an answer may never have arrived.
    pub arrived: bool,
    /// As what it was told of it before, which it may have still.
    pub before: Option<Given>,
    /// When it first showed that it has it like that.
    pub confirmed_at: Option<Timestamp>,
}

/// What is known of a phone.
#[derive(Clone, Copy, Debug)]
pub struct Phone<'a> {
    /// The app on it.
    pub app: Option<App>,
    /// What it said that it keeps, by its keys.
    pub known: &'a BTreeMap<String, Waypoint>,
    /// When it last told of everything that it keeps.
    pub listed_at: Option<Timestamp>,
    /// What it was told.
    pub sent: &'a BTreeMap<RegionId, Sent>,
    /// Where it is.
    pub at: Option<Point>,
}

/// What to tell a phone.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Plan {
    /// What to do, in this order.
    pub errands: Vec<Errand>,
    /// Something is to be taken away and cannot be yet, because this has to be known first.
    pub unknown: Option<Errand>,
    /// What is to be taken away and is not there, so nothing need be said: iOS would make a place of it.
    pub absent: Vec<RegionId>,
}

/// How far a region has come on its way to a phone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Receipt {
    /// Too wide for a phone, which would watch a circle round it.
    Shape,
    /// Its owner drew it there themselves, so it is not given to it.
    Own,
    /// Others are nearer, and the app watches only so many.
    Beyond,
    /// The phone has not got it yet.
    Pending,
    /// The phone was told, so many times, last then, and has not said since that it keeps it.
    Sent(Timestamp, u32),
    /// The phone says that it keeps it.
    Confirmed(Timestamp),
    /// The phone says that it keeps something else, or nothing, or what it was to forget.
    Drifted(Timestamp),
    /// The phone was told and does not keep it: its settings do not allow it.
    Refused(Timestamp, Switch),
    /// It is to forget it, and does not know yet.
    Leaving,
    /// It was told to forget it.
    Left(Timestamp),
}

/// What in the settings of a phone keeps it from taking regions.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Switch {
    /// It obeys no orders at all (`cmd`).
    Commands,
    /// It obeys some, but does not let its places be changed (`remoteConfiguration`).
    Configuration,
}

/// iOS watches 20 regions of an app; two remain for its owner.
const IOS_WATCHES: usize = 20;
/// Android watches 100.
const ANDROID_WATCHES: usize = 100;
/// How many are left to the owner of a phone.
const SPARE: usize = 2;

/// How long until what may not have arrived is told again, each time; milliseconds. No more often than that.
const AGAIN_MS: [i64; 5] = [60_000, 600_000, 3_600_000, 6 * 3_600_000, 24 * 3_600_000];
/// The same for what the phone has listed as not there: the list may have been made a moment before.
const AGAIN_UNLISTED_MS: [i64; 2] = [0, 60_000];

impl Sent {
    /// What a phone is told of a region now, after what it was told before.
    pub fn next(known: Option<&Self>, given: Option<Given>, at: Timestamp, arrived: bool) -> Self {
        match known {
            Some(known) if known.given == given => Self {
                at,
                times: known.times.saturating_add(1),
                arrived: known.arrived || arrived,
                ..known.clone()
            },
            Some(_) | None => {
                let before = known.and_then(|known| known.given.clone().or_else(|| known.before.clone()));
                Self { given, at, since: at, times: 1, arrived, before, confirmed_at: None }
            }
        }
    }

    /// Whether a phone that speaks of the region by its key, by a message made then, shows that it has it: not when it may mean what it
    /// was told before.
    pub fn is_confirmed_by_key(&self, at: Timestamp) -> bool {
        // Phones count whole seconds.
        let later = at > self.since.plus_millis(-1000);
        self.given.is_some() && self.before.is_none() && self.confirmed_at.is_none() && later
    }

    /// Whether a phone that tells of a place, by a message that came then, shows that it has the region as it was given it.
    pub fn is_confirmed_by(&self, told: &Waypoint, at: Timestamp) -> bool {
        let is_it = |given: &Given| told.is_of(given.region) && told.is_like(&given.name, &given.circle);
        self.confirmed_at.is_none() && at >= self.since && self.given.as_ref().is_some_and(is_it)
    }

    /// Whether it is time to tell it once more, of waits before each time.
    fn is_due(&self, waits_ms: &[i64], now: Timestamp) -> bool {
        self.next_wait(waits_ms).is_some_and(|wait| now.millis_since(self.at) >= wait)
    }

    /// How long until it is told once more; `None` when it was told often enough.
    fn next_wait(&self, waits_ms: &[i64]) -> Option<i64> {
        let told = usize::try_from(self.times).unwrap_or(usize::MAX);
        waits_ms.get(told.saturating_sub(1)).copied()
    }
}

impl Receipt {
    /// The word for it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Shape => "shape",
            Self::Own => "own",
            Self::Beyond => "beyond",
            Self::Pending => "pending",
            Self::Sent(..) => "sent",
            Self::Confirmed(_) => "confirmed",
            Self::Drifted(_) => "drifted",
            Self::Refused(..) => "refused",
            Self::Leaving => "leaving",
            Self::Left(_) => "left",
        }
    }

    /// How often the phone was told, while nothing is known but that.
    pub const fn times(self) -> Option<u32> {
        match self {
            Self::Sent(_, times) => Some(times),
            Self::Shape
            | Self::Own
            | Self::Beyond
            | Self::Pending
            | Self::Confirmed(_)
            | Self::Drifted(_)
            | Self::Refused(..)
            | Self::Leaving
            | Self::Left(_) => None,
        }
    }

    /// Since when, where that is known.
    pub const fn at(self) -> Option<Timestamp> {
        match self {
            Self::Sent(at, _)
            | Self::Confirmed(at)
            | Self::Drifted(at)
            | Self::Refused(at, _)
            | Self::Left(at) => Some(at),
            Self::Shape | Self::Own | Self::Beyond | Self::Pending | Self::Leaving => None,
        }
    }
}

impl App {
    fn watches(app: Option<Self>) -> usize {
        match app {
            Some(Self::Android) => ANDROID_WATCHES,
            Some(Self::Ios) | None => IOS_WATCHES,
        }
    }
}

impl<'a> Phone<'a> {
    /// Those of the regions that the phone should hold, by identifier. They are those that it may know of. `knows`: which of all regions
    /// its owner may know of.
    ///
    /// Of more than an app watches, the nearest; but what a phone holds is changed for that only when one of the nearest half is missing,
    /// so that somebody who walks about is not told something new at every corner.
    pub fn wanted<'r>(
        &self,
        regions: impl IntoIterator<Item = &'r Region>,
        keys: KeysOf<'_>,
        knows: impl Fn(RegionId) -> bool,
    ) -> Vec<Given> {
        let given = |region: &Region| {
            let circle = keys.circle_on_phones(region.id).filter(|_| !self.has_its_own(region))?;
            let name = keys.name_on_phones(region, &knows);
            Some(Given { region: region.id, name, circle: circle.clone() })
        };
        let mut all: Vec<Given> = regions.into_iter().filter_map(given).collect();
        let most = App::watches(self.app);
        let most = most.saturating_sub(self.own().count()).min(most - SPARE);
        if all.len() > most {
            let held = |given: &Given| self.sent.get(&given.region).is_some_and(|sent| sent.given.is_some());
            let far = |given: &Given| self.at.map_or(0.0, |at| given.circle.signed_distance_m(at));
            all.sort_by(|a, b| far(a).total_cmp(&far(b)).then(a.region.cmp(&b.region)));
            if all.iter().take(most.div_ceil(2)).all(held) {
                all.sort_by_key(|given| !held(given));
            }
            all.truncate(most);
        }
        all.sort_by_key(|given| given.region);
        all
    }

    /// What to tell the phone so that it holds what it should.
    pub fn plan(&self, wanted: &[Given], now: Timestamp) -> Plan {
        let new = wanted.iter().filter(|given| match self.sent.get(&given.region) {
            Some(sent) if sent.given.as_ref() == Some(given) => self.is_due_again(sent, now),
            Some(_) | None => true,
        });
        let new: Vec<Place> = new.cloned().map(Place::Region).collect();
        let unwanted = self.sent.values().filter_map(|sent| match &sent.given {
            Some(given) => {
                Some(given).filter(|given| !wanted.iter().any(|wanted| wanted.region == given.region))
            }
            None => sent.before.as_ref().filter(|_| self.is_due_again(sent, now)),
        });
        let (absent, gone): (Vec<_>, Vec<_>) = unwanted.partition(|given| self.lacks(given.region));
        let absent = absent.into_iter().map(|given| given.region).collect();
        let (errands, unknown) = self.steps(wanted, new, &gone);
        Plan { errands, unknown, absent }
    }

    /// Whether something that the phone was told has to be told again now.
    pub fn is_any_due_again(&self, now: Timestamp) -> bool {
        self.sent.values().any(|sent| self.is_due_again(sent, now))
    }

    /// Whether something that was told has to be told again: what may not have arrived, and what the phone shows that it has not done.
    fn is_due_again(&self, sent: &Sent, now: Timestamp) -> bool {
        let Some(given) = &sent.given else {
            let still_there =
                sent.before.as_ref().is_some_and(|before| self.shows(before.region, sent.at).is_some());
            return still_there && sent.is_due(&AGAIN_UNLISTED_MS, now);
        };
        if sent.confirmed_at.is_some() || self.has_as(given) {
            return false;
        }
        let told =
            self.listed_at.is_some_and(|at| at > sent.at) || self.shows(given.region, sent.at).is_some();
        sent.is_due(if told { &AGAIN_UNLISTED_MS } else { &AGAIN_MS }, now) && (told || !sent.arrived)
    }

    /// What the phone has told of a region after a moment, if it has it.
    fn shows(&self, region: RegionId, after: Timestamp) -> Option<&'a Waypoint> {
        let is_it = |known: &&Waypoint| known.is_of(region) && known.is_there() && known.seen_at > after;
        self.known.values().find(is_it)
    }

    /// Whether the phone has a region just so, as far as it told.
    fn has_as(&self, given: &Given) -> bool {
        let is_it = |known: &Waypoint| known.is_of(given.region) && known.is_like(&given.name, &given.circle);
        self.known.values().any(|known| known.is_there() && is_it(known))
    }

    fn steps(&self, wanted: &[Given], new: Vec<Place>, gone: &[&Given]) -> (Vec<Errand>, Option<Errand>) {
        let add = |places: Vec<Place>| if places.is_empty() { vec![] } else { vec![Errand::Keep(places)] };
        if gone.is_empty() {
            return (add(new), None);
        }
        match self.app {
            Some(App::Ios) => {
                let (sure, unsure): (Vec<&Given>, Vec<&Given>) =
                    gone.iter().partition(|given| self.surely_got(given.region));
                let place = |given: &Given| Place::Gone { region: given.region, name: given.name.clone() };
                let places = new.into_iter().chain(sure.into_iter().map(place)).collect();
                // Of what it never got, iOS would make a place.
                (add(places), (!unsure.is_empty()).then_some(Errand::Waypoints))
            }
            // Whoever clears everything must know what else there was.
            Some(App::Android) if self.listed_at.is_some() => match self.own_places() {
                Some(own) => {
                    let all = wanted.iter().cloned().map(Place::Region).chain(own).collect();
                    (std::iter::once(Errand::Forget).chain(add(all)).collect(), None)
                }
                None => (add(new), None),
            },
            Some(App::Android) => (add(new), Some(Errand::Waypoints)),
            None => (add(new), Some(Errand::Status)),
        }
    }

    /// Whether a region that was given has arrived, whatever has become of it.
    fn surely_got(&self, region: RegionId) -> bool {
        let arrived = |sent: &Sent| sent.arrived || sent.confirmed_at.is_some();
        self.sent.get(&region).is_some_and(arrived) || self.known.values().any(|known| known.is_of(region))
    }

    /// Whether the phone has told, since it was given a region, that it does not keep it.
    fn lacks(&self, region: RegionId) -> bool {
        let Some(sent) = self.sent.get(&region) else { return true };
        self.listed_at.is_some_and(|at| at > sent.at)
            && !self.known.values().any(|known| known.is_of(region) && known.is_there())
    }

    /// How far a region has come that this phone should hold like that. `silent_since`: when it last left the question undone what it keeps.
    pub fn receipt(&self, wanted: &Given, silent_since: Option<Timestamp>) -> Receipt {
        let Some(sent) = self.sent.get(&wanted.region).filter(|sent| sent.given.as_ref() == Some(wanted))
        else {
            return Receipt::Pending;
        };
        let known = self.known.values().find(|known| known.is_of(wanted.region));
        if let Some(known) = known.filter(|known| known.is_there())
            && known.is_like(&wanted.name, &wanted.circle)
        {
            return Receipt::Confirmed(known.seen_at);
        }
        let told_at = known.map(|known| known.gone_at.unwrap_or(known.seen_at));
        if let Some(confirmed_at) = sent.confirmed_at {
            let lacking_since = self.listed_at.filter(|_| known.is_none());
            return match told_at.or(lacking_since).filter(|at| *at > confirmed_at) {
                Some(at) => Receipt::Drifted(at),
                None => Receipt::Confirmed(confirmed_at),
            };
        }
        if sent.next_wait(&AGAIN_UNLISTED_MS).is_none() {
            if let Some(at) = told_at.filter(|at| *at > sent.at) {
                return Receipt::Drifted(at);
            }
            if let Some(at) = self.listed_at.filter(|at| *at > sent.at) {
                return Receipt::Refused(at, Switch::Configuration);
            }
        }
        match silent_since.filter(|at| *at >= sent.since) {
            Some(at) => Receipt::Refused(at, Switch::Commands),
            None => Receipt::Sent(sent.at, sent.times),
        }
    }

    /// How far a region has come that this phone should not hold; `None` when it never did.
    pub fn farewell(&self, region: RegionId) -> Option<Receipt> {
        let sent = self.sent.get(&region)?;
        if sent.given.is_some() {
            return Some(Receipt::Leaving);
        }
        Some(
            self.shows(region, sent.at)
                .map_or(Receipt::Left(sent.at), |known| Receipt::Drifted(known.seen_at)),
        )
    }

    /// Whether the owner of the phone drew the region there themselves, before it was given to it.
    pub fn has_its_own(&self, region: &Region) -> bool {
        !self.sent.contains_key(&region.id)
            && self.own().any(|own| !own.is_of(region.id) && own.is_at(region))
    }

    /// What the phone keeps that was not given to it.
    pub fn own(self) -> impl Iterator<Item = &'a Waypoint> {
        let given = move |known: &Waypoint| self.sent.keys().any(|region| known.is_of(*region));
        self.known.values().filter(move |known| known.is_there() && !given(known))
    }

    /// The same, to give it back; `None` when something among it cannot be given back.
    fn own_places(&self) -> Option<Vec<Place>> {
        let place = |own: &Waypoint| {
            Some(Place::Own { tst_s: own.tst_s()?, name: own.name.clone(), circle: own.circle()? })
        };
        self.own().map(place).collect()
    }
}

impl Place {
    /// Whether a phone that lists all it keeps has done with this entry what it was to do.
    pub fn is_done(&self, listed: &[Waypoint]) -> bool {
        match self {
            Self::Region(Given { region, name, circle }) => {
                listed.iter().any(|known| known.is_of(*region) && known.is_like(name, circle))
            }
            Self::Gone { region, .. } => !listed.iter().any(|known| known.is_of(*region)),
            Self::Own { tst_s, .. } => listed.iter().any(|known| known.tst_s() == Some(*tst_s)),
        }
    }
}

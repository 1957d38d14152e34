//! Which regions a phone should hold, what it is to be told for that, and how far that has come. Pure.
//!
//! A phone is told only what has changed since it was last told: on Android even the same region once more makes it say again that it is
//! there. What its owner changed or removed on it is shown as drift, and left.

use super::{RegionKeys, Waypoint};
use crate::{Errand, Region, RegionId, Timestamp};
use geodesy::{Area, Circle, Point};
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

/// What a phone was last told of a region, and got.
#[derive(Clone, Debug, PartialEq)]
pub struct Sent {
    /// As what; `None` when it was to forget it.
    pub given: Option<Given>,
    /// When.
    pub at: Timestamp,
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
    /// A shape that no phone knows.
    Shape,
    /// Its owner drew it there themselves, so it is not given to it.
    Own,
    /// Others are nearer, and the app watches only so many.
    Beyond,
    /// The phone has not got it yet.
    Pending,
    /// The phone got it, and has not said since what it keeps.
    Sent(Timestamp),
    /// The phone says that it keeps it.
    Confirmed(Timestamp),
    /// The phone says that it keeps something else, or nothing, or what it was to forget.
    Drifted(Timestamp),
    /// The phone got it and does not keep it: its settings do not allow it.
    Refused(Timestamp),
    /// It is to forget it, and does not know yet.
    Leaving,
    /// It was told to forget it.
    Left(Timestamp),
}

/// iOS watches 20 regions of an app; two remain for its owner.
const IOS_WATCHES: usize = 20;
/// Android watches 100.
const ANDROID_WATCHES: usize = 100;
/// How many are left to the owner of a phone.
const SPARE: usize = 2;

impl Receipt {
    /// The word for it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Shape => "shape",
            Self::Own => "own",
            Self::Beyond => "beyond",
            Self::Pending => "pending",
            Self::Sent(_) => "sent",
            Self::Confirmed(_) => "confirmed",
            Self::Drifted(_) => "drifted",
            Self::Refused(_) => "refused",
            Self::Leaving => "leaving",
            Self::Left(_) => "left",
        }
    }

    /// Since when, where that is known.
    pub const fn at(self) -> Option<Timestamp> {
        match self {
            Self::Sent(at) | Self::Confirmed(at) | Self::Drifted(at) | Self::Refused(at) | Self::Left(at) => {
                Some(at)
            }
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
    /// Those of the regions that the phone should hold, by identifier. They are those that it may know of.
    ///
    /// Of more than an app watches, the nearest; but what a phone holds is changed for that only when one of the nearest half is missing,
    /// so that somebody who walks about is not told something new at every corner.
    pub fn wanted<'r>(&self, regions: impl IntoIterator<Item = &'r Region>, keys: &RegionKeys) -> Vec<Given> {
        let given = |region: &Region| match &region.area {
            Area::Circle(circle) if !self.has_its_own(region) => {
                Some(Given { region: region.id, name: keys.name_on_phones(region), circle: circle.clone() })
            }
            Area::Circle(_) | Area::Polygon(_) => None,
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
    pub fn plan(&self, wanted: &[Given]) -> Plan {
        let sent = |region: RegionId| self.sent.get(&region).and_then(|sent| sent.given.as_ref());
        let new = wanted.iter().filter(|given| sent(given.region) != Some(given));
        let new: Vec<Place> = new.cloned().map(Place::Region).collect();
        let unwanted = self
            .sent
            .values()
            .filter_map(|sent| sent.given.as_ref())
            .filter(|given| !wanted.iter().any(|wanted| wanted.region == given.region));
        let (absent, gone): (Vec<_>, Vec<_>) = unwanted.partition(|given| self.lacks(given.region));
        let absent = absent.into_iter().map(|given| given.region).collect();
        let (errands, unknown) = self.steps(wanted, new, &gone);
        Plan { errands, unknown, absent }
    }

    fn steps(&self, wanted: &[Given], new: Vec<Place>, gone: &[&Given]) -> (Vec<Errand>, Option<Errand>) {
        let add = |places: Vec<Place>| if places.is_empty() { vec![] } else { vec![Errand::Keep(places)] };
        if gone.is_empty() {
            return (add(new), None);
        }
        match self.app {
            Some(App::Ios) => {
                let gone =
                    gone.iter().map(|given| Place::Gone { region: given.region, name: given.name.clone() });
                (add(new.into_iter().chain(gone).collect()), None)
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
        if let Some(known) = known {
            if known.is_there() && known.is_like(&wanted.name, &wanted.circle) {
                return Receipt::Confirmed(known.seen_at);
            }
            let told_at = known.gone_at.unwrap_or(known.seen_at);
            if told_at > sent.at {
                return Receipt::Drifted(told_at);
            }
        } else if let Some(listed_at) = self.listed_at.filter(|at| *at > sent.at) {
            return Receipt::Refused(listed_at);
        }
        match silent_since.filter(|at| *at >= sent.at) {
            Some(at) => Receipt::Refused(at),
            None => Receipt::Sent(sent.at),
        }
    }

    /// How far a region has come that this phone should not hold; `None` when it never did.
    pub fn farewell(&self, region: RegionId) -> Option<Receipt> {
        let sent = self.sent.get(&region)?;
        if sent.given.is_some() {
            return Some(Receipt::Leaving);
        }
        let there = |known: &&Waypoint| known.is_of(region) && known.is_there() && known.seen_at > sent.at;
        Some(match self.known.values().find(there) {
            Some(known) => Receipt::Drifted(known.seen_at),
            None => Receipt::Left(sent.at),
        })
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

//! Where a device is, fix by fix: it stays where it is until it is believed to have moved. What fixes say of regions is asked
//! only of places that are believed.
//!
//! Errors come in kinds. One fix may be anywhere. A phone that lies still may be sure, for minutes, to be some hundred metres
//! off, and say so several times. A cached position repeats to the last digit. So a fix away from where the device rests is a
//! *doubt* first; a second one settles it: from farther along, or far away, or, if it is the same place again, some minutes later.
//! Who is on the way already is believed from fix to fix, as long as the speed holds. And who is back where they were, by one
//! place only and soon, was never away.

use super::{Policy, memory::Position};
use crate::Timestamp;
use geodesy::{Area, Point};
use serde::{Deserialize, Serialize};

use super::memory::{rounded, to_decimals};

/// What is believed of a device's place.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct Track {
    /// Where it is.
    pub(super) here: Option<Halt>,
    /// Fixes that say it is elsewhere, and do not suffice yet: the first and the last.
    pub(super) doubt: Option<Doubt>,
    /// Where it was before, the last one last.
    pub(super) before: Vec<Halt>,
}

/// A place where a device is or was, out of one or many fixes.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Halt {
    /// The middle of the fixes.
    pub(super) point: Point,
    /// How exact that is, metres.
    pub(super) accuracy_m: f64,
    /// The first sign that it is there or on its way there.
    pub(super) sign_at: Timestamp,
    /// The first fix there.
    pub(super) from: Timestamp,
    /// The last one.
    pub(super) to: Timestamp,
    /// How fast it came here, metres a second.
    pub(super) speed: f64,
    /// Whether there was more than one place that the fixes showed: else they may be one, shown again and again.
    is_many: bool,
}

/// Fixes that do not suffice yet.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Doubt {
    pub(super) first: Position,
    pub(super) last: Position,
}

/// What a fix changed.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Sighting {
    /// It is where it was.
    Stayed,
    /// It may be elsewhere.
    Doubted,
    /// It is elsewhere; the first fix that said so, if it was not this one.
    Moved(Option<Position>),
}

/// How many earlier places are remembered.
const MOST_BEFORE: usize = 4;

impl Track {
    /// Takes up a fix. Tells what it changed, and, if it shows that the device never was where it was thought to be, since when.
    /// `may_return` is whether that may turn out: nobody else says that it was there.
    pub(super) fn see(
        &mut self,
        fix: Position,
        is_repeat: bool,
        may_return: bool,
        policy: &Policy,
    ) -> (Sighting, Option<Timestamp>) {
        let fix = Position { accuracy_m: fix.accuracy_m.max(policy.least_accuracy_m), ..fix };
        let error_since = if may_return { self.drop_error(&fix, policy) } else { None };
        let sighting = self.place(fix, is_repeat, policy);
        let drifted_since = if may_return { self.drift_back(policy) } else { None };
        (sighting, error_since.or(drifted_since))
    }

    /// Whether it turns out to be where it was before, and that it never was anywhere in between: the middle has come back by
    /// itself, or it came to rest there again.
    fn drift_back(&mut self, policy: &Policy) -> Option<Timestamp> {
        let here = self.here?;
        let last = self.before.len().checked_sub(1)?;
        let is_same = |place: &usize| {
            self.before.get(*place).is_some_and(|before| {
                let within_m = if *place == last { policy.near_m / 2.0 } else { policy.near_m };
                let rests = *place == last && before.has_rested(policy);
                (rests || here.has_rested(policy))
                    && here.from.millis_since(before.to) <= policy.merge_ms
                    && here.point.distance_m(before.point) <= within_m
            })
        };
        let place = (last.saturating_sub(1)..=last).rev().find(is_same)?;
        let next = self.before.get(place + 1).map_or(here.sign_at, |next| next.sign_at);
        self.before.truncate(place + 1);
        let before = self.before.pop()?;
        // What it began with may be the first sign of the next.
        let since = next.max(before.to.plus_millis(1));
        self.here = Some(Halt { sign_at: before.sign_at, from: before.from, ..here });
        Some(since)
    }

    fn place(&mut self, fix: Position, is_repeat: bool, policy: &Policy) -> Sighting {
        let Some(here) = &mut self.here else {
            self.here = Some(Halt::new(fix));
            return Sighting::Moved(None);
        };
        let is_nearer =
            |doubt: Doubt| doubt.last.point.distance_m(fix.point) < here.point.distance_m(fix.point);
        let is_doubtful = self.doubt.is_some_and(is_nearer);
        if here.is_near(&fix, policy) && is_doubtful && here.has_rested(policy) {
            return Sighting::Doubted;
        }
        if here.is_near(&fix, policy) && !is_doubtful {
            if is_repeat {
                here.to = fix.at;
            } else {
                here.take(&fix, policy);
            }
            // Whoever knows not so well where it is removes no doubt.
            if self.doubt.is_some_and(|doubt| here.point.distance_m(doubt.last.point) < fix.accuracy_m) {
                return Sighting::Doubted;
            }
            self.doubt = None;
            return Sighting::Stayed;
        }
        let here = *here;
        if self.is_on_its_way(&here, &fix, policy) {
            self.go(&here, fix, fix, policy);
            return Sighting::Moved(None);
        }
        let Some(doubt) = self.doubt else {
            self.doubt = Some(Doubt { first: fix, last: fix });
            return Sighting::Doubted;
        };
        let is_same = doubt.first.point.distance_m(fix.point) <= policy.near_m.max(fix.accuracy_m);
        let is_further = is_further(&here, &doubt.first, &fix, policy);
        let doubted_ms = fix.at.millis_since(doubt.first.at);
        let is_far = |position: &Position| {
            here.point.distance_m(position.point) - position.accuracy_m - here.accuracy_m > policy.far_m
        };
        let are_far = is_far(&doubt.first)
            && is_far(&fix)
            && doubt.last.can_reach_at(&fix, policy.likely_kmh)
            && if is_same { doubted_ms >= policy.far_ms } else { is_onward(&here, &doubt.first, &fix) };
        // One place shown again and again, and then two others: it was frozen there.
        let is_resting = here.has_rested(policy) && here.is_many;
        // One and the same fix, shown again and again, has to be patient.
        let is_stale = doubt.first.point == fix.point;
        let settle_ms = if is_stale { 2 * policy.merge_ms } else { policy.settle_ms };
        let is_settled = are_far || is_further || (is_same && (!is_resting || doubted_ms >= settle_ms));
        if is_settled && doubted_ms >= policy.confirm_ms {
            let is_worse = is_same && doubt.last.accuracy_m < fix.accuracy_m;
            let fix = if is_worse { Position { at: fix.at, ..doubt.last } } else { fix };
            self.go(&here, fix, doubt.first, policy);
            return Sighting::Moved(Some(doubt.first));
        }
        if !is_resting && !is_spike(&here, &Halt::new(doubt.last), &fix, policy) {
            self.go(&here, doubt.last, doubt.first, policy);
            let there = Halt { speed: here.speed, ..Halt::new(doubt.last) };
            self.go(&there, fix, fix, policy);
            return Sighting::Moved(Some(doubt.last));
        }
        let first = if is_same || is_further || are_far { doubt.first } else { fix };
        self.doubt = Some(Doubt { first, last: fix });
        Sighting::Doubted
    }

    /// Whether it lies still well inside of an area, by what was seen shortly before a moment.
    pub(super) fn rests_in(&self, area: &Area, at: Timestamp, policy: &Policy) -> bool {
        self.here.is_some_and(|here| {
            here.has_rested(policy)
                && at.millis_since(here.to) <= policy.agree_ms
                && area.signed_distance_m(here.point) <= -here.accuracy_m
        })
    }

    /// Whether it has come to rest by its speed, before a second fix tells: it took far longer for the last stretch than before.
    pub(super) fn has_slowed(&self, policy: &Policy) -> bool {
        self.here.zip(self.before.last()).is_some_and(|(here, before)| {
            here.speed < 0.5 * before.speed
                && !before.has_rested(policy)
                && before.may_stop_before(here.from, policy)
        })
    }

    /// Takes the doubt for the truth: the phone itself says so.
    pub(super) fn settle(&mut self, policy: &Policy) {
        if let (Some(here), Some(Doubt { first, last })) = (self.here, self.doubt) {
            self.go(&here, last, first, policy);
        }
    }

    /// Forgets where it was last thought to be if a fix shows that it cannot have been there; tells since when.
    fn drop_error(&mut self, fix: &Position, policy: &Policy) -> Option<Timestamp> {
        let here = self.here.filter(|here| !here.is_near(fix, policy))?;
        let place = self.returned_to(&here, fix, policy)?;
        let next = self.before.get(place + 1).map_or(here.sign_at, |next| next.sign_at);
        self.before.truncate(place + 1);
        self.here = self.before.pop();
        let since = next.max(self.here?.to.plus_millis(1));
        self.doubt = None;
        // Whoever was silent for long may have been there.
        (fix.at.millis_since(next) <= policy.merge_ms).then_some(since)
    }

    /// Which earlier place it never left.
    fn returned_to(&self, here: &Halt, fix: &Position, policy: &Policy) -> Option<usize> {
        let last = self.before.len().checked_sub(1)?;
        let is_error = |place: &usize| {
            let Some(before) = self.before.get(*place) else { return false };
            let next_at = self.before.get(place + 1).map_or(here.sign_at, |next| next.sign_at);
            let away_ms = fix.at.millis_since(next_at);
            let is_one = here.from == here.to && before.point.distance_m(here.point) <= policy.far_m;
            let (out_m, back_m) = (before.point.distance_m(here.point), before.point.distance_m(fix.point));
            let is_back = before.is_near(fix, policy) || back_m <= 0.3 * out_m;
            let is_last = self.before.iter().skip(place + 1).all(Halt::is_sign);
            // Who turns round on the way comes by the same place again; only of somebody who seldom reports one fix is not believed.
            let is_sparse = is_one && fix.at.millis_since(before.to) > policy.settle_ms;
            let most_ms = match (is_last, before.has_rested(policy)) {
                (true, is_rest) if is_rest || is_sparse => policy.merge_ms,
                (false, true) => policy.rest_ms,
                (_, false) | (true, true) => 0,
            };
            let is_single = *place == last && self.doubt.is_none();
            (is_back && away_ms <= most_ms) || (is_single && is_spike(before, here, fix, policy))
        };
        (0..=last).rev().find(is_error)
    }

    /// Whether it was moving last, and this goes on like that.
    fn is_on_its_way(&self, here: &Halt, fix: &Position, policy: &Policy) -> bool {
        if here.has_rested(policy) {
            return false;
        }
        if self.before.is_empty() {
            return here.to == here.from && here.as_fix().can_reach_at(fix, policy.likely_kmh);
        }
        let seconds = seconds(fix.at.millis_since(here.to)).max(1.0);
        let way_m = here.point.distance_m(fix.point);
        way_m <= here.speed.max(1.5) * seconds * 1.3 + 60.0 + fix.accuracy_m
            && (way_m / seconds >= here.speed * 0.35 || here.may_stop_before(fix.at, policy))
    }

    fn go(&mut self, here: &Halt, fix: Position, first: Position, policy: &Policy) {
        let is_same = first.point.distance_m(fix.point) <= policy.near_m;
        let from = if is_same { first.at } else { fix.at };
        let is_many = is_same && first.point != fix.point;
        let seconds = seconds(fix.at.millis_since(here.to)).max(1.0);
        let speed = to_decimals(here.point.distance_m(fix.point) / seconds, 2);
        self.before.push(*here);
        if !is_same {
            self.before.push(Halt::new(first));
        }
        let most = self.before.len().saturating_sub(MOST_BEFORE);
        self.before.drain(..most);
        self.here = Some(Halt { sign_at: first.at, from, speed, is_many, ..Halt::new(fix) });
        self.doubt = None;
    }
}

impl Halt {
    fn new(fix: Position) -> Self {
        Self {
            point: fix.point,
            accuracy_m: fix.accuracy_m,
            sign_at: fix.at,
            from: fix.at,
            to: fix.at,
            speed: 0.0,
            is_many: false,
        }
    }

    pub(super) fn as_fix(&self) -> Position {
        Position { point: self.point, accuracy_m: self.accuracy_m, at: self.to }
    }

    /// Whether it is but the first sign of a way.
    fn is_sign(&self) -> bool {
        self.from == self.to && self.speed <= 0.0
    }

    /// Whether several fixes over some time agree that it is here.
    pub(super) fn has_rested(&self, policy: &Policy) -> bool {
        self.to.millis_since(self.from) >= if self.is_many { policy.rest_ms } else { policy.merge_ms }
    }

    /// Whether it may well have come to rest between here and the next fix: there was time for it, and none to have rested here.
    fn may_stop_before(&self, next: Timestamp, policy: &Policy) -> bool {
        (policy.rest_ms..policy.settle_ms).contains(&next.millis_since(self.to))
    }

    fn is_near(&self, fix: &Position, policy: &Policy) -> bool {
        let error_m = self.accuracy_m.hypot(fix.accuracy_m);
        let near_m = if self.has_rested(policy) || self.speed <= 0.0 {
            policy.near_m.max(2.5 * error_m)
        } else {
            policy.step_m.max(1.5 * error_m)
        };
        self.point.distance_m(fix.point) <= near_m
    }

    /// Takes a fix into the middle, by its weight. Errors last: what comes soon after the last one says little new.
    fn take(&mut self, fix: &Position, policy: &Policy) {
        // Whoever knows not so well where it is adds nothing.
        let is_coarse = fix.accuracy_m > policy.near_m && fix.accuracy_m > 2.0 * self.accuracy_m;
        if is_coarse || fix.accuracy_m > 2.0 * policy.near_m {
            return;
        }
        self.is_many = true;
        if self.from == self.to && self.speed > 0.0 && fix.accuracy_m <= policy.near_m {
            // The first fix may be from the last of the way.
            (self.point, self.accuracy_m, self.to) = (fix.point, fix.accuracy_m, fix.at);
            return;
        }
        let fresh = 1.0 - (-seconds(fix.at.millis_since(self.to)) / 60.0).exp();
        let known = 1.0 / self.accuracy_m.powi(2);
        let new = fresh / fix.accuracy_m.powi(2);
        let share = new / (known + new);
        let way_m = self.point.distance_m(fix.point);
        if way_m * share > 0.01 {
            let bearing = self.point.bearing_deg(fix.point);
            self.point = rounded(self.point.destination(bearing, way_m * share));
        }
        self.accuracy_m = to_decimals((known + new).sqrt().recip().max(policy.least_accuracy_m / 1.5), 2);
        self.to = fix.at;
    }
}

/// Whether one fix was an error: there and back is a long way round, and a faster one than it goes here.
fn is_spike(before: &Halt, here: &Halt, fix: &Position, policy: &Policy) -> bool {
    let (out_m, back_m) = (before.point.distance_m(here.point), here.point.distance_m(fix.point));
    let direct_m = before.point.distance_m(fix.point);
    let out = out_m / seconds(here.from.millis_since(before.to)).max(1.0);
    let back = back_m / seconds(fix.at.millis_since(here.to)).max(1.0);
    here.from == here.to
        && out_m + back_m > 2.5 * direct_m
        && (out.min(back) > 1.5 * before.speed.max(1.5) || out.max(back) > 3.0 * before.speed.max(1.5))
        && before.as_fix().can_reach_at(fix, policy.likely_kmh)
}

/// Whether a fix goes on where the last doubtful one began to go.
fn is_further(here: &Halt, doubtful: &Position, fix: &Position, policy: &Policy) -> bool {
    let (first_m, way_m) = (here.point.distance_m(doubtful.point), doubtful.point.distance_m(fix.point));
    way_m > policy.step_m.max(fix.accuracy_m)
        && way_m < 4.0 * first_m
        && is_onward(here, doubtful, fix)
        && doubtful.can_reach_at(fix, policy.likely_kmh)
}

/// Whether the way over a doubtful fix is no great detour.
fn is_onward(here: &Halt, doubtful: &Position, fix: &Position) -> bool {
    let (first_m, way_m) = (here.point.distance_m(doubtful.point), doubtful.point.distance_m(fix.point));
    here.point.distance_m(fix.point) > 0.7 * (first_m + way_m)
}

#[expect(clippy::cast_precision_loss, reason = "no two fixes are 2^53 ms apart")]
fn seconds(millis: i64) -> f64 {
    millis as f64 / 1000.0
}

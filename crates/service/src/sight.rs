//! What of the regions one viewer may know: every way out of the service asks here.
//!
//! The decision itself is `domain::sharing`'s; here it is joined with the board and with the hours at which a region tells anything. A
//! region that is gone is remembered with its last audience, because its history stays. A place that only a phone knows is no region, but may be
//! called like one.

use crate::{board::Board, hours};
use domain::{FriendId, Region, RegionId, Stay, Timestamp, Transition, Viewer, live::Change};

/// One viewer before the board.
pub(crate) struct Sight<'b> {
    board: &'b Board,
    viewer: &'b Viewer,
}

impl<'b> Sight<'b> {
    /// Of this viewer.
    pub(crate) fn new(board: &'b Board, viewer: &'b Viewer) -> Self {
        Self { board, viewer }
    }

    /// Whether they may know of a region that is there.
    pub(crate) fn region(&self, region: &Region) -> bool {
        self.viewer.may_see_region(region)
    }

    /// Whether they may know who is in a region at a moment.
    pub(crate) fn stay(&self, region: RegionId, at: Timestamp) -> bool {
        let known = self.board.region(region);
        known.is_some_and(|region| self.region(region) && tells(region, at))
    }

    /// Those of somebody's stays that they may know of now, and since when as far as the hours of their regions tell it.
    pub(crate) fn stays(&self, stays: &[Stay], now: Timestamp) -> Vec<Stay> {
        let told = stays.iter().filter(|stay| self.stay(stay.region, now));
        told.map(|stay| self.began(stay, now)).collect()
    }

    /// A stay at a moment of it, beginning with the hours if it had begun before.
    fn began(&self, stay: &Stay, at: Timestamp) -> Stay {
        let schedule = self.board.region(stay.region).and_then(|region| region.details.schedule.as_ref());
        let since = hours::open_since(schedule, at, stay.since);
        Stay { since, or_before: stay.or_before || since > stay.since, ..stay.clone() }
    }

    /// Whether they may know that somebody crossed the edge of a region then.
    pub(crate) fn crossing(&self, region: RegionId, at: Timestamp) -> bool {
        let known = self.board.region(region).or_else(|| self.board.gone.get(&region));
        known.is_none_or(|region| self.region(region) && tells(region, at))
    }

    /// What they may know of a transition: neither of evidence from outside of the hours, nor how long a stay was that had begun before
    /// them.
    pub(crate) fn transition(&self, mut transition: Transition) -> Option<Transition> {
        if !self.word(transition.region, transition.friend)
            || !self.crossing(transition.region, transition.at)
        {
            return None;
        }
        let known = self.board.region(transition.region).or_else(|| self.board.gone.get(&transition.region));
        if let Some(region) = known.filter(|region| region.details.schedule.is_some()) {
            let (schedule, at) = (region.details.schedule.as_ref(), transition.at);
            let began = |stay_ms: &i64| at.plus_millis(-stay_ms);
            transition.stay_ms = transition
                .stay_ms
                .filter(|stay_ms| hours::open_since(schedule, at, began(stay_ms)) == began(stay_ms));
            transition.evidence.retain(|note| tells(region, note.at));
        }
        Some(transition)
    }

    /// Whether they may know that somebody's phone speaks of a place. Where it is called like a region that they may not know of, only
    /// if it is theirs: others would hear of it by this, and the owner would learn that there is one if it were not shown to them.
    pub(crate) fn word(&self, place: RegionId, friend: FriendId) -> bool {
        let own = matches!(self.viewer, Viewer::Friend { friend: own, .. } if *own == friend);
        own || self.board.called_like(place).all(|region| self.region(region))
    }

    /// The places of which [`Self::word`] is no, unless they are theirs.
    pub(crate) fn unheard(&self) -> Vec<RegionId> {
        let heard = |place: &RegionId| self.board.called_like(*place).all(|region| self.region(region));
        self.board.words().filter(|place| !heard(place)).collect()
    }

    /// The regions of their groups, gone ones too, whose history they may not know.
    pub(crate) fn hidden(&self) -> Vec<RegionId> {
        let scope = self.viewer.scope();
        let hidden = self
            .board
            .all_guarded()
            .filter(|region| scope.covers(region.group, region.demo) && !self.region(region));
        hidden.map(|region| region.id).collect()
    }

    /// What of a change they may know; `None` for nothing of it. Whether they knew a region before is the caller's to remember.
    pub(crate) fn change(&self, change: &Change, now: Timestamp) -> Option<Change> {
        match change {
            Change::Stays(friend, stays) => Some(Change::Stays(*friend, self.stays(stays, now))),
            Change::Crossed(transition) => self.transition(transition.clone()).map(Change::Crossed),
            Change::Superseded { region, at, .. } => self.crossing(*region, *at).then(|| change.clone()),
            Change::Region(region) if !self.region(region) => Some(Change::RegionGone(region.id)),
            Change::Moved(..)
            | Change::Lost(..)
            | Change::Card(..)
            | Change::Region(_)
            | Change::RegionGone(_)
            | Change::Sensor(_) => Some(change.clone()),
        }
    }
}

/// Whether a region tells anything at this moment.
pub(crate) fn tells(region: &Region, at: Timestamp) -> bool {
    hours::is_open(region.details.schedule.as_ref(), at)
}

//! What one viewer may know of friends and regions: every way out of the service asks here.
//!
//! The decision itself is `domain::sharing`'s; here it is joined with the board and with the hours at which a region tells anything. A
//! region that is gone is remembered with its last audience, because its history stays. A place that only a phone knows is no region, but may be
//! called like one.

use crate::{
    board::{Board, OnBoard, Reporter},
    hours, phone, translate,
};
use domain::{
    Bot, Fix, Friend, FriendId, LiveBot, LoggedMessage, Region, RegionId, Showing, Spot, Stay, Stint,
    Timestamp, Transition, Viewer,
    live::{Change, LiveDevice, LiveFriend},
};

/// One viewer before the board.
pub(crate) struct Sight<'b> {
    board: &'b Board,
    viewer: &'b Viewer,
}

impl<'b> Sight<'b> {
    /// Who looks.
    pub(crate) fn viewer(&self) -> &'b Viewer {
        self.viewer
    }

    /// Of this viewer.
    pub(crate) fn new(board: &'b Board, viewer: &'b Viewer) -> Self {
        Self { board, viewer }
    }

    /// How a friend is shown to them.
    pub(crate) fn showing(&self, owner: &OnBoard, now: Timestamp) -> Showing {
        owner.sharing.toward(&owner.friend, self.viewer, now)
    }

    /// The same of the friend with this identifier; nothing of one who is not there.
    pub(crate) fn showing_of(&self, friend: FriendId, now: Timestamp) -> Showing {
        let owner = self.board.friends.get(&friend);
        owner.map_or_else(Showing::nothing, |owner| self.showing(owner, now))
    }

    /// A friend as they see them.
    pub(crate) fn friend(&self, owner: &OnBoard, now: Timestamp) -> LiveFriend {
        let showing = self.showing(owner, now);
        let devices = self.board.devices_of(owner);
        let devices: Vec<_> =
            devices.filter_map(|device| self.device(&showing, &owner.friend, device)).collect();
        let stays = if showing.level().delay_ms() > 0 {
            self.late_stays(&showing, owner, &devices, now)
        } else {
            self.stays(&showing, &owner.stays, now)
        };
        let (friend, card) = (owner.friend.seen_by(self.viewer), owner.card.clone());
        let counts = owner.counting.chosen();
        let counts = counts.filter(|chosen| devices.iter().any(|known| known.device.id == *chosen));
        LiveFriend {
            friend,
            card,
            devices,
            stays,
            counts,
            shown: showing.shown(),
            care: self.viewer.care_for(&owner.friend),
            online: self.online(owner, now),
        }
    }

    /// Whether they see that a friend has a page open.
    pub(crate) fn online(&self, owner: &OnBoard, now: Timestamp) -> bool {
        self.board.online.is(owner.friend.id, now) && self.showing(owner, now).tells_online(now)
    }

    /// A bot as they see it; `None` where they may not know of it.
    pub(crate) fn bot(&self, bot: &Bot, now: Timestamp) -> Option<LiveBot> {
        self.viewer.may_see_bots(bot.group).then(|| LiveBot {
            id: bot.id,
            group: bot.group,
            name: bot.name.clone(),
            regions: bot.regions.iter().copied().filter(|region| self.knows(*region)).collect(),
            connected: self.board.connected.is(bot.id, now),
        })
    }

    /// Where somebody was, who is seen late: in the regions around their position of then. Who left a region since then has not left it yet.
    fn late_stays(
        &self,
        showing: &Showing,
        owner: &OnBoard,
        devices: &[LiveDevice],
        now: Timestamp,
    ) -> Vec<Stay> {
        let spots = devices.iter().filter_map(|device| device.spot.as_ref());
        let Some(spot) = spots.max_by_key(|spot| spot.at) else { return Vec::new() };
        let regions = self
            .board
            .all_regions()
            .filter(|region| owner.friend.is_of(region.group) && region.area.contains(spot.point));
        let mut around: Vec<&Region> = regions.collect();
        around.sort_by(|a, b| a.area.size_m2().total_cmp(&b.area.size_m2()));
        let since = |region: &Region| {
            let known = owner.stays.iter().find(|stay| stay.region == region.id);
            known.map_or(spot.at, |stay| stay.since.min(spot.at))
        };
        let stays: Vec<_> = around.iter().map(|region| Stay::new(region.id, since(region))).collect();
        self.stays(showing, &stays, now)
    }

    /// A device as they see it. That it is there is seen before it has a position of one whose friend shows
    /// details, and by admins of a group of the friend.
    fn device(&self, showing: &Showing, owner: &Friend, known: &Reporter) -> Option<LiveDevice> {
        let spot = self.spot_of(showing, known);
        let unheard = showing.tells_details() && known.spot.is_none();
        let is_seen = spot.is_some() || unheard || self.viewer.administers_one_of(owner);
        let lost_at = known.lost_at.filter(|at| spot.is_some() && showing.covers(*at));
        is_seen.then(|| LiveDevice { device: known.device.clone(), spot, lost_at })
    }

    /// Where they see a device.
    pub(crate) fn spot_of(&self, showing: &Showing, known: &Reporter) -> Option<Spot> {
        let late = known.trail.iter().rev().filter(|_| showing.level().delay_ms() > 0);
        let newest = known.spot.iter().chain(late).find(|spot| showing.covers(spot.at))?;
        self.spot(showing, newest)
    }

    /// What they see of where a device was last seen.
    fn spot(&self, showing: &Showing, spot: &Spot) -> Option<Spot> {
        showing.spot(spot, |region| self.drawn(region))
    }

    /// What they see of a fix.
    pub(crate) fn fix(&self, showing: &Showing, fix: &Fix) -> Option<Fix> {
        showing.fix(fix, |region| self.drawn(region))
    }

    /// Takes the payload out of a message of somebody who does not show them everything of that time, or that tells of regions of a group that
    /// is not theirs.
    pub(crate) fn withhold(&self, message: &mut LoggedMessage, now: Timestamp) {
        let reporter = message.device.and_then(|device| self.board.devices.get(&device));
        let showing = reporter.map(|reporter| self.showing_of(reporter.device.friend, now));
        // What is sealed, cut off or no message at all may tell of any time.
        let tells_of = |showing: &Showing| {
            let mut said = owntracks::decode(message.payload.as_bytes()).into_iter();
            said.all(|said| {
                said.is_ok_and(|said| {
                    translate::moments(&said)
                        .is_some_and(|moments| moments.into_iter().all(|at| showing.covers(at)))
                })
            })
        };
        let is_shown = |showing: &Showing| {
            showing.is_everything()
                || (showing.is_precise() && showing.covers(message.received_at) && tells_of(showing))
        };
        // Its friend is of another group, too, whose regions the phone names.
        let of_others = || {
            reporter.is_some_and(|reporter| {
                phone::tells_of_others(self.board, reporter, self.viewer, message.payload.as_bytes(), now)
            })
        };
        if showing.is_some_and(|showing| !is_shown(&showing)) || of_others() {
            LoggedMessage::WITHHELD.clone_into(&mut message.payload);
        }
    }

    /// Whether they may know of a region that is there.
    pub(crate) fn knows(&self, region: RegionId) -> bool {
        self.drawn(region).is_some()
    }

    /// A region that they may know of.
    fn drawn(&self, region: RegionId) -> Option<&'b Region> {
        self.board.region(region).filter(|region| self.region(region))
    }

    /// Whether they may know of a region that is there.
    pub(crate) fn region(&self, region: &Region) -> bool {
        self.viewer.may_see_region(region)
    }

    /// Whether a region tells them who is in it at a moment.
    fn tells(&self, region: RegionId, at: Timestamp) -> bool {
        let known = self.board.region(region);
        known.is_some_and(|region| self.region(region) && tells(region, at))
    }

    /// Those of somebody's stays that they may know of now, and since when as far as the friend and the hours of their regions tell it.
    /// A friend is found in regions of their own groups only.
    pub(crate) fn stays(&self, showing: &Showing, stays: &[Stay], now: Timestamp) -> Vec<Stay> {
        let told = stays.iter().filter(|stay| {
            let region = self.board.region(stay.region);
            self.tells(stay.region, now) && region.is_some_and(|region| showing.tells_region(region))
        });
        told.filter_map(|stay| {
            let since = showing.since(stay.since, now)?;
            let or_before = stay.or_before || since > stay.since;
            let apart = stay.apart.clone().filter(|_| showing.tells_details());
            Some(self.began(&Stay { since, or_before, apart, ..*stay }, now))
        })
        .collect()
    }

    /// A stay at a moment of it, beginning with the hours if it had begun before.
    fn began(&self, stay: &Stay, at: Timestamp) -> Stay {
        let schedule = self.board.region(stay.region).and_then(|region| region.details.schedule.as_ref());
        let since = hours::open_since(schedule, at, stay.since);
        Stay { since, or_before: stay.or_before || since > stay.since, ..stay.clone() }
    }

    /// Whether what is known of somebody and a region at a time is of a group that both they and the viewer are of, and was then already. What
    /// was while they were of it before is for nobody any more, also when they are of it again.
    pub(crate) fn is_theirs(&self, region: RegionId, friend: FriendId, at: Timestamp) -> bool {
        if let Viewer::Server { .. } = self.viewer {
            return true;
        }
        let group = self.board.group_of(region, friend);
        let owner = self.board.friends.get(&friend);
        group.zip(owner).is_some_and(|(group, owner)| {
            let is_since = |stint: &Stint| stint.group == group && stint.until.is_none() && stint.since <= at;
            owner.stints.iter().any(is_since) && self.viewer.covers(group, owner.friend.demo)
        })
    }

    /// Whether they may know that somebody crossed the edge of a region then.
    pub(crate) fn crossing(&self, region: RegionId, at: Timestamp) -> bool {
        let known = self.board.region(region).or_else(|| self.board.gone.get(&region));
        known.is_none_or(|region| self.region(region) && tells(region, at))
    }

    /// What they may know of a transition: neither of evidence from outside of the hours, nor how long a stay was that had begun before
    /// them; and as the friend shows it.
    pub(crate) fn transition(&self, mut transition: Transition, now: Timestamp) -> Option<Transition> {
        if !self.is_theirs(transition.region, transition.friend, transition.at)
            || !self.word(transition.region, transition.friend)
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
        self.showing_of(transition.friend, now).transition(&transition, known)
    }

    /// Whether they may know that somebody's phone speaks of a place. Where it is called like a region that they may not know of, only
    /// if it is theirs: others would hear of it by this, and the owner would learn that there is one if it were not shown to them.
    pub(crate) fn word(&self, place: RegionId, friend: FriendId) -> bool {
        self.viewer.is(friend) || self.board.called_like(place).all(|region| self.region(region))
    }

    /// Whether they may know that somebody came into a region then.
    pub(crate) fn coming(&self, region: RegionId, friend: FriendId, at: Timestamp, now: Timestamp) -> bool {
        let known = self.board.region(region).or_else(|| self.board.gone.get(&region));
        let showing = self.showing_of(friend, now);
        self.is_theirs(region, friend, at)
            && self.word(region, friend)
            && self.crossing(region, at)
            && showing.covers(at)
            && known.is_some_and(|region| showing.tells_region(region))
    }

    /// The places of which [`Self::word`] is no, unless they are theirs.
    pub(crate) fn unheard(&self) -> Vec<RegionId> {
        let heard = |place: &RegionId| self.board.called_like(*place).all(|region| self.region(region));
        self.board.words().filter(|place| !heard(place)).collect()
    }

    /// The regions of their groups, gone ones too, whose history they may not know.
    pub(crate) fn hidden(&self) -> Vec<RegionId> {
        let hidden = self
            .board
            .all_guarded()
            .filter(|region| self.viewer.covers(region.group, region.demo) && !self.region(region));
        hidden.map(|region| region.id).collect()
    }

    /// Whether they may know now that somebody came to a region, or went, at a time: what was told of it may be told.
    pub(crate) fn tells_of(&self, friend: FriendId, region: RegionId, at: Timestamp, now: Timestamp) -> bool {
        let showing = self.showing_of(friend, now);
        let known = self.board.region(region).or_else(|| self.board.gone.get(&region));
        let tells = known.map_or_else(|| showing.tells_details(), |known| showing.tells_region(known));
        tells
            && showing.covers(at)
            && self.is_theirs(region, friend, at)
            && self.word(region, friend)
            && self.crossing(region, at)
    }

    /// What of a change they may know; `None` for nothing of it. Whether they knew a region or a friend before is the caller's to remember.
    pub(crate) fn change(&self, change: &Change, now: Timestamp) -> Option<Change> {
        match change {
            Change::Moved(device, _) | Change::Lost(device, _) => {
                let owner = self.board.devices.get(device)?.device.friend;
                self.change_of(owner, now, || Some(change.clone()))
            }
            Change::Stays(friend, stays) => self.change_of(*friend, now, || {
                Some(Change::Stays(*friend, self.stays(&Showing::everything(), stays, now)))
            }),
            Change::Crossed(transition) => self.transition(transition.clone(), now).map(Change::Crossed),
            Change::Superseded { friend, region, at, .. } => {
                let showing = self.showing_of(*friend, now);
                let known = self.board.region(*region).or_else(|| self.board.gone.get(region));
                let tells =
                    known.map_or_else(|| showing.tells_details(), |known| showing.tells_region(known));
                let is_theirs = self.is_theirs(*region, *friend, *at);
                (is_theirs && tells && showing.covers(*at) && self.crossing(*region, *at))
                    .then(|| change.clone())
            }
            Change::Region(region) if !self.region(region) => Some(Change::RegionGone(region.id)),
            // Made for each viewer alone.
            Change::Friend(_)
            | Change::Range(_)
            | Change::Online(..)
            | Change::BotConnected(..)
            | Change::Alert(_)
            | Change::Chat(_)
            | Change::ChatGone(_)
            | Change::Unread(_) => None,
            Change::Card(..) | Change::Region(_) | Change::RegionGone(_) | Change::Sensor(_) => {
                Some(change.clone())
            }
        }
    }

    /// A change of a friend who shows everything, or else the friend as they are seen after it.
    fn change_of(
        &self,
        friend: FriendId,
        now: Timestamp,
        whole: impl FnOnce() -> Option<Change>,
    ) -> Option<Change> {
        let owner = self.board.friends.get(&friend)?;
        if self.showing(owner, now).is_everything() {
            return whole();
        }
        Some(Change::Friend(Box::new(self.friend(owner, now))))
    }
}

/// Whether a region tells anything at this moment.
pub(crate) fn tells(region: &Region, at: Timestamp) -> bool {
    hours::is_open(region.details.schedule.as_ref(), at)
}

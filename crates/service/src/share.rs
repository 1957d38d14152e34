//! Who sees what of a friend, as the friend says; and how that looks to somebody else.

use crate::{
    Error, Service, audit::Deed, board::OnBoard, command::Command, request::self_or_carer, sight::Sight,
};
use domain::{
    Act, FriendId, Grant, Level, Party, Pause, Sharing, SharingChange, Spot, Stay, Timestamp, Viewer,
    live::LiveFriend,
};

/// What is to be said of one party.
#[derive(Clone, Debug, PartialEq)]
pub struct GrantDraft {
    /// Who.
    pub to: Party,
    /// How exactly.
    pub level: Level,
    /// How far back. `None`: as far as before if this shows no more than what was said before, else from now on.
    pub since: Option<Timestamp>,
    /// From when on it is as if it had never been said; `None` for good.
    pub until: Option<Timestamp>,
}

impl Service {
    /// What a friend lets others see.
    ///
    /// # Errors
    /// [`Error::NotFound`], [`Error::Forbidden`] unless it is the friend who asks, or an admin for one who cannot sign in.
    pub fn sharing(&self, by: &Viewer, friend: FriendId) -> Result<Sharing, Error> {
        let board = self.shared.board();
        let owner = board.friends.get(&friend).ok_or(Error::NotFound("friend"))?;
        may_decide(by, owner)?;
        Ok(owner.sharing.as_ref().clone())
    }

    /// Lets a party see something from now on.
    ///
    /// # Errors
    /// [`Error::Invalid`] for `to`, `level`, `since` or `until`; as [`Self::sharing`].
    pub async fn share(&self, by: &Viewer, friend: FriendId, draft: GrantDraft) -> Result<(), Error> {
        let grant = self.grant(by, friend, draft)?;
        self.say(by, friend, SharingChange::Grant(grant)).await
    }

    /// Says nothing of a party any more: a friend sees what their group sees, and the group nothing.
    ///
    /// # Errors
    /// As [`Self::sharing`].
    pub async fn unshare(&self, by: &Viewer, friend: FriendId, party: Party) -> Result<(), Error> {
        self.sharing(by, friend)?;
        self.say(by, friend, SharingChange::Revoke(party)).await
    }

    /// Shows nothing to anybody from now on, until a moment or until the friend says so. Of this time nobody else ever learns anything.
    ///
    /// # Errors
    /// [`Error::Invalid`] for `until`; as [`Self::sharing`].
    pub async fn pause(
        &self,
        by: &Viewer,
        friend: FriendId,
        until: Option<Timestamp>,
        quiet: bool,
    ) -> Result<(), Error> {
        self.sharing(by, friend)?;
        let now = self.shared.now();
        if until.is_some_and(|until| until <= now) {
            return Err(Error::invalid("until", "must be in the future"));
        }
        self.say(by, friend, SharingChange::Pause(Pause { from: now, until, quiet })).await
    }

    /// Ends a pause.
    ///
    /// # Errors
    /// As [`Self::sharing`].
    pub async fn resume(&self, by: &Viewer, friend: FriendId) -> Result<(), Error> {
        self.sharing(by, friend)?;
        self.say(by, friend, SharingChange::Resume).await
    }

    /// How a friend is seen by another of their group, now and after a draft.
    ///
    /// # Errors
    /// [`Error::NotFound`] for who looks; as [`Self::share`].
    pub fn view_as(
        &self,
        by: &Viewer,
        friend: FriendId,
        eyes: FriendId,
        draft: Option<GrantDraft>,
    ) -> Result<(LiveFriend, Option<LiveFriend>), Error> {
        self.sharing(by, friend)?;
        let grant = draft.map(|draft| self.grant(by, friend, draft)).transpose()?;
        if !by.is(friend) {
            self.count_looks(by, "seen as another sees them", [friend]);
        }
        let (board, now) = (self.shared.board(), self.shared.now());
        let owner = board.friends.get(&friend).ok_or(Error::NotFound("friend"))?;
        let eyes = board.friends.get(&eyes).filter(|eyes| by.may_see(&eyes.friend));
        let eyes = eyes.ok_or(Error::NotFound("friend"))?.viewer();
        let sight = Sight::new(&board, &eyes);
        // The other may know of regions that whoever looks through their eyes may not, and an admin sees no more of the friend in this way
        // than in any other.
        let own = Sight::new(&board, by);
        let (mine, showing) = (own.friend(owner, now), own.showing(owner, now));
        let seen = |owner: &OnBoard| {
            let mut live = sight.friend(owner, now);
            live.stays = live.stays.into_iter().filter_map(|stay| common(stay, &mine.stays)).collect();
            for device in &mut live.devices {
                let same = mine.devices.iter().find(|same| same.device.id == device.device.id);
                let same = same.and_then(|same| same.spot.as_ref());
                let sees =
                    |spot: &Spot| (showing.is_precise() && showing.covers(spot.at)) || same == Some(spot);
                device.spot = device.spot.take().filter(sees);
                device.lost_at = device.lost_at.filter(|at| showing.covers(*at));
            }
            live.online &= mine.online;
            live
        };
        let after = grant.map(|grant| {
            let mut sharing = owner.sharing.as_ref().clone();
            sharing.apply(SharingChange::Grant(grant), now);
            seen(&OnBoard { sharing: sharing.into(), ..owner.clone() })
        });
        Ok((seen(owner), after))
    }

    /// A draft that may be said.
    fn grant(&self, by: &Viewer, friend: FriendId, draft: GrantDraft) -> Result<Grant, Error> {
        let (board, now) = (self.shared.board(), self.shared.now());
        let owner = board.friends.get(&friend).ok_or(Error::NotFound("friend"))?;
        may_decide(by, owner)?;
        let GrantDraft { to, level, since, until } = draft;
        let is_of_group = match to {
            Party::Group(group) => owner.friend.is_of(group),
            Party::Friend(other) => {
                other != friend
                    && board.friends.get(&other).is_some_and(|other| owner.viewer().may_see(&other.friend))
            }
        };
        if !is_of_group {
            return Err(Error::invalid("to", "must be a group or another friend of it"));
        }
        match &level {
            Level::Delayed(minutes) if !(1..=Level::MOST_MINUTES).contains(minutes) => {
                let why = format!("must be delayed by 1 to {} minutes", Level::MOST_MINUTES);
                return Err(Error::invalid("level", why));
            }
            Level::Inside(regions) => {
                let (viewer, count) = (owner.viewer(), regions.len());
                let known = |id| board.region(id).is_some_and(|region| viewer.may_see_region(region));
                if count == 0 || count > Level::MOST_REGIONS || !regions.iter().all(|id| known(*id)) {
                    let why = format!("must name 1 to {} regions that you know", Level::MOST_REGIONS);
                    return Err(Error::invalid("level", why));
                }
            }
            Level::Precise
            | Level::Street
            | Level::District
            | Level::City
            | Level::Names
            | Level::Delayed(_)
            | Level::Off => {}
        }
        if since.is_some_and(|since| since > now) {
            return Err(Error::invalid("since", "must not be in the future"));
        }
        if until.is_some_and(|until| until <= now) {
            return Err(Error::invalid("until", "must be in the future"));
        }
        // Of whom nothing was said saw what the group sees.
        let by_groups = |other: FriendId| {
            let other = &board.friends.get(&other)?.friend.memberships;
            owner.sharing.widest(owner.friend.memberships.shared_with(other), now)
        };
        let before = owner.sharing.grant(to, now).or_else(|| match to {
            Party::Group(_) => None,
            Party::Friend(other) => by_groups(other),
        });
        let before = before.filter(|before| level.is_within(&before.level));
        // Phones tell whole seconds: what is taken in this one is from now on.
        let from_now = Timestamp::from_millis(now.as_millis().div_euclid(1000) * 1000);
        let since = since.or(before.map(|before| before.since)).unwrap_or(from_now);
        Ok(Grant { to, level, since, until })
    }

    /// Who decides for somebody else is written down; what one says of oneself is one's own business.
    pub(crate) async fn say(
        &self,
        by: &Viewer,
        friend: FriendId,
        change: SharingChange,
    ) -> Result<(), Error> {
        match self.friend(friend).filter(|_| !by.is(friend)) {
            Some(owner) => {
                let deed = Deed::to(Act::SharingDecided, &owner).note(match &change {
                    SharingChange::Grant(grant) => grant.level.as_str(),
                    SharingChange::Revoke(_) => "nothing said any more",
                    SharingChange::Pause(_) => "paused",
                    SharingChange::Resume => "resumed",
                    SharingChange::AllowBots(_) => "bots may know",
                    SharingChange::RefuseBots(_) => "bots may not know",
                });
                self.command_told(by, deed, |reply| Command::Share { friend, change, reply }).await
            }
            None => self.command(|reply| Command::Share { friend, change, reply }).await,
        }
    }
}

/// What of somebody's stay two know who see them differently.
fn common(stay: Stay, others: &[Stay]) -> Option<Stay> {
    let other = others.iter().find(|other| other.region == stay.region)?;
    let late = if other.since > stay.since { other } else { &stay };
    let (since, or_before) = (late.since, late.or_before);
    Some(Stay { since, or_before, apart: stay.apart.filter(|_| other.apart.is_some()), ..stay })
}

/// Everybody decides for themselves; for who cannot sign in, an admin of all their groups does.
pub(crate) fn may_decide(by: &Viewer, owner: &OnBoard) -> Result<(), Error> {
    match by {
        _ if by.is(owner.friend.id) => Ok(()),
        _ if !by.may_see(&owner.friend) => Err(Error::NotFound("friend")),
        Viewer::Friend { .. } if owner.friend.role.is_some() => Err(Error::Forbidden),
        Viewer::Friend { .. }
        | Viewer::Guest
        | Viewer::Outlet { .. }
        | Viewer::Bot { .. }
        | Viewer::Server { .. } => self_or_carer(by, &owner.friend),
    }
}

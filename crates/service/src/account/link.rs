//! Set-up links: made by an admin or by whose phone it is, used once, by nobody but its owner where the owner can sign in.
//!
//! To look at a link's page is not to use it: messengers fetch it for a preview. The password is made when the link is used.

use super::DeviceCredentials;
use crate::{
    Error, Service,
    audit::Deed,
    board::{Board, OnBoard},
    command::{Command, LinkCommand},
    id,
    request::self_or_carer,
    secret::{self, Fresh},
    sight::Sight,
};
use domain::{
    Act, Device, DeviceId, DeviceKind, DeviceLink, Friend, FriendId, GroupId, Level, LinkId, LinkState, Name,
    Once, Party, Sharing, Viewer, arrival::Arrival,
};

/// How many links are listed.
const MOST_LISTED: usize = 100;
/// Who set up a phone without signing in, for the audit log.
const BY_LINK: &str = "whoever had the link";

/// A link that was just made.
#[derive(Debug)]
pub struct NewLink {
    /// What is kept of it.
    pub link: DeviceLink,
    /// What its address ends with; known to nobody else, and never shown again.
    pub token: String,
    /// Whose phone it is for.
    pub friend: Friend,
}

/// What a link's page says before anything is done.
#[derive(Clone, Debug)]
pub struct Offer {
    /// Which link.
    pub link: DeviceLink,
    /// Whose phone it is for.
    pub friend: Friend,
    /// What their groups are called, the home group first.
    pub groups: Vec<(GroupId, Name)>,
    /// What they let others see.
    pub sharing: Sharing,
    /// The names of those who are named in it.
    pub named: Vec<(FriendId, Name)>,
    /// Whether the device is there already: it gets a new password.
    pub renews: bool,
    /// What whoever looks may do.
    pub standing: Standing,
}

/// What whoever looks at a link may do with it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// Use it.
    Ready,
    /// Sign in first, as whose phone it is for.
    SignIn,
    /// Nothing: somebody else is signed in.
    Another,
}

/// A link as those see it who may make one like it.
#[derive(Clone, Debug)]
pub struct LinkReport {
    /// Which.
    pub link: DeviceLink,
    /// Whose phone it is for.
    pub friend: Friend,
    /// Who made it.
    pub made_by: Option<Name>,
    /// What has become of it.
    pub state: LinkState,
    /// How far the phone has come that was set up by it.
    pub arrival: Option<Arrival>,
}

impl Service {
    /// Makes a link by which a phone of a friend is set up, and the friend when there is none of that name. An older one for the same
    /// device is worth nothing any more.
    ///
    /// # Errors
    /// [`Error::Invalid`] for `friend`, `device` or `group`, [`Error::Conflict`] for `friend`, [`Error::Forbidden`] unless an admin, or the
    /// friend themself.
    pub async fn make_link(
        &self,
        by: &Viewer,
        group: Option<&str>,
        friend: &str,
        device: &str,
    ) -> Result<NewLink, Error> {
        let (friend, device_name) = self.for_device(by, group, friend, device).await?;
        let Fresh { told: token, hash } = secret::fresh("")?;
        let made_at = self.shared.now();
        let made_by = if let Viewer::Friend { friend, .. } = by { Some(*friend) } else { None };
        let link = DeviceLink {
            id: LinkId::new(id::new(made_at)),
            friend: friend.id,
            device_name,
            made_by,
            made_at,
            once: Once::until(made_at.plus_millis(DeviceLink::LIVES_MS)),
            opened_at: None,
            device: None,
        };
        let new = Box::new(link.clone());
        let deed = told(Act::LinkMade, &friend, &link);
        self.command_told(by, deed, |reply| Command::Link(LinkCommand::Add { link: new, hash, reply }))
            .await?;
        Ok(NewLink { link, token, friend })
    }

    /// The links for the phones of those whom the viewer looks after, newest first, and how far each phone has come.
    ///
    /// # Errors
    /// [`Error::Forbidden`] for guests; when the database fails.
    pub async fn device_links(&self, by: &Viewer) -> Result<Vec<LinkReport>, Error> {
        if matches!(by, Viewer::Guest | Viewer::Outlet { .. } | Viewer::Bot { .. }) {
            return Err(Error::Forbidden);
        }
        let links = self.shared.reader.links().await?;
        let links = links.into_iter().filter(|link| self.may_tend(by, link).is_ok()).take(MOST_LISTED);
        let links: Vec<DeviceLink> = links.collect();
        let set_up: Vec<_> = links.iter().filter_map(|link| link.device.zip(link.once.used_at)).collect();
        let mut arrivals = self.arrivals(&set_up).await?;
        let (board, now) = (self.shared.board(), self.shared.now());
        let name = |id: FriendId| board.friends.get(&id).map(|known| known.friend.name.clone());
        let report = |link: DeviceLink| {
            let friend = board.friends.get(&link.friend)?.friend.clone();
            let arrival = link.device.and_then(|device| arrivals.remove(&device));
            // When somebody's phone was heard is theirs to tell; that it was, the admins may know.
            let showing = Sight::new(&board, by).showing_of(link.friend, now);
            let arrival = match link.once.used_at.filter(|_| !showing.is_everything()) {
                Some(known) => arrival.map(|arrival| arrival.as_of(known)),
                None => arrival,
            };
            Some(LinkReport {
                made_by: link.made_by.and_then(name),
                state: link.state(now),
                friend,
                arrival,
                link,
            })
        };
        Ok(links.into_iter().filter_map(report).collect())
    }

    /// Takes a link back that nobody has used.
    ///
    /// # Errors
    /// [`Error::NotFound`], also when it was used or taken back before.
    pub async fn revoke_link(&self, by: &Viewer, link: LinkId) -> Result<(), Error> {
        let known = self.shared.reader.links().await?.into_iter().find(|known| known.id == link);
        let known = known.filter(|known| self.may_tend(by, known).is_ok()).ok_or(Error::NotFound("link"))?;
        let friend = self.friend(known.friend).ok_or(Error::NotFound("link"))?;
        let (link, at) = (known.id, self.shared.now());
        let deed = told(Act::LinkRevoked, &friend, &known);
        let done = self
            .command_told(by, deed, |reply| Command::Link(LinkCommand::Revoke { link, at, reply }))
            .await?;
        done.then_some(()).ok_or(Error::NotFound("link"))
    }

    /// What the page of a link says, for whoever has its token. Looking does not use it up. `peer` is where they come from, for the rate
    /// limit.
    ///
    /// # Errors
    /// [`Error::NotFound`] of every link that is worth nothing, whatever the reason; [`Error::Busy`] after too many tries.
    pub async fn open_link(&self, token: &str, by: Option<&Viewer>, peer: &str) -> Result<Offer, Error> {
        let offer = self.offer(token, by, peer).await?;
        if offer.link.opened_at.is_none() {
            let (link, at) = (offer.link.id, self.shared.now());
            let noted = self.command(|reply| Command::Link(LinkCommand::Open { link, at, reply })).await;
            // Who sets up a phone need not know that this cannot be written down now.
            if let Err(error) = noted {
                tracing::debug!(%error, "that a link was looked at is not noted");
            }
        }
        Ok(offer)
    }

    /// Uses a link: makes the password of its device, which replaces the one it had. Who decides for themself may say at once what their
    /// group sees.
    ///
    /// # Errors
    /// As [`Self::open_link`]; [`Error::Unauthorised`] where its friend has to sign in, [`Error::Forbidden`] for anybody else.
    pub async fn use_link(
        &self,
        token: &str,
        by: Option<&Viewer>,
        peer: &str,
        level: Option<Level>,
    ) -> Result<(DeviceLink, DeviceCredentials), Error> {
        let Offer { mut link, friend, standing, .. } = self.offer(token, by, peer).await?;
        ready(standing)?;
        let Fresh { told: password, hash: credential } = secret::fresh("")?;
        let now = self.shared.now();
        let (device, is_known) = self.device_for(&friend, link.device_name.clone());
        let deed = Deed::of_device(Act::LinkUsed, &friend, &device);
        let staged = match by.filter(|by| by.is(friend.id)) {
            Some(by) => self.written(by, deed),
            None => self.written_of_nobody(BY_LINK, deed),
        };
        let (id, which) = (device.id, link.id);
        let premise = still_ready(link.clone(), by.cloned(), is_known.then_some(id));
        let using = |reply| LinkCommand::Use { link: which, device, credential, at: now, reply };
        if !self.command_staged_if(premise, staged, |reply| Command::Link(using(reply))).await? {
            return Err(Error::NotFound("link"));
        }
        link.device = Some(id);
        link.once.used_at = Some(now);
        if let (Some(level), Some(by)) = (level, by.filter(|by| by.is(friend.id))) {
            let to = Party::Group(friend.group);
            let draft = crate::GrantDraft { to, level, since: None, until: None };
            self.share(by, friend.id, draft).await?;
        }
        let topic = self.shared.board().devices.get(&id).map(|reporter| reporter.topic.to_string());
        let topic = topic.ok_or(Error::NotFound("device"))?;
        let username = friend.name.to_string();
        Ok((link, DeviceCredentials { device: id, username, password, topic }))
    }

    async fn offer(&self, token: &str, by: Option<&Viewer>, peer: &str) -> Result<Offer, Error> {
        self.shared.guard.admit_link(peer)?;
        let link = self.shared.reader.link(&secret::hash(token)).await?;
        let link = link.filter(|link| link.state(self.shared.now()).is_open());
        let link = link.ok_or(Error::NotFound("link"))?;
        let is_known = self.shared.board().friends.contains_key(&link.friend);
        if !is_known {
            // Made at the terminal a moment ago.
            self.refresh().await?;
        }
        let board = self.shared.board();
        let (owner, standing) = stands(&board, &link, by)?;
        let friend = owner.friend.clone();
        // Who may not use it learns no more than whose it is.
        let sharing = owner.sharing.as_ref().clone();
        let sharing = if standing == Standing::Ready { sharing } else { Sharing::default() };
        let named = sharing.grants.iter().filter_map(|grant| match grant.to {
            Party::Friend(other) => Some((other, board.friends.get(&other)?.friend.name.clone())),
            Party::Group(_) => None,
        });
        let others = friend.memberships.groups().filter(|group| *group != friend.group);
        let groups = std::iter::once(friend.group).chain(others);
        let groups = groups.filter_map(|group| Some((group, board.groups.get(&group)?.clone())));
        Ok(Offer {
            named: named.collect(),
            groups: groups.collect(),
            renews: board.device_named(friend.name.as_str(), link.device_name.as_str()).is_some(),
            sharing,
            standing,
            friend,
            link,
        })
    }

    /// The friend's device of that name, or a new one; and whether it is there already.
    pub(super) fn device_for(&self, friend: &Friend, name: Name) -> (Device, bool) {
        let known = self
            .shared
            .board()
            .device_named(friend.name.as_str(), name.as_str())
            // What gets a password signs in by itself from now on.
            .map(|known| Device { kind: DeviceKind::Phone, ..known.device.clone() });
        let is_known = known.is_some();
        let (id, kind) = (DeviceId::new(id::new(self.shared.now())), DeviceKind::Phone);
        let new = || Device { id, friend: friend.id, name, kind };
        (known.unwrap_or_else(new), is_known)
    }

    /// Whether a viewer may see and take back a link: an admin of that group, and whose phone it is for.
    fn may_tend(&self, by: &Viewer, link: &DeviceLink) -> Result<(), Error> {
        let board = self.shared.board();
        let owner = board.friends.get(&link.friend).filter(|owner| by.may_see(&owner.friend));
        let owner = owner.ok_or(Error::NotFound("link"))?;
        self_or_carer(by, &owner.friend)
    }
}

/// Whose phone a link is for, and what whoever looks may do with it; not found where it is worth nothing.
fn stands<'b>(
    board: &'b Board,
    link: &DeviceLink,
    by: Option<&Viewer>,
) -> Result<(&'b OnBoard, Standing), Error> {
    let owner = board.friends.get(&link.friend).ok_or(Error::NotFound("link"))?;
    // Whoever is no admin any more keeps nothing by which they come to the password of somebody's phone.
    let may_make = |maker: FriendId| {
        board.friends.get(&maker).is_some_and(|maker| self_or_carer(&maker.viewer(), &owner.friend).is_ok())
    };
    if !link.made_by.is_none_or(may_make) {
        return Err(Error::NotFound("link"));
    }
    let standing = match by {
        _ if !link.needs_sign_in(&owner.friend) => Standing::Ready,
        Some(by) if by.is(owner.friend.id) => Standing::Ready,
        Some(Viewer::Friend { .. }) => Standing::Another,
        Some(Viewer::Guest | Viewer::Outlet { .. } | Viewer::Bot { .. } | Viewer::Server { .. }) | None => {
            Standing::SignIn
        }
    };
    Ok((owner, standing))
}

/// Whether they may use it.
fn ready(standing: Standing) -> Result<(), Error> {
    match standing {
        Standing::Ready => Ok(()),
        Standing::SignIn => Err(Error::Unauthorised),
        Standing::Another => Err(Error::Forbidden),
    }
}

/// That a link may be used by whoever looked at it, and is for the same device as then: that one, or one that is not there yet.
fn still_ready(
    link: DeviceLink,
    by: Option<Viewer>,
    device: Option<DeviceId>,
) -> impl FnOnce(&Board) -> Result<(), Error> {
    move |board| {
        let (owner, standing) = stands(board, &link, by.as_ref())?;
        ready(standing)?;
        let named = board.device_named(owner.friend.name.as_str(), link.device_name.as_str());
        if named.map(|known| known.device.id) == device {
            return Ok(());
        }
        Err(Error::Conflict {
            field: "device",
            why: "was changed by somebody else just now; try again".into(),
        })
    }
}

/// What was done with a link, for the audit log.
fn told(act: Act, friend: &Friend, link: &DeviceLink) -> Deed {
    let subject = format_args!("{} of {}", link.device_name, friend.name).to_string();
    Deed::new(act, subject).concerning(friend).which(link.id.uuid())
}

//! What a phone's own message becomes for somebody to whom its friend does not show everything; and where the broker's clients see that
//! friend now.
//!
//! Positions are written anew from what the viewer may see, so that nothing an app adds to its messages passes through. Events lose
//! where they happened. All else goes only to those who see details.

use super::hearsay::{Ears, Hearsay};
use crate::{
    DeviceAccount, Service,
    board::{OnBoard, Reporter},
    secret,
    sight::Sight,
    translate,
};
use domain::{Showing, Shown, Spot, Stint, Timestamp, waypoint};
use owntracks::{DecodeError, Epoch, Location, Message, Transition, secretbox};
use std::{collections::HashSet, sync::Arc};
use tokio::sync::watch;

/// What of a message gets through.
enum Through {
    /// It is as it was said.
    Same,
    /// This is.
    As(Box<Message>),
    /// Nothing is.
    Nothing,
}

/// A message that has been opened, as it is heard by somebody to whom its friend shows this.
pub(super) fn veiled(
    ears: &Ears<'_>,
    showing: &Showing,
    decoded: &[Result<Message, DecodeError>],
    sealed: bool,
) -> Hearsay {
    if let [Ok(message)] = decoded {
        return match through(ears, showing, message) {
            Through::Same => Hearsay::Same,
            Through::As(message) => {
                let message = if sealed { seal(ears.speaker, &message) } else { Some(*message) };
                message.map_or(Hearsay::Nothing, |message| Hearsay::Instead(owntracks::encode(&message)))
            }
            Through::Nothing => Hearsay::Nothing,
        };
    }
    let passes = |message: &Result<Message, DecodeError>| {
        message.as_ref().is_ok_and(|message| matches!(through(ears, showing, message), Through::Same))
    };
    if decoded.iter().all(passes) { Hearsay::Same } else { Hearsay::Nothing }
}

fn through(ears: &Ears<'_>, showing: &Showing, message: &Message) -> Through {
    let said_then = showing.covers(ears.said_at);
    let details = showing.tells_details() && said_then && showing.covers(ears.now);
    match message {
        Message::Card(_) | Message::Cleared => Through::Same,
        Message::Location(said) => {
            let Some(fix) = translate::fix(ears.speaker.device.id, ears.said_at, said) else {
                return Through::Nothing;
            };
            let Some(seen) = ears.sight.fix(showing, &fix) else { return Through::Nothing };
            // As it was said, but for the regions it lists, and only where nothing of it is finer than what is shown.
            if showing.tells_details() && said_then && !ears.lists_too_much(message) {
                return Through::Same;
            }
            Through::As(Box::new(position(&Spot::from(&seen), said.tid.clone())))
        }
        Message::Transition(said) => crossing(ears, showing, message, said),
        Message::Lwt(_)
        | Message::Steps(_)
        | Message::Status(_)
        | Message::Beacon(_)
        | Message::Waypoint(_)
        | Message::Waypoints(_)
        | Message::Unknown { .. }
        | Message::Encrypted(_)
            if details && ears.may_hear(message) =>
        {
            Through::Same
        }
        Message::Lwt(_)
        | Message::Steps(_)
        | Message::Status(_)
        | Message::Beacon(_)
        | Message::Waypoint(_)
        | Message::Waypoints(_)
        | Message::Unknown { .. }
        | Message::Encrypted(_)
        | Message::Command(_)
        | Message::Configuration(_)
        | Message::Dump(_)
        | Message::Request(_) => Through::Nothing,
    }
}

fn crossing(ears: &Ears<'_>, showing: &Showing, message: &Message, said: &Transition) -> Through {
    let at = said.tst.map_or(ears.said_at, translate::moment);
    let region = ears.region(said);
    let tells = region.map_or_else(|| showing.tells_details(), |region| showing.tells_region(region));
    if !tells || !showing.covers(at) || !ears.may_hear(message) {
        return Through::Nothing;
    }
    if showing.tells_details() {
        return Through::Same;
    }
    Through::As(Box::new(Message::Transition(Transition {
        // What the phone calls it may be any words.
        desc: region.map(|region| waypoint::plain(region.name.as_str())),
        region_id: said.region_id.clone(),
        waypoint_tst: said.waypoint_tst,
        tst: said.tst,
        tid: said.tid.clone(),
        ..Transition::new(said.event.clone())
    })))
}

fn seal(speaker: &Reporter, message: &Message) -> Option<Message> {
    let secret = speaker.secret.as_deref()?;
    let sealed = secretbox::seal(&owntracks::encode(message), secret, secret::bytes().ok()?);
    Some(Message::Encrypted(sealed))
}

fn position(spot: &Spot, tid: Option<String>) -> Message {
    Message::Location(Location {
        tst: Some(Epoch::from_millis(spot.at.as_millis())),
        accuracy_m: spot.accuracy_m,
        velocity_kmh: spot.velocity_kmh,
        course_deg: spot.course_deg,
        battery_pct: spot.battery_pct,
        tid,
        ..Location::at(spot.point.lat(), spot.point.lon())
    })
}

/// Where a viewer sees a device.
#[derive(Clone, Debug, PartialEq)]
pub struct Glimpse {
    /// The device's base topic.
    pub topic: Arc<str>,
    /// What a phone is told; empty when there is nothing to see, by which apps forget who was there.
    pub payload: Vec<u8>,
    /// How the friend is shown.
    pub shown: Shown,
    /// What is seen. That this changes a phone hears from the friend's own messages, but for those who are shown late.
    pub spot: Option<Spot>,
}

impl Glimpse {
    /// Whether a phone that was told `before` has to be told this.
    pub fn is_news(&self, before: &Self) -> bool {
        let is_late = matches!(self.shown, Shown::Delayed(_));
        self.shown != before.shown
            || self.spot.is_some() != before.spot.is_some()
            || (is_late && self.spot != before.spot)
    }
}

impl Service {
    /// Where a device sees those others of its group who do not show it everything, or did not before.
    pub fn glimpses(&self, account: &DeviceAccount, before: impl Fn(&str) -> bool) -> Vec<Glimpse> {
        let (board, now) = (self.shared.board(), self.shared.now());
        let viewer = board.viewer_of(account);
        let sight = Sight::new(&board, &viewer);
        let others = board.friends.values().filter(|owner| owner.friend.id != account.friend);
        let others = others.filter(|owner| viewer.may_see(&owner.friend));
        let others = others.filter(|owner| {
            let is_open = owner.friend.memberships.len() == 1 && owner.sharing.is_open_to(owner.friend.group);
            !is_open || board.devices_of(owner).any(|known| before(&known.topic))
        });
        others
            .flat_map(|owner| {
                let showing = sight.showing(owner, now);
                let whole = showing.is_everything();
                let devices = board.devices_of(owner).filter(|known| !whole || before(&known.topic));
                let devices: Vec<_> = devices.map(|known| glimpse(&sight, owner, &showing, known)).collect();
                devices
            })
            .collect()
    }

    /// The base topics of the devices of those whom a device knew by a group since a moment, and knows no more.
    pub fn topics_parted(&self, account: &DeviceAccount, since: Timestamp) -> HashSet<Arc<str>> {
        let board = self.shared.board();
        let viewer = board.viewer_of(account);
        let Some(own) = board.friends.get(&account.friend) else { return HashSet::new() };
        let until = |stint: &Stint| stint.until.unwrap_or(Timestamp::MAX);
        let met = |other: &OnBoard| {
            own.stints.iter().any(|mine| {
                other.stints.iter().filter(|theirs| theirs.group == mine.group).any(|theirs| {
                    let (from, to) = (mine.since.max(theirs.since), until(mine).min(until(theirs)));
                    from < to && since <= to
                })
            })
        };
        let parted = board.friends.values().filter(|other| !viewer.may_see(&other.friend) && met(other));
        parted.flat_map(|other| board.devices_of(other).map(|known| known.topic.clone())).collect()
    }

    /// The base topics of the devices of others that a device may know of now.
    pub fn topics_known(&self, account: &DeviceAccount) -> HashSet<Arc<str>> {
        let board = self.shared.board();
        let viewer = board.viewer_of(account);
        let others = board.friends.values().filter(|owner| owner.friend.id != account.friend);
        let others = others.filter(|owner| viewer.may_see(&owner.friend));
        others.flat_map(|owner| board.devices_of(owner).map(|known| known.topic.clone())).collect()
    }

    /// Changes whenever a friend may be seen otherwise than before: to wait for that.
    pub fn sharing_news(&self) -> watch::Receiver<u64> {
        self.shared.hub.sharing()
    }
}

fn glimpse(sight: &Sight<'_>, owner: &OnBoard, showing: &Showing, known: &Reporter) -> Glimpse {
    let spot = sight.spot_of(showing, known);
    let message = spot.as_ref().map(|spot| position(spot, owner.tid.clone()));
    let message = message
        .and_then(|message| if known.secret.is_some() { seal(known, &message) } else { Some(message) });
    Glimpse {
        topic: known.topic.clone(),
        payload: message.map(|message| owntracks::encode(&message)).unwrap_or_default(),
        shown: showing.shown(),
        spot,
    }
}

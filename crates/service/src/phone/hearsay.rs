//! What phones say of regions is passed on by the broker as they say it: events, and the regions listed beside a position. Here it is
//! decided what of that another phone may hear.
//!
//! By name and by identifier, as phones know regions. What is sealed is opened with the key of the phone that sealed it; what cannot be
//! opened is passed on.

use super::{line::unseal, veil::veiled};
use crate::{
    DeviceAccount, Service,
    board::{Board, Reporter},
    secret,
    sight::Sight,
    translate,
};
use domain::{
    Region, Timestamp, Viewer, fold,
    waypoint::{self, Meant},
};
use owntracks::{DecodeError, Epoch, Message, Transition, Waypoint, secretbox};
use serde_json::Value;

/// What a phone gets of a message that it may receive.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Hearsay {
    /// All of it.
    Same,
    /// Nothing: it tells of a region that its friend may not know.
    Nothing,
    /// This in its place.
    Instead(Vec<u8>),
}

impl Service {
    /// What a device gets of a message on a topic that it may receive, and that was published then.
    pub fn hearsay(
        &self,
        account: &DeviceAccount,
        topic: &str,
        payload: &[u8],
        said_at: Option<Timestamp>,
    ) -> Hearsay {
        let heard = self.heard(account, topic, payload, said_at);
        let shows = match &heard {
            Hearsay::Same => !payload.is_empty(),
            Hearsay::Nothing => false,
            Hearsay::Instead(payload) => !payload.is_empty(),
        };
        if shows {
            self.was_shown(account, topic);
        }
        heard
    }

    fn heard(
        &self,
        account: &DeviceAccount,
        topic: &str,
        payload: &[u8],
        said_at: Option<Timestamp>,
    ) -> Hearsay {
        let board = self.shared.board();
        let Some(speaker) = board.speaker(topic).filter(|speaker| speaker.device.id != account.device) else {
            return Hearsay::Same;
        };
        let (viewer, now) = (board.viewer_of(account), self.shared.now());
        let is_own = account.friend == speaker.device.friend;
        let said_at = said_at.map_or(now, |at| at.min(now));
        let sight = Sight::new(&board, &viewer);
        let ears = Ears { board: &board, speaker, is_own, heeds: Heeds::All, sight, now, said_at };
        let showing = ears.sight.showing_of(speaker.device.friend, now);
        if showing.is_everything()
            && board.guarded_near(speaker).next().is_none()
            && board.foreign(speaker, &viewer).next().is_none()
        {
            return Hearsay::Same;
        }
        let decoded = owntracks::decode(payload);
        let sealed = decoded.iter().any(|message| matches!(message, Ok(Message::Encrypted(_))));
        let (decoded, _) = unseal(Some(speaker), decoded);
        if !showing.is_everything() {
            return veiled(&ears, &showing, &decoded, sealed);
        }
        let messages: Vec<&Message> = decoded.iter().flatten().collect();
        if !messages.iter().all(|message| ears.may_hear(message)) {
            let [Message::Transition(said)] = messages[..] else { return Hearsay::Nothing };
            let renamed = ears.renamed(said).and_then(|said| said.desc);
            let renamed = renamed.and_then(|name| ears.edited(payload, sealed, |said| rename(said, &name)));
            return renamed.map_or(Hearsay::Nothing, Hearsay::Instead);
        }
        if !messages.iter().any(|message| ears.lists_too_much(message)) {
            return Hearsay::Same;
        }
        ears.edited(payload, sealed, strip).map_or(Hearsay::Nothing, Hearsay::Instead)
    }
}

/// Whether a message of a phone, as it came, tells of a region of a group that a viewer is not of, or its friend no more. What is sealed
/// tells nothing; what cannot be read may tell of any.
pub(crate) fn tells_of_others(
    board: &Board,
    speaker: &Reporter,
    viewer: &Viewer,
    payload: &[u8],
    now: Timestamp,
) -> bool {
    let is_own = viewer.is(speaker.device.friend);
    if is_own || board.foreign(speaker, viewer).next().is_none() {
        return false;
    }
    let sight = Sight::new(board, viewer);
    let ears = Ears { board, speaker, is_own, heeds: Heeds::Groups, sight, now, said_at: now };
    let may_read = |said: &Result<Message, DecodeError>| {
        said.as_ref().is_ok_and(|said| ears.may_hear(said) && !ears.lists_too_much(said))
    };
    !owntracks::decode(payload).iter().all(may_read)
}

/// What is kept from somebody who hears a phone.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Heeds {
    /// Regions that are not for them.
    All,
    /// Only those of groups that they are not of.
    Groups,
}

/// Somebody who hears what a phone says.
pub(super) struct Ears<'b> {
    board: &'b Board,
    pub(super) speaker: &'b Reporter,
    /// Whether it is another phone of the same friend: what is kept from that by its name alone would tell them that there is such a region.
    is_own: bool,
    heeds: Heeds,
    pub(super) sight: Sight<'b>,
    pub(super) now: Timestamp,
    /// When it was said.
    pub(super) said_at: Timestamp,
}

impl Ears<'_> {
    /// Whether they may know that somebody was then in what a phone means. Where several regions answer to its keys, it must be all of them;
    /// of groups that they know nothing of, only what it surely means, or that its word tells of by more than the name of what it means.
    fn may_know(&self, meant: Meant<'_>, at: Timestamp) -> bool {
        let ours = self.board.meant(self.speaker, meant);
        let name = meant.name.map(fold);
        let may_name = |region: &Region| {
            !self.is_own
                || self.speaker.sent.contains_key(&region.id)
                || self.board.may_know(self.speaker, region)
        };
        let answers = |region: &Region, name: Option<&str>| {
            let name = name.filter(|_| may_name(region));
            ours == Some(region.id) || is_meant(region, meant, name)
        };
        let tells = |region: &Region| self.sight.crossing(region.id, at);
        let mut guarded = self.board.guarded_near(self.speaker).filter(|_| self.heeds == Heeds::All);
        if !guarded.all(|region| !answers(region, name.as_deref()) || tells(region)) {
            return false;
        }
        let named = ours.and_then(|region| self.board.region(region)).map(names);
        let more =
            name.as_deref().filter(|name| named.is_none_or(|named| !named.iter().any(|own| own == name)));
        let is_theirs = |region: &Region| self.sight.is_theirs(region.id, self.speaker.device.friend, at);
        let mut foreign = self.board.foreign(self.speaker, self.sight.viewer());
        foreign.all(|region| !answers(region, more) || is_theirs(region))
    }

    /// The region of ours that a phone says it came to or left.
    pub(super) fn region(&self, said: &Transition) -> Option<&Region> {
        self.board.region(self.board.meant(self.speaker, crossed(said))?)
    }

    /// What they may hear of an event when it is told by the name that the region has: with the number behind it, by which the phone knows
    /// it, it would tell that there is another of that name.
    pub(super) fn renamed(&self, said: &Transition) -> Option<Transition> {
        let (region, desc) = (self.region(said)?, fold(said.desc.as_deref()?));
        if names(region).contains(&desc) || !is_called(region, &desc) {
            return None;
        }
        let name = waypoint::plain(region.name.as_str());
        let renamed = Transition { desc: Some(name), ..said.clone() };
        let may_hear = self.may_hear(&Message::Transition(renamed.clone()));
        (self.region(&renamed).is_some_and(|same| same.id == region.id) && may_hear).then_some(renamed)
    }

    pub(super) fn may_hear(&self, message: &Message) -> bool {
        match message {
            Message::Transition(said) => {
                self.may_know(crossed(said), said.tst.map_or(self.now, translate::moment))
            }
            Message::Waypoint(said) => self.may_know(meant(said), self.now),
            Message::Waypoints(said) => {
                said.waypoints.iter().all(|said| self.may_know(meant(said), self.now))
            }
            // With these goes all that a phone is set to, its regions too.
            Message::Configuration(_) | Message::Dump(_) => false,
            Message::Location(_)
            | Message::Lwt(_)
            | Message::Steps(_)
            | Message::Command(_)
            | Message::Card(_)
            | Message::Status(_)
            | Message::Beacon(_)
            | Message::Request(_)
            | Message::Encrypted(_)
            | Message::Unknown { .. }
            | Message::Cleared => true,
        }
    }

    pub(super) fn lists_too_much(&self, message: &Message) -> bool {
        let Message::Location(said) = message else { return false };
        let at = said.tst.map_or(self.now, translate::moment);
        let listed = translate::listing(said).unwrap_or_default();
        translate::lists_too_many(said) || !listed.into_iter().all(|meant| self.may_know(meant, at))
    }

    /// The message with a change; sealed again if it was.
    fn edited(&self, payload: &[u8], sealed: bool, edit: impl Fn(&mut Value)) -> Option<Vec<u8>> {
        if sealed {
            let secret = self.speaker.secret.as_deref()?;
            let mut decoded = owntracks::decode(payload).into_iter().flatten();
            let sealed = decoded.find_map(|message| {
                if let Message::Encrypted(sealed) = message { Some(sealed) } else { None }
            })?;
            let plain = secretbox::open(&sealed, secret).ok()?;
            let plain = edited(&plain, edit)?;
            let sealed = secretbox::seal(&plain, secret, secret::bytes().ok()?);
            return Some(owntracks::encode(&Message::Encrypted(sealed)));
        }
        edited(payload, edit)
    }
}

/// What a phone calls a place of its own.
fn meant(said: &Waypoint) -> Meant<'_> {
    let tst_s = said.tst.map(Epoch::as_seconds);
    Meant { rid: said.region_id.as_deref(), tst_s, name: said.name() }
}

/// What it calls one that it says it came to or left.
fn crossed(said: &Transition) -> Meant<'_> {
    let tst_s = said.waypoint_tst.map(Epoch::as_seconds);
    Meant { rid: said.region_id.as_deref(), tst_s, name: said.desc.as_deref() }
}

/// Whether a phone speaks of a region that does not tell everybody, or did not as long as it was there; or by a key of one that its
/// friend's home group may not know of: what it calls it is not a place of its own. By name alone only of what its owner may know of: a name
/// anybody can guess, and what is kept secret of it would tell that they guessed right.
pub(crate) fn is_guarded_place(board: &Board, reporter: &Reporter, meant: Meant<'_>) -> bool {
    let name = meant.name.map(fold);
    let is_it = |region: &Region| {
        is_meant(region, meant, name.as_deref().filter(|_| board.may_know(reporter, region)))
    };
    board.guarded_near(reporter).any(is_it)
        || board.beyond_home(reporter).any(|region| is_meant(region, meant, None))
}

fn is_meant(region: &Region, meant: Meant<'_>, name: Option<&str>) -> bool {
    meant.rid.is_some_and(|rid| rid.parse() == Ok(region.id))
        || meant.tst_s == Some(waypoint::tst_s(region.id))
        || name.is_some_and(|name| is_called(region, name))
}

/// Whether a phone may call a region so: by its name, or by that with a number.
fn is_called(region: &Region, name: &str) -> bool {
    let known = names(region);
    let unnumbered = name.strip_suffix(')').and_then(|name| name.rsplit_once(" (")).map(|(name, _)| name);
    known.iter().any(|known| known == name || Some(known.as_str()) == unnumbered)
}

/// What a region is called on phones, but for a number.
fn names(region: &Region) -> [String; 2] {
    [region.name.key(), fold(&waypoint::plain(region.name.as_str()))]
}

/// Takes the regions off that a position lists. A list cut short would tell that there is something to hide.
fn strip(said: &mut Value) {
    if let Value::Object(members) = said {
        members.retain(|member, _| !matches!(member.as_str(), "inregions" | "inrids"));
    }
}

/// Calls the region of an event otherwise.
fn rename(said: &mut Value, name: &str) {
    if let Value::Object(members) = said {
        members.insert("desc".to_owned(), name.into());
    }
}

fn edited(payload: &[u8], edit: impl Fn(&mut Value)) -> Option<Vec<u8>> {
    let mut said: Value = serde_json::from_slice(payload).ok()?;
    if let Value::Array(all) = &mut said {
        all.iter_mut().for_each(edit);
    } else {
        edit(&mut said);
    }
    Some(said.to_string().into_bytes())
}

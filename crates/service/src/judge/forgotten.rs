//! What comes of a time that a friend had deleted: it is acknowledged, and not kept.

use super::{Bench, FORGOTTEN, logged};
use crate::{Inbound, board::Reporter, translate};
use domain::{DeviceId, Fix, Span, Timestamp};
use owntracks::{DecodeError, Message};
use std::borrow::Cow;
use store::Batch;

type Decoded = Vec<Result<Message, DecodeError>>;

impl Bench<'_> {
    /// What of a message may be kept, and how it is kept in the log; `None` when nothing of it may be.
    pub(super) fn remembered<'m>(
        &self,
        reporter: Option<&Reporter>,
        inbound: &'m Inbound,
        decoded: Decoded,
    ) -> (Decoded, Option<Cow<'m, Inbound>>) {
        let owner = reporter.and_then(|reporter| self.board.friends.get(&reporter.device.friend));
        let Some(forgotten) = owner.map(|owner| &owner.forgotten).filter(|times| !times.is_empty()) else {
            return (decoded, Some(Cow::Borrowed(inbound)));
        };
        let is_forgotten = |message: &Result<Message, DecodeError>| {
            let told = message.as_ref().ok().and_then(|message| told_at(message, inbound.received_at));
            told.is_some_and(|at| forgotten.covers(at))
        };
        let count = decoded.len();
        let kept: Decoded = decoded.into_iter().filter(|message| !is_forgotten(message)).collect();
        if kept.len() == count {
            return (kept, Some(Cow::Borrowed(inbound)));
        }
        if kept.is_empty() {
            return (kept, None);
        }
        // Several positions in one message: the others are kept as if they had come alone.
        let parts: Vec<Vec<u8>> = kept.iter().flatten().map(owntracks::encode).collect();
        let payload = [b"[".as_slice(), &parts.join(&b','), b"]"].concat();
        (kept, Some(Cow::Owned(Inbound { payload, retained: false, ..inbound.clone() })))
    }
}

/// When that happened of which a message tells.
fn told_at(message: &Message, received_at: Timestamp) -> Option<Timestamp> {
    match message {
        Message::Location(said) => {
            let at = said.tst.map_or(received_at, translate::moment);
            Some(if Fix::is_plausible(at, received_at) { at.min(received_at) } else { received_at })
        }
        Message::Transition(said) => translate::claim(received_at, said).map(|claim| claim.at),
        Message::Waypoint(_)
        | Message::Waypoints(_)
        | Message::Lwt(_)
        | Message::Card(_)
        | Message::Status(_)
        | Message::Steps(_)
        | Message::Command(_)
        | Message::Configuration(_)
        | Message::Dump(_)
        | Message::Beacon(_)
        | Message::Request(_)
        | Message::Encrypted(_)
        | Message::Unknown { .. }
        | Message::Cleared => None,
    }
}

/// Whether a message that is kept tells of a time. Where it does not say of which it tells, it was received then, if that is known.
pub(crate) fn tells_of(message: &Message, span: Span, received_at: Option<Timestamp>) -> bool {
    if matches!(message, Message::Card(_) | Message::Status(_) | Message::Lwt(_) | Message::Cleared) {
        return false;
    }
    match translate::moments(message) {
        Some(moments) if !moments.is_empty() => moments.into_iter().any(|at| span.covers(at)),
        Some(_) | None => received_at.is_none_or(|at| span.covers(at)),
    }
}

/// The line of the log that says that something came and was not kept.
pub(crate) fn forgotten_line(inbound: &Inbound, device: Option<DeviceId>) -> Batch {
    let empty = Inbound { payload: Vec::new(), retained: false, ..inbound.clone() };
    Batch { messages: vec![logged(&empty, device, FORGOTTEN.to_owned(), false)], ..Batch::default() }
}

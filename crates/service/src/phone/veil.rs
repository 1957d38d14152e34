//! What a phone's own message becomes for somebody to whom its friend does not show everything.
//!
//! Positions are written anew from what the viewer may see, so that nothing an app adds to its messages passes through. Events lose
//! where they happened. All else goes only to those who see details.

use super::hearsay::{Ears, Hearsay};
use crate::{board::Reporter, secret, translate};
use domain::{Showing, Spot, waypoint};
use owntracks::{DecodeError, Epoch, Location, Message, Transition, secretbox};

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
        | Message::Encrypted(_) => {
            if details && drawn_then(showing, message) && ears.may_hear(message) {
                Through::Same
            } else {
                Through::Nothing
            }
        }
        Message::Command(_) | Message::Configuration(_) | Message::Dump(_) | Message::Request(_) => {
            Through::Nothing
        }
    }
}

/// Whether the places in a message were drawn at times of which anything is seen.
fn drawn_then(showing: &Showing, message: &Message) -> bool {
    let places = if let Message::Waypoint(said) = message {
        std::slice::from_ref(said)
    } else if let Message::Waypoints(said) = message {
        said.waypoints.as_slice()
    } else {
        &[]
    };
    let mut drawn = places.iter().filter_map(|place| place.tst).map(translate::moment);
    drawn.all(|at| showing.covers(at))
}

fn crossing(ears: &Ears<'_>, showing: &Showing, message: &Message, said: &Transition) -> Through {
    let at = said.tst.map_or(ears.said_at, translate::moment);
    let region = ears.region(said);
    let tells = region.map_or_else(|| showing.tells_details(), |region| showing.tells_region(region));
    let renamed = if ears.may_hear(message) { None } else { ears.renamed(said) };
    if !tells || !showing.covers(at) || (renamed.is_none() && !ears.may_hear(message)) {
        return Through::Nothing;
    }
    if showing.tells_details() {
        return renamed.map_or(Through::Same, |said| Through::As(Box::new(Message::Transition(said))));
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

/// Encrypted, as what this phone says is.
pub(super) fn seal(speaker: &Reporter, message: &Message) -> Option<Message> {
    let secret = speaker.secret.as_deref()?;
    let sealed = secretbox::seal(&owntracks::encode(message), secret, secret::bytes().ok()?);
    Some(Message::Encrypted(sealed))
}

/// Nothing but where and when, as a viewer may see it.
pub(super) fn position(spot: &Spot, tid: Option<String>) -> Message {
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

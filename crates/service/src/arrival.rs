//! How far a new phone has come: what the doors and the log know of it, judged by [`domain::arrival`]. Says nothing of where it is.

use crate::{Error, Service, board::Reporter, inbound::Author, judge, phone, secret, translate};
use domain::{
    Attempt, DeviceId, DeviceLink, LinkState, Timestamp, Viewer,
    arrival::{Arrival, Heard, Line, Said, SignIn, Signs, Taken},
    fold,
};
use owntracks::Message;
use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
};
use store::HeardMessage;

/// How far back it is looked for what a device said when nobody set it up a moment ago, milliseconds: a day.
const LOOKS_BACK_MS: i64 = 24 * 3_600_000;

/// Why a door refuses a password, as it tells [`Service::note_refusal`].
pub const WRONG_PASSWORD: &str = "user name or password is wrong";

/// Which devices have signed in since the start, when last, and how.
#[derive(Default)]
pub(crate) struct SignIns(Mutex<HashMap<DeviceId, SignIn>>);

impl SignIns {
    fn note(&self, device: DeviceId, sign_in: SignIn) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(device, sign_in);
    }

    fn of(&self, device: DeviceId) -> Option<SignIn> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).get(&device).copied()
    }
}

impl Service {
    /// For the doors: a device was let in.
    pub fn note_sign_in(&self, device: DeviceId, line: Line) {
        self.shared.sign_ins.note(device, SignIn { at: self.shared.now(), line });
    }

    /// How far a device has come in the last day, and what holds it up.
    ///
    /// # Errors
    /// [`Error::NotFound`], [`Error::Forbidden`] unless an admin or its owner; when the database fails.
    pub async fn arrival(&self, by: &Viewer, device: DeviceId) -> Result<Arrival, Error> {
        self.owner_for(by, device)?;
        let since = self.shared.now().plus_millis(-LOOKS_BACK_MS);
        Ok(self.arrivals(&[(device, since)]).await?.remove(&device).unwrap_or_default())
    }

    /// The same for the phone that was set up by a link, asked with the link and what it was given: nobody else has both.
    ///
    /// # Errors
    /// [`Error::NotFound`] for anybody else, and when the device has another password by now; [`Error::Busy`] after too many tries.
    pub async fn arrival_by_link(
        &self,
        token: &str,
        (username, password): (&str, &str),
        peer: &str,
    ) -> Result<(DeviceLink, Arrival), Error> {
        self.shared.guard.admit_link(peer)?;
        let link = self.shared.reader.link(&secret::hash(token)).await?;
        let link = link.filter(|link| link.state(self.shared.now()) == LinkState::Used);
        let link = link.ok_or(Error::NotFound("link"))?;
        let account = self.sign_in_device(username, password, peer).await?.ok_or(Error::NotFound("link"))?;
        let (device, since) = link.device.zip(link.once.used_at).ok_or(Error::NotFound("link"))?;
        if account.device != device {
            return Err(Error::NotFound("link"));
        }
        let arrival = self.arrivals(&[(device, since)]).await?.remove(&device).unwrap_or_default();
        Ok((link, arrival))
    }

    /// How far devices have come since a moment each.
    pub(crate) async fn arrivals(
        &self,
        devices: &[(DeviceId, Timestamp)],
    ) -> Result<HashMap<DeviceId, Arrival>, Error> {
        let Some(oldest) = devices.iter().map(|(_, since)| *since).min() else { return Ok(HashMap::new()) };
        let heard = self.shared.reader.heard_since(oldest).await?;
        let refusals = self.refusals();
        let board = self.shared.board();
        let arrival = |(device, since): &(DeviceId, Timestamp)| {
            let reporter = board.devices.get(device)?;
            let owner = board.friends.get(&reporter.device.friend)?;
            let own =
                heard.iter().filter(|message| message.device == *device && message.received_at >= *since);
            let key = owner.friend.name.key();
            let refused = refusals.iter().filter(|refused| {
                refused.attempt == Attempt::SignIn
                    && refused.reason == WRONG_PASSWORD
                    && refused.at >= *since
                    && fold(&refused.username) == key
            });
            let mut refused: Vec<_> = refused.map(|refused| refused.at).collect();
            refused.reverse();
            let signs = Signs {
                signed_in: self.shared.sign_ins.of(*device).filter(|sign_in| sign_in.at >= *since),
                refused,
                heard: own.filter_map(|message| heard_of(reporter, message)).collect(),
                placed_at: reporter.spot.as_ref().map(|spot| spot.at).filter(|at| at >= since),
            };
            Some((*device, Arrival::of(&signs)))
        };
        Ok(devices.iter().filter_map(arrival).collect())
    }
}

/// What a message of a device tells of how it is set up; nothing when an admin published it.
fn heard_of(reporter: &Reporter, message: &HeardMessage) -> Option<Heard> {
    let HeardMessage { device, received_at: at, payload, verdict } = message;
    if Author::read(verdict).is_some() {
        return None;
    }
    let said = if verdict.starts_with(judge::NOT_BELOW) {
        Said::Elsewhere
    } else if verdict.starts_with("sealed:") {
        Said::Sealed
    } else if verdict.starts_with("unreadable:") || verdict.starts_with("refused:") {
        Said::Unreadable
    } else {
        let (decoded, _) = phone::unseal(Some(reporter), owntracks::decode(payload));
        let taken = decoded.iter().flatten().find_map(|said| {
            let Message::Location(location) = said else { return None };
            let fix = translate::fix(*device, *at, location)?;
            Some(Taken { at: fix.at, clock: fix.clock(), tid: Some(location.tid.clone()) })
        });
        let word = || verdict.trim_start_matches("kept: ").to_owned();
        taken.map_or_else(|| Said::Other(word()), Said::Position)
    };
    Some(Heard { at: *at, said })
}

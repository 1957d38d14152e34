//! How a device is spoken to, and what is known of the app on it.

use super::PhonePlaces;
use crate::{Error, Service, audit::Deed, board::Reporter, command::Command, sight::Sight};
use domain::{
    Act, Device, DeviceId, Door, Expected, Friend, Monitoring, Order, Timestamp, Viewer, arrival::Trouble,
    health::Measured,
};
use owntracks::{
    DecodeError, Message,
    secretbox::{self, Secret, SecretError},
};

/// What an admin or its owner sees of a device.
#[derive(Clone, Debug)]
pub struct DeviceReport {
    /// Whose.
    pub owner: Friend,
    /// Which.
    pub device: Device,
    /// Its base topic.
    pub topic: String,
    /// Through which door it last came since the server was started.
    pub door: Option<Door>,
    /// When its newest position was taken.
    pub seen_at: Option<Timestamp>,
    /// Its clock was wrong then.
    pub clock_wrong: bool,
    /// Since when its connection is lost.
    pub lost_at: Option<Timestamp>,
    /// Whether there is a key for its payloads.
    pub encrypts: bool,
    /// How many of its messages could not be opened.
    pub sealed: u32,
    /// What its app last said of itself, as it said it: JSON of a `status` message, and when.
    pub status: Option<(String, Timestamp)>,
    /// Which places it keeps.
    pub places: PhonePlaces,
    /// What it was asked, newest first.
    pub orders: Vec<Order>,
    /// The mode it was in when it last reported, where it says so.
    pub mode: Option<Monitoring>,
    /// How often it is expected to report; only for who sees how it does.
    pub expected: Option<Expected>,
    /// What its positions of the last week say of it; only for who sees these precisely.
    pub measured: Option<Measured>,
    /// What is wrong with how it is set up, by what it said in the last day.
    pub troubles: Vec<Trouble>,
}

/// How far back a device is measured, milliseconds: a week; and by how many positions at the most.
const MEASURED_MS: i64 = 7 * 24 * 3_600_000;
const MOST_MEASURED: u32 = 5_000;

/// What to change about how a device is spoken to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LineDraft {
    /// Its payloads are encrypted with this, as typed on the phone.
    Key(String),
    /// Its payloads are not encrypted.
    Clear,
}

impl Service {
    /// What is known of a device and its app.
    ///
    /// # Errors
    /// [`Error::NotFound`], [`Error::Forbidden`] unless an admin or its owner.
    pub async fn device_report(&self, by: &Viewer, device: DeviceId) -> Result<DeviceReport, Error> {
        let owner = self.owner_for(by, device)?;
        let orders = self.orders(by, device).await?;
        let reader = &self.shared.reader;
        let sealed = reader.count_sealed(device).await?;
        let status = reader.last_status(device).await?;
        let places = self.places_on(by, device).await?;
        let troubles = self.arrival(by, device).await?.troubles;
        let since = self.shared.now().plus_millis(-MEASURED_MS);
        let taken = reader.bare_fixes(device, since, MOST_MEASURED).await?;
        self.count_looks(by, "page of a device", [owner.id]);
        let board = self.shared.board();
        let reporter = board.devices.get(&device).ok_or(Error::NotFound("device"))?;
        let showing = Sight::new(&board, by).showing_of(reporter.device.friend, self.shared.now());
        // Of a time that is not shown nothing is measured.
        let shown = taken.iter().filter(|fix| showing.is_precise() && showing.covers(fix.at));
        let measured: Vec<_> = shown.map(|fix| (fix.at, fix.accuracy_m)).collect();
        Ok(DeviceReport {
            owner,
            device: reporter.device.clone(),
            topic: reporter.topic.to_string(),
            door: reporter.door,
            seen_at: reporter.spot.as_ref().map(|spot| spot.at).filter(|at| showing.covers(*at)),
            clock_wrong: reporter.spot.as_ref().is_some_and(|spot| spot.clock_wrong),
            lost_at: reporter.lost_at.filter(|at| showing.covers(*at)),
            encrypts: reporter.secret.is_some(),
            sealed,
            status,
            places,
            orders,
            mode: reporter.rhythm.mode(),
            expected: reporter.rhythm.expected().filter(|_| showing.tells_details()),
            measured: Measured::of(&measured),
            troubles,
        })
    }

    /// The two letters by which phones know the owner of a device.
    pub fn tid_of(&self, device: DeviceId) -> Option<String> {
        let board = self.shared.board();
        let owner = board.devices.get(&device)?.device.friend;
        board.friends.get(&owner)?.tid.clone()
    }

    /// Says what a device's payloads are encrypted with; what could not be opened before is read again.
    ///
    /// # Errors
    /// [`Error::NotFound`], [`Error::Forbidden`], [`Error::Invalid`] for `key`.
    pub async fn put_line(&self, by: &Viewer, device: DeviceId, draft: LineDraft) -> Result<(), Error> {
        let owner = self.owner_for(by, device)?;
        let secret = match draft {
            LineDraft::Clear => None,
            LineDraft::Key(typed) => {
                match Secret::check_new(&typed) {
                    Ok(()) => {}
                    Err(SecretError::Empty) => return Err(Error::invalid("key", "must not be empty")),
                    Err(SecretError::TooLong { bytes }) => {
                        let why = format!(
                            "has {bytes} bytes; phones use 32 at the most, and not all cut it at the same place"
                        );
                        return Err(Error::invalid("key", why));
                    }
                }
                Some(typed)
            }
        };
        let known = self.shared.board().devices.get(&device).map(|known| known.device.clone());
        let known = known.ok_or(Error::NotFound("device"))?;
        let deed = Deed::of_device(Act::KeyChanged, &owner, &known).note(if secret.is_some() {
            "a new key"
        } else {
            "no key"
        });
        self.command_told(by, deed, |reply| Command::PutSecret { device, secret, reply }).await
    }
}

/// Opens what a device sealed; with a verdict when something stays closed.
pub(crate) fn unseal(
    reporter: Option<&Reporter>,
    decoded: Vec<Result<Message, DecodeError>>,
) -> (Vec<Result<Message, DecodeError>>, Option<String>) {
    if !decoded.iter().any(|message| matches!(message, Ok(Message::Encrypted(_)))) {
        return (decoded, None);
    }
    let secret = reporter.and_then(|reporter| reporter.secret.as_deref());
    let mut verdict = None;
    let mut opened = Vec::with_capacity(decoded.len());
    for message in decoded {
        let Ok(Message::Encrypted(sealed)) = &message else {
            opened.push(message);
            continue;
        };
        match secret.map(|secret| secretbox::open(sealed, secret)) {
            Some(Ok(plain)) => opened.extend(owntracks::decode(&plain)),
            Some(Err(why)) => {
                verdict = Some(format!("sealed: {why}"));
                opened.push(message);
            }
            None => {
                verdict = Some("sealed: there is no key for this device yet".into());
                opened.push(message);
            }
        }
    }
    (opened, verdict)
}

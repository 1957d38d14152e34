//! Where a friend says that they are without a phone: by the browser in which they are signed in, by hand, or by a script of theirs.
//!
//! It becomes a message of a device of its own, of the kind *browser*, and goes the way of every other: kept in the log, judged, shown as its friend
//! shows it.

use crate::{
    DeviceAccount, Error, Inbound, Principal, Service, audit::Deed, board::Reporter, command::Command, id,
    near::themself, secret,
};
use domain::{Act, Device, DeviceId, DeviceKind, Door, FriendId, Name, Timestamp, Viewer};
use geodesy::Point;
use owntracks::{Epoch, Location, Message};
use std::time::Duration;

/// How long somebody waits for the commit.
const PATIENCE: Duration = Duration::from_secs(10);
/// The largest radius of confidence that says anything, metres.
const LEAST_EXACT_M: f64 = 100_000.0;
/// How far ahead a browser's clock may be, milliseconds.
const MOST_AHEAD_MS: i64 = 60_000;
/// OwnTracks' letter for a report that somebody made by hand.
const BY_HAND: &str = "u";

/// Where somebody says that they are.
#[derive(Clone, Debug)]
pub struct OwnPosition {
    /// Where.
    pub point: Point,
    /// Radius of about 68 % confidence, above 0 up to 100,000 metres; `None` where that is not known.
    pub accuracy_m: Option<f64>,
    /// When they were there; `None`: now.
    pub at: Option<Timestamp>,
    /// Somebody pointed there, and nothing measured it.
    pub by_hand: bool,
}

impl Service {
    /// Takes down where a friend says that they are. Returns once it is committed.
    ///
    /// # Errors
    /// [`Error::Forbidden`] unless it is a friend who says it of themself; [`Error::Invalid`] for `accuracy_m` and `at`; [`Error::Busy`] when it
    /// is said too often; when it cannot be stored.
    pub async fn put_position(&self, by: &Viewer, position: OwnPosition) -> Result<(), Error> {
        let friend = themself(by)?;
        let OwnPosition { point, accuracy_m, at, by_hand } = position;
        if accuracy_m.is_some_and(|metres| !(metres > 0.0 && metres <= LEAST_EXACT_M)) {
            return Err(Error::invalid("accuracy_m", "must be above 0 and at most 100000 metres"));
        }
        let received_at = self.shared.now();
        let at = at.unwrap_or(received_at);
        if at.millis_since(received_at) > MOST_AHEAD_MS {
            return Err(Error::invalid("at", "must not be in the future"));
        }
        self.shared.guard.admit_position(friend)?;
        let account = self.browser_of(by, friend).await?;
        let tid = self.shared.board().friends.get(&friend).and_then(|owner| owner.tid.clone());
        let location = Location {
            tst: Some(Epoch::from_millis(at.as_millis())),
            accuracy_m,
            tid,
            trigger: by_hand.then(|| BY_HAND.to_owned()),
            ..Location::at(point.lat(), point.lon())
        };
        let inbound = Inbound {
            door: Door::Http,
            topic: account.topic.to_string(),
            principal: Principal::Device(account),
            payload: owntracks::encode(&Message::Location(location)),
            retained: false,
            qos: 1,
            received_at,
        };
        self.submit_within(PATIENCE, inbound).await.map(|_receipt| ())
    }

    /// The device that stands for a friend's browser, made when there is none.
    async fn browser_of(&self, by: &Viewer, friend: FriendId) -> Result<DeviceAccount, Error> {
        if let Some(known) = self.known_browser(friend) {
            return Ok(known);
        }
        let (owner, name) = {
            let board = self.shared.board();
            let owner = board.friends.get(&friend).ok_or(Error::NotFound("friend"))?;
            let is_free = |name: &String| board.device_named(owner.friend.name.as_str(), name).is_none();
            let mut names =
                ["browser".to_owned()].into_iter().chain((2..).map(|number| format!("browser-{number}")));
            let name = names.find(is_free).ok_or(Error::NotFound("device"))?;
            (owner.friend.clone(), Name::topic_level(&name).map_err(Error::name("device"))?)
        };
        let added_at = self.shared.now();
        let device = Device { id: DeviceId::new(id::new(added_at)), friend, name, kind: DeviceKind::Browser };
        // Its friend's sign-in lets it in; nobody is told this password.
        let credential = secret::fresh("")?.hash;
        let deed = Deed::of_device(Act::DeviceAdded, &owner, &device);
        self.command_told(by, deed, |reply| Command::PutDevice { device, credential, added_at, reply })
            .await?;
        self.known_browser(friend).ok_or(Error::NotFound("device"))
    }

    fn known_browser(&self, friend: FriendId) -> Option<DeviceAccount> {
        let board = self.shared.board();
        let owner = board.friends.get(&friend)?;
        let mut devices = board.devices_of(owner);
        devices.find(|known| known.device.kind == DeviceKind::Browser).map(Reporter::account)
    }
}

//! What admins see of the MQTT doors, and the few things they ask of them.
//!
//! The doors are in another room and never called from here: the embedded broker takes [`BrokerRequest`]s from a channel, and both doors
//! tell what they refuse and how their line stands. Kept in memory alone, and bounded.

use crate::{Error, Inbound, Receipt, Service, Shared, board::Board, request::some_admin, sight::Sight};
use domain::{BridgeLine, BrokerReport, BrokerSession, DeviceId, Refused, Viewer};
use std::{
    collections::VecDeque,
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};
use tokio::{
    sync::{mpsc, oneshot},
    time::timeout,
};

/// How many refusals are remembered.
const REFUSALS: usize = 200;
/// How much is kept of what a stranger calls itself, in characters.
const LONGEST: usize = 200;
/// Requests that wait for the broker. Full: whoever asks waits.
const REQUESTS: usize = 16;
/// How long the broker may take for an answer. A message has its own patience, which is shorter.
const PATIENCE: Duration = Duration::from_secs(30);

/// Something that is asked of the embedded broker.
pub enum BrokerRequest {
    /// Its sessions, in any order and without the devices' names.
    Sessions(oneshot::Sender<Vec<BrokerSession>>),
    /// End the connection of a session, or the session when its client is away. Says whether there was one.
    End(Box<BrokerSession>, oneshot::Sender<bool>),
    /// Take this as if a client had published it: hand it in, and forward what was not refused.
    Publish(Box<Inbound>, oneshot::Sender<Result<Receipt, Error>>),
}

/// What is known of the doors.
#[derive(Default)]
pub(crate) struct Doors {
    broker: Mutex<Option<mpsc::Sender<BrokerRequest>>>,
    refusals: Mutex<VecDeque<Refused>>,
    bridge: Mutex<Option<BridgeLine>>,
}

// Nothing that panics happens under these locks.
fn locked<T>(of: &Mutex<T>) -> MutexGuard<'_, T> {
    of.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Whether an admin may see what is of this device: they are one of a group of its friend. What is of nobody we know may be of anybody, so
/// only who is an admin of every group that there ever was sees it.
pub(crate) fn may_see(board: &Board, by: &Viewer, device: Option<DeviceId>) -> bool {
    let known = device.and_then(|device| board.devices.get(&device));
    let owner = known.and_then(|known| board.friends.get(&known.device.friend));
    owner.map_or_else(|| sees_all(board, by), |owner| by.administers_one_of(&owner.friend))
}

/// The devices of which they may; `None` for everything, also what comes from nobody known.
pub(crate) fn heard_of(board: &Board, by: &Viewer) -> Option<Vec<DeviceId>> {
    if sees_all(board, by) {
        return None;
    }
    let owners = board.friends.values().filter(|owner| by.administers_one_of(&owner.friend));
    Some(owners.flat_map(|owner| owner.devices.iter().copied()).collect())
}

fn sees_all(board: &Board, by: &Viewer) -> bool {
    board.levels.keys().all(|group| by.administers(*group))
}

impl Service {
    /// For the embedded broker: what is asked of it from now on.
    pub fn attend_broker(&self) -> mpsc::Receiver<BrokerRequest> {
        let (sender, requests) = mpsc::channel(REQUESTS);
        *locked(&self.shared.doors.broker) = Some(sender);
        requests
    }

    /// For the doors: somebody was refused something.
    pub fn note_refusal(&self, mut refused: Refused) {
        let texts = [&mut refused.username, &mut refused.client_id, &mut refused.reason];
        for text in texts.into_iter().chain(refused.topic.as_mut()) {
            *text = plain(text);
        }
        let mut refusals = locked(&self.shared.doors.refusals);
        refusals.truncate(REFUSALS - 1);
        refusals.push_front(refused);
    }

    /// What was refused of late, newest first.
    pub(crate) fn refusals(&self) -> Vec<Refused> {
        locked(&self.shared.doors.refusals).iter().cloned().collect()
    }

    /// For the door to an outside broker: how its line stands. An error without a time is left out, and what was wrong before stays.
    pub fn note_bridge(&self, broker: &str, connected: bool, error: Option<String>) {
        let now = self.shared.now();
        let mut bridge = locked(&self.shared.doors.bridge);
        let before = bridge.take();
        let since = before.as_ref().filter(|line| line.connected == connected).map_or(now, |line| line.since);
        let last_error = error.map(|error| (error, now)).or(before.and_then(|line| line.last_error));
        *bridge = Some(BridgeLine { broker: broker.to_owned(), connected, since, last_error });
    }

    /// The MQTT doors as they are now.
    ///
    /// # Errors
    /// [`Error::Forbidden`] unless an admin; [`Error::Busy`] when the broker does not answer.
    pub async fn broker_report(&self, by: &Viewer) -> Result<BrokerReport, Error> {
        some_admin(by)?;
        let sessions = self.shared.ask_broker(BrokerRequest::Sessions).await?;
        let board = self.shared.board();
        let sight = Sight::new(&board, by);
        let open = sessions.is_some();
        let mut sessions = sessions.unwrap_or_default();
        sessions.retain(|session| may_see(&board, by, session.device));
        for session in &mut sessions {
            let known = session.device.and_then(|device| board.devices.get(&device));
            session.device_name = known.map(|known| known.device.name.to_string());
            // An address is a position, if a coarse one.
            let showing = known.map(|known| sight.showing_of(known.device.friend, self.shared.now()));
            if showing.is_some_and(|showing| !showing.is_everything()) {
                session.address = None;
            }
        }
        sessions.sort_by(|a, b| {
            let key = |of: &BrokerSession| (!of.connected, of.username.clone(), of.client_id.clone());
            key(a).cmp(&key(b))
        });
        let sees_all = sees_all(&board, by);
        let visible = |refused: &&Refused| {
            let friend = board.friend_named(&refused.username).map(|on_board| &on_board.friend);
            friend.map_or(sees_all, |friend| by.administers_one_of(friend))
        };
        let refusals = locked(&self.shared.doors.refusals).iter().filter(visible).cloned().collect();
        let bridge = locked(&self.shared.doors.bridge).clone().filter(|_| sees_all);
        Ok(BrokerReport { open, sessions, refusals, bridge })
    }

    /// Ends a connection, or a session whose client is away. The client may come back.
    ///
    /// # Errors
    /// [`Error::Forbidden`] unless an admin, [`Error::NotFound`] when the viewer knows of none.
    pub async fn end_connection(&self, by: &Viewer, username: &str, client_id: &str) -> Result<(), Error> {
        let known = self.broker_report(by).await?.sessions.into_iter();
        let session = known
            .filter(|session| session.username == username)
            .find(|session| session.client_id == client_id)
            .ok_or(Error::NotFound("connection"))?;
        let asked = self.shared.ask_broker(|reply| BrokerRequest::End(Box::new(session), reply)).await?;
        asked.filter(|ended| *ended).map(|_| ()).ok_or(Error::NotFound("connection"))
    }
}

impl Shared {
    /// Asks the embedded broker; `None` when it is off.
    pub(crate) async fn ask_broker<T>(
        &self,
        request: impl FnOnce(oneshot::Sender<T>) -> BrokerRequest,
    ) -> Result<Option<T>, Error> {
        let broker = locked(&self.doors.broker).clone();
        let Some(broker) = broker else { return Ok(None) };
        let (reply, answer) = oneshot::channel();
        let asking = async {
            broker.send(request(reply)).await.ok()?;
            answer.await.ok()
        };
        match timeout(PATIENCE, asking).await {
            Ok(Some(answer)) => Ok(Some(answer)),
            Ok(None) => Err(Error::Stopping),
            Err(_) => Err(Error::Busy { retry_after_s: 5 }),
        }
    }
}

/// What a stranger wrote, short and on one line.
fn plain(text: &str) -> String {
    let mut chars = text.chars();
    let kept = chars.by_ref().take(LONGEST).map(|c| if c.is_control() { '\u{fffd}' } else { c });
    let mut kept: String = kept.collect();
    if chars.next().is_some() {
        kept.push('…');
    }
    kept
}

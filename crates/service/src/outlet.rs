//! Outlets: brokers that what is stored goes out to. Here are their settings and what there is to publish; connections are the server's.
//!
//! Nothing loops. A base that anybody could publish to us from below is refused; and whatever another broker sends us from below a base, or
//! anybody with the mark of an outlet of ours in it, is dropped before it is anything.

mod draft;
pub(crate) mod seal;

pub use draft::{OutletDraft, PasswordDraft, may_lead_to};

use crate::{
    Error, SensorNow, Service,
    audit::Deed,
    command::{Command, OutletCommand},
    id,
    inbound::{Inbound, Principal},
    request::{admin_of, some_admin},
    sensor::devices_of,
    sight::Sight,
};
use domain::{
    Act, FriendId, GroupId, Outlet, OutletId, RegionId, Timestamp, TopicFilter, Transition, Viewer,
    live::Snapshot,
};
use owntracks::secretbox::Secret;
use std::{
    collections::HashMap,
    sync::{Mutex, MutexGuard, OnceLock, PoisonError},
    time::Duration,
};
use store::{OutletEvent, OutletRow, OutletTopic, Password};
use tokio::{
    sync::{mpsc, oneshot, watch},
    time::timeout,
};

/// How long somebody waits for the outcome of a test. The test itself gives up before.
const TRIAL_PATIENCE: Duration = Duration::from_secs(25);
/// How many tests may wait.
const TRIALS: usize = 8;

/// What is known of outlets besides their settings.
#[derive(Default)]
pub(crate) struct Desk {
    open: OnceLock<Open>,
    states: Mutex<HashMap<OutletId, OutletState>>,
}

/// What the server says once, when it starts to serve outlets.
struct Open {
    /// What passwords are sealed with.
    secret: Secret,
    /// What we subscribe to at other brokers.
    filters: Vec<String>,
    trials: mpsc::Sender<Trial>,
}

/// Tests that are asked for.
pub type Trials = mpsc::Receiver<Trial>;

/// A test of an outlet, for whoever has the connections: why it did not work goes back in words.
pub struct Trial {
    /// What to test.
    pub task: OutletTask,
    /// Where the outcome goes.
    pub reply: oneshot::Sender<Result<(), String>>,
}

/// An outlet with what it takes to serve it.
#[derive(Clone, PartialEq, Eq)]
pub struct OutletTask {
    /// Its settings.
    pub outlet: Outlet,
    /// Its password, in the clear: for the broker alone.
    pub password: Option<String>,
}

/// How an outlet is doing, since the start.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct OutletState {
    /// Whether its broker is connected.
    pub connected: bool,
    /// When the broker last confirmed something.
    pub delivered_at: Option<Timestamp>,
    /// What went wrong last, in words, and when; none once it works again.
    pub error: Option<(Timestamp, String)>,
    /// Topics whose state the broker has not confirmed.
    pub waiting: u64,
    /// When it was last tested, and what came of it.
    pub tested: Option<(Timestamp, Result<(), String>)>,
}

/// What an admin sees of an outlet. The password is not in here.
#[derive(Clone, Debug)]
pub struct OutletReport {
    /// Its settings.
    pub outlet: Outlet,
    /// Whether there is a password that can be opened.
    pub has_password: bool,
    /// How it is doing; its `waiting` counts transitions, too.
    pub state: OutletState,
}

impl Desk {
    fn open(&self) -> Result<&Open, Error> {
        self.open.get().ok_or(Error::Machine("outlets are served by the server alone"))
    }

    /// What is sealed with: passwords, and where friends' alerts go.
    pub(crate) fn secret(&self) -> Result<&Secret, Error> {
        Ok(&self.open()?.secret)
    }

    // Nothing that panics happens under the lock.
    fn states(&self) -> MutexGuard<'_, HashMap<OutletId, OutletState>> {
        self.states.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Service {
    /// Begins to serve outlets: `key` seals their passwords and is kept outside the database, `filters` are what the server subscribes
    /// to at other brokers. Tests that people ask for come by the channel.
    ///
    /// # Errors
    /// When the key is empty, or this was called before.
    pub fn open_outlets(&self, key: &str, filters: Vec<String>) -> Result<Trials, Error> {
        let secret = Secret::new(key).map_err(|_empty| Error::Machine("the key of the outlets is empty"))?;
        let (trials, asked) = mpsc::channel(TRIALS);
        let opened = self.shared.outlets.open.set(Open { secret, filters, trials });
        opened.map_err(|_twice| Error::Machine("outlets are served already"))?;
        Ok(asked)
    }

    /// Whether a message comes from an outlet of ours: by another broker from below its base, or with its mark in it by another broker,
    /// for a sensor, or from the console. What a device says for itself is always kept, whatever stands in it.
    pub(crate) fn comes_back(&self, inbound: &Inbound) -> bool {
        match inbound.principal {
            Principal::Bridge => self.is_from_outlet(&inbound.topic, &inbound.payload),
            Principal::Sensing(_) | Principal::Admin(_) => self.is_from_outlet("", &inbound.payload),
            Principal::Device(_) | Principal::Refused(..) => false,
        }
    }

    /// Whether a topic lies below the base of an outlet, or a payload has the mark of one.
    pub(crate) fn is_from_outlet(&self, topic: &str, payload: &[u8]) -> bool {
        let board = self.shared.board();
        board.outlets.iter().any(|outlet| outlet.base.covers(topic))
            || (!board.outlets.is_empty()
                && marks_in(payload).any(|mark| board.outlets.iter().any(|outlet| outlet.id == mark)))
    }

    /// The outlets of the viewer's groups and how they are doing.
    ///
    /// # Errors
    /// [`Error::Forbidden`] unless an admin; when the database fails.
    pub async fn outlets(&self, by: &Viewer) -> Result<Vec<OutletReport>, Error> {
        some_admin(by)?;
        let mut reports = Vec::new();
        for OutletRow { outlet, password, delivered_at } in self.shared.reader.outlets().await? {
            if !by.administers(outlet.group) {
                continue;
            }
            let waiting = self.shared.reader.outlet_waiting(outlet.id).await?;
            let mut state = self.shared.outlets.states().get(&outlet.id).cloned().unwrap_or_default();
            state.waiting = state.waiting.saturating_add(waiting);
            state.delivered_at = state.delivered_at.max(delivered_at);
            let secret = &self.shared.outlets.open()?.secret;
            let has_password = password.and_then(|sealed| seal::open(sealed, secret)).is_some();
            reports.push(OutletReport { outlet, has_password, state });
        }
        Ok(reports)
    }

    /// Makes an outlet, or changes the one with this identifier.
    ///
    /// # Errors
    /// [`Error::Forbidden`], [`Error::NotFound`], [`Error::Invalid`] and [`Error::Conflict`] with the field; [`Error::Busy`] after too many.
    pub async fn put_outlet(
        &self,
        by: &Viewer,
        known: Option<OutletId>,
        draft: OutletDraft,
    ) -> Result<Outlet, Error> {
        some_admin(by)?;
        let before = known.map(|id| self.known_outlet(by, id)).transpose()?;
        let (id, group) = if let Some(before) = &before {
            (before.id, before.group)
        } else {
            let group = self.group_for_new(by, draft.group).await?;
            let board = self.shared.board();
            if board.outlets.iter().filter(|known| known.group == group).count() >= Outlet::MOST {
                let why = format!("cannot be used: there are {} outlets already", Outlet::MOST);
                return Err(Error::invalid("base", why));
            }
            (OutletId::new(id::new(self.shared.now())), group)
        };
        let (outlet, password) = draft.check(id, group)?;
        // Else whoever may change the address would have the password sent to them.
        if matches!(password, PasswordDraft::Keep)
            && let Some(before) = before
            && (&before.broker, &before.authority) != (&outlet.broker, &outlet.authority)
            && self.has_password(id).await?
        {
            let why = "must be typed again for another broker or certificate";
            return Err(Error::invalid("password", why));
        }
        self.refuse_loops(by, &outlet)?;
        if outlet.on {
            self.shared.guard.admit_outlet(group)?;
        }
        let password = match password {
            PasswordDraft::Keep => Password::Keep,
            PasswordDraft::None => Password::Set(None),
            PasswordDraft::New(typed) => {
                Password::Set(Some(seal::seal(&typed, &self.shared.outlets.open()?.secret)?))
            }
        };
        let put = Box::new(outlet.clone());
        let deed = Deed::new(Act::OutletChanged, &put.base).of(put.group).which(put.id.uuid());
        self.command_told(by, deed, |reply| {
            Command::Outlet(OutletCommand::Put { outlet: put, password, reply })
        })
        .await?;
        Ok(outlet)
    }

    /// Removes an outlet. What its broker retains is cleared if that can be done at once.
    ///
    /// # Errors
    /// [`Error::Forbidden`], [`Error::NotFound`].
    pub async fn remove_outlet(&self, by: &Viewer, outlet: OutletId) -> Result<(), Error> {
        some_admin(by)?;
        let known = self.known_outlet(by, outlet)?;
        let deed = Deed::new(Act::OutletRemoved, &known.base).of(known.group).which(known.id.uuid());
        self.command_told(by, deed, |reply| Command::Outlet(OutletCommand::Remove { outlet, reply })).await?;
        self.shared.outlets.states().remove(&outlet);
        Ok(())
    }

    /// Connects to an outlet's broker and publishes a test message there. `Ok(Err(_))` says in words why that did not work; either is
    /// remembered.
    ///
    /// # Errors
    /// [`Error::Forbidden`], [`Error::NotFound`], [`Error::Busy`] when too many tests wait, or were asked for.
    pub async fn try_outlet(&self, by: &Viewer, outlet: OutletId) -> Result<Result<(), String>, Error> {
        some_admin(by)?;
        let group = self.known_outlet(by, outlet)?.group;
        self.shared.guard.admit_outlet(group)?;
        let task = self.outlet_tasks().await?.into_iter().find(|task| task.outlet.id == outlet);
        let task = task.ok_or(Error::NotFound("outlet"))?;
        let (reply, outcome) = oneshot::channel();
        let asked = self.shared.outlets.open()?.trials.try_send(Trial { task, reply });
        asked.map_err(|_full| Error::Busy { retry_after_s: 10 })?;
        let outcome = match timeout(TRIAL_PATIENCE, outcome).await {
            Ok(Ok(outcome)) => outcome,
            Ok(Err(_stopping)) => return Err(Error::Stopping),
            Err(_elapsed) => Err("the broker did not answer in time".into()),
        };
        let at = self.shared.now();
        self.note_outlet(outlet, |state| state.tested = Some((at, outcome.clone())));
        Ok(outcome)
    }

    async fn has_password(&self, id: OutletId) -> Result<bool, Error> {
        let mut rows = self.shared.reader.outlets().await?.into_iter();
        Ok(rows.any(|row| row.outlet.id == id && row.password.is_some()))
    }

    fn known_outlet(&self, by: &Viewer, id: OutletId) -> Result<Outlet, Error> {
        let outlet = self.shared.board().outlets.iter().find(|outlet| outlet.id == id).cloned();
        let outlet = outlet.filter(|outlet| by.is_of(outlet.group)).ok_or(Error::NotFound("outlet"))?;
        admin_of(by, outlet.group)?;
        Ok(outlet)
    }

    /// Refuses a base from below which something could come back to us, or where another outlet publishes.
    fn refuse_loops(&self, by: &Viewer, outlet: &Outlet) -> Result<(), Error> {
        let base = &outlet.base;
        for template in &self.shared.settings.templates {
            if devices_of(template).is_some_and(|devices| base.meets(&devices)) {
                let why = format!("must lie apart from {template} and below, where phones publish");
                return Err(Error::invalid("base", why));
            }
        }
        for filter in &self.shared.outlets.open()?.filters {
            // A shared subscription gets what stands behind its group.
            let shared = filter.strip_prefix("$share/").and_then(|rest| rest.split_once('/'));
            let read = TopicFilter::new(shared.map_or(filter, |(_, filter)| filter));
            if read.is_ok_and(|filter| base.meets(&filter)) {
                let why = format!("must lie apart from {filter}, which this server subscribes to");
                return Err(Error::invalid("base", why));
            }
        }
        let board = self.shared.board();
        if let Some(sensor) = board.sensors().iter().find(|sensor| base.meets(&sensor.topic)) {
            let which = if by.is_of(sensor.group) { sensor.topic.as_str() } else { "a topic" };
            let why = format!("must lie apart from {which}, where a sensor reports");
            return Err(Error::invalid("base", why));
        }
        if board.outlets.iter().any(|other| outlet.clashes_with(other)) {
            return Err(Error::Conflict {
                field: "base",
                why: "is used by another outlet to this broker".into(),
            });
        }
        Ok(())
    }
}

/// For whoever has the connections.
impl Service {
    /// Every outlet with its password. One whose password cannot be opened, say after a restored backup, has none.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn outlet_tasks(&self) -> Result<Vec<OutletTask>, Error> {
        let secret = &self.shared.outlets.open()?.secret;
        let task = |row: OutletRow| {
            let password = row.password.and_then(|sealed| seal::open(sealed, secret));
            OutletTask { outlet: row.outlet, password }
        };
        Ok(self.shared.reader.outlets().await?.into_iter().map(task).collect())
    }

    /// How things are, as far as whoever reads an outlet's broker may know.
    pub fn outlet_snapshot(&self, group: GroupId) -> Snapshot {
        let (viewer, snapshot) = (Viewer::Outlet { group }, self.snapshot(&Viewer::Outlet { group }));
        let goes_out =
            |outlet: &Outlet| outlet.on && outlet.group == group && (outlet.positions || outlet.transitions);
        if self.shared.board().outlets.iter().any(goes_out) {
            self.see_all(&viewer, domain::Surface::Outlet, &snapshot);
        }
        snapshot
    }

    /// The sensors that whoever reads an outlet's broker may know, with what they observed last.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn outlet_sensors(&self, group: GroupId) -> Result<Vec<SensorNow>, Error> {
        self.sensors(&Viewer::Outlet { group }).await
    }

    /// Changes whenever anything may have changed that outlets publish: to wait for that.
    pub fn anything(&self) -> watch::Receiver<u64> {
        self.shared.hub.anything()
    }

    /// The transitions that wait for an outlet after a place, in the order in which they became known.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn outlet_events(
        &self,
        outlet: OutletId,
        after: i64,
        limit: u32,
    ) -> Result<Vec<OutletEvent>, Error> {
        Ok(self.shared.reader.outlet_events(outlet, after, limit).await?)
    }

    /// What whoever reads an outlet's broker may know of a transition; `None` for nothing.
    pub fn going_out(&self, group: GroupId, transition: Transition) -> Option<Transition> {
        Sight::new(&self.shared.board(), &Viewer::Outlet { group }).transition(transition, self.shared.now())
    }

    /// Whether an event of a friend may go on standing at an outlet's broker, of a region and a time: not once the region is gone or hidden,
    /// or the friend has deleted that time or does not show it to the group now.
    pub fn may_stay_out(&self, group: GroupId, friend: FriendId, of: Option<(RegionId, Timestamp)>) -> bool {
        let board = self.shared.board();
        let (viewer, now) = (Viewer::Outlet { group }, self.shared.now());
        let sight = Sight::new(&board, &viewer);
        let showing = sight.showing_of(friend, now);
        let may = |(region, at)| {
            let owner = board.friends.get(&friend);
            let told = board.region(region);
            let tells = told.map_or_else(|| showing.tells_details(), |told| showing.tells_region(told));
            !board.gone.contains_key(&region)
                && owner.is_some_and(|owner| !owner.forgotten.covers(at))
                && tells
                && showing.covers(at)
                && sight.crossing(region, at)
        };
        of.is_some_and(may)
    }

    /// Where an outlet's broker may retain something of ours.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn outlet_topics(&self, outlet: OutletId) -> Result<Vec<OutletTopic>, Error> {
        Ok(self.shared.reader.outlet_topics(outlet).await?)
    }

    /// Remembers where an outlet's broker may retain something from now on, and where it does not any more.
    ///
    /// # Errors
    /// When it is not remembered.
    pub async fn put_outlet_topics(
        &self,
        outlet: OutletId,
        used: Vec<OutletTopic>,
        cleared: Vec<String>,
    ) -> Result<(), Error> {
        self.command(|reply| Command::Outlet(OutletCommand::Topics { outlet, used, cleared, reply })).await
    }

    /// Notes that an outlet's broker has confirmed something, among it every transition up to and with this place.
    ///
    /// # Errors
    /// When it is not noted: the same goes out again.
    pub async fn outlet_delivered(&self, outlet: OutletId, up_to: i64) -> Result<(), Error> {
        let at = self.shared.now();
        self.command(|reply| Command::Outlet(OutletCommand::Delivered { outlet, up_to, at, reply })).await
    }

    /// Notes how an outlet is doing.
    pub fn note_outlet(&self, outlet: OutletId, note: impl FnOnce(&mut OutletState)) {
        // One that says goodbye after it was removed is not remembered again.
        if !self.shared.board().outlets.iter().any(|known| known.id == outlet) {
            return;
        }
        note(self.shared.outlets.states().entry(outlet).or_default());
    }
}

/// The member by which everything that goes out says from which outlet it is.
pub const MARK: &str = "_outlet";

/// The outlets that a payload says it is from.
fn marks_in(payload: &[u8]) -> impl Iterator<Item = OutletId> {
    let found = payload.windows(MARK.len()).enumerate().filter(|(_, window)| *window == MARK.as_bytes());
    found.filter_map(|(at, _)| {
        // Whoever writes JSON anew may put blanks around the colon.
        let rest = payload.get(at + MARK.len()..)?.strip_prefix(b"\"")?.trim_ascii_start();
        let id = rest.strip_prefix(b":")?.trim_ascii_start().strip_prefix(b"\"")?.get(..32)?;
        std::str::from_utf8(id).ok()?.parse().ok()
    })
}

#[cfg(test)]
mod tests {
    use super::marks_in;

    #[test]
    fn a_mark_is_found_wherever_it_stands() {
        let id = "0193456789ab7cdef0123456789abcde";
        let marks = |text: String| marks_in(text.as_bytes()).map(|id| id.to_string()).collect::<Vec<_>>();
        assert_eq!(marks(format!("{{\"lat\":1,\"_outlet\":\"{id}\"}}")), [id]);
        assert_eq!(marks(format!("[{{\"_outlet\":\"{id}\"}},{{\"_outlet\":\"x\"}}]")), [id]);
        assert_eq!(marks(format!("{{ \"_outlet\" : \"{id}\" }}")), [id]);
        assert!(marks(format!("{{\"outlet\":\"{id}\"}}")).is_empty());
        assert!(marks("\"_outlet\":\"".to_owned()).is_empty());
    }
}

//! For whoever has the connections: what is to go out, and what became of it.
//!
//! What is told goes out at least once: that it went out is noted after it did. What does not go out is tried again with growing pauses, and
//! given up when it is no news any more; a correction after an hour or so. Whether it may go out is asked each time anew.

use super::{AlertTarget, Desk, channel::browser_at};
use crate::{
    Error, Service,
    command::{AlertCommand, Command},
    hours,
    sight::Sight,
};
use domain::{
    FriendId, Timestamp,
    alert::{Channel, LATE_MS, Moment, Skip, Told, pause_after},
};
use std::{
    collections::BTreeMap,
    sync::{MutexGuard, PoisonError},
    time::Duration,
};
use store::{DeliveryNote, DueDelivery};
use tokio::{
    sync::{mpsc, oneshot, watch},
    time::timeout,
};

/// How long somebody waits for the outcome of a test. The test itself gives up before.
const TRIAL_PATIENCE: Duration = Duration::from_mins(1);
/// How many tests may wait.
const TRIALS: usize = 8;
/// How much of one friend's may be under way at one time: where theirs goes to may be slow, and holds up nobody else's.
const OF_ONE: usize = 2;
/// How often it is looked at once for more to do, in place of what is not to go out.
const LOOKS: u32 = 16;

/// Whether messages may go to a URL, as far as it says so itself; why not, as the end of a sentence.
type Allows = Box<dyn Fn(&str) -> Result<(), String> + Send + Sync>;

/// What the server can do, as it says once.
pub struct AlertAbilities {
    /// Whether it sends mail.
    pub mail: bool,
    /// The public key of its push messages: 65 bytes, base64 for URLs.
    pub push_key: String,
    /// Whether messages may go to a URL, as far as it says so itself; why not, as the end of a sentence.
    pub allows: Allows,
}

/// What the server says once, when it begins to send.
pub(super) struct Open {
    pub(super) abilities: AlertAbilities,
    trials: mpsc::Sender<AlertTrial>,
}

/// Tests that are asked for.
pub type AlertTrials = mpsc::Receiver<AlertTrial>;

/// A test of a channel, for whoever has the connections: why it did not work goes back in words.
pub struct AlertTrial {
    /// What to send.
    pub task: AlertTask,
    /// Where the outcome goes.
    pub reply: oneshot::Sender<Posted>,
}

/// Something that is to go out.
#[derive(Clone)]
pub struct AlertTask {
    /// By which channel.
    pub channel: Channel,
    /// What it says.
    pub told: Told,
    /// Where to; of several browsers to each.
    pub targets: Vec<AlertTarget>,
    /// It is a test.
    pub is_test: bool,
}

/// What became of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Posted {
    /// Whether it went out, to one of several at least.
    pub outcome: Result<(), AlertTrouble>,
    /// Endpoints of browsers that are no more.
    pub gone: Vec<String>,
}

/// Why it did not go out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AlertTrouble {
    /// In words.
    pub why: String,
    /// Whether it may work another time.
    pub may_pass: bool,
}

impl Desk {
    pub(super) fn open(&self) -> Result<&Open, Error> {
        self.open.get().ok_or(Error::Machine("alerts are sent by the server alone"))
    }

    // Nothing that panics happens under the lock.
    fn under_way(&self) -> MutexGuard<'_, BTreeMap<i64, FriendId>> {
        self.under_way.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Service {
    /// Begins to send alerts. Tests that people ask for come by the channel.
    ///
    /// # Errors
    /// When this was called before.
    pub fn open_alerts(&self, abilities: AlertAbilities) -> Result<AlertTrials, Error> {
        let (trials, asked) = mpsc::channel(TRIALS);
        let opened = self.shared.alerts.open.set(Open { abilities, trials });
        opened.map_err(|_twice| Error::Machine("alerts are sent already"))?;
        Ok(asked)
    }

    /// Changes whenever something more may be to go out.
    pub fn alerts_due(&self) -> watch::Receiver<u64> {
        self.shared.alerts.due.subscribe()
    }

    /// What is to go out by now and is not under way, with its place, so many at the most and of each friend but few; and when there is more to
    /// do. What must not go out any more, or cannot, is noted.
    ///
    /// # Errors
    /// When the database fails: then nothing is under way that was not before.
    pub async fn alert_tasks(&self, most: u32) -> Result<(Vec<(i64, AlertTask)>, Option<Timestamp>), Error> {
        let now = self.shared.now();
        let (mut tasks, mut begun) = (Vec::new(), BTreeMap::new());
        let mut under_way = self.shared.alerts.under_way().clone();
        for _ in 0..LOOKS {
            let room = most.saturating_sub(u32::try_from(tasks.len()).unwrap_or(u32::MAX));
            let places: Vec<i64> = under_way.keys().copied().collect();
            let full: Vec<FriendId> =
                under_way.values().copied().filter(|owner| is_full(&under_way, *owner)).collect();
            let due = self.shared.reader.due_deliveries(now, (&places, &full), room).await?;
            if due.is_empty() {
                break;
            }
            for due in due {
                if is_full(&under_way, due.owner) {
                    continue;
                }
                let (place, owner) = (due.place, due.owner);
                if let Some(task) = self.task(due, now).await? {
                    under_way.insert(place, owner);
                    begun.insert(place, owner);
                    tasks.push((place, task));
                }
            }
        }
        let next = self.shared.reader.next_delivery().await?;
        self.shared.alerts.under_way().append(&mut begun);
        Ok((tasks, next))
    }

    /// What is to be sent; nothing where it must not go out any more, or cannot, which is noted.
    async fn task(&self, due: DueDelivery, now: Timestamp) -> Result<Option<AlertTask>, Error> {
        let skip =
            if self.is_still_shown(&due, now) { self.untimely(&due, now).await? } else { Some(Skip::Hidden) };
        if let Some(skip) = skip {
            self.note_alert(due.place, DeliveryNote::Skipped(skip)).await?;
            return Ok(None);
        }
        let targets = self.targets_of(due.owner, due.channel).await?;
        if targets.is_empty() {
            self.note_alert(due.place, DeliveryNote::Skipped(Skip::NotSetUp)).await?;
            return Ok(None);
        }
        Ok(Some(AlertTask { channel: due.channel, told: due.told, targets, is_test: false }))
    }

    /// Notes what became of something that was to go out. Until that is noted it counts as under way.
    ///
    /// # Errors
    /// When it is not noted: say it again, or it goes out once more after a restart.
    pub async fn alert_posted(&self, place: i64, posted: Posted) -> Result<(), Error> {
        self.note_posted(place, posted).await?;
        self.shared.alerts.under_way().remove(&place);
        Ok(())
    }

    async fn note_posted(&self, place: i64, Posted { outcome, gone }: Posted) -> Result<(), Error> {
        self.forget_browsers(&gone).await?;
        let note = match outcome {
            Ok(()) => DeliveryNote::Sent,
            Err(AlertTrouble { why, may_pass }) => {
                // What it told of may have been deleted.
                let Some(tried) = self.shared.reader.delivery_tried(place).await? else { return Ok(()) };
                let failures = tried.failures.saturating_add(1);
                let pause_ms = pause_after(failures).filter(|_| may_pass);
                let next_at = pause_ms.map(|pause_ms| self.shared.now().plus_millis(pause_ms));
                let is_news = |next_at: &Timestamp| next_at.millis_since(tried.at) <= LATE_MS;
                let next_at = next_at.filter(|next_at| tried.correction || is_news(next_at));
                DeliveryNote::Failed { why, failures, next_at }
            }
        };
        self.note_alert(place, note).await
    }

    async fn note_alert(&self, place: i64, note: DeliveryNote) -> Result<(), Error> {
        self.command(|reply| Command::Alert(AlertCommand::Note { place, note, reply })).await
    }

    async fn forget_browsers(&self, gone: &[String]) -> Result<(), Error> {
        for endpoint in gone {
            let browser = browser_at(endpoint);
            self.command(|reply| Command::Alert(AlertCommand::BrowserGone { browser, reply })).await?;
        }
        Ok(())
    }

    /// Why something is not to go out at this time, if so: it waited, and may be no news any more, or its owner wants to be left in peace.
    async fn untimely(&self, due: &DueDelivery, now: Timestamp) -> Result<Option<Skip>, Error> {
        let quiet = self.shared.reader.alert_quiet(due.owner).await?;
        let is_quiet = quiet.is_some() && hours::is_open(quiet.as_ref(), now);
        let moment = Moment { at: due.told.at, now, is_quiet, last_told: None };
        Ok(if due.correction { moment.skip_of_correction(due.channel) } else { moment.skip(due.channel) })
    }

    /// Whether whoever an alert is for may still know of what it says.
    fn is_still_shown(&self, due: &DueDelivery, now: Timestamp) -> bool {
        let board = self.shared.board();
        let owner = board.friends.get(&due.owner).filter(|owner| owner.friend.role.is_some());
        let Some(owner) = owner else { return false };
        Sight::new(&board, &owner.viewer()).tells_of(due.friend, due.region, due.told.at, now)
    }

    /// Has whoever has the connections send a test.
    pub(super) async fn try_out(
        &self,
        owner: FriendId,
        task: AlertTask,
    ) -> Result<Result<(), String>, Error> {
        let (reply, outcome) = oneshot::channel();
        let asked = self.shared.alerts.open()?.trials.try_send(AlertTrial { task, reply });
        asked.map_err(|_full| Error::Busy { retry_after_s: 10 })?;
        match timeout(TRIAL_PATIENCE, outcome).await {
            Ok(Ok(Posted { outcome, gone })) => {
                self.forget_browsers(&gone).await?;
                tracing::debug!(%owner, worked = outcome.is_ok(), "a channel of alerts was tested");
                Ok(outcome.map_err(|trouble| trouble.why))
            }
            Ok(Err(_stopping)) => Err(Error::Stopping),
            Err(_elapsed) => Ok(Err("nobody answered in time".to_owned())),
        }
    }
}

/// Whether as much of a friend's is under way as may be.
fn is_full(under_way: &BTreeMap<i64, FriendId>, owner: FriendId) -> bool {
    under_way.values().filter(|known| **known == owner).count() >= OF_ONE
}

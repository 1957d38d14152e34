//! **The order.** One task owns the writer and the geofence machine's memory; whatever changes anything passes here.
//!
//! 1. take what waits (one message, or a thousand: the busier, the larger the batch);
//! 2. judge it: decode, translate, step the machine, without touching anything yet;
//! 3. commit it in one transaction;
//! 4. only then remember it, tell the doors, and tell the viewers.
//!
//! A batch that cannot be committed is judged as if it had never come; what happens to it then is in `insist`.

mod alerts;
mod bots;
mod chat;
mod commands;
mod forget;
mod groups;
mod insist;
pub(crate) mod journal;
mod links;
mod load;
mod outlets;
mod phones;
pub(crate) mod provision;
mod retain;
mod sign_in;
mod strangers;

use crate::{
    Error, Inbound, Receipt, Settings, Shared,
    board::Board,
    command::Reply,
    hub::{Changes, News},
    judge::{self, Judgement, Lacks, Recall},
    request::Request,
};
use domain::{DeviceId, FriendId, GroupId, Seen, geofence};
use std::{
    collections::HashMap,
    sync::{Arc, atomic::Ordering::Relaxed},
    time::Duration,
};
use store::{Batch, Writer};
use tokio::{
    sync::mpsc,
    time::{Instant, MissedTickBehavior, interval},
};
use tokio_util::sync::CancellationToken;

/// How many requests one commit may cover.
const LARGEST_BATCH: usize = 4096;
/// How often to look whether a command at the terminal wrote.
const LOOK_EVERY: Duration = Duration::from_secs(1);

/// What changed by itself so long ago is looked at once more, milliseconds.
const STIR_MS: i64 = 60_000;
/// How often it is written who looked at whom; and how many looks at a time, so that no message waits long for that. The rest follows with
/// the next look around.
const WRITE_SEEN_EVERY: Duration = Duration::from_mins(1);
const SEEN_AT_ONCE: usize = 2_000;

/// The task that writes. There is exactly one.
pub struct Pipeline {
    shared: Arc<Shared>,
    writer: Writer,
    requests: mpsc::Receiver<Request>,
    judged: Memory,
    journal: journal::Journal,
    /// The database did not write while everything was to end: nothing more is tried.
    gave_up: bool,
    /// When the next step of deleting is due, if nobody waits for it.
    forgets_at: Instant,
    /// When it is looked for groups that are to be removed and are not yet.
    closes_at: Option<Instant>,
    /// When it is next written who looked at whom.
    writes_seen_at: Instant,
    /// What of deleting what is too old is still to be done.
    sweep: retain::Sweep,
    /// There may be something of which it is still to be seen whom it is told to.
    alerts_wait: bool,
}

/// What the machine knows of each device.
type Memory = HashMap<DeviceId, geofence::DeviceState>;

/// Messages, and where their receipts go.
type Waiting = Vec<(Inbound, Reply<Receipt>)>;

impl Pipeline {
    pub(crate) fn new(shared: Arc<Shared>, writer: Writer, requests: mpsc::Receiver<Request>) -> Self {
        let journal = journal::Journal::default();
        Self {
            shared,
            writer,
            requests,
            judged: HashMap::new(),
            journal,
            gave_up: false,
            forgets_at: Instant::now(),
            closes_at: Some(Instant::now()),
            writes_seen_at: Instant::now(),
            sweep: retain::Sweep::default(),
            alerts_wait: true,
        }
    }

    /// Works until `stop`, then finishes what was handed in before and closes the store.
    ///
    /// # Errors
    /// When the store cannot be closed; everything acknowledged is committed even so.
    pub async fn run(mut self, stop: CancellationToken) -> Result<(), Error> {
        let mut taken = Vec::with_capacity(LARGEST_BATCH);
        self.go_on_closing().await;
        let mut look = interval(LOOK_EVERY);
        look.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                biased;
                // First, so that it has its turn however much comes in.
                _ = look.tick() => {
                    self.look().await;
                    self.stir();
                    if !self.gave_up {
                        self.write_counted().await;
                        self.write_seen(false).await;
                        self.tell_alerts().await;
                        self.erase().await;
                        self.end_chats().await;
                        self.go_on_forgetting().await;
                        self.go_on_closing().await;
                    }
                    // However long that took, the requests have their turn now.
                    look.reset();
                }
                count = self.requests.recv_many(&mut taken, LARGEST_BATCH) => {
                    if count == 0 {
                        break;
                    }
                    self.work(&mut taken).await;
                }
                () = stop.cancelled(), if !self.requests.is_closed() => self.requests.close(),
            }
        }
        self.write_counted().await;
        self.write_seen(true).await;
        Ok(self.writer.close().await?)
    }

    /// Has those look who see anybody by a clock: who shows what until when, or late.
    fn stir(&self) {
        // Longer ago than the last time, however long that took.
        let since = self.shared.now().plus_millis(-STIR_MS);
        let timed = self.shared.board().friends.values().any(|owner| owner.sharing.is_timed(since));
        if timed {
            self.shared.hub.stir();
        }
    }

    /// Works off what was taken: messages between two commands share a transaction.
    async fn work(&mut self, taken: &mut Vec<Request>) {
        let mut waiting: Waiting = Vec::new();
        for request in taken.drain(..) {
            match request {
                Request::Inbound(inbound, reply) => waiting.push((inbound, reply)),
                Request::Command(command, waits) => {
                    self.take_in(std::mem::take(&mut waiting)).await;
                    // Whoever was told that it did not happen must not find later that it did.
                    if waits.strong_count() > 0 {
                        self.obey(command).await;
                        // What did not happen is not told.
                        self.writer.stage(store::Staged::default());
                    }
                }
            }
        }
        self.take_in(waiting).await;
    }

    /// Commits messages with everything that follows from them: all, or nothing.
    async fn commit(&mut self, messages: &[Inbound]) -> Result<Vec<Receipt>, Error> {
        self.meet_strangers(messages).await?;
        let judgement = self
            .judged_by(|board, memory, settings, recall| {
                judge::judge(board, memory, settings, recall, messages)
            })
            .await?;
        let batch = self.conclude(judgement).await?;
        self.remember_doors(&batch);
        self.provision_reporters(&batch).await;
        Ok(self.receipts(batch))
    }

    /// Has something judged; looks up for the judge what is lacking.
    async fn judged_by(
        &self,
        judge: impl Fn(&Board, &Memory, &Settings, &Recall) -> Result<Judgement, Lacks>,
    ) -> Result<Judgement, Error> {
        let mut recall = Recall::default();
        loop {
            let (pasts, kin) = {
                let board = self.shared.board();
                match judge(&board, &self.judged, &self.shared.settings, &recall) {
                    Ok(judgement) => return Ok(judgement),
                    Err(lacks) => lacks.queries(&recall, &board),
                }
            };
            for query in pasts {
                recall.take_past(query, self.shared.reader.past(&query).await?);
            }
            for query in kin {
                recall.take_kin(&query, self.shared.reader.kin(&query).await?);
            }
        }
    }

    /// Commits what was judged; then, and only then, remembers and publishes it.
    async fn conclude(&mut self, judgement: Judgement) -> Result<Batch, Error> {
        let Judgement { mut batch, mut changes, judged } = judgement;
        batch.arrivals = self.arrivals(&batch.turns, &changes);
        self.store(&mut batch).await?;
        self.judged.extend(judged);
        judge::news_of(&self.shared.board(), &batch.turns, &mut changes);
        self.publish(changes);
        self.settle_orders(&batch);
        self.shared.board_mut().learn(&batch);
        self.tell_arrivals(&batch).await;
        Ok(batch)
    }

    /// What the doors are told of a batch that is committed.
    fn receipts(&self, batch: Batch) -> Vec<Receipt> {
        self.shared.hub.log(batch.first_line, &batch.messages);
        let counts = &self.shared.counts;
        counts.commits.fetch_add(1, Relaxed);
        counts.committed.fetch_add(to_u64(batch.messages.len()), Relaxed);
        counts
            .trouble
            .fetch_add(to_u64(batch.messages.iter().filter(|message| message.trouble).count()), Relaxed);
        let forgotten = batch.messages.iter().filter(|message| message.verdict == judge::FORGOTTEN).count();
        counts.forgotten.fetch_add(to_u64(forgotten), Relaxed);
        batch
            .messages
            .into_iter()
            .map(|message| Receipt {
                came_back: message.verdict == judge::FORGOTTEN,
                verdict: message.verdict,
            })
            .collect()
    }

    /// Makes committed changes visible, and tells the viewers; under one lock, so that a snapshot and its place in the order agree.
    fn publish(&self, changes: HashMap<GroupId, Changes>) {
        let mut board = self.shared.board_mut();
        for changes in changes.into_values() {
            board.seqs.insert(changes.group, changes.seq);
            for (_, change) in &changes.news {
                board.apply(change);
            }
            self.shared.hub.publish(News::Changes(Arc::new(changes)));
        }
    }

    /// Takes up what a command at the terminal wrote.
    async fn look(&mut self) {
        match self.take_up().await {
            Ok(()) => {}
            Err(error) => tracing::warn!(%error, "cannot look for changes of other processes"),
        }
    }

    /// Erases what removed devices left in the log, a step at a time, so that nobody waits long for it.
    async fn erase(&mut self) {
        if let Err(error) = self.writer.erase_some().await {
            tracing::warn!(%error, "the messages of a removed device are not erased yet");
        }
    }

    /// Writes what was counted for the audit log since the last time, and which sessions and tokens were used.
    async fn write_counted(&mut self) {
        let used = self.shared.used.take();
        if !used.is_empty() {
            let (sessions, tokens): (Vec<_>, Vec<_>) =
                (used.sessions.into_iter().collect(), used.tokens.into_iter().collect());
            if let Err(error) = self.writer.put_used(&sessions, &tokens).await {
                tracing::warn!(%error, "when sessions were last used is not written");
            }
        }
        let entries = self.shared.counted.take();
        if entries.is_empty() {
            return;
        }
        if let Err(error) = self.writer.put_audit(&entries).await {
            tracing::warn!(%error, "the audit log is not written yet");
            self.shared.counted.put_back(entries);
        }
    }

    /// Writes who looked at whom, once a minute and at the end.
    async fn write_seen(&mut self, at_once: bool) {
        if !at_once && Instant::now() < self.writes_seen_at {
            return;
        }
        let counted = self.shared.watched.take(None, if at_once { usize::MAX } else { SEEN_AT_ONCE });
        if counted.len() < SEEN_AT_ONCE {
            self.writes_seen_at = Instant::now() + WRITE_SEEN_EVERY;
        }
        self.put_seen(counted).await;
    }

    /// Writes who looked at whom.
    async fn put_seen(&mut self, counted: Vec<(FriendId, Seen)>) {
        if counted.is_empty() {
            return;
        }
        if let Err(error) = self.writer.add_seen(&counted).await {
            tracing::warn!(%error, "who looked at whom is not written yet");
            self.shared.watched.put_back(counted);
            self.writes_seen_at = Instant::now() + WRITE_SEEN_EVERY;
        }
    }

    async fn take_up(&mut self) -> Result<(), Error> {
        if let Some(version) = self.writer.somebody_else_wrote().await? {
            self.open_journal().await?;
            self.load().await?;
            self.provision_all().await;
            self.writer.taken_up(version);
            self.shared.hub.publish(News::Everything);
            self.shared.hub.publish(News::Sessions);
        }
        Ok(())
    }
}

fn to_u64(count: usize) -> u64 {
    u64::try_from(count).unwrap_or(u64::MAX)
}

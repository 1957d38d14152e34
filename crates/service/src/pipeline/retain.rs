//! Deleting what is older than it is kept: a step for each command, so that whoever reports has their turn in between.
//!
//! What is still to do is worked out anew by each round, from what holds and what there is; a round that was cut off is begun again.

use super::Pipeline;
use crate::{
    Error,
    command::{RetainCommand, SweepStep},
};
use domain::{FriendId, Keep, OwnRetention, Retention, RetentionClass, Seen, Timestamp};
use std::{
    collections::{BTreeMap, VecDeque},
    time::Duration,
};
use store::{SweepFriend, SweepLog, Swept};
use tokio::time::Instant;

/// How long a step goes on looking while there is nothing to delete.
const LOOKS_FOR: Duration = Duration::from_millis(10);

/// A round of deleting.
#[derive(Default)]
pub(super) struct Sweep {
    tasks: VecDeque<Task>,
    /// Something was deleted, and older copies of its pages may lie in the write-ahead log; after a start that is not known.
    is_clean: bool,
}

impl Sweep {
    /// Something was deleted otherwise: the next round sees to the write-ahead log.
    pub(super) fn soil(&mut self) {
        self.is_clean = false;
    }
}

/// A part of a round, done in as many steps as it takes.
enum Task {
    /// The oldest of the raw log.
    Log(SweepLog),
    /// The same of friends who keep less of it.
    LogOf(Vec<FriendId>, SweepLog),
    /// Evidence and history of a friend: from before these times.
    Friend(FriendId, Option<Timestamp>, Option<Timestamp>),
    Observations(Timestamp),
    Audit(Timestamp),
    /// What friends wrote to each other.
    Chat(Timestamp),
    /// Looks from before a day.
    Seen(i64),
    /// Free pages are given back.
    GiveBack,
    /// The write-ahead log is cut.
    Cut,
}

impl Pipeline {
    /// Carries out one command. Answers whether somebody still waited for that.
    pub(super) async fn obey_about_retention(&mut self, command: RetainCommand) -> bool {
        match command {
            RetainCommand::Set { retention, reply } => reply.send(self.retain(&retention).await).is_ok(),
            RetainCommand::SetOwn { friend, own, reply } => {
                reply.send(self.retain_own(friend, own).await).is_ok()
            }
            RetainCommand::Sweep { archives, reply } => reply.send(self.sweep_on(archives).await).is_ok(),
        }
    }

    async fn retain(&mut self, retention: &Retention) -> Result<(), Error> {
        self.writer.put_retention(retention).await?;
        let kept = &mut self.shared.board_mut().kept;
        (kept.server, kept.begins_at) = (*retention, None);
        Ok(())
    }

    async fn retain_own(&mut self, friend: FriendId, own: OwnRetention) -> Result<(), Error> {
        self.writer.put_own_retention(friend, &own).await?;
        self.shared.board_mut().kept.own.insert(friend, own);
        Ok(())
    }

    /// One step; the first of a round sees what there is to do.
    async fn sweep_on(&mut self, archives: Option<Vec<String>>) -> Result<SweepStep, Error> {
        if let Some(archives) = archives {
            self.sweep.tasks = self.plan(&archives).await?;
        }
        let (began, mut rows) = (Instant::now(), Vec::new());
        let mut took = Duration::ZERO;
        while let Some(task) = self.sweep.tasks.pop_front() {
            let at = Instant::now();
            let Swept { rows: gone, more } = self.sweep_some(&task).await?;
            took = took.max(at.elapsed());
            if more {
                self.sweep.tasks.push_front(task);
            }
            if !gone.is_empty() && std::mem::take(&mut self.sweep.is_clean) {
                self.sweep.tasks.extend([Task::GiveBack, Task::Cut]);
            }
            rows.extend(gone);
            if more || !rows.is_empty() || began.elapsed() > LOOKS_FOR {
                break;
            }
        }
        Ok(SweepStep { rows, took, more: !self.sweep.tasks.is_empty() })
    }

    /// What there is to do.
    async fn plan(&self, archives: &[String]) -> Result<VecDeque<Task>, Error> {
        // What is not in every archive yet stays until it is.
        let mut up_to = i64::MAX;
        for name in archives {
            up_to = up_to.min(self.shared.reader.archive(name).await?.shipped);
        }
        let now = self.shared.now();
        let board = self.shared.board();
        let server = board.kept.of_server(now);
        let log = |keep: Keep| keep.before(now).map(|before| SweepLog { before, up_to });
        let mut tasks: VecDeque<Task> = log(server.raw).map(Task::Log).into_iter().collect();
        let mut less: BTreeMap<Keep, Vec<FriendId>> = BTreeMap::new();
        for friend in board.friends.keys() {
            let Retention { raw, fixes, transitions, .. } = board.kept.of_friend(*friend, now);
            if raw < server.raw {
                less.entry(raw).or_default().push(*friend);
            }
            let (fixes, transitions) = (fixes.before(now), transitions.before(now));
            if fixes.is_some() || transitions.is_some() {
                tasks.push_back(Task::Friend(*friend, fixes, transitions));
            }
        }
        tasks.extend(less.into_iter().filter_map(|(keep, friends)| Some(Task::LogOf(friends, log(keep)?))));
        tasks.extend(server.observations.before(now).map(Task::Observations));
        tasks.extend(server.audit.before(now).map(Task::Audit));
        tasks.extend(server.chat.before(now).map(Task::Chat));
        // Looks always went after a time.
        let days = board.kept.server.audit.as_days();
        tasks.extend(days.map(|days| Task::Seen(Seen::day_of(now) - i64::from(days))));
        if !self.sweep.is_clean {
            tasks.extend([Task::GiveBack, Task::Cut]);
        }
        Ok(tasks)
    }

    async fn sweep_some(&mut self, task: &Task) -> Result<Swept, Error> {
        Ok(match task {
            Task::Log(log) => self.writer.sweep_log(*log).await?,
            Task::LogOf(friends, log) => self.writer.sweep_log_of(friends, *log).await?,
            Task::Friend(friend, fixes, transitions) => {
                let devices = {
                    let board = self.shared.board();
                    let owner = board.friends.get(friend);
                    let known = owner.into_iter().flat_map(|owner| &owner.devices);
                    known
                        .map(|device| (*device, self.judged.get(device).cloned().unwrap_or_default()))
                        .collect()
                };
                let (friend, fixes, transitions) = (*friend, *fixes, *transitions);
                self.writer.sweep_friend(&SweepFriend { friend, fixes, transitions, devices }).await?
            }
            Task::Observations(before) => self.writer.sweep_observations(*before).await?,
            Task::Chat(before) => self.sweep_chats(*before).await?,
            Task::Audit(before) => self.writer.sweep_audit(*before, self.shared.now()).await?,
            Task::Seen(day) => match self.writer.sweep_seen(*day).await? {
                0 => Swept::default(),
                gone => Swept { rows: vec![(RetentionClass::Audit, gone)], more: false },
            },
            Task::GiveBack => Swept { rows: Vec::new(), more: self.writer.give_back().await? },
            Task::Cut => {
                // If somebody reads, the next round cuts it.
                self.sweep.is_clean = self.writer.cut_log().await?;
                Swept::default()
            }
        })
    }
}

//! One console that is looked at: first what came last, then what comes. Subscribe first, then look; a number tells what was seen.

use super::ConsoleFilter;
use crate::{Error, Service, broker::may_see, hub::Committed, request::some_admin};
use domain::{ConsoleLine, ConsoleNews, LoggedMessage, Viewer};
use futures::{Stream, stream};
use std::time::Duration;
use tokio::{
    sync::{
        broadcast::{Receiver, error::RecvError},
        watch,
    },
    time::{Interval, MissedTickBehavior, interval},
};

/// How often a quiet line says that it is alive.
const HEARTBEAT: Duration = Duration::from_secs(5);

impl Service {
    /// What came last, and then what comes. `session` is the cookie it hangs on: when that ends, or is no admin's any more, the last item is
    /// [`Error::Unauthorised`].
    ///
    /// # Errors
    /// [`Error::Forbidden`] unless an admin.
    pub fn console_live(
        &self,
        by: Viewer,
        session: Option<String>,
        filter: ConsoleFilter,
    ) -> Result<impl Stream<Item = Result<ConsoleNews, Error>> + Send + 'static + use<>, Error> {
        some_admin(&by)?;
        let mut heartbeat = interval(HEARTBEAT);
        heartbeat.set_missed_tick_behavior(MissedTickBehavior::Delay);
        heartbeat.reset();
        let watch = Watch {
            service: self.clone(),
            by,
            session,
            filter,
            committed: self.shared.hub.committed(),
            sessions: self.shared.hub.sessions(),
            heartbeat,
            newest: None,
            waiting: Vec::new(),
        };
        Ok(stream::unfold(Some(watch), |watch| async {
            let mut watch = watch?;
            match watch.next().await {
                Ok(news) => Some((Ok(news), Some(watch))),
                Err(error) => Some((Err(error), None)),
            }
        }))
    }
}

/// A console that is looked at.
struct Watch {
    service: Service,
    by: Viewer,
    session: Option<String>,
    filter: ConsoleFilter,
    committed: Receiver<Committed>,
    sessions: watch::Receiver<u64>,
    heartbeat: Interval,
    /// The newest line of the log that was looked at; `None` before the first look.
    newest: Option<i64>,
    /// To be told, oldest first.
    waiting: Vec<ConsoleLine>,
}

impl Watch {
    async fn next(&mut self) -> Result<ConsoleNews, Error> {
        if self.newest.is_none() {
            return self.recent().await;
        }
        loop {
            if !self.waiting.is_empty() {
                return Ok(ConsoleNews::Came(std::mem::take(&mut self.waiting)));
            }
            tokio::select! {
                committed = self.committed.recv() => match committed {
                    Ok(Committed::These(messages)) => self.take(&messages),
                    Ok(Committed::Many) => return self.recent().await,
                    Err(RecvError::Lagged(_)) => {
                        self.committed = self.committed.resubscribe();
                        return self.recent().await;
                    }
                    Err(RecvError::Closed) => return Err(Error::Stopping),
                },
                _ = self.sessions.changed() => self.still_admin().await?,
                _ = self.heartbeat.tick() => {
                    self.still_admin().await?;
                    return Ok(ConsoleNews::Heartbeat);
                }
            }
        }
    }

    async fn recent(&mut self) -> Result<ConsoleNews, Error> {
        let lines = self.service.console(&self.by, &self.filter).await?;
        // What was committed during the look is in it, or comes once more and is known by its number.
        let shown = lines.first().and_then(|line| self.service.shared.lines.line(&line.message.id));
        self.newest = self.newest.max(shown).or(Some(0));
        self.waiting.clear();
        Ok(ConsoleNews::Recent(lines))
    }

    /// What of these this admin may see and wants to.
    fn take(&mut self, messages: &[LoggedMessage]) {
        for message in messages {
            let newest = self.newest.get_or_insert_default();
            if number(message) <= *newest {
                continue;
            }
            *newest = number(message);
            let mut message = message.clone();
            {
                let board = self.service.shared.board();
                if !may_see(&board, &self.by, message.device) {
                    continue;
                }
                self.service.tell_line(&board, &self.by, &mut message);
            }
            let line = self.service.console_line(message);
            if self.filter.lets_pass(&line) {
                self.service.count_payloads(&self.by, "console", [&line.message]);
                self.waiting.push(line);
            }
        }
    }

    async fn still_admin(&mut self) -> Result<(), Error> {
        let Some(session) = &self.session else { return Ok(()) };
        let who = self.service.session(session).await?;
        let who = who.filter(|who| who.viewer.administers_any()).ok_or(Error::Unauthorised)?;
        // Of other groups, perhaps, than when it was opened.
        self.by = who.viewer;
        Ok(())
    }
}

/// The place of a message in the log, before it is told.
fn number(message: &LoggedMessage) -> i64 {
    message.id.parse().unwrap_or_default()
}

//! What a browser gets while it looks: a snapshot, then what changes, and a heartbeat in between.
//!
//! Subscribe first, then take the snapshot, then pass on only what is newer: nothing is missed, and nothing comes twice. Whoever falls
//! behind gets a snapshot again.

use crate::{
    Error, Service,
    hub::{Changes, News},
};
use domain::{
    GroupId, SensorId, Seq, Timestamp, Viewer,
    live::{Change, Delta, LiveMessage},
};
use futures::{Stream, stream};
use std::{collections::HashMap, time::Duration};
use tokio::{
    sync::broadcast::{Receiver, error::RecvError},
    time::{Interval, MissedTickBehavior, interval},
};

/// How often a quiet line says that it is alive. It is also how a departed browser is noticed.
const HEARTBEAT: Duration = Duration::from_secs(5);

struct Watch {
    service: Service,
    viewer: Viewer,
    session: Option<String>,
    news: Receiver<News>,
    heartbeat: Interval,
    /// The last change of each group that this viewer has; `None` before the first snapshot.
    seen: Option<HashMap<GroupId, Seq>>,
    /// The last place in the order that this viewer was told.
    told: Seq,
}

impl Service {
    /// Everything this viewer may see, as it changes. `session` is the cookie it hangs on: when that ends, the last item is
    /// [`Error::Unauthorised`].
    pub fn live(
        &self,
        viewer: Viewer,
        session: Option<String>,
    ) -> impl Stream<Item = Result<LiveMessage, Error>> + Send + 'static {
        let mut heartbeat = interval(HEARTBEAT);
        heartbeat.set_missed_tick_behavior(MissedTickBehavior::Delay);
        heartbeat.reset();
        let news = self.shared.hub.subscribe();
        let watch = Watch {
            service: self.clone(),
            viewer,
            session,
            news,
            heartbeat,
            seen: None,
            told: Seq::default(),
        };
        stream::unfold(Some(watch), |watch| async {
            let mut watch = watch?;
            match watch.next().await {
                Ok(message) => Some((Ok(message), Some(watch))),
                Err(error) => Some((Err(error), None)),
            }
        })
    }
}

impl Watch {
    async fn next(&mut self) -> Result<LiveMessage, Error> {
        if self.seen.is_none() {
            return Ok(self.snapshot());
        }
        loop {
            let news = tokio::select! {
                news = self.news.recv() => news,
                _ = self.heartbeat.tick() => return Ok(LiveMessage::Heartbeat(self.now())),
            };
            match news {
                Ok(News::Changes(changes)) => {
                    if let Some(delta) = self.delta(&changes) {
                        return Ok(LiveMessage::Delta(delta));
                    }
                }
                Ok(News::Everything) => return Ok(self.snapshot()),
                Err(RecvError::Lagged(_)) => {
                    // From the end of the queue: at its beginning the next piece of news would push us out again. The end of
                    // the session may be among what was missed.
                    self.news = self.news.resubscribe();
                    self.still_signed_in().await?;
                    return Ok(self.snapshot());
                }
                Ok(News::Sessions) => self.still_signed_in().await?,
                Err(RecvError::Closed) => return Err(Error::Stopping),
            }
        }
    }

    fn now(&self) -> Timestamp {
        self.service.shared.now()
    }

    fn snapshot(&mut self) -> LiveMessage {
        let now = self.now();
        let board = self.service.shared.board();
        let snapshot = board.snapshot(self.viewer.scope(), now);
        self.seen = Some(board.seqs.clone());
        drop(board);
        self.told = snapshot.seq;
        LiveMessage::Snapshot(snapshot)
    }

    /// What of a change this viewer may see, if it is new to them.
    fn delta(&mut self, changes: &Changes) -> Option<Delta> {
        let scope = self.viewer.scope();
        let seen = self.seen.get_or_insert_default().entry(changes.group).or_default();
        if changes.seq <= *seen {
            return None;
        }
        *seen = changes.seq;
        let visible: Vec<_> = changes
            .news
            .iter()
            .filter(|(demo, change)| {
                if let Change::Sensor(id) = change {
                    self.may_see_sensor(*id, changes.group)
                } else {
                    scope.covers(changes.group, *demo)
                }
            })
            .map(|(_, change)| change.clone())
            .collect();
        if visible.is_empty() {
            return None;
        }
        // Each group counts by itself; to somebody who sees several, the order of all of them grows.
        self.told = changes.seq.max(self.told.next());
        Some(Delta { seq: self.told, changes: visible })
    }

    /// A sensor may be public, and then is seen beyond its group; one that is gone is its group's news.
    fn may_see_sensor(&self, id: SensorId, group: GroupId) -> bool {
        let board = self.service.shared.board();
        let sensor = board.sensor(id);
        sensor.map_or_else(|| self.viewer.is_of(group), |sensor| self.viewer.may_see_sensor(sensor))
    }

    async fn still_signed_in(&self) -> Result<(), Error> {
        match &self.session {
            Some(session) => self.service.session(session).await?.map(|_| ()).ok_or(Error::Unauthorised),
            None => Ok(()),
        }
    }
}

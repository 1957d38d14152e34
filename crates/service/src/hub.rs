//! News for everybody who looks, in the order of the commits.

use domain::{GroupId, Seq, live::Change};
use std::sync::Arc;
use tokio::sync::broadcast;

/// How many pieces of news a viewer may be behind; one further behind gets a snapshot instead.
const BACKLOG: usize = 512;

/// One piece of news.
#[derive(Clone)]
pub(crate) enum News {
    /// Something changed in a group.
    Changes(Arc<Changes>),
    /// So much changed that everybody should look afresh.
    Everything,
    /// Sessions ended; check yours.
    Sessions,
}

/// What one commit changed in one group.
pub(crate) struct Changes {
    pub(crate) group: GroupId,
    pub(crate) seq: Seq,
    pub(crate) news: Vec<(Demo, Change)>,
}

/// Whether a change is about something made up.
pub(crate) type Demo = bool;

/// Where news is published.
pub(crate) struct Hub(broadcast::Sender<News>);

impl Hub {
    pub(crate) fn new() -> Self {
        Self(broadcast::channel(BACKLOG).0)
    }

    /// Tells everybody. That nobody listens is fine.
    pub(crate) fn publish(&self, news: News) {
        let _nobody_listens = self.0.send(news);
    }

    pub(crate) fn subscribe(&self) -> broadcast::Receiver<News> {
        self.0.subscribe()
    }

    /// How many look right now.
    pub(crate) fn viewers(&self) -> usize {
        self.0.receiver_count()
    }
}

//! News for everybody who looks, in the order of the commits.

use domain::{DeviceId, GroupId, Seq, live::Change};
use std::sync::Arc;
use store::Retained;
use tokio::sync::{broadcast, watch};

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

/// Something for the doors to say to phones.
#[derive(Clone)]
pub(crate) enum Call {
    /// There is an order for a device.
    Order(DeviceId),
    /// Something to publish and to retain.
    Publish(Arc<Retained>),
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
pub(crate) struct Hub {
    news: broadcast::Sender<News>,
    calls: broadcast::Sender<Call>,
    /// How often everything changed: for those who need not know what, only that they should look.
    people: watch::Sender<u64>,
}

impl Hub {
    pub(crate) fn new() -> Self {
        Self {
            news: broadcast::channel(BACKLOG).0,
            calls: broadcast::channel(BACKLOG).0,
            people: watch::Sender::new(0),
        }
    }

    /// Tells everybody. That nobody listens is fine.
    pub(crate) fn publish(&self, news: News) {
        if matches!(news, News::Everything) {
            self.people.send_modify(|changes| *changes += 1);
        }
        let _nobody_listens = self.news.send(news);
    }

    pub(crate) fn subscribe(&self) -> broadcast::Receiver<News> {
        self.news.subscribe()
    }

    /// Has the doors say something to phones. That none is open is fine.
    pub(crate) fn call(&self, call: Call) {
        let _nobody_listens = self.calls.send(call);
    }

    pub(crate) fn calls(&self) -> broadcast::Receiver<Call> {
        self.calls.subscribe()
    }

    /// Changes whenever [`News::Everything`] is told.
    pub(crate) fn people(&self) -> watch::Receiver<u64> {
        self.people.subscribe()
    }

    /// How many look right now.
    pub(crate) fn viewers(&self) -> usize {
        self.news.receiver_count()
    }
}

//! News for everybody who looks, in the order of the commits.

use domain::{
    BotId, ChatId, DeviceId, FriendId, GroupId, LoggedMessage, Seq, TopicFilter, alert::Told, live::Change,
};
use std::sync::Arc;
use store::{ChatRow, NewMessage, Retained};
use tokio::sync::{broadcast, watch};

/// How many pieces of news a viewer may be behind; one further behind gets a snapshot instead.
const BACKLOG: usize = 512;

/// One piece of news.
#[derive(Clone)]
pub(crate) enum News {
    /// Something changed in a group.
    Changes(Arc<Changes>),
    /// A friend said something about who sees what of them.
    Sharing(FriendId),
    /// A friend calls another distance near than before: only they are told.
    Range(FriendId),
    /// A friend has opened a page, and had none before. That they have left is found by time.
    Online(FriendId),
    /// A friend is alerted: only they are told.
    Alert(FriendId, Arc<Told>),
    /// Something became of messages between friends.
    Chat(Arc<[ChatNews]>),
    /// A bot's program listens, and did not before. That it does no more is found by time.
    Bot(BotId),
    /// So much changed that everybody should look afresh.
    Everything,
    /// Sessions ended; check yours.
    Sessions,
}

/// What became of a message between friends, and who is told.
pub(crate) struct ChatNews {
    pub(crate) to: Vec<FriendId>,
    pub(crate) what: ChatTold,
}

/// What became of a message between friends.
pub(crate) enum ChatTold {
    /// It is new, or somebody said something of it: this is how it stands. Each viewer gets of it what they may see.
    Is(ChatRow),
    /// It is gone.
    Gone(ChatId),
}

/// Messages that were committed, for the consoles.
#[derive(Clone)]
pub(crate) enum Committed {
    /// These, in order.
    These(Arc<[LoggedMessage]>),
    /// So many at once that whoever looks should ask the log.
    Many,
}

/// How many messages of one commit are told to the consoles one by one.
const TOLD: usize = 256;
/// How many commits a console may be behind.
const COMMITS: usize = 64;

/// Something for the doors to say to phones.
#[derive(Clone)]
pub(crate) enum Call {
    /// There is an order for a device.
    Order(DeviceId),
    /// Something to publish and to retain.
    Publish(Arc<Retained>),
    /// Topics of which nothing is retained any more.
    Clear(TopicFilter),
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
    /// The same for sessions that ended.
    sessions: watch::Sender<u64>,
    committed: broadcast::Sender<Committed>,
    /// The same for what friends said about who sees what.
    sharing: watch::Sender<u64>,
    /// How often anything changed, for the same.
    anything: watch::Sender<u64>,
}

impl Hub {
    pub(crate) fn new() -> Self {
        Self {
            news: broadcast::channel(BACKLOG).0,
            calls: broadcast::channel(BACKLOG).0,
            people: watch::Sender::new(0),
            sessions: watch::Sender::new(0),
            committed: broadcast::channel(COMMITS).0,
            sharing: watch::Sender::new(0),
            anything: watch::Sender::new(0),
        }
    }

    /// Tells everybody. That nobody listens is fine.
    pub(crate) fn publish(&self, news: News) {
        match news {
            // Nothing of it goes out: it is for those who look at a page, or wait for messages, alone.
            News::Online(_) | News::Bot(_) | News::Alert(..) | News::Chat(_) => {
                let _nobody_looks = self.news.send(news);
                return;
            }
            News::Everything => {
                self.people.send_modify(|changes| *changes += 1);
                self.sharing.send_modify(|changes| *changes += 1);
            }
            News::Sharing(_) => self.sharing.send_modify(|changes| *changes += 1),
            News::Sessions => self.sessions.send_modify(|changes| *changes += 1),
            News::Changes(_) | News::Range(_) => {}
        }
        let _nobody_listens = self.news.send(news);
        self.anything.send_modify(|changes| *changes += 1);
    }

    /// Nothing was told, and something may be seen otherwise all the same: time has passed.
    pub(crate) fn stir(&self) {
        self.anything.send_modify(|changes| *changes += 1);
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

    /// Changes whenever [`News::Sessions`] is told.
    pub(crate) fn sessions(&self) -> watch::Receiver<u64> {
        self.sessions.subscribe()
    }

    /// Changes whenever [`News::Sharing`] or [`News::Everything`] is told.
    pub(crate) fn sharing(&self) -> watch::Receiver<u64> {
        self.sharing.subscribe()
    }

    /// Tells the consoles what was committed; nothing is done for it when nobody looks at one.
    pub(crate) fn log(&self, first_line: i64, messages: &[NewMessage]) {
        if messages.is_empty() || self.committed.receiver_count() == 0 {
            return;
        }
        let told = if messages.len() > TOLD {
            Committed::Many
        } else {
            Committed::These((first_line..).zip(messages).map(|(id, message)| message.logged(id)).collect())
        };
        let _nobody_looks = self.committed.send(told);
    }

    pub(crate) fn committed(&self) -> broadcast::Receiver<Committed> {
        self.committed.subscribe()
    }

    /// Changes whenever anything is told.
    pub(crate) fn anything(&self) -> watch::Receiver<u64> {
        self.anything.subscribe()
    }

    /// How many look right now.
    pub(crate) fn viewers(&self) -> usize {
        self.news.receiver_count()
    }
}

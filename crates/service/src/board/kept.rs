//! For how long what is stored is kept: by the server, and by friends who keep less of their own.

use domain::{FriendId, OwnRetention, Retention, Timestamp};
use std::collections::HashMap;

/// For how long what is stored is kept.
#[derive(Clone, Debug, Default)]
pub(crate) struct Kept {
    pub(crate) server: Retention,
    /// Until when nothing goes by that; `None`: it has begun.
    pub(crate) begins_at: Option<Timestamp>,
    /// What friends chose for themselves.
    pub(crate) own: HashMap<FriendId, OwnRetention>,
}

impl Kept {
    /// What the server keeps at the moment.
    pub(crate) fn of_server(&self, now: Timestamp) -> Retention {
        if self.begins_at.is_some_and(|begins_at| now < begins_at) {
            Retention::EVERYTHING
        } else {
            self.server
        }
    }

    /// What is kept of a friend at the moment: by what they chose also before the server's begins.
    pub(crate) fn of_friend(&self, friend: FriendId, now: Timestamp) -> Retention {
        self.of_server(now).with(&self.own.get(&friend).copied().unwrap_or_default())
    }
}

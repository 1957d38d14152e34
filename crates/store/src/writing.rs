//! What goes into the transaction of the next change, whatever that is: entries of the audit log, the use of an invitation, the identity by
//! which somebody comes, the group they come into, what was retained of a phone that is gone. If the change fails, so does this; if this
//! fails, so does the change; and whoever is killed in between has done all of it or nothing.

use crate::{Error, NewAudit, Writer, audit};
use domain::{FriendId, GroupId, InvitationId, Role, Stint, Timestamp};
use sqlx::{Connection, Sqlite, SqliteConnection, Transaction};
use std::ops::{Deref, DerefMut};

/// What is staged at the writer.
#[derive(Clone, Debug, Default)]
pub struct Staged {
    /// Entries of the audit log.
    pub entries: Vec<NewAudit>,
    /// The invitation that somebody comes by.
    pub used: Option<Use>,
    /// The identity that is linked.
    pub identity: Option<Identity>,
    /// The invitation into a group that is answered: the group, the key of the name, and as what.
    pub answered: Option<(GroupId, String, Role)>,
    /// Who is of which group from then on, or is something else there.
    pub members: Vec<(FriendId, Stint)>,
    /// The base topics below which nothing is retained any more.
    pub unretained: Vec<String>,
}

impl From<Vec<NewAudit>> for Staged {
    fn from(entries: Vec<NewAudit>) -> Self {
        Self { entries, ..Self::default() }
    }
}

impl Staged {
    pub(crate) fn clear(&mut self) {
        *self = Self::default();
    }
}

/// The transaction of a change, which takes what is staged with it. Dropped before its end, it changes nothing.
pub(crate) struct Writing<'w> {
    transaction: Transaction<'w, Sqlite>,
    staged: &'w mut Staged,
}

impl Writer {
    /// Begins a change.
    pub(crate) async fn begin(&mut self) -> Result<Writing<'_>, Error> {
        let transaction = self.connection.begin_with("BEGIN IMMEDIATE").await?;
        Ok(Writing { transaction, staged: &mut self.staged })
    }
}

impl Writing<'_> {
    /// Makes it so, and what is staged with it. What could not be written stays staged.
    pub(crate) async fn commit(mut self) -> Result<(), Error> {
        audit::write(&mut self.transaction, self.staged).await?;
        self.transaction.commit().await?;
        self.staged.clear();
        Ok(())
    }
}

impl Deref for Writing<'_> {
    type Target = SqliteConnection;

    fn deref(&self) -> &SqliteConnection {
        &self.transaction
    }
}

impl DerefMut for Writing<'_> {
    fn deref_mut(&mut self) -> &mut SqliteConnection {
        &mut self.transaction
    }
}

/// That somebody comes by an invitation.
#[derive(Clone, Debug)]
pub struct Use {
    /// Which.
    pub invitation: InvitationId,
    /// When.
    pub at: Timestamp,
    /// Who, as they are called.
    pub by: String,
}

/// Who a provider says somebody is.
#[derive(Clone, Debug)]
pub struct Identity {
    /// The provider.
    pub issuer: String,
    /// Who, in its words.
    pub subject: String,
    /// Which friend that is.
    pub friend: FriendId,
    /// Since when that is known.
    pub linked_at: Timestamp,
}

//! What goes into the transaction of the next change, whatever that is: entries of the audit log, the use of an invitation, the identity by
//! which somebody comes. If the change fails, so does this; if this fails, so does the change.

use crate::NewAudit;
use domain::{FriendId, InvitationId, Timestamp};

/// What is staged at the writer.
#[derive(Clone, Debug, Default)]
pub struct Staged {
    /// Entries of the audit log.
    pub entries: Vec<NewAudit>,
    /// The invitation that somebody comes by.
    pub used: Option<Use>,
    /// The identity that is linked.
    pub identity: Option<Identity>,
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

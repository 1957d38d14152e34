//! What changes about signing in, and what is written down of it.

use super::Reply;
use crate::TokenScope;
use domain::{FriendId, InvitationId, Name, SessionId, Timestamp, TokenId};
use store::{Invitation, NewAudit, SecretHash, SessionsEnded};

/// What changes about signing in.
pub(crate) enum SignInCommand {
    AddSession {
        hash: SecretHash,
        friend: FriendId,
        started_at: Timestamp,
        ends_at: Timestamp,
        id: SessionId,
        place: String,
        browser: String,
        reply: Reply<()>,
    },
    EndSessions {
        friend: FriendId,
        which: SessionsEnded,
        reply: Reply<()>,
    },
    RemoveSession {
        hash: SecretHash,
        reply: Reply<()>,
    },
    AddToken {
        id: TokenId,
        name: Name,
        hash: SecretHash,
        scope: TokenScope,
        friend: Option<FriendId>,
        made_at: Timestamp,
        reply: Reply<()>,
    },
    RemoveTokens {
        tokens: Vec<TokenId>,
        reply: Reply<()>,
    },
    AddInvitation {
        invitation: Box<Invitation>,
        hash: SecretHash,
        reply: Reply<()>,
    },
    RevokeInvitation {
        invitation: InvitationId,
        at: Timestamp,
        reply: Reply<()>,
    },
    /// Links the identity that is staged.
    LinkIdentity {
        reply: Reply<()>,
    },
    UnlinkIdentity {
        friend: FriendId,
        issuer: String,
        reply: Reply<()>,
    },
    /// Written down by itself.
    Tell {
        entries: Vec<NewAudit>,
        reply: Reply<()>,
    },
}

impl From<SignInCommand> for super::Command {
    fn from(command: SignInCommand) -> Self {
        Self::SignIn(command)
    }
}

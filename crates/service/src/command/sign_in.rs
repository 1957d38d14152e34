//! What changes about signing in, and what is written down of it.

use super::Reply;
use crate::TokenScope;
use domain::{FriendId, Name, Timestamp, TokenId};
use store::NewAudit;

/// What changes about signing in.
pub(crate) enum SignInCommand {
    AddSession {
        hash: [u8; 32],
        friend: FriendId,
        started_at: Timestamp,
        ends_at: Timestamp,
        reply: Reply<()>,
    },
    RemoveSession {
        hash: [u8; 32],
        reply: Reply<()>,
    },
    AddToken {
        id: TokenId,
        name: Name,
        hash: [u8; 32],
        scope: TokenScope,
        friend: Option<FriendId>,
        made_at: Timestamp,
        reply: Reply<()>,
    },
    RemoveTokens {
        tokens: Vec<TokenId>,
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

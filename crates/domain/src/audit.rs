//! What is written down of who did what: acts of admins and tokens, what concerned signing in, and whom an admin looked at. What they saw
//! is never in it.

use crate::{AuditId, FriendId, Timestamp};
use serde::{Deserialize, Serialize};

macro_rules! acts {
    ($($(#[$doc:meta])* $name:ident = $word:literal, $words:literal;)+) => {
        /// What somebody did.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
        pub enum Act {
            $($(#[$doc])* #[serde(rename = $word)] $name,)+
        }

        impl Act {
            /// All of them.
            pub const ALL: &[Self] = &[$(Self::$name,)+];

            /// The word for it, in the store and in the interface.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$name => $word,)+ }
            }

            /// The middle of a sentence: after who did it, before the subject.
            pub const fn words(self) -> &'static str {
                match self { $(Self::$name => $words,)+ }
            }
        }
    };
}

acts! {
    /// Somebody may sign in from now on.
    PersonAdded = "person-added", "let in";
    /// A friend who cannot sign in was added.
    FriendAdded = "friend-added", "added";
    /// Somebody has another role.
    RoleChanged = "role-changed", "gave a new role to";
    /// Somebody may not sign in any more.
    PersonRemoved = "person-removed", "removed";
    /// An admin gave somebody a new password.
    PasswordReset = "password-reset", "gave a new password to";
    /// Somebody changed their own password.
    PasswordChanged = "password-changed", "changed the password of";
    /// Sessions were ended by somebody else than by signing out.
    SessionsEnded = "sessions-ended", "ended sessions of";
    /// A device was made.
    DeviceAdded = "device-added", "added the device";
    /// A device has a new password.
    DeviceRenewed = "device-renewed", "gave a new password to the device";
    /// A device was removed.
    DeviceRemoved = "device-removed", "removed the device";
    /// A link was made by which a device is set up.
    LinkMade = "link-made", "made a set-up link for";
    /// Such a link was taken back.
    LinkRevoked = "link-revoked", "took back the set-up link for";
    /// A device was set up by such a link, and has a new password.
    LinkUsed = "link-used", "set up by a link the device";
    /// What a device's payloads are encrypted with was changed.
    KeyChanged = "key-changed", "changed the key of the device";
    /// A region was drawn or changed.
    RegionChanged = "region-changed", "drew the region";
    /// A region was removed.
    RegionRemoved = "region-removed", "removed the region";
    /// A sensor was added or changed.
    SensorChanged = "sensor-changed", "set up the sensor";
    /// A sensor was removed.
    SensorRemoved = "sensor-removed", "removed the sensor";
    /// An outlet was added or changed.
    OutletChanged = "outlet-changed", "set up the outlet to";
    /// An outlet was removed.
    OutletRemoved = "outlet-removed", "removed the outlet to";
    /// Somebody decided for a friend what others see of them.
    SharingDecided = "sharing-decided", "decided what is seen of";
    /// Somebody deleted for a friend what is stored of them.
    DataErased = "data-erased", "deleted what was stored of";
    /// A phone was asked something.
    OrderSent = "order-sent", "sent an order to the device";
    /// A message was published on the console.
    Published = "published", "published on";
    /// A bearer token was made.
    TokenMade = "token-made", "made the token";
    /// A bearer token was revoked.
    TokenRevoked = "token-revoked", "revoked the token";
    /// A bot was made.
    BotMade = "bot-made", "made the bot";
    /// A bot was removed.
    BotRemoved = "bot-removed", "removed the bot";
    /// Somebody was invited.
    Invited = "invited", "invited";
    /// An invitation was taken back.
    InvitationRevoked = "invitation-revoked", "took back the invitation of";
    /// Somebody came by an invitation.
    InvitationAccepted = "invitation-accepted", "accepted the invitation of";
    /// Another way to sign in was linked to an account.
    IdentityLinked = "identity-linked", "linked an identity to";
    /// Another way to sign in was taken away from an account.
    IdentityRemoved = "identity-removed", "removed an identity of";
    /// Somebody failed to sign in so often that they were made to wait.
    SignInSlowed = "sign-in-slowed", "failed too often to sign in as";
    /// A group was made.
    GroupMade = "group-made", "made the group";
    /// A group is called otherwise.
    GroupRenamed = "group-renamed", "renamed the group";
    /// A group was removed.
    GroupRemoved = "group-removed", "removed the group";
    /// Somebody is of a group from now on, or something else there.
    MemberPut = "member-put", "put into a group";
    /// Somebody is of a group no more.
    MemberRemoved = "member-removed", "took out of a group";
    /// Somebody was invited into a group.
    GroupInvited = "group-invited", "invited into a group";
    /// Something is kept for another time from now on.
    RetentionSet = "retention-set", "changed how long is kept";
    /// A copy of everything was written.
    BackedUp = "backed-up", "wrote a backup of";
    /// Somebody looked, as an admin or with a token of the whole server, at where somebody else is or was.
    PositionRead = "position-read", "looked at data of";
}

impl Act {
    /// The act of that word.
    pub fn named(word: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|act| act.as_str() == word)
    }
}

/// Who did it, as they were called then.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase", tag = "kind", content = "name")]
pub enum Actor {
    /// A friend.
    Friend(String),
    /// A bearer token of the whole server.
    Token(String),
    /// Somebody at the terminal of the server.
    Terminal,
    /// Nobody who is known; where they came from.
    Nobody(String),
}

impl Actor {
    /// The word for its kind.
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::Friend(_) => "friend",
            Self::Token(_) => "token",
            Self::Terminal => "terminal",
            Self::Nobody(_) => "nobody",
        }
    }

    /// Its name.
    pub fn name(&self) -> &str {
        match self {
            Self::Friend(name) | Self::Token(name) | Self::Nobody(name) => name,
            Self::Terminal => "terminal",
        }
    }

    /// The beginning of a sentence.
    pub fn words(&self) -> String {
        match self {
            Self::Friend(name) => name.clone(),
            Self::Token(name) => format!("The token {name}"),
            Self::Terminal => "Somebody at the terminal".to_owned(),
            Self::Nobody(from) => format!("Somebody from {from}"),
        }
    }
}

/// One line of the audit log.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct AuditEntry {
    /// Which; in time order.
    pub id: AuditId,
    /// When; of what is counted, the first time.
    pub at: Timestamp,
    /// Of what is counted, the last time.
    pub last_at: Timestamp,
    /// How often.
    pub times: u32,
    /// Who.
    pub actor: Actor,
    /// Did what.
    pub act: Act,
    /// To whom or what, as it was called then.
    pub subject: String,
    /// Whom it concerns, where it is somebody.
    pub friend: Option<FriendId>,
    /// More about it, such as the new role, or on which page.
    pub note: String,
}

#[cfg(test)]
mod tests {
    use super::Act;

    #[test]
    fn each_act_has_its_word() {
        for act in Act::ALL {
            assert_eq!(Act::named(act.as_str()), Some(*act));
            assert_eq!(serde_json::to_value(act).expect("is written"), act.as_str());
        }
    }
}

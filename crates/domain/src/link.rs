//! Set-up links: how somebody gets a phone onto the map without anybody else learning its password.
//!
//! The password of the device is made when its owner uses the link, and is told to them alone. For a friend who can sign in that is
//! whoever is signed in as them; only for who cannot sign in, and for a link that they made themselves, the link is enough.

use crate::{DeviceId, Fate, Friend, FriendId, LinkId, Name, Once, Timestamp};
use serde::{Deserialize, Serialize};

/// A link by which somebody sets up a phone, without its token.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeviceLink {
    /// Which.
    pub id: LinkId,
    /// Whose phone it is for.
    pub friend: FriendId,
    /// What the device is called, or will be.
    pub device_name: Name,
    /// Who made it; `None` at the terminal, or by somebody who is gone.
    pub made_by: Option<FriendId>,
    /// When.
    pub made_at: Timestamp,
    /// Used is when the password was made.
    pub once: Once,
    /// When its page was first fetched, perhaps by the preview of a messenger.
    pub opened_at: Option<Timestamp>,
    /// The device that it set up.
    pub device: Option<DeviceId>,
}

/// What has become of a link.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LinkState {
    /// Nobody has looked at it.
    Made,
    /// Somebody has looked at its page.
    Opened,
    /// The phone was set up by it: worth nothing any more.
    Used,
    /// It was taken back.
    Revoked,
    /// Nobody used it in time.
    Expired,
}

impl LinkState {
    /// The word for it in the interface.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Made => "made",
            Self::Opened => "opened",
            Self::Used => "used",
            Self::Revoked => "revoked",
            Self::Expired => "expired",
        }
    }

    /// Whether a phone can still be set up by it.
    pub const fn is_open(self) -> bool {
        matches!(self, Self::Made | Self::Opened)
    }
}

impl DeviceLink {
    /// How long a link is worth something, milliseconds: a day.
    pub const LIVES_MS: i64 = 24 * 3_600_000;

    /// What has become of it.
    pub fn state(&self, now: Timestamp) -> LinkState {
        match self.once.fate(now) {
            Fate::Used(_) => LinkState::Used,
            Fate::Revoked(_) => LinkState::Revoked,
            Fate::Over => LinkState::Expired,
            Fate::Open if self.opened_at.is_some() => LinkState::Opened,
            Fate::Open => LinkState::Made,
        }
    }

    /// Whether only its friend, signed in, may use it: whoever else made it knows the link.
    pub fn needs_sign_in(&self, owner: &Friend) -> bool {
        owner.role.is_some() && self.made_by != Some(owner.id)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{GroupId, Role};
    use uuid::Uuid;

    const MADE: Timestamp = Timestamp::from_millis(1_700_000_000_000);

    fn friend(number: u128) -> FriendId {
        FriendId::new(Uuid::from_u128(number))
    }

    fn link() -> DeviceLink {
        DeviceLink {
            id: LinkId::new(Uuid::from_u128(9)),
            friend: friend(1),
            device_name: Name::new("phone").expect("is a name"),
            made_by: Some(friend(2)),
            made_at: MADE,
            once: Once::until(MADE.plus_millis(DeviceLink::LIVES_MS)),
            opened_at: None,
            device: None,
        }
    }

    #[test]
    fn a_link_is_worth_something_for_a_day_and_until_it_is_used_or_taken_back() {
        let (soon, late) = (MADE.plus_millis(1000), MADE.plus_millis(DeviceLink::LIVES_MS));
        let opened = DeviceLink { opened_at: Some(soon), ..link() };
        let used = DeviceLink { once: Once { used_at: Some(soon), ..opened.once }, ..opened.clone() };
        let revoked = DeviceLink { once: Once { revoked_at: Some(soon), ..opened.once }, ..opened.clone() };
        for (link, at, state, open) in [
            (link(), soon, LinkState::Made, true),
            (opened.clone(), soon, LinkState::Opened, true),
            (opened, late, LinkState::Expired, false),
            (used.clone(), soon, LinkState::Used, false),
            (used, late, LinkState::Used, false),
            (revoked, late, LinkState::Revoked, false),
        ] {
            assert_eq!((link.state(at), link.state(at).is_open()), (state, open), "{link:?} {at}");
        }
    }

    #[test]
    fn who_can_sign_in_must_unless_they_made_the_link_themselves() {
        let owner = |role| Friend {
            id: friend(1),
            group: GroupId::new(Uuid::from_u128(1)),
            memberships: crate::Memberships::default(),
            name: Name::new("ann").expect("is a name"),
            role,
            demo: false,
            added_at: MADE,
        };
        let by = |made_by| DeviceLink { made_by, ..link() };
        for (made_by, role, needs) in [
            (Some(friend(2)), Some(Role::Friend), true),
            (Some(friend(2)), Some(Role::Admin), true),
            (None, Some(Role::Friend), true),
            (Some(friend(1)), Some(Role::Friend), false),
            (Some(friend(2)), None, false),
            (None, None, false),
        ] {
            assert_eq!(by(made_by).needs_sign_in(&owner(role)), needs, "{made_by:?} {role:?}");
        }
    }
}

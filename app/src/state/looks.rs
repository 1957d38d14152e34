//! What a friend's face is drawn from: the picture of their card, over initials on a colour that stays the same. Pure.

use super::age::face;
use domain::{Name, live::LiveFriend};

/// A face, on the map and in lists.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Looks {
    /// One or two letters; seen until the picture is there, and if it does not come.
    pub initials: String,
    /// The colour below, see [`face`]: by the friend's own name, whatever they wish to be called.
    pub colour: u8,
    /// Where the picture is, if there is one.
    pub picture: Option<String>,
}

impl Looks {
    /// The face of a friend.
    pub fn of(friend: &LiveFriend) -> Self {
        let own = &friend.friend.name;
        let id = friend.friend.id;
        let pictured = friend.card.as_ref().filter(|card| card.has_face);
        Self {
            initials: Name::new(friend.shown_name())
                .map_or_else(|_| own.initials(), |shown| shown.initials()),
            colour: face(own.as_str()),
            // A new picture has a new address, so that nobody keeps the old one.
            picture: pictured
                .map(|card| format!("/api/v1/friends/{id}/face?v={}", card.changed_at.as_millis())),
        }
    }

    /// A face of which only the name is known.
    pub fn of_name(name: &str) -> Self {
        Self {
            initials: Name::new(name).map(|name| name.initials()).unwrap_or_default(),
            colour: face(name),
            picture: None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::state::fixture::{NOW, friend, friend_id};
    use domain::Card;

    #[test]
    fn a_picture_is_asked_for_anew_when_the_card_changed_and_only_if_there_is_one() {
        let mut jane = friend(1, "Jane");
        assert_eq!(Looks::of(&jane), Looks::of_name("Jane"));
        jane.card = Some(Card { name: None, has_face: true, changed_at: NOW });
        let address = format!("/api/v1/friends/{}/face?v=1700000000000", friend_id(1));
        assert_eq!(Looks::of(&jane).picture.as_deref(), Some(address.as_str()));
        jane.card = Some(Card { name: None, has_face: false, changed_at: NOW });
        assert_eq!(Looks::of(&jane).picture, None);
    }

    #[test]
    fn who_is_called_otherwise_keeps_their_colour_and_their_own_name_is_known() {
        let mut jane = friend(1, "Jane");
        assert_eq!((jane.shown_name(), jane.own_name()), ("Jane", None));
        jane.card = Some(Card { name: Some("Aunt Zoë".to_owned()), has_face: false, changed_at: NOW });
        assert_eq!((jane.shown_name(), jane.own_name()), ("Aunt Zoë", Some("Jane")));
        let looks = Looks::of(&jane);
        assert_eq!((looks.initials.as_str(), looks.colour), ("AZ", face("Jane")));
    }
}

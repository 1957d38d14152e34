//! Named areas, and who is in them.

use crate::{DeviceId, FriendId, GroupId, Name, RegionId, Schedule, Timestamp};
use geodesy::Area;
use serde::{Deserialize, Serialize};

/// A named area of a group.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Region {
    /// Which.
    pub id: RegionId,
    /// Whose.
    pub group: GroupId,
    /// What it is called; need not be unique.
    pub name: Name,
    /// Where.
    pub area: Area,
    /// Made up, for a demonstration.
    pub demo: bool,
    /// When it got this name, shape and details.
    pub changed_at: Timestamp,
    /// Everything else that an admin may say of it.
    #[serde(default)]
    pub details: Details,
}

/// What may be said of a region besides its name and shape. Each has a default, and what has its default is not written.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Details {
    /// The sign on its label.
    #[serde(skip_serializing_if = "is_default")]
    pub icon: Icon,
    /// In which colour of the palette it is drawn.
    #[serde(skip_serializing_if = "is_default")]
    pub colour: Colour,
    /// How quickly somebody counts as come or gone.
    #[serde(skip_serializing_if = "is_default")]
    pub pace: Pace,
    /// Who may know of it.
    #[serde(skip_serializing_if = "is_default")]
    pub audience: Audience,
    /// Whether the group's phones are given it, to watch it themselves.
    #[serde(skip_serializing_if = "is_default")]
    pub to_phones: bool,
    /// When it tells anything; `None` is always. It is judged all the same.
    #[serde(skip_serializing_if = "is_default")]
    pub schedule: Option<Schedule>,
}

/// The sign on a region's label.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[expect(missing_docs, reason = "the words say it")]
pub enum Icon {
    #[default]
    Pin,
    Home,
    Work,
    School,
    Shop,
    Sport,
    Health,
    Heart,
    Train,
    Tree,
    Water,
    Star,
}

/// A colour of the palette; how it looks is the style sheet's, by day and by night.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[expect(missing_docs, reason = "the words say it")]
pub enum Colour {
    #[default]
    Blue,
    Teal,
    Green,
    Amber,
    Red,
    Pink,
    Violet,
    Grey,
}

/// How quickly somebody counts as come or gone: the sooner, the more often wrongly.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Pace {
    /// At the first good sign.
    Fast,
    /// When it is as good as certain.
    #[default]
    Balanced,
    /// When there is no doubt left; short visits and short ways out go without saying.
    Calm,
}

/// Who may know of a region, of those who are of its group. Admins of the group always may.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Audience {
    /// The whole group.
    #[default]
    Group,
    /// Its admins alone.
    Admins,
    /// These friends and the admins.
    Friends(Vec<FriendId>),
}

/// Gives the kinds of something their words, as they stand in forms, in the interface and in the database.
macro_rules! words {
    ($kind:ident: $($variant:ident $word:literal),+) => {
        impl $kind {
            /// All of them, in the order in which people choose.
            pub const ALL: &[Self] = &[$(Self::$variant),+];

            /// The word for it.
            pub const fn as_str(self) -> &'static str {
                match self {
                    $(Self::$variant => $word),+
                }
            }

            /// The one with that word.
            pub fn named(word: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|known| known.as_str() == word)
            }
        }
    };
}

words!(Icon: Pin "pin", Home "home", Work "work", School "school", Shop "shop", Sport "sport", Health "health", Heart "heart",
    Train "train", Tree "tree", Water "water", Star "star");
words!(Colour: Blue "blue", Teal "teal", Green "green", Amber "amber", Red "red", Pink "pink", Violet "violet", Grey "grey");
words!(Pace: Fast "fast", Balanced "balanced", Calm "calm");

fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}

/// A friend is in a region: one line of the presence.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Stay {
    /// Where.
    pub region: RegionId,
    /// Since when, by the fixes; for a friend first seen inside, the first fix there.
    pub since: Timestamp,
    /// Then the region's hours began, and it does not tell whether they were there before.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub or_before: bool,
    /// Not all of their devices that count are there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub apart: Option<Apart>,
}

/// Some devices of a friend are in a region, and others are not.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Apart {
    /// Those that are there.
    pub there: Vec<DeviceId>,
    /// One that is surely elsewhere; of several the one that moved last.
    pub elsewhere: Option<DeviceId>,
    /// Whether that one has moved since all that are there did: it seems to be the one that is carried.
    pub moved_since: bool,
}

impl Stay {
    /// In this region since then, by all devices there are.
    pub const fn new(region: RegionId, since: Timestamp) -> Self {
        Self { region, since, or_before: false, apart: None }
    }
}

#[cfg(test)]
mod tests {
    use super::{Colour, Details, Icon, Pace};

    #[test]
    fn the_words_are_those_of_the_database() {
        for icon in Icon::ALL {
            assert_eq!(serde_json::to_value(icon).ok(), Some(icon.as_str().into()));
            assert_eq!(Icon::named(icon.as_str()), Some(*icon));
        }
        for colour in Colour::ALL {
            assert_eq!(serde_json::to_value(colour).ok(), Some(colour.as_str().into()));
        }
        for pace in Pace::ALL {
            assert_eq!(serde_json::to_value(pace).ok(), Some(pace.as_str().into()));
        }
        assert_eq!(Icon::named("Pin"), None);
        assert_eq!(serde_json::to_string(&Details::default()).ok().as_deref(), Some("{}"));
    }
}

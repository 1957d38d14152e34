//! How friends are shown to each other, in words. Pure.

use super::World;
use domain::{DeviceKind, Level, RegionId, Shown, Timestamp, live::Heard, live::LiveFriend};

/// How a friend is shown, in a few quiet words; `None` where there is nothing to say: as the phone reports it.
pub fn shown_words(shown: Shown) -> Option<String> {
    let words = match shown {
        Shown::Precise => return None,
        Shown::Street => "to the street",
        Shown::District => "to the part of town",
        Shown::City => "to the town",
        Shown::Names => "only names of regions",
        Shown::Inside => "only in some regions",
        Shown::Delayed(minutes) => return Some(format!("{} late", minutes_words(minutes))),
        Shown::Paused => "paused",
        Shown::Off => "off",
    };
    Some(words.to_owned())
}

/// The same beside words that say where they are: without those that say it already.
pub fn besides(shown: Shown) -> Option<String> {
    shown_words(shown).filter(|_| !matches!(shown, Shown::Paused | Shown::Off))
}

/// What a position comes from, where that is not a phone.
pub const fn source_words(kind: DeviceKind) -> Option<&'static str> {
    match kind {
        DeviceKind::Phone => None,
        DeviceKind::Browser => Some("by browser"),
    }
}

/// What somebody said that others see, as it stands in a table.
pub fn level_words(level: &Level, world: &World) -> String {
    let words = match level {
        Level::Precise => "Precisely",
        Level::Street => "To the street",
        Level::District => "To the part of town",
        Level::City => "To the town",
        Level::Names => "Only names of regions",
        Level::Inside(regions) => return format!("Only inside {}", region_names(regions, world)),
        Level::Delayed(minutes) => return format!("{} later", minutes_words(*minutes)),
        Level::Off => "Nothing",
    };
    words.to_owned()
}

fn region_names(regions: &[RegionId], world: &World) -> String {
    let name = |id: &RegionId| world.region(*id).map(|region| region.name.to_string());
    let names: Vec<String> = regions.iter().filter_map(name).collect();
    if names.is_empty() { "regions that are gone".to_owned() } else { names.join(", ") }
}

/// So many minutes as people say them: "15 min", "6 h", "1 day".
pub fn minutes_words(minutes: u32) -> String {
    match minutes {
        1440 => "1 day".to_owned(),
        60.. if minutes.is_multiple_of(60) => format!("{} h", minutes / 60),
        _ => format!("{minutes} min"),
    }
}

/// The moment as of which a friend is shown: for who is shown late, that long ago.
pub fn as_of(friend: &LiveFriend, now: Timestamp) -> Timestamp {
    now.plus_millis(-friend.shown.delay_ms())
}

/// When a friend was last heard of, as it counts for their silence: who is shown late is not silent for that.
pub fn heard(friend: &LiveFriend) -> Option<Heard> {
    let late = |heard: Heard| Heard { at: heard.at.plus_millis(friend.shown.delay_ms()), ..heard };
    friend.heard().map(late)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::state::fixture::{NOW, friend, region, region_id};

    #[test]
    fn words_say_how_late_and_which_regions() {
        let world = World { regions: vec![region(1, "Home")], ..World::default() };
        assert_eq!(shown_words(Shown::Precise), None);
        assert_eq!(shown_words(Shown::Delayed(90)).as_deref(), Some("90 min late"));
        assert_eq!(shown_words(Shown::Delayed(1440)).as_deref(), Some("1 day late"));
        let inside = Level::Inside(vec![region_id(1), region_id(2)]);
        assert_eq!(level_words(&inside, &world), "Only inside Home");
        assert_eq!(level_words(&Level::Delayed(360), &world), "6 h later");
        assert_eq!(level_words(&Level::Inside(vec![]), &world), "Only inside regions that are gone");
    }

    #[test]
    fn who_is_shown_late_is_not_silent_for_that() {
        let mut jane = friend(1, "Jane");
        let later = NOW.plus_millis(6 * 3_600_000);
        assert!(heard(&jane).is_some_and(|heard| heard.silent_since(later).is_some()));
        jane.shown = Shown::Delayed(360);
        assert!(heard(&jane).is_some_and(|heard| heard.silent_since(later).is_none()));
        assert_eq!((as_of(&jane, later), jane.silent_since(later)), (NOW, None));
    }
}

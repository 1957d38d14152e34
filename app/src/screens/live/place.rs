//! Where a friend is, in words.

use crate::{
    state::{World, age::ago_short},
    ui::{Moment, distance_words},
};
use domain::{
    Shown, Stay, Timestamp,
    live::{Heard, LiveFriend},
};
use leptos::{either::Either, prelude::*};

/// Where a friend is, as a person would say it. Pure.
#[derive(Clone, Debug, PartialEq)]
pub enum Place {
    /// In a region, since then.
    In(String, Stay),
    /// Outside of all regions, and moving.
    Moving,
    /// Outside, so many metres from the nearest region.
    Near(String, f64),
    /// Somewhere, and there are no regions to tell it by.
    Somewhere,
    /// Never seen yet.
    Unseen,
    /// There, and these devices of theirs were left behind in that region.
    Without(Box<Place>, String, String),
    /// Somewhere in a wide cell, whose middle is so many metres from the nearest region; none where it may reach into it.
    About(String, Option<f64>),
    /// There is nothing to see, because of how they are shown.
    Hidden(Shown),
}

impl Place {
    /// Faster than this is no longer a walk around the house, km/h.
    const MOVING_KMH: f64 = 4.0;

    /// Says where a friend is.
    pub fn of(world: &World, friend: &LiveFriend, now: Timestamp) -> Self {
        let place = Self::of_friend(world, friend, now);
        match world.left_behind(friend, now) {
            Some((devices, region)) => Self::Without(Box::new(place), devices, region.name.to_string()),
            None => place,
        }
    }

    fn of_friend(world: &World, friend: &LiveFriend, now: Timestamp) -> Self {
        if let Some((region, stay, _)) = world.place(friend, now) {
            return Self::In(region.name.to_string(), stay.clone());
        }
        let Some((_, spot)) = friend.carried(now) else {
            return if friend.shown == Shown::Precise { Self::Unseen } else { Self::Hidden(friend.shown) };
        };
        if spot.velocity_kmh.is_some_and(|speed| speed >= Self::MOVING_KMH) {
            return Self::Moving;
        }
        let away = |region: &domain::Region| region.area.signed_distance_m(spot.point).max(0.0);
        let nearest =
            world.regions.iter().map(|region| (region, away(region))).min_by(|(_, a), (_, b)| a.total_cmp(b));
        let Some((region, metres)) = nearest else { return Self::Somewhere };
        let name = region.name.to_string();
        if friend.shown.is_coarse() {
            let is_apart = spot.accuracy_m.is_none_or(|reach_m| reach_m < metres);
            return Self::About(name, Some(metres).filter(|_| is_apart));
        }
        Self::Near(name, metres)
    }
}

/// What is said where nothing is seen. Not that anything is missing: it is as they want it.
const fn hidden_words(shown: Shown) -> &'static str {
    match shown {
        Shown::Paused => "Paused",
        Shown::Off => "Location off",
        Shown::Inside => "Away",
        Shown::Names => "In no region",
        Shown::Precise | Shown::Street | Shown::District | Shown::City | Shown::Delayed(_) => {
            "Nothing to see yet"
        }
    }
}

/// For how long nothing was heard: "3 h silent", or right after the connection was lost "contact lost".
pub fn silence_words(since: Timestamp, now: Timestamp) -> String {
    if now.millis_since(since) < 60_000 {
        "contact lost".to_owned()
    } else {
        format!("{} silent", ago_short(since, now))
    }
}

/// The same on a page: "Home, since 17:42", or after a long silence "probably at Home, 3 h silent".
#[component]
pub fn PlaceWords(
    /// Where.
    place: Place,
    /// When they were last heard of.
    heard: Option<Heard>,
    /// The present.
    #[prop(into)]
    now: Signal<Timestamp>,
) -> impl IntoView {
    words(place, heard, now)
}

fn words(place: Place, heard: Option<Heard>, now: Signal<Timestamp>) -> AnyView {
    let silent = Memo::new(move |_| heard.and_then(|heard| heard.silent_since(now.get())));
    let silence = move || silent.get().map(|since| silence_words(since, now.get()));
    let last = move || silent.get().map(|_| "last ");
    match place {
        Place::In(name, Stay { since, or_before, .. }) => (move || match silence() {
            Some(silence) => Either::Left(view! { "probably at " <b>{name.clone()}</b> ", " {silence} }),
            None => Either::Right(view! {
                <b>{name.clone()}</b> ", since " <Moment at=since now /> {or_before.then_some(" or before")}
            }),
        })
        .into_any(),
        Place::Moving => (move || match last() {
            Some(last) => Either::Left(view! { {last} <b>"on the move"</b> }),
            None => Either::Right(view! { <b>"On the move"</b> }),
        })
        .into_any(),
        Place::Near(name, metres) => {
            view! { {last} <b>{distance_words(metres)}</b> " from " {name} }.into_any()
        }
        Place::About(name, None) => view! { {last} <b>"around "</b> {name} }.into_any(),
        Place::About(name, Some(metres)) => {
            view! { {last} <b>"about " {distance_words(metres)}</b> " from " {name} }.into_any()
        }
        Place::Hidden(shown) => view! { <b>{hidden_words(shown)}</b> }.into_any(),
        Place::Somewhere => view! { <b>"Outside"</b> }.into_any(),
        Place::Unseen => view! { <b>"Not on the map yet"</b> }.into_any(),
        Place::Without(place, devices, region) => {
            view! { {words(*place, heard, now)} " · " {devices} " left at " {region} }.into_any()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::state::fixture::{NOW, friend, region};

    #[test]
    fn who_shows_nothing_is_not_waited_for_and_who_shows_little_is_only_about_there() {
        let world = World { regions: vec![region(1, "Home")], ..World::default() };
        let mut jane = friend(1, "Jane");
        assert_eq!(Place::of(&world, &jane, NOW), Place::Near("Home".to_owned(), 0.0));
        jane.shown = Shown::City;
        if let Some(spot) = jane.devices.first_mut().and_then(|device| device.spot.as_mut()) {
            spot.accuracy_m = Some(9_000.0);
        }
        assert_eq!(Place::of(&world, &jane, NOW), Place::About("Home".to_owned(), None));
        jane.devices.clear();
        for shown in [Shown::Off, Shown::Paused, Shown::Names] {
            jane.shown = shown;
            assert_eq!(Place::of(&world, &jane, NOW), Place::Hidden(shown));
        }
        jane.shown = Shown::Precise;
        assert_eq!(Place::of(&world, &jane, NOW), Place::Unseen);
    }
}

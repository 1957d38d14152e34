//! What another friend sees, line by line; and beside it what they would see.

use super::Whose;
use crate::{
    api::{Other, Preview},
    state::{World, age::ago, shown::shown_words, use_live},
    ui::{Banner, Tone, at, distance_words},
};
use domain::{FriendId, Timestamp, live::LiveFriend};
use leptos::{either::EitherOf3, prelude::*};

/// One line of what is seen: its name, and what stands there.
type Line = (&'static str, String);

/// What somebody sees of a friend, in words.
fn lines(world: &World, live: &LiveFriend, now: Timestamp) -> Vec<Line> {
    let spot = live.newest().map(|(_, spot)| spot);
    let none = || "nothing".to_owned();
    let position = spot.map(|spot| {
        let at = format!("{:.4}, {:.4}", spot.point.lat(), spot.point.lon());
        match spot.accuracy_m {
            Some(reach) if live.shown.is_coarse() => {
                format!("about {at}, to within {}", distance_words(reach))
            }
            Some(accuracy) => format!("{at}, ±{}", distance_words(accuracy)),
            None => at,
        }
    });
    let regions = live.stays.iter().filter_map(|stay| world.region(stay.region));
    let regions = regions.map(|region| region.name.to_string()).collect::<Vec<_>>().join(", ");
    let speed = spot.and_then(|spot| spot.velocity_kmh).map(|kmh| format!("{kmh:.0}\u{202f}km/h"));
    let charge = spot.and_then(|spot| spot.battery_pct).map(|charge| format!("{charge}\u{202f}%"));
    let devices =
        live.devices.iter().map(|device| device.device.name.to_string()).collect::<Vec<_>>().join(", ");
    let level = shown_words(live.shown).unwrap_or_else(|| "precisely".to_owned());
    vec![
        ("Shown", level),
        ("Position", position.unwrap_or_else(none)),
        ("Age", spot.map_or_else(none, |spot| ago(spot.at, now))),
        ("Regions", if regions.is_empty() { none() } else { regions }),
        ("Speed", speed.unwrap_or_else(none)),
        ("Charge", charge.unwrap_or_else(none)),
        ("Devices", if devices.is_empty() { none() } else { devices }),
    ]
}

/// What one friend sees now.
#[component]
pub(super) fn ViewAs(whose: Whose, eyes: String) -> impl IntoView {
    let live = use_live();
    let eyes: Option<FriendId> = eyes.parse().ok();
    let seen = Memo::new(move |_| {
        let is_meant = |other: &&Other| Some(other.friend) == eyes;
        whose.known.with(|known| known.others.iter().find(is_meant).cloned())
    });
    let whom = whose.whom();
    let own = whose.own;
    let content = move || match seen.get() {
        Some(Other { name, sees, .. }) => {
            let now = live.now.get();
            let not_own = (!own)
                .then(|| view! { <p class="hint">"What is not shown to you is left out here, too."</p> });
            let lines = live.world.with(|world| lines(world, &sees, now));
            let rows =
                lines.into_iter().map(|(name, text)| view! { <dt>{name}</dt><dd>{text}</dd> }).collect_view();
            view! {
                <h2 id="as-title">"What " {name} " sees of " {whom.clone()}</h2>
                <dl class="facts">{rows}</dl>
                {not_own}
            }
            .into_any()
        }
        None => view! {
            <h2 id="as-title">"What others see"</h2>
            <Banner tone=Tone::Note>"There is no such friend any more."</Banner>
        }
        .into_any(),
    };
    view! {
        <section class="card stack" id="as" aria-labelledby="as-title">
            {content}
            <p><a class="button button-quiet" href=at(&whose.page())>"Close"</a></p>
        </section>
    }
}

/// What saving would change for one friend.
#[component]
pub(super) fn Difference(preview: Option<Preview>) -> impl IntoView {
    let live = use_live();
    let Some(Preview { eyes, before, after }) = preview else { return EitherOf3::A(()) };
    let now = live.now.get_untracked();
    let (before, after) =
        live.world.with_untracked(|world| (lines(world, &before, now), lines(world, &after, now)));
    if before == after {
        return EitherOf3::B(
            view! { <p class="hint">"For " {eyes} " nothing changes right now; the past may."</p> },
        );
    }
    let row = |((name, before), (_, after)): (Line, Line)| {
        if before == after {
            view! { <tr><th scope="row">{name}</th><td>{before}</td><td>{after}</td></tr> }.into_any()
        } else {
            view! { <tr class="is-changed"><th scope="row">{name}</th><td><del>{before}</del></td><td><ins>{after}</ins></td></tr> }
                .into_any()
        }
    };
    let rows = before.into_iter().zip(after).map(row).collect_view();
    EitherOf3::C(view! {
        <table class="difference">
            <caption>"What " {eyes} " sees"</caption>
            <thead><tr><th scope="col"><span class="visually-hidden">"What"</span></th><th scope="col">"Now"</th><th scope="col">"After saving"</th></tr></thead>
            <tbody>{rows}</tbody>
        </table>
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::state::fixture::{NOW, friend, region, region_id};
    use domain::{Shown, Stay};

    #[test]
    fn what_is_seen_is_said_line_by_line_and_what_is_not_seen_too() {
        let world = World { regions: vec![region(1, "Home")], ..World::default() };
        let mut jane = friend(1, "Jane");
        jane.stays = vec![Stay::new(region_id(1), NOW)];
        let text = |live: &LiveFriend, line: &str| {
            let found = lines(&world, live, NOW).into_iter().find(|(name, _)| *name == line);
            found.map(|(_, text)| text).unwrap_or_default()
        };
        assert_eq!(text(&jane, "Position"), "47.0000, 8.0000");
        assert_eq!((text(&jane, "Regions").as_str(), text(&jane, "Shown").as_str()), ("Home", "precisely"));
        (jane.shown, jane.stays) = (Shown::Street, Vec::new());
        if let Some(spot) = jane.devices.first_mut().and_then(|device| device.spot.as_mut()) {
            spot.accuracy_m = Some(178.0);
        }
        assert_eq!(
            text(&jane, "Position").replace('\u{202f}', " "),
            "about 47.0000, 8.0000, to within 180 m"
        );
        (jane.shown, jane.devices) = (Shown::Paused, Vec::new());
        assert!(["Position", "Age", "Regions", "Devices"].iter().all(|line| text(&jane, line) == "nothing"));
        assert_eq!(text(&jane, "Shown"), "paused");
    }
}

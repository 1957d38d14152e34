//! The form that chooses a part of the history. A plain one: the answer is in the address, and works without script.

use super::Wanted;
use crate::{
    browser,
    state::use_live,
    ui::{Clock, Icon, Sign, at},
};
use leptos::prelude::*;
use leptos_router::{NavigateOptions, hooks::use_navigate};

/// What can be chosen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Field {
    Friend,
    Region,
    Kind,
    Day,
    Until,
    Moment,
}

/// The fields of a page.
#[component]
pub(super) fn Filters(
    /// The page.
    path: &'static str,
    /// What can be chosen on it.
    shown: &'static [Field],
) -> impl IntoView {
    let wanted = Wanted::from_address();
    let navigate = use_navigate();
    let submit = move |event: web_sys::SubmitEvent| {
        if let Some(query) = query_of(&event) {
            event.prevent_default();
            navigate(
                &at(&format!("{path}?{query}")),
                NavigateOptions { resolve: false, ..NavigateOptions::default() },
            );
        }
    };
    let fields = shown.iter().map(|field| match field {
        Field::Friend => view! { <FriendField wanted /> }.into_any(),
        Field::Region => view! { <RegionField wanted /> }.into_any(),
        Field::Kind => view! { <KindField wanted /> }.into_any(),
        Field::Day => input("Day", "date", "day", move || wanted.get().day),
        Field::Until => input("Until", "date", "until", move || wanted.get().until),
        Field::Moment => input("When", "datetime-local", "at", move || wanted.get().at),
    });
    let fields = fields.collect_view();
    view! {
        <form class="filters" method="get" action=at(path) on:submit=submit>
            {fields}
            <ZoneField wanted />
            <button class="button" type="submit"><Icon sign=Sign::Check /> "Show"</button>
            {move || wanted.get().is_narrow().then(|| view! { <a class="button button-quiet" href=at(path)>"Show all"</a> })}
            <ZoneWords wanted />
        </form>
    }
}

// Values as properties too: an attribute no longer moves a field that somebody has touched.

fn input(
    label: &'static str,
    kind: &'static str,
    name: &'static str,
    value: impl Fn() -> String + Copy + Send + Sync + 'static,
) -> AnyView {
    view! { <label><span>{label}</span><input type=kind name=name value=value prop:value=value /></label> }
        .into_any()
}

fn options(choices: Vec<(String, String)>, chosen: &str) -> impl IntoView + use<> {
    let option = |(id, name): (String, String)| {
        let selected = id == chosen;
        view! { <option value=id selected=selected prop:selected=selected>{name}</option> }
    };
    choices.into_iter().map(option).collect_view()
}

#[component]
fn FriendField(wanted: Memo<Wanted>) -> impl IntoView {
    let live = use_live();
    let friends = Memo::new(move |_| {
        live.world.with(|world| {
            let friends = world.friends.iter();
            let names = friends.map(|friend| (friend.friend.id.to_string(), friend.shown_name().to_owned()));
            std::iter::once((String::new(), "Everybody".to_owned())).chain(names).collect::<Vec<_>>()
        })
    });
    view! {
        <label>
            <span>"Friend"</span>
            <select name="friend">{move || options(friends.get(), &wanted.get().friend)}</select>
        </label>
    }
}

#[component]
fn RegionField(wanted: Memo<Wanted>) -> impl IntoView {
    let live = use_live();
    let regions = Memo::new(move |_| {
        let chosen = wanted.get().region;
        let mut choices = vec![(String::new(), "Everywhere".to_owned())];
        live.world.with(|world| {
            choices
                .extend(world.regions.iter().map(|region| (region.id.to_string(), region.name.to_string())));
        });
        // A link may lead to what is no more, or to what only a phone knows.
        if choices.iter().all(|(id, _)| *id != chosen) {
            choices.push((chosen, "A place not drawn here".to_owned()));
        }
        choices
    });
    view! {
        <label>
            <span>"Region"</span>
            <select name="region">{move || options(regions.get(), &wanted.get().region)}</select>
        </label>
    }
}

#[component]
fn KindField(wanted: Memo<Wanted>) -> impl IntoView {
    let kinds = || {
        [("", "Both"), ("enter", "Arrivals"), ("leave", "Departures")]
            .map(|(kind, name)| (kind.to_owned(), name.to_owned()))
    };
    view! {
        <label>
            <span>"What"</span>
            <select name="kind">{move || options(kinds().into(), &wanted.get().kind)}</select>
        </label>
    }
}

/// Whose days: the browser's, which is asked only once the page runs; until then those of the address, else UTC's.
#[component]
fn ZoneField(wanted: Memo<Wanted>) -> impl IntoView {
    let clock = Clock::here();
    let zone = move || {
        let here = clock
            .is_local()
            .then(|| browser::zone_name().unwrap_or_else(|| browser::utc_offset_minutes().to_string()));
        here.unwrap_or_else(|| wanted.get().zone)
    };
    view! { <input type="hidden" name="zone" value=zone prop:value=zone /> }
}

#[component]
fn ZoneWords(wanted: Memo<Wanted>) -> impl IntoView {
    let clock = Clock::here();
    let times = move || {
        if !clock.is_local() {
            return "Times are in UTC".to_owned();
        }
        let minutes = browser::utc_offset_minutes();
        let sign = if minutes < 0 { '−' } else { '+' };
        let (hours, rest) = (minutes.abs() / 60, minutes.abs() % 60);
        let rest = if rest == 0 { String::new() } else { format!(":{rest:02}") };
        let name = browser::zone_name().map(|name| format!(", {name}")).unwrap_or_default();
        format!("Times are yours: UTC{sign}{hours}{rest}{name}")
    };
    // A link from elsewhere is about the days there.
    let days = move || {
        let Wanted { day, until, at, zone, .. } = wanted.get();
        let by_name = !zone.is_empty() && zone.parse::<i32>().is_err();
        let here = clock.is_local().then(browser::zone_name).flatten();
        let asked = !(day.is_empty() && until.is_empty() && at.is_empty());
        (asked && by_name && here.as_ref() != Some(&zone)).then(|| format!(". Asked for is a day of {zone}"))
    };
    view! { <p class="hint zone">{times} {days}</p> }
}

/// The form's fields as a query, without the empty ones. `None` when the browser cannot say; then it does it its own way.
fn query_of(event: &web_sys::SubmitEvent) -> Option<String> {
    let fields = leptos::form::form_data_from_event(event).ok()?;
    let mut query = form_urlencoded::Serializer::new(String::new());
    for key in ["friend", "region", "kind", "day", "until", "at", "zone"] {
        let text = fields.get(key).as_string().filter(|text| !text.is_empty());
        if let Some(text) = text {
            query.append_pair(key, &text);
        }
    }
    Some(query.finish())
}

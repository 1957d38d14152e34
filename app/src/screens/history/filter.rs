//! Which part of the history is shown. A plain form: the answer is in the address, and works without script.

use crate::{
    browser,
    state::use_live,
    ui::{Clock, Icon, Sign},
};
use leptos::prelude::*;
use leptos_router::hooks::{use_navigate, use_query_map};

/// What the address asks for; empty is "all".
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Wanted {
    /// A friend's id.
    pub(super) friend: String,
    /// A region's id.
    pub(super) region: String,
    /// A day like `2026-05-17`.
    pub(super) day: String,
    /// How far ahead of UTC that day is, minutes.
    pub(super) zone: String,
    /// Where this part starts.
    pub(super) before: Option<String>,
}

impl Wanted {
    /// Reads the address.
    pub(super) fn from_address() -> Memo<Self> {
        let query = use_query_map();
        Memo::new(move |_| {
            query.with(|query| {
                let text = |key: &str| query.get(key).unwrap_or_default();
                let before = query.get("before").filter(|cursor| !cursor.is_empty());
                Self {
                    friend: text("friend"),
                    region: text("region"),
                    day: text("day"),
                    zone: text("zone"),
                    before,
                }
            })
        })
    }

    /// The address of the part that starts at `cursor`.
    pub(super) fn address(&self, cursor: &str) -> String {
        let mut query = form_urlencoded::Serializer::new(String::new());
        let fields =
            [("friend", &self.friend), ("region", &self.region), ("day", &self.day), ("zone", &self.zone)];
        for (key, text) in fields.into_iter().filter(|(_, text)| !text.is_empty()) {
            query.append_pair(key, text);
        }
        query.append_pair("before", cursor);
        format!("/history?{}", query.finish())
    }

    /// Whether anything is left out.
    pub(super) fn is_narrow(&self) -> bool {
        [&self.friend, &self.region, &self.day].iter().any(|text| !text.is_empty())
    }
}

/// Friend, region and day.
#[component]
pub(super) fn Filters() -> impl IntoView {
    let live = use_live();
    let wanted = Wanted::from_address();
    let friends = Memo::new(move |_| {
        live.world.with(|world| {
            world
                .friends
                .iter()
                .map(|friend| (friend.friend.id.to_string(), friend.shown_name().to_owned()))
                .collect::<Vec<_>>()
        })
    });
    let regions = Memo::new(move |_| {
        live.world.with(|world| {
            world
                .regions
                .iter()
                .map(|region| (region.id.to_string(), region.name.to_string()))
                .collect::<Vec<_>>()
        })
    });
    let clock = Clock::here();
    // Asked only once the page runs; until then the day is UTC's.
    let offset = move || clock.is_local().then(browser::utc_offset_minutes);
    let zone = move || offset().map(|minutes| minutes.to_string()).unwrap_or_default();
    let zone_words = move || match offset() {
        None => "Times are in UTC".to_owned(),
        Some(minutes) => {
            let sign = if minutes < 0 { '−' } else { '+' };
            let (hours, rest) = (minutes.abs() / 60, minutes.abs() % 60);
            let rest = if rest == 0 { String::new() } else { format!(":{rest:02}") };
            format!("Times are yours: UTC{sign}{hours}{rest}")
        }
    };
    // As properties too: an attribute no longer moves a field that somebody has touched.
    let options = move |choices: Vec<(String, String)>, chosen: String| {
        let option = |(id, name): (String, String)| {
            let selected = id == chosen;
            view! { <option value=id selected=selected prop:selected=selected>{name}</option> }
        };
        choices.into_iter().map(option).collect_view()
    };
    let navigate = use_navigate();
    let submit = move |event: web_sys::SubmitEvent| {
        if let Some(query) = query_of(&event) {
            event.prevent_default();
            navigate(&format!("/history?{query}"), leptos_router::NavigateOptions::default());
        }
    };
    view! {
        <form class="filters" method="get" action="/history" on:submit=submit>
            <label>
                <span>"Friend"</span>
                <select name="friend">
                    <option value="" prop:selected=move || wanted.with(|wanted| wanted.friend.is_empty())>"Everybody"</option>
                    {move || options(friends.get(), wanted.get().friend)}
                </select>
            </label>
            <label>
                <span>"Region"</span>
                <select name="region">
                    <option value="" prop:selected=move || wanted.with(|wanted| wanted.region.is_empty())>"Everywhere"</option>
                    {move || options(regions.get(), wanted.get().region)}
                </select>
            </label>
            <label>
                <span>"Day"</span>
                <input type="date" name="day" value=move || wanted.get().day prop:value=move || wanted.get().day />
            </label>
            <input type="hidden" name="zone" value=zone />
            <button class="button" type="submit"><Icon sign=Sign::Check /> "Show"</button>
            {move || wanted.get().is_narrow().then(|| view! { <a class="button button-quiet" href="/history">"Show all"</a> })}
            <p class="hint zone">{zone_words}</p>
        </form>
    }
}

/// The form's fields as a query, without the empty ones. `None` when the browser cannot say; then it does it its own way.
fn query_of(event: &web_sys::SubmitEvent) -> Option<String> {
    let fields = leptos::form::form_data_from_event(event).ok()?;
    let mut query = form_urlencoded::Serializer::new(String::new());
    for key in ["friend", "region", "day", "zone"] {
        let text = fields.get(key).as_string().filter(|text| !text.is_empty());
        if let Some(text) = text {
            query.append_pair(key, &text);
        }
    }
    Some(query.finish())
}

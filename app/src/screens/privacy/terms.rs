//! The form for one party: how exactly, how far back, until when; and below it what that would change, while it is filled in. Without script a
//! button shows the same.

use super::{
    Whose,
    pause::ZoneField,
    seen::Difference,
    words::{AS_GROUP, DELAYS, LEVELS, Offered},
};
use crate::{
    api::{self, ApiError, Other, Preview, TypedTerms, privacy_preview},
    screens::{Trouble, error_of, told_of},
    state::{shown::minutes_words, use_live},
    ui::{ActionForm, Field, Told, at},
};
use domain::{FriendId, Grant, Level, Party};
use leptos::prelude::*;
use leptos_router::{hooks::use_query_map, params::ParamsMap};
use wasm_bindgen::JsCast;

/// Where the form stands, for its fields.
const FORM: &str = "terms";

/// The form.
#[component]
pub(super) fn Terms(
    whose: Whose,
    /// `group`, `group:` with an id, or a friend's id.
    party: String,
    share: ServerAction<api::Share>,
) -> impl IntoView {
    let group = whose.known.with_untracked(|known| known.group_of(&party));
    let is_group = group.is_some();
    let friend: Option<FriendId> = party.parse().ok();
    // Taken once: what is being filled in is not changed from outside.
    let (grant, named, others) = whose.known.with_untracked(|known| {
        let to = |grant: &&Grant| match grant.to {
            Party::Group(id) => Some(id) == group,
            Party::Friend(id) => Some(id) == friend,
        };
        let of_group = known.groups.iter().find(|(id, _)| known.groups.len() > 1 && Some(*id) == group);
        let of_group = of_group.map(|(_, name)| format!("the group {name}"));
        let named = known.others.iter().find(|other| Some(other.friend) == friend);
        let named = of_group.or_else(|| named.map(|other| other.name.clone()));
        (known.grants.iter().find(to).cloned(), named, known.others.clone())
    });
    let error = error_of(share);
    let told = told_of(error);
    let refused = error.get_untracked().filter(|error| error.kept("party").as_ref() == Some(&party));
    let first =
        use_query_map().with_untracked(|query| first(is_group, grant.as_ref(), refused.as_ref(), query));
    let who = named.unwrap_or_else(|| if is_group { "the group".to_owned() } else { String::new() });
    let has_more = !first.since.is_empty() || !first.until.is_empty();
    // Seen through the eyes of whom it is about; of the group, by one whom it holds for.
    let holds_for = |other: &&Other| {
        !is_group
            || other.groups().any(|of| Some(of) == group)
                && whose.known.with_untracked(|known| {
                    known.grants.iter().all(|grant| grant.to != Party::Friend(other.friend))
                })
    };
    let eyes = if is_group {
        others.iter().find(holds_for).map(|other| other.friend.to_string()).unwrap_or_default()
    } else {
        party.clone()
    };
    let typed = RwSignal::new(first.clone());
    let retype = move |event: web_sys::Event| {
        if let Some(now) = typed_in(&event) {
            typed.maybe_update(|typed| std::mem::replace(typed, now.clone()) != now);
        }
    };
    // Of whom nothing was said saw what the group sees.
    let said = grant.is_some()
        || whose
            .known
            .with_untracked(|known| known.grants.iter().any(|grant| matches!(grant.to, Party::Group(_))));
    let id = whose.id();
    let preview = {
        let (id, party) = (id.clone(), party.clone());
        // Before anything is changed there is nothing to compare.
        let (begun, looked) =
            (first.clone(), use_query_map().with_untracked(|query| query.get("level").is_some()));
        let pending = move || {
            let typed = typed.get();
            let is_begun = TypedTerms { zone: begun.zone.clone(), ..typed.clone() } == begun;
            if is_begun && !looked { TypedTerms::default() } else { typed }
        };
        Resource::new_blocking(pending, move |terms| {
            privacy_preview(id.clone(), party.clone(), eyes.clone(), terms)
        })
    };
    view! {
        <section class="card stack" aria-labelledby="terms-title">
            <h2 id="terms-title">"What " {who} " sees"</h2>
            <Trouble error />
            <ActionForm action=share>
                <div class="stack" on:change=retype>
                    <input type="hidden" name="friend" value=id />
                    <input type="hidden" name="party" value=party.clone() />
                    // For the button that only looks: it comes back to this form.
                    <input type="hidden" name="change" value=party />
                    <ZoneField />
                    <Levels is_group first=first.clone() told />
                    <details class="more" open=has_more>
                        <summary>"How far back, and until when"</summary>
                        <div class="stack">
                            <Since first=first.clone() said told />
                            <Until first keep=grant.is_some_and(|grant| grant.until.is_some()) told />
                        </div>
                    </details>
                    <Changes preview />
                    <div class="actions">
                        <button class="button button-strong" type="submit" disabled=share.pending()>"Save"</button>
                        <button class="button plain-only" type="submit" formmethod="get" formaction=at(&whose.page()) formnovalidate=true>
                            "See what would change"
                        </button>
                        <a class="button button-quiet" href=at(&whose.page())>"Cancel"</a>
                    </div>
                </div>
            </ActionForm>
        </section>
    }
}

/// What stands in the form at first: what was refused, what was only looked at, or what holds.
fn first(is_group: bool, grant: Option<&Grant>, refused: Option<&ApiError>, query: &ParamsMap) -> TypedTerms {
    if let Some(error) = refused {
        let kept = |field| error.kept(field).unwrap_or_default();
        return TypedTerms {
            level: kept("level"),
            delay_min: kept("delay_min"),
            regions: kept("regions").split_whitespace().map(ToOwned::to_owned).collect(),
            since: kept("since"),
            since_day: kept("since_day"),
            until: kept("until"),
            until_at: kept("until_at"),
            zone: String::new(),
        };
    }
    if let Some(level) = query.get("level") {
        let text = |field: &str| query.get(field).unwrap_or_default();
        return TypedTerms {
            level,
            delay_min: text("delay_min"),
            regions: query.get_all("regions[]").unwrap_or_default(),
            since: text("since"),
            since_day: text("since_day"),
            until: text("until"),
            until_at: text("until_at"),
            zone: text("zone"),
        };
    }
    let unsaid = if is_group { "" } else { AS_GROUP.word };
    let regions = match grant.map(|grant| &grant.level) {
        Some(Level::Inside(regions)) => regions.iter().map(ToString::to_string).collect(),
        _ => Vec::new(),
    };
    let delay_min = match grant.map(|grant| &grant.level) {
        Some(Level::Delayed(minutes)) => minutes.to_string(),
        _ => String::new(),
    };
    TypedTerms {
        level: grant.map_or(unsaid, |grant| grant.level.as_str()).to_owned(),
        delay_min,
        regions,
        until: if grant.is_some_and(|grant| grant.until.is_some()) { "keep" } else { "" }.to_owned(),
        ..TypedTerms::default()
    }
}

/// What stands in the form that something was changed in. In the browser only.
fn typed_in(event: &web_sys::Event) -> Option<TypedTerms> {
    let changed = event.target()?.dyn_into::<web_sys::Element>().ok()?;
    let form = changed.closest("form").ok().flatten()?.dyn_into::<web_sys::HtmlFormElement>().ok()?;
    let fields = web_sys::FormData::new_with_form(&form).ok()?;
    let text = |field: &str| fields.get(field).as_string().unwrap_or_default();
    Some(TypedTerms {
        level: text("level"),
        delay_min: text("delay_min"),
        regions: fields.get_all("regions[]").iter().filter_map(|id| id.as_string()).collect(),
        since: text("since"),
        since_day: text("since_day"),
        until: text("until"),
        until_at: text("until_at"),
        zone: text("zone"),
    })
}

/// Says what would change; heard when it is another.
#[component]
fn Changes(preview: Resource<Result<Option<Preview>, ApiError>>) -> impl IntoView {
    let shown = move || {
        Suspend::new(async move {
            // While something is missing in the form there is nothing to say yet; saving says what.
            view! { <Difference preview=preview.await.unwrap_or_default() /> }
        })
    };
    view! { <div class="changes" role="status"><Transition>{shown}</Transition></div> }
}

/// How exactly.
#[component]
fn Levels(is_group: bool, first: TypedTerms, told: Signal<Option<Told>>) -> impl IntoView {
    let regions = use_live().world.with_untracked(|world| {
        let own = world.regions.iter().filter(|region| !region.demo);
        own.map(|region| (region.id.to_string(), region.name.to_string())).collect::<Vec<_>>()
    });
    let why = move || {
        told.with(|told| told.as_ref().filter(|told| told.field == "level").map(|told| told.why.clone()))
    };
    let TypedTerms { level, delay_min, regions: ticked, .. } = first;
    let choice = |Offered { word, name, means }: &Offered| {
        view! {
            <label class="choice">
                <input type="radio" name="level" value=*word checked=level == *word required=true />
                <span>{*name} <span class="means">{*means}</span></span>
            </label>
        }
    };
    let delay = DELAYS.map(|minutes| {
        let chosen = delay_min == minutes.to_string();
        view! { <option value=minutes.to_string() selected=chosen>{minutes_words(minutes)}</option> }
    });
    // Said over the interface, it may be any number.
    let other = delay_min.parse().ok().filter(|minutes: &u32| !DELAYS.contains(minutes));
    let other = other.map(
        |minutes| view! { <option value=minutes.to_string() selected=true>{minutes_words(minutes)}</option> },
    );
    let no_regions = regions.is_empty();
    let region = |(id, name): (String, String)| {
        let is_ticked = ticked.contains(&id);
        view! {
            <label class="choice">
                <input type="checkbox" name="regions[]" value=id checked=is_ticked />
                <span>{name}</span>
            </label>
        }
    };
    let regions: Vec<_> = regions.into_iter().map(region).collect();
    let as_group = (!is_group).then(|| choice(&AS_GROUP));
    let mut levels: Vec<AnyView> = Vec::new();
    let mut delay = Some(view! {
        <div class="of-delayed field">
            <label for="terms-delay">"How much later"</label>
            <select id="terms-delay" name="delay_min">{other} {delay.into_iter().collect_view()}</select>
        </div>
    });
    let mut regions = Some(view! {
        <div class="of-inside" role="group" aria-label="Inside which regions">
            {regions}
            {no_regions.then(|| view! { <p class="hint">"There are no regions yet."</p> })}
        </div>
    });
    for offered in &LEVELS {
        levels.push(choice(offered).into_any());
        match offered.word {
            "inside" => levels.extend(regions.take().map(IntoAny::into_any)),
            "delayed" => levels.extend(delay.take().map(IntoAny::into_any)),
            _ => {}
        }
    }
    view! {
        <fieldset class="choices levels" aria-describedby=move || why().map(|_| "terms-level-error")>
            <legend>"How exactly"</legend>
            {as_group}
            {levels}
            {move || why().map(|why| view! { <p class="error" id="terms-level-error">"How exactly: " {why}</p> })}
        </fieldset>
    }
}

/// How far back.
#[component]
fn Since(first: TypedTerms, said: bool, told: Signal<Option<Told>>) -> impl IntoView {
    let chosen = first.since.clone();
    let unsaid = if said { "As until now; what is more than until now, from now on" } else { "From now on" };
    let from_now =
        said.then(|| view! { <option value="now" selected=chosen == "now">"From now on"</option> });
    view! {
        <div class="field">
            <label for="terms-since">"How far back"</label>
            <select id="terms-since" name="since">
                <option value="" selected=chosen.is_empty()>{unsaid}</option>
                {from_now}
                <option value="all" selected=chosen == "all">"Everything"</option>
                <option value="day" selected=chosen == "day">"Since a day"</option>
            </select>
        </div>
        <div class="of-day">
            <Field name="since_day" label="Day" form=FORM kind="date" value=first.since_day may_be_empty=true told />
        </div>
    }
}

/// Until when.
#[component]
fn Until(first: TypedTerms, keep: bool, told: Signal<Option<Told>>) -> impl IntoView {
    let chosen = first.until.clone();
    let options = [
        (keep, "keep", "As until now"),
        (true, "", "For good"),
        (true, "hour", "For an hour"),
        (true, "tonight", "Until midnight"),
        (true, "tomorrow", "Until midnight tomorrow"),
        (true, "at", "Until a time"),
    ];
    let option = |(_, value, text): (bool, &'static str, &'static str)| {
        view! { <option value=value selected=chosen == value>{text}</option> }
    };
    let options: Vec<_> = options.into_iter().filter(|(offered, ..)| *offered).map(option).collect();
    view! {
        <div class="field">
            <label for="terms-until">"Until when"</label>
            <select id="terms-until" name="until">{options}</select>
            <p class="hint">"Then it is as if this had never been said: a friend sees what the group sees, and the group nothing."</p>
        </div>
        <div class="of-at">
            <Field name="until_at" label="Time" form=FORM kind="datetime-local" value=first.until_at may_be_empty=true told />
        </div>
    }
}

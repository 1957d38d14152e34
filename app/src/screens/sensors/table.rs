//! What one sensor observed, newest first. Public sensors are shown to everybody.

use super::{address, follow, reading};
use crate::{
    api::{ApiError, SensorTable, observations},
    screens::Problem,
    state::use_live,
    ui::{Empty, Moment, Sign, at},
};
use domain::{Observation, Quantity};
use leptos::{either::Either, prelude::*};
use leptos_meta::Title;
use leptos_router::hooks::{use_params_map, use_query_map};

/// The table of the sensor in the address.
#[component]
pub fn SensorPage() -> impl IntoView {
    let (params, query) = (use_params_map(), use_query_map());
    let wanted = Memo::new(move |_| {
        let name = params.with(|params| params.get("name")).unwrap_or_default();
        (name, query.with(|query| query.get("before")))
    });
    let table = Resource::new_blocking(move || wanted.get(), |(name, before)| observations(name, before));
    let content = move || {
        Suspend::new(async move {
            match table.await {
                Ok(first) => {
                    let older = wanted.with_untracked(|(_, before)| before.is_some());
                    Either::Left(view! { <Table first older /> })
                }
                Err(error) => Either::Right(view! { <Title text="Sensors" /> <Problem error /> }),
            }
        })
    };
    view! {
        <div class="column">
            <Transition fallback=|| view! { <p class="loading">"Loading…"</p> }>{content}</Transition>
        </div>
    }
}

#[component]
fn Table(first: SensorTable, older: bool) -> impl IntoView {
    let live = use_live();
    let (id, name, here) = (first.sensor.id, first.sensor.name.to_string(), address(&first.sensor));
    let shown = RwSignal::new(first);
    let stale = RwSignal::new(None::<ApiError>);
    if !older {
        let news = Memo::new(move |_| live.world.with(|world| world.news_of_sensor(id)));
        let ask = move || observations(id.to_string(), None);
        follow(news, ask, move |answer| {
            stale.try_set(answer.as_ref().err().cloned());
            if let Ok(fresh) = answer {
                shown.try_set(fresh);
            }
        });
    }
    let quantities = Memo::new(move |_| shown.with(|shown| shown.sensor.quantities.clone()));
    let empty = Memo::new(move |_| shown.with(|shown| shown.page.items.is_empty()));
    let next = Memo::new(move |_| shown.with(|shown| shown.page.next.clone()));
    let (title, caption) = (name.clone(), name);
    let newest = older.then(|| view! { <a class="button" href=at(&here)>"Newest"</a> });
    let older = move || {
        next.get()
            .map(|cursor| view! { <a class="button" href=at(&format!("{here}?before={cursor}"))>"Older"</a> })
    };
    view! {
        <Title text=title.clone() />
        <h1>{title}</h1>
        {move || stale.get().map(|error| view! { <Problem error /> })}
        {move || if empty.get() {
            Either::Left(view! {
                <Empty sign=Sign::Log title="Nothing observed"><p>"What this sensor reports is listed here."</p></Empty>
            })
        } else {
            Either::Right(view! { <Observations caption=caption.clone() quantities=quantities.get() shown /> })
        }}
        <p class="paging">{newest} {older}</p>
    }
}

/// Can be scrolled sideways, so it can be reached by keyboard.
#[component]
fn Observations(caption: String, quantities: Vec<Quantity>, shown: RwSignal<SensorTable>) -> impl IntoView {
    let live = use_live();
    let heads = quantities.iter().map(|quantity| view! { <th scope="col">{quantity.name.to_string()}</th> });
    let heads = heads.collect_view();
    let quantities = StoredValue::new(quantities);
    let row = move |observation: Observation| {
        let cells = quantities.with_value(|quantities| {
            let cell = |(index, quantity)| view! { <td>{reading(quantity, &observation, index)}</td> };
            quantities.iter().enumerate().map(cell).collect_view()
        });
        view! { <tr><th scope="row"><Moment at=observation.at now=live.now exact=true /></th>{cells}</tr> }
    };
    let label = format!("Observations of {caption}");
    view! {
        <div class="observations" role="region" aria-label=label tabindex="0">
            <table>
                <caption class="visually-hidden">{caption} ", newest first"</caption>
                <thead><tr><th scope="col">"Time"</th>{heads}</tr></thead>
                <tbody>
                    <For
                        each=move || shown.with(|shown| shown.page.items.clone())
                        key=|observation| (observation.at, observation.received_at)
                        children=row
                    />
                </tbody>
            </table>
        </div>
    }
}

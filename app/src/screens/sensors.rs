//! Sensors: what was observed last, a table for each, and a form for admins.

mod form;
mod list;
mod table;

pub use table::SensorPage;

use super::{Problem, known, sensor_path};
use crate::{
    api::{ApiError, Me, SensorShown, sensors},
    browser,
    state::{LinkState, use_live},
    ui::{Banner, Icon, Sign, Tone, at},
};
use domain::{Observation, Quantity, Seq};
use leptos::{
    either::{Either, EitherOf3},
    prelude::*,
    task::spawn_local,
};
use leptos_meta::Title;
use leptos_router::hooks::use_query_map;
use std::{cell::Cell, rc::Rc, time::Duration};

/// How often who has no live line asks again.
const REFRESH: Duration = Duration::from_secs(5);

/// The list or the form.
#[component]
pub fn Sensors() -> impl IntoView {
    view! {
        <Title text="Sensors" />
        <div class="column">{known(|me| view! { <Asked me /> })}</div>
    }
}

#[component]
fn Asked(me: Me) -> impl IntoView {
    let query = use_query_map();
    let wanted = Memo::new(move |_| {
        query.with(|query| {
            let get = |key: &str| query.get(key);
            (get("edit"), get("new").is_some(), get("saved"), get("removed"))
        })
    });
    let all = Resource::new_blocking(move || wanted.get(), |_| sensors());
    let admin = me.admin;
    let done = move || {
        wanted.with(|(_, _, saved, removed)| {
            if saved.is_some() {
                Some("The sensor is saved. It is read so from the next message on.")
            } else {
                removed.is_some().then_some("The sensor is gone, with all it observed.")
            }
        })
    };
    let content = move || {
        Suspend::new(async move {
            let all = match all.await {
                Ok(all) => all,
                Err(error) => return EitherOf3::A(view! { <Problem error /> }),
            };
            let (edit, new, ..) = wanted.get_untracked();
            match edit {
                Some(id) if admin => {
                    let sensor =
                        all.into_iter().find(|sensor| sensor.id.to_string() == id && sensor.typed.is_some());
                    EitherOf3::B(match sensor {
                        Some(sensor) => Either::Left(view! { <form::SensorForm sensor=Some(sensor) /> }),
                        None => Either::Right(view! {
                            <Banner tone=Tone::Bad>"This sensor is gone. " <a href=at("/sensors")>"All sensors"</a></Banner>
                        }),
                    })
                }
                None if new && admin => {
                    EitherOf3::B(Either::Left(view! { <form::SensorForm sensor=None /> }))
                }
                _ => EitherOf3::C(view! { <list::SensorList first=all admin /> }),
            }
        })
    };
    let lists = move || wanted.with(|(edit, new, ..)| edit.is_none() && !new);
    view! {
        <div class="bar">
            <h1>"Sensors"</h1>
            {move || (admin && lists()).then(|| view! {
                <a class="button button-strong" href=at("/sensors?new")><Icon sign=Sign::Plus /> "New sensor"</a>
            })}
        </div>
        {move || done().map(|text| view! { <Banner tone=Tone::Good>{text}</Banner> })}
        <Transition fallback=|| view! { <p class="loading">"Loading…"</p> }>{content}</Transition>
    }
}

/// Keeps what is shown up to date. In the browser only: asks once it runs, and again whenever the live line tells of news; who has no
/// line asks every few seconds. One question at a time: news that comes meanwhile is asked for afterwards.
pub(super) fn follow<T, F>(
    news: Memo<Seq>,
    ask: impl Fn() -> F + Clone + 'static,
    take: impl Fn(Result<T, ApiError>) + Clone + 'static,
) where
    F: Future<Output = Result<T, ApiError>> + 'static,
    T: 'static,
{
    let live = use_live();
    let hears = Memo::new(move |_| live.link.with(|link| link.is_live()));
    let is_alone =
        Memo::new(move |_| live.link.with(|link| matches!(link, LinkState::Idle | LinkState::Refused)));
    let (busy, missed) = (Rc::new(Cell::new(false)), Rc::new(Cell::new(false)));
    let look = move || {
        if busy.replace(true) {
            missed.set(true);
            return;
        }
        let (ask, take) = (ask.clone(), take.clone());
        let (busy, missed) = (busy.clone(), missed.clone());
        spawn_local(async move {
            loop {
                missed.set(false);
                take(ask().await);
                if !missed.get() {
                    break;
                }
            }
            busy.set(false);
        });
    };
    let hear = look.clone();
    Effect::new(move |_| {
        // Read, not tracked: a memo that nobody has read knows nothing of what it follows from.
        let _changes = (news.get(), hears.get());
        hear();
    });
    Effect::new(move |_| {
        let look = look.clone();
        let look = move || {
            if browser::is_visible() {
                look();
            }
        };
        if is_alone.get()
            && let Ok(ticks) = set_interval_with_handle(look, REFRESH)
        {
            on_cleanup(move || ticks.clear());
        }
    });
}

/// The address of a sensor's own page.
fn address(sensor: &SensorShown) -> String {
    sensor_path((&sensor.name, sensor.id))
}

/// "21.5 °C", or a dash where there is no such value.
fn reading(quantity: &Quantity, observation: &Observation, index: usize) -> String {
    let unit = quantity.unit.as_ref().map(|unit| format!("\u{a0}{unit}")).unwrap_or_default();
    observation.values.get(index).map_or_else(|| "–".to_owned(), |value| format!("{value}{unit}"))
}

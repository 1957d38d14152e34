//! Under the map: what the region would have said over the last days, judged anew in the browser with each change.

mod bars;
mod timer;

use super::Desk;
use crate::{
    api,
    map::{Gesture, Sketch},
    state::{
        hindsight::{Better, DAYS, Ground, Hindsight, Trace, better, look_back},
        use_live,
    },
    ui::metres_words,
};
use bars::rows;
use geodesy::Area;
use leptos::{prelude::*, task::spawn_local};
use std::time::Duration;
use timer::{again, once, timer};

/// How long after a change it is judged: several times a second while a handle is pulled.
const SOON: Duration = Duration::from_millis(80);
/// How long a hand must rest before fixes are asked for, and before those who hear the page are told.
const AT_REST: Duration = Duration::from_millis(700);

/// What there is to judge.
#[derive(Clone, Debug, PartialEq)]
enum Fixes {
    /// Not asked for yet, or on their way.
    Awaited,
    /// On this ground.
    There(Ground, Vec<Trace>),
    /// They could not be had.
    Failed,
}

impl Fixes {
    /// Those that tell all about an area.
    fn of(&self, area: &Area) -> Option<&[Trace]> {
        match self {
            Self::There(ground, traces) if ground.holds(area) => Some(traces),
            Self::Awaited | Self::There(..) | Self::Failed => None,
        }
    }
}

/// The strip; nothing while there is no region to judge by.
#[component]
pub fn Strip(
    /// Where the region is drawn.
    desk: Desk,
) -> impl IntoView {
    let live = use_live();
    let area = Memo::new(move |_| desk.sketch().with(Sketch::area).filter(|_| desk.is_open()));
    let fixes = RwSignal::new(Fixes::Awaited);
    let told = RwSignal::new(None::<Hindsight>);
    let advice = RwSignal::new(None::<Better>);
    let heard = RwSignal::new(String::new());
    let asked = StoredValue::new(None::<Area>);
    let (judging, asking, telling) = (timer(), timer(), timer());
    let ask = move || {
        let Some(ground) = area.try_get_untracked().flatten().map(|area| Ground::around(&area)) else {
            return;
        };
        spawn_local(async move {
            let answer = api::tracks(ground.at.lat(), ground.at.lon(), ground.reach_m, DAYS).await;
            fixes.try_set(match answer {
                Ok(told) => Fixes::There(
                    ground,
                    told.into_iter().map(|(friend, fixes)| Trace::new(friend, fixes)).collect(),
                ),
                Err(_) => Fixes::Failed,
            });
        });
    };
    let judge = move || {
        let Some(area) = area.try_get_untracked().flatten() else { return };
        let pace = desk.pace().get_untracked();
        let looked = fixes.with_untracked(|fixes| {
            fixes.of(&area).map(|traces| look_back(traces, &area, pace, live.now.get_untracked()))
        });
        if looked.is_some() {
            told.set(looked);
        }
    };
    // Runs in the browser only.
    Effect::new(move |_| {
        let Some(area) = area.get() else {
            told.set(None);
            return;
        };
        let _judged_by = desk.pace().get();
        let lacking = fixes.with(|fixes| fixes.of(&area).is_none());
        if lacking {
            told.set(None);
            // Once for each place: what failed is asked again when the region is moved.
            if asked.with_value(|asked| asked.as_ref() != Some(&area)) {
                asked.set_value(Some(area));
                again(asking, AT_REST, ask);
            }
        } else {
            once(judging, SOON, judge);
        }
    });
    // What takes longer waits until the hand rests: other radii, and those who hear the page.
    let look_wider = move || {
        let Some(hindsight) = told.try_get_untracked().flatten() else { return };
        let found = fixes.with_untracked(|fixes| {
            let Some(area @ Area::Circle(circle)) = &area.try_get_untracked().flatten() else { return None };
            better(fixes.of(area)?, circle, desk.pace().get_untracked(), hindsight.doubtful())
        });
        advice.set(found);
        heard.set(hindsight.words(found));
    };
    Effect::new(move |_| {
        told.track();
        advice.set(None);
        again(telling, AT_REST, look_wider);
    });
    let words = move || match told.with(|told| told.as_ref().map(|told| told.words(advice.get()))) {
        Some(words) => words,
        None if fixes.with(|fixes| *fixes == Fixes::Failed) => {
            "What it would have said so far cannot be had now.".to_owned()
        }
        None => "Looking back over the last 30 days…".to_owned(),
    };
    let name = move |friend| {
        live.world
            .with(|world| world.friend(friend).map(|friend| friend.shown_name().to_owned()))
            .unwrap_or_default()
    };
    view! {
        <Show when=move || area.with(Option::is_some)>
            <section class="strip" aria-label="What it would have said">
                <div class="strip-first">
                    <p class="strip-words">{words}</p>
                    {move || advice.get().map(|Better { radius_m, .. }| view! {
                        <button class="button" type="button" on:click=move |_| desk.act(Gesture::Radius(radius_m))>
                            "Use " {metres_words(radius_m)}
                        </button>
                    })}
                </div>
                <p class="visually-hidden" role="status">{heard}</p>
                {move || told.with(|told| told.as_ref().map(|told| rows(&told.rows, name)))}
            </section>
        </Show>
    }
}

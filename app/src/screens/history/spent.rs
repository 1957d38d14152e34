//! How long friends were where, by days: a chart, and the same as a table.

use super::{
    Wanted,
    chart::Chart,
    filter::{Field, Filters},
    page,
};
use crate::{
    api::{Spent, SpentPlace, time_spent},
    screens::Problem,
    state::use_live,
    ui::{Empty, Sign, day_words, hours_words},
};
use leptos::{either::EitherOf3, prelude::*};

/// The page.
#[component]
pub fn TimeSpent() -> impl IntoView {
    const SHOWN: &[Field] = &[Field::Friend, Field::Region, Field::Day, Field::Until];
    page("/history/time", "Time", |path| view! { <Filters path shown=SHOWN /> <Days /> }.into_any())
}

#[component]
fn Days() -> impl IntoView {
    let live = use_live();
    let wanted = Wanted::from_address();
    // Whoever comes or goes begins or ends a time.
    let news = Memo::new(move |_| {
        live.world.with(|world| {
            let newest = world.recent.first().map(|newest| (newest.id, newest.learnt_at));
            (world.begun, newest, world.superseded.len())
        })
    });
    let spent = Resource::new_blocking(
        move || (wanted.get(), news.get()),
        |(Wanted { friend, region, day, until, zone, .. }, _)| time_spent(friend, region, day, until, zone),
    );
    let shown = move || {
        Suspend::new(async move {
            match spent.await {
                Ok(spent) if spent.places.is_empty() => EitherOf3::A(view! {
                    <Empty sign=Sign::History title="Nobody was anywhere">
                        <p>"On these days nobody whom you asked for was in a region."</p>
                    </Empty>
                }),
                Ok(spent) => EitherOf3::B(view! { <Chart spent=spent.clone() /> <Table spent /> }),
                Err(error) => EitherOf3::C(view! { <Problem error /> }),
            }
        })
    };
    view! { <Transition fallback=|| view! { <p class="loading">"Loading…"</p> }>{shown}</Transition> }
}

/// Can be scrolled sideways, so it can be reached by keyboard.
#[component]
fn Table(spent: Spent) -> impl IntoView {
    let Spent { days, places } = spent;
    let words = |millis: i64| if millis == 0 { "–".to_owned() } else { hours_words(millis) };
    let heads = places.iter().map(|place| view! { <th scope="col">{place.name.clone()}</th> }).collect_view();
    let at = |place: &SpentPlace, index: usize| place.millis.get(index).copied().unwrap_or_default();
    let rows = days.iter().enumerate().map(|(index, (day, _))| {
        let cells = places.iter().map(|place| view! { <td>{words(at(place, index))}</td> }).collect_view();
        view! { <tr><th scope="row">{day_words(day)}</th>{cells}</tr> }
    });
    let rows = rows.collect_view();
    let sums =
        places.iter().map(|place| view! { <td>{words(place.millis.iter().sum())}</td> }).collect_view();
    view! {
        <div class="observations" role="region" aria-label="Time by day and region" tabindex="0">
            <table>
                <caption class="visually-hidden">"How long they were where, by day"</caption>
                <thead><tr><th scope="col">"Day"</th>{heads}</tr></thead>
                <tbody>{rows}</tbody>
                <tfoot><tr><th scope="row">"Together"</th>{sums}</tr></tfoot>
            </table>
        </div>
        <p class="hint">"Friends count each for themselves, and a region inside another counts in both."</p>
    }
}

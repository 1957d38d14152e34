//! What whoever draws a region should know of it, in words.

use crate::{
    api::region_cautions,
    ui::{Banner, Tone, distance_words},
};
use domain::Caution;
use leptos::prelude::*;
use leptos_router::hooks::use_query_map;

/// The same of the region that was saved a moment ago, by all that the server knows.
#[component]
pub(super) fn OfSaved(
    /// Whether an admin looks.
    admin: bool,
) -> impl IntoView {
    let query = use_query_map();
    let saved = Memo::new(move |_| query.with(|query| query.get("saved").filter(|_| admin)));
    let asked = Resource::new_blocking(
        move || saved.get(),
        |saved| async move {
            match saved {
                // A caution that cannot be had is none: the region is saved.
                Some(id) => region_cautions(id).await.unwrap_or_default(),
                None => Vec::new(),
            }
        },
    );
    let shown = move || {
        Suspend::new(async move {
            let cautions = asked.await;
            view! { <Cautions cautions=Signal::stored(cautions) /> }
        })
    };
    view! { <Suspense>{shown}</Suspense> }
}

/// One banner for each.
#[component]
pub(super) fn Cautions(
    /// What to say.
    #[prop(into)]
    cautions: Signal<Vec<Caution>>,
) -> impl IntoView {
    move || {
        let each = |caution: Caution| view! { <Banner tone=Tone::Warning>{words(&caution)}</Banner> };
        cautions.get().into_iter().map(each).collect::<Vec<_>>()
    }
}

fn words(caution: &Caution) -> String {
    match caution {
        Caution::Small => {
            "Phones are not that exact: below 100 metres, comings and goings may be missed or late."
                .to_owned()
        }
        Caution::Blurred { accuracy_m } => format!(
            "Positions here are usually exact to {}, which is more than this region's radius.",
            distance_words(*accuracy_m)
        ),
        Caution::Overlaps(name) => {
            format!("It overlaps {name}: somebody between the two may seem to go to and fro.")
        }
    }
}

//! Regions: a list and a map for everybody, and a form for admins.

mod cautions;
mod fields;
mod files;
mod form;
mod list;
mod phones;
mod versions;

pub use files::REGIONS_FORM;
pub use form::RegionForm;
pub use list::RegionList;

use super::known;
use crate::{
    api::Me,
    map::{Draft, MapCanvas},
    state::{View, use_live},
    ui::{Banner, Icon, Sign, Tone},
};
use cautions::OfSaved;
use domain::RegionId;
use files::RegionFiles;
use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::use_query_map;
use versions::Versions;

/// What the address asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Asked {
    /// The list.
    List,
    /// The form for a new region.
    New,
    /// The form for this one.
    Edit(RegionId),
    /// How this one was.
    Versions(RegionId),
}

/// Panel and map.
#[component]
pub fn Regions() -> impl IntoView {
    view! {
        <Title text="Regions" />
        <div class="split">{known(|me| view! { <Both me /> })}</div>
    }
}

#[component]
fn Both(me: Me) -> impl IntoView {
    let live = use_live();
    let query = use_query_map();
    let admin = me.admin;
    let asked = Memo::new(move |_| {
        if let Some(id) = query.with(|query| query.get("versions")?.parse().ok()) {
            return Asked::Versions(id);
        }
        query.with(|query| match (query.get("edit").and_then(|id| id.parse().ok()), query.get("new")) {
            (Some(id), _) if admin => Asked::Edit(id),
            (None, Some(_)) if admin => Asked::New,
            _ => Asked::List,
        })
    });
    let draft = RwSignal::new(None::<Draft>);
    let picked = RwSignal::new(None::<(f64, f64)>);
    let view = RwSignal::new(View::default());
    let done = move || {
        query.with(|query| {
            if query.get("saved").is_some() {
                Some("The region is saved. It is judged from the next position on.")
            } else {
                query.get("removed").map(|_| "The region is gone. What happened there stays in the history.")
            }
        })
    };
    let panel = move || match asked.get() {
        Asked::List => {
            draft.set(None);
            view! { <RegionList admin /> {admin.then(|| view! { <phones::Offers /> })} <RegionFiles admin /> }.into_any()
        }
        Asked::Versions(region) => {
            draft.set(None);
            view! { <Versions region /> }.into_any()
        }
        Asked::New => view! { <RegionForm region=None draft picked /> }.into_any(),
        Asked::Edit(id) => match live.world.with_untracked(|world| world.region(id).cloned()) {
            Some(region) => {
                view! { <RegionForm region=Some(region) draft picked /> <phones::PhonesOf region=id /> }
                    .into_any()
            }
            None => view! {
                <Banner tone=Tone::Bad>"This region is gone. " <a href="/regions">"All regions"</a></Banner>
            }
            .into_any(),
        },
    };
    view! {
        <div class="split-panel">
            <div class="bar">
                <h1>"Regions"</h1>
                {move || (admin && asked.get() == Asked::List).then(|| view! {
                    <a class="button button-strong" href="/regions?new"><Icon sign=Sign::Plus /> "New region"</a>
                })}
            </div>
            {move || done().map(|text| view! { <Banner tone=Tone::Good>{text}</Banner> })}
            <OfSaved admin />
            {panel}
        </div>
        <div class="split-map">
            <MapCanvas
                world=live.world
                now=live.now
                view
                tiles=me.tiles
                draft
                on_pick=Callback::new(move |at| {
                    if asked.get_untracked() != Asked::List {
                        picked.set(Some(at));
                    }
                })
            />
        </div>
    }
}

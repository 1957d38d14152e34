//! Regions: a list and a map for everybody, and a form for admins.

mod cautions;
mod desk;
mod fields;
mod files;
mod form;
mod list;
mod phones;
mod sheet;
mod strip;
mod swatches;
mod tools;
mod versions;

pub use cautions::Cautions;
pub use desk::Desk;
pub use files::REGIONS_FORM;
pub use form::RegionForm;
pub use list::RegionList;
pub use strip::{Hind, Strip, StripView};
pub use swatches::{Swatches, colours, signs};
pub use tools::Tools;

use super::known;
use crate::{
    api::Me,
    map::{Gesture, MapCanvas},
    state::{View, World, use_live},
    ui::{Banner, Icon, Sign, Tone, at},
};
use cautions::OfSaved;
use domain::{Region, RegionId};
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
    let desk = Desk::default();
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
    let panel = move || {
        match asked.get() {
        Asked::List => {
            view! { <RegionList admin /> {admin.then(|| view! { <phones::Offers /> })} <RegionFiles admin /> }
                .into_any()
        }
        Asked::Versions(region) => view! { <Versions region /> }.into_any(),
        Asked::New => view! { <RegionForm region=None desk /> }.into_any(),
        Asked::Edit(id) => match live.world.with_untracked(|world| managed(world, id)) {
            Some(region) => {
                view! { <RegionForm region=Some(region) desk /> <phones::PhonesOf region=id /> }.into_any()
            }
            None => view! {
                <Banner tone=Tone::Bad>"This region is gone, or not yours to change. " <a href=at("/regions")>"All regions"</a></Banner>
            }
            .into_any(),
        },
    }
    };
    view! {
        <div class="split-panel">
            <div class="bar">
                <h1>"Regions"</h1>
                {move || (admin && asked.get() == Asked::List).then(|| view! {
                    <a class="button button-strong" href=at("/regions?new")><Icon sign=Sign::Plus /> "New region"</a>
                })}
            </div>
            {move || done().map(|text| view! { <Banner tone=Tone::Good>{text}</Banner> })}
            <OfSaved admin />
            {panel}
        </div>
        <div class="split-map">
            <div class="map-room" on:keydown=move |event| {
                if let Some(gesture) = back_or_forth(&event) {
                    event.prevent_default();
                    desk.act(gesture);
                }
            }>
                <MapCanvas
                    world=live.world
                    now=live.now
                    view
                    tiles=me.tiles
                    draft=desk.draft()
                    command=desk.command()
                    on_gesture=Callback::new(move |gesture| desk.act(gesture))
                />
                <Tools desk />
            </div>
            <Strip desk />
        </div>
    }
}

/// A region that whoever looks may change.
fn managed(world: &World, id: RegionId) -> Option<Region> {
    world.region(id).filter(|region| world.administers(region.group)).cloned()
}

/// Control and Z, or what else that is on a keyboard. Fields have their own.
fn back_or_forth(event: &web_sys::KeyboardEvent) -> Option<Gesture> {
    if !(event.ctrl_key() || event.meta_key()) {
        return None;
    }
    match (event.key().to_ascii_lowercase().as_str(), event.shift_key()) {
        ("z", false) => Some(Gesture::Undo),
        ("z", true) | ("y", false) => Some(Gesture::Redo),
        _ => None,
    }
}

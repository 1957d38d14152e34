//! All regions, who is there, and the ways to change them.

use crate::{
    api,
    map::scene::colour_class,
    screens::{AskedWhy, Trouble, WhyLine, error_of, live::silence_words},
    state::{World, use_live},
    ui::{ActionForm, Confirm, Empty, Icon, Sign, at, distance_words},
};
use domain::{Region, RegionId, Timestamp, live::Hold};
use geodesy::Area;
use leptos::{either::Either, prelude::*};

/// All regions.
#[component]
pub fn RegionList(
    /// Whether an admin looks, who may change them.
    admin: bool,
) -> impl IntoView {
    let live = use_live();
    let ids = Memo::new(move |_| {
        live.world.with(|world| world.regions.iter().map(|region| region.id).collect::<Vec<RegionId>>())
    });
    let empty = Memo::new(move |_| ids.with(Vec::is_empty));
    let remove = ServerAction::<api::RemoveRegion>::new();
    let item = move |id: RegionId| {
        let known = Memo::new(move |_| {
            let now = live.now.get();
            live.world.with(|world| {
                let region = world.region(id)?;
                let group = world.group_name(region.group).map(ToOwned::to_owned);
                Some((region.clone(), inside(world, region, now), world.administers(region.group), group))
            })
        });
        let drawn = move || {
            known.get().map(|(region, who, admin, group)| view! { <Line region who admin group remove /> })
        };
        // Beside what is drawn anew with each report: it may be open.
        let asked = Memo::new(move |_| {
            live.world.with(|world| {
                let here =
                    world.inside(id).filter_map(|(known, _)| AskedWhy::of(world, known.friend.id, Some(id)));
                here.collect::<Vec<_>>()
            })
        });
        let why = move || {
            asked.get().into_iter().map(|asked| view! { <WhyLine asked named=true /> }).collect_view()
        };
        view! { <li class="region-item">{drawn} {why}</li> }
    };
    view! {
        <Trouble error=error_of(remove) fields=&[] />
        {move || if empty.get() {
            Either::Left(view! {
                <Empty sign=Sign::Region title="No regions yet">
                    <p>"A region is a circle around a place that matters, such as home or school. The history tells who comes and goes."</p>
                    {admin.then(|| view! { <p><a class="button button-strong" href=at("/regions?new")>"Draw the first region"</a></p> })}
                </Empty>
            })
        } else {
            Either::Right(view! { <ul class="regions"><For each=move || ids.get() key=|id| *id children=item /></ul> })
        }}
    }
}

/// "Ann and Tom are here, probably also Eve (3 h silent), left here: Tim's tablet", or nothing.
fn inside(world: &World, region: &Region, now: Timestamp) -> Option<String> {
    let mut sure: Vec<&str> = Vec::new();
    let mut unsure: Vec<String> = Vec::new();
    let mut left: Vec<String> = Vec::new();
    for (friend, stay) in world.inside(region.id) {
        let name = friend.shown_name();
        match friend.hold(stay, now) {
            Hold::Firm => sure.push(name),
            Hold::Silent(heard) => unsure.push(format!("{name} ({})", silence_words(heard, now))),
            Hold::LeftBehind => {
                left.push(format!("{name}\u{2019}s {}", friend.devices_in(stay).join(" and ")));
            }
            Hold::Over => {}
        }
    }
    let sure = match sure.as_slice() {
        [] => None,
        [one] => Some(format!("{one} is here")),
        [most @ .., last] => Some(format!("{} and {last} are here", most.join(", "))),
    };
    let unsure = (!unsure.is_empty()).then(|| unsure.join(", "));
    let who = match (sure, unsure) {
        (Some(sure), Some(unsure)) => Some(format!("{sure}, probably also {unsure}")),
        (None, Some(unsure)) => Some(format!("Probably here: {unsure}")),
        (sure, None) => sure,
    };
    let left = (!left.is_empty()).then(|| format!("Left here: {}", left.join(", ")));
    match (who, left) {
        (Some(who), Some(left)) => Some(format!("{who}. {left}")),
        (who, left) => who.or(left),
    }
}

#[component]
fn Line(
    region: Region,
    who: Option<String>,
    /// Whether whoever looks may change it.
    admin: bool,
    /// What its group is called, where that is to be told.
    group: Option<String>,
    remove: ServerAction<api::RemoveRegion>,
) -> impl IntoView {
    let shape = match &region.area {
        Area::Circle(circle) => format!("Circle, {} around the middle", distance_words(circle.radius_m())),
        Area::Polygon(_) => "Drawn shape".to_owned(),
    };
    let (icon, colour) = (region.details.icon, region.details.colour);
    let (id, name) = (region.id.to_string(), region.name.to_string());
    let which = name.clone();
    let versions = format!("/regions?versions={id}");
    let manage = admin.then(move || view! {
        <div class="actions">
            <a class="button button-quiet" href=at(&format!("/regions?edit={id}")) aria-label=format!("Edit {which}")>
                <Icon sign=Sign::Pencil /> "Edit"
            </a>
            <Confirm label="Remove" about=which.clone()>
                <p>"Nobody comes or goes there any more. What happened so far stays in the history."</p>
                <ActionForm action=remove>
                    <input type="hidden" name="id" value=id.clone() />
                    <button class="button button-bad" type="submit">"Remove " {which.clone()}</button>
                </ActionForm>
            </Confirm>
        </div>
    });
    view! {
        <div class="region-text">
            <h2>
                <span class=format!("region-badge {}", colour_class(colour))><Icon sign=Sign::from(icon) /></span>
                {name.clone()} {region.demo.then(|| view! { " " <span class="tag">"demo"</span> })}
            </h2>
            <p class="hint">{shape} {group.map(|group| format!(" · {group}"))}</p>
            {who.map(|who| view! { <p>{who}</p> })}
            <p class="hint"><a href=at(&versions) aria-label=format!("{name} as it was")>"As it was"</a></p>
        </div>
        {manage}
    }
}

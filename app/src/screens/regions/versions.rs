//! A region as it was: each of its versions in words, the newest first.

use crate::{
    api::{RegionVersion, region_versions},
    screens::Problem,
    state::use_live,
    ui::{Moment, at, distance_words},
};
use domain::{Audience, Details, RegionId};
use geodesy::Area;
use leptos::{either::Either, prelude::*};

/// All versions of a region, of one that is no more, too.
#[component]
pub(super) fn Versions(
    /// Which region.
    region: RegionId,
) -> impl IntoView {
    let all = Resource::new_blocking(move || region, |region| region_versions(region.to_string()));
    let shown = move || {
        Suspend::new(async move {
            match all.await {
                Err(error) => Either::Left(view! { <Problem error /> }),
                Ok(versions) => Either::Right(view! { <Story versions /> }),
            }
        })
    };
    view! {
        <p class="crumb"><a href=at("/regions")>"Regions"</a></p>
        <Suspense fallback=|| view! { <p class="loading">"Loading…"</p> }>{shown}</Suspense>
    }
}

#[component]
fn Story(versions: Vec<RegionVersion>) -> impl IntoView {
    let name = versions.first().map(|version| version.region.name.to_string()).unwrap_or_default();
    let live = use_live();
    let item = |version: RegionVersion| {
        let RegionVersion { region, until } = version;
        let until = match until {
            Some(until) => Either::Left(view! { "until " <Moment at=until now=live.now /> }),
            None => Either::Right("until now"),
        };
        view! {
            <li class="region-item">
                <div class="region-text">
                    <h3>{region.name.to_string()}</h3>
                    <p class="hint"><Moment at=region.changed_at now=live.now /> " " {until}</p>
                    <p>{shape_words(&region.area)} ". " <DetailWords details=region.details /></p>
                </div>
            </li>
        }
    };
    let items: Vec<_> = versions.into_iter().map(item).collect();
    view! {
        <section aria-labelledby="versions-title">
            <h2 id="versions-title">{name} " as it was"</h2>
            <p class="hint">"What happened is judged by the region as it was at the time, and the history keeps the name it had."</p>
            <ul class="regions" aria-label="Versions">{items}</ul>
        </section>
    }
}

fn shape_words(area: &Area) -> String {
    match area {
        Area::Circle(circle) => {
            let centre = circle.centre();
            let radius = distance_words(circle.radius_m());
            format!("Circle, {radius} around {:.5}, {:.5}", centre.lat(), centre.lon())
        }
        Area::Polygon(polygon) => format!("Polygon with {} corners", polygon.points().len()),
    }
}

/// What stands beside name and shape.
#[component]
fn DetailWords(details: Details) -> impl IntoView {
    let audience = match &details.audience {
        Audience::Group => "everybody of the group".to_owned(),
        Audience::Admins => "admins alone".to_owned(),
        Audience::Friends(ids) => use_live().world.with_untracked(|world| {
            let names =
                ids.iter().filter_map(|id| world.friend(*id)).map(|live| live.shown_name().to_owned());
            let names: Vec<String> = names.collect();
            format!(
                "admins and {}",
                if names.is_empty() { "friends who are gone".to_owned() } else { names.join(", ") }
            )
        }),
    };
    let hours = details.schedule.map(|schedule| {
        let hours: Vec<String> = schedule.hours.iter().map(ToString::to_string).collect();
        format!(", {} ({})", hours.join("; "), schedule.zone)
    });
    format!(
        "Sign {}, {}, judged {}, for {audience}{}{}",
        details.icon.as_str(),
        details.colour.as_str(),
        details.pace.as_str(),
        hours.unwrap_or_default(),
        if details.to_phones { ", watched by phones" } else { "" }
    )
}

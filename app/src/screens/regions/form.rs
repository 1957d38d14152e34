//! The form of one region. The map shows what is being typed, and a click on the map is typed in.

use super::{
    Desk,
    cautions::OfDrawn,
    fields::{DetailFields, PointsField, ShapeChoice, TypedDetails},
};
use crate::{
    api::{self, ApiError},
    draft::points_text,
    map::{self, Figure},
    screens::{GroupField, Trouble, error_of, told_of},
    ui::{ActionForm, Field, at},
};
use domain::Region;
use geodesy::{Area, Circle};
use leptos::prelude::*;

/// What stands in the three fields of a circle.
#[derive(Clone, Debug, Default, PartialEq)]
struct Typed {
    lat: String,
    lon: String,
    radius_m: String,
}

impl Typed {
    fn of(circle: &Circle) -> Self {
        let centre = circle.centre();
        Self {
            lat: format!("{:.6}", centre.lat()),
            lon: format!("{:.6}", centre.lon()),
            radius_m: format!("{}", (circle.radius_m() * 10.0).round() / 10.0),
        }
    }
}

/// Name, shape and details.
#[component]
pub fn RegionForm(
    /// The region, or none for a new one.
    region: Option<Region>,
    /// Draws what is typed, and types what is drawn.
    desk: Desk,
) -> impl IntoView {
    let sheet = NodeRef::new();
    let save = ServerAction::<api::SaveRegion>::new();
    let error = error_of(save);
    let told = told_of(error);
    let id = region.as_ref().map(|region| region.id.to_string()).unwrap_or_default();
    // What was refused without script comes back with the refusal, if it was about this region.
    let refused = error.get_untracked().filter(|error| error.kept("id").as_ref() == Some(&id));
    let kept = |field: &str| refused.as_ref().and_then(|error| ApiError::kept(error, field));
    let name =
        kept("name").or_else(|| region.as_ref().map(|region| region.name.to_string())).unwrap_or_default();
    let area = region.as_ref().map(|region| &region.area);
    let first = match area {
        Some(Area::Circle(circle)) => Typed::of(circle),
        Some(Area::Polygon(_)) | None => Typed { radius_m: "150".to_owned(), ..Typed::default() },
    };
    let points = match area {
        Some(Area::Polygon(polygon)) => points_text(polygon),
        Some(Area::Circle(_)) | None => String::new(),
    };
    let is_polygon = kept("shape").map_or(!points.is_empty(), |shape| shape == "polygon");
    let first = Typed {
        lat: kept("lat").unwrap_or(first.lat),
        lon: kept("lon").unwrap_or(first.lon),
        radius_m: kept("radius_m").unwrap_or(first.radius_m),
    };
    let points = kept("points").filter(|kept| !kept.is_empty()).unwrap_or(points);
    let typed = map::Typed {
        figure: if is_polygon { Figure::Polygon } else { Figure::Circle },
        lat: first.lat.clone(),
        lon: first.lon.clone(),
        radius_m: first.radius_m.clone(),
        points: points.clone(),
    };
    desk.attend(sheet, region.as_ref().map(|region| region.id), typed);
    let details = region.as_ref().map(|region| region.details.clone()).unwrap_or_default();
    let details = TypedDetails::new(&details, refused.as_ref());
    let own = region.as_ref().map(|region| region.id);
    let group = refused.as_ref().and_then(|error| error.kept("group"));
    let title =
        region.as_ref().map_or_else(|| "New region".to_owned(), |region| format!("Change {}", region.name));
    view! {
        <section class="card" aria-labelledby="region-title" node_ref=sheet on:input=move |_| desk.hear()>
            <h2 id="region-title">{title}</h2>
            <Trouble error />
            <ActionForm action=save>
                <div class="stack">
                    <input type="hidden" name="id" value=id />
                    <Field name="name" label="Name" form="region" value=name told />
                    {own.is_none().then(|| view! { <GroupField form="region" kept=group told /> })}
                    <div class="shape stack">
                        <ShapeChoice polygon=is_polygon />
                        <div class="of-circle stack"><CircleFields first told /></div>
                        <div class="of-polygon"><PointsField value=points told /></div>
                        <OfDrawn desk own />
                    </div>
                    <DetailFields first=details told />
                    <div class="actions">
                        <button class="button button-strong" type="submit" disabled=save.pending()>"Save"</button>
                        <a class="button button-quiet" href=at("/regions")>"Cancel"</a>
                    </div>
                </div>
            </ActionForm>
        </section>
    }
}

#[component]
fn CircleFields(first: Typed, told: Signal<Option<crate::ui::Told>>) -> impl IntoView {
    view! {
        <p class="hint js-only">"Click on the map to set the middle."</p>
        <div class="pair">
            <Field name="lat" label="Latitude" form="region" value=first.lat inputmode="decimal" may_be_empty=true told />
            <Field name="lon" label="Longitude" form="region" value=first.lon inputmode="decimal" may_be_empty=true told />
        </div>
        <Field
            name="radius_m"
            label="Radius"
            form="region"
            value=first.radius_m
            hint="In metres, from 1 up. 150 suits a house."
            inputmode="decimal"
            may_be_empty=true
            told
        />
    }
}

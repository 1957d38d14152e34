//! Regions as files: to take along, and to bring. A form without script: a file travels as a part of it, to `POST /regions/import`, and
//! what is refused comes back beside its field.

use crate::{
    screens::{Trouble, refusal_of, told_of},
    ui::{Banner, Field, Tone, at},
};
use leptos::prelude::*;
use leptos_router::hooks::use_query_map;

/// Where the form is sent.
pub const REGIONS_FORM: &str = "/regions/import";

/// The files to take along; for admins, the form to bring one.
#[component]
pub(super) fn RegionFiles(
    /// Whether an admin looks.
    admin: bool,
) -> impl IntoView {
    let refusal = refusal_of(REGIONS_FORM);
    let error = Signal::derive(move || refusal.get_value());
    let told = told_of(error);
    let open = error.get_untracked().is_some();
    let query = use_query_map();
    let count = move |of: &str| {
        query.with(|query| query.get(of)).and_then(|text| text.parse::<u32>().ok()).unwrap_or_default()
    };
    let done = move || {
        query.with(|query| query.get("made").is_some()).then(|| {
            let counted = |of, word: &str| {
                Some(count(of)).filter(|count| *count > 0).map(|count| format!("{count} {word}"))
            };
            let parts: Vec<String> = [
                counted("made", "new"),
                counted("changed", "changed"),
                counted("unchanged", "there already"),
                counted("left_out", "left out, for they are beacons or follow a phone"),
            ]
            .into_iter()
            .flatten()
            .collect();
            let parts = if parts.is_empty() { "nothing was in it".to_owned() } else { parts.join(", ") };
            format!("The file is read: {parts}.")
        })
    };
    view! {
        {move || done().map(|text| view! { <Banner tone=Tone::Good>{text}</Banner> })}
        <details class="more" open=open>
            <summary>"Files"</summary>
            <p class="hint">
                "All regions as "
                <a href=at("/api/v1/regions.geojson") download rel="external">"GeoJSON"</a>
                ", for other programs; the circles as "
                <a href=at("/api/v1/regions.otrw") download rel="external">".otrw"</a>
                ", for OwnTracks."
            </p>
            {admin.then(|| view! {
                <Trouble error />
                <form class="stack" method="post" action=at(REGIONS_FORM) enctype="multipart/form-data">
                    <Field
                        name="file"
                        label="File of regions"
                        form="regions"
                        kind="file"
                        accept=".json,.geojson,.otrw,application/json,application/geo+json"
                        hint="GeoJSON (polygons, and points with radius_m) or .otrw, at most 2 MB. What is there already stays."
                        told
                    />
                    <div class="actions"><button class="button" type="submit">"Read the file"</button></div>
                </form>
            })}
        </details>
    }
}

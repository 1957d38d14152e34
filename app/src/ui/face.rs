//! A friend's face: their picture, over initials on a colour that stays the same.

use super::at;
use crate::state::Looks;
use leptos::prelude::*;

/// A round face. Its name stands beside it wherever it is used, so it is silent for those who hear the page.
#[component]
pub fn Face(
    /// What it is drawn from.
    looks: Looks,
) -> impl IntoView {
    let class = format!("face face-{}", looks.colour);
    let picture = looks.picture.map(|address| {
        view! { <img src=at(&address) alt="" width="44" height="44" loading="lazy" decoding="async" /> }
    });
    view! {
        <span class=class aria-hidden="true">
            {looks.initials}
            {picture}
        </span>
    }
}

//! A friend's face: the initials on a colour that stays the same.

use crate::state::age::face;
use leptos::prelude::*;

/// A round face. Its name stands beside it wherever it is used, so it is silent for those who hear the page.
#[component]
pub fn Face(
    /// The friend's name.
    #[prop(into)]
    name: String,
) -> impl IntoView {
    let class = format!("face face-{}", face(&name));
    let initials = domain::Name::new(&name).map(|name| name.initials()).unwrap_or_default();
    view! {
        <span class=class aria-hidden="true">
            {initials}
        </span>
    }
}

//! There is no such page.

use crate::ui::{Empty, Sign, at};
use leptos::prelude::*;
use leptos_meta::Title;

/// Says so, and shows the way back.
#[component]
pub fn NotFound() -> impl IntoView {
    view! {
        <Title text="Not found" />
        <div class="column">
            <h1>"Nobody is here"</h1>
            <Empty sign=Sign::Region title="There is no page at this address">
                <p><a class="button" href=at("/")>"Back to the map"</a></p>
            </Empty>
        </div>
    }
}

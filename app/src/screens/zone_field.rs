//! By whose clocks hours are.

use crate::{
    browser,
    ui::{Field, Told},
};
use leptos::{html::Input, prelude::*};

/// The zone of hours of which nothing was said and nothing is known.
const UTC: &str = "UTC";

/// The time zone of hours. As long as nobody has said, that of this browser; without script, UTC.
#[component]
pub fn ZoneField(
    /// The form it stands in.
    form: &'static str,
    /// What was said.
    zone: Option<String>,
    /// What is wrong with it.
    told: Signal<Option<Told>>,
) -> impl IntoView {
    let node = NodeRef::<Input>::new();
    let unsaid = zone.is_none();
    // In the browser only, once; what was typed before the page ran stays.
    Effect::new(move |_| {
        let Some(input) = node.get().filter(|input| unsaid && input.value() == UTC) else { return };
        if let Some(here) = browser::zone_name() {
            input.set_value(&here);
        }
    });
    view! {
        <Field
            name="zone"
            label="Time zone"
            form=form
            value=zone.unwrap_or_else(|| UTC.to_owned())
            hint="By whose clocks, such as Europe/Zurich."
            may_be_empty=true
            told
            node
        />
    }
}

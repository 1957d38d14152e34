//! What whoever looks was told, and how that went.

use super::ways::{how, way};
use crate::{
    api::{AlertShown, AlertsShown},
    state::use_live,
    ui::{Moment, at},
};
use leptos::{either::Either, prelude::*};

/// The last alerts, newest first.
#[component]
pub(super) fn ToldLately(known: RwSignal<AlertsShown>) -> impl IntoView {
    let live = use_live();
    let alerts = Memo::new(move |_| known.with(|known| known.alerts.clone()));
    let item = move |alert: AlertShown| {
        let AlertShown { made_at, title, body, link, corrected, deliveries } = alert;
        let went: Vec<String> = deliveries
            .iter()
            .map(|(channel, state, why)| format!("{}: {}", way(*channel), how(*state, why)))
            .collect();
        view! {
            <li>
                <a href=at(&link)>{title}</a> " " {body} {corrected.then(|| view! { " " <b>"Corrected since."</b> })}
                <br />
                <span class="hint">"Told " <Moment at=made_at now=live.now /> ". " {went.join("; ")}</span>
            </li>
        }
    };
    view! {
        <section class="card stack" aria-labelledby="told-title">
            <h2 id="told-title">"What you were told"</h2>
            {move || if alerts.with(Vec::is_empty) {
                Either::Left(view! { <p>"Nothing over the last 30 days."</p> })
            } else {
                Either::Right(view! { <ul class="rules" aria-label="Alerts">{alerts.get().into_iter().map(item).collect_view()}</ul> })
            }}
        </section>
    }
}

//! Which regions a phone keeps, how far each has come on its way there, and the places that its owner drew.

use crate::{
    api::{self, DeviceReport, OwnPlace, RegionReceipt},
    screens::{Trouble, error_of, receipt::Line},
    state::use_live,
    ui::{ActionForm, Age, Confirm},
};
use leptos::{either::Either, prelude::*};

/// The regions on a phone.
#[component]
pub(super) fn Places(
    id: String,
    report: RwSignal<DeviceReport>,
    send: ServerAction<api::SendRegions>,
) -> impl IntoView {
    let live = use_live();
    let regions = Memo::new(move |_| report.with(|report| report.regions.clone()));
    let own = Memo::new(move |_| report.with(|report| report.own_places.clone()));
    let listed_at = Memo::new(move |_| report.with(|report| report.listed_at));
    let none = Memo::new(move |_| regions.with(Vec::is_empty));
    let list = move || {
        let drawn = |known: RegionReceipt| view! { <Line name=known.name circle_m=known.circle_m receipt=known.receipt /> };
        regions.get().into_iter().map(drawn).collect_view()
    };
    let said = move || match listed_at.get() {
        Some(at) => Either::Left(view! { "It last told of its regions " <Age at now=live.now /> "." }),
        None => Either::Right("It has not told yet which regions it keeps. Ask for its regions."),
    };
    let device = StoredValue::new(id);
    let again = move || {
        (!none.get()).then(|| view! {
            <Confirm label="Send them again" about="to this phone">
                <p>"The phone is given its regions as if it had none of them. On Android it says once more where it is."</p>
                <ActionForm action=send>
                    <input type="hidden" name="id" value=device.get_value() />
                    <button class="button" type="submit" disabled=send.pending()>"Send the regions"</button>
                </ActionForm>
            </Confirm>
        })
    };
    view! {
        <section class="card stack" aria-labelledby="places-title">
            <h2 id="places-title">"Regions on it"</h2>
            <Trouble error=error_of(send) fields=&[] />
            {move || if none.get() {
                Either::Left(view! { <p class="hint">"It is given none. Regions are given to phones where their form says so."</p> })
            } else {
                Either::Right(view! { <ul class="orders" aria-label="Regions on it">{list}</ul> })
            }}
            {move || own.with(|own| drawn_there(own)).map(|text| view! { <p>{text}</p> })}
            <p class="hint">{said}</p>
            {again}
        </section>
    }
}

/// What its owner drew on the phone, in a sentence.
fn drawn_there(own: &[OwnPlace]) -> Option<String> {
    let names: Vec<String> = own
        .iter()
        .map(
            |own| if own.is_region { format!("{} (a region here, too)", own.name) } else { own.name.clone() },
        )
        .collect();
    match names.as_slice() {
        [] => None,
        [one] => Some(format!("Drawn on the phone itself: {one}.")),
        names => Some(format!("{} places drawn on the phone itself: {}.", names.len(), names.join(", "))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_drawn_on_a_phone_is_counted_and_named() {
        let own = |name: &str, is_region| OwnPlace { name: name.to_owned(), is_region };
        assert_eq!(drawn_there(&[]), None);
        assert_eq!(drawn_there(&[own("Den", false)]).as_deref(), Some("Drawn on the phone itself: Den."));
        let both = drawn_there(&[own("Den", false), own("Home", true)]).expect("says something");
        assert_eq!(both, "2 places drawn on the phone itself: Den, Home (a region here, too).");
    }
}

//! Regions and phones, for admins: how far a region has come on each phone, and which places drawn on phones could be regions.

use crate::{
    api::{self, Offer, PhoneReceipt, offered_places, phones_of},
    screens::{Trouble, error_of, receipt::Line},
    ui::{ActionForm, distance_words},
};
use domain::RegionId;
use leptos::{either::Either, prelude::*};

/// The phones that a region is given to. Nothing when there are none.
#[component]
pub(super) fn PhonesOf(
    /// Which region.
    region: RegionId,
) -> impl IntoView {
    let phones = Resource::new(move || region.to_string(), phones_of);
    let list = move || {
        Suspend::new(async move {
            let known = phones.await.unwrap_or_default();
            (!known.is_empty()).then(|| view! { <Receipts known /> })
        })
    };
    view! { <Suspense>{list}</Suspense> }
}

#[component]
fn Receipts(known: Vec<PhoneReceipt>) -> impl IntoView {
    let line = |phone: PhoneReceipt| {
        let name = format!("{}: {}", phone.owner, phone.name);
        view! { <Line name circle_m=phone.circle_m receipt=phone.receipt /> }
    };
    view! {
        <section class="card stack" aria-labelledby="phones-title">
            <h2 id="phones-title">"On phones"</h2>
            <ul class="orders" aria-label="Phones">{known.into_iter().map(line).collect_view()}</ul>
        </section>
    }
}

/// Places that friends drew on their phones. Nothing when there are none.
#[component]
pub(super) fn Offers() -> impl IntoView {
    let adopt = ServerAction::<api::AdoptPlace>::new();
    let offers = Resource::new(move || adopt.version().get(), |_| offered_places());
    let list = move || {
        Suspend::new(async move {
            let known = offers.await.unwrap_or_default();
            if known.is_empty() {
                return Either::Left(());
            }
            let items = known.into_iter().map(|offer| view! { <Item offer adopt /> }).collect_view();
            Either::Right(view! {
                <section class="card stack" aria-labelledby="offers-title">
                    <h2 id="offers-title">"Drawn on phones"</h2>
                    <p class="hint">"Places that friends drew in their apps, and that are no regions here yet."</p>
                    <Trouble error=error_of(adopt) fields=&[] />
                    <ul class="regions" aria-label="Drawn on phones">{items}</ul>
                </section>
            })
        })
    };
    view! { <Suspense>{list}</Suspense> }
}

#[component]
fn Item(offer: Offer, adopt: ServerAction<api::AdoptPlace>) -> impl IntoView {
    let said = told(&offer);
    let label = format!("Make {} a region", offer.name);
    view! {
        <li class="region-item">
            <div class="region-text"><h3>{offer.name}</h3> <p class="hint">{said}</p></div>
            <ActionForm action=adopt>
                <input type="hidden" name="device" value=offer.device.to_string() />
                <input type="hidden" name="key" value=offer.key />
                <button class="button" type="submit" aria-label=label disabled=adopt.pending()>"Make it a region"</button>
            </ActionForm>
        </li>
    }
}

/// Whose it is and how large.
fn told(offer: &Offer) -> String {
    let others = match offer.others {
        0 => String::new(),
        1 => " and on 1 other phone".to_owned(),
        count => format!(" and on {count} other phones"),
    };
    let size = distance_words(offer.radius_m);
    format!("On {}\u{2019}s phone{others}. {size} around the middle.", offer.owner)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_offer_tells_whose_place_it_is_and_who_else_has_it() {
        let device = "00000000-0000-7000-8000-000000000001".parse().expect("an id");
        let offer = Offer {
            device,
            key: "tst 1".to_owned(),
            name: "Den".to_owned(),
            owner: "Ann".to_owned(),
            radius_m: 120.0,
            others: 2,
        };
        assert_eq!(
            told(&offer),
            "On Ann\u{2019}s phone and on 2 other phones. 120\u{202f}m around the middle."
        );
    }
}

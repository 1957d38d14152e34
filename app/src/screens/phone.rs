//! The page of a set-up link, for whoever holds the phone: first who will see what, then how the app is set up, and then how far it is.
//!
//! Looking uses nothing up; the password is made when "Set up this phone" is pressed, and shown in that browser alone.

mod offer;
mod steps;
mod ticks;
mod words;

pub use ticks::Ticks;
pub use words::words as trouble_words;

use super::Problem;
use crate::{
    api::{PhonePage, phone_page},
    ui::{Empty, Sign, at},
};
use leptos::{either::EitherOf5, prelude::*};
use leptos_meta::{Meta, Title};
use leptos_router::hooks::use_params_map;
use offer::Offered;
use steps::Ready;

/// The page.
#[component]
pub fn PhoneSetUp() -> impl IntoView {
    let params = use_params_map();
    let token = Memo::new(move |_| params.with(|params| params.get("token")).unwrap_or_default());
    let page = Resource::new_blocking(move || token.get(), phone_page);
    let shown = move || {
        Suspend::new(async move {
            let token = token.get_untracked();
            match page.await {
                Ok(PhonePage::Gone) => EitherOf5::A(view! { <Gone /> }),
                Ok(PhonePage::SignIn { friend, another }) => {
                    EitherOf5::B(view! { <SignInFirst token friend another /> })
                }
                Ok(PhonePage::Offer(offer)) => EitherOf5::C(view! { <Offered token offer /> }),
                Ok(PhonePage::Ready(ready)) => EitherOf5::D(view! { <Ready token ready=*ready /> }),
                Err(error) => EitherOf5::E(view! { <Problem error /> }),
            }
        })
    };
    view! {
        <Title text="Set up a phone" />
        <Meta name="robots" content="noindex" />
        <div class="column phone">
            <Suspense fallback=|| view! { <p class="loading">"Loading…"</p> }>{shown}</Suspense>
        </div>
    }
}

/// The same for every link that is worth nothing: which ones there were is nobody's to find out.
#[component]
fn Gone() -> impl IntoView {
    view! {
        <h1>"Set up a phone"</h1>
        <Empty sign=Sign::Phone title="This link does not work any more">
            <p>"It works once, for a day, and until it is taken back. Perhaps the phone is set up already."</p>
            <p>"Ask whoever sent it to you for a new one."</p>
        </Empty>
    }
}

#[component]
fn SignInFirst(token: String, friend: String, another: bool) -> impl IntoView {
    let plain = token.bytes().all(|byte| byte.is_ascii_alphanumeric());
    let next = if plain { format!("/sign-in?next=/phone/{token}") } else { "/sign-in".to_owned() };
    let why = if another {
        format!("Somebody else is signed in here. Sign in as {friend} on this phone, or open the link there.")
    } else {
        format!("Only {friend} may use it: whoever has the password of a phone can report in its name.")
    };
    view! {
        <h1>"A phone for " {friend.clone()}</h1>
        <section class="card stack" aria-labelledby="first-title">
            <h2 id="first-title">"Sign in first"</h2>
            <p>{why}</p>
            <div class="actions"><a class="button button-strong" href=at(&next) rel="external">"Sign in as " {friend}</a></div>
        </section>
    }
}

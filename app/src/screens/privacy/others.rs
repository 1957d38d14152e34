//! The phones of who looks that somebody else set up, with the step that makes their passwords anew.

use super::Whose;
use crate::{
    api,
    screens::{Trouble, error_of},
    ui::{ActionForm, Banner, Tone},
};
use leptos::prelude::*;

/// One card for all of them; nothing where there is none.
#[component]
pub(super) fn SetUpByOthers(
    /// Whose page it is.
    whose: Whose,
) -> impl IntoView {
    let make = ServerAction::<api::AddDevice>::new();
    let phones = Memo::new(move |_| whose.known.with(|known| (known.name.clone(), known.by_others.clone())));
    move || {
        let (friend, devices) = phones.get();
        let form = |device: String| {
            let (friend, about) = (friend.clone(), device.clone());
            view! {
                <ActionForm action=make>
                    <input type="hidden" name="friend" value=friend />
                    <input type="hidden" name="device" value=device />
                    <input type="hidden" name="how" value="link" />
                    <button class="button" type="submit" disabled=make.pending()>"Make a new set-up link for " {about}</button>
                </ActionForm>
            }
        };
        (!devices.is_empty()).then(|| {
            let names = devices.join(", ");
            view! {
                <section class="card stack" aria-labelledby="others-title">
                    <h2 id="others-title">"Set up by somebody else"</h2>
                    <Banner tone=Tone::Note>
                        "Before you could sign in, somebody else set up " {names}
                        ". Whoever did may still know the password, and could see what you see. A new set-up link gives your phone another one."
                    </Banner>
                    <Trouble error=error_of(make) fields=&[] />
                    {devices.into_iter().map(form).collect_view()}
                </section>
            }
        })
    }
}

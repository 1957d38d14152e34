//! Friends who are made up: in with one button, out with one button.

use crate::{
    api,
    screens::{Trouble, error_of},
    state::use_live,
    ui::ActionForm,
};
use leptos::{either::Either, prelude::*};

/// Adds or removes the demo friends.
#[component]
pub fn Demo() -> impl IntoView {
    let live = use_live();
    let add = ServerAction::<api::AddDemo>::new();
    let remove = ServerAction::<api::RemoveDemo>::new();
    let present = Memo::new(move |_| {
        live.world.with(|world| {
            world.friends.iter().any(|friend| friend.friend.demo)
                || world.regions.iter().any(|region| region.demo)
        })
    });
    view! {
        <section class="card stack" id="demo" aria-labelledby="demo-title">
            <h2 id="demo-title">"Demo friends"</h2>
            <p class="hint">"A few made-up friends who walk about, with made-up regions, each marked \u{201c}demo\u{201d}. They go without a trace."</p>
            <Trouble error=error_of(add) fields=&[] />
            <Trouble error=error_of(remove) fields=&[] />
            {move || if present.get() {
                Either::Left(view! {
                    <ActionForm action=remove>
                        <button class="button" type="submit" disabled=remove.pending()>"Remove demo friends"</button>
                    </ActionForm>
                })
            } else {
                Either::Right(view! {
                    <ActionForm action=add>
                        <button class="button" type="submit" disabled=add.pending()>"Add demo friends"</button>
                    </ActionForm>
                })
            }}
        </section>
    }
}

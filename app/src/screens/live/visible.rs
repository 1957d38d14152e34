//! Who sees whoever looks: a quiet line above the map, and a clear step while nobody does.

use crate::{
    api::{ApiError, Visibility, visibility},
    state::use_live,
    ui::{Banner, Icon, Sign, Tone, at},
};
use leptos::prelude::*;

pub(super) type Asked = Resource<Result<Visibility, ApiError>>;

/// Asks who sees whoever looks, each time that this page is opened and whenever the friends are others.
pub(super) fn provide_visibility() {
    let live = use_live();
    let friends = Memo::new(move |_| live.world.with(|world| world.friends.len()));
    let asked: Asked = Resource::new_blocking(move || friends.get(), |_| visibility());
    provide_context(asked);
}

/// "Visible to 3 friends", as the way to the page that says how.
#[component]
pub(super) fn VisibleTo() -> impl IntoView {
    let asked = expect_context::<Asked>();
    let words = move || {
        Suspend::new(async move {
            match asked.await {
                Ok(Visibility { paused: true, .. }) => "Paused: nobody sees you".to_owned(),
                Ok(Visibility { to: 0, .. }) => "Visible to nobody else".to_owned(),
                Ok(Visibility { to: 1, .. }) => "Visible to 1 friend".to_owned(),
                Ok(Visibility { to, .. }) => format!("Visible to {to} friends"),
                Err(_) => "My privacy".to_owned(),
            }
        })
    };
    view! {
        <a class="visible-to" href=at("/privacy")>
            <Icon sign=Sign::Eye />
            <span><Transition>{words}</Transition></span>
        </a>
    }
}

/// What is to be done while nobody sees whoever looks.
#[component]
pub(super) fn Step() -> impl IntoView {
    let asked = expect_context::<Asked>();
    let step = move || {
        Suspend::new(async move {
            let Ok(Visibility { others, said, paused, .. }) = asked.await else { return None };
            if paused {
                return Some(view! { <Banner tone=Tone::Warning>"You are paused: nobody sees you. " <a href=at("/privacy")>"Resume"</a></Banner> }.into_any());
            }
            (others > 0 && !said).then(|| {
                view! { <Banner tone=Tone::Note>"Nobody sees you yet. " <a href=at("/privacy")>"Choose who may."</a></Banner> }.into_any()
            })
        })
    };
    view! { <Transition>{step}</Transition> }
}

//! What every page starts from: who is asking, and how things are. Asked once for a visit; the live line keeps it fresh.

use super::Problem;
use crate::{
    api::{ApiError, Me, latest, me},
    state::use_live,
};
use domain::live::Snapshot;
use leptos::prelude::*;
use serde::{Deserialize, Serialize};

/// What every page starts from.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Start {
    /// Who is asking.
    pub me: Me,
    /// How things are; `None` for somebody who may not look.
    pub snapshot: Option<Snapshot>,
}

type Started = Resource<Result<Start, ApiError>>;

/// Asks for the [`Start`] and provides it to all pages.
pub fn provide_start() {
    let ask = async || {
        let me = me().await?;
        let snapshot = if me.may_look() { Some(latest().await?) } else { None };
        Ok(Start { me, snapshot })
    };
    let start: Started = Resource::new_blocking(|| (), move |()| ask());
    provide_context(start);
}

/// Draws a part of a page as soon as it is known who is asking and how things are. Without its type: pages are deep enough.
pub fn known<V: IntoView + 'static>(draw: impl Fn(Me) -> V + Clone + Send + Sync + 'static) -> AnyView {
    let start = expect_context::<Started>();
    let live = use_live();
    let seeded = StoredValue::new(false);
    let content = move || {
        let draw = draw.clone();
        Suspend::new(async move {
            match start.await {
                Ok(Start { me, snapshot }) => {
                    if let (Some(snapshot), false) = (snapshot, seeded.get_value()) {
                        seeded.set_value(true);
                        live.seed(snapshot);
                    }
                    draw(me).into_any()
                }
                Err(error) => view! { <Problem error /> }.into_any(),
            }
        })
    };
    view! { <Suspense fallback=|| view! { <p class="loading">"Loading…"</p> }>{content}</Suspense> }
        .into_any()
}

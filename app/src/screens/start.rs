//! What every page starts from: who is asking, and how things are. Asked once for a visit; the live line keeps it fresh. Who is asking is asked
//! anew when the line tells that they are an admin of something else than before.

use super::Problem;
use crate::{
    api::{ApiError, Me, latest, me},
    state::use_live,
};
use domain::live::{OwnGroup, Snapshot};
use leptos::{prelude::*, task::spawn_local};
use serde::{Deserialize, Serialize};

/// What every page starts from.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Start {
    /// Who is asking.
    pub me: Me,
    /// How things are; `None` for somebody who may not look.
    pub snapshot: Option<Snapshot>,
}

#[derive(Clone, Copy)]
struct Started {
    first: Resource<Result<Start, ApiError>>,
    /// Who is asking, where that is something else by now.
    since: RwSignal<Option<Me>>,
    /// For whom the pages were drawn last.
    drawn: StoredValue<Option<Me>>,
}

/// What the live line says of whoever looks: their groups, and whether they manage the server.
type Standing = (Vec<OwnGroup>, bool);

/// Asks for the [`Start`] and provides it to all pages.
pub fn provide_start() {
    let ask = async || {
        let me = me().await?;
        let snapshot = if me.may_look() { Some(latest().await?) } else { None };
        Ok(Start { me, snapshot })
    };
    let first = Resource::new_blocking(|| (), move |()| ask());
    let started = Started { first, since: RwSignal::new(None), drawn: StoredValue::new(None) };
    provide_context(started);
    let live = use_live();
    let standing = Memo::new(move |_| {
        live.world.with(|world| world.known.then(|| (world.groups.clone(), world.server_admin)))
    });
    // Effects run in the browser only. While nothing is known nothing has changed.
    Effect::new(move |before: Option<Option<Standing>>| {
        let before = before.flatten();
        let Some(now) = standing.get() else { return before };
        if before.is_some_and(|before| before != now) {
            started.ask_again();
        }
        Some(now)
    });
}

impl Started {
    /// Who is asking now; only another answer than before draws the pages anew.
    fn ask_again(self) {
        spawn_local(async move {
            let Ok(fresh) = me().await else { return };
            let drawn = self.drawn.try_get_value().flatten();
            if drawn.is_some_and(|drawn| drawn != fresh) {
                self.since.try_set(Some(fresh));
            }
        });
    }
}

/// Draws a part of a page as soon as it is known who is asking and how things are, and again when they are an admin of something else. Without
/// its type: pages are deep enough.
pub fn known<V: IntoView + 'static>(draw: impl Fn(Me) -> V + Clone + Send + Sync + 'static) -> AnyView {
    let Started { first, since, drawn } = expect_context();
    let live = use_live();
    let seeded = StoredValue::new(false);
    let content = move || {
        let draw = draw.clone();
        let since = since.get();
        Suspend::new(async move {
            match first.await {
                Ok(Start { me, snapshot }) => {
                    if let (Some(snapshot), false) = (snapshot, seeded.get_value()) {
                        seeded.set_value(true);
                        live.seed(snapshot);
                    }
                    let me = since.unwrap_or(me);
                    drawn.set_value(Some(me.clone()));
                    draw(me).into_any()
                }
                Err(error) => view! { <Problem error /> }.into_any(),
            }
        })
    };
    view! { <Suspense fallback=|| view! { <p class="loading">"Loading…"</p> }>{content}</Suspense> }
        .into_any()
}

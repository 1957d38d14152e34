//! Keeps what a page shows fresh: while it is looked at, and at once when something was done.

use crate::{api::ApiError, browser};
use leptos::{prelude::*, task::spawn_local};
use std::{future::Future, time::Duration};

/// Between two questions.
const PAUSE: Duration = Duration::from_secs(3);

/// Asks anew now and then, and whenever `done` changes. In the browser only; ends with the page.
pub(super) fn keep<R, F, T>(
    shown: RwSignal<R>,
    question: impl Fn() -> F + Send + Sync + 'static,
    done: impl Fn() -> T + 'static,
) where
    R: PartialEq + Send + Sync + 'static,
    F: Future<Output = Result<R, ApiError>> + 'static,
    T: PartialEq + 'static,
{
    let question = StoredValue::new(question);
    let under_way = StoredValue::new(false);
    let ask = move || {
        let Some(asked) = question.try_with_value(|question| question()) else { return };
        under_way.set_value(true);
        spawn_local(async move {
            // A question that fails is asked again; the bar about the line says what is wrong.
            let fresh = asked.await;
            under_way.try_set_value(false);
            if let Ok(fresh) = fresh {
                shown.try_maybe_update(|shown| {
                    let differs = *shown != fresh;
                    *shown = fresh;
                    (differs, ())
                });
            }
        });
    };
    Effect::new(move |before: Option<T>| {
        let now = done();
        if before.is_some_and(|before| before != now) {
            ask();
        }
        now
    });
    Effect::new(move |_| {
        let tick = move || {
            if browser::is_visible() && under_way.try_get_value() == Some(false) {
                ask();
            }
        };
        if let Ok(ticks) = set_interval_with_handle(tick, PAUSE) {
            on_cleanup(move || ticks.clear());
        }
    });
}

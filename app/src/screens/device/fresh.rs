//! Keeps what is known of a device fresh: while the page is looked at, and at once when something was asked for.

use crate::{
    api::{DeviceReport, device_report},
    browser,
};
use leptos::{prelude::*, task::spawn_local};
use std::time::Duration;

/// Between two questions.
const PAUSE: Duration = Duration::from_secs(3);

/// Asks anew now and then, and whenever `done` changes. In the browser only; ends with the page.
pub(super) fn keep<T: PartialEq + 'static>(report: RwSignal<DeviceReport>, done: impl Fn() -> T + 'static) {
    let (friend, device) =
        report.with_untracked(|report| (report.owner.to_string(), report.device.to_string()));
    let question = StoredValue::new((friend, device));
    let under_way = StoredValue::new(false);
    let ask = move || {
        let Some((friend, device)) = question.try_get_value() else { return };
        under_way.set_value(true);
        spawn_local(async move {
            // A question that fails is asked again; the bar about the line says what is wrong.
            let fresh = device_report(friend, device).await;
            under_way.try_set_value(false);
            if let Ok(fresh) = fresh {
                report.try_maybe_update(|shown| {
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

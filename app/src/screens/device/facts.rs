//! When and how a device was heard of, and what its app says of itself.

use crate::{
    api::DeviceReport,
    state::use_live,
    ui::{Age, ClockWrong, Icon, Moment, Sign},
};
use domain::Door;
use leptos::{either::EitherOf3, prelude::*};

/// Last seen, by which door, under which topic.
#[component]
pub(super) fn Facts(report: RwSignal<DeviceReport>) -> impl IntoView {
    let live = use_live();
    let heard = Memo::new(move |_| report.with(|report| (report.seen_at, report.clock_wrong)));
    let lost_at = Memo::new(move |_| report.with(|report| report.lost_at));
    let door = Memo::new(move |_| report.with(|report| report.door));
    let topic = report.with_untracked(|report| report.topic.clone());
    let seen = move || match heard.get() {
        (None, _) => EitherOf3::A("not yet"),
        (Some(at), true) => EitherOf3::B(
            view! { <ClockWrong /> ", so when is not known. It came at " <Moment at now=live.now /> "." },
        ),
        (Some(at), false) => {
            EitherOf3::C(view! { <Age at now=live.now /> " (" <Moment at now=live.now /> ")" })
        }
    };
    view! {
        <section class="card" aria-label="This device">
            <dl class="facts">
                <dt>"Last seen"</dt><dd>{seen}</dd>
                {move || lost_at.get().map(|at| view! { <dt>"Contact"</dt><dd>"lost " <Age at now=live.now /></dd> })}
                <dt>"Comes by"</dt><dd>{move || by(door.get())}</dd>
                <dt>"Topic"</dt><dd><code>{topic}</code></dd>
            </dl>
        </section>
    }
}

const fn by(door: Option<Door>) -> &'static str {
    match door {
        Some(Door::Broker) => "Embedded broker",
        Some(Door::Bridge) => "Outside broker",
        Some(Door::Http) => "HTTP",
        None => "nothing, since the server was started",
    }
}

/// What keeps the app from reporting.
#[component]
pub(super) fn App(report: RwSignal<DeviceReport>) -> impl IntoView {
    let live = use_live();
    let status = Memo::new(move |_| report.with(|report| report.status.clone()));
    let said = move || {
        let Some((remarks, at)) = status.get() else {
            return view! { <p class="hint">"It has said nothing of itself yet. Ask for its status."</p> }
                .into_any();
        };
        let remark = |remark: crate::api::Remark| {
            let sign = if remark.hinders { Sign::Alert } else { Sign::Check };
            let hinders = remark.hinders.then(|| view! { <span class="visually-hidden">"Hinders: "</span> });
            view! { <li class="remark" class:is-bad=remark.hinders><Icon sign /><span>{hinders} {remark.text}</span></li> }
        };
        view! {
            <ul class="remarks">{remarks.into_iter().map(remark).collect_view()}</ul>
            <p class="hint">"Said " <Age at now=live.now /> "."</p>
        }
        .into_any()
    };
    view! {
        <section class="card stack" aria-labelledby="app-title">
            <h2 id="app-title">"The app on it"</h2>
            {said}
        </section>
    }
}

//! The switch by which a browser shows where its friend is: what is shared with whom is said before the browser is asked for anything, and
//! while it is on, since when, when it last sent, and how to stop it.

use super::visible::Asked;
use crate::{
    api::{ApiError, Visibility},
    browser::NoPosition,
    state::{Report, reporter::Hitch, use_live, use_reporter},
    ui::{Age, Icon, Moment, Sign, at},
};
use leptos::{either::Either, html, prelude::*};

/// The switch, over the map. It needs script; without it one says by hand where one is.
#[component]
pub(super) fn ShowMe() -> impl IntoView {
    let reporter = use_reporter();
    let is_asking = RwSignal::new(false);
    // What this browser remembers may be known before this is taken over from the server, which drew it off.
    let is_drawn = RwSignal::new(false);
    Effect::new(move |_| is_drawn.set(true));
    let report = Memo::new(move |_| if is_drawn.get() { reporter.report.get() } else { Report::Off });
    let is_on = Memo::new(move |_| report.with(Report::is_on));
    let flip = move |_| {
        if is_on.get_untracked() {
            reporter.stop();
        } else if reporter.is_read() {
            reporter.start();
        } else {
            is_asking.update(|asking| *asking = !*asking);
        }
    };
    let begin = Callback::new(move |()| {
        is_asking.set(false);
        reporter.start();
    });
    let close = Callback::new(move |()| is_asking.set(false));
    view! {
        <div class="show-me js-only">
            <button type="button" class="show-switch" role="switch" aria-checked=move || is_on.get().to_string() on:click=flip>
                <Icon sign=Sign::Here />
                <span>"Show me by this browser"</span>
                <span class="show-knob" aria-hidden="true"></span>
            </button>
            <Show when=move || is_asking.get() && !is_on.get()>
                <Consent begin close />
            </Show>
            <State report />
        </div>
    }
}

/// What will be shared, with whom, before anything is.
#[component]
fn Consent(begin: Callback<()>, close: Callback<()>) -> impl IntoView {
    let asked = expect_context::<Asked>();
    let panel = NodeRef::<html::Section>::new();
    Effect::new(move |_| {
        if let Some(panel) = panel.get() {
            let _focused = panel.focus();
        }
    });
    let who = move || {
        Suspend::new(async move {
            match asked.await {
                Ok(Visibility { paused: true, .. }) => {
                    "You are paused: nobody sees it until you resume.".to_owned()
                }
                Ok(Visibility { to: 0, .. }) => "Nobody else sees it, until you say who may.".to_owned(),
                Ok(Visibility { to: 1, .. }) => "1 friend sees it, as exactly as you said.".to_owned(),
                Ok(Visibility { to, .. }) => format!("{to} friends see it, each as exactly as you said."),
                Err(_) => "Those see it to whom you show yourself.".to_owned(),
            }
        })
    };
    view! {
        <section class="show-panel" aria-labelledby="consent-title" tabindex="-1" node_ref=panel>
            <h2 id="consent-title">"Show where this browser is?"</h2>
            <p><b><Transition>{who}</Transition></b> " " <a href=at("/privacy")>"Who sees what of me"</a></p>
            <p>
                "While it is on and a page of this site is open, this browser sends where it is: every 15 seconds at most, sooner when you move on. It is kept and judged like a position of a phone. You can stop it here at any time."
            </p>
            <div class="actions">
                <button type="button" class="button button-strong" on:click=move |_| begin.run(())>"Show me"</button>
                <button type="button" class="button" on:click=move |_| close.run(())>"Not now"</button>
            </div>
        </section>
    }
}

/// How it is: on since when, last sent when, or why not.
#[component]
fn State(report: Memo<Report>) -> impl IntoView {
    let live = use_live();
    let reporter = use_reporter();
    let since = Memo::new(move |_| match report.get() {
        Report::On { since, .. } => Some(since),
        Report::Off | Report::Stopped(_) => None,
    });
    let sent_at = Memo::new(move |_| match report.get() {
        Report::On { sent_at, .. } => sent_at,
        Report::Off | Report::Stopped(_) => None,
    });
    let hitch = Memo::new(move |_| report.with(|report| report.hitch().map(hitch_words)));
    let on = move || {
        since.get().map(|since| {
            let sent = move || match sent_at.get() {
                Some(at) => Either::Left(view! { "last sent " <Age at now=live.now /> }),
                None => Either::Right("nothing sent yet"),
            };
            view! {
                <p class="show-on">
                    <span>"On since " <Moment at=since now=live.now /> " · " {sent}</span>
                    <button type="button" class="button" on:click=move |_| reporter.stop()>"Stop"</button>
                </p>
            }
        })
    };
    let is_shown = Memo::new(move |_| since.get().is_some() || hitch.with(Option::is_some));
    view! {
        <div class="show-panel" class:is-empty=move || !is_shown.get()>
            {on}
            <p class="show-hitch" role="status">{hitch}</p>
        </div>
    }
}

/// What keeps a browser from sending where it is, and what to do.
fn hitch_words(hitch: &Hitch) -> String {
    match hitch {
        Hitch::Nowhere(NoPosition::Refused) => {
            "This browser may not tell where it is. Allow the location for this site in the browser\u{2019}s settings, and on a phone for the browser itself; then turn it on again.".to_owned()
        }
        Hitch::Nowhere(NoPosition::Insecure) => {
            "Browsers tell where they are to pages over HTTPS alone, or on the same machine. Open this site by its https address, or set your position by hand.".to_owned()
        }
        Hitch::Nowhere(NoPosition::Unknown) => {
            "This browser does not know where it is. It goes on trying; turn on the location of the device, or set your position by hand.".to_owned()
        }
        Hitch::Server(ApiError::Invalid { field, .. }) if field == "accuracy_m" => {
            "Where this browser is, is known too inexactly to be shown.".to_owned()
        }
        Hitch::Server(ApiError::Invalid { field, .. }) if field == "at" => {
            "The clock of this device is ahead: nothing is sent until it is right.".to_owned()
        }
        Hitch::Server(ApiError::Transport(_)) => {
            "The server cannot be reached. What is newest is sent as soon as it can.".to_owned()
        }
        Hitch::Server(error) => error.to_string(),
    }
}

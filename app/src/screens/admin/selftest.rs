//! The server as phones see it: what is well, what is not, and what to do.

use super::pages::{For, page};
use crate::{
    api,
    screens::Problem,
    state::use_live,
    ui::{Icon, Moment, Sign, at},
};
use domain::{Check, Health, SelfTest};
use leptos::{either::Either, prelude::*};

/// The page of the self-test.
#[component]
pub fn SelfTestPage() -> impl IntoView {
    page(For::Server, "/admin/self-test", "Self-test", |_| view! { <Asked /> }.into_any())
}

#[component]
fn Asked() -> impl IntoView {
    let found = Resource::new_blocking(|| (), |()| api::self_test());
    let list = move || {
        Suspend::new(async move {
            match found.await {
                Ok(found) => Either::Left(view! { <Found found /> }),
                Err(error) => Either::Right(view! { <Problem error /> }),
            }
        })
    };
    view! { <Transition fallback=|| view! { <p class="loading">"Looking…"</p> }>{list}</Transition> }
}

#[component]
fn Found(found: SelfTest) -> impl IntoView {
    let live = use_live();
    let verdict = match found.worst() {
        Health::Good => "Everything is well.",
        Health::Unknown => "Nothing is wrong as far as one can see from here.",
        Health::Warning => "It works, but something should be looked at.",
        Health::Bad => "Something does not work.",
    };
    // The worst first; what is alike stays in its order.
    let mut checks = found.checks;
    checks.sort_by_key(|check| std::cmp::Reverse(check.health));
    view! {
        <div class="bar">
            <p><strong>{verdict}</strong> " " <span class="hint">"Looked at " <Moment at=found.at now=live.now /></span></p>
            <a class="button" href=at("/admin/self-test") rel="external">"Run again"</a>
        </div>
        <ul class="log" aria-label="What was looked at">
            {checks.into_iter().map(|check| view! { <Line check /> }).collect_view()}
        </ul>
    }
}

#[component]
fn Line(check: Check) -> impl IntoView {
    let Check { name, health, seen, advice, .. } = check;
    let sign = match health {
        Health::Good => Sign::Check,
        Health::Unknown => Sign::Info,
        Health::Warning | Health::Bad => Sign::Alert,
    };
    let class = match health {
        Health::Good => "message",
        Health::Unknown => "message is-unknown",
        Health::Warning => "message is-warning",
        Health::Bad => "message is-trouble",
    };
    view! {
        <li class=class>
            <Icon sign />
            <div class="checked">
                <h2>{name} " " <span class="hint">{health.word()}</span></h2>
                <p>{seen}</p>
                {(!advice.is_empty()).then(|| view! { <p class="hint">{advice}</p> })}
            </div>
        </li>
    }
}

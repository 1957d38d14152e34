//! One line of the audit log, and those of them that are about whoever looks.

use super::Problem;
use crate::{
    api::audit_of_me,
    state::use_live,
    ui::{Icon, Moment, Sign},
};
use domain::{Act, Actor, AuditEntry};
use leptos::{either::Either, prelude::*};

/// One line: who did what to whom, and when.
#[component]
pub fn AuditLine(
    /// The line.
    entry: AuditEntry,
) -> impl IntoView {
    let now = use_live().now;
    let AuditEntry { at, last_at, times, actor, act, subject, note, .. } = entry;
    let sign = match (act, &actor) {
        (Act::SignInSlowed, _) | (_, Actor::Nobody(_)) => Sign::Alert,
        (Act::PositionRead, _) => Sign::Eye,
        _ => Sign::Log,
    };
    let counted =
        (times > 1).then(|| view! { ", " {times} " times, the last time " <Moment at=last_at now /> });
    view! {
        <li class="message">
            <Icon sign />
            <div>
                <p><b>{actor.words()}</b> " " {act.words()} " " <b>{subject}</b> {(!note.is_empty()).then(|| format!(" ({note})"))}</p>
                <p class="hint"><Moment at now /> {counted}</p>
            </div>
        </li>
    }
}

/// What others did about whoever looks.
#[component]
pub fn DoneToMe() -> impl IntoView {
    let asked = Resource::new_blocking(|| (), |()| audit_of_me());
    let drawn = move || {
        Suspend::new(async move {
            match asked.await {
                Ok(entries) if entries.is_empty() => {
                    view! { <p class="hint">"Nothing so far."</p> }.into_any()
                }
                Ok(entries) => view! {
                    <ol class="log" aria-labelledby="done-title">
                        {entries.into_iter().map(|entry| view! { <AuditLine entry /> }).collect_view()}
                    </ol>
                }
                .into_any(),
                Err(error) => view! { <Problem error /> }.into_any(),
            }
        })
    };
    view! {
        <section class="card stack" aria-labelledby="done-title">
            <h2 id="done-title">"What admins did"</h2>
            <p class="hint">"About your account and your phones; and on which days one looked where you are or were, with an admin\u{2019}s eyes."</p>
            <Transition fallback=|| view! { <p class="loading">"Loading…"</p> }>{drawn}</Transition>
        </section>
    }
}

/// A list of lines, or that there are none.
pub(super) fn lines(entries: Vec<AuditEntry>) -> impl IntoView {
    if entries.is_empty() {
        return Either::Left(view! { <p class="hint">"Nothing of the kind was done."</p> });
    }
    Either::Right(view! {
        <ol class="log" aria-label="Audit log">{entries.into_iter().map(|entry| view! { <AuditLine entry /> }).collect_view()}</ol>
    })
}

//! For how long a friend keeps what is their own.

use crate::{
    api,
    screens::{KeepFields, Trouble, error_of},
    state::use_live,
    ui::{ActionForm, Moment},
};
use domain::{OwnRetention, Retention, RetentionClass, Timestamp};
use leptos::prelude::*;

/// The form that says so; not longer than the server.
#[component]
pub(super) fn Keep(
    /// Whose, by id.
    friend: String,
    /// What the server keeps.
    server: Retention,
    /// What they chose.
    own: OwnRetention,
    /// Until when nothing goes by the server's.
    begins_at: Option<Timestamp>,
    keep: ServerAction<api::SetOwnRetention>,
) -> impl IntoView {
    let live = use_live();
    let row = |class: RetentionClass| {
        let words = |keep: domain::Keep| {
            keep.as_days().map_or_else(|| "for ever".to_owned(), |days| format!("{days} days"))
        };
        let (by_server, holds) = (words(server.of(class)), words(server.with(&own).of(class)));
        view! { <dt>{class.words()}</dt><dd>{holds} " " <span class="hint">"(the server: " {by_server} ")"</span></dd> }
    };
    let rows = RetentionClass::OWN.map(row).into_iter().collect_view();
    let error = error_of(keep);
    let asked = RetentionClass::OWN.map(|class| {
        let chosen = own.of(class).map(|days| days.to_string());
        (class, chosen.unwrap_or_default(), hint(class))
    });
    let begins = begins_at.map(|at| {
        view! { <p class="hint">"By the server\u{2019}s nothing is deleted before " <Moment at=at now=live.now exact=true /> "."</p> }
    });
    view! {
        <section class="card stack" aria-labelledby="keep-title">
            <h2 id="keep-title">"For how long"</h2>
            <dl class="facts">{rows}</dl>
            {begins}
            <p>"You may keep less than the server, in days. What is older is deleted within the hour, and does not come back. Where you were last, and where you are, stays."</p>
            <Trouble error />
            <ActionForm action=keep>
                <input type="hidden" name="friend" value=friend />
                <KeepFields asked=asked.to_vec() may_be_empty=true error pending=keep.pending() />
            </ActionForm>
        </section>
    }
}

const fn hint(class: RetentionClass) -> &'static str {
    match class {
        RetentionClass::Raw => {
            "Empty: as the server. Never longer than positions, if you say something there: messages tell of them."
        }
        RetentionClass::Fixes
        | RetentionClass::Transitions
        | RetentionClass::Observations
        | RetentionClass::Audit
        | RetentionClass::Chat => "Empty: as the server.",
    }
}

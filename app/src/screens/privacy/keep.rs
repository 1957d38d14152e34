//! For how long a friend keeps what is their own.

use crate::{
    api,
    screens::{Trouble, error_of, told_of},
    state::use_live,
    ui::{ActionForm, Field, Moment},
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
    let error = error_of(keep);
    let told = told_of(error);
    let value = move |class: RetentionClass| {
        let kept = error.with_untracked(|error| error.as_ref().and_then(|error| error.kept(class.as_str())));
        kept.unwrap_or_else(|| own.of(class).map(|days| days.to_string()).unwrap_or_default())
    };
    let row = |class: RetentionClass| {
        let words = |keep: domain::Keep| {
            keep.as_days().map_or_else(|| "for ever".to_owned(), |days| format!("{days} days"))
        };
        let (by_server, holds) = (words(server.of(class)), words(server.with(&own).of(class)));
        view! { <dt>{class.words()}</dt><dd>{holds} " " <span class="hint">"(the server: " {by_server} ")"</span></dd> }
    };
    let rows = RetentionClass::OWN.map(row).into_iter().collect_view();
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
                <div class="stack">
                    <input type="hidden" name="friend" value=friend />
                    <Field form="keep" name="raw" label="Messages" inputmode="numeric" may_be_empty=true hint="Empty: as the server. Never longer than positions, if you say something there: messages tell of them."
                        value=value(RetentionClass::Raw) told />
                    <Field form="keep" name="fixes" label="Positions" inputmode="numeric" may_be_empty=true hint="Empty: as the server."
                        value=value(RetentionClass::Fixes) told />
                    <Field form="keep" name="transitions" label="Comings and goings" inputmode="numeric" may_be_empty=true hint="Empty: as the server."
                        value=value(RetentionClass::Transitions) told />
                    <div class="actions">
                        <button class="button button-strong" type="submit" disabled=keep.pending()>"Save"</button>
                    </div>
                </div>
            </ActionForm>
        </section>
    }
}

//! The audit log: who did what, filtered by a plain form, so that it works without script and can be sent to somebody.

use super::pages::{For, page};
use crate::{
    api,
    screens::{Problem, audit::lines},
    ui::{Field, at},
};
use domain::Act;
use leptos::{either::Either, prelude::*};
use leptos_router::hooks::use_query_map;

/// The page of the audit log.
#[component]
pub fn AuditPage() -> impl IntoView {
    page(For::Admins, "/admin/audit", "Audit log", |_| view! { <Audit /> }.into_any())
}

#[component]
fn Audit() -> impl IntoView {
    let query = use_query_map();
    let wanted = Memo::new(move |_| {
        let text = |name: &str| query.with(|query| query.get(name)).unwrap_or_default();
        (text("actor"), text("act"), query.with(|query| query.get("before")))
    });
    let asked =
        Resource::new_blocking(move || wanted.get(), |(actor, act, before)| api::audit(actor, act, before));
    let drawn = move || {
        Suspend::new(async move {
            let (actor, act, _) = wanted.get_untracked();
            match asked.await {
                Ok(found) => {
                    let older = found.next.map(|cursor| {
                        let mut query = form_urlencoded::Serializer::new(String::new());
                        query
                            .append_pair("actor", &actor)
                            .append_pair("act", &act)
                            .append_pair("before", &cursor);
                        let href = format!("/admin/audit?{}", query.finish());
                        view! { <a class="button" href=at(&href)>"Older"</a> }
                    });
                    Either::Left(view! {
                        <Filters actor act />
                        {lines(found.items)}
                        <p class="paging">{older}</p>
                    })
                }
                Err(error) => Either::Right(view! { <Problem error /> }),
            }
        })
    };
    view! {
        <p class="hint">
            "What admins and tokens did, who failed to sign in too often, and whom an admin looked at: once a day for each, counted. What was seen is never kept."
        </p>
        <Transition fallback=|| view! { <p class="loading">"Loading…"</p> }>{drawn}</Transition>
    }
}

#[component]
fn Filters(actor: String, act: String) -> impl IntoView {
    let options = Act::ALL.iter().map(|known| {
        let word = known.as_str();
        view! { <option value=word selected=word == act>{word.replace('-', " ")}</option> }
    });
    let options = options.collect_view();
    view! {
        <form class="filters" method="get" action=at("/admin/audit")>
            <Field name="actor" label="Who" form="audit" value=actor hint="A name, or terminal." may_be_empty=true />
            <div class="field">
                <label for="audit-act">"What"</label>
                <select id="audit-act" name="act"><option value="">"Everything"</option>{options}</select>
            </div>
            <button class="button" type="submit">"Show"</button>
        </form>
    }
}

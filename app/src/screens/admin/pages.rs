//! The way between the pages for admins, and the end of it for everybody else.

use crate::{
    screens::known,
    ui::{Banner, Tone},
};
use leptos::{either::Either, prelude::*};
use leptos_meta::Title;

/// The pages for admins: where, and what they are called.
const PAGES: &[(&str, &str)] = &[
    ("/admin", "Log"),
    ("/admin/broker", "Broker"),
    ("/admin/console", "Console"),
    ("/admin/outlets", "Outlets"),
    ("/admin/invitations", "Invitations"),
    ("/admin/audit", "Audit"),
    ("/admin/self-test", "Self-test"),
];

/// The links to them.
#[component]
pub(in crate::screens) fn Pages(
    /// Where one is.
    here: &'static str,
) -> impl IntoView {
    let links = PAGES.iter().map(|&(page, name)| {
        view! { <a href=page aria-current=(page == here).then_some("page")>{name}</a> }
    });
    let links = links.collect_view();
    view! { <nav class="tabs tabs-pages" aria-label="Pages for admins">{links}</nav> }
}

/// The frame of such a page; its content only for admins. Without its type: pages are deep enough.
pub(super) fn page(here: &'static str, title: &'static str, content: fn() -> AnyView) -> AnyView {
    let drawn = known(move |me| {
        if me.admin {
            Either::Left(content())
        } else {
            Either::Right(
                view! { <Banner tone=Tone::Note>"Only admins see what arrives at the server."</Banner> },
            )
        }
    });
    view! {
        <Title text=title />
        <div class="column column-wide">
            <Pages here />
            <h1>{title}</h1>
            {drawn}
        </div>
    }
    .into_any()
}

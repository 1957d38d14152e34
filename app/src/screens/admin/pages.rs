//! The way between the pages for admins, and the end of it for everybody else.

use crate::{
    api::Me,
    screens::known,
    ui::{Banner, Tone, at},
};
use leptos::{either::Either, prelude::*};
use leptos_meta::Title;

/// For whom such a page is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::screens) enum For {
    /// Admins of a group: it shows what is of their groups.
    Admins,
    /// Admins of the server.
    Server,
}

impl For {
    const fn is_for(self, me: &Me) -> bool {
        match self {
            Self::Admins => me.admin,
            Self::Server => me.server_admin,
        }
    }

    const fn refusal(self) -> &'static str {
        match self {
            Self::Admins => "Only admins see what arrives at the server.",
            Self::Server => "This is for admins of the server.",
        }
    }
}

/// The pages for admins: where, what they are called, and for whom.
const PAGES: &[(&str, &str, For)] = &[
    ("/admin", "Log", For::Admins),
    ("/admin/broker", "Broker", For::Admins),
    ("/admin/console", "Console", For::Admins),
    ("/admin/outlets", "Outlets", For::Admins),
    ("/admin/invitations", "Invitations", For::Admins),
    ("/admin/audit", "Audit", For::Admins),
    ("/admin/self-test", "Self-test", For::Server),
    ("/admin/server", "Server", For::Server),
    ("/admin/storage", "Storage", For::Server),
];

/// The first of the pages for admins that somebody may see.
pub(in crate::screens) fn first_page(me: &Me) -> Option<&'static str> {
    PAGES.iter().find(|(.., whom)| whom.is_for(me)).map(|(page, ..)| *page)
}

/// The links to them: only to those that whoever looks may see.
#[component]
pub(in crate::screens) fn Pages(
    /// Where one is.
    here: &'static str,
) -> impl IntoView {
    known(move |me| {
        let links = PAGES.iter().filter(|(.., whom)| whom.is_for(&me)).map(|&(page, name, _)| {
            view! { <a href=at(page) aria-current=(page == here).then_some("page")>{name}</a> }
        });
        let links = links.collect_view();
        view! { <nav class="tabs tabs-pages" aria-label="Pages for admins">{links}</nav> }
    })
}

/// The frame of such a page; its content only for who may see it. Without its type: pages are deep enough.
pub(super) fn page(
    whom: For,
    here: &'static str,
    title: &'static str,
    content: fn(Me) -> AnyView,
) -> AnyView {
    let drawn = known(move |me| {
        if whom.is_for(&me) {
            Either::Left(content(me))
        } else {
            Either::Right(view! { <Banner tone=Tone::Note>{whom.refusal()}</Banner> })
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

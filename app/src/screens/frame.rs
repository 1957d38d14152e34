//! What is around every page: the way to the others, and whether the line to the server stands.

use super::{Alerted, Post, admin::first_page, known};
use crate::{
    api::Me,
    browser::{self, worker},
    screens::live::Announcer,
    state::{Report, use_live, use_reporter},
    ui::{Icon, Moment, Sign, at, base, within},
};
use domain::FriendId;
use leptos::{prelude::*, task::spawn_local};
use leptos_router::hooks::use_location;

/// Navigation, the thin bar about the line, and the page.
#[component]
pub fn Frame(
    /// The page.
    children: Children,
) -> impl IntoView {
    view! {
        <a class="skip" href="#content" rel="external">"Skip to content"</a>
        <div class="frame">
            {known(|me| view! { <Places me /> })}
            <main class="page" id="content" tabindex="-1">
                <LineBar />
                <Alerted />
                {children()}
            </main>
            <Announcer />
        </div>
    }
}

/// The ways to the other pages: a rail at the side, or a bar at the bottom of a phone. Nothing for who may not look.
#[component]
fn Places(me: Me) -> impl IntoView {
    let reporter = use_reporter();
    reporter.serve(me.friend);
    keep_map(me.friend);
    let is_shown = Memo::new(move |_| reporter.report.with(Report::is_on));
    let live = use_live();
    let unread = Memo::new(move |_| live.world.with(|world| world.unread));
    me.may_look().then(|| {
        view! {
            <nav class="places" aria-label="Pages">
                <span class="brand" aria-hidden="true">
                    <svg viewBox="0 0 32 32" width="32" height="32" focusable="false">
                        <path class="brand-pin" d="M16 3c6 0 10.5 4.4 10.5 10 0 6.8-7.3 13-10.5 16C12.8 26 5.5 19.8 5.5 13 5.5 7.4 10 3 16 3z" />
                        <circle class="brand-eye" cx="16" cy="13" r="4.2" />
                    </svg>
                </span>
                <ul>
                    <Place to="/" sign=Sign::Map name="Map" is_shown />
                    <Place to="/history" sign=Sign::History name="History" />
                    <Place to="/regions" sign=Sign::Region name="Regions" />
                    {me.sensors.then(|| view! { <Place to="/sensors" sign=Sign::Eye name="Sensors" /> })}
                    <Place to="/friends" sign=Sign::Friends name="Friends" />
                    {me.friend.map(|_| view! { <Place to="/messages" sign=Sign::Chat name="Messages" unread /> })}
                    {me.friend.map(|_| view! { <Place to="/settings" sections=&["/privacy", "/groups", "/alerts"] sign=Sign::Settings name="Settings" /> })}
                    {first_page(&me).map(|to| view! { <Place to sections=&["/admin"] sign=Sign::Log name="Admin" /> })}
                    {me.guest.then(|| view! {
                        <li><a href=at("/sign-in") rel="external"><Icon sign=Sign::Exit /><span>"Sign in"</span></a></li>
                    })}
                </ul>
                {me.friend.map(|_| view! { <Post /> })}
            </nav>
        }
    })
}

/// Has the browser keep the map of a friend for when the server is out of reach, as it is now and each time the page is left; and nothing for
/// nobody. In the browser only.
fn keep_map(friend: Option<FriendId>) {
    Effect::new(move |_| {
        spawn_local(worker::tell(friend));
        let left = window_event_listener_untyped("visibilitychange", move |_| {
            if !browser::is_visible() {
                spawn_local(worker::tell(friend));
            }
        });
        on_cleanup(move || left.remove());
    });
}

#[component]
fn Place(
    to: &'static str,
    sign: Sign,
    name: &'static str,
    /// What more of its pages are, or are below, than the way itself.
    #[prop(optional)]
    sections: &'static [&'static str],
    /// Whether this browser shows its friend, which is stopped there.
    #[prop(optional, into)]
    is_shown: Signal<bool>,
    /// How many messages there are unread.
    #[prop(optional, into)]
    unread: Signal<u32>,
) -> impl IntoView {
    let (base, path) = (base(), use_location().pathname);
    let mark = move || {
        path.with(|path| {
            let path = within(&base, path);
            let in_section = || sections.iter().any(|section| current(section, path).is_some());
            current(to, path).or_else(|| in_section().then_some("true"))
        })
    };
    view! {
        <li>
            <a href=at(to) aria-current=mark>
                <Icon sign />
                <span>{name}</span>
                {move || (unread.get() > 0).then(|| view! {
                    <span class="place-count"><span class="visually-hidden">", "</span>{unread}<span class="visually-hidden">" unread"</span></span>
                })}
                {move || is_shown.get().then(|| view! { <span class="place-shown"><span class="visually-hidden">", shown by this browser"</span></span> })}
            </a>
        </li>
    }
}

/// How a way is marked on a page: it leads to this very page, or this page is one of its section. Pure.
fn current(way: &str, path: &str) -> Option<&'static str> {
    let path = path.trim_end_matches('/');
    let below = path.strip_prefix(way.trim_end_matches('/'))?;
    match (way, below) {
        (_, "") => Some("page"),
        ("/", _) => None,
        (_, below) => below.starts_with('/').then_some("true"),
    }
}

/// Says since when the page is no longer the present, while it is not. Always there, so that it is heard; mostly empty.
#[component]
fn LineBar() -> impl IntoView {
    let live = use_live();
    let lost = Memo::new(move |_| live.link.with(|link| link.is_lost()));
    let text = move || {
        lost.get().then(|| {
            let as_of = live.world.with(|world| world.as_of);
            view! { <span class="line-lost">"Showing " <Moment at=as_of now=live.now /> " – reconnecting…"</span> }
        })
    };
    view! { <div class="line" role="status">{text}</div> }
}

#[cfg(test)]
mod tests {
    use super::current;
    use rstest::rstest;

    #[rstest]
    #[case("/", "/", Some("page"))]
    #[case("/", "/history", None)]
    #[case("/history", "/history", Some("page"))]
    #[case("/history", "/history/", Some("page"))]
    #[case("/history", "/history/time", Some("true"))]
    #[case("/regions", "/regions/x1/phones", Some("true"))]
    #[case("/history", "/historybooks", None)]
    #[case("/history", "/", None)]
    #[case("/friends", "/history", None)]
    fn a_section_is_current_on_its_pages(
        #[case] way: &str,
        #[case] path: &str,
        #[case] marked: Option<&str>,
    ) {
        assert_eq!(current(way, path), marked);
    }
}

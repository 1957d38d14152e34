//! The one component above all pages: contexts, the frame, and which address shows which page.

use crate::{
    screens::{
        Admin, Alerts, AuditPage, BrokerPage, Chat, ConsolePage, DevicePage, Frame, FriendCard, FriendLog,
        FriendPrivacy, FriendPrivacyData, Friends, Groups, History, Invitation, InvitationsPage, LiveMap,
        NotFound, Outlets, OwnLog, PastPresence, PhoneSetUp, Privacy, PrivacyData, Regions, SelfTestPage,
        SensorPage, Sensors, ServerPage, SetUp, Settings, SignIn, StoragePage, TimeSpent, WhyPage,
        provide_start,
    },
    state::{provide_live, provide_reporter},
    ui::{base, provide_clock},
};
use leptos::prelude::*;
use leptos_meta::{Title, provide_meta_context};
use leptos_router::{
    SsrMode,
    components::{Route, Router, Routes},
    path,
};

/// Everything between `<body>` and `</body>`.
///
/// Every page is drawn at once ([`SsrMode::Async`]): it has to be readable without script.
#[component]
pub fn App() -> impl IntoView {
    provide_meta_context();
    provide_clock();
    provide_reporter(provide_live());
    provide_start();
    let title = |page: String| {
        // On the server the library writes it into the document as it is.
        let page = if cfg!(feature = "ssr") { page.replace('&', "&amp;").replace('<', "&lt;") } else { page };
        if page.is_empty() { "Whereabouts".to_owned() } else { format!("{page} · Whereabouts") }
    };
    view! {
        <Title formatter=title text="" />
        <Router base=base()>
            <Frame>
                <Routes fallback=NotFound>
                    <Route path=path!("/") view=LiveMap ssr=SsrMode::Async />
                    <Route path=path!("/history") view=History ssr=SsrMode::Async />
                    <Route path=path!("/history/time") view=TimeSpent ssr=SsrMode::Async />
                    <Route path=path!("/history/presence") view=PastPresence ssr=SsrMode::Async />
                    <Route path=path!("/regions") view=Regions ssr=SsrMode::Async />
                    <Route path=path!("/friends") view=Friends ssr=SsrMode::Async />
                    <Route path=path!("/friends/:friend/card") view=FriendCard ssr=SsrMode::Async />
                    <Route path=path!("/friends/:friend/regions/:region") view=WhyPage ssr=SsrMode::Async />
                    <Route path=path!("/friends/:friend/privacy") view=FriendPrivacy ssr=SsrMode::Async />
                    <Route path=path!("/friends/:friend/privacy/data") view=FriendPrivacyData ssr=SsrMode::Async />
                    <Route path=path!("/friends/:friend/log") view=FriendLog ssr=SsrMode::Async />
                    <Route path=path!("/friends/:friend/:device") view=DevicePage ssr=SsrMode::Async />
                    <Route path=path!("/messages") view=Chat ssr=SsrMode::Async />
                    <Route path=path!("/sensors") view=Sensors ssr=SsrMode::Async />
                    <Route path=path!("/sensors/:name") view=SensorPage ssr=SsrMode::Async />
                    <Route path=path!("/groups") view=Groups ssr=SsrMode::Async />
                    <Route path=path!("/privacy") view=Privacy ssr=SsrMode::Async />
                    <Route path=path!("/privacy/data") view=PrivacyData ssr=SsrMode::Async />
                    <Route path=path!("/privacy/log") view=OwnLog ssr=SsrMode::Async />
                    <Route path=path!("/alerts") view=Alerts ssr=SsrMode::Async />
                    <Route path=path!("/settings") view=Settings ssr=SsrMode::Async />
                    <Route path=path!("/admin") view=Admin ssr=SsrMode::Async />
                    <Route path=path!("/admin/broker") view=BrokerPage ssr=SsrMode::Async />
                    <Route path=path!("/admin/console") view=ConsolePage ssr=SsrMode::Async />
                    <Route path=path!("/admin/outlets") view=Outlets ssr=SsrMode::Async />
                    <Route path=path!("/admin/audit") view=AuditPage ssr=SsrMode::Async />
                    <Route path=path!("/admin/self-test") view=SelfTestPage ssr=SsrMode::Async />
                    <Route path=path!("/admin/server") view=ServerPage ssr=SsrMode::Async />
                    <Route path=path!("/admin/storage") view=StoragePage ssr=SsrMode::Async />
                    <Route path=path!("/phone/:token") view=PhoneSetUp ssr=SsrMode::Async />
                    <Route path=path!("/admin/invitations") view=InvitationsPage ssr=SsrMode::Async />
                    <Route path=path!("/invitation") view=Invitation ssr=SsrMode::Async />
                    <Route path=path!("/sign-in") view=SignIn ssr=SsrMode::Async />
                    <Route path=path!("/set-up") view=SetUp ssr=SsrMode::Async />
                </Routes>
            </Frame>
        </Router>
    }
}

//! Who sees what of a friend: one table, the terms of one party with what they would change, and pauses. Everybody has this page for themselves,
//! and admins have it for friends who cannot sign in.
//!
//! What holds is drawn from one signal that is asked anew while the page is looked at. The forms stand beside it and are not drawn again.

mod bots;
mod data;
mod keep;
mod looks;
mod others;
mod pause;
mod seen;
mod table;
mod terms;
mod watchers;
mod words;

pub use data::{FriendPrivacyData, PrivacyData};

use super::{Problem, fresh, known};
use crate::{
    api::{self, Privacy as Known, privacy},
    ui::{Banner, Tone, at},
};
use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::{use_params_map, use_query_map};

/// The page for whoever looks.
#[component]
pub fn Privacy() -> impl IntoView {
    view! { <div class="column column-wide">{known(|_| view! { <Asked /> })}</div> }
}

/// The page on which an admin does it for somebody else.
#[component]
pub fn FriendPrivacy() -> impl IntoView {
    view! { <div class="column column-wide">{known(|_| view! { <Asked /> })}</div> }
}

#[component]
fn Asked() -> impl IntoView {
    let params = use_params_map();
    let whose = Memo::new(move |_| params.with(|params| params.get("friend")).unwrap_or_default());
    let asked = Resource::new_blocking(move || whose.get(), privacy);
    let page = move || {
        Suspend::new(async move {
            match asked.await {
                Ok(first) => view! { <Page first /> }.into_any(),
                Err(api::ApiError::Forbidden) => view! {
                    <Title text="Privacy" />
                    <h1>"Privacy"</h1>
                    <Banner tone=Tone::Note>"Who can sign in decides alone what others see; for who cannot, an admin does."</Banner>
                }
                .into_any(),
                Err(error) => view! { <Title text="Privacy" /> <h1>"Privacy"</h1> <Problem error /> }.into_any(),
            }
        })
    };
    view! { <Transition fallback=|| view! { <p class="loading">"Loading…"</p> }>{page}</Transition> }
}

/// What the parts of the page share.
#[derive(Clone, Copy)]
struct Whose {
    /// What holds.
    known: RwSignal<Known>,
    /// The page's own address.
    page: StoredValue<String>,
    /// Whether it is about whoever looks.
    own: bool,
}

impl Whose {
    /// Who it is about, in the middle of a sentence: "you" or their name.
    fn whom(self) -> String {
        if self.own { "you".to_owned() } else { self.known.with_untracked(|known| known.name.clone()) }
    }

    /// The id, for a hidden field.
    fn id(self) -> String {
        self.known.with_untracked(|known| known.friend.to_string())
    }

    /// The page's address.
    fn page(self) -> String {
        self.page.get_value()
    }
}

#[component]
fn Page(first: Known) -> impl IntoView {
    let Known { friend, name, own, .. } = first.clone();
    let title = if own { "My privacy".to_owned() } else { format!("Privacy of {name}") };
    let page = if own { "/privacy".to_owned() } else { format!("/friends/{friend}/privacy") };
    let data = format!("{page}/data");
    let log = if own { format!("{page}/log") } else { format!("/friends/{friend}/log") };
    let known = RwSignal::new(first);
    let whose = Whose { known, page: StoredValue::new(page), own };
    let share = ServerAction::<api::Share>::new();
    let pause = ServerAction::<api::PauseSharing>::new();
    let resume = ServerAction::<api::ResumeSharing>::new();
    let choose = ServerAction::<api::ChooseBots>::new();
    let query = use_query_map();
    fresh::keep(
        known,
        move || privacy(friend.to_string()),
        move || {
            (
                [
                    share.version().get(),
                    pause.version().get(),
                    resume.version().get(),
                    choose.version().get(),
                ],
                query.get().to_query_string(),
            )
        },
    );
    let done = move || {
        let says = [
            ("shared", "Saved. It holds from now on, everywhere at once."),
            ("paused", "Everything is paused."),
            ("bots", "Saved. Bots know it from now on."),
            ("resumed", "Others see again what is said below; nothing of the time in between."),
        ];
        query.with(|query| says.into_iter().find(|(mark, _)| query.get(mark).is_some()).map(|(_, text)| text))
    };
    // With the terms of one party the form for it opens, and stays as it is until another is chosen.
    let changed =
        Memo::new(move |_| query.with(|query| query.get("change")).filter(|party| !party.is_empty()));
    let form = move || changed.get().map(|party| view! { <terms::Terms whose party share /> });
    let eyes = Memo::new(move |_| query.with(|query| query.get("as")).filter(|eyes| !eyes.is_empty()));
    let view_as = move || eyes.get().map(|eyes| view! { <seen::ViewAs whose eyes /> });
    let back = if own { ("/settings", "Settings") } else { ("/friends", "Friends") };
    view! {
        <Title text=title.clone() />
        <p class="crumb"><a href=at(back.0)>{back.1}</a></p>
        <h1>{title}</h1>
        <pause::Paused whose resume />
        {move || done().map(|text| view! { <Banner tone=Tone::Good>{text}</Banner> })}
        <others::SetUpByOthers whose />
        {form}
        <table::Table whose />
        {view_as}
        <bots::Bots whose choose />
        <pause::Pausing whose pause />
        <looks::Looks whose />
        <watchers::Watchers whose />
        <section class="card bar" aria-labelledby="data-title">
            <div>
                <h2 id="data-title">"What is stored"</h2>
                <p class="hint">"How much, since when; as a file; and deleting it."</p>
            </div>
            <a class="button" href=at(&data)>"See and delete"</a>
        </section>
        <section class="card bar" aria-labelledby="log-title">
            <div>
                <h2 id="log-title">"What happened"</h2>
                <p class="hint">"Comings and goings, and messages sent and got, one after the other."</p>
            </div>
            <a class="button" href=at(&log)>"See the log"</a>
        </section>
        <p class="hint">
            "What others do not see is kept nonetheless, for your own history: whoever runs this server can read it in the database. "
            "Members of your group always know that you are one of them."
        </p>
    }
}

//! The history: who came and went where and how we know, how long they stayed, and who was where at a moment.

mod chart;
mod entry;
mod filter;
mod list;
mod spent;
mod then;
mod unread;
mod wanted;
mod words;

pub use entry::Entry;
pub use list::{instead, merged};
pub use spent::TimeSpent;
pub use then::PastPresence;
pub use words::{is_late, sentence, source, witness};

use super::known;
use crate::ui::at;
use filter::{Field, Filters};
use leptos::prelude::*;
use leptos_meta::Title;
use wanted::Wanted;

/// The pages about the past: where, and what they are called.
const PAGES: [(&str, &str); 3] =
    [("/history", "Events"), ("/history/time", "Time"), ("/history/presence", "Who was where")];

/// Filters and the list.
#[component]
pub fn History() -> impl IntoView {
    const SHOWN: &[Field] = &[Field::Friend, Field::Region, Field::Kind, Field::Day, Field::Until];
    page("/history", "History", |path| view! { <Filters path shown=SHOWN /> <list::List /> }.into_any())
}

/// The frame of such a page. Without its type: pages are deep enough.
fn page(path: &'static str, title: &'static str, content: fn(&'static str) -> AnyView) -> AnyView {
    view! {
        <Title text=title />
        <div class="column">
            <h1>{title}</h1>
            {known(move |_| view! { <Pages path /> {content(path)} })}
        </div>
    }
    .into_any()
}

/// The way to the others, with the same friend and days where they ask for them.
#[component]
fn Pages(path: &'static str) -> impl IntoView {
    let wanted = Wanted::from_address();
    let links = PAGES.map(|(page, name)| {
        let href = move || wanted.with(|wanted| wanted.address(page, None));
        view! { <a href=move || at(&href()) aria-current=(page == path).then_some("page")>{name}</a> }
    });
    view! { <nav class="tabs tabs-pages" aria-label="Pages about the past">{links}</nav> }
}

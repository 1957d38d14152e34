//! What whoever looks is alerted of while a page is open: above every page, until they have read it.

use crate::{
    state::use_live,
    ui::{Icon, Sign, at},
};
use domain::{AlertId, alert::Told};
use leptos::prelude::*;
use std::collections::HashSet;

/// The alerts that have not been put away. Always there, so that they are heard; mostly empty.
#[component]
pub fn Alerted() -> impl IntoView {
    let live = use_live();
    let read = RwSignal::new(HashSet::<AlertId>::new());
    let unread = Memo::new(move |_| {
        let alerts = live.world.with(|world| world.alerts.clone());
        read.with(|read| alerts.into_iter().filter(|told| !read.contains(&told.id)).collect::<Vec<_>>())
    });
    let alert = move |told: Told| {
        let Told { id, notice, .. } = told;
        let put_away = move |_| {
            read.update(|read| {
                read.insert(id);
            });
        };
        let label = format!("Put away: {}", notice.title);
        view! {
            <li class="banner banner-note alert">
                <Icon sign=Sign::Alert />
                <div class="banner-text"><a href=at(&notice.link)>{notice.title}</a>" "{notice.body}</div>
                <button class="button button-quiet" type="button" aria-label=label on:click=put_away>
                    <Icon sign=Sign::Cross />
                </button>
            </li>
        }
    };
    view! {
        <div class="alerts" aria-live="polite">
            {move || (!unread.with(Vec::is_empty)).then(|| view! { <ul>{unread.get().into_iter().map(alert).collect_view()}</ul> })}
        </div>
    }
}

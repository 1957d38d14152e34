//! One line of the history.

use super::words::{is_late, knowing, sentence, witness};
use crate::{
    screens::note_words,
    state::use_live,
    ui::{Icon, Moment, Sign},
};
use domain::{EvidenceNote, Kind, Timestamp, Transition};
use leptos::{either::Either, prelude::*};

/// Who, where and when, who says so, and on request why. What no longer holds is struck out, and says since when.
#[component]
pub fn Entry(
    /// What happened.
    transition: Transition,
    /// When it happened, if not as it stands here.
    #[prop(optional_no_strip)]
    instead: Option<Timestamp>,
    /// Whether it is new to whoever looks, although it happened before what they have seen.
    #[prop(optional)]
    unread: bool,
) -> impl IntoView {
    let live = use_live();
    let (sign, word) = witness(transition.witness);
    let late = is_late(&transition);
    let knowing = knowing(&transition);
    let Transition { kind, at, learnt_at, decided_at, evidence, superseded_at, friend, device, .. } =
        transition.clone();
    let (arrow, class) = match kind {
        Kind::Enter => (Sign::Arrive, "entry is-enter"),
        Kind::Leave => (Sign::Leave, "entry is-leave"),
    };
    let class = if superseded_at.is_some() { format!("{class} is-superseded") } else { class.to_owned() };
    let text = move || live.world.with(|world| sentence(world, &transition));
    let by = move || {
        live.world.with(|world| {
            let devices = world.friend(friend).map(|friend| friend.devices.as_slice()).unwrap_or_default();
            let name =
                devices.iter().find(|one| one.device.id == device).map(|one| one.device.name.to_string());
            name.map(|name| format!(", by {name}"))
        })
    };
    let corrected = superseded_at.map(|since| {
        view! {
            <li>
                "no longer holds since " <Moment at=since /> ": "
                {match instead {
                    Some(right) => Either::Left(view! { "by what came later it was at " <Moment at=right /> }),
                    None => Either::Right("what came later speaks against it"),
                }}
            </li>
        }
    });
    view! {
        <li class=class>
            <span class="entry-sign"><Icon sign=arrow /></span>
            <div class="entry-body">
                {if superseded_at.is_some() {
                    Either::Left(view! {
                        <p class="entry-text">
                            <span class="visually-hidden">"No longer holds: "</span>
                            <s>{text} " " <span class="entry-time"><Moment at /></span></s>
                        </p>
                    })
                } else {
                    Either::Right(view! { <p class="entry-text">{text} " " <span class="entry-time"><Moment at /></span></p> })
                }}
                <details>
                    <summary>
                        <Icon sign />
                        <span>{word}</span>
                        {unread.then(|| view! { <span class="tag">"new"</span> })}
                        {late.then(|| view! { <span class="tag">"learnt " <Moment at=learnt_at /></span> })}
                        {superseded_at.map(|since| view! { <span class="tag tag-warning">"corrected " <Moment at=since /></span> })}
                    </summary>
                    <ul class="evidence">
                        {corrected}
                        {evidence.into_iter().map(|note| view! { <Note note /> }).collect_view()}
                        <li>"settled by what was taken at " <Moment at=decided_at /> {by}</li>
                        <li>"known here at " <Moment at=learnt_at /> {knowing}</li>
                    </ul>
                </details>
            </div>
        </li>
    }
}

#[component]
fn Note(note: EvidenceNote) -> impl IntoView {
    view! { <li><Moment at=note.at /> " " {note_words(&note)}</li> }
}

//! One line of the history.

use super::words::{is_late, sentence, source, witness};
use crate::{
    state::use_live,
    ui::{Icon, Moment, Sign, distance_words},
};
use domain::{EvidenceNote, Kind, Transition};
use leptos::prelude::*;

/// Who, where and when, who says so, and on request why.
#[component]
pub fn Entry(
    /// What happened.
    transition: Transition,
) -> impl IntoView {
    let live = use_live();
    let (sign, word) = witness(transition.witness);
    let late = is_late(&transition);
    let Transition { kind, at, learnt_at, decided_at, evidence, .. } = transition.clone();
    let (arrow, class) = match kind {
        Kind::Enter => (Sign::Arrive, "entry is-enter"),
        Kind::Leave => (Sign::Leave, "entry is-leave"),
    };
    let text = move || live.world.with(|world| sentence(world, &transition));
    view! {
        <li class=class>
            <span class="entry-sign"><Icon sign=arrow /></span>
            <div class="entry-body">
                <p class="entry-text">{text} " " <span class="entry-time"><Moment at /></span></p>
                <details>
                    <summary>
                        <Icon sign />
                        <span>{word}</span>
                        {late.then(|| view! { <span class="tag">"learnt " <Moment at=learnt_at /></span> })}
                    </summary>
                    <ul class="evidence">
                        {evidence.into_iter().map(|note| view! { <Note note /> }).collect_view()}
                        <li>"settled by what was taken at " <Moment at=decided_at />", known here at " <Moment at=learnt_at /></li>
                    </ul>
                </details>
            </div>
        </li>
    }
}

#[component]
fn Note(note: EvidenceNote) -> impl IntoView {
    let edge = note.edge_distance_m.map(|metres| {
        let side = if metres < 0.0 { "inside" } else { "outside" };
        format!(", {} {side} the edge", distance_words(metres.abs()))
    });
    let exact = note.accuracy_m.map(|metres| format!(", ±{}", distance_words(metres)));
    view! { <li><Moment at=note.at /> " " {source(note.source)} {edge} {exact}</li> }
}

//! A transition in words. Pure.

use crate::{
    state::World,
    ui::{Sign, duration_words},
};
use domain::{Kind, Source, Transition, Witness, live::LiveFriend};

/// "Ann arrived at Home", "Ann left Home (stayed 3 h 05)".
pub fn sentence(world: &World, transition: &Transition) -> String {
    let who = world.friend(transition.friend).map_or("Somebody", LiveFriend::shown_name);
    let place = &transition.region_name;
    match transition.kind {
        Kind::Enter => format!("{who} arrived at {place}"),
        Kind::Leave => {
            let stayed =
                transition.stay_ms.map(|ms| format!(" (stayed {})", duration_words(ms))).unwrap_or_default();
            format!("{who} left {place}{stayed}")
        }
    }
}

/// Who says so: a drawing and a word.
pub const fn witness(witness: Witness) -> (Sign, &'static str) {
    match witness {
        Witness::Server => (Sign::Server, "server"),
        Witness::Phone => (Sign::Phone, "phone"),
        Witness::Both => (Sign::Both, "phone and server"),
        Witness::Conflict => (Sign::Disagree, "phone and server disagree"),
    }
}

/// What a piece of evidence is.
pub const fn source(source: Source) -> &'static str {
    match source {
        Source::Fix => "position",
        Source::Claim => "the phone said so",
        Source::Listing => "the phone listed the region",
    }
}

/// How long after it happened it was known, where that is worth saying: ", 4 min after it happened".
pub(super) fn knowing(transition: &Transition) -> Option<String> {
    let late_ms = transition.learnt_at.millis_since(transition.at);
    (late_ms >= 60_000).then(|| format!(", {} after it happened", duration_words(late_ms)))
}

/// Whether it became known so long after the evidence that it is worth saying: ten minutes.
pub const fn is_late(transition: &Transition) -> bool {
    transition.learnt_at.millis_since(transition.decided_at) > 600_000
}

//! Says comings and goings aloud to those who hear the page, but not more often than one can listen.

use crate::{screens::history::sentence, state::use_live};
use domain::TransitionId;
use leptos::prelude::*;
use std::{collections::HashSet, time::Duration};

/// Between two announcements.
const PAUSE: Duration = Duration::from_secs(8);

/// A region that is never seen and politely heard.
#[component]
pub fn Announcer() -> impl IntoView {
    let live = use_live();
    let said = RwSignal::new(String::new());
    let waiting = StoredValue::new(Vec::<String>::new());
    let resting = StoredValue::new(false);
    Effect::new(move |seen: Option<HashSet<TransitionId>>| {
        let mut seen = seen.unwrap_or_default();
        live.world.with(|world| {
            // Oldest first, as they happened.
            for transition in world.recent.iter().rev() {
                if seen.insert(transition.id) {
                    waiting.update_value(|waiting| waiting.push(sentence(world, transition)));
                }
            }
        });
        speak(said, waiting, resting);
        seen
    });
    view! { <div class="visually-hidden" role="log" aria-live="polite" aria-label="Comings and goings">{said}</div> }
}

/// Says what waits, unless something was said just now; then later, all at once.
fn speak(said: RwSignal<String>, waiting: StoredValue<Vec<String>>, resting: StoredValue<bool>) {
    let nothing = waiting.try_with_value(Vec::is_empty).unwrap_or(true);
    if nothing || resting.try_get_value().unwrap_or(true) {
        return;
    }
    let words = waiting.try_update_value(std::mem::take).unwrap_or_default();
    let text = if words.len() > 3 { format!("{} comings and goings", words.len()) } else { words.join(". ") };
    said.try_set(text);
    resting.try_set_value(true);
    set_timeout(
        move || {
            resting.try_set_value(false);
            speak(said, waiting, resting);
        },
        PAUSE,
    );
}

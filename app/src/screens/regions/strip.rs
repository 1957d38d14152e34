//! Under the map: what the region would have said over the last days, judged anew in the browser with each change; or over a year of one
//! friend, which the server judges when the hand rests.

mod bars;
mod inquiry;
mod shown;
mod timer;

pub use shown::{Hind, StripView};

use super::Desk;
use crate::{
    map::{Gesture, Sketch},
    state::{
        hindsight::{Past, words},
        use_live,
    },
};
use domain::hindsight::{Better, Hindsight};
use inquiry::{Fixes, Inquiry, Question};
use leptos::prelude::*;
use std::time::Duration;
use timer::{again, once, timer};

/// How long after a change it is judged: several times a second while a handle is pulled.
const SOON: Duration = Duration::from_millis(80);
/// How long a hand must rest before the server is asked for anything, and before those who hear the page are told.
const AT_REST: Duration = Duration::from_millis(700);

/// The strip; nothing while there is no region to judge by.
#[component]
pub fn Strip(
    /// Where the region is drawn.
    desk: Desk,
) -> impl IntoView {
    let live = use_live();
    let past = RwSignal::new(Past::default());
    let question = Memo::new(move |_| {
        let area = desk.sketch().with(Sketch::area).filter(|_| desk.is_open())?;
        Some(Question { area, pace: desk.pace().get(), past: past.get() })
    });
    let (told, advice) = (RwSignal::new(Hind::Awaited), RwSignal::new(None::<Better>));
    let fixes = RwSignal::new(Fixes::Awaited);
    let inquiry = Inquiry { desk, live, question, fixes, told, advice };
    let asked = StoredValue::new(None::<Question>);
    let (judging, asking, telling) = (timer(), timer(), timer());
    // Runs in the browser only.
    Effect::new(move |before: Option<Option<Past>>| {
        let of = question.get();
        let past = of.as_ref().map(|of| of.past);
        advice.set(None);
        if before.flatten() != past {
            told.set(Hind::Awaited);
        }
        let Some(of) = of else { return past };
        if of.past == Past::Days && fixes.with(|fixes| fixes.of(&of.area).is_some()) {
            asked.set_value(None);
            once(judging, SOON, move || inquiry.judge());
        } else if asked.with_value(|asked| asked.as_ref() != Some(&of)) {
            // Once for each question: what failed is asked again when the region is moved.
            told.set(Hind::Awaited);
            asked.set_value(Some(of));
            again(asking, AT_REST, move || inquiry.ask());
        }
        past
    });
    // What takes longer waits until the hand rests: other radii, and those who hear the page.
    let heard = RwSignal::new(String::new());
    let name = move |friend| {
        live.world
            .with(|world| world.friend(friend).map(|friend| friend.shown_name().to_owned()))
            .unwrap_or_default()
    };
    let whose = move || match past.get() {
        Past::Days => None,
        Past::Year(friend) => Some(name(friend)),
    };
    let with_advice = move |hindsight: &Hindsight| Hindsight { better: advice.get(), ..hindsight.clone() };
    let look_wider = move || {
        let Some(of) = inquiry.now() else { return };
        let Some(Hind::There(hindsight)) = told.try_get_untracked() else { return };
        if of.past == Past::Days && hindsight.doubtful() > 0 {
            advice.set(inquiry.look(&of, true).and_then(|wider| wider.better));
        }
        heard.set(untrack(|| words(&with_advice(&hindsight), whose().as_deref())));
    };
    Effect::new(move |_| {
        told.track();
        again(telling, AT_REST, look_wider);
    });
    let shown = Signal::derive(move || match told.get() {
        Hind::There(hindsight) => Hind::There(with_advice(&hindsight)),
        other @ (Hind::Awaited | Hind::Failed) => other,
    });
    let people = Signal::derive(move || {
        live.world.with(|world| {
            let friends = world.friends.iter();
            friends.map(|live| (live.friend.id, live.shown_name().to_owned())).collect::<Vec<_>>()
        })
    });
    view! {
        <Show when=move || question.with(Option::is_some)>
            <StripView shown past people heard on_radius=move |radius_m| desk.act(Gesture::Radius(radius_m)) />
        </Show>
    }
}

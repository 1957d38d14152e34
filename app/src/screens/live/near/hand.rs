//! Where somebody says by hand that they are: typed into a form, or pointed at on the map, which types it in.
//!
//! As where a region is drawn, the fields are the truth: a hand on the map becomes a gesture, the gesture the next text of the fields, and
//! what they say is drawn.

use crate::{
    api,
    map::{Draft, Gesture, Sketch, Typed},
    screens::{Trouble, error_of, told_of, when_done},
    ui::{ActionForm, Banner, Field, Icon, Sign, Tone},
};
use domain::Colour;
use leptos::{html::Input, prelude::*};
use leptos_router::hooks::use_query_map;

/// How exact a place is that somebody points at, metres, unless they say.
const USUAL_M: &str = "50";

/// A hand on the map: it points only while it is asked to.
#[derive(Clone, Copy, Debug)]
pub struct Hand {
    sketch: RwSignal<Sketch>,
    is_pointing: RwSignal<bool>,
    lat: NodeRef<Input>,
    lon: NodeRef<Input>,
    accuracy_m: NodeRef<Input>,
}

impl Default for Hand {
    fn default() -> Self {
        Self {
            sketch: RwSignal::default(),
            is_pointing: RwSignal::new(false),
            lat: NodeRef::new(),
            lon: NodeRef::new(),
            accuracy_m: NodeRef::new(),
        }
    }
}

impl Hand {
    /// Whether it points.
    pub fn is_pointing(self) -> bool {
        self.is_pointing.get()
    }

    /// Does what a hand does on the map, and writes it down.
    pub fn act(self, gesture: Gesture) {
        if !self.is_pointing.get_untracked() {
            return;
        }
        self.sketch.update(|sketch| *sketch = std::mem::take(sketch).take(gesture));
        let typed = self.sketch.with_untracked(|sketch| sketch.typed().clone());
        for (node, text) in
            [(self.lat, &typed.lat), (self.lon, &typed.lon), (self.accuracy_m, &typed.radius_m)]
        {
            // Only where it differs: the caret would jump to the end.
            if let Some(input) = node.get_untracked().filter(|input| input.value() != *text) {
                input.set_value(text);
            }
        }
    }

    /// What is drawn: a circle as wide as it is exact, with handles.
    pub fn draft(self) -> Memo<Option<Draft>> {
        Memo::new(move |_| {
            let is_pointing = self.is_pointing.get();
            self.sketch.with(|sketch| sketch.draft(None, Colour::Blue)).filter(|_| is_pointing)
        })
    }

    /// Hears that something was typed.
    fn hear(self) {
        let typed = self.read();
        self.sketch.update(|sketch| *sketch = std::mem::take(sketch).take(Gesture::Type(typed)));
    }

    fn read(self) -> Typed {
        let text = |node: NodeRef<Input>| node.get_untracked().map(|input| input.value()).unwrap_or_default();
        Typed {
            lat: text(self.lat),
            lon: text(self.lon),
            radius_m: text(self.accuracy_m),
            ..Typed::default()
        }
    }

    fn point(self, pointing: Pointing) {
        if pointing == Pointing::Begins {
            self.sketch.set(Sketch::of(self.read()));
        }
        self.is_pointing.set(pointing == Pointing::Begins);
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Pointing {
    Begins,
    Ends,
}

/// The form, closed until it is wanted or was refused.
#[component]
pub(super) fn ByHand(hand: Hand) -> impl IntoView {
    let put = ServerAction::<api::ReportPosition>::new();
    let error = error_of(put);
    let told = told_of(error);
    let kept =
        move |field: &str| error.with_untracked(|error| error.as_ref().and_then(|error| error.kept(field)));
    let is_refused = error.with_untracked(Option::is_some);
    when_done(put, move || hand.point(Pointing::Ends));
    let query = use_query_map();
    let said = move || {
        let is_done = put.value().with(|value| matches!(value, Some(Ok(()))));
        let is_told = is_done || query.with(|query| query.get("placed").is_some());
        is_told.then(|| view! { <Banner tone=Tone::Good>"Your position is set. Others see it as far as you show yourself."</Banner> })
    };
    let hear = Callback::new(move |_: String| hand.hear());
    let pressed = move || hand.is_pointing().to_string();
    let flip = move |_| {
        hand.point(if hand.is_pointing.get_untracked() { Pointing::Ends } else { Pointing::Begins });
    };
    let exactly = kept("accuracy_m").unwrap_or_else(|| USUAL_M.to_owned());
    view! {
        {said}
        <details class="near-form" open=is_refused>
            <summary>"Set my position by hand"</summary>
            <ActionForm action=put>
                <div class="stack">
                    <p class="hint">"It is shown like a position of this browser, to those who see you. A newer one of your phone or browser goes before it."</p>
                    <Trouble error fields=&["lat", "lon", "accuracy_m"] />
                    <input type="hidden" name="by_hand" value="yes" />
                    <div class="actions js-only">
                        <button type="button" class="button" aria-pressed=pressed on:click=flip>
                            <Icon sign=Sign::Pin /> "Choose on the map"
                        </button>
                    </div>
                    <p class="hint" role="status">
                        {move || hand.is_pointing().then_some("Click where you are, or press Enter on the map for its middle. Then pull the point, or push it with the arrow keys.")}
                    </p>
                    <div class="pair">
                        <Field name="lat" label="Latitude" form="hand" inputmode="decimal" value=kept("lat").unwrap_or_default() told on_input=hear node=hand.lat />
                        <Field name="lon" label="Longitude" form="hand" inputmode="decimal" value=kept("lon").unwrap_or_default() told on_input=hear node=hand.lon />
                    </div>
                    <Field
                        name="accuracy_m"
                        label="Give or take"
                        form="hand"
                        inputmode="decimal"
                        hint="Metres. Empty: not known."
                        value=exactly
                        may_be_empty=true
                        told
                        on_input=hear
                        node=hand.accuracy_m
                    />
                    <div class="actions">
                        <button class="button button-strong" type="submit" disabled=put.pending()>"I am here"</button>
                    </div>
                </div>
            </ActionForm>
        </details>
    }
}

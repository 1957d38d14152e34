//! The sign and the colour of a region, chosen among all there are, as they look on the map. Plain radio buttons: they need no script.

use crate::{
    map::scene::colour_class,
    ui::{self, Sign},
};
use domain::{Colour, Icon};
use leptos::{either::Either, prelude::*};

/// What can be chosen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Swatch {
    word: &'static str,
    look: Look,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Look {
    Sign(Sign),
    Colour(Colour),
}

/// All signs.
pub fn signs() -> Vec<Swatch> {
    let swatch = |icon: &Icon| Swatch { word: icon.as_str(), look: Look::Sign((*icon).into()) };
    Icon::ALL.iter().map(swatch).collect()
}

/// All colours.
pub fn colours() -> Vec<Swatch> {
    let swatch = |colour: &Colour| Swatch { word: colour.as_str(), look: Look::Colour(*colour) };
    Colour::ALL.iter().map(swatch).collect()
}

/// One of them is to be chosen.
#[component]
pub fn Swatches(
    /// The name in the form.
    name: &'static str,
    /// What is asked.
    label: &'static str,
    /// What there is.
    swatches: Vec<Swatch>,
    /// The word of the one that is chosen at first; the first one, if there is none of that word.
    #[prop(into)]
    chosen: String,
) -> impl IntoView {
    let known = swatches.iter().find(|swatch| swatch.word == chosen).or(swatches.first());
    let chosen = known.map(|swatch| swatch.word);
    let item = |Swatch { word, look }: Swatch| {
        let drawn = match look {
            Look::Sign(sign) => Either::Left(view! { <ui::Icon sign /> }),
            Look::Colour(colour) => {
                let class = format!("swatch-dot {}", colour_class(colour));
                Either::Right(view! { <span class=class aria-hidden="true"></span> })
            }
        };
        view! {
            <label class="swatch">
                <input type="radio" name=name value=word checked=chosen == Some(word) />
                {drawn}
                <span class="swatch-word">{word}</span>
            </label>
        }
    };
    let items: Vec<_> = swatches.into_iter().map(item).collect();
    view! {
        <fieldset class="choices">
            <legend>{label}</legend>
            <div class="swatches">{items}</div>
        </fieldset>
    }
}

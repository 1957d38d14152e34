//! The tools over the map while a region is drawn: what there is so far in words, from here, undo, and what can be done
//! to a corner.

use super::Desk;
use crate::{
    map::{Command, Gesture, Handle, Sketch},
    ui::{Icon, Sign},
};
use leptos::prelude::*;

/// The tools; nothing while there is nothing to draw.
#[component]
pub fn Tools(
    /// Where it is drawn.
    desk: Desk,
) -> impl IntoView {
    let sketch = desk.sketch();
    let words = Memo::new(move |_| sketch.with(Sketch::words));
    let can_undo = Memo::new(move |_| sketch.with(Sketch::can_undo));
    let can_redo = Memo::new(move |_| sketch.with(Sketch::can_redo));
    let can_frame = Memo::new(move |_| sketch.with(|sketch| sketch.outline().is_some()));
    let corner = Memo::new(move |_| match sketch.with(Sketch::chosen) {
        Some(Handle::Corner(corner)) => Some(corner),
        _ => None,
    });
    let said = desk.said();
    view! {
        <Show when=move || desk.is_open()>
            <div class="desk-words">
                <p class="desk-now">{words}</p>
                <p class="desk-said" role="status">{said}</p>
                <p id="grip-help" hidden>
                    "Arrow keys move it by 1 metre, with Shift by 10. Delete takes a corner away, Enter makes one. Control and Z takes the last step back."
                </p>
            </div>
            <div class="desk-tools" role="group" aria-label="Drawing">
                <Tool sign=Sign::Here label="From here" act=move || desk.from_here() />
                <Tool sign=Sign::Undo label="Undo" idle=Signal::derive(move || !can_undo.get()) act=move || desk.act(Gesture::Undo) />
                <Tool sign=Sign::Redo label="Redo" idle=Signal::derive(move || !can_redo.get()) act=move || desk.act(Gesture::Redo) />
                <Tool
                    sign=Sign::Fit
                    label="Show the whole region"
                    idle=Signal::derive(move || !can_frame.get())
                    act=move || desk.command().set(Some(Command::Frame))
                />
                {move || corner.get().map(|corner| view! {
                    <Tool
                        sign=Sign::Bin
                        label=format!("Remove corner {}", corner + 1)
                        act=move || desk.act(Gesture::Remove(corner))
                    />
                })}
            </div>
        </Show>
    }
}

#[component]
fn Tool(
    sign: Sign,
    #[prop(into)] label: String,
    /// Whether there is nothing to do for it. It stays where the keyboard can be.
    #[prop(optional)]
    idle: Signal<bool>,
    act: impl Fn() + 'static,
) -> impl IntoView {
    view! {
        <button
            class="control"
            type="button"
            title=label.clone()
            aria-label=label
            aria-disabled=move || idle.get().then_some("true")
            on:click=move |_| {
                if !idle.get_untracked() {
                    act();
                }
            }
        >
            <Icon sign />
        </button>
    }
}

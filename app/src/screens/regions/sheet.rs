//! The form's inputs as the map needs them: found by their names, read and filled in. What they are for, and how they
//! look, is the form's own business. In the browser only.

use crate::map::{Figure, Typed};
use leptos::prelude::queue_microtask;
use wasm_bindgen::JsCast;
use web_sys::{Element, Event, EventInit, HtmlInputElement, HtmlSelectElement, HtmlTextAreaElement};

/// What stands in the fields of the shape.
pub(super) fn read(form: &Element) -> Typed {
    let text = |name| value(form, &format!("[name={name}]")).unwrap_or_default();
    Typed {
        figure: match word(form, "shape").as_deref() {
            Some("polygon") => Figure::Polygon,
            _ => Figure::Circle,
        },
        lat: text("lat"),
        lon: text("lon"),
        radius_m: text("radius_m"),
        points: text("points"),
    }
}

/// Fills the fields of the shape in, where they say something else, and lets them tell so as if it had been typed. All
/// are filled in before any of them tells.
pub(super) fn write(form: &Element, typed: &Typed) {
    let fields =
        [("lat", &typed.lat), ("lon", &typed.lon), ("radius_m", &typed.radius_m), ("points", &typed.points)];
    let mut changed = Vec::new();
    for (name, text) in fields {
        let selector = format!("[name={name}]");
        // Only where it differs: the caret would jump to the end.
        if value(form, &selector).is_none_or(|value| value == *text) {
            continue;
        }
        let Some(field) = find(form, &selector) else { continue };
        if let Some(input) = field.dyn_ref::<HtmlInputElement>() {
            input.set_value(text);
        } else if let Some(area) = field.dyn_ref::<HtmlTextAreaElement>() {
            area.set_value(text);
        }
        changed.push(field);
    }
    let shape = typed.figure.word();
    if let Some(choice) = find(form, &format!("[name=shape][value={shape}]"))
        && let Some(choice) = choice.dyn_ref::<HtmlInputElement>()
    {
        choice.set_checked(true);
    }
    // Later: whoever is listening may just be telling us something.
    queue_microtask(move || {
        let bubbles = EventInit::new();
        bubbles.set_bubbles(true);
        for field in changed {
            if let Ok(event) = Event::new_with_event_init_dict("input", &bubbles) {
                let _done = field.dispatch_event(&event);
            }
        }
    });
}

/// What is chosen, in a list or among buttons.
pub(super) fn word(form: &Element, name: &str) -> Option<String> {
    value(form, &format!("select[name={name}]"))
        .or_else(|| value(form, &format!("[type=radio][name={name}]:checked")))
}

fn value(form: &Element, selector: &str) -> Option<String> {
    let field = find(form, selector)?;
    if let Some(input) = field.dyn_ref::<HtmlInputElement>() {
        Some(input.value())
    } else if let Some(area) = field.dyn_ref::<HtmlTextAreaElement>() {
        Some(area.value())
    } else {
        field.dyn_ref::<HtmlSelectElement>().map(HtmlSelectElement::value)
    }
}

fn find(form: &Element, selector: &str) -> Option<Element> {
    form.query_selector(selector).ok().flatten()
}

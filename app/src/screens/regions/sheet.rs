//! The form's inputs as the map needs them: found by their names, read and filled in. What they are for, and how they
//! look, is the form's own business. In the browser only.

use crate::map::{Figure, Typed};
use serde::de::DeserializeOwned;
use wasm_bindgen::JsCast;
use web_sys::{Element, HtmlInputElement, HtmlSelectElement, HtmlTextAreaElement};

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

/// Fills the fields of the shape in, where they say something else.
pub(super) fn write(form: &Element, typed: &Typed) {
    let fields =
        [("lat", &typed.lat), ("lon", &typed.lon), ("radius_m", &typed.radius_m), ("points", &typed.points)];
    for (name, text) in fields {
        let Some(field) = find(form, &format!("[name={name}]")) else { continue };
        // Set only where it differs: the caret would jump to the end.
        if let Some(input) = field.dyn_ref::<HtmlInputElement>() {
            if input.value() != *text {
                input.set_value(text);
            }
        } else if let Some(area) = field.dyn_ref::<HtmlTextAreaElement>()
            && area.value() != *text
        {
            area.set_value(text);
        }
    }
    let shape = match typed.figure {
        Figure::Circle => "circle",
        Figure::Polygon => "polygon",
    };
    if let Some(choice) = find(form, &format!("[name=shape][value={shape}]"))
        && let Some(choice) = choice.dyn_ref::<HtmlInputElement>()
    {
        choice.set_checked(true);
    }
}

/// What is chosen among words, as the words are written everywhere; the usual one where there is no choice.
pub(super) fn chosen<T: DeserializeOwned + Default>(form: &Element, name: &str) -> T {
    let word = word(form, name).map(serde_json::Value::String);
    word.and_then(|word| serde_json::from_value(word).ok()).unwrap_or_default()
}

/// What is chosen, in a list or among buttons.
fn word(form: &Element, name: &str) -> Option<String> {
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

//! What of Leaflet and topojson the `leaflet` crate does not reach. The names are called only when the script
//! is there, see [`crate::browser::has_global`].

use js_sys::{Object, Reflect};
use wasm_bindgen::prelude::*;
use web_sys::HtmlElement;

#[wasm_bindgen]
extern "C" {
    /// Any layer, for what the crate's `Layer` lacks.
    #[derive(Clone)]
    pub(super) type Overlay;

    /// Its element; none while it is not on the map, or on a canvas.
    #[wasm_bindgen(method, js_name = getElement)]
    pub(super) fn element(this: &Overlay) -> Option<HtmlElement>;

    /// The map, for what the crate's `Map` lacks.
    pub(super) type Chart;

    #[wasm_bindgen(method, getter, js_name = attributionControl)]
    pub(super) fn attribution(this: &Chart) -> Attribution;

    #[wasm_bindgen(method, catch)]
    pub(super) fn remove(this: &Chart) -> Result<(), JsValue>;

    pub(super) type Attribution;

    /// False leaves the prefix, and its link to elsewhere, out.
    #[wasm_bindgen(method, js_name = setPrefix)]
    pub(super) fn set_prefix(this: &Attribution, prefix: bool);

    #[wasm_bindgen(method, js_name = addAttribution)]
    pub(super) fn add(this: &Attribution, html: &str);

    #[wasm_bindgen(js_namespace = ["L", "control"], js_name = scale)]
    pub(super) fn scale(options: &Object) -> leaflet::Control;

    /// The crate's `DivIcon` makes an `L.Icon`, which wants a picture.
    #[wasm_bindgen(js_namespace = L, js_name = divIcon)]
    pub(super) fn div_icon(options: &leaflet::DivIconOptions) -> leaflet::Icon;

    /// The crate binds it, but does not export it.
    #[wasm_bindgen(js_namespace = L, js_name = geoJSON)]
    pub(in crate::map) fn geo_json(shapes: &JsValue, options: &Object) -> leaflet::GeoJson;

    /// Turns one object of a topology into GeoJSON.
    #[wasm_bindgen(js_namespace = topojson, js_name = feature, catch)]
    pub(in crate::map) fn feature(topology: &JsValue, object: &JsValue) -> Result<JsValue, JsValue>;
}

/// An options object of JavaScript.
pub(in crate::map) fn options<const N: usize>(fields: [(&str, JsValue); N]) -> Object {
    let object = Object::new();
    for (key, value) in fields {
        // Only a frozen object refuses, and this one is new.
        let _set = Reflect::set(&object, &key.into(), &value);
    }
    object
}

/// A pair of numbers, as Leaflet takes points.
pub(super) fn pair(x: f64, y: f64) -> JsValue {
    js_sys::Array::of2(&x.into(), &y.into()).into()
}

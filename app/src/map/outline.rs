//! The outlines of the countries: what the map shows when it may ask nobody for pictures. Coarse first, finer
//! once somebody looks closely. Shapes by Natural Earth (public domain), as `TopoJSON` served by ourselves.

use super::driver::{feature, geo_json, options};
use crate::{browser, ui::at};
use js_sys::{Object, Reflect};
use leaflet::{Canvas, CanvasOptions, Event, Evented, EventedHandle, GeoJson, Map};
use leptos::task::spawn_local;
use std::{
    cell::{Cell, RefCell},
    rc::{Rc, Weak},
};
use wasm_bindgen::{JsCast, JsValue, closure::Closure};
use wasm_bindgen_futures::JsFuture;
use web_sys::{MediaQueryList, MutationObserver, MutationObserverInit};

const COARSE: &str = "/vendor/world/countries-110m.json";
const FINE: &str = "/vendor/world/countries-50m.json";
/// From this zoom on the coarse outline looks like cut with an axe.
const FINE_FROM_ZOOM: f64 = 5.0;

/// The outline on the map; goes when it is dropped.
pub struct Outline {
    sheet: Rc<Sheet>,
    themes: Option<MutationObserver>,
    dark: Option<MediaQueryList>,
    restyle: Closure<dyn FnMut()>,
    zooms: Option<EventedHandle<Event>>,
}

struct Sheet {
    map: Map,
    canvas: Canvas,
    layer: RefCell<Option<GeoJson>>,
    wants_fine: Cell<bool>,
}

impl Outline {
    /// Starts to draw; the shapes come later.
    pub fn draw(map: &Map) -> Self {
        let looks = CanvasOptions::new();
        // Where pictures would be: under regions and faces.
        looks.set_pane("tilePane".to_owned());
        looks.set_padding(0.5);
        let sheet = Rc::new(Sheet {
            map: map.clone(),
            canvas: Canvas::with_options(&looks),
            layer: RefCell::default(),
            wants_fine: Cell::default(),
        });
        load(Rc::downgrade(&sheet), COARSE);
        sheet.refine();
        let weak = Rc::downgrade(&sheet);
        let zooms = Evented::on_leaflet_event(&map, "zoomend", move |_: Event| {
            if let Some(sheet) = weak.upgrade() {
                sheet.refine();
            }
        });
        let weak = Rc::downgrade(&sheet);
        let restyle = Closure::<dyn FnMut()>::new(move || {
            if let Some(sheet) = weak.upgrade() {
                sheet.restyle();
            }
        });
        let dark = web_sys::window()
            .and_then(|window| window.match_media("(prefers-color-scheme: dark)").ok().flatten());
        if let Some(dark) = &dark {
            let _added = dark.add_event_listener_with_callback("change", restyle.as_ref().unchecked_ref());
        }
        Self { sheet, themes: watch_theme(&restyle), dark, restyle, zooms: Some(zooms) }
    }
}

impl Drop for Outline {
    fn drop(&mut self) {
        self.zooms = None;
        if let Some(themes) = self.themes.take() {
            themes.disconnect();
        }
        if let Some(dark) = self.dark.take() {
            let _removed =
                dark.remove_event_listener_with_callback("change", self.restyle.as_ref().unchecked_ref());
        }
        if let Some(layer) = self.sheet.layer.take() {
            layer.remove();
        }
    }
}

impl Sheet {
    /// Asks for the fine outline, once, when somebody looks closely.
    fn refine(self: &Rc<Self>) {
        if self.map.get_zoom() >= FINE_FROM_ZOOM && !self.wants_fine.replace(true) {
            load(Rc::downgrade(self), FINE);
        }
    }

    fn replace(&self, shapes: &JsValue) {
        let looks = options([
            ("renderer", self.canvas.clone().into()),
            ("pane", "tilePane".into()),
            ("interactive", false.into()),
            ("style", self.style().into()),
        ]);
        let layer = geo_json(shapes, &looks);
        layer.add_to(&self.map);
        if let Some(old) = self.layer.replace(Some(layer)) {
            old.remove();
        }
    }

    fn restyle(&self) {
        if let Some(layer) = &*self.layer.borrow() {
            layer.set_style(&self.style());
        }
    }

    /// A canvas knows no style sheet, so the colours are asked for: `--map-land` and `--map-line`, where the
    /// map stands.
    fn style(&self) -> Object {
        let container = Reflect::get(&self.map, &"_container".into())
            .ok()
            .and_then(|element| element.dyn_into::<web_sys::Element>().ok());
        let computed =
            container.and_then(|element| web_sys::window()?.get_computed_style(&element).ok().flatten());
        let colour = |name: &str, otherwise: &str| {
            let value =
                computed.as_ref().and_then(|style| style.get_property_value(name).ok()).unwrap_or_default();
            let value = value.trim();
            JsValue::from(if value.is_empty() { otherwise } else { value })
        };
        options([
            ("fillColor", colour("--map-land", "#ece9df")),
            ("fillOpacity", 1.into()),
            ("color", colour("--map-line", "#b9b4a5")),
            ("weight", 0.75.into()),
        ])
    }
}

/// Draws a file of shapes when it has come. If it does not come the map is plain, and everything else on it
/// works.
fn load(sheet: Weak<Sheet>, url: &'static str) {
    spawn_local(async move {
        let shapes = fetch(url).await;
        let Some(sheet) = sheet.upgrade() else { return };
        match shapes {
            // The fine outline may come before the coarse one.
            Some(_) if url == COARSE && sheet.layer.borrow().is_some() => {}
            Some(shapes) => sheet.replace(&shapes),
            None => leptos::logging::warn!("the outline of the countries at {url} has not come"),
        }
    });
}

async fn fetch(url: &str) -> Option<JsValue> {
    let response = JsFuture::from(web_sys::window()?.fetch_with_str(&at(url))).await.ok()?;
    let response: web_sys::Response = response.dyn_into().ok()?;
    if !response.ok() || !browser::has_global("topojson") {
        return None;
    }
    let topology = JsFuture::from(response.json().ok()?).await.ok()?;
    let objects = Reflect::get(&topology, &"objects".into()).ok()?;
    let countries = Reflect::get(&objects, &"countries".into()).ok()?;
    feature(&topology, &countries).ok()
}

/// The theme is an attribute of the document; when any of them changes, the colours may have.
fn watch_theme(restyle: &Closure<dyn FnMut()>) -> Option<MutationObserver> {
    let root = web_sys::window()?.document()?.document_element()?;
    let observer = MutationObserver::new(restyle.as_ref().unchecked_ref()).ok()?;
    let what = MutationObserverInit::new();
    what.set_attributes(true);
    observer.observe_with_options(&root, &what).ok()?;
    Some(observer)
}

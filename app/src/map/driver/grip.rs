//! A handle of the region in the making: a marker that can be pulled, and pushed with the keyboard. It tells what hands
//! do and is then put where it is said to be; only while it is in hand it stays where the hand is.

use super::{
    binding::{Overlay, div_icon},
    face::lat_lng,
};
use crate::map::{
    draft::{Grip, Handle, Shift},
    sketch::Gesture,
};
use geodesy::{Circle, Point};
use leaflet::{DivIconOptions, Event, Evented, EventedHandle, LatLng, MarkerOptions, MouseEvent};
use leptos::prelude::{Callable, Callback};
use std::{cell::Cell, rc::Rc};
use wasm_bindgen::{JsCast, closure::Closure};
use web_sys::{Document, HtmlElement, KeyboardEvent};

/// Side of the square that takes fingers, pixels.
const SIDE_PX: f64 = 44.0;
/// Over all faces; and who makes corners below those who are some.
const ABOVE: f64 = 2_000.0;

pub(super) struct Knob {
    marker: leaflet::Marker,
    element: HtmlElement,
    in_hand: Rc<Cell<bool>>,
    keys: Closure<dyn FnMut(KeyboardEvent)>,
    focus: Closure<dyn FnMut()>,
    _drags: [EventedHandle<Event>; 3],
    _clicks: EventedHandle<MouseEvent>,
}

impl Knob {
    /// Puts a handle on the map. None when Leaflet gave it no element.
    pub(super) fn put(map: &leaflet::Map, grip: &Grip, tell: Callback<Gesture>) -> Option<Self> {
        let handle = grip.handle;
        let icon = DivIconOptions::new();
        icon.set_class_name(format!("grip {}", handle.class()));
        icon.set_icon_size(leaflet::Point::new(SIDE_PX, SIDE_PX));
        let options = MarkerOptions::new();
        options.set_icon(div_icon(&icon));
        options.set_keyboard(true);
        options.set_draggable(true);
        options.set_auto_pan(true);
        options.set_z_index_offset(match handle {
            Handle::Between(_) => ABOVE,
            Handle::Middle => ABOVE + 200.0,
            Handle::Corner(_) => ABOVE + 400.0,
            Handle::Edge => ABOVE + 600.0,
        });
        let marker = leaflet::Marker::new_with_options(&lat_lng(grip.at), &options);
        marker.add_to(map);
        let element = marker.unchecked_ref::<Overlay>().element()?;
        let in_hand = Rc::new(Cell::new(false));
        let on = |name: &'static str, act: Box<dyn Fn()>| {
            Evented::on_leaflet_event(&marker, name, move |_: Event| act())
        };
        let (taken, freed, pulled) = (Rc::clone(&in_hand), Rc::clone(&in_hand), marker.clone());
        let drags = [
            on("dragstart", Box::new(move || taken.set(true))),
            on(
                "drag",
                Box::new(move || {
                    if let Some(at) = point(&pulled.get_lat_lng()) {
                        tell.try_run(Gesture::Drag(handle, at));
                    }
                }),
            ),
            on(
                "dragend",
                Box::new(move || {
                    freed.set(false);
                    tell.try_run(Gesture::Release);
                }),
            ),
        ];
        let clicks = Evented::on_leaflet_event(&marker, "click", move |_: MouseEvent| {
            tell.try_run(match handle {
                Handle::Between(edge) => Gesture::Split(edge),
                Handle::Middle | Handle::Edge | Handle::Corner(_) => Gesture::Choose(handle),
            });
        });
        let keys = Closure::<dyn FnMut(KeyboardEvent)>::new(move |event: KeyboardEvent| {
            let shift = if event.shift_key() { Shift::Held } else { Shift::Free };
            let plain = !(event.ctrl_key() || event.alt_key() || event.meta_key());
            if let Some(gesture) = handle.key(&event.key(), shift).filter(|_| plain) {
                // The map would move, the page would scroll.
                event.prevent_default();
                event.stop_propagation();
                tell.try_run(gesture);
            }
        });
        let focus = Closure::<dyn FnMut()>::new(move || {
            tell.try_run(Gesture::Choose(handle));
        });
        let _added = element.add_event_listener_with_callback("keydown", keys.as_ref().unchecked_ref());
        let _added = element.add_event_listener_with_callback("focus", focus.as_ref().unchecked_ref());
        if let Some(body) = element.owner_document().and_then(|document| body(&document)) {
            let _added = element.append_child(&body);
        }
        let knob = Self { marker, element, in_hand, keys, focus, _drags: drags, _clicks: clicks };
        knob.dress(grip);
        Some(knob)
    }

    /// Makes it what it should be.
    pub(super) fn show(&self, grip: &Grip) {
        if !self.in_hand.get() {
            self.marker.set_lat_lng(&lat_lng(grip.at));
        }
        self.dress(grip);
    }

    /// Whether a hand is pulling it.
    pub(super) fn is_in_hand(&self) -> bool {
        self.in_hand.get()
    }

    /// Takes the keyboard's focus.
    pub(super) fn focus(&self) {
        let _focused = self.element.focus();
    }

    pub(super) fn remove(&self) {
        for (name, hook) in [("keydown", self.keys.as_ref()), ("focus", self.focus.as_ref())] {
            let _removed = self.element.remove_event_listener_with_callback(name, hook.unchecked_ref());
        }
        self.marker.remove();
    }

    fn dress(&self, grip: &Grip) {
        let set = |name: &str, value: &str| {
            let _set = self.element.set_attribute(name, value);
        };
        set("aria-label", &grip.label);
        set("data-lat", &format!("{:.6}", grip.at.lat()));
        set("data-lon", &format!("{:.6}", grip.at.lon()));
        set("aria-describedby", "grip-help");
        if let Some((now, words)) = &grip.value {
            set("role", "slider");
            set("aria-orientation", "vertical");
            set("aria-valuemin", &Circle::MIN_RADIUS_M.to_string());
            set("aria-valuemax", &Circle::MAX_RADIUS_M.to_string());
            set("aria-valuenow", &now.to_string());
            set("aria-valuetext", words);
        }
        let classes = self.element.class_list();
        let _toggled = classes.toggle_with_force("is-chosen", grip.chosen);
        if let Some(note) = self.element.query_selector(".grip-note").ok().flatten() {
            note.set_text_content(grip.note.as_deref());
        }
    }
}

/// What is to be seen of it. What it says is on the element itself, so this is silent.
fn body(document: &Document) -> Option<web_sys::Element> {
    let body = document.create_element("span").ok()?;
    body.set_class_name("grip-body");
    let _hidden = body.set_attribute("aria-hidden", "true");
    for class in ["grip-dot", "grip-note"] {
        let part = document.create_element("span").ok()?;
        part.set_class_name(class);
        let _added = body.append_child(&part);
    }
    Some(body)
}

/// A place on the map as a place on the Earth: the map goes on where the Earth comes round.
pub(super) fn point(at: &LatLng) -> Option<Point> {
    let lon = (at.lng() + 180.0).rem_euclid(360.0) - 180.0;
    Point::new(at.lat().clamp(-90.0, 90.0), lon).ok()
}

//! What people do to the map, and what happens around it: dragging, zooming, clicking, a change of its size.

use super::{Faces, Hands, grip::point};
use crate::{map::sketch::Gesture, state::Camera};
use leaflet::{Event, Evented, EventedHandle, Map, MouseEvent};
use leptos::prelude::Callable;
use std::{cell::Cell, rc::Rc};
use wasm_bindgen::{JsCast, JsValue, closure::Closure};
use web_sys::{HtmlElement, KeyboardEvent, ResizeObserver};

/// Listens for as long as it lives, or until it is told to end.
pub(super) struct Touch {
    pub(super) hands: Hands,
    /// Whether a hand was on the map since it last moved by itself.
    touched: Rc<Cell<bool>>,
    zooming: Rc<Cell<bool>>,
    hooks: Vec<EventedHandle<Event>>,
    clicks: Option<EventedHandle<MouseEvent>>,
    element: HtmlElement,
    contact: Closure<dyn FnMut(web_sys::Event)>,
    sizes: Option<(ResizeObserver, Closure<dyn FnMut()>)>,
}

/// What shows that a hand is on the map. The map's own events do not tell a hand from a command.
const CONTACTS: [&str; 3] = ["pointerdown", "wheel", "keydown"];

impl Touch {
    pub(super) fn new(map: &Map, element: &HtmlElement, hands: Hands, faces: &Faces) -> Self {
        let (touched, zooming) = (Rc::new(Cell::new(false)), Rc::new(Cell::new(false)));
        let on = |name: &'static str, act: Box<dyn Fn()>| {
            Evented::on_leaflet_event(&map, name, move |_: Event| act())
        };
        let grab = move || {
            hands.grab.try_run(());
        };
        let start = {
            let (zooming, faces) = (Rc::clone(&zooming), Rc::clone(faces));
            move || {
                zooming.set(true);
                // Not while the faces are being changed; then they do not glide.
                if let Ok(faces) = faces.try_borrow() {
                    faces.values().for_each(super::Face::stop);
                }
            }
        };
        let end = {
            let zooming = Rc::clone(&zooming);
            move || zooming.set(false)
        };
        let settle = {
            let (touched, map) = (Rc::clone(&touched), map.clone());
            move || {
                if touched.get() {
                    let middle = map.get_center();
                    let lon = (middle.lng() + 180.0).rem_euclid(360.0) - 180.0;
                    hands.settle.try_run(Camera { lat: middle.lat(), lon, zoom: map.get_zoom() }.rounded());
                }
            }
        };
        let hooks = vec![
            on("dragstart", Box::new(grab)),
            on("zoomstart", Box::new(start)),
            on("zoomend", Box::new(end)),
            on("moveend", Box::new(settle)),
        ];
        let clicks = hands.gesture.map(|tell| {
            Evented::on_leaflet_event(&map, "click", move |event: MouseEvent| {
                if let Some(at) = point(&event.lat_lng()) {
                    tell.try_run(Gesture::Click(at));
                }
            })
        });
        let contact = {
            let (touched, map, own) = (Rc::clone(&touched), map.clone(), element.clone());
            Closure::<dyn FnMut(web_sys::Event)>::new(move |event: web_sys::Event| {
                touched.set(true);
                let key = event.dyn_ref::<KeyboardEvent>().map(KeyboardEvent::key);
                let here = event.target().is_some_and(|target| target == *own.as_ref());
                // Without a mouse one points with the middle of the map.
                if let Some(tell) = hands.gesture.filter(|_| here && key.as_deref() == Some("Enter"))
                    && let Some(at) = point(&map.get_center())
                {
                    tell.try_run(Gesture::Click(at));
                }
                if event.dyn_ref::<KeyboardEvent>().is_some_and(|event| event.key().starts_with("Arrow")) {
                    grab();
                }
            })
        };
        for name in CONTACTS {
            let _added = element.add_event_listener_with_callback(name, contact.as_ref().unchecked_ref());
        }
        Self {
            hands,
            touched,
            zooming,
            hooks,
            clicks,
            element: element.clone(),
            contact,
            sizes: watch_size(map, element),
        }
    }

    /// The map is about to move by itself: where it comes to stand is nobody's wish.
    pub(super) fn forget(&self) {
        self.touched.set(false);
    }

    /// Whether the faces are being moved by a zoom.
    pub(super) fn is_zooming(&self) -> bool {
        self.zooming.get()
    }

    /// Stops listening.
    pub(super) fn end(&mut self) {
        self.hooks.clear();
        self.clicks = None;
        for name in CONTACTS {
            let _removed =
                self.element.remove_event_listener_with_callback(name, self.contact.as_ref().unchecked_ref());
        }
        if let Some((observer, _)) = self.sizes.take() {
            observer.disconnect();
        }
    }
}

/// Leaflet notices when the window changes its size, but not when a sheet or a rail does.
fn watch_size(map: &Map, element: &HtmlElement) -> Option<(ResizeObserver, Closure<dyn FnMut()>)> {
    let map = map.clone();
    let resized = Closure::<dyn FnMut()>::new(move || {
        map.invalidate_size(false);
    });
    let callback: &JsValue = resized.as_ref();
    let observer = ResizeObserver::new(callback.unchecked_ref()).ok()?;
    observer.observe(element);
    Some((observer, resized))
}

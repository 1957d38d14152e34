//! A friend's face on the map. One element for as long as the friend is there: it is dressed anew and moved,
//! never replaced, so that the keyboard's focus and a running glide survive. Names are put in as text, never
//! as markup.

use super::{
    binding::{Overlay, div_icon},
    shape::drawing,
};
use crate::{
    map::scene::Marker,
    state::age::class,
    ui::{Sign, at},
};
use domain::{DeviceKind, FriendId};
use geodesy::Point;
use leaflet::{DivIconOptions, Evented, EventedHandle, LatLng, MarkerOptions, MouseEvent};
use leptos::prelude::{Callable, Callback, set_timeout};
use std::time::Duration;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{Document, Element, HtmlElement, KeyboardEvent};

/// How long a face glides; the browser eases it.
const GLIDE: &str = "transform 900ms ease-out";
const GLIDE_ENDS: Duration = Duration::from_millis(950);
/// Side of the square that takes clicks, pixels: a finger's breadth.
const SIDE_PX: f64 = 44.0;

pub(super) struct Face {
    marker: leaflet::Marker,
    element: HtmlElement,
    _hooks: [EventedHandle<MouseEvent>; 2],
}

impl Face {
    /// Puts a face on the map. None when Leaflet gave it no element.
    pub(super) fn put(map: &leaflet::Map, looks: &Marker, select: Callback<FriendId>) -> Option<Self> {
        let icon = DivIconOptions::new();
        icon.set_class_name("marker-place".to_owned());
        icon.set_icon_size(leaflet::Point::new(SIDE_PX, SIDE_PX));
        let options = MarkerOptions::new();
        options.set_icon(div_icon(&icon));
        options.set_keyboard(true);
        options.set_alt(looks.label.clone());
        options.set_rise_on_hover(true);
        let marker = leaflet::Marker::new_with_options(&lat_lng(looks.at), &options);
        marker.add_to(map);
        let element = marker.unchecked_ref::<Overlay>().element()?;
        let friend = looks.friend;
        let click = Evented::on_leaflet_event(&marker, "click", move |_: MouseEvent| {
            select.try_run(friend);
        });
        let press = Evented::on_leaflet_event(&marker, "keydown", move |event: MouseEvent| {
            let event: JsValue = event.original_event().into();
            let event: KeyboardEvent = event.unchecked_into();
            if matches!(event.key().as_str(), "Enter" | " ") {
                event.prevent_default();
                select.try_run(friend);
            }
        });
        let face = Self { marker, element, _hooks: [click, press] };
        face.dress(looks);
        Some(face)
    }

    /// Moves it, gliding if it may.
    pub(super) fn go(&self, to: Point, glide: bool) {
        if glide {
            let _set = self.element.style().set_property("transition", GLIDE);
            let element = self.element.clone();
            set_timeout(move || stop_gliding(&element), GLIDE_ENDS);
        }
        self.marker.set_lat_lng(&lat_lng(to));
    }

    /// Lets go of a glide: zooming moves faces by itself.
    pub(super) fn stop(&self) {
        stop_gliding(&self.element);
    }

    pub(super) fn remove(&self) {
        self.marker.remove();
    }

    /// Makes it look as it should where it is.
    pub(super) fn dress(&self, looks: &Marker) {
        for (name, value) in [
            ("aria-label", looks.label.as_str()),
            ("title", &looks.label),
            ("data-friend", &looks.name),
            ("data-lat", &format!("{:.5}", looks.at.lat())),
            ("data-lon", &format!("{:.5}", looks.at.lon())),
            ("aria-pressed", if looks.selected { "true" } else { "false" }),
        ] {
            let _set = self.element.set_attribute(name, value);
        }
        // A picture that stays the same is kept: loaded anew it would flicker.
        let picture = self.element.query_selector("img").ok().flatten();
        self.element.set_text_content(None);
        if let Some(body) = self.element.owner_document().and_then(|document| body(&document, looks, picture))
        {
            let _added = self.element.append_child(&body);
        }
        self.marker.set_z_index_offset(if looks.selected { 1000.0 } else { 0.0 });
    }
}

fn stop_gliding(element: &HtmlElement) {
    let _removed = element.style().remove_property("transition");
}

/// Everything inside; the label says it all, so those who hear the page are spared the parts.
fn body(document: &Document, looks: &Marker, drawn: Option<Element>) -> Option<HtmlElement> {
    let part = |class: &str, text: &str| {
        let element: HtmlElement = document.create_element("span").ok()?.unchecked_into();
        element.set_class_name(class);
        element.set_text_content(Some(text));
        Some(element)
    };
    let mut class = format!("marker {}", class(looks.staleness));
    for (holds, name) in
        [(looks.selected, " is-selected"), (looks.followed, " is-followed"), (looks.demo, " is-demo")]
    {
        class.push_str(if holds { name } else { "" });
    }
    let body = part(&class, "")?;
    let _hidden = body.set_attribute("aria-hidden", "true");
    let chevron = looks.course_deg.and_then(|course| {
        let chevron = part("marker-chevron", "")?;
        let _set = chevron.style().set_property("transform", &format!("rotate({course}deg)"));
        Some(chevron)
    });
    let face = part(&format!("face face-{}", looks.looks.colour), &looks.looks.initials)?;
    let address = looks.looks.picture.as_deref().map(at);
    let picture = address.as_deref().and_then(|address| {
        drawn.filter(|drawn| drawn.get_attribute("src").as_deref() == Some(address)).or_else(|| {
            let picture = document.create_element("img").ok()?;
            for (name, value) in
                [("alt", ""), ("width", "44"), ("height", "44"), ("loading", "lazy"), ("src", address)]
            {
                let _set = picture.set_attribute(name, value);
            }
            Some(picture)
        })
    });
    if let Some(picture) = picture {
        let _added = face.append_child(&picture);
    }
    let parts = [
        chevron,
        Some(face),
        looks.age.as_deref().and_then(|age| part("marker-age", age)),
        looks.battery_pct.and_then(|charge| part("marker-battery", &format!("{charge} %"))),
        looks.demo.then(|| part("marker-demo", "demo")).flatten(),
        (looks.source == DeviceKind::Browser).then(|| part("marker-source", "")).flatten().inspect(
            |source| {
                if let Some(sign) = drawing(document, Sign::Browser) {
                    let _added = source.append_child(&sign);
                }
            },
        ),
    ];
    for part in parts.into_iter().flatten() {
        let _added = body.append_child(&part);
    }
    Some(body)
}

pub(super) fn lat_lng(point: Point) -> LatLng {
    LatLng::new(point.lat(), point.lon())
}

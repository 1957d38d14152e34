//! Circles and polygons on the map: regions, discs of accuracy, a region in the making. Their looks come from
//! the style sheet, by class; what is set here is only what it would be without one.

use super::{
    binding::{Overlay, options, pair},
    face::lat_lng,
};
use crate::{
    map::{
        draft::Form,
        scene::{Disc, Shape, colour_class, ring},
        sketch::Outline,
    },
    state::age::class,
    ui::Sign,
};
use geodesy::Area;
use leaflet::{
    Circle, CircleOptions, LatLng, Layer, LayerGroup, PathOptions, Polygon, PolylineOptions, Tooltip,
};
use wasm_bindgen::JsCast;
use web_sys::{Document, Element};

/// Puts a region and its label on the map.
pub(super) fn region(map: &leaflet::Map, shape: &Shape) -> LayerGroup {
    let mut class = format!("region {}", colour_class(shape.colour));
    for (holds, name) in [
        (shape.occupied, " is-occupied"),
        (!shape.occupied, " is-empty"),
        (shape.demo, " is-demo"),
        (shape.changing, " is-changing"),
    ] {
        class.push_str(if holds { name } else { "" });
    }
    let dress = |path: &PathOptions| {
        path.set_class_name(class.clone());
        path.set_interactive(false);
        path.set_weight(if shape.occupied { 2.0 } else { 1.0 });
        path.set_fill_opacity(0.1);
    };
    let layer: Layer = match &shape.area {
        Area::Circle(circle) => {
            let looks = CircleOptions::new();
            dress(&looks);
            looks.set_radius(circle.radius_m());
            Circle::new_with_options(&lat_lng(circle.centre()), &looks).into()
        }
        Area::Polygon(polygon) => {
            let looks = PolylineOptions::new();
            dress(&looks);
            let corners = corners(polygon.points());
            Polygon::new_with_options(&leaflet::to_lat_lng_array(&corners), &looks).into()
        }
    };
    let group = LayerGroup::new();
    group.add_layer(&layer);
    group.add_to(map);
    if let Some(path) = layer.unchecked_ref::<Overlay>().element() {
        let _set = path.set_attribute("data-region", &shape.name);
    }
    if let Some(label) = label(shape) {
        group.add_layer(&label);
    }
    group
}

/// The label hangs below the region and lies below the faces, so that it covers nobody who is there.
fn label(shape: &Shape) -> Option<Tooltip> {
    let document = web_sys::window()?.document()?;
    let content = document.create_element("span").ok()?;
    content.set_class_name("region-words");
    if let Some(sign) = shape.sign.and_then(|sign| drawing(&document, sign)) {
        let _added = content.append_child(&sign);
    }
    let text = document.create_element("span").ok()?;
    // As text: a region may be called <b>.
    text.set_text_content(Some(&shape.label));
    let _added = content.append_child(&text);
    let looks = options([
        // Otherwise the next click anywhere closes it.
        ("permanent", true.into()),
        ("direction", "bottom".into()),
        ("offset", pair(0.0, 14.0)),
        ("pane", "shadowPane".into()),
        (
            "className",
            format!(
                "region-label {} {}",
                colour_class(shape.colour),
                if shape.occupied { "is-occupied" } else { "is-empty" }
            )
            .into(),
        ),
    ]);
    let foot = LatLng::new(shape.area.bounding_box().south, shape.area.centre().lon());
    let label = Tooltip::new_with_lat_lng(&foot, looks.unchecked_ref());
    label.set_content(&content);
    Some(label)
}

/// One of our signs, outside of the page's own tree. Silent: the words beside it say what is meant.
pub(super) fn drawing(document: &Document, sign: Sign) -> Option<Element> {
    let part = |name: &str, attributes: &[(&str, &str)]| {
        let element = document.create_element_ns(Some("http://www.w3.org/2000/svg"), name).ok()?;
        for (attribute, value) in attributes {
            let _set = element.set_attribute(attribute, value);
        }
        Some(element)
    };
    let frame =
        [("class", "icon"), ("viewBox", "0 0 24 24"), ("aria-hidden", "true"), ("focusable", "false")];
    let svg = part("svg", &frame)?;
    let path = part("path", &[("d", sign.path())])?;
    let _added = svg.append_child(&path);
    Some(svg)
}

/// Puts a disc of accuracy on the map.
pub(super) fn disc(map: &leaflet::Map, disc: &Disc) -> Circle {
    let looks = CircleOptions::new();
    looks.set_class_name(format!("disc {}", class(disc.staleness)));
    looks.set_interactive(false);
    looks.set_weight(1.0);
    looks.set_opacity(0.4);
    looks.set_fill_opacity(0.12);
    looks.set_radius(disc.radius_m);
    let circle = Circle::new_with_options(&lat_lng(disc.at), &looks);
    circle.add_to(map);
    circle
}

/// Moves a disc to what it is now.
pub(super) fn redraw_disc(circle: &Circle, disc: &Disc) {
    circle.set_lat_lng(&lat_lng(disc.at));
    circle.set_radius(disc.radius_m);
    if let Some(path) = circle.unchecked_ref::<Overlay>().element() {
        let classes = path.class_list();
        let _removed = classes.remove_4("is-now", "is-recent", "is-stale", "is-lost");
        let _added = classes.add_1(class(disc.staleness));
    }
}

/// A region in the making on the map.
pub(super) enum Drawn {
    /// A circle.
    Round(Circle),
    /// Corners: closed once they are three.
    Ring(Polygon),
}

impl Drawn {
    pub(super) fn remove(&self) {
        match self {
            Self::Round(circle) => circle.remove(),
            Self::Ring(ring) => ring.remove(),
        };
    }

    fn layer(&self) -> &Layer {
        match self {
            Self::Round(circle) => circle,
            Self::Ring(ring) => ring,
        }
    }
}

/// Puts a region in the making on the map, or makes the one that is there look as it should.
pub(super) fn form(map: &leaflet::Map, before: Option<Drawn>, form: &Form) -> Drawn {
    let dress = |path: &PathOptions| {
        path.set_class_name("region-draft".to_owned());
        path.set_interactive(false);
        path.set_weight(2.5);
        path.set_fill_opacity(0.14);
    };
    let drawn = match (&form.outline, before) {
        (Outline::Circle(new), Some(Drawn::Round(circle))) => {
            circle.set_lat_lng(&lat_lng(new.centre()));
            circle.set_radius(new.radius_m());
            Drawn::Round(circle)
        }
        (Outline::Ring(new), Some(Drawn::Ring(polygon))) => {
            polygon.set_lat_lngs(&leaflet::to_lat_lng_array(&corners(new)));
            Drawn::Ring(polygon)
        }
        (outline, before) => {
            if let Some(before) = before {
                before.remove();
            }
            match outline {
                Outline::Circle(circle) => {
                    let looks = CircleOptions::new();
                    dress(&looks);
                    looks.set_radius(circle.radius_m());
                    let circle = Circle::new_with_options(&lat_lng(circle.centre()), &looks);
                    circle.add_to(map);
                    Drawn::Round(circle)
                }
                Outline::Ring(ring) => {
                    let looks = PolylineOptions::new();
                    dress(&looks);
                    let polygon =
                        Polygon::new_with_options(&leaflet::to_lat_lng_array(&corners(ring)), &looks);
                    polygon.add_to(map);
                    Drawn::Ring(polygon)
                }
            }
        }
    };
    if let Some(path) = drawn.layer().unchecked_ref::<Overlay>().element() {
        let state = if form.whole { "" } else { " is-unfinished" };
        // Leaflet keeps a class of its own on what cannot be clicked; these are all of ours.
        let class = format!("region-draft {}{state}", colour_class(form.colour));
        let _set = path.set_attribute("class", &class);
    }
    drawn
}

fn corners(points: &[geodesy::Point]) -> Vec<LatLng> {
    ring(points).into_iter().map(|(lat, lon)| LatLng::new(lat, lon)).collect()
}

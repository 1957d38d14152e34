//! Circles and polygons on the map: regions, discs of accuracy, a region in the making. Their looks come from
//! the style sheet, by class; what is set here is only what it would be without one.

use super::{
    binding::{Overlay, options, pair},
    face::lat_lng,
};
use crate::{
    map::{
        Draft,
        scene::{Disc, Shape, colour_class, ring},
    },
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
    for (holds, name) in
        [(shape.occupied, " is-occupied"), (!shape.occupied, " is-empty"), (shape.demo, " is-demo")]
    {
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
            let corners: Vec<LatLng> =
                ring(polygon.points()).into_iter().map(|(lat, lon)| LatLng::new(lat, lon)).collect();
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
    looks.set_class_name(format!("disc {}", disc.staleness.class()));
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
        let _added = classes.add_1(disc.staleness.class());
    }
}

/// Puts a region in the making on the map.
pub(super) fn draft(map: &leaflet::Map, draft: Draft) -> Circle {
    let looks = CircleOptions::new();
    looks.set_class_name("region-draft".to_owned());
    looks.set_interactive(false);
    looks.set_weight(2.0);
    looks.set_dash_array("6 6".to_owned());
    looks.set_fill_opacity(0.1);
    looks.set_radius(draft.radius_m);
    let circle = Circle::new_with_options(&LatLng::new(draft.lat, draft.lon), &looks);
    circle.add_to(map);
    circle
}

/// Moves a region in the making.
pub(super) fn redraw_draft(circle: &Circle, draft: Draft) {
    circle.set_lat_lng(&LatLng::new(draft.lat, draft.lon));
    circle.set_radius(draft.radius_m);
}

//! Leaflet at work: mounts the map, does what the differences say, and takes everything down when it is
//! dropped. Decides nothing about what is to be seen.

mod aim;
mod binding;
mod face;
mod grip;
mod shape;
mod touch;

pub(super) use binding::{feature, geo_json, options};

use super::{
    DoubleClick,
    diff::{MapOp, Travel, diff},
    draft::Handle,
    outline::Outline,
    scene::Scene,
    sketch::Gesture,
};
use crate::{api::Tiles, browser, state::Camera};
use binding::{Chart, scale};
use domain::{FriendId, RegionId};
use face::Face;
use leaflet::{LatLng, LayerGroup, Map, MapOptions, TileLayer, TileLayerOptions, Zoom, ZoomOptions};
use leptos::prelude::{Callback, request_animation_frame};
use std::{cell::RefCell, collections::HashMap, rc::Rc};
use touch::Touch;
use wasm_bindgen::JsCast;
use web_sys::HtmlElement;

const FARTHEST_ZOOM: f64 = 2.0;
const NEAREST_ZOOM: f64 = 19.0;

/// Whom the map tells what people do to it.
#[derive(Clone, Copy, Debug)]
pub struct Hands {
    /// A face was clicked.
    pub select: Callback<FriendId>,
    /// The map is being moved by hand.
    pub grab: Callback<()>,
    /// The map was moved by hand and stands now.
    pub settle: Callback<Camera>,
    /// A region is being drawn: what is done to its handles, and where the map is clicked beside the faces.
    pub gesture: Option<Callback<Gesture>>,
    /// What two quick clicks mean there.
    pub double_click: DoubleClick,
}

type Faces = Rc<RefCell<HashMap<FriendId, Face>>>;

/// The map on the page.
pub struct Driver {
    // Dropped in this order: nobody may hear the map go.
    touch: Touch,
    outline: Option<Outline>,
    faces: Faces,
    discs: HashMap<FriendId, leaflet::Circle>,
    regions: HashMap<RegionId, LayerGroup>,
    form: Option<shape::Drawn>,
    knobs: HashMap<Handle, grip::Knob>,
    drawn: Scene,
    /// Whether the picture was chosen: by the view, by the first data, or by a command.
    framed: bool,
    /// Whom the map follows, and where it last went for that.
    followed: Option<(FriendId, geodesy::Point)>,
    element: HtmlElement,
    map: Map,
}

impl Driver {
    /// Puts a map into an element. None when Leaflet is not there.
    pub fn mount(
        element: &HtmlElement,
        tiles: Option<&Tiles>,
        camera: Option<Camera>,
        hands: Hands,
    ) -> Option<Self> {
        if !browser::has_global("L") {
            return None;
        }
        let looks = MapOptions::new();
        looks.set_zoom_control(false);
        looks.set_min_zoom(FARTHEST_ZOOM);
        looks.set_max_zoom(NEAREST_ZOOM);
        looks.set_world_copy_jump(true);
        looks.set_zoom_snap(0.5);
        if hands.gesture.is_some() && hands.double_click == DoubleClick::Points {
            looks.set_double_click_zoom(false.into());
        }
        let map = Map::new_with_element(element, &looks).ok()?;
        // Leaflet draws nothing before it knows where; this is replaced by the first data.
        let start = camera.unwrap_or(Camera { lat: 25.0, lon: 10.0, zoom: FARTHEST_ZOOM });
        map.set_view(&LatLng::new(start.lat, start.lon), start.zoom);
        controls(&map);
        let faces = Faces::default();
        Some(Self {
            touch: Touch::new(&map, element, hands, &faces),
            outline: base(&map, tiles),
            faces,
            discs: HashMap::new(),
            regions: HashMap::new(),
            form: None,
            knobs: HashMap::new(),
            drawn: Scene::default(),
            framed: camera.is_some(),
            followed: None,
            element: element.clone(),
            map,
        })
    }

    /// Draws what differs from what is drawn.
    pub fn show(&mut self, scene: Scene, still: bool) {
        for op in diff(&self.drawn, &scene) {
            self.apply(op, still);
        }
        self.drawn = scene;
        if !self.framed {
            self.fit(false);
        }
        self.follow();
    }

    fn apply(&mut self, op: MapOp, still: bool) {
        match op {
            MapOp::PutMarker(marker, travel) => {
                let glide = travel == Travel::Glide && !still && !self.touch.is_zooming();
                let mut faces = self.faces.borrow_mut();
                if let Some(face) = faces.get(&marker.friend) {
                    face.dress(&marker);
                    if travel != Travel::Stay {
                        face.go(marker.at, glide);
                    }
                } else if let Some(face) = Face::put(&self.map, &marker, self.touch.hands.select) {
                    faces.insert(marker.friend, face);
                }
            }
            MapOp::RemoveMarker(friend) => {
                if let Some(face) = self.faces.borrow_mut().remove(&friend) {
                    face.remove();
                }
            }
            MapOp::PutDisc(disc) => match self.discs.get(&disc.friend) {
                Some(drawn) => shape::redraw_disc(drawn, &disc),
                None => drop(self.discs.insert(disc.friend, shape::disc(&self.map, &disc))),
            },
            MapOp::RemoveDisc(friend) => {
                if let Some(disc) = self.discs.remove(&friend) {
                    disc.remove();
                }
            }
            MapOp::PutRegion(region) => {
                if let Some(old) = self.regions.insert(region.id, shape::region(&self.map, &region)) {
                    old.remove();
                }
            }
            MapOp::RemoveRegion(region) => {
                if let Some(region) = self.regions.remove(&region) {
                    region.remove();
                }
            }
            MapOp::PutForm(form) => {
                self.form = Some(shape::form(&self.map, self.form.take(), &form));
                if !self.knobs.values().any(grip::Knob::is_in_hand) {
                    self.keep_in_sight(&form.outline);
                }
            }
            MapOp::RemoveForm => {
                if let Some(form) = self.form.take() {
                    form.remove();
                }
            }
            MapOp::PutGrip(grip) => {
                if let Some(knob) = self.knobs.get(&grip.handle) {
                    knob.show(&grip);
                } else if let Some(tell) = self.touch.hands.gesture
                    && let Some(knob) = grip::Knob::put(&self.map, &grip, tell)
                {
                    self.knobs.insert(grip.handle, knob);
                }
            }
            MapOp::RemoveGrip(handle) => {
                if let Some(knob) = self.knobs.remove(&handle) {
                    knob.remove();
                }
            }
            MapOp::FocusGrip(handle) => {
                if let Some(knob) = self.knobs.get(&handle).filter(|_| self.has_focus()) {
                    knob.focus();
                }
            }
        }
    }
}

impl Driver {
    /// Whether the keyboard is on the map, or nowhere because what it was on is gone.
    fn has_focus(&self) -> bool {
        let document = self.element.owner_document();
        let active = document.as_ref().and_then(web_sys::Document::active_element);
        active.is_none_or(|active| self.element.contains(Some(&active)) || active.tag_name() == "BODY")
    }
}

impl Drop for Driver {
    fn drop(&mut self) {
        self.touch.end();
        self.outline = None;
        // Handles first, then what they hang on.
        self.faces.borrow_mut().clear();
        self.knobs.drain().for_each(|(_, knob)| knob.remove());
        self.map.stop();
        // A frame later, after the redrawing that Leaflet's canvas may still have asked for: it loses track
        // of its requests and would draw on a canvas that is gone.
        let map = self.map.clone();
        request_animation_frame(move || {
            // It complains when somebody else took the element over; then there is nothing left to remove.
            let _removed = map.unchecked_ref::<Chart>().remove();
        });
    }
}

fn controls(map: &Map) {
    map.unchecked_ref::<Chart>().attribution().set_prefix(false);
    let mut zoom = ZoomOptions::new();
    zoom.set_position("bottomright");
    Zoom::new(&zoom).add_to(map);
    // Without map pictures nothing else tells how far things are apart.
    scale(&options([("position", "bottomleft".into())])).add_to(map);
}

/// What lies under everything: map pictures where an admin wants them, else the outlines of the countries.
fn base(map: &Map, tiles: Option<&Tiles>) -> Option<Outline> {
    let credit = |html: &str| map.unchecked_ref::<Chart>().attribution().add(html);
    let Some(tiles) = tiles else {
        credit("Natural Earth");
        return Some(Outline::draw(map));
    };
    credit(&escaped(&tiles.attribution));
    let looks = TileLayerOptions::new();
    looks.set_max_zoom(NEAREST_ZOOM);
    TileLayer::new_options(&tiles.url, &looks).add_to(map);
    None
}

/// Plain text as HTML: Leaflet takes credits as markup.
fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

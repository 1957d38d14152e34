//! What the map looks at when it is told: all friends, one of them, a region in the making. A part of the map
//! that lies under a sheet does not count as seen.

use super::{
    Driver,
    binding::{options, pair},
    face::lat_lng,
};
use crate::map::sketch::Outline;
use domain::FriendId;
use geodesy::Point;
use leaflet::{LatLng, LatLngBounds};

/// How near a picture of all friends or of one comes by itself.
const FIT_ZOOM: f64 = 16.0;
/// How near a picture of a region in the making comes: a house fills it.
const NEAREST_DRAFT_ZOOM: f64 = 18.0;
/// What is left free around a picture of all friends, so that whole faces are in it.
const MARGIN_PX: f64 = 48.0;

impl Driver {
    /// Brings all friends into the picture; if there is anything to see, the picture is chosen.
    pub fn fit(&mut self, animate: bool) {
        let corners = self.drawn.corners();
        let Some(first) = corners.first() else { return };
        let (mut south_west, mut north_east) = (*first, *first);
        for (lat, lon) in corners {
            south_west = (south_west.0.min(lat), south_west.1.min(lon));
            north_east = (north_east.0.max(lat), north_east.1.max(lon));
        }
        self.framed = true;
        self.touch.forget();
        let bounds = LatLngBounds::new(
            &LatLng::new(south_west.0, south_west.1),
            &LatLng::new(north_east.0, north_east.1),
        );
        let how = options([
            ("paddingTopLeft", pair(MARGIN_PX, MARGIN_PX)),
            ("paddingBottomRight", pair(MARGIN_PX, MARGIN_PX + self.covered_px())),
            ("maxZoom", FIT_ZOOM.into()),
            ("animate", animate.into()),
        ]);
        self.map.fit_bounds_with_options(&bounds, &how);
    }

    /// Brings one friend into the picture, from near.
    pub fn focus(&mut self, friend: FriendId) {
        if let Some(marker) = self.drawn.marker(friend) {
            self.framed = true;
            self.touch.forget();
            let zoom = self.map.get_zoom().max(FIT_ZOOM - 1.0);
            self.map.set_view(&self.aim(marker.at, zoom), zoom);
        }
    }

    /// Where the middle of the map must be for a point to be in the middle of what can be seen of it.
    fn aim(&self, at: Point, zoom: f64) -> LatLng {
        let point = self.map.project_with_zoom(&lat_lng(at), zoom);
        let middle = leaflet::Point::new(point.x(), point.y() + self.covered_px() / 2.0);
        self.map.unproject_with_zoom(&middle, zoom)
    }

    /// How much of the map's lower edge lies under a sheet, pixels: as much as the style sheet lifts the
    /// controls for it, at most half.
    fn covered_px(&self) -> f64 {
        let corner = self.element.query_selector(".leaflet-bottom").ok().flatten();
        let style = corner.and_then(|corner| web_sys::window()?.get_computed_style(&corner).ok().flatten());
        let lift = style.and_then(|style| style.get_property_value("bottom").ok()).unwrap_or_default();
        let lift: f64 = lift.trim_end_matches("px").parse().unwrap_or(0.0);
        lift.clamp(0.0, f64::from(self.element.client_height()) / 2.0)
    }

    /// Keeps the followed friend in the middle.
    pub(super) fn follow(&mut self) {
        let followed =
            self.drawn.markers.iter().find(|marker| marker.followed).map(|marker| (marker.friend, marker.at));
        if let Some((_, at)) = followed.filter(|followed| self.followed != Some(*followed)) {
            self.framed = true;
            self.touch.forget();
            self.map.pan_to(&self.aim(at, self.map.get_zoom()));
        }
        self.followed = followed;
    }

    /// Shows where the region in the making is, unless that can be seen.
    pub(super) fn keep_in_sight(&mut self, outline: &Outline) {
        let ((south, west), (north, east)) = outline.corners();
        let middle = LatLng::new(f64::midpoint(south, north), f64::midpoint(west, east));
        if !self.map.get_bounds().contains(&middle) {
            self.look_at(outline);
        }
    }

    /// Shows the region in the making, from near.
    pub fn frame(&mut self) {
        if let Some(draft) = self.drawn.draft.clone() {
            self.look_at(&draft.form.outline);
        }
    }

    fn look_at(&mut self, outline: &Outline) {
        let ((south, west), (north, east)) = outline.corners();
        self.framed = true;
        self.touch.forget();
        let bounds = LatLngBounds::new(&LatLng::new(south, west), &LatLng::new(north, east));
        let room = options([
            ("maxZoom", NEAREST_DRAFT_ZOOM.into()),
            // What lies over the map leaves this free.
            ("paddingTopLeft", pair(MARGIN_PX, 2.0 * MARGIN_PX + 12.0)),
            ("paddingBottomRight", pair(1.5 * MARGIN_PX, MARGIN_PX)),
            ("animate", false.into()),
        ]);
        self.map.fit_bounds_with_options(&bounds, &room);
    }
}

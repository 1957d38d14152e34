//! `.otrw`, the file of regions of the phones' apps: a message `waypoints`. It knows circles alone; of a polygon nothing is written,
//! because what a phone would say of some circle in its place would not be true of it.

use super::{Found, wrong};
use crate::Error;
use domain::{Region, waypoint};
use geodesy::{Area, Circle, Point};
use owntracks::{Epoch, Message, Waypoint, Waypoints};
use serde_json::Value;

pub(super) fn write(regions: &[Region]) -> Vec<u8> {
    let place = |region: &Region| {
        let Area::Circle(circle) = &region.area else { return None };
        Some(Waypoint {
            desc: Some(waypoint::plain(region.name.as_str())),
            lat: Some(circle.centre().lat()),
            lon: Some(circle.centre().lon()),
            // The apps count in whole metres.
            radius_m: Some(circle.radius_m().round().max(1.0)),
            tst: Some(Epoch::from_millis(waypoint::tst_s(region.id) * 1000)),
            region_id: Some(waypoint::rid(region.id)),
            ..Waypoint::default()
        })
    };
    let waypoints = regions.iter().filter_map(place).collect();
    owntracks::encode(&Message::Waypoints(Waypoints { waypoints, ..Waypoints::default() }))
}

pub(super) fn read(json: &Value, regions: &[Region], left_out: &mut u32) -> Result<Vec<Found>, Error> {
    let mut json = json.clone();
    if let Value::Object(members) = &mut json {
        members.entry("_type").or_insert_with(|| "waypoints".into());
    }
    let decoded = owntracks::decode(json.to_string().as_bytes());
    let [Ok(Message::Waypoints(list))] = decoded.as_slice() else {
        return Err(Error::invalid("file", "must be GeoJSON or .otrw"));
    };
    if let Some(why) = list.rejected.first() {
        return Err(Error::invalid("file", format!("will not do: {why}")));
    }
    let mut all = Vec::new();
    for (index, place) in list.waypoints.iter().enumerate() {
        let (Some(lat), Some(lon), Some(radius_m), None) =
            (place.lat, place.lon, place.radius_m, &place.uuid)
        else {
            *left_out += 1;
            continue;
        };
        if radius_m <= 0.0 {
            *left_out += 1;
            continue;
        }
        let name = place.name().unwrap_or_default().to_owned();
        let point = Point::new(lat, lon).map_err(|why| wrong(index, &name, &why.to_string()))?;
        let circle = Circle::new(point, radius_m).map_err(|why| wrong(index, &name, &why.to_string()))?;
        let is_meant = |region: &&Region| {
            place.region_id.as_deref().is_some_and(|rid| rid.parse() == Ok(region.id))
                || place.tst.is_some_and(|tst| tst.as_seconds() == waypoint::tst_s(region.id))
        };
        let known = regions.iter().find(is_meant);
        // What a phone cannot write in a name is no change of it, nor what it cannot count in a radius.
        let name = known
            .filter(|region| waypoint::plain(region.name.as_str()) == name)
            .map_or(name, |region| region.name.to_string());
        let area = known.map(|region| &region.area).filter(|area| rounds_to(area, &circle)).cloned();
        let area = area.unwrap_or_else(|| circle.into());
        all.push(Found { id: known.map(|region| region.id), name, area, details: None });
    }
    Ok(all)
}

fn rounds_to(area: &Area, circle: &Circle) -> bool {
    let Area::Circle(known) = area else { return false };
    known.centre().distance_m(circle.centre()) < 1.0 && (known.radius_m() - circle.radius_m()).abs() < 1.0
}

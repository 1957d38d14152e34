//! GeoJSON ([RFC 7946](https://www.rfc-editor.org/rfc/rfc7946)): a region is a Feature. It knows no circles, so a circle is a Point with
//! `radius_m`, as other programs have it, and stays a circle.
//!
//! A polygon across the antimeridian is written with longitudes beyond 180°, which programs draw as one shape; any longitudes are read.

use super::{Found, wrong};
use crate::{
    Error,
    region::member::{read_details, write_details},
};
use domain::{Region, live::LiveFriend};
use geodesy::{Area, Circle, Point, Polygon};
use geojson::{Feature, FeatureCollection, GeoJson, Geometry, GeometryValue, Position, feature::Id};
use serde_json::{Map, Value, json};

/// The properties that say something besides name and shape.
const DETAILS: [&str; 6] = ["icon", "colour", "pace", "audience", "to_phones", "schedule"];

pub(super) fn write(regions: &[Region], friends: &[LiveFriend]) -> Vec<u8> {
    let feature = |region: &Region| {
        let mut properties = write_details(&region.details, friends);
        properties.insert("name".to_owned(), json!(region.name.as_str()));
        let value = match &region.area {
            Area::Circle(circle) => {
                properties.insert("radius_m".to_owned(), json!(circle.radius_m()));
                let centre = circle.centre();
                GeometryValue::Point { coordinates: Position::from([centre.lon(), centre.lat()]) }
            }
            Area::Polygon(polygon) => GeometryValue::Polygon { coordinates: vec![ring(polygon)] },
        };
        Feature {
            bbox: None,
            geometry: Some(Geometry::new(value)),
            id: Some(Id::String(region.id.to_string())),
            properties: Some(properties),
            foreign_members: None,
        }
    };
    let features = regions.iter().map(feature).collect();
    let collection = FeatureCollection { bbox: None, features, foreign_members: None };
    GeoJson::from(collection).to_string().into_bytes()
}

/// The corners, closed, counter-clockwise as the standard has it, and without a jump in the longitudes.
fn ring(polygon: &Polygon) -> Vec<Position> {
    let mut corners: Vec<[f64; 2]> = Vec::with_capacity(polygon.points().len() + 1);
    let mut before: Option<f64> = None;
    for point in polygon.points() {
        let lon = before.map_or(point.lon(), |before| before + turn(point.lon() - before));
        corners.push([lon, point.lat()]);
        before = Some(lon);
    }
    let next = corners.iter().cycle().skip(1);
    let twice_area: f64 = corners.iter().zip(next).map(|([x, y], [u, v])| x * v - u * y).sum();
    if twice_area < 0.0 {
        corners.get_mut(1..).unwrap_or_default().reverse();
    }
    let first = corners.first().copied();
    corners.into_iter().chain(first).map(Position::from).collect()
}

/// The same turn, the shorter way round.
fn turn(degrees: f64) -> f64 {
    (degrees + 180.0).rem_euclid(360.0) - 180.0
}

pub(super) fn read(json: Value, regions: &[Region], friends: &[LiveFriend]) -> Result<Vec<Found>, Error> {
    let features = match serde_json::from_value(json) {
        Ok(GeoJson::FeatureCollection(collection)) => collection.features,
        Ok(GeoJson::Feature(feature)) => vec![feature],
        Ok(GeoJson::Geometry(_)) => {
            return Err(Error::invalid(
                "file",
                "must have a Feature or a FeatureCollection: a geometry has no name",
            ));
        }
        Err(why) => return Err(Error::invalid("file", format!("must be GeoJSON or .otrw: {why}"))),
    };
    let read = |(index, feature)| found(index, feature, regions, friends);
    features.into_iter().enumerate().map(read).collect()
}

fn found(index: usize, feature: Feature, regions: &[Region], friends: &[LiveFriend]) -> Result<Found, Error> {
    let properties = feature.properties.unwrap_or_default();
    let name = ["name", "title"].iter().find_map(|member| properties.get(*member)?.as_str());
    let name = name.ok_or_else(|| wrong(index, "", "properties.name must be a text"))?.to_owned();
    let wrong = |why: &str| wrong(index, &name, why);
    let geometry = feature.geometry.ok_or_else(|| wrong("there must be a geometry"))?;
    let area = area(geometry.value, &properties).map_err(|why| wrong(&why))?;
    let id = match feature.id {
        Some(Id::String(id)) => id.parse().ok(),
        Some(Id::Number(_)) | None => None,
    };
    let known = regions.iter().find(|region| Some(region.id) == id);
    let says = DETAILS.iter().any(|member| properties.contains_key(*member));
    let details = says.then(|| {
        let before = known.map(|region| region.details.clone()).unwrap_or_default();
        read_details(&properties, before, friends).map_err(|why| wrong(&format!("properties.{why}")))
    });
    Ok(Found { id: known.map(|region| region.id), details: details.transpose()?, area, name })
}

fn area(value: GeometryValue, properties: &Map<String, Value>) -> Result<Area, String> {
    const SHAPES: &str = "geometry must be a Point with the property radius_m, or a Polygon";
    match value {
        GeometryValue::Point { coordinates } => {
            let radius = ["radius_m", "radius"].iter().find_map(|member| properties.get(*member));
            let radius_m = radius.and_then(Value::as_f64).ok_or(SHAPES)?;
            let circle = Circle::new(point(&coordinates)?, radius_m).map_err(|why| why.to_string())?;
            Ok(circle.into())
        }
        GeometryValue::Polygon { coordinates } => polygon(coordinates),
        GeometryValue::MultiPolygon { mut coordinates } if coordinates.len() == 1 => {
            polygon(coordinates.pop().unwrap_or_default())
        }
        GeometryValue::MultiPolygon { .. }
        | GeometryValue::MultiPoint { .. }
        | GeometryValue::LineString { .. }
        | GeometryValue::MultiLineString { .. }
        | GeometryValue::GeometryCollection { .. } => Err(SHAPES.to_owned()),
    }
}

fn polygon(rings: Vec<Vec<Position>>) -> Result<Area, String> {
    let [ring] = <[_; 1]>::try_from(rings).map_err(|_holes| "a polygon must have one ring, without holes")?;
    let corners: Result<Vec<Point>, String> = ring.iter().map(point).collect();
    Ok(Polygon::new(corners?).map_err(|why| why.to_string())?.into())
}

fn point(position: &Position) -> Result<Point, String> {
    let [lon, lat, ..] = position.as_slice() else { return Err("a position has two numbers".to_owned()) };
    let lon = if lon.abs() <= 540.0 && lon.abs() > 180.0 { turn(*lon) } else { *lon };
    Point::new(*lat, lon).map_err(|why| why.to_string())
}

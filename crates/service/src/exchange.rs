//! Regions from files and into files: GeoJSON for other programs, `.otrw` for the phones' apps.
//!
//! A file is read whole before anything of it is done. A region that is there already by its identifier is changed; one that is there by
//! name and shape is left as it is, so that reading a file twice makes nothing twice.

mod geojson;
mod otrw;

use crate::{Error, RegionDraft, Service, request::some_admin};
use domain::{Details, Region, RegionId, Viewer, live::Snapshot};
use geodesy::Area;
use serde_json::Value;

/// How many regions one file may have.
const MOST: usize = 1000;

/// What a file of regions is written in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RegionFormat {
    /// A `FeatureCollection`; a circle is a point with the property `radius_m`.
    GeoJson,
    /// What the apps of `OwnTracks` read: circles alone.
    Otrw,
}

/// What became of a file.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Imported {
    /// Regions that are new.
    pub made: u32,
    /// Regions that were there and are different now.
    pub changed: u32,
    /// Regions that were there already just so.
    pub unchanged: u32,
    /// What was no region: beacons, and places that follow a phone.
    pub left_out: u32,
}

/// A region as a file has it.
struct Found {
    /// The region that is meant, if it is there.
    id: Option<RegionId>,
    name: String,
    area: Area,
    /// What the file says of it; `None` for nothing.
    details: Option<Details>,
}

impl Service {
    /// The regions that the viewer may see, as a file.
    pub fn export_regions(&self, viewer: &Viewer, format: RegionFormat) -> Vec<u8> {
        let Snapshot { regions, friends, .. } = self.snapshot(viewer);
        match format {
            RegionFormat::GeoJson => geojson::write(&regions, &friends),
            RegionFormat::Otrw => otrw::write(&regions),
        }
    }

    /// Draws the regions of a file, GeoJSON or `.otrw`; which, the file itself says.
    ///
    /// # Errors
    /// [`Error::Forbidden`] unless an admin; [`Error::Invalid`] for `file`, with the number of the region that will not do. Nothing is
    /// done then.
    pub async fn import_regions(&self, by: &Viewer, file: &[u8]) -> Result<Imported, Error> {
        some_admin(by)?;
        let Snapshot { mut regions, friends, .. } = self.snapshot(by);
        regions.retain(|region| by.administers(region.group));
        let mut imported = Imported::default();
        let json: Value = serde_json::from_slice(file)
            .map_err(|why| Error::invalid("file", format!("must be GeoJSON or .otrw: {why}")))?;
        let found = if json.get("_type").is_some() || json.get("waypoints").is_some() {
            otrw::read(&json, &regions, &mut imported.left_out)?
        } else {
            geojson::read(json, &regions, &friends)?
        };
        if found.len() > MOST {
            return Err(Error::invalid("file", format!("must have at most {MOST} regions")));
        }
        for (index, found) in found.iter().enumerate() {
            domain::Name::new(&found.name)
                .map_err(|why| wrong(index, &found.name, &format!("name {why}")))?;
            if let Some(details) = &found.details {
                let group = match found.id.and_then(|id| regions.iter().find(|known| known.id == id)) {
                    Some(known) => known.group,
                    None => self.group_for(by, None).await?,
                };
                let checked = self.check_details(group, details.clone());
                checked.map_err(|why| wrong(index, &found.name, &why.to_string()))?;
            }
        }
        let mut known = regions;
        for found in found {
            let same = |region: &&Region| match found.id {
                Some(id) => region.id == id,
                None => region.name.as_str() == found.name.trim() && alike(&region.area, &found.area),
            };
            let before = known.iter().find(same);
            let is_same = before.is_some_and(|before| {
                before.name.as_str() == found.name.trim()
                    && alike(&before.area, &found.area)
                    && found.details.as_ref().is_none_or(|details| *details == before.details)
            });
            if is_same {
                imported.unchanged += 1;
                continue;
            }
            let id = before.map(|before| before.id);
            let draft = RegionDraft { name: found.name, area: found.area, details: found.details };
            known.push(self.put_region(by, id, draft).await?);
            *(if id.is_some() { &mut imported.changed } else { &mut imported.made }) += 1;
        }
        Ok(imported)
    }
}

/// Why a region of a file will not do, in words that say which.
fn wrong(index: usize, name: &str, why: &str) -> Error {
    let named = if name.trim().is_empty() { String::new() } else { format!(" ({})", name.trim()) };
    Error::invalid("file", format!("will not do: region {}{named}: {why}", index + 1))
}

/// Whether two areas are the same but for what is lost on the way through a file.
fn alike(a: &Area, b: &Area) -> bool {
    const NEAR_M: f64 = 0.5;
    match (a, b) {
        (Area::Circle(a), Area::Circle(b)) => {
            a.centre().distance_m(b.centre()) < NEAR_M && (a.radius_m() - b.radius_m()).abs() < NEAR_M
        }
        (Area::Polygon(a), Area::Polygon(b)) => {
            let corners = |of: &geodesy::Polygon| of.points().to_vec();
            let (a, mut b) = (corners(a), corners(b));
            if a.len() != b.len() {
                return false;
            }
            let near = |b: &[geodesy::Point]| a.iter().zip(b).all(|(a, b)| a.distance_m(*b) < NEAR_M);
            near(&b) || {
                // Which way round does not matter; the first corner stays the first.
                b.get_mut(1..).unwrap_or_default().reverse();
                near(&b)
            }
        }
        (Area::Circle(_), Area::Polygon(_)) | (Area::Polygon(_), Area::Circle(_)) => false,
    }
}

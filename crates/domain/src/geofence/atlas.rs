//! The regions of a group, as they are and as they were, and which of them are near a place.

use crate::{Region, RegionId, Timestamp};
use geodesy::{BoundingBox, Point};
use rstar::{
    AABB, RTree,
    primitives::{GeomWithData, Rectangle},
};
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};
use uuid::Uuid;

/// The regions of a group in all their versions. A clone costs nothing; changing one that has clones copies it.
///
/// A version holds from its [`Region::changed_at`] until the next one or its removal, against the time at which evidence was
/// *taken*. The first one holds also for what was taken before the region was drawn and *arrived* after: a phone that had no
/// network. What had arrived by then is never judged by it.
#[derive(Clone, Debug, Default)]
pub struct Atlas(Arc<Pages>);

#[derive(Clone, Debug, Default)]
struct Pages {
    /// Oldest first.
    versions: BTreeMap<RegionId, Vec<Version>>,
    /// Everything that ever changed.
    changes: BTreeSet<(Timestamp, RegionId)>,
    boxes: RTree<Plate>,
}

/// From when on a region was so; `None` where it was removed.
type Version = (Timestamp, Option<Arc<Region>>);

/// The box round one version, in degrees; one that crosses the antimeridian is two.
type Plate = GeomWithData<Rectangle<[f64; 2]>, (RegionId, Timestamp)>;

impl Atlas {
    /// All these versions of regions, in any order, none of them removed.
    pub fn new(versions: impl IntoIterator<Item = Region>) -> Self {
        let mut pages = Pages::default();
        let mut plates = Vec::new();
        for region in versions {
            let region = Arc::new(region);
            plates.extend(plates_of(&region));
            let at = region.changed_at;
            pages.note(region.id, at, Some(region));
        }
        // A version that took the place of another of the same moment leaves a plate of the other: found in vain, never wrongly.
        pages.boxes = RTree::bulk_load(plates);
        Self(Arc::new(pages))
    }

    /// The regions of others, each as they were from one moment until another, oldest first: of groups that somebody was of at these times. To
    /// them a region that was there already is drawn when their time begins, and removed when it ends.
    pub fn bound<'a>(parts: impl IntoIterator<Item = (&'a Self, Timestamp, Option<Timestamp>)>) -> Self {
        let (mut pages, mut plates) = (Pages::default(), Vec::new());
        for (atlas, since, until) in parts {
            for (id, versions) in &atlas.0.versions {
                let begun = versions.partition_point(|(from, _)| *from <= since).saturating_sub(1);
                for (from, version) in versions.iter().skip(begun) {
                    let at = since.max(*from);
                    if until.is_some_and(|until| until <= at) {
                        break;
                    }
                    if let Some(region) = version {
                        let region = Arc::new(Region { changed_at: at, ..region.as_ref().clone() });
                        plates.extend(plates_of(&region));
                        pages.note(*id, at, Some(region));
                    } else if pages.is_there(*id) {
                        pages.note(*id, at, None);
                    }
                }
                if let Some(until) = until.filter(|_| pages.is_there(*id)) {
                    pages.note(*id, until, None);
                }
            }
        }
        pages.boxes = RTree::bulk_load(plates);
        Self(Arc::new(pages))
    }

    /// Takes up a version, which holds from its [`Region::changed_at`].
    pub fn put(&mut self, region: Region) {
        let region = Arc::new(region);
        let pages = Arc::make_mut(&mut self.0);
        for plate in plates_of(&region) {
            pages.boxes.insert(plate);
        }
        let at = region.changed_at;
        pages.note(region.id, at, Some(region));
    }

    /// Notes that a region is no more, from that moment on.
    pub fn remove(&mut self, region: RegionId, at: Timestamp) {
        if self.get(region).is_some() {
            Arc::make_mut(&mut self.0).note(region, at, None);
        }
    }

    /// The regions that there are now, in the order of their identifiers.
    pub fn current(&self) -> impl Iterator<Item = &Region> {
        self.0.versions.values().filter_map(|versions| versions.last()?.1.as_deref())
    }

    /// A region as it is now.
    pub fn get(&self, region: RegionId) -> Option<&Region> {
        self.0.versions.get(&region)?.last()?.1.as_deref()
    }

    /// When a region changed last, or was removed.
    pub fn last_change(&self, region: RegionId) -> Option<Timestamp> {
        self.0.versions.get(&region)?.last().map(|(at, _)| *at)
    }

    /// A region as it was at a moment; before it was drawn, as it was first.
    pub fn at(&self, region: RegionId, at: Timestamp) -> Option<&Region> {
        self.0.at(region, at).map(|(_, region)| region)
    }

    /// The region that something taken at a moment, and arrived at another, is judged by.
    pub(super) fn seen(&self, region: RegionId, when: When) -> Option<&Region> {
        let (drawn_at, _) = self.0.versions.get(&region)?.first()?;
        (*drawn_at <= when.known_at).then(|| self.at(region, when.at)).flatten()
    }

    /// The regions one can be in, or be thought to be in, at that moment at most so many metres from a point, each once, in the
    /// order of their identifiers. Perhaps a few others.
    pub(super) fn near(&self, point: Point, reach_m: f64, when: When) -> BTreeMap<RegionId, &Region> {
        let bounds = BoundingBox::of_point(point);
        let bounds = if reach_m > 0.0 { BoundingBox::around(point, reach_m) } else { bounds };
        let mut found = BTreeMap::new();
        for (west, east) in spans(bounds) {
            let window = AABB::from_corners([west, bounds.south], [east, bounds.north]);
            for plate in self.0.boxes.locate_in_envelope_intersecting(&window) {
                let (id, from) = plate.data;
                let region = self.seen(id, when).filter(|region| region.changed_at == from);
                found.extend(region.map(|region| (id, region)));
            }
        }
        found
    }

    /// Whether anything changed from one moment until another.
    pub(super) fn has_changed(&self, from: Timestamp, until: Timestamp) -> bool {
        from <= until
            && self
                .0
                .changes
                .range((from, RegionId::new(Uuid::nil()))..)
                .next()
                .is_some_and(|(at, _)| *at <= until)
    }

    /// Whether a region got another shape, went or came back, after one moment and until another.
    pub(super) fn is_redrawn(&self, region: RegionId, after: Timestamp, until: Timestamp) -> bool {
        let Some(versions) = self.0.versions.get(&region) else { return false };
        let pairs = versions.iter().zip(versions.iter().skip(1));
        pairs.into_iter().any(|((_, before), (from, version))| {
            let area = |version: &Option<Arc<Region>>| version.as_deref().map(|region| region.area.clone());
            after < *from && *from <= until && area(before) != area(version)
        })
    }

    /// Whether a region was drawn for the first time from one moment until another.
    pub(super) fn is_any_drawn(&self, from: Timestamp, until: Timestamp) -> bool {
        let changes = self.0.changes.range((from, RegionId::new(Uuid::nil()))..);
        changes.take_while(|(at, _)| *at <= until).any(|(at, id)| self.drawn_at(*id) == Some(*at))
    }

    /// When a region was first drawn.
    pub(super) fn drawn_at(&self, region: RegionId) -> Option<Timestamp> {
        Some(self.0.versions.get(&region)?.first()?.0)
    }
}

impl PartialEq for Atlas {
    fn eq(&self, other: &Self) -> bool {
        self.0.versions == other.0.versions
    }
}

/// When evidence was taken, and by when the server had it.
#[derive(Clone, Copy, Debug)]
pub(super) struct When {
    pub(super) at: Timestamp,
    pub(super) known_at: Timestamp,
}

impl Pages {
    /// Notes a version, or that there is none, from a moment on. Of one moment the later note holds.
    fn note(&mut self, id: RegionId, at: Timestamp, region: Option<Arc<Region>>) {
        let versions = self.versions.entry(id).or_default();
        match versions.binary_search_by_key(&at, |(from, _)| *from) {
            Ok(place) => {
                if let Some(version) = versions.get_mut(place) {
                    version.1 = region;
                }
            }
            Err(place) => versions.insert(place, (at, region)),
        }
        self.changes.insert((at, id));
    }

    /// Whether a region is there after everything that was noted.
    fn is_there(&self, id: RegionId) -> bool {
        self.versions.get(&id).and_then(|versions| versions.last()).is_some_and(|(_, last)| last.is_some())
    }

    fn at(&self, id: RegionId, at: Timestamp) -> Option<(Timestamp, &Region)> {
        let versions = self.versions.get(&id)?;
        let later = versions.partition_point(|(from, _)| *from <= at);
        let (from, region) = versions.get(later.saturating_sub(1))?;
        Some((*from, region.as_deref()?))
    }
}

fn plates_of(region: &Region) -> impl Iterator<Item = Plate> + use<> {
    let bounds = region.area.bounding_box();
    let data = (region.id, region.changed_at);
    spans(bounds).map(move |(west, east)| {
        Plate::new(Rectangle::from_corners([west, bounds.south], [east, bounds.north]), data)
    })
}

/// From which longitudes to which a box reaches. At a pole it is every longitude; the antimeridian has two names.
fn spans(bounds: BoundingBox) -> impl Iterator<Item = (f64, f64)> {
    let at_pole = bounds.north >= 90.0 || bounds.south <= -90.0;
    let (first, second) = if at_pole {
        ((-180.0, 180.0), None)
    } else if bounds.crosses_antimeridian() {
        ((bounds.west, 180.0), Some((-180.0, bounds.east)))
    } else if bounds.east >= 180.0 {
        ((bounds.west, 180.0), Some((-180.0, -180.0)))
    } else if bounds.west <= -180.0 {
        ((-180.0, bounds.east), Some((180.0, 180.0)))
    } else {
        ((bounds.west, bounds.east), None)
    };
    std::iter::once(first).chain(second)
}

//! Which region a phone means: by `rid`, else by `tst`, else by name. The only place that decides it.
//!
//! Whoever has one of the first two was given it. A name anybody can guess: by it a phone means only what its owner may know of, else
//! it could be asked for the names of hidden regions.

use super::{plain, tst_s};
use crate::{Region, RegionId, fold};
use geodesy::{Area, Circle};
use std::collections::{BTreeSet, HashMap};

/// What a phone calls a place: any of its keys.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Meant<'a> {
    /// The identifier, of apps that have one.
    pub rid: Option<&'a str>,
    /// When it was made, seconds since 1970.
    pub tst_s: Option<i64>,
    /// Its name, however it is written.
    pub name: Option<&'a str>,
}

/// A circle round a polygon that is wider is not given to phones, metres: they would be said to be there for half a day.
const WIDEST_M: f64 = 20_000.0;

/// The regions of a group by what phones may call them.
#[derive(Clone, Debug, Default)]
pub struct RegionKeys {
    names: HashMap<RegionId, [String; 2]>,
    circles: HashMap<RegionId, Circle>,
    by_tst: HashMap<i64, RegionId>,
    by_name: HashMap<String, BTreeSet<RegionId>>,
}

impl RegionKeys {
    /// Takes up a region, new or renamed.
    pub fn put(&mut self, region: &Region) {
        self.remove(region.id);
        self.by_tst.insert(tst_s(region.id), region.id);
        let names = [region.name.key(), fold(&plain(region.name.as_str()))];
        for name in &names {
            self.by_name.entry(name.clone()).or_default().insert(region.id);
        }
        self.names.insert(region.id, names);
        let circle = match &region.area {
            Area::Circle(circle) => Some(circle.clone()),
            Area::Polygon(polygon) => polygon
                .enclosing_circle()
                .as_ref()
                .and_then(whole)
                .filter(|circle| circle.radius_m() <= WIDEST_M),
        };
        self.circles.extend(circle.map(|circle| (region.id, circle)));
    }

    /// Forgets a region.
    pub fn remove(&mut self, region: RegionId) {
        let Some(names) = self.names.remove(&region) else { return };
        self.circles.remove(&region);
        if self.by_tst.get(&tst_s(region)) == Some(&region) {
            self.by_tst.remove(&tst_s(region));
        }
        for name in &names {
            if let Some(same) = self.by_name.get_mut(name) {
                same.remove(&region);
                if same.is_empty() {
                    self.by_name.remove(name);
                }
            }
        }
    }

    /// Which region a phone means. A key that is nobody's says nothing, and the next one is asked. `knows`: which regions the owner of
    /// the phone may know of.
    pub fn meant(&self, meant: Meant<'_>, knows: impl Fn(RegionId) -> bool) -> Option<RegionId> {
        self.given(meant).or_else(|| self.named(meant.name?, knows))
    }

    /// The same by the keys alone that a phone is given.
    pub fn given(&self, meant: Meant<'_>) -> Option<RegionId> {
        let by_rid = || meant.rid?.parse().ok().filter(|id| self.names.contains_key(id));
        let by_tst = || self.by_tst.get(&meant.tst_s?).copied();
        by_rid().or_else(by_tst)
    }

    /// The circle as which phones watch a region: itself, or the one round a polygon, in whole metres. `None` for what is too wide.
    pub fn circle_on_phones(&self, region: RegionId) -> Option<&Circle> {
        self.circles.get(&region)
    }

    /// Whether a region that is to be made would have the `tst` of another.
    pub fn is_taken(&self, region: RegionId) -> bool {
        self.by_tst.contains_key(&tst_s(region))
    }

    /// What a region is called on phones of those who know these: its name, and of several with one name all but the first a number, for
    /// on iOS the last of one name is the only one.
    pub fn name_on_phones(&self, region: &Region, knows: impl Fn(RegionId) -> bool) -> String {
        let plain = plain(region.name.as_str());
        let before = self.by_name.get(&fold(&plain)).map_or(0, |same| {
            same.iter().take_while(|id| **id != region.id).filter(|id| knows(**id)).count()
        });
        if before == 0 { plain } else { format!("{plain} ({})", before + 1) }
    }

    fn named(&self, name: &str, knows: impl Fn(RegionId) -> bool) -> Option<RegionId> {
        let key = fold(name);
        let called = |key: &str| self.by_name.get(key).into_iter().flatten().copied().filter(|id| knows(*id));
        if let Some(first) = called(&key).next() {
            return Some(first);
        }
        let (key, number) = key.strip_suffix(')')?.rsplit_once(" (")?;
        let before = number.parse::<usize>().ok()?.checked_sub(1)?;
        called(key).nth(before)
    }
}

/// A circle in whole metres, as apps count, that holds the same.
fn whole(circle: &Circle) -> Option<Circle> {
    Circle::new(circle.centre(), circle.radius_m().ceil()).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Details, GroupId, Name, Timestamp};
    use geodesy::{Circle, Point};
    use uuid::Uuid;

    fn region(number: u128, name: &str) -> Region {
        let centre = Point::new(48.2, 16.37).expect("is a point");
        Region {
            id: RegionId::new(Uuid::from_u128(number)),
            group: GroupId::new(Uuid::nil()),
            name: Name::new(name).expect("is a name"),
            area: Circle::new(centre, 100.0).expect("is a circle").into(),
            demo: false,
            changed_at: Timestamp::from_millis(0),
            details: Details::default(),
        }
    }

    fn keys(regions: &[Region]) -> RegionKeys {
        let mut keys = RegionKeys::default();
        for region in regions {
            keys.put(region);
        }
        keys
    }

    fn meant(keys: &RegionKeys, rid: Option<&str>, tst_s: Option<i64>, name: Option<&str>) -> Option<u128> {
        Some(keys.meant(Meant { rid, tst_s, name }, |_| true)?.uuid().as_u128())
    }

    #[test]
    fn a_phone_means_a_region_by_rid_else_by_tst_else_by_name() {
        let known = [region(1, "Home"), region(2, "Work"), region(3, "School")];
        let keys = keys(&known);
        let (rid, tst) = (super::super::rid(known[0].id), tst_s(known[1].id));
        assert_eq!(meant(&keys, Some(&rid), Some(tst), Some("school")), Some(1));
        assert_eq!(meant(&keys, Some(&rid.to_uppercase()), None, None), Some(1));
        assert_eq!(meant(&keys, Some("6da9cf"), Some(tst), Some("School")), Some(2));
        assert_eq!(meant(&keys, Some("6da9cf"), Some(1_600_000_000), Some("SCHOOL ")), Some(3));
        assert_eq!(meant(&keys, None, Some(1_600_000_000), Some("Elsewhere")), None);
        assert_eq!(meant(&keys, Some(&super::super::rid(region(9, "x").id)), None, None), None);
    }

    #[test]
    fn several_regions_of_one_name_are_numbered_on_phones_and_told_apart_by_that() {
        let mut known = [region(5, "Home"), region(4, "home"), region(6, "+Home")];
        let mut keys = keys(&known);
        let names = known.each_ref().map(|region| keys.name_on_phones(region, |_| true));
        assert_eq!(names, ["Home (2)", "home", "Home (3)"]);
        for (region, name) in known.iter().zip(&names) {
            assert_eq!(meant(&keys, None, None, Some(name)), Some(region.id.uuid().as_u128()), "{name}");
        }
        known[1].name = Name::new("Work").expect("is a name");
        keys.put(&known[1]);
        assert_eq!(keys.name_on_phones(&known[0], |_| true), "Home");
        keys.remove(known[0].id);
        assert_eq!(meant(&keys, None, None, Some("home")), Some(6));
        assert_eq!(meant(&keys, None, Some(tst_s(known[0].id)), None), None);
        assert_eq!(keys.name_on_phones(&known[2], |_| true), "Home");
    }
    #[test]
    fn by_a_name_a_phone_means_only_what_its_owner_may_know_of() {
        let all = [region(4, "Home"), region(5, "Home"), region(6, "Vault")];
        let keys = keys(&all);
        let knows = |id: RegionId| id == all[1].id;
        let by = |meant: Meant<'_>| keys.meant(meant, knows).map(|id| id.uuid().as_u128());
        let name = |name| Meant { name: Some(name), ..Meant::default() };
        assert_eq!(keys.name_on_phones(&all[1], knows), "Home", "a number would tell of the other");
        assert_eq!((by(name("home")), by(name("Home (2)")), by(name("Vault"))), (Some(5), None, None));
        let tst_s = Some(tst_s(all[2].id));
        assert_eq!(
            by(Meant { tst_s, name: Some("Vault"), rid: None }),
            Some(6),
            "it was given to the phone once"
        );
    }

    #[test]
    fn a_polygon_is_a_circle_on_phones_unless_it_is_too_wide() {
        let mut square = region(1, "Park");
        let home = Point::new(48.2, 16.37).expect("is a point");
        let mut circle = |reach_m| {
            let corners =
                [45.0, 135.0, 225.0, 315.0].map(|bearing| home.destination(bearing, reach_m)).to_vec();
            square.area = Area::Polygon(geodesy::Polygon::new(corners).expect("is a polygon"));
            let keys = keys(std::slice::from_ref(&square));
            keys.circle_on_phones(square.id).map(Circle::radius_m)
        };
        assert_eq!(circle(339.5), Some(340.0));
        assert_eq!(circle(25_000.0), None);
    }
}

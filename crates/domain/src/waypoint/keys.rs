//! Which region a phone means: by `rid`, else by `tst`, else by name. The only place that decides it.
//!
//! A phone means regions of the groups of its owner alone. Whoever has one of the first two keys was given it. A name anybody can guess: by
//! it a phone means only what its owner may know of, else it could be asked for the names of hidden regions. Groups that share nothing
//! but one friend may have regions of one name: then that of the friend's home group comes first.

use super::{plain, tst_s};
use crate::{GroupId, Memberships, Region, RegionId, fold};
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

/// The regions of all groups by what phones may call them. Which of them one phone can mean says [`RegionKeys::of`].
#[derive(Clone, Debug, Default)]
pub struct RegionKeys {
    known: HashMap<RegionId, Keyed>,
    by_tst: HashMap<i64, RegionId>,
    by_name: HashMap<GroupId, HashMap<String, BTreeSet<RegionId>>>,
}

/// A region by its keys.
#[derive(Clone, Debug)]
struct Keyed {
    group: GroupId,
    names: [String; 2],
    circle: Option<Circle>,
}

/// The regions of the groups of somebody by what their phones may call them.
#[derive(Clone, Copy, Debug)]
pub struct KeysOf<'k> {
    keys: &'k RegionKeys,
    of: &'k Memberships,
}

impl RegionKeys {
    /// Takes up a region, new or renamed.
    pub fn put(&mut self, region: &Region) {
        self.remove(region.id);
        self.by_tst.insert(tst_s(region.id), region.id);
        let names = [region.name.key(), fold(&plain(region.name.as_str()))];
        let by_name = self.by_name.entry(region.group).or_default();
        for name in &names {
            by_name.entry(name.clone()).or_default().insert(region.id);
        }
        let circle = match &region.area {
            Area::Circle(circle) => Some(circle.clone()),
            Area::Polygon(polygon) => polygon
                .enclosing_circle()
                .as_ref()
                .and_then(whole)
                .filter(|circle| circle.radius_m() <= WIDEST_M),
        };
        self.known.insert(region.id, Keyed { group: region.group, names, circle });
    }

    /// Forgets a region.
    pub fn remove(&mut self, region: RegionId) {
        let Some(Keyed { group, names, .. }) = self.known.remove(&region) else { return };
        if self.by_tst.get(&tst_s(region)) == Some(&region) {
            self.by_tst.remove(&tst_s(region));
        }
        let Some(by_name) = self.by_name.get_mut(&group) else { return };
        for name in &names {
            if let Some(same) = by_name.get_mut(name) {
                same.remove(&region);
                if same.is_empty() {
                    by_name.remove(name);
                }
            }
        }
    }

    /// Those that a phone can mean whose owner is of these groups, the home group first.
    pub const fn of<'k>(&'k self, of: &'k Memberships) -> KeysOf<'k> {
        KeysOf { keys: self, of }
    }

    /// The circle as which phones watch a region: itself, or the one round a polygon, in whole metres. `None` for what is too wide.
    pub fn circle_on_phones(&self, region: RegionId) -> Option<&Circle> {
        self.known.get(&region)?.circle.as_ref()
    }

    /// Whether a region that is to be made would have the `tst` of another.
    pub fn is_taken(&self, region: RegionId) -> bool {
        self.by_tst.contains_key(&tst_s(region))
    }
}

impl KeysOf<'_> {
    /// Which region a phone means. A key that is nobody's says nothing, and the next one is asked. `knows`: which regions the owner of
    /// the phone may know of.
    pub fn meant(&self, meant: Meant<'_>, knows: impl Fn(RegionId) -> bool) -> Option<RegionId> {
        self.given(meant).or_else(|| self.named(meant.name?, knows))
    }

    /// The same by the keys alone that a phone is given. Those of a group that its owner is not of, or no more, are nobody's.
    pub fn given(&self, meant: Meant<'_>) -> Option<RegionId> {
        let is_theirs =
            |id: &RegionId| self.keys.known.get(id).is_some_and(|known| self.of.is_of(known.group));
        let by_rid = || meant.rid?.parse().ok().filter(is_theirs);
        let by_tst = || self.keys.by_tst.get(&meant.tst_s?).copied().filter(is_theirs);
        by_rid().or_else(by_tst)
    }

    /// The circle as which phones watch a region; see [`RegionKeys::circle_on_phones`].
    pub fn circle_on_phones(&self, region: RegionId) -> Option<&Circle> {
        self.keys.circle_on_phones(region)
    }

    /// What a region is called on phones of those who know these: its name, and of several with one name all but the first a number, for
    /// on iOS the last of one name is the only one.
    pub fn name_on_phones(&self, region: &Region, knows: impl Fn(RegionId) -> bool) -> String {
        let plain = plain(region.name.as_str());
        let key = fold(&plain);
        let before = self.called(&key).take_while(|id| *id != region.id).filter(|id| knows(*id)).count();
        if before == 0 { plain } else { format!("{plain} ({})", before + 1) }
    }

    /// Those of that name, in the order in which phones number them: the home group's first.
    fn called(&self, key: &str) -> impl Iterator<Item = RegionId> {
        let in_group = |group| self.keys.by_name.get(&group).and_then(|by_name| by_name.get(key));
        self.of.groups().filter_map(in_group).flatten().copied()
    }

    fn named(&self, name: &str, knows: impl Fn(RegionId) -> bool) -> Option<RegionId> {
        let key = fold(name);
        if let Some(first) = self.called(&key).find(|id| knows(*id)) {
            return Some(first);
        }
        let (key, number) = key.strip_suffix(')')?.rsplit_once(" (")?;
        let before = number.parse::<usize>().ok()?.checked_sub(1)?;
        self.called(key).filter(|id| knows(*id)).nth(before)
    }
}

/// A circle in whole metres, as apps count, that holds the same.
fn whole(circle: &Circle) -> Option<Circle> {
    Circle::new(circle.centre(), circle.radius_m().ceil()).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Details, Membership, Name, Role, Timestamp};
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

    fn group(number: u128) -> GroupId {
        GroupId::new(Uuid::from_u128(number))
    }

    /// Of these groups, the home group first.
    fn of(groups: &[u128]) -> Memberships {
        groups.iter().map(|number| Membership { group: group(*number), role: Role::Friend }).collect()
    }

    fn meant(keys: &RegionKeys, rid: Option<&str>, tst_s: Option<i64>, name: Option<&str>) -> Option<u128> {
        Some(keys.of(&of(&[0])).meant(Meant { rid, tst_s, name }, |_| true)?.uuid().as_u128())
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
        let names = known.each_ref().map(|region| keys.of(&of(&[0])).name_on_phones(region, |_| true));
        assert_eq!(names, ["Home (2)", "home", "Home (3)"]);
        for (region, name) in known.iter().zip(&names) {
            assert_eq!(meant(&keys, None, None, Some(name)), Some(region.id.uuid().as_u128()), "{name}");
        }
        known[1].name = Name::new("Work").expect("is a name");
        keys.put(&known[1]);
        assert_eq!(keys.of(&of(&[0])).name_on_phones(&known[0], |_| true), "Home");
        keys.remove(known[0].id);
        assert_eq!(meant(&keys, None, None, Some("home")), Some(6));
        assert_eq!(meant(&keys, None, Some(tst_s(known[0].id)), None), None);
        assert_eq!(keys.of(&of(&[0])).name_on_phones(&known[2], |_| true), "Home");
    }

    #[test]
    fn of_two_groups_the_home_group_has_the_name_and_leaving_takes_the_number_away() {
        let mut all = [region(4, "Home"), region(5, "home"), region(6, "Clubhouse")];
        (all[0].group, all[2].group) = (group(1), group(1));
        let keys = keys(&all);
        let both = [of(&[0, 1]), of(&[1, 0])];
        for (groups, names) in both.iter().zip([["Home (2)", "home"], ["Home", "home (2)"]]) {
            let theirs = keys.of(groups);
            assert_eq!([&all[0], &all[1]].map(|region| theirs.name_on_phones(region, |_| true)), names);
            for (region, name) in all.iter().zip(names) {
                let found = theirs.meant(Meant { name: Some(name), ..Meant::default() }, |_| true);
                assert_eq!(found, Some(region.id), "{name}");
            }
        }
        let (alone, rid) = (of(&[0]), super::super::rid(all[2].id));
        assert_eq!(keys.of(&alone).name_on_phones(&all[1], |_| true), "home");
        let (rid, tst_s, name) = (Some(rid.as_str()), Some(tst_s(all[2].id)), Some("Clubhouse"));
        for meant in [
            Meant { rid, ..Meant::default() },
            Meant { tst_s, ..Meant::default() },
            Meant { name, ..Meant::default() },
        ] {
            assert_eq!(keys.of(&alone).meant(meant, |_| true), None, "{meant:?}");
            assert_eq!(keys.of(&both[0]).meant(meant, |_| true), Some(all[2].id), "{meant:?}");
        }
    }

    #[test]
    fn by_a_name_a_phone_means_only_what_its_owner_may_know_of() {
        let all = [region(4, "Home"), region(5, "Home"), region(6, "Vault")];
        let keys = keys(&all);
        let knows = |id: RegionId| id == all[1].id;
        let by = |meant: Meant<'_>| keys.of(&of(&[0])).meant(meant, knows).map(|id| id.uuid().as_u128());
        let name = |name| Meant { name: Some(name), ..Meant::default() };
        assert_eq!(
            keys.of(&of(&[0])).name_on_phones(&all[1], knows),
            "Home",
            "a number would tell of the other"
        );
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

//! Which region a phone means: by `rid`, else by `tst`, else by name. The only place that decides it.

use super::{plain, tst_s};
use crate::{Region, RegionId, fold};
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

/// The regions of a group by what phones may call them.
#[derive(Clone, Debug, Default)]
pub struct RegionKeys {
    names: HashMap<RegionId, [String; 2]>,
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
    }

    /// Forgets a region.
    pub fn remove(&mut self, region: RegionId) {
        let Some(names) = self.names.remove(&region) else { return };
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

    /// Which region a phone means. A key that is nobody's says nothing, and the next one is asked.
    pub fn meant(&self, meant: Meant<'_>) -> Option<RegionId> {
        let by_rid = || meant.rid?.parse().ok().filter(|id| self.names.contains_key(id));
        let by_tst = || self.by_tst.get(&meant.tst_s?).copied();
        by_rid().or_else(by_tst).or_else(|| self.named(meant.name?))
    }

    /// Whether a region that is to be made would have the `tst` of another.
    pub fn is_taken(&self, region: RegionId) -> bool {
        self.by_tst.contains_key(&tst_s(region))
    }

    /// What a region is called on phones: its name, and of several with one name all but the first a number, for on iOS the last of
    /// one name is the only one.
    pub fn name_on_phones(&self, region: &Region) -> String {
        let plain = plain(region.name.as_str());
        let same = self.by_name.get(&fold(&plain));
        match same.and_then(|same| same.iter().position(|id| *id == region.id)) {
            None | Some(0) => plain,
            Some(before) => format!("{plain} ({})", before + 1),
        }
    }

    fn named(&self, name: &str) -> Option<RegionId> {
        let key = fold(name);
        if let Some(same) = self.by_name.get(&key) {
            return same.first().copied();
        }
        let (key, number) = key.strip_suffix(')')?.rsplit_once(" (")?;
        let before = number.parse::<usize>().ok()?.checked_sub(1)?;
        self.by_name.get(key)?.iter().nth(before).copied()
    }
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
        Some(keys.meant(Meant { rid, tst_s, name })?.uuid().as_u128())
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
        let names = known.each_ref().map(|region| keys.name_on_phones(region));
        assert_eq!(names, ["Home (2)", "home", "Home (3)"]);
        for (region, name) in known.iter().zip(&names) {
            assert_eq!(meant(&keys, None, None, Some(name)), Some(region.id.uuid().as_u128()), "{name}");
        }
        known[1].name = Name::new("Work").expect("is a name");
        keys.put(&known[1]);
        assert_eq!(keys.name_on_phones(&known[0]), "Home");
        keys.remove(known[0].id);
        assert_eq!(meant(&keys, None, None, Some("home")), Some(6));
        assert_eq!(meant(&keys, None, Some(tst_s(known[0].id)), None), None);
        assert_eq!(keys.name_on_phones(&known[2]), "Home");
    }
}

//! What phones are given of the regions: what they should hold, what they are told for that, and how far it has come.

use domain::{
    Details, Errand, GroupId, Membership, Memberships, Name, Region, RegionId, Role, Timestamp, fold,
    waypoint::{
        App, Given, Meant, Phone, Place, Plan, Receipt, RegionKeys, Sent, Switch, Waypoint, rid, tst_s,
    },
};
use geodesy::{Area, Circle, Point};
use proptest::{collection::vec, prelude::*};
use std::collections::{BTreeMap, BTreeSet};
use uuid::Uuid;

const THEN: Timestamp = Timestamp::from_millis(1_700_000_000_000);
const NOW: Timestamp = Timestamp::from_millis(1_700_000_100_000);

fn region(number: u128, north_m: f64) -> Region {
    let home = Point::new(48.2, 16.37).expect("is a point");
    Region {
        id: RegionId::new(Uuid::from_u128(number)),
        group: GroupId::new(Uuid::nil()),
        name: Name::new(&format!("Region {number}")).expect("is a name"),
        area: Circle::new(home.destination(0.0, north_m), 100.0).expect("is a circle").into(),
        demo: false,
        changed_at: THEN,
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

fn given(region: &Region) -> Given {
    let Area::Circle(circle) = &region.area else { unreachable!("all are circles") };
    Given { region: region.id, name: region.name.to_string(), circle: circle.clone() }
}

fn waypoint(region: &Region, seen_at: Timestamp) -> (String, Waypoint) {
    let Given { name, circle, .. } = given(region);
    let position = Some((circle.centre().lat(), circle.centre().lon()));
    let key = rid(region.id);
    let known = Waypoint {
        rid: Some(key.clone()),
        made_at: None,
        name,
        position,
        radius_m: Some(100.0),
        seen_at,
        gone_at: None,
    };
    (key, known)
}

/// What a phone was given so far, and what it said that it has.
#[derive(Default)]
struct Pocket {
    app: Option<App>,
    known: BTreeMap<String, Waypoint>,
    listed_at: Option<Timestamp>,
    sent: BTreeMap<RegionId, Sent>,
    at: Option<Point>,
}

impl Pocket {
    fn with(app: App, regions: &[Region]) -> Self {
        let sent =
            regions.iter().map(|region| (region.id, Sent::next(None, Some(given(region)), THEN, false)));
        Self { app: Some(app), sent: sent.collect(), ..Self::default() }
    }

    fn phone(&self) -> Phone<'_> {
        let Self { app, known, listed_at, sent, at } = self;
        Phone { app: *app, known, listed_at: *listed_at, sent, at: *at }
    }

    fn sent_of(&mut self, region: &Region) -> &mut Sent {
        self.sent.get_mut(&region.id).expect("was told")
    }

    fn own(&mut self, name: &str, north_m: f64, radius_m: f64) {
        let mut known = waypoint(&region(99, north_m), THEN).1;
        (known.rid, known.made_at) = (None, Some(Timestamp::from_millis(1_500_000_000_000)));
        (known.name, known.radius_m) = (name.to_owned(), Some(radius_m));
        self.known.insert(name.to_owned(), known);
    }
}

fn plan(pocket: &Pocket, regions: &[Region]) -> Plan {
    let wanted = pocket.phone().wanted(regions, keys(regions).of(&of(&[0])), |_| true);
    pocket.phone().plan(&wanted, THEN.plus_millis(30_000))
}

#[test]
fn a_phone_is_told_what_is_new_and_nothing_twice() {
    let mut regions = vec![region(1, 0.0), region(2, 1000.0)];
    let mut pocket = Pocket::default();
    let all = regions.iter().map(given).map(Place::Region).collect();
    assert_eq!(plan(&pocket, &regions).errands, [Errand::Keep(all)]);
    pocket = Pocket::with(App::Ios, &regions);
    assert_eq!(plan(&pocket, &regions), Plan::default());
    regions[1].name = Name::new("Elsewhere").expect("is a name");
    assert_eq!(plan(&pocket, &regions).errands, [Errand::Keep(vec![Place::Region(given(&regions[1]))])]);
}

#[test]
fn each_app_is_told_in_its_own_way_to_forget_a_region() {
    let all = [region(1, 0.0), region(2, 1000.0)];
    let (rest, gone) = (&all[..1], &all[1]);
    let mut ios = Pocket::with(App::Ios, &all);
    ios.known.extend([waypoint(gone, THEN)]);
    let place = Place::Gone { region: gone.id, name: gone.name.to_string() };
    assert_eq!(plan(&ios, rest).errands, [Errand::Keep(vec![place])]);

    let mut android = Pocket::with(App::Android, &all);
    android.own("Den", 5000.0, 80.0);
    let unsure = plan(&android, rest);
    assert_eq!(
        (unsure.errands, unsure.unknown),
        (vec![], Some(Errand::Waypoints)),
        "what else does it keep?"
    );
    android.listed_at = Some(THEN);
    let told = plan(&android, rest).errands;
    let [Errand::Forget, Errand::Keep(places)] = &told[..] else { panic!("{told:?}") };
    assert_eq!(places.len(), 2);
    assert!(matches!(&places[1], Place::Own { name, .. } if name == "Den"), "{places:?}");
    android.own("Beacon", 6000.0, 0.0);
    assert_eq!(plan(&android, rest).errands, [], "what cannot be given back is not cleared");

    let nobody = Pocket { app: None, ..Pocket::with(App::Ios, &all) };
    assert_eq!(plan(&nobody, rest), Plan { unknown: Some(Errand::Status), ..Plan::default() });
}

#[test]
fn what_a_phone_does_not_have_it_is_not_told_to_forget() {
    let all = [region(1, 0.0), region(2, 1000.0)];
    let mut ios = Pocket::with(App::Ios, &all);
    ios.known.extend([waypoint(&all[0], NOW)]);
    ios.listed_at = Some(NOW);
    assert_eq!(plan(&ios, &all[..1]), Plan { absent: vec![all[1].id], ..Plan::default() });
}

#[test]
fn of_many_regions_the_nearest_are_held_and_a_few_steps_change_nothing() {
    let all: Vec<Region> =
        (1..=30_u32).map(|number| region(number.into(), 1000.0 * f64::from(number))).collect();
    let home = Point::new(48.2, 16.37).expect("is a point");
    let mut pocket = Pocket { at: Some(home), ..Pocket::default() };
    let numbers = |pocket: &Pocket| {
        let wanted = pocket.phone().wanted(&all, keys(&all).of(&of(&[0])), |_| true);
        let numbers = wanted.iter().map(|given| given.region.uuid().as_u128());
        (wanted.len(), numbers.clone().min(), numbers.max())
    };
    assert_eq!(numbers(&pocket), (18, Some(1), Some(18)));
    pocket = Pocket { at: pocket.at, ..Pocket::with(App::Ios, &all[..18]) };
    pocket.at = Some(home.destination(0.0, 8000.0));
    assert_eq!(numbers(&pocket), (18, Some(1), Some(18)));
    pocket.at = Some(home.destination(0.0, 20_100.0));
    assert_eq!(numbers(&pocket), (18, Some(12), Some(29)));
    pocket.app = Some(App::Android);
    assert_eq!(numbers(&pocket).0, 30);
}

#[test]
fn a_receipt_says_what_the_phone_said_since() {
    let home = region(1, 0.0);
    let wanted = given(&home);
    let mut pocket = Pocket::default();
    let receipt = |pocket: &Pocket| pocket.phone().receipt(&wanted, None);
    assert_eq!(receipt(&pocket), Receipt::Pending);
    pocket = Pocket::with(App::Ios, std::slice::from_ref(&home));
    assert_eq!(receipt(&pocket), Receipt::Sent(THEN, 1));
    assert_eq!(pocket.phone().receipt(&wanted, Some(NOW)), Receipt::Refused(NOW, Switch::Commands));
    pocket.known.extend([waypoint(&home, NOW)]);
    pocket.listed_at = Some(NOW);
    assert_eq!(receipt(&pocket), Receipt::Confirmed(NOW));
    pocket.sent_of(&home).confirmed_at = Some(NOW);
    let later = NOW.plus_millis(60_000);
    for known in pocket.known.values_mut() {
        (known.radius_m, known.seen_at) = (Some(150.0), later);
    }
    assert_eq!(receipt(&pocket), Receipt::Drifted(later), "its owner changed it");
    for known in pocket.known.values_mut() {
        known.gone_at = Some(later);
    }
    assert_eq!(receipt(&pocket), Receipt::Drifted(later), "or took it away");
    assert_eq!(plan(&pocket, std::slice::from_ref(&home)), Plan::default(), "and that is left so");
    assert_eq!(pocket.phone().farewell(home.id), Some(Receipt::Leaving));
    pocket.known.values_mut().for_each(|known| known.gone_at = None);
    let gone = Sent::next(pocket.sent.get(&home.id), None, NOW, false);
    pocket.sent.insert(home.id, gone);
    assert_eq!(pocket.phone().farewell(home.id), Some(Receipt::Drifted(later)), "it is still there");
}

#[test]
fn what_may_not_have_arrived_is_told_again_a_few_times_and_what_is_confirmed_never() {
    let home = region(1, 0.0);
    let (wanted, all) = (given(&home), std::slice::from_ref(&home));
    let mut pocket = Pocket::with(App::Android, all);
    let mut told_s = Vec::new();
    for second in (0..3 * 24 * 3600).step_by(30) {
        let now = THEN.plus_millis(second * 1000);
        if pocket.phone().plan(std::slice::from_ref(&wanted), now).errands.is_empty() {
            continue;
        }
        assert!(pocket.phone().is_any_due_again(now));
        told_s.push(second);
        let sent = Sent::next(pocket.sent.get(&home.id), Some(wanted.clone()), now, false);
        pocket.sent.insert(home.id, sent);
    }
    assert_eq!(told_s, [60, 660, 4260, 25_860, 112_260], "in farther and farther steps, and then no more");
    assert!(matches!(pocket.phone().receipt(&wanted, None), Receipt::Sent(_, 6)));

    let later = THEN.plus_millis(24 * 3_600_000);
    let mut heard = Pocket::with(App::Android, all);
    assert!(heard.phone().is_any_due_again(later));
    heard.sent_of(&home).confirmed_at = Some(NOW);
    assert!(!heard.phone().is_any_due_again(later));
    let mut arrived = Pocket::with(App::Android, all);
    arrived.sent_of(&home).arrived = true;
    assert!(!arrived.phone().is_any_due_again(later), "a broker was told that it got it");
    arrived.listed_at = Some(NOW);
    assert!(arrived.phone().is_any_due_again(later), "and yet it is not there");
}

#[test]
fn a_phone_that_never_lists_what_it_was_told_does_not_allow_it() {
    let home = region(1, 0.0);
    let (wanted, all) = (given(&home), std::slice::from_ref(&home));
    let mut pocket = Pocket::with(App::Ios, all);
    let mut now = THEN;
    for times in 1..=2 {
        now = now.plus_millis(120_000);
        pocket.listed_at = Some(now);
        assert!(matches!(pocket.phone().receipt(&wanted, None), Receipt::Sent(_, known) if known == times));
        assert_eq!(
            pocket.phone().plan(std::slice::from_ref(&wanted), now.plus_millis(120_000)).errands.len(),
            1
        );
        now = now.plus_millis(120_000);
        let sent = Sent::next(pocket.sent.get(&home.id), Some(wanted.clone()), now, false);
        pocket.sent.insert(home.id, sent);
    }
    pocket.listed_at = Some(now.plus_millis(1));
    let refused = Receipt::Refused(now.plus_millis(1), Switch::Configuration);
    assert_eq!(pocket.phone().receipt(&wanted, None), refused);
    assert!(!pocket.phone().is_any_due_again(now.plus_millis(7 * 24 * 3_600_000)));
}

#[test]
fn a_goodbye_that_was_lost_is_said_again_and_none_to_what_may_never_have_come() {
    let home = region(1, 0.0);
    let mut ios = Pocket::with(App::Ios, std::slice::from_ref(&home));
    assert_eq!(plan(&ios, &[]).unknown, Some(Errand::Waypoints), "iOS would make a place of it");
    ios.known.extend([waypoint(&home, THEN)]);
    let gone = [Errand::Keep(vec![Place::Gone { region: home.id, name: home.name.to_string() }])];
    assert_eq!(plan(&ios, &[]).errands, gone);
    let sent = Sent::next(ios.sent.get(&home.id), None, THEN.plus_millis(1), false);
    ios.sent.insert(home.id, sent);
    assert_eq!(plan(&ios, &[]), Plan::default());
    ios.known.extend([waypoint(&home, NOW)]);
    assert_eq!(plan(&ios, &[]).errands, gone, "it still lists it");
}

#[test]
fn speaking_of_a_region_by_its_key_confirms_it_unless_something_else_was_told_before() {
    let home = region(1, 0.0);
    let first = Sent::next(None, Some(given(&home)), THEN, false);
    assert!(first.is_confirmed_by_key(NOW) && !first.is_confirmed_by_key(THEN.plus_millis(-60_000)));
    let moved = Sent::next(Some(&first), Some(given(&region(1, 500.0))), THEN, false);
    assert!(!moved.is_confirmed_by_key(NOW), "it may mean the former place");
    assert!(first.is_confirmed_by(&waypoint(&home, NOW).1, NOW));
    assert!(!moved.is_confirmed_by(&waypoint(&home, NOW).1, NOW));
}

#[test]
fn a_region_that_its_owner_drew_there_is_not_given_to_a_phone() {
    let home = region(1, 0.0);
    let mut pocket = Pocket::default();
    pocket.own("Zuhause", 20.0, 120.0);
    assert!(pocket.phone().has_its_own(&home));
    assert_eq!(plan(&pocket, &[home]), Plan::default());
}

#[test]
fn a_phone_of_two_groups_holds_the_regions_of_both_and_forgets_those_of_one_that_is_left() {
    let mut all = [region(1, 0.0), region(2, 1000.0), region(3, 2000.0)];
    (all[0].group, all[1].group) = (group(1), group(2));
    let keys = keys(&all);
    let of_theirs = |of: &Memberships| all.iter().filter(|region| of.is_of(region.group)).cloned().collect();
    let (both, one): (Vec<Region>, Vec<Region>) = (of_theirs(&of(&[0, 1])), of_theirs(&of(&[0])));
    let pocket = Pocket::with(App::Ios, &both);
    let now = THEN.plus_millis(30_000);
    let plan = |of: &Memberships, regions: &[Region], pocket: &Pocket| {
        let wanted = pocket.phone().wanted(regions, keys.of(of), |_| true);
        pocket.phone().plan(&wanted, now)
    };
    assert_eq!(plan(&of(&[0, 1]), &both, &pocket), Plan::default());
    let mut left = pocket;
    left.known.extend([waypoint(&all[0], THEN)]);
    let gone = Place::Gone { region: all[0].id, name: all[0].name.to_string() };
    assert_eq!(plan(&of(&[0]), &one, &left).errands, [Errand::Keep(vec![gone])]);
}

/// Regions of three groups, with few names among them.
fn any_regions() -> impl Strategy<Value = Vec<(Region, bool)>> {
    let any = (0_u128..3, prop::sample::select(vec!["Home", "home", "+Home", "Work", "Wörk"]), any::<bool>());
    vec(any, 0..9).prop_map(|all| {
        let numbered = all.into_iter().zip(1_u128..);
        let region = |((of, name, is_known), number)| {
            let name = Name::new(name).expect("is a name");
            (Region { group: group(of), name, ..region(number, 0.0) }, is_known)
        };
        numbered.map(region).collect()
    })
}

/// Of some of the groups, in any order.
fn any_groups() -> impl Strategy<Value = Memberships> {
    (Just(vec![0_u128, 1, 2]).prop_shuffle(), 1_usize..=3).prop_map(|(all, count)| of(&all[..count]))
}

proptest! {
    #[test]
    fn a_phone_means_each_region_by_its_name_and_none_of_a_group_that_its_owner_is_not_of(
        all in any_regions(),
        of in any_groups(),
    ) {
        let regions: Vec<Region> = all.iter().map(|(region, _)| region.clone()).collect();
        let knows = |id: RegionId| all.iter().any(|(region, is_known)| region.id == id && *is_known);
        let keys = keys(&regions);
        let mut names = BTreeSet::new();
        for region in &regions {
            let key = rid(region.id);
            let (by_rid, by_tst) = (
                Meant { rid: Some(&key), ..Meant::default() },
                Meant { tst_s: Some(tst_s(region.id)), ..Meant::default() },
            );
            let expected = of.is_of(region.group).then_some(region.id);
            prop_assert_eq!(keys.of(&of).given(by_rid), expected);
            prop_assert_eq!(keys.of(&of).given(by_tst), expected);
            let by_name = Meant { name: Some(region.name.as_str()), ..Meant::default() };
            if let Some(found) = keys.of(&of).meant(by_name, knows) {
                let found = regions.iter().find(|region| region.id == found).expect("is there");
                prop_assert!(of.is_of(found.group) && knows(found.id));
            }
            if of.is_of(region.group) && knows(region.id) {
                let name = keys.of(&of).name_on_phones(region, knows);
                let called = Meant { name: Some(&name), ..Meant::default() };
                prop_assert_eq!(keys.of(&of).meant(called, knows), Some(region.id), "{}", &name);
                prop_assert!(names.insert(fold(&name)), "{} is two", name);
            }
        }
    }

    #[test]
    fn what_a_phone_calls_a_region_depends_on_no_group_that_its_owner_is_not_of(
        all in any_regions(),
        of in any_groups(),
    ) {
        let regions: Vec<Region> = all.into_iter().map(|(region, _)| region).collect();
        let theirs: Vec<Region> = regions.iter().filter(|region| of.is_of(region.group)).cloned().collect();
        let (whole, alone) = (keys(&regions), keys(&theirs));
        let home: Memberships = of.iter().take(1).copied().collect();
        for region in &theirs {
            let name = whole.of(&of).name_on_phones(region, |_| true);
            prop_assert_eq!(&name, &alone.of(&of).name_on_phones(region, |_| true));
            if home.is_of(region.group) {
                prop_assert_eq!(name, whole.of(&home).name_on_phones(region, |_| true));
            }
        }
        for name in ["Home", "home (2)", "Work (1)", "Home (3)"] {
            let meant = Meant { name: Some(name), ..Meant::default() };
            prop_assert_eq!(whole.of(&of).meant(meant, |_| true), alone.of(&of).meant(meant, |_| true));
        }
    }
}

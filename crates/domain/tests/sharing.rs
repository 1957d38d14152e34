//! What holds of sharing for whatever friends say, and wherever they are.

use domain::{
    Audience, BotId, Details, DeviceId, EvidenceNote, Fix, Friend, FriendId, Grant, GroupId, Kind, Level,
    Membership, Memberships, Name, Party, Pause, Region, RegionId, Role, Sharing, SharingChange, Showing,
    Shown, Source, Spot, Timestamp, Transition, TransitionId, Viewer, Witness,
};
use geodesy::{Area, Circle, Point};
use proptest::{collection::vec, option, prelude::*};
use uuid::Uuid;

/// The present of most tests.
const NOW: Timestamp = Timestamp::from_millis(1_700_000_000_000);
const MINUTE_MS: i64 = 60_000;
/// Where the regions of the tests lie around.
const CENTRE: (f64, f64) = (48.2, 16.37);
/// How large they are, metres: finer than any grain, between them, and coarser than all.
const RADII_M: [f64; 5] = [50.0, 200.0, 1_500.0, 9_000.0, 20_000.0];

fn group(number: u128) -> GroupId {
    GroupId::new(Uuid::from_u128(number))
}

fn friend(number: u128) -> FriendId {
    FriendId::new(Uuid::from_u128(number))
}

fn region_id(number: u128) -> RegionId {
    RegionId::new(Uuid::from_u128(number))
}

/// The friend who shows something.
fn owner() -> Friend {
    Friend {
        id: friend(1),
        group: group(1),
        memberships: Memberships::one(group(1), Role::Friend),
        name: Name::new("ann").expect("is a name"),
        role: Some(Role::Friend),
        demo: false,
        added_at: Timestamp::MIN,
    }
}

/// Another of the same group.
fn other(number: u128, role: Role) -> Viewer {
    Viewer::member(friend(number), group(1), role)
}

fn regions() -> Vec<Region> {
    let centre = Point::new(CENTRE.0, CENTRE.1).expect("is a point");
    let region = |(number, radius_m): (u128, f64)| Region {
        id: region_id(number),
        group: group(1),
        name: Name::new("Home").expect("is a name"),
        area: Area::Circle(Circle::new(centre, radius_m).expect("is a circle")),
        demo: false,
        changed_at: Timestamp::MIN,
        details: Details { audience: Audience::Group, ..Details::default() },
    };
    (0..).zip(RADII_M).map(region).collect()
}

fn point(lat: f64, lon: f64) -> Point {
    Point::new(lat, lon).expect("is a point")
}

fn fix(at: Timestamp, point: Point) -> Fix {
    Fix {
        device: DeviceId::new(Uuid::from_u128(1)),
        at,
        sent_at: None,
        received_at: at.plus_millis(700),
        point,
        accuracy_m: Some(7.0),
        altitude_m: Some(431.0),
        velocity_kmh: Some(47.0),
        course_deg: Some(123.0),
        battery_pct: Some(57),
        trigger: Some("p".into()),
        connection: Some("w".into()),
    }
}

fn transition(region: RegionId, at: Timestamp) -> Transition {
    let note = |earlier: i64| EvidenceNote {
        at: at.plus_millis(-earlier),
        source: Source::Fix,
        accuracy_m: Some(7.0),
        edge_distance_m: Some(23.0),
    };
    Transition {
        id: TransitionId::new(Uuid::from_u128(1)),
        friend: friend(1),
        device: DeviceId::new(Uuid::from_u128(1)),
        region,
        region_name: "Home".into(),
        kind: Kind::Leave,
        at,
        decided_at: at,
        learnt_at: at,
        witness: Witness::Server,
        evidence: vec![note(MINUTE_MS), note(0)],
        stay_ms: Some(30 * MINUTE_MS),
        superseded_at: None,
    }
}

/// What a friend of the group sees of one who shows the group this, from a moment on.
fn showing(level: &Level, since: Timestamp) -> Showing {
    let sharing = Sharing::with_group(group(1), level.clone(), since);
    sharing.toward(&owner(), &other(2, Role::Friend), NOW)
}

fn a_level() -> impl Strategy<Value = Level> {
    prop_oneof![
        Just(Level::Precise),
        Just(Level::Street),
        Just(Level::District),
        Just(Level::City),
        Just(Level::Names),
        vec(0..5_u128, 1..4).prop_map(|some| Level::Inside(some.into_iter().map(region_id).collect())),
        (1..=Level::MOST_MINUTES).prop_map(Level::Delayed),
        Just(Level::Off),
    ]
}

fn a_coarse_level() -> impl Strategy<Value = Level> {
    prop_oneof![Just(Level::Street), Just(Level::District), Just(Level::City)]
}

/// Anywhere on earth, or near the regions.
fn a_point() -> impl Strategy<Value = Point> {
    prop_oneof![
        (-90.0..=90.0_f64, -180.0..=180.0_f64),
        (-0.2..0.2_f64, -0.3..0.3_f64).prop_map(|(up, right)| (CENTRE.0 + up, CENTRE.1 + right)),
    ]
    .prop_map(|(lat, lon)| point(lat, lon))
}

/// From two days ago until now.
fn a_moment() -> impl Strategy<Value = Timestamp> {
    (0..2 * 24 * 60 * MINUTE_MS).prop_map(|ago| NOW.plus_millis(-ago))
}

fn is_multiple(value: f64, step: f64) -> bool {
    (value / step - (value / step).round()).abs() < 1e-9
}

proptest! {
    #[test]
    fn nothing_finer_than_the_level_is_seen(level in a_level(), at in a_moment(), point in a_point()) {
        let (regions, fix) = (regions(), fix(at, point));
        let drawn = |id: RegionId| regions.iter().find(|region| region.id == id);
        let showing = showing(&level, Timestamp::MIN);
        let seen = showing.fix(&fix, drawn);
        let spot = showing.spot(&Spot::from(&fix), drawn);
        prop_assert_eq!(seen.is_some(), spot.is_some(), "the map and the list of positions agree");
        match &level {
            Level::Precise => prop_assert_eq!(seen, Some(fix)),
            Level::Off | Level::Names => prop_assert_eq!(seen, None),
            Level::Delayed(minutes) => {
                let is_old = at <= NOW.plus_millis(-i64::from(*minutes) * MINUTE_MS);
                prop_assert_eq!(seen, is_old.then_some(fix));
            }
            Level::Inside(some) => {
                let is_inside =
                    regions.iter().any(|region| some.contains(&region.id) && region.area.contains(point));
                prop_assert_eq!(seen, is_inside.then_some(fix));
            }
            Level::Street | Level::District | Level::City => {
                let (grain_m, seen, spot) =
                    (level.grain_m().expect("has one"), seen.expect("is seen"), spot.expect("is seen"));
                let reach_m = seen.accuracy_m.expect("is said");
                prop_assert!(reach_m >= grain_m / 2.0, "{reach_m} m");
                prop_assert!(seen.point.distance_m(point) <= reach_m * 1.01);
                prop_assert_eq!((seen.altitude_m, seen.course_deg), (None, None));
                prop_assert_eq!((&seen.trigger, &seen.connection), (&None, &None));
                let speed = if level == Level::Street { Some(10.0) } else { Some(50.0) };
                let battery = if level == Level::Street { Some(10) } else { Some(25) };
                let (speed, battery) = if level == Level::City { (None, None) } else { (speed, battery) };
                prop_assert_eq!(seen.velocity_kmh.is_some(), speed.is_some());
                prop_assert!(seen.velocity_kmh.zip(speed).is_none_or(|(kmh, step)| is_multiple(kmh, step)));
                prop_assert_eq!(seen.battery_pct.is_some(), battery.is_some());
                prop_assert!(seen.battery_pct.zip(battery).is_none_or(|(pct, step): (u8, u8)| pct % step == 0));
                prop_assert_eq!((spot.point, spot.accuracy_m), (seen.point, seen.accuracy_m));
                prop_assert_eq!((spot.velocity_kmh, spot.battery_pct), (seen.velocity_kmh, seen.battery_pct));
                prop_assert_eq!(spot.course_deg, None);
            }
        }
    }

    #[test]
    fn whoever_moves_within_a_cell_does_not_move_for_others(
        level in a_coarse_level(), start in a_point(), up in -1.0..1.0_f64, right in -1.0..1.0_f64,
    ) {
        let showing = showing(&level, Timestamp::MIN);
        let seen = |lat: f64, lon: f64| {
            let moved = Spot::from(&fix(NOW, point(lat.clamp(-90.0, 90.0), lon.clamp(-180.0, 180.0))));
            showing.spot(&moved, |_| None).expect("is seen")
        };
        let first = seen(start.lat(), start.lon());
        prop_assert_eq!(&seen(first.point.lat(), first.point.lon()), &first, "the middle is in its own cell");
        // Somewhere about as far away as a cell is large: if that is in the cell, so is everything in between.
        let step = level.grain_m().expect("has one") / 111_000.0;
        let (lat, lon) =
            (first.point.lat() + up * step, first.point.lon() + right * step / first.point.lat().to_radians().cos().max(0.01));
        if seen(lat, lon) == first {
            let middle = (f64::midpoint(lat, start.lat()), f64::midpoint(lon, start.lon()));
            for (lat, lon) in [middle, (lat, start.lon()), (start.lat(), lon)] {
                prop_assert_eq!(&seen(lat, lon), &first);
            }
        }
    }

    #[test]
    fn a_level_within_another_shows_no_more_than_that(
        (less, more) in (a_level(), a_level()), at in a_moment(), point in a_point(),
    ) {
        prop_assert!(less.is_within(&less) && Level::Off.is_within(&less) && less.is_within(&Level::Precise));
        prop_assume!(less.is_within(&more));
        let (regions, fix) = (regions(), fix(at, point));
        let drawn = |id: RegionId| regions.iter().find(|region| region.id == id);
        let (by_less, by_more) = (showing(&less, Timestamp::MIN), showing(&more, Timestamp::MIN));
        prop_assert!(by_more.covers(at) || !by_less.covers(at));
        prop_assert!(by_more.tells_details() || !by_less.tells_details());
        if let Some(seen) = by_less.fix(&fix, drawn) {
            let finer = by_more.fix(&fix, drawn).expect("is seen by more, too");
            prop_assert!(seen.point.distance_m(point) >= finer.point.distance_m(point) - seen.accuracy_m.expect("is said"));
            prop_assert!(seen.accuracy_m >= finer.accuracy_m);
            prop_assert!(seen.battery_pct.is_none() || finer.battery_pct.is_some());
            prop_assert!(seen.velocity_kmh.is_none() || finer.velocity_kmh.is_some());
            prop_assert!(seen.course_deg.is_none() || finer.course_deg.is_some());
            prop_assert!(seen.altitude_m.is_none() || finer.altitude_m.is_some());
        }
        for region in &regions {
            prop_assert!(by_more.tells_region(region) || !by_less.tells_region(region));
            let crossed = transition(region.id, at);
            if let Some(seen) = by_less.transition(&crossed, Some(region)) {
                let fuller = by_more.transition(&crossed, Some(region)).expect("is seen by more, too");
                prop_assert!(fuller.stay_ms.is_some() || seen.stay_ms.is_none());
                prop_assert!(seen.evidence.iter().all(|note| fuller.evidence.contains(note)));
            }
        }
        if by_less.transition(&transition(region_id(99), at), None).is_some() {
            prop_assert!(by_more.transition(&transition(region_id(99), at), None).is_some());
        }
    }

    #[test]
    fn within_is_an_order(a in a_level(), b in a_level(), c in a_level()) {
        prop_assert!(!(a.is_within(&b) && b.is_within(&c)) || a.is_within(&c), "{a:?} {b:?} {c:?}");
    }

    #[test]
    fn nothing_of_before_is_ever_seen(level in a_level(), since in a_moment(), at in a_moment(), point in a_point()) {
        let (regions, showing) = (regions(), showing(&level, since));
        let drawn = |id: RegionId| regions.iter().find(|region| region.id == id);
        if at < since {
            prop_assert!(!showing.covers(at));
            prop_assert_eq!(showing.fix(&fix(at, point), drawn), None);
            prop_assert_eq!(showing.spot(&Spot::from(&fix(at, point)), drawn), None);
            for region in &regions {
                prop_assert_eq!(showing.transition(&transition(region.id, at), Some(region)), None);
            }
        }
        prop_assert!(showing.since(at, NOW).is_none_or(|seen| seen >= since));
        // How long a stay was would tell when it began.
        let seen = regions.first().and_then(|region| showing.transition(&transition(region.id, at), Some(region)));
        let began = at.plus_millis(-30 * MINUTE_MS);
        prop_assert!(seen.is_none_or(|seen| seen.stay_ms.is_none() || began >= since));
    }

    #[test]
    fn nothing_of_a_pause_is_ever_seen(
        level in a_level(), said in vec((1..200_i64, any::<bool>(), option::of(1..300_i64), any::<bool>()), 0..12),
        point in a_point(),
    ) {
        // The same told by a list of minutes: which of them are hidden.
        let mut hidden = vec![false; 5_000];
        let minute = |minute: i64| NOW.plus_millis(minute * MINUTE_MS);
        let index = |minute: i64| usize::try_from(minute).expect("is not negative");
        let mut sharing = Sharing::with_group(group(1), level.clone(), Timestamp::MIN);
        let mut now = 0;
        for (later, pauses, length, quiet) in said {
            now += later;
            hidden.iter_mut().skip(index(now)).for_each(|minute| *minute = false);
            let change = if pauses {
                let end = length.map_or(5_000, |length| now + length);
                hidden.iter_mut().take(index(end)).skip(index(now)).for_each(|minute| *minute = true);
                let until = length.map(|length| minute(now + length));
                SharingChange::Pause(Pause { from: minute(now), until, quiet })
            } else {
                SharingChange::Resume
            };
            sharing.apply(change, minute(now));
        }
        now += 40;
        let showing = sharing.toward(&owner(), &other(2, Role::Admin), minute(now));
        let is_paused = hidden[index(now)];
        prop_assert_eq!(sharing.paused(minute(now)).is_some(), is_paused);
        if is_paused {
            prop_assert!(matches!(showing.shown(), Shown::Paused | Shown::Off), "{:?}", showing.shown());
        }
        let regions = regions();
        let drawn = |id: RegionId| regions.iter().find(|region| region.id == id);
        for (at, is_hidden) in (0..).zip(&hidden).take(index(now) + 1) {
            if is_paused || *is_hidden {
                prop_assert!(!showing.covers(minute(at)));
                prop_assert_eq!(showing.fix(&fix(minute(at), point), drawn), None);
                for region in &regions {
                    prop_assert_eq!(showing.transition(&transition(region.id, minute(at)), Some(region)), None);
                }
            } else if level == Level::Precise {
                prop_assert!(showing.covers(minute(at)), "minute {at} is not hidden");
            }
            let since = showing.since(minute(at), minute(now));
            prop_assert!(since.is_none_or(|since| {
                let since = index(since.millis_since(NOW) / MINUTE_MS);
                !hidden[since] && !hidden[since..=index(now)].contains(&true)
            }), "who stays is seen to stay since the last pause at the earliest");
        }
        let to_oneself = sharing.toward(&owner(), &other(1, Role::Friend), minute(now));
        prop_assert!(to_oneself.is_everything());
    }

    #[test]
    fn what_is_said_of_one_goes_before_what_is_said_of_all_as_long_as_it_holds(
        to_group in a_level(), to_one in a_level(), ends_in in option::of(-100..100_i64), since in a_moment(),
    ) {
        let until = ends_in.map(|minutes| NOW.plus_millis(minutes * MINUTE_MS));
        let mut sharing = Sharing::with_group(group(1), to_group.clone(), Timestamp::MIN);
        let own = Grant { to: Party::Friend(friend(2)), level: to_one.clone(), since, until };
        sharing.apply(SharingChange::Grant(own), NOW.plus_millis(-200 * MINUTE_MS));
        let holds = until.is_none_or(|until| NOW < until);
        let levels = |viewer: &Viewer| sharing.toward(&owner(), viewer, NOW).level().clone();
        let (expected, shown_since) = if holds { (&to_one, since) } else { (&to_group, Timestamp::MIN) };
        for role in [Role::Friend, Role::Admin] {
            prop_assert_eq!(&levels(&other(2, role)), expected, "an admin sees no more than others");
            prop_assert_eq!(&levels(&other(3, role)), &to_group);
        }
        prop_assert_eq!(sharing.toward(&owner(), &other(2, Role::Friend), NOW).span().0, shown_since);
        prop_assert_eq!(&levels(&Viewer::Outlet { group: group(1) }), &to_group, "whoever reads an outlet is not known");
        let strangers = [
            Viewer::Outlet { group: group(2) },
            Viewer::member(friend(2), group(2), Role::Admin),
            Viewer::Guest,
        ];
        for stranger in strangers {
            let showing = sharing.toward(&owner(), &stranger, NOW);
            prop_assert_eq!(showing, Showing::nothing());
        }
        let server = Viewer::Server { role: Role::Friend };
        prop_assert!(sharing.toward(&owner(), &server, NOW).is_everything());
        // What is over is forgotten with the next word, and nothing changes by that.
        let mut later = sharing.clone();
        later.apply(SharingChange::Resume, NOW);
        prop_assert_eq!(later.grants.len(), if holds { 2 } else { 1 });
        prop_assert_eq!(later.toward(&owner(), &other(2, Role::Friend), NOW), sharing.toward(&owner(), &other(2, Role::Friend), NOW));
        // And taking it back does the same at once.
        later.apply(SharingChange::Revoke(Party::Friend(friend(2))), NOW);
        let fallen_back = later.toward(&owner(), &other(2, Role::Friend), NOW);
        prop_assert_eq!(fallen_back.level(), &to_group);
        later.apply(SharingChange::Revoke(Party::Group(group(1))), NOW);
        prop_assert_eq!(later.toward(&owner(), &other(2, Role::Friend), NOW), Showing::nothing());
    }

    #[test]
    fn what_is_not_timed_does_not_change_by_itself(
        level in a_level(), ends_in in option::of(1..100_i64), pause in option::of((1..100_i64, 1..100_i64)), later in 1..200_i64,
    ) {
        let minutes = |minutes: i64| NOW.plus_millis(minutes * MINUTE_MS);
        let until = ends_in.map(minutes);
        let sharing = Sharing {
            grants: vec![Grant { to: Party::Group(group(1)), level, since: Timestamp::MIN, until }],
            pauses: pause.map(|(from, length)| Pause { from: minutes(from), until: Some(minutes(from + length)), quiet: false })
                .into_iter().collect(),
            ..Sharing::default()
        };
        let toward = |now: Timestamp| sharing.toward(&owner(), &other(2, Role::Friend), now);
        prop_assert!(sharing.is_timed(NOW) || toward(minutes(later)) == toward(NOW));
    }
}

#[test]
fn of_whom_nothing_is_said_nothing_is_seen() {
    for viewer in [other(2, Role::Admin), other(2, Role::Friend), Viewer::Outlet { group: group(1) }] {
        let showing = Sharing::default().toward(&owner(), &viewer, NOW);
        assert_eq!(showing, Showing::nothing(), "{viewer:?}");
        assert_eq!(showing.shown(), Shown::Off);
    }
}

#[test]
fn before_a_pause_that_was_forgotten_nothing_is_seen_any_more() {
    let at = |pause: usize| NOW.plus_millis(i64::try_from(pause).expect("is small") * 10 * MINUTE_MS);
    let mut sharing = Sharing::with_group(group(1), Level::Precise, Timestamp::MIN);
    let pauses = Sharing::MOST_PAUSES + 7;
    for pause in 0..pauses {
        let until = Some(at(pause).plus_millis(5 * MINUTE_MS));
        sharing.apply(SharingChange::Pause(Pause { from: at(pause), until, quiet: false }), at(pause));
    }
    assert_eq!(sharing.pauses.len(), Sharing::MOST_PAUSES);
    let showing = sharing.toward(&owner(), &other(2, Role::Friend), at(pauses));
    for pause in 0..pauses {
        assert!(!showing.covers(at(pause).plus_millis(MINUTE_MS)), "pause {pause}");
    }
    assert!(showing.covers(at(pauses).plus_millis(-MINUTE_MS)));
}

#[test]
fn a_pause_that_is_quiet_looks_like_nothing_at_all() {
    for (quiet, shown) in [(true, Shown::Off), (false, Shown::Paused)] {
        let mut sharing = Sharing::with_group(group(1), Level::Precise, Timestamp::MIN);
        sharing.apply(SharingChange::Pause(Pause { from: NOW, until: None, quiet }), NOW);
        assert_eq!(sharing.toward(&owner(), &other(2, Role::Friend), NOW).shown(), shown);
    }
}

/// Somebody of several groups.
fn of(number: u128, groups: &[(u128, Role)]) -> Viewer {
    let of = groups.iter().map(|(number, role)| Membership { group: group(*number), role: *role });
    Viewer::Friend { friend: friend(number), of: of.collect(), role: Role::Friend }
}

/// The friend of two groups.
fn of_both() -> Friend {
    let of = [1, 2].map(|number| Membership { group: group(number), role: Role::Admin });
    Friend { memberships: of.into_iter().collect(), ..owner() }
}

#[test]
fn who_shares_two_groups_sees_what_the_wider_word_says_and_who_shares_none_sees_nothing() {
    let grant = |to, level, since| Grant { to, level, since, until: None };
    let both = |one: Level, two: Level| Sharing {
        grants: vec![
            grant(Party::Group(group(1)), one, Timestamp::MIN),
            grant(Party::Group(group(2)), two, NOW),
        ],
        ..Sharing::default()
    };
    let (first, second) = (of(2, &[(1, Role::Friend)]), of(3, &[(2, Role::Admin)]));
    let (two, third) = (of(4, &[(2, Role::Friend), (1, Role::Friend)]), of(5, &[(3, Role::Admin)]));
    let seen = |sharing: &Sharing, viewer: &Viewer| sharing.toward(&of_both(), viewer, NOW);
    for (one, other, wider) in [
        (Level::City, Level::Street, Level::Street),
        (Level::Precise, Level::Off, Level::Precise),
        (Level::Names, Level::City, Level::City),
        (Level::Delayed(15), Level::Delayed(60), Level::Delayed(15)),
    ] {
        let sharing = both(one.clone(), other.clone());
        assert_eq!(seen(&sharing, &first).level(), &one);
        assert_eq!(seen(&sharing, &second).level(), &other);
        assert_eq!(seen(&sharing, &two).level(), &wider);
        assert_eq!(seen(&sharing, &third), Showing::nothing());
        assert_eq!(seen(&sharing, &Viewer::Outlet { group: group(2) }).level(), &other);
    }
    let alike = both(Level::Street, Level::Street);
    assert_eq!(seen(&alike, &two).span().0, Timestamp::MIN, "what goes further back");
    let mut chosen = both(Level::Precise, Level::Precise);
    chosen.grants.push(grant(Party::Friend(friend(4)), Level::Off, NOW));
    assert_eq!(seen(&chosen, &two).level(), &Level::Off, "a friend's own grant goes before all groups");
}

#[test]
fn of_groups_that_one_does_not_share_one_learns_nothing() {
    let both = of_both();
    let one = both.seen_by(&of(3, &[(2, Role::Friend), (3, Role::Admin)]));
    assert_eq!((one.group, one.memberships), (group(2), Memberships::one(group(2), Role::Admin)));
    assert_eq!(both.seen_by(&both.viewer()), Friend { role: Some(Role::Admin), ..both.clone() });
}

#[test]
fn it_takes_an_admin_of_every_group_to_decide_for_a_friend() {
    let admin = |number| (number, Role::Admin);
    let looks_after = |groups: &[(u128, Role)]| of(2, groups).looks_after(&of_both());
    assert!(looks_after(&[admin(1), admin(2)]));
    for groups in [&[admin(1)][..], &[admin(2)], &[admin(1), (2, Role::Friend)], &[admin(3)]] {
        assert!(!looks_after(groups), "{groups:?}");
    }
    assert!(of(2, &[admin(1)]).administers_one_of(&of_both()));
    assert!(!of(2, &[admin(3)]).administers_one_of(&of_both()));
}

#[test]
fn what_is_told_to_each_group_of_a_friend_everybody_hears_once() {
    let heard = |viewer: &Viewer| {
        let told = of_both().memberships.groups().filter(|group| viewer.hears_of(&of_both(), *group)).count();
        (viewer.may_see(&of_both()), told)
    };
    let friends = [
        of(2, &[(1, Role::Friend)]),
        of(3, &[(2, Role::Friend)]),
        of(4, &[(2, Role::Friend), (1, Role::Admin)]),
    ];
    for viewer in friends.iter().chain([&Viewer::Server { role: Role::Friend }]) {
        assert_eq!(heard(viewer), (true, 1), "{viewer:?}");
    }
    for viewer in [of(5, &[(3, Role::Admin)]), Viewer::Guest] {
        assert_eq!(heard(&viewer), (false, 0), "{viewer:?}");
    }
}

#[test]
fn that_somebody_is_online_is_told_where_anything_of_now_is_seen() {
    for (level, told) in [
        (Level::Precise, true),
        (Level::Street, true),
        (Level::District, true),
        (Level::City, true),
        (Level::Names, true),
        (Level::Inside(vec![region_id(0)]), true),
        (Level::Delayed(1), false),
        (Level::Off, false),
    ] {
        assert_eq!(showing(&level, Timestamp::MIN).tells_online(NOW), told, "{level:?}");
        assert_eq!(showing(&level, NOW).tells_online(NOW), told, "{level:?}");
        assert!(!showing(&level, NOW.plus_millis(1)).tells_online(NOW), "nothing is shown yet");
        for quiet in [false, true] {
            let mut sharing = Sharing::with_group(group(1), level.clone(), Timestamp::MIN);
            let until = Some(NOW.plus_millis(MINUTE_MS));
            sharing.apply(SharingChange::Pause(Pause { from: NOW, until, quiet }), NOW);
            let then = |later: i64| {
                let now = NOW.plus_millis(later);
                sharing.toward(&owner(), &other(2, Role::Admin), now).tells_online(now)
            };
            assert_eq!([0, MINUTE_MS - 1, MINUTE_MS].map(then), [false, false, told], "{level:?}");
            let to_oneself = sharing.toward(&owner(), &other(1, Role::Friend), NOW);
            assert!(to_oneself.tells_online(NOW), "one knows of oneself");
        }
    }
    let unsaid = Sharing::default().toward(&owner(), &other(2, Role::Admin), NOW);
    assert!(!unsaid.tells_online(NOW) && !Showing::nothing().tells_online(NOW));
    let stranger = Viewer::member(friend(3), group(2), Role::Admin);
    let sharing = Sharing::with_group(group(1), Level::Precise, Timestamp::MIN);
    assert!(!sharing.toward(&owner(), &stranger, NOW).tells_online(NOW));
}

/// A bot of the group, for two of the regions.
fn bot() -> Viewer {
    let bot = BotId::new(Uuid::from_u128(9));
    Viewer::Bot { bot, group: group(1), regions: vec![region_id(1), region_id(2)] }
}

fn crossing(at: Timestamp, region: RegionId) -> Transition {
    Transition {
        id: TransitionId::new(Uuid::from_u128(1)),
        friend: friend(1),
        device: DeviceId::new(Uuid::from_u128(1)),
        region,
        region_name: "Home".into(),
        kind: Kind::Enter,
        at,
        decided_at: at.plus_millis(1_000),
        learnt_at: at.plus_millis(2_000),
        witness: Witness::Server,
        evidence: vec![EvidenceNote {
            at,
            source: Source::Fix,
            accuracy_m: Some(7.0),
            edge_distance_m: Some(-3.0),
        }],
        stay_ms: None,
        superseded_at: None,
    }
}

proptest! {
    #[test]
    fn a_bot_hears_of_comings_and_goings_what_the_group_sees_and_nothing_before_the_friends_yes(
        level in a_level(), allows in any::<bool>(), demo in any::<bool>(), alone in option::of(a_level()),
        pauses in any::<bool>(), ago_min in -5..60_i64,
    ) {
        let yes_at = NOW.plus_millis(-30 * MINUTE_MS);
        let grant = |to, level: &Level| Grant { to, level: level.clone(), since: Timestamp::MIN, until: None };
        let mut sharing = Sharing { grants: vec![grant(Party::Group(group(1)), &level)], ..Sharing::default() };
        // What single friends see is nothing to a bot.
        sharing.grants.extend(alone.iter().map(|level| grant(Party::Friend(friend(2)), level)));
        if allows {
            sharing.apply(SharingChange::AllowBots(group(1)), yes_at);
        }
        if pauses {
            sharing.apply(SharingChange::Pause(Pause { from: NOW, until: None, quiet: false }), NOW);
        }
        let owner = Friend { demo, ..owner() };
        let showing = sharing.toward(&owner, &bot(), NOW);
        let at = NOW.plus_millis(-ago_min * MINUTE_MS);
        prop_assert!(!showing.is_everything() && !showing.is_precise() && !showing.tells_details());
        prop_assert!(!showing.tells_online(NOW));
        let (here, all) = (point(CENTRE.0, CENTRE.1), regions());
        prop_assert!(showing.point(here, |id| all.iter().find(|region| region.id == id)).is_none());
        prop_assert!(showing.fix(&fix(at, here), |id| all.iter().find(|region| region.id == id)).is_none());
        let to_group = sharing.toward(&owner, &other(3, Role::Friend), NOW);
        for region in &all {
            let heard = showing.transition(&crossing(at, region.id), Some(region));
            let seen = to_group.transition(&crossing(at, region.id), Some(region));
            let may = allows && !pauses && at >= yes_at && (demo && level_tells(&level, region, at) || !demo && seen.is_some());
            prop_assert_eq!(heard.is_some(), may, "{:?} {:?}", level, region.id);
            prop_assert!(heard.is_none_or(|heard| heard.evidence.is_empty() && heard.decided_at == at));
        }
        let a_place = crossing(at, region_id(77));
        prop_assert!(showing.transition(&a_place, None).is_none(), "nor of places that only a phone knows");
    }
}

/// Whether a level tells the whole group of a crossing then.
fn level_tells(level: &Level, region: &Region, at: Timestamp) -> bool {
    let sharing = Sharing::with_group(group(1), level.clone(), Timestamp::MIN);
    let showing = sharing.toward(&owner(), &other(3, Role::Friend), NOW);
    showing.transition(&crossing(at, region.id), Some(region)).is_some()
}

#[test]
fn a_bot_knows_of_its_own_regions_as_long_as_they_are_for_the_whole_group() {
    let known = |region: &Region| bot().may_see_region(region);
    let all = regions();
    assert_eq!(all.iter().map(known).collect::<Vec<_>>(), [false, true, true, false, false]);
    for audience in [Audience::Admins, Audience::Friends(vec![friend(2)])] {
        let mut region = all[1].clone();
        region.details.audience = audience;
        assert!(!known(&region));
    }
    assert!(!known(&Region { group: group(2), ..all[1].clone() }), "of another group");
    assert!(!bot().administers_any() && !bot().may_see_bots(group(1)) && !bot().is(friend(1)));
}

#[test]
fn who_leaves_a_group_does_not_let_its_bots_know_any_more() {
    let mut sharing = Sharing::default();
    for number in [1, 2] {
        sharing.apply(SharingChange::AllowBots(group(number)), NOW);
        sharing.apply(SharingChange::AllowBots(group(number)), NOW.plus_millis(MINUTE_MS));
    }
    assert_eq!(sharing.bots.len(), 2, "said twice is said once");
    assert!(
        sharing.bot_consent(group(1)).is_some_and(|consent| consent.since <= NOW),
        "and holds since the first time"
    );
    sharing.leave(group(1), |_| true);
    assert!(sharing.bot_consent(group(1)).is_none() && sharing.bot_consent(group(2)).is_some());
    sharing.apply(SharingChange::RefuseBots(group(2)), NOW);
    assert_eq!(sharing, Sharing::default());
}

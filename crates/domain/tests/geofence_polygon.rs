//! A polygon is watched by phones as the circle round it: what their word is worth then.

use domain::{
    Details, DeviceId, Fix, GroupId, Kind, Name, Region, RegionId, Timestamp, Witness,
    geofence::{Atlas, Claim, Crossing, DeviceState, Evidence, Policy, step},
};
use geodesy::{Area, Point, Polygon};
use uuid::Uuid;

const DRAWN: Timestamp = Timestamp::from_millis(1_700_000_000_000);

fn home() -> Point {
    Point::new(48.2, 16.37).expect("is a point")
}

/// A triangle, so that much of its circle is beside it.
fn park() -> Region {
    let corners = [0.0, 120.0, 240.0].map(|bearing| home().destination(bearing, 400.0)).to_vec();
    Region {
        id: RegionId::new(Uuid::from_u128(1)),
        group: GroupId::new(Uuid::nil()),
        name: Name::new("Park").expect("is a name"),
        area: Area::Polygon(Polygon::new(corners).expect("is a polygon")),
        demo: false,
        changed_at: DRAWN,
        details: Details::default(),
    }
}

fn moment(second: i64) -> Timestamp {
    DRAWN.plus_millis(1000 * (10_000 + second))
}

fn fix(second: i64, point: Point) -> Fix {
    Fix { accuracy_m: Some(10.0), ..Fix::bare(DeviceId::new(Uuid::nil()), moment(second), point) }
}

fn claims(kind: Kind, second: i64, place: Option<Point>) -> Claim {
    let fix = place.map(|point| (point, Some(10.0)));
    Claim { kind, region: park().id, at: moment(second), received_at: moment(second), fix }
}

/// What follows from a night far away, and then this.
fn judged(then: &[Evidence<'_>]) -> Vec<Crossing> {
    let (atlas, policy) = (Atlas::new([park()]), Policy::default());
    let away: Vec<Fix> =
        (0..6).map(|hour| fix(hour * 3600 - 40_000, home().destination(0.0, 5000.0))).collect();
    let away = away.iter().map(|fix| Evidence::Fix { fix, listed: None });
    let (mut state, mut crossings) = (DeviceState::default(), Vec::new());
    for evidence in away.chain(then.iter().copied()) {
        let done = step(state, &evidence, &atlas, &policy);
        crossings.extend(done.crossings);
        state = done.state;
    }
    crossings
}

#[test]
fn a_phone_that_enters_the_circle_round_a_polygon_is_in_the_polygon_only_by_its_own_position() {
    let beside = home().destination(60.0, 350.0);
    let circle = if let Area::Polygon(polygon) = park().area { polygon.enclosing_circle() } else { None };
    assert!(circle.is_some_and(|circle| circle.contains(beside)) && !park().area.contains(beside));
    assert!(judged(&[Evidence::Claim(claims(Kind::Enter, 0, Some(beside)))]).is_empty());
    assert!(
        judged(&[Evidence::Claim(claims(Kind::Enter, 0, None))]).is_empty(),
        "it does not say where it is"
    );
    let entered = judged(&[Evidence::Claim(claims(Kind::Enter, 0, Some(home())))]);
    assert!(matches!(&entered[..], [one] if one.kind == Kind::Enter && one.witness == Witness::Phone));
}

#[test]
fn a_polygon_that_a_phone_lists_is_the_circle_and_decides_nothing() {
    let beside = home().destination(60.0, 350.0);
    let fixes: Vec<Fix> = (0..10).map(|minute| fix(minute * 60, beside)).collect();
    let id = [park().id];
    let listed: Vec<_> = fixes.iter().map(|fix| Evidence::Fix { fix, listed: Some(&id) }).collect();
    assert!(judged(&listed).is_empty());
}

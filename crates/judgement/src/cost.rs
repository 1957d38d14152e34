//! What a step costs, with few regions and with very many, beside asking every region.

use domain::geofence::{Atlas, DeviceState, Evidence, Policy, step};
use domain::{Details, DeviceId, Fix, GroupId, Name, Region, RegionId, Timestamp};
use geodesy::{Circle, Point};
use std::{hint::black_box, time::Instant};
use uuid::Uuid;

/// Nanoseconds for one fix.
#[derive(Clone, Copy, Debug)]
pub struct Cost {
    /// How many regions there are.
    pub regions: u32,
    /// One step of the machine.
    pub step_ns: f64,
    /// Asking each region for its distance.
    pub scan_ns: f64,
}

/// Measures with so many regions, spread over a country of 600 km by 600 km, and a phone that drives through a town of ten of them.
pub fn measure(regions: u32) -> Cost {
    let mut dice = fastrand::Rng::with_seed(u64::from(regions));
    let middle = point(48.2, 14.0);
    let drawn: Vec<Region> = (0..regions)
        .map(|number| {
            let reach_m = if number < 10 { 3_000.0 } else { 300_000.0 };
            let at = middle.destination(dice.f64() * 360.0, reach_m * dice.f64().sqrt());
            region(number, at, 50.0 + dice.f64() * 300.0)
        })
        .collect();
    let fixes: Vec<Fix> = (0..20_000_u32)
        .map(|number| {
            let round = f64::from(number) / 40.0;
            fix(number, middle.destination(round * 7.0 % 360.0, 1_500.0 + 1_400.0 * round.sin()))
        })
        .collect();
    let atlas = Atlas::new(drawn.iter().cloned());
    let policy = Policy::default();
    let mut state = DeviceState::default();
    let began = now();
    for fix in &fixes {
        state = step(state, &Evidence::Fix { fix, listed: None }, &atlas, &policy).state;
    }
    let step_ns = nanoseconds(began, fixes.len());
    black_box(state);
    let asked = (200_000 / regions.max(1)).clamp(20, 20_000) as usize;
    let began = now();
    for fix in fixes.iter().take(asked) {
        black_box(
            drawn.iter().filter(|region| region.area.signed_distance_m(black_box(fix.point)) <= 0.0).count(),
        );
    }
    Cost { regions, step_ns, scan_ns: nanoseconds(began, asked) }
}

#[expect(clippy::disallowed_methods, reason = "a measure reads the clock")]
fn now() -> Instant {
    Instant::now()
}

#[expect(clippy::cast_precision_loss, reason = "a mean")]
fn nanoseconds(began: Instant, times: usize) -> f64 {
    began.elapsed().as_nanos() as f64 / times as f64
}

fn point(lat: f64, lon: f64) -> Point {
    Point::new(lat, lon).unwrap_or_else(|_no_point| unreachable!("it is on the Earth"))
}

fn region(number: u32, at: Point, radius_m: f64) -> Region {
    let area =
        Circle::new(at, radius_m).map_or_else(|_no_circle| unreachable!("it is large enough"), Into::into);
    Region {
        id: RegionId::new(Uuid::from_u128(u128::from(number) + 1)),
        group: GroupId::new(Uuid::from_u128(1)),
        name: Name::new("Region").unwrap_or_else(|_no_name| unreachable!("it is a name")),
        area,
        demo: false,
        changed_at: Timestamp::from_millis(0),
        details: Details::default(),
    }
}

fn fix(number: u32, point: Point) -> Fix {
    let at = Timestamp::from_millis(1_770_000_000_000 + i64::from(number) * 30_000);
    Fix { accuracy_m: Some(12.0), ..Fix::bare(DeviceId::new(Uuid::from_u128(1)), at, point) }
}

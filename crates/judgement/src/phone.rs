//! What a phone tells of a day: now and then a position, more or less where it is, sooner or later.

use crate::{
    Days,
    city::{City, Spot, moved},
    day::{Doing, Path},
};
use domain::{
    DeviceId, Fix, Kind, RegionId, Timestamp,
    geofence::{Claim, Evidence},
};
use fastrand::Rng;
use uuid::Uuid;

/// When a phone reports.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Habit {
    /// Each 30 s, whatever happens.
    Busy,
    /// Each 150 m or 2 minutes.
    Middling,
    /// Each 500 m or 5 minutes.
    Sparing,
}

/// The habits, which phones have in turn.
pub const HABITS: [Habit; 3] = [Habit::Busy, Habit::Middling, Habit::Sparing];

/// One piece of evidence as it arrived.
#[derive(Clone, Debug)]
pub struct Told {
    /// What.
    pub what: Said,
    /// What is wrong with it, if it is not about where the phone truly was when it was taken.
    pub error: Option<Class>,
}

/// What may be wrong with a position or a word.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Class {
    /// The same place again and again.
    Frozen,
    /// Lying still, and for minutes somewhere near.
    Astray,
    /// As exact as a mast.
    Mast,
    /// From anywhere.
    Nonsense,
    /// A place from before.
    Remembered,
    /// Out and in again without a step.
    Bounce,
}

/// What a phone says.
#[derive(Clone, Debug)]
pub enum Said {
    /// A position.
    Fix(Fix),
    /// Its own word.
    Claim(Claim),
}

impl Told {
    /// As the machine takes it.
    pub fn evidence(&self) -> Evidence<'_> {
        match &self.what {
            Said::Fix(fix) => Evidence::Fix { fix, listed: None },
            Said::Claim(claim) => Evidence::Claim(*claim),
        }
    }

    /// The second at which it was taken.
    pub fn second(&self) -> u32 {
        u32::try_from((self.evidence().at().as_millis() - START_MS) / 1000).unwrap_or_default()
    }
}

/// When the first day begins.
const START_MS: i64 = 1_770_000_000_000;

/// The moment of a second.
pub fn moment(second: u32) -> Timestamp {
    Timestamp::from_millis(START_MS + i64::from(second) * 1000)
}

/// What the phone of that number tells of a path, in the order of arrival.
pub fn tell(dice: &mut Rng, city: &City, path: &Path, number: u32, days: Days) -> Vec<Told> {
    let habit = HABITS[number as usize % HABITS.len()];
    let mut phone = Phone {
        device: DeviceId::new(Uuid::from_u128(u128::from(number) + 1)),
        habit,
        share: days.share(),
        watches: number % 10 < 3,
        last: None,
        error: Spot { east_m: 0.0, north_m: 0.0 },
        error_s: 0,
        spell: Spell::None,
        past: Vec::new(),
        inside: vec![None; city.regions.len()],
        out: Vec::new(),
    };
    for (second, spot, doing) in path.seconds() {
        phone.watch(dice, city, second, spot, doing);
        if phone.is_due(second, spot) && doing != Doing::Underground {
            phone.report(dice, city, second, spot, doing);
        }
    }
    phone.out.sort_by_key(|(arrived_s, number, _)| (*arrived_s, *number));
    phone.out.into_iter().map(|(.., told)| told).collect()
}

struct Phone {
    device: DeviceId,
    habit: Habit,
    /// How often it errs, beside a phone on hard days.
    share: f64,
    /// Whether it watches the regions itself, too.
    watches: bool,
    /// When and where it last reported.
    last: Option<(u32, Spot)>,
    /// How far off it is, which changes slowly.
    error: Spot,
    error_s: u32,
    spell: Spell,
    /// Where it was thought to be, long ago.
    past: Vec<Spot>,
    inside: Vec<Option<bool>>,
    out: Vec<(u32, usize, Told)>,
}

/// A bad while.
#[derive(Clone, Copy, Debug)]
enum Spell {
    None,
    /// It says the same place again and again.
    Frozen {
        until_s: u32,
        shown: Spot,
        accuracy_m: Option<f64>,
    },
    /// It believes to be somewhere near.
    Astray {
        until_s: u32,
        shown: Spot,
        accuracy_m: f64,
    },
}

impl Phone {
    fn is_due(&self, second: u32, spot: Spot) -> bool {
        let Some((last_s, last)) = self.last else { return true };
        let (away_m, rest_s) = match self.habit {
            Habit::Busy => (f64::MAX, 30),
            Habit::Middling => (150.0, 120),
            Habit::Sparing => (500.0, 300),
        };
        second >= last_s + rest_s || (second >= last_s + 10 && spot.distance_m(last) >= away_m)
    }

    fn report(&mut self, dice: &mut Rng, city: &City, second: u32, spot: Spot, doing: Doing) {
        let since_s = self.last.map_or(60, |(last_s, _)| second - last_s);
        self.last = Some((second, spot));
        self.drift(dice, second, doing);
        let mut shown = spot.plus(self.error.east_m, self.error.north_m);
        let mut accuracy_m = Some(self.claimed(dice, doing));
        let mut error = None;
        self.begin_spell(dice, second, since_s, shown, accuracy_m, doing);
        match self.spell {
            Spell::Frozen { until_s, shown: at, accuracy_m: a } if second < until_s => {
                (shown, accuracy_m) = (at, a);
                error = (at.distance_m(spot) >= 60.0).then_some(Class::Frozen);
            }
            Spell::Astray { until_s, shown: at, accuracy_m: a } if second < until_s => {
                (shown, accuracy_m, error) = (at, Some(a), Some(Class::Astray));
                if dice.bool() {
                    shown = moved(at, dice.f64() * 8.0, dice);
                }
            }
            Spell::None | Spell::Frozen { .. } | Spell::Astray { .. } => {
                self.spell = Spell::None;
                let chance = dice.f64() / self.share;
                if chance < 0.015 {
                    // By the mast.
                    let off_m = 200.0 + dice.f64() * 1500.0;
                    shown = moved(spot, off_m, dice);
                    accuracy_m = Some(off_m * (0.7 + dice.f64() * 1.3));
                    error = Some(Class::Mast);
                } else if chance < 0.018 {
                    // From anywhere, with any accuracy.
                    let off_m = 1000.0 * 40.0_f64.powf(dice.f64());
                    shown = moved(spot, off_m, dice);
                    accuracy_m = Some(3.0 + dice.f64() * 60.0);
                    error = Some(Class::Nonsense);
                } else if chance < 0.021 && !self.past.is_empty() {
                    // A place it remembers.
                    shown = self.past[dice.usize(0..self.past.len())];
                    error = Some(Class::Remembered);
                } else if chance < 0.05 {
                    accuracy_m = None;
                }
            }
        }
        if dice.u8(0..40) == 0 {
            self.past.push(shown);
        }
        let fix = Fix { accuracy_m, ..Fix::bare(self.device, moment(second), city.point(shown)) };
        self.send(dice, second, Said::Fix(fix), error);
    }

    /// Errors last: the street stays narrow, the walls stay thick.
    fn drift(&mut self, dice: &mut Rng, second: u32, doing: Doing) {
        let (scale_m, lasts_s) = match doing {
            Doing::Indoors => (18.0, 240.0),
            Doing::Walking => (13.0, 40.0),
            Doing::Driving | Doing::Underground => (9.0, 20.0),
        };
        let kept = (-f64::from(second - self.error_s) / lasts_s).exp();
        self.error_s = second;
        let fresh = scale_m * (1.0 - kept * kept).sqrt();
        let (east_m, north_m) = (self.off(dice) * fresh, self.off(dice) * fresh);
        self.error =
            Spot { east_m: self.error.east_m * kept + east_m, north_m: self.error.north_m * kept + north_m };
    }

    /// The accuracy it claims: about what it is, or much too good.
    fn claimed(&self, dice: &mut Rng, doing: Doing) -> f64 {
        let about_m = match doing {
            Doing::Indoors => 22.0,
            Doing::Walking => 14.0,
            Doing::Driving | Doing::Underground => 9.0,
        };
        if dice.u8(0..12) == 0 && self.errs(dice) {
            1.7 + dice.f64() * 3.0
        } else {
            about_m * (0.6 + dice.f64() * 1.2)
        }
    }

    /// How far off it is one way, beside what is usual there.
    fn off(&self, dice: &mut Rng) -> f64 {
        if self.errs(dice) { heavy(dice) } else { normal(dice) / 1.5 }
    }

    fn begin_spell(
        &mut self,
        dice: &mut Rng,
        second: u32,
        since_s: u32,
        shown: Spot,
        accuracy_m: Option<f64>,
        doing: Doing,
    ) {
        let per_hour = self.share * f64::from(since_s) / 3600.0;
        if !matches!(self.spell, Spell::None) {
            return;
        }
        if dice.f64() < per_hour / 12.0 {
            self.spell = Spell::Frozen { until_s: second + dice.u32(180..1500), shown, accuracy_m };
        } else if doing == Doing::Indoors && dice.f64() < per_hour / 4.0 {
            let at = moved(shown, 80.0 + dice.f64() * 300.0, dice);
            let accuracy_m = if dice.bool() { 1.7 + dice.f64() * 6.0 } else { 20.0 + dice.f64() * 60.0 };
            self.spell = Spell::Astray { until_s: second + dice.u32(20..360), shown: at, accuracy_m };
        }
    }

    /// What the phone itself says of the edges it crosses, and now and then of one it does not.
    fn watch(&mut self, dice: &mut Rng, city: &City, second: u32, spot: Spot, doing: Doing) {
        if !self.watches || !second.is_multiple_of(20) || doing == Doing::Underground {
            return;
        }
        let point = city.point(spot);
        for (index, region) in city.regions.iter().enumerate() {
            let inside = region.area.bounding_box().contains(point) && region.area.contains(point);
            let Some(known) = self.inside.get_mut(index) else { continue };
            if known.replace(inside).is_some_and(|before| before != inside) && dice.u8(0..10) > 0 {
                let kind = if inside { Kind::Enter } else { Kind::Leave };
                let said_s = second + dice.u32(5..90);
                self.claim(dice, city, region.id, kind, said_s, spot, None);
            } else if inside && doing == Doing::Indoors && self.is_bouncing(dice) {
                let (off, bounce) = (moved(spot, 150.0, dice), Some(Class::Bounce));
                self.claim(dice, city, region.id, Kind::Leave, second, off, bounce);
                let back_s = second + dice.u32(30..180);
                self.claim(dice, city, region.id, Kind::Enter, back_s, spot, bounce);
            }
        }
    }

    fn is_bouncing(&self, dice: &mut Rng) -> bool {
        dice.u32(0..40_000) == 0 && self.errs(dice)
    }

    /// Whether what would go wrong on hard days does.
    fn errs(&self, dice: &mut Rng) -> bool {
        self.share >= 1.0 || dice.f64() < self.share
    }

    #[expect(clippy::too_many_arguments, reason = "they are one claim")]
    fn claim(
        &mut self,
        dice: &mut Rng,
        city: &City,
        region: RegionId,
        kind: Kind,
        second: u32,
        spot: Spot,
        error: Option<Class>,
    ) {
        let off = moved(spot, dice.f64() * 30.0, dice);
        let fix = Some((city.point(off), Some(20.0 + dice.f64() * 80.0)));
        let claim = Claim { kind, region, at: moment(second), received_at: moment(second), fix };
        self.send(dice, second, Said::Claim(claim), error);
    }

    /// Most messages arrive at once, some late, some twice.
    fn send(&mut self, dice: &mut Rng, second: u32, mut what: Said, error: Option<Class>) {
        for _ in 0..if dice.u8(0..33) == 0 { 2 } else { 1 } {
            let late_s =
                if dice.u8(0..20) == 0 { 10 + dice.u32(0..60) * dice.u32(0..60) } else { dice.u32(0..3) };
            let received_at = moment(second + late_s);
            match &mut what {
                Said::Fix(fix) => fix.received_at = received_at,
                Said::Claim(claim) => claim.received_at = received_at,
            }
            let number = self.out.len();
            self.out.push((second + late_s, number, Told { what: what.clone(), error }));
        }
    }
}

/// A number with the heavy tails of an error between houses: Student's t with three degrees of freedom, at most 12.
fn heavy(dice: &mut Rng) -> f64 {
    let squares: f64 = (0..3).map(|_| normal(dice).powi(2)).sum();
    (normal(dice) / (squares / 3.0).sqrt().max(1e-3) / 1.5).clamp(-12.0, 12.0)
}

/// Box and Muller's.
fn normal(dice: &mut Rng) -> f64 {
    (-2.0 * (1.0 - dice.f64()).ln()).sqrt() * (std::f64::consts::TAU * dice.f64()).cos()
}

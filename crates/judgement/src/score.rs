//! What a rule said, held against the truth.

use crate::{
    Life,
    day::Visit,
    phone::{Said, Told, moment},
    rules::{Call, Judged},
};
use domain::{Kind, RegionId, Timestamp};
use std::fmt;

/// How a rule did, over any number of lives.
#[derive(Clone, Debug)]
pub struct Score {
    /// The rule.
    pub name: &'static str,
    /// True crossings that belong to a stay or an absence of two minutes or more.
    pub crossings: u32,
    /// Of the log in the end, how many have no true crossing of their own.
    pub false_in_the_end: u32,
    /// The same of all that was ever said.
    pub false_at_first: u32,
    /// True crossings, as counted above, that the log in the end does not have.
    pub unsaid: u32,
    /// True stays longer than five minutes.
    pub visits: u32,
    /// Of those, how many the log in the end says nothing of, though the phone told truly of them at least once.
    pub missed: u32,
    /// Of those, how many it told truly of twice or more.
    pub missed_though_told: u32,
    /// Visits that the log says nothing of and nobody could tell of: from inside, the phone said only what was wrong.
    pub told_wrongly: u32,
    /// The same where from inside it said nothing at all.
    pub untold: u32,
    /// For each true crossing that was said, how many reports came after the first that could have told, until it was.
    pub delays: Vec<u32>,
    /// The same in seconds after the true crossing.
    pub delays_s: Vec<i64>,
}

impl Score {
    /// Of nothing yet.
    pub fn new(name: &'static str) -> Self {
        Self {
            name,
            crossings: 0,
            false_in_the_end: 0,
            false_at_first: 0,
            unsaid: 0,
            visits: 0,
            missed: 0,
            missed_though_told: 0,
            told_wrongly: 0,
            untold: 0,
            delays: Vec::new(),
            delays_s: Vec::new(),
        }
    }

    /// Takes up what was said of one life.
    pub fn add(&mut self, life: &Life, judged: &Judged) {
        let reports = Reports::of(&life.told);
        let truth = truth(life);
        let in_the_end = matched(&truth, &judged.log, &reports);
        self.false_in_the_end += count(in_the_end.iter().filter(|found| found.is_none()));
        let at_first = matched(&truth, &judged.first, &reports);
        self.false_at_first += count(at_first.iter().filter(|found| found.is_none()));
        let said: Vec<usize> = in_the_end.iter().flatten().copied().collect();
        for (index, crossing) in truth.iter().enumerate().filter(|(_, crossing)| crossing.counts) {
            self.crossings += 1;
            self.unsaid += u32::from(!said.contains(&index));
            let _ = crossing;
        }
        for (call, found) in judged.log.iter().zip(&in_the_end) {
            if let Some(crossing) = found.and_then(|index| truth.get(index)) {
                self.delays.push(reports.delay(crossing.at, call.decided_at));
                self.delays_s.push(call.decided_at.millis_since(crossing.at) / 1000);
            }
        }
        self.visits += count(life.visits.iter().filter(|visit| visit.to_s - visit.from_s > 300));
        for visit in missed_ones(life, &judged.log) {
            let (from, to) = (moment(visit.from_s), moment(visit.to_s));
            let claims = life.told.iter().filter(|told| is_claim_on(told, visit.region, from, to));
            let told_truly = between(&reports.honest, from, to) + count(claims);
            match (told_truly, between(&reports.all, from, to)) {
                (0, 0) => self.untold += 1,
                (0, _) => self.told_wrongly += 1,
                (times, _) => {
                    self.missed += 1;
                    self.missed_though_told += u32::from(times >= 2);
                }
            }
        }
    }

    /// Per thousand true crossings.
    pub fn per_thousand(&self, number: u32) -> f64 {
        1000.0 * f64::from(number) / f64::from(self.crossings.max(1))
    }

    /// The delay, in reports, that this share of the crossings does not exceed.
    pub fn delay(&self, share: f64) -> u32 {
        quantile(&self.delays, share)
    }

    /// The same in seconds.
    pub fn delay_s(&self, share: f64) -> i64 {
        quantile(&self.delays_s, share)
    }
}

impl fmt::Display for Score {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "| {} | {:.1} | {:.1} | {} of {} ({}) | {} + {} | {:.1} | {} / {} | {} / {} |",
            self.name,
            self.per_thousand(self.false_in_the_end),
            self.per_thousand(self.false_at_first),
            self.missed,
            self.visits,
            self.missed_though_told,
            self.told_wrongly,
            self.untold,
            self.per_thousand(self.unsaid),
            self.delay(0.5),
            self.delay(0.9),
            self.delay_s(0.5),
            self.delay_s(0.9),
        )
    }
}

/// Those of the true stays longer than five minutes that a log says nothing of.
pub fn missed_ones<'a>(life: &'a Life, calls: &[Call]) -> Vec<&'a Visit> {
    let long = life.visits.iter().filter(|visit| visit.to_s - visit.from_s > 300);
    long.filter(|visit| !is_told_of(visit, calls, life.path.end_s())).collect()
}

/// A true crossing.
struct Crossing {
    at: Timestamp,
    region: RegionId,
    kind: Kind,
    counts: bool,
}

fn truth(life: &Life) -> Vec<Crossing> {
    let end_s = life.path.end_s();
    let mut truth = Vec::new();
    for region in &life.city.regions {
        let visits: Vec<&Visit> = life.visits.iter().filter(|visit| visit.region == region.id).collect();
        for (index, visit) in visits.iter().enumerate() {
            let before_s =
                index.checked_sub(1).and_then(|index| visits.get(index)).map_or(0, |before| before.to_s);
            let after_s = visits.get(index + 1).map_or(end_s, |after| after.from_s);
            let stays = visit.to_s - visit.from_s >= 120;
            if visit.from_s > 0 {
                let counts = stays && visit.from_s - before_s >= 120;
                truth.push(Crossing {
                    at: moment(visit.from_s),
                    region: region.id,
                    kind: Kind::Enter,
                    counts,
                });
            }
            if visit.to_s < end_s {
                let counts = stays && after_s - visit.to_s >= 120;
                truth.push(Crossing { at: moment(visit.to_s), region: region.id, kind: Kind::Leave, counts });
            }
        }
    }
    truth
}

/// For each call the true crossing that it tells of, each told of once.
fn matched(truth: &[Crossing], calls: &[Call], reports: &Reports) -> Vec<Option<usize>> {
    let mut taken = vec![false; truth.len()];
    let mut found = vec![None; calls.len()];
    // The most exact first.
    let mut pairs: Vec<(i64, usize, usize)> = Vec::new();
    for (index, call) in calls.iter().enumerate() {
        for (number, crossing) in truth.iter().enumerate() {
            if crossing.region == call.region
                && crossing.kind == call.kind
                && reports.can_mean(crossing.at, call.at)
            {
                pairs.push((call.at.millis_since(crossing.at).abs(), index, number));
            }
        }
    }
    pairs.sort_unstable();
    for (_, index, number) in pairs {
        if let (Some(found @ None), Some(taken @ false)) = (found.get_mut(index), taken.get_mut(number)) {
            (*found, *taken) = (Some(number), true);
        }
    }
    found
}

/// When the phone reported.
struct Reports {
    all: Vec<Timestamp>,
    honest: Vec<Timestamp>,
}

impl Reports {
    fn of(told: &[Told]) -> Self {
        let times = |told: &mut dyn Iterator<Item = &Told>| {
            let mut times: Vec<Timestamp> = told.map(|told| told.evidence().at()).collect();
            times.sort();
            times.dedup();
            times
        };
        let is_fix = |told: &&Told| matches!(told.what, Said::Fix(_));
        Self {
            all: times(&mut told.iter().filter(is_fix)),
            honest: times(&mut told.iter().filter(is_fix).filter(|told| told.error.is_none())),
        }
    }

    /// Whether something said of one moment can be about another: within five minutes before or fifteen after, or, where the phone
    /// was silent or wrong for long, within its next four honest reports.
    fn can_mean(&self, truly: Timestamp, said: Timestamp) -> bool {
        let late_ms = said.millis_since(truly);
        let between = || between(&self.honest, truly, said);
        late_ms >= -300_000 && (late_ms <= 900_000 || (late_ms <= 7_200_000 && between() <= 4))
    }

    /// How many reports came after the first honest one that followed the true crossing.
    fn delay(&self, truly: Timestamp, decided_at: Timestamp) -> u32 {
        let first = self.honest.get(self.honest.partition_point(|at| *at < truly)).copied();
        first.map_or(0, |first| between(&self.all, first.plus_millis(1), decided_at))
    }
}

/// Whether it is the phone's true word that a visit had begun.
fn is_claim_on(told: &Told, region: RegionId, from: Timestamp, to: Timestamp) -> bool {
    matches!(&told.what, Said::Claim(claim) if claim.region == region && claim.kind == Kind::Enter)
        && told.error.is_none()
        && (from..=to).contains(&told.evidence().at())
}

fn between(times: &[Timestamp], from: Timestamp, to: Timestamp) -> u32 {
    let (from, to) = (times.partition_point(|at| *at < from), times.partition_point(|at| *at <= to));
    u32::try_from(to.saturating_sub(from)).unwrap_or(u32::MAX)
}

/// Whether a log has somebody in a region at any time of a true visit.
fn is_told_of(visit: &Visit, log: &[Call], end_s: u32) -> bool {
    let calls: Vec<&Call> = log.iter().filter(|call| call.region == visit.region).collect();
    let (from, to) = (moment(visit.from_s), moment(visit.to_s));
    let mut since = calls.first().is_none_or(|call| call.kind == Kind::Leave).then_some(moment(0));
    if calls.is_empty() {
        // Nothing ever happened there; whoever was there all the time is there silently.
        return visit.from_s == 0 && visit.to_s == end_s;
    }
    for call in calls {
        match (call.kind, since) {
            (Kind::Enter, None) => since = Some(call.at),
            (Kind::Leave, Some(began)) => {
                if began <= to && call.at >= from {
                    return true;
                }
                since = None;
            }
            _ => {}
        }
    }
    since.is_some_and(|began| began <= to)
}

fn quantile<T: Copy + Ord + Default>(of: &[T], share: f64) -> T {
    let mut sorted = of.to_vec();
    sorted.sort_unstable();
    #[expect(
        clippy::cast_precision_loss,
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a place in a list"
    )]
    let place = (share * sorted.len() as f64) as usize;
    sorted.get(place.min(sorted.len().saturating_sub(1))).copied().unwrap_or_default()
}

fn count<T>(of: impl Iterator<Item = T>) -> u32 {
    u32::try_from(of.count()).unwrap_or(u32::MAX)
}

//! The rules that are held against each other.

use crate::{
    Life,
    phone::{Said, Told},
    table::table,
};
use domain::{
    Fix, Kind, Region, RegionId, Timestamp,
    geofence::{DeviceState, Evidence, Policy, Retraction, Verdict, order, step},
};
use std::collections::BTreeMap;

/// A rule.
#[derive(Debug)]
pub struct Rule {
    /// What it is called in the tables.
    pub name: &'static str,
    /// What it makes of a life.
    pub judge: fn(&Life) -> Judged,
}

/// What a rule said.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Judged {
    /// The log that it left in the end, by time.
    pub log: Vec<Call>,
    /// Everything it ever said, what it took back included; not what it only dated anew.
    pub first: Vec<Call>,
}

/// Somebody came or went, by a rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Call {
    /// When.
    pub at: Timestamp,
    /// Where.
    pub region: RegionId,
    /// In or out.
    pub kind: Kind,
    /// When the evidence for it was complete.
    pub decided_at: Timestamp,
}

/// Everybody's, a careful one, and ours.
pub const RULES: [Rule; 4] = [
    Rule { name: "bare point", judge: |life| by_fix(life, |edge_m, _| edge_m <= 0.0) },
    Rule {
        name: "enter-biased",
        judge: |life| by_fix(life, |edge_m, fix| edge_m <= fix.accuracy_m.unwrap_or(0.0)),
    },
    Rule { name: "table", judge: table },
    Rule { name: "ours", judge: |life| ours(life, &Policy::default()) },
];

/// A rule that looks at each fix by itself, in the order in which they were taken.
fn by_fix(life: &Life, is_inside: fn(f64, &Fix) -> bool) -> Judged {
    let mut fixes: Vec<&Fix> = life
        .told
        .iter()
        .filter_map(|told| match &told.what {
            Said::Fix(fix) => Some(fix),
            Said::Claim(_) => None,
        })
        .collect();
    fixes.sort_by_key(|fix| fix.at);
    fixes.dedup_by_key(|fix| fix.at);
    let mut log = Vec::new();
    for Region { id, area, .. } in &life.city.regions {
        let mut was_inside = None;
        for fix in &fixes {
            let near = !area.bounding_box().is_beyond(fix.point, fix.accuracy_m.unwrap_or(0.0));
            let inside = near && is_inside(area.signed_distance_m(fix.point), fix);
            let kind = if inside { Kind::Enter } else { Kind::Leave };
            if was_inside.replace(inside).is_some_and(|before| before != inside) {
                log.push(Call { at: fix.at, region: *id, kind, decided_at: fix.at });
            }
        }
    }
    log.sort();
    Judged { first: log.clone(), log }
}

/// The machine, fed as the server feeds it: in the order of arrival, and from an earlier state again when something comes late.
pub fn ours(life: &Life, policy: &Policy) -> Judged {
    let mut judge = Judge::new(life, policy);
    for told in &life.told {
        judge.hear(told);
    }
    judge.judged()
}

/// The machine, given everything at once in its order.
pub fn folded(life: &Life, policy: &Policy) -> Vec<Call> {
    let mut all: Vec<Evidence<'_>> = life.told.iter().map(Told::evidence).collect();
    all.sort_by(order);
    let (mut state, mut log) = (DeviceState::default(), BTreeMap::new());
    for evidence in &all {
        let next = step(state, evidence, &life.city.atlas, policy);
        state = next.state;
        for Retraction { region, kind, at } in next.retractions {
            log.remove(&(at, region, kind));
        }
        log.extend(next.crossings.into_iter().map(|c| ((c.at, c.region, c.kind), c.decided_at)));
    }
    said(&log)
}

type Log = BTreeMap<(Timestamp, RegionId, Kind), Timestamp>;

/// How much evidence lies between two states that are kept.
const APART: usize = 48;

struct Judge<'a> {
    life: &'a Life,
    policy: &'a Policy,
    all: Vec<&'a Told>,
    /// The state and the log before each so manieth piece of evidence.
    kept: Vec<(DeviceState, usize)>,
    state: DeviceState,
    /// What was said and taken back, in order.
    events: Vec<Event>,
    log: Log,
    first: Vec<Call>,
}

#[derive(Clone, Copy)]
enum Event {
    Said(Call),
    TookBack(Retraction),
}

impl<'a> Judge<'a> {
    fn new(life: &'a Life, policy: &'a Policy) -> Self {
        Self {
            life,
            policy,
            all: Vec::new(),
            kept: Vec::new(),
            state: DeviceState::default(),
            events: Vec::new(),
            log: Log::new(),
            first: Vec::new(),
        }
    }

    fn hear(&mut self, told: &'a Told) {
        let evidence = told.evidence();
        let place = self.all.partition_point(|known| order(&known.evidence(), &evidence).is_le());
        let is_late = place < self.all.len();
        self.all.insert(place, told);
        if !is_late {
            let before = self.events.len();
            self.step(place);
            let new = self.events.split_off(before);
            for event in new {
                if let Event::Said(said) = event {
                    self.first.push(said);
                }
                apply(&mut self.log, event);
                self.events.push(event);
            }
            return;
        }
        let from = place / APART;
        self.kept.truncate(from + 1);
        if let Some((state, events)) = self.kept.get(from).cloned() {
            self.state = state;
            self.events.truncate(events);
        }
        self.kept.truncate(from);
        for index in from * APART..self.all.len() {
            self.step(index);
        }
        let mut log = Log::new();
        self.events.iter().for_each(|event| apply(&mut log, *event));
        let before = std::mem::replace(&mut self.log, log);
        for (key, decided_at) in self.log.iter().filter(|(key, _)| !before.contains_key(key)) {
            let (at, region, kind) = *key;
            // The same with another date is not said anew.
            let is_correction = before.keys().any(|known| {
                known.1 == region
                    && known.2 == kind
                    && known.0.millis_since(at).abs() < 900_000
                    && !self.log.contains_key(known)
            });
            if !is_correction {
                self.first.push(Call { at, region, kind, decided_at: *decided_at });
            }
        }
    }

    fn step(&mut self, index: usize) {
        if index.is_multiple_of(APART) {
            self.kept.push((self.state.clone(), self.events.len()));
        }
        let Some(told) = self.all.get(index) else { return };
        let next =
            step(std::mem::take(&mut self.state), &told.evidence(), &self.life.city.atlas, self.policy);
        debug_assert!(next.verdict != Verdict::Late, "it is in order");
        self.state = next.state;
        self.events.extend(next.retractions.into_iter().map(Event::TookBack));
        self.events.extend(next.crossings.into_iter().map(|c| {
            Event::Said(Call { at: c.at, region: c.region, kind: c.kind, decided_at: c.decided_at })
        }));
    }

    fn judged(self) -> Judged {
        Judged { log: said(&self.log), first: self.first }
    }
}

fn apply(log: &mut Log, event: Event) {
    match event {
        Event::Said(Call { at, region, kind, decided_at }) => {
            log.insert((at, region, kind), decided_at);
        }
        Event::TookBack(Retraction { region, kind, at }) => {
            log.remove(&(at, region, kind));
        }
    }
}

fn said(log: &Log) -> Vec<Call> {
    let all = log.iter().map(|((at, region, kind), decided_at)| Call {
        at: *at,
        region: *region,
        kind: *kind,
        decided_at: *decided_at,
    });
    all.collect()
}

//! What is said of a friend: what the logs of their devices come to together, whenever these became known.
//!
//! A friend is in a region while any of their devices is: the first to come enters, the last to go leaves.

use super::log::Event;
use domain::{DeviceId, Kind, RegionId, Timestamp, Transition, Witness};
use std::collections::{BTreeSet, HashMap, HashSet};
use store::LogEntry;

/// A change of one device's log, as it stands now.
#[derive(Clone, Debug)]
pub(super) enum Change {
    Add(LogEntry),
    Amend(LogEntry),
    Remove(RegionId, Kind, Timestamp),
    Review(RegionId, Kind, Timestamp, Witness),
}

/// A change of what is said.
#[derive(Clone, Debug)]
pub(super) enum Word {
    Learn(LogEntry),
    Amend(LogEntry),
    Supersede(LogEntry),
}

/// What a friend's devices made of a region from some time on, and what was said of it.
#[derive(Clone, Debug)]
pub(super) struct Kin {
    inside: BTreeSet<DeviceId>,
    since: Option<Timestamp>,
    log: Vec<LogEntry>,
    said: Vec<LogEntry>,
}

impl From<Event> for Change {
    /// What an event means for what holds of a device's log.
    fn from(event: Event) -> Self {
        match event {
            Event::Crossed(entry) => Self::Add(entry),
            Event::Retracted { region, kind, at, .. } => Self::Remove(region, kind, at),
            Event::Reviewed { region, kind, at, witness, .. } => Self::Review(region, kind, at, witness),
        }
    }
}

impl Change {
    pub(super) fn region(&self) -> RegionId {
        match self {
            Self::Add(entry) | Self::Amend(entry) => entry.region,
            Self::Remove(region, ..) | Self::Review(region, ..) => *region,
        }
    }

    pub(super) fn at(&self) -> Timestamp {
        match self {
            Self::Add(entry) | Self::Amend(entry) => entry.at,
            Self::Remove(_, _, at) | Self::Review(_, _, at, _) => *at,
        }
    }
}

/// What changed between two states of a log, of which each holds an entry at the most once.
pub(super) fn changes(before: &[LogEntry], after: &[LogEntry]) -> Vec<Change> {
    let now: HashSet<_> = after.iter().map(sameness).collect();
    let then: HashMap<_, &LogEntry> = before.iter().map(|old| (sameness(old), old)).collect();
    let gone = before.iter().filter(|old| !now.contains(&sameness(old)));
    let mut changes: Vec<_> = gone.map(|old| Change::Remove(old.region, old.kind, old.at)).collect();
    for new in after {
        match then.get(&sameness(new)) {
            None => changes.push(Change::Add(new.clone())),
            Some(old) if *old != new => changes.push(Change::Amend(new.clone())),
            Some(_) => {}
        }
    }
    changes.sort_by_key(|change| (!matches!(change, Change::Remove(..)), change.at(), change.region()));
    changes
}

/// Who says so as far as is known.
pub(super) fn witness(entry: &LogEntry) -> Witness {
    entry.reviewed.map_or(entry.witness, |(witness, _)| witness)
}

/// By what an entry is the same one, whatever settled it.
fn sameness(entry: &LogEntry) -> (DeviceId, RegionId, Kind, Timestamp, bool) {
    (entry.device, entry.region, entry.kind, entry.at, entry.silent)
}

fn is_same(a: &LogEntry, b: &LogEntry) -> bool {
    sameness(a) == sameness(b)
}

impl Kin {
    /// As it was looked up.
    pub(super) fn new(found: store::Kin) -> Self {
        let store::Kin { inside, since, log, said } = found;
        let said = said.into_iter().map(said_of).collect();
        Self { inside: inside.into_iter().collect(), since, log, said }
    }

    /// Takes up changes of one device's log; answers with what else is said from now on.
    pub(super) fn take(&mut self, device: DeviceId, changes: Vec<Change>) -> Vec<Word> {
        for change in changes {
            let is_it =
                |entry: &LogEntry, kind, at| (entry.device, entry.kind, entry.at) == (device, kind, at);
            match change {
                Change::Add(new) | Change::Amend(new) => {
                    self.log.retain(|known| !is_same(known, &new));
                    self.log.push(new);
                }
                Change::Remove(_, kind, at) => self.log.retain(|known| !is_it(known, kind, at)),
                Change::Review(_, kind, at, witness) => {
                    for known in self.log.iter_mut().filter(|known| is_it(known, kind, at)) {
                        known.reviewed = Some((witness, known.decided_at));
                    }
                }
            }
        }
        let now = self.say();
        let mut words: Vec<Word> = Vec::new();
        for old in self.said.iter().filter(|old| !now.iter().any(|new| is_same(old, new))) {
            words.push(Word::Supersede(old.clone()));
        }
        for new in &now {
            match self.said.iter().find(|old| is_same(old, new)) {
                None => words.push(Word::Learn(new.clone())),
                Some(old) if old != new => words.push(Word::Amend(new.clone())),
                Some(_) => {}
            }
        }
        self.said = now;
        words
    }

    /// What the logs come to, in order of time.
    fn say(&self) -> Vec<LogEntry> {
        let mut log: Vec<&LogEntry> = self.log.iter().collect();
        log.sort_by_key(|entry| (entry.at, entry.silent, entry.decided_at, entry.device));
        let (mut inside, mut since, mut said) = (self.inside.clone(), self.since, Vec::new());
        // Of one moment the order means nothing: who comes when another goes was not away.
        for moment in log.chunk_by(|a, b| a.at == b.at) {
            let before = inside.clone();
            for entry in moment {
                // Who does both in one moment is where they were.
                let toggles = |kind| moment.iter().any(|one| one.device == entry.device && one.kind == kind);
                if toggles(Kind::Enter) && toggles(Kind::Leave) {
                    continue;
                }
                match entry.kind {
                    Kind::Enter => inside.insert(entry.device),
                    Kind::Leave => inside.remove(&entry.device),
                };
            }
            let kind = match (before.is_empty(), inside.is_empty()) {
                (true, false) => Kind::Enter,
                (false, true) => Kind::Leave,
                (true, true) | (false, false) => continue,
            };
            let Some(entry) = moment.iter().find(|entry| entry.kind == kind) else { continue };
            let begun = std::mem::take(&mut since);
            if entry.silent {
                continue;
            }
            let stay_ms = begun.filter(|_| kind == Kind::Leave).map(|begun| entry.at.millis_since(begun));
            since = (kind == Kind::Enter).then_some(entry.at);
            said.push(as_said(entry, stay_ms));
        }
        said
    }
}

/// What is said keeps nothing of when it became so.
fn as_said(entry: &LogEntry, stay_ms: Option<i64>) -> LogEntry {
    LogEntry { witness: witness(entry), reviewed: None, stay_ms, ..entry.clone() }
}

fn said_of(transition: Transition) -> LogEntry {
    LogEntry {
        device: transition.device,
        region: transition.region,
        kind: transition.kind,
        at: transition.at,
        decided_at: transition.decided_at,
        silent: false,
        witness: transition.witness,
        evidence: transition.evidence,
        stay_ms: transition.stay_ms,
        reviewed: None,
        retracted_at: None,
    }
}

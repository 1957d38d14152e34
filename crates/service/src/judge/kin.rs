//! What is said of a friend: what the logs of their devices come to together, whenever these became known.
//!
//! A friend is in a region while any of their devices that counts is: the first to come enters, the last to go leaves. Which device
//! counts is decided by the time of what happened, so it does not matter when that became known. Where another choice makes a
//! difference, nobody came or went: nothing is said.

use super::log::Event;
use domain::{Counting, DeviceId, Kind, RegionId, Timestamp, Transition, Witness};
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
    from: Timestamp,
    counting: Counting,
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
    /// As it was looked up, from a time on.
    pub(super) fn new(found: store::Kin, from: Timestamp, counting: Counting) -> Self {
        let store::Kin { inside, since, log, said } = found;
        let said = said.into_iter().map(said_of).collect();
        Self { inside: inside.into_iter().collect(), since, from, counting, log, said }
    }

    /// From when on it has to be looked up instead: whether the friend was inside all the time since then depends on a choice of
    /// devices in between.
    pub(super) fn lacks_from(&self) -> Option<Timestamp> {
        let since = self.since.filter(|since| *since < self.from)?;
        self.counting.after(since).any(|(at, _)| at < self.from).then_some(since)
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
        let just_before = self.from.plus_millis(-1);
        let mut chosen = self.counting.chosen_at(just_before);
        let mut choices = self.counting.after(just_before).peekable();
        let is_in = |inside: &BTreeSet<DeviceId>, chosen: Option<DeviceId>| {
            chosen.map_or(!inside.is_empty(), |chosen| inside.contains(&chosen))
        };
        // Of one moment the order means nothing: who comes when another goes was not away.
        for moment in log.chunk_by(|a, b| a.at == b.at) {
            let at = moment.first().map_or(self.from, |entry| entry.at);
            while let Some((_, choice)) = choices.next_if(|(from, _)| *from <= at) {
                chosen = choice;
                since = since.filter(|_| is_in(&inside, chosen));
            }
            let was_in = is_in(&inside, chosen);
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
            let kind = match (was_in, is_in(&inside, chosen)) {
                (false, true) => Kind::Enter,
                (true, false) => Kind::Leave,
                (true, true) | (false, false) => continue,
            };
            let counts = |entry: &LogEntry| chosen.is_none_or(|chosen| chosen == entry.device);
            let Some(entry) = moment.iter().find(|entry| entry.kind == kind && counts(entry)) else {
                continue;
            };
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

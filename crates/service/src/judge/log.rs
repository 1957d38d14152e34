//! What a step of the machine means for the log of its device.

use domain::{DeviceId, Kind, RegionId, Stay, Timestamp, Witness, geofence};
use std::collections::BTreeSet;
use store::{LogChange, LogEntry};

/// Something that happened in a device's log.
#[derive(Clone, Debug)]
pub(crate) enum Event {
    Crossed(LogEntry),
    Retracted { region: RegionId, kind: Kind, at: Timestamp, by: Timestamp },
    Reviewed { region: RegionId, kind: Kind, at: Timestamp, witness: Witness, by: Timestamp },
}

/// What a step means for the log of a device that was in these regions before.
pub(crate) fn events(
    device: DeviceId,
    before: &[Stay],
    step: &mut geofence::Step,
    by: Timestamp,
) -> Vec<Event> {
    let mut events = Vec::new();
    let mut inside: BTreeSet<RegionId> = before.iter().map(|stay| stay.region).collect();
    for geofence::Retraction { region, kind, at } in std::mem::take(&mut step.retractions) {
        match kind {
            Kind::Enter => inside.remove(&region),
            Kind::Leave => inside.insert(region),
        };
        events.push(Event::Retracted { region, kind, at, by });
    }
    for crossing in std::mem::take(&mut step.crossings) {
        let geofence::Crossing { region, kind, at, decided_at, witness, evidence, stay_ms } = crossing;
        match kind {
            Kind::Enter => inside.insert(region),
            Kind::Leave => inside.remove(&region),
        };
        let (silent, reviewed, retracted_at) = (false, None, None);
        events.push(Event::Crossed(LogEntry {
            device,
            region,
            kind,
            at,
            decided_at,
            silent,
            witness,
            evidence,
            stay_ms,
            reviewed,
            retracted_at,
        }));
    }
    let silently = |region, kind, at| {
        Event::Crossed(LogEntry {
            device,
            region,
            kind,
            at,
            decided_at: by,
            silent: true,
            witness: Witness::Server,
            evidence: Vec::new(),
            stay_ms: None,
            reviewed: None,
            retracted_at: None,
        })
    };
    for stay in step.state.stays() {
        if !inside.remove(&stay.region) {
            events.push(silently(stay.region, Kind::Enter, stay.since));
        }
    }
    events.extend(inside.into_iter().map(|region| silently(region, Kind::Leave, by)));
    for geofence::Review { region, kind, at, witness } in std::mem::take(&mut step.reviews) {
        events.push(Event::Reviewed { region, kind, at, witness, by });
    }
    events
}

impl Event {
    /// The same as a change of what is stored.
    pub(crate) fn change(&self, device: DeviceId) -> LogChange {
        match self {
            Self::Crossed(entry) => LogChange::Put(entry.clone()),
            Self::Retracted { region, kind, at, by } => LogChange::Retract(device, *region, *kind, *at, *by),
            Self::Reviewed { region, kind, at, witness, by } => {
                LogChange::Review(device, *region, *kind, *at, (*witness, *by))
            }
        }
    }

    /// Changes a log.
    pub(super) fn happen(&self, log: &mut Vec<LogEntry>) {
        let is_it = |entry: &&mut LogEntry, key: (RegionId, Kind, Timestamp), by: Timestamp| {
            let holds = entry.retracted_at.is_none() && entry.decided_at <= by;
            holds && (entry.region, entry.kind, entry.at) == key
        };
        match self {
            Self::Crossed(new) => {
                log.retain(|known| key(known) != key(new));
                log.push(new.clone());
            }
            Self::Retracted { region, kind, at, by } => {
                for known in log.iter_mut().filter(|known| is_it(known, (*region, *kind, *at), *by)) {
                    known.retracted_at = Some(*by);
                }
            }
            Self::Reviewed { region, kind, at, witness, by } => {
                for known in log.iter_mut().filter(|known| is_it(known, (*region, *kind, *at), *by)) {
                    known.reviewed = Some((*witness, *by));
                }
            }
        }
    }
}

/// By what an entry of one device's log is known.
pub(super) fn key(entry: &LogEntry) -> (RegionId, Kind, Timestamp, Timestamp) {
    (entry.region, entry.kind, entry.at, entry.decided_at)
}

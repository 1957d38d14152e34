//! A region is drawn, changed or removed: whose presence that changes. Silently: nobody came or went.

use super::Judgement;
use crate::{
    Settings,
    board::{Board, Reporter},
    hub::Changes,
};
use domain::{DeviceId, Region, Timestamp, geofence::DeviceState, live::Change};
use std::collections::HashMap;
use store::{Batch, Entry};

/// What happens to a region.
#[derive(Clone)]
pub(crate) enum Redraw {
    /// It is new, or has another name or shape.
    Put(Region),
    /// It is no more; its history stays.
    Remove(Region),
}

/// A region that is new, or has a new shape, is judged afresh for everybody, from where they were last seen.
pub(crate) fn redraw(
    board: &Board,
    memory: &HashMap<DeviceId, DeviceState>,
    settings: &Settings,
    at: Timestamp,
    redraw: Redraw,
) -> Judgement {
    let (group, demo, judged, change, entry) = match redraw {
        Redraw::Put(region) => {
            let moved = board.region(region.id).is_none_or(|known| known.area != region.area);
            let may_be_in = |reporter: &&Reporter| {
                reporter.group == region.group && (region.demo || !board.is_demo(&reporter.device))
            };
            let of_group = board.devices.values().filter(|_| moved).filter(may_be_in);
            let judged: HashMap<_, _> = of_group
                .filter_map(|reporter| {
                    let state = memory.get(&reporter.device.id)?.clone();
                    Some((reporter.device.id, state.survey(&region, &settings.policy)))
                })
                .collect();
            let entry = Entry::Region(Box::new(region.clone()));
            (region.group, region.demo, judged, Change::Region(region), entry)
        }
        Redraw::Remove(region) => {
            let (change, entry) = (Change::RegionGone(region.id), Entry::RegionGone(region.id));
            (region.group, region.demo, HashMap::new(), change, entry)
        }
    };
    let states = judged.iter().filter_map(|(id, state)| {
        let reporter = board.devices.get(id)?;
        let (spot, lost_at) = (reporter.spot.clone(), reporter.lost_at);
        Some(store::DeviceState { device: *id, judged: state.clone(), spot, lost_at })
    });
    let states = states.collect();
    // Whose presence it changes can only be seen on a board that has it.
    let mut after = board.clone();
    after.apply(&change);
    let mut news = vec![(demo, change)];
    for on_board in after.friends.values().filter(|on_board| on_board.friend.group == group) {
        let stays = after.stays(&on_board.devices, |id| judged.get(id).or_else(|| memory.get(id)));
        if stays != on_board.stays {
            news.push((on_board.friend.demo, Change::Stays(on_board.friend.id, stays)));
        }
    }
    let seq = board.seqs.get(&group).copied().unwrap_or_default().next();
    let batch = Batch { journal: vec![(at, entry)], states, seqs: vec![(group, seq)], ..Batch::default() };
    Judgement { batch, changes: HashMap::from([(group, Changes { group, seq, news })]), judged }
}

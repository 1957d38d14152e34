//! A region is drawn, changed or removed: whose presence that changes. Silently: nobody came or went.

use super::Judgement;
use crate::{Settings, board::Board, hub::Changes};
use domain::{DeviceId, GroupId, Region, Timestamp, geofence::DeviceState, live::Change};
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

/// A region that is new, or has a new shape, is shown with those who were last seen there. What is remembered of them stays as it
/// is: the machine takes the change up with their next evidence.
pub(crate) fn redraw(
    board: &Board,
    memory: &HashMap<DeviceId, DeviceState>,
    settings: &Settings,
    at: Timestamp,
    redraw: Redraw,
) -> Judgement {
    let (group, demo, change, entry) = match redraw {
        Redraw::Put(region) => {
            let entry = Entry::Region(Box::new(region.clone()));
            (region.group, region.demo, Change::Region(region), entry)
        }
        Redraw::Remove(region) => {
            (region.group, region.demo, Change::RegionGone(region.id), Entry::RegionGone(region.id))
        }
    };
    // Whose presence it changes can only be seen on a board that has it.
    let mut after = board.clone();
    if let Change::RegionGone(region) = &change {
        after.end_region(group, *region, at);
    }
    after.apply(&change);
    let mut news = vec![(demo, change)];
    let mut all: HashMap<GroupId, Vec<(bool, Change)>> = HashMap::new();
    for on_board in after.friends.values().filter(|on_board| on_board.friend.is_of(group)) {
        let stays = after.stays(on_board, |id| memory.get(id), &settings.policy);
        if stays != on_board.stays {
            let change = Change::Stays(on_board.friend.id, stays);
            // Whoever is of another group of theirs hears of it there.
            for group in on_board.friend.memberships.groups() {
                all.entry(group).or_default().push((on_board.friend.demo, change.clone()));
            }
        }
    }
    news.extend(all.remove(&group).unwrap_or_default());
    all.insert(group, news);
    let changes = all.into_iter().map(|(group, news)| {
        let seq = board.seqs.get(&group).copied().unwrap_or_default().next();
        (group, Changes { group, seq, news })
    });
    let changes: HashMap<_, _> = changes.collect();
    let seqs = changes.values().map(|changes| (changes.group, changes.seq)).collect();
    let batch = Batch { journal: vec![(at, entry)], seqs, ..Batch::default() };
    Judgement { batch, changes, judged: HashMap::new() }
}

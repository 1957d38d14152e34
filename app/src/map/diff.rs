//! What must be drawn anew: the difference of two scenes, as small as it can be. Pure.

use super::{
    draft::{Draft, Form, Grip, Handle},
    scene::{Disc, Marker, Scene, Shape},
};
use domain::{FriendId, RegionId};

/// One thing to do on the map.
#[derive(Clone, Debug, PartialEq)]
pub enum MapOp {
    /// A marker is new, or looks different, or is somewhere else.
    PutMarker(Marker, Travel),
    /// A marker goes.
    RemoveMarker(FriendId),
    /// A disc is new or different.
    PutDisc(Disc),
    /// A disc goes.
    RemoveDisc(FriendId),
    /// A region is new or different.
    PutRegion(Shape),
    /// A region goes.
    RemoveRegion(RegionId),
    /// The outline of the region in the making is new or different.
    PutForm(Form),
    /// It goes.
    RemoveForm,
    /// A handle is new or different.
    PutGrip(Grip),
    /// A handle goes.
    RemoveGrip(Handle),
    /// Another handle was taken up: the keyboard's focus follows, if it is on the map.
    FocusGrip(Handle),
}

/// How a marker gets where it is now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Travel {
    /// It is there, or was nowhere before.
    Stay,
    /// So near that it may glide.
    Glide,
    /// So far that gliding would tell a wrong story.
    Jump,
}

/// A marker that moves farther than this jumps, metres; so does one that crosses the antimeridian, the map's
/// edge.
const FARTHEST_GLIDE_M: f64 = 2_000.0;

/// What turns `old` into `new`: what goes first, then regions, discs and markers in that order, so that faces
/// end up on top.
pub fn diff(old: &Scene, new: &Scene) -> Vec<MapOp> {
    let mut ops = Vec::new();
    ops.extend(gone(&old.regions, &new.regions, |shape| shape.id).map(MapOp::RemoveRegion));
    ops.extend(gone(&old.discs, &new.discs, |disc| disc.friend).map(MapOp::RemoveDisc));
    ops.extend(gone(&old.markers, &new.markers, |marker| marker.friend).map(MapOp::RemoveMarker));
    ops.extend(
        changed(&old.regions, &new.regions, |shape| shape.id)
            .map(|(_, shape)| MapOp::PutRegion(shape.clone())),
    );
    ops.extend(
        changed(&old.discs, &new.discs, |disc| disc.friend).map(|(_, disc)| MapOp::PutDisc(disc.clone())),
    );
    ops.extend(changed(&old.markers, &new.markers, |marker| marker.friend).map(|(before, marker)| {
        MapOp::PutMarker(marker.clone(), before.map_or(Travel::Stay, |before| travel(before, marker)))
    }));
    ops.extend(redraft(old.draft.as_ref(), new.draft.as_ref()));
    ops
}

/// What turns one region in the making into another: the outline first, so that the handles end up on top.
fn redraft(old: Option<&Draft>, new: Option<&Draft>) -> Vec<MapOp> {
    let form = |draft: Option<&Draft>| draft.map(|draft| draft.form.clone());
    let chosen = |draft: Option<&Draft>| draft.and_then(|draft| draft.chosen);
    let grips = |draft: Option<&'_ Draft>| draft.map(|draft| draft.grips.clone()).unwrap_or_default();
    let (before, after) = (grips(old), grips(new));
    let mut ops: Vec<MapOp> = gone(&before, &after, |grip| grip.handle).map(MapOp::RemoveGrip).collect();
    match (form(old), form(new)) {
        (Some(_), None) => ops.push(MapOp::RemoveForm),
        (old, Some(new)) if old.as_ref() != Some(&new) => ops.push(MapOp::PutForm(new)),
        _ => {}
    }
    ops.extend(changed(&before, &after, |grip| grip.handle).map(|(_, grip)| MapOp::PutGrip(grip.clone())));
    ops.extend(chosen(new).filter(|handle| chosen(old) != Some(*handle)).map(MapOp::FocusGrip));
    ops
}

fn travel(before: &Marker, after: &Marker) -> Travel {
    if before.at == after.at {
        Travel::Stay
    } else if before.at.distance_m(after.at) < FARTHEST_GLIDE_M
        && (before.at.lon() - after.at.lon()).abs() < 180.0
    {
        Travel::Glide
    } else {
        Travel::Jump
    }
}

/// The keys that only the old list has.
fn gone<'a, T, K: PartialEq>(
    old: &'a [T],
    new: &'a [T],
    key: impl Fn(&T) -> K + Copy + 'a,
) -> impl Iterator<Item = K> {
    old.iter().map(key).filter(move |id| !new.iter().any(|item| key(item) == *id))
}

/// The items that are new or differ, each with what it was before.
fn changed<'a, T: PartialEq, K: PartialEq>(
    old: &'a [T],
    new: &'a [T],
    key: impl Fn(&T) -> K + Copy + 'a,
) -> impl Iterator<Item = (Option<&'a T>, &'a T)> {
    new.iter().filter_map(move |item| {
        let before = old.iter().find(|before| key(before) == key(item));
        (before != Some(item)).then_some((before, item))
    })
}

#[cfg(test)]
mod tests;

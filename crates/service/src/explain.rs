//! Why somebody is thought to be in a region.

use crate::{Error, Service, sight::Sight};
use domain::{
    DeviceId, EvidenceNote, FriendId, RegionId, Timestamp, Viewer,
    geofence::{DeviceState, RegionState},
};

/// What one device has to say of its friend being in a region.
#[derive(Clone, Debug, PartialEq)]
pub struct Explained {
    /// Which device.
    pub device: DeviceId,
    /// Since when it is inside.
    pub since: Timestamp,
    /// Whether there is no doubt: the device is not lost, and nothing it told since speaks against it.
    pub sure: bool,
    /// The time of the newest it told, by its own clock.
    pub seen_at: Option<Timestamp>,
    /// Since when its connection is lost.
    pub lost_at: Option<Timestamp>,
    /// Why: what made it enter, if that was seen, and the first sign that it may be leaving.
    pub why: Vec<EvidenceNote>,
}

impl Service {
    /// Why a friend is thought to be in a region, by each of their devices that is in it; the surest first. Empty when they are not.
    ///
    /// # Errors
    /// [`Error::NotFound`] when the viewer may not know the friend or the region; when the database fails.
    pub async fn explain(
        &self,
        viewer: &Viewer,
        friend: FriendId,
        region: RegionId,
    ) -> Result<Vec<Explained>, Error> {
        let (devices, drawn, atlas) = {
            let board = self.shared.board();
            let owner = board.friends.get(&friend).filter(|owner| viewer.may_see(&owner.friend));
            let owner = owner.ok_or(Error::NotFound("friend"))?;
            let sight = Sight::new(&board, viewer);
            let drawn = board.region(region).filter(|drawn| sight.region(drawn));
            let drawn = drawn.ok_or(Error::NotFound("region"))?.id;
            let stays = sight.stays(&owner.stays, self.shared.now());
            if !stays.iter().any(|stay| stay.region == region) {
                return Ok(Vec::new());
            }
            let devices: Vec<_> =
                board.devices_of(owner).map(|known| (known.device.id, known.lost_at)).collect();
            (devices, drawn, board.atlas(owner.friend.group, owner.friend.demo))
        };
        let (now, policy) = (self.shared.now(), &self.shared.settings.policy);
        let mut explained = Vec::new();
        for (device, lost_at) in devices {
            let Some(state) = self.shared.reader.device_state(device).await? else { continue };
            let seen_at = state.judged_at();
            let state = state.as_of(now.max(seen_at.unwrap_or(now)), &atlas, policy);
            let Some((since, doubt)) = inside(&state, drawn) else { continue };
            let mut why = self.shared.reader.why_inside(device, drawn).await?;
            let sure = lost_at.is_none() && doubt.is_none();
            why.extend(doubt);
            explained.push(Explained { device, since, sure, seen_at, lost_at, why });
        }
        explained.sort_by_key(|one| (!one.sure, one.since));
        Ok(explained)
    }
}

/// Since when a device is inside, and what speaks against it.
fn inside(state: &DeviceState, region: RegionId) -> Option<(Timestamp, Option<EvidenceNote>)> {
    let known = state.region(region)?;
    let doubt = if let RegionState::Leaving { first, .. } = known { Some(first.clone()) } else { None };
    Some((known.inside_since()?, doubt))
}

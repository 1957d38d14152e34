//! Why somebody is thought to be in a region: since when, how sure that is, by what, and how old that is.

use crate::{Error, Service, sight::Sight};
use domain::{
    Device, EvidenceNote, Expected, FriendId, Region, RegionId, Stay, Timestamp, Viewer, geofence::Standing,
};

/// Why somebody is thought to be in a region.
#[derive(Clone, Debug, PartialEq)]
pub struct Explanation {
    /// What the friend is called, as their own name.
    pub friend: String,
    /// What they want to be called.
    pub shown_name: String,
    /// The region.
    pub region: Region,
    /// Since when; `None` when they are not known to be there, or the viewer may not know of it now.
    pub stay: Option<Stay>,
    /// What each of their devices has to say of it, those that are there first, of these the surest first. None without a stay.
    pub devices: Vec<Explained>,
}

/// What one device has to say of its friend being in a region.
#[derive(Clone, Debug, PartialEq)]
pub struct Explained {
    /// Which device.
    pub device: Device,
    /// Whether it counts for where the friend is.
    pub counts: bool,
    /// How it stands with the region, by all it told, the evidence of its entering first; `None` when it is surely elsewhere, or nothing
    /// is known of it.
    pub standing: Option<Standing>,
    /// When the newest position shown of it was taken.
    pub heard_at: Option<Timestamp>,
    /// Since when its connection is lost.
    pub lost_at: Option<Timestamp>,
    /// When it is expected to be heard again, by its own rhythm.
    pub expected: Option<Expected>,
}

impl Explained {
    /// Whether it is inside.
    pub fn is_inside(&self) -> bool {
        self.standing.as_ref().is_some_and(|standing| standing.inside)
    }
}

impl Service {
    /// Why a friend is thought to be in a region, by each of their devices.
    ///
    /// # Errors
    /// [`Error::NotFound`] when the viewer may not know the friend or the region; when the database fails.
    pub async fn explain(
        &self,
        viewer: &Viewer,
        friend: FriendId,
        region: RegionId,
    ) -> Result<Explanation, Error> {
        let now = self.shared.now();
        let (mut explanation, asked, atlas, showing) = {
            let board = self.shared.board();
            let owner = board.friends.get(&friend).filter(|owner| viewer.may_see(&owner.friend));
            let owner = owner.ok_or(Error::NotFound("friend"))?;
            let sight = Sight::new(&board, viewer);
            let region = board.region(region).filter(|drawn| sight.region(drawn));
            let region = region.ok_or(Error::NotFound("region"))?.clone();
            let showing = sight.showing(owner, now);
            // Why, is told by times, distances and devices: to who sees them, and not late.
            let stays = if showing.is_precise() { owner.stays.as_slice() } else { &[] };
            let stay = sight.stays(&showing, stays, now).into_iter().find(|stay| stay.region == region.id);
            let wished = owner.card.as_ref().and_then(|card| card.name.clone());
            let friend = owner.friend.name.to_string();
            let shown_name = wished.unwrap_or_else(|| friend.clone());
            let known = board.devices_of(owner).filter(|_| stay.is_some());
            let known: Vec<_> = known
                .map(|known| Explained {
                    counts: owner.counting.counts_now(known.device.id),
                    device: known.device.clone(),
                    standing: None,
                    heard_at: known.spot.as_ref().map(|spot| spot.at).filter(|at| showing.covers(*at)),
                    lost_at: known.lost_at.filter(|at| showing.covers(*at)),
                    expected: known.spot.as_ref().and_then(|spot| spot.expected),
                })
                .collect();
            let atlas = board.atlas(owner.friend.id);
            (Explanation { friend, shown_name, region, stay, devices: Vec::new() }, known, atlas, showing)
        };
        for mut device in asked {
            let state = self.shared.reader.device_state(device.device.id).await?;
            if let Some(state) = state {
                let at = now.max(state.judged_at().unwrap_or(now));
                let state = state.as_of(at, &atlas, &self.shared.settings.policy);
                device.standing = state.standing(&explanation.region, &self.shared.settings.policy);
            }
            if let Some(standing) = &mut device.standing {
                // What was before the hours of the region it does not tell.
                let told = explanation.stay.as_ref().filter(|stay| stay.or_before);
                standing.since = standing.since.filter(|since| told.is_none_or(|stay| stay.since <= *since));
                if standing.inside {
                    let entered = self.shared.reader.why_inside(device.device.id, explanation.region.id);
                    standing.why.splice(0..0, entered.await?);
                }
                standing.why =
                    self.evidence_for(viewer, explanation.region.id, std::mem::take(&mut standing.why));
                standing.why.retain(|note| showing.covers(note.at));
                standing.since = standing.since.and_then(|since| showing.since(since, now));
                standing.seen_at = showing.since(standing.seen_at, now).unwrap_or(now);
            }
            explanation.devices.push(device);
        }
        let surest = |device: &Explained| {
            let standing = device.standing.as_ref();
            (!device.is_inside(), std::cmp::Reverse(standing.map(|standing| standing.certainty)))
        };
        explanation.devices.sort_by_key(surest);
        if !explanation.devices.is_empty() {
            self.count_looks(viewer, "why somebody is where", [friend]);
        }
        Ok(explanation)
    }

    /// Evidence in order of time, each piece once, without that of hours at which the region tells nothing.
    fn evidence_for(
        &self,
        viewer: &Viewer,
        region: RegionId,
        mut notes: Vec<EvidenceNote>,
    ) -> Vec<EvidenceNote> {
        let board = self.shared.board();
        let sight = Sight::new(&board, viewer);
        notes.retain(|note| sight.crossing(region, note.at));
        notes.sort_by_key(|note| note.at);
        notes.dedup();
        notes
    }
}

//! Where friends were near a place: what a region that is being drawn is tried out on, with the same machine that judges.

use crate::{Error, Service, request::admin};
use domain::{Caution, DeviceId, Fix, FriendId, RegionId, Timestamp, Viewer};
use geodesy::Point;
use store::Bare;

/// How far back a region can be tried out at the most, days.
const MOST_DAYS: u32 = 366;
/// How many fixes of one device are looked at, the newest: a year of one each minute.
const MOST_FIXES: u32 = 600_000;
/// How many are handed out for each device, the newest.
const MOST_GIVEN: usize = 100_000;
/// How far around a region one looks for how exact positions are, metres.
const AROUND_M: f64 = 100.0;
/// And for how long, days.
const USUAL_DAYS: u32 = 30;
const DAY_MS: i64 = 86_400_000;

/// What is asked for.
#[derive(Clone, Copy, Debug)]
pub struct TrackQuery {
    /// Near this place.
    pub near: Point,
    /// Not farther than this, metres.
    pub reach_m: f64,
    /// Since so many days ago; drawn into 1 to 366.
    pub days: u32,
}

/// Where a device was near a place.
#[derive(Clone, Debug, PartialEq)]
pub struct Track {
    /// Whose.
    pub friend: FriendId,
    /// Which device.
    pub device: DeviceId,
    /// Oldest first: those that are near, and the one before and after each stay, without which nobody would be seen to come and go.
    pub fixes: Vec<TrackPoint>,
}

/// One fix of a track.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct TrackPoint {
    /// When it is believed to have been taken.
    pub at: Timestamp,
    /// Where.
    pub point: Point,
    /// How exact, metres.
    pub accuracy_m: Option<f64>,
}

impl Service {
    /// Where the devices that the viewer may see were near a place; those that never were are left out.
    ///
    /// # Errors
    /// [`Error::Forbidden`] unless an admin; when the database fails.
    pub async fn tracks(&self, by: &Viewer, query: &TrackQuery) -> Result<Vec<Track>, Error> {
        admin(by)?;
        let since = self.shared.now().plus_millis(-i64::from(query.days.clamp(1, MOST_DAYS)) * DAY_MS);
        let devices: Vec<(FriendId, DeviceId)> = {
            let board = self.shared.board();
            let friends = board.friends.values().filter(|on_board| by.may_see(&on_board.friend));
            friends
                .flat_map(|on_board| on_board.devices.iter().map(|device| (on_board.friend.id, *device)))
                .collect()
        };
        let mut tracks = Vec::new();
        for (friend, device) in devices {
            let fixes = self.shared.reader.bare_fixes(device, since, MOST_FIXES).await?;
            let mut fixes = near(&fixes, query);
            fixes.drain(..fixes.len().saturating_sub(MOST_GIVEN));
            if !fixes.is_empty() {
                tracks.push(Track { friend, device, fixes });
            }
        }
        tracks.sort_by_key(|track| (track.friend, track.device));
        Ok(tracks)
    }
}

impl Service {
    /// What whoever drew a region should know of it, by the other regions and by how exact positions around it were over the last 30 days.
    ///
    /// # Errors
    /// [`Error::Forbidden`] unless an admin, [`Error::NotFound`]; when the database fails.
    pub async fn cautions(&self, by: &Viewer, region: RegionId) -> Result<Vec<Caution>, Error> {
        admin(by)?;
        let regions = self.snapshot(by).regions;
        let drawn = regions.iter().find(|known| known.id == region).ok_or(Error::NotFound("region"))?;
        // With some of what is around it: a region that is too small would see nobody.
        let reach_m = (drawn.area.size_m2() / std::f64::consts::PI).sqrt() + AROUND_M;
        let query = TrackQuery { near: drawn.area.centre(), reach_m, days: USUAL_DAYS };
        let tracks = self.tracks(by, &query).await?;
        let fixes = tracks.iter().flat_map(|track| &track.fixes);
        let near = fixes.filter(|fix| fix.point.distance_m(query.near) <= reach_m);
        let mut accuracies: Vec<f64> = near.filter_map(|fix| fix.accuracy_m).collect();
        accuracies.sort_by(f64::total_cmp);
        let usual_m = accuracies.get(accuracies.len() / 2).copied();
        let neighbours = regions.iter().filter(|known| known.group == drawn.group);
        Ok(Caution::of(&drawn.area, Some(region), neighbours, usual_m))
    }
}

/// Those that are near, and their neighbours.
fn near(fixes: &[Bare], query: &TrackQuery) -> Vec<TrackPoint> {
    let believed: Vec<TrackPoint> = fixes.iter().filter_map(believed).collect();
    let is_near: Vec<bool> =
        believed.iter().map(|fix| fix.point.distance_m(query.near) <= query.reach_m).collect();
    let is_near = |index: Option<usize>| index.and_then(|index| is_near.get(index)) == Some(&true);
    let kept = believed.iter().enumerate().filter(|(index, _)| {
        is_near(Some(*index)) || is_near(index.checked_sub(1)) || is_near(index.checked_add(1))
    });
    kept.map(|(_, fix)| *fix).collect()
}

/// As it is judged: not one by a clock that cannot be right, nor one from nowhere.
fn believed(fix: &Bare) -> Option<TrackPoint> {
    let ahead_ms = fix.at.millis_since(fix.received_at);
    if fix.at < Fix::EARLIEST || ahead_ms > Fix::MOST_AHEAD_MS || is_nowhere(fix.point) {
        return None;
    }
    let at = fix.at.min(fix.received_at);
    Some(TrackPoint { at, point: fix.point, accuracy_m: fix.accuracy_m })
}

fn is_nowhere(point: Point) -> bool {
    point.lat().abs() < f64::EPSILON && point.lon().abs() < f64::EPSILON
}

#[cfg(test)]
mod tests {
    use super::{TrackQuery, near};
    use domain::Timestamp;
    use geodesy::Point;
    use store::Bare;

    fn fix(minute: i64, lat: f64) -> Bare {
        let at = Timestamp::from_millis(1_700_000_000_000 + minute * 60_000);
        Bare { at, received_at: at, point: Point::new(lat, 16.0).expect("is a point"), accuracy_m: None }
    }

    #[test]
    fn what_is_near_comes_with_how_one_got_there_and_away() {
        let lats = [48.0, 48.1, 48.2, 48.2, 48.3, 48.4, 0.0, 48.2, 48.4];
        let mut fixes: Vec<Bare> = (0..).zip(lats).map(|(minute, lat)| fix(minute, lat)).collect();
        fixes[6].point = Point::new(0.0, 0.0).expect("is a point");
        let place = Point::new(48.2, 16.0).expect("is a point");
        let query = TrackQuery { near: place, reach_m: 1000.0, days: 1 };
        let kept: Vec<i64> = near(&fixes, &query)
            .iter()
            .map(|fix| fix.at.millis_since(Timestamp::from_millis(1_700_000_000_000)) / 60_000)
            .collect();
        assert_eq!(kept, [1, 2, 3, 4, 5, 7, 8]);
    }
}

//! Where friends were near a place: what a region that is being drawn is tried out on, with the same machine that judges.

use crate::{
    Error, Service,
    request::{admin_of, some_admin},
    sight::Sight,
};
use domain::{
    Caution, DeviceId, Fix, FriendId, Pace, RegionId, Showing, Viewer,
    geofence::Sample,
    hindsight::{self, Hindsight, Look, Span, Trace},
};
use geodesy::{Area, Point};
use store::Bare;

/// How far back a region can be tried out at the most, days.
const MOST_DAYS: u32 = 366;
/// How many fixes of one device are looked at, the newest: a year of one each minute.
const MOST_FIXES: u32 = 600_000;
/// How many are handed out for each device, the newest.
const MOST_GIVEN: usize = 100_000;
/// Over how long one looks for how exact positions are, days.
const USUAL_DAYS: u32 = 30;

/// What is asked for.
#[derive(Clone, Copy, Debug)]
pub struct TrackQuery {
    /// Near this place.
    pub near: Point,
    /// Not farther than this, metres.
    pub reach_m: f64,
    /// Since so many days ago; drawn into 1 to 366.
    pub days: u32,
    /// Of this friend alone.
    pub friend: Option<FriendId>,
}

/// Where a device was near a place.
#[derive(Clone, Debug, PartialEq)]
pub struct Track {
    /// Whose.
    pub friend: FriendId,
    /// Which device.
    pub device: DeviceId,
    /// Oldest first: those that are near, and those around each stay, without which nobody would be seen to come and go.
    pub fixes: Vec<Sample>,
    /// Whether there are older ones within the time asked for, which would be too many.
    pub cut_off: bool,
}

/// Which region is tried out, and on what.
#[derive(Clone, Debug)]
pub struct HindsightQuery {
    /// The region.
    pub area: Area,
    /// How quickly it is judged.
    pub pace: Pace,
    /// Since so many days ago; drawn into 1 to 366.
    pub days: u32,
    /// On this friend alone.
    pub friend: Option<FriendId>,
}

impl Service {
    /// Where the devices that the viewer may see were near a place; those that never were are left out.
    ///
    /// # Errors
    /// [`Error::Forbidden`] unless an admin; when the database fails.
    pub async fn tracks(&self, by: &Viewer, query: &TrackQuery) -> Result<Vec<Track>, Error> {
        let span = self.span(query.days);
        let mut tracks = Vec::new();
        for (friend, device, showing) in self.looked_back_on(by, query.friend)? {
            let (fixes, is_part) = self.track(device, span, &showing).await?;
            let mut fixes = hindsight::near(&fixes, query.near, query.reach_m);
            let too_many = fixes.len().saturating_sub(MOST_GIVEN);
            fixes.drain(..too_many);
            if !fixes.is_empty() {
                tracks.push(Track { friend, device, fixes, cut_off: is_part || too_many > 0 });
            }
        }
        tracks.sort_by_key(|track| (track.friend, track.device));
        self.count_looks(by, "drawing a region", tracks.iter().map(|track| track.friend));
        Ok(tracks)
    }

    /// What a region would have said of the devices that the viewer may see, with advice on its radius: by all that is stored, judged
    /// here, so that a year of it need not travel.
    ///
    /// # Errors
    /// [`Error::Forbidden`] unless an admin; when the database fails.
    pub async fn hindsight(&self, by: &Viewer, query: &HindsightQuery) -> Result<Hindsight, Error> {
        let span = self.span(query.days);
        let mut look = Look::new(&query.area, query.pace, span).with_advice();
        let seen = self.looked_back_on(by, query.friend)?;
        self.count_looks(by, "drawing a region", seen.iter().map(|(friend, _, _)| *friend));
        for (friend, device, showing) in seen {
            let (fixes, is_part) = self.track(device, span, &showing).await?;
            if is_part {
                look.is_cut_off();
            }
            // Some tenths of a second of thinking for a year: not beside those who wait.
            let judged = tokio::task::spawn_blocking(move || {
                look.take(&Trace { friend, fixes });
                look
            });
            look = judged.await.map_err(|_panicked| Error::Machine("the past could not be judged"))?;
        }
        Ok(look.hindsight())
    }

    fn span(&self, days: u32) -> Span {
        Span::days(days.clamp(1, MOST_DAYS), self.shared.now())
    }

    /// Whose devices an admin may look back on.
    fn looked_back_on(
        &self,
        by: &Viewer,
        friend: Option<FriendId>,
    ) -> Result<Vec<(FriendId, DeviceId, Showing)>, Error> {
        some_admin(by)?;
        let (board, now) = (self.shared.board(), self.shared.now());
        let sight = Sight::new(&board, by);
        let friends = board.friends.values().filter(|on_board| {
            by.administers_one_of(&on_board.friend)
                && friend.is_none_or(|friend| friend == on_board.friend.id)
        });
        // Where exactly somebody was, as far as they show it to whoever draws.
        let shown = friends
            .map(|on_board| (on_board, sight.showing(on_board, now)))
            .filter(|(_, showing)| showing.tells_details());
        let devices = shown.flat_map(|(on_board, showing)| {
            let of = on_board.friend.id;
            on_board.devices.iter().map(move |device| (of, *device, showing.clone()))
        });
        Ok(devices.collect())
    }

    /// All that is believed of what a device told, oldest first, and whether there is more.
    async fn track(
        &self,
        device: DeviceId,
        span: Span,
        showing: &Showing,
    ) -> Result<(Vec<Sample>, bool), Error> {
        let mut fixes = self.shared.reader.bare_fixes(device, span.from, MOST_FIXES + 1).await?;
        let most = usize::try_from(MOST_FIXES).unwrap_or(usize::MAX);
        let too_many = fixes.len().saturating_sub(most);
        fixes.drain(..too_many);
        let believed = fixes.iter().filter_map(believed).filter(|fix| showing.covers(fix.at));
        Ok((believed.collect(), too_many > 0))
    }

    /// What whoever drew a region should know of it, by the other regions and by how exact positions around it were over the last 30 days.
    ///
    /// # Errors
    /// [`Error::Forbidden`] unless an admin, [`Error::NotFound`]; when the database fails.
    pub async fn cautions(&self, by: &Viewer, region: RegionId) -> Result<Vec<Caution>, Error> {
        some_admin(by)?;
        let regions = self.snapshot(by).regions;
        let drawn = regions.iter().find(|known| known.id == region).ok_or(Error::NotFound("region"))?;
        admin_of(by, drawn.group)?;
        let usual_m = self.usual_accuracy_m(by, &drawn.area).await?;
        let neighbours = regions.iter().filter(|known| known.group == drawn.group);
        Ok(Caution::of(&drawn.area, Some(region), neighbours, usual_m))
    }

    /// How exact positions in an area and around it were over the last 30 days, metres, if there were enough.
    ///
    /// # Errors
    /// [`Error::Forbidden`] unless an admin; when the database fails.
    pub async fn usual_accuracy_m(&self, by: &Viewer, area: &Area) -> Result<Option<f64>, Error> {
        let span = self.span(USUAL_DAYS);
        let mut accuracies = Vec::new();
        for (_, device, showing) in self.looked_back_on(by, None)? {
            let (fixes, _) = self.track(device, span, &showing).await?;
            accuracies.extend(hindsight::accuracies(&fixes, area));
        }
        Ok(hindsight::usual_m(accuracies))
    }
}

/// As it is judged: not one by a clock that cannot be right, nor one from nowhere.
fn believed(fix: &Bare) -> Option<Sample> {
    let ahead_ms = fix.at.millis_since(fix.received_at);
    if fix.at < Fix::EARLIEST || ahead_ms > Fix::MOST_AHEAD_MS || is_nowhere(fix.point) {
        return None;
    }
    let at = fix.at.min(fix.received_at);
    Some(Sample { at, point: fix.point, accuracy_m: fix.accuracy_m })
}

fn is_nowhere(point: Point) -> bool {
    point.lat().abs() < f64::EPSILON && point.lon().abs() < f64::EPSILON
}

#[cfg(test)]
mod tests {
    use super::believed;
    use domain::Timestamp;
    use geodesy::Point;
    use store::Bare;

    #[test]
    fn what_cannot_be_true_is_left_out_and_a_clock_that_is_ahead_counts_by_its_receipt() {
        let received_at = Timestamp::from_millis(1_700_000_000_000);
        let fix = |ahead_ms: i64, lat: f64| Bare {
            at: received_at.plus_millis(ahead_ms),
            received_at,
            point: Point::new(lat, lat).expect("is a point"),
            accuracy_m: None,
        };
        let at = |fix: Bare| believed(&fix).map(|sample| sample.at.millis_since(received_at));
        assert_eq!(at(fix(-60_000, 48.0)), Some(-60_000));
        assert_eq!(at(fix(60_000, 48.0)), Some(0));
        assert_eq!(at(fix(2 * 3_600_000, 48.0)), None);
        assert_eq!(at(fix(-60_000, 0.0)), None);
    }
}

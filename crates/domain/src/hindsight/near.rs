//! Of a long track that which a place has to do with, so that it need not be carried about as a whole.

use crate::geofence::Sample;
use geodesy::{BoundingBox, Circle, Point};

/// For so long before and after each stay everything is kept, milliseconds: longer than the machine remembers a doubt.
const AROUND_MS: i64 = 45 * 60_000;
/// And so many fixes, however far apart.
const AROUND_FIXES: usize = 12;

/// The fixes that are near a place, and those from which the machine learns how somebody came and went: all within three quarters
/// of an hour before and after, and a dozen at least. They must be in order of time.
///
/// With these the machine says of regions that lie well within reach what it says with all of them: `judgement` holds that.
#[must_use]
pub fn near(fixes: &[Sample], place: Point, reach_m: f64) -> Vec<Sample> {
    let Ok(ground) = Circle::new(place, reach_m) else { return Vec::new() };
    let bounds: BoundingBox = ground.bounding_box();
    let is_near = |fix: &Sample| bounds.contains(fix.point) && ground.contains(fix.point);
    let mut kept = Vec::new();
    // Everything before this is decided.
    let mut next = 0;
    let mut last_near: Option<(usize, i64)> = None;
    for (index, fix) in fixes.iter().enumerate() {
        let at = fix.at.as_millis();
        if is_near(fix) {
            let before = fixes.get(next..index).unwrap_or_default();
            let far = before.iter().rev().enumerate();
            let count = far
                .take_while(|(number, past)| *number < AROUND_FIXES || at - past.at.as_millis() <= AROUND_MS)
                .count();
            kept.extend(before.iter().skip(before.len() - count));
            kept.push(*fix);
            (next, last_near) = (index + 1, Some((index, at)));
        } else if last_near
            .is_some_and(|(last, last_at)| index - last <= AROUND_FIXES || at - last_at <= AROUND_MS)
        {
            kept.push(*fix);
            next = index + 1;
        }
    }
    kept
}

//! Visits: what the history says of who was where from when to when. Pure; how long is arithmetic, and what nobody saw says so.

use crate::{FriendId, Kind, RegionId, Stay, Timestamp, Transition, TransitionId, geofence::Start};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// A friend was in a region for a time.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Visit {
    /// Who.
    pub friend: FriendId,
    /// Where.
    pub region: RegionId,
    /// What the region was called then; `None` for a visit that the history does not tell of yet.
    pub region_name: Option<String>,
    /// Since when, as far as is known.
    pub since: Timestamp,
    /// Whether the friend was seen to come then, or was there already when we first looked.
    pub start: Start,
    /// Until when, and how that is known.
    pub end: End,
}

/// How a visit ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum End {
    /// Not yet.
    Here,
    /// By a leave.
    Left(Timestamp),
    /// Nobody saw it: the region was moved or removed around the friend, another of their devices was chosen to count, or what told of it is gone. This is the last moment for which
    /// the visit is known.
    Unseen(Timestamp),
}

/// What besides the transitions tells of visits.
pub trait Around {
    /// Before this leave nobody saw its friend come: since when we could have known that they were there.
    fn looked_since(&self, leave: &Transition) -> Timestamp;
    /// When this region was first drawn anew, or removed, after this moment.
    fn redrawn_after(&self, region: RegionId, moment: Timestamp) -> Option<Timestamp>;
    /// When for the first time after this moment it was chosen which device of this friend counts.
    fn chosen_after(&self, _friend: FriendId, _moment: Timestamp) -> Option<Timestamp> {
        None
    }
}

impl Visit {
    /// How much of a time it took, milliseconds. One that goes on has lasted until `now`.
    pub fn millis_within(&self, from: Timestamp, to: Timestamp, now: Timestamp) -> i64 {
        self.until(now).min(to).millis_since(self.since.max(from)).max(0)
    }

    /// Whether the friend was there at that moment. The moment of the leave is no longer part of it.
    pub fn covers(&self, moment: Timestamp) -> bool {
        let ended = match self.end {
            End::Here => false,
            End::Left(at) | End::Unseen(at) => at <= moment,
        };
        self.since <= moment && !ended
    }

    /// Its end, or `now`.
    pub fn until(&self, now: Timestamp) -> Timestamp {
        match self.end {
            End::Here => now,
            End::Left(at) | End::Unseen(at) => at,
        }
    }
}

/// Pairs comings and goings that hold, of any friends and regions and in any order, with where the friends are now. Visits come in the
/// order in which they began.
///
/// A coming without a going ended unseen; a going without a coming began when we first looked.
pub fn visits(transitions: &[Transition], present: &[(FriendId, Stay)], around: &impl Around) -> Vec<Visit> {
    let mut ways: BTreeMap<(FriendId, RegionId), Vec<&Transition>> = BTreeMap::new();
    for transition in transitions.iter().filter(|transition| transition.superseded_at.is_none()) {
        ways.entry((transition.friend, transition.region)).or_default().push(transition);
    }
    for (friend, stay) in present {
        ways.entry((*friend, stay.region)).or_default();
    }
    let mut visits = Vec::new();
    for ((friend, region), mut way) in ways {
        let order =
            |transition: &&Transition| -> (Timestamp, TransitionId) { (transition.at, transition.id) };
        way.sort_by_key(order);
        let stay = present.iter().find(|(who, stay)| *who == friend && stay.region == region);
        one_way(&way, stay.map(|(_, stay)| stay), (friend, region), around, &mut visits);
    }
    visits.sort_by_key(|visit| (visit.since, visit.friend, visit.region));
    visits
}

/// One friend and one region, oldest first.
fn one_way(
    way: &[&Transition],
    stay: Option<&Stay>,
    (friend, region): (FriendId, RegionId),
    around: &impl Around,
    visits: &mut Vec<Visit>,
) {
    let visit = |name: Option<&str>, since, start, end| Visit {
        friend,
        region,
        region_name: name.map(ToOwned::to_owned),
        since,
        start,
        end,
    };
    let unseen = |enter: &Transition, next: Option<Timestamp>| {
        let redrawn = around.redrawn_after(region, enter.at);
        let chosen = around.chosen_after(friend, enter.at);
        End::Unseen([redrawn, chosen, next].into_iter().flatten().min().unwrap_or(enter.at))
    };
    let mut came: Option<&Transition> = None;
    let mut last = None;
    for transition in way {
        match (transition.kind, came) {
            (Kind::Enter, before) => {
                if let Some(enter) = before {
                    let end = unseen(enter, Some(transition.at));
                    visits.push(visit(Some(&enter.region_name), enter.at, Start::Entered, end));
                }
                came = Some(transition);
            }
            (Kind::Leave, Some(enter)) => {
                visits.push(visit(
                    Some(&enter.region_name),
                    enter.at,
                    Start::Entered,
                    End::Left(transition.at),
                ));
                came = None;
            }
            (Kind::Leave, None) => {
                let looked = around.looked_since(transition).max(last.unwrap_or(Timestamp::MIN));
                let since = looked.min(transition.at);
                visits.push(visit(
                    Some(&transition.region_name),
                    since,
                    Start::Found,
                    End::Left(transition.at),
                ));
            }
        }
        last = Some(transition.at);
    }
    match (came, stay) {
        (Some(enter), Some(_)) => {
            visits.push(visit(Some(&enter.region_name), enter.at, Start::Entered, End::Here));
        }
        (Some(enter), None) => {
            visits.push(visit(Some(&enter.region_name), enter.at, Start::Entered, unseen(enter, None)));
        }
        // One that began before the last of the way is older than the way: the friend has just left.
        (None, Some(stay)) if last.is_none_or(|last| last <= stay.since) => {
            visits.push(visit(None, stay.since, Start::Found, End::Here));
        }
        // Or they are there by another device than went.
        (None, Some(_)) => {
            let chosen = last.and_then(|last| around.chosen_after(friend, last));
            visits.extend(chosen.map(|since| visit(None, since, Start::Found, End::Here)));
        }
        (None, None) => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{DeviceId, Witness};
    use rstest::rstest;
    use uuid::Uuid;

    const HOUR_MS: i64 = 3_600_000;

    fn hour(hour: i64) -> Timestamp {
        Timestamp::from_millis(hour * HOUR_MS)
    }

    fn transition(number: u128, kind: Kind, at: i64) -> Transition {
        Transition {
            id: TransitionId::new(Uuid::from_u128(number)),
            friend: FriendId::new(Uuid::from_u128(1)),
            device: DeviceId::new(Uuid::from_u128(1)),
            region: RegionId::new(Uuid::from_u128(1)),
            region_name: "Home".to_owned(),
            kind,
            at: hour(at),
            decided_at: hour(at),
            learnt_at: hour(at),
            witness: Witness::Server,
            evidence: Vec::new(),
            stay_ms: None,
            superseded_at: None,
        }
    }

    fn enter(at: i64) -> Transition {
        transition(u128::try_from(at).unwrap_or(0) * 2, Kind::Enter, at)
    }

    fn leave(at: i64) -> Transition {
        transition(u128::try_from(at).unwrap_or(0) * 2 + 1, Kind::Leave, at)
    }

    fn here(since: i64) -> Vec<(FriendId, Stay)> {
        let first = enter(0);
        vec![(first.friend, Stay::new(first.region, hour(since)))]
    }

    /// Everybody is looked at since one o'clock; the region is drawn anew at ten.
    struct Told;

    impl Around for Told {
        fn looked_since(&self, _: &Transition) -> Timestamp {
            hour(1)
        }

        fn redrawn_after(&self, _: RegionId, moment: Timestamp) -> Option<Timestamp> {
            Some(hour(10)).filter(|at| *at > moment)
        }
    }

    fn told(transitions: &[Transition], present: &[(FriendId, Stay)]) -> Vec<(i64, Start, End)> {
        let hours = |at: Timestamp| at.as_millis() / HOUR_MS;
        visits(transitions, present, &Told)
            .into_iter()
            .map(|visit| (hours(visit.since), visit.start, visit.end))
            .collect()
    }

    #[rstest]
    #[case(vec![enter(3), leave(5)], vec![], vec![(3, Start::Entered, End::Left(hour(5)))])]
    #[case(vec![enter(3)], here(3), vec![(3, Start::Entered, End::Here)])]
    #[case(vec![leave(5)], vec![], vec![(1, Start::Found, End::Left(hour(5)))])]
    #[case(vec![enter(2), leave(3), leave(5)], vec![], vec![(2, Start::Entered, End::Left(hour(3))), (3, Start::Found, End::Left(hour(5)))])]
    #[case(vec![], here(4), vec![(4, Start::Found, End::Here)])]
    #[case(vec![enter(2), leave(3)], here(7), vec![(2, Start::Entered, End::Left(hour(3))), (7, Start::Found, End::Here)])]
    #[case(vec![enter(2), leave(3)], here(2), vec![(2, Start::Entered, End::Left(hour(3)))])]
    #[case(vec![enter(3)], vec![], vec![(3, Start::Entered, End::Unseen(hour(10)))])]
    #[case(vec![enter(11)], vec![], vec![(11, Start::Entered, End::Unseen(hour(11)))])]
    #[case(vec![enter(3), enter(6)], here(6), vec![(3, Start::Entered, End::Unseen(hour(6))), (6, Start::Entered, End::Here)])]
    fn comings_and_goings_make_visits(
        #[case] transitions: Vec<Transition>,
        #[case] present: Vec<(FriendId, Stay)>,
        #[case] expected: Vec<(i64, Start, End)>,
    ) {
        assert_eq!(told(&transitions, &present), expected);
        let backwards: Vec<_> = transitions.into_iter().rev().collect();
        assert_eq!(told(&backwards, &present), expected, "the order in which they are given does not matter");
    }

    /// The same, and another device was chosen to count at six.
    struct Chosen;

    impl Around for Chosen {
        fn looked_since(&self, leave: &Transition) -> Timestamp {
            Told.looked_since(leave)
        }

        fn redrawn_after(&self, region: RegionId, moment: Timestamp) -> Option<Timestamp> {
            Told.redrawn_after(region, moment)
        }

        fn chosen_after(&self, _: FriendId, moment: Timestamp) -> Option<Timestamp> {
            Some(hour(6)).filter(|at| *at > moment)
        }
    }

    #[test]
    fn a_visit_may_end_and_begin_unseen_when_another_device_is_chosen() {
        let ended = visits(&[enter(3)], &[], &Chosen);
        assert_eq!(ended.iter().map(|visit| visit.end).collect::<Vec<_>>(), [End::Unseen(hour(6))]);
        let begun = visits(&[enter(3), leave(5)], &here(2), &Chosen);
        let begun: Vec<_> = begun.iter().map(|visit| (visit.since, visit.end)).collect();
        assert_eq!(begun, [(hour(3), End::Left(hour(5))), (hour(6), End::Here)]);
    }

    #[test]
    fn what_no_longer_holds_makes_no_visit() {
        let wrong = Transition { superseded_at: Some(hour(9)), ..leave(4) };
        assert_eq!(told(&[enter(3), wrong, leave(8)], &[]), [(3, Start::Entered, End::Left(hour(8)))]);
    }

    #[test]
    fn a_visit_counts_from_its_beginning_to_before_its_end() {
        let [visit] = &visits(&[enter(3), leave(5)], &[], &Told)[..] else { unreachable!("it is one") };
        let at = |millis| visit.covers(hour(0).plus_millis(millis));
        assert_eq!(
            [at(3 * HOUR_MS - 1), at(3 * HOUR_MS), at(5 * HOUR_MS - 1), at(5 * HOUR_MS)],
            [false, true, true, false]
        );
        assert_eq!(visit.millis_within(hour(4), hour(24), hour(99)), HOUR_MS);
        assert_eq!(visit.millis_within(hour(5), hour(24), hour(99)), 0);
        let [going_on] = &visits(&[enter(3)], &here(3), &Told)[..] else { unreachable!("it is one") };
        assert_eq!(going_on.millis_within(hour(0), hour(24), hour(7)), 4 * HOUR_MS);
        assert!(going_on.covers(hour(6)));
    }
}

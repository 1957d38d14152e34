//! Which transitions a rule means, and what speaks against telling them.

use super::{AGAIN_MS, Channel, Direction, LATE_MS, Moment, Rule, Skip, Which, pause_after};
use crate::{
    DeviceId, FriendId, Kind, RegionId, RuleId, Schedule, Timestamp, Transition, TransitionId, Witness,
};
use proptest::prelude::*;
use rstest::rstest;
use uuid::Uuid;

fn friend(number: u128) -> FriendId {
    FriendId::new(Uuid::from_u128(number))
}

fn region(number: u128) -> RegionId {
    RegionId::new(Uuid::from_u128(number))
}

fn rule() -> Rule {
    Rule {
        id: RuleId::new(Uuid::from_u128(1)),
        owner: friend(1),
        friends: Which::These(vec![friend(2), friend(3)]),
        regions: Which::All,
        direction: Direction::Both,
        hours: None,
        channels: [Channel::Page].into(),
        on: true,
    }
}

fn transition(who: u128, whither: u128, kind: Kind) -> Transition {
    let at = Timestamp::from_millis(1_700_000_000_000);
    Transition {
        id: TransitionId::new(Uuid::from_u128(9)),
        friend: friend(who),
        device: DeviceId::new(Uuid::from_u128(8)),
        region: region(whither),
        region_name: "School".to_owned(),
        kind,
        at,
        decided_at: at,
        learnt_at: at,
        witness: Witness::Server,
        evidence: Vec::new(),
        stay_ms: None,
        superseded_at: None,
    }
}

fn hours() -> Schedule {
    let hours = "Mon-Fri 07:00-09:00".parse().into_iter().collect();
    Schedule { zone: "UTC".to_owned(), hours }
}

#[rstest]
#[case::as_it_is(rule(), true)]
#[case::off(Rule { on: false, ..rule() }, false)]
#[case::everybody(Rule { friends: Which::All, ..rule() }, true)]
#[case::somebody_else(Rule { friends: Which::These(vec![friend(3)]), ..rule() }, false)]
#[case::nobody(Rule { friends: Which::These(Vec::new()), ..rule() }, false)]
#[case::oneself(Rule { owner: friend(2), friends: Which::All, ..rule() }, false)]
#[case::here(Rule { regions: Which::These(vec![region(5)]), ..rule() }, true)]
#[case::elsewhere(Rule { regions: Which::These(vec![region(6)]), ..rule() }, false)]
#[case::comings(Rule { direction: Direction::Enter, ..rule() }, true)]
#[case::goings(Rule { direction: Direction::Leave, ..rule() }, false)]
#[case::at_some_hours(Rule { hours: Some(hours()), ..rule() }, false)]
fn a_rule_means_what_it_says(#[case] rule: Rule, #[case] meant: bool) {
    assert_eq!(rule.matches(&transition(2, 5, Kind::Enter), |_| false), meant);
}

#[test]
fn a_rule_means_what_happens_within_its_hours() {
    let rule = Rule { hours: Some(hours()), ..rule() };
    assert!(rule.matches(&transition(2, 5, Kind::Enter), |hours| hours.zone == "UTC"));
}

fn moment(late_ms: i64) -> Moment {
    let at = Timestamp::from_millis(1_700_000_000_000);
    Moment { at, now: at.plus_millis(late_ms), is_quiet: false, last_told: None }
}

#[test]
fn what_is_late_or_was_told_a_moment_ago_is_told_nowhere() {
    for channel in Channel::ALL {
        assert_eq!(moment(LATE_MS).skip(channel), None);
        assert_eq!(moment(LATE_MS + 1).skip(channel), Some(Skip::Late));
        let told = |ago_ms: i64| {
            let moment = moment(0);
            Moment { last_told: Some(moment.at.plus_millis(-ago_ms)), ..moment }.skip(channel)
        };
        assert_eq!((told(AGAIN_MS), told(AGAIN_MS - 1)), (None, Some(Skip::Again)));
        assert_eq!(told(-AGAIN_MS + 1), Some(Skip::Again), "of two the later may be known first");
    }
}

#[test]
fn quiet_hours_leave_the_page_alone() {
    let quiet = Moment { is_quiet: true, ..moment(0) };
    let told: Vec<_> = Channel::ALL.into_iter().filter(|channel| quiet.skip(*channel).is_none()).collect();
    assert_eq!(told, [Channel::Page]);
    let late = Moment { is_quiet: true, ..moment(LATE_MS * 100) };
    assert_eq!(late.skip_of_correction(Channel::Mail), Some(Skip::Quiet));
    assert_eq!(late.skip_of_correction(Channel::Page), None, "that it was wrong is said however late");
}

#[test]
fn it_is_tried_again_with_growing_pauses_and_then_given_up() {
    let pauses: Vec<_> = (1..).map_while(pause_after).collect();
    assert_eq!(pauses, [30_000, 120_000, 600_000, 3_600_000]);
}

#[test]
fn the_words_are_those_of_the_interface() {
    for channel in Channel::ALL {
        assert_eq!(Channel::named(channel.as_str()), Some(channel));
        assert_eq!(serde_json::to_value(channel).ok(), Some(channel.as_str().into()));
    }
    assert_eq!(Direction::named("both"), Some(Direction::Both));
    assert_eq!((Direction::named("Enter"), Channel::named("fax")), (None, None));
}

proptest! {
    /// However somebody flickers at an edge, of one direction no two are told that are nearer than five minutes.
    #[test]
    fn no_flapping_is_told(steps in proptest::collection::vec(0_i64..400_000, 1..60)) {
        let mut told: Vec<Timestamp> = Vec::new();
        let mut at = Timestamp::from_millis(1_700_000_000_000);
        for step in steps {
            at = at.plus_millis(step);
            let last_told = told.last().copied();
            let moment = Moment { at, now: at, is_quiet: false, last_told };
            if moment.skip(Channel::Push).is_none() {
                told.push(at);
            }
        }
        prop_assert!(!told.is_empty());
        for pair in told.windows(2) {
            let [one, next] = pair else { unreachable!("there are two") };
            prop_assert!(next.millis_since(*one) >= AGAIN_MS);
        }
    }
}

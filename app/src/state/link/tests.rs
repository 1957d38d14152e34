//! The machine against tables.

use super::*;
use rstest::rstest;

fn at(ms: i64) -> Timestamp {
    Timestamp::from_millis(1_700_000_000_000 + ms)
}

fn link(state: LinkState) -> Link {
    Link { state, heard_at: at(0) }
}

const IDLE: LinkState = LinkState::Idle;
const REFUSED: LinkState = LinkState::Refused;

fn connecting(attempt: u32) -> LinkState {
    LinkState::Connecting { since: at(0), attempt }
}

fn live(attempt: u32) -> LinkState {
    LinkState::Live { since: at(0), attempt }
}

fn waiting(attempt: u32) -> LinkState {
    LinkState::Waiting { until: at(1000), attempt }
}

#[rstest]
#[case::start(IDLE, Event::Start, 0, connecting(0), Action::Open)]
#[case::start_after_signing_in_again(REFUSED, Event::Start, 0, connecting(0), Action::Open)]
#[case::start_twice(live(0), Event::Start, 0, live(0), Action::Nothing)]
#[case::stop(live(3), Event::Stop, 5, IDLE, Action::Close)]
#[case::stop_twice(IDLE, Event::Stop, 5, IDLE, Action::Nothing)]
#[case::first_word(connecting(2), Event::Heard, 0, live(2), Action::Nothing)]
#[case::signed_out(live(0), Event::Refused, 9, REFUSED, Action::Close)]
#[case::never_signed_in(connecting(0), Event::Refused, 9, REFUSED, Action::Close)]
#[case::refused_stays_refused(REFUSED, Event::Awake, 99_000, REFUSED, Action::Nothing)]
#[case::refused_does_not_wait(REFUSED, Event::Failed, 10, REFUSED, Action::Nothing)]
#[case::late_word_after_the_end(IDLE, Event::Heard, 10, IDLE, Action::Nothing)]
#[case::late_word_while_waiting(waiting(1), Event::Heard, 10, waiting(1), Action::Nothing)]
#[case::too_early(waiting(2), Event::Tick, 999, waiting(2), Action::Nothing)]
#[case::still_alive(live(0), Event::Tick, 14_999, live(0), Action::Nothing)]
#[case::shown_again_and_alive(live(0), Event::Awake, 14_999, live(0), Action::Nothing)]
fn what_happens_leads_where_it_should(
    #[case] from: LinkState,
    #[case] event: Event,
    #[case] ms: i64,
    #[case] to: LinkState,
    #[case] action: Action,
) {
    let (next, done) = link(from).step(event, at(ms), 0.0);
    assert_eq!((next.state, done), (to, action));
}

#[rstest]
#[case::the_wait_is_over(waiting(2), Event::Tick, 1000, 2)]
#[case::the_page_is_shown(waiting(2), Event::Awake, 1, 2)]
#[case::shown_after_a_long_sleep(live(0), Event::Awake, 60_000, 1)]
#[case::shown_after_a_dead_attempt(connecting(4), Event::Awake, 20_000, 5)]
fn it_tries_at_once(#[case] from: LinkState, #[case] event: Event, #[case] ms: i64, #[case] attempt: u32) {
    let (next, done) = link(from).step(event, at(ms), 1.0);
    assert_eq!((next.state, done), (LinkState::Connecting { since: at(ms), attempt }, Action::Open));
}

#[rstest]
#[case::first_failure(connecting(0), Event::Failed, 10, 0.0, 125, 1)]
#[case::first_failure_with_bad_luck(connecting(0), Event::Failed, 10, 1.0, 250, 1)]
#[case::second(connecting(1), Event::Failed, 10, 1.0, 500, 2)]
#[case::sixth(connecting(5), Event::Failed, 10, 1.0, 8000, 6)]
#[case::seventh_is_the_longest(connecting(6), Event::Failed, 10, 1.0, 10_000, 7)]
#[case::for_ever_the_longest(connecting(u32::MAX), Event::Failed, 10, 1.0, 10_000, u32::MAX)]
#[case::a_good_connection_starts_afresh(live(6), Event::Failed, 10_000, 1.0, 250, 1)]
#[case::a_short_one_does_not(live(3), Event::Failed, 9_999, 1.0, 2000, 4)]
#[case::silence_is_death(live(0), Event::Tick, 15_000, 1.0, 250, 1)]
#[case::silence_from_the_start_too(connecting(1), Event::Tick, 15_000, 1.0, 500, 2)]
#[case::odd_chance_is_no_chance(connecting(0), Event::Failed, 10, f64::NAN, 125, 1)]
fn it_waits_longer_each_time(
    #[case] from: LinkState,
    #[case] event: Event,
    #[case] ms: i64,
    #[case] jitter: f64,
    #[case] wait_ms: i64,
    #[case] attempt: u32,
) {
    let until = at(ms + wait_ms);
    let (next, done) = link(from).step(event, at(ms), jitter);
    assert_eq!((next.state, done), (LinkState::Waiting { until, attempt }, Action::CloseUntil(until)));
}

#[test]
fn every_message_proves_life() {
    let (link, _) = link(live(0)).step(Event::Heard, at(14_000), 0.0);
    let (link, action) = link.step(Event::Tick, at(28_999), 0.0);
    assert_eq!((link.state, action), (live(0), Action::Nothing));
}

#[rstest]
#[case(IDLE, false, false)]
#[case(connecting(0), false, false)]
#[case(connecting(1), false, true)]
#[case(waiting(1), false, true)]
#[case(live(5), true, false)]
#[case(REFUSED, false, false)]
fn the_bar_shows_only_while_a_lost_link_is_sought(
    #[case] state: LinkState,
    #[case] is_live: bool,
    #[case] is_lost: bool,
) {
    assert_eq!((state.is_live(), state.is_lost()), (is_live, is_lost));
}

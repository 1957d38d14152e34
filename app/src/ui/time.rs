//! Moments and ages on a page.
//!
//! The server does not know the reader's time zone, and the first drawing in the browser must equal the server's. So every clock
//! time starts as UTC and says so, and changes to the reader's own time once the page runs.

use super::{Icon, Sign};
use crate::state::age::{ago, ago_short};
use domain::Timestamp;
use leptos::prelude::*;

/// Whether the page runs yet and may ask the browser for its time zone. One for the whole page.
#[derive(Clone, Copy, Debug)]
pub struct Clock(RwSignal<bool>);

/// Makes the page's [`Clock`]; it turns to local time after the first drawing.
pub fn provide_clock() {
    let runs = RwSignal::new(false);
    provide_context(Clock(runs));
    Effect::new(move |_| runs.set(true));
}

impl Clock {
    /// The clock of this page; without one (in a test or a workbench) a clock that stays at UTC.
    pub fn here() -> Self {
        use_context().unwrap_or_else(|| Self(RwSignal::new(false)))
    }

    /// Whether times are the reader's own by now.
    pub fn is_local(self) -> bool {
        self.0.get()
    }

    /// How far ahead of UTC the reader's clock is at that moment, minutes; zero before the page runs.
    pub fn offset_min(self, at: Timestamp) -> i32 {
        if self.0.get() { browser_offset_min(at) } else { 0 }
    }
}

/// Asks the browser; its sign is the other way round.
#[expect(clippy::cast_precision_loss, reason = "milliseconds of four-digit years fit a double exactly")]
#[expect(clippy::cast_possible_truncation, reason = "offsets are whole minutes within a day")]
fn browser_offset_min(at: Timestamp) -> i32 {
    let date = js_sys::Date::new(&wasm_bindgen::JsValue::from_f64(at.as_millis() as f64));
    -(date.get_timezone_offset() as i32)
}

fn shifted(at: Timestamp, offset_min: i32) -> String {
    at.plus_millis(i64::from(offset_min) * 60_000).to_string()
}

/// The day at that offset, as `2026-05-17`.
pub fn day_of(at: Timestamp, offset_min: i32) -> String {
    shifted(at, offset_min).get(..10).unwrap_or_default().to_owned()
}

fn clock_of(at: Timestamp, offset_min: i32) -> String {
    shifted(at, offset_min).get(11..16).unwrap_or_default().to_owned()
}

fn seconds_of(at: Timestamp) -> String {
    shifted(at, 0).get(16..19).unwrap_or_default().to_owned()
}

/// A day in words: "Sunday 17 May 2026"; what is no day stays as it is.
pub fn day_words(day: &str) -> String {
    const WEEKDAYS: [&str; 7] =
        ["Thursday", "Friday", "Saturday", "Sunday", "Monday", "Tuesday", "Wednesday"];
    const MONTHS: [&str; 12] = [
        "January",
        "February",
        "March",
        "April",
        "May",
        "June",
        "July",
        "August",
        "September",
        "October",
        "November",
        "December",
    ];
    let Ok(start) = Timestamp::parse(&format!("{day}T00:00:00Z")) else { return day.to_owned() };
    // 1970-01-01 was a Thursday.
    let weekday = usize::try_from(start.as_millis().div_euclid(86_400_000).rem_euclid(7)).unwrap_or(0);
    let part = |range: std::ops::Range<usize>| {
        day.get(range).and_then(|text| text.parse::<usize>().ok()).unwrap_or(1)
    };
    let (weekday, month) = (WEEKDAYS.get(weekday), MONTHS.get(part(5..7).saturating_sub(1)));
    format!("{} {} {} {}", weekday.unwrap_or(&""), part(8..10), month.unwrap_or(&""), part(0..4))
}

/// A clock time such as 17:42, with the day before it when that is not today's.
#[component]
pub fn Moment(
    /// When.
    at: Timestamp,
    /// The present, to leave today's date out; without it there is never a date.
    #[prop(optional, into)]
    now: Option<Signal<Timestamp>>,
    /// Whether to the second: 17:42:08.
    #[prop(optional)]
    exact: bool,
) -> impl IntoView {
    let clock = Clock::here();
    let text = move || {
        let offset = clock.offset_min(at);
        let seconds = if exact { seconds_of(at) } else { String::new() };
        let time = clock_of(at, offset) + &seconds;
        let day = day_of(at, offset);
        let today = now.map_or_else(|| day.clone(), |now| day_of(now.get(), offset));
        let zone = if clock.is_local() { "" } else { " UTC" };
        if day == today { format!("{time}{zone}") } else { format!("{day} {time}{zone}") }
    };
    view! { <time datetime=at.to_string()>{text}</time> }
}

/// A day of UTC such as 2026-05-17, the same for every reader: of what is only counted by days.
#[component]
pub fn Day(
    /// Any moment of it.
    at: Timestamp,
) -> impl IntoView {
    let day = day_of(at, 0);
    view! { <time datetime=day.clone()>{day.clone()}</time> }
}

/// How long ago: "3 minutes ago", or "3 min" where there is little room.
#[component]
pub fn Age(
    /// When.
    at: Timestamp,
    /// The present.
    #[prop(into)]
    now: Signal<Timestamp>,
    /// Whether there is little room.
    #[prop(optional)]
    short: bool,
) -> impl IntoView {
    let text = move || if short { ago_short(at, now.get()) } else { ago(at, now.get()) };
    view! { <time datetime=at.to_string()>{text}</time> }
}

/// Stands in place of an age, where the phone's clock is wrong and nobody knows when it was.
#[component]
pub fn ClockWrong() -> impl IntoView {
    view! { <span class="clock-wrong"><Icon sign=Sign::Alert />"phone\u{2019}s clock is wrong"</span> }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_is_the_readers_day() {
        let late = Timestamp::parse("2026-05-17T23:30:00Z").unwrap_or_default();
        assert_eq!((day_of(late, 0).as_str(), clock_of(late, 0).as_str()), ("2026-05-17", "23:30"));
        assert_eq!(seconds_of(late), ":00");
        assert_eq!((day_of(late, 120).as_str(), clock_of(late, 120).as_str()), ("2026-05-18", "01:30"));
    }

    #[test]
    fn a_day_reads_with_its_weekday() {
        assert_eq!(day_words("2026-05-17"), "Sunday 17 May 2026");
        assert_eq!(day_words("1969-12-31"), "Wednesday 31 December 1969");
        assert_eq!(day_words("soon"), "soon");
    }
}

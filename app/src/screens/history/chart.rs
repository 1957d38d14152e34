//! Time by day and region, drawn: one bar for each day, one part of it for each region.
//!
//! The drawing holds no text, so that it can have any width; the words are around it, and the table below says the same.

use crate::{
    api::{Spent, SpentPlace},
    ui::{day_words, hours_words},
};
use leptos::prelude::*;

/// So many parts have a colour of their own; the others share the last.
const COLOURS: usize = 8;
const HOUR_MS: i64 = 3_600_000;

/// One part of a bar, in thousandths of the widest.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Part {
    /// Which colour.
    pub(super) colour: usize,
    /// Where it begins.
    pub(super) from: i64,
    /// How wide it is.
    pub(super) width: i64,
}

/// How long the axis is: a day, or as much as friends have together on one, in whole steps of six hours.
pub(super) fn axis_ms(spent: &Spent) -> i64 {
    let day = |index: usize| spent.places.iter().filter_map(|place| place.millis.get(index)).sum::<i64>();
    let most = (0..spent.days.len()).map(day).max().unwrap_or_default().max(24 * HOUR_MS);
    (most + 6 * HOUR_MS - 1) / (6 * HOUR_MS) * (6 * HOUR_MS)
}

/// The parts of one day's bar.
pub(super) fn parts(places: &[SpentPlace], day: usize, axis_ms: i64) -> Vec<Part> {
    let mut from = 0;
    let mut parts = Vec::new();
    for (index, place) in places.iter().enumerate() {
        let millis = place.millis.get(day).copied().unwrap_or_default();
        let (begin, end) = (from * 1000 / axis_ms, (from + millis) * 1000 / axis_ms);
        from += millis;
        if millis > 0 {
            // Never too thin to be seen.
            parts.push(Part { colour: index.min(COLOURS - 1), from: begin, width: (end - begin).max(3) });
        }
    }
    parts
}

/// The chart, with what the colours mean.
#[component]
pub(super) fn Chart(spent: Spent) -> impl IntoView {
    let axis_ms = axis_ms(&spent);
    let hours = axis_ms / HOUR_MS;
    let Spent { days, places } = spent;
    let legend = places.iter().take(COLOURS).enumerate().map(|(index, place)| {
        let more = index == COLOURS - 1 && places.len() > COLOURS;
        let name = if more { "others".to_owned() } else { place.name.clone() };
        view! { <li><span class=format!("chart-key part-{index}") aria-hidden="true"></span>{name}</li> }
    });
    let legend = legend.collect_view();
    let lines = (1..hours / 6).map(|step| {
        let x = (step * 6000 / hours).to_string();
        view! { <line x1=x.clone() x2=x y1="0" y2="24" class="bar-line" /> }
    });
    let lines = lines.collect::<Vec<_>>();
    let rows = days.iter().enumerate().map(|(index, (day, _))| {
        let bars = parts(&places, index, axis_ms).into_iter().map(|Part { colour, from, width }| {
            view! { <rect x=from.to_string() y="3" width=width.to_string() height="18" class=format!("part-{colour}") /> }
        });
        let bars = bars.collect_view();
        let sum: i64 = places.iter().filter_map(|place| place.millis.get(index)).sum();
        let long = day_words(day);
        let short: Vec<&str> = long.split_whitespace().take(3).map(|word| word.get(..3).unwrap_or(word)).collect();
        let short = short.join(" ");
        let sum = if sum == 0 { "–".to_owned() } else { hours_words(sum) };
        view! {
            <li>
                <span class="bar-day">{short}</span>
                <svg class="bar-drawn" viewBox="0 0 1000 24" preserveAspectRatio="none" focusable="false">
                    {lines.clone()}{bars}
                </svg>
                <span class="bar-sum">{sum}</span>
            </li>
        }
    });
    let rows = rows.collect_view();
    let label =
        format!("Time by day and region, on an axis of {hours} hours. The table below says the same.");
    view! {
        <figure class="card chart">
            <figcaption><ul class="legend">{legend}</ul></figcaption>
            <div role="img" aria-label=label>
                <ol class="bars">{rows}</ol>
                <p class="axis">
                    <span></span>
                    <span class="axis-line">
                        <span>"0"</span><span>{format!("{}\u{202f}h", hours / 2)}</span><span>{format!("{hours}\u{202f}h")}</span>
                    </span>
                    <span></span>
                </p>
            </div>
        </figure>
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn spent(places: &[&[i64]]) -> Spent {
        let place = |(number, hours): (usize, &&[i64])| {
            let region = format!("00000000-0000-7000-8000-{number:012}").parse().ok()?;
            let millis = hours.iter().map(|hours| hours * HOUR_MS).collect();
            Some(SpentPlace { region, name: number.to_string(), millis })
        };
        let days = places.first().map_or(0, |hours| hours.len());
        Spent {
            days: vec![("2026-05-17".to_owned(), 24 * HOUR_MS); days],
            places: places.iter().enumerate().filter_map(place).collect(),
        }
    }

    #[test]
    fn the_axis_is_a_day_or_what_the_longest_bar_needs() {
        assert_eq!(axis_ms(&spent(&[&[3, 0]])), 24 * HOUR_MS);
        assert_eq!(axis_ms(&spent(&[&[25]])), 30 * HOUR_MS, "the clocks went back");
        assert_eq!(axis_ms(&spent(&[&[20, 3], &[22, 1]])), 42 * HOUR_MS);
        assert_eq!(axis_ms(&spent(&[])), 24 * HOUR_MS);
    }

    #[test]
    fn the_parts_of_a_bar_follow_one_another() {
        let spent = spent(&[&[6, 12], &[0, 6], &[3, 0]]);
        let part = |colour, from, width| Part { colour, from, width };
        assert_eq!(parts(&spent.places, 0, 24 * HOUR_MS), [part(0, 0, 250), part(2, 250, 125)]);
        assert_eq!(parts(&spent.places, 1, 24 * HOUR_MS), [part(0, 0, 500), part(1, 500, 250)]);
    }
}

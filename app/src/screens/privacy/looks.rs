//! Who looked, by day.

use super::Whose;
use crate::ui::day_words;
use domain::{Seen, Surface};
use leptos::prelude::*;

/// One line: a day, who, and how often where.
#[derive(Clone, PartialEq)]
struct Line {
    day: String,
    who: String,
    looks: String,
}

/// Who was shown something over the last thirty days.
#[component]
pub(super) fn Looks(whose: Whose) -> impl IntoView {
    let lines = Memo::new(move |_| whose.known.with(|known| lines(&known.seen)));
    let row = |line: Line| {
        view! { <tr><th scope="row">{day_words(&line.day)}</th><td>{line.who}</td><td>{line.looks}</td></tr> }
    };
    let table = move || {
        let lines = lines.get();
        if lines.is_empty() {
            return view! { <p>"Nobody over the last 30 days."</p> }.into_any();
        }
        view! {
            <table class="difference">
                <caption class="visually-hidden">"Who looked, on which day, and how often"</caption>
                <thead><tr><th scope="col">"Day (UTC)"</th><th scope="col">"Who"</th><th scope="col">"Looks"</th></tr></thead>
                <tbody>{lines.into_iter().map(row).collect_view()}</tbody>
            </table>
        }
        .into_any()
    };
    view! {
        <section class="card stack" aria-labelledby="looks-title">
            <h2 id="looks-title">{format!("Who looked at {}", whose.whom())}</h2>
            {table}
            <p class="hint">"Everybody is counted who was shown anything, over the last 30 days; nobody can have themselves left out. What they saw is not kept."</p>
        </section>
    }
}

/// Day by day and viewer by viewer, newest first.
fn lines(seen: &[(String, Seen)]) -> Vec<Line> {
    let mut lines: Vec<Line> = Vec::new();
    for (who, seen) in seen {
        let day = seen.day_at().to_string().get(..10).unwrap_or_default().to_owned();
        let looks = format!("{} {}", words(seen.surface), seen.count);
        match lines.iter_mut().find(|line| line.day == day && line.who == *who) {
            Some(line) => line.looks = format!("{}, {looks}", line.looks),
            None => lines.push(Line { day, who: who.clone(), looks }),
        }
    }
    lines
}

fn words(surface: Surface) -> &'static str {
    match surface {
        Surface::Map => "map",
        Surface::History => "history",
        Surface::Details => "details",
        Surface::Lists => "lists",
        Surface::Log => "message log",
        Surface::Phone => "phone",
        Surface::Outlet => "other brokers",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::{Eyes, Timestamp};

    #[test]
    fn looks_of_one_day_and_viewer_stand_in_one_line() {
        let seen =
            |day, surface, count| Seen { day, eyes: Eyes::Outlets, surface, count, last_at: Timestamp::MIN };
        let ben = |seen| ("ben".to_owned(), seen);
        let all = [
            ben(seen(20_000, Surface::Map, 2)),
            ("eve".to_owned(), seen(20_000, Surface::Phone, 1)),
            ben(seen(20_000, Surface::History, 5)),
            ben(seen(19_999, Surface::Map, 1)),
        ];
        let told: Vec<_> = lines(&all).into_iter().map(|line| (line.day, line.who, line.looks)).collect();
        let line = |day: &str, who: &str, looks: &str| (day.to_owned(), who.to_owned(), looks.to_owned());
        assert_eq!(
            told,
            [
                line("2024-10-04", "ben", "map 2, history 5"),
                line("2024-10-04", "eve", "phone 1"),
                line("2024-10-03", "ben", "map 1"),
            ]
        );
    }
}

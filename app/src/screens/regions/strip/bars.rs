//! The visits of each friend, as blocks on a bar of days.

use domain::{FriendId, hindsight::Row};
use leptos::prelude::*;

/// So many friends have a line of their own.
const MOST_ROWS: usize = 4;

/// The friends who were there most often.
pub(super) fn rows<N: Fn(FriendId) -> String>(rows: &[Row], name: N) -> impl IntoView + use<N> {
    let lines: Vec<_> = rows.iter().take(MOST_ROWS).map(|row| line(row, name(row.friend))).collect();
    (!lines.is_empty()).then(|| view! { <ul class="strip-rows">{lines}</ul> })
}

/// One friend: a bar of days with what they were there.
fn line(row: &Row, who: String) -> impl IntoView + use<> {
    let blocks: Vec<_> = row
        .visits
        .iter()
        .map(|(from, to)| {
            let (x, width) =
                (format!("{:.2}", from * 600.0), format!("{:.2}", ((to - from) * 600.0).max(1.5)));
            view! { <rect x=x y="0" width=width height="10" /> }
        })
        .collect();
    let count = row.visits.len();
    let visits = if count == 1 { "1 visit".to_owned() } else { format!("{count} visits") };
    let label = match row.doubtful {
        0 => visits,
        doubtful => format!("{visits}, {doubtful} doubtful"),
    };
    view! {
        <li>
            <span class="strip-who">{who}</span>
            <svg class="strip-bar" viewBox="0 0 600 10" preserveAspectRatio="none" role="img" aria-label=label>
                {blocks}
            </svg>
        </li>
    }
}

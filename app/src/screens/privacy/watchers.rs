//! Who is told when a friend comes or goes: that there is such a rule is never hidden from whom it is about.

use super::Whose;
use crate::api::Watching;
use domain::alert::Direction;
use leptos::prelude::*;

/// Those who watch; to whoever it is about alone.
#[component]
pub(super) fn Watchers(whose: Whose) -> impl IntoView {
    let watchers = Memo::new(move |_| whose.known.with(|known| known.watchers.clone()));
    let list = move || {
        let watchers = watchers.get();
        if watchers.is_empty() {
            return view! { <p>"Nobody."</p> }.into_any();
        }
        let lines = watchers.iter().map(|watching| view! { <li>{words(watching)}</li> }).collect_view();
        view! { <ul>{lines}</ul> }.into_any()
    };
    whose.own.then(|| {
        view! {
            <section class="card stack" aria-labelledby="watchers-title">
                <h2 id="watchers-title">"Who is told when you come or go"</h2>
                {list}
                <p class="hint">"They are told what you show them, and nothing else."</p>
            </section>
        }
    })
}

/// `ben, when you arrive at School (Mon-Fri 07:00-09:00)`.
fn words(watching: &Watching) -> String {
    let Watching { friend, regions, others, direction, hours } = watching;
    let does = match direction {
        Direction::Enter => "arrive at",
        Direction::Leave => "leave",
        Direction::Both => "arrive at or leave",
    };
    let mut places = regions.clone().unwrap_or_else(|| vec!["any region".to_owned()]);
    if *others {
        places.push(if places.is_empty() { "a region".to_owned() } else { "another region".to_owned() });
    }
    let hours = if hours.is_empty() { String::new() } else { format!(" ({})", hours.join(", ")) };
    format!("{friend}, when you {does} {}{hours}", places.join(" or "))
}

#[cfg(test)]
mod tests {
    use super::words;
    use crate::api::Watching;
    use domain::alert::Direction;

    #[test]
    fn a_rule_of_somebody_else_is_a_sentence() {
        let watching = |regions: Option<Vec<&str>>, others, hours: &[&str]| {
            words(&Watching {
                friend: "ben".to_owned(),
                regions: regions.map(|names| names.into_iter().map(str::to_owned).collect()),
                others,
                direction: Direction::Enter,
                hours: hours.iter().map(|line| (*line).to_owned()).collect(),
            })
        };
        assert_eq!(watching(None, false, &[]), "ben, when you arrive at any region");
        assert_eq!(
            watching(Some(vec!["School", "Home"]), false, &["Mon-Fri 07:00-09:00"]),
            "ben, when you arrive at School or Home (Mon-Fri 07:00-09:00)"
        );
        assert_eq!(watching(Some(vec![]), true, &[]), "ben, when you arrive at a region");
        assert_eq!(watching(Some(vec!["Home"]), true, &[]), "ben, when you arrive at Home or another region");
    }
}

//! One row for the group and one for each other friend: what they see, how far back, until when, and what that is right now.

use super::Whose;
use crate::{
    api::{Other, Privacy},
    screens::live::{Place, PlaceWords},
    state::{
        shown::{besides, heard, level_words},
        use_live,
    },
    ui::{Moment, at},
};
use domain::{Eyes, FriendId, Grant, GroupId, Level, Party, Seen, Timestamp};
use leptos::{
    either::{Either, EitherOf3},
    prelude::*,
};

/// The table. On a phone each row is a card; it says itself that it is a table, because it does not look like one then.
#[component]
pub(super) fn Table(whose: Whose) -> impl IntoView {
    let known = whose.known;
    let others = Memo::new(move |_| {
        let named = |other: &Other| (other.friend, other.name.clone());
        known.with(|known| known.others.iter().map(named).collect::<Vec<_>>())
    });
    let row = move |(friend, name): (FriendId, String)| view! { <FriendRow whose friend name /> };
    let groups = Memo::new(move |_| known.with(|known| (known.group, known.groups.clone())));
    let groups = move || {
        let (home, groups) = groups.get();
        let alone = groups.len() < 2;
        let row = move |(group, name): (GroupId, String)| {
            let party = if group == home { "group".to_owned() } else { format!("group:{group}") };
            view! { <GroupRow whose group name=(!alone).then_some(name) party /> }
        };
        groups.into_iter().map(row).collect_view()
    };
    let caption = format!("What others see of {}", whose.whom());
    view! {
        <section class="card stack" aria-labelledby="sees-title">
            <h2 id="sees-title">"Who sees what"</h2>
            <table class="sees" role="table" aria-label=caption>
                <thead role="rowgroup">
                    <tr role="row">
                        <th role="columnheader" scope="col">"Who"</th>
                        <th role="columnheader" scope="col">"Level"</th>
                        <th role="columnheader" scope="col">"History since"</th>
                        <th role="columnheader" scope="col">"Until"</th>
                        <th role="columnheader" scope="col">"Sees now"</th>
                        <th role="columnheader" scope="col">"Last looked"</th>
                        <th role="columnheader" scope="col"><span class="visually-hidden">"Actions"</span></th>
                    </tr>
                </thead>
                <tbody role="rowgroup">
                    {groups}
                    <For each=move || others.get() key=Clone::clone children=row />
                </tbody>
            </table>
        </section>
    }
}

/// What holds for a party, and whether it is the group's.
type Holds = Memo<(Option<Grant>, bool)>;

fn grant_for(known: &Privacy, to: Party) -> Option<Grant> {
    known.grants.iter().find(|grant| grant.to == to).cloned()
}

#[component]
fn GroupRow(
    whose: Whose,
    group: GroupId,
    /// What it is called; `None` where it is the only one.
    name: Option<String>,
    /// As the form says it.
    party: String,
) -> impl IntoView {
    let known = whose.known;
    let holds: Holds = Memo::new(move |_| known.with(|known| (grant_for(known, Party::Group(group)), false)));
    let without = Memo::new(move |_| {
        known.with(|known| {
            let has_none = |other: &&Other| {
                other.groups().any(|of| of == group)
                    && grant_for(known, Party::Friend(other.friend)).is_none()
            };
            known.others.iter().filter(has_none).count()
        })
    });
    let counted = move || match without.get() {
        0 => "holds for nobody now".to_owned(),
        1 => "holds for 1 friend".to_owned(),
        count => format!("holds for {count} friends"),
    };
    let label = name.as_ref().map_or_else(
        || "Change what the group sees".to_owned(),
        |name| format!("Change what the group {name} sees"),
    );
    let name = name.unwrap_or_else(|| if whose.own { "My group" } else { "The group" }.to_owned());
    view! {
        <tr role="row">
            <th role="rowheader" scope="row">{name}</th>
            <Terms holds />
            <td role="cell" data-label="Sees now"><span class="hint">{counted}</span></td>
            <td role="cell" data-label="Last looked">"–"</td>
            <td role="cell" class="sees-actions">
                <a class="button" href=at(&format!("{}?change={party}", whose.page())) aria-label=label>"Change"</a>
            </td>
        </tr>
    }
}

#[component]
fn FriendRow(whose: Whose, friend: FriendId, name: String) -> impl IntoView {
    let live = use_live();
    let known = whose.known;
    let holds: Holds = Memo::new(move |_| {
        known.with(|known| {
            let own = grant_for(known, Party::Friend(friend));
            let as_group = own.is_none();
            let other = known.others.iter().find(|other| other.friend == friend);
            (own.or_else(|| known.by_groups(other?)), as_group)
        })
    });
    let sees = Memo::new(move |_| {
        let other = |known: &Privacy| known.others.iter().find(|other| other.friend == friend).cloned();
        known.with(other)
    });
    // Drawn anew when it is another place, and not with every second.
    let placed = Memo::new(move |_| {
        let now = live.now.get();
        sees.get().map(|Other { sees, .. }| (live.world.with(|world| Place::of(world, &sees, now)), sees))
    });
    let now = move || {
        placed.get().map(|(place, sees)| {
            let word = besides(sees.shown);
            view! {
                <PlaceWords place heard=heard(&sees) now=live.now />
                {word.map(|word| view! { " " <span class="hint">"(" {word} ")"</span> })}
            }
        })
    };
    let looked = Memo::new(move |_| {
        let by = |seen: &&(String, Seen)| seen.1.eyes == Eyes::Friend(friend);
        known.with(|known| known.seen.iter().filter(by).map(|(_, seen)| seen.last_at).max())
    });
    let last = move || match looked.get() {
        Some(at) => Either::Left(view! { <Moment at=at now=live.now /> }),
        None => Either::Right("not in 30 days"),
    };
    let page = whose.page();
    view! {
        <tr role="row">
            <th role="rowheader" scope="row">{name.clone()}</th>
            <Terms holds />
            <td role="cell" data-label="Sees now">{now}</td>
            <td role="cell" data-label="Last looked">{last}</td>
            <td role="cell" class="sees-actions">
                <a class="button" href=at(&format!("{page}?change={friend}")) aria-label=format!("Change what {name} sees")>"Change"</a>
                <a class="button button-quiet" href=at(&format!("{page}?as={friend}#as")) aria-label=format!("View as {name}")>"View as"</a>
            </td>
        </tr>
    }
}

/// Level, history and end of what holds for a party.
#[component]
fn Terms(holds: Holds) -> impl IntoView {
    let live = use_live();
    let level = move || {
        let (grant, as_group) = holds.get();
        let level = grant.as_ref().map_or(&Level::Off, |grant| &grant.level);
        let words = live.world.with(|world| level_words(level, world));
        if as_group {
            EitherOf3::A(view! { "As the group " <span class="hint">"(" {words} ")"</span> })
        } else if grant.is_none() {
            EitherOf3::B("Nothing said yet")
        } else {
            EitherOf3::C(view! { <b>{words}</b> })
        }
    };
    let since = move || match holds.get().0.filter(|grant| grant.level != Level::Off) {
        Some(Grant { since: Timestamp::MIN, .. }) => EitherOf3::A("the beginning"),
        Some(Grant { since, .. }) => EitherOf3::B(view! { <Moment at=since now=live.now /> }),
        None => EitherOf3::C("–"),
    };
    let until = move || match holds.get().0.map(|grant| grant.until) {
        Some(Some(until)) => EitherOf3::A(view! { <Moment at=until now=live.now /> }),
        Some(None) => EitherOf3::B("for good"),
        None => EitherOf3::C("–"),
    };
    view! {
        <td role="cell" data-label="Level">{level}</td>
        <td role="cell" data-label="History since">{since}</td>
        <td role="cell" data-label="Until">{until}</td>
    }
}

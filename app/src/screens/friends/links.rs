//! The set-up links, and how far each phone has come: where somebody is stuck is seen at a glance.

use crate::{
    api::{self, LinkLine, device_links},
    screens::{Problem, Trouble, error_of, fresh},
    state::use_live,
    ui::{ActionForm, Confirm, Icon, Moment, Sign, at},
};
use domain::{LinkState, Timestamp};
use leptos::{either::Either, prelude::*};

/// The list; nothing where there is no link.
#[component]
pub fn Links() -> impl IntoView {
    let asked = Resource::new_blocking(|| (), |()| device_links());
    let shown = move || {
        Suspend::new(async move {
            match asked.await {
                Ok(first) => Either::Left(view! { <Kept first /> }),
                Err(error) => Either::Right(view! { <Problem error /> }),
            }
        })
    };
    view! { <Transition>{shown}</Transition> }
}

#[component]
fn Kept(first: Vec<LinkLine>) -> impl IntoView {
    let revoke = ServerAction::<api::RevokeDeviceLink>::new();
    let again = ServerAction::<api::AddDevice>::new();
    let links = RwSignal::new(first);
    fresh::keep(links, device_links, move || (revoke.version().get(), again.version().get()));
    let ids = Memo::new(move |_| links.with(|links| links.iter().map(|link| link.id).collect::<Vec<_>>()));
    let item = move |id| {
        let known = Memo::new(move |_| links.with(|links| links.iter().find(|link| link.id == id).cloned()));
        move || known.get().map(|link| view! { <Item link revoke again /> })
    };
    move || {
        links.with(|links| !links.is_empty()).then(|| {
            view! {
                <section class="card stack" id="links" aria-labelledby="links-title">
                    <h2 id="links-title">"Set-up links"</h2>
                    <p>{move || links.with(|links| counts(links))}</p>
                    <Trouble error=error_of(revoke) fields=&[] />
                    <Trouble error=error_of(again) fields=&[] />
                    <ul class="links"><For each=move || ids.get() key=|id| *id children=item /></ul>
                </section>
            }
        })
    }
}

/// How many are how far. Pure.
fn counts(links: &[LinkLine]) -> String {
    let there = |link: &LinkLine| link.arrival.as_ref().is_some_and(domain::arrival::Arrival::is_there);
    let waiting = links.iter().filter(|link| link.state.is_open()).count();
    let opened = links.iter().filter(|link| link.opened_at.is_some()).count();
    let used = links.iter().filter(|link| link.state == LinkState::Used).count();
    let on_map = links.iter().filter(|link| there(link)).count();
    let made = links.len();
    format!("Of {made} made: {opened} opened, {used} used, {on_map} on the map; {waiting} can still be used.")
}

#[component]
fn Item(
    link: LinkLine,
    revoke: ServerAction<api::RevokeDeviceLink>,
    again: ServerAction<api::AddDevice>,
) -> impl IntoView {
    let live = use_live();
    let whose = format!("{}: {}", link.friend, link.device);
    let arrival = link.arrival.clone().unwrap_or_default();
    let reached = [
        ("Made", Some(link.made_at)),
        ("Opened", link.opened_at),
        ("App set up", link.used_at),
        ("Signed in", arrival.signed_in_at),
        ("First message", arrival.heard_at),
        ("First position", arrival.placed_at),
    ];
    let reached = reached.into_iter().map(|(name, at)| view! { <Reached name at /> }).collect_view();
    let (state, over) = match link.state {
        LinkState::Made | LinkState::Opened => ("can be used until ", Some(link.expires_at)),
        LinkState::Used => ("used", None),
        LinkState::Revoked => ("taken back", None),
        LinkState::Expired => ("nobody used it in time", None),
    };
    let by = link.made_by.map(|by| format!(", made by {by}"));
    let troubles = match arrival.troubles.len() {
        0 => None,
        1 => Some("Something is wrong with this phone.".to_owned()),
        count => Some(format!("{count} things are wrong with this phone.")),
    };
    let page = link.page.map(|page| view! { " " <a href=at(&page)>"See what"</a> });
    let troubles = troubles.map(|text| view! { <p class="error">{text} {page}</p> });
    let id = link.id.to_string();
    let open = link.state.is_open();
    let take_back = open.then(|| view! {
        <Confirm label="Take back" about=format!("the link for {whose}")>
            <p>"Nobody can set up a phone by it any more."</p>
            <ActionForm action=revoke>
                <input type="hidden" name="id" value=id />
                <button class="button button-bad" type="submit" disabled=revoke.pending()>"Take the link back"</button>
            </ActionForm>
        </Confirm>
    });
    let remade = format!("Make a new link for {whose}");
    let anew = (link.state != LinkState::Used || !arrival.is_there()).then(|| view! {
        <ActionForm action=again>
            <input type="hidden" name="friend" value=link.friend.clone() />
            <input type="hidden" name="device" value=link.device.clone() />
            <input type="hidden" name="how" value="link" />
            <button class="button" type="submit" disabled=again.pending() aria-label=remade>"Make a new one"</button>
        </ActionForm>
    });
    view! {
        <li class="link">
            <h3>{whose.clone()}</h3>
            <p class="hint">{state} {over.map(|at| view! { <Moment at now=live.now /> })} {by}</p>
            <ul class="funnel" aria-label=format!("How far {whose} is")>{reached}</ul>
            {troubles}
            <div class="actions">{anew} {take_back}</div>
        </li>
    }
}

#[component]
fn Reached(name: &'static str, at: Option<Timestamp>) -> impl IntoView {
    let (sign, said) = if at.is_some() { (Sign::Check, "Done: ") } else { (Sign::History, "Not yet: ") };
    view! {
        <li class="reached" class:is-done=at.is_some()>
            <Icon sign />
            <span><span class="visually-hidden">{said}</span>{name}</span>
        </li>
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::state::fixture::NOW;
    use domain::{LinkId, arrival::Arrival};

    #[test]
    fn the_funnel_is_counted() {
        let link = |state, opened: bool, arrival| LinkLine {
            id: "00000000-0000-7000-8000-000000000001".parse::<LinkId>().expect("is an id"),
            friend: "tom".to_owned(),
            device: "phone".to_owned(),
            page: None,
            made_by: None,
            made_at: NOW,
            expires_at: NOW,
            opened_at: opened.then_some(NOW),
            used_at: None,
            state,
            arrival,
        };
        let there = Arrival { placed_at: Some(NOW), ..Arrival::default() };
        let links = [
            link(LinkState::Made, false, None),
            link(LinkState::Opened, true, None),
            link(LinkState::Used, true, Some(Arrival::default())),
            link(LinkState::Used, true, Some(there)),
            link(LinkState::Expired, false, None),
        ];
        assert_eq!(counts(&links), "Of 5 made: 3 opened, 2 used, 1 on the map; 2 can still be used.");
    }
}

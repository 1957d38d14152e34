//! What will be shared with whom, before anything else; and the button that sets the phone up.

use crate::{
    api::{self, Decides, PhoneOffer, Shows},
    screens::{Trouble, error_of},
    state::use_live,
    ui::{Banner, Moment, Tone, at},
};
use leptos::{either::Either, prelude::*};
use server_fn::ServerFn;

/// The page of a link that nobody has used.
#[component]
pub(super) fn Offered(token: String, offer: PhoneOffer) -> impl IntoView {
    let live = use_live();
    // A plain form on purpose: what comes is another page, drawn with what only this browser has then.
    let error = error_of(ServerAction::<api::UseDeviceLink>::new());
    let PhoneOffer { friend, device, group, shows, paused, decides, renews, expires_at, https } = offer;
    let nothing = shows.iter().all(|line| line.what == "nothing");
    let choice = (decides == Decides::Here).then(|| view! { <Choice group=group.clone() nothing /> });
    view! {
        <h1>{friend.clone()} ": " {device}</h1>
        <p class="lead">"This link puts this phone on the map of " <b>{group.clone()}</b> "."</p>
        <Trouble error />
        <form class="card stack" method="post" action=at(api::UseDeviceLink::url()) aria-labelledby="shares-title">
            <h2 id="shares-title">"First: who will see what"</h2>
            <Shared shows nothing group decides friend=friend.clone() />
            {paused.then(|| view! { <Banner tone=Tone::Note>"Everything is paused at the moment: nobody sees anything."</Banner> })}
            <p class="hint">
                "Admins see that there is a phone, whether it comes by, and what its app says of its own health. Whoever runs this server can read what it stores: every position that the phone sends."
            </p>
            {choice}
            {renews.then(|| view! {
                <Banner tone=Tone::Warning>"There is a phone of that name already. It is signed out when you go on; its history stays."</Banner>
            })}
            {(!https).then(|| view! {
                <Banner tone=Tone::Warning>"This server is reached without encryption: whoever is in between can read the password and the positions."</Banner>
            })}
            <input type="hidden" name="token" value=token />
            <button class="button button-strong" type="submit">"Set up this phone"</button>
            <p class="hint">"The link works once. It is worth nothing after " <Moment at=expires_at now=live.now /> "."</p>
        </form>
    }
}

#[component]
fn Shared(
    shows: Vec<Shows>,
    nothing: bool,
    group: String,
    decides: Decides,
    friend: String,
) -> impl IntoView {
    let live = use_live();
    let who = match decides {
        Decides::Here => "you choose".to_owned(),
        Decides::Friend => format!("{friend} chooses"),
        Decides::Admins => "an admin of the group chooses".to_owned(),
    };
    let later = match decides {
        Decides::Here => {
            "You can change it at any time under My privacy, and pause everything there.".to_owned()
        }
        Decides::Friend => format!("{friend} can change it at any time under My privacy, after signing in."),
        Decides::Admins => format!(
            "{friend} cannot sign in, so the admins of {group} say what others see. With an account of their own it is theirs alone to say."
        ),
    };
    let lines = if nothing {
        Either::Left(view! { <p class="shares-none"><b>"Nobody sees anything"</b> " until " {who} "."</p> })
    } else {
        let line = |Shows { to, what, until }: Shows| {
            let until = until.map(|until| view! { ", until " <Moment at=until now=live.now /> });
            view! { <li><b>{to}</b> " sees " {what} {until} "."</li> }
        };
        Either::Right(view! { <ul class="shares">{shows.into_iter().map(line).collect_view()}</ul> })
    };
    view! { {lines} <p>{later}</p> }
}

/// One clear step for who decides for themself.
#[component]
fn Choice(group: String, nothing: bool) -> impl IntoView {
    let stay = if nothing { "Nothing, until I choose" } else { "As it is now" };
    let offered = [
        ("", stay),
        ("precise", "Precisely where I am"),
        ("street", "To the street: 250 m"),
        ("district", "To the part of town: 2 km"),
        ("city", "To the town: 15 km"),
        ("names", "Only names of regions"),
        ("off", "Nothing"),
    ];
    let option = |(word, text): (&'static str, &'static str)| view! { <option value=word>{text}</option> };
    view! {
        <div class="field">
            <label for="offer-share">"From now on " {group} " sees"</label>
            <p class="hint" id="offer-share-hint">"Nothing of what was before is shown. Single friends may see something else: say so under My privacy."</p>
            <select id="offer-share" name="share" aria-describedby="offer-share-hint">{offered.map(option).into_iter().collect_view()}</select>
        </div>
    }
}

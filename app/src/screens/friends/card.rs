//! How a friend wants to be shown: name and picture.
//!
//! A form without script: a file travels as a part of it, to `POST /settings/card`, and what is refused comes back beside its field.

use crate::{
    api::{ApiError, Me},
    screens::{Trouble, known, refusal_of, told_of},
    state::{Looks, use_live},
    ui::{Banner, Empty, Face, Field, Sign, Tone, at},
};
use domain::{Care, FriendId, live::LiveFriend};
use leptos::{either::EitherOf3, prelude::*};
use leptos_meta::Title;
use leptos_router::hooks::{use_params_map, use_query_map};

/// Where the form is sent.
pub const CARD_FORM: &str = "/settings/card";

/// The page on which an admin does it for somebody else.
#[component]
pub fn FriendCard() -> impl IntoView {
    view! { <div class="column">{known(|me| view! { <Named me /> })}</div> }
}

#[component]
fn Named(me: Me) -> impl IntoView {
    let live = use_live();
    let (own, params) = (me.friend, use_params_map());
    let who = Memo::new(move |_| {
        let named = params.with(|params| params.get("friend")).unwrap_or_default();
        live.world.with(|world| {
            let is_named = |known: &&LiveFriend| {
                known.friend.name.as_str() == named || known.friend.id.to_string() == named
            };
            let known = world.friends.iter().find(is_named)?;
            let decides = known.care == Care::Whole || own == Some(known.friend.id);
            Some((known.friend.id, known.friend.name.to_string(), decides))
        })
    });
    move || match who.get() {
        Some((friend, name, true)) => {
            let page = format!("/friends/{friend}/card");
            EitherOf3::A(view! {
                <Title text=format!("Card of {name}") />
                <p class="crumb"><a href=at("/friends")>"Friends"</a></p>
                <h1>"Card of " {name}</h1>
                <CardForm friend page title="How others see them" />
            })
        }
        Some(_) => EitherOf3::B(view! {
            <h1>"Card"</h1>
            <Banner tone=Tone::Note>"How somebody else is shown is for an admin of all their groups to change."</Banner>
        }),
        None => EitherOf3::C(view! {
            <h1>"Card"</h1>
            <Empty sign=Sign::Friends title="There is no such friend"><p><a class="button" href=at("/friends")>"Friends"</a></p></Empty>
        }),
    }
}

/// Name and picture, as they are and as they are to be.
#[component]
pub fn CardForm(
    /// Whose.
    friend: FriendId,
    /// The page it stands on, to come back to.
    page: String,
    /// What stands above it.
    title: &'static str,
) -> impl IntoView {
    let live = use_live();
    let query = use_query_map();
    let saved = move || query.with(|query| query.get("card").is_some());
    let refusal = refusal_of(CARD_FORM);
    let error = Signal::derive(move || refusal.get_value());
    let told = told_of(error);
    let kept = refusal.with_value(|refusal| refusal.as_ref().and_then(|error: &ApiError| error.kept("name")));
    // Drawn anew when the card changes, and not whenever the friend moves.
    let card = Memo::new(move |_| {
        live.world.with(|world| {
            let known = world.friend(friend)?;
            let wished = known.card.as_ref().and_then(|card| card.name.clone()).unwrap_or_default();
            Some((wished, known.friend.name.to_string(), Looks::of(known)))
        })
    });
    let form = move || {
        let (wished, own, looks) = card.get()?;
        let pictured = looks.picture.is_some();
        let name = kept.clone().unwrap_or(wished);
        Some(view! {
            <form class="stack" method="post" action=at(CARD_FORM) enctype="multipart/form-data">
                // In this order: whose it is, and where to go back to, is known before the file comes.
                <input type="hidden" name="page" value=page.clone() />
                <input type="hidden" name="friend" value=friend.to_string() />
                <div class="card-face">
                    <span class="face-large"><Face looks /></span>
                    <p class="hint">{if pictured { "This is the picture now." } else { "There is no picture yet." }}</p>
                </div>
                <Field name="name" label="Shown name" form="card" value=name may_be_empty=true told autocomplete="nickname" />
                <p class="hint">"Left empty, friends read " <b>{own}</b> ". That name stays, and stands beside any other."</p>
                <Field
                    name="face"
                    label="Picture"
                    form="card"
                    kind="file"
                    accept="image/png,image/jpeg,image/gif,image/webp"
                    hint="PNG, JPEG, GIF or WebP, at most 4 MB. It is made small."
                    may_be_empty=true
                    told
                />
                <div class="actions">
                    <button class="button button-strong" type="submit">"Save"</button>
                    {pictured.then(|| view! {
                        <button class="button" type="submit" name="without_face" value="yes">"Remove the picture"</button>
                    })}
                </div>
            </form>
        })
    };
    view! {
        <section class="card stack" id="card" aria-labelledby="card-title">
            <h2 id="card-title">{title}</h2>
            {move || saved().then(|| view! { <Banner tone=Tone::Good>"The card is saved, and goes to the phones of all friends."</Banner> })}
            <Trouble error />
            {form}
        </section>
    }
}

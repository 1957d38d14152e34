//! Where one is signed in, and which programs have one's rights; each can be ended here.

use super::{Problem, Trouble, error_of};
use crate::{
    api::{self, SessionView, TokenView, sessions, tokens},
    state::use_live,
    ui::{ActionForm, Banner, Confirm, Moment, Tone},
};
use leptos::prelude::*;
use leptos_router::hooks::use_query_map;

/// The sessions of whoever looks.
#[component]
pub fn Sessions() -> impl IntoView {
    let end = ServerAction::<api::EndSession>::new();
    let end_others = ServerAction::<api::EndOtherSessions>::new();
    let query = use_query_map();
    let asked = Resource::new_blocking(
        move || (end.version().get(), end_others.version().get(), query.get().to_query_string()),
        |_| sessions(),
    );
    let ended = move || query.with(|query| query.get("ended").is_some());
    let drawn = move || {
        Suspend::new(async move {
            match asked.await {
                Ok(known) => {
                    let others = known.iter().filter(|session| !session.own).count();
                    let lines =
                        known.into_iter().map(|session| view! { <Session session end /> }).collect_view();
                    let end_all = (others > 0).then(|| {
                        view! {
                            <ActionForm action=end_others>
                                <button class="button" type="submit">"End all others"</button>
                            </ActionForm>
                        }
                    });
                    view! { <ul class="log" aria-labelledby="sessions-title">{lines}</ul> {end_all} }
                        .into_any()
                }
                Err(error) => view! { <Problem error /> }.into_any(),
            }
        })
    };
    view! {
        <section class="card stack" aria-labelledby="sessions-title">
            <h2 id="sessions-title">"Where you are signed in"</h2>
            {move || ended().then(|| view! { <Banner tone=Tone::Good>"Ended. That browser has to sign in again."</Banner> })}
            <Trouble error=error_of(end) fields=&[] />
            <Trouble error=error_of(end_others) fields=&[] />
            <Transition fallback=|| view! { <p class="loading">"Loading…"</p> }>{drawn}</Transition>
        </section>
    }
}

#[component]
fn Session(session: SessionView, end: ServerAction<api::EndSession>) -> impl IntoView {
    let now = use_live().now;
    let SessionView { id, started_at, used_at, place, browser, own } = session;
    let browser = if browser.is_empty() { "A browser".to_owned() } else { browser };
    let from = (!place.is_empty()).then(|| format!(" from {place}"));
    let about = format!("the session of {browser}");
    view! {
        <li class="session">
            <p><b>{browser}</b> {from} {own.then_some(" (this one)")}</p>
            <p class="hint">"Signed in " <Moment at=started_at now /> ", last used in the hour from " <Moment at=used_at now /></p>
            {(!own).then(|| view! {
                <Confirm label="End" about=about>
                    <p>"Whoever uses it has to sign in again."</p>
                    <ActionForm action=end>
                        <input type="hidden" name="id" value=id.to_string() />
                        <button class="button button-bad" type="submit">"End it"</button>
                    </ActionForm>
                </Confirm>
            })}
        </li>
    }
}

/// Tokens: one's own, or for admins all that they may know of. Nothing where there are none of one's own.
#[component]
pub fn Tokens(
    /// Every token, on the page for admins.
    all: bool,
) -> impl IntoView {
    let revoke = ServerAction::<api::RevokeToken>::new();
    let query = use_query_map();
    let asked = Resource::new_blocking(
        move || (revoke.version().get(), query.get().to_query_string()),
        move |_| tokens(all),
    );
    let revoked = move || query.with(|query| query.get("revoked").is_some());
    let drawn = move || {
        Suspend::new(async move {
            match asked.await {
                Ok(known) if known.is_empty() => view! { <p class="hint">"There are none."</p> }.into_any(),
                Ok(known) => {
                    let lines =
                        known.into_iter().map(|token| view! { <Token token revoke /> }).collect_view();
                    view! { <ul class="log" aria-labelledby="tokens-title">{lines}</ul> }.into_any()
                }
                Err(error) => view! { <Problem error /> }.into_any(),
            }
        })
    };
    view! {
        <section class="card stack" aria-labelledby="tokens-title">
            <h2 id="tokens-title">"Tokens"</h2>
            <p class="hint">
                {if all {
                    "Programs that may use the JSON interface. Whoever has the terminal makes them: whereabouts token create."
                } else {
                    "Programs that see and do what you may. Whoever runs the server made them for you."
                }}
            </p>
            {move || revoked().then(|| view! { <Banner tone=Tone::Good>"Revoked. It is worth nothing any more."</Banner> })}
            <Trouble error=error_of(revoke) fields=&[] />
            <Transition fallback=|| view! { <p class="loading">"Loading…"</p> }>{drawn}</Transition>
        </section>
    }
}

#[component]
fn Token(token: TokenView, revoke: ServerAction<api::RevokeToken>) -> impl IntoView {
    let now = use_live().now;
    let TokenView { id, name, scope, user, made_at, used_at } = token;
    let whose = user.map_or_else(|| "the whole server".to_owned(), |user| format!("as {user}"));
    let used = used_at.map_or_else(
        || view! { "never used" }.into_any(),
        |at| view! { "last used in the hour from " <Moment at now /> }.into_any(),
    );
    let about = format!("the token {name}");
    view! {
        <li class="session">
            <p><b>{name}</b> ": " {scope} ", " {whose}</p>
            <p class="hint">"Made " <Moment at=made_at now /> ", " {used}</p>
            <Confirm label="Revoke" about=about>
                <p>"The program that has it can do nothing with it any more."</p>
                <ActionForm action=revoke>
                    <input type="hidden" name="id" value=id.to_string() />
                    <button class="button button-bad" type="submit">"Revoke it"</button>
                </ActionForm>
            </Confirm>
        </li>
    }
}

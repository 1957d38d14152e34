//! The ways by which alerts go: how the last one went, a test of each, and the forms that set them up.

use super::push::Browsers;
use crate::{
    api::{self, AlertsShown, ApiError},
    screens::{Trouble, error_of, told_of},
    state::use_live,
    ui::{ActionForm, Banner, Confirm, Field, Moment, Tone},
};
use domain::alert::{AlertState, Channel};
use leptos::{either::Either, prelude::*};
use leptos_router::hooks::use_query_map;

/// What a way is called.
pub(super) const fn way(channel: Channel) -> &'static str {
    match channel {
        Channel::Page => "open page",
        Channel::Push => "push message",
        Channel::Mail => "e-mail",
        Channel::Ntfy => "ntfy",
        Channel::Webhook => "webhook",
    }
}

/// How somebody is told that way.
pub(super) const fn by(channel: Channel) -> &'static str {
    match channel {
        Channel::Page => "on an open page",
        Channel::Push => "by push message",
        Channel::Mail => "by e-mail",
        Channel::Ntfy => "by ntfy",
        Channel::Webhook => "by webhook",
    }
}

/// `failed (the mail server does not answer)`.
pub(super) fn how(state: AlertState, why: &str) -> String {
    let why = if why.is_empty() { String::new() } else { format!(" ({why})") };
    format!("{}{why}", state.as_str())
}

/// Where alerts go.
#[component]
pub(super) fn Ways(
    known: RwSignal<AlertsShown>,
    /// Sends a test.
    test: ServerAction<api::TestAlertChannel>,
    /// Whether this server sends mail.
    mail_set_up: bool,
    /// How often something was done that no form does.
    changes: RwSignal<u32>,
) -> impl IntoView {
    let remove = ServerAction::<api::RemoveAlertChannel>::new();
    let channels = Memo::new(move |_| {
        known.with(|known| known.ways.iter().map(|way| way.channel).collect::<Vec<Channel>>())
    });
    let item = move |channel: Channel| view! { <li class="stack"><Line channel known test remove /></li> };
    let secret = Memo::new(move |_| known.with(|known| known.secret.clone()));
    view! {
        <section class="card stack" aria-labelledby="ways-title">
            <h2 id="ways-title">"Where alerts go"</h2>
            // What is wrong with a way stands beside it.
            <Trouble error=error_of(test) />
            <Trouble error=error_of(remove) fields=&[] />
            <ul class="rules" aria-label="Ways"><For each=move || channels.get() key=|channel| *channel children=item /></ul>
            {move || secret.get().map(|secret| view! {
                <Banner tone=Tone::Note>
                    "The secret of the webhook, by which its messages are signed: " <code>{secret}</code>
                    " It stands here for a quarter of an hour, and nowhere else."
                </Banner>
            })}
            <Forms mail_set_up />
            <Browsers known changes />
        </section>
    }
}

/// One way. What changes is drawn by itself: an open question or a pressed button is nobody's to take away.
#[component]
fn Line(
    channel: Channel,
    known: RwSignal<AlertsShown>,
    test: ServerAction<api::TestAlertChannel>,
    remove: ServerAction<api::RemoveAlertChannel>,
) -> impl IntoView {
    let live = use_live();
    let query = use_query_map();
    let word = channel.as_str();
    let shown =
        Memo::new(move |_| known.with(|known| known.ways.iter().find(|way| way.channel == channel).cloned()));
    let to = move || shown.with(|shown| shown.as_ref().map(|shown| shown.to.clone()));
    let last = move || match shown.get().and_then(|shown| shown.last) {
        Some((at, state, why)) => {
            Either::Left(view! { "Last alert: " {how(state, &why)} ", " <Moment at now=live.now /> })
        }
        None => Either::Right("No alert went this way yet."),
    };
    let told = told_of(error_of(test));
    let is_tested = Memo::new(move |_| query.with(|query| query.get("tested").as_deref() == Some(word)));
    let outcome = move || {
        let why =
            told.with(|told| told.as_ref().filter(|told| told.field == word).map(|told| told.why.clone()));
        match why {
            Some(why) => Some(Either::Left(view! { <Banner tone=Tone::Bad>"The test " {why} "."</Banner> })),
            None if is_tested.get() => Some(Either::Right(view! {
                <Banner tone=Tone::Good>"The test is sent: look whether it arrives."</Banner>
            })),
            None => None,
        }
    };
    let tests = format!("Test {}", way(channel));
    let removal = (channel != Channel::Page).then(|| {
        view! {
            <Confirm label="Remove" about=way(channel)>
                <p>"Nothing goes there any more."</p>
                <ActionForm action=remove>
                    <input type="hidden" name="channel" value=word />
                    <button class="button button-bad" type="submit">"Remove this way"</button>
                </ActionForm>
            </Confirm>
        }
    });
    view! {
        <div class="bar">
            <div>
                <p class="way"><b>{way(channel)}</b> ": " {to}</p>
                <p class="hint">{last}</p>
            </div>
            <div class="actions">
                <ActionForm action=test>
                    <input type="hidden" name="channel" value=word />
                    <button class="button" type="submit" aria-label=tests disabled=test.pending()>"Test"</button>
                </ActionForm>
                {removal}
            </div>
        </div>
        {outcome}
    }
}

/// The forms that set up mail, ntfy and a webhook, or point them elsewhere.
#[component]
fn Forms(mail_set_up: bool) -> impl IntoView {
    let mail = ServerAction::<api::SetAlertMail>::new();
    let ntfy = ServerAction::<api::SetAlertNtfy>::new();
    let webhook = ServerAction::<api::SetAlertWebhook>::new();
    let (mail_error, ntfy_error, hook_error) = (error_of(mail), error_of(ntfy), error_of(webhook));
    let is_refused = |error: Signal<Option<ApiError>>| error.with_untracked(Option::is_some);
    let kept = |error: Signal<Option<ApiError>>, field: &str| {
        error.with_untracked(|error| error.as_ref().and_then(|error| error.kept(field))).unwrap_or_default()
    };
    let (address, url, hook) =
        (kept(mail_error, "address"), kept(ntfy_error, "url"), kept(hook_error, "hook"));
    let mail_form = if mail_set_up {
        Either::Left(view! {
            <details class="more" open=is_refused(mail_error)>
                <summary>"Set up e-mail"</summary>
                <ActionForm action=mail>
                    <div class="stack">
                        <Trouble error=mail_error fields=&["address"] />
                        <Field name="address" label="Address" form="mail" kind="email" value=address autocomplete="email" told=told_of(mail_error) />
                        <div class="actions"><button class="button" type="submit" disabled=mail.pending()>"Save the address"</button></div>
                    </div>
                </ActionForm>
            </details>
        })
    } else {
        Either::Right(view! { <p class="hint">"This server sends no mail."</p> })
    };
    view! {
        <div>
            {mail_form}
            <details class="more" open=is_refused(ntfy_error)>
                <summary>"Set up ntfy"</summary>
                <ActionForm action=ntfy>
                    <div class="stack">
                        <Trouble error=ntfy_error fields=&["url", "token"] />
                        <Field name="url" label="Topic" form="ntfy" inputmode="url" value=url
                            hint="The server with the topic, such as https://ntfy.sh/my-topic. Whoever knows the topic of a public server can read it." told=told_of(ntfy_error) />
                        <Field name="token" label="Token" form="ntfy" kind="password" autocomplete="new-password" hint="Empty where it takes none." may_be_empty=true told=told_of(ntfy_error) />
                        <div class="actions"><button class="button" type="submit" disabled=ntfy.pending()>"Save the topic"</button></div>
                    </div>
                </ActionForm>
            </details>
            <details class="more" open=is_refused(hook_error)>
                <summary>"Set up a webhook"</summary>
                <ActionForm action=webhook>
                    <div class="stack">
                        <Trouble error=hook_error fields=&["hook"] />
                        <Field name="hook" label="URL" form="webhook" inputmode="url" value=hook
                            hint="Of a web server of yours, which gets each alert as JSON. With each new URL there is a new secret." told=told_of(hook_error) />
                        <div class="actions"><button class="button" type="submit" disabled=webhook.pending()>"Save the webhook"</button></div>
                    </div>
                </ActionForm>
            </details>
        </div>
    }
}

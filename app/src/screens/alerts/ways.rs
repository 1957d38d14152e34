//! The ways by which alerts go, each with a test, and quiet hours.

use super::rules::{UTC, way};
use crate::{
    api::{self, AlertsShown},
    screens::{Trouble, error_of, told_of},
    ui::{ActionForm, Area, Field},
};
use domain::{Schedule, alert::Channel};
use leptos::{html::Textarea, prelude::*};

/// Where alerts go.
#[component]
pub(super) fn Ways(
    known: RwSignal<AlertsShown>,
    /// Sends a test.
    test: ServerAction<api::TestAlertChannel>,
    /// Whether this server sends mail.
    mail_set_up: bool,
) -> impl IntoView {
    let remove = ServerAction::<api::RemoveAlertChannel>::new();
    let (mail, ntfy) = (ServerAction::<api::SetAlertMail>::new(), ServerAction::<api::SetAlertNtfy>::new());
    let (mail_error, ntfy_error) = (error_of(mail), error_of(ntfy));
    let set_up = Memo::new(move |_| {
        let page = (Channel::Page, "while one is open".to_owned());
        known.with(|known| std::iter::once(page).chain(known.channels.clone()).collect::<Vec<_>>())
    });
    let line = move |(channel, to): (Channel, String)| {
        let word = channel.as_str();
        let (tests, removes) = (format!("Test {}", way(channel)), format!("Remove {}", way(channel)));
        let removable = (channel != Channel::Page).then(|| {
            view! {
                <ActionForm action=remove>
                    <input type="hidden" name="channel" value=word />
                    <button class="button button-quiet" type="submit" aria-label=removes>"Remove"</button>
                </ActionForm>
            }
        });
        view! {
            <li class="bar">
                <span>{way(channel)} ": " {to}</span>
                <ActionForm action=test>
                    <input type="hidden" name="channel" value=word />
                    <button class="button" type="submit" aria-label=tests disabled=test.pending()>"Test"</button>
                </ActionForm>
                {removable}
            </li>
        }
    };
    let kept = |error: Signal<Option<api::ApiError>>, field: &str| {
        error.with_untracked(|error| error.as_ref().and_then(|error| error.kept(field))).unwrap_or_default()
    };
    let (address, url) = (kept(mail_error, "address"), kept(ntfy_error, "url"));
    view! {
        <section class="card stack" aria-labelledby="ways-title">
            <h2 id="ways-title">"Where alerts go"</h2>
            <Trouble error=error_of(test) fields=&[] />
            <Trouble error=error_of(remove) fields=&[] />
            <ul class="rules" aria-label="Ways">{move || set_up.get().into_iter().map(line).collect_view()}</ul>
            {mail_set_up.then(|| view! {
                <ActionForm action=mail>
                    <Trouble error=mail_error fields=&["address"] />
                    <Field name="address" label="E-mail" form="mail" kind="email" value=address autocomplete="email" told=told_of(mail_error) />
                    <button class="button" type="submit" disabled=mail.pending()>"Set the address"</button>
                </ActionForm>
            })}
            <ActionForm action=ntfy>
                <Trouble error=ntfy_error fields=&["url", "token"] />
                <Field name="url" label="ntfy" form="ntfy" inputmode="url" value=url hint="The server with the topic, such as https://ntfy.sh/my-topic. Whoever knows it can read it." told=told_of(ntfy_error) />
                <Field name="token" label="Token" form="ntfy" kind="password" autocomplete="new-password" hint="Empty where it takes none." may_be_empty=true told=told_of(ntfy_error) />
                <button class="button" type="submit" disabled=ntfy.pending()>"Set the topic"</button>
            </ActionForm>
            <p class="hint">
                {(!mail_set_up).then_some("This server sends no mail. ")}
                "Push messages and webhooks are set up over the interface: see docs/alerts.md."
            </p>
        </section>
    }
}

/// When whoever looks is left in peace.
#[component]
pub(super) fn QuietHours(quiet: Option<Schedule>) -> impl IntoView {
    let set = ServerAction::<api::SetAlertQuiet>::new();
    let error = error_of(set);
    let told = told_of(error);
    let kept = |field: &str| error.with_untracked(|error| error.as_ref().and_then(|error| error.kept(field)));
    let lines = quiet
        .as_ref()
        .map(|quiet| quiet.hours.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"));
    let hours = kept("hours").or(lines).unwrap_or_default();
    let zone = kept("zone").or(quiet.map(|quiet| quiet.zone)).unwrap_or_else(|| UTC.to_owned());
    view! {
        <section class="card stack" aria-labelledby="quiet-title">
            <h2 id="quiet-title">"Quiet hours"</h2>
            <p class="hint">"Then alerts reach an open page and nothing else, and are not sent afterwards."</p>
            <Trouble error fields=&["hours", "zone"] />
            <ActionForm action=set>
                <div class="stack">
                    <Area name="hours" label="Hours" form="quiet" value=hours hint="A line for each, such as daily 22:00-07:00. Empty: never."
                        may_be_empty=true told node=NodeRef::<Textarea>::new() />
                    <Field name="zone" label="Time zone" form="quiet" value=zone hint="By whose clocks, such as Europe/Zurich." may_be_empty=true told />
                    <div class="actions"><button class="button" type="submit" disabled=set.pending()>"Save"</button></div>
                </div>
            </ActionForm>
        </section>
    }
}

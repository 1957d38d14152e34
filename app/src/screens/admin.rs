//! For admins: what arrived, and what the server says of itself.

mod audit;
mod broker;
mod console;
mod invitations;
mod pages;
mod selftest;
mod server;
mod storage;

pub(super) use pages::{Pages, first_page};

pub use audit::AuditPage;
pub use broker::BrokerPage;
pub use console::ConsolePage;
pub use invitations::InvitationsPage;
pub use selftest::SelfTestPage;
pub use server::ServerPage;
pub use storage::StoragePage;

use super::{Problem, Tokens, known};
use crate::{
    api::{self, Me},
    state::use_live,
    ui::{Banner, Empty, Icon, Moment, Sign, Tone, at},
};
use domain::LoggedMessage;
use leptos::{either::Either, prelude::*};
use leptos_meta::Title;
use leptos_router::hooks::use_query_map;

/// The message log and the server's facts.
#[component]
pub fn Admin() -> impl IntoView {
    view! {
        <Title text="Admin" />
        <div class="column column-wide">
            <pages::Pages here="/admin" />
            <h1>"Admin"</h1>
            {known(|me| if me.admin {
                Either::Left(view! { <Facts me /> <Tokens all=true /> <Log /> })
            } else {
                Either::Right(view! { <Banner tone=Tone::Note>"Only admins see what arrives at the server."</Banner> })
            })}
        </div>
    }
}

#[component]
fn Facts(me: Me) -> impl IntoView {
    let live = use_live();
    let count = move || {
        live.world.with(|world| {
            let devices: usize = world.friends.iter().map(|friend| friend.devices.len()).sum();
            format!("{} friends, {devices} devices, {} regions", world.friends.len(), world.regions.len())
        })
    };
    view! {
        <section class="card" aria-labelledby="facts-title">
            <h2 id="facts-title">"This server"</h2>
            <dl class="facts">
                <dt>"Address"</dt><dd><code>{me.public_url}</code></dd>
                <dt>"MQTT"</dt><dd><code>{me.mqtt.unwrap_or_else(|| "off".to_owned())}</code></dd>
                <dt>"Map pictures"</dt><dd>{me.tiles.map_or_else(|| "none; the map asks nobody".to_owned(), |tiles| tiles.url)}</dd>
                <dt>"Knows"</dt><dd>{count}</dd>
                <dt>"Sensors"</dt><dd><a href=at("/sensors")>"Topics that are not a phone's"</a></dd>
                <dt>"Outlets"</dt><dd><a href=at("/admin/outlets")>"Where data goes out to"</a></dd>
                <dt>"Version"</dt><dd>{env!("CARGO_PKG_VERSION")}</dd>
            </dl>
        </section>
    }
}

#[component]
fn Log() -> impl IntoView {
    let query = use_query_map();
    let wanted = Memo::new(move |_| {
        query.with(|query| (query.get("only").is_some_and(|only| only == "trouble"), query.get("before")))
    });
    let log = Resource::new_blocking(
        move || wanted.get(),
        |(only_trouble, before)| api::messages(only_trouble, before),
    );
    let only = move || wanted.with(|(only, _)| *only);
    let chosen = move |trouble: bool| (only() == trouble).then_some("page");
    let list = move || {
        Suspend::new(async move {
            match log.await {
                Ok(page) => Either::Left(view! { <Messages page only_trouble=wanted.get_untracked().0 /> }),
                Err(error) => Either::Right(view! { <Problem error /> }),
            }
        })
    };
    view! {
        <section aria-labelledby="log-title">
            <div class="bar">
                <h2 id="log-title">"Message log"</h2>
                <nav class="tabs" aria-label="Which messages">
                    <a href=at("/admin") aria-current=move || chosen(false)>"All"</a>
                    <a href=at("/admin?only=trouble") aria-current=move || chosen(true)>"Only trouble"</a>
                </nav>
            </div>
            <Transition fallback=|| view! { <p class="loading">"Loading…"</p> }>{list}</Transition>
        </section>
    }
}

#[component]
fn Messages(page: api::Page<LoggedMessage>, only_trouble: bool) -> impl IntoView {
    if page.items.is_empty() {
        let title = if only_trouble { "No trouble" } else { "Nothing arrived yet" };
        return Either::Left(view! {
            <Empty sign=Sign::Log title><p>"Everything a phone or a broker sends is listed here, whatever became of it."</p></Empty>
        });
    }
    let older = page.next.map(|cursor| {
        let only = if only_trouble { "&only=trouble" } else { "" };
        view! { <a class="button" href=at(&format!("/admin?before={cursor}{only}"))>"Older"</a> }
    });
    Either::Right(view! {
        <ol class="log">{page.items.into_iter().map(|message| view! { <Message message /> }).collect_view()}</ol>
        <p class="paging">{older}</p>
    })
}

/// One message: what became of it, when and how it came, and on request what it said.
#[component]
pub fn Message(
    /// The message.
    message: LoggedMessage,
    /// More about it.
    #[prop(optional, into)]
    note: String,
) -> impl IntoView {
    let live = use_live();
    let LoggedMessage { received_at, door, topic, bytes, payload, verdict, trouble, retained, .. } = message;
    let sign = if trouble { Sign::Alert } else { Sign::Check };
    view! {
        <li class="message" class:is-trouble=trouble>
            <Icon sign />
            <details>
                <summary>
                    <span class="verdict">{verdict}</span>
                    <code class="topic">{topic}</code>
                    <span class="hint">
                        <Moment at=received_at now=live.now /> " · " {door} " · " {bytes} " bytes" {retained.then_some(" · retained")}
                        {(!note.is_empty()).then(|| format!(" · {note}"))}
                    </span>
                </summary>
                <pre><code>{visible(&payload)}</code></pre>
            </details>
        </li>
    }
}

/// A payload with its control characters drawn as signs, line breaks and tabs apart. Browsers drop a NUL from the page they
/// read, and then the page is no longer the one that was drawn.
fn visible(payload: &str) -> String {
    payload
        .chars()
        .map(|c| match c {
            '\n' | '\t' => c,
            '\0'..='\u{1f}' => char::from_u32(0x2400 + u32::from(c)).unwrap_or(c),
            '\u{7f}' => '\u{2421}',
            _ => c,
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::visible;

    #[test]
    fn a_payload_shows_what_cannot_be_seen() {
        assert_eq!(visible("{\"a\":\n\t1}"), "{\"a\":\n\t1}");
        assert_eq!(visible("\0a\r\u{1b}\u{7f}"), "\u{2400}a\u{240d}\u{241b}\u{2421}");
    }
}

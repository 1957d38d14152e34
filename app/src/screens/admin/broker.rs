//! The MQTT doors: who is connected, who was refused what, and the line to an outside broker.

use super::pages::{For, page};
use crate::{
    api,
    screens::{Problem, Trouble, error_of, fresh},
    state::use_live,
    ui::{ActionForm, Age, Banner, Confirm, Empty, Icon, Moment, Sign, Tone},
};
use domain::{BridgeLine, BrokerReport, BrokerSession, Refused, SeenPacket};
use leptos::{either::Either, prelude::*};
use leptos_router::hooks::use_query_map;

/// The page of the broker.
#[component]
pub fn BrokerPage() -> impl IntoView {
    page(For::Admins, "/admin/broker", "Broker", |_| view! { <Asked /> }.into_any())
}

#[component]
fn Asked() -> impl IntoView {
    let report = Resource::new_blocking(|| (), |()| api::broker_report());
    let doors = move || {
        Suspend::new(async move {
            match report.await {
                Ok(first) => Either::Left(view! { <Doors first /> }),
                Err(error) => Either::Right(view! { <Problem error /> }),
            }
        })
    };
    view! { <Transition fallback=|| view! { <p class="loading">"Loading…"</p> }>{doors}</Transition> }
}

#[component]
fn Doors(first: BrokerReport) -> impl IntoView {
    let report = RwSignal::new(first);
    let end = ServerAction::<api::EndConnection>::new();
    fresh::keep(report, api::broker_report, move || end.version().get());
    let query = use_query_map();
    let ended = move || query.with(|query| query.get("ended").is_some());
    let bridge = Memo::new(move |_| report.with(|report| report.bridge.clone()));
    let refusals = Memo::new(move |_| report.with(|report| report.refusals.clone()));
    view! {
        {move || ended().then(|| view! { <Banner tone=Tone::Good>"Ended. The client may come back by itself."</Banner> })}
        <Trouble error=error_of(end) fields=&[] />
        <Sessions report end />
        {move || bridge.get().map(|line| view! { <Bridge line /> })}
        <section aria-labelledby="refusals-title">
            <h2 id="refusals-title">"Refused of late"</h2>
            {move || {
                let refusals = refusals.get();
                if refusals.is_empty() {
                    Either::Left(view! { <p class="hint">"Nobody, since the server was started."</p> })
                } else {
                    let refusals = refusals.into_iter().map(|refused| view! { <Refusal refused /> }).collect_view();
                    Either::Right(view! { <ol class="log" aria-labelledby="refusals-title">{refusals}</ol> })
                }
            }}
        </section>
    }
}

#[component]
fn Sessions(report: RwSignal<BrokerReport>, end: ServerAction<api::EndConnection>) -> impl IntoView {
    let keys = Memo::new(move |_| {
        let key = |session: &BrokerSession| (session.username.clone(), session.client_id.clone());
        report.with(|report| report.sessions.iter().map(key).collect::<Vec<_>>())
    });
    let count = move || {
        report.with(|report| {
            let here = report.sessions.iter().filter(|session| session.connected).count();
            let kept = report.sessions.len() - here;
            if report.open {
                format!("{here} connected, {kept} kept for an absent client")
            } else {
                "The embedded broker is off.".to_owned()
            }
        })
    };
    let row = move |(username, client_id): (String, String)| {
        let (of_user, of_client) = (username.clone(), client_id.clone());
        let known = Memo::new(move |_| {
            report.with(|report| {
                let mut sessions = report.sessions.iter();
                sessions.find(|known| known.username == of_user && known.client_id == of_client).cloned()
            })
        });
        view! {
            <li class="session">
                {move || known.get().map(|session| view! { <Session session /> })}
                <Confirm label="End" about=format!("the connection {client_id} of {username}")>
                    <p>"A client that is there is disconnected and may come back at once; what is kept for an absent one is forgotten."</p>
                    <ActionForm action=end>
                        <input type="hidden" name="username" value=username />
                        <input type="hidden" name="client_id" value=client_id />
                        <button class="button button-bad" type="submit">"End it"</button>
                    </ActionForm>
                </Confirm>
            </li>
        }
    };
    let nobody = move || {
        keys.with(Vec::is_empty).then(|| view! {
            <Empty sign=Sign::Phone title="Nobody is connected"><p>"Phones and other clients of the broker are listed here."</p></Empty>
        })
    };
    view! {
        <section aria-labelledby="sessions-title">
            <div class="bar"><h2 id="sessions-title">"Connections"</h2> <p class="hint">{count}</p></div>
            {nobody}
            <ul class="log" aria-labelledby="sessions-title"><For each=move || keys.get() key=Clone::clone children=row /></ul>
        </section>
    }
}

#[component]
fn Session(session: BrokerSession) -> impl IntoView {
    let now = use_live().now;
    let name = match &session.device_name {
        Some(device) => format!("{}: {device}", session.username),
        None => format!("{} (another broker)", session.username),
    };
    let keep_alive = match session.keep_alive_s {
        0 => "no keep-alive".to_owned(),
        seconds => format!("keep-alive {seconds} s"),
    };
    let line = format!(
        "MQTT {}, {}, {keep_alive}, {} session",
        session.version,
        if session.tls { "TLS" } else { "no TLS" },
        if session.persistent { "persistent" } else { "clean" },
    );
    let packet = move |packet: Option<SeenPacket>| {
        packet.map(|packet| view! { {packet.kind} " " <Age at=packet.at now /> })
    };
    let filters: Vec<String> =
        session.subscriptions.iter().map(|one| format!("{} (QoS {})", one.filter, one.qos)).collect();
    let filters = if filters.is_empty() { "nothing".to_owned() } else { filters.join(", ") };
    view! {
        <h3>{name}</h3>
        <dl class="facts">
            <dt>{if session.connected { "Connected" } else { "Away since" }}</dt>
            <dd><Moment at=session.since now /> ", " {session.address.unwrap_or_default()}</dd>
            <dt>"Client"</dt><dd><code>{session.client_id}</code></dd>
            <dt>"Session"</dt><dd>{line}</dd>
            <dt>"Listens to"</dt><dd>{filters}</dd>
            <dt>"Last packets"</dt>
            <dd>"in: " {packet(session.last_in)} "; out: " {packet(session.last_out)}</dd>
            <dt>"To it"</dt><dd>{session.in_flight} " in flight, " {session.queued} " queued"</dd>
        </dl>
    }
}

#[component]
fn Refusal(refused: Refused) -> impl IntoView {
    let now = use_live().now;
    view! {
        <li class="message is-trouble">
            <Icon sign=Sign::Alert />
            <div>
                <p><b>{refused.username}</b> ": " {refused.attempt.as_str()} " refused, " {refused.reason}</p>
                <p class="hint">
                    <Moment at=refused.at now /> " · " {refused.address} " · client " <code>{refused.client_id}</code>
                    {refused.topic.map(|topic| view! { " · " <code class="topic">{topic}</code> })}
                </p>
            </div>
        </li>
    }
}

#[component]
fn Bridge(line: BridgeLine) -> impl IntoView {
    let now = use_live().now;
    let error = line.last_error.map(|(error, at)| {
        view! { <dt>"Last error"</dt><dd>{error} " (" <Moment at now /> ")"</dd> }
    });
    view! {
        <section class="card" aria-labelledby="bridge-title">
            <h2 id="bridge-title">"Outside broker"</h2>
            <dl class="facts">
                <dt>"Address"</dt><dd><code>{line.broker}</code></dd>
                <dt>{if line.connected { "Connected since" } else { "Not connected since" }}</dt><dd><Moment at=line.since now /></dd>
                {error}
            </dl>
        </section>
    }
}

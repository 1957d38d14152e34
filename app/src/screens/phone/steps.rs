//! A phone that was set up a moment ago: what to do in the app, the ways round where it refuses, and how far it is.

use super::Ticks;
use crate::{
    api::{Decides, PhoneCard, ReadyPhone, phone_arrival},
    browser,
    screens::fresh,
    ui::at,
};
use leptos::{prelude::*, task::spawn_local};

const IPHONE: &str = "https://apps.apple.com/app/owntracks/id692424691";
const ANDROID: &str = "https://play.google.com/store/apps/details?id=org.owntracks.android";
const FDROID: &str = "https://f-droid.org/packages/org.owntracks.android/";

/// The steps, with everything to open, save or type.
#[component]
pub(super) fn Ready(token: String, ready: ReadyPhone) -> impl IntoView {
    let ReadyPhone { card, arrival, decides, https } = ready;
    let arrival = RwSignal::new(arrival);
    // Only that it is no longer ours to see ends the page's news.
    let ask = move || {
        let asked = phone_arrival(token.clone());
        async move { Ok(asked.await?.unwrap_or_else(|| arrival.try_get_untracked().unwrap_or_default())) }
    };
    fresh::keep(arrival, ask, || ());
    let PhoneCard { friend, name, link, .. } = card.clone();
    let next = move || {
        match decides {
        Decides::Here => view! {
            <p>
                <a href=at("/privacy") rel="external">"Choose what each friend sees"</a> ", or "
                <a href=at("/") rel="external">"look at the map"</a> "."
            </p>
        }
        .into_any(),
        Decides::Friend => view! {
            <p><a href=at("/privacy") rel="external">"Choose what each friend sees"</a> " after signing in."</p>
        }
        .into_any(),
        Decides::Admins => view! { <p>"You can close this page."</p> }.into_any(),
    }
    };
    // Without script the page does not change by itself.
    let runs = RwSignal::new(false);
    Effect::new(move |_| runs.set(true));
    let again = move || {
        (!runs.get()).then(|| view! { <p><a class="button" href="" rel="external">"Look again"</a></p> })
    };
    view! {
        <h1>{friend} ": " {name}</h1>
        <section class="card stack" aria-labelledby="watch-title">
            <h2 id="watch-title">"How far it is"</h2>
            <Ticks arrival https next />
            {again}
        </section>
        <p class="hint">"The password is shown in this browser alone, for an hour. The link is used up."</p>
        <section class="card stack" aria-labelledby="do-title">
            <h2 id="do-title">"What to do on the phone"</h2>
            <ol class="steps">
                <li>
                    <h3>"Install OwnTracks"</h3>
                    <p class="actions">
                        <a class="button" href=at(IPHONE) rel="external noreferrer">"For iPhone"</a>
                        <a class="button" href=at(ANDROID) rel="external noreferrer">"For Android"</a>
                        <a class="button button-quiet" href=at(FDROID) rel="external noreferrer">"For Android, F-Droid"</a>
                    </p>
                    <p>"Open it once, and allow the location when it asks."</p>
                </li>
                <li>
                    <h3>"Let it take settings from a link"</h3>
                    <p>
                        "New versions refuse links and files until you allow them. In the app: "
                        <b>"Settings → Remote control"</b> " (on Android perhaps " <b>"Settings → Advanced"</b> "): switch on "
                        <b>"allow configuration by URI and config file"</b> " and " <b>"remote configuration"</b>
                        ". Older versions have no such switch, and need none."
                    </p>
                </li>
                <li>
                    <h3>"Open the settings in OwnTracks"</h3>
                    <p><a class="button button-strong" href=at(&link) rel="external">"Open in OwnTracks"</a></p>
                    <p class="hint">"The app shows what it will change; say yes. If nothing happens: the app is missing, or the switch is off."</p>
                </li>
                <li>
                    <h3>"Let it report"</h3>
                    <p><b>"iPhone: "</b> "Settings → Privacy → Location Services → OwnTracks: " <b>"Always"</b> " and precise. Background App Refresh on."</p>
                    <p><b>"Android: "</b> "Settings → Apps → OwnTracks → Permissions → Location: " <b>"Allow all the time"</b> " and precise; Battery: " <b>"Unrestricted"</b> ", else the system puts the app to sleep."</p>
                </li>
            </ol>
        </section>
        <ByHand card />
    }
}

/// The ways round where the app does not take the link.
#[component]
fn ByHand(card: PhoneCard) -> impl IntoView {
    let PhoneCard { name, username, password, topic, host, port, tls, url, link, document, .. } = card;
    let mqtt = host.zip(port).map(|(host, port)| {
        let tls = if tls { "on" } else { "off" };
        let fields = vec![
            ("Mode", "MQTT".to_owned()),
            ("Host", host),
            ("Port", port),
            ("TLS", tls.to_owned()),
            ("User name", username.clone()),
            ("Password", password.clone()),
            ("Device", name.clone()),
            ("Topic", topic),
        ];
        view! {
            <h3>"By MQTT"</h3>
            <p>"Gets news of friends at once, and spares the battery. More to type."</p>
            <Fields fields />
        }
    });
    let http = vec![
        ("Mode", "HTTP".to_owned()),
        ("URL", url),
        ("User name", username),
        ("Password", password),
        ("Device", name),
    ];
    view! {
        <section class="card stack" aria-labelledby="hand-title">
            <h2 id="hand-title">"If the link does not open"</h2>
            <h3>"As a file"</h3>
            <p>"On Android: save it, then in the app Preferences → Configuration management → Import."</p>
            <p class="actions"><a class="button" href=at("/phone/whereabouts.otrc") rel="external" download="whereabouts.otrc">"Save whereabouts.otrc"</a></p>
            <h3>"By hand, in HTTP mode"</h3>
            <p>"Five fields, under Settings → Connection (on iPhone: the (i) → Settings). Touch a value to select it."</p>
            <Fields fields=http />
            <details>
                <summary>"More: by MQTT, the link and the file as text"</summary>
                <div class="stack">
                    {mqtt}
                    <h3>"The link"</h3>
                    <p><code class="long">{link}</code></p>
                    <h3>"The file"</h3>
                    <pre><code>{document}</code></pre>
                </div>
            </details>
        </section>
    }
}

/// Values to be typed, each to be selected with one touch, and with script to be copied.
#[component]
fn Fields(fields: Vec<(&'static str, String)>) -> impl IntoView {
    let lines = fields.into_iter().map(|(name, value)| view! { <Value name value /> }).collect_view();
    view! { <dl class="facts typed">{lines}</dl> }
}

#[component]
fn Value(name: &'static str, value: String) -> impl IntoView {
    // Without script, or without HTTPS, there is nothing a button could do.
    let runs = RwSignal::new(false);
    Effect::new(move |_| runs.set(true));
    let said = RwSignal::new("Copy");
    let text = StoredValue::new(value.clone());
    let copy = move |_| {
        spawn_local(async move {
            let done = browser::copy(&text.get_value()).await;
            let _left = said.try_set(if done { "Copied" } else { "Select it" });
        });
    };
    let button = move || {
        runs.get().then(|| view! {
            <button class="button button-quiet" type="button" on:click=copy aria-label=move || format!("{}: {name}", said.get())>{said}</button>
        })
    };
    view! { <dt>{name}</dt> <dd><code>{value}</code> {button}</dd> }
}

//! How a new phone gets on the map, step by step, and whether it is there.

use crate::{
    api::{PhoneCard, device_report},
    screens::fresh,
    state::use_live,
    ui::{Banner, Tone, at},
};
use leptos::{either::EitherOf3, html::Section, prelude::*};

/// The steps, in order, with everything to scan, open or type.
#[component]
pub fn PhoneSteps(
    /// What to type.
    card: PhoneCard,
) -> impl IntoView {
    let PhoneCard {
        device,
        friend,
        name,
        username,
        password,
        topic,
        host,
        port,
        tls,
        url,
        link,
        qr,
        document,
    } = card;
    let picture = qr.map(|svg| view! { <div class="qr" role="img" aria-label="The set-up link as a QR code" inner_html=svg></div> });
    let mqtt = host.zip(port).map(|(host, port)| {
        let tls = if tls { "on" } else { "off" };
        view! {
            <h4>"By MQTT"</h4>
            <Values values=vec![
                ("Mode", "MQTT".to_owned()), ("Host", host), ("Port", port), ("TLS", tls.to_owned()),
                ("User name", username.clone()), ("Password", password.clone()), ("Device", name.clone()), ("Topic", topic),
            ] />
        }
    });
    // With script the card comes in above a form that was just sent, perhaps out of sight.
    let node = NodeRef::<Section>::new();
    Effect::new(move |_| {
        if let Some(section) = node.get() {
            section.scroll_into_view();
            let _unfocused = section.focus();
        }
    });
    view! {
        <section class="card stack phone" aria-labelledby="new-phone-title" tabindex="-1" node_ref=node>
            <h2 id="new-phone-title">{friend.clone()} ": " {name.clone()}</h2>
            <Arrived device friend=friend.clone() />
            <Banner tone=Tone::Note>"The password is shown now and never again. This card stays for a quarter of an hour."</Banner>
            <ol class="steps">
                <li>
                    <h3>"Install OwnTracks"</h3>
                    <p>"It is free, in the app store of the phone."</p>
                </li>
                <li>
                    <h3>"Allow the set-up link"</h3>
                    <p>
                        "In the app, open " <b>"Settings"</b> " and switch on " <b>"remote configuration"</b> " and "
                        <b>"allow configuration by URI"</b> " (under Advanced or Remote control). New versions refuse the link without it."
                    </p>
                </li>
                <li>
                    <h3>"Open the link on the phone"</h3>
                    <p>"Scan this with the phone\u{2019}s camera, or if you read this on the phone, open it here."</p>
                    {picture}
                    <p><a class="button button-strong" href=at(&link) rel="external">"Open in OwnTracks"</a></p>
                    <details>
                        <summary>"The link as text"</summary>
                        <p><code class="long">{link.clone()}</code></p>
                    </details>
                </li>
                <li>
                    <h3>"Let it report"</h3>
                    <p>"Allow the location " <b>"always"</b> ", and take the app out of the phone\u{2019}s battery saving."</p>
                </li>
            </ol>
            <details>
                <summary>"Or type it in by hand"</summary>
                {mqtt}
                <h4>"By HTTP"</h4>
                <Values values=vec![
                    ("Mode", "HTTP".to_owned()), ("URL", url), ("User name", username), ("Password", password), ("Device", name),
                ] />
                <h4>"As a file"</h4>
                <p class="hint">"Save this as " <code>"whereabouts.otrc"</code> " and import it in the app."</p>
                <pre><code>{document}</code></pre>
            </details>
        </section>
    }
}

#[component]
fn Values(values: Vec<(&'static str, String)>) -> impl IntoView {
    let lines = values
        .into_iter()
        .map(|(name, value)| view! { <dt>{name}</dt> <dd><code>{value}</code></dd> })
        .collect_view();
    view! { <dl class="facts values">{lines}</dl> }
}

/// Waits for the first message and says when it is there; also where nobody is shown where.
#[component]
fn Arrived(device: domain::DeviceId, friend: String) -> impl IntoView {
    let live = use_live();
    let heard = RwSignal::new(false);
    let whose = friend.clone();
    let ask = move || {
        let asked = device_report(whose.clone(), device.to_string());
        async move { asked.await.map(|report| report.door.is_some()) }
    };
    fresh::keep(heard, ask, || ());
    let seen = Memo::new(move |_| {
        live.world.with(|world| {
            world
                .friends
                .iter()
                .flat_map(|friend| &friend.devices)
                .any(|known| known.device.id == device && known.spot.is_some())
        })
    });
    view! {
        <div role="status">
            {move || if seen.get() {
                EitherOf3::A(view! {
                    <p class="waiting is-there">"The phone is on the map. " <a href=at("/")>"Look"</a></p>
                })
            } else if heard.get() {
                EitherOf3::B(view! {
                    <p class="waiting is-there">"The phone reports. What you see of it is for " {friend.clone()} " to say."</p>
                })
            } else {
                EitherOf3::C(view! { <p class="waiting"><span class="pulse" aria-hidden="true"></span>"Waiting for the first message…"</p> })
            }}
        </div>
    }
}

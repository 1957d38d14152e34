//! Push messages: which browsers get them, and the switch of this one.

use crate::{
    api::{self, AlertsShown, BrowserShown},
    browser::{
        self,
        push::{self, NoPush, Subscription},
    },
    screens::{Trouble, error_of},
    state::use_live,
    ui::{ActionForm, Banner, Moment, Tone},
};
use leptos::{prelude::*, task::spawn_local};

/// What this browser has said of itself: where it gets push messages, if it does, or why it cannot. `None` until it was asked.
type Found = Option<Result<Option<String>, NoPush>>;

/// The browsers, and this one.
#[component]
pub(super) fn Browsers(
    known: RwSignal<AlertsShown>,
    /// How often something was done that no form does.
    changes: RwSignal<u32>,
) -> impl IntoView {
    let live = use_live();
    let remove = ServerAction::<api::RemoveAlertBrowser>::new();
    let found = RwSignal::new(Found::None);
    // In the browser only.
    Effect::new(move |_| {
        spawn_local(async move {
            let said = push::subscribed().await;
            found.try_set(Some(said));
        });
    });
    let endpoint = Memo::new(move |_| found.get().and_then(Result::ok).flatten());
    let browsers = Memo::new(move |_| known.with(|known| known.browsers.clone()));
    let item = move |browser: BrowserShown| {
        let BrowserShown { endpoint: at, made_at } = browser;
        let removes = format!("Remove the browser at {}", host(&at));
        let (of, own) = (host(&at).to_owned(), at.clone());
        let is_own = move || endpoint.with(|endpoint| endpoint.as_ref() == Some(&own));
        view! {
            <li class="bar">
                <span>
                    {move || if is_own() { "This browser" } else { "A browser" }} ", by " {of} ", since " <Moment at=made_at now=live.now />
                </span>
                <ActionForm action=remove>
                    <input type="hidden" name="endpoint" value=at />
                    <button class="button button-quiet" type="submit" aria-label=removes>"Remove"</button>
                </ActionForm>
            </li>
        }
    };
    let list = move || {
        let lines = browsers.get().into_iter().map(item).collect_view();
        browsers
            .with(|browsers| !browsers.is_empty())
            .then(|| view! { <ul class="rules" aria-label="Browsers">{lines}</ul> })
    };
    view! {
        <div class="stack" role="group" aria-labelledby="push-title">
            <h3 id="push-title">"Push messages"</h3>
            <p class="hint">
                "They reach a browser also when no page is open, for as long as you are signed in there. On iPhone and iPad they reach sites on the home screen alone."
            </p>
            <Trouble error=error_of(remove) fields=&[] />
            {list}
            <p class="plain-only">"They are turned on and off by script, which does not run here."</p>
            <div class="js-only"><Switch known found endpoint changes /></div>
        </div>
    }
}

/// On or off in this browser, or why it cannot be on.
#[component]
fn Switch(
    known: RwSignal<AlertsShown>,
    found: RwSignal<Found>,
    endpoint: Memo<Option<String>>,
    changes: RwSignal<u32>,
) -> impl IntoView {
    let is_busy = RwSignal::new(false);
    let trouble = RwSignal::new(None::<String>);
    let is_on = Memo::new(move |_| {
        let is_known =
            |at: &String| known.with(|known| known.browsers.iter().any(|browser| browser.endpoint == *at));
        endpoint.with(|endpoint| endpoint.as_ref().is_some_and(is_known))
    });
    let turn_on = move |_| {
        let Some(key) = known.with_untracked(|known| known.push_key.clone()) else { return };
        is_busy.set(true);
        trouble.set(None);
        spawn_local(async move {
            match switch_on(&key).await {
                Ok(at) => {
                    let made_at = browser::now();
                    known.try_update(|known| {
                        known.browsers.push(BrowserShown { endpoint: at.clone(), made_at });
                    });
                    found.try_set(Some(Ok(Some(at))));
                    changes.try_update(|changes| *changes += 1);
                }
                Err(why) => {
                    trouble.try_set(Some(why));
                }
            }
            is_busy.try_set(false);
        });
    };
    let turn_off = move |_| {
        let Some(at) = endpoint.get_untracked() else { return };
        is_busy.set(true);
        trouble.set(None);
        spawn_local(async move {
            push::turn_off().await;
            // Where it cannot be told now, the server hears it from the push service with the next alert.
            let _gone_already = api::remove_alert_browser(at).await;
            found.try_set(Some(Ok(None)));
            changes.try_update(|changes| *changes += 1);
            is_busy.try_set(false);
        });
    };
    let state = move || {
        match found.with(|found| found.as_ref().map(|said| said.as_ref().err().copied())) {
        None => view! { <p class="hint">"Looking whether this browser can have them…"</p> }.into_any(),
        Some(Some(why)) => view! { <Banner tone=Tone::Note>{words(why)}</Banner> }.into_any(),
        Some(None) if is_on.get() => view! {
            <div class="bar">
                <p>"On in this browser."</p>
                <button class="button" type="button" disabled=is_busy on:click=turn_off>"Turn off in this browser"</button>
            </div>
        }
        .into_any(),
        Some(None) => view! {
            <button class="button" type="button" disabled=is_busy on:click=turn_on>"Turn on in this browser"</button>
        }
        .into_any(),
    }
    };
    view! {
        <div class="stack" aria-live="polite">
            {state}
            {move || trouble.get().map(|why| view! { <Banner tone=Tone::Bad>{why}</Banner> })}
        </div>
    }
}

/// Asks the browser, then tells the server. What the server does not take is not kept in the browser either.
async fn switch_on(key: &str) -> Result<String, String> {
    let Subscription { endpoint, keys } = push::turn_on(key).await.map_err(|why| words(why).to_owned())?;
    let told = api::add_alert_browser(endpoint.clone(), keys.p256dh, keys.auth).await;
    if let Err(error) = told {
        push::turn_off().await;
        return Err(error.to_string());
    }
    Ok(endpoint)
}

/// Why this browser gets none, and what can be done about it.
fn words(why: NoPush) -> &'static str {
    match why {
        NoPush::Insecure => "Push messages take a site with https, which this one has not.",
        NoPush::NotInstalled => {
            "On iPhone and iPad push messages reach sites on the home screen alone: choose Share, then Add to Home Screen, open it there, and turn them on there."
        }
        NoPush::Unable => "This browser knows no push messages.",
        NoPush::Refused => {
            "This browser does not allow notifications of this site. Allow them in its settings, then load this page again."
        }
        NoPush::Unanswered => {
            "The browser was not allowed to show notifications. Turn it on again, and allow them."
        }
        NoPush::Failed => {
            "The push service of this browser cannot be reached, or is switched off in its settings. Nothing was turned on."
        }
    }
}

/// Of an address the host alone: the rest is for the server.
fn host(endpoint: &str) -> &str {
    endpoint.split_once("://").and_then(|(_, rest)| rest.split('/').next()).unwrap_or("a push service")
}

#[cfg(test)]
mod tests {
    use super::host;

    #[test]
    fn of_a_browser_only_the_push_service_is_shown() {
        assert_eq!(host("https://push.example/v1/secret"), "push.example");
        assert_eq!(host("nothing"), "a push service");
    }
}

//! Pausing everything, and going on.

use super::Whose;
use crate::{
    api, browser,
    screens::{Trouble, error_of},
    state::use_live,
    ui::{ActionForm, Clock, Icon, Moment, Sign},
};
use leptos::{either::Either, prelude::*};

/// Says that everything is paused, as long as it is, and ends that.
#[component]
pub(super) fn Paused(whose: Whose, resume: ServerAction<api::ResumeSharing>) -> impl IntoView {
    let live = use_live();
    let paused = Memo::new(move |_| whose.known.with(|known| known.paused));
    let whom = whose.whom();
    let banner = move || {
        paused.get().map(|pause| {
            let until = match pause.until {
                Some(until) => Either::Left(view! { ", until " <Moment at=until now=live.now /> }),
                None => Either::Right(", until it is resumed here"),
            };
            let read = if pause.quiet { "off" } else { "paused" };
            view! {
                <div class="paused">
                    <div class="paused-text" role="status">
                        <Icon sign=Sign::Alert />
                        <p>
                            <b>"Paused since " <Moment at=pause.from now=live.now /> {until} "."</b>
                            " Nobody sees " {whom.clone()} "; others read \u{201c}" {read} "\u{201d}."
                        </p>
                    </div>
                    <ActionForm action=resume>
                        <input type="hidden" name="friend" value=whose.id() />
                        <button class="button button-strong" type="submit" disabled=resume.pending()>"Resume"</button>
                    </ActionForm>
                </div>
            }
        })
    };
    view! { <Trouble error=error_of(resume) fields=&[] /> {banner} }
}

/// The form that pauses everything.
#[component]
pub(super) fn Pausing(whose: Whose, pause: ServerAction<api::PauseSharing>) -> impl IntoView {
    let is_on = Memo::new(move |_| whose.known.with(|known| known.paused.is_some()));
    let title = move || if is_on.get() { "Pause for longer or shorter" } else { "Pause everything" };
    view! {
        <section class="card stack" aria-labelledby="pause-title">
            <h2 id="pause-title">{title}</h2>
            <p>"Nobody sees anything meanwhile, and nobody learns later where " {whose.whom()} {if whose.own { " were." } else { " was." }}</p>
            <Trouble error=error_of(pause) fields=&[] />
            <ActionForm action=pause>
                <div class="stack">
                    <input type="hidden" name="friend" value=whose.id() />
                    <ZoneField />
                    <div class="field">
                        <label for="pause-span">"For how long"</label>
                        <select id="pause-span" name="span">
                            <option value="hour">"For an hour"</option>
                            <option value="tomorrow">"Until tomorrow, 8:00"</option>
                            <option value="">"Until it is resumed"</option>
                        </select>
                    </div>
                    <fieldset class="choices">
                        <legend>"Others read"</legend>
                        <label class="choice">
                            <input type="radio" name="quiet" value="" checked=true />
                            <span>"\u{201c}paused\u{201d}"</span>
                        </label>
                        <label class="choice">
                            <input type="radio" name="quiet" value="yes" />
                            <span>"\u{201c}off\u{201d}, as where nothing is shown"</span>
                        </label>
                    </fieldset>
                    <div class="actions">
                        <button class="button button-strong" type="submit" disabled=pause.pending()>"Pause"</button>
                    </div>
                </div>
            </ActionForm>
        </section>
    }
}

/// Whose clock the times of a form are read off: the browser's, which is asked only once the page runs; until then UTC.
#[component]
pub(super) fn ZoneField() -> impl IntoView {
    let clock = Clock::here();
    let zone = move || {
        let here = || browser::zone_name().unwrap_or_else(|| browser::utc_offset_minutes().to_string());
        if clock.is_local() { here() } else { String::new() }
    };
    view! {
        <input type="hidden" name="zone" value=zone prop:value=zone />
        <p class="hint plain-only">"Times are in UTC."</p>
    }
}

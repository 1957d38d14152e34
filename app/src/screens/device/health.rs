//! How well a phone reports: its mode, its rhythm, how exact it is, and what would help.

use crate::{
    api::{self, DeviceReport},
    screens::trouble_words,
    ui::{ActionForm, Icon, Sign, duration_words},
};
use domain::{
    Expected, Monitoring,
    arrival::Trouble,
    health::{Advice, Measured, advice},
};
use leptos::prelude::*;

/// Figures, then what is wrong with what to do about it.
#[component]
pub(super) fn Health(
    id: String,
    report: RwSignal<DeviceReport>,
    give: ServerAction<api::GiveOrder>,
) -> impl IntoView {
    let mode = Memo::new(move |_| report.with(|report| report.mode));
    let expected = Memo::new(move |_| report.with(|report| report.expected));
    let measured = Memo::new(move |_| report.with(|report| report.measured));
    let troubles = Memo::new(move |_| report.with(|report| report.troubles.clone()));
    let helps = Memo::new(move |_| advice(mode.get(), measured.get().as_ref()));
    let figures = move || {
        measured.get().map(|Measured { fixes, mean_interval_s, mean_accuracy_m, inexact_pct }| {
            let accuracy = mean_accuracy_m.map_or_else(|| "it does not say".to_owned(), |m| format!("{m} m"));
            view! {
                <dt>"In the last week"</dt><dd>{fixes} " positions, one every " {seconds(mean_interval_s)} " as a mean"</dd>
                <dt>"Mean accuracy"</dt><dd>{accuracy}</dd>
                <dt>"Worse than 100 m"</dt><dd>{inexact_pct} " %"</dd>
            }
        })
    };
    let device = StoredValue::new(id);
    let put_right = move || {
        let by_hand =
            helps.with(|helps| helps.iter().any(|help| matches!(help, Advice::Mode(_) | Advice::Thirsty)));
        by_hand.then(|| view! {
            <ActionForm action=give>
                <input type="hidden" name="id" value=device.get_value() />
                <input type="hidden" name="errand" value="mode" />
                <input type="hidden" name="mode" value="significant" />
                <button class="button" type="submit" disabled=give.pending()>"Put it into significant mode"</button>
            </ActionForm>
        })
    };
    let remarks = move || {
        let wrong = troubles
            .get()
            .iter()
            .map(|trouble: &Trouble| {
                let (what, remedy) = trouble_words(trouble);
                view! { <Wrong what remedy /> }
            })
            .collect_view();
        let helps = helps
            .get()
            .into_iter()
            .map(|help| {
                let (what, remedy) = words(help);
                view! { <Wrong what=what.to_owned() remedy /> }
            })
            .collect_view();
        let fine = troubles.with(Vec::is_empty) && self::helps_nothing(mode.get(), measured.get().as_ref());
        let fine = fine.then(|| view! { <li class="remark"><Icon sign=Sign::Check /><span>"Nothing is wrong that is known here."</span></li> });
        view! { <ul class="remarks">{wrong} {helps} {fine}</ul> }
    };
    view! {
        <section class="card stack" aria-labelledby="health-title">
            <h2 id="health-title">"Health"</h2>
            <dl class="facts">
                <dt>"Mode"</dt><dd>{move || mode_words(mode.get())}</dd>
                <dt>"Rhythm"</dt><dd>{move || rhythm_words(expected.get())}</dd>
                {figures}
            </dl>
            {remarks}
            {put_right}
        </section>
    }
}

#[component]
fn Wrong(what: String, remedy: &'static str) -> impl IntoView {
    view! { <li class="remark is-bad"><Icon sign=Sign::Alert /><div><p><b>{what}</b></p><p>{remedy}</p></div></li> }
}

fn helps_nothing(mode: Option<Monitoring>, measured: Option<&Measured>) -> bool {
    advice(mode, measured).is_empty()
}

const fn mode_words(mode: Option<Monitoring>) -> &'static str {
    match mode {
        None => "it has not said",
        Some(Monitoring::Quiet) => "quiet: reports never",
        Some(Monitoring::Manual) => "manual: only by hand",
        Some(Monitoring::Significant) => "significant: after some hundred metres",
        Some(Monitoring::Move) => "move: all the time",
    }
}

fn rhythm_words(expected: Option<Expected>) -> String {
    match expected {
        None => "not known yet, or not shown to you".to_owned(),
        Some(Expected { next_s, rest_s }) if rest_s > next_s => {
            format!("usually within {}, at rest within {}", seconds(next_s), seconds(rest_s))
        }
        Some(Expected { next_s, .. }) => format!("usually within {}", seconds(next_s)),
    }
}

/// So many seconds as people say them.
fn seconds(seconds: u32) -> String {
    if seconds < 60 { format!("{seconds} s") } else { duration_words(i64::from(seconds) * 1000) }
}

const fn words(help: Advice) -> (&'static str, &'static str) {
    match help {
        Advice::Mode(Monitoring::Quiet) => (
            "It is in quiet mode, and reports nothing.",
            "In the app, choose significant mode; or have it done from here, if the app allows remote configuration.",
        ),
        Advice::Mode(_) => (
            "It is in manual mode, and reports only when somebody presses the button.",
            "In the app, choose significant mode; or have it done from here, if the app allows remote configuration.",
        ),
        Advice::Thirsty => (
            "It is in move mode, which costs battery.",
            "Fine on the way. Afterwards significant mode is enough.",
        ),
        Advice::Inexact => (
            "Many of its positions are inexact.",
            "Allow the precise location, and leave Wi-Fi on: it helps also where nobody signs in to it.",
        ),
        Advice::Seldom => (
            "It reports seldom, though its mode would have it report.",
            "Take the app out of the battery saving, and allow the location always; ask for its status to see what hinders it.",
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rhythm_is_said_as_people_say_it() {
        let expected = |next_s, rest_s| Some(Expected { next_s, rest_s });
        assert_eq!(rhythm_words(expected(30, 30)), "usually within 30 s");
        assert!(rhythm_words(expected(60, 3600)).contains(", at rest within "));
        assert!(words(Advice::Mode(Monitoring::Manual)).0.contains("manual"));
    }
}

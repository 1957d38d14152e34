//! How far a region has come on its way to a phone, in a sentence. The same on the page of the phone and on that of the region.

use crate::{
    state::use_live,
    ui::{Icon, Moment, Sign},
};
use domain::{
    Timestamp,
    waypoint::{Receipt, Switch},
};
use leptos::prelude::*;

/// One line: what it is about, and how far it has come.
#[component]
pub(super) fn Line(
    /// The region, or the phone.
    name: String,
    /// Of a polygon the radius of the circle as which phones watch it, metres.
    circle_m: Option<u32>,
    /// How far.
    receipt: Receipt,
) -> impl IntoView {
    let live = use_live();
    let (before, at, after) = words(receipt);
    let good = matches!(receipt, Receipt::Confirmed(_) | Receipt::Own);
    let bad = matches!(receipt, Receipt::Drifted(_) | Receipt::Refused(..));
    let moment = at.map(|at| view! { <Moment at now=live.now /> });
    view! {
        <li class="order">
            <span class="order-sign" class:is-good=good class:is-bad=bad><Icon sign=sign(receipt) /></span>
            <div class="order-text">
                <p><b>{name}</b></p>
                <p>{before} {moment} {after} {circle_m.map(as_circle)}</p>
                {hint(receipt).map(|hint| view! { <p class="hint">{hint}</p> })}
            </div>
        </li>
    }
}

const fn sign(receipt: Receipt) -> Sign {
    match receipt {
        Receipt::Pending | Receipt::Leaving => Sign::History,
        Receipt::Sent(..) => Sign::Phone,
        Receipt::Confirmed(_) | Receipt::Own => Sign::Check,
        Receipt::Drifted(_) | Receipt::Refused(..) => Sign::Alert,
        Receipt::Left(_) => Sign::Leave,
        Receipt::Shape | Receipt::Beyond => Sign::Info,
    }
}

/// The sentence before and after the time it speaks of.
const fn words(receipt: Receipt) -> (&'static str, Option<Timestamp>, &'static str) {
    match receipt {
        Receipt::Pending => ("Waiting for the phone.", None, ""),
        Receipt::Sent(at, 0 | 1) => ("Sent at ", Some(at), "; the phone has not told yet that it keeps it."),
        Receipt::Sent(at, 2) => {
            ("Sent twice, last at ", Some(at), "; the phone has not told yet that it keeps it.")
        }
        Receipt::Sent(at, _) => {
            ("Sent several times, last at ", Some(at), "; the phone has not told yet that it keeps it.")
        }
        Receipt::Confirmed(at) => ("On the phone, as it told at ", Some(at), "."),
        Receipt::Drifted(at) => {
            ("Not as it is here: somebody changed it on the phone, as it told at ", Some(at), ".")
        }
        Receipt::Refused(at, _) => ("Not allowed by the phone, which went on without it at ", Some(at), "."),
        Receipt::Leaving => ("To be taken off the phone.", None, ""),
        Receipt::Left(at) => ("Taken off at ", Some(at), "."),
        Receipt::Own => ("Its owner drew it on the phone, so it is not sent.", None, ""),
        Receipt::Beyond => ("Not sent: others are nearer, and its app watches only so many.", None, ""),
        Receipt::Shape => ("Not sent: it is too wide for a phone to watch.", None, ""),
    }
}

const fn hint(receipt: Receipt) -> Option<&'static str> {
    match receipt {
        Receipt::Refused(_, Switch::Commands) => Some(
            "In the app, switch on \u{201c}remote commands\u{201d} (cmd), and on an iPhone \u{201c}remote configuration\u{201d}, too.",
        ),
        Receipt::Refused(_, Switch::Configuration) => Some(
            "The phone answers, but does not take regions. On an iPhone, switch on \u{201c}remote configuration\u{201d} (remoteConfiguration).",
        ),
        Receipt::Drifted(_) => {
            Some("It stays like that. The page of the phone has a button to send it again.")
        }
        Receipt::Shape
        | Receipt::Own
        | Receipt::Beyond
        | Receipt::Pending
        | Receipt::Sent(..)
        | Receipt::Confirmed(_)
        | Receipt::Leaving
        | Receipt::Left(_) => None,
    }
}

/// As what a phone watches a polygon.
fn as_circle(radius_m: u32) -> String {
    format!("As a circle of {radius_m} m: phones know no other shape.")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::state::fixture::NOW;

    #[test]
    fn a_receipt_says_how_far_it_is_and_what_would_help() {
        assert!(words(Receipt::Confirmed(NOW)).0.starts_with("On the phone"));
        assert!(hint(Receipt::Refused(NOW, Switch::Commands)).is_some_and(|hint| hint.contains("(cmd)")));
        let other = hint(Receipt::Refused(NOW, Switch::Configuration));
        assert!(other.is_some_and(|hint| hint.contains("remoteConfiguration")));
        assert!(words(Receipt::Sent(NOW, 2)).0.contains("twice"));
        assert!(hint(Receipt::Confirmed(NOW)).is_none() && words(Receipt::Pending).1.is_none());
    }
}

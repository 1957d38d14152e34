//! What a phone was asked, and what became of it.

use crate::{
    api::{self, Asked, DeviceReport, What},
    screens::{Trouble, error_of},
    state::use_live,
    ui::{ActionForm, Icon, Moment, Sign},
};
use domain::{OrderId, Outcome, Timestamp};
use leptos::{either::Either, prelude::*};

/// How far an order has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fate {
    /// The phone has not come by since; not delivered after this.
    Waits(Timestamp),
    /// The phone has it, and an answer may come.
    Delivered(Timestamp),
    /// The phone has it, and says nothing to such orders.
    Handed(Timestamp),
    /// The phone has it, and will show when it lists its regions.
    Told(Timestamp),
    /// It did what it was asked.
    Answered(Timestamp),
    /// It got it and went on without doing it.
    Refused(Timestamp),
    /// It did not come by in time.
    Expired(Timestamp),
    /// Whoever gave it took it back.
    Withdrawn(Timestamp),
}

impl Fate {
    fn of(order: &Asked) -> Self {
        match (order.settled, order.delivered_at) {
            (Some((Outcome::Answered, at)), _) => Self::Answered(at),
            (Some((Outcome::Refused, at)), _) => Self::Refused(at),
            (Some((Outcome::Expired, at)), _) => Self::Expired(at),
            (Some((Outcome::Withdrawn, at)), _) => Self::Withdrawn(at),
            (None, None) => Self::Waits(order.expires_at),
            (None, Some(at)) if matches!(order.what, What::Settings(_)) => Self::Handed(at),
            (None, Some(at)) if matches!(order.what, What::Keep(_) | What::Forget) => Self::Told(at),
            (None, Some(at)) => Self::Delivered(at),
        }
    }

    const fn sign(self) -> Sign {
        match self {
            Self::Waits(_) => Sign::History,
            Self::Delivered(_) | Self::Handed(_) | Self::Told(_) => Sign::Phone,
            Self::Answered(_) => Sign::Check,
            Self::Refused(_) | Self::Expired(_) => Sign::Alert,
            Self::Withdrawn(_) => Sign::Cross,
        }
    }

    /// The sentence before and after the time it speaks of.
    const fn words(self) -> (&'static str, Timestamp, &'static str) {
        match self {
            Self::Waits(until) => ("Waiting for the phone, until ", until, "."),
            Self::Delivered(at) => ("Delivered at ", at, ", not answered yet."),
            Self::Handed(at) => ("Delivered at ", at, ". Apps do not say whether they took settings."),
            Self::Told(at) => {
                ("Delivered at ", at, ". Whether it took them shows when it tells of its regions.")
            }
            Self::Answered(at) => ("Answered at ", at, "."),
            Self::Refused(at) => ("Not allowed by the phone; it went on without at ", at, "."),
            Self::Expired(at) => ("Not delivered in time: the phone did not come by until ", at, "."),
            Self::Withdrawn(at) => ("Taken back at ", at, "."),
        }
    }
}

/// What it was asked for, in a few words.
fn subject(what: &What) -> String {
    match what {
        What::Position => "Position".to_owned(),
        What::Mode(mode) => format!("Mode {}", mode.as_str()),
        What::Settings(names) => format!("Settings: {}", names.join(", ")),
        What::Status => "Status".to_owned(),
        What::Regions => "Its regions".to_owned(),
        What::Keep(1) => "Keep 1 region".to_owned(),
        What::Keep(count) => format!("Keep {count} regions"),
        What::Forget => "Forget all regions".to_owned(),
    }
}

/// Which switch of the app keeps it from obeying.
const fn switch(what: &What) -> &'static str {
    match what {
        What::Position | What::Status | What::Regions => {
            "In the app, switch on \u{201c}remote commands\u{201d} (its setting cmd)."
        }
        What::Mode(_) | What::Settings(_) | What::Keep(_) | What::Forget => {
            "In the app, switch on \u{201c}remote commands\u{201d} (cmd) and \u{201c}remote configuration\u{201d}."
        }
    }
}

/// All that are known, newest first.
#[component]
pub(super) fn Orders(
    id: String,
    report: RwSignal<DeviceReport>,
    withdraw: ServerAction<api::WithdrawOrder>,
) -> impl IntoView {
    let ids = Memo::new(move |_| {
        report.with(|report| report.orders.iter().map(|order| order.id).collect::<Vec<OrderId>>())
    });
    let none = Memo::new(move |_| ids.with(Vec::is_empty));
    let device = StoredValue::new(id);
    let item = move |order: OrderId| {
        let known = Memo::new(move |_| {
            report.with(|report| report.orders.iter().find(|known| known.id == order).cloned())
        });
        let drawn =
            move || known.get().map(|order| view! { <Item device=device.get_value() order withdraw /> });
        view! { <li class="order">{drawn}</li> }
    };
    view! {
        <Trouble error=error_of(withdraw) fields=&[] />
        <div role="status">
            {move || if none.get() {
                Either::Left(view! { <p class="hint">"Nothing was asked of it yet."</p> })
            } else {
                Either::Right(view! {
                    <ol class="orders" aria-label="Orders"><For each=move || ids.get() key=|id| *id children=item /></ol>
                })
            }}
        </div>
    }
}

#[component]
fn Item(device: String, order: Asked, withdraw: ServerAction<api::WithdrawOrder>) -> impl IntoView {
    let live = use_live();
    let fate = Fate::of(&order);
    let (before, at, after) = fate.words();
    let waits = matches!(fate, Fate::Waits(_));
    let refused = matches!(fate, Fate::Refused(_));
    let subject = subject(&order.what);
    let take_back = waits.then(|| {
        let label = format!("Take back: {subject}");
        view! {
            <ActionForm action=withdraw>
                <input type="hidden" name="id" value=device />
                <input type="hidden" name="order" value=order.id.to_string() />
                <button class="button" type="submit" aria-label=label disabled=withdraw.pending()>"Take back"</button>
            </ActionForm>
        }
    });
    view! {
        <span class="order-sign" class:is-good=matches!(fate, Fate::Answered(_)) class:is-bad=refused><Icon sign=fate.sign() /></span>
        <div class="order-text">
            <p><b>{subject.clone()}</b> <span class="hint">", asked at " <Moment at=order.made_at now=live.now /></span></p>
            <p>{before} <Moment at now=live.now /> {after}</p>
            {refused.then(|| view! { <p class="hint">{switch(&order.what)}</p> })}
        </div>
        {take_back}
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::state::fixture::NOW;
    use domain::Monitoring;

    fn order(what: What, delivered: bool, settled: Option<Outcome>) -> Asked {
        Asked {
            id: OrderId::new("00000000-0000-7000-8000-000000000001".parse().expect("an id")),
            what,
            made_at: NOW,
            expires_at: NOW.plus_millis(3_600_000),
            delivered_at: delivered.then(|| NOW.plus_millis(1000)),
            settled: settled.map(|outcome| (outcome, NOW.plus_millis(2000))),
        }
    }

    #[test]
    fn an_order_says_what_became_of_it() {
        let begins = |what: What, delivered, settled| Fate::of(&order(what, delivered, settled)).words().0;
        assert_eq!(begins(What::Position, false, None), "Waiting for the phone, until ");
        assert_eq!(begins(What::Position, true, Some(Outcome::Answered)), "Answered at ");
        assert!(begins(What::Status, true, Some(Outcome::Refused)).starts_with("Not allowed by the phone"));
        assert!(begins(What::Regions, false, Some(Outcome::Expired)).starts_with("Not delivered in time"));
        assert_eq!(begins(What::Regions, false, Some(Outcome::Withdrawn)), "Taken back at ");
        let given = Fate::of(&order(What::Settings(Vec::new()), true, None)).words();
        assert!(given.2.contains("do not say"), "{given:?}");
        assert!(Fate::of(&order(What::Position, true, None)).words().2.contains("not answered yet"));
    }

    #[test]
    fn who_is_refused_learns_which_switch_it_is() {
        assert!(!switch(&What::Position).contains("configuration"));
        assert!(switch(&What::Mode(Monitoring::Move)).contains("remote configuration"));
        let settings = What::Settings(vec!["cmd".to_owned(), "locatorInterval".to_owned()]);
        assert_eq!(subject(&settings), "Settings: cmd, locatorInterval");
    }
}

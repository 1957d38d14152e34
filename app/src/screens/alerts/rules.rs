//! Rules, as the sentences that they are.

use super::ways::by;
use crate::{
    api::{self, AlertsShown, RuleShown},
    screens::{Trouble, error_of},
    ui::{ActionForm, Confirm, Empty, Icon, Sign, at},
};
use domain::{RuleId, alert::Direction};
use leptos::{either::Either, prelude::*};

/// All rules.
#[component]
pub(super) fn Rules(known: RwSignal<AlertsShown>) -> impl IntoView {
    let ids = Memo::new(move |_| {
        known.with(|known| known.rules.iter().map(|rule| rule.id).collect::<Vec<RuleId>>())
    });
    let empty = Memo::new(move |_| ids.with(Vec::is_empty));
    let remove = ServerAction::<api::RemoveAlertRule>::new();
    let item = move |id: RuleId| {
        let text = Memo::new(move |_| {
            let sentence = |rules: &[RuleShown]| rules.iter().find(|rule| rule.id == id).map(sentence);
            known.with(|known| sentence(&known.rules)).unwrap_or_default()
        });
        let about = text.get_untracked();
        let (edit, edits) = (format!("/alerts?edit={id}"), format!("Change: {about}"));
        view! {
            <li class="bar">
                <span>{text}</span>
                <div class="actions">
                    <a class="button button-quiet" href=at(&edit) aria-label=edits><Icon sign=Sign::Pencil /> "Change"</a>
                    <Confirm label="Remove" about>
                        <ActionForm action=remove>
                            <input type="hidden" name="id" value=id.to_string() />
                            <button class="button button-bad" type="submit">"Remove the rule"</button>
                        </ActionForm>
                    </Confirm>
                </div>
            </li>
        }
    };
    view! {
        <section class="card stack" aria-labelledby="rules-title">
            <h2 id="rules-title">"Tell me"</h2>
            <Trouble error=error_of(remove) fields=&[] />
            {move || if empty.get() {
                Either::Left(view! {
                    <Empty sign=Sign::Alert title="Nobody is watched yet"><p>"With a rule you are told when a friend arrives at a region, or leaves it."</p></Empty>
                })
            } else {
                Either::Right(view! { <ul class="rules" aria-label="Rules"><For each=move || ids.get() key=|id| *id children=item /></ul> })
            }}
        </section>
    }
}

/// `when tom arrives at School (Mon-Fri 07:00-09:00), by e-mail`.
fn sentence(rule: &RuleShown) -> String {
    let friends = rule.friends.as_ref().map(|these| names(these, "somebody who is gone"));
    let regions = rule.regions.as_ref().map(|these| names(these, "a region that is gone"));
    let (who, at) =
        (friends.unwrap_or_else(|| "anybody".to_owned()), regions.unwrap_or_else(|| "any region".to_owned()));
    let does = match rule.direction {
        Direction::Enter => "arrives at",
        Direction::Leave => "leaves",
        Direction::Both => "arrives at or leaves",
    };
    let hours: Vec<_> =
        rule.hours.iter().flat_map(|schedule| &schedule.hours).map(ToString::to_string).collect();
    let hours = if hours.is_empty() { String::new() } else { format!(" ({})", hours.join(", ")) };
    let ways: Vec<_> = rule.channels.iter().copied().map(by).collect();
    let off = if rule.on { "" } else { "; off" };
    format!("when {who} {does} {at}{hours}, {}{off}", ways.join(", "))
}

fn names<T>(these: &[(T, String)], nothing: &str) -> String {
    let names: Vec<&str> = these.iter().map(|(_, name)| name.as_str()).collect();
    if names.is_empty() { nothing.to_owned() } else { names.join(" or ") }
}

#[cfg(test)]
mod tests {
    use super::sentence;
    use crate::api::RuleShown;
    use domain::{
        FriendId, RegionId, RuleId, Schedule,
        alert::{Channel, Direction},
    };

    #[test]
    fn a_rule_is_a_sentence() {
        let id = "0193456789ab7cdef0123456789abcde";
        let friend: FriendId = id.parse().expect("is an id");
        let region: RegionId = id.parse().expect("is an id");
        let rule: RuleId = id.parse().expect("is an id");
        let mut rule = RuleShown {
            id: rule,
            friends: None,
            regions: None,
            direction: Direction::Both,
            hours: None,
            channels: vec![Channel::Page],
            on: true,
        };
        assert_eq!(sentence(&rule), "when anybody arrives at or leaves any region, on an open page");
        rule.friends = Some(vec![(friend, "tom".to_owned()), (friend, "ben".to_owned())]);
        rule.regions = Some(vec![(region, "School".to_owned())]);
        rule.direction = Direction::Enter;
        let hours = vec!["Mon-Fri 07:00-09:00".parse().expect("are hours")];
        rule.hours = Some(Schedule { zone: "UTC".to_owned(), hours });
        rule.channels = vec![Channel::Mail, Channel::Webhook];
        assert_eq!(
            sentence(&rule),
            "when tom or ben arrives at School (Mon-Fri 07:00-09:00), by e-mail, by webhook"
        );
        rule.friends = Some(Vec::new());
        rule.on = false;
        assert!(sentence(&rule).starts_with("when somebody who is gone arrives"), "{}", sentence(&rule));
        assert!(sentence(&rule).ends_with("; off"), "{}", sentence(&rule));
    }
}

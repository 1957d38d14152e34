//! The form of one rule: of whom, where, which way, when, and by which ways.

use super::ways::by;
use crate::{
    api::{self, ApiError, RuleShown},
    screens::{Trouble, ZoneField, error_of, told_of},
    state::use_live,
    ui::{ActionForm, Area, Told, at},
};
use domain::{
    FriendId,
    alert::{Channel, Direction},
};
use leptos::prelude::*;

/// The fields that say themselves what is wrong with them.
const FIELDS: &[&str] = &["friends", "regions", "direction", "hours", "zone", "channels"];

/// What stands in the fields at first: what was refused, else what the rule has.
struct Typed {
    /// The ids of friends; `None` for all.
    friends: Option<Vec<String>>,
    /// The ids of regions; `None` for all.
    regions: Option<Vec<String>>,
    direction: String,
    hours: String,
    /// None as long as nobody has said.
    zone: Option<String>,
    /// The words of ways.
    channels: Vec<String>,
    on: bool,
}

impl Typed {
    fn refused(error: &ApiError) -> Self {
        let kept = |field: &str| error.kept(field).unwrap_or_default();
        let words = |field: &str| kept(field).split_whitespace().map(str::to_owned).collect::<Vec<_>>();
        let these = |word: &str, field: &str| (kept(word) == "these").then(|| words(field));
        Self {
            friends: these("whom", "friends"),
            regions: these("places", "regions"),
            direction: kept("direction"),
            hours: kept("hours"),
            zone: Some(kept("zone")),
            channels: words("channels"),
            on: !kept("on").is_empty(),
        }
    }

    fn of(rule: &RuleShown) -> Self {
        let hours = rule.hours.iter().flat_map(|schedule| &schedule.hours).map(ToString::to_string);
        Self {
            friends: rule.friends.as_ref().map(|these| these.iter().map(|(id, _)| id.to_string()).collect()),
            regions: rule.regions.as_ref().map(|these| these.iter().map(|(id, _)| id.to_string()).collect()),
            direction: rule.direction.as_str().to_owned(),
            hours: hours.collect::<Vec<_>>().join("\n"),
            zone: rule.hours.as_ref().map(|schedule| schedule.zone.clone()),
            channels: rule.channels.iter().map(|channel| channel.as_str().to_owned()).collect(),
            on: rule.on,
        }
    }

    fn new() -> Self {
        Self {
            friends: None,
            regions: None,
            direction: Direction::Enter.as_str().to_owned(),
            hours: String::new(),
            zone: None,
            channels: vec![Channel::Page.as_str().to_owned()],
            on: true,
        }
    }
}

/// The form.
#[component]
pub(super) fn RuleForm(
    /// The rule, or none for a new one.
    rule: Option<RuleShown>,
    /// Whoever looks: they are not told of themselves.
    own: FriendId,
    /// By which ways something reaches them now.
    set_up: Vec<Channel>,
    /// Whether this server sends mail.
    mail_set_up: bool,
) -> impl IntoView {
    let save = ServerAction::<api::SaveAlertRule>::new();
    let error = error_of(save);
    let told = told_of(error);
    let id = rule.as_ref().map(|rule| rule.id.to_string()).unwrap_or_default();
    // What was refused without script comes back with the refusal, if it was about this rule.
    let refused = error.get_untracked().filter(|error| error.kept("id").as_ref() == Some(&id));
    let known = rule.as_ref().map_or_else(Typed::new, Typed::of);
    let Typed { friends, regions, direction, hours, zone, channels, on } =
        refused.as_ref().map_or(known, Typed::refused);
    let (people, drawn) = use_live().world.with_untracked(|world| {
        let others = world.friends.iter().filter(|live| live.friend.id != own && !live.friend.demo);
        let people = others.map(|live| (live.friend.id.to_string(), live.shown_name().to_owned()));
        let drawn = world.regions.iter().map(|region| (region.id.to_string(), region.name.to_string()));
        (people.collect::<Vec<_>>(), drawn.collect::<Vec<_>>())
    });
    let directions = [("enter", "arrives at"), ("leave", "leaves"), ("both", "arrives at or leaves")];
    let directions = directions.map(|(word, words)| {
        view! { <option value=word selected=direction == word>{words}</option> }
    });
    let title = if rule.is_some() { "Change the rule" } else { "New rule" };
    let has_hours = !hours.is_empty();
    view! {
        <section class="card stack" aria-labelledby="rule-title">
            <h2 id="rule-title">{title}</h2>
            <Trouble error fields=FIELDS />
            <ActionForm action=save>
                <div class="stack">
                    <input type="hidden" name="id" value=id />
                    <WhichFields word="whom" name="friends" label="Friends" legend="Tell me when"
                        all="Anybody of my groups" these="These friends:" nothing="There is nobody else yet." offered=people chosen=friends told />
                    <div class="field">
                        <label for="rule-direction">"Does what"</label>
                        <select id="rule-direction" name="direction">{directions}</select>
                    </div>
                    <WhichFields word="places" name="regions" label="Regions" legend="Where"
                        all="Any region" these="These regions:" nothing="There is no region yet." offered=drawn chosen=regions told />
                    <WayFields channels set_up mail_set_up told />
                    <details class="more" open=has_hours>
                        <summary>"Only at certain hours"</summary>
                        <Area name="hours" label="Hours" form="rule" value=hours hint="A line for each, such as Mon-Fri 07:00-09:00. Empty: always."
                            may_be_empty=true told node=NodeRef::new() />
                        <ZoneField form="rule" zone told />
                    </details>
                    <label class="choice">
                        <input type="checkbox" name="on" value="yes" checked=on />
                        <span>"On"</span>
                    </label>
                    <div class="actions">
                        <button class="button button-strong" type="submit" disabled=save.pending()>"Save"</button>
                        <a class="button button-quiet" href=at("/alerts")>"Cancel"</a>
                    </div>
                </div>
            </ActionForm>
        </section>
    }
}

/// All of a kind, or some that are ticked.
#[component]
fn WhichFields(
    /// The name of the choice between them.
    word: &'static str,
    /// The name of the ticks.
    name: &'static str,
    /// What the beginning of an error calls them.
    label: &'static str,
    legend: &'static str,
    all: &'static str,
    these: &'static str,
    /// What is said where there is none to tick.
    nothing: &'static str,
    /// Identifiers and names.
    offered: Vec<(String, String)>,
    /// Identifiers; `None` for all.
    chosen: Option<Vec<String>>,
    told: Signal<Option<Told>>,
) -> impl IntoView {
    let is_some = chosen.is_some();
    let chosen = chosen.unwrap_or_default();
    let none = offered.is_empty().then(|| view! { <p class="hint">{nothing}</p> });
    let tick = |(id, shown): (String, String)| {
        let ticked = chosen.contains(&id);
        view! {
            <label class="choice">
                <input type="checkbox" name=format!("{name}[]") value=id checked=ticked />
                <span>{shown}</span>
            </label>
        }
    };
    let ticks: Vec<_> = offered.into_iter().map(tick).collect();
    let (why, id) = (why(told, name), format!("rule-{name}-error"));
    let described = id.clone();
    view! {
        <fieldset class="choices" aria-describedby=move || why().map(|_| described.clone())>
            <legend>{legend}</legend>
            <label class="choice">
                <input type="radio" name=word value="all" checked=!is_some />
                <span>{all}</span>
            </label>
            <label class="choice">
                <input type="radio" name=word value="these" checked=is_some />
                <span>{these}</span>
            </label>
            <div class="choices chosen">{ticks}{none}</div>
            {move || why().map(|why| view! { <p class="error" id=id.clone()>{label} " " {why}</p> })}
        </fieldset>
    }
}

/// By which ways. What is not set up can be ticked already.
#[component]
fn WayFields(
    channels: Vec<String>,
    set_up: Vec<Channel>,
    mail_set_up: bool,
    told: Signal<Option<Told>>,
) -> impl IntoView {
    let tick = |channel: Channel| {
        let word = channel.as_str();
        let ticked = channels.iter().any(|known| known == word);
        let note = if set_up.contains(&channel) {
            ""
        } else if channel == Channel::Mail && !mail_set_up {
            ": this server sends no mail"
        } else {
            ": not set up yet"
        };
        view! {
            <label class="choice">
                <input type="checkbox" name="channels[]" value=word checked=ticked />
                <span>{by(channel)} {note}</span>
            </label>
        }
    };
    let ticks = Channel::ALL.map(tick);
    let why = why(told, "channels");
    view! {
        <fieldset class="choices" aria-describedby=move || why().map(|_| "rule-channels-error")>
            <legend>"How"</legend>
            {ticks}
            {move || why().map(|why| view! { <p class="error" id="rule-channels-error">"Ways " {why}</p> })}
        </fieldset>
    }
}

/// What is wrong with a field.
fn why(told: Signal<Option<Told>>, field: &'static str) -> impl Fn() -> Option<String> + Copy + Send + Sync {
    move || told.with(|told| told.as_ref().filter(|told| told.field == field).map(|told| told.why.clone()))
}

//! The plain fields of a region's form: the corners of a polygon, and everything besides name and shape. They need neither script nor map.

use super::swatches::{Swatches, colours, signs};
use crate::{
    api::ApiError,
    screens::ZoneField,
    state::use_live,
    ui::{Area, Told},
};
use domain::{Audience, Details, Pace};
use leptos::{html::Textarea, prelude::*};

/// What stands in the fields at first: what was refused, else what the region has.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct TypedDetails {
    icon: String,
    colour: String,
    pace: String,
    audience: String,
    friends: Vec<String>,
    to_phones: bool,
    hours: String,
    /// None as long as nobody has said.
    zone: Option<String>,
}

impl TypedDetails {
    /// By what was refused, else by what the region has.
    pub(super) fn new(details: &Details, refused: Option<&ApiError>) -> Self {
        match refused {
            Some(error) => {
                let kept = |field| error.kept(field).unwrap_or_default();
                Self {
                    icon: kept("icon"),
                    colour: kept("colour"),
                    pace: kept("pace"),
                    audience: kept("audience"),
                    friends: kept("friends").split_whitespace().map(ToOwned::to_owned).collect(),
                    to_phones: !kept("to_phones").is_empty(),
                    hours: kept("hours"),
                    zone: Some(kept("zone")),
                }
            }
            None => Self::of(details),
        }
    }

    fn of(details: &Details) -> Self {
        let (audience, friends) = match &details.audience {
            Audience::Group => ("group", Vec::new()),
            Audience::Admins => ("admins", Vec::new()),
            Audience::Friends(friends) => ("friends", friends.iter().map(ToString::to_string).collect()),
        };
        let hours = details.schedule.iter().flat_map(|schedule| &schedule.hours);
        Self {
            icon: details.icon.as_str().to_owned(),
            colour: details.colour.as_str().to_owned(),
            pace: details.pace.as_str().to_owned(),
            audience: audience.to_owned(),
            friends,
            to_phones: details.to_phones,
            hours: hours.map(ToString::to_string).collect::<Vec<_>>().join("\n"),
            zone: details.schedule.as_ref().map(|schedule| schedule.zone.clone()),
        }
    }
}

/// Circle or polygon.
#[component]
pub(super) fn ShapeChoice(
    /// Which at first.
    polygon: bool,
) -> impl IntoView {
    view! {
        <fieldset class="choices">
            <legend>"Shape"</legend>
            <label class="choice">
                <input type="radio" name="shape" value="circle" checked=!polygon />
                <span>"Circle"</span>
            </label>
            <label class="choice">
                <input type="radio" name="shape" value="polygon" checked=polygon />
                <span>"Polygon"</span>
            </label>
        </fieldset>
    }
}

/// The corners of a polygon, a line for each.
#[component]
pub(super) fn PointsField(
    /// What stands in it at first.
    #[prop(into)]
    value: String,
    /// What the server said about the whole form.
    told: Signal<Option<Told>>,
    /// Takes hold of the field, to fill it in from the map.
    #[prop(optional)]
    node: NodeRef<Textarea>,
) -> impl IntoView {
    view! {
        <Area
            name="points"
            label="Corners"
            form="region"
            value
            hint="A line for each, in order around the edge: latitude, longitude, such as 47.3667, 8.55"
            may_be_empty=true
            told
            node
        />
    }
}

/// Sign, colour, pace, audience, phones and hours.
#[component]
pub(super) fn DetailFields(
    /// What stands in them at first.
    first: TypedDetails,
    /// What the server said about the whole form.
    told: Signal<Option<Told>>,
) -> impl IntoView {
    let TypedDetails { icon, colour, pace, audience, friends, to_phones, hours, zone } = first;
    let has_hours = !hours.is_empty();
    view! {
        <Swatches name="icon" label="Sign" swatches=signs() chosen=icon />
        <Swatches name="colour" label="Colour" swatches=colours() chosen=colour />
        <Words name="pace" label="Pace" words=Pace::ALL.iter().map(|pace| (pace.as_str(), meaning(*pace))).collect() chosen=pace />
        <AudienceFields audience friends told />
        <label class="choice">
            <input type="checkbox" name="to_phones" value="yes" checked=to_phones />
            <span>"Phones watch it too, and report when they cross its edge"</span>
        </label>
        <details class="more" open=has_hours>
            <summary>"Only at certain hours"</summary>
            <Area
                name="hours"
                label="Hours"
                form="region"
                value=hours
                hint="A line for each, such as Mon-Fri 07:00-18:00 or daily 22:00-06:00. At other times the region tells nobody who is there, comes or goes. Empty: always."
                may_be_empty=true
                told
                node=NodeRef::new()
            />
            <ZoneField form="region" zone told />
        </details>
    }
}

/// What a pace means for whoever waits for news.
fn meaning(pace: Pace) -> &'static str {
    match pace {
        Pace::Fast => "fast: at the first good sign, now and then wrongly",
        Pace::Balanced => "balanced: when it is as good as certain",
        Pace::Calm => "calm: when there is no doubt left; short visits go without saying",
    }
}

/// A choice among words.
#[component]
fn Words(
    name: &'static str,
    label: &'static str,
    /// Each with what is shown for it.
    words: Vec<(&'static str, &'static str)>,
    chosen: String,
) -> impl IntoView {
    let id = format!("region-{name}");
    let option = |(word, shown): (&'static str, &'static str)| {
        view! { <option value=word selected=word == chosen>{shown}</option> }
    };
    let options: Vec<_> = words.into_iter().map(option).collect();
    view! {
        <div class="field">
            <label for=id.clone()>{label}</label>
            <select id=id name=name>{options}</select>
        </div>
    }
}

/// Who may see the region. Admins always may.
#[component]
fn AudienceFields(audience: String, friends: Vec<String>, told: Signal<Option<Told>>) -> impl IntoView {
    let people = use_live().world.with_untracked(|world| {
        let friends = world.friends.iter().filter(|live| !live.friend.demo);
        friends.map(|live| (live.friend.id.to_string(), live.shown_name().to_owned())).collect::<Vec<_>>()
    });
    let why = move || {
        let about = |told: &&Told| matches!(&*told.field, "audience" | "friends");
        told.with(|told| told.as_ref().filter(about).map(|told| told.why.clone()))
    };
    let audience = if audience.is_empty() { "group".to_owned() } else { audience };
    let kind = |value: &'static str, text: &'static str| {
        view! {
            <label class="choice">
                <input type="radio" name="audience" value=value checked=audience == value />
                <span>{text}</span>
            </label>
        }
    };
    let person = |(id, name): (String, String)| {
        let ticked = friends.contains(&id);
        view! {
            <label class="choice">
                <input type="checkbox" name="friends[]" value=id checked=ticked />
                <span>{name}</span>
            </label>
        }
    };
    let people: Vec<_> = people.into_iter().map(person).collect();
    view! {
        <fieldset class="choices" aria-describedby=move || why().map(|_| "region-friends-error")>
            <legend>"Who may see it"</legend>
            {kind("group", "Everybody of the group")}
            {kind("admins", "Admins alone")}
            {kind("friends", "Admins and these friends:")}
            <div class="choices chosen">{people}</div>
            {move || why().map(|why| view! { <p class="error" id="region-friends-error">"Friends " {why}</p> })}
        </fieldset>
    }
}

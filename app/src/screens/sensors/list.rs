//! All sensors with what they said last, and the ways to change them.

use super::{address, follow, reading};
use crate::{
    api::{self, ApiError, SensorShown, sensors},
    screens::{Problem, Trouble, error_of},
    state::{World, use_live},
    ui::{ActionForm, Confirm, Empty, Icon, Moment, Sign, at},
};
use domain::SensorId;
use leptos::{either::Either, prelude::*};

/// All sensors, with what they said last.
#[component]
pub(super) fn SensorList(
    /// As they were when the page was made.
    first: Vec<SensorShown>,
    /// Whether an admin looks.
    admin: bool,
) -> impl IntoView {
    let shown = RwSignal::new(first);
    let remove = ServerAction::<api::RemoveSensor>::new();
    let live = use_live();
    let news = Memo::new(move |_| live.world.with(World::news_of_sensors));
    let stale = RwSignal::new(None::<ApiError>);
    follow(news, sensors, move |answer| {
        stale.try_set(answer.as_ref().err().cloned());
        if let Ok(fresh) = answer {
            shown.try_set(fresh);
        }
    });
    let ids = Memo::new(move |_| shown.with(|all| all.iter().map(|sensor| sensor.id).collect::<Vec<_>>()));
    let empty = Memo::new(move |_| ids.with(Vec::is_empty));
    let item = move |id: SensorId| {
        let sensor = Memo::new(move |_| shown.with(|all| all.iter().find(|sensor| sensor.id == id).cloned()));
        let manage = sensor
            .get_untracked()
            .filter(|sensor| sensor.typed.is_some())
            .map(|sensor| manage(&sensor, remove));
        let text = move || sensor.get().map(|sensor| view! { <Line sensor /> });
        view! { <li class="region-item"><div class="region-text">{text}</div> {manage}</li> }
    };
    view! {
        <Trouble error=error_of(remove) fields=&[] />
        {move || stale.get().map(|error| view! { <Problem error /> })}
        {move || if empty.get() {
            Either::Left(view! {
                <Empty sign=Sign::Log title="No sensors yet">
                    <p>"A sensor is a topic on which something other than a phone reports numbers, such as a weather station."</p>
                    {admin.then(|| view! { <p><a class="button button-strong" href=at("/sensors?new")>"Name the first sensor"</a></p> })}
                </Empty>
            })
        } else {
            Either::Right(view! { <ul class="regions"><For each=move || ids.get() key=|id| *id children=item /></ul> })
        }}
    }
}

#[component]
fn Line(sensor: SensorShown) -> impl IntoView {
    let live = use_live();
    let href = address(&sensor);
    let SensorShown { name, group, public, quantities, last, typed, .. } = sensor;
    let group = Memo::new(move |_| live.world.with(|world| world.group_name(group?).map(ToOwned::to_owned)));
    let values = match last {
        Some(last) => {
            let each = quantities.iter().enumerate().map(|(index, quantity)| {
                let value = reading(quantity, &last, index);
                view! { <dt>{quantity.name.to_string()}</dt><dd>{value}</dd> }
            });
            Either::Left(view! {
                <dl class="facts">{each.collect_view()}</dl>
                <p class="hint"><Moment at=last.at now=live.now exact=true /></p>
            })
        }
        None => Either::Right(view! { <p>"Nothing observed yet"</p> }),
    };
    view! {
        <h2><a href=at(&href)>{name.to_string()}</a> {public.then(|| view! { " " <span class="tag">"public"</span> })}</h2>
        {move || group.get().map(|group| view! { <p class="hint">{group}</p> })}
        {typed.map(|typed| view! { <p class="hint"><code class="topic">{typed.topic}</code></p> })}
        {values}
    }
}

fn manage(sensor: &SensorShown, remove: ServerAction<api::RemoveSensor>) -> impl IntoView + use<> {
    let (id, which) = (sensor.id.to_string(), sensor.name.to_string());
    view! {
        <div class="actions">
            <a class="button button-quiet" href=at(&format!("/sensors?edit={id}")) aria-label=format!("Edit {which}")>
                <Icon sign=Sign::Pencil /> "Edit"
            </a>
            <Confirm label="Remove" about=which.clone()>
                <p>"Everything it observed is removed with it."</p>
                <ActionForm action=remove>
                    <input type="hidden" name="id" value=id.clone() />
                    <button class="button button-bad" type="submit">"Remove " {which.clone()}</button>
                </ActionForm>
            </Confirm>
        </div>
    }
}

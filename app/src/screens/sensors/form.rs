//! The form of one sensor.

use crate::{
    api::{self, ApiError, SensorShown, SensorTyped},
    screens::{GroupField, Trouble, error_of, told_of},
    ui::{ActionForm, Area, Field, at},
};
use leptos::prelude::*;

/// Where it reports, and how that is read.
#[component]
pub(super) fn SensorForm(
    /// The sensor, or none for a new one.
    sensor: Option<SensorShown>,
) -> impl IntoView {
    let save = ServerAction::<api::SaveSensor>::new();
    let error = error_of(save);
    let told = told_of(error);
    let id = sensor.as_ref().map(|sensor| sensor.id.to_string()).unwrap_or_default();
    let is_new = sensor.is_none();
    let title =
        sensor.as_ref().map_or_else(|| "New sensor".to_owned(), |sensor| format!("Change {}", sensor.name));
    let name = sensor.as_ref().map(|sensor| sensor.name.to_string()).unwrap_or_default();
    let was_public = sensor.as_ref().is_some_and(|sensor| sensor.public);
    let typed = sensor.and_then(|sensor| sensor.typed).unwrap_or_default();
    // What was refused without script comes back with the refusal, if it was about this sensor.
    let refused = error.get_untracked().filter(|error| error.kept("id").as_ref() == Some(&id));
    let kept = |field: &str, first: String| {
        refused.as_ref().and_then(|error| ApiError::kept(error, field)).unwrap_or(first)
    };
    let public = if refused.is_some() { !kept("public", String::new()).is_empty() } else { was_public };
    let group = refused.as_ref().and_then(|error| error.kept("group"));
    let SensorTyped { topic, form, time, values } = typed;
    let json = kept("form", form) == "json";
    let (name, topic) = (kept("name", name), kept("topic", topic));
    let (time, values) = (kept("time", time), kept("values", values));
    view! {
        <section class="card" aria-labelledby="sensor-title">
            <h2 id="sensor-title">{title}</h2>
            <Trouble error />
            <ActionForm action=save>
                <div class="stack">
                    <input type="hidden" name="id" value=id.clone() />
                    {is_new.then(|| view! { <GroupField form="sensor" kept=group told /> })}
                    <Field name="name" label="Name" form="sensor" value=name told />
                    <Field
                        name="topic"
                        label="Topic"
                        form="sensor"
                        value=topic
                        hint="Such as weather/roof; + stands for one level, # for all that follow. Not the topics of phones."
                        told
                    />
                    <div class="field">
                        <label for="sensor-form">"Payload"</label>
                        <select id="sensor-form" name="form">
                            <option value="csv" selected=!json>"Line: time,value,value…"</option>
                            <option value="json" selected=json>"JSON document"</option>
                        </select>
                    </div>
                    <Field
                        name="time"
                        label="Time"
                        form="sensor"
                        value=time
                        hint="JSON only: the pointer to the time, such as /time. Empty: the time of receipt."
                        may_be_empty=true
                        told
                    />
                    <Area
                        name="values"
                        label="Values"
                        form="sensor"
                        value=values
                        hint="A line for each: name; unit; and with JSON the pointer, such as Temperature; °C; /temperature"
                        told
                        node=NodeRef::new()
                    />
                    <label class="choice">
                        <input type="checkbox" name="public" value="yes" checked=public />
                        <span>"Everybody may see it, signed in or not"</span>
                    </label>
                    <div class="actions">
                        <button class="button button-strong" type="submit" disabled=save.pending()>"Save"</button>
                        <a class="button button-quiet" href=at("/sensors")>"Cancel"</a>
                    </div>
                </div>
            </ActionForm>
        </section>
    }
}

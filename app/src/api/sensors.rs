//! Sensors and what they observed. Who is not signed in asks as a guest, and sees what is public.
#![expect(clippy::too_many_arguments, reason = "a form has as many fields as it has")]

use super::{ApiError, Page};
use domain::{GroupId, Name, Observation, Quantity, SensorId};
use leptos::server;
use serde::{Deserialize, Serialize};
use server_fn::codec::GetUrl;

/// A sensor as it is shown.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SensorShown {
    /// Which.
    pub id: SensorId,
    /// What it is called.
    pub name: Name,
    /// Of which group it is, to who is of it.
    pub group: Option<GroupId>,
    /// Whether everybody may see it.
    pub public: bool,
    /// What its values are, in their order.
    pub quantities: Vec<Quantity>,
    /// Its newest observation.
    pub last: Option<Observation>,
    /// What stands in its form, for who may change it.
    pub typed: Option<SensorTyped>,
}

/// What stands in the form of a sensor.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SensorTyped {
    /// Topic filter.
    pub topic: String,
    /// `csv` or `json`.
    pub form: String,
    /// Pointer to the time.
    pub time: String,
    /// A line for each value: name; unit; pointer.
    pub values: String,
}

/// A sensor and a part of what it observed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SensorTable {
    /// The sensor.
    pub sensor: SensorShown,
    /// This part.
    pub page: Page<Observation>,
}

/// The sensors that whoever asks may see, by name.
///
/// # Errors
/// Only when the server is out of order.
#[server(prefix = "/api", endpoint = "sensors", input = GetUrl)]
pub async fn sensors() -> Result<Vec<SensorShown>, ApiError> {
    use crate::ssr::{cx, refused, shown};
    let cx = cx()?;
    let viewer = cx.viewer_or_guest();
    let sensors = cx.service().sensors(&viewer).await.map_err(refused)?;
    Ok(sensors.into_iter().map(|now| shown(&viewer, now)).collect())
}

/// A part of what a sensor observed, newest first.
///
/// # Errors
/// [`ApiError::NotFound`] when there is no such sensor for whoever asks.
#[server(prefix = "/api", endpoint = "observations", input = GetUrl)]
pub async fn observations(
    /// The sensor's name, or its id.
    sensor: String,
    /// Where this part starts.
    cursor: Option<String>,
) -> Result<SensorTable, ApiError> {
    use crate::ssr::{cx, refused, shown};
    let cx = cx()?;
    let viewer = cx.viewer_or_guest();
    let sensor = cx.service().sensor_named(&viewer, &sensor).map_err(refused)?;
    let part = service::ObservationQuery { sensor: sensor.id, from: None, to: None, limit: 50, cursor };
    let page = cx.service().observations(&viewer, &part).await.map_err(refused)?;
    let sensor = shown(&viewer, service::SensorNow { sensor, last: None });
    Ok(SensorTable { sensor, page: Page { items: page.items, next: page.next } })
}

/// Makes a sensor, or changes the one with that `id`.
///
/// # Errors
/// [`ApiError::Invalid`] or [`ApiError::Conflict`] names the field and what is wrong with it, and holds what was typed.
#[server(prefix = "/api", endpoint = "save_sensor")]
pub async fn save_sensor(
    /// The sensor's id; empty for a new one.
    #[server(default)]
    id: String,
    /// What it is called.
    #[server(default)]
    name: String,
    /// Topic filter.
    #[server(default)]
    topic: String,
    /// `csv` or `json`.
    #[server(default)]
    form: String,
    /// Pointer to the time; empty for none.
    #[server(default)]
    time: String,
    /// A line for each value.
    #[server(default)]
    values: String,
    /// Anything, if everybody may see it.
    #[server(default)]
    public: String,
    /// Of which group a new one is, by id; empty for the first that they manage.
    #[server(default)]
    group: String,
) -> Result<(), ApiError> {
    use crate::{draft, ssr};
    let cx = ssr::cx()?;
    let viewer = cx.viewer()?;
    let typed = [
        ("id", &*id),
        ("name", &*name),
        ("topic", &*topic),
        ("form", &*form),
        ("time", &*time),
        ("values", &*values),
        ("public", &*public),
        ("group", &*group),
    ];
    let save = async {
        let known = if id.is_empty() { None } else { Some(draft::id(&id, "sensor")?) };
        let draft = service::SensorDraft {
            name: name.clone(),
            topic: topic.clone(),
            form: form.clone(),
            time: Some(time.trim()).filter(|time| !time.is_empty()).map(ToOwned::to_owned),
            values: ssr::typed_values(&values),
            public: !public.is_empty(),
            group: draft::chosen("group", &group)?,
        };
        cx.service().put_sensor(viewer, known, draft).await.map_err(ssr::refused)
    };
    let sensor = save.await.map_err(|error| ssr::answered(error).keeping(typed))?;
    ssr::go(&format!("/sensors?saved={}", sensor.id));
    Ok(())
}

/// Takes a sensor away, with all it observed.
///
/// # Errors
/// [`ApiError::NotFound`] when it is gone already.
#[server(prefix = "/api", endpoint = "remove_sensor")]
pub async fn remove_sensor(
    /// The sensor's id.
    id: String,
) -> Result<(), ApiError> {
    use crate::{draft, ssr};
    let cx = ssr::cx()?;
    cx.service().remove_sensor(cx.viewer()?, draft::id(&id, "sensor")?).await.map_err(ssr::refused)?;
    ssr::go(&format!("/sensors?removed={id}"));
    Ok(())
}

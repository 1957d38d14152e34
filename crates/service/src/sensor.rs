//! Sensors: which there are, what they observed, and admins changing them.

use crate::{
    DeviceAccount, Error, Page, Service,
    audit::Deed,
    board::Board,
    command::Command,
    id,
    query::{page, readable},
    request::{admin_of, some_admin},
};
use domain::{
    Act, GroupId, Name, Observation, Pointed, Pointer, Quantity, Sensor, SensorForm, SensorId, Timestamp,
    TopicFilter, Viewer, fold,
};
use owntracks::topic::Template;
use std::collections::HashSet;

/// A sensor as somebody wants it, as it was typed.
#[derive(Clone, Debug, Default)]
pub struct SensorDraft {
    /// What to call it.
    pub name: String,
    /// Where it reports: a topic filter.
    pub topic: String,
    /// `csv` or `json`.
    pub form: String,
    /// Where the time stands in a JSON document; `None` for the time of receipt.
    pub time: Option<String>,
    /// The values, in their order.
    pub values: Vec<ValueDraft>,
    /// Whether everybody may see it.
    pub public: bool,
    /// Of which group a new one is; `None` for the first that they manage.
    pub group: Option<GroupId>,
}

/// One value of a sensor, as it was typed.
#[derive(Clone, Debug, Default)]
pub struct ValueDraft {
    /// What is measured.
    pub name: String,
    /// In what.
    pub unit: Option<String>,
    /// Where it stands in a JSON document; empty for the whole of it.
    pub pointer: Option<String>,
}

/// A sensor, and what it said last.
#[derive(Clone, Debug)]
pub struct SensorNow {
    /// The sensor.
    pub sensor: Sensor,
    /// Its newest observation.
    pub last: Option<Observation>,
}

/// Which observations of one sensor.
#[derive(Clone, Debug)]
pub struct ObservationQuery {
    /// Of this sensor.
    pub sensor: SensorId,
    /// Not before.
    pub from: Option<Timestamp>,
    /// Before.
    pub to: Option<Timestamp>,
    /// At most so many; drawn into 1 to 10,000.
    pub limit: u32,
    /// Where to go on.
    pub cursor: Option<String>,
}

/// Whose topic it is among the sensors. The topics of devices come first, however the templates may have changed since.
pub(crate) fn sensor_on<'a>(board: &'a Board, templates: &[Template], topic: &str) -> Option<&'a Sensor> {
    let sensor = board.sensors().iter().find(|sensor| sensor.topic.matches(topic))?;
    templates.iter().all(|template| template.matches(topic).is_none()).then_some(sensor)
}

impl Service {
    /// Whether a device may report for a sensor on this topic: it is one of its group's.
    pub fn may_observe(&self, account: &DeviceAccount, topic: &str) -> bool {
        let board = self.shared.board();
        let sensor = sensor_on(&board, &self.shared.settings.templates, topic);
        board.devices.contains_key(&account.device)
            && sensor.is_some_and(|sensor| board.viewer_of(account).is_of(sensor.group))
    }

    /// The sensors that a viewer may see, by name, with their newest observations.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn sensors(&self, viewer: &Viewer) -> Result<Vec<SensorNow>, Error> {
        let seen: Vec<Sensor> = {
            let board = self.shared.board();
            board.sensors().iter().filter(|sensor| viewer.may_see_sensor(sensor)).cloned().collect()
        };
        let mut sensors = Vec::with_capacity(seen.len());
        for sensor in seen {
            let newest = store::ObservationQuery { sensor: sensor.id, from: None, to: None, limit: 1 };
            let last = self.shared.reader.observations(&newest).await?.pop();
            sensors.push(SensorNow { sensor, last });
        }
        Ok(sensors)
    }

    /// Whether there is any sensor that a viewer may see.
    pub fn has_sensors(&self, viewer: &Viewer) -> bool {
        self.shared.board().sensors().iter().any(|sensor| viewer.may_see_sensor(sensor))
    }

    /// The sensor of that name, however it is written, or else of that identifier, as far as the viewer may know.
    ///
    /// # Errors
    /// [`Error::NotFound`].
    pub fn sensor_named(&self, viewer: &Viewer, name: &str) -> Result<Sensor, Error> {
        let key = fold(name);
        let board = self.shared.board();
        let named = board.sensors().iter().find(|sensor| sensor.name.key() == key);
        let found = named.or_else(|| board.sensor(name.parse().ok()?));
        found.filter(|sensor| viewer.may_see_sensor(sensor)).cloned().ok_or(Error::NotFound("sensor"))
    }

    /// What a sensor observed, newest first.
    ///
    /// # Errors
    /// [`Error::NotFound`] when the viewer may not know the sensor, [`Error::Invalid`] for `cursor`.
    pub async fn observations(
        &self,
        viewer: &Viewer,
        query: &ObservationQuery,
    ) -> Result<Page<Observation>, Error> {
        let known =
            self.shared.board().sensor(query.sensor).is_some_and(|sensor| viewer.may_see_sensor(sensor));
        if !known {
            return Err(Error::NotFound("sensor"));
        }
        let limit = query.limit.clamp(1, 10_000);
        let before = query.cursor.as_deref().map(|cursor| cursor.parse().ok().map(Timestamp::from_millis));
        let before = readable(before)?;
        let asked = store::ObservationQuery {
            sensor: query.sensor,
            from: query.from,
            to: [query.to, before].into_iter().flatten().min(),
            limit: limit.saturating_add(1),
        };
        let items = self.shared.reader.observations(&asked).await?;
        Ok(page(items, limit, |_, last| last.at.as_millis().to_string()))
    }

    /// Makes a sensor, or changes the one with this identifier. What it observed before stays as it is.
    ///
    /// # Errors
    /// [`Error::Forbidden`], [`Error::Invalid`] and [`Error::Conflict`] for a field, [`Error::NotFound`].
    pub async fn put_sensor(
        &self,
        by: &Viewer,
        sensor: Option<SensorId>,
        draft: SensorDraft,
    ) -> Result<Sensor, Error> {
        some_admin(by)?;
        let known = sensor.map(|id| self.own_sensor(by, id)).transpose()?;
        let name = Name::topic_level(&draft.name).map_err(Error::name("name"))?;
        let topic = self.free_of_devices(by, &draft.topic)?;
        let form = form(&draft)?;
        let changed_at = self.shared.now();
        let (id, group) = if let Some(known) = known {
            (known.id, known.group)
        } else {
            let group = self.group_for_new(by, draft.group).await?;
            let board = self.shared.board();
            if board.sensors().iter().filter(|known| known.group == group).count() >= Sensor::MOST {
                let why = format!("cannot be given: there are {} sensors already", Sensor::MOST);
                return Err(Error::invalid("name", why));
            }
            (SensorId::new(id::new(changed_at)), group)
        };
        let sensor = Sensor { id, group, name, topic, form, public: draft.public, changed_at };
        let put = sensor.clone();
        let deed = Deed::new(Act::SensorChanged, &put.name).of(put.group).which(put.id.uuid());
        self.command_told(by, deed, |reply| Command::PutSensor { sensor: put, reply }).await?;
        Ok(sensor)
    }

    /// Removes a sensor and what it observed.
    ///
    /// # Errors
    /// [`Error::Forbidden`], [`Error::NotFound`].
    pub async fn remove_sensor(&self, by: &Viewer, sensor: SensorId) -> Result<(), Error> {
        some_admin(by)?;
        let known = self.own_sensor(by, sensor)?;
        let deed = Deed::new(Act::SensorRemoved, &known.name).of(known.group).which(known.id.uuid());
        self.command_told(by, deed, |reply| Command::RemoveSensor { sensor, reply }).await
    }

    /// A sensor of the viewer's own group: another group's is not theirs to change, however public.
    fn own_sensor(&self, by: &Viewer, id: SensorId) -> Result<Sensor, Error> {
        let board = self.shared.board();
        let sensor = board.sensor(id).filter(|sensor| by.is_of(sensor.group));
        let sensor = sensor.cloned().ok_or(Error::NotFound("sensor"))?;
        admin_of(by, sensor.group)?;
        Ok(sensor)
    }

    /// A topic filter that takes nothing of what devices say.
    fn free_of_devices(&self, by: &Viewer, text: &str) -> Result<TopicFilter, Error> {
        let topic = TopicFilter::new(text).map_err(|why| Error::invalid("topic", why.to_string()))?;
        for template in &self.shared.settings.templates {
            if devices_of(template).is_some_and(|devices| devices.overlaps(&topic)) {
                let why = format!("must not take the topics of devices, {template} and below");
                return Err(Error::invalid("topic", why));
            }
        }
        if let Some(outlet) = self.shared.board().outlets.iter().find(|outlet| outlet.base.meets(&topic)) {
            let base = if by.is_of(outlet.group) { outlet.base.as_str() } else { "a base" };
            return Err(Error::invalid("topic", format!("must not take what goes out below {base}")));
        }
        Ok(topic)
    }
}

/// The topics that devices have by a template, and some more.
pub(crate) fn devices_of(template: &Template) -> Option<TopicFilter> {
    let levels = template.to_string();
    let levels = levels.split('/').map(|level| if level.starts_with('{') { "+" } else { level });
    let base = levels.collect::<Vec<_>>().join("/");
    TopicFilter::new(&format!("{base}/#")).ok()
}

/// What was typed about the payloads, as a form that cannot be wrong.
fn form(draft: &SensorDraft) -> Result<SensorForm, Error> {
    let wrong = |why: String| Error::invalid("values", why);
    if draft.values.is_empty() || draft.values.len() > Sensor::MOST_VALUES {
        return Err(wrong(format!("must be 1 to {}", Sensor::MOST_VALUES)));
    }
    let mut names = HashSet::new();
    let mut quantities = Vec::with_capacity(draft.values.len());
    for ValueDraft { name, unit, .. } in &draft.values {
        let name = Name::new(name).map_err(|why| wrong(format!("need names: a name {why}")))?;
        if !names.insert(name.key()) {
            return Err(wrong(format!("must have different names; {name} is there twice")));
        }
        let unit = unit.as_deref().filter(|unit| !unit.trim().is_empty()).map(Name::new).transpose();
        let unit = unit.map_err(|why| wrong(format!("have units that will not do: a unit {why}")))?;
        quantities.push(Quantity { name, unit });
    }
    let pointers: Vec<Option<&str>> = draft.values.iter().map(|value| value.pointer.as_deref()).collect();
    match draft.form.as_str() {
        "csv" if draft.time.is_some() => {
            Err(Error::invalid("time", "is the first column of csv and has no pointer"))
        }
        "csv" if pointers.iter().flatten().any(|pointer| !pointer.is_empty()) => {
            Err(wrong("of csv are columns and have no pointers".into()))
        }
        "csv" => Ok(SensorForm::Csv { values: quantities }),
        "json" => {
            let time = draft.time.as_deref().map(Pointer::new).transpose();
            let time = time.map_err(|why| Error::invalid("time", why.to_string()))?;
            let mut values = Vec::with_capacity(quantities.len());
            for (quantity, pointer) in quantities.into_iter().zip(pointers) {
                let pointer = Pointer::new(pointer.unwrap_or_default().trim());
                let pointer = pointer
                    .map_err(|why| wrong(format!("need pointers: that of {} {why}", quantity.name)))?;
                values.push(Pointed { quantity, pointer });
            }
            Ok(SensorForm::Json { time, values })
        }
        _ => Err(Error::invalid("form", "must be csv or json")),
    }
}

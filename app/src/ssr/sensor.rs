//! Sensors between the form and the service.

use crate::api::{SensorShown, SensorTyped};
use domain::{SensorForm, Viewer};
use service::{SensorNow, ValueDraft};

/// A sensor as that viewer is shown it: where it reports is only for who may change it.
pub fn shown(viewer: &Viewer, SensorNow { sensor, last }: SensorNow) -> SensorShown {
    let may_change = viewer.administers(sensor.group);
    let quantities = sensor.form.quantities().into_iter().cloned().collect();
    let typed = may_change.then(|| {
        let (form, time) = match &sensor.form {
            SensorForm::Csv { .. } => ("csv", String::new()),
            SensorForm::Json { time, .. } => {
                ("json", time.as_ref().map(|time| time.as_str().to_owned()).unwrap_or_default())
            }
        };
        let (topic, values) = (sensor.topic.to_string(), lines(&sensor.form));
        SensorTyped { topic, form: form.to_owned(), time, values }
    });
    let group = Some(sensor.group).filter(|group| viewer.is_of(*group));
    SensorShown { id: sensor.id, name: sensor.name, group, public: sensor.public, quantities, last, typed }
}

fn lines(form: &SensorForm) -> String {
    let pointers: Vec<&str> = match form {
        SensorForm::Csv { values } => vec![""; values.len()],
        SensorForm::Json { values, .. } => values.iter().map(|value| value.pointer.as_str()).collect(),
    };
    let quantities = form.quantities();
    let line = |(quantity, pointer): (&&domain::Quantity, &str)| {
        let unit = quantity.unit.as_ref().map_or("", |unit| unit.as_str());
        format!("{}; {unit}; {pointer}", quantity.name).trim_end_matches([' ', ';']).to_owned()
    };
    quantities.iter().zip(pointers).map(line).collect::<Vec<_>>().join("\n")
}

/// The lines of values in the form: name; unit; pointer.
pub fn typed_values(text: &str) -> Vec<ValueDraft> {
    let lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
    let value = |line: &str| {
        let mut parts = line.splitn(3, ';').map(|part| part.trim().to_owned());
        ValueDraft {
            name: parts.next().unwrap_or_default(),
            unit: parts.next().filter(|unit| !unit.is_empty()),
            pointer: parts.next().filter(|pointer| !pointer.is_empty()),
        }
    };
    lines.map(value).collect()
}

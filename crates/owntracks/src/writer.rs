//! Builds the JSON object of a message so strictly that no phone refuses it.
//!
//! The apps drop a whole message for one wrong type, so: no `null`, no number in quotes, and whole numbers where the apps
//! read integers. What cannot be written (a NaN set by the caller) is left out.

use serde_json::{Map, Number, Value};

use crate::{Epoch, number};

/// An object in the making.
pub(crate) struct Writer(Map<String, Value>);

impl Writer {
    pub(crate) fn of(kind: &str) -> Self {
        let mut map = Map::new();
        map.insert("_type".to_owned(), kind.into());
        Self(map)
    }

    /// An object inside a message, which has no `_type`.
    pub(crate) fn inner() -> Self {
        Self(Map::new())
    }

    pub(crate) fn text(self, name: &str, text: Option<&str>) -> Self {
        self.put(name, text.map(Value::from))
    }

    pub(crate) fn texts(self, name: &str, texts: Option<&[String]>) -> Self {
        self.put(name, texts.map(Value::from))
    }

    /// A number with its fraction.
    pub(crate) fn number(self, name: &str, number: Option<f64>) -> Self {
        self.put(name, number.and_then(Number::from_f64).map(Value::Number))
    }

    /// A measured value, rounded.
    pub(crate) fn measure(self, name: &str, number: Option<f64>) -> Self {
        self.put(name, number.and_then(number::whole).map(Value::from))
    }

    /// A radius, rounded, but never so that something becomes nothing or loses its sign.
    pub(crate) fn radius(self, name: &str, number: Option<f64>) -> Self {
        let something =
            |metres: f64| if metres == 0.0 { metres } else { metres.abs().max(1.0).copysign(metres) };
        self.measure(name, number.map(something))
    }

    pub(crate) fn integer(self, name: &str, number: Option<impl Into<i64>>) -> Self {
        self.put(name, number.map(|number| Value::from(number.into())))
    }

    /// What a function makes of it.
    pub(crate) fn pipe(self, function: impl FnOnce(Self) -> Self) -> Self {
        function(self)
    }

    pub(crate) fn flag(self, name: &str, flag: Option<bool>) -> Self {
        self.put(name, flag.map(Value::from))
    }

    pub(crate) fn object(self, name: &str, object: Option<Map<String, Value>>) -> Self {
        self.put(name, object.map(Value::Object))
    }

    /// A moment, in whole seconds; left out within the first second and before, for phones take 0 for an error.
    pub(crate) fn epoch(self, name: &str, epoch: Option<Epoch>) -> Self {
        self.integer(name, epoch.map(Epoch::as_seconds).filter(|&seconds| seconds > 0))
    }

    pub(crate) fn list(self, name: &str, entries: Option<Vec<Value>>) -> Self {
        self.put(name, entries.map(Value::Array))
    }

    /// The object, with the unknown members behind the known ones. A known member is never replaced.
    pub(crate) fn finish(mut self, extra: &Map<String, Value>) -> Map<String, Value> {
        for (name, value) in without_nulls(extra) {
            self.0.entry(name).or_insert(value);
        }
        self.0
    }

    fn put(mut self, name: &str, value: Option<Value>) -> Self {
        if let Some(value) = value {
            self.0.insert(name.to_owned(), value);
        }
        self
    }
}

/// The object without any `null` at any depth.
pub(crate) fn without_nulls(object: &Map<String, Value>) -> Map<String, Value> {
    object.iter().filter_map(|(name, value)| Some((name.clone(), present(value)?))).collect()
}

fn present(value: &Value) -> Option<Value> {
    match value {
        Value::Null => None,
        Value::Array(entries) => Some(Value::Array(entries.iter().filter_map(present).collect())),
        Value::Object(object) => Some(Value::Object(without_nulls(object))),
        Value::Bool(_) | Value::Number(_) | Value::String(_) => Some(value.clone()),
    }
}

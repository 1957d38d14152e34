//! Takes members out of a message one by one; what nobody takes is what the crate does not know.
//!
//! A member that is `null` or not of its type is gone afterwards: the caller of the crate keeps the raw payload anyway,
//! and such a value must never be passed on to a phone.

use serde_json::{Map, Value};

use crate::{DecodeError, Epoch, JsonKind, MemberFault, number};

/// The members of one message that were not read yet.
pub(crate) struct Members {
    kind: &'static str,
    rest: Map<String, Value>,
}

impl Members {
    pub(crate) fn of(kind: &'static str, mut object: Map<String, Value>) -> Self {
        object.shift_remove("_type");
        Self { kind, rest: object }
    }

    /// The finite number of that name.
    pub(crate) fn number(&mut self, name: &str) -> Option<f64> {
        number::read(&self.take(name)?)
    }

    /// The number of that name unless it is negative, which senders use for "unknown".
    pub(crate) fn measure(&mut self, name: &str) -> Option<f64> {
        self.number(name).filter(|&number| number >= 0.0)
    }

    /// The number of that name unless it is 0 or negative: a radius of nothing is no radius.
    pub(crate) fn radius(&mut self, name: &str) -> Option<f64> {
        self.number(name).filter(|&number| number > 0.0)
    }

    /// The number of that name, rounded, if its type can hold it.
    pub(crate) fn integer<T: TryFrom<i64>>(&mut self, name: &str) -> Option<T> {
        T::try_from(number::whole(self.number(name)?)?).ok()
    }

    /// The moment of that name.
    pub(crate) fn epoch(&mut self, name: &str) -> Option<Epoch> {
        Epoch::from_wire(self.number(name)?)
    }

    /// The text of that name, untrimmed; a number as its digits; none when blank.
    pub(crate) fn text(&mut self, name: &str) -> Option<String> {
        text(self.take(name)?)
    }

    /// The text of that name, even an empty one, for where that means something: a setting put back to its default.
    pub(crate) fn setting(&mut self, name: &str) -> Option<String> {
        match self.take(name)? {
            Value::String(text) => Some(text),
            Value::Number(number) => Some(number.to_string()),
            Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => None,
        }
    }

    /// The yes or no of that name; 0 and 1 count, and so do the words in quotes.
    pub(crate) fn flag(&mut self, name: &str) -> Option<bool> {
        match self.take(name)? {
            Value::Bool(flag) => Some(flag),
            Value::String(text) if text.trim().eq_ignore_ascii_case("true") => Some(true),
            Value::String(text) if text.trim().eq_ignore_ascii_case("false") => Some(false),
            value @ (Value::Number(_) | Value::String(_)) => Some(number::read(&value)? != 0.0),
            Value::Null | Value::Array(_) | Value::Object(_) => None,
        }
    }

    /// The value of that name, whatever it is.
    pub(crate) fn any(&mut self, name: &str) -> Option<Value> {
        self.take(name)
    }

    /// The object of that name.
    pub(crate) fn object(&mut self, name: &str) -> Option<Map<String, Value>> {
        match self.take(name)? {
            Value::Object(object) => Some(object),
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Array(_) => None,
        }
    }

    /// The entries of a list that may be missing.
    pub(crate) fn entries(&mut self, name: &str) -> Option<Vec<Value>> {
        match self.take(name)? {
            Value::Array(entries) => Some(entries),
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Object(_) => None,
        }
    }

    /// The texts of a list; one text is a list of one. Entries that are no text are left out.
    pub(crate) fn texts(&mut self, name: &str) -> Option<Vec<String>> {
        match self.take(name)? {
            Value::Array(entries) => Some(entries.into_iter().filter_map(text).collect()),
            single @ (Value::String(_) | Value::Number(_)) => Some(text(single).into_iter().collect()),
            Value::Null | Value::Bool(_) | Value::Object(_) => None,
        }
    }

    /// A coordinate without which the message is nothing.
    pub(crate) fn coordinate(&mut self, name: &'static str, most: i32) -> Result<f64, DecodeError> {
        self.optional_coordinate(name, most)?.ok_or_else(|| self.fault(name, MemberFault::Missing))
    }

    /// A coordinate that may be missing, but not be wrong.
    pub(crate) fn optional_coordinate(
        &mut self,
        name: &'static str,
        most: i32,
    ) -> Result<Option<f64>, DecodeError> {
        let Some(value) = self.take(name) else { return Ok(None) };
        let degrees = number::read(&value).ok_or_else(|| self.fault(name, MemberFault::NotANumber))?;
        if degrees.abs() > f64::from(most) {
            return Err(self.fault(name, MemberFault::OutOfRange { least: -most, most }));
        }
        Ok(Some(degrees))
    }

    /// A list without which the message is nothing.
    pub(crate) fn list(&mut self, name: &'static str) -> Result<Vec<Value>, DecodeError> {
        match self.take(name) {
            None | Some(Value::Null) => Err(self.fault(name, MemberFault::Missing)),
            Some(Value::Array(entries)) => Ok(entries),
            Some(Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Object(_)) => {
                Err(self.fault(name, MemberFault::NotAList))
            }
        }
    }

    /// A text without which the message is nothing.
    pub(crate) fn word(&mut self, name: &'static str) -> Result<String, DecodeError> {
        let value = self.take(name).ok_or_else(|| self.fault(name, MemberFault::Missing))?;
        if JsonKind::of(&value) != JsonKind::Text {
            return Err(self.fault(name, MemberFault::NotText));
        }
        text(value).ok_or_else(|| self.fault(name, MemberFault::Missing))
    }

    /// Whether a member of that name is still there, whatever its value.
    pub(crate) fn contains(&self, name: &str) -> bool {
        self.rest.contains_key(name)
    }

    /// The error for a member of this message.
    pub(crate) const fn fault(&self, name: &'static str, fault: MemberFault) -> DecodeError {
        DecodeError::member(self.kind, name, fault)
    }

    /// What nobody took.
    pub(crate) fn rest(self) -> Map<String, Value> {
        self.rest
    }

    fn take(&mut self, name: &str) -> Option<Value> {
        self.rest.shift_remove(name).filter(|value| !value.is_null())
    }
}

fn text(value: Value) -> Option<String> {
    let text = match value {
        Value::String(text) => text,
        Value::Number(number) => number.to_string(),
        Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => return None,
    };
    (!text.trim().is_empty()).then_some(text)
}

//! Why a payload gave no message, in sentences that can be shown to an administrator.
//!
//! Nothing here may hold a coordinate or a piece of the payload: these errors are logged and counted.

use std::fmt;

use serde_json::{Value, error::Category};
use thiserror::Error;

/// Why a payload, or one element of an array, is not a message. The caller keeps the raw bytes and shows the sentence.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum DecodeError {
    /// The bytes are not UTF-8 and make no sense with the bad bytes replaced either (vectors p130, p138).
    #[error("The payload is neither text nor JSON: it contains bytes that are not UTF-8.")]
    NotUtf8,
    /// The text is neither JSON nor a line of the tracker format (vectors p042, p081, p129, p149).
    #[error("The payload is not valid JSON: {fault} (line {line}, column {column}).")]
    NotJson {
        /// What is wrong with the text.
        fault: JsonFault,
        /// Line of the fault, from 1.
        line: usize,
        /// Column of the fault in bytes, from 1; 0 when the line is empty.
        column: usize,
    },
    /// The JSON is a number, a text, `null`, …, or an array inside an array (vectors p125, p140).
    #[error("A message must be a JSON object, but this is {found}.")]
    NotAnObject {
        /// What was found instead.
        found: JsonKind,
    },
    /// The object has no `_type` (vectors p124, p126).
    #[error("The message does not say what it is: \"_type\" is missing.")]
    NoType,
    /// A member without which the message has no meaning is missing or unusable (vectors p027, p040, p077).
    #[error("The {kind} cannot be used: \"{name}\" {fault}.")]
    Member {
        /// The `_type` of the message.
        kind: &'static str,
        /// The name of the member as on the wire.
        name: &'static str,
        /// What is wrong with it.
        fault: MemberFault,
    },
    /// A list is longer than this crate reads; what came before the limit was read.
    #[error(
        "The list has {sent} entries, more than the {limit} that are read at once; the rest was left out."
    )]
    TooMany {
        /// How many entries are read.
        limit: usize,
        /// How many there were.
        sent: usize,
    },
}

/// What is wrong with a text that should be JSON.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum JsonFault {
    /// It breaks off.
    EndsEarly,
    /// It breaks a rule of the grammar, nests deeper than 128 levels, or holds a number too large for 64 bits of floating point.
    Syntax,
}

/// The sort of a JSON value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum JsonKind {
    /// `null`
    Null,
    /// `true` or `false`
    Boolean,
    /// A number.
    Number,
    /// A text.
    Text,
    /// An array.
    Array,
    /// An object.
    Object,
}

/// What is wrong with a member.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MemberFault {
    /// It is absent, `null`, or blank.
    Missing,
    /// It is neither a number nor a text that is a number.
    NotANumber,
    /// It is not a text.
    NotText,
    /// It is not a list.
    NotAList,
    /// It is a number beyond its range.
    OutOfRange {
        /// The least value allowed.
        least: i32,
        /// The greatest value allowed.
        most: i32,
    },
    /// The `_type` of the entry is not the one that belongs in the list.
    WrongType,
}

impl DecodeError {
    pub(crate) fn json(error: &serde_json::Error) -> Self {
        let fault = match error.classify() {
            Category::Eof => JsonFault::EndsEarly,
            Category::Io | Category::Syntax | Category::Data => JsonFault::Syntax,
        };
        Self::NotJson { fault, line: error.line(), column: error.column() }
    }

    pub(crate) const fn member(kind: &'static str, name: &'static str, fault: MemberFault) -> Self {
        Self::Member { kind, name, fault }
    }
}

impl JsonKind {
    pub(crate) const fn of(value: &Value) -> Self {
        match value {
            Value::Null => Self::Null,
            Value::Bool(_) => Self::Boolean,
            Value::Number(_) => Self::Number,
            Value::String(_) => Self::Text,
            Value::Array(_) => Self::Array,
            Value::Object(_) => Self::Object,
        }
    }
}

impl fmt::Display for JsonFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::EndsEarly => "it breaks off",
            Self::Syntax => "it breaks the grammar, nests too deeply, or holds a number that is too large",
        })
    }
}

impl fmt::Display for JsonKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Null => "null",
            Self::Boolean => "true or false",
            Self::Number => "a number",
            Self::Text => "a text",
            Self::Array => "an array",
            Self::Object => "an object",
        })
    }
}

impl fmt::Display for MemberFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Missing => f.write_str("is missing"),
            Self::NotANumber => f.write_str("is not a number"),
            Self::NotText => f.write_str("is not a text"),
            Self::NotAList => f.write_str("is not a list"),
            Self::OutOfRange { least, most } => write!(f, "is not between {least} and {most}"),
            Self::WrongType => f.write_str("does not belong in this list"),
        }
    }
}

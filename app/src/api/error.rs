//! How a server function can fail, in words for the person who asked.

use crate::ui::Told;
use leptos::prelude::{FromServerFnError, ServerFnErrorErr};
use serde::{Deserialize, Serialize};
use server_fn::codec::JsonEncoding;
use std::fmt;

/// What was typed into a refused form, by field name: it travels with the refusal, so that nothing is lost without script.
/// Never holds a password.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Kept(pub Vec<(String, String)>);

impl Kept {
    /// What was typed into that field.
    pub fn get(&self, field: &str) -> Option<&str> {
        self.0.iter().find(|(name, _)| name == field).map(|(_, text)| text.as_str())
    }
}

impl<const N: usize> From<[(&str, &str); N]> for Kept {
    fn from(fields: [(&str, &str); N]) -> Self {
        Self(fields.into_iter().map(|(name, text)| (name.to_owned(), text.to_owned())).collect())
    }
}

/// Why the server did not do it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum ApiError {
    /// Nobody is signed in, or not with this name and password.
    Unauthorised,
    /// Somebody is signed in who may not do this.
    Forbidden,
    /// It is not there.
    NotFound {
        /// What is not there.
        what: String,
    },
    /// An answer of a form cannot be right.
    Invalid {
        /// The input's name.
        field: String,
        /// The end of a sentence that starts with the field's label.
        why: String,
        /// What was typed.
        #[serde(default)]
        kept: Kept,
    },
    /// An answer of a form is taken.
    Conflict {
        /// The input's name.
        field: String,
        /// The end of a sentence that starts with the field's label.
        why: String,
        /// What was typed.
        #[serde(default)]
        kept: Kept,
    },
    /// Not now.
    Unavailable {
        /// When to try again, seconds.
        retry_after_s: u32,
    },
    /// The server's own fault; the log knows more under this number.
    Internal {
        /// What to look for in the log.
        incident: String,
    },
    /// The question or its answer did not get through.
    Transport(String),
}

impl ApiError {
    /// Adds what was typed to a refusal, and leaves the other errors as they are.
    #[must_use]
    pub fn keeping<const N: usize>(self, fields: [(&str, &str); N]) -> Self {
        match self {
            Self::Invalid { field, why, .. } => Self::Invalid { field, why, kept: fields.into() },
            Self::Conflict { field, why, .. } => Self::Conflict { field, why, kept: fields.into() },
            Self::Unauthorised
            | Self::Forbidden
            | Self::NotFound { .. }
            | Self::Unavailable { .. }
            | Self::Internal { .. }
            | Self::Transport(_) => self,
        }
    }

    /// An answer that cannot be right.
    pub fn invalid(field: &str, why: impl Into<String>) -> Self {
        Self::Invalid { field: field.to_owned(), why: why.into(), kept: Kept::default() }
    }

    /// Says it beside a field instead, where "not signed in" would be misread.
    #[must_use]
    pub fn unless_unauthorised(self, instead: impl FnOnce() -> Self) -> Self {
        if self == Self::Unauthorised { instead() } else { self }
    }

    /// What belongs beside a field, when the error is about one.
    pub fn told(&self) -> Option<Told> {
        self.refusal().map(|(field, why, _)| Told { field: field.to_owned(), why: why.to_owned() })
    }

    /// What was typed into that field of a refused form.
    pub fn kept(&self, name: &str) -> Option<String> {
        self.refusal()?.2.get(name).map(str::to_owned)
    }

    /// Which field is refused, why, and what was typed into the form.
    fn refusal(&self) -> Option<(&str, &str, &Kept)> {
        match self {
            Self::Invalid { field, why, kept } | Self::Conflict { field, why, kept } => {
                Some((field, why, kept))
            }
            Self::Unauthorised
            | Self::Forbidden
            | Self::NotFound { .. }
            | Self::Unavailable { .. }
            | Self::Internal { .. }
            | Self::Transport(_) => None,
        }
    }
}

impl fmt::Display for ApiError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unauthorised => f.write_str("You are not signed in."),
            Self::Forbidden => f.write_str("Only an admin may do that."),
            Self::NotFound { what } => write!(f, "There is no such {what} any more."),
            Self::Invalid { field, why, .. } | Self::Conflict { field, why, .. } => {
                write!(f, "{field} {why}.")
            }
            Self::Unavailable { retry_after_s } => {
                write!(f, "Not now. Please try again in {retry_after_s} seconds.")
            }
            Self::Internal { incident } => {
                write!(f, "Something went wrong on the server. Its log says more under {incident}.")
            }
            Self::Transport(_) => f.write_str("The server could not be reached. Nothing was changed."),
        }
    }
}

impl std::error::Error for ApiError {}

impl FromServerFnError for ApiError {
    type Encoder = JsonEncoding;

    fn from_server_fn_error(error: ServerFnErrorErr) -> Self {
        // On the server it is the question that cannot be read; in the browser the answer did not get through.
        #[cfg(feature = "ssr")]
        if let ServerFnErrorErr::Args(_)
        | ServerFnErrorErr::MissingArg(_)
        | ServerFnErrorErr::Deserialization(_)
        | ServerFnErrorErr::Request(_)
        | ServerFnErrorErr::UnsupportedRequestMethod(_) = &error
        {
            return crate::ssr::answered(Self::invalid("request", "cannot be read"));
        }
        Self::Transport(error.to_string())
    }
}

//! What the levels of a topic mean.

use std::fmt;

use thiserror::Error;

use super::{DEFAULT_DEVICE, SUFFIXES, Topic};

/// The longest topic MQTT can carry, in bytes.
const MOST_BYTES: usize = 65_535;

/// The shape of the base topics of one installation: fixed words and the places of `{group}`, `{user}` and `{device}`, such as
/// `owntracks/{user}/{device}` (what both apps do unless told otherwise) or `/family/{group}/{user}`.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Template {
    levels: Vec<Level>,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
enum Level {
    Word(String),
    Group,
    User,
    Device,
}

/// Why a text is not a template, or why no topic can be made from it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum TemplateError {
    /// A level besides the first is empty.
    #[error("A topic template must not have empty levels, except for one leading slash.")]
    EmptyLevel,
    /// A character MQTT does not allow in a topic's name.
    #[error("A topic must not contain +, # or the NUL character.")]
    ForbiddenCharacter,
    /// Braces around something else than `group`, `user` or `device`, or within a level.
    #[error("The only placeholders are {{group}}, {{user}} and {{device}}, and each is a whole level.")]
    UnknownPlaceholder,
    /// There is not exactly one `{user}`, or more than one of another placeholder.
    #[error("A topic template needs {{user}} once, and {{group}} and {{device}} at most once.")]
    PlaceholderCount,
    /// A name to be filled in is empty, or contains a slash.
    #[error("A name in a topic must not be empty or contain a slash.")]
    BadName,
    /// The template has a `{group}`, but no group was given.
    #[error("This topic template needs a group.")]
    GroupNeeded,
    /// The topic would be longer than MQTT allows.
    #[error("The topic is longer than 65535 bytes.")]
    TooLong,
}

impl Template {
    /// The template in a text.
    ///
    /// # Errors
    ///
    /// When a level is empty, has a character MQTT forbids, or the placeholders are not as they must be.
    pub fn parse(text: &str) -> Result<Self, TemplateError> {
        let levels: Vec<Level> = text
            .split('/')
            .enumerate()
            .map(|(at, level)| Level::parse(at, level))
            .collect::<Result<_, _>>()?;
        let count = |wanted: &Level| levels.iter().filter(|level| *level == wanted).count();
        if count(&Level::User) != 1 || count(&Level::Device) > 1 || count(&Level::Group) > 1 {
            return Err(TemplateError::PlaceholderCount);
        }
        if text.len() > MOST_BYTES {
            return Err(TemplateError::TooLong);
        }
        Ok(Self { levels })
    }

    /// The reading of a topic, or `None` when it does not fit: the levels are as many as the template's, or one more if that is a
    /// known suffix; words agree (ASCII case aside); no name is empty.
    ///
    /// Topics of the broker itself (`$SYS/…`) and names no publisher may use (`+`, `#`, NUL) never fit.
    pub fn matches(&self, topic: &str) -> Option<Topic> {
        if topic.len() > MOST_BYTES || topic.starts_with('$') || topic.contains(is_forbidden) {
            return None;
        }
        let (base, suffix) = match topic.split('/').count().checked_sub(self.levels.len())? {
            0 => (topic, None),
            1 => topic.rsplit_once('/').map(|(base, suffix)| (base, Some(suffix)))?,
            _ => return None,
        };
        if suffix.is_some_and(|suffix| !SUFFIXES.contains(&suffix)) {
            return None;
        }
        let mut reading = Topic {
            base: base.to_owned(),
            group: None,
            user: String::new(),
            device: DEFAULT_DEVICE.to_owned(),
            suffix: suffix.map(str::to_owned),
        };
        for (level, text) in self.levels.iter().zip(base.split('/')) {
            match level {
                Level::Word(word) if word.eq_ignore_ascii_case(text) => {}
                Level::Word(_) => return None,
                _ if text.is_empty() => return None,
                Level::Group => reading.group = Some(text.to_owned()),
                Level::User => text.clone_into(&mut reading.user),
                Level::Device => text.clone_into(&mut reading.device),
            }
        }
        Some(reading)
    }

    /// The base topic of a device; the device is ignored when the template has no place for it.
    ///
    /// # Errors
    ///
    /// When the template has a `{group}` (see [`Template::base_in`]), or a name cannot be a level of a topic.
    pub fn base(&self, user: &str, device: &str) -> Result<String, TemplateError> {
        self.fill(None, user, device)
    }

    /// The base topic of a device in a group; the group is ignored when the template has no place for it.
    ///
    /// # Errors
    ///
    /// When a name cannot be a level of a topic.
    pub fn base_in(&self, group: &str, user: &str, device: &str) -> Result<String, TemplateError> {
        self.fill(Some(group), user, device)
    }

    fn fill(&self, group: Option<&str>, user: &str, device: &str) -> Result<String, TemplateError> {
        let mut levels = Vec::with_capacity(self.levels.len());
        for level in &self.levels {
            levels.push(match level {
                Level::Word(word) => word,
                Level::Group => name(group.ok_or(TemplateError::GroupNeeded)?)?,
                Level::User => name(user)?,
                Level::Device => name(device)?,
            });
        }
        let base = levels.join("/");
        if base.len() > MOST_BYTES { Err(TemplateError::TooLong) } else { Ok(base) }
    }
}

impl fmt::Display for Template {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let levels: Vec<&str> = self.levels.iter().map(Level::as_str).collect();
        f.write_str(&levels.join("/"))
    }
}

impl Level {
    fn parse(at: usize, text: &str) -> Result<Self, TemplateError> {
        match text {
            "{group}" => Ok(Self::Group),
            "{user}" => Ok(Self::User),
            "{device}" => Ok(Self::Device),
            "" if at > 0 => Err(TemplateError::EmptyLevel),
            _ if text.contains(['{', '}']) => Err(TemplateError::UnknownPlaceholder),
            _ if text.contains(is_forbidden) => Err(TemplateError::ForbiddenCharacter),
            _ => Ok(Self::Word(text.to_owned())),
        }
    }

    fn as_str(&self) -> &str {
        match self {
            Self::Word(word) => word,
            Self::Group => "{group}",
            Self::User => "{user}",
            Self::Device => "{device}",
        }
    }
}

fn name(text: &str) -> Result<&str, TemplateError> {
    if text.is_empty() || text.contains('/') {
        Err(TemplateError::BadName)
    } else if text.contains(is_forbidden) {
        Err(TemplateError::ForbiddenCharacter)
    } else {
        Ok(text)
    }
}

fn is_forbidden(character: char) -> bool {
    matches!(character, '+' | '#' | '\0')
}

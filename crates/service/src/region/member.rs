//! What is said of a region in JSON, member by member, so that an error can name the one that is wrong: the words of the interface and of
//! files.

use crate::Error;
use domain::{Audience, Colour, Details, Icon, Pace, Schedule, fold, live::LiveFriend};
use serde_json::{Map, Value, json};

/// Reads `icon`, `colour`, `pace`, `audience`, `to_phones` and `schedule`, each if it is given; friends are named.
///
/// # Errors
/// [`Error::Invalid`] with the member.
pub fn read_details(
    members: &Map<String, Value>,
    before: Details,
    friends: &[LiveFriend],
) -> Result<Details, Error> {
    let mut details = before;
    if let Some(icon) = word(members, "icon", Icon::named)? {
        details.icon = icon;
    }
    if let Some(colour) = word(members, "colour", Colour::named)? {
        details.colour = colour;
    }
    if let Some(pace) = word(members, "pace", Pace::named)? {
        details.pace = pace;
    }
    if let Some(said) = members.get("audience") {
        details.audience = audience(said, friends)?;
    }
    if let Some(said) = members.get("to_phones") {
        let read = said.as_bool();
        details.to_phones = read.ok_or_else(|| Error::invalid("to_phones", "must be true or false"))?;
    }
    if let Some(said) = members.get("schedule") {
        let schedule: Result<Option<Schedule>, _> = serde_json::from_value(said.clone());
        details.schedule =
            schedule.map_err(|why| Error::invalid("schedule", format!("will not do: {why}")))?;
    }
    Ok(details)
}

/// The same members, to be written.
pub fn write_details(details: &Details, friends: &[LiveFriend]) -> Map<String, Value> {
    let audience = match &details.audience {
        Audience::Group => json!("group"),
        Audience::Admins => json!("admins"),
        Audience::Friends(ids) => {
            let meant = friends.iter().filter(|live| ids.contains(&live.friend.id));
            meant.map(|live| Value::from(live.friend.name.as_str())).collect()
        }
    };
    let members = [
        ("icon", json!(details.icon.as_str())),
        ("colour", json!(details.colour.as_str())),
        ("pace", json!(details.pace.as_str())),
        ("audience", audience),
        ("to_phones", json!(details.to_phones)),
        ("schedule", json!(details.schedule)),
    ];
    members.into_iter().map(|(member, value)| (member.to_owned(), value)).collect()
}

fn word<T>(
    members: &Map<String, Value>,
    member: &'static str,
    named: fn(&str) -> Option<T>,
) -> Result<Option<T>, Error> {
    let Some(said) = members.get(member) else { return Ok(None) };
    let read = said.as_str().and_then(named);
    read.map(Some).ok_or_else(|| Error::invalid(member, "must be one of the words for it"))
}

fn audience(said: &Value, friends: &[LiveFriend]) -> Result<Audience, Error> {
    let wrong = |why: String| Error::invalid("audience", why);
    match said {
        Value::String(word) if word == "group" => Ok(Audience::Group),
        Value::String(word) if word == "admins" => Ok(Audience::Admins),
        Value::Array(names) => {
            let id = |name: &Value| {
                let name = name.as_str().ok_or_else(|| wrong("must list names".to_owned()))?;
                let known = friends.iter().find(|live| live.friend.name.key() == fold(name));
                known
                    .map(|live| live.friend.id)
                    .ok_or_else(|| wrong(format!("must name friends, which {name} is not")))
            };
            Ok(Audience::Friends(names.iter().map(id).collect::<Result<_, _>>()?))
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::Object(_) | Value::String(_) => {
            Err(wrong("must be \"group\", \"admins\" or a list of names".to_owned()))
        }
    }
}

//! Reading what somebody wants to send, member by member, to name the one that is wrong.

use super::super::{Caller, sharing::called};
use crate::http::problem::Problem;
use domain::chat::{Audience, ClientId};
use serde_json::{Map, Value};

/// What the caller calls the message.
pub(super) fn client_id(members: &Map<String, Value>) -> Result<ClientId, Problem> {
    let id = members.get("client_id").and_then(Value::as_str).and_then(|text| text.parse().ok());
    id.ok_or_else(|| Problem::invalid("client_id", "must be a UUID"))
}

/// What it says.
pub(super) fn text(members: &Map<String, Value>) -> Result<String, Problem> {
    let text = members.get("text").and_then(Value::as_str);
    text.map(str::to_owned).ok_or_else(|| Problem::invalid("text", "must be a text"))
}

/// For how long.
pub(super) fn lives_s(members: &Map<String, Value>) -> Result<Option<u32>, Problem> {
    let said = members.get("lives_s").filter(|value| !value.is_null());
    let wrong = || Problem::invalid("lives_s", "must be a whole number of seconds");
    let read = |value: &Value| value.as_u64().and_then(|seconds| u32::try_from(seconds).ok());
    said.map(|value| read(value).ok_or_else(wrong)).transpose()
}

/// To whom.
pub(super) fn audience_of(caller: &Caller, members: &Map<String, Value>) -> Result<Audience, Problem> {
    let wrong = |why: &str| Problem::invalid("to", why);
    let to = members.get("to").and_then(Value::as_object);
    let to = to.ok_or_else(|| wrong("must be an object"))?;
    if let Some(other) = to.keys().find(|key| !KNOWN.contains(&key.as_str())) {
        return Err(wrong(&format!("must not have a member {other}")));
    }
    let known = |name: &str| Ok::<_, Problem>(called(caller, name)?.id);
    let service = &caller.site.service;
    let (friend, group, region) = (name(to, "friend")?, name(to, "group")?, name(to, "region")?);
    let (here, around, bot) = (flag(to, "here")?, flag(to, "around")?, name(to, "bot")?);
    match (friend, group, region, here, around, bot) {
        (Some(name), None, None, false, false, None) => Ok(Audience::Person(known(name)?)),
        (None, Some(name), None, false, false, None) => {
            Ok(Audience::Group(service.group_named(&caller.viewer, name)?))
        }
        (None, None, None, true, false, None) => Ok(Audience::Here),
        (None, None, None, false, true, None) => Ok(Audience::Around),
        (to, None, Some(region), false, false, None) => {
            let region = region.parse().map_err(|_not_ours| service::Error::NotFound("region"))?;
            Ok(Audience::Left { region, to: to.map(known).transpose()? })
        }
        (None, None, None, false, false, Some(name)) => {
            Ok(Audience::Bot(service.bot_called(&caller.viewer, name)?))
        }
        _ => Err(wrong("must name one of friend, group, here, around, region and bot")),
    }
}

const KNOWN: [&str; 6] = ["friend", "group", "here", "around", "region", "bot"];

pub(super) fn name<'m>(to: &'m Map<String, Value>, member: &'static str) -> Result<Option<&'m str>, Problem> {
    match to.get(member) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(name)) => Ok(Some(name)),
        Some(_) => Err(Problem::invalid(member, "must be a text")),
    }
}

fn flag(to: &Map<String, Value>, member: &'static str) -> Result<bool, Problem> {
    match to.get(member) {
        None | Some(Value::Null) => Ok(false),
        Some(Value::Bool(flag)) => Ok(*flag),
        Some(_) => Err(Problem::invalid(member, "must be true or false")),
    }
}

//! Reads what somebody types to write to others: to whom, for how long, and which messages are meant.

use super::{Wrong, chosen, id};
use crate::api::ApiError;
use domain::{
    BotId, ChatId, FriendId, GroupId,
    chat::{Audience, ClientId, Confirm, Thread},
};

/// To whom, as forms and addresses have it: of a region its two fields besides.
#[derive(Clone, Copy, Debug)]
pub struct TypedAudience<'a> {
    /// `friend-…`, `group-…` or `bot-…` with an id, `here`, `around` or `region`.
    pub to: &'a str,
    /// The id of the region.
    pub region: &'a str,
    /// The id of the friend for whom it is left there; empty for whoever comes next.
    pub whom: &'a str,
}

/// To whom a message is.
///
/// # Errors
/// [`ApiError::Invalid`] names the field.
pub fn audience(typed: TypedAudience<'_>) -> Result<Audience, ApiError> {
    match typed.to {
        "here" => Ok(Audience::Here),
        "around" => Ok(Audience::Around),
        "region" => {
            let region = chosen("region", typed.region)?;
            let region = region.ok_or_else(|| ApiError::invalid("region", "must be chosen"))?;
            Ok(Audience::Left { region, to: chosen("whom", typed.whom)? })
        }
        "" => Err(ApiError::invalid("to", "must be chosen")),
        other => match thread(other) {
            Some(Thread::Person(friend)) => Ok(Audience::Person(friend)),
            Some(Thread::Group(group)) => Ok(Audience::Group(group)),
            Some(Thread::Bot(bot)) => Ok(Audience::Bot(bot)),
            Some(Thread::Places) | None => Err(ApiError::invalid("to", "must be one of those offered")),
        },
    }
}

/// The word for a friend among those to whom one writes.
pub fn to_friend(friend: FriendId) -> String {
    format!("friend-{friend}")
}

/// The word for a group.
pub fn to_group(group: GroupId) -> String {
    format!("group-{group}")
}

/// The word for a bot.
pub fn to_bot(bot: BotId) -> String {
    format!("bot-{bot}")
}

/// What a thread is called in questions: `friend-…`, `group-…`, `bot-…` or `places`.
pub fn thread_word(thread: Thread) -> String {
    match thread {
        Thread::Person(friend) => to_friend(friend),
        Thread::Group(group) => to_group(group),
        Thread::Bot(bot) => to_bot(bot),
        Thread::Places => "places".to_owned(),
    }
}

/// The other way round.
pub fn thread(word: &str) -> Option<Thread> {
    match word.split_once('-') {
        Some(("friend", id)) => id.parse().ok().map(Thread::Person),
        Some(("group", id)) => id.parse().ok().map(Thread::Group),
        Some(("bot", id)) => id.parse().ok().map(Thread::Bot),
        None if word == "places" => Some(Thread::Places),
        Some(_) | None => None,
    }
}

/// Where a thread is shown.
pub fn thread_path(thread: Thread) -> String {
    match thread {
        Thread::Person(friend) => format!("/messages?with={friend}"),
        Thread::Group(group) => format!("/messages?group={group}"),
        Thread::Bot(bot) => format!("/messages?bot={bot}"),
        Thread::Places => "/messages?places".to_owned(),
    }
}

/// Where what its sender writes to somebody is shown to them.
pub const fn own_thread(to: &Audience) -> Thread {
    match to {
        Audience::Person(friend) => Thread::Person(*friend),
        Audience::Group(group) => Thread::Group(*group),
        Audience::Bot(bot) => Thread::Bot(*bot),
        Audience::Here | Audience::Around | Audience::Left { .. } => Thread::Places,
    }
}

/// For how long a message is to live, seconds; `None` where that is not its sender's to say, or was not said.
///
/// # Errors
/// [`Wrong`] about `lives_s`.
pub fn lives_s(to: &Audience, text: &str) -> Result<Option<u32>, Wrong> {
    if !to.is_fleeting() || text.trim().is_empty() {
        return Ok(None);
    }
    let seconds = text.trim().parse().ok();
    let wrong = || Wrong { field: "lives_s", why: "must be a whole number of seconds".to_owned() };
    seconds.map(Some).ok_or_else(wrong)
}

/// What its sender calls a message, out of a hidden field.
///
/// # Errors
/// [`ApiError::NotFound`]: only a form that was tampered with holds anything else.
pub fn client_id(text: &str) -> Result<ClientId, ApiError> {
    id(text, "message")
}

/// Some messages: their ids with commas between.
///
/// # Errors
/// [`ApiError::NotFound`] as for [`client_id`].
pub fn messages(text: &str) -> Result<Vec<ChatId>, ApiError> {
    text.split(',').filter(|part| !part.is_empty()).map(|part| id(part, "message")).collect()
}

/// What is confirmed of messages.
///
/// # Errors
/// [`ApiError::Invalid`] when it is neither.
pub fn confirm(text: &str) -> Result<Confirm, ApiError> {
    match text {
        "delivered" => Ok(Confirm::Delivered),
        "read" => Ok(Confirm::Read),
        _ => Err(ApiError::invalid("what", "must be delivered or read")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::state::fixture::{friend_id, region_id};
    use rstest::rstest;

    fn typed<'a>(to: &'a str, region: &'a str, whom: &'a str) -> Result<Audience, Option<String>> {
        let read = audience(TypedAudience { to, region, whom });
        read.map_err(|error| error.told().map(|told| told.field))
    }

    #[test]
    fn to_whom_is_read_from_its_fields() {
        let (ben, home) = (friend_id(2), region_id(1).to_string());
        assert_eq!(typed("here", "", ""), Ok(Audience::Here));
        // What is left in fields that do not count is left alone.
        assert_eq!(typed("around", &home, "x"), Ok(Audience::Around));
        assert_eq!(typed(&to_friend(ben), "", ""), Ok(Audience::Person(ben)));
        let left = |to| Audience::Left { region: region_id(1), to };
        assert_eq!(typed("region", &home, ""), Ok(left(None)));
        assert_eq!(typed("region", &home, &ben.to_string()), Ok(left(Some(ben))));
    }

    #[rstest]
    #[case("", "", "", "to")]
    #[case("everybody", "", "", "to")]
    #[case("places", "", "", "to")]
    #[case("friend-me", "", "", "to")]
    #[case("region", "", "", "region")]
    #[case("region", "home", "", "region")]
    #[case("region", "00000000-0000-0000-0000-000000000001", "ben", "whom")]
    fn what_is_nobody_is_refused_beside_its_field(
        #[case] to: &str,
        #[case] region: &str,
        #[case] whom: &str,
        #[case] field: &str,
    ) {
        assert_eq!(typed(to, region, whom), Err(Some(field.to_owned())));
    }

    #[test]
    fn a_thread_is_called_so_that_it_is_found_again() {
        for known in [Thread::Person(friend_id(7)), Thread::Places] {
            assert_eq!(thread(&thread_word(known)), Some(known));
        }
        assert_eq!(thread("places-1"), None);
        assert_eq!(thread_path(Thread::Places), "/messages?places");
    }

    #[test]
    fn only_what_is_for_a_moment_lives_as_long_as_its_sender_says() {
        assert_eq!(lives_s(&Audience::Here, "900"), Ok(Some(900)));
        assert_eq!(lives_s(&Audience::Around, " "), Ok(None));
        assert_eq!(lives_s(&Audience::Person(friend_id(1)), "900"), Ok(None));
        assert_eq!(lives_s(&Audience::Here, "soon").map_err(|wrong| wrong.field), Err("lives_s"));
    }

    #[test]
    fn messages_are_named_with_commas_between() {
        let one = "0190f2d0-0000-7000-8000-000000000001";
        assert_eq!(messages("").map(|ids| ids.len()), Ok(0));
        assert_eq!(messages(&format!("{one},{one}")).map(|ids| ids.len()), Ok(2));
        assert!(messages("one").is_err() && confirm("seen").is_err() && client_id("7").is_err());
    }
}

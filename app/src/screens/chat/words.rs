//! What the page for messages says of threads, of who gets a message, and of where one was left.

use crate::{
    api::{Reach, Several},
    state::World,
};
use domain::{
    BotId, FriendId, GroupId, RegionId,
    chat::{Audience, ChatMessage, Thread},
};

/// What somebody is called.
pub(super) fn friend_name(world: &World, friend: FriendId) -> String {
    world.friend(friend).map_or_else(|| "somebody".to_owned(), |friend| friend.shown_name().to_owned())
}

fn group_name(world: &World, group: GroupId) -> String {
    let known = world.groups.iter().find(|known| known.id == group);
    known.map_or_else(|| "a group".to_owned(), |group| group.name.to_string())
}

fn bot_name(world: &World, bot: BotId) -> String {
    let known = world.bots.iter().find(|known| known.id == bot);
    known.map_or_else(|| "a bot".to_owned(), |bot| bot.name.to_string())
}

/// Who wrote a message.
pub(super) fn sender_name(world: &World, message: &ChatMessage) -> String {
    message.by_bot.as_ref().map_or_else(|| friend_name(world, message.from), |bot| bot.name.to_string())
}

fn region_name(world: &World, region: RegionId) -> String {
    world.region(region).map_or_else(|| "a region".to_owned(), |region| region.name.to_string())
}

/// What a thread is called.
pub(super) fn thread_name(world: &World, thread: Thread) -> String {
    match thread {
        Thread::Person(friend) => friend_name(world, friend),
        Thread::Group(group) => group_name(world, group),
        Thread::Bot(bot) => bot_name(world, bot),
        Thread::Places => "Here and around".to_owned(),
    }
}

/// To whom a message is, where its thread does not say it.
pub(super) fn audience_words(world: &World, to: &Audience, me: FriendId) -> Option<String> {
    match to {
        Audience::Person(_) | Audience::Group(_) | Audience::Bot(_) => None,
        Audience::Here => Some("to who was here".to_owned()),
        Audience::Around => Some("to who was around".to_owned()),
        Audience::Left { region, to } => {
            let whom = match to {
                None => "whoever came next".to_owned(),
                Some(friend) if *friend == me => "you".to_owned(),
                Some(friend) => friend_name(world, *friend),
            };
            Some(format!("left at {} for {whom}", region_name(world, *region)))
        }
    }
}

/// A message as a list shows it: who sent it, where that does not go without saying, and the beginning of it.
pub(super) fn beginning(world: &World, message: &ChatMessage) -> String {
    let text = shortened(message);
    if message.is_own() {
        return format!("You: {text}");
    }
    match message.thread {
        Thread::Person(_) | Thread::Bot(_) => text,
        Thread::Group(_) | Thread::Places => format!("{}: {text}", sender_name(world, message)),
    }
}

/// A message in the log of who sent or got it: from whom, to whom or where, and the beginning of it.
pub fn message_words(world: &World, message: &ChatMessage, me: FriendId) -> String {
    let who = if message.is_own() { "You".to_owned() } else { sender_name(world, message) };
    let whereto = match (audience_words(world, &message.to, me), message.thread) {
        (Some(place), _) => format!(", {place}"),
        (None, thread @ Thread::Group(_)) => format!(" to {}", thread_name(world, thread)),
        (None, thread) if message.is_own() => format!(" to {}", thread_name(world, thread)),
        (None, _) => " to you".to_owned(),
    };
    format!("{who}{whereto}: {}", shortened(message))
}

/// The beginning of a message in one line.
fn shortened(message: &ChatMessage) -> String {
    const MOST: usize = 120;
    let text: String = message.text.as_str().split_whitespace().collect::<Vec<_>>().join(" ");
    text.chars().take(MOST).collect()
}

/// Who would get a message: how many, and their names. `None` where it is told beside a field why nobody can be written to.
pub(super) fn reach_words(world: &World, reach: &Reach, is_for_next: bool) -> Option<String> {
    if reach.hitch.is_some() {
        return None;
    }
    if let Some(bot) = reach.bot {
        return Some(format!("The bot {} gets it.", bot_name(world, bot)));
    }
    let count = reach.friends.len();
    let names = Several::of(reach.friends.iter().map(|friend| friend_name(world, *friend))).words();
    Some(match (count, is_for_next) {
        (0, false) => "Nobody would get it now.".to_owned(),
        (0, true) => "Nobody who could come may know of it.".to_owned(),
        (1, false) => format!("1 person gets it: {names}"),
        (_, false) => format!("{count} people get it: {names}"),
        (1, true) => format!("1 person gets it when they come: {names}"),
        (_, true) => format!("The first who comes gets it, of {count} people: {names}"),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::state::fixture::{NOW, friend, friend_id, region_id};
    use domain::chat::ChatText;

    fn world() -> World {
        World { friends: vec![friend(1, "Ann"), friend(2, "Ben")], ..World::default() }
    }

    #[test]
    fn it_is_told_who_gets_it() {
        let words = |friends: &[u64], is_for_next| {
            let friends = friends.iter().map(|number| friend_id(*number)).collect();
            reach_words(&world(), &Reach { friends, ..Reach::default() }, is_for_next).unwrap_or_default()
        };
        assert_eq!(words(&[], false), "Nobody would get it now.");
        assert_eq!(words(&[2], false), "1 person gets it: Ben");
        assert_eq!(words(&[1, 2], false), "2 people get it: Ann, Ben");
        assert_eq!(words(&[1, 2], true), "The first who comes gets it, of 2 people: Ann, Ben");
        let hitch = Reach::hitch("to".to_owned(), "cannot sign in".to_owned());
        assert_eq!(reach_words(&world(), &hitch, false), None);
    }

    #[test]
    fn a_list_shows_the_beginning_in_one_line_and_who_said_it() {
        let mut message = ChatMessage {
            id: "00000000-0000-0000-0000-000000000001".parse().expect("is an id"),
            client_id: None,
            from: friend_id(2),
            by_bot: None,
            to: Audience::Person(friend_id(1)),
            thread: Thread::Person(friend_id(2)),
            text: ChatText::new("two\n lines").expect("is a text"),
            sent_at: NOW,
            at: NOW,
            ends_at: None,
            delivered_at: None,
            read_at: None,
            deliveries: Vec::new(),
        };
        let me = friend_id(1);
        assert_eq!(beginning(&world(), &message), "two lines");
        message.thread = Thread::Places;
        assert_eq!(beginning(&world(), &message), "Ben: two lines");
        message.client_id = "00000000-0000-0000-0000-000000000002".parse().ok();
        assert_eq!(beginning(&world(), &message), "You: two lines");
        let left = Audience::Left { region: region_id(1), to: Some(me) };
        assert_eq!(audience_words(&world(), &left, me).as_deref(), Some("left at a region for you"));
        assert_eq!(audience_words(&world(), &message.to, me), None);

        (message.thread, message.to) = (Thread::Person(friend_id(2)), Audience::Person(friend_id(2)));
        assert_eq!(message_words(&world(), &message, me), "You to Ben: two lines");
        message.client_id = None;
        assert_eq!(message_words(&world(), &message, me), "Ben to you: two lines");
        (message.thread, message.to) = (Thread::Places, left);
        assert_eq!(message_words(&world(), &message, me), "Ben, left at a region for you: two lines");
    }
}

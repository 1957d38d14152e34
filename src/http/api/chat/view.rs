//! Messages as the interface shows them, with names.

use super::super::Caller;
use domain::{
    BotId, FriendId, GroupId, Name, Timestamp,
    chat::{Audience, ChatMessage, Thread},
};
use serde::Serialize;
use service::ThreadReport;
use std::collections::HashMap;
use utoipa::ToSchema;

/// A message as the caller has it.
#[derive(Serialize, ToSchema)]
pub(in super::super) struct ChatView {
    id: String,
    /// Of what the caller sent: what they call it.
    #[serde(skip_serializing_if = "Option::is_none")]
    client_id: Option<String>,
    /// Who sent it, by name.
    from: String,
    /// `true`: that is a bot.
    #[serde(skip_serializing_if = "Option::is_none")]
    bot: Option<bool>,
    to: ToView,
    text: String,
    /// When it was sent, RFC 3339.
    sent_at: String,
    /// When the caller had it: of what was left at a region, when they came. Lists are in this order.
    at: String,
    /// When it is gone; `null`: as long as the server keeps messages.
    ends_at: Option<String>,
    /// Of what the caller got: when a device of theirs had it.
    #[serde(skip_serializing_if = "Option::is_none")]
    delivered_at: Option<String>,
    /// Of what the caller got: when they had read it.
    #[serde(skip_serializing_if = "Option::is_none")]
    read_at: Option<String>,
    /// Of what the caller sent: what became of it, for each friend it went to. Empty while it waits at a region, as far as the caller may know.
    #[serde(skip_serializing_if = "Option::is_none")]
    deliveries: Option<Vec<DeliveryView>>,
}

/// To whom a message is.
#[derive(Default, Serialize, ToSchema)]
struct ToView {
    /// A friend's name; with `region`, for whom it was left there.
    #[serde(skip_serializing_if = "Option::is_none")]
    friend: Option<String>,
    /// A group's name.
    #[serde(skip_serializing_if = "Option::is_none")]
    group: Option<String>,
    /// `true`: to who was in a region with the sender.
    #[serde(skip_serializing_if = "Option::is_none")]
    here: Option<bool>,
    /// `true`: to who was in the sender's range.
    #[serde(skip_serializing_if = "Option::is_none")]
    around: Option<bool>,
    /// A region's identifier: left there for `friend`, or for whoever came next.
    #[serde(skip_serializing_if = "Option::is_none")]
    region: Option<String>,
    /// A bot's name.
    #[serde(skip_serializing_if = "Option::is_none")]
    bot: Option<String>,
}

/// What became of a message for a friend.
#[derive(Serialize, ToSchema)]
struct DeliveryView {
    /// Who, by name.
    friend: String,
    /// When a device of theirs had it, RFC 3339; `null`: not yet.
    delivered_at: Option<String>,
    /// When they had read it; `null`: not yet.
    read_at: Option<String>,
}

/// A thread, and how it stands.
#[derive(Serialize, ToSchema)]
pub(in super::super) struct ThreadView {
    thread: WhichView,
    newest: ChatView,
    /// How many of it the caller has not read.
    unread: u32,
}

/// Which thread; one of these.
#[derive(Default, Serialize, ToSchema)]
struct WhichView {
    /// What the caller and this friend write to each other.
    #[serde(skip_serializing_if = "Option::is_none")]
    friend: Option<String>,
    /// What is written to this group.
    #[serde(skip_serializing_if = "Option::is_none")]
    group: Option<String>,
    /// `true`: what is to here, to around, or left at regions.
    #[serde(skip_serializing_if = "Option::is_none")]
    places: Option<bool>,
    /// What the caller and this bot write to each other.
    #[serde(skip_serializing_if = "Option::is_none")]
    bot: Option<String>,
}

/// What the friends and groups are called whom the caller may know.
pub(in super::super) struct Names<'c> {
    caller: &'c Caller,
    friends: HashMap<FriendId, Name>,
    bots: HashMap<BotId, Name>,
}

impl<'c> Names<'c> {
    pub(in super::super) fn of(caller: &'c Caller) -> Self {
        let service = &caller.site.service;
        let bots = service.bots(&caller.viewer).into_iter().map(|known| (known.bot.id, known.bot.name));
        Self { caller, friends: service.friend_names(&caller.viewer), bots: bots.collect() }
    }

    /// Whom they may not know any more has an identifier alone.
    fn friend(&self, id: FriendId) -> String {
        self.friends.get(&id).map_or_else(|| id.to_string(), ToString::to_string)
    }

    pub(super) fn bot(&self, id: BotId) -> String {
        self.bots.get(&id).map_or_else(|| id.to_string(), ToString::to_string)
    }

    fn group(&self, id: GroupId) -> String {
        let name = self.caller.site.service.group_name(&self.caller.viewer, id);
        name.map_or_else(|| id.to_string(), |name| name.to_string())
    }

    pub(in super::super) fn view(&self, message: ChatMessage) -> ChatView {
        let text = |at: Option<Timestamp>| at.map(|at| at.to_string());
        let deliveries = message.deliveries.iter().map(|one| DeliveryView {
            friend: self.friend(one.friend),
            delivered_at: text(one.delivered_at),
            read_at: text(one.read_at),
        });
        ChatView {
            id: message.id.to_string(),
            client_id: message.client_id.map(|id| id.to_string()),
            from: match &message.by_bot {
                Some(bot) => bot.name.to_string(),
                None => self.friend(message.from),
            },
            bot: message.by_bot.is_some().then_some(true),
            to: self.to(&message.to),
            sent_at: message.sent_at.to_string(),
            at: message.at.to_string(),
            ends_at: text(message.ends_at),
            delivered_at: text(message.delivered_at),
            read_at: text(message.read_at),
            deliveries: message.is_own().then(|| deliveries.collect()),
            text: message.text.into(),
        }
    }

    fn to(&self, to: &Audience) -> ToView {
        let nobody = ToView::default();
        match to {
            Audience::Person(friend) => ToView { friend: Some(self.friend(*friend)), ..nobody },
            Audience::Group(group) => ToView { group: Some(self.group(*group)), ..nobody },
            Audience::Here => ToView { here: Some(true), ..nobody },
            Audience::Around => ToView { around: Some(true), ..nobody },
            Audience::Left { region, to } => ToView {
                region: Some(region.to_string()),
                friend: to.map(|friend| self.friend(friend)),
                ..nobody
            },
            Audience::Bot(bot) => ToView { bot: Some(self.bot(*bot)), ..nobody },
        }
    }

    pub(super) fn thread(&self, report: ThreadReport) -> ThreadView {
        let nothing = WhichView::default();
        let thread = match report.thread {
            Thread::Person(friend) => WhichView { friend: Some(self.friend(friend)), ..nothing },
            Thread::Group(group) => WhichView { group: Some(self.group(group)), ..nothing },
            Thread::Places => WhichView { places: Some(true), ..nothing },
            Thread::Bot(bot) => WhichView { bot: Some(self.bot(bot)), ..nothing },
        };
        ThreadView { thread, newest: self.view(report.newest), unread: report.unread }
    }
}

//! What friends write to each other. (The log of what phones say is `messages`.)

use super::{ApiError, Page};
use domain::{
    BotId, FriendId,
    chat::{Audience, ChatMessage, Thread},
};
use leptos::server;
use serde::{Deserialize, Serialize};
use server_fn::codec::GetUrl;

/// The threads of whoever asks, or what they looked for.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct ChatList {
    /// Their threads, the one with the newest message first.
    pub threads: Vec<ThreadKnown>,
    /// What has in it what they look for, newest first; `None`: they look for nothing.
    pub found: Option<Page<ChatMessage>>,
    /// Of whom they want no messages, by name.
    pub blocked: Vec<FriendId>,
}

/// A thread, and how it stands.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ThreadKnown {
    /// Which.
    pub thread: Thread,
    /// Its newest message.
    pub newest: ChatMessage,
    /// How many of it are unread.
    pub unread: u32,
}

/// One thread, or a part of it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ThreadPage {
    /// Which.
    pub thread: Thread,
    /// Some of its messages, newest first, and where earlier ones start.
    pub messages: Page<ChatMessage>,
    /// Where these start; `None`: at the newest.
    pub before: Option<String>,
    /// Whether whoever asks wants no messages of the friend whose thread it is.
    pub blocked: bool,
    /// Who would get a message that is written here; of what goes by place nobody yet.
    pub reach: Reach,
    /// What to call a message that is written here.
    pub client_id: String,
}

/// Who would get a message.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reach {
    /// They would; of one that is left for whoever comes next, one of them.
    pub friends: Vec<FriendId>,
    /// The bot that would, where it is to one.
    pub bot: Option<BotId>,
    /// Why nobody can be written to: which field, and the end of a sentence.
    pub hitch: Option<(String, String)>,
}

impl Reach {
    /// Those friends, and the bot that it is to.
    pub const fn of(to: &Audience, friends: Vec<FriendId>) -> Self {
        let bot = if let Audience::Bot(bot) = to { Some(*bot) } else { None };
        Self { friends, bot, hitch: None }
    }

    /// Nobody, and why.
    pub const fn hitch(field: String, why: String) -> Self {
        Self { friends: Vec::new(), bot: None, hitch: Some((field, why)) }
    }

    /// Nobody would get it.
    pub const fn is_nobody(&self) -> bool {
        self.friends.is_empty() && self.bot.is_none()
    }
}

/// What a message is written with that is not an answer in a thread.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct NewChat {
    /// Who would get it; `None` as long as it is not said to whom it is.
    pub reach: Option<Reach>,
    /// What to call it.
    pub client_id: String,
}

/// The threads of whoever asks.
///
/// # Errors
/// [`ApiError::Invalid`] for `find`; [`ApiError::Unauthorised`] when nobody is signed in.
#[server(name = AskThreads, prefix = "/api", endpoint = "chat_threads", input = GetUrl)]
pub async fn chat_threads(
    /// What to look for; empty for nothing.
    #[server(default)]
    find: String,
    /// Where this part of what is found starts.
    before: Option<String>,
) -> Result<ChatList, ApiError> {
    use crate::ssr;
    use service::{ChatQuery, Error};
    let cx = ssr::cx()?;
    let (viewer, service) = (&cx.signed_in()?.viewer, cx.service());
    let blocked = service.blocks(viewer).map_err(ssr::refused)?;
    let blocked = blocked.into_iter().map(|friend| friend.id).collect();
    if find.trim().is_empty() {
        let threads = service.threads(viewer).await.map_err(ssr::refused)?.into_iter();
        let known = |report: service::ThreadReport| ThreadKnown {
            thread: report.thread,
            newest: report.newest,
            unread: report.unread,
        };
        return Ok(ChatList { threads: threads.map(known).collect(), found: None, blocked });
    }
    let query = ChatQuery { thread: None, search: Some(find), limit: 30, cursor: before };
    let told = |error| {
        if let Error::Invalid { field: "search", why } = error {
            Error::Invalid { field: "find", why }
        } else {
            error
        }
    };
    let page = service.chat(viewer, &query).await.map_err(|error| ssr::refused(told(error)))?;
    Ok(ChatList { threads: Vec::new(), found: Some(Page { items: page.items, next: page.next }), blocked })
}

/// One thread, or a part of it.
///
/// # Errors
/// [`ApiError::NotFound`] for one with whom they may not know; [`ApiError::Unauthorised`] when nobody is signed in.
#[server(name = AskThread, prefix = "/api", endpoint = "chat_thread", input = GetUrl)]
pub async fn chat_thread(
    /// `friend-…`, `group-…` or `bot-…` with an id, or `places`.
    thread: String,
    /// Where this part starts; the newest without.
    before: Option<String>,
) -> Result<ThreadPage, ApiError> {
    use crate::{draft, ssr};
    use service::{ChatQuery, Error};
    let cx = ssr::cx()?;
    let (viewer, service) = (&cx.signed_in()?.viewer, cx.service());
    let unknown = || ssr::answered(ApiError::NotFound { what: "thread".to_owned() });
    let which = draft::chat::thread(&thread).ok_or_else(unknown)?;
    let query = ChatQuery { thread: Some(which), search: None, limit: 50, cursor: before.clone() };
    let page = service.chat(viewer, &query).await.map_err(ssr::refused)?;
    let to = match which {
        Thread::Person(friend) => Some(Audience::Person(friend)),
        Thread::Group(group) => Some(Audience::Group(group)),
        Thread::Bot(bot) => Some(Audience::Bot(bot)),
        Thread::Places => None,
    };
    let reach = match to.map(|to| (service.audience(viewer, &to), to)) {
        None => Reach::default(),
        Some((Ok(friends), to)) => Reach::of(&to, friends.into_iter().map(|friend| friend.id).collect()),
        Some((Err(Error::Invalid { why, .. }), _)) => Reach::hitch("to".to_owned(), why),
        Some((Err(error), _)) => return Err(ssr::refused(error)),
    };
    let blocked = match which {
        Thread::Person(friend) => {
            service.blocks(viewer).map_err(ssr::refused)?.iter().any(|blocked| blocked.id == friend)
        }
        Thread::Bot(bot) => service.bots(viewer).iter().any(|known| known.bot.id == bot && known.blocked),
        Thread::Group(_) | Thread::Places => false,
    };
    let messages = Page { items: page.items, next: page.next };
    let client_id = ssr::fresh_client_id();
    Ok(ThreadPage { thread: which, messages, before, blocked, reach, client_id })
}

/// Who would get a message now. Says beside which field it is why nobody can be written to.
///
/// # Errors
/// [`ApiError::NotFound`] for whom they may not know; [`ApiError::Unauthorised`] when nobody is signed in.
#[server(name = AskReach, prefix = "/api", endpoint = "chat_reach", input = GetUrl)]
pub async fn chat_reach(
    /// `friend-…`, `group-…` or `bot-…` with an id, `here`, `around` or `region`; empty as long as that is not chosen.
    #[server(default)]
    to: String,
    /// The id of the region.
    #[server(default)]
    region: String,
    /// The id of the friend for whom it is left there; empty for whoever comes next.
    #[server(default)]
    whom: String,
) -> Result<NewChat, ApiError> {
    use crate::{draft::chat, ssr};
    let cx = ssr::cx()?;
    let (viewer, service) = (&cx.signed_in()?.viewer, cx.service());
    let client_id = ssr::fresh_client_id();
    if to.is_empty() || (to == "region" && region.is_empty()) {
        return Ok(NewChat { reach: None, client_id });
    }
    let typed = chat::TypedAudience { to: &to, region: &region, whom: &whom };
    let found = chat::audience(typed).and_then(|to| {
        let found = service.audience(viewer, &to).map_err(|error| ssr::chat_told(error, typed))?;
        Ok(Reach::of(&to, found.into_iter().map(|friend| friend.id).collect()))
    });
    let reach = match found {
        Ok(reach) => reach,
        Err(ApiError::Invalid { field, why, .. }) => Reach::hitch(field, why),
        Err(error) => return Err(ssr::answered(error)),
    };
    Ok(NewChat { reach: Some(reach), client_id })
}

/// What came for whoever asks that no device of theirs has. Who takes it confirms it.
///
/// # Errors
/// [`ApiError::Unauthorised`] when nobody is signed in.
#[server(name = AskNewChats, prefix = "/api", endpoint = "chat_new", input = GetUrl)]
pub async fn chat_new() -> Result<Vec<ChatMessage>, ApiError> {
    use crate::ssr;
    let cx = ssr::cx()?;
    let at_once = std::time::Duration::ZERO;
    let page = cx.service().wait_chat(&cx.signed_in()?.viewer, None, at_once).await;
    Ok(page.map_err(ssr::refused)?.items)
}

/// Sends a message. The same again by the same name is the same message.
///
/// # Errors
/// [`ApiError::Invalid`] or [`ApiError::Conflict`] names the field; [`ApiError::Unavailable`] when that is too often.
#[server(prefix = "/api", endpoint = "send_chat")]
pub async fn send_chat(
    /// What its sender calls it.
    client_id: String,
    /// `friend-…`, `group-…` or `bot-…` with an id, `here`, `around` or `region`.
    #[server(default)]
    to: String,
    /// The id of the region.
    #[server(default)]
    region: String,
    /// The id of the friend for whom it is left there; empty for whoever comes next.
    #[server(default)]
    whom: String,
    /// For how long, where it is to here or around; seconds.
    #[server(default)]
    lives_s: String,
    /// What it says.
    #[server(default)]
    text: String,
) -> Result<(), ApiError> {
    use crate::{draft::chat, ssr};
    use service::ChatDraft;
    let cx = ssr::cx()?;
    let viewer = &cx.signed_in()?.viewer;
    let kept = [("client_id", &*client_id), ("lives_s", &*lives_s), ("text", &*text)];
    let typed = chat::TypedAudience { to: &to, region: &region, whom: &whom };
    let read = || {
        let to = chat::audience(typed)?;
        let lives_s =
            chat::lives_s(&to, &lives_s).map_err(|wrong| ApiError::invalid(wrong.field, wrong.why))?;
        Ok((to, lives_s, chat::client_id(&client_id)?))
    };
    let (to, lives_s, client_id) = read().map_err(|error: ApiError| ssr::answered(error).keeping(kept))?;
    let draft = ChatDraft { client_id, to, text: text.clone(), lives_s };
    let sent = cx.service().send(viewer, draft).await;
    sent.map_err(|error| ssr::chat_told(error, typed).keeping(kept))?;
    ssr::go_plainly(&chat::thread_path(chat::own_thread(&to)));
    Ok(())
}

/// Confirms that this browser has messages, or that whoever looks has read them. What is not theirs is left out.
///
/// # Errors
/// [`ApiError::Invalid`] names the field.
#[server(prefix = "/api", endpoint = "confirm_chat")]
pub async fn confirm_chat(
    /// Which: their ids with commas between.
    ids: String,
    /// `delivered` or `read`.
    what: String,
    /// Their thread, to come back to it.
    #[server(default)]
    thread: String,
) -> Result<(), ApiError> {
    use crate::{draft::chat, ssr};
    let cx = ssr::cx()?;
    let viewer = &cx.signed_in()?.viewer;
    let what = chat::confirm(&what).map_err(ssr::answered)?;
    let ids = chat::messages(&ids).map_err(ssr::answered)?;
    cx.service().confirm(viewer, ids, what).await.map_err(ssr::refused)?;
    ssr::go_plainly(&chat::thread(&thread).map_or_else(|| "/messages".to_owned(), chat::thread_path));
    Ok(())
}

/// Deletes a message: of whoever sent it for everybody, of who got it for themself.
///
/// # Errors
/// [`ApiError::NotFound`] for one that is not theirs.
#[server(prefix = "/api", endpoint = "delete_chat")]
pub async fn delete_chat(
    /// Which.
    id: String,
    /// Its thread, to come back to it.
    #[server(default)]
    thread: String,
) -> Result<(), ApiError> {
    use crate::{
        draft::{self, chat},
        ssr,
    };
    let cx = ssr::cx()?;
    let id = draft::id(&id, "message").map_err(ssr::answered)?;
    cx.service().remove_chat(&cx.signed_in()?.viewer, id).await.map_err(ssr::refused)?;
    ssr::go_plainly(&chat::thread(&thread).map_or_else(|| "/messages".to_owned(), chat::thread_path));
    Ok(())
}

/// Wants no messages of a friend or a bot from now on, or wants them again. They cannot tell.
///
/// # Errors
/// [`ApiError::NotFound`] for whom they may not know.
#[server(prefix = "/api", endpoint = "block_friend")]
pub async fn block_friend(
    /// Whom, by id; empty for a bot.
    #[server(default)]
    friend: String,
    /// Which bot, by id.
    #[server(default)]
    bot: String,
    /// Anything to block them; empty to have their messages again.
    #[server(default)]
    blocked: String,
) -> Result<(), ApiError> {
    use crate::{
        draft::{self, chat},
        ssr,
    };
    let cx = ssr::cx()?;
    let viewer = &cx.signed_in()?.viewer;
    let (service, is_wanted) = (cx.service(), blocked.is_empty());
    let thread = if friend.is_empty() {
        let bot = draft::id(&bot, "bot").map_err(ssr::answered)?;
        let done = if is_wanted {
            service.unblock_bot(viewer, bot).await
        } else {
            service.block_bot(viewer, bot).await
        };
        done.map(|()| Thread::Bot(bot))
    } else {
        let other: FriendId = draft::id(&friend, "friend").map_err(ssr::answered)?;
        let done =
            if is_wanted { service.unblock(viewer, other).await } else { service.block(viewer, other).await };
        done.map(|()| Thread::Person(other))
    };
    ssr::go_plainly(&chat::thread_path(thread.map_err(ssr::refused)?));
    Ok(())
}

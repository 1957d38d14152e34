//! What bots post: to those who are inside one of their regions, to one of these, and to who wrote to them.
//!
//! Who is inside is judged as if they came this moment: who the bot would not hear of gets nothing of it, and is as unknown to it as who is not there.

use crate::{
    Error, Service,
    board::{Board, OnBoard},
    chat::takes_part,
    command::{BotCommand, Command},
    sight::Sight,
};
use domain::{
    Bot, BotId, FriendId, Region, RegionId, Timestamp, Viewer,
    chat::{ChatText, ClientId},
    fold,
};
use sha2::{Digest, Sha256};

/// To whom a bot posts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PostTo {
    /// To those who are inside a region of its own now, by name or identifier.
    Region(String),
    /// To a friend who is inside one of its regions, or wrote to it, by name or identifier.
    Friend(String),
}

/// What a bot wants to post.
#[derive(Clone, Debug)]
pub struct PostDraft {
    /// What it calls the post: the same again is the same post.
    pub client_id: ClientId,
    /// To whom.
    pub to: PostTo,
    /// What it says.
    pub text: String,
}

/// A post that is stored.
#[derive(Clone, Debug)]
pub struct PostReport {
    /// What it says.
    pub text: ChatText,
    /// To how many friends it went.
    pub count: u32,
    /// When.
    pub sent_at: Timestamp,
    /// Whether it is new; else it was posted before.
    pub is_new: bool,
}

/// A post on its way to the pipeline.
#[derive(Clone, Debug)]
pub(crate) struct Post {
    pub(crate) bot: BotId,
    pub(crate) client_id: ClientId,
    pub(crate) to: PostTo,
    pub(crate) text: ChatText,
}

/// Who would get a post.
pub(crate) struct Reach {
    pub(crate) friends: Vec<FriendId>,
    /// The one friend is in no region of the bot: they must have written to it.
    pub(crate) only_as_answer: bool,
}

impl Service {
    /// Posts something as a bot. Returns once it is committed.
    ///
    /// # Errors
    /// [`Error::Forbidden`] unless it is a bot that posts; [`Error::Invalid`] for `text`, and `to` where nobody is inside the region; [`Error::NotFound`]
    /// for whom and what it may not know; [`Error::Conflict`] for `client_id` where another post is called so; [`Error::Busy`] when it posts too often;
    /// [`Error::Unauthorised`] when it is no more.
    pub async fn post(&self, by: &Viewer, draft: PostDraft) -> Result<PostReport, Error> {
        let Viewer::Bot { bot, .. } = by else { return Err(Error::Forbidden) };
        let PostDraft { client_id, to, text } = draft;
        let text = ChatText::new(&text).map_err(|why| Error::invalid("text", why.to_string()))?;
        self.shared.guard.admit_post(*bot)?;
        let post = Box::new(Post { bot: *bot, client_id, to, text: text.clone() });
        let send = |reply| Command::Bot(BotCommand::Post { post, reply });
        let (stored, is_new) = self.command(send).await?;
        Ok(PostReport { text, count: stored.reached, sent_at: stored.sent_at, is_new })
    }
}

impl Post {
    /// What stands for to whom it is and what it says.
    pub(crate) fn said(&self) -> [u8; 32] {
        let (kind, called) = match &self.to {
            PostTo::Region(called) => ("region", called),
            PostTo::Friend(called) => ("friend", called),
        };
        let whole = format!("{kind}\0{}\0{}", fold(called), self.text.as_str());
        Sha256::digest(whole.as_bytes()).into()
    }

    /// Who would get it now.
    pub(crate) fn reach(&self, board: &Board, now: Timestamp) -> Result<Reach, Error> {
        let bot = board.bots.iter().find(|known| known.id == self.bot).ok_or(Error::Unauthorised)?;
        let viewer = bot.viewer();
        let sight = Sight::new(board, &viewer);
        match &self.to {
            PostTo::Region(called) => {
                let region = region_called(board, &sight, bot, called)?.id;
                let owners = board.friends.values();
                let inside = owners.filter(|owner| is_inside(&sight, owner, region, now));
                let friends: Vec<FriendId> = inside.map(|owner| owner.friend.id).collect();
                if friends.is_empty() {
                    return Err(Error::invalid("to", "reaches nobody at the moment"));
                }
                Ok(Reach { friends, only_as_answer: false })
            }
            PostTo::Friend(called) => {
                let id = called.trim().parse::<FriendId>().ok();
                let known = board.friend_named(called).or_else(|| board.friends.get(&id?));
                let known = known.filter(|owner| viewer.may_see(&owner.friend) && takes_part(&owner.friend));
                let owner = known.ok_or(Error::NotFound("friend"))?;
                let is_there = bot.regions.iter().any(|region| is_inside(&sight, owner, *region, now));
                Ok(Reach { friends: vec![owner.friend.id], only_as_answer: !is_there })
            }
        }
    }
}

/// A region of a bot that is called so. Others, and such that are not for the whole group any more, are not there.
fn region_called<'b>(
    board: &'b Board,
    sight: &Sight<'_>,
    bot: &Bot,
    called: &str,
) -> Result<&'b Region, Error> {
    let (key, id) = (fold(called), called.trim().parse::<RegionId>().ok());
    let regions = bot.regions.iter().filter_map(|region| board.region(*region));
    let mut found =
        regions.filter(|region| sight.region(region) && (region.name.key() == key || id == Some(region.id)));
    let region = found.next().ok_or(Error::NotFound("region"))?;
    if found.next().is_some() {
        return Err(Error::invalid("to", "must say which region by its identifier: several are called so"));
    }
    Ok(region)
}

/// Whether a friend is in a region, and a bot would hear of it if they came this moment.
fn is_inside(sight: &Sight<'_>, owner: &OnBoard, region: RegionId, now: Timestamp) -> bool {
    takes_part(&owner.friend)
        && owner.stays.iter().any(|stay| stay.region == region)
        && sight.knows(region)
        && sight.coming(region, owner.friend.id, now, now)
}

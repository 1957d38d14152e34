//! Carrying out what changes about bots, and what they post.

use super::{Pipeline, commands::taken};
use crate::{Error, bot::Post, command::BotCommand, hub::News, id};
use domain::{Bot, BotId, ChatId, FriendId};
use store::{BotPost, NewPost, SecretHash};

impl Pipeline {
    /// Carries out one command. Answers whether somebody still waited for that.
    pub(super) async fn obey_about_bots(&mut self, command: BotCommand) -> bool {
        match command {
            BotCommand::Add { bot, hash, reply } => {
                let done = self.add_bot(&bot, &hash).await;
                reply.send(self.everything(done).await).is_ok()
            }
            BotCommand::Remove { bot, reply } => {
                let done = self.writer.remove_bot(bot).await.map_err(Error::from);
                // What it and friends wrote to each other went with it.
                self.sweep.soil();
                let done = self.everything(done).await;
                self.shared.hub.publish(News::Sessions);
                reply.send(done).is_ok()
            }
            BotCommand::Post { post, reply } => reply.send(self.post(*post).await).is_ok(),
            BotCommand::Block { friend, bot, reply } => reply.send(self.block_bot(friend, bot).await).is_ok(),
            BotCommand::Unblock { friend, bot, reply } => {
                let done = self.writer.remove_bot_block(friend, bot).await.map_err(Error::from);
                if done.is_ok() {
                    self.shared.board_mut().chats.unblock_bot(friend, bot);
                }
                reply.send(done).is_ok()
            }
        }
    }

    /// Stores a post once, for those who are to get it at this moment.
    async fn post(&mut self, post: Post) -> Result<(BotPost, bool), Error> {
        let (bot, client_id, said) = (post.bot, post.client_id, post.said());
        if let Some(known) = self.shared.reader.bot_post(bot, client_id).await? {
            if known.said != said {
                return Err(Error::Conflict { field: "client_id", why: "is that of another post".into() });
            }
            return Ok((known, false));
        }
        let sent_at = self.shared.now();
        let reach = post.reach(&self.shared.board(), sent_at)?;
        if reach.only_as_answer {
            let since = sent_at.plus_millis(-Bot::ANSWER_MS);
            for friend in &reach.friends {
                if !self.shared.reader.wrote_to(*friend, bot, since).await? {
                    return Err(Error::NotFound("friend"));
                }
            }
        }
        let (withheld, reaches): (Vec<FriendId>, Vec<FriendId>) = {
            let board = self.shared.board();
            reach.friends.into_iter().partition(|friend| board.chats.is_bot_blocked(*friend, bot))
        };
        let reaches: Vec<_> =
            reaches.into_iter().map(|friend| (friend, ChatId::new(id::new(sent_at)))).collect();
        let ids: Vec<ChatId> = reaches.iter().map(|(_, id)| *id).collect();
        let withheld = withheld.len();
        let new = NewPost { bot, client_id, said, text: post.text, sent_at, reaches, withheld };
        let stored = self.writer.add_post(&new).await?;
        let rows = self.shared.reader.chats(&ids).await?;
        let told = rows.into_iter().map(|row| {
            let to = vec![row.from];
            (row, to)
        });
        self.tell_chats(told.collect());
        Ok((stored, true))
    }

    async fn block_bot(&mut self, friend: FriendId, bot: BotId) -> Result<(), Error> {
        self.writer.put_bot_block(friend, bot, self.shared.now()).await?;
        self.shared.board_mut().chats.block_bot(friend, bot);
        Ok(())
    }

    /// Only here, where one task writes, it stays true that there are not more than so many, and that nobody else of the group is called so.
    async fn add_bot(&mut self, bot: &Bot, hash: &SecretHash) -> Result<(), Error> {
        {
            let board = self.shared.board();
            if board.bots.iter().filter(|known| known.group == bot.group).count() >= Bot::MOST {
                let why = format!("cannot be used: there are {} bots already", Bot::MOST);
                return Err(Error::invalid("name", why));
            }
            let same =
                board.friend_named(bot.name.as_str()).is_some_and(|known| known.friend.is_of(bot.group));
            if same {
                return Err(Error::Conflict { field: "name", why: "is taken by a friend".into() });
            }
        }
        self.writer.add_bot(bot, hash).await.map_err(taken("name"))
    }
}

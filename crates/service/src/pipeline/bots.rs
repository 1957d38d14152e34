//! Carrying out what changes about bots.

use super::{Pipeline, commands::taken};
use crate::{Error, command::BotCommand, hub::News};
use domain::Bot;
use store::SecretHash;

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
                let done = self.everything(done).await;
                self.shared.hub.publish(News::Sessions);
                reply.send(done).is_ok()
            }
        }
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

//! What bots post, and who wants nothing of which bot. One post is a message of its own to each friend who gets it: it goes with them.

use super::write::deliver;
use crate::{Error, Reader, Writer, rows};
use domain::{
    BotId, ChatId, FriendId, Timestamp,
    chat::{ChatText, ClientId},
};
use uuid::Uuid;

/// For how long it is remembered what bots called their posts, milliseconds: 7 days.
const POSTS_MS: i64 = 7 * 24 * 3_600_000;

/// A post that is to be stored.
#[derive(Clone, Debug)]
pub struct NewPost {
    /// Which bot posts.
    pub bot: BotId,
    /// What it calls the post.
    pub client_id: ClientId,
    /// What stands for to whom it is and what it says: another post has another one.
    pub said: [u8; 32],
    /// What it says.
    pub text: ChatText,
    /// When.
    pub sent_at: Timestamp,
    /// Who gets it, each with the identifier of their message.
    pub reaches: Vec<(FriendId, ChatId)>,
    /// How many more would, and want nothing of the bot.
    pub withheld: usize,
}

/// A post that is stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BotPost {
    /// As in [`NewPost::said`].
    pub said: Vec<u8>,
    /// How many friends got it, or would have.
    pub reached: u32,
    /// When it was posted.
    pub sent_at: Timestamp,
}

/// What a friend wrote to a bot.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BotLetter {
    /// Which message.
    pub id: ChatId,
    /// Who wrote it.
    pub from: FriendId,
    /// What they wrote.
    pub text: ChatText,
    /// When.
    pub sent_at: Timestamp,
}

impl Writer {
    /// Stores a post, with a message to each friend who gets it.
    ///
    /// # Errors
    /// When the database fails; nothing is stored then.
    pub async fn add_post(&mut self, new: &NewPost) -> Result<BotPost, Error> {
        let (bot, client_id, said) = (new.bot.uuid(), new.client_id, new.said.as_slice());
        let reached = u32::try_from(new.reaches.len() + new.withheld).unwrap_or(u32::MAX);
        let (text, words) = (new.text.as_str(), domain::fold(new.text.as_str()));
        let (at, long_ago) = (new.sent_at.as_millis(), new.sent_at.plus_millis(-POSTS_MS).as_millis());
        let mut transaction = self.begin().await?;
        sqlx::query!("DELETE FROM bot_posts WHERE at < ?1", long_ago).execute(&mut *transaction).await?;
        sqlx::query!(
            "INSERT INTO bot_posts (bot_id, client_id, said, reached, at) VALUES (?1, ?2, ?3, ?4, ?5)",
            bot,
            client_id,
            said,
            reached,
            at
        )
        .execute(&mut *transaction)
        .await?;
        for (friend, id) in &new.reaches {
            let (friend, id) = (friend.uuid(), id.uuid());
            sqlx::query!(
                "INSERT INTO chats (id, friend_id, client_id, audience, to_id, text, words, sent_at, bot_id, by_bot)
                 VALUES (?1, ?2, ?1, 'person', ?2, ?3, ?4, ?5, ?6, 1)",
                id,
                friend,
                text,
                words,
                at,
                bot
            )
            .execute(&mut *transaction)
            .await?;
            deliver(&mut transaction, id, friend, at, None).await?;
        }
        transaction.commit().await?;
        Ok(BotPost { said: new.said.to_vec(), reached, sent_at: new.sent_at })
    }

    /// From now on a friend gets nothing of a bot.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn put_bot_block(&mut self, friend: FriendId, bot: BotId, at: Timestamp) -> Result<(), Error> {
        let (friend, bot, at) = (friend.uuid(), bot.uuid(), at.as_millis());
        sqlx::query!(
            "INSERT INTO bot_blocks (friend_id, bot_id, at) VALUES (?1, ?2, ?3) ON CONFLICT DO NOTHING",
            friend,
            bot,
            at
        )
        .execute(&mut self.connection)
        .await?;
        Ok(())
    }

    /// From now on they do again.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn remove_bot_block(&mut self, friend: FriendId, bot: BotId) -> Result<(), Error> {
        let (friend, bot) = (friend.uuid(), bot.uuid());
        sqlx::query!("DELETE FROM bot_blocks WHERE friend_id = ?1 AND bot_id = ?2", friend, bot)
            .execute(&mut self.connection)
            .await?;
        Ok(())
    }
}

impl Reader {
    /// The post that a bot calls so, if that is not long ago.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn bot_post(&self, bot: BotId, client_id: ClientId) -> Result<Option<BotPost>, Error> {
        let bot = bot.uuid();
        let found = sqlx::query!(
            "SELECT said, reached, at FROM bot_posts WHERE bot_id = ?1 AND client_id = ?2",
            bot,
            client_id
        );
        Ok(found.fetch_optional(&self.pool).await?.map(|row| BotPost {
            said: row.said,
            reached: u32::try_from(row.reached).unwrap_or(u32::MAX),
            sent_at: Timestamp::from_millis(row.at),
        }))
    }

    /// Whether a friend wrote to a bot at a time or after it, and has not deleted it.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn wrote_to(&self, friend: FriendId, bot: BotId, since: Timestamp) -> Result<bool, Error> {
        let (friend, bot, since) = (friend.uuid(), bot.uuid(), since.as_millis());
        Ok(sqlx::query_scalar!(
            r#"SELECT EXISTS (SELECT 1 FROM chats WHERE bot_id = ?1 AND friend_id = ?2 AND sent_at >= ?3 AND by_bot = 0) AS "is: bool""#,
            bot,
            friend,
            since
        )
        .fetch_one(&self.pool)
        .await?)
    }

    /// What friends wrote to a bot at a time or after it, and have not deleted, newest first: at most so many, and only what comes after that one, going
    /// back in time.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn bot_letters(
        &self,
        bot: BotId,
        since: Timestamp,
        after: Option<(Timestamp, ChatId)>,
        limit: u32,
    ) -> Result<Vec<BotLetter>, Error> {
        let (bot, since) = (bot.uuid(), since.as_millis());
        let (at, id) = after.map_or((i64::MAX, Uuid::max()), |(at, id)| (at.as_millis(), id.uuid()));
        let found = sqlx::query!(
            r#"SELECT id AS "id: Uuid", friend_id AS "friend_id: Uuid", text, sent_at
               FROM chats WHERE bot_id = ?1 AND by_bot = 0 AND sent_at >= ?2 AND (sent_at, id) < (?3, ?4)
               ORDER BY sent_at DESC, id DESC LIMIT ?5"#,
            bot,
            since,
            at,
            id,
            limit
        );
        let found = found.fetch_all(&self.pool).await?.into_iter();
        let letters = found.map(|row| {
            Ok(BotLetter {
                id: ChatId::new(row.id),
                from: FriendId::new(row.friend_id),
                text: rows::chat_text(&row.text)?,
                sent_at: Timestamp::from_millis(row.sent_at),
            })
        });
        letters.collect()
    }

    /// Who wants nothing of which bot.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn bot_blocks(&self) -> Result<Vec<(FriendId, BotId)>, Error> {
        let found = sqlx::query!(
            r#"SELECT friend_id AS "friend_id: Uuid", bot_id AS "bot_id: Uuid" FROM bot_blocks"#
        );
        let found = found.fetch_all(&self.pool).await?.into_iter();
        Ok(found.map(|row| (FriendId::new(row.friend_id), BotId::new(row.bot_id))).collect())
    }
}

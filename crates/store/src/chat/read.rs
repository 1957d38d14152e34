//! Reading messages between friends. What comes out of here is for nobody's eyes: who may read what is decided in `service`.

use super::{ChatDeliveryRow, ChatRow, audience, simple};
use crate::{Error, Reader, rows};
use domain::{BotId, ChatId, FriendId, GroupId, Timestamp, chat::Thread};
use std::collections::HashMap;
use uuid::Uuid;

/// Which messages of one friend: those that they sent, and those that they got.
#[derive(Clone, Debug)]
pub struct ChatQuery {
    /// Whose.
    pub reader: FriendId,
    /// Whom they see; what has to do with anybody else is left out.
    pub seen: Vec<FriendId>,
    /// The groups that they are of; the same.
    pub groups: Vec<GroupId>,
    /// The bots that they know of; the same.
    pub bots: Vec<BotId>,
    /// Only of this thread.
    pub thread: Option<Thread>,
    /// Only those with this in them, folded (`domain::fold`).
    pub words: Option<String>,
    /// Only what comes after this one, going back in time.
    pub after: Option<(Timestamp, ChatId)>,
    /// What is over then is left out.
    pub now: Timestamp,
    /// How many at the most.
    pub limit: u32,
}

/// A message that somebody has not read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UnreadChat {
    /// Which.
    pub id: ChatId,
    /// Who has not read it.
    pub friend: FriendId,
    /// Who sent it; of what a bot wrote, the friend who got it.
    pub from: FriendId,
    /// Where it belongs to them.
    pub thread: Thread,
    /// When it is gone.
    pub ends_at: Option<Timestamp>,
}

impl Reader {
    /// Messages, newest first: which, and when they became the reader's.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn chat_ids(&self, query: &ChatQuery) -> Result<Vec<(ChatId, Timestamp)>, Error> {
        let (reader, now) = (query.reader.uuid(), query.now.as_millis());
        let seen = simple(query.seen.iter().map(|id| id.uuid()));
        let groups = simple(query.groups.iter().map(|id| id.uuid()));
        let bots = simple(query.bots.iter().map(|id| id.uuid()));
        let (other, group, places, bot) = match query.thread {
            None => (None, None, false, None),
            Some(Thread::Person(other)) => (Some(other.uuid()), None, false, None),
            Some(Thread::Group(group)) => (None, Some(group.uuid()), false, None),
            Some(Thread::Places) => (None, None, true, None),
            Some(Thread::Bot(bot)) => (None, None, false, Some(bot.uuid())),
        };
        let (at, id) = query.after.map_or((i64::MAX, Uuid::max()), |(at, id)| (at.as_millis(), id.uuid()));
        let found = sqlx::query!(
            r#"WITH seen AS (SELECT unhex(value) AS id FROM json_each(?2)),
                    own AS (SELECT unhex(value) AS id FROM json_each(?3)),
                    known AS (SELECT unhex(value) AS id FROM json_each(?12)),
                    mine AS (SELECT id, sent_at AS at FROM chats WHERE friend_id = ?1 AND by_bot = 0
                             UNION ALL SELECT chat_id, at FROM chat_deliveries WHERE friend_id = ?1 AND place IS NOT NULL)
               SELECT m.id AS "id!: Uuid", m.at AS "at!: i64" FROM mine m JOIN chats c ON c.id = m.id
               WHERE (m.at, m.id) < (?4, ?5) AND (c.ends_at IS NULL OR c.ends_at > ?6)
                 AND (c.friend_id = ?1 OR c.friend_id IN seen) AND (c.to_id IS NULL OR c.to_id = ?1 OR c.to_id IN seen)
                 AND (c.group_id IS NULL OR c.group_id IN own) AND (c.bot_id IS NULL OR c.bot_id IN known)
                 AND (?7 IS NULL OR (c.audience = 'person' AND c.bot_id IS NULL AND (c.to_id = ?7 OR c.friend_id = ?7)))
                 AND (?13 IS NULL OR c.bot_id = ?13)
                 AND (?8 IS NULL OR c.group_id = ?8)
                 AND (NOT ?9 OR c.audience IN ('here', 'around', 'left'))
                 AND (?10 IS NULL OR instr(c.words, ?10) > 0)
               ORDER BY m.at DESC, m.id DESC LIMIT ?11"#,
            reader,
            seen,
            groups,
            at,
            id,
            now,
            other,
            group,
            places,
            query.words,
            query.limit,
            bots,
            bot
        )
        .fetch_all(&self.pool)
        .await?;
        Ok(found.into_iter().map(|row| (ChatId::new(row.id), Timestamp::from_millis(row.at))).collect())
    }

    /// The newest message of each thread, newest first.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn newest_chats(
        &self,
        reader: FriendId,
        seen: &[FriendId],
        groups: &[GroupId],
        bots: &[BotId],
        now: Timestamp,
    ) -> Result<Vec<ChatId>, Error> {
        let (reader, now) = (reader.uuid(), now.as_millis());
        let seen = simple(seen.iter().map(|id| id.uuid()));
        let groups = simple(groups.iter().map(|id| id.uuid()));
        let bots = simple(bots.iter().map(|id| id.uuid()));
        let found = sqlx::query_scalar!(
            r#"WITH seen AS (SELECT unhex(value) AS id FROM json_each(?2)),
                    own AS (SELECT unhex(value) AS id FROM json_each(?3)),
                    known AS (SELECT unhex(value) AS id FROM json_each(?5)),
                    mine AS (SELECT id, sent_at AS at FROM chats WHERE friend_id = ?1 AND by_bot = 0
                             UNION ALL SELECT chat_id, at FROM chat_deliveries WHERE friend_id = ?1 AND place IS NOT NULL),
                    ranked AS (
                        SELECT m.id, m.at, row_number() OVER (
                            PARTITION BY CASE c.audience WHEN 'person' THEN ifnull(c.bot_id, iif(c.friend_id = ?1, c.to_id, c.friend_id))
                                                         WHEN 'group' THEN c.group_id ELSE x'00' END
                            ORDER BY m.at DESC, m.id DESC) AS nth
                        FROM mine m JOIN chats c ON c.id = m.id
                        WHERE (c.ends_at IS NULL OR c.ends_at > ?4)
                          AND (c.friend_id = ?1 OR c.friend_id IN seen) AND (c.to_id IS NULL OR c.to_id = ?1 OR c.to_id IN seen)
                          AND (c.group_id IS NULL OR c.group_id IN own) AND (c.bot_id IS NULL OR c.bot_id IN known))
               SELECT id AS "id!: Uuid" FROM ranked WHERE nth = 1 ORDER BY at DESC, id DESC"#,
            reader,
            seen,
            groups,
            now,
            bots
        )
        .fetch_all(&self.pool)
        .await?;
        Ok(found.into_iter().map(ChatId::new).collect())
    }

    /// These messages as they are stored, in this order, without those that are not there.
    ///
    /// # Errors
    /// When the database fails or a row is inconsistent.
    pub async fn chats(&self, ids: &[ChatId]) -> Result<Vec<ChatRow>, Error> {
        let wanted = simple(ids.iter().map(|id| id.uuid()));
        let found = sqlx::query!(
            r#"SELECT id AS "id: Uuid", friend_id AS "friend_id: Uuid", client_id AS "client_id: Uuid", audience, to_id AS "to_id: Uuid",
                      group_id AS "group_id: Uuid", region_id AS "region_id: Uuid", text, sent_at, ends_at,
                      bot_id AS "bot_id: Uuid", by_bot AS "by_bot: bool"
               FROM chats WHERE id IN (SELECT unhex(value) FROM json_each(?1))"#,
            wanted
        )
        .fetch_all(&self.pool)
        .await?;
        let mut by_id = HashMap::new();
        for row in found {
            let chat = ChatRow {
                id: ChatId::new(row.id),
                client_id: row.client_id,
                from: FriendId::new(row.friend_id),
                by_bot: row.bot_id.filter(|_| row.by_bot).map(BotId::new),
                to: audience(
                    &row.audience,
                    row.to_id,
                    row.group_id,
                    row.region_id,
                    row.bot_id.filter(|_| !row.by_bot),
                )?,
                text: rows::chat_text(&row.text)?,
                sent_at: Timestamp::from_millis(row.sent_at),
                ends_at: row.ends_at.map(Timestamp::from_millis),
                deliveries: Vec::new(),
            };
            by_id.insert(chat.id, chat);
        }
        let found = sqlx::query!(
            r#"SELECT chat_id AS "chat_id: Uuid", friend_id AS "friend_id: Uuid", place, at, came_at, delivered_at, read_at
               FROM chat_deliveries WHERE chat_id IN (SELECT unhex(value) FROM json_each(?1)) ORDER BY chat_id, friend_id"#,
            wanted
        )
        .fetch_all(&self.pool)
        .await?;
        for row in found {
            let Some(chat) = by_id.get_mut(&ChatId::new(row.chat_id)) else { continue };
            chat.deliveries.push(ChatDeliveryRow {
                friend: FriendId::new(row.friend_id),
                place: row.place,
                at: Timestamp::from_millis(row.at),
                came_at: row.came_at.map(Timestamp::from_millis),
                delivered_at: row.delivered_at.map(Timestamp::from_millis),
                read_at: row.read_at.map(Timestamp::from_millis),
            });
        }
        Ok(ids.iter().filter_map(|id| by_id.remove(id)).collect())
    }

    /// The message that its sender calls so.
    ///
    /// # Errors
    /// When the database fails or a row is inconsistent.
    pub async fn chat_called(&self, from: FriendId, client_id: Uuid) -> Result<Option<ChatRow>, Error> {
        let from = from.uuid();
        let id = sqlx::query_scalar!(
            r#"SELECT id AS "id: Uuid" FROM chats WHERE friend_id = ?1 AND client_id = ?2"#,
            from,
            client_id
        )
        .fetch_optional(&self.pool)
        .await?;
        let ids: Vec<_> = id.into_iter().map(ChatId::new).collect();
        Ok(self.chats(&ids).await?.pop())
    }

    /// Whether a sender called a message so that is gone.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn is_spent(&self, from: FriendId, client_id: Uuid) -> Result<bool, Error> {
        let from = from.uuid();
        Ok(sqlx::query_scalar!(
            r#"SELECT EXISTS (SELECT 1 FROM chat_spent WHERE friend_id = ?1 AND client_id = ?2) AS "is: bool""#,
            from,
            client_id
        )
        .fetch_one(&self.pool)
        .await?)
    }

    /// The last place that a friend was given; 0 before the first.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn chat_place(&self, friend: FriendId) -> Result<i64, Error> {
        let friend = friend.uuid();
        let place = sqlx::query_scalar!("SELECT place FROM chat_places WHERE friend_id = ?1", friend);
        Ok(place.fetch_optional(&self.pool).await?.unwrap_or_default())
    }

    /// What a friend got after a place, in order; without one, all that none of their devices has.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn chats_after(
        &self,
        friend: FriendId,
        place: Option<i64>,
        limit: u32,
    ) -> Result<Vec<(i64, ChatId)>, Error> {
        let (friend, any, place) = (friend.uuid(), place.is_some(), place.unwrap_or_default());
        let found = sqlx::query!(
            r#"SELECT place AS "place!: i64", chat_id AS "chat_id: Uuid" FROM chat_deliveries
               WHERE friend_id = ?1 AND place > ?2 AND (?3 OR delivered_at IS NULL) ORDER BY place LIMIT ?4"#,
            friend,
            place,
            any,
            limit
        )
        .fetch_all(&self.pool)
        .await?;
        Ok(found.into_iter().map(|row| (row.place, ChatId::new(row.chat_id))).collect())
    }

    /// What up to a place is not known to be on any device of a friend, the newest first.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn undelivered_chats(
        &self,
        friend: FriendId,
        place: i64,
        limit: u32,
    ) -> Result<Vec<ChatId>, Error> {
        let friend = friend.uuid();
        let found = sqlx::query_scalar!(
            r#"SELECT chat_id AS "id: Uuid" FROM chat_deliveries
               WHERE friend_id = ?1 AND place <= ?2 AND delivered_at IS NULL ORDER BY place DESC LIMIT ?3"#,
            friend,
            place,
            limit
        )
        .fetch_all(&self.pool)
        .await?;
        Ok(found.into_iter().map(ChatId::new).collect())
    }

    /// What of anybody is unread.
    ///
    /// # Errors
    /// When the database fails or a row is inconsistent.
    pub async fn unread_chats(&self) -> Result<Vec<UnreadChat>, Error> {
        let found = sqlx::query!(
            r#"SELECT d.chat_id AS "id: Uuid", d.friend_id AS "friend_id: Uuid", c.friend_id AS "from_id: Uuid", c.audience,
                      c.to_id AS "to_id: Uuid", c.group_id AS "group_id: Uuid", c.region_id AS "region_id: Uuid", c.ends_at, c.bot_id AS "bot_id: Uuid"
               FROM chat_deliveries d JOIN chats c ON c.id = d.chat_id WHERE d.read_at IS NULL AND d.place IS NOT NULL"#
        )
        .fetch_all(&self.pool)
        .await?;
        let unread = found.into_iter().map(|row| {
            let (friend, from) = (FriendId::new(row.friend_id), FriendId::new(row.from_id));
            // What has to do with a bot, and is there to be read, the bot wrote.
            let to = audience(&row.audience, row.to_id, row.group_id, row.region_id, row.bot_id)?;
            Ok(UnreadChat {
                id: ChatId::new(row.id),
                friend,
                from,
                thread: to.thread(from, friend),
                ends_at: row.ends_at.map(Timestamp::from_millis),
            })
        });
        unread.collect()
    }

    /// What waits at regions for somebody.
    ///
    /// # Errors
    /// When the database fails or a row is inconsistent.
    pub async fn waiting_chats(&self) -> Result<Vec<ChatRow>, Error> {
        let ids = sqlx::query_scalar!(
            r#"SELECT id AS "id: Uuid" FROM chats WHERE audience = 'left' AND taken_at IS NULL ORDER BY sent_at, id"#
        )
        .fetch_all(&self.pool)
        .await?;
        self.chats(&ids.into_iter().map(ChatId::new).collect::<Vec<_>>()).await
    }

    /// When the next message is over.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn next_chat_end(&self) -> Result<Option<Timestamp>, Error> {
        let next =
            sqlx::query_scalar!(r#"SELECT min(ends_at) AS "at: i64" FROM chats WHERE ends_at IS NOT NULL"#);
        Ok(next.fetch_one(&self.pool).await?.map(Timestamp::from_millis))
    }

    /// Who wants nothing of whom.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn chat_blocks(&self) -> Result<Vec<(FriendId, FriendId)>, Error> {
        let found = sqlx::query!(
            r#"SELECT friend_id AS "friend_id: Uuid", other_id AS "other_id: Uuid" FROM chat_blocks"#
        );
        let found = found.fetch_all(&self.pool).await?.into_iter();
        Ok(found.map(|row| (FriendId::new(row.friend_id), FriendId::new(row.other_id))).collect())
    }
}

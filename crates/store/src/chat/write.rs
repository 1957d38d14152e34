//! Writing messages between friends.

use super::{ChatGone, Columns, NewChat, simple};
use crate::{Batch, Error, Forget, Turn, Writer};
use domain::{ChatId, FriendId, Timestamp, TransitionId, chat::Confirm};
use sqlx::SqliteConnection;
use std::collections::{BTreeMap, HashSet};
use uuid::Uuid;

/// How many messages are deleted in one transaction.
const ROWS: i64 = 500;
/// For how long it is remembered what senders called messages that are gone, milliseconds: 60 days.
const SPENT_MS: i64 = 60 * 24 * 3_600_000;

impl Writer {
    /// Stores a message, with whom it goes to.
    ///
    /// # Errors
    /// When the database fails; nothing is stored then.
    pub async fn add_chat(&mut self, new: &NewChat) -> Result<(), Error> {
        let (id, from, client_id) = (new.id.uuid(), new.from.uuid(), new.client_id);
        let Columns { word, to, group, region, bot } = Columns::of(&new.to, new.from);
        let (text, words) = (new.text.as_str(), domain::fold(new.text.as_str()));
        let (sent_at, ends_at) = (new.sent_at.as_millis(), new.ends_at.map(Timestamp::as_millis));
        let mut transaction = self.begin().await?;
        sqlx::query!(
            "INSERT INTO chats (id, friend_id, client_id, audience, to_id, group_id, region_id, text, words, sent_at, ends_at, bot_id)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)",
            id,
            from,
            client_id,
            word,
            to,
            group,
            region,
            text,
            words,
            sent_at,
            ends_at,
            bot
        )
        .execute(&mut *transaction)
        .await?;
        for friend in &new.reaches {
            deliver(&mut transaction, id, friend.uuid(), sent_at, None).await?;
        }
        for friend in &new.withheld {
            let friend = friend.uuid();
            sqlx::query!(
                "INSERT INTO chat_deliveries (chat_id, friend_id, at) VALUES (?1, ?2, ?3)",
                id,
                friend,
                sent_at
            )
            .execute(&mut *transaction)
            .await?;
        }
        transaction.commit().await
    }

    /// Takes down what a friend says of messages that are theirs. Answers with those of which that is new.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn confirm_chats(
        &mut self,
        friend: FriendId,
        ids: &[ChatId],
        what: Confirm,
        at: Timestamp,
    ) -> Result<Vec<ChatId>, Error> {
        let (friend, ids, at) = (friend.uuid(), simple(ids.iter().map(|id| id.uuid())), at.as_millis());
        let read = what == Confirm::Read;
        let changed = sqlx::query_scalar!(
            r#"UPDATE chat_deliveries
               SET delivered_at = ifnull(delivered_at, ?3), read_at = iif(?4, ifnull(read_at, ?3), read_at)
               WHERE friend_id = ?1 AND chat_id IN (SELECT unhex(value) FROM json_each(?2)) AND place IS NOT NULL
                 AND (delivered_at IS NULL OR (?4 AND read_at IS NULL))
               RETURNING chat_id AS "id: Uuid""#,
            friend,
            ids,
            at,
            read
        )
        .fetch_all(&mut self.connection)
        .await?;
        Ok(changed.into_iter().map(ChatId::new).collect())
    }

    /// Deletes a message for everybody.
    ///
    /// # Errors
    /// When the database fails; nothing is deleted then.
    pub async fn remove_chat(&mut self, chat: ChatId, now: Timestamp) -> Result<Vec<ChatGone>, Error> {
        let mut transaction = self.begin().await?;
        let gone = drop_chats(&mut transaction, &[chat.uuid()], now).await?;
        transaction.commit().await?;
        Ok(gone)
    }

    /// Deletes a message for one of those who got it. Whether it was theirs.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn hide_chat(&mut self, chat: ChatId, friend: FriendId) -> Result<bool, Error> {
        let (chat, friend) = (chat.uuid(), friend.uuid());
        let hidden = sqlx::query!(
            "UPDATE chat_deliveries SET place = NULL WHERE chat_id = ?1 AND friend_id = ?2 AND place IS NOT NULL",
            chat,
            friend
        );
        Ok(hidden.execute(&mut self.connection).await?.rows_affected() > 0)
    }

    /// Deletes messages that are over, some at a time.
    ///
    /// # Errors
    /// When the database fails; nothing is deleted then.
    pub async fn end_chats(&mut self, now: Timestamp) -> Result<Vec<ChatGone>, Error> {
        let at = now.as_millis();
        let over = sqlx::query_scalar!(
            r#"SELECT id AS "id: Uuid" FROM chats WHERE ends_at <= ?1 ORDER BY ends_at LIMIT ?2"#,
            at,
            ROWS
        )
        .fetch_all(&mut self.connection)
        .await?;
        let mut transaction = self.begin().await?;
        let gone = drop_chats(&mut transaction, &over, now).await?;
        transaction.commit().await?;
        Ok(gone)
    }

    /// Deletes messages from before a time, some at a time. With whether there may be more.
    ///
    /// # Errors
    /// When the database fails; nothing is deleted then.
    pub async fn sweep_chats(
        &mut self,
        before: Timestamp,
        now: Timestamp,
    ) -> Result<(Vec<ChatGone>, bool), Error> {
        let before = before.as_millis();
        let old = sqlx::query_scalar!(
            r#"SELECT id AS "id: Uuid" FROM chats WHERE sent_at < ?1 ORDER BY sent_at LIMIT ?2"#,
            before,
            ROWS
        )
        .fetch_all(&mut self.connection)
        .await?;
        if old.is_empty() {
            return Ok((Vec::new(), false));
        }
        let mut transaction = self.begin().await?;
        let gone = drop_chats(&mut transaction, &old, now).await?;
        transaction.commit().await?;
        Ok((gone, i64::try_from(old.len()).is_ok_and(|count| count >= ROWS)))
    }

    /// From now on a friend gets nothing of another one.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn put_block(&mut self, friend: FriendId, other: FriendId, at: Timestamp) -> Result<(), Error> {
        let (friend, other, at) = (friend.uuid(), other.uuid(), at.as_millis());
        sqlx::query!(
            "INSERT INTO chat_blocks (friend_id, other_id, at) VALUES (?1, ?2, ?3) ON CONFLICT DO NOTHING",
            friend,
            other,
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
    pub async fn remove_block(&mut self, friend: FriendId, other: FriendId) -> Result<(), Error> {
        let (friend, other) = (friend.uuid(), other.uuid());
        sqlx::query!("DELETE FROM chat_blocks WHERE friend_id = ?1 AND other_id = ?2", friend, other)
            .execute(&mut self.connection)
            .await?;
        Ok(())
    }
}

/// Gives those who came what was left for them. What stays of the batch is what was given: one by an entry that the history had already is not,
/// nor one that somebody else has by now.
pub(crate) async fn arrive(connection: &mut SqliteConnection, batch: &mut Batch) -> Result<(), Error> {
    if batch.arrivals.is_empty() {
        return Ok(());
    }
    let learnt = batch.turns.iter().filter_map(|turn| match turn {
        Turn::Learn(new) => Some(new.transition.id),
        Turn::Review(..) | Turn::Amend(_) | Turn::Supersede(_) => None,
    });
    let learnt: HashSet<TransitionId> = learnt.collect();
    let (mut given, mut taken) = (Vec::new(), HashSet::new());
    for arrival in batch.arrivals.iter().filter(|arrival| learnt.contains(&arrival.by)) {
        // Of many who come at once the first has it.
        if taken.contains(&arrival.chat) {
            continue;
        }
        let (chat, at) = (arrival.chat.uuid(), arrival.at.as_millis());
        let take = sqlx::query!(
            "UPDATE chats SET taken_at = ?2 WHERE id = ?1 AND audience = 'left' AND taken_at IS NULL AND ends_at > ?2",
            chat,
            at
        );
        if take.execute(&mut *connection).await?.rows_affected() > 0 {
            let came_at = Some(arrival.came_at.as_millis());
            deliver(connection, chat, arrival.friend.uuid(), at, came_at).await?;
            taken.insert(arrival.chat);
            given.push(*arrival);
        }
    }
    batch.arrivals = given;
    Ok(())
}

/// Deletes what a friend sent, for everybody, and what they got, for themself: all of it, or what is of a time. What they called it is spent, and to who sent
/// what they got it stands as before; but for when they came to where it was left, which is of their history.
pub(crate) async fn forget(
    connection: &mut SqliteConnection,
    forget: &Forget,
) -> Result<Vec<ChatGone>, Error> {
    let (friend, from, to) = (forget.friend.uuid(), forget.span.from.as_millis(), forget.span.to.as_millis());
    let own = sqlx::query_scalar!(
        r#"SELECT id AS "id: Uuid" FROM chats WHERE friend_id = ?1 AND (?4 OR (sent_at >= ?2 AND sent_at < ?3))"#,
        friend,
        from,
        to,
        forget.everything
    )
    .fetch_all(&mut *connection)
    .await?;
    let mut gone = drop_chats(&mut *connection, &own, forget.at).await?;
    let hidden = sqlx::query_scalar!(
        r#"UPDATE chat_deliveries SET place = NULL, came_at = NULL
           WHERE friend_id = ?1 AND (place IS NOT NULL OR came_at IS NOT NULL) AND (?4 OR (at >= ?2 AND at < ?3))
           RETURNING chat_id AS "id: Uuid""#,
        friend,
        from,
        to,
        forget.everything
    )
    .fetch_all(connection)
    .await?;
    gone.extend(hidden.into_iter().map(|id| ChatGone { id: ChatId::new(id), friends: vec![forget.friend] }));
    Ok(gone)
}

/// Deletes the messages of a group that is no more.
pub(crate) async fn drop_group(connection: &mut SqliteConnection, group: Uuid) -> Result<(), Error> {
    sqlx::query!("DELETE FROM chats WHERE group_id = ?1", group).execute(connection).await?;
    Ok(())
}

/// Makes a message somebody's, at a place that no other has.
pub(super) async fn deliver(
    connection: &mut SqliteConnection,
    chat: Uuid,
    friend: Uuid,
    at: i64,
    came_at: Option<i64>,
) -> Result<(), Error> {
    let place = sqlx::query_scalar!(
        r#"INSERT INTO chat_places (friend_id, place) VALUES (?1, 1)
           ON CONFLICT DO UPDATE SET place = place + 1 RETURNING place AS "place!: i64""#,
        friend
    )
    .fetch_one(&mut *connection)
    .await?;
    sqlx::query!(
        "INSERT INTO chat_deliveries (chat_id, friend_id, place, at, came_at) VALUES (?1, ?2, ?3, ?4, ?5)",
        chat,
        friend,
        place,
        at,
        came_at
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// Deletes messages, and remembers what their senders called them; of those that have long been gone no more.
async fn drop_chats(
    connection: &mut SqliteConnection,
    chats: &[Uuid],
    now: Timestamp,
) -> Result<Vec<ChatGone>, Error> {
    let (ids, spent) = (simple(chats.iter().copied()), now.plus_millis(-SPENT_MS).as_millis());
    let now = now.as_millis();
    let found = sqlx::query!(
        r#"SELECT id AS "id!: Uuid", friend_id AS "friend_id!: Uuid", 0 AS "nth!: i64" FROM chats
           WHERE id IN (SELECT unhex(value) FROM json_each(?1))
           UNION ALL SELECT chat_id, friend_id, 1 FROM chat_deliveries
           WHERE chat_id IN (SELECT unhex(value) FROM json_each(?1)) AND place IS NOT NULL ORDER BY 3"#,
        ids
    )
    .fetch_all(&mut *connection)
    .await?;
    let mut gone: BTreeMap<Uuid, Vec<FriendId>> = BTreeMap::new();
    for row in found {
        gone.entry(row.id).or_default().push(FriendId::new(row.friend_id));
    }
    sqlx::query!(
        "INSERT INTO chat_spent (friend_id, client_id, at) SELECT friend_id, client_id, ?2 FROM chats
         WHERE by_bot = 0 AND id IN (SELECT unhex(value) FROM json_each(?1)) ON CONFLICT DO NOTHING",
        ids,
        now
    )
    .execute(&mut *connection)
    .await?;
    sqlx::query!("DELETE FROM chat_spent WHERE at < ?1", spent).execute(&mut *connection).await?;
    sqlx::query!("DELETE FROM chats WHERE id IN (SELECT unhex(value) FROM json_each(?1))", ids)
        .execute(connection)
        .await?;
    Ok(gone.into_iter().map(|(id, friends)| ChatGone { id: ChatId::new(id), friends }).collect())
}

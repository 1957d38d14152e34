//! How much is stored of one friend.

use crate::{Error, Logged, Reader, rows};
use domain::{DeviceId, FriendId, RegionId, Stored, Timestamp};
use uuid::Uuid;

impl Reader {
    /// What is stored of a friend whose devices have these topics, without their history in regions of which whoever asks may not know. Goes
    /// through the whole raw log.
    ///
    /// # Errors
    /// When the database fails or a row is inconsistent.
    pub async fn stored(
        &self,
        friend: FriendId,
        topics: &[String],
        hidden: &[RegionId],
    ) -> Result<Vec<Stored>, Error> {
        let (friend, topics) = (friend.uuid(), rows::to_json(&topics));
        let hidden: Vec<_> = hidden.iter().map(|region| region.uuid().simple().to_string()).collect();
        let hidden = rows::to_json(&hidden);
        // Of rows without long columns about how much one takes is known; the others are measured.
        let found = sqlx::query!(
            r#"WITH own AS (SELECT id FROM devices WHERE friend_id = ?1),
                    hidden AS (SELECT unhex(value) AS id FROM json_each(?3))
               SELECT 'messages' AS "what!: String", count(*) AS "count!: i64", min(received_at) AS "oldest: i64",
                      max(received_at) AS "newest: i64",
                      ifnull(sum(length(payload) + length(topic) + length(verdict) + 40), 0) AS "bytes!: i64"
               FROM messages WHERE device_id IN own
               UNION ALL SELECT 'positions', count(*), min(at), max(at), count(*) * 110 FROM fixes WHERE device_id IN own
               UNION ALL SELECT 'claims', count(*), min(at), max(at), count(*) * 130 FROM claims WHERE device_id IN own
               UNION ALL SELECT 'history', count(*), min(at), max(at), ifnull(sum(size), 0) FROM
                   (SELECT at, length(evidence) + 200 AS size FROM transitions
                    WHERE friend_id = ?1 AND region_id NOT IN hidden
                    UNION ALL SELECT at, length(evidence) + 200 FROM superseded WHERE friend_id = ?1 AND region_id NOT IN hidden)
               UNION ALL SELECT 'judgements', count(*), min(at), max(at), ifnull(sum(size), 0) FROM
                   (SELECT at, length(evidence) + 120 AS size FROM crossings WHERE device_id IN own
                    UNION ALL SELECT iif(at > 0, at, NULL), length(judged) + 30 FROM checkpoints WHERE device_id IN own
                    UNION ALL SELECT NULL, length(judged) + 300 FROM device_states WHERE device_id IN own)
               UNION ALL SELECT 'places', count(*), min(seen_at), max(seen_at), count(*) * 120 FROM waypoints WHERE device_id IN own
               UNION ALL SELECT 'retained', count(*), NULL, NULL, ifnull(sum(length(payload) + length(topic)), 0) FROM retained
                   WHERE EXISTS (SELECT 1 FROM json_each(?2) t
                                 WHERE topic = t.value OR (topic > t.value || '/' AND topic < t.value || '0'))
               UNION ALL SELECT 'card', count(*), min(changed_at), max(changed_at), ifnull(sum(ifnull(length(face), 0) + 60), 0)
                   FROM cards WHERE friend_id = ?1
               UNION ALL SELECT 'orders', count(*), min(made_at), max(made_at), ifnull(sum(length(what) + 80), 0)
                   FROM orders WHERE device_id IN own
               UNION ALL SELECT 'outgoing', count(*), min(t.at), max(t.at), count(*) * 50
                   FROM outlet_events e JOIN transitions t ON t.id = e.transition_id WHERE t.friend_id = ?1
               UNION ALL SELECT 'told', count(*), min(at), max(at), ifnull(sum(length(notice) + 120), 0)
                   FROM alerts WHERE friend_id = ?1 AND region_id NOT IN hidden
               UNION ALL SELECT 'alerting', count(*), NULL, NULL, ifnull(sum(size), 0) FROM
                   (SELECT length(regions) + 120 AS size FROM alert_rules WHERE owner_id = ?1
                    UNION ALL SELECT length(sealed) + 60 FROM alert_targets WHERE owner_id = ?1
                    UNION ALL SELECT length(hours) + 20 FROM alert_quiet WHERE owner_id = ?1
                    UNION ALL SELECT length(notice) + 120 FROM alerts WHERE owner_id = ?1)
               UNION ALL SELECT 'chat', count(*), min(at), max(at), ifnull(sum(size), 0) FROM
                   (SELECT sent_at AS at, length(text) + length(words) + 150 AS size FROM chats WHERE friend_id = ?1 AND by_bot = 0
                    UNION ALL SELECT d.at, 80 + iif(c.by_bot, length(c.text) + length(c.words) + 150, 0)
                    FROM chat_deliveries d JOIN chats c ON c.id = d.chat_id WHERE d.friend_id = ?1 AND d.place IS NOT NULL)"#,
            friend,
            topics,
            hidden
        )
        .fetch_all(&self.pool)
        .await?;
        found
            .into_iter()
            .map(|row| {
                Ok(Stored {
                    what: rows::word("stored", &row.what)?,
                    count: row.count.unsigned_abs(),
                    oldest: row.oldest.map(Timestamp::from_millis),
                    newest: row.newest.map(Timestamp::from_millis),
                    bytes: row.bytes.unsigned_abs(),
                })
            })
            .collect()
    }

    /// A friend's raw messages after a line of the log, oldest first.
    ///
    /// # Errors
    /// When the database fails or a row is inconsistent.
    pub async fn messages_of(&self, friend: FriendId, after: i64, limit: u32) -> Result<Vec<Logged>, Error> {
        let friend = friend.uuid();
        sqlx::query!(
            r#"SELECT id AS "id!", received_at, door, device_id AS "device_id: Uuid", topic, retained AS "retained: bool", payload,
                      verdict
               FROM messages WHERE id > ?2 AND device_id IN (SELECT id FROM devices WHERE friend_id = ?1) ORDER BY id LIMIT ?3"#,
            friend,
            after,
            limit
        )
        .fetch_all(&self.pool)
        .await?
        .into_iter()
        .map(|row| {
            Ok(Logged {
                id: row.id,
                received_at: Timestamp::from_millis(row.received_at),
                door: rows::word("messages", &row.door)?,
                device: row.device_id.map(DeviceId::new),
                topic: row.topic,
                retained: row.retained,
                payload: row.payload,
                verdict: row.verdict,
            })
        })
        .collect()
    }
}

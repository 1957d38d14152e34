//! Deleting what is older than it is kept, a bounded number of rows in each transaction, so that nobody who reports waits long.
//!
//! Where it stands is in the tables themselves and in `horizons`, written with what is deleted: whoever is killed goes on. What still holds
//! stays however old it is: what is known of a device now, and that somebody came where they still are.

use crate::{
    Error, Writer,
    classes::{Class, DEVICES, FRIENDS},
    rows,
};
use domain::{DeviceId, FriendId, RetentionClass, Timestamp, geofence};
use sqlx::{AssertSqlSafe, Connection, SqliteConnection};
use uuid::Uuid;

/// How many rows go in one transaction.
const ROWS: i64 = 1000;
/// How many bytes of messages do.
const BYTES: i64 = 2 << 20;
/// How many lines of the log one step looks at for those of some friends.
const LINES: i64 = 5000;
/// For how long it stays in the audit log that somebody said for how long things are kept, milliseconds: 400 days. Else that would hide itself.
const SET_MS: i64 = 400 * 24 * 3_600_000;
/// How many pages are given back at once.
const PAGES: &str = "PRAGMA incremental_vacuum(500)";

/// What one step came to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Swept {
    /// How many rows were deleted, by class.
    pub rows: Vec<(RetentionClass, u64)>,
    /// Whether there is more of the same.
    pub more: bool,
}

/// Whose evidence and history is to go, and what is known of them now.
#[derive(Clone, Debug)]
pub struct SweepFriend {
    /// Whose.
    pub friend: FriendId,
    /// Evidence from before this; `None`: none.
    pub fixes: Option<Timestamp>,
    /// History from before this; `None`: none.
    pub transitions: Option<Timestamp>,
    /// What is known of their devices: where nothing else is left, what comes late is judged from that on.
    pub devices: Vec<(DeviceId, geofence::DeviceState)>,
}

/// Which messages are to go.
#[derive(Clone, Copy, Debug)]
pub struct SweepLog {
    /// Those that came before this,
    pub before: Timestamp,
    /// and of these, up to and with this one: every archive has them.
    pub up_to: i64,
}

impl Swept {
    fn add(&mut self, class: RetentionClass, rows: u64) {
        if rows > 0 {
            self.rows.push((class, rows));
        }
    }

    /// How many rows were deleted.
    pub fn total(&self) -> u64 {
        self.rows.iter().map(|(_, rows)| rows).sum()
    }
}

impl Writer {
    /// Deletes the oldest messages of all.
    ///
    /// # Errors
    /// When the database fails; nothing is deleted then.
    pub async fn sweep_log(&mut self, SweepLog { before, up_to }: SweepLog) -> Result<Swept, Error> {
        let mut swept = Swept::default();
        let found = sqlx::query!(
            r#"SELECT id AS "id!: i64", received_at, length(payload) AS "size!: i64" FROM messages
               WHERE id <= ?1 ORDER BY id LIMIT ?2"#,
            up_to,
            ROWS
        )
        .fetch_all(&mut self.connection)
        .await?;
        let lines = found.iter().map(|row| (row.id, row.received_at, Some(row.size)));
        let Gathered { last: Some((last, at)), .. } = gather(lines, before) else { return Ok(swept) };
        let mut transaction = self.connection.begin_with("BEGIN IMMEDIATE").await?;
        let done =
            sqlx::query!("DELETE FROM messages WHERE id <= ?1", last).execute(&mut *transaction).await?;
        sqlx::query!(
            "UPDATE retention SET line = max(line, ?1), line_at = max(ifnull(line_at, ?2), ?2)",
            last,
            at
        )
        .execute(&mut *transaction)
        .await?;
        // A rebuild begins later than that, and needs no more what was known when something was deleted: it says where somebody was.
        sqlx::query!(
            "UPDATE journal SET body = '[]' WHERE what = 'erased' AND body <> '[]' AND after_message <= ?1",
            last
        )
        .execute(&mut *transaction)
        .await?;
        transaction.commit().await?;
        swept.add(RetentionClass::Raw, done.rows_affected());
        swept.more = true;
        Ok(swept)
    }

    /// Deletes the oldest messages of some friends, who all keep them for the same time. Goes on where it came to the last time.
    ///
    /// # Errors
    /// When the database fails; nothing is deleted then.
    pub async fn sweep_log_of(
        &mut self,
        friends: &[FriendId],
        SweepLog { before, up_to }: SweepLog,
    ) -> Result<Swept, Error> {
        let mut swept = Swept::default();
        let ids: Vec<_> = friends.iter().map(|friend| friend.uuid().simple().to_string()).collect();
        let ids = rows::to_json(&ids);
        let from = sqlx::query_scalar!(
            r#"SELECT max(r.line, min(ifnull(h.line, 0))) AS "line!: i64"
               FROM retention r, json_each(?1) f LEFT JOIN horizons h ON h.friend_id = unhex(f.value)"#,
            ids
        )
        .fetch_one(&mut self.connection)
        .await?;
        let found = sqlx::query!(
            r#"SELECT id AS "id!: i64", received_at, length(payload) AS "size!: i64",
                      device_id IN (SELECT d.id FROM devices d WHERE d.friend_id IN (SELECT unhex(value) FROM json_each(?1)))
                          AS "theirs: bool"
               FROM messages WHERE id > ?2 AND id <= ?3 ORDER BY id LIMIT ?4"#,
            ids,
            from,
            up_to,
            LINES
        )
        .fetch_all(&mut self.connection)
        .await?;
        let lines = found.iter().map(|row| {
            let is_theirs = row.theirs == Some(true);
            (row.id, row.received_at, is_theirs.then_some(row.size))
        });
        let Gathered { gone, last: Some((line, at)) } = gather(lines, before) else { return Ok(swept) };
        let gone = rows::to_json(&gone);
        let mut transaction = self.connection.begin_with("BEGIN IMMEDIATE").await?;
        let done = sqlx::query!("DELETE FROM messages WHERE id IN (SELECT value FROM json_each(?1))", gone)
            .execute(&mut *transaction)
            .await?;
        sqlx::query!(
            "INSERT INTO horizons (friend_id, line, line_at) SELECT id, ?2, ?3 FROM friends
             WHERE id IN (SELECT unhex(value) FROM json_each(?1))
             ON CONFLICT (friend_id) DO UPDATE SET line = max(line, excluded.line), line_at = max(ifnull(line_at, 0), excluded.line_at)",
            ids,
            line,
            at
        )
        .execute(&mut *transaction)
        .await?;
        sqlx::query!(
            "UPDATE journal SET body = '[]' WHERE what = 'erased' AND body <> '[]' AND after_message <= ?2
               AND friend_id IN (SELECT unhex(value) FROM json_each(?1))",
            ids,
            line
        )
        .execute(&mut *transaction)
        .await?;
        transaction.commit().await?;
        swept.add(RetentionClass::Raw, done.rows_affected());
        swept.more = true;
        Ok(swept)
    }

    /// Deletes the oldest evidence and history of a friend. Of what is older than the first checkpoint that is left nothing is judged any more.
    ///
    /// # Errors
    /// When the database fails; nothing is deleted then.
    pub async fn sweep_friend(&mut self, sweep: &SweepFriend) -> Result<Swept, Error> {
        let mut swept = Swept::default();
        let Some(judged) = sweep.fixes.max(sweep.transitions) else { return Ok(swept) };
        let mut transaction = self.connection.begin_with("BEGIN IMMEDIATE").await?;
        let mut room = ROWS;
        for (device, state) in &sweep.devices {
            let id = device.uuid();
            if is_due(&mut transaction, id, sweep, judged).await? {
                room -= rebase(&mut transaction, id, state, judged, room, &mut swept).await?;
            }
            for class in &DEVICES {
                room -= sweep.of(class, &mut transaction, id, room, &mut swept).await?;
            }
        }
        for class in &FRIENDS {
            room -= sweep.of(class, &mut transaction, sweep.friend.uuid(), room, &mut swept).await?;
        }
        if swept.total() == 0 {
            return Ok(swept);
        }
        let (friend, judged) = (sweep.friend.uuid(), judged.as_millis());
        sqlx::query!(
            "INSERT INTO horizons (friend_id, judged_at) SELECT id, ?2 FROM friends WHERE id = ?1
             ON CONFLICT (friend_id) DO UPDATE SET judged_at = max(ifnull(judged_at, ?2), ?2)",
            friend,
            judged
        )
        .execute(&mut *transaction)
        .await?;
        transaction.commit().await?;
        swept.more = room <= 0;
        Ok(swept)
    }

    /// Deletes the oldest of what sensors observed. What each observed last stays.
    ///
    /// # Errors
    /// When the database fails; nothing is deleted then.
    pub async fn sweep_observations(&mut self, before: Timestamp) -> Result<Swept, Error> {
        let before = before.as_millis();
        let mut transaction = self.connection.begin_with("BEGIN IMMEDIATE").await?;
        let done = sqlx::query!(
            "DELETE FROM observations WHERE (sensor_id, at) IN
                 (SELECT o.sensor_id, o.at FROM sensors s CROSS JOIN observations o ON o.sensor_id = s.id
                  WHERE o.at < min(?1, (SELECT max(at) FROM observations WHERE sensor_id = s.id)) AND o.received_at < ?1 LIMIT ?2)",
            before,
            ROWS
        )
        .execute(&mut *transaction)
        .await?;
        let mut swept = Swept::default();
        swept.add(RetentionClass::Observations, done.rows_affected());
        if swept.total() > 0 {
            sqlx::query!("UPDATE retention SET observed_at = max(ifnull(observed_at, ?1), ?1)", before)
                .execute(&mut *transaction)
                .await?;
            transaction.commit().await?;
        }
        swept.more = done.rows_affected() >= ROWS.unsigned_abs();
        Ok(swept)
    }

    /// Deletes the oldest of the audit log.
    ///
    /// # Errors
    /// When the database fails; nothing is deleted then.
    pub async fn sweep_audit(&mut self, before: Timestamp, now: Timestamp) -> Result<Swept, Error> {
        let (before, set_before) = (before.as_millis(), now.as_millis() - SET_MS);
        let done = sqlx::query!(
            "DELETE FROM audit WHERE id IN (SELECT id FROM audit WHERE last_at < ?1 AND (act <> 'retention-set' OR last_at < ?3)
                                            ORDER BY last_at LIMIT ?2)",
            before,
            ROWS,
            set_before
        )
        .execute(&mut self.connection)
        .await?;
        let mut swept = Swept::default();
        swept.add(RetentionClass::Audit, done.rows_affected());
        swept.more = done.rows_affected() >= ROWS.unsigned_abs();
        Ok(swept)
    }

    /// Gives some free pages back. Whether there are more; a database from before this keeps them, and fills them first.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn give_back(&mut self) -> Result<bool, Error> {
        let connection = &mut self.connection;
        let vacuums: i64 = sqlx::query_scalar("PRAGMA auto_vacuum").fetch_one(&mut *connection).await?;
        if vacuums == 0 {
            return Ok(false);
        }
        sqlx::query(PAGES).fetch_all(&mut *connection).await?;
        let free: i64 = sqlx::query_scalar("PRAGMA freelist_count").fetch_one(connection).await?;
        Ok(free > 0)
    }
}

/// Which lines of the log one step deletes.
struct Gathered {
    gone: Vec<i64>,
    /// The last line that was looked at, and when the newest of them came.
    last: Option<(i64, i64)>,
}

/// Goes through lines (which, when it came, and how large it is if it is to go), as far as they are old and one step goes.
fn gather(lines: impl Iterator<Item = (i64, i64, Option<i64>)>, before: Timestamp) -> Gathered {
    let (mut gathered, mut bytes) = (Gathered { gone: Vec::new(), last: None }, 0);
    let most = usize::try_from(ROWS).unwrap_or(usize::MAX);
    for (id, received_at, size) in lines.take_while(|(_, received_at, _)| *received_at < before.as_millis()) {
        let newest = gathered.last.map_or(received_at, |(_, newest)| newest.max(received_at));
        gathered.last = Some((id, newest));
        if let Some(size) = size {
            gathered.gone.push(id);
            bytes += size;
        }
        if gathered.gone.len() >= most || bytes > BYTES {
            break;
        }
    }
    gathered
}

impl SweepFriend {
    /// Before when a class goes.
    fn before(&self, class: RetentionClass) -> Option<Timestamp> {
        match class {
            RetentionClass::Fixes => self.fixes,
            RetentionClass::Transitions => self.transitions,
            RetentionClass::Raw
            | RetentionClass::Observations
            | RetentionClass::Audit
            | RetentionClass::Chat => None,
        }
    }

    /// Deletes the oldest rows of a class, at most so many.
    async fn of(
        &self,
        class: &Class,
        connection: &mut SqliteConnection,
        whose: Uuid,
        room: i64,
        swept: &mut Swept,
    ) -> Result<i64, Error> {
        let Some(ageing) = &class.ageing else { return Ok(0) };
        let Some(before) = self.before(ageing.class).filter(|_| room > 0) else { return Ok(0) };
        let sql = format!("DELETE FROM {} WHERE {}", class.table, ageing.oldest(class));
        let query = sqlx::query(AssertSqlSafe(sql)).bind(whose).bind(before.as_millis()).bind(room);
        let rows = query.execute(connection).await?.rows_affected();
        swept.add(ageing.class, rows);
        Ok(i64::try_from(rows).unwrap_or(i64::MAX))
    }
}

/// Whether anything of a device is older than is kept.
async fn is_due(
    connection: &mut SqliteConnection,
    device: Uuid,
    sweep: &SweepFriend,
    judged: Timestamp,
) -> Result<bool, Error> {
    let before = |time: Option<Timestamp>| time.unwrap_or(Timestamp::MIN).as_millis();
    let (fixes, transitions) = (before(sweep.fixes), before(sweep.transitions));
    let (judged, first) = (judged.as_millis(), Timestamp::MIN.as_millis());
    Ok(sqlx::query_scalar!(
        r#"SELECT EXISTS (SELECT 1 FROM checkpoints WHERE device_id = ?1 AND at > ?5 AND at < ?2)
               OR EXISTS (SELECT 1 FROM fixes WHERE device_id = ?1 AND at < ?3 AND received_at < ?3)
               OR EXISTS (SELECT 1 FROM claims WHERE device_id = ?1 AND at < ?3 AND received_at < ?3)
               OR EXISTS (SELECT 1 FROM crossings WHERE device_id = ?1 AND decided_at < ?4) AS "due!: bool""#,
        device,
        judged,
        fixes,
        transitions,
        first
    )
    .fetch_one(connection)
    .await?)
}

/// Deletes a device's oldest checkpoints, in the transaction of the first evidence that goes: what comes late and is older must not be judged
/// against a past that has a hole. Where none is left, what is known now begins a new past.
async fn rebase(
    connection: &mut SqliteConnection,
    device: Uuid,
    state: &geofence::DeviceState,
    before: Timestamp,
    room: i64,
    swept: &mut Swept,
) -> Result<i64, Error> {
    if room <= 0 {
        return Ok(0);
    }
    let before = before.as_millis();
    let done = sqlx::query!("DELETE FROM checkpoints WHERE device_id = ?1 AND at < ?2", device, before)
        .execute(&mut *connection)
        .await?;
    swept.add(RetentionClass::Fixes, done.rows_affected());
    if let Some(at) = state.judged_at() {
        let (at, judged) = (at.as_millis(), rows::to_json(state));
        sqlx::query!(
            "INSERT INTO checkpoints (device_id, at, judged) SELECT ?1, ?2, ?3
             WHERE NOT EXISTS (SELECT 1 FROM checkpoints WHERE device_id = ?1)",
            device,
            at,
            judged
        )
        .execute(connection)
        .await?;
    }
    Ok(i64::try_from(done.rows_affected()).unwrap_or(i64::MAX))
}

//! The audit log. An entry is staged at the writer, and stored in the transaction of what it tells of; if that fails, so does its entry.

use crate::{Error, Reader, Staged, Writer, identities, invitations, memberships, messages, rows};
use domain::{Act, Actor, AuditEntry, AuditId, FriendId, GroupId, Timestamp};
use sqlx::{Connection, SqliteConnection};
use uuid::Uuid;

/// An entry to write.
#[derive(Clone, Debug)]
pub struct NewAudit {
    /// Which.
    pub id: AuditId,
    /// When.
    pub at: Timestamp,
    /// Whose admins see it; `None`: those of the whole server.
    pub group: Option<GroupId>,
    /// Who.
    pub actor: Actor,
    /// Which friend that is, if it is one.
    pub actor_id: Option<FriendId>,
    /// Did what.
    pub act: Act,
    /// To what.
    pub subject_id: Option<Uuid>,
    /// What that is called.
    pub subject: String,
    /// Whom it concerns.
    pub friend: Option<FriendId>,
    /// More about it.
    pub note: String,
    /// What is counted: the same is the same entry.
    pub once: Option<String>,
    /// How often.
    pub times: u32,
}

/// Which part of the audit log.
#[derive(Clone, Debug, Default)]
pub struct AuditQuery {
    /// Only of these groups; `None`: of all, and of the whole server.
    pub groups: Option<Vec<GroupId>>,
    /// With `groups`: also what is of none.
    pub of_none: bool,
    /// Only what concerns this friend, and was done by somebody else.
    pub friend: Option<FriendId>,
    /// Only by who is called so.
    pub actor: Option<String>,
    /// Only this.
    pub act: Option<Act>,
    /// Only before this entry.
    pub before: Option<AuditId>,
    /// At most so many.
    pub limit: u32,
}

impl Writer {
    /// Has the next change write this in its transaction.
    pub fn stage(&mut self, staged: Staged) {
        self.staged = staged;
    }

    /// Has the next change forget in its transaction what the broker was to remember of a device, by its base topic.
    pub fn stage_unretained(&mut self, base: &str) {
        self.staged.unretained.push(base.to_owned());
    }

    /// Writes entries by themselves. What is counted and there already is counted on.
    ///
    /// # Errors
    /// When the database fails; none is written then.
    pub async fn put_audit(&mut self, entries: &[NewAudit]) -> Result<(), Error> {
        let mut transaction = self.connection.begin_with("BEGIN IMMEDIATE").await?;
        write_entries(&mut transaction, entries).await?;
        Ok(transaction.commit().await?)
    }
}

/// Writes what is staged in the transaction of what it tells of.
pub(crate) async fn write(connection: &mut SqliteConnection, staged: &Staged) -> Result<(), Error> {
    if let Some(used) = &staged.used {
        invitations::take(connection, used).await?;
    }
    if let Some(identity) = &staged.identity {
        identities::link(connection, identity).await?;
    }
    if let Some((group, key, role)) = &staged.answered
        && !memberships::disinvite(connection, *group, key, Some(*role)).await?
    {
        return Err(Error::Conflict { what: "group invitation" });
    }
    for (friend, stint) in &staged.members {
        memberships::put(connection, *friend, *stint).await?;
    }
    for base in &staged.unretained {
        messages::forget_retained(connection, base).await?;
    }
    write_entries(connection, &staged.entries).await
}

async fn write_entries(connection: &mut SqliteConnection, entries: &[NewAudit]) -> Result<(), Error> {
    for new in entries {
        let (id, at, group) = (new.id.uuid(), new.at.as_millis(), new.group.map(GroupId::uuid));
        let (kind, actor, actor_id) = (new.actor.kind(), new.actor.name(), new.actor_id.map(FriendId::uuid));
        let (act, friend) = (new.act.as_str(), new.friend.map(FriendId::uuid));
        sqlx::query!(
            "INSERT INTO audit (id, at, last_at, times, once, group_id, actor_kind, actor_id, actor, act, subject_id, subject, friend_id, note)
             VALUES (?1, ?2, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13)
             ON CONFLICT (once) DO UPDATE SET times = times + excluded.times, last_at = max(last_at, excluded.last_at)",
            id,
            at,
            new.times,
            new.once,
            group,
            kind,
            actor_id,
            actor,
            act,
            new.subject_id,
            new.subject,
            friend,
            new.note
        )
        .execute(&mut *connection)
        .await?;
    }
    Ok(())
}

impl Reader {
    /// A part of the audit log, newest first.
    ///
    /// # Errors
    /// When the database fails or a row is inconsistent.
    pub async fn audit(&self, query: &AuditQuery) -> Result<Vec<AuditEntry>, Error> {
        let groups = query.groups.as_ref();
        let groups = groups.map(|groups| rows::to_hex(groups.iter().map(|group| group.uuid())));
        let friend = query.friend.map(FriendId::uuid);
        let (act, before) = (query.act.map(Act::as_str), query.before.map(AuditId::uuid));
        let found = sqlx::query_as!(
            Row,
            r#"SELECT id AS "id: Uuid", at, last_at, times AS "times: u32", actor_kind, actor, act, subject,
                      friend_id AS "friend_id: Uuid", note
               FROM audit
               WHERE (?1 IS NULL OR group_id IN (SELECT unhex(value) FROM json_each(?1)) OR (?7 AND group_id IS NULL))
                 AND (?2 IS NULL OR (friend_id = ?2 AND actor_id IS NOT ?2))
                 AND (?3 IS NULL OR actor = ?3) AND (?4 IS NULL OR act = ?4) AND (?5 IS NULL OR id < ?5)
               ORDER BY id DESC LIMIT ?6"#,
            groups,
            friend,
            query.actor,
            act,
            before,
            query.limit,
            query.of_none
        )
        .fetch_all(&self.pool)
        .await?;
        let entry = |row: Row| {
            let actor = match row.actor_kind.as_str() {
                "friend" => Actor::Friend(row.actor),
                "token" => Actor::Token(row.actor),
                "nobody" => Actor::Nobody(row.actor),
                _ => Actor::Terminal,
            };
            Ok(AuditEntry {
                id: AuditId::new(row.id),
                at: Timestamp::from_millis(row.at),
                last_at: Timestamp::from_millis(row.last_at),
                times: row.times,
                actor,
                act: rows::word("audit", &row.act)?,
                subject: row.subject,
                friend: row.friend_id.map(FriendId::new),
                note: row.note,
            })
        };
        found.into_iter().map(entry).collect()
    }
}

struct Row {
    id: Uuid,
    at: i64,
    last_at: i64,
    times: u32,
    actor_kind: String,
    actor: String,
    act: String,
    subject: String,
    friend_id: Option<Uuid>,
    note: String,
}

//! Invitations. Only hashes of what is in their links are kept.
//!
//! That one is used is staged at the writer and happens in the transaction that lets somebody in: it lets in once, or nobody.

use crate::{Error, Reader, Writer, audit, rows, writing::Use};
use domain::{GroupId, InvitationId, Name, Role, Timestamp};
use sqlx::{Connection, SqliteConnection};
use uuid::Uuid;

/// An invitation.
#[derive(Clone, Debug)]
pub struct Invitation {
    /// Which.
    pub id: InvitationId,
    /// To which group.
    pub group: GroupId,
    /// As whom; `None`: whoever opens it chooses.
    pub name: Option<Name>,
    /// As what.
    pub role: Role,
    /// By whom, as they were called.
    pub made_by: String,
    /// When.
    pub made_at: Timestamp,
    /// Until when it can be used.
    pub ends_at: Timestamp,
    /// When it was taken back.
    pub revoked_at: Option<Timestamp>,
    /// When somebody came by it.
    pub used_at: Option<Timestamp>,
    /// Who, as they were called.
    pub used_by: Option<String>,
}

impl Writer {
    /// Keeps a new invitation.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn add_invitation(&mut self, new: &Invitation, hash: &[u8]) -> Result<(), Error> {
        let (id, group, name) = (new.id.uuid(), new.group.uuid(), new.name.as_ref().map(Name::as_str));
        let (role, made_at, ends_at) =
            (rows::as_word(&new.role), new.made_at.as_millis(), new.ends_at.as_millis());
        let mut transaction = self.connection.begin_with("BEGIN IMMEDIATE").await?;
        sqlx::query!(
            "INSERT INTO invitations (id, hash, group_id, name, role, made_by, made_at, ends_at)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
            id,
            hash,
            group,
            name,
            role,
            new.made_by,
            made_at,
            ends_at
        )
        .execute(&mut *transaction)
        .await?;
        audit::write(&mut transaction, &self.staged).await?;
        transaction.commit().await?;
        self.staged.clear();
        Ok(())
    }

    /// Takes an invitation back, if nobody came by it.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn revoke_invitation(&mut self, id: InvitationId, at: Timestamp) -> Result<(), Error> {
        let (id, at) = (id.uuid(), at.as_millis());
        let mut transaction = self.connection.begin_with("BEGIN IMMEDIATE").await?;
        sqlx::query!(
            "UPDATE invitations SET revoked_at = ?2 WHERE id = ?1 AND used_at IS NULL AND revoked_at IS NULL",
            id,
            at
        )
        .execute(&mut *transaction)
        .await?;
        audit::write(&mut transaction, &self.staged).await?;
        transaction.commit().await?;
        self.staged.clear();
        Ok(())
    }
}

/// Notes in the transaction that lets somebody in that they came by this invitation.
pub(crate) async fn take(connection: &mut SqliteConnection, used: &Use) -> Result<(), Error> {
    let (id, at) = (used.invitation.uuid(), used.at.as_millis());
    let done = sqlx::query!(
        "UPDATE invitations SET used_at = ?2, used_by = ?3
         WHERE id = ?1 AND used_at IS NULL AND revoked_at IS NULL AND ends_at > ?2",
        id,
        at,
        used.by
    )
    .execute(connection)
    .await?;
    if done.rows_affected() == 1 { Ok(()) } else { Err(Error::Conflict { what: "invitation" }) }
}

impl Reader {
    /// Every invitation, newest first.
    ///
    /// # Errors
    /// When the database fails or a row is inconsistent.
    pub async fn invitations(&self) -> Result<Vec<Invitation>, Error> {
        let found = sqlx::query_as!(
            Row,
            r#"SELECT id AS "id: Uuid", group_id AS "group_id: Uuid", name, role, made_by, made_at, ends_at, revoked_at, used_at, used_by
               FROM invitations ORDER BY id DESC LIMIT 200"#
        );
        found.fetch_all(&self.pool).await?.into_iter().map(Invitation::try_from).collect()
    }

    /// The invitation of that hash.
    ///
    /// # Errors
    /// When the database fails or the row is inconsistent.
    pub async fn invitation(&self, hash: &[u8]) -> Result<Option<Invitation>, Error> {
        let found = sqlx::query_as!(
            Row,
            r#"SELECT id AS "id: Uuid", group_id AS "group_id: Uuid", name, role, made_by, made_at, ends_at, revoked_at, used_at, used_by
               FROM invitations WHERE hash = ?1"#,
            hash
        );
        found.fetch_optional(&self.pool).await?.map(Invitation::try_from).transpose()
    }
}

struct Row {
    id: Uuid,
    group_id: Uuid,
    name: Option<String>,
    role: String,
    made_by: String,
    made_at: i64,
    ends_at: i64,
    revoked_at: Option<i64>,
    used_at: Option<i64>,
    used_by: Option<String>,
}

impl TryFrom<Row> for Invitation {
    type Error = Error;

    fn try_from(row: Row) -> Result<Self, Error> {
        Ok(Self {
            id: InvitationId::new(row.id),
            group: GroupId::new(row.group_id),
            name: row.name.map(|name| rows::name("invitations", &name)).transpose()?,
            role: rows::word("invitations", &row.role)?,
            made_by: row.made_by,
            made_at: Timestamp::from_millis(row.made_at),
            ends_at: Timestamp::from_millis(row.ends_at),
            revoked_at: row.revoked_at.map(Timestamp::from_millis),
            used_at: row.used_at.map(Timestamp::from_millis),
            used_by: row.used_by,
        })
    }
}

//! Invitations. Only hashes of what is in their links are kept.
//!
//! That one is used is staged at the writer and happens in the transaction that lets somebody in: it lets in once, or nobody.

use crate::{Error, Reader, SecretHash, Writer, rows, writing::Use};
use domain::{FriendId, GroupId, InvitationId, Name, Once, Role, Timestamp};
use sqlx::SqliteConnection;
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
    /// Which friend that is, if it is one.
    pub maker: Option<FriendId>,
    /// When.
    pub made_at: Timestamp,
    /// Used is when somebody came by it.
    pub once: Once,
    /// Who, as they were called.
    pub used_by: Option<String>,
}

impl Writer {
    /// Keeps a new invitation.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn add_invitation(&mut self, new: &Invitation, hash: &SecretHash) -> Result<(), Error> {
        let (id, group, name) = (new.id.uuid(), new.group.uuid(), new.name.as_ref().map(Name::as_str));
        let (role, made_at, ends_at) =
            (rows::as_word(&new.role), new.made_at.as_millis(), new.once.ends_at.as_millis());
        let (hash, maker) = (hash.as_bytes(), new.maker.map(FriendId::uuid));
        let mut transaction = self.begin().await?;
        sqlx::query!(
            "INSERT INTO invitations (id, hash, group_id, name, role, made_by, made_at, ends_at, made_by_id)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
            id,
            hash,
            group,
            name,
            role,
            new.made_by,
            made_at,
            ends_at,
            maker
        )
        .execute(&mut *transaction)
        .await?;
        transaction.commit().await
    }

    /// Takes an invitation back, if nobody came by it.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn revoke_invitation(&mut self, id: InvitationId, at: Timestamp) -> Result<(), Error> {
        let (id, at) = (id.uuid(), at.as_millis());
        let mut transaction = self.begin().await?;
        sqlx::query!(
            "UPDATE invitations SET revoked_at = ?2 WHERE id = ?1 AND used_at IS NULL AND revoked_at IS NULL",
            id,
            at
        )
        .execute(&mut *transaction)
        .await?;
        transaction.commit().await
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
    /// The newest invitations to these groups, `None`: to any, newest first.
    ///
    /// # Errors
    /// When the database fails or a row is inconsistent.
    pub async fn invitations(&self, groups: Option<&[GroupId]>) -> Result<Vec<Invitation>, Error> {
        let groups = groups.map(|groups| rows::to_hex(groups.iter().map(|group| group.uuid())));
        let found = sqlx::query_as!(
            Row,
            r#"SELECT id AS "id: Uuid", group_id AS "group_id: Uuid", name, role, made_by, made_at, ends_at, revoked_at, used_at, used_by,
                      made_by_id AS "made_by_id: Uuid"
               FROM invitations WHERE ?1 IS NULL OR group_id IN (SELECT unhex(value) FROM json_each(?1))
               ORDER BY id DESC LIMIT 200"#,
            groups
        );
        found.fetch_all(&self.pool).await?.into_iter().map(Invitation::try_from).collect()
    }

    /// One invitation.
    ///
    /// # Errors
    /// When the database fails or the row is inconsistent.
    pub async fn invitation_by_id(&self, id: InvitationId) -> Result<Option<Invitation>, Error> {
        let id = id.uuid();
        let found = sqlx::query_as!(
            Row,
            r#"SELECT id AS "id: Uuid", group_id AS "group_id: Uuid", name, role, made_by, made_at, ends_at, revoked_at, used_at, used_by,
                      made_by_id AS "made_by_id: Uuid"
               FROM invitations WHERE id = ?1"#,
            id
        );
        found.fetch_optional(&self.pool).await?.map(Invitation::try_from).transpose()
    }

    /// How many invitations to a group can still be used.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn open_invitations(&self, group: GroupId, now: Timestamp) -> Result<u64, Error> {
        let (group, now) = (group.uuid(), now.as_millis());
        let count = sqlx::query_scalar!(
            "SELECT count(*) FROM invitations WHERE group_id = ?1 AND used_at IS NULL AND revoked_at IS NULL AND ends_at > ?2",
            group,
            now
        );
        Ok(count.fetch_one(&self.pool).await?.unsigned_abs())
    }

    /// The invitation of that hash.
    ///
    /// # Errors
    /// When the database fails or the row is inconsistent.
    pub async fn invitation(&self, hash: &SecretHash) -> Result<Option<Invitation>, Error> {
        let hash = hash.as_bytes();
        let found = sqlx::query_as!(
            Row,
            r#"SELECT id AS "id: Uuid", group_id AS "group_id: Uuid", name, role, made_by, made_at, ends_at, revoked_at, used_at, used_by,
                      made_by_id AS "made_by_id: Uuid"
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
    made_by_id: Option<Uuid>,
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
            maker: row.made_by_id.map(FriendId::new),
            made_at: Timestamp::from_millis(row.made_at),
            once: rows::once(row.ends_at, row.used_at, row.revoked_at),
            used_by: row.used_by,
        })
    }
}

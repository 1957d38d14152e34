//! Who is of which groups, since when and until when; and who is to come into one.

use crate::{Error, Reader, Writer, rows, sharing};
use domain::{Friend, FriendId, GroupId, Memberships, Name, Role, Sharing, Stint, Timestamp};
use sqlx::SqliteConnection;
use std::collections::HashMap;
use uuid::Uuid;

/// Somebody who is to come into a group.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GroupInvitation {
    /// Into which.
    pub group: GroupId,
    /// Who, as an admin typed it. There may be nobody of that name.
    pub name: Name,
    /// As what.
    pub role: Role,
    /// By whom; `None`: from before that was kept.
    pub made_by: Option<FriendId>,
    /// When they were invited.
    pub invited_at: Timestamp,
    /// Until when they may come.
    pub ends_at: Timestamp,
}

/// A friend is of a group no more.
pub struct Leaving<'a> {
    /// Who.
    pub friend: FriendId,
    /// Of which.
    pub group: GroupId,
    /// From when on.
    pub at: Timestamp,
    /// Their home group from then on.
    pub home: GroupId,
    /// What they let others see from then on.
    pub sharing: &'a Sharing,
    /// The same of friends whom they do not know any more by that.
    pub parted: &'a [(FriendId, Sharing)],
}

impl Writer {
    /// Has a friend be of a group from a moment on, unless they are already; in either case as this.
    ///
    /// # Errors
    /// When there is no such friend or group, or the database fails.
    pub async fn put_member(
        &mut self,
        friend: FriendId,
        group: GroupId,
        role: Role,
        at: Timestamp,
    ) -> Result<(), Error> {
        let mut transaction = self.begin().await?;
        put(&mut transaction, friend, Stint { group, role, since: at, until: None }).await?;
        transaction.commit().await
    }

    /// Ends a friend's time in a group.
    ///
    /// # Errors
    /// When the database fails; nothing is changed then.
    pub async fn leave_group(&mut self, leaving: Leaving<'_>) -> Result<(), Error> {
        let Leaving { friend: who, group, at, home, sharing, parted } = leaving;
        let (friend, group, home, at) = (who.uuid(), group.uuid(), home.uuid(), at.as_millis());
        let mut transaction = self.begin().await?;
        sqlx::query!(
            "UPDATE memberships SET until = max(?3, since) WHERE friend_id = ?1 AND group_id = ?2 AND until IS NULL",
            friend,
            group,
            at
        )
        .execute(&mut *transaction)
        .await?;
        // Nobody comes by whom they invited; who comes back invites anew.
        sqlx::query!("DELETE FROM group_invitations WHERE group_id = ?1 AND made_by = ?2", group, friend)
            .execute(&mut *transaction)
            .await?;
        // Somebody there may have the letters that they had in the other.
        sqlx::query!(
            "UPDATE friends SET group_id = ?2, tid = NULL WHERE id = ?1 AND group_id <> ?2",
            friend,
            home
        )
        .execute(&mut *transaction)
        .await?;
        sharing::put(&mut transaction, who, sharing).await?;
        for (friend, sharing) in parted {
            sharing::put(&mut transaction, *friend, sharing).await?;
        }
        transaction.commit().await
    }

    /// Says what a friend who signs in may do on the whole server.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn set_server_role(&mut self, friend: FriendId, role: Role) -> Result<(), Error> {
        let (friend, role) = (friend.uuid(), rows::as_word(&role));
        let mut transaction = self.begin().await?;
        sqlx::query!("UPDATE friends SET role = ?2 WHERE id = ?1 AND role IS NOT NULL", friend, role)
            .execute(&mut *transaction)
            .await?;
        transaction.commit().await
    }

    /// Invites somebody, anew if they are already.
    ///
    /// # Errors
    /// When there is no such group or the database fails.
    pub async fn put_invitation(&mut self, new: &GroupInvitation) -> Result<(), Error> {
        let (group, name, key) = (new.group.uuid(), new.name.as_str(), new.name.key());
        let (role, at, ends_at) =
            (rows::as_word(&new.role), new.invited_at.as_millis(), new.ends_at.as_millis());
        let made_by = new.made_by.map(FriendId::uuid);
        let mut transaction = self.begin().await?;
        sqlx::query!("DELETE FROM group_invitations WHERE group_id = ?1 AND ends_at <= ?2", group, at)
            .execute(&mut *transaction)
            .await?;
        sqlx::query!(
            "INSERT INTO group_invitations (group_id, name_key, name, role, made_by, invited_at, ends_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)
             ON CONFLICT (group_id, name_key) DO UPDATE SET name = excluded.name, role = excluded.role, made_by = excluded.made_by,
                 invited_at = excluded.invited_at, ends_at = excluded.ends_at",
            group,
            key,
            name,
            role,
            made_by,
            at,
            ends_at
        )
        .execute(&mut *transaction)
        .await?;
        transaction.commit().await
    }

    /// Takes an invitation back, by the key of the name; false when there was none.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn remove_invitation(&mut self, group: GroupId, key: &str) -> Result<bool, Error> {
        let mut transaction = self.begin().await?;
        if !disinvite(&mut transaction, group, key, None).await? {
            return Ok(false);
        }
        transaction.commit().await?;
        Ok(true)
    }
}

/// Uses an invitation up, by the key of the name; false when there was none: of two answers at once only one counts. With a role only one
/// as that: it may have been made anew as something else.
pub(crate) async fn disinvite(
    connection: &mut SqliteConnection,
    group: GroupId,
    key: &str,
    role: Option<Role>,
) -> Result<bool, Error> {
    let (group, role) = (group.uuid(), role.as_ref().map(rows::as_word));
    let gone = sqlx::query!(
        "DELETE FROM group_invitations WHERE group_id = ?1 AND name_key = ?2 AND (?3 IS NULL OR role = ?3)",
        group,
        key,
        role
    )
    .execute(connection)
    .await?;
    Ok(gone.rows_affected() > 0)
}

/// Begins a time in a group; one that lasts goes on, with another role.
pub(crate) async fn put(
    connection: &mut SqliteConnection,
    friend: FriendId,
    stint: Stint,
) -> Result<(), Error> {
    let Stint { group, role, since, until: _ } = stint;
    let (friend, group, role, since) = (friend.uuid(), group.uuid(), rows::as_word(&role), since.as_millis());
    sqlx::query!(
        "INSERT INTO memberships (friend_id, group_id, role, since) VALUES (?1, ?2, ?3, ?4)
         ON CONFLICT (friend_id, group_id) WHERE until IS NULL DO UPDATE SET role = excluded.role
         ON CONFLICT (friend_id, group_id, since) DO UPDATE SET role = excluded.role, until = NULL",
        friend,
        group,
        role,
        since
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// Those of a friend who is added.
pub(crate) async fn add(connection: &mut SqliteConnection, friend: &Friend) -> Result<(), Error> {
    for of in &friend.memberships {
        put(connection, friend.id, Stint::first(of.group, of.role)).await?;
    }
    Ok(())
}

impl Reader {
    /// Every time that anybody was of a group, in the order in which they began.
    ///
    /// # Errors
    /// When the database fails or a row is inconsistent.
    pub async fn stints(&self) -> Result<HashMap<FriendId, Vec<Stint>>, Error> {
        let found = sqlx::query!(
            r#"SELECT friend_id AS "friend_id: Uuid", group_id AS "group_id: Uuid", role, since, until
               FROM memberships ORDER BY since, group_id"#
        );
        let mut stints: HashMap<FriendId, Vec<Stint>> = HashMap::new();
        for row in found.fetch_all(&self.pool).await? {
            stints.entry(FriendId::new(row.friend_id)).or_default().push(Stint {
                group: GroupId::new(row.group_id),
                role: rows::word("memberships", &row.role)?,
                since: Timestamp::from_millis(row.since),
                until: row.until.map(Timestamp::from_millis),
            });
        }
        Ok(stints)
    }

    /// Everybody who is to come into a group, by name.
    ///
    /// # Errors
    /// When the database fails or a row is inconsistent.
    pub async fn group_invitations(&self) -> Result<Vec<GroupInvitation>, Error> {
        let found = sqlx::query!(
            r#"SELECT group_id AS "group_id: Uuid", name, role, made_by AS "made_by: Uuid", invited_at, ends_at
               FROM group_invitations ORDER BY name_key, group_id"#
        );
        let found = found.fetch_all(&self.pool).await?.into_iter().map(|row| {
            Ok(GroupInvitation {
                group: GroupId::new(row.group_id),
                name: rows::name("group_invitations", &row.name)?,
                role: rows::word("group_invitations", &row.role)?,
                made_by: row.made_by.map(FriendId::new),
                invited_at: Timestamp::from_millis(row.invited_at),
                ends_at: Timestamp::from_millis(row.ends_at),
            })
        });
        found.collect()
    }
}

/// The groups of a friend as a query gives them: JSON.
pub(crate) fn read(home: GroupId, found: &str) -> Result<Memberships, Error> {
    let stints: Vec<Stint> = rows::json("memberships", found)?;
    Ok(Memberships::now(home, &stints))
}

//! Groups and friends.

use crate::{Error, Reader, Writer, memberships, rows, sharing};
use domain::{Friend, FriendId, GroupId, Name, Role, Seq, Sharing, Timestamp, fold};
use uuid::Uuid;

/// A friend with what is needed to sign in.
#[derive(Clone)]
pub struct Account {
    /// Who.
    pub friend: Friend,
    /// Argon2id in PHC form; `None` for a friend who cannot sign in.
    pub password_hash: Option<String>,
    /// Two letters or digits that no other friend of the group has; `None` before they were given.
    pub tid: Option<String>,
}

/// A friend to add.
pub struct NewFriend<'a> {
    /// Who.
    pub friend: &'a Friend,
    /// Argon2id in PHC form.
    pub password_hash: Option<&'a str>,
    /// What they let others see to begin with.
    pub sharing: &'a Sharing,
}

impl Writer {
    /// Makes a group.
    ///
    /// # Errors
    /// When the name is taken or the database fails.
    pub async fn add_group(&mut self, id: GroupId, name: &Name) -> Result<(), Error> {
        let (id, key, name) = (id.uuid(), name.key(), name.as_str());
        let mut transaction = self.begin().await?;
        sqlx::query!("INSERT INTO groups (id, name, name_key) VALUES (?1, ?2, ?3)", id, name, key)
            .execute(&mut *transaction)
            .await
            .map_err(Error::unique("group"))?;
        transaction.commit().await
    }

    /// Adds a friend.
    ///
    /// # Errors
    /// When the name is taken or the database fails.
    pub async fn add_friend(&mut self, new: NewFriend<'_>) -> Result<(), Error> {
        let Friend { id, group, memberships: _, name, role, demo, added_at } = new.friend;
        let (id, group, name, role) =
            (id.uuid(), group.uuid(), name.as_str(), role.as_ref().map(rows::as_word));
        let (added_at, key) = (added_at.as_millis(), new.friend.name.key());
        let mut transaction = self.begin().await?;
        sqlx::query!(
            "INSERT INTO friends (id, group_id, name, role, password_hash, demo, added_at, name_key)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
            id,
            group,
            name,
            role,
            new.password_hash,
            demo,
            added_at,
            key
        )
        .execute(&mut *transaction)
        .await
        .map_err(Error::unique("friend"))?;
        memberships::add(&mut transaction, new.friend).await?;
        sharing::put(&mut transaction, new.friend.id, new.sharing).await?;
        transaction.commit().await
    }

    /// Gives a friend the letters by which phones know them.
    ///
    /// # Errors
    /// When another of the group has them, or the database fails.
    pub async fn put_tid(&mut self, id: FriendId, tid: &str) -> Result<(), Error> {
        let id = id.uuid();
        sqlx::query!("UPDATE friends SET tid = ?2 WHERE id = ?1", id, tid)
            .execute(&mut self.connection)
            .await
            .map_err(Error::unique("tid"))?;
        Ok(())
    }

    /// Says how a friend signs in from now on; `None` takes the right away, and with it their tokens, who they are elsewhere, and what they
    /// were an admin of. Ends all their sessions.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn set_account(
        &mut self,
        id: FriendId,
        role: Option<Role>,
        password_hash: Option<&str>,
    ) -> Result<(), Error> {
        let (id, role) = (id.uuid(), role.as_ref().map(rows::as_word));
        let mut transaction = self.begin().await?;
        // Who could not sign in did not set up their devices by themselves.
        sqlx::query!(
            "UPDATE devices SET by_others = 1
             WHERE friend_id = ?1 AND ?2 IS NOT NULL AND EXISTS (SELECT 1 FROM friends WHERE id = ?1 AND role IS NULL)",
            id,
            role
        )
        .execute(&mut *transaction)
        .await?;
        sqlx::query!(
            "UPDATE friends SET role = ?2, password_hash = ?3 WHERE id = ?1",
            id,
            role,
            password_hash
        )
        .execute(&mut *transaction)
        .await?;
        sqlx::query!("DELETE FROM sessions WHERE friend_id = ?1", id).execute(&mut *transaction).await?;
        if role.is_none() {
            sqlx::query!("DELETE FROM tokens WHERE friend_id = ?1", id).execute(&mut *transaction).await?;
            sqlx::query!("DELETE FROM identities WHERE friend_id = ?1", id)
                .execute(&mut *transaction)
                .await?;
            sqlx::query!("UPDATE memberships SET role = 'friend' WHERE friend_id = ?1 AND until IS NULL", id)
                .execute(&mut *transaction)
                .await?;
        }
        transaction.commit().await
    }

    /// Removes a friend and everything that was ever known of them; their messages as [`Writer::remove_device`] does.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn remove_friend(&mut self, id: FriendId) -> Result<(), Error> {
        let id = id.uuid();
        let mut transaction = self.begin().await?;
        sqlx::query!(
            "INSERT INTO erasures (device_id, before)
             SELECT id, (SELECT ifnull(max(id), 0) + 1 FROM messages) FROM devices WHERE friend_id = ?1",
            id
        )
        .execute(&mut *transaction)
        .await?;
        // It would not be known any more who made them.
        sqlx::query!(
            "UPDATE device_links SET revoked_at = made_at WHERE made_by = ?1 AND used_at IS NULL AND revoked_at IS NULL",
            id
        )
        .execute(&mut *transaction)
        .await?;
        // Whoever has the name next is somebody else.
        sqlx::query!(
            "DELETE FROM group_invitations WHERE name_key = (SELECT name_key FROM friends WHERE id = ?1)",
            id
        )
        .execute(&mut *transaction)
        .await?;
        sqlx::query!("DELETE FROM friends WHERE id = ?1", id).execute(&mut *transaction).await?;
        // They were about nobody else.
        sqlx::query!(
            "DELETE FROM alert_rules
             WHERE every_friend = 0 AND NOT EXISTS (SELECT 1 FROM alert_rule_friends WHERE rule_id = alert_rules.id)"
        )
        .execute(&mut *transaction)
        .await?;
        transaction.commit().await?;
        self.erase_some().await?;
        Ok(())
    }
}

impl Reader {
    /// Every group with its last published change.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn groups(&self) -> Result<Vec<(GroupId, Seq)>, Error> {
        let rows =
            sqlx::query!(r#"SELECT id AS "id: Uuid", seq FROM groups WHERE closed_at IS NULL ORDER BY id"#)
                .fetch_all(&self.pool)
                .await?;
        Ok(rows.into_iter().map(|row| (GroupId::new(row.id), Seq(row.seq.unsigned_abs()))).collect())
    }

    /// What every group is called.
    ///
    /// # Errors
    /// When the database fails or a row is inconsistent.
    pub async fn group_names(&self) -> Result<Vec<(GroupId, Name)>, Error> {
        let found = sqlx::query!(r#"SELECT id AS "id: Uuid", name FROM groups WHERE closed_at IS NULL"#);
        let found = found.fetch_all(&self.pool).await?;
        found.into_iter().map(|row| Ok((GroupId::new(row.id), rows::name("groups", &row.name)?))).collect()
    }

    /// What every group is called in topics; those that are no more, too.
    ///
    /// # Errors
    /// When the database fails or a row is inconsistent.
    pub async fn group_levels(&self) -> Result<Vec<(GroupId, Name)>, Error> {
        let found =
            sqlx::query!(r#"SELECT id AS "id: Uuid", ifnull(level, name) AS "level!: String" FROM groups"#);
        let found = found.fetch_all(&self.pool).await?;
        found.into_iter().map(|row| Ok((GroupId::new(row.id), rows::name("groups", &row.level)?))).collect()
    }

    /// The group of that name, however it is written; else the one that is called so in topics.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn group_named(&self, name: &str) -> Result<Option<GroupId>, Error> {
        let key = fold(name);
        let row = sqlx::query!(
            r#"SELECT id AS "id: Uuid" FROM groups WHERE closed_at IS NULL AND (name_key = ?1 OR level_key = ?1)
               ORDER BY name_key <> ?1 LIMIT 1"#,
            key
        );
        Ok(row.fetch_optional(&self.pool).await?.map(|row| GroupId::new(row.id)))
    }

    /// Everybody, by name.
    ///
    /// # Errors
    /// When the database fails or a row is inconsistent.
    pub async fn accounts(&self) -> Result<Vec<Account>, Error> {
        let rows = sqlx::query_as!(
            Row,
            r#"SELECT id AS "id: Uuid", group_id AS "group_id: Uuid", name, role, password_hash, demo AS "demo: bool", added_at, tid,
                      (SELECT json_group_array(json_object('group', hex(group_id), 'role', role, 'since', since))
                       FROM memberships WHERE friend_id = friends.id AND until IS NULL) AS "groups!: String"
               FROM friends ORDER BY name"#
        );
        rows.fetch_all(&self.pool).await?.into_iter().map(Account::try_from).collect()
    }

    /// One friend by name, however it is written.
    ///
    /// # Errors
    /// When the database fails or the row is inconsistent.
    pub async fn account(&self, name: &str) -> Result<Option<Account>, Error> {
        let key = fold(name);
        let row = sqlx::query_as!(
            Row,
            r#"SELECT id AS "id: Uuid", group_id AS "group_id: Uuid", name, role, password_hash, demo AS "demo: bool", added_at, tid,
                      (SELECT json_group_array(json_object('group', hex(group_id), 'role', role, 'since', since))
                       FROM memberships WHERE friend_id = friends.id AND until IS NULL) AS "groups!: String"
               FROM friends WHERE name_key = ?1"#,
            key
        );
        row.fetch_optional(&self.pool).await?.map(Account::try_from).transpose()
    }
}

struct Row {
    id: Uuid,
    group_id: Uuid,
    name: String,
    role: Option<String>,
    password_hash: Option<String>,
    demo: bool,
    added_at: i64,
    tid: Option<String>,
    groups: String,
}

impl TryFrom<Row> for Account {
    type Error = Error;

    fn try_from(row: Row) -> Result<Self, Error> {
        let group = GroupId::new(row.group_id);
        let friend = Friend {
            id: FriendId::new(row.id),
            group,
            memberships: memberships::read(group, &row.groups)?,
            name: rows::name("friends", &row.name)?,
            role: row.role.map(|role| rows::word("friends", &role)).transpose()?,
            demo: row.demo,
            added_at: Timestamp::from_millis(row.added_at),
        };
        Ok(Self { friend, password_hash: row.password_hash, tid: row.tid })
    }
}

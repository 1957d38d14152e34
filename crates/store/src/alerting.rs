//! When friends want to be told that somebody comes or goes, and by which ways.

use crate::{Error, Reader, SecretHash, Writer, rows};
use domain::{
    FriendId, RuleId, Schedule, Timestamp,
    alert::{Channel, Rule, Which},
};
use uuid::Uuid;

/// Where a friend's alerts go.
#[derive(Clone, PartialEq, Eq)]
pub struct AlertTarget {
    /// Whose.
    pub owner: FriendId,
    /// By which channel.
    pub channel: Channel,
    /// Which browser; empty but for push.
    pub browser: String,
    /// Where exactly: JSON, sealed.
    pub sealed: String,
    /// Since when.
    pub made_at: Timestamp,
    /// For as long as this session holds; `None` for until it is removed.
    pub session: Option<SecretHash>,
}

impl Writer {
    /// Keeps a rule, new or changed. Nobody changes a rule of somebody else.
    ///
    /// # Errors
    /// When there is no such friend, or the database fails.
    pub async fn put_alert_rule(&mut self, rule: &Rule) -> Result<(), Error> {
        let (id, owner) = (rule.id.uuid(), rule.owner.uuid());
        let (every_friend, named) = match &rule.friends {
            Which::All => (true, Vec::new()),
            Which::These(friends) => (false, friends.iter().map(|friend| friend.uuid()).collect()),
        };
        let (regions, direction) = (rows::to_json(&rule.regions), rule.direction.as_str());
        let hours = rule.hours.as_ref().map(rows::to_json);
        let channels = rows::to_json(&rule.channels);
        let mut transaction = self.begin().await?;
        sqlx::query!(
            "INSERT INTO alert_rules (id, owner_id, every_friend, regions, direction, hours, channels, is_on)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)
             ON CONFLICT (id) DO UPDATE SET every_friend = excluded.every_friend, regions = excluded.regions,
                 direction = excluded.direction, hours = excluded.hours, channels = excluded.channels, is_on = excluded.is_on
             WHERE owner_id = excluded.owner_id",
            id,
            owner,
            every_friend,
            regions,
            direction,
            hours,
            channels,
            rule.on
        )
        .execute(&mut *transaction)
        .await?;
        sqlx::query!("DELETE FROM alert_rule_friends WHERE rule_id = ?1", id)
            .execute(&mut *transaction)
            .await?;
        for friend in named {
            sqlx::query!(
                "INSERT INTO alert_rule_friends (rule_id, friend_id) VALUES (?1, ?2) ON CONFLICT DO NOTHING",
                id,
                friend
            )
            .execute(&mut *transaction)
            .await?;
        }
        transaction.commit().await
    }

    /// Removes a rule; false when its owner has none like this.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn remove_alert_rule(&mut self, owner: FriendId, rule: RuleId) -> Result<bool, Error> {
        let (owner, rule) = (owner.uuid(), rule.uuid());
        let mut transaction = self.begin().await?;
        let gone = sqlx::query!("DELETE FROM alert_rules WHERE id = ?1 AND owner_id = ?2", rule, owner)
            .execute(&mut *transaction)
            .await?;
        transaction.commit().await?;
        Ok(gone.rows_affected() > 0)
    }

    /// Keeps where a friend's alerts go by a channel; of a browser, of this one. A browser is of whoever signed in there last. For a session that
    /// has ended nothing is kept.
    ///
    /// # Errors
    /// When there is no such friend, or the database fails.
    pub async fn put_alert_target(&mut self, target: &AlertTarget) -> Result<(), Error> {
        let (owner, channel) = (target.owner.uuid(), target.channel.as_str());
        let made_at = target.made_at.as_millis();
        let session = target.session.as_ref().map(|hash| hash.as_bytes().to_vec());
        let mut transaction = self.begin().await?;
        sqlx::query!(
            "DELETE FROM alert_targets WHERE channel = ?1 AND browser = ?2 AND (browser <> '' OR owner_id = ?3)",
            channel,
            target.browser,
            owner
        )
        .execute(&mut *transaction)
        .await?;
        sqlx::query!(
            "INSERT INTO alert_targets (owner_id, channel, browser, sealed, made_at, session_hash)
             SELECT ?1, ?2, ?3, ?4, ?5, ?6 WHERE ?6 IS NULL OR EXISTS (SELECT 1 FROM sessions WHERE hash = ?6)",
            owner,
            channel,
            target.browser,
            target.sealed,
            made_at,
            session
        )
        .execute(&mut *transaction)
        .await?;
        transaction.commit().await
    }

    /// Forgets where a friend's alerts go by a channel; of several browsers one, or all. Answers how many that were.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn remove_alert_target(
        &mut self,
        owner: FriendId,
        channel: Channel,
        browser: Option<&str>,
    ) -> Result<u64, Error> {
        let (owner, channel) = (owner.uuid(), channel.as_str());
        let mut transaction = self.begin().await?;
        let gone = sqlx::query!(
            "DELETE FROM alert_targets WHERE owner_id = ?1 AND channel = ?2 AND (?3 IS NULL OR browser = ?3)",
            owner,
            channel,
            browser
        )
        .execute(&mut *transaction)
        .await?;
        transaction.commit().await?;
        Ok(gone.rows_affected())
    }

    /// Forgets a browser that gets no push messages any more, whosever it is.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn forget_browser(&mut self, browser: &str) -> Result<(), Error> {
        sqlx::query!("DELETE FROM alert_targets WHERE channel = 'push' AND browser = ?1", browser)
            .execute(&mut self.connection)
            .await?;
        Ok(())
    }

    /// Keeps when a friend is left in peace; `None` for never.
    ///
    /// # Errors
    /// When there is no such friend, or the database fails.
    pub async fn put_alert_quiet(&mut self, owner: FriendId, hours: Option<&Schedule>) -> Result<(), Error> {
        let (owner, hours) = (owner.uuid(), hours.map(rows::to_json));
        let mut transaction = self.begin().await?;
        sqlx::query!("DELETE FROM alert_quiet WHERE owner_id = ?1", owner).execute(&mut *transaction).await?;
        if let Some(hours) = hours {
            sqlx::query!("INSERT INTO alert_quiet (owner_id, hours) VALUES (?1, ?2)", owner, hours)
                .execute(&mut *transaction)
                .await?;
        }
        transaction.commit().await
    }
}

impl Reader {
    /// Every rule, in the order in which they were made. Of a rule that names friends those who are gone are not in it.
    ///
    /// # Errors
    /// When the database fails or a row is inconsistent.
    pub async fn alert_rules(&self) -> Result<Vec<Rule>, Error> {
        sqlx::query!(
            r#"SELECT id AS "id: Uuid", owner_id AS "owner_id: Uuid", every_friend AS "every_friend: bool",
                      (SELECT json_group_array(lower(hex(friend_id))) FROM alert_rule_friends WHERE rule_id = r.id) AS "named!: String",
                      regions, direction, hours, channels, is_on AS "is_on: bool"
               FROM alert_rules r ORDER BY id"#
        )
        .fetch_all(&self.pool)
        .await?
        .into_iter()
        .map(|row| {
            let friends = if row.every_friend {
                Which::All
            } else {
                Which::These(rows::json("alert_rule_friends", &row.named)?)
            };
            Ok(Rule {
                id: RuleId::new(row.id),
                owner: FriendId::new(row.owner_id),
                friends,
                regions: rows::json("alert_rules", &row.regions)?,
                direction: rows::word("alert_rules", &row.direction)?,
                hours: row.hours.map(|hours| rows::json("alert_rules", &hours)).transpose()?,
                channels: rows::json("alert_rules", &row.channels)?,
                on: row.is_on,
            })
        })
        .collect()
    }

    /// Where a friend's alerts go now; not to browsers whose session is over.
    ///
    /// # Errors
    /// When the database fails or a row is inconsistent.
    pub async fn alert_targets(&self, owner: FriendId, now: Timestamp) -> Result<Vec<AlertTarget>, Error> {
        let (id, now) = (owner.uuid(), now.as_millis());
        sqlx::query!(
            "SELECT channel, browser, sealed, made_at, session_hash FROM alert_targets t
             WHERE owner_id = ?1
               AND (session_hash IS NULL OR EXISTS (SELECT 1 FROM sessions WHERE hash = t.session_hash AND ends_at > ?2))
             ORDER BY channel, made_at",
            id,
            now
        )
        .fetch_all(&self.pool)
        .await?
        .into_iter()
        .map(|row| {
            Ok(AlertTarget {
                owner,
                channel: rows::word("alert_targets", &row.channel)?,
                browser: row.browser,
                sealed: row.sealed,
                made_at: Timestamp::from_millis(row.made_at),
                session: row
                    .session_hash
                    .map(|hash| SecretHash::read("alert_targets", &hash))
                    .transpose()?,
            })
        })
        .collect()
    }

    /// When a friend is left in peace; `None` for never.
    ///
    /// # Errors
    /// When the database fails or a row is inconsistent.
    pub async fn alert_quiet(&self, owner: FriendId) -> Result<Option<Schedule>, Error> {
        let owner = owner.uuid();
        let hours = sqlx::query_scalar!("SELECT hours FROM alert_quiet WHERE owner_id = ?1", owner);
        let hours = hours.fetch_optional(&self.pool).await?;
        hours.map(|hours| rows::json("alert_quiet", &hours)).transpose()
    }
}

//! Outlets: their settings, which transitions wait for them, and where their brokers retain something of ours.

use crate::{Error, NewTransition, Reader, Turn, Writer, transitions::Row};
use domain::{GroupId, Outlet, OutletId, RegionId, Timestamp, TopicBase, Transition};
use sqlx::SqliteConnection;
use uuid::Uuid;

/// An outlet as it is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OutletRow {
    /// Its settings.
    pub outlet: Outlet,
    /// Its password, sealed.
    pub password: Option<String>,
    /// When its broker last confirmed something.
    pub delivered_at: Option<Timestamp>,
}

/// What becomes of an outlet's password.
#[derive(Clone, PartialEq, Eq)]
pub enum Password {
    /// It stays.
    Keep,
    /// This one from now on, sealed; or none.
    Set(Option<String>),
}

/// A transition that waits for an outlet.
#[derive(Clone, Debug, PartialEq)]
pub struct OutletEvent {
    /// Its place in the order.
    pub place: i64,
    /// What happened.
    pub transition: Transition,
}

/// Where an outlet's broker may retain something.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OutletTopic {
    /// Where.
    pub topic: String,
    /// Of an event: of which region it is, and when it happened.
    pub of: Option<(RegionId, Timestamp)>,
}

/// Has every outlet of the group wait for what is new and still holds. Part of the transaction that makes it so; what is superseded
/// before it went out does not go out.
pub(crate) async fn queue(connection: &mut SqliteConnection, turns: &[Turn]) -> Result<(), Error> {
    for turn in turns {
        let Turn::Learn(NewTransition { transition, group, .. }) = turn else { continue };
        let (id, group) = (transition.id.uuid(), group.uuid());
        sqlx::query!(
            "INSERT INTO outlet_events (outlet_id, transition_id)
             SELECT id, ?1 FROM outlets WHERE group_id = ?2 AND is_on = 1 AND transitions = 1
                 AND EXISTS (SELECT 1 FROM transitions WHERE id = ?1) ORDER BY id",
            id,
            group
        )
        .execute(&mut *connection)
        .await?;
    }
    Ok(())
}

impl Writer {
    /// Keeps an outlet, new or changed. What waits for one that publishes no transitions any more is dropped.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn put_outlet(&mut self, outlet: &Outlet, password: &Password) -> Result<(), Error> {
        let (id, group, base) = (outlet.id.uuid(), outlet.group.uuid(), outlet.base.as_str());
        let keep = *password == Password::Keep;
        let password = match password {
            Password::Keep => None,
            Password::Set(password) => password.as_deref(),
        };
        let mut transaction = self.begin().await?;
        sqlx::query!(
            "INSERT INTO outlets (id, group_id, broker, user_name, password, authority, base, positions, transitions, is_on,
                                  observations)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?12)
             ON CONFLICT (id) DO UPDATE SET broker = excluded.broker, user_name = excluded.user_name,
                 password = iif(?11, password, excluded.password), authority = excluded.authority, base = excluded.base,
                 positions = excluded.positions, transitions = excluded.transitions, is_on = excluded.is_on,
                 observations = excluded.observations",
            id,
            group,
            outlet.broker,
            outlet.user,
            password,
            outlet.authority,
            base,
            outlet.positions,
            outlet.transitions,
            outlet.on,
            keep,
            outlet.observations
        )
        .execute(&mut *transaction)
        .await?;
        if !outlet.on || !outlet.transitions {
            sqlx::query!("DELETE FROM outlet_events WHERE outlet_id = ?1", id)
                .execute(&mut *transaction)
                .await?;
        }
        transaction.commit().await
    }

    /// Removes an outlet and what waits for it.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn remove_outlet(&mut self, outlet: OutletId) -> Result<(), Error> {
        let outlet = outlet.uuid();
        let mut transaction = self.begin().await?;
        sqlx::query!("DELETE FROM outlets WHERE id = ?1", outlet).execute(&mut *transaction).await?;
        transaction.commit().await
    }

    /// Notes that an outlet's broker has confirmed something: every transition up to and with this place among it.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn put_delivered(&mut self, outlet: OutletId, up_to: i64, at: Timestamp) -> Result<(), Error> {
        let (outlet, at) = (outlet.uuid(), at.as_millis());
        sqlx::query!("DELETE FROM outlet_events WHERE outlet_id = ?1 AND place <= ?2", outlet, up_to)
            .execute(&mut self.connection)
            .await?;
        sqlx::query!("UPDATE outlets SET delivered_at = ?2 WHERE id = ?1", outlet, at)
            .execute(&mut self.connection)
            .await?;
        Ok(())
    }

    /// Remembers topics at which an outlet's broker may retain something from now on, and forgets others.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn put_outlet_topics(
        &mut self,
        outlet: OutletId,
        used: &[OutletTopic],
        cleared: &[String],
    ) -> Result<(), Error> {
        let outlet = outlet.uuid();
        let used = used.iter().map(|OutletTopic { topic, of }| {
            let (region, at) = of.unzip();
            let region = region.map(|region| region.uuid().simple().to_string());
            (topic, region, at.map(Timestamp::as_millis))
        });
        let used: Vec<_> = used.collect();
        let (used, cleared) = (crate::rows::to_json(&used), crate::rows::to_json(&cleared));
        // The outlet may be gone by now.
        sqlx::query!(
            "INSERT INTO outlet_topics (outlet_id, topic, region_id, crossed_at)
             SELECT o.id, value ->> 0, unhex(value ->> 1), value ->> 2 FROM outlets o, json_each(?2) WHERE o.id = ?1
             ON CONFLICT (outlet_id, topic) DO UPDATE SET region_id = excluded.region_id, crossed_at = excluded.crossed_at",
            outlet,
            used
        )
        .execute(&mut self.connection)
        .await?;
        sqlx::query!(
            "DELETE FROM outlet_topics WHERE outlet_id = ?1 AND topic IN (SELECT value FROM json_each(?2))",
            outlet,
            cleared
        )
        .execute(&mut self.connection)
        .await?;
        Ok(())
    }
}

impl Reader {
    /// Every outlet, in the order in which they were made.
    ///
    /// # Errors
    /// When the database fails or a row is inconsistent.
    pub async fn outlets(&self) -> Result<Vec<OutletRow>, Error> {
        sqlx::query!(
            r#"SELECT id AS "id: Uuid", group_id AS "group_id: Uuid", broker, user_name, password, authority, base,
                      positions AS "positions: bool", transitions AS "transitions: bool",
                      observations AS "observations: bool", is_on AS "is_on: bool", delivered_at
               FROM outlets ORDER BY id"#
        )
        .fetch_all(&self.pool)
        .await?
        .into_iter()
        .map(|row| {
            let base = TopicBase::new(&row.base)
                .map_err(|why| Error::Inconsistent { table: "outlets", why: format!("base {why}") })?;
            let outlet = Outlet {
                id: OutletId::new(row.id),
                group: GroupId::new(row.group_id),
                broker: row.broker,
                user: row.user_name,
                authority: row.authority,
                base,
                positions: row.positions,
                transitions: row.transitions,
                observations: row.observations,
                on: row.is_on,
            };
            let delivered_at = row.delivered_at.map(Timestamp::from_millis);
            Ok(OutletRow { outlet, password: row.password, delivered_at })
        })
        .collect()
    }

    /// What waits for an outlet after a place, in order.
    ///
    /// # Errors
    /// When the database fails or a row is inconsistent.
    pub async fn outlet_events(
        &self,
        outlet: OutletId,
        after: i64,
        limit: u32,
    ) -> Result<Vec<OutletEvent>, Error> {
        let outlet = outlet.uuid();
        sqlx::query!(
            r#"SELECT e.place, t.id AS "id: Uuid", t.friend_id AS "friend_id: Uuid", t.device_id AS "device_id: Uuid",
                      t.region_id AS "region_id: Uuid", t.region_name, t.kind, t.at, t.decided_at, t.learnt_at, t.witness, t.evidence,
                      t.stay_ms
               FROM outlet_events e JOIN transitions t ON t.id = e.transition_id
               WHERE e.outlet_id = ?1 AND e.place > ?2 ORDER BY e.place LIMIT ?3"#,
            outlet,
            after,
            limit
        )
        .fetch_all(&self.pool)
        .await?
        .into_iter()
        .map(|row| {
            let transition = Row {
                id: row.id,
                friend_id: row.friend_id,
                device_id: row.device_id,
                region_id: row.region_id,
                region_name: row.region_name,
                kind: row.kind,
                at: row.at,
                decided_at: row.decided_at,
                learnt_at: row.learnt_at,
                witness: row.witness,
                evidence: row.evidence,
                stay_ms: row.stay_ms,
                superseded_at: None,
            };
            Ok(OutletEvent { place: row.place, transition: Transition::try_from(transition)? })
        })
        .collect()
    }

    /// How many transitions wait for an outlet.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn outlet_waiting(&self, outlet: OutletId) -> Result<u64, Error> {
        let outlet = outlet.uuid();
        let count = sqlx::query_scalar!(
            r#"SELECT count(*) AS "count: i64" FROM outlet_events WHERE outlet_id = ?1"#,
            outlet
        )
        .fetch_one(&self.pool)
        .await?;
        Ok(count.unsigned_abs())
    }

    /// Where an outlet's broker may retain something.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn outlet_topics(&self, outlet: OutletId) -> Result<Vec<OutletTopic>, Error> {
        let outlet = outlet.uuid();
        let rows = sqlx::query!(
            r#"SELECT topic, region_id AS "region_id: Uuid", crossed_at FROM outlet_topics WHERE outlet_id = ?1 ORDER BY topic"#,
            outlet
        );
        let topic = |topic, region: Option<Uuid>, at: Option<i64>| OutletTopic {
            topic,
            of: region.map(RegionId::new).zip(at.map(Timestamp::from_millis)),
        };
        let rows = rows.fetch_all(&self.pool).await?.into_iter();
        Ok(rows.map(|row| topic(row.topic, row.region_id, row.crossed_at)).collect())
    }
}

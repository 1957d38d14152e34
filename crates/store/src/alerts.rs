//! Alerts: of what it is still to be seen whom it is told to, what was told, and what is still to go out.

use crate::{Error, NewTransition, Reader, Superseded, Turn, Writer, rows, transitions::Row};
use domain::{
    AlertId, DeviceId, FriendId, Kind, RegionId, Timestamp, Transition,
    alert::{Alert, AlertState, Channel, Delivery, Notice, Skip, Told},
};
use sqlx::SqliteConnection;
use std::collections::HashSet;
use uuid::Uuid;

/// For how long it is told what somebody was told, milliseconds.
const KEPT_MS: i64 = 30 * 86_400_000;

/// A coming or going of which it is still to be seen whom it is told to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AlertEvent {
    /// Its place in the order.
    pub place: i64,
    /// The server learnt better: it was none.
    pub superseded: bool,
    /// Whose.
    pub friend: FriendId,
    /// By which device.
    pub device: DeviceId,
    /// Of which region.
    pub region: RegionId,
    /// In or out.
    pub kind: Kind,
    /// When.
    pub at: Timestamp,
}

/// Something to tell somebody.
#[derive(Clone, Debug)]
pub struct NewAlert {
    /// Which.
    pub id: AlertId,
    /// Whom.
    pub owner: FriendId,
    /// When what it tells of happened; of a correction, when it was said to have.
    pub at: Timestamp,
    /// When it was made.
    pub made_at: Timestamp,
    /// It takes back what was told of the same.
    pub correction: bool,
    /// What it says.
    pub notice: Notice,
    /// By which channels, and why not by these.
    pub channels: Vec<(Channel, Option<Skip>)>,
}

/// What somebody was told of an event.
#[derive(Clone, Debug)]
pub struct ToldOf {
    /// Whom.
    pub owner: FriendId,
    /// When it was said to have happened.
    pub at: Timestamp,
    /// Which channels it went out by.
    pub sent: Vec<Channel>,
}

/// Something that somebody was told, and of what.
#[derive(Clone, Debug)]
pub struct KeptAlert {
    /// What they were told.
    pub alert: Alert,
    /// Of whom.
    pub friend: FriendId,
    /// Of which region.
    pub region: RegionId,
}

/// Something that is to go out.
#[derive(Clone, Debug)]
pub struct DueDelivery {
    /// Its place.
    pub place: i64,
    /// Whom it is for.
    pub owner: FriendId,
    /// By which channel.
    pub channel: Channel,
    /// How often that failed.
    pub failures: u32,
    /// Of whom it tells.
    pub friend: FriendId,
    /// Of which region.
    pub region: RegionId,
    /// It takes back what was told.
    pub correction: bool,
    /// What it says.
    pub told: Told,
}

/// How it went so far with something that is to go out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tried {
    /// How often it failed.
    pub failures: u32,
    /// When what it tells of happened.
    pub at: Timestamp,
    /// It takes back what was told.
    pub correction: bool,
}

/// What became of something that was to go out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DeliveryNote {
    /// It went out.
    Sent,
    /// It did not; why, how often that was so, and when it is tried again.
    Failed {
        /// Why, in words.
        why: String,
        /// How often, with this time.
        failures: u32,
        /// When; `None` for not any more.
        next_at: Option<Timestamp>,
    },
    /// It is not to go out.
    Skipped(Skip),
}

/// Notes of what is new, and of what does not hold any more, that it is to be seen whom it is told to. Part of the transaction that makes it so.
/// Where nobody has a rule there is nobody to tell.
pub(crate) async fn queue(connection: &mut SqliteConnection, turns: &[Turn]) -> Result<(), Error> {
    for turn in turns {
        let (superseded, friend, device, region, kind, at) = match turn {
            Turn::Learn(NewTransition { transition, demo: false, .. }) => {
                let Transition { friend, device, region, kind, at, .. } = transition;
                (false, friend, device, region, kind, at)
            }
            Turn::Supersede(Superseded { friend, device, region, kind, at, id: Some(_), .. }) => {
                (true, friend, device, region, kind, at)
            }
            Turn::Learn(_) | Turn::Supersede(_) | Turn::Review(..) | Turn::Amend(_) => continue,
        };
        let (friend, device, region) = (friend.uuid(), device.uuid(), region.uuid());
        let (kind, at) = (rows::as_word(kind), at.as_millis());
        sqlx::query!(
            "INSERT INTO alert_events (superseded, friend_id, device_id, region_id, kind, at)
             SELECT ?1, ?2, ?3, ?4, ?5, ?6
             WHERE EXISTS (SELECT 1 FROM alert_rules) OR (?1 AND EXISTS (SELECT 1 FROM alerts WHERE friend_id = ?2))",
            superseded,
            friend,
            device,
            region,
            kind,
            at
        )
        .execute(&mut *connection)
        .await?;
    }
    Ok(())
}

impl Writer {
    /// Keeps what is to be told of an event, which is seen to with that; what waits to go out of the same within such a time of it does not
    /// go out, if there is one. Answers what is new: nobody is told the same twice.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn tell_alerts(
        &mut self,
        event: &AlertEvent,
        alerts: &[NewAlert],
        withdrawn_within_ms: Option<i64>,
    ) -> Result<HashSet<AlertId>, Error> {
        let mut transaction = self.begin().await?;
        let gone = sqlx::query!("DELETE FROM alert_events WHERE place = ?1", event.place)
            .execute(&mut *transaction)
            .await?;
        let mut new = HashSet::new();
        // Its friend may have been removed in between.
        if gone.rows_affected() > 0 {
            if let Some(within_ms) = withdrawn_within_ms {
                withdraw(&mut transaction, event, within_ms).await?;
            }
            for alert in alerts {
                if insert(&mut transaction, event, alert).await? {
                    new.insert(alert.id);
                }
            }
        }
        transaction.commit().await?;
        Ok(new)
    }

    /// Notes what became of something that was to go out. What went out although the server had learnt better meanwhile is looked at once more.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn note_delivery(&mut self, place: i64, note: &DeliveryNote) -> Result<(), Error> {
        let (state, why, failures, next_at) = match note {
            DeliveryNote::Sent => (AlertState::Sent, "", None, None),
            DeliveryNote::Failed { why, failures, next_at: Some(at) } => {
                (AlertState::Pending, why.as_str(), Some(*failures), Some(at.as_millis()))
            }
            DeliveryNote::Failed { why, failures, next_at: None } => {
                (AlertState::Failed, why.as_str(), Some(*failures), None)
            }
            DeliveryNote::Skipped(skip) => (AlertState::Skipped, skip.as_str(), None, None),
        };
        let (state, sent, corrected) =
            (state.as_str(), *note == DeliveryNote::Sent, Skip::Corrected.as_str());
        let mut transaction = self.begin().await?;
        if sent {
            sqlx::query!(
                "INSERT INTO alert_events (superseded, friend_id, device_id, region_id, kind, at)
                 SELECT 1, a.friend_id, d.id, a.region_id, a.kind, a.at
                 FROM alert_deliveries y JOIN alerts a ON a.id = y.alert_id JOIN devices d ON d.friend_id = a.friend_id
                 WHERE y.place = ?1 AND y.state = 'skipped' AND y.why = ?2 LIMIT 1",
                place,
                corrected
            )
            .execute(&mut *transaction)
            .await?;
        }
        sqlx::query!(
            "UPDATE alert_deliveries SET state = ?2, why = ?3, failures = ifnull(?4, failures), next_at = ?5
             WHERE place = ?1 AND (state = 'pending' OR ?6)",
            place,
            state,
            why,
            failures,
            next_at,
            sent
        )
        .execute(&mut *transaction)
        .await?;
        transaction.commit().await
    }
}

/// What waits to go out of an event that was none does not go out any more.
async fn withdraw(
    connection: &mut SqliteConnection,
    event: &AlertEvent,
    within_ms: i64,
) -> Result<(), Error> {
    let (friend, region) = (event.friend.uuid(), event.region.uuid());
    let (kind, at, why) = (rows::as_word(&event.kind), event.at.as_millis(), Skip::Corrected.as_str());
    let (from, to) = (at.saturating_sub(within_ms), at.saturating_add(within_ms));
    sqlx::query!(
        "UPDATE alert_deliveries SET state = 'skipped', why = ?6, next_at = NULL
         WHERE state = 'pending' AND alert_id IN (SELECT id FROM alerts
             WHERE friend_id = ?1 AND region_id = ?2 AND kind = ?3 AND at > ?4 AND at < ?5 AND correction = 0)",
        friend,
        region,
        kind,
        from,
        to,
        why
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// Keeps an alert; false if its owner was told already. A correction may go out by another channel later.
async fn insert(
    connection: &mut SqliteConnection,
    event: &AlertEvent,
    alert: &NewAlert,
) -> Result<bool, Error> {
    let (id, owner) = (alert.id.uuid(), alert.owner.uuid());
    let (friend, region) = (event.friend.uuid(), event.region.uuid());
    let (kind, at, made_at) = (rows::as_word(&event.kind), alert.at.as_millis(), alert.made_at.as_millis());
    let (notice, kept_since) = (rows::to_json(&alert.notice), made_at - KEPT_MS);
    sqlx::query!("DELETE FROM alerts WHERE owner_id = ?1 AND made_at < ?2", owner, kept_since)
        .execute(&mut *connection)
        .await?;
    let stored = sqlx::query!(
        "INSERT INTO alerts (id, owner_id, friend_id, region_id, kind, at, made_at, correction, notice)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9) ON CONFLICT DO NOTHING",
        id,
        owner,
        friend,
        region,
        kind,
        at,
        made_at,
        alert.correction,
        notice
    )
    .execute(&mut *connection)
    .await?;
    let is_new = stored.rows_affected() > 0;
    if !is_new && !alert.correction {
        return Ok(false);
    }
    for (channel, skip) in &alert.channels {
        let state = match (skip, channel) {
            (Some(_), _) => AlertState::Skipped,
            // It is told with the commit.
            (None, Channel::Page) => AlertState::Sent,
            (None, Channel::Push | Channel::Mail | Channel::Ntfy | Channel::Webhook) => AlertState::Pending,
        };
        let next_at = (state == AlertState::Pending).then_some(made_at);
        let (channel, state, why) = (channel.as_str(), state.as_str(), skip.map_or("", Skip::as_str));
        sqlx::query!(
            "INSERT INTO alert_deliveries (alert_id, channel, state, why, failures, next_at)
             SELECT id, ?6, ?7, ?8, 0, ?9 FROM alerts
             WHERE owner_id = ?1 AND friend_id = ?2 AND region_id = ?3 AND kind = ?4 AND at = ?5 AND correction = ?10
             ON CONFLICT DO NOTHING",
            owner,
            friend,
            region,
            kind,
            at,
            channel,
            state,
            why,
            next_at,
            alert.correction
        )
        .execute(&mut *connection)
        .await?;
    }
    Ok(is_new)
}

impl Reader {
    /// Comings and goings of which it is still to be seen whom they are told to, in order.
    ///
    /// # Errors
    /// When the database fails or a row is inconsistent.
    pub async fn alert_events(&self, limit: u32) -> Result<Vec<AlertEvent>, Error> {
        sqlx::query!(
            r#"SELECT place AS "place!", superseded AS "superseded: bool", friend_id AS "friend_id: Uuid", device_id AS "device_id: Uuid",
                      region_id AS "region_id: Uuid", kind, at
               FROM alert_events ORDER BY place LIMIT ?1"#,
            limit
        )
        .fetch_all(&self.pool)
        .await?
        .into_iter()
        .map(|row| {
            Ok(AlertEvent {
                place: row.place,
                superseded: row.superseded,
                friend: FriendId::new(row.friend_id),
                device: DeviceId::new(row.device_id),
                region: RegionId::new(row.region_id),
                kind: rows::word("alert_events", &row.kind)?,
                at: Timestamp::from_millis(row.at),
            })
        })
        .collect()
    }

    /// The transition that an event tells of; `None` when it holds no longer.
    ///
    /// # Errors
    /// When the database fails or a row is inconsistent.
    pub async fn transition_of(&self, event: &AlertEvent) -> Result<Option<Transition>, Error> {
        let (friend, device, region) = (event.friend.uuid(), event.device.uuid(), event.region.uuid());
        let (kind, at) = (rows::as_word(&event.kind), event.at.as_millis());
        let found = sqlx::query_as!(
            Row,
            r#"SELECT id AS "id: Uuid", friend_id AS "friend_id: Uuid", device_id AS "device_id: Uuid",
                      region_id AS "region_id: Uuid", region_name, kind, at, decided_at, learnt_at, witness, evidence, stay_ms,
                      NULL AS "superseded_at: i64"
               FROM transitions WHERE friend_id = ?1 AND device_id = ?2 AND region_id = ?3 AND kind = ?4 AND at = ?5"#,
            friend,
            device,
            region,
            kind,
            at
        )
        .fetch_optional(&self.pool)
        .await?;
        found.map(Transition::try_from).transpose()
    }

    /// When a friend came or went as an event says, by what holds, nearest to the time of the event and within so long of it.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn nearest_held(&self, event: &AlertEvent, within_ms: i64) -> Result<Option<Timestamp>, Error> {
        let (friend, region, kind) = (event.friend.uuid(), event.region.uuid(), rows::as_word(&event.kind));
        let at = event.at.as_millis();
        let (from, to) = (at.saturating_sub(within_ms), at.saturating_add(within_ms));
        let found = sqlx::query_scalar!(
            "SELECT at FROM transitions WHERE friend_id = ?1 AND region_id = ?2 AND kind = ?3 AND at > ?4 AND at < ?5
             ORDER BY abs(at - ?6) LIMIT 1",
            friend,
            region,
            kind,
            from,
            to,
            at
        );
        Ok(found.fetch_optional(&self.pool).await?.map(Timestamp::from_millis))
    }

    /// When the last thing of the same friend, region and direction happened, within a time of an event, of which somebody was told and which was not taken
    /// back.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn last_told(
        &self,
        owner: FriendId,
        event: &AlertEvent,
        within_ms: i64,
    ) -> Result<Option<Timestamp>, Error> {
        let (owner, friend, region) = (owner.uuid(), event.friend.uuid(), event.region.uuid());
        let (kind, at) = (rows::as_word(&event.kind), event.at.as_millis());
        let (from, to) = (at.saturating_sub(within_ms), at.saturating_add(within_ms));
        let (late, again) = (Skip::Late.as_str(), Skip::Again.as_str());
        let corrected = Skip::Corrected.as_str();
        let last = sqlx::query_scalar!(
            r#"SELECT max(at) AS "at: i64" FROM alerts a
               WHERE owner_id = ?1 AND friend_id = ?2 AND region_id = ?3 AND kind = ?4 AND at > ?5 AND at < ?6 AND correction = 0
                 AND EXISTS (SELECT 1 FROM alert_deliveries WHERE alert_id = a.id AND why NOT IN (?7, ?8, ?9))
                 AND NOT EXISTS (SELECT 1 FROM alerts c
                     WHERE c.owner_id = ?1 AND c.friend_id = ?2 AND c.region_id = ?3 AND c.kind = ?4 AND c.at = a.at AND c.correction = 1)"#,
            owner,
            friend,
            region,
            kind,
            from,
            to,
            late,
            again,
            corrected
        );
        Ok(last.fetch_one(&self.pool).await?.map(Timestamp::from_millis))
    }

    /// Who was told of an event, or of the same within such a time of it, and by which channels that went out; not what was taken back.
    ///
    /// # Errors
    /// When the database fails or a row is inconsistent.
    pub async fn told_of(&self, event: &AlertEvent, within_ms: i64) -> Result<Vec<ToldOf>, Error> {
        let (friend, region) = (event.friend.uuid(), event.region.uuid());
        let (kind, at) = (rows::as_word(&event.kind), event.at.as_millis());
        let (from, to) = (at.saturating_sub(within_ms), at.saturating_add(within_ms));
        sqlx::query!(
            r#"SELECT owner_id AS "owner_id: Uuid", at,
                      (SELECT json_group_array(channel) FROM alert_deliveries y
                       WHERE y.alert_id = a.id AND y.state = 'sent'
                         AND NOT EXISTS (SELECT 1 FROM alerts c JOIN alert_deliveries z ON z.alert_id = c.id
                             WHERE c.owner_id = a.owner_id AND c.friend_id = a.friend_id AND c.region_id = a.region_id AND c.kind = a.kind
                               AND c.at = a.at AND c.correction = 1 AND z.channel = y.channel)) AS "sent!: String"
               FROM alerts a WHERE friend_id = ?1 AND region_id = ?2 AND kind = ?3 AND at > ?4 AND at < ?5 AND correction = 0"#,
            friend,
            region,
            kind,
            from,
            to
        )
        .fetch_all(&self.pool)
        .await?
        .into_iter()
        .map(|row| {
            let sent = rows::json("alert_deliveries", &row.sent)?;
            Ok(ToldOf { owner: FriendId::new(row.owner_id), at: Timestamp::from_millis(row.at), sent })
        })
        .collect()
    }

    /// What somebody was told, newest first: behind that made then, with that identifier, or from the newest on.
    ///
    /// # Errors
    /// When the database fails or a row is inconsistent.
    pub async fn alerts(
        &self,
        owner: FriendId,
        behind: Option<(Timestamp, AlertId)>,
        limit: u32,
    ) -> Result<Vec<KeptAlert>, Error> {
        let owner = owner.uuid();
        let (made_at, id) =
            behind.map_or((i64::MAX, Uuid::nil()), |(made_at, id)| (made_at.as_millis(), id.uuid()));
        sqlx::query!(
            r#"SELECT id AS "id: Uuid", friend_id AS "friend_id: Uuid", region_id AS "region_id: Uuid", at, made_at, correction AS "correction: bool", notice,
                      (SELECT json_group_array(json_array(channel, state, why)) FROM
                          (SELECT channel, state, why FROM alert_deliveries WHERE alert_id = a.id ORDER BY place)) AS "deliveries!: String"
               FROM alerts a WHERE owner_id = ?1 AND made_at <= ?2 AND (made_at < ?2 OR id < ?3)
               ORDER BY made_at DESC, id DESC LIMIT ?4"#,
            owner,
            made_at,
            id,
            limit
        )
        .fetch_all(&self.pool)
        .await?
        .into_iter()
        .map(|row| {
            let deliveries: Vec<(Channel, AlertState, String)> =
                rows::json("alert_deliveries", &row.deliveries)?;
            let delivery = |(channel, state, why)| Delivery { channel, state, why };
            let alert = Alert {
                told: Told {
                    id: AlertId::new(row.id),
                    at: Timestamp::from_millis(row.at),
                    notice: rows::json("alerts", &row.notice)?,
                },
                made_at: Timestamp::from_millis(row.made_at),
                correction: row.correction,
                deliveries: deliveries.into_iter().map(delivery).collect(),
            };
            Ok(KeptAlert {
                alert,
                friend: FriendId::new(row.friend_id),
                region: RegionId::new(row.region_id),
            })
        })
        .collect()
    }

    /// What is to go out by now, what is due longest first; not what is at these places, nor anything for these friends.
    ///
    /// # Errors
    /// When the database fails or a row is inconsistent.
    pub async fn due_deliveries(
        &self,
        now: Timestamp,
        (places, owners): (&[i64], &[FriendId]),
        limit: u32,
    ) -> Result<Vec<DueDelivery>, Error> {
        let (now, places) = (now.as_millis(), rows::to_json(&places));
        let owners = rows::to_hex(owners.iter().map(|owner| owner.uuid()));
        sqlx::query!(
            r#"SELECT y.place AS "place!", y.channel, y.failures AS "failures: u32", a.id AS "id: Uuid", a.owner_id AS "owner_id: Uuid",
                      a.friend_id AS "friend_id: Uuid", a.region_id AS "region_id: Uuid", a.at, a.correction AS "correction: bool", a.notice
               FROM alert_deliveries y JOIN alerts a ON a.id = y.alert_id
               WHERE y.next_at IS NOT NULL AND y.next_at <= ?1 AND y.place NOT IN (SELECT value FROM json_each(?2))
                 AND a.owner_id NOT IN (SELECT unhex(value) FROM json_each(?3))
               ORDER BY y.next_at, y.place LIMIT ?4"#,
            now,
            places,
            owners,
            limit
        )
        .fetch_all(&self.pool)
        .await?
        .into_iter()
        .map(|row| {
            Ok(DueDelivery {
                place: row.place,
                owner: FriendId::new(row.owner_id),
                channel: rows::word("alert_deliveries", &row.channel)?,
                failures: row.failures,
                friend: FriendId::new(row.friend_id),
                region: RegionId::new(row.region_id),
                correction: row.correction,
                told: Told {
                    id: AlertId::new(row.id),
                    at: Timestamp::from_millis(row.at),
                    notice: rows::json("alerts", &row.notice)?,
                },
            })
        })
        .collect()
    }

    /// How it went so far with something that is to go out; `None` when it is gone.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn delivery_tried(&self, place: i64) -> Result<Option<Tried>, Error> {
        let found = sqlx::query!(
            r#"SELECT y.failures AS "failures: u32", a.at, a.correction AS "correction: bool"
               FROM alert_deliveries y JOIN alerts a ON a.id = y.alert_id WHERE y.place = ?1"#,
            place
        )
        .fetch_optional(&self.pool)
        .await?;
        Ok(found.map(|row| Tried {
            failures: row.failures,
            at: Timestamp::from_millis(row.at),
            correction: row.correction,
        }))
    }

    /// When something is to go out next; `None` for nothing.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn next_delivery(&self) -> Result<Option<Timestamp>, Error> {
        let next = sqlx::query_scalar!(
            r#"SELECT min(next_at) AS "next_at: i64" FROM alert_deliveries WHERE next_at IS NOT NULL"#
        );
        Ok(next.fetch_one(&self.pool).await?.map(Timestamp::from_millis))
    }
}

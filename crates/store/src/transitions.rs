//! The history.

use crate::{Error, Reader, rows};
use domain::{DeviceId, FriendId, RegionId, Scope, Timestamp, Transition, TransitionId};
use uuid::Uuid;

/// Which part of the history.
pub struct TransitionQuery {
    /// What the viewer may see.
    pub scope: Scope,
    /// Only of this friend.
    pub friend: Option<FriendId>,
    /// Only of this region.
    pub region: Option<RegionId>,
    /// Not before.
    pub from: Option<Timestamp>,
    /// Before.
    pub to: Option<Timestamp>,
    /// Only what comes after this one, going back in time.
    pub after: Option<(Timestamp, TransitionId)>,
    /// How many at the most.
    pub limit: u32,
}

impl Reader {
    /// Transitions, newest first.
    ///
    /// # Errors
    /// When the database fails or a row is inconsistent.
    pub async fn transitions(&self, query: &TransitionQuery) -> Result<Vec<Transition>, Error> {
        let (group, demo) = match query.scope {
            Scope::Group(group) => (Some(group.uuid()), false),
            Scope::Demo => (None, true),
            Scope::All => (None, false),
        };
        let (friend, region) = (query.friend.map(FriendId::uuid), query.region.map(RegionId::uuid));
        let from = query.from.map_or(i64::MIN, Timestamp::as_millis);
        let to = query.to.map_or(i64::MAX, Timestamp::as_millis);
        let (before_at, before_id) =
            query.after.map_or((i64::MAX, Uuid::max()), |(at, id)| (at.as_millis(), id.uuid()));
        sqlx::query!(
            r#"SELECT id AS "id: Uuid", friend_id AS "friend_id: Uuid", device_id AS "device_id: Uuid",
                      region_id AS "region_id: Uuid", region_name, kind, at, decided_at, learnt_at, witness, evidence, stay_ms
               FROM transitions
               WHERE (?1 IS NULL OR group_id = ?1) AND (NOT ?2 OR demo = 1)
                 AND (?3 IS NULL OR friend_id = ?3) AND (?4 IS NULL OR region_id = ?4)
                 AND at >= ?5 AND at < ?6 AND (at, id) < (?7, ?8)
               ORDER BY at DESC, id DESC LIMIT ?9"#,
            group, demo, friend, region, from, to, before_at, before_id, query.limit
        )
        .fetch_all(&self.pool)
        .await?
        .into_iter()
        .map(|row| {
            Ok(Transition {
                id: TransitionId::new(row.id),
                friend: FriendId::new(row.friend_id),
                device: DeviceId::new(row.device_id),
                region: RegionId::new(row.region_id),
                region_name: row.region_name,
                kind: rows::word("transitions", &row.kind)?,
                at: Timestamp::from_millis(row.at),
                decided_at: Timestamp::from_millis(row.decided_at),
                learnt_at: Timestamp::from_millis(row.learnt_at),
                witness: rows::word("transitions", &row.witness)?,
                evidence: rows::json("transitions", &row.evidence)?,
                stay_ms: row.stay_ms,
            })
        })
        .collect()
    }
}

//! The history.

use crate::{Error, Reader, rows};
use domain::{DeviceId, FriendId, GroupId, Kind, RegionId, Scope, Timestamp, Transition, TransitionId};
use sqlx::SqliteConnection;
use uuid::Uuid;

/// Which part of the history.
pub struct TransitionQuery {
    /// What the viewer may see.
    pub scope: Scope,
    /// But none of these regions.
    pub hidden: Vec<RegionId>,
    /// Only of this friend.
    pub friend: Option<FriendId>,
    /// Only of this region.
    pub region: Option<RegionId>,
    /// Only these.
    pub kind: Option<Kind>,
    /// Not before.
    pub from: Option<Timestamp>,
    /// Before.
    pub to: Option<Timestamp>,
    /// What holds alone, or also what was believed once.
    pub belief: Belief,
    /// Only what comes after this one, going back in time.
    pub after: Option<(Timestamp, TransitionId)>,
    /// How many at the most.
    pub limit: u32,
}

/// Which entries of the history, by whether they are still believed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Belief {
    /// Those that hold.
    #[default]
    Held,
    /// Those, and in their places those that were superseded.
    Ever,
}

/// Comings and goings that tell of visits.
pub struct WaysQuery {
    /// What the viewer may see.
    pub scope: Scope,
    /// Only of this friend.
    pub friend: Option<FriendId>,
    /// Only of this region.
    pub region: Option<RegionId>,
    /// Visits that last until here or longer.
    pub from: Timestamp,
    /// Visits that begin before.
    pub to: Timestamp,
}

/// What is new in groups.
pub struct NewsQuery {
    /// Of these groups.
    pub groups: Vec<GroupId>,
    /// Only what was learnt after this.
    pub learnt_after: Timestamp,
    /// Only what happened since.
    pub not_before: Timestamp,
    /// How many at the most.
    pub limit: u32,
}

impl Reader {
    /// What was learnt of groups, oldest first.
    ///
    /// # Errors
    /// When the database fails or a row is inconsistent.
    pub async fn news(&self, query: &NewsQuery) -> Result<Vec<Transition>, Error> {
        let (groups, limit) = (listed(&query.groups), query.limit);
        let (after, since) = (query.learnt_after.as_millis(), query.not_before.as_millis());
        sqlx::query_as!(
            Row,
            r#"SELECT id AS "id: Uuid", friend_id AS "friend_id: Uuid", device_id AS "device_id: Uuid",
                      region_id AS "region_id: Uuid", region_name, kind, at, decided_at, learnt_at, witness, evidence, stay_ms,
                      NULL AS "superseded_at: i64"
               FROM transitions WHERE group_id IN (SELECT unhex(value) FROM json_each(?1)) AND learnt_at > ?2 AND at >= ?3 ORDER BY learnt_at, id LIMIT ?4"#,
            groups,
            after,
            since,
            limit
        )
        .fetch_all(&self.pool)
        .await?
        .into_iter()
        .map(Transition::try_from)
        .collect()
    }

    /// Transitions, newest first; with those that were superseded, if asked for.
    ///
    /// # Errors
    /// When the database fails or a row is inconsistent.
    pub async fn transitions(&self, query: &TransitionQuery) -> Result<Vec<Transition>, Error> {
        let (groups, demo) = sides(&query.scope);
        let (friend, region) = (query.friend.map(FriendId::uuid), query.region.map(RegionId::uuid));
        let hidden: Vec<String> =
            query.hidden.iter().map(|id| id.uuid().simple().to_string().to_uppercase()).collect();
        let hidden = rows::to_json(&hidden);
        let kind = query.kind.as_ref().map(rows::as_word);
        let from = query.from.map_or(i64::MIN, Timestamp::as_millis);
        let to = query.to.map_or(i64::MAX, Timestamp::as_millis);
        let (before_at, before_id) =
            query.after.map_or((i64::MAX, Uuid::max()), |(at, id)| (at.as_millis(), id.uuid()));
        let ever = query.belief == Belief::Ever;
        sqlx::query_as!(
            Row,
            r#"SELECT id AS "id!: Uuid", friend_id AS "friend_id!: Uuid", device_id AS "device_id!: Uuid",
                      region_id AS "region_id!: Uuid", region_name AS "region_name!", kind AS "kind!", at AS "at!: i64",
                      decided_at AS "decided_at!: i64", learnt_at AS "learnt_at!: i64", witness AS "witness!",
                      evidence AS "evidence!", stay_ms AS "stay_ms: i64", NULL AS "superseded_at: i64"
               FROM transitions
               WHERE (?1 IS NULL OR group_id IN (SELECT unhex(value) FROM json_each(?1))) AND (NOT ?2 OR demo = 1)
                 AND (?3 IS NULL OR friend_id = ?3) AND (?4 IS NULL OR region_id = ?4)
                 AND at >= ?5 AND at < ?6 AND (at, id) < (?7, ?8)
                 AND hex(region_id) NOT IN (SELECT value FROM json_each(?11)) AND (?12 IS NULL OR kind = ?12)
               UNION ALL
               SELECT id, friend_id, device_id, region_id, region_name, kind, at, decided_at, learnt_at, witness, evidence, stay_ms,
                      superseded_at
               FROM superseded
               WHERE ?10 AND (?1 IS NULL OR group_id IN (SELECT unhex(value) FROM json_each(?1))) AND (NOT ?2 OR demo = 1)
                 AND (?3 IS NULL OR friend_id = ?3) AND (?4 IS NULL OR region_id = ?4)
                 AND at >= ?5 AND at < ?6 AND (at, id) < (?7, ?8)
                 AND hex(region_id) NOT IN (SELECT value FROM json_each(?11)) AND (?12 IS NULL OR kind = ?12)
               ORDER BY 7 DESC, 1 DESC LIMIT ?9"#,
            groups, demo, friend, region, from, to, before_at, before_id, query.limit, ever, hidden, kind
        )
        .fetch_all(&self.pool)
        .await?
        .into_iter()
        .map(Transition::try_from)
        .collect()
    }

    /// What holds of a time, oldest first, and of each friend and region also the last before it and the first after it: who was there
    /// all the time neither came nor went.
    ///
    /// # Errors
    /// When the database fails or a row is inconsistent.
    pub async fn ways(&self, query: &WaysQuery) -> Result<Vec<Transition>, Error> {
        let (groups, demo) = sides(&query.scope);
        let (friend, region) = (query.friend.map(FriendId::uuid), query.region.map(RegionId::uuid));
        let (from, to) = (query.from.as_millis(), query.to.as_millis());
        sqlx::query_as!(
            Row,
            r#"WITH seen AS (
                   SELECT friend_id, region_id, at FROM transitions
                   WHERE (?1 IS NULL OR group_id IN (SELECT unhex(value) FROM json_each(?1))) AND (NOT ?2 OR demo = 1)
                     AND (?3 IS NULL OR friend_id = ?3) AND (?4 IS NULL OR region_id = ?4)),
               edge AS (
                   SELECT friend_id, region_id, max(at) AS at FROM seen WHERE at < ?5 GROUP BY friend_id, region_id
                   UNION ALL
                   SELECT friend_id, region_id, min(at) AS at FROM seen WHERE at >= ?6 GROUP BY friend_id, region_id
                   UNION ALL
                   SELECT DISTINCT friend_id, region_id, at FROM seen WHERE at >= ?5 AND at < ?6)
               SELECT t.id AS "id!: Uuid", t.friend_id AS "friend_id!: Uuid", t.device_id AS "device_id!: Uuid",
                      t.region_id AS "region_id!: Uuid", t.region_name AS "region_name!", t.kind AS "kind!", t.at AS "at!",
                      t.decided_at AS "decided_at!", t.learnt_at AS "learnt_at!", t.witness AS "witness!",
                      t.evidence AS "evidence!", t.stay_ms, NULL AS "superseded_at: i64"
               FROM edge e JOIN transitions t ON t.friend_id = e.friend_id AND t.region_id = e.region_id AND t.at = e.at
               ORDER BY t.at, t.id"#,
            groups, demo, friend, region, from, to
        )
        .fetch_all(&self.pool)
        .await?
        .into_iter()
        .map(Transition::try_from)
        .collect()
    }
}

/// A scope as a query asks: only of these groups (JSON), only what is made up.
fn sides(scope: &Scope) -> (Option<String>, bool) {
    match scope {
        Scope::Groups(groups) => (Some(listed(groups)), false),
        Scope::Demo => (None, true),
        Scope::All => (None, false),
    }
}

fn listed(groups: &[GroupId]) -> String {
    rows::to_json(&groups.iter().map(|group| group.uuid().simple().to_string()).collect::<Vec<_>>())
}

/// What was said of a friend and a region from a time on, and holds.
pub(crate) async fn of_region(
    connection: &mut SqliteConnection,
    friend: FriendId,
    region: RegionId,
    from: Timestamp,
) -> Result<Vec<Transition>, Error> {
    let (friend, region, from) = (friend.uuid(), region.uuid(), from.as_millis());
    sqlx::query_as!(
        Row,
        r#"SELECT id AS "id: Uuid", friend_id AS "friend_id: Uuid", device_id AS "device_id: Uuid",
                  region_id AS "region_id: Uuid", region_name, kind, at, decided_at, learnt_at, witness, evidence, stay_ms,
                  NULL AS "superseded_at: i64"
           FROM transitions WHERE friend_id = ?1 AND region_id = ?2 AND at >= ?3"#,
        friend,
        region,
        from
    )
    .fetch_all(connection)
    .await?
    .into_iter()
    .map(Transition::try_from)
    .collect()
}

/// Since when a friend was inside a region just before a time, by what was said.
pub(crate) async fn inside_since(
    connection: &mut SqliteConnection,
    friend: FriendId,
    region: RegionId,
    before: Timestamp,
) -> Result<Option<Timestamp>, Error> {
    let (friend, region, before) = (friend.uuid(), region.uuid(), before.as_millis());
    let last = sqlx::query!(
        "SELECT kind, at FROM transitions WHERE friend_id = ?1 AND region_id = ?2 AND at < ?3 ORDER BY at DESC LIMIT 1",
        friend,
        region,
        before
    )
    .fetch_optional(connection)
    .await?;
    Ok(last.filter(|last| last.kind == "enter").map(|last| Timestamp::from_millis(last.at)))
}

pub(crate) struct Row {
    pub(crate) id: Uuid,
    pub(crate) friend_id: Uuid,
    pub(crate) device_id: Uuid,
    pub(crate) region_id: Uuid,
    pub(crate) region_name: String,
    pub(crate) kind: String,
    pub(crate) at: i64,
    pub(crate) decided_at: i64,
    pub(crate) learnt_at: i64,
    pub(crate) witness: String,
    pub(crate) evidence: String,
    pub(crate) stay_ms: Option<i64>,
    pub(crate) superseded_at: Option<i64>,
}

impl TryFrom<Row> for Transition {
    type Error = Error;

    fn try_from(row: Row) -> Result<Self, Error> {
        Ok(Self {
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
            superseded_at: row.superseded_at.map(Timestamp::from_millis),
        })
    }
}

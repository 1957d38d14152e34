//! What is stored of friends, as a table of classes: where it lies, whose it is, and of which time. What they write to each other is of several at
//! once, and is deleted in `chat`.
//!
//! Deleting by hand and retention go by this table, so that a new kind of rows is a line here and not one in each of them. Their statements are
//! made from it: the macros cannot check them, the tests do.

use crate::{Error, Forget, Removed};
use domain::{Fix, Holding, RetentionClass};
use sqlx::{AssertSqlSafe, SqliteConnection};
use uuid::Uuid;

/// A kind of rows.
pub(crate) struct Class {
    /// Where they are.
    pub(crate) table: &'static str,
    /// The column that says whose.
    pub(crate) whose: &'static str,
    /// What they are counted as; what is not counted says nothing of its own.
    pub(crate) counted: Option<Holding>,
    /// Of which time they are.
    pub(crate) of: Of,
    /// How it grows old, if it does.
    pub(crate) ageing: Option<Ageing>,
    /// Whether what stays beside them tells of their time: how long a stay was, and by what it was known.
    tells: bool,
}

/// How rows grow too old to be kept.
pub(crate) struct Ageing {
    /// With what they are kept.
    pub(crate) class: RetentionClass,
    /// The column of the time that counts.
    by: &'static str,
    /// The columns by which a row is found.
    key: &'static str,
    /// The condition on a row `t` that holds still, however old it is.
    holds: Option<&'static str>,
    /// Other rows that are old: not by their own time, by which nothing is found, but by when they came.
    also: Option<&'static str>,
}

/// Of which time rows are.
pub(crate) enum Of {
    /// Of any of the times in these columns.
    Times(&'static [&'static str]),
    /// Positions: when they were taken, and by a clock that is wrong, when they came.
    Fixes,
    /// Of any time.
    Any,
    /// Of none: they go only with everything.
    None,
}

const fn class(table: &'static str, counted: Option<Holding>, of: Of) -> Class {
    Class { table, whose: "device_id", counted, of, ageing: None, tells: false }
}

const fn ageing(class: RetentionClass, by: &'static str, key: &'static str) -> Ageing {
    Ageing { class, by, key, holds: None, also: None }
}

/// What came late is as old as when it came: what a phone has at last been rid of is not thrown away within the hour.
const CAME_LATER: &str = "t.received_at >= ?2";

/// What is stored of a friend's devices.
pub(crate) const DEVICES: [Class; 7] = [
    Class {
        ageing: Some(Ageing {
            class: RetentionClass::Fixes,
            by: "at",
            key: "device_id, at, lat, lon",
            holds: Some(CAME_LATER),
            also: Some("at - received_at > 86400000 AND received_at < ?2"),
        }),
        ..class("fixes", Some(Holding::Positions), Of::Fixes)
    },
    Class {
        ageing: Some(Ageing {
            holds: Some(CAME_LATER),
            ..ageing(RetentionClass::Fixes, "at", "device_id, at, kind, description")
        }),
        ..class("claims", Some(Holding::Claims), Of::Times(&["at"]))
    },
    Class {
        tells: true,
        ageing: Some(Ageing {
            class: RetentionClass::Transitions,
            by: "decided_at",
            key: "device_id, region_id, at, kind, decided_at",
            // Whose last word of a region is that they came, is there.
            holds: Some(
                "kind = 'enter' AND retracted_at IS NULL
                 AND NOT EXISTS (SELECT 1 FROM crossings l
                                 WHERE l.device_id = t.device_id AND l.region_id = t.region_id AND l.retracted_at IS NULL
                                   AND (l.at, l.decided_at) > (t.at, t.decided_at))",
            ),
            also: None,
        }),
        ..class("crossings", Some(Holding::Judgements), Of::Times(&["at", "decided_at"]))
    },
    // Late evidence is judged from a checkpoint on: without one from before, nothing is judged against a past with a hole in it.
    class("checkpoints", Some(Holding::Judgements), Of::Any),
    class("waypoints", Some(Holding::Places), Of::Times(&["seen_at"])),
    class("waypoint_lists", None, Of::Times(&["at"])),
    class("orders", Some(Holding::Orders), Of::None),
];

/// What is stored of a friend.
pub(crate) const FRIENDS: [Class; 7] = [
    history(
        "transitions",
        Some(
            "kind = 'enter'
             AND NOT EXISTS (SELECT 1 FROM transitions l
                             WHERE l.friend_id = t.friend_id AND l.region_id = t.region_id AND l.at > t.at)",
        ),
    ),
    history("superseded", None),
    Class {
        whose: "friend_id",
        ageing: Some(ageing(RetentionClass::Transitions, "at", "id")),
        ..class("alerts", Some(Holding::Told), Of::Times(&["at"]))
    },
    // Beside what others were told of them: what they were told of others.
    Class { whose: "owner_id", ..class("alerts", Some(Holding::Alerting), Of::None) },
    Class { whose: "friend_id", ..class("cards", Some(Holding::Card), Of::None) },
    Class { whose: "friend_id", ..class("looks", None, Of::None) },
    Class { whose: "friend_id", ..class("seen", None, Of::None) },
];

const fn history(table: &'static str, holds: Option<&'static str>) -> Class {
    let of = Of::Times(&["at", "decided_at"]);
    let ageing =
        Ageing { class: RetentionClass::Transitions, by: "decided_at", key: "id", holds, also: None };
    let counted = Some(Holding::History);
    Class { whose: "friend_id", tells: true, ageing: Some(ageing), ..class(table, counted, of) }
}

/// Where rows of a class are too old at a moment `?2`, as a table and the condition on a row `t` of it; none for classes that are of no friend.
pub(crate) fn too_old(class: RetentionClass) -> impl Iterator<Item = (&'static str, String)> {
    DEVICES.iter().chain(&FRIENDS).filter_map(move |one| {
        let ageing = one.ageing.as_ref().filter(|ageing| ageing.class == class)?;
        let also = ageing.also.map(|also| format!(" OR ({also})")).unwrap_or_default();
        Some((one.table, format!("({}){also}", ageing.is_old())))
    })
}

impl Ageing {
    /// The condition that a row is among the at most `?3` oldest of `?1` from before `?2`.
    pub(crate) fn oldest(&self, Class { table, whose, .. }: &Class) -> String {
        let (Self { by, key, also, .. }, is_old) = (self, self.is_old());
        let mut found =
            format!("SELECT {key} FROM {table} t WHERE {whose} = ?1 AND {is_old} ORDER BY {by} LIMIT ?3");
        if let Some(also) = also {
            found = format!(
                "SELECT * FROM ({found}) UNION SELECT * FROM (SELECT {key} FROM {table} WHERE {whose} = ?1 AND {also} LIMIT ?3)"
            );
        }
        format!("({key}) IN ({found})")
    }

    /// The condition that a row `t` is old by its own time, and does not hold still.
    fn is_old(&self) -> String {
        let kept = self.holds.map(|holds| format!(" AND NOT ({holds})")).unwrap_or_default();
        format!("{} < ?2{kept}", self.by)
    }
}

impl Class {
    /// Deletes what is of a time, or all; what stays does not tell of it either.
    pub(crate) async fn forget(
        &self,
        connection: &mut SqliteConnection,
        whose: Uuid,
        forget: &Forget,
        removed: &mut Removed,
    ) -> Result<(), Error> {
        let Self { table, whose: column, counted, tells, .. } = self;
        let (from, to) = (forget.span.from.as_millis(), forget.span.to.as_millis());
        let mut run = async |sql: String| {
            let query = sqlx::query(AssertSqlSafe(sql)).bind(whose).bind(from).bind(to);
            query.bind(forget.everything).execute(&mut *connection).await
        };
        let is_of = self.of.is_of();
        let done = run(format!("DELETE FROM {table} WHERE {column} = ?1 AND (?4 OR {is_of})")).await?;
        if let Some(what) = counted {
            removed.add(*what, done.rows_affected());
        }
        if *tells {
            run(format!(
                "UPDATE {table} SET stay_ms = iif(at - stay_ms >= ?2 AND at - stay_ms < ?3, NULL, stay_ms),
                     evidence = (SELECT json_group_array(json(value)) FROM json_each(evidence)
                                 WHERE NOT ((value ->> 'at') >= ?2 AND (value ->> 'at') < ?3))
                 WHERE {column} = ?1 AND at >= ?2 - 86400000 AND NOT ?4"
            ))
            .await?;
        }
        Ok(())
    }
}

impl Of {
    /// The condition that a row is of the time from `?2` to before `?3`.
    fn is_of(&self) -> String {
        match self {
            Self::Times(columns) => {
                let within = |column: &&str| format!("({column} >= ?2 AND {column} < ?3)");
                columns.iter().map(within).collect::<Vec<_>>().join(" OR ")
            }
            Self::Fixes => format!(
                "(at >= ?2 AND at < ?3) OR ((at < {} OR at - received_at > 1000) AND received_at >= ?2 AND received_at < ?3)",
                Fix::EARLIEST.as_millis()
            ),
            Self::Any => "(?2 <= ?3)".to_owned(),
            Self::None => "(?2 > ?3)".to_owned(),
        }
    }
}

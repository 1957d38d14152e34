//! The log of each device: what the machine made of its evidence, and of no other's.

use crate::{Error, Reader, rows};
use domain::{DeviceId, EvidenceNote, Kind, RegionId, Timestamp, Witness};
use sqlx::SqliteConnection;
use uuid::Uuid;

/// An entry of a device's log.
#[derive(Clone, Debug, PartialEq)]
pub struct LogEntry {
    /// Of which device.
    pub device: DeviceId,
    /// Which region.
    pub region: RegionId,
    /// In or out.
    pub kind: Kind,
    /// When it happened.
    pub at: Timestamp,
    /// The time of the evidence that settled it. Device, region, kind and both times are the key.
    pub decided_at: Timestamp,
    /// Nobody came or went: the device was first seen inside, or the region changed.
    pub silent: bool,
    /// Who said so then.
    pub witness: Witness,
    /// Why.
    pub evidence: Vec<EvidenceNote>,
    /// For a leave whose enter was seen: how long the device was inside, milliseconds.
    pub stay_ms: Option<i64>,
    /// Who says so by later evidence, and the time of that.
    pub reviewed: Option<(Witness, Timestamp)>,
    /// The time of the evidence that took it back.
    pub retracted_at: Option<Timestamp>,
}

/// A change of a device's log. They are carried out in their order.
#[derive(Clone, Debug, PartialEq)]
pub enum LogChange {
    /// This is so, whatever was known of it.
    Put(LogEntry),
    /// It was never so: evidence that came late says otherwise. Device, region, kind and both times.
    Drop(DeviceId, RegionId, Kind, Timestamp, Timestamp),
    /// Evidence of this time takes it back, if it holds. Device, region, kind and when it happened come first.
    Retract(DeviceId, RegionId, Kind, Timestamp, Timestamp),
    /// By evidence of this time it has another witness.
    Review(DeviceId, RegionId, Kind, Timestamp, (Witness, Timestamp)),
}

/// Carries them out.
pub(crate) async fn carry_out(connection: &mut SqliteConnection, changes: &[LogChange]) -> Result<(), Error> {
    for change in changes {
        match change {
            LogChange::Put(entry) => put(connection, entry).await?,
            LogChange::Drop(device, region, kind, at, decided_at) => {
                let (device, region, kind) = (device.uuid(), region.uuid(), rows::as_word(kind));
                let (at, decided_at) = (at.as_millis(), decided_at.as_millis());
                sqlx::query!(
                    "DELETE FROM crossings
                     WHERE device_id = ?1 AND region_id = ?2 AND at = ?3 AND kind = ?4 AND decided_at = ?5",
                    device,
                    region,
                    at,
                    kind,
                    decided_at
                )
                .execute(&mut *connection)
                .await?;
            }
            LogChange::Retract(device, region, kind, at, by) => {
                let (device, region, kind) = (device.uuid(), region.uuid(), rows::as_word(kind));
                let (at, by) = (at.as_millis(), by.as_millis());
                sqlx::query!(
                    "UPDATE crossings SET retracted_at = ?5
                     WHERE device_id = ?1 AND region_id = ?2 AND at = ?3 AND kind = ?4 AND retracted_at IS NULL",
                    device,
                    region,
                    at,
                    kind,
                    by
                )
                .execute(&mut *connection)
                .await?;
            }
            LogChange::Review(device, region, kind, at, (witness, by)) => {
                let (device, region, kind) = (device.uuid(), region.uuid(), rows::as_word(kind));
                let (at, witness, by) = (at.as_millis(), rows::as_word(witness), by.as_millis());
                sqlx::query!(
                    "UPDATE crossings SET reviewed = ?5, reviewed_at = ?6
                     WHERE device_id = ?1 AND region_id = ?2 AND at = ?3 AND kind = ?4 AND retracted_at IS NULL",
                    device,
                    region,
                    at,
                    kind,
                    witness,
                    by
                )
                .execute(&mut *connection)
                .await?;
            }
        }
    }
    Ok(())
}

async fn put(connection: &mut SqliteConnection, entry: &LogEntry) -> Result<(), Error> {
    let (device, region, kind) = (entry.device.uuid(), entry.region.uuid(), rows::as_word(&entry.kind));
    let (at, decided_at) = (entry.at.as_millis(), entry.decided_at.as_millis());
    let (witness, evidence) = (rows::as_word(&entry.witness), rows::to_json(&entry.evidence));
    let (reviewed, reviewed_at) = entry.reviewed.unzip();
    let reviewed = reviewed.map(|witness| rows::as_word(&witness));
    let (reviewed_at, retracted_at) =
        (reviewed_at.map(Timestamp::as_millis), entry.retracted_at.map(Timestamp::as_millis));
    sqlx::query!(
        "INSERT INTO crossings (device_id, region_id, kind, at, decided_at, silent, witness, evidence, stay_ms, reviewed, reviewed_at,
                                retracted_at)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)
         ON CONFLICT DO UPDATE SET silent = excluded.silent, witness = excluded.witness, evidence = excluded.evidence,
             stay_ms = excluded.stay_ms, reviewed = excluded.reviewed, reviewed_at = excluded.reviewed_at,
             retracted_at = excluded.retracted_at",
        device, region, kind, at, decided_at, entry.silent, witness, evidence, entry.stay_ms, reviewed, reviewed_at, retracted_at
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// A device's entries that evidence after a time made or changed, and those before it that such evidence may still take back or
/// review: the machine remembers few.
pub(crate) async fn of_device(
    connection: &mut SqliteConnection,
    device: DeviceId,
    after: Timestamp,
    until: Option<Timestamp>,
) -> Result<Vec<LogEntry>, Error> {
    const DAYS_MS: i64 = 2 * 24 * 3600 * 1000;
    let (id, after, until) = (device.uuid(), after.as_millis(), until.map_or(i64::MAX, Timestamp::as_millis));
    let (days_before, first) = (after.saturating_sub(DAYS_MS), i64::MIN);
    sqlx::query_as!(
        Row,
        r#"SELECT device_id AS "device_id: Uuid", region_id AS "region_id: Uuid", kind AS "kind!", at AS "at!: i64",
                  decided_at AS "decided_at!: i64", silent AS "silent: bool",
                  witness, evidence, stay_ms, reviewed, reviewed_at, retracted_at
           FROM crossings
           WHERE device_id = ?1 AND decided_at <= ?3
             AND (retracted_at > ?2 OR reviewed_at > ?2
                  OR decided_at > min(?4, ifnull((SELECT o.decided_at FROM crossings o WHERE o.device_id = ?1 AND o.decided_at <= ?2
                                                  ORDER BY o.decided_at DESC LIMIT 1 OFFSET 64), ?5)))"#,
        id,
        after,
        until,
        days_before,
        first
    )
    .fetch_all(connection)
    .await?
    .into_iter()
    .map(LogEntry::try_from)
    .collect()
}

/// A device's entries about a region that hold, from a time on.
pub(crate) async fn of_region(
    connection: &mut SqliteConnection,
    device: DeviceId,
    region: RegionId,
    from: Timestamp,
) -> Result<Vec<LogEntry>, Error> {
    let (device, region, from) = (device.uuid(), region.uuid(), from.as_millis());
    sqlx::query_as!(
        Row,
        r#"SELECT device_id AS "device_id: Uuid", region_id AS "region_id: Uuid", kind AS "kind!", at AS "at!: i64",
                  decided_at AS "decided_at!: i64", silent AS "silent: bool",
                  witness, evidence, stay_ms, reviewed, reviewed_at, retracted_at
           FROM crossings WHERE device_id = ?1 AND region_id = ?2 AND at >= ?3 AND retracted_at IS NULL"#,
        device,
        region,
        from
    )
    .fetch_all(connection)
    .await?
    .into_iter()
    .map(LogEntry::try_from)
    .collect()
}

/// Whether a device was inside a region just before a time.
pub(crate) async fn was_inside(
    connection: &mut SqliteConnection,
    device: DeviceId,
    region: RegionId,
    before: Timestamp,
) -> Result<bool, Error> {
    let (device, region, before) = (device.uuid(), region.uuid(), before.as_millis());
    // Of one moment, what was settled later came later.
    let kind = sqlx::query_scalar!(
        "SELECT kind FROM crossings WHERE device_id = ?1 AND region_id = ?2 AND at < ?3 AND retracted_at IS NULL
         ORDER BY at DESC, decided_at DESC, kind DESC LIMIT 1",
        device,
        region,
        before
    )
    .fetch_optional(connection)
    .await?;
    Ok(kind.is_some_and(|kind| kind == "enter"))
}

impl Reader {
    /// Why a device counts as inside a region: the evidence of its entering, none if it was first seen there.
    ///
    /// # Errors
    /// When the database fails or a row is inconsistent.
    pub async fn why_inside(&self, device: DeviceId, region: RegionId) -> Result<Vec<EvidenceNote>, Error> {
        let (device, region) = (device.uuid(), region.uuid());
        let evidence = sqlx::query_scalar!(
            "SELECT evidence FROM crossings
             WHERE device_id = ?1 AND region_id = ?2 AND kind = 'enter' AND retracted_at IS NULL ORDER BY at DESC LIMIT 1",
            device,
            region
        )
        .fetch_optional(&self.pool)
        .await?;
        evidence.map_or(Ok(Vec::new()), |text| rows::json("crossings", &text))
    }
}

struct Row {
    device_id: Uuid,
    region_id: Uuid,
    kind: String,
    at: i64,
    decided_at: i64,
    silent: bool,
    witness: String,
    evidence: String,
    stay_ms: Option<i64>,
    reviewed: Option<String>,
    reviewed_at: Option<i64>,
    retracted_at: Option<i64>,
}

impl TryFrom<Row> for LogEntry {
    type Error = Error;

    fn try_from(row: Row) -> Result<Self, Error> {
        const TABLE: &str = "crossings";
        let reviewed = row.reviewed.map(|witness| rows::word(TABLE, &witness)).transpose()?;
        Ok(Self {
            device: DeviceId::new(row.device_id),
            region: RegionId::new(row.region_id),
            kind: rows::word(TABLE, &row.kind)?,
            at: Timestamp::from_millis(row.at),
            decided_at: Timestamp::from_millis(row.decided_at),
            silent: row.silent,
            witness: rows::word(TABLE, &row.witness)?,
            evidence: rows::json(TABLE, &row.evidence)?,
            stay_ms: row.stay_ms,
            reviewed: reviewed.zip(row.reviewed_at.map(Timestamp::from_millis)),
            retracted_at: row.retracted_at.map(Timestamp::from_millis),
        })
    }
}

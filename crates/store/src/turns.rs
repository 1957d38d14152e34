//! How the history grows and is corrected.

use crate::{Error, NewTransition, rows};
use domain::{DeviceId, FriendId, Kind, RegionId, Timestamp, Transition, TransitionId, geofence};
use sqlx::SqliteConnection;
use uuid::Uuid;

/// One change of the history. They are carried out in their order.
pub enum Turn {
    /// Somebody entered or left. Once committed: gone, if the history had it already.
    Learn(NewTransition),
    /// An entry has another witness now.
    Review(DeviceId, geofence::Review),
    /// An entry of the same key is as it stands here, but for its identifier and when it was learnt.
    Amend(Transition),
    /// An entry is not believed any more: it moves to what was superseded.
    Supersede(Superseded),
}

/// An entry that is not believed any more, by its key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Superseded {
    /// Whose.
    pub friend: FriendId,
    /// By which device.
    pub device: DeviceId,
    /// Of which region.
    pub region: RegionId,
    /// In or out.
    pub kind: Kind,
    /// When it was thought to have happened.
    pub at: Timestamp,
    /// When the server learnt better.
    pub superseded_at: Timestamp,
    /// Once committed: which entry it was; `None` when the history had none.
    pub id: Option<TransitionId>,
}

/// Carries them out.
pub(crate) async fn carry_out(connection: &mut SqliteConnection, turns: &mut Vec<Turn>) -> Result<(), Error> {
    let mut new = Vec::with_capacity(turns.len());
    for turn in &mut *turns {
        new.push(match turn {
            Turn::Learn(learnt) => learn(connection, learnt).await?,
            Turn::Review(device, review) => {
                put_witness(connection, *device, review).await?;
                true
            }
            Turn::Amend(transition) => {
                amend(connection, transition).await?;
                true
            }
            Turn::Supersede(superseded) => {
                superseded.id = supersede(connection, superseded).await?;
                superseded.id.is_some()
            }
        });
    }
    let mut new = new.into_iter();
    turns.retain(|_| new.next().unwrap_or_default());
    Ok(())
}

/// Stores an entry; false if it was in the history already.
async fn learn(connection: &mut SqliteConnection, new: &NewTransition) -> Result<bool, Error> {
    let NewTransition { transition, group, demo } = new;
    let Transition {
        id,
        friend,
        device,
        region,
        region_name,
        kind,
        at,
        decided_at,
        learnt_at,
        witness,
        evidence,
        stay_ms,
        superseded_at: _,
    } = transition;
    let (id, group, friend, device, region) =
        (id.uuid(), group.uuid(), friend.uuid(), device.uuid(), region.uuid());
    let (name, kind, witness, evidence) =
        (region_name.as_str(), rows::as_word(kind), rows::as_word(witness), rows::to_json(evidence));
    let (at, decided_at, learnt_at) = (at.as_millis(), decided_at.as_millis(), learnt_at.as_millis());
    let stored = sqlx::query!(
        "INSERT INTO transitions (id, group_id, friend_id, device_id, region_id, region_name, kind, at, decided_at, learnt_at,
                                  witness, evidence, stay_ms, demo)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14) ON CONFLICT DO NOTHING",
        id, group, friend, device, region, name, kind, at, decided_at, learnt_at, witness, evidence, stay_ms, demo
    )
    .execute(connection)
    .await?;
    Ok(stored.rows_affected() > 0)
}

async fn put_witness(
    connection: &mut SqliteConnection,
    device: DeviceId,
    review: &geofence::Review,
) -> Result<(), Error> {
    let geofence::Review { region, kind, at, witness } = review;
    let (device, region, at) = (device.uuid(), region.uuid(), at.as_millis());
    let (kind, witness) = (rows::as_word(kind), rows::as_word(witness));
    sqlx::query!(
        "UPDATE transitions SET witness = ?5 WHERE device_id = ?1 AND region_id = ?2 AND kind = ?3 AND at = ?4",
        device,
        region,
        kind,
        at,
        witness
    )
    .execute(connection)
    .await?;
    Ok(())
}

async fn amend(connection: &mut SqliteConnection, transition: &Transition) -> Result<(), Error> {
    let Transition { friend, device, region, region_name, kind, at, decided_at, stay_ms, .. } = transition;
    let (friend, device, region) = (friend.uuid(), device.uuid(), region.uuid());
    let (kind, witness) = (rows::as_word(kind), rows::as_word(&transition.witness));
    let (at, decided_at) = (at.as_millis(), decided_at.as_millis());
    let evidence = rows::to_json(&transition.evidence);
    sqlx::query!(
        "UPDATE transitions SET region_name = ?6, decided_at = ?7, witness = ?8, evidence = ?9, stay_ms = ?10
         WHERE friend_id = ?1 AND device_id = ?2 AND region_id = ?3 AND kind = ?4 AND at = ?5",
        friend,
        device,
        region,
        kind,
        at,
        region_name,
        decided_at,
        witness,
        evidence,
        stay_ms
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// Moves an entry; says which it was.
async fn supersede(
    connection: &mut SqliteConnection,
    superseded: &Superseded,
) -> Result<Option<TransitionId>, Error> {
    let Superseded { friend, device, region, kind, at, superseded_at, id: _ } = superseded;
    let (friend, device, region) = (friend.uuid(), device.uuid(), region.uuid());
    let (kind, at, superseded_at) = (rows::as_word(kind), at.as_millis(), superseded_at.as_millis());
    let moved = sqlx::query_scalar!(
        r#"INSERT INTO superseded (id, group_id, friend_id, device_id, region_id, region_name, kind, at, decided_at, learnt_at,
                                   witness, evidence, stay_ms, demo, superseded_at)
           SELECT id, group_id, friend_id, device_id, region_id, region_name, kind, at, decided_at, learnt_at, witness, evidence,
                  stay_ms, demo, ?6
           FROM transitions WHERE friend_id = ?1 AND device_id = ?2 AND region_id = ?3 AND kind = ?4 AND at = ?5
           RETURNING id AS "id!: Uuid""#,
        friend, device, region, kind, at, superseded_at
    )
    .fetch_optional(&mut *connection)
    .await?;
    if let Some(id) = moved {
        sqlx::query!("DELETE FROM transitions WHERE id = ?1", id).execute(connection).await?;
    }
    Ok(moved.map(TransitionId::new))
}

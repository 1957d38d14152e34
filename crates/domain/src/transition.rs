//! The history: who entered and left which region, when, and how we know.

use crate::{DeviceId, FriendId, RegionId, Timestamp, TransitionId};
use serde::{Deserialize, Serialize};

/// In or out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// Came in.
    Enter,
    /// Went out.
    Leave,
}

/// Who says so.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Witness {
    /// Judged by the server from fixes.
    Server,
    /// Claimed by the phone.
    Phone,
    /// Both, within a few minutes.
    Both,
    /// The phone claimed it and the fixes speak against it.
    Conflict,
}

/// What a piece of evidence is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Source {
    /// A position.
    Fix,
    /// The phone's own "entered" or "left".
    Claim,
    /// The phone listed the region beside a position.
    Listing,
}

/// One piece of evidence, without coordinates.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct EvidenceNote {
    /// When it was taken.
    pub at: Timestamp,
    /// What it is.
    pub source: Source,
    /// How exact the position was, metres.
    pub accuracy_m: Option<f64>,
    /// How far it was from the region's edge, metres; negative inside; `None` when there was no position.
    pub edge_distance_m: Option<f64>,
}

/// A friend entered or left a region.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Transition {
    /// Which entry.
    pub id: TransitionId,
    /// Who.
    pub friend: FriendId,
    /// By which device.
    pub device: DeviceId,
    /// Where.
    pub region: RegionId,
    /// What the region was called then; for a place only the phone knows, what the phone calls it, as sent.
    pub region_name: String,
    /// In or out.
    pub kind: Kind,
    /// When it happened.
    pub at: Timestamp,
    /// The time of the evidence that settled it.
    pub decided_at: Timestamp,
    /// When the server knew.
    pub learnt_at: Timestamp,
    /// Who says so.
    pub witness: Witness,
    /// Why.
    pub evidence: Vec<EvidenceNote>,
    /// For a leave whose enter is known: how long the stay was, milliseconds.
    pub stay_ms: Option<i64>,
    /// When the server learnt better; `None` for what holds. What no longer holds stays readable.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub superseded_at: Option<Timestamp>,
}

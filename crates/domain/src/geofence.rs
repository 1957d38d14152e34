//! When has a friend entered or left a region? One pure function, [`step`], from what was known and one piece of evidence
//! to what is known now.
//!
//! # Two questions
//!
//! First, for the device alone: *where is it?* A fix near where it rests changes nothing. One elsewhere is a doubt; a second settles
//! it: farther along, or far away, or at the same place some minutes later. Who is on the way is believed from fix to fix while the
//! speed holds. Who is back where they rested, soon and by one place only, was never away, and what was said meanwhile is taken back
//! ([`Retraction`]). An exact repeat of a position is a cached one and adds nothing.
//!
//! Then, for each region near by: *on which side is that place?* With `d` the signed distance to the edge (negative inside) and `a` how
//! exact the place is, the [`Side`] is *In* when the whole disc is inside (`d ≤ −a`), `MaybeIn` when only its centre is, `MaybeOut`
//! when the disc, grown by [`Policy::buffer_m`], still touches, *Out* beyond.
//!
//! | from | evidence | to |
//! | --- | --- | --- |
//! | unknown | In, or a second `MaybeIn` at least `confirm` after the first | inside, nothing said |
//! | unknown | Out | outside, nothing said |
//! | outside | In, or a phone's *enter* whose own fix is not Out | inside: **enter** at the first sign |
//! | outside | `MaybeIn` | entering |
//! | entering | In, an *enter*, or a second `MaybeIn` at least `confirm` later | inside: **enter** at the first of them |
//! | entering | Out, or a *leave* | outside, nothing said |
//! | inside | Out, or a phone's *leave* whose own fix is not In | outside: **leave** at the first sign |
//! | inside, at rest | a phone's *leave* | leaving, until the next fix decides |
//! | any | `MaybeOut` | no step |
//!
//! A region *listed* by the phone beside a fix turns a `MaybeOut` into a `MaybeIn`; against a fix that is Out it counts for
//! nothing, because phones keep stale lists. Its absence from a list counts for nothing either: a phone knows only its own regions.
//! A crossing is only ever quoted with a fix that shows it by itself. The pace of a region changes the numbers: see [`Policy::at`].
//!
//! # What is said nothing about
//!
//! A device's first verdict on a region only tells where it *was* already. So someone first seen outside who comes in gives an
//! enter, someone first seen inside gives none and is there since that fix. A single `MaybeIn` is not yet a verdict. The
//! same holds for the phone's first word about a region: phones announce an "enter" when a region is installed around them.
//!
//! A region that is new or was moved gets its first verdict from the last believed fix, silently; see [`DeviceState::as_of`]. Which version of a region evidence is
//! judged by is told at [`Atlas`].
//!
//! # What is not believed
//!
//! A fix that needs an impossible speed from the last believed one is kept by the caller but does not step the machine, unless
//! a second one agrees with it: then the first position was the wrong one. A fix at 0° 0° counts only when the last believed
//! one is near. What comes out of [`order`] does not step the machine: the caller goes back to a state before it and judges all
//! that follows once more. Folding [`step`] over all evidence in that order is the one truth.

mod alike;
mod atlas;
mod backtest;
mod engine;
mod evidence;
mod machine;
mod memory;
mod policy;
mod state;
mod track;

pub use atlas::Atlas;
pub use backtest::{Backtest, PastVisit, Sample, backtest};
pub use engine::step;
pub use evidence::{Claim, Evidence, Side, order};
pub use policy::Policy;
pub use state::{Certainty, DeviceState, RegionState, Standing, Start};

use crate::{EvidenceNote, Kind, RegionId, Timestamp, Witness};

/// What one piece of evidence changed.
#[derive(Clone, Debug, PartialEq)]
pub struct Step {
    /// What is known of the device now. Unless the verdict is [`Verdict::Plausible`] or [`Verdict::Implausible`], exactly
    /// what was known before.
    pub state: DeviceState,
    /// Regions entered and left, ordered by time, then region. Never two of one kind in a row for one region, as long as the
    /// region is not changed in between.
    pub crossings: Vec<Crossing>,
    /// Earlier crossings that are no longer believed, ordered by time, then region.
    pub retractions: Vec<Retraction>,
    /// Earlier crossings whose witness is now another one.
    pub reviews: Vec<Review>,
    /// What became of the evidence itself.
    pub verdict: Verdict,
}

/// What the engine thinks of a piece of evidence.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It was judged.
    Plausible,
    /// It needs an impossible speed, lies at 0° 0°, or its clock is wrong: no region was stepped.
    Implausible,
    /// It is older than the newest evidence judged: nothing changed. A late claim may still review a crossing.
    Late,
    /// It was judged before: nothing changed.
    Duplicate,
}

/// A device entered or left a region. Device, region, kind and time together are its key.
#[derive(Clone, Debug, PartialEq)]
pub struct Crossing {
    /// Which region.
    pub region: RegionId,
    /// In or out.
    pub kind: Kind,
    /// When it happened: the time of the first evidence for it.
    pub at: Timestamp,
    /// The time of the evidence that settled it; the same or later.
    pub decided_at: Timestamp,
    /// Who says so, as far as is known yet.
    pub witness: Witness,
    /// Why: the first sign and what settled it, which may be one and the same. One or two.
    pub evidence: Vec<EvidenceNote>,
    /// For a leave whose enter was seen: milliseconds from that enter to this leave. `None` for an enter, and when the
    /// device was first seen inside.
    pub stay_ms: Option<i64>,
}

/// An earlier crossing, named by region, kind and time, is no longer believed: later evidence explains what it was judged by
/// better. Retractions of one step go before its crossings.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Retraction {
    /// Which region.
    pub region: RegionId,
    /// In or out.
    pub kind: Kind,
    /// When it was thought to have happened, exactly as in [`Crossing::at`].
    pub at: Timestamp,
}

/// An earlier crossing, named by region, kind and time, has another witness now: [`Witness::Both`] when the server and the
/// phone came to the same result within [`Policy::agree_ms`], [`Witness::Conflict`] when fixes took back within that time
/// what only the phone had claimed. Being told twice is harmless.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Review {
    /// Which region.
    pub region: RegionId,
    /// In or out.
    pub kind: Kind,
    /// When it happened, exactly as in [`Crossing::at`].
    pub at: Timestamp,
    /// Who says so now.
    pub witness: Witness,
}

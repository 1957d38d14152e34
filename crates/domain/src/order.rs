//! Orders: what the server asks of a phone, and what became of it.

use crate::{
    DeviceId, OrderId, Timestamp,
    waypoint::{Place, Waypoint},
};
use serde::{Deserialize, Serialize};

/// What a phone is asked to do.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Errand {
    /// Report where it is, now.
    Report,
    /// Report more or less often from now on.
    Monitor(Monitoring),
    /// Take these settings: a JSON object of `OwnTracks` configuration keys, without `_type`. May hold secrets.
    Configure(String),
    /// Say what hinders the app from reporting.
    Status,
    /// Say which regions it knows.
    Waypoints,
    /// Keep these places besides those that it has. What it has already is replaced.
    Keep(Vec<Place>),
    /// Forget all places.
    Forget,
}

/// How often a phone reports: the app's monitoring modes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Monitoring {
    /// Never.
    Quiet,
    /// Only by hand.
    Manual,
    /// After a few hundred metres.
    Significant,
    /// All the time; costs battery.
    Move,
}

/// An errand for one phone, and how far it has come.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Order {
    /// Which.
    pub id: OrderId,
    /// For which phone.
    pub device: DeviceId,
    /// What it is to do.
    pub errand: Errand,
    /// Since when.
    pub made_at: Timestamp,
    /// Not delivered after this.
    pub expires_at: Timestamp,
    /// When the phone last got it.
    pub delivered_at: Option<Timestamp>,
    /// How often it got it.
    pub deliveries: u32,
    /// How it ended, and when.
    pub settled: Option<(Outcome, Timestamp)>,
}

/// How an order ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// The phone did what it was asked.
    Answered,
    /// The phone got it and went on without doing it: its settings do not allow it.
    Refused,
    /// It did not get it in time.
    Expired,
    /// Whoever gave it took it back.
    Withdrawn,
}

/// What a phone says that may answer an order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sign {
    /// A position, by request or not, with the mode the phone is in where it says so.
    Position {
        /// Because somebody asked.
        requested: bool,
        /// The mode it is in.
        monitoring: Option<Monitoring>,
    },
    /// What hinders the app.
    Status,
    /// The regions it knows.
    Waypoints,
    /// Anything else.
    Other,
}

impl Monitoring {
    /// All of them, from the least to the most frequent.
    pub const ALL: [Self; 4] = [Self::Quiet, Self::Manual, Self::Significant, Self::Move];

    /// The number the apps use: -1 to 2.
    pub const fn number(self) -> i64 {
        match self {
            Self::Quiet => -1,
            Self::Manual => 0,
            Self::Significant => 1,
            Self::Move => 2,
        }
    }

    /// The mode of that number.
    pub fn of(number: i64) -> Option<Self> {
        Self::ALL.into_iter().find(|mode| mode.number() == number)
    }

    /// The word for it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Quiet => "quiet",
            Self::Manual => "manual",
            Self::Significant => "significant",
            Self::Move => "move",
        }
    }
}

impl Errand {
    /// Whether the phone answers when it has done it. Who takes settings says nothing.
    pub const fn is_answered(&self) -> bool {
        match self {
            Self::Report | Self::Monitor(_) | Self::Status | Self::Waypoints => true,
            Self::Configure(_) | Self::Keep(_) | Self::Forget => false,
        }
    }

    /// Whether it changes which places the phone keeps.
    pub const fn is_about_places(&self) -> bool {
        matches!(self, Self::Keep(_) | Self::Forget)
    }
}

impl Order {
    /// How often an order that is not answered is handed out again, where the phone does not confirm that it got it.
    pub const DELIVERIES: u32 = 3;
    /// How long after its delivery a phone that reports something else has left it undone, milliseconds: a phone that was asked for a
    /// position needs some seconds to find it.
    pub const PATIENCE_MS: i64 = 60_000;

    /// Whether the phone may be given it (again) at this moment.
    pub fn is_due(&self, now: Timestamp) -> bool {
        self.settled.is_none()
            && now < self.expires_at
            && match self.delivered_at {
                None => true,
                Some(at) => {
                    self.errand.is_answered()
                        && self.deliveries < Self::DELIVERIES
                        && now.millis_since(at) >= Self::PATIENCE_MS
                }
            }
    }

    /// What it means for it that the phone lists all places that it keeps.
    pub fn compared(&self, listed: &[Waypoint]) -> Option<Outcome> {
        self.delivered_at.filter(|_| self.settled.is_none())?;
        let done = match &self.errand {
            Errand::Keep(places) => places.iter().all(|place| place.is_done(listed)),
            // What comes after it fills the list again.
            Errand::Forget => true,
            Errand::Report
            | Errand::Monitor(_)
            | Errand::Configure(_)
            | Errand::Status
            | Errand::Waypoints => {
                return None;
            }
        };
        Some(if done { Outcome::Answered } else { Outcome::Refused })
    }

    /// What a sign of the phone means for it.
    pub fn heard(&self, sign: Sign, at: Timestamp) -> Option<Outcome> {
        let delivered_at = self.delivered_at.filter(|_| self.settled.is_none())?;
        let answered = match (&self.errand, sign) {
            (Errand::Report, Sign::Position { requested, .. }) => requested,
            (Errand::Monitor(wanted), Sign::Position { monitoring, .. }) => monitoring == Some(*wanted),
            (Errand::Status, Sign::Status) | (Errand::Waypoints, Sign::Waypoints) => true,
            (
                Errand::Report
                | Errand::Monitor(_)
                | Errand::Configure(_)
                | Errand::Status
                | Errand::Waypoints
                | Errand::Keep(_)
                | Errand::Forget,
                _,
            ) => false,
        };
        let speaks_of_it = match (&self.errand, sign) {
            // A phone that does not say its mode leaves it open.
            (Errand::Monitor(_), Sign::Position { monitoring, .. }) => monitoring.is_some(),
            (Errand::Monitor(_), Sign::Status | Sign::Waypoints | Sign::Other) => false,
            (errand, _) => errand.is_answered(),
        };
        let left_undone = speaks_of_it
            && self.deliveries >= Self::DELIVERIES
            && at.millis_since(delivered_at) >= Self::PATIENCE_MS;
        if answered { Some(Outcome::Answered) } else { left_undone.then_some(Outcome::Refused) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use uuid::Uuid;

    const MADE: Timestamp = Timestamp::from_millis(1_700_000_000_000);

    fn order(errand: Errand, deliveries: u32) -> Order {
        Order {
            id: OrderId::new(Uuid::from_u128(1)),
            device: DeviceId::new(Uuid::from_u128(2)),
            errand,
            made_at: MADE,
            expires_at: MADE.plus_millis(3_600_000),
            delivered_at: (deliveries > 0).then_some(MADE),
            deliveries,
            settled: None,
        }
    }

    const fn position(requested: bool, monitoring: Option<Monitoring>) -> Sign {
        Sign::Position { requested, monitoring }
    }

    #[test]
    fn an_order_is_due_until_it_is_answered_or_was_given_three_times() {
        let later = MADE.plus_millis(Order::PATIENCE_MS);
        assert!(order(Errand::Report, 0).is_due(MADE));
        assert!(!order(Errand::Report, 1).is_due(MADE.plus_millis(1)), "it has just got it");
        assert!(order(Errand::Report, 2).is_due(later));
        assert!(!order(Errand::Report, 3).is_due(later));
        assert!(!order(Errand::Report, 0).is_due(MADE.plus_millis(3_600_000)), "expired");
        assert!(!order(Errand::Configure("{}".into()), 1).is_due(later), "settings are given once");
        let settled = Order { settled: Some((Outcome::Withdrawn, MADE)), ..order(Errand::Report, 0) };
        assert!(!settled.is_due(MADE));
    }

    #[test]
    fn a_sign_of_the_phone_settles_what_it_answers_and_nothing_else() {
        use Monitoring::{Move, Quiet};
        let (soon, late) = (MADE.plus_millis(5000), MADE.plus_millis(Order::PATIENCE_MS));
        let cases = [
            (Errand::Report, 1, position(true, None), soon, Some(Outcome::Answered)),
            (Errand::Report, 1, position(false, None), late, None),
            (Errand::Report, 3, position(false, None), soon, None),
            (Errand::Report, 3, position(false, None), late, Some(Outcome::Refused)),
            (Errand::Report, 0, position(true, None), soon, None),
            (Errand::Monitor(Move), 1, position(false, Some(Move)), soon, Some(Outcome::Answered)),
            (Errand::Monitor(Move), 3, position(false, Some(Quiet)), late, Some(Outcome::Refused)),
            (Errand::Monitor(Move), 3, position(false, None), late, None),
            (Errand::Monitor(Move), 3, Sign::Other, late, None),
            (Errand::Status, 1, Sign::Status, soon, Some(Outcome::Answered)),
            (Errand::Status, 3, Sign::Other, late, Some(Outcome::Refused)),
            (Errand::Waypoints, 1, Sign::Waypoints, late, Some(Outcome::Answered)),
            (Errand::Waypoints, 1, Sign::Status, soon, None),
            (Errand::Configure("{}".into()), 3, Sign::Other, late, None),
        ];
        for (errand, deliveries, sign, at, expected) in cases {
            let order = order(errand, deliveries);
            assert_eq!(order.heard(sign, at), expected, "{order:?} {sign:?}");
        }
    }
}

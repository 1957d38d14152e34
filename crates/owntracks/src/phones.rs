//! What phones refuse must not be sent to them.

use crate::{Action, Crossing, Epoch, Message, tid_for_phones};

impl Message {
    /// The message as phones want it, with a `tid` of at most two letters or digits; `None` when an app would refuse it.
    ///
    /// One refused message spoils a whole answer in HTTP mode on Android. Refused are a location without a time or without both
    /// `tid` and `topic`, a place that is not on Earth, a crossing that is neither `enter` nor `leave`, a region without a name, an
    /// order without an action, what is of unknown type, and [`Message::Cleared`].
    ///
    /// ```
    /// use owntracks::{Epoch, Location, Message};
    ///
    /// let mut friend = Location::at(52.1, -0.5);
    /// assert_eq!(Message::from(friend.clone()).for_phones(), None); // no time
    /// friend.tst = Some(Epoch::from_millis(1_700_000_000_000));
    /// friend.tid = Some("J. D.".to_owned());
    /// let Some(Message::Location(friend)) = Message::from(friend).for_phones() else { unreachable!() };
    /// assert_eq!(friend.tid.as_deref(), Some("JD"));
    /// ```
    pub fn for_phones(mut self) -> Option<Self> {
        if let Some(tid) = self.tid_mut() {
            *tid = tid.as_deref().and_then(tid_for_phones);
        }
        self.is_accepted().then_some(self)
    }

    fn tid_mut(&mut self) -> Option<&mut Option<String>> {
        match self {
            Self::Location(message) => Some(&mut message.tid),
            Self::Transition(message) => Some(&mut message.tid),
            Self::Card(message) => Some(&mut message.tid),
            Self::Steps(message) => Some(&mut message.tid),
            Self::Beacon(message) => Some(&mut message.tid),
            Self::Request(message) => Some(&mut message.tid),
            Self::Waypoint(_)
            | Self::Waypoints(_)
            | Self::Lwt(_)
            | Self::Status(_)
            | Self::Command(_)
            | Self::Configuration(_)
            | Self::Dump(_)
            | Self::Encrypted(_)
            | Self::Unknown { .. }
            | Self::Cleared => None,
        }
    }

    fn is_accepted(&self) -> bool {
        match self {
            Self::Location(message) => {
                message.tst.is_some_and(is_time)
                    && is_on_earth(message.lat, message.lon)
                    && (message.tid.is_some() || message.topic.is_some())
            }
            Self::Transition(message) => {
                matches!(message.event, Crossing::Enter | Crossing::Leave)
                    && message.lat.zip(message.lon).is_none_or(|(lat, lon)| is_on_earth(lat, lon))
            }
            Self::Waypoint(message) => message.desc.is_some(),
            Self::Command(message) => !matches!(message.action, Action::Other(None)),
            Self::Unknown { .. } | Self::Cleared => false,
            Self::Waypoints(_)
            | Self::Lwt(_)
            | Self::Card(_)
            | Self::Steps(_)
            | Self::Status(_)
            | Self::Configuration(_)
            | Self::Dump(_)
            | Self::Beacon(_)
            | Self::Request(_)
            | Self::Encrypted(_) => true,
        }
    }
}

/// Whether it is written at all.
const fn is_time(epoch: Epoch) -> bool {
    epoch.as_seconds() > 0
}

fn is_on_earth(lat: f64, lon: f64) -> bool {
    lat.abs() <= 90.0 && lon.abs() <= 180.0
}

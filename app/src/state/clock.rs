//! What time it is at the server, told from what time it is here. Ages are by the server's clock: a phone, a
//! browser and a server rarely agree, and only one of the three is the same for everybody.

use domain::Timestamp;

/// How far the server's clock is ahead of this browser's.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Clock {
    ahead_ms: i64,
}

impl Clock {
    /// Sets the clock by a message that says it is `server` there, come at `here`. It is late by the time the
    /// message took, which is below a second and does not matter for ages in minutes.
    pub const fn set_by(server: Timestamp, here: Timestamp) -> Self {
        Self { ahead_ms: server.millis_since(here) }
    }

    /// What time it is at the server when it is `here`.
    pub const fn at_server(self, here: Timestamp) -> Timestamp {
        here.plus_millis(self.ahead_ms)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wrong_clock_here_does_not_matter() {
        let (server, here) = (Timestamp::from_millis(1_700_000_000_000), Timestamp::from_millis(5));
        let clock = Clock::set_by(server, here);
        assert_eq!(clock.at_server(here.plus_millis(1500)), server.plus_millis(1500));
    }
}

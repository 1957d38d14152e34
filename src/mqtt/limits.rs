//! How much the embedded broker takes from anybody: settings of the operator, with defaults that no phone notices.

use std::num::NonZeroU32;

/// The operator's limits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Limits {
    /// The longest payload, bytes. What is clearly longer ends the connection.
    pub payload_bytes: u32,
    /// The longest topic to publish to, bytes. A longer one is refused, acknowledged and logged.
    pub topic_bytes: usize,
    /// The most levels of a topic or a filter.
    pub topic_levels: usize,
    /// Sessions at most, connected or kept for an absent client. Full: CONNACK "server unavailable".
    pub sessions: u32,
    /// Sessions of one device at most. One more ends its oldest.
    pub device_sessions: usize,
    /// Messages a second of one device, on average. More are slowed down: their acknowledgement waits.
    pub device_rate: NonZeroU32,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            payload_bytes: 1024 * 1024,
            topic_bytes: 1024,
            topic_levels: 32,
            sessions: 20_000,
            device_sessions: 10,
            device_rate: const { NonZeroU32::new(5_000).expect("is not zero") },
        }
    }
}

impl Limits {
    /// The longest packet: the longest payload, and the longest topic and properties the protocol knows.
    pub(super) fn packet_bytes(&self) -> u32 {
        self.payload_bytes.saturating_add(128 * 1024)
    }

    /// Whether a topic may be published to.
    pub(super) fn allow_topic(&self, topic: &str) -> bool {
        topic.len() <= self.topic_bytes && topic.split('/').count() <= self.topic_levels
    }
}

#[cfg(test)]
mod tests {
    use super::Limits;

    #[test]
    fn a_topic_has_a_length_and_levels() {
        let limits = Limits { topic_bytes: 10, topic_levels: 3, ..Limits::default() };
        for (topic, allowed) in
            [("a/b/c", true), ("a/b/c/d", false), ("a/bcdefghi", true), ("a/bcdefghij", false)]
        {
            assert_eq!(limits.allow_topic(topic), allowed, "{topic}");
        }
    }
}

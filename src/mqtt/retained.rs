//! Retained messages of the embedded broker, in memory.
//!
//! `rmqtt` leaves the storage to us (its default one stores nothing) and, on a subscription, would hand *every* match
//! to the session and let the filter per recipient drop most of them after they had pushed each other out of the
//! session's queue. So this shelf answers `rmqtt`'s own question with "nothing" and is read by our subscription hook
//! ([`crate::mqtt::access`]), which asks only for what the subscriber may see.
//!
//! Nothing is written to disk here: what survives a restart is read back from the database and passed to
//! [`Shelf::restore`]. A refused publish never arrives here, because `rmqtt` stores only what it forwards.

use std::collections::BTreeMap;
use std::ops::Bound;
use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};
use std::time::Duration;

use async_trait::async_trait;
use domain::{Timestamp, topic::matches};
use rmqtt::retain::RetainStorage;
use rmqtt::types::{CodecPublish, From, Id, Publish, QoS, Retain, TopicFilter, TopicName};
use rmqtt::utils::timestamp_millis;
use service::Retained;

/// Topics kept at most. Full: a message to a new topic is delivered but not retained.
pub(super) const MAX_TOPICS: usize = 100_000;
/// Payload bytes kept at most, over all topics. Full: as above.
pub(super) const MAX_BYTES: usize = 256 * 1024 * 1024;

/// The retained messages, shared between `rmqtt` (which writes) and our hooks (which read).
#[derive(Clone, Default)]
pub(super) struct Shelf(Arc<RwLock<Kept>>);

#[derive(Default)]
struct Kept {
    /// Ordered, so that the literal beginning of a filter bounds the search.
    topics: BTreeMap<TopicName, Entry>,
    bytes: usize,
}

struct Entry {
    from: From,
    publish: Publish,
    /// When it was published; what came out of the database, when that was.
    since: Timestamp,
    /// Unix milliseconds after which the message is gone (MQTT 5 message expiry).
    until: Option<i64>,
}

impl Entry {
    fn new(from: From, publish: Publish, until: Option<i64>) -> Self {
        let since = Timestamp::from_millis(publish.create_time.unwrap_or_else(timestamp_millis));
        Self { from, publish, since, until }
    }
}

impl Shelf {
    /// Puts back what the database knows to be retained, where nothing stands yet.
    pub(super) fn restore(&self, node: u64, messages: Vec<Retained>) {
        let mut kept = self.write();
        for message in messages {
            if !kept.topics.contains_key(message.topic.as_str()) {
                kept.put_own(node, &message);
            }
        }
    }

    /// Keeps what the server itself says, in place of what stands there.
    pub(super) fn place(&self, node: u64, message: &Retained) {
        self.write().put_own(node, message);
    }

    /// The retained messages that match `filter` and whose topic and time `may_see` accepts, in the order of their topics.
    pub(super) fn matching(
        &self,
        filter: &str,
        may_see: impl Fn(&str, Timestamp) -> bool,
    ) -> Vec<(From, Publish)> {
        let prefix = literal_prefix(filter);
        let now = timestamp_millis();
        self.read()
            .topics
            .range::<str, _>((Bound::Included(prefix), Bound::Unbounded))
            .take_while(|(topic, _)| topic.starts_with(prefix))
            .filter(|(topic, entry)| {
                entry.until.is_none_or(|until| now < until)
                    && matches(filter, topic)
                    && may_see(topic, entry.since)
            })
            .map(|(_, entry)| {
                let mut publish = entry.publish.clone();
                publish.create_time = Some(entry.since.as_millis());
                (entry.from.clone(), publish)
            })
            .collect()
    }

    /// Forgets what stands on a topic and below it.
    pub(super) fn forget(&self, base: &str) {
        let mut kept = self.write();
        let below: Vec<TopicName> = kept
            .topics
            .range::<str, _>((Bound::Included(base), Bound::Unbounded))
            .map(|(topic, _)| topic)
            .take_while(|topic| topic.starts_with(base))
            .filter(|topic| topic[base.len()..].is_empty() || topic[base.len()..].starts_with('/'))
            .cloned()
            .collect();
        for topic in below {
            if let Some(old) = kept.topics.remove(&topic) {
                kept.bytes -= old.publish.payload.len();
            }
        }
    }

    /// Forgets what stands on these topics.
    pub(super) fn clear(&self, topics: &domain::TopicFilter) {
        let mut kept = self.write();
        let Kept { topics: standing, bytes } = &mut *kept;
        standing.retain(|topic, entry| {
            let stays = !topics.matches(topic);
            *bytes -= if stays { 0 } else { entry.publish.payload.len() };
            stays
        });
    }

    /// How many topics have a retained message.
    pub(super) fn len(&self) -> usize {
        self.read().topics.len()
    }

    // A panic while the lock was held cannot leave the map half changed in a way that matters: go on with it.
    fn read(&self) -> RwLockReadGuard<'_, Kept> {
        self.0.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self) -> RwLockWriteGuard<'_, Kept> {
        self.0.write().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Kept {
    fn put_own(&mut self, node: u64, message: &Retained) {
        let topic = TopicName::from(message.topic.as_str());
        let inner = CodecPublish {
            dup: false,
            retain: true,
            qos: QoS::try_from(message.qos).unwrap_or(QoS::AtLeastOnce),
            topic: topic.clone(),
            packet_id: None,
            payload: message.payload.clone().into(),
            properties: None,
        };
        let from = From::from_system(Id::new(node, 0, None, None, TopicName::default(), None));
        let publish = Publish::new(Box::new(inner), None, None, None);
        self.put(topic, Entry::new(from, publish, None));
    }

    fn put(&mut self, topic: TopicName, entry: Entry) {
        let size = entry.publish.payload.len();
        let old = self.topics.get(&topic).map(|old| old.publish.payload.len());
        if size == 0 {
            self.topics.remove(&topic);
            self.bytes -= old.unwrap_or(0);
            return;
        }
        let bytes = self.bytes - old.unwrap_or(0) + size;
        if bytes > MAX_BYTES || (old.is_none() && self.topics.len() >= MAX_TOPICS) {
            tracing::warn!(
                topics = self.topics.len(),
                bytes = self.bytes,
                "retained messages are full, one not kept"
            );
            return;
        }
        self.bytes = bytes;
        self.topics.insert(topic, entry);
    }
}

#[async_trait]
impl RetainStorage for Shelf {
    fn enable(&self) -> bool {
        true
    }

    fn need_sync(&self) -> bool {
        false
    }

    async fn set(&self, topic: &TopicName, retain: Retain, expiry: Option<Duration>) -> rmqtt::Result<()> {
        let until = expiry
            .filter(|expiry| !expiry.is_zero())
            .and_then(|expiry| i64::try_from(expiry.as_millis()).ok())
            .map(|expiry_ms| timestamp_millis().saturating_add(expiry_ms));
        self.write().put(topic.clone(), Entry::new(retain.from, retain.publish, until));
        Ok(())
    }

    /// Always empty: see the module's text.
    async fn get(&self, _filter: &TopicFilter) -> rmqtt::Result<Vec<(TopicName, Retain)>> {
        Ok(Vec::new())
    }

    async fn count(&self) -> isize {
        isize::try_from(self.len()).unwrap_or(isize::MAX)
    }

    async fn max(&self) -> isize {
        self.count().await
    }
}

/// What every topic matched by `filter` begins with.
fn literal_prefix(filter: &str) -> &str {
    match filter.find(['+', '#']) {
        // `a/b/#` also matches its parent `a/b`.
        Some(at) if filter[at..].starts_with('#') => filter[..at].trim_end_matches('/'),
        Some(at) => &filter[..at],
        None => filter,
    }
}

#[cfg(test)]
mod tests {
    use super::{Entry, From, Id, Retained, Shelf, TopicName, literal_prefix};

    fn message(topic: &str, payload: &[u8]) -> Retained {
        Retained { topic: topic.into(), payload: payload.to_vec(), qos: 1 }
    }

    #[test]
    fn what_a_filter_matches_begins_with_its_literal_beginning() {
        let cases = [
            ("owntracks/#", "owntracks"),
            ("owntracks/+/+", "owntracks/"),
            ("owntracks/ann/phone", "owntracks/ann/phone"),
            ("#", ""),
            ("+/a", ""),
        ];
        for (filter, prefix) in cases {
            assert_eq!(literal_prefix(filter), prefix, "{filter}");
        }
    }

    #[test]
    fn an_empty_payload_takes_the_message_away() {
        let shelf = Shelf::default();
        shelf.restore(1, vec![message("a/b/c", b"x")]);
        assert_eq!(shelf.matching("a/#", |_, _| true).len(), 1);
        assert_eq!(shelf.matching("a/#", |_, _| false).len(), 0);
        let (_, mut publish) = shelf.matching("a/b/c", |_, _| true).remove(0);
        publish.payload = Vec::new().into();
        let from = From::from_system(Id::new(1, 0, None, None, TopicName::default(), None));
        shelf.write().put("a/b/c".into(), Entry::new(from, publish, None));
        assert_eq!(shelf.len(), 0);
    }

    #[test]
    fn a_topic_is_forgotten_with_all_below_and_nothing_beside() {
        let shelf = Shelf::default();
        let topics = ["a/b", "a/b/c", "a/b/c/d", "a/b-c", "a/bc", "a", "a/c"];
        shelf.restore(1, topics.iter().map(|topic| message(topic, b"x")).collect());
        shelf.forget("a/b");
        let left: Vec<String> =
            shelf.matching("#", |_, _| true).iter().map(|(_, publish)| publish.topic.to_string()).collect();
        assert_eq!(left, ["a", "a/b-c", "a/bc", "a/c"]);
        assert_eq!(shelf.read().bytes, 4);
    }
}

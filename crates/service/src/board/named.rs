//! Who and what is meant by a name or by a topic, however it is written.

use super::{Board, OnBoard, Reporter};
use domain::{Friend, GroupId, fold};
use owntracks::topic::Topic;

impl Board {
    /// The device whose base topic this is.
    pub(crate) fn device_of(&self, base: &str) -> Option<&Reporter> {
        let owner = self.friends.get(self.by_topic.get(base)?)?;
        self.devices_of(owner).find(|reporter| &*reporter.topic == base)
    }

    /// The device that speaks on a topic.
    pub(crate) fn speaker(&self, topic: &str) -> Option<&Reporter> {
        let above = topic.rsplit_once('/').map(|(base, _)| base);
        [Some(topic), above].into_iter().flatten().find_map(|base| self.device_of(base))
    }

    /// The friend of that name, however it is written.
    pub(crate) fn friend_named(&self, name: &str) -> Option<&OnBoard> {
        self.friends.get(self.by_name.get(&fold(name))?)
    }

    /// The device of that friend and name, however they are written.
    pub(crate) fn device_named(&self, friend: &str, device: &str) -> Option<&Reporter> {
        let device = fold(device);
        self.devices_of(self.friend_named(friend)?).find(|reporter| reporter.device.name.key() == device)
    }

    /// The device that a topic of a trusted broker names. Where the topic names a group too, it must be that of the friend.
    pub(crate) fn device_at(&self, reading: &Topic) -> Option<&Reporter> {
        let reporter = self.device_named(&reading.user, &reading.device)?;
        self.is_of(reporter.group, reading).then_some(reporter)
    }

    /// Whether a topic names this group, or none.
    pub(crate) fn is_of(&self, group: GroupId, reading: &Topic) -> bool {
        let named = reading.group.as_deref().map(fold);
        named.is_none_or(|named| self.levels.get(&group).is_some_and(|name| name.key() == named))
    }

    /// Whose device has exactly this base topic. Friends of one name are one friend, so a base topic is of one friend alone.
    pub(crate) fn friend_at(&self, base: &str) -> Option<&Friend> {
        Some(&self.friends.get(self.by_topic.get(base)?)?.friend)
    }
}

//! Which of a friend's devices count for where the friend is: any, or one that was chosen; each choice from a time on.

use crate::{DeviceId, Timestamp};

/// Every choice there ever was for a friend. Evidence is judged by the one that held when it was taken, so that no choice rewrites what
/// was before it. Before the first, any device counts.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Counting {
    /// In order of time: from when on which device, or any.
    choices: Vec<(Timestamp, Option<DeviceId>)>,
}

impl Counting {
    /// From now on this device alone counts; `None`: any.
    pub fn choose(&mut self, at: Timestamp, device: Option<DeviceId>) {
        let place = self.choices.partition_point(|(from, _)| *from <= at);
        self.choices.insert(place, (at, device));
    }

    /// When a choice counts as made: never before the last one, whatever the clock says.
    pub fn choice_time(&self, at: Timestamp) -> Timestamp {
        self.choices.last().map_or(at, |(last, _)| at.max(last.plus_millis(1)))
    }

    /// The device that was chosen last; `None`: any counts.
    pub fn chosen(&self) -> Option<DeviceId> {
        self.choices.last().and_then(|(_, device)| *device)
    }

    /// The device that was chosen at a moment.
    pub fn chosen_at(&self, at: Timestamp) -> Option<DeviceId> {
        self.choices.iter().rev().find(|(from, _)| *from <= at).and_then(|(_, device)| *device)
    }

    /// Whether what a device says of a moment counts.
    pub fn counts(&self, device: DeviceId, at: Timestamp) -> bool {
        self.chosen_at(at).is_none_or(|chosen| chosen == device)
    }

    /// Whether what a device says now counts.
    pub fn counts_now(&self, device: DeviceId) -> bool {
        self.chosen().is_none_or(|chosen| chosen == device)
    }

    /// Whether nobody ever chose.
    pub fn is_empty(&self) -> bool {
        self.choices.is_empty()
    }

    /// When the last choice until a moment was made.
    pub fn last_choice(&self, until: Timestamp) -> Option<Timestamp> {
        self.choices.iter().rev().map(|(from, _)| *from).find(|from| *from <= until)
    }

    /// The choices made after a moment, in order.
    pub fn after(&self, moment: Timestamp) -> impl Iterator<Item = (Timestamp, Option<DeviceId>)> + '_ {
        let later = self.choices.partition_point(|(from, _)| *from <= moment);
        self.choices.iter().skip(later).copied()
    }
}

#[cfg(test)]
mod tests {
    use super::Counting;
    use crate::{DeviceId, Timestamp};
    use uuid::Uuid;

    #[test]
    fn each_moment_has_the_choice_that_held_then() {
        let at = Timestamp::from_millis;
        let [phone, tablet] = [1, 2].map(|number| DeviceId::new(Uuid::from_u128(number)));
        let mut counting = Counting::default();
        assert!(counting.is_empty() && counting.counts(tablet, at(5)) && counting.counts_now(tablet));
        counting.choose(at(10), Some(phone));
        assert_eq!(counting.choice_time(at(10)), at(11));
        counting.choose(at(20), None);
        assert!(counting.counts(tablet, at(9)) && !counting.counts(tablet, at(10)));
        assert!(counting.counts(phone, at(19)) && counting.counts(tablet, at(20)));
        assert_eq!((counting.chosen_at(at(15)), counting.chosen()), (Some(phone), None));
        assert_eq!(counting.after(at(10)).collect::<Vec<_>>(), [(at(20), None)]);
    }
}

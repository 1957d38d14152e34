//! Who may be seen otherwise than at another look: so that whoever looks often looks at those alone.

use super::{Board, OnBoard};
use domain::{FriendId, Timestamp};
use std::collections::HashSet;

impl Board {
    /// Comes after another one: what is not stored goes on.
    pub(crate) fn follow(&mut self, before: &Self) {
        self.crossed_at.clone_from(&before.crossed_at);
        self.online = before.online.clone();
        self.connected = before.connected.clone();
        self.changes = before.changes;
        self.note_all();
    }

    /// A friend is seen otherwise than before.
    pub(crate) fn note(&mut self, friend: FriendId) {
        self.changes += 1;
        if let Some(on_board) = self.friends.get_mut(&friend) {
            on_board.changed = self.changes;
        }
    }

    /// Everybody may be.
    pub(super) fn note_all(&mut self) {
        self.changes += 1;
        self.changed_all = self.changes;
    }

    /// Which change was the last.
    pub(crate) fn last_change(&self) -> u64 {
        self.changes
    }

    /// Who may be seen otherwise than after a change and at a moment; `None` for everybody.
    pub(crate) fn changed_since(&self, change: u64, at: Timestamp) -> Option<HashSet<FriendId>> {
        let differs = |owner: &&OnBoard| owner.changed > change || owner.sharing.is_timed(at);
        let differing = self.friends.values().filter(differs).map(|owner| owner.friend.id);
        (self.changed_all <= change).then(|| differing.collect())
    }
}

#[cfg(test)]
mod tests {
    use super::Board;
    use domain::{
        Friend, FriendId, Grant, GroupId, Level, Memberships, Name, Party, Role, Sharing, Timestamp,
    };
    use uuid::Uuid;

    #[test]
    fn who_changed_or_is_seen_by_a_clock_is_looked_at_again_and_nobody_else() {
        let (group, now) = (GroupId::new(Uuid::from_u128(9)), Timestamp::from_millis(1_700_000_000_000));
        let ids = [1, 2, 3].map(|number| FriendId::new(Uuid::from_u128(number)));
        let mut board = Board::default();
        for (id, name) in ids.into_iter().zip(["ann", "ben", "cid"]) {
            let memberships = Memberships::one(group, Role::Friend);
            let name = Name::new(name).expect("is a name");
            let friend = Friend { id, group, memberships, name, role: None, demo: false, added_at: now };
            let mut sharing = Sharing::default();
            if id == ids[2] {
                let (to, level, since) = (Party::Group(group), Level::Precise, now);
                sharing.grants.push(Grant { to, level, since, until: Some(now.plus_millis(1000)) });
            }
            board.add_friend(friend, None, sharing);
        }
        let first = board.last_change();
        let timed = board.changed_since(first, now).expect("not everybody");
        assert_eq!(timed.into_iter().collect::<Vec<_>>(), [ids[2]], "until that is over");
        let later = now.plus_millis(1000);
        assert!(board.changed_since(first, later).expect("not everybody").is_empty());
        board.note(ids[0]);
        let changed = board.changed_since(first, later).expect("not everybody");
        assert_eq!(changed.into_iter().collect::<Vec<_>>(), [ids[0]]);
        assert!(board.changed_since(board.last_change(), later).expect("not everybody").is_empty());
        let mut next = Board::default();
        next.follow(&board);
        assert!(next.changed_since(board.last_change(), later).is_none(), "all is new");
    }
}

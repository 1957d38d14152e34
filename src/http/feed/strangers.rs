//! Sockets that have not said their token yet: so many may be open at once, and fewer from one place, so that some are left to others.

use std::{
    collections::HashMap,
    net::{IpAddr, Ipv4Addr, Ipv6Addr},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

/// How many there may be.
const MOST: usize = 64;
/// How many of these may come from one place.
const MOST_FROM_ONE_PLACE: usize = 8;

/// How many come from each place who have not said their token yet; clones are the same.
#[derive(Clone, Default)]
pub(super) struct Strangers(Arc<Mutex<HashMap<IpAddr, usize>>>);

/// One of them, until this is dropped.
pub(in crate::http) struct Stranger {
    strangers: Strangers,
    place: IpAddr,
}

impl Strangers {
    /// Lets one from there in; `None` when too many are there.
    pub(super) fn admit(&self, peer: &str) -> Option<Stranger> {
        let place = place(peer);
        let mut open = self.open();
        let all: usize = open.values().sum();
        let from_there = open.entry(place).or_default();
        let is_room = all < MOST && *from_there < MOST_FROM_ONE_PLACE;
        *from_there += usize::from(is_room);
        open.retain(|_, count| *count > 0);
        drop(open);
        is_room.then(|| Stranger { strangers: self.clone(), place })
    }

    fn open(&self) -> MutexGuard<'_, HashMap<IpAddr, usize>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Stranger {
    fn drop(&mut self) {
        let mut open = self.strangers.open();
        if let Some(count) = open.get_mut(&self.place) {
            *count = count.saturating_sub(1);
        }
        open.retain(|_, count| *count > 0);
    }
}

/// Whoever has one IPv6 address has all of its /64.
fn place(peer: &str) -> IpAddr {
    let peer = peer.parse().unwrap_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED));
    match peer.to_canonical() {
        IpAddr::V6(address) => {
            let [a, b, c, d, ..] = address.segments();
            IpAddr::V6(Ipv6Addr::from([a, b, c, d, 0, 0, 0, 0]))
        }
        address @ IpAddr::V4(_) => address,
    }
}

#[cfg(test)]
mod tests {
    use super::{MOST, MOST_FROM_ONE_PLACE, Strangers};

    #[test]
    fn who_has_not_said_their_token_takes_no_room_from_those_elsewhere() {
        let strangers = Strangers::default();
        let from = |peer: &str| strangers.admit(peer);
        let here: Vec<_> = (0..MOST_FROM_ONE_PLACE)
            .map(|number| from(&format!("2001:db8::{number}")).expect("there is room"))
            .collect();
        assert!(from("2001:db8::ffff").is_none(), "all of it is one place");
        let elsewhere: Vec<_> = (0..MOST - MOST_FROM_ONE_PLACE)
            .map(|number| from(&format!("192.0.2.{number}")).expect("there is room"))
            .collect();
        assert!(from("198.51.100.1").is_none(), "there are too many");
        drop(here);
        assert!(from("198.51.100.1").is_some() && from("2001:db8::ffff").is_some());
        drop(elsewhere);
        assert!(strangers.open().is_empty());
    }
}

//! Slowing down those who guess passwords, without locking out those who know theirs.
//!
//! * One place that fails with one name may try a few times, and waits twice as long after each further failure, up to five minutes. The right
//!   password ends that. Somebody else's failures, from elsewhere, never count here: nobody is locked out by a stranger.
//! * A browser with which somebody signed in has a mark that says so. Where it comes with that, only its own failures with that name count,
//!   so that nobody is slowed down by who guesses at the same address.
//! * One place may try all names together so often, whatever becomes of it.
//! * Over all places together a name is only slowed down: if it were refused, anybody could lock a friend out by guessing wrong.
//! * Devices have passwords that nobody guesses; what counts against a place are its failures alone, and a device that was let in from
//!   there of late is let in even so.
//!
//! A place is an IPv4 address, or the /64 of an IPv6 address: whoever has one address of it has all. What is kept is in memory alone.

use super::Visitor;
use crate::{Error, secret};
use domain::{BotId, FriendId, GroupId};
use governor::{
    Quota, RateLimiter,
    clock::{Clock, DefaultClock},
    state::keyed::DefaultKeyedStateStore,
};
use std::{
    collections::HashMap,
    hash::Hash,
    net::{IpAddr, Ipv6Addr},
    num::NonZeroU32,
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};
use tokio::time::Instant;

type Limiter<K> = RateLimiter<K, DefaultKeyedStateStore<K>, DefaultClock>;

/// How long a try waits for its answer while a name is being guessed from many places.
const PAUSE: Duration = Duration::from_millis(1500);
/// How many keys are kept before those that no longer matter are forgotten.
const MOST_KEYS: usize = 10_000;
/// So many failures cost nothing: people mistype.
const FREE: u32 = 10;
/// The wait after the first failure that costs something; it doubles with each.
const FIRST_WAIT: Duration = Duration::from_secs(4);
/// The longest wait: who shares an address with somebody who guesses must get in some day.
const LONGEST_WAIT: Duration = Duration::from_mins(5);
/// After so long without a try all is forgotten.
const FORGOTTEN: Duration = Duration::from_hours(1);
/// So many failures of devices from one place cost nothing, and one of them is forgiven each second.
const FREE_DEVICES: f64 = 60.0;
/// How long it is remembered that a device was let in from a place.
const WELCOME: Duration = Duration::from_hours(24 * 7);

/// Slows down those who guess passwords: by the name they try and where they come from.
pub(crate) struct Guard {
    pairs: Mutex<HashMap<(String, String), Failures>>,
    peers: Limiter<String>,
    names: Limiter<String>,
    outlets: Limiter<GroupId>,
    /// Who looks at set-up links, by where they come from.
    links: Limiter<String>,
    /// Who says where they are by their browser.
    positions: Limiter<FriendId>,
    /// Who has this server send something to where they say.
    alerts: Limiter<FriendId>,
    /// Who sends messages to friends.
    chats: Limiter<FriendId>,
    /// Bots that post.
    posts: Limiter<BotId>,
    devices: Mutex<Devices>,
    /// What marks are made with; another one after each start. Without it there are none.
    key: Option<String>,
}

/// How often one place failed with one name.
struct Failures {
    count: u32,
    last: Instant,
    open_at: Instant,
}

#[derive(Default)]
struct Devices {
    /// How much failure a place has on it, and since when that is so; it drains by itself.
    failures: HashMap<String, (f64, Instant)>,
    /// Who was let in from where, and when.
    welcome: HashMap<(String, String), Instant>,
}

impl Guard {
    pub(crate) fn new() -> Self {
        Self {
            pairs: Mutex::default(),
            peers: limiter(30, Duration::from_secs(2)),
            names: limiter(20, Duration::from_secs(6)),
            outlets: limiter(30, Duration::from_secs(4)),
            links: limiter(60, Duration::from_secs(1)),
            positions: limiter(10, Duration::from_secs(1)),
            alerts: limiter(10, Duration::from_secs(10)),
            chats: limiter(30, Duration::from_secs(2)),
            posts: limiter(20, Duration::from_secs(3)),
            devices: Mutex::default(),
            key: secret::random().ok(),
        }
    }

    /// Lets somebody try after a pause, or says how long to wait. The try counts as a failure until [`Self::succeeded`].
    pub(super) fn admit(&self, name: &str, visitor: &Visitor) -> Result<Duration, Error> {
        let (name, place) = (folded(name), place(&visitor.peer));
        if let Some(browser) = self.known(&name, &visitor.mark) {
            self.check_pair((name, browser), Instant::now())?;
            return Ok(Duration::ZERO);
        }
        // In this order: what one place is refused must not count against the name.
        check(&self.peers, &place)?;
        self.check_pair((name.clone(), place), Instant::now())?;
        Ok(if check(&self.names, &name).is_ok() { Duration::ZERO } else { PAUSE })
    }

    /// Lets somebody look at a set-up link, or says how long to wait. A page that waits for its phone asks every few seconds.
    pub(crate) fn admit_link(&self, peer: &str) -> Result<(), Error> {
        check(&self.links, &peer.to_owned())
    }

    /// Lets the admins of a group have this server connect to an address of their choice, or says how long to wait: what comes of it says whether anything
    /// answers there.
    pub(crate) fn admit_outlet(&self, group: GroupId) -> Result<(), Error> {
        check(&self.outlets, &group)
    }

    /// Lets a friend say where they are by their browser, or says how long to wait.
    pub(crate) fn admit_position(&self, friend: FriendId) -> Result<(), Error> {
        check(&self.positions, &friend)
    }

    /// Lets a friend say where their alerts go, or have one sent there, or says how long to wait.
    pub(crate) fn admit_alert(&self, friend: FriendId) -> Result<(), Error> {
        check(&self.alerts, &friend)
    }

    /// Lets a friend send a message to others, or says how long to wait.
    pub(crate) fn admit_chat(&self, friend: FriendId) -> Result<(), Error> {
        check(&self.chats, &friend)
    }

    /// Lets a bot post, or says how long to wait.
    pub(crate) fn admit_post(&self, bot: BotId) -> Result<(), Error> {
        check(&self.posts, &bot)
    }

    fn check_pair(&self, key: (String, String), now: Instant) -> Result<(), Error> {
        let mut pairs = held(&self.pairs);
        if pairs.len() > MOST_KEYS {
            pairs.retain(|_, failures| now < failures.last + FORGOTTEN);
        }
        let failures = pairs.entry(key).or_insert(Failures { count: 0, last: now, open_at: now });
        if now >= failures.last + FORGOTTEN {
            failures.count = 0;
        }
        if let Some(wait) = failures.open_at.checked_duration_since(now).filter(|wait| !wait.is_zero()) {
            return Err(busy(wait));
        }
        failures.count = failures.count.saturating_add(1);
        failures.last = now;
        failures.open_at = now + wait_after(failures.count);
        Ok(())
    }

    /// Somebody knew the password: what they failed before is forgotten.
    pub(super) fn succeeded(&self, name: &str, visitor: &Visitor) {
        let name = folded(name);
        let from = self.known(&name, &visitor.mark).unwrap_or_else(|| place(&visitor.peer));
        held(&self.pairs).remove(&(name, from));
    }

    /// What a browser gets to keep by which it is known as one with which somebody of that name signed in.
    pub(super) fn mark(&self, name: &str) -> Option<String> {
        let browser = secret::random().ok()?;
        Some(format!("{browser}.{}", self.sealed(&folded(name), &browser)?))
    }

    /// Which browser that is, if the mark is one of ours for that name.
    fn known(&self, name: &str, mark: &str) -> Option<String> {
        let (browser, seal) = mark.split_once('.')?;
        // By their hashes: how long that takes says nothing of how much of it was right.
        let is_ours = secret::hash(seal) == secret::hash(&self.sealed(name, browser)?);
        is_ours.then(|| format!("browser {browser}"))
    }

    fn sealed(&self, name: &str, browser: &str) -> Option<String> {
        Some(secret::proof(&format!("{} {browser} {name}", self.key.as_ref()?)))
    }

    /// Lets a device try from there, or says how long to wait. The try counts as a failure until [`Self::device_succeeded`].
    pub(super) fn admit_device(&self, name: &str, peer: &str, now: Instant) -> Result<(), Error> {
        let (name, place) = (folded(name), place(peer));
        let mut devices = held(&self.devices);
        if devices.failures.len() > MOST_KEYS {
            devices.failures.retain(|_, known| drained(*known, now) > 0.0);
        }
        let level = devices.failures.get(&place).map_or(0.0, |known| drained(*known, now));
        let is_welcome = || devices.welcome.get(&(name, place.clone())).is_some_and(|at| now < *at + WELCOME);
        if level >= FREE_DEVICES && !is_welcome() {
            return Err(busy(Duration::from_secs_f64(level - FREE_DEVICES)));
        }
        devices.failures.insert(place, ((level + 1.0).min(FREE_DEVICES + 30.0), now));
        Ok(())
    }

    /// A device knew its password.
    pub(super) fn device_succeeded(&self, name: &str, peer: &str, now: Instant) {
        let place = place(peer);
        let mut devices = held(&self.devices);
        if let Some(known) = devices.failures.get_mut(&place) {
            *known = ((drained(*known, now) - 1.0).max(0.0), now);
        }
        if devices.welcome.len() > MOST_KEYS {
            devices.welcome.retain(|_, at| now < *at + WELCOME / 7);
        }
        if devices.welcome.len() <= MOST_KEYS {
            devices.welcome.insert((folded(name), place), now);
        }
    }
}

/// How long to wait after so many failures.
fn wait_after(failures: u32) -> Duration {
    let Some(beyond) = failures.checked_sub(FREE) else { return Duration::ZERO };
    FIRST_WAIT.saturating_mul(2_u32.saturating_pow(beyond)).min(LONGEST_WAIT)
}

fn drained((level, since): (f64, Instant), now: Instant) -> f64 {
    (level - now.saturating_duration_since(since).as_secs_f64()).max(0.0)
}

fn folded(name: &str) -> String {
    domain::fold(name).chars().take(domain::Name::MAX_CHARS).collect()
}

/// The place of an address. Both ways of writing an IPv4 address are the same.
fn place(peer: &str) -> String {
    match peer.parse::<IpAddr>().map(|address| address.to_canonical()) {
        Ok(IpAddr::V6(address)) => {
            let [a, b, c, d, ..] = address.segments();
            format!("{}/64", Ipv6Addr::from([a, b, c, d, 0, 0, 0, 0]))
        }
        Ok(IpAddr::V4(address)) => address.to_string(),
        Err(_no_address) => peer.to_owned(),
    }
}

/// Nothing that panics happens under the lock.
fn held<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn busy(wait: Duration) -> Error {
    Error::Busy { retry_after_s: u32::try_from(wait.as_secs().saturating_add(1)).unwrap_or(u32::MAX) }
}

fn limiter<K: Hash + Eq + Clone>(burst: u32, each: Duration) -> Limiter<K> {
    let burst = NonZeroU32::new(burst).unwrap_or(NonZeroU32::MIN);
    let quota = Quota::with_period(each).unwrap_or_else(|| Quota::per_minute(burst));
    RateLimiter::keyed(quota.allow_burst(burst))
}

fn check<K: Hash + Eq + Clone>(limiter: &Limiter<K>, key: &K) -> Result<(), Error> {
    let checked = limiter.check_key(key);
    if limiter.len() > MOST_KEYS {
        limiter.retain_recent();
    }
    checked.map_err(|not_until| busy(not_until.wait_time_from(DefaultClock::default().now())))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_goes_on_failing_waits_twice_as_long_each_time_and_only_there() {
        let (guard, mut now) = (Guard::new(), Instant::now());
        let wait = |peer: &str, now| match guard.check_pair(("ann".into(), peer.into()), now) {
            Err(Error::Busy { retry_after_s }) => retry_after_s,
            Ok(()) | Err(_) => 0,
        };
        for _ in 0..FREE {
            assert_eq!(wait("192.0.2.1", now), 0);
        }
        let mut waits = Vec::new();
        for _ in 0..9 {
            let seconds = wait("192.0.2.1", now);
            assert_eq!(wait("192.0.2.1", now), seconds, "asking meanwhile changes nothing");
            waits.push(seconds);
            now += Duration::from_secs(u64::from(seconds));
            assert_eq!(wait("192.0.2.1", now), 0, "one try");
        }
        assert_eq!(waits, [5, 9, 17, 33, 65, 129, 257, 301, 301]);
        assert_eq!(wait("192.0.2.2", now), 0, "from elsewhere she is let in");
        guard.succeeded("ANN", &"192.0.2.1".into());
        assert_eq!(wait("192.0.2.1", now), 0, "the right password ends it");
    }

    #[test]
    fn who_signed_in_with_this_browser_is_not_slowed_by_who_guesses_at_the_same_address() {
        let guard = Guard::new();
        let guesser = Visitor::from("192.0.2.1");
        let mark = guard.mark("Ann").expect("there is randomness");
        let ann = Visitor { mark, ..guesser.clone() };
        while guard.admit("ann", &guesser).is_ok() {}
        assert!(guard.admit("ANN", &ann).is_ok(), "she may try");
        for made_up in
            [format!("{}0", ann.mark), ann.mark.replace('.', ""), Guard::new().mark("ann").expect("is one")]
        {
            assert!(guard.admit("ann", &Visitor { mark: made_up, ..guesser.clone() }).is_err(), "made up");
        }
        let mut others = 0..1000;
        while guard.admit(&format!("nobody {:?}", others.next()), &guesser).is_ok() {}
        assert!(guard.admit("ben", &ann).is_err(), "her browser is nobody else's");
        for _ in 1..FREE {
            guard.admit("ann", &ann).expect("is free");
        }
        guard.succeeded("ann", &ann);
        for _ in 0..FREE {
            guard.admit("ann", &ann).expect("the right password ended it");
        }
        assert!(guard.admit("ann", &ann).is_err(), "who has her browser guesses as slowly as anybody");
    }

    #[test]
    fn what_is_long_past_is_forgotten() {
        let (guard, now) = (Guard::new(), Instant::now());
        for at in [now, now + FORGOTTEN] {
            for _ in 0..FREE {
                guard.check_pair(("ann".into(), "here".into()), at).expect("is free");
            }
        }
    }

    #[test]
    fn a_place_that_guesses_passwords_of_devices_is_slowed_and_its_own_phones_are_not() {
        let (guard, now) = (Guard::new(), Instant::now());
        let guess = |now| {
            let mut tries = 0;
            while tries < 1000 && guard.admit_device("ben", "2001:db8::2", now).is_ok() {
                tries += 1;
            }
            tries
        };
        guard.admit_device("ann", "2001:db8::1", now).expect("may try");
        guard.device_succeeded("ann", "2001:db8::1", now);
        assert_eq!(guess(now), 60);
        assert!(guard.admit_device("carl", "2001:db8::3", now).is_err(), "another address of the same place");
        assert!(guard.admit_device("carl", "2001:db8:0:1::3", now).is_ok(), "elsewhere");
        assert!(guard.admit_device("ann", "2001:db8::9", now).is_ok(), "ann's phone was there before");
        guard.device_succeeded("ann", "2001:db8::9", now);
        assert_eq!(guess(now + Duration::from_secs(10)), 10, "one a second");
    }

    #[test]
    fn both_ways_of_writing_an_address_are_one_place() {
        assert_eq!(place("::ffff:192.0.2.1"), place("192.0.2.1"));
        assert_eq!(place("2001:db8::1"), "2001:db8::/64");
        assert_eq!(place("a cookie"), "a cookie");
    }
}

//! Places that phones keep: what a phone says of them, and which of our regions it means by one.

use super::Bench;
use crate::{board::Reporter, translate};
use domain::{
    RegionId, Timestamp,
    waypoint::{Meant, Waypoint},
};
use owntracks::{Message, Waypoints};
use std::collections::BTreeMap;
use store::PhoneWaypoint;

/// How many places of a phone are kept, with those that it has no more: an app on iOS watches 20, one on Android 100.
const MOST_PLACES: usize = 500;
const MOST_KEPT: usize = 2000;

impl<'a> Bench<'a> {
    /// A phone tells of one of its places.
    pub(super) fn know(
        &mut self,
        reporter: &'a Reporter,
        received_at: Timestamp,
        said: &owntracks::Waypoint,
    ) {
        let (key, known) = translate::waypoint(received_at, said);
        self.keep(reporter, key, known);
    }

    /// A phone tells of all its places. Those that it does not tell of it has no more, unless some could not be read, or somebody
    /// retained the list.
    pub(super) fn list(
        &mut self,
        reporter: &'a Reporter,
        received_at: Timestamp,
        retained: bool,
        said: &Waypoints,
    ) {
        let listed = said.waypoints.iter().map(|waypoint| translate::waypoint(received_at, waypoint));
        let listed: BTreeMap<String, Waypoint> = listed.collect();
        if said.rejected.is_empty() && !retained {
            let gone = self.known(reporter).iter().filter(|(key, known)| {
                known.is_there() && known.seen_at <= received_at && !listed.contains_key(*key)
            });
            let gone: Vec<_> = gone
                .map(|(key, known)| (key.clone(), Waypoint { gone_at: Some(received_at), ..known.clone() }))
                .collect();
            for (key, known) in gone {
                self.keep(reporter, key, known);
            }
            self.batch.lists.push((reporter.device.id, received_at));
        }
        for (key, known) in listed {
            self.keep(reporter, key, known);
        }
    }

    fn keep(&mut self, reporter: &'a Reporter, key: String, waypoint: Waypoint) {
        let device = reporter.device.id;
        let known = self.known.entry(device).or_insert_with(|| reporter.known.clone());
        let there = known.values().filter(|known| known.is_there()).count();
        if !known.contains_key(&key) && (there >= MOST_PLACES || known.len() >= MOST_KEPT) {
            return;
        }
        known.insert(key.clone(), waypoint.clone());
        if waypoint.is_there() {
            let shown =
                reporter.sent.iter().filter(|(_, sent)| sent.is_confirmed_by(&waypoint, waypoint.seen_at));
            self.batch.confirmed.extend(shown.map(|(region, _)| (device, *region, waypoint.seen_at)));
        }
        self.batch.waypoints.push(PhoneWaypoint { device, key, waypoint });
    }

    /// What a phone keeps after what was heard so far.
    fn known(&self, reporter: &'a Reporter) -> &BTreeMap<String, Waypoint> {
        self.known.get(&reporter.device.id).unwrap_or(&reporter.known)
    }

    /// The region that a phone means: by one of its keys, or because it is the same place as one that somebody drew on the phone.
    pub(super) fn meant(&self, reporter: &'a Reporter, meant: Meant<'_>) -> Option<RegionId> {
        let own = || {
            let known = self.known(reporter);
            let by_rid = |known: &&Waypoint| meant.rid.is_some() && known.rid.as_deref() == meant.rid;
            let by_tst = |known: &&Waypoint| meant.tst_s.is_some() && known.tst_s() == meant.tst_s;
            let by_name = |known: &&Waypoint| meant.name == Some(known.name.as_str());
            let found = known.values().find(by_rid).or_else(|| known.values().find(by_tst));
            found.or_else(|| known.values().find(by_name))
        };
        let at_place = || self.board.region_at(reporter, own()?);
        self.board.meant(reporter, meant).or_else(at_place)
    }

    /// A phone speaks of regions by the keys that it was given: it has them.
    pub(super) fn recognise<'m>(
        &mut self,
        reporter: &'a Reporter,
        received_at: Timestamp,
        made_at: Timestamp,
        meant: impl IntoIterator<Item = Meant<'m>>,
    ) {
        if reporter.sent.is_empty() {
            return;
        }
        let Some(owner) = self.board.owner(reporter) else { return };
        let keys = self.board.keys_of(&owner.friend);
        let by_key = meant.into_iter().filter_map(|meant| keys.given(meant));
        let by_key = by_key
            .filter(|region| reporter.sent.get(region).is_some_and(|sent| sent.is_confirmed_by_key(made_at)));
        let device = reporter.device.id;
        self.batch.confirmed.extend(by_key.map(|region| (device, region, received_at)));
    }

    /// Our regions among those that a phone lists.
    pub(super) fn listed(&self, reporter: &'a Reporter, listing: &[Meant<'_>]) -> Vec<RegionId> {
        let mut listed = Vec::with_capacity(listing.len());
        for region in listing.iter().filter_map(|meant| self.meant(reporter, *meant)) {
            if !listed.contains(&region) {
                listed.push(region);
            }
        }
        listed
    }

    /// What a list of all places means for the orders that changed them.
    pub(super) fn compare(&mut self, reporter: &'a Reporter, at: Timestamp, message: &Message) {
        let Message::Waypoints(said) = message else { return };
        if !said.rejected.is_empty() {
            return;
        }
        let listed = said.waypoints.iter().map(|waypoint| translate::waypoint(at, waypoint).1);
        let listed: Vec<Waypoint> = listed.collect();
        for order in &reporter.orders {
            if let Some(outcome) = order.compared(&listed) {
                self.batch.settled.push((order.id, outcome, at));
            }
        }
    }
}

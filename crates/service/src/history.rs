//! What the history adds up to: who was where at a moment, how long on which day, and all of it one page after the other.
//!
//! Visits are paired anew for each question from the transitions that hold; nothing of them is stored.

use crate::{
    Error, Page, Service, TransitionQuery,
    command::Command,
    hours,
    sight::{Sight, tells},
    zone::{Day, Days},
};
use domain::{
    Around, Counting, DeviceId, End, Friend, FriendId, Region, RegionId, Showing, Stay, Timestamp,
    Transition, Viewer, Visit, geofence::Start, live::LiveFriend, visits,
};
use futures::{Stream, stream};
use std::collections::{BTreeMap, HashMap};
use store::RegionChange;

/// Over how many days time is added up at the most.
const MOST_DAYS: usize = 92;
/// How many places are told of.
const MOST_PLACES: usize = 50;
/// How many transitions an export reads at once.
const AT_ONCE: u32 = 500;

/// A region as it was at a moment, and who was in it.
#[derive(Clone, Debug)]
pub struct PastPresence {
    /// The region, as it was drawn then.
    pub region: Region,
    /// Who was there, by name.
    pub friends: Vec<PastPresent>,
}

/// Somebody who was in a region.
#[derive(Clone, Debug)]
pub struct PastPresent {
    /// Who.
    pub friend: Friend,
    /// From when to when, as far as the hours of the region tell it.
    pub visit: Visit,
    /// The hours began with the visit as it stands here: it may have begun before.
    pub or_before: bool,
    /// The hours ended with it: it may have gone on.
    pub or_later: bool,
    /// At that moment nothing had been heard of them since then, nor was it later: they were there only probably.
    pub silent_since: Option<Timestamp>,
}

/// Whose time where is added up.
#[derive(Clone, Debug)]
pub struct SpentQuery {
    /// Only of this friend.
    pub friend: Option<FriendId>,
    /// Only in this region.
    pub region: Option<RegionId>,
    /// On which days.
    pub days: Days,
}

/// How long friends were where, by days.
#[derive(Clone, Debug)]
pub struct Spent {
    /// The days, oldest first.
    pub days: Vec<Day>,
    /// Where anybody was, most time first.
    pub places: Vec<SpentPlace>,
}

/// How long friends were in a region, by days.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SpentPlace {
    /// Which.
    pub region: RegionId,
    /// What it is called now, or was called last.
    pub name: String,
    /// One number for each day, milliseconds.
    pub millis: Vec<i64>,
}

impl Service {
    /// The same as [`Service::transitions`], one page after the other to the end. What comes in meanwhile is newer than the first page,
    /// and left out.
    pub fn every_transition(
        &self,
        viewer: Viewer,
        query: TransitionQuery,
    ) -> impl Stream<Item = Result<Vec<Transition>, Error>> + Send + use<> {
        let service = self.clone();
        let first = Some(TransitionQuery { limit: AT_ONCE, ..query });
        stream::try_unfold(first, move |query| {
            let (service, viewer) = (service.clone(), viewer.clone());
            async move {
                let Some(query) = query else { return Ok(None) };
                let Page { items, next } = service.transitions(&viewer, &query).await?;
                let query = next.map(|cursor| TransitionQuery { cursor: Some(cursor), ..query });
                Ok(Some((items, query)))
            }
        })
    }

    /// Up to when whoever looks has seen what was learnt of the history. `None` when they never looked, and for who is nobody in
    /// particular.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn look(&self, viewer: &Viewer) -> Result<Option<Timestamp>, Error> {
        match viewer {
            Viewer::Friend { friend, .. } => Ok(self.shared.reader.look(*friend).await?),
            Viewer::Guest | Viewer::Server { .. } | Viewer::Outlet { .. } | Viewer::Bot { .. } => Ok(None),
        }
    }

    /// Whoever looks has seen what was learnt of the history up to then, which is not later than now.
    ///
    /// # Errors
    /// [`Error::Forbidden`] for who is nobody in particular; when the database fails.
    pub async fn looked(&self, viewer: &Viewer, learnt_at: Timestamp) -> Result<(), Error> {
        let Viewer::Friend { friend, .. } = *viewer else { return Err(Error::Forbidden) };
        let learnt_at = learnt_at.min(self.shared.now());
        if self.shared.reader.look(friend).await?.is_some_and(|known| known >= learnt_at) {
            return Ok(());
        }
        self.command(|reply| Command::PutLook { look: (friend, learnt_at), reply }).await
    }

    /// Who was in which region at a moment, by what is known now; regions with nobody in them too. `region` asks for one alone.
    ///
    /// # Errors
    /// [`Error::Invalid`] for `at`, when that is still to come; [`Error::NotFound`] for a region of which the viewer may not know, or that
    /// was not there then.
    pub async fn presence_at(
        &self,
        viewer: &Viewer,
        at: Timestamp,
        region: Option<RegionId>,
    ) -> Result<Vec<PastPresence>, Error> {
        if at > self.shared.now() {
            return Err(Error::invalid("at", "must not be in the future"));
        }
        let past = self.past(viewer, None, region, (at, at.plus_millis(1))).await?;
        self.count_looks(viewer, "history", past.visits.iter().map(|visit| visit.friend));
        let mut found: Vec<PastPresence> = Vec::new();
        for drawn in past.regions_at(at).filter(|drawn| region.is_none_or(|wanted| wanted == drawn.id)) {
            if !past.known.get(&drawn.id).is_some_and(|known| tells(known, at)) {
                continue;
            }
            let here = past.visits.iter().filter(|visit| visit.region == drawn.id && visit.covers(at));
            let mut friends: Vec<PastPresent> = here.filter_map(|visit| past.present(visit, at)).collect();
            friends.sort_by_cached_key(|present| present.friend.name.key());
            found.push(PastPresence { region: drawn.clone(), friends });
        }
        if found.is_empty() && region.is_some() {
            return Err(Error::NotFound("region"));
        }
        found.sort_by_cached_key(|presence| (presence.region.name.key(), presence.region.id));
        Ok(found)
    }

    /// How long friends were where, by days: the fifty places of the most time.
    ///
    /// # Errors
    /// [`Error::Invalid`] for `until`, when these are too many days.
    pub async fn time_spent(&self, viewer: &Viewer, query: &SpentQuery) -> Result<Spent, Error> {
        let now = self.shared.now();
        let days = query.days.each(now, MOST_DAYS)?;
        let (Some(first), Some(last)) = (days.first(), days.last()) else {
            return Ok(Spent { days, places: Vec::new() });
        };
        let past = self.past(viewer, query.friend, query.region, (first.from, last.to)).await?;
        self.count_looks(viewer, "history", past.visits.iter().map(|visit| visit.friend));
        let mut places: BTreeMap<RegionId, SpentPlace> = BTreeMap::new();
        for visit in &past.visits {
            let millis: Vec<i64> =
                days.iter().map(|day| past.told_millis(visit, (day.from, day.to), now)).collect();
            if millis.iter().all(|millis| *millis == 0) {
                continue;
            }
            let place = places.entry(visit.region).or_insert_with(|| SpentPlace {
                region: visit.region,
                name: past.name_of(visit),
                millis: vec![0; days.len()],
            });
            for (sum, more) in place.millis.iter_mut().zip(millis) {
                *sum += more;
            }
        }
        let mut places: Vec<SpentPlace> = places.into_values().collect();
        places.sort_by_cached_key(|place| {
            (std::cmp::Reverse(place.millis.iter().sum::<i64>()), place.name.clone())
        });
        places.truncate(MOST_PLACES);
        Ok(Spent { days, places })
    }

    /// What is known of a span of time.
    async fn past(
        &self,
        viewer: &Viewer,
        friend: Option<FriendId>,
        region: Option<RegionId>,
        (from, to): (Timestamp, Timestamp),
    ) -> Result<Past, Error> {
        // Older than what is read, so that nobody who is there by it has vanished from the history.
        let (hidden, unheard, mut past) = {
            let board = self.shared.board();
            let sight = Sight::new(&board, viewer);
            let (hidden, unheard) = (sight.hidden(), sight.unheard());
            let shown = board.snapshot(viewer, self.shared.now()).friends;
            let regions = board.all_regions().chain(board.gone.values());
            let known = regions.filter(|region| viewer.may_see_region(region));
            let known: HashMap<RegionId, Region> = known.map(|region| (region.id, region.clone())).collect();
            // All of them: at other hours than now their regions may have told.
            let stays =
                shown.iter().filter_map(|live| board.friends.get(&live.friend.id)).flat_map(|on_board| {
                    let who = on_board.friend.id;
                    on_board.stays.iter().map(move |stay| (who, stay.clone()))
                });
            let stays = stays
                .filter(|(who, stay)| {
                    known.contains_key(&stay.region)
                        && friend.is_none_or(|wanted| wanted == *who)
                        && region.is_none_or(|wanted| wanted == stay.region)
                })
                .collect();
            let countings = shown.iter().filter_map(|live| {
                let on_board = board.friends.get(&live.friend.id)?;
                Some((live.friend.id, on_board.counting.clone()))
            });
            let countings = countings.collect();
            let now = self.shared.now();
            let showings = shown.iter().map(|live| live.friend.id);
            let showings = showings.map(|friend| (friend, sight.showing_of(friend, now))).collect();
            let past = Past { friends: shown, stays, known, countings, showings, now, ..Past::default() };
            (hidden, unheard, past)
        };
        let asked = store::WaysQuery { scope: viewer.scope(), friend, region, from, to };
        let mut ways = self.shared.reader.ways(&asked).await?;
        {
            let board = self.shared.board();
            let sight = Sight::new(&board, viewer);
            ways.retain(|Transition { region, friend, at, .. }| {
                sight.is_theirs(*region, *friend, *at)
                    && !hidden.contains(region)
                    && (viewer.is(*friend) || !unheard.contains(region))
            });
        }
        past.changes = self.shared.reader.region_changes().await?;
        past.first_fixes = self.shared.reader.first_fixes().await?;
        past.visits = visits(&ways, &past.stays, &past);
        let is_seen = |visit: &Visit| {
            past.showings.get(&visit.friend).is_some_and(|showing| {
                let known = past.known.get(&visit.region);
                known.map_or_else(|| showing.tells_details(), |region| showing.tells_region(region))
            })
        };
        let seen: Vec<Visit> = past.visits.iter().filter(|visit| is_seen(visit)).cloned().collect();
        past.visits = seen;
        Ok(past)
    }
}

/// What one viewer may know of a span of time.
#[derive(Default)]
struct Past {
    visits: Vec<Visit>,
    changes: Vec<RegionChange>,
    first_fixes: HashMap<DeviceId, Timestamp>,
    friends: Vec<LiveFriend>,
    /// Which of their devices counted when.
    countings: HashMap<FriendId, Counting>,
    /// How the viewer sees them.
    showings: HashMap<FriendId, Showing>,
    now: Timestamp,
    /// Who is where now, at whatever hours.
    stays: Vec<(FriendId, Stay)>,
    /// The regions as they are now, or were last. A place that only a phone knows is none of them, and goes with its friend.
    known: HashMap<RegionId, Region>,
}

impl Past {
    /// The regions as they were drawn at a moment, and those in which somebody was then although they were drawn only later.
    fn regions_at(&self, at: Timestamp) -> impl Iterator<Item = &Region> {
        let mut last: BTreeMap<RegionId, Option<&Region>> = BTreeMap::new();
        for change in &self.changes {
            let later = change.at > at;
            let visited = || self.visits.iter().any(|visit| visit.region == change.id && visit.covers(at));
            if !later || (!last.contains_key(&change.id) && visited()) {
                last.insert(change.id, change.drawn.as_ref());
            }
        }
        last.into_values().flatten()
    }

    /// How much of a time a visit took, without the hours at which its region tells nothing.
    fn told_millis(&self, visit: &Visit, (from, to): (Timestamp, Timestamp), now: Timestamp) -> i64 {
        let schedule = self.known.get(&visit.region).and_then(|known| known.details.schedule.as_ref());
        let told = |(from, to)| {
            let whole = visit.millis_within(from, to, now);
            schedule.map_or(whole, |schedule| {
                let begin = visit.since.max(from);
                hours::open_millis(schedule, begin, begin.plus_millis(whole))
            })
        };
        self.windows(visit.friend, from, to).into_iter().map(told).sum()
    }

    /// The times of which the viewer sees anything of a friend.
    fn windows(&self, friend: FriendId, from: Timestamp, to: Timestamp) -> Vec<(Timestamp, Timestamp)> {
        self.showings.get(&friend).map(|showing| showing.windows(from, to)).unwrap_or_default()
    }

    fn name_of(&self, visit: &Visit) -> String {
        let now = self.known.get(&visit.region);
        now.map(|region| region.name.to_string()).or_else(|| visit.region_name.clone()).unwrap_or_default()
    }

    /// When a region got another shape, or was gone; not when it got another name or colour.
    fn redraws(&self, region: RegionId) -> impl Iterator<Item = &RegionChange> {
        let mut last = None;
        self.changes.iter().filter(move |change| {
            let shape = Some(change.drawn.as_ref().map(|drawn| &drawn.area));
            change.id == region && std::mem::replace(&mut last, shape) != shape
        })
    }

    fn present(&self, visit: &Visit, at: Timestamp) -> Option<PastPresent> {
        let live = self.friends.iter().find(|live| live.friend.id == visit.friend)?;
        let windows = self.windows(visit.friend, Timestamp::MIN, Timestamp::MAX);
        let (from, to) = windows.into_iter().find(|(from, to)| *from <= at && at < *to)?;
        let silent_since = live.silent_since(at).filter(|heard| visit.end == End::Here && *heard <= at);
        let schedule = self.known.get(&visit.region).and_then(|region| region.details.schedule.as_ref());
        let since = hours::open_since(schedule, at, visit.since.max(from));
        let until = visit.until(self.now);
        let told_until = hours::open_until(schedule, at, until.min(to));
        let (or_before, or_later) = (since > visit.since, told_until < until);
        let end = if or_later { End::Unseen(told_until) } else { visit.end };
        let start = if or_before { Start::Found } else { visit.start };
        let visit = Visit { since, start, end, ..visit.clone() };
        Some(PastPresent { friend: live.friend.clone(), visit, or_before, or_later, silent_since })
    }
}

impl Around for Past {
    fn looked_since(&self, leave: &Transition) -> Timestamp {
        let mut drawn = self.redraws(leave.region).peekable();
        let first_fix = self.first_fixes.get(&leave.device).copied().unwrap_or(leave.at);
        if drawn.peek().is_none() {
            // Of a place that only the phone knows there is only its word.
            return leave.at;
        }
        let chosen = self.countings.get(&leave.friend).and_then(|counting| counting.last_choice(leave.at));
        let drawn = drawn.map(|change| change.at).filter(|at| *at <= leave.at);
        drawn.chain(chosen).fold(first_fix, Timestamp::max)
    }

    fn chosen_after(&self, friend: FriendId, moment: Timestamp) -> Option<Timestamp> {
        self.countings.get(&friend)?.after(moment).next().map(|(at, _)| at)
    }

    fn redrawn_after(&self, region: RegionId, moment: Timestamp) -> Option<Timestamp> {
        self.redraws(region).find(|change| change.at > moment).map(|change| change.at)
    }
}

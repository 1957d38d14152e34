//! Seeing to it that phones hold the regions that they should: what a phone lacks becomes orders to it.
//!
//! Looked at when something has changed that may concern a phone, and when it comes by. What waits and is out of date is taken back
//! first, so that a phone never gets yesterday's region today.

use super::Pipeline;
use crate::{
    Error,
    board::{Board, Provision, Reporter},
    hub::Call,
    id,
};
use domain::{
    DeviceId, Errand, Order, OrderId, Outcome, RegionId, Timestamp,
    waypoint::{Given, Place, Plan, Sent},
};
use store::Batch;

/// How long regions wait for a phone: it may be in a drawer over the holidays.
const WAITS_MS: i64 = 30 * 24 * 3_600_000;
/// How long until a phone is asked again what has to be known first.
const ASK_AGAIN_MS: i64 = 24 * 3_600_000;
/// With more regions than this, where a phone is decides which it holds.
const FEW: usize = 18;

/// What to do about one phone.
struct Provisions {
    device: DeviceId,
    plan: Plan,
    /// Orders that wait and are out of date, and how they end.
    stale: Vec<(OrderId, Outcome)>,
    asked: Provision,
}

impl Pipeline {
    /// After a commit: those who told of their places, or have moved where that matters.
    pub(super) async fn provision_reporters(&mut self, batch: &Batch) {
        let now = self.shared.now();
        let mut concerned: Vec<DeviceId> = {
            let board = self.shared.board();
            let reported = batch.messages.iter().filter_map(|message| message.device);
            let concerned = |id: &DeviceId| {
                board.devices.get(id).is_some_and(|reporter| is_concerned(&board, reporter, now))
            };
            reported.filter(concerned).collect()
        };
        concerned.sort_unstable();
        concerned.dedup();
        self.provision(concerned).await;
    }

    /// After a change of people, devices or regions: everybody.
    pub(super) async fn provision_all(&mut self) {
        let everybody = self.shared.board().devices.keys().copied().collect();
        self.provision(everybody).await;
    }

    /// Sees to it that these phones hold what they should. A phone for which that fails has its turn when it comes by.
    pub(super) async fn provision(&mut self, devices: Vec<DeviceId>) {
        for device in devices {
            let found = provisions(&self.shared.board(), device, self.shared.now());
            let Some(found) = found else { continue };
            if let Err(error) = self.carry_out(found).await {
                tracing::warn!(%device, %error, "a phone is not told of its regions yet");
            }
        }
    }

    async fn carry_out(&mut self, provisions: Provisions) -> Result<(), Error> {
        let Provisions { device, plan, mut stale, asked } = provisions;
        let now = self.shared.now();
        // Whoever was told something is asked what came of it; what asked that before is asked by that.
        let told = plan.errands.iter().any(Errand::is_about_places);
        let question = (told && plan.unknown != Some(Errand::Waypoints)).then_some(Errand::Waypoints);
        if question.is_some() {
            let board = self.shared.board();
            let asks = |order: &&Order| order.errand == Errand::Waypoints;
            let waiting = board.devices.get(&device).into_iter().flat_map(|reporter| &reporter.orders);
            stale.extend(waiting.filter(asks).map(|order| (order.id, Outcome::Withdrawn)));
        }
        for (order, outcome) in stale {
            self.writer.settle_order(order, outcome, now).await?;
            self.shared.board_mut().drop_order(order);
        }
        let absent: Vec<_> =
            plan.absent.into_iter().map(|region| (region, Sent::next(None, None, now, true))).collect();
        if !absent.is_empty() {
            self.writer.put_sent(device, &absent).await?;
        }
        let errands = plan.errands.into_iter().chain(question).chain(plan.unknown);
        for errand in errands {
            let order = Order {
                id: OrderId::new(id::new(now)),
                device,
                errand,
                made_at: now,
                expires_at: now.plus_millis(WAITS_MS),
                delivered_at: None,
                deliveries: 0,
                settled: None,
            };
            self.writer.add_order(&order).await?;
            if let Some(reporter) = self.shared.board_mut().devices.get_mut(&device) {
                reporter.orders.push(order);
            }
        }
        if let Some(reporter) = self.shared.board_mut().devices.get_mut(&device) {
            reporter.sent.extend(absent);
            reporter.provision = asked;
        }
        self.shared.hub.call(Call::Order(device));
        Ok(())
    }
}

/// Whether there may be something to do about a phone that has just reported.
fn is_concerned(board: &Board, reporter: &Reporter, now: Timestamp) -> bool {
    let count = board.count_for_phones(reporter);
    let open = reporter.provision == Provision::Open && (count > 0 || !reporter.sent.is_empty());
    open || reporter.phone().is_any_due_again(now)
        || count > FEW
        || reporter.orders.iter().any(|order| is_late(order, now))
}

fn is_late(order: &Order, now: Timestamp) -> bool {
    order.errand.is_about_places() && order.delivered_at.is_none() && order.expires_at <= now
}

/// What a phone should hold, of what it may know of.
pub(crate) fn wanted(board: &Board, reporter: &Reporter) -> Vec<Given> {
    let Some(owner) = board.owner(reporter).filter(|owner| !owner.friend.demo) else { return Vec::new() };
    let viewer = owner.viewer();
    let regions = board.regions_for_phones(&owner.friend).filter(|region| viewer.may_see_region(region));
    let knows = |id| board.region(id).is_some_and(|region| viewer.may_see_region(region));
    reporter.phone().wanted(regions, board.keys_of(&owner.friend), knows)
}

/// What to do about a phone; `None` when there is nothing.
fn provisions(board: &Board, device: DeviceId, now: Timestamp) -> Option<Provisions> {
    let reporter = board.devices.get(&device)?;
    let waits = |order: &Order| order.errand.is_about_places() && order.delivered_at.is_none();
    if board.count_for_phones(reporter) == 0 && reporter.sent.is_empty() && !reporter.orders.iter().any(waits)
    {
        return None;
    }
    let mut plan = reporter.phone().plan(&wanted(board, reporter), now);
    let late = |order: &&Order| is_late(order, now);
    let mut stale: Vec<_> =
        reporter.orders.iter().filter(late).map(|order| (order.id, Outcome::Expired)).collect();
    let waiting: Vec<&Order> = reporter.orders.iter().filter(|order| waits(order) && !late(order)).collect();
    let is_same = waiting.iter().map(|order| &order.errand).eq(&plan.errands);
    if is_same || is_half_done(&waiting) {
        plan.errands.clear();
    } else {
        stale.extend(waiting.iter().map(|order| (order.id, Outcome::Withdrawn)));
    }
    let asked = match (&plan.unknown, reporter.provision) {
        (None, _) => Provision::Done,
        (Some(_), Provision::Asked(at)) if now.millis_since(at) < ASK_AGAIN_MS => {
            plan.unknown = None;
            Provision::Asked(at)
        }
        (Some(_), _) => Provision::Asked(now),
    };
    let nothing = plan == Plan::default() && stale.is_empty() && asked == reporter.provision;
    (!nothing).then_some(Provisions { device, plan, stale, asked })
}

/// Whether everything was cleared on the phone and what was there before is still under way to it.
fn is_half_done(waiting: &[&Order]) -> bool {
    let gives_back = |place: &Place| matches!(place, Place::Own { .. });
    let keeps =
        |order: &&&Order| matches!(&order.errand, Errand::Keep(places) if places.iter().any(gives_back));
    waiting.iter().any(|order| keeps(&order)) && !waiting.iter().any(|order| order.errand == Errand::Forget)
}

/// What a phone was told of regions by an order that was handed to it; whether it said so itself.
pub(super) fn told(
    reporter: &Reporter,
    errand: &Errand,
    at: Timestamp,
    arrived: bool,
) -> Vec<(RegionId, Sent)> {
    let next = |region: RegionId, given: Option<Given>| {
        (region, Sent::next(reporter.sent.get(&region), given, at, arrived))
    };
    match errand {
        Errand::Keep(places) => {
            let told = places.iter().filter_map(|place| match place {
                Place::Region(given) => Some((given.region, Some(given.clone()))),
                Place::Gone { region, .. } => Some((*region, None)),
                Place::Own { .. } => None,
            });
            told.map(|(region, given)| next(region, given)).collect()
        }
        Errand::Forget => {
            let there = |region: RegionId| {
                reporter.known.values().any(|known| known.is_there() && known.is_of(region))
            };
            let held = reporter.sent.iter().filter(|(region, sent)| sent.given.is_some() || there(**region));
            held.map(|(region, _)| next(*region, None)).collect()
        }
        Errand::Report | Errand::Monitor(_) | Errand::Configure(_) | Errand::Status | Errand::Waypoints => {
            Vec::new()
        }
    }
}

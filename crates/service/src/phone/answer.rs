//! What a phone in HTTP mode gets back for a message: the only moment at which it listens.
//!
//! Events first, positions after them: Android takes a friend's event for their position, and the position that follows puts it right.
//! One element an app cannot read spoils all others (Android), so every element is written by our own encoder or is a plain command.

use super::order::command;
use crate::{
    Error, Service,
    board::{OnBoard, Reporter},
    command::Command,
    inbound::DeviceAccount,
    secret,
    sight::Sight,
};
use base64::{Engine, prelude::BASE64_STANDARD};
use domain::{Card, DeviceId, FriendId, GroupId, Kind, OrderId, Spot, Surface, Timestamp, Transition};
use owntracks::{Crossing, Epoch, Location, Message, secretbox};
use serde_json::Value;
use std::{
    collections::HashMap,
    hash::{DefaultHasher, Hash, Hasher},
    sync::{Mutex, PoisonError},
};

/// Events older than this are not told any more: twelve hours.
const NEWS_MS: i64 = 12 * 3_600_000;
/// How many events one answer tells at the most.
const MOST_EVENTS: u32 = 20;
/// A card is sent when it changed, and again after a day: the app may have been installed afresh.
const CARD_AGAIN_MS: i64 = 24 * 3_600_000;
/// Up to so many friends are in each answer. Of more only those that changed, which is what makes an answer small where there are a thousand.
const ALWAYS: usize = 50;
/// Then all are sent after this long: the app may have been started afresh, and Android forgets its friends with that.
const ALL_AGAIN_MS: i64 = 10 * 60_000;

/// Which cards each phone has, and since when. Lost at a restart, and then all cards are sent once more.
#[derive(Default)]
pub(crate) struct CardsSent(Mutex<HashMap<DeviceId, HashMap<FriendId, Sent>>>);

/// Where each phone was last told that its many friends are. Lost at a restart, and then all are sent once more.
#[derive(Default)]
pub(crate) struct SpotsSent(Mutex<HashMap<DeviceId, Spots>>);

#[derive(Default)]
struct Spots {
    /// When all of them were sent.
    all_at: Option<Timestamp>,
    /// What was said of each, as one number.
    said: HashMap<FriendId, u64>,
}

#[derive(Clone, Copy)]
struct Sent {
    changed_at: Timestamp,
    sent_at: Timestamp,
}

/// A friend, as another's phone is to show them.
struct Shown {
    friend: FriendId,
    tid: String,
    topic: String,
    spot: Option<Spot>,
    card: Option<Card>,
    demo: bool,
}

impl Service {
    /// The answer to a phone in HTTP mode, after its message is committed: bytes of a JSON array, or of a ciphertext of one.
    ///
    /// # Errors
    /// When the database fails. The message is committed even so; answer with an empty list then, or the phone sends it again.
    pub async fn answer(&self, account: &DeviceAccount) -> Result<Vec<u8>, Error> {
        let now = self.shared.now();
        let friends = self.friends_shown(account);
        let mut elements = self.events(account, &friends, now).await?;
        for shown in &friends {
            if let Some(card) = self.card_for(account.device, shown, now).await? {
                elements.push(card);
            }
        }
        let moved = self.moved(account.device, &friends, now);
        elements.extend(moved.iter().filter_map(|shown| position(shown)));
        let viewer = self.shared.board().viewer_of(account);
        let seen = moved.iter().filter(|shown| shown.spot.is_some() && !shown.demo);
        self.see(&viewer, Surface::Phone, seen.map(|shown| shown.friend));
        let orders = self.orders_to_take_along(account);
        for (order, order_text) in orders {
            self.order_delivered(order, false).await?;
            elements.push(order_text.to_string().into_bytes());
        }
        let plain = [b"[".as_slice(), &elements.join(&b','), b"]"].concat();
        let secret =
            self.shared.board().devices.get(&account.device).and_then(|reporter| reporter.secret.clone());
        Ok(match secret {
            Some(secret) => {
                let sealed = secretbox::seal(&plain, &secret, secret::bytes()?);
                owntracks::encode(&Message::Encrypted(sealed))
            }
            None => plain,
        })
    }

    /// The orders for a phone that listens now.
    fn orders_to_take_along(&self, account: &DeviceAccount) -> Vec<(OrderId, Value)> {
        let (board, now) = (self.shared.board(), self.shared.now());
        let Some(reporter) = board.devices.get(&account.device) else { return Vec::new() };
        super::order::due(reporter, now).map(|order| (order.id, command(order))).collect()
    }

    /// The others whom the owner of a device may see. Apps show their owner by themselves.
    fn friends_shown(&self, account: &DeviceAccount) -> Vec<Shown> {
        let board = self.shared.board();
        let (viewer, now) = (board.viewer_of(account), self.shared.now());
        let sight = Sight::new(&board, &viewer);
        let others = board
            .friends
            .values()
            .filter(|on_board| on_board.friend.id != account.friend && viewer.may_see(&on_board.friend));
        let shown = |on_board: &OnBoard| {
            // Of several devices the one that was seen last.
            let showing = sight.showing(on_board, now);
            let seen = |reporter: &Reporter| sight.spot_of(&showing, reporter);
            let devices = board.devices_of(on_board).map(|reporter| (reporter, seen(reporter)));
            let (newest, spot) = devices.max_by_key(|(_, spot)| spot.as_ref().map(|spot| spot.at))?;
            Some(Shown {
                friend: on_board.friend.id,
                tid: on_board.tid.clone()?,
                topic: newest.topic.to_string(),
                spot,
                card: on_board.card.clone(),
                demo: on_board.friend.demo,
            })
        };
        let mut shown: Vec<Shown> = others.filter_map(shown).collect();
        shown.sort_by(|a, b| a.tid.cmp(&b.tid));
        shown
    }

    /// Those of whom a phone is told where they are: all, or of many those of whom that is something else than it was last told.
    fn moved<'s>(&self, device: DeviceId, friends: &'s [Shown], now: Timestamp) -> Vec<&'s Shown> {
        let mut sent = self.shared.spots_sent.0.lock().unwrap_or_else(PoisonError::into_inner);
        if friends.len() <= ALWAYS {
            sent.remove(&device);
            return friends.iter().collect();
        }
        let Spots { all_at, said } = sent.entry(device).or_default();
        if all_at.is_none_or(|all_at| now.millis_since(all_at) >= ALL_AGAIN_MS) {
            *all_at = Some(now);
            said.clear();
        }
        let moved = friends.iter().filter(|shown| {
            let says = says(shown);
            said.insert(shown.friend, says) != Some(says)
        });
        moved.collect()
    }

    /// Who entered and left since the phone was last told; each at the most once.
    async fn events(
        &self,
        account: &DeviceAccount,
        friends: &[Shown],
        now: Timestamp,
    ) -> Result<Vec<Vec<u8>>, Error> {
        let (told_at, groups, newest) = {
            let board = self.shared.board();
            let told_at = board.devices.get(&account.device).and_then(|reporter| reporter.told_at);
            let owner = board.friends.get(&account.friend);
            let groups = owner.map(|owner| owner.friend.memberships.groups().collect());
            let groups: Vec<GroupId> = groups.unwrap_or_default();
            // Nothing is known of a group in which nobody crossed anything since the start.
            let newest = groups.iter().map(|group| board.crossed_at.get(group).copied());
            let newest: Option<Vec<Timestamp>> = newest.collect();
            (told_at, groups, newest.and_then(|newest| newest.into_iter().max()))
        };
        // A phone that is here for the first time is told what comes from now on.
        let Some(told_at) = told_at else {
            self.told(account.device, now).await?;
            return Ok(Vec::new());
        };
        if newest.is_some_and(|newest| newest <= told_at) {
            return Ok(Vec::new());
        }
        let news = store::NewsQuery {
            groups,
            learnt_after: told_at,
            not_before: now.plus_millis(-NEWS_MS),
            limit: MOST_EVENTS,
        };
        let news = self.shared.reader.news(&news).await?;
        let last = news.iter().map(|transition| transition.learnt_at).max();
        let seen: Vec<Transition> = {
            let board = self.shared.board();
            let viewer = board.viewer_of(account);
            let sight = Sight::new(&board, &viewer);
            news.into_iter().filter_map(|transition| sight.transition(transition, now)).collect()
        };
        let events = seen.iter().filter_map(|transition| {
            let shown = friends.iter().find(|shown| shown.friend == transition.friend)?;
            event(transition, shown)
        });
        let events = events.collect();
        if let Some(last) = last {
            // Before the answer: an event that is not told is better than one that is told again and again.
            self.told(account.device, last).await?;
        }
        Ok(events)
    }

    async fn told(&self, device: DeviceId, at: Timestamp) -> Result<(), Error> {
        self.command(|reply| Command::PutTold { device, at, reply }).await
    }

    /// A friend's card, if the phone does not have it.
    async fn card_for(
        &self,
        device: DeviceId,
        shown: &Shown,
        now: Timestamp,
    ) -> Result<Option<Vec<u8>>, Error> {
        let Some(card) = &shown.card else { return Ok(None) };
        {
            let sent = self.shared.cards_sent.0.lock().unwrap_or_else(PoisonError::into_inner);
            let sent = sent.get(&device).and_then(|sent| sent.get(&shown.friend));
            if sent.is_some_and(|sent| {
                sent.changed_at == card.changed_at && now.millis_since(sent.sent_at) < CARD_AGAIN_MS
            }) {
                return Ok(None);
            }
        }
        let face = if card.has_face { self.shared.reader.face(shown.friend).await? } else { None };
        let message = Message::Card(owntracks::Card {
            name: card.name.clone(),
            face: face.map(|face| BASE64_STANDARD.encode(face)),
            tid: Some(shown.tid.clone()),
            topic: Some(shown.topic.clone()),
            ..owntracks::Card::default()
        });
        let mut sent = self.shared.cards_sent.0.lock().unwrap_or_else(PoisonError::into_inner);
        let card = Sent { changed_at: card.changed_at, sent_at: now };
        sent.entry(device).or_default().insert(shown.friend, card);
        Ok(Some(owntracks::encode(&message)))
    }
}

/// What a phone is told of where somebody is, as one number.
fn says(shown: &Shown) -> u64 {
    let mut hasher = DefaultHasher::new();
    (&shown.tid, &shown.topic).hash(&mut hasher);
    if let Some(Spot { at, point, accuracy_m, velocity_kmh, course_deg, battery_pct, .. }) = &shown.spot {
        (at, battery_pct, point.lat().to_bits(), point.lon().to_bits()).hash(&mut hasher);
        [accuracy_m, velocity_kmh, course_deg].map(|number| number.map(f64::to_bits)).hash(&mut hasher);
    }
    hasher.finish()
}

fn position(shown: &Shown) -> Option<Vec<u8>> {
    let spot = shown.spot.as_ref()?;
    let location = Location {
        tst: Some(Epoch::from_millis(spot.at.as_millis())),
        accuracy_m: spot.accuracy_m,
        velocity_kmh: spot.velocity_kmh,
        course_deg: spot.course_deg,
        battery_pct: spot.battery_pct,
        tid: Some(shown.tid.clone()),
        topic: Some(shown.topic.clone()),
        ..Location::at(spot.point.lat(), spot.point.lon())
    };
    Some(owntracks::encode(&Message::Location(location)))
}

fn event(transition: &Transition, shown: &Shown) -> Option<Vec<u8>> {
    let spot = shown.spot.as_ref()?;
    let at = Epoch::from_millis(transition.at.as_millis());
    let event = match transition.kind {
        Kind::Enter => Crossing::Enter,
        Kind::Leave => Crossing::Leave,
    };
    let said = owntracks::Transition {
        desc: Some(transition.region_name.clone()),
        tst: Some(at),
        waypoint_tst: Some(at),
        lat: Some(spot.point.lat()),
        lon: Some(spot.point.lon()),
        accuracy_m: spot.accuracy_m,
        trigger: Some("c".into()),
        tid: Some(shown.tid.clone()),
        topic: Some(format!("{}/event", shown.topic)),
        ..owntracks::Transition::new(event)
    };
    Some(owntracks::encode(&Message::Transition(said)))
}

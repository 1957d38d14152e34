//! Events: what a script or a bot is told while it listens, one thing after another.
//!
//! They are what the live line tells of the same viewer ([`crate::live`]), so that nothing is in them that does not pass `sight`; only that
//! here each movement, coming and going counts, where a page needs no more than how things are in the end.

use crate::{
    Error, Service,
    live::{Key, Watch},
};
use domain::{
    ChatId, Crossing, DeviceId, Event, FriendId, Happening, Kind, Name, Note, Shown, Spot, Timestamp,
    Transition, Viewer,
    chat::ChatMessage,
    live::{Change, LiveFriend, LiveMessage},
};
use futures::{Stream, stream};
use std::collections::{HashMap, HashSet};

/// What a listener knows of a friend: what is new follows from that.
struct Face {
    name: Name,
    shown: Shown,
    online: bool,
    devices: HashMap<DeviceId, Seen>,
}

/// A device, and when it was last seen.
struct Seen {
    name: Name,
    at: Option<Timestamp>,
}

/// Everybody whom a listener knows.
#[derive(Default)]
struct Known {
    friends: HashMap<FriendId, Face>,
    /// Of whom it was told since the last time that they came or went.
    crossed: Vec<FriendId>,
    /// The messages that were told and not confirmed yet.
    written: HashSet<ChatId>,
}

impl Service {
    /// What happens from now on, as far as a viewer may know: each item is what came at once, in order; nothing, as a sign of life. Its last
    /// item is [`Error::Unauthorised`] when what they were let in by holds no longer.
    pub fn listen(
        &self,
        viewer: Viewer,
        key: Key,
    ) -> impl Stream<Item = Result<Vec<Event>, Error>> + Send + use<> {
        let mut watch = self.watch(viewer, key);
        let mut known = Known::default();
        // At once: whoever asks how things are after this misses nothing in between.
        let first = watch.first();
        known.take(first, watch.now());
        stream::unfold(Some((watch, known)), |state| async {
            let (mut watch, mut known) = state?;
            match next(&mut watch, &mut known).await {
                Ok(events) => Some((Ok(events), Some((watch, known)))),
                Err(error) => Some((Err(error), None)),
            }
        })
    }
}

async fn next(watch: &mut Watch, known: &mut Known) -> Result<Vec<Event>, Error> {
    let message = watch.next().await?;
    let now = watch.now();
    let events = known.take(message, now);
    watch.heard_of(std::mem::take(&mut known.crossed));
    Ok(if watch.fell_behind() { vec![Event { at: now, what: Happening::Reset }] } else { events })
}

impl Known {
    /// Takes in a message of the live line, and says what it tells that was not known. The first snapshot tells nothing that counts.
    fn take(&mut self, message: LiveMessage, now: Timestamp) -> Vec<Event> {
        let mut events = Vec::new();
        match message {
            LiveMessage::Heartbeat(_) => {}
            LiveMessage::Snapshot(snapshot) => {
                let there: HashSet<_> = snapshot.friends.iter().map(|live| live.friend.id).collect();
                for live in &snapshot.friends {
                    self.see(live, now, &mut events);
                }
                let gone = self.friends.extract_if(|friend, face| !there.contains(friend) && face.online);
                events.extend(gone.map(|(_, face)| Event { at: now, what: Happening::Offline(face.name) }));
                self.friends.retain(|friend, _| there.contains(friend));
            }
            LiveMessage::Delta(delta) => {
                for change in &delta.changes {
                    self.hear(change, now, &mut events);
                }
            }
        }
        events
    }

    fn hear(&mut self, change: &Change, now: Timestamp, events: &mut Vec<Event>) {
        match change {
            Change::Friend(live) => self.see(live, now, events),
            Change::Moved(device, spot) => {
                let face = self.friends.values_mut().find(|face| face.devices.contains_key(device));
                events.extend(face.and_then(|face| face.moved(*device, spot)));
            }
            Change::Online(friend, online) => {
                events.extend(self.friends.get_mut(friend).and_then(|face| face.line(*online, now)));
            }
            Change::Crossed(transition) => events.extend(self.crossed(transition)),
            Change::Chat(message) => events.extend(self.wrote(message)),
            Change::ChatGone(message) => {
                self.written.remove(message);
            }
            Change::Lost(..)
            | Change::Alert(_)
            | Change::Unread(_)
            | Change::Stays(..)
            | Change::BotConnected(..)
            | Change::Card(..)
            | Change::Superseded { .. }
            | Change::Region(_)
            | Change::RegionGone(_)
            | Change::Range(_)
            | Change::Sensor(_) => {}
        }
    }

    /// A friend, as they are shown from now on.
    fn see(&mut self, live: &LiveFriend, now: Timestamp, events: &mut Vec<Event>) {
        let face = self.friends.entry(live.friend.id).or_insert_with(|| Face {
            name: live.friend.name.clone(),
            shown: live.shown,
            online: false,
            devices: HashMap::new(),
        });
        face.name.clone_from(&live.friend.name);
        face.shown = live.shown;
        for known in &live.devices {
            let (id, name) = (known.device.id, &known.device.name);
            face.devices.entry(id).or_insert_with(|| Seen { name: name.clone(), at: None });
            if let Some(spot) = &known.spot {
                events.extend(face.moved(id, spot));
            }
        }
        events.extend(face.line(live.online, now));
    }

    /// A message is news to who got it until one of their devices had it.
    fn wrote(&mut self, message: &ChatMessage) -> Option<Event> {
        let is_own = message.client_id.is_some();
        if is_own || message.delivered_at.is_some() || message.read_at.is_some() {
            self.written.remove(&message.id);
            return None;
        }
        let from = match &message.by_bot {
            Some(bot) => bot.name.clone(),
            None => self.friends.get(&message.from)?.name.clone(),
        };
        let (id, by_bot, to, text) = (message.id, message.by_bot.is_some(), message.to, message.text.clone());
        let note = Note { id, from, by_bot, to, text };
        let is_new = self.written.insert(id);
        is_new.then(|| Event { at: message.at, what: Happening::Wrote(Box::new(note)) })
    }

    /// What holds no longer is no news of somebody who comes or goes.
    fn crossed(&mut self, transition: &Transition) -> Option<Event> {
        let friend = self.friends.get(&transition.friend).filter(|_| transition.superseded_at.is_none())?;
        let region_name = transition.region_name.clone();
        let crossing = Crossing { friend: friend.name.clone(), region: transition.region, region_name };
        self.crossed.push(transition.friend);
        let what = match transition.kind {
            Kind::Enter => Happening::Arrived(crossing),
            Kind::Leave => Happening::Departed(crossing),
        };
        Some(Event { at: transition.at, what })
    }
}

impl Face {
    /// A device of theirs is seen there, if that is newer than what was known.
    fn moved(&mut self, device: DeviceId, spot: &Spot) -> Option<Event> {
        let seen = self.devices.get_mut(&device).filter(|seen| seen.at < Some(spot.at))?;
        seen.at = Some(spot.at);
        let (friend, device, shown) = (self.name.clone(), seen.name.clone(), self.shown);
        let what = Happening::Moved { friend, device, spot: Box::new(spot.clone()), shown };
        Some(Event { at: spot.at, what })
    }

    /// They are online or not, if that is not known.
    fn line(&mut self, online: bool, now: Timestamp) -> Option<Event> {
        if std::mem::replace(&mut self.online, online) == online {
            return None;
        }
        let name = self.name.clone();
        Some(Event { at: now, what: if online { Happening::Online(name) } else { Happening::Offline(name) } })
    }
}

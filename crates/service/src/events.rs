//! Events: what a script or a bot is told while it listens, one thing after another.
//!
//! They are what the live line tells of the same viewer ([`crate::live`]), so that nothing is in them that does not pass `sight`; only that
//! here each movement, coming and going counts, where a page needs no more than how things are in the end.

use crate::{
    Error, Service,
    live::{Key, Watch},
};
use domain::{
    BotId, ChatId, Crossing, DeviceId, Event, FriendId, GroupId, Happening, Kind, Name, Note, Shown, Spot,
    Timestamp, Transition, Viewer,
    chat::{Audience, ChatMessage},
    live::{Change, LiveFriend, LiveMessage, Snapshot},
};
use futures::{Stream, stream};
use std::collections::{HashMap, HashSet};

/// What a listener hears.
#[derive(Clone, Debug, PartialEq)]
pub enum Heard {
    /// This happened.
    Event(Event),
    /// A message is gone, or is theirs no more: that it was written is not to be told again.
    Gone(ChatId),
    /// Nothing of before this moment is to be told again: something of it may not be for them any more, or was missed.
    Anew(Timestamp),
}

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
    /// The groups that the listener is of.
    groups: HashSet<GroupId>,
    /// The bots that they know of.
    bots: HashSet<BotId>,
}

impl Service {
    /// What happens from now on, as far as a viewer may know: each item is what came at once, in order; nothing, as a sign of life. Its last
    /// item is [`Error::Unauthorised`] when what they were let in by holds no longer.
    pub fn listen(
        &self,
        viewer: Viewer,
        key: Key,
    ) -> impl Stream<Item = Result<Vec<Heard>, Error>> + Send + use<> {
        let mut watch = self.watch(viewer, key);
        let mut known = Known::default();
        // At once: whoever asks how things are after this misses nothing in between.
        let first = watch.first();
        known.take(first, watch.now());
        stream::unfold(Some((watch, known)), |state| async {
            let (mut watch, mut known) = state?;
            match next(&mut watch, &mut known).await {
                Ok(heard) => Some((Ok(heard), Some((watch, known)))),
                Err(error) => Some((Err(error), None)),
            }
        })
    }
}

async fn next(watch: &mut Watch, known: &mut Known) -> Result<Vec<Heard>, Error> {
    let message = watch.next().await?;
    let now = watch.now();
    let heard = known.take(message, now);
    watch.heard_of(std::mem::take(&mut known.crossed));
    // That a message is gone may be among what was missed.
    Ok(if watch.fell_behind() { vec![Heard::Anew(now)] } else { heard })
}

impl Known {
    /// Takes in a message of the live line, and says what it tells that was not known. The first snapshot tells nothing that counts.
    fn take(&mut self, message: LiveMessage, now: Timestamp) -> Vec<Heard> {
        let mut heard = Vec::new();
        match message {
            LiveMessage::Heartbeat(_) => {}
            LiveMessage::Snapshot(snapshot) => {
                if self.loses(&snapshot) {
                    heard.push(Heard::Anew(now));
                }
                for live in &snapshot.friends {
                    self.see(live, now, &mut heard);
                }
            }
            LiveMessage::Delta(delta) => {
                for change in &delta.changes {
                    self.hear(change, now, &mut heard);
                }
            }
        }
        heard
    }

    /// Whether a group, a friend or a bot that was known is none of the listener's any more.
    fn loses(&mut self, snapshot: &Snapshot) -> bool {
        let friends: HashSet<_> = snapshot.friends.iter().map(|live| live.friend.id).collect();
        let groups = snapshot.groups.iter().map(|group| group.id).collect();
        let bots = snapshot.bots.iter().map(|bot| bot.id).collect();
        let (known_groups, known_bots) =
            (std::mem::replace(&mut self.groups, groups), std::mem::replace(&mut self.bots, bots));
        let known_friends = self.friends.len();
        self.friends.retain(|friend, _| friends.contains(friend));
        self.friends.len() < known_friends
            || !known_groups.is_subset(&self.groups)
            || !known_bots.is_subset(&self.bots)
    }

    fn hear(&mut self, change: &Change, now: Timestamp, heard: &mut Vec<Heard>) {
        let event = match change {
            Change::Friend(live) => {
                self.see(live, now, heard);
                None
            }
            Change::Moved(device, spot) => {
                let face = self.friends.values_mut().find(|face| face.devices.contains_key(device));
                face.and_then(|face| face.moved(*device, spot))
            }
            Change::Online(friend, online) => {
                self.friends.get_mut(friend).and_then(|face| face.line(*online, now))
            }
            Change::Crossed(transition) => self.crossed(transition),
            Change::Chat(message) => self.wrote(message),
            Change::ChatGone(message) => {
                self.written.remove(message);
                heard.push(Heard::Gone(*message));
                None
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
            | Change::Sensor(_) => None,
        };
        heard.extend(event.map(Heard::Event));
    }

    /// A friend, as they are shown from now on.
    fn see(&mut self, live: &LiveFriend, now: Timestamp, heard: &mut Vec<Heard>) {
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
                heard.extend(face.moved(id, spot).map(Heard::Event));
            }
        }
        heard.extend(face.line(live.online, now).map(Heard::Event));
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
        // What is to a bot is told once, and confirmed by nobody.
        let is_new = matches!(to, Audience::Bot(_)) || self.written.insert(id);
        let note = Note { id, from, by_bot, to, text };
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

//! What goes out on one connection of an outlet: what differs from what the broker has, and what waits for each PUBACK.
//!
//! On each new connection everything is published once more, because a broker may have forgotten what it retained; and what may still
//! stand at topics where nothing is to stand any more is cleared.

use super::{
    client,
    line::Heard,
    payload::{self, Wanted},
    words,
    worker::Worker,
};
use domain::{FriendId, RegionId, Timestamp};
use rumqttc::v5::AsyncClient;
use service::OutletTopic;
use std::{
    collections::{BTreeMap, HashMap, VecDeque},
    time::Duration,
};
use tokio::{sync::mpsc, time::Instant};

/// How many messages may be on their way to the broker.
pub(super) const UNDER_WAY: usize = 50;
/// How soon after a look it is looked again, whatever happens meanwhile: a thousand friends on the move are looked at together.
const LOOK: Duration = Duration::from_millis(250);
/// How soon it is looked again though nothing happened.
const LOOK_AGAIN: Duration = Duration::from_secs(30);
/// How often it is noted that the broker confirms, when nothing but positions goes out.
const NOTE: Duration = Duration::from_mins(1);
/// How long clearing may take when the outlet is gone or goes elsewhere.
const FAREWELL: Duration = Duration::from_secs(5);

/// Of an event, where one may stand: its region, and when it happened.
type EventOf = Option<(RegionId, Timestamp)>;

/// A message on its way.
enum Item {
    /// How something is; or nothing, which clears the topic.
    State { topic: String, clears: bool },
    /// A transition, by its place in the queue.
    Event(i64),
}

/// Decides what is published, and keeps account of it.
pub(super) struct Desk<'w, 's> {
    worker: &'w Worker<'s>,
    pub(super) client: AsyncClient,
    heard: mpsc::Receiver<Heard>,
    /// Where the broker may retain something; the same as in the database.
    topics: HashMap<String, EventOf>,
    /// What was last published on this connection, by topic.
    shown: HashMap<String, Vec<u8>>,
    /// What is to be published, by topic; empty clears.
    dirty: BTreeMap<String, Vec<u8>>,
    /// Handed to the client, without a packet id yet.
    waiting: VecDeque<Item>,
    /// Sent, and not confirmed yet.
    sent: HashMap<u16, Item>,
    /// The last transition that was read from the queue.
    read_up_to: i64,
    /// Transitions under way and whether they are confirmed, in order.
    in_order: VecDeque<(i64, bool)>,
    /// There may be more transitions in the queue.
    more_events: bool,
    /// When it was last noted that the broker confirms.
    noted: Option<Instant>,
    /// Whether the broker confirmed anything.
    pub(super) worked: bool,
}

impl<'w, 's> Desk<'w, 's> {
    /// The broker may retain something at these topics.
    pub(super) fn new(
        worker: &'w Worker<'s>,
        client: AsyncClient,
        heard: mpsc::Receiver<Heard>,
        topics: Vec<OutletTopic>,
    ) -> Self {
        Self {
            worker,
            client,
            heard,
            topics: topics.into_iter().map(|known| (known.topic, known.of)).collect(),
            shown: HashMap::new(),
            dirty: BTreeMap::new(),
            waiting: VecDeque::new(),
            sent: HashMap::new(),
            read_up_to: 0,
            in_order: VecDeque::new(),
            more_events: true,
            noted: None,
            worked: false,
        }
    }

    /// Works until it is told to leave. `Err` says in words what went wrong.
    pub(super) async fn run(&mut self) -> Result<(), String> {
        match self.heard.recv().await {
            Some(Heard::Connected) => {}
            Some(Heard::Lost(why)) => return Err(why),
            Some(Heard::Sent(_) | Heard::Answered(..)) | None => {
                return Err("the connection has ended".to_owned());
            }
        }
        tracing::info!(outlet = %self.worker.task.outlet.id, "an outlet is connected");
        self.note(|state| (state.connected, state.error) = (true, None));
        let mut anything = self.worker.service.anything();
        let mut looked = self.look().await?;
        loop {
            self.publish().await?;
            self.tell();
            if self.is_idle() && !self.worker.task.outlet.on && self.topics.is_empty() {
                // Switched off, and everything is cleared.
                return Ok(());
            }
            tokio::select! {
                () = self.worker.ending.leave.cancelled() => {
                    let _in_time = tokio::time::timeout(FAREWELL, self.clear()).await;
                    return Ok(());
                }
                heard = self.heard.recv() => self.hear(heard).await?,
                Ok(()) = async {
                    tokio::time::sleep_until(looked + LOOK).await;
                    anything.changed().await
                } => looked = self.look().await?,
                // Regions that tell at certain hours begin and end without anything happening.
                () = tokio::time::sleep_until(looked + LOOK_AGAIN) => looked = self.look().await?,
            }
        }
    }

    /// Looks how things are, and finds what differs from what the broker was told.
    async fn look(&mut self) -> Result<Instant, String> {
        let task = &self.worker.task;
        let seen = self.worker.service.outlet_snapshot(task.outlet.group);
        let sensors = if task.outlet.on && task.outlet.observations {
            let asked = self.worker.service.outlet_sensors(task.outlet.group).await;
            asked.map_err(|why| why.to_string())?
        } else {
            Vec::new()
        };
        let Wanted { states, events } = payload::wanted(&task.outlet, &seen, &sensors);
        let (service, group) = (self.worker.service, task.outlet.group);
        let stays = |topic: &String, of: EventOf| {
            let may_stay = |friend: &FriendId| service.may_stay_out(group, *friend, of);
            states.contains_key(topic) || events.get(topic).is_some_and(may_stay)
        };
        let gone = self.topics.iter().filter(|(topic, of)| !stays(topic, **of));
        let gone = gone.map(|(topic, _)| (topic.clone(), Vec::new())).collect::<Vec<_>>();
        self.dirty = states.into_iter().chain(gone).collect();
        self.dirty.retain(|topic, payload| self.shown.get(topic) != Some(payload));
        self.more_events = task.outlet.on && task.outlet.transitions;
        Ok(Instant::now())
    }

    /// Publishes as much as there is room for: first the transitions, so that they are not held up by those who move.
    async fn publish(&mut self) -> Result<(), String> {
        let outlet = &self.worker.task.outlet;
        while self.more_events && self.room() > 0 {
            let room = u32::try_from(self.room()).unwrap_or(u32::MAX);
            let asked = self.worker.service.outlet_events(outlet.id, self.read_up_to, room).await;
            let events = asked.map_err(|why| why.to_string())?;
            self.more_events = !events.is_empty();
            // Looked at after the queue was read: whoever is in it is here.
            let seen = self.worker.service.outlet_snapshot(outlet.group);
            let mut ready = Vec::new();
            for event in events {
                self.read_up_to = event.place;
                let of = Some((event.transition.region, event.transition.at));
                let told = self.worker.service.going_out(outlet.group, event.transition);
                let message = told.and_then(|told| payload::event(outlet, &seen, told));
                ready.push((event.place, of, message));
            }
            let said = ready.iter().filter_map(|(_, of, message)| Some((message.as_ref()?.0.clone(), *of)));
            self.use_topics(said.collect()).await?;
            for (place, _, message) in ready {
                // A friend who was removed a moment ago takes their events along, and some are for nobody out there: there is nothing to say.
                self.in_order.push_back((place, message.is_none()));
                if let Some((topic, payload)) = message {
                    // It stands there now, whatever was to be cleared.
                    self.dirty.remove(&topic);
                    self.shown.remove(&topic);
                    self.send(topic, payload, Item::Event(place))?;
                }
            }
            self.remember().await?;
        }
        let room = self.room();
        let mut next: Vec<(String, Vec<u8>)> = Vec::new();
        while next.len() < room
            && let Some(item) = self.dirty.pop_first()
        {
            next.push(item);
        }
        let used = next.iter().filter(|(_, payload)| !payload.is_empty());
        self.use_topics(used.map(|(topic, _)| (topic.clone(), None)).collect()).await?;
        for (topic, payload) in next {
            let item = Item::State { topic: topic.clone(), clears: payload.is_empty() };
            self.shown.insert(topic.clone(), payload.clone());
            self.send(topic, payload, item)?;
        }
        Ok(())
    }

    fn room(&self) -> usize {
        UNDER_WAY.saturating_sub(self.waiting.len() + self.sent.len())
    }

    fn is_idle(&self) -> bool {
        self.waiting.is_empty() && self.sent.is_empty() && self.dirty.is_empty()
    }

    /// Remembers topics before anything is retained there: else nobody would clear them after a crash.
    async fn use_topics(&mut self, topics: HashMap<String, EventOf>) -> Result<(), String> {
        let is_new = |(topic, of): &(String, EventOf)| self.topics.get(topic) != Some(of);
        let new: HashMap<String, EventOf> = topics.into_iter().filter(is_new).collect();
        if new.is_empty() {
            return Ok(());
        }
        let outlet = self.worker.task.outlet.id;
        let used = new.iter().map(|(topic, of)| OutletTopic { topic: topic.clone(), of: *of }).collect();
        let kept = self.worker.service.put_outlet_topics(outlet, used, Vec::new()).await;
        kept.map_err(|why| why.to_string())?;
        self.topics.extend(new);
        Ok(())
    }

    fn send(&mut self, topic: String, payload: Vec<u8>, item: Item) -> Result<(), String> {
        let properties = client::properties(&self.worker.task);
        let sent = self.client.try_publish_with_properties(topic, client::QOS, true, payload, properties);
        sent.map_err(|_full| "more is under way than there is room for".to_owned())?;
        self.waiting.push_back(item);
        Ok(())
    }

    /// Takes up what the broker says.
    async fn hear(&mut self, heard: Option<Heard>) -> Result<(), String> {
        match heard {
            Some(Heard::Sent(packet)) => {
                if let Some(item) = self.waiting.pop_front() {
                    self.sent.insert(packet, item);
                }
                Ok(())
            }
            Some(Heard::Answered(packet, reason)) => match words::of_answer(reason) {
                None => self.confirmed(packet).await,
                // Where we may not publish, nothing can be cleared; that must not hold up the rest for ever.
                Some(_) if matches!(self.sent.get(&packet), Some(Item::State { clears: true, .. })) => {
                    self.confirmed(packet).await
                }
                Some(why) => Err(why),
            },
            Some(Heard::Connected) => Ok(()),
            Some(Heard::Lost(why)) => Err(why),
            None => Err("the connection has ended".to_owned()),
        }
    }

    async fn confirmed(&mut self, packet: u16) -> Result<(), String> {
        self.worked = true;
        let now = crate::clock::now();
        self.note(|state| state.delivered_at = Some(now));
        match self.sent.remove(&packet) {
            Some(Item::State { topic, clears: true }) => {
                // By now there may be something to stand there again.
                if self.shown.get(&topic).is_some_and(Vec::is_empty) {
                    self.shown.remove(&topic);
                    self.topics.remove(&topic);
                    let outlet = self.worker.task.outlet.id;
                    let forgotten =
                        self.worker.service.put_outlet_topics(outlet, Vec::new(), vec![topic]).await;
                    forgotten.map_err(|why| why.to_string())?;
                }
            }
            Some(Item::Event(place)) => {
                if let Some(event) = self.in_order.iter_mut().find(|(known, _)| *known == place) {
                    event.1 = true;
                }
            }
            Some(Item::State { clears: false, .. }) | None => {}
        }
        self.remember().await
    }

    /// Notes in the database how far it is: the transitions when none is under way or many are confirmed, else now and then.
    async fn remember(&mut self) -> Result<(), String> {
        let done = self.in_order.iter().take_while(|(_, confirmed)| *confirmed).count();
        let events_due = done > 0 && (done == self.in_order.len() || done >= UNDER_WAY / 2);
        let rarely = self.noted.is_none_or(|noted| noted.elapsed() >= NOTE);
        if !events_due && !rarely {
            return Ok(());
        }
        let up_to = self.in_order.drain(..done).next_back().map_or(0, |(place, _)| place);
        let noted = self.worker.service.outlet_delivered(self.worker.task.outlet.id, up_to).await;
        noted.map_err(|why| why.to_string())?;
        self.noted = Some(Instant::now());
        Ok(())
    }

    /// Clears everything that the broker retains for us, and waits until it is confirmed.
    async fn clear(&mut self) -> Result<(), String> {
        self.more_events = false;
        self.dirty = self.topics.keys().map(|topic| (topic.clone(), Vec::new())).collect();
        while !self.is_idle() {
            self.publish().await?;
            let heard = self.heard.recv().await;
            self.hear(heard).await?;
        }
        Ok(())
    }

    /// Tells the page how much waits.
    fn tell(&self) {
        let states = self.waiting.iter().chain(self.sent.values());
        let under_way = states.filter(|item| matches!(item, Item::State { .. })).count();
        let waiting = u64::try_from(self.dirty.len() + under_way).unwrap_or(u64::MAX);
        self.note(|state| state.waiting = waiting);
    }

    fn note(&self, note: impl FnOnce(&mut service::OutletState)) {
        self.worker.service.note_outlet(self.worker.task.outlet.id, note);
    }
}

//! What is stored of a friend, for the friend: how much of each kind, and all of it as a file.

use crate::{Error, Service, share::may_decide, sight::Sight};
use base64::{Engine, prelude::BASE64_STANDARD};
use domain::{ChatId, DeviceId, Erased, FriendId, Stored, Timestamp, Viewer};
use futures::{Stream, stream};
use serde_json::{Value, json};
use store::{Belief, Logged};

/// How many things are read at once for the file.
const AT_ONCE: u32 = 1000;
/// For how long a deletion is told of.
const TOLD_MS: i64 = 15 * 60_000;

/// What is stored of a friend.
#[derive(Clone, Debug, PartialEq)]
pub struct StoredReport {
    /// How much of each kind.
    pub stored: Vec<Stored>,
    /// Whether whoever asks may have all of it as a file.
    pub may_have_file: bool,
    /// Where the same may be besides, a sentence each.
    pub beyond: Vec<String>,
    /// What was deleted a moment ago.
    pub erased: Option<Erased>,
}

/// What of the file is next.
enum Part {
    /// The friend, what they show, their devices and places.
    Head,
    Fixes(usize, Option<(Timestamp, u32)>),
    History(Option<(Timestamp, domain::TransitionId)>),
    /// Of what friends wrote to each other: what follows a message, going back in time.
    Chat(Option<(Timestamp, ChatId)>),
    Messages(i64),
    End,
}

impl Service {
    /// What is stored of a friend, by kinds.
    ///
    /// # Errors
    /// [`Error::NotFound`], [`Error::Forbidden`] unless it is the friend who asks, or an admin for one who cannot sign in.
    pub async fn stored(&self, by: &Viewer, friend: FriendId) -> Result<StoredReport, Error> {
        let topics = self.own_topics(by, friend)?;
        let hidden = Sight::new(&self.shared.board(), by).hidden();
        let mut stored = self.shared.reader.stored(friend, &topics, &hidden).await?;
        // When somebody was seen last is theirs to show.
        let may_have_file = self.shows_everything(by, friend);
        if !may_have_file {
            for kind in &mut stored {
                (kind.oldest, kind.newest) = (None, None);
            }
        }
        let beyond = self.beyond_reach(friend).await?;
        let now = self.shared.now();
        let erased = self.shared.erased().get(&friend).cloned();
        let erased = erased.filter(|erased| now.millis_since(erased.at) < TOLD_MS);
        Ok(StoredReport { stored, may_have_file, beyond, erased })
    }

    /// Everything that is stored of a friend, as lines of JSON, some at a time. As it is stored: the friend sees all of themselves, but of the
    /// history what whoever asks may know, for a region may be hidden from its visitors. It counts as a look.
    ///
    /// # Errors
    /// As [`Self::stored`], and [`Error::Forbidden`] for an admin whom a friend in their care does not show everything; each part, when the database
    /// fails.
    pub fn everything_of(
        &self,
        by: &Viewer,
        friend: FriendId,
    ) -> Result<impl Stream<Item = Result<Vec<Value>, Error>> + Send + use<>, Error> {
        self.own_topics(by, friend)?;
        if !self.shows_everything(by, friend) {
            return Err(Error::Forbidden);
        }
        let devices = {
            let board = self.shared.board();
            board.friends.get(&friend).map(|owner| owner.devices.clone()).unwrap_or_default()
        };
        self.count_looks(by, "everything as a file", [friend]);
        let (service, by) = (self.clone(), by.clone());
        Ok(stream::try_unfold(Part::Head, move |part| {
            let (service, devices, by) = (service.clone(), devices.clone(), by.clone());
            async move { service.part(&by, friend, &devices, part).await }
        }))
    }

    /// Whether a friend is seen by somebody as by themself.
    fn shows_everything(&self, by: &Viewer, friend: FriendId) -> bool {
        let board = self.shared.board();
        Sight::new(&board, by).showing_of(friend, self.shared.now()).is_everything()
    }

    /// The topics of a friend's devices, for who may decide about them.
    fn own_topics(&self, by: &Viewer, friend: FriendId) -> Result<Vec<String>, Error> {
        let board = self.shared.board();
        let owner = board.friends.get(&friend).ok_or(Error::NotFound("friend"))?;
        may_decide(by, owner)?;
        Ok(board.devices_of(owner).map(|device| device.topic.to_string()).collect())
    }

    async fn part(
        &self,
        by: &Viewer,
        friend: FriendId,
        devices: &[DeviceId],
        part: Part,
    ) -> Result<Option<(Vec<Value>, Part)>, Error> {
        let reader = &self.shared.reader;
        let full = usize::try_from(AT_ONCE).unwrap_or(usize::MAX);
        Ok(match part {
            Part::Head => Some((self.head(friend), Part::Fixes(0, None))),
            Part::Fixes(index, after) => {
                let Some(device) = devices.get(index).copied() else {
                    return Ok(Some((Vec::new(), Part::History(None))));
                };
                let asked = store::FixQuery { device, from: None, to: None, after, limit: AT_ONCE };
                let found = reader.fixes(&asked).await?;
                // A place in the order is a time, and how many of that time were there.
                let next = found.last().filter(|_| found.len() == full).map(|last| {
                    let same = found.iter().rev().take_while(|fix| fix.at == last.at).count();
                    let before = after.filter(|(at, _)| *at == last.at).map_or(0, |(_, had)| had);
                    (last.at, before.saturating_add(u32::try_from(same).unwrap_or(u32::MAX)))
                });
                let lines = found.iter().map(|fix| line("position", fix)).collect();
                Some((
                    lines,
                    next.map_or(Part::Fixes(index + 1, None), |after| Part::Fixes(index, Some(after))),
                ))
            }
            Part::History(after) => {
                let asked = store::TransitionQuery {
                    scope: domain::Scope::All,
                    hidden: Vec::new(),
                    friend: Some(friend),
                    region: None,
                    kind: None,
                    from: None,
                    to: None,
                    belief: Belief::Ever,
                    after,
                    limit: AT_ONCE,
                };
                let found = reader.transitions(&asked).await?;
                let next = found.last().filter(|_| found.len() == full).map(|last| (last.at, last.id));
                let (board, now) = (self.shared.board(), self.shared.now());
                let sight = Sight::new(&board, by);
                let known = found.into_iter().filter_map(|transition| sight.transition(transition, now));
                let lines = known.map(|transition| line("transition", &transition)).collect();
                Some((lines, next.map_or(Part::Chat(None), |after| Part::History(Some(after)))))
            }
            Part::Chat(after) => {
                let (lines, next) = self.chat_lines(by, friend, after).await?;
                Some((lines, next.map_or(Part::Messages(0), |after| Part::Chat(Some(after)))))
            }
            Part::Messages(after) => {
                let found = reader.messages_of(friend, after, AT_ONCE).await?;
                let next = found.last().filter(|_| found.len() == full).map(|last| last.id);
                Some((found.into_iter().map(message).collect(), next.map_or(Part::End, Part::Messages)))
            }
            Part::End => None,
        })
    }

    /// What a friend sent and got, for themself alone: what friends write to each other is nobody else's.
    async fn chat_lines(
        &self,
        by: &Viewer,
        friend: FriendId,
        after: Option<(Timestamp, ChatId)>,
    ) -> Result<(Vec<Value>, Option<(Timestamp, ChatId)>), Error> {
        if !by.is(friend) {
            return Ok((Vec::new(), None));
        }
        let (found, rows) = self.own_chats(by, friend, after, AT_ONCE).await?;
        let is_full = u32::try_from(found.len()).is_ok_and(|count| count >= AT_ONCE);
        let next = found.last().filter(|_| is_full).map(|(id, at)| (*at, *id));
        Ok((rows.iter().map(|message| line("chat", message)).collect(), next))
    }

    fn head(&self, friend: FriendId) -> Vec<Value> {
        let board = self.shared.board();
        let Some(owner) = board.friends.get(&friend) else { return Vec::new() };
        let mut lines = vec![json!({
            "type": "friend", "id": friend, "name": owner.friend.name, "added_at": owner.friend.added_at.to_string(),
            "written_at": self.shared.now().to_string(),
            "card": owner.card.as_ref().map(|card| json!({"name": card.name, "has_picture": card.has_face})),
            "sharing": *owner.sharing,
        })];
        for known in board.devices_of(owner) {
            lines.push(json!({
                "type": "device", "id": known.device.id, "name": known.device.name, "topic": &*known.topic,
                "orders": known.orders.len(),
            }));
            let device = known.device.id;
            lines.extend(known.known.values().map(|place| {
                json!({
                    "type": "place", "device": device, "name": place.name, "lat": place.position.map(|(lat, _)| lat),
                    "lon": place.position.map(|(_, lon)| lon), "radius_m": place.radius_m, "seen_at": place.seen_at.to_string(),
                    "gone_at": place.gone_at.map(|at| at.to_string()),
                })
            }));
        }
        lines
    }
}

/// A value as a line, with its times as text.
fn line(kind: &str, value: &impl serde::Serialize) -> Value {
    let mut line = serde_json::to_value(value).unwrap_or_default();
    if let Value::Object(members) = &mut line {
        for (name, value) in members.iter_mut() {
            let is_time = name == "at" || name.ends_with("_at");
            if let Some(millis) = value.as_i64().filter(|_| is_time) {
                *value = Timestamp::from_millis(millis).to_string().into();
            }
        }
        members.insert("type".into(), kind.into());
    }
    line
}

/// A raw message: what is text as text, the rest in base64.
fn message(logged: Logged) -> Value {
    let Logged { id, received_at, door, device, topic, retained, payload, verdict } = logged;
    let (text, base64) = match String::from_utf8(payload) {
        Ok(text) => (Some(text), None),
        Err(bytes) => (None, Some(BASE64_STANDARD.encode(bytes.into_bytes()))),
    };
    json!({
        "type": "message", "id": id, "received_at": received_at.to_string(), "door": door.as_str(), "device": device, "topic": topic,
        "retained": retained, "payload": text, "payload_base64": base64, "verdict": verdict,
    })
}

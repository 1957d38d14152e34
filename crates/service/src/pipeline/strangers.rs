//! A trusted broker may bring positions of people we do not know yet: they become friends, who cannot sign in.

use super::{Pipeline, Waiting};
use crate::{Error, Inbound, Principal, board::Board, hub::News, id, secret};
use domain::{
    Device, DeviceId, DeviceKind, Friend, FriendId, GroupId, Level, Memberships, Name, Role, Sharing,
    Timestamp, fold,
};
use owntracks::{
    Message,
    topic::{Template, Topic, resolve},
};
use std::collections::{HashMap, HashSet};

/// Somebody whom a topic names first. Without a group they come into the first one.
#[derive(Clone, PartialEq, Eq, Hash)]
struct Stranger {
    group: Option<Name>,
    user: Name,
    device: Name,
}

/// What a message of a trusted broker says of somebody we do not know.
enum Strange {
    /// Nothing: its topic names somebody we know, or nobody.
    Not,
    /// Something, but not where they are: we do not take them in for that. By the key of their name.
    Says(String),
    /// Where they are.
    Introduces(Stranger),
}

impl Pipeline {
    /// Adds those whom a batch names first.
    pub(super) async fn meet_strangers(&mut self, messages: &[Inbound]) -> Result<(), Error> {
        let strangers = strangers(&self.shared.board(), &self.shared.settings.templates, messages);
        if strangers.is_empty() {
            return Ok(());
        }
        // At its first connection a broker may name everybody at once: they are added one by one, and looked at once.
        let mut met = HashMap::new();
        for stranger in &strangers {
            self.add_stranger(stranger, &mut met).await?;
        }
        self.load().await?;
        self.shared.hub.publish(News::Everything);
        Ok(())
    }

    /// How many messages may be judged together: up to one that introduces somebody of whom another message spoke before. Whoever a
    /// batch introduces is known from its beginning, but how messages fall into batches must not show.
    pub(super) fn without_surprise(&self, waiting: &Waiting) -> usize {
        let (board, templates) = (self.shared.board(), &self.shared.settings.templates);
        // Those of whom was spoken: how they were introduced, if they were.
        let mut spoken_of: HashMap<String, Option<Stranger>> = HashMap::new();
        let surprises = |(message, _): &(Inbound, _)| match strange(&board, templates, message) {
            Strange::Not => false,
            Strange::Says(user) => {
                spoken_of.insert(user, None);
                false
            }
            Strange::Introduces(stranger) => match spoken_of.get(&stranger.user.key()) {
                None => {
                    spoken_of.insert(stranger.user.key(), Some(stranger));
                    false
                }
                Some(before) => before.as_ref().is_none_or(|before| before.group != stranger.group),
            },
        };
        waiting.iter().position(surprises).unwrap_or(waiting.len())
    }

    async fn add_stranger(
        &mut self,
        Stranger { group, user, device }: &Stranger,
        met: &mut HashMap<String, Friend>,
    ) -> Result<(), Error> {
        let now = self.shared.now();
        let known = self.shared.board().friend_named(user.as_str()).map(|on_board| on_board.friend.clone());
        let friend = if let Some(friend) = known.or_else(|| met.get(&user.key()).cloned()) {
            friend
        } else {
            let group = self.group_of_stranger(group.as_ref()).await?;
            let id = FriendId::new(id::new(now));
            let memberships = Memberships::one(group, Role::Friend);
            let (name, demo) = (user.clone(), false);
            let friend = Friend { id, group, memberships, name, role: None, demo, added_at: now };
            // Whoever set up the other broker decided this for them.
            let sharing = Sharing::with_group(group, Level::Precise, Timestamp::MIN);
            let new = store::NewFriend { friend: &friend, password_hash: None, sharing: &sharing };
            self.writer.add_friend(new).await?;
            met.insert(user.key(), friend.clone());
            friend
        };
        let device = Device {
            id: DeviceId::new(id::new(now)),
            friend: friend.id,
            name: device.clone(),
            kind: DeviceKind::Phone,
        };
        let nobody_knows = secret::fresh("")?.hash;
        let new =
            store::NewDevice { device: &device, credential_hash: nobody_knows.as_bytes(), added_at: now };
        Ok(self.writer.put_device(new).await?)
    }

    async fn group_of_stranger(&mut self, name: Option<&Name>) -> Result<GroupId, Error> {
        let Some(name) = name else {
            return self.shared.board().seqs.keys().min().copied().ok_or(Error::NotFound("group"));
        };
        if let Some(known) = self.shared.reader.group_named(name.as_str()).await? {
            return Ok(known);
        }
        let id = GroupId::new(id::new(self.shared.now()));
        self.writer.add_group(id, name).await?;
        Ok(id)
    }
}

/// Names on topics of a trusted broker that report a position and that nobody has yet.
fn strangers(board: &Board, templates: &[Template], messages: &[Inbound]) -> HashSet<Stranger> {
    let of_each = messages.iter().map(|message| strange(board, templates, message));
    of_each
        .filter_map(|strange| match strange {
            Strange::Introduces(stranger) => Some(stranger),
            Strange::Not | Strange::Says(_) => None,
        })
        .collect()
}

fn strange(board: &Board, templates: &[Template], message: &Inbound) -> Strange {
    if message.principal != Principal::Bridge {
        return Strange::Not;
    }
    let Some(reading) = templates.iter().find_map(|template| template.matches(&message.topic)) else {
        return Strange::Not;
    };
    if board.device_named(&reading.user, &reading.device).is_some() {
        return Strange::Not;
    }
    stranger(board, templates, message)
        .map_or_else(|| Strange::Says(fold(&reading.user)), Strange::Introduces)
}

fn stranger(board: &Board, templates: &[Template], message: &Inbound) -> Option<Stranger> {
    let decoded = owntracks::decode(&message.payload);
    let location = decoded.iter().flatten().find(|message| matches!(message, Message::Location(_)))?;
    let reading = resolve(templates, &message.topic, location.kind())?;
    is_strange(board, &reading).then_some(())?;
    let group = reading.group.as_deref().map(Name::topic_level).transpose().ok()?;
    let (user, device) = (Name::topic_level(&reading.user).ok()?, Name::topic_level(&reading.device).ok()?);
    Some(Stranger { group, user, device })
}

/// Whether there is no such device yet, and may be one: a friend is of one group, whatever groups topics say.
fn is_strange(board: &Board, reading: &Topic) -> bool {
    board.device_named(&reading.user, &reading.device).is_none()
        && board
            .friend_named(&reading.user)
            .is_none_or(|on_board| board.is_of(on_board.friend.group, reading))
}

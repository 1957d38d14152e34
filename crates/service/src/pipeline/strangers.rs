//! A trusted broker may bring positions of people we do not know yet: they become friends, who cannot sign in.

use super::Pipeline;
use crate::{Error, Inbound, Principal, board::Board, hub::News, id, secret};
use domain::{Device, DeviceId, Friend, FriendId, GroupId, Name};
use owntracks::{
    Message,
    topic::{Template, Topic, resolve},
};
use std::collections::{HashMap, HashSet};

/// Somebody whom a topic names first. Without a group they come into the first one.
#[derive(PartialEq, Eq, Hash)]
struct Stranger {
    group: Option<Name>,
    user: Name,
    device: Name,
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
            let id = FriendId::new(id::new(now)?);
            let friend = Friend { id, group, name: user.clone(), role: None, demo: false, added_at: now };
            self.writer.add_friend(store::NewFriend { friend: &friend, password_hash: None }).await?;
            met.insert(user.key(), friend.clone());
            friend
        };
        let device = Device { id: DeviceId::new(id::new(now)?), friend: friend.id, name: device.clone() };
        let unknown_password = secret::hash(&secret::random()?);
        let new = store::NewDevice { device: &device, credential_hash: &unknown_password, added_at: now };
        Ok(self.writer.put_device(new).await?)
    }

    async fn group_of_stranger(&mut self, name: Option<&Name>) -> Result<GroupId, Error> {
        let Some(name) = name else {
            return self.shared.board().seqs.keys().min().copied().ok_or(Error::NotFound("group"));
        };
        if let Some(known) = self.shared.reader.group_named(name.as_str()).await? {
            return Ok(known);
        }
        let id = GroupId::new(id::new(self.shared.now())?);
        self.writer.add_group(id, name).await?;
        Ok(id)
    }
}

/// Names on topics of a trusted broker that report a position and that nobody has yet.
fn strangers(board: &Board, templates: &[Template], messages: &[Inbound]) -> HashSet<Stranger> {
    let bridged = messages.iter().filter(|inbound| inbound.principal == Principal::Bridge);
    bridged
        .filter_map(|inbound| {
            let reading = templates.iter().find_map(|template| template.matches(&inbound.topic))?;
            if board.device_named(&reading.user, &reading.device).is_some() {
                return None;
            }
            let decoded = owntracks::decode(&inbound.payload);
            let location =
                decoded.iter().flatten().find(|message| matches!(message, Message::Location(_)))?;
            let reading = resolve(templates, &inbound.topic, location.kind())?;
            is_strange(board, &reading).then_some(())?;
            let group = reading.group.as_deref().map(Name::topic_level).transpose().ok()?;
            let (user, device) =
                (Name::topic_level(&reading.user).ok()?, Name::topic_level(&reading.device).ok()?);
            Some(Stranger { group, user, device })
        })
        .collect()
}

/// Whether there is no such device yet, and may be one: a friend is of one group, whatever groups topics say.
fn is_strange(board: &Board, reading: &Topic) -> bool {
    board.device_named(&reading.user, &reading.device).is_none()
        && board
            .friend_named(&reading.user)
            .is_none_or(|on_board| board.is_of(on_board.friend.group, reading))
}

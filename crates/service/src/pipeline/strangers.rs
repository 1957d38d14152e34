//! A trusted broker may bring positions of people we do not know yet: they become friends, who cannot sign in.

use super::Pipeline;
use crate::{Error, Inbound, Principal, board::Board, hub::News, id, secret};
use domain::{Device, DeviceId, Friend, FriendId, Name};
use owntracks::{
    Message,
    topic::{Template, resolve},
};
use std::collections::HashSet;

impl Pipeline {
    /// Adds those whom a batch names first.
    pub(super) async fn meet_strangers(&mut self, messages: &[Inbound]) -> Result<(), Error> {
        let strangers = strangers(&self.shared.board(), &self.shared.settings.templates, messages);
        for (user, device) in strangers {
            self.add_stranger(&user, &device).await?;
        }
        Ok(())
    }

    async fn add_stranger(&mut self, user: &Name, device: &Name) -> Result<(), Error> {
        let now = self.shared.now();
        let known = self.shared.board().friend_named(user.as_str()).map(|on_board| on_board.friend.clone());
        let friend = if let Some(friend) = known {
            friend
        } else {
            let group = self.shared.board().seqs.keys().min().copied().ok_or(Error::NotFound("group"))?;
            let id = FriendId::new(id::new(now)?);
            let friend = Friend { id, group, name: user.clone(), role: None, demo: false, added_at: now };
            self.writer.add_friend(store::NewFriend { friend: &friend, password_hash: None }).await?;
            friend
        };
        let device = Device { id: DeviceId::new(id::new(now)?), friend: friend.id, name: device.clone() };
        let unknown_password = secret::hash(&secret::random()?);
        let new = store::NewDevice { device: &device, credential_hash: &unknown_password, added_at: now };
        self.writer.put_device(new).await?;
        self.load().await?;
        self.shared.hub.publish(News::Everything);
        Ok(())
    }
}

/// Names on topics of a trusted broker that report a position and that nobody has yet.
fn strangers(board: &Board, templates: &[Template], messages: &[Inbound]) -> HashSet<(Name, Name)> {
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
            let unknown = board.device_named(&reading.user, &reading.device).is_none();
            let names = (Name::topic_level(&reading.user).ok()?, Name::topic_level(&reading.device).ok()?);
            unknown.then_some(names)
        })
        .collect()
}

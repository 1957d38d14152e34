//! Reading everything that is known now from the store.

use super::Pipeline;
use crate::{
    Error,
    board::{Board, Reporter},
    inbound::Credential,
};
use domain::{Device, Friend, GroupId, Name, live::Change};
use owntracks::topic::Template;
use std::collections::HashMap;

impl Pipeline {
    /// Reads everything that is known now from the store.
    pub(crate) async fn load(&mut self) -> Result<(), Error> {
        let reader = &self.shared.reader;
        if reader.groups().await?.is_empty() {
            let name = Name::new("Friends").map_err(Error::name("group"))?;
            self.writer.add_group(GroupId::new(crate::id::new(self.shared.now())?), &name).await?;
        }
        let mut board = Board::default();
        board.seqs.extend(reader.groups().await?);
        for account in reader.accounts().await? {
            board.add_friend(account.friend);
        }
        let mut judged = HashMap::new();
        for known in reader.devices().await? {
            let Some(owner) = board.friends.get(&known.device.friend).map(|on_board| on_board.friend.clone())
            else {
                continue;
            };
            let topic = base_topic(&self.shared.settings.templates, &owner, &known.device).into();
            judged.insert(known.device.id, known.judged);
            board.add_device(Reporter {
                device: known.device,
                group: owner.group,
                topic,
                credential: Credential::new(known.credential_hash),
                spot: known.spot,
                lost_at: known.lost_at,
            });
        }
        for region in reader.regions().await? {
            board.put_region(region);
        }
        let stays: Vec<_> = board
            .friends
            .values()
            .map(|on_board| (on_board.friend.id, board.stays(&on_board.devices, |id| judged.get(id))))
            .collect();
        for (friend, stays) in stays {
            board.apply(&Change::Stays(friend, stays));
        }
        self.judged = judged;
        *self.shared.board_mut() = board;
        Ok(())
    }
}

/// The base topic of a device, by the first template; spelt as the names are.
fn base_topic(templates: &[Template], friend: &Friend, device: &Device) -> String {
    let made =
        templates.first().and_then(|template| template.base(friend.name.as_str(), device.name.as_str()).ok());
    made.unwrap_or_else(|| format!("owntracks/{}/{}", friend.name, device.name))
}

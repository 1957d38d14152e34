//! Carrying out what people change: write it, take it up, tell everybody, answer.

use super::Pipeline;
use crate::{
    Error,
    command::{Command, Premise},
    group::not_the_last_admin,
    hub::{Call, Changes, News},
    judge::{self, Redraw},
};
use domain::{
    DeviceId, Friend, FriendId, GroupId, RegionId, Role, Sensor, SensorId, Sharing, SharingChange, Timestamp,
    TopicFilter, live::Change, near::Range,
};
use std::{collections::HashMap, path::Path, sync::Arc};
use store::{Batch, Entry, Staged};

impl Pipeline {
    /// Carries out one command. That nobody waits for the answer any more is fine.
    pub(super) async fn obey(&mut self, command: Command) {
        if let Err(error) = self.writer.mend().await {
            tracing::warn!(%error, "the database cannot be opened anew");
        }
        let _gone = match command {
            Command::PutGroup { id, name, reply } => reply.send(self.put_group(id, &name).await).is_ok(),
            Command::AddFriend { friend, password_hash, sharing, reply } => {
                reply.send(self.add_friend(&friend, password_hash, &sharing).await).is_ok()
            }
            Command::Group(command) => self.obey_about_groups(command).await,
            Command::SetAccount { friend, account, reply } => {
                let done = self.set_account(friend, account).await;
                let done = self.everything(done).await;
                self.shared.hub.publish(News::Sessions);
                reply.send(done).is_ok()
            }
            Command::Share { friend, change, reply } => reply.send(self.share(friend, change).await).is_ok(),
            Command::RemoveFriends { friends, reply } => {
                let done = self.remove_friends(&friends).await;
                let done = self.everything(done).await;
                self.shared.hub.publish(News::Sessions);
                reply.send(done).is_ok()
            }
            Command::PutDevice { device, credential, added_at, reply } => {
                let new =
                    store::NewDevice { device: &device, credential_hash: credential.as_bytes(), added_at };
                let done = self.writer.put_device(new).await.map_err(Error::from);
                reply.send(self.everything(done).await).is_ok()
            }
            Command::RemoveDevice { device, reply } => {
                let done = self.remove_device(device).await;
                reply.send(self.everything(done).await).is_ok()
            }
            Command::Count { friend, chosen, reply } => {
                let done = self.count(friend, chosen).await;
                reply.send(self.everything(done).await).is_ok()
            }
            Command::SignIn(command) => self.obey_about_sign_in(command).await,
            Command::AddOrder { order, reply } => reply.send(self.add_order(order).await).is_ok(),
            Command::DeliverOrder { order, at, confirmed, reply } => {
                reply.send(self.deliver_order(order, at, confirmed).await).is_ok()
            }
            Command::SettleOrder { order, outcome, at, reply } => {
                let done = self.writer.settle_order(order, outcome, at).await.map_err(Error::from);
                self.shared.board_mut().drop_order(order);
                reply.send(done).is_ok()
            }
            Command::PutSecret { device, secret, reply } => {
                reply.send(self.put_secret(device, secret).await).is_ok()
            }
            Command::PutTold { device, at, reply } => {
                let done = self.writer.put_told(device, at).await.map_err(Error::from);
                if let Some(reporter) = self.shared.board_mut().devices.get_mut(&device) {
                    reporter.told_at = Some(at);
                }
                reply.send(done).is_ok()
            }
            Command::SendRegions { device, reply } => reply.send(self.send_regions(device).await).is_ok(),
            Command::PutLook { look, reply } => reply.send(self.put_look(look).await).is_ok(),
            Command::PutRange { friend, range, reply } => {
                reply.send(self.put_range(friend, range).await).is_ok()
            }
            Command::PutCard { card, reply } => reply.send(self.put_card(card).await).is_ok(),
            Command::PutRegion { mut region, reply } => {
                region.changed_at =
                    self.shared.board().change_time(region.group, region.id, region.changed_at);
                reply.send(self.redraw(region.changed_at, Redraw::Put(region)).await).is_ok()
            }
            Command::RemoveRegion { region, reply } => reply.send(self.remove_region(region).await).is_ok(),
            Command::PutSensor { sensor, reply } => reply.send(self.put_sensor(sensor).await).is_ok(),
            Command::RemoveSensor { sensor, reply } => reply.send(self.remove_sensor(sensor).await).is_ok(),
            Command::Refresh { reply } => reply.send(self.take_up().await).is_ok(),
            Command::TryOut { reply } => reply.send(self.writer.try_out().await.map_err(Error::from)).is_ok(),
            Command::Archived { name, up_to, at, reply } => {
                reply.send(self.writer.shipped(&name, up_to, at).await.map_err(Error::from)).is_ok()
            }
            Command::Outlet(command) => self.obey_about_outlets(command).await,
            Command::Alert(command) => self.obey_about_alerts(command).await,
            Command::Link(command) => self.obey_about_links(command).await,
            Command::Bot(command) => self.obey_about_bots(command).await,
            Command::BackUp { to, reply } => reply.send(self.back_up(&to).await).is_ok(),
            Command::Told { staged, command } => {
                self.writer.stage(staged);
                Box::pin(self.obey(*command)).await;
                // Of what was refused nothing is written with the change that comes next.
                self.writer.stage(Staged::default());
                true
            }
            Command::If { premise, refused, command } => {
                match self.holds(premise).await {
                    Ok(()) => Box::pin(self.obey(*command)).await,
                    Err(error) => drop(refused.send(error)),
                }
                true
            }
            Command::Chat(command) => self.obey_about_chat(command).await,
            Command::Forget(command) => self.obey_about_forgetting(command).await,
            Command::Retain(command) => self.obey_about_retention(command).await,
        };
    }

    /// Whether what somebody looked at before they sent a command is still so, by what any process wrote.
    async fn holds(&mut self, premise: Premise) -> Result<(), Error> {
        self.take_up().await?;
        premise(&self.shared.board())
    }

    /// After a change of people or devices: look at everything afresh, and have everybody else do so.
    pub(super) async fn everything(&mut self, done: Result<(), Error>) -> Result<(), Error> {
        done?;
        self.load().await?;
        self.provision_all().await;
        self.shared.hub.publish(News::Everything);
        Ok(())
    }

    async fn add_friend(
        &mut self,
        friend: &Friend,
        password_hash: Option<String>,
        sharing: &Sharing,
    ) -> Result<(), Error> {
        let new = store::NewFriend { friend, password_hash: password_hash.as_deref(), sharing };
        let done = self.writer.add_friend(new).await.map_err(taken("name"));
        self.everything(done).await
    }

    async fn share(&mut self, friend: FriendId, change: SharingChange) -> Result<(), Error> {
        let known = self.shared.board().friends.get(&friend).map(|known| known.sharing.clone());
        let mut sharing = Arc::unwrap_or_clone(known.ok_or(Error::NotFound("friend"))?);
        sharing.apply(change, self.shared.now());
        if sharing.grants.len() > Sharing::MOST_GRANTS {
            let why = format!("must not be said of more than {}", Sharing::MOST_GRANTS);
            return Err(Error::invalid("to", why));
        }
        self.writer.put_sharing(friend, &sharing).await?;
        if let Some(known) = self.shared.board_mut().friends.get_mut(&friend) {
            known.sharing = Arc::new(sharing);
        }
        self.shared.board_mut().note(friend);
        let devices = Self::late_devices(&self.shared.board(), friend);
        let trails = self.trails(devices).await?;
        let mut board = self.shared.board_mut();
        for (device, trail) in trails {
            if let Some(reporter) = board.devices.get_mut(&device) {
                reporter.trail = trail;
            }
        }
        drop(board);
        self.shared.hub.publish(News::Sharing(friend));
        Ok(())
    }

    async fn put_look(&mut self, (friend, learnt_at): (FriendId, Timestamp)) -> Result<(), Error> {
        Ok(self.writer.put_look(friend, learnt_at).await?)
    }

    async fn put_range(&mut self, friend: FriendId, range: Range) -> Result<(), Error> {
        self.writer.put_range(friend, range).await?;
        if let Some(owner) = self.shared.board_mut().friends.get_mut(&friend) {
            owner.range = range;
        }
        self.shared.hub.publish(News::Range(friend));
        Ok(())
    }

    async fn back_up(&mut self, to: &Path) -> Result<(), Error> {
        Ok(self.writer.back_up(to).await?)
    }

    async fn put_group(
        &mut self,
        id: domain::GroupId,
        name: &domain::Name,
    ) -> Result<domain::GroupId, Error> {
        if let Some(known) = self.shared.reader.group_named(name.as_str()).await? {
            return Ok(known);
        }
        self.writer.add_group(id, name).await?;
        self.everything(Ok(())).await?;
        Ok(id)
    }

    async fn remove_device(&mut self, device: DeviceId) -> Result<(), Error> {
        let now = self.shared.now();
        let (topic, any_from) = {
            let board = self.shared.board();
            let known = board.devices.get(&device);
            let owner = known.and_then(|known| board.friends.get(&known.device.friend));
            let chosen = owner.filter(|owner| owner.counting.chosen() == Some(device));
            (known.map(|known| known.topic.clone()), chosen.map(|owner| owner.counting.choice_time(now)))
        };
        if let Some(topic) = topic {
            self.writer.stage_unretained(&topic);
        }
        Ok(self.writer.remove_device(device, now, any_from).await?)
    }

    /// The choice is its line in the journal. What was said before it stays.
    async fn count(&mut self, friend: FriendId, chosen: Option<DeviceId>) -> Result<(), Error> {
        let at = {
            let board = self.shared.board();
            let owner = board.friends.get(&friend).ok_or(Error::NotFound("friend"))?;
            if owner.counting.chosen() == chosen {
                return Ok(());
            }
            if chosen.is_some_and(|device| !owner.devices.contains(&device)) {
                return Err(Error::NotFound("device"));
            }
            owner.counting.choice_time(self.shared.now())
        };
        let journal = vec![(at, Entry::Counting(friend, chosen))];
        self.store(&mut Batch { journal, ..Batch::default() }).await
    }

    async fn set_account(
        &mut self,
        friend: FriendId,
        account: Option<(Role, Option<String>)>,
    ) -> Result<(), Error> {
        if account.is_none() {
            not_the_last_admin(&self.shared.board(), friend)?;
        }
        let (role, hash) = account.unzip();
        Ok(self.writer.set_account(friend, role, hash.flatten().as_deref()).await?)
    }

    async fn remove_friends(&mut self, friends: &[FriendId]) -> Result<(), Error> {
        friends.iter().try_for_each(|friend| not_the_last_admin(&self.shared.board(), *friend))?;
        for friend in friends {
            let topics: Vec<_> = {
                let board = self.shared.board();
                let on_board = board.friends.get(friend);
                on_board
                    .into_iter()
                    .flat_map(|on_board| board.devices_of(on_board))
                    .map(|known| known.topic.clone())
                    .collect()
            };
            for topic in topics {
                self.writer.stage_unretained(&topic);
            }
            self.writer.remove_friend(*friend).await?;
        }
        Ok(())
    }

    /// The region, what that means for the presence, and the journal's line on it are one transaction.
    async fn redraw(&mut self, at: Timestamp, redraw: Redraw) -> Result<(), Error> {
        let judgement = judge::redraw(&self.shared.board(), &self.judged, &self.shared.settings, at, redraw);
        self.conclude(judgement).await?;
        self.provision_all().await;
        Ok(())
    }

    pub(super) async fn remove_region(&mut self, id: RegionId) -> Result<(), Error> {
        let known = self.shared.board().region(id).cloned().ok_or(Error::NotFound("region"))?;
        let group = known.group;
        let at = self.shared.board().change_time(group, id, self.shared.now());
        self.redraw(at, Redraw::Remove(known)).await?;
        self.shared.board_mut().end_region(group, id, at);
        Ok(())
    }

    /// A topic is one sensor's at the most: only here, where one task writes, that stays true.
    async fn put_sensor(&mut self, sensor: Sensor) -> Result<(), Error> {
        let taken_by = |known: &Sensor| known.id != sensor.id && known.topic.overlaps(&sensor.topic);
        if self.shared.board().sensors().iter().any(taken_by) {
            let why = "takes topics that another sensor takes".to_owned();
            return Err(Error::Conflict { field: "topic", why });
        }
        if self.shared.board().outlets.iter().any(|outlet| outlet.base.meets(&sensor.topic)) {
            let why = "must not take what an outlet publishes".to_owned();
            return Err(Error::Conflict { field: "topic", why });
        }
        let entry = Entry::Sensor(Box::new(sensor.clone()));
        let before = self.shared.board().sensor(sensor.id).map(|known| known.topic.clone());
        let cleared: Vec<_> = before.into_iter().chain([sensor.topic.clone()]).collect();
        let stored =
            self.tell_of_sensor(sensor.changed_at, sensor.group, sensor.id, entry, cleared.clone()).await;
        let changes = stored
            .map_err(|error| if let Error::Store(error) = error { taken("name")(error) } else { error })?;
        self.shared.board_mut().put_sensor(sensor);
        self.publish(changes);
        self.clear(cleared);
        Ok(())
    }

    pub(super) async fn remove_sensor(&mut self, id: SensorId) -> Result<(), Error> {
        let known = self.shared.board().sensor(id).cloned().ok_or(Error::NotFound("sensor"))?;
        let (at, cleared) = (self.shared.now(), vec![known.topic]);
        let changes =
            self.tell_of_sensor(at, known.group, id, Entry::SensorGone(id), cleared.clone()).await?;
        self.shared.board_mut().drop_sensor(id);
        self.publish(changes);
        self.clear(cleared);
        Ok(())
    }

    /// What was retained on these topics is not in the database any more; the broker is to forget it, too.
    fn clear(&self, topics: Vec<TopicFilter>) {
        for topics in topics {
            self.shared.hub.call(Call::Clear(topics));
        }
    }

    /// Commits a change of a sensor, which is the journal's line on it; answers with what to publish. Its topics begin with nothing
    /// retained, and end so: they may have been, or become, another group's.
    async fn tell_of_sensor(
        &mut self,
        at: Timestamp,
        group: GroupId,
        id: SensorId,
        entry: Entry,
        cleared: Vec<TopicFilter>,
    ) -> Result<HashMap<GroupId, Changes>, Error> {
        let seq = self.shared.board().seqs.get(&group).copied().unwrap_or_default().next();
        let journal = vec![(at, entry)];
        let mut batch = Batch { journal, cleared, seqs: vec![(group, seq)], ..Batch::default() };
        self.store(&mut batch).await?;
        let news = vec![(false, Change::Sensor(id))];
        Ok(HashMap::from([(group, Changes { group, seq, news })]))
    }
}

/// A name that is taken is the caller's mistake.
pub(super) fn taken(field: &'static str) -> impl FnOnce(store::Error) -> Error {
    move |error| {
        // An invitation that was used meanwhile is not the name's fault, neither is an identity.
        if let store::Error::Conflict { what } = error
            && !matches!(what, "invitation" | "identity")
        {
            Error::Conflict { field, why: "is taken".into() }
        } else {
            Error::Store(error)
        }
    }
}

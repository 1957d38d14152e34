//! What is kept for talking to phones: orders, secrets and cards; and reading again what was sealed.

use super::{Pipeline, provision};
use crate::{
    Error,
    board::{Provision, Reporter},
    hub::{Call, Changes, News},
    judge,
};
use domain::{DeviceId, Door, Order, OrderId, Timestamp, live::Change, waypoint::Sent};
use std::{collections::HashMap, sync::Arc};
use store::{Batch, NewCard, Retained};

/// How many sealed messages are read again in one transaction.
const AT_ONCE: u32 = 500;

impl Pipeline {
    pub(super) async fn add_order(&mut self, order: Order) -> Result<(), Error> {
        self.writer.add_order(&order).await?;
        let device = order.device;
        if let Some(reporter) = self.shared.board_mut().devices.get_mut(&device) {
            reporter.orders.push(order);
        }
        self.shared.hub.call(Call::Order(device));
        Ok(())
    }

    /// One that the phone confirmed counts as given often enough.
    pub(super) async fn deliver_order(
        &mut self,
        order: OrderId,
        at: Timestamp,
        confirmed: bool,
    ) -> Result<(), Error> {
        let known = {
            let board = self.shared.board();
            let of = |reporter: &&Reporter| reporter.orders.iter().any(|known| known.id == order);
            board.devices.values().find(of).and_then(|reporter| {
                let known = reporter.orders.iter().find(|known| known.id == order)?;
                let told = provision::told(reporter, &known.errand, at, confirmed);
                Some((reporter.device.id, known.deliveries, told))
            })
        };
        let Some((device, times, told)) = known else {
            return self.deliver_late(order, at, confirmed).await;
        };
        let times = if confirmed { Order::DELIVERIES } else { times.saturating_add(1) };
        self.writer.put_delivery(order, at, times, device, &told).await?;
        let mut board = self.shared.board_mut();
        if let Some(order) = board.order_mut(order) {
            (order.delivered_at, order.deliveries) = (Some(at), times);
        }
        if let Some(reporter) = board.devices.get_mut(&device).filter(|_| !told.is_empty()) {
            reporter.sent.extend(told);
            reporter.provision = Provision::Open;
        }
        Ok(())
    }

    /// An order that had ended was under way to the phone all the same. What it was told of regions by that is put right in its turn.
    async fn deliver_late(&mut self, order: OrderId, at: Timestamp, confirmed: bool) -> Result<(), Error> {
        let Some(order) =
            self.shared.reader.order(order).await?.filter(|order| order.errand.is_about_places())
        else {
            return Ok(());
        };
        let told = {
            let board = self.shared.board();
            let reporter = board.devices.get(&order.device);
            let told = |reporter| provision::told(reporter, &order.errand, at, confirmed);
            reporter.map(told).unwrap_or_default()
        };
        self.writer
            .put_delivery(order.id, at, order.deliveries.saturating_add(1), order.device, &told)
            .await?;
        if let Some(reporter) = self.shared.board_mut().devices.get_mut(&order.device) {
            reporter.sent.extend(told);
            reporter.provision = Provision::Open;
        }
        Ok(())
    }

    /// A phone is given its regions afresh: as if it had been told to forget them.
    pub(super) async fn send_regions(&mut self, device: DeviceId) -> Result<(), Error> {
        let at = self.shared.now();
        let afresh: Vec<_> = {
            let board = self.shared.board();
            let reporter = board.devices.get(&device).ok_or(Error::NotFound("device"))?;
            let wanted = provision::wanted(&board, reporter).into_iter();
            wanted.map(|given| (given.region, Sent::next(None, None, at, true))).collect()
        };
        self.writer.put_sent(device, &afresh).await?;
        if let Some(reporter) = self.shared.board_mut().devices.get_mut(&device) {
            reporter.sent.extend(afresh);
            reporter.provision = Provision::Open;
        }
        self.provision(vec![device]).await;
        Ok(())
    }

    pub(super) async fn put_secret(&mut self, device: DeviceId, secret: Option<String>) -> Result<(), Error> {
        self.writer.put_secret(device, secret.as_deref(), self.shared.now()).await?;
        self.load().await?;
        if secret.is_some() {
            self.read_again(device).await?;
        }
        self.shared.hub.publish(News::Everything);
        Ok(())
    }

    /// Reads what a device sealed and nobody could open, as if it came now but with the time at which it came.
    async fn read_again(&mut self, device: DeviceId) -> Result<(), Error> {
        let account = {
            let board = self.shared.board();
            let Some(reporter) = board.devices.get(&device) else { return Ok(()) };
            reporter.account()
        };
        let mut after = 0;
        loop {
            let sealed = self.shared.reader.sealed(device, after, AT_ONCE).await?;
            let Some(last) = sealed.last() else { return Ok(()) };
            after = last.line;
            let judgement = self
                .judged_by(|board, memory, settings, recall| {
                    judge::again(board, memory, settings, recall, &account, &sealed)
                })
                .await?;
            self.conclude(judgement).await?;
        }
    }

    /// Takes up which orders a committed batch ended.
    pub(super) fn settle_orders(&self, batch: &Batch) {
        if batch.settled.is_empty() {
            return;
        }
        let mut board = self.shared.board_mut();
        for (order, _, _) in &batch.settled {
            board.drop_order(*order);
        }
    }

    /// Remembers through which door each device came, and calls those of an outside broker to their orders: we do not see them connect.
    pub(super) fn remember_doors(&self, batch: &Batch) {
        let now = self.shared.now();
        let mut called = Vec::new();
        let mut board = self.shared.board_mut();
        for message in &batch.messages {
            let Some(reporter) = message.device.and_then(|device| board.devices.get_mut(&device)) else {
                continue;
            };
            reporter.door = Some(message.door);
            if message.door == Door::Bridge && reporter.orders.iter().any(|order| order.is_due(now)) {
                called.push(reporter.device.id);
            }
        }
        drop(board);
        called.dedup();
        for device in called {
            self.shared.hub.call(Call::Order(device));
        }
    }

    /// Keeps a card that was made on the page, shows it to everybody, and has the broker tell the phones.
    pub(super) async fn put_card(&mut self, card: NewCard) -> Result<(), Error> {
        let (owner, topics) = {
            let board = self.shared.board();
            let owner = board.friends.get(&card.friend).ok_or(Error::NotFound("friend"))?;
            let topics: Vec<_> =
                board.devices_of(owner).map(|reporter| format!("{}/info", reporter.topic)).collect();
            (owner.friend.clone(), topics)
        };
        let payload = crate::phone::card_for_phones(&card);
        let retained = topics.into_iter().map(|topic| Retained { topic, payload: payload.clone(), qos: 1 });
        let retained: Vec<Retained> = retained.collect();
        let change = Change::Card(card.friend, crate::phone::card_for_page(&card));
        let changes: HashMap<_, _> = {
            let board = self.shared.board();
            let told = owner.memberships.groups().map(|group| {
                let seq = board.seqs.get(&group).copied().unwrap_or_default().next();
                (group, Changes { group, seq, news: vec![(owner.demo, change.clone())] })
            });
            told.collect()
        };
        let seqs = changes.values().map(|changes| (changes.group, changes.seq)).collect();
        let mut batch = Batch { cards: vec![card], retained: retained.clone(), seqs, ..Batch::default() };
        self.writer.commit(&mut batch).await?;
        self.publish(changes);
        for message in retained {
            self.shared.hub.call(Call::Publish(Arc::new(message)));
        }
        Ok(())
    }
}

//! A device with what is known of it, and what that says of the app on it.

use crate::{
    inbound::{Credential, DeviceAccount},
    translate,
};
use domain::{
    Device, Door, GroupId, Order, RegionId, Rhythm, Spot, Timestamp,
    waypoint::{App, Phone, Sent, Waypoint},
};
use owntracks::secretbox::Secret;
use std::{
    collections::{BTreeMap, VecDeque},
    sync::Arc,
};

/// How many places of a device are kept in mind for those who see it late: a day of one each half a minute.
pub(crate) const MOST_TRAIL: usize = 3_000;

/// A device with what is known of it.
#[derive(Clone)]
pub(crate) struct Reporter {
    pub(crate) device: Device,
    pub(crate) group: GroupId,
    pub(crate) topic: Arc<str>,
    pub(crate) credential: Credential,
    /// Whether somebody else set it up before its friend could sign in, who may know its password still.
    pub(crate) by_others: bool,
    pub(crate) spot: Option<Spot>,
    /// Where it was before, oldest first, as far back as somebody sees its friend late; see [`Reporter::leave`].
    pub(crate) trail: VecDeque<Spot>,
    /// How often it reports.
    pub(crate) rhythm: Rhythm,
    pub(crate) lost_at: Option<Timestamp>,
    /// What its payloads are encrypted with.
    pub(crate) secret: Option<Arc<Secret>>,
    /// Up to which transition of its friends it was told, by when that was learnt.
    pub(crate) told_at: Option<Timestamp>,
    /// Those that have not ended, oldest first.
    pub(crate) orders: Vec<Order>,
    /// Through which door it last came, since the start.
    pub(crate) door: Option<Door>,
    /// The app on it, as far as it told.
    pub(crate) app: Option<App>,
    /// The places that it said it keeps, by its app's keys.
    pub(crate) known: BTreeMap<String, Waypoint>,
    /// When it last told of all of them.
    pub(crate) listed_at: Option<Timestamp>,
    /// What it was told of regions.
    pub(crate) sent: BTreeMap<RegionId, Sent>,
    /// Whether it holds, or is being told, what it should; see `pipeline::provision`.
    pub(crate) provision: Provision,
}

/// Whether a phone holds what it should.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Provision {
    /// Something has changed that may concern it.
    #[default]
    Open,
    /// There is nothing to tell it.
    Done,
    /// It was asked for something that has to be known first.
    Asked(Timestamp),
}

impl Reporter {
    /// What a device is that has signed in now.
    pub(crate) fn account(&self) -> DeviceAccount {
        DeviceAccount {
            device: self.device.id,
            friend: self.device.friend,
            group: self.group,
            topic: self.topic.clone(),
            credential: self.credential.clone(),
        }
    }

    /// Moves on from where it is: what somebody who sees it that late can still see is kept in mind.
    pub(crate) fn leave(&mut self, late_ms: i64, at: Timestamp) {
        if late_ms == 0 {
            self.trail.clear();
            return;
        }
        self.trail.extend(self.spot.take());
        let over = |next: &Spot| at.millis_since(next.at) >= late_ms;
        while self.trail.len() > MOST_TRAIL || self.trail.get(1).is_some_and(over) {
            self.trail.pop_front();
        }
    }

    /// What is known of it, to see what it should hold.
    pub(crate) fn phone(&self) -> Phone<'_> {
        Phone {
            app: self.app,
            known: &self.known,
            listed_at: self.listed_at,
            sent: &self.sent,
            at: self.spot.as_ref().map(|spot| spot.point),
        }
    }

    /// The app, by what it listed: only iOS tells an identifier.
    pub(crate) fn app_by_list(&self) -> Option<App> {
        let mut listed = self.known.values().filter(|known| Some(known.seen_at) == self.listed_at).peekable();
        listed.peek()?;
        Some(if listed.any(|known| known.rid.is_some()) { App::Ios } else { App::Android })
    }
}

/// The app, by what it said of itself.
pub(crate) fn app_by_status(said: &str) -> Option<App> {
    let mut said = owntracks::decode(said.as_bytes()).into_iter().flatten();
    said.find_map(|message| {
        if let owntracks::Message::Status(status) = message { translate::app(&status) } else { None }
    })
}

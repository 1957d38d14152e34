//! Who is told that somebody came or went. With each commit it is written down of what that is still to be seen; here it is seen, a moment
//! later, by how things are then, and what is told is written in the transaction in which that is crossed off. So nothing is lost when the
//! server is killed in between, and nobody is told the same twice.
//!
//! What somebody may not see yet at that moment, because they see their friend late, they are not told at all: later it would be no news.

use super::Pipeline;
use crate::{Error, alert::words::Happened, command::AlertCommand, hours, hub::News, id, sight::Sight};
use domain::{
    AlertId, Eyes, FriendId, Surface, Timestamp, Transition,
    alert::{AGAIN_MS, Channel, Moment, Rule, Told},
};
use std::{
    collections::{BTreeMap, BTreeSet, HashSet},
    sync::Arc,
};
use store::{AlertEvent, NewAlert};

/// How many events are looked at between two looks around.
const AT_ONCE: u32 = 200;

/// What happened within so long of something that did not happened instead of it, milliseconds.
const INSTEAD_MS: i64 = 2 * 60 * 60_000;

/// What somebody wants to be told.
struct Wanted {
    owner: FriendId,
    channels: BTreeSet<Channel>,
    /// As they may know it.
    transition: Transition,
    /// By whose clock.
    zone: Option<String>,
}

impl Pipeline {
    /// Sees whom to tell of what is new.
    pub(super) async fn tell_alerts(&mut self) {
        if !self.alerts_wait {
            return;
        }
        match self.tell_some().await {
            Ok(is_more) => self.alerts_wait = is_more,
            Err(error) => tracing::warn!(%error, "alerts are not told yet"),
        }
    }

    async fn tell_some(&mut self) -> Result<bool, Error> {
        let events = self.shared.reader.alert_events(AT_ONCE).await?;
        if events.is_empty() {
            return Ok(false);
        }
        let rules = self.shared.reader.alert_rules().await?;
        for event in &events {
            let now = self.shared.now();
            let (alerts, withdrawn) = if !event.superseded {
                (self.alerts(&rules, event, now).await?, None)
            } else if let Some(corrections) = self.corrections(event, now).await? {
                (corrections, Some(AGAIN_MS))
            } else {
                (Vec::new(), None)
            };
            let new = self.writer.tell_alerts(event, &alerts, withdrawn).await?;
            self.announce(event.friend, alerts, &new, now);
        }
        self.shared.alerts.due.send_modify(|count| *count += 1);
        Ok(true)
    }

    /// Tells the pages, and counts it as a look.
    fn announce(&self, friend: FriendId, alerts: Vec<NewAlert>, new: &HashSet<AlertId>, now: Timestamp) {
        for alert in alerts.into_iter().filter(|alert| new.contains(&alert.id)) {
            let look = (friend, Eyes::Friend(alert.owner), Surface::History);
            self.shared.watched.add(look, now);
            if alert.channels.contains(&(Channel::Page, None)) {
                let told = Told { id: alert.id, at: alert.at, notice: alert.notice };
                self.shared.hub.publish(News::Alert(alert.owner, Arc::new(told)));
            }
        }
    }

    /// What is told of an event.
    async fn alerts(
        &self,
        rules: &[Rule],
        event: &AlertEvent,
        now: Timestamp,
    ) -> Result<Vec<NewAlert>, Error> {
        let reader = &self.shared.reader;
        let Some(transition) = reader.transition_of(event).await? else { return Ok(Vec::new()) };
        let mut alerts = Vec::new();
        for Wanted { owner, channels, transition, zone } in self.wanted(rules, &transition, now) {
            let quiet = reader.alert_quiet(owner).await?;
            let moment = Moment {
                at: transition.at,
                now,
                is_quiet: quiet.is_some() && hours::is_open(quiet.as_ref(), now),
                last_told: reader.last_told(owner, event, AGAIN_MS).await?,
            };
            let zone = zone.or_else(|| quiet.map(|quiet| quiet.zone));
            let notice = {
                let board = self.shared.board();
                let Some(who) = board.friends.get(&transition.friend) else { continue };
                let (friend, region) = (&who.friend, (transition.region, transition.region_name.as_str()));
                let (kind, at, zone) = (transition.kind, transition.at, zone.as_deref());
                Happened { friend, region, kind, at, zone }.notice(now)
            };
            let channels = channels.into_iter().map(|channel| (channel, moment.skip(channel))).collect();
            let id = AlertId::new(id::new(now));
            alerts.push(NewAlert {
                id,
                owner,
                at: transition.at,
                made_at: now,
                correction: false,
                notice,
                channels,
            });
        }
        Ok(alerts)
    }

    /// Whose rules mean a transition, of those who may know of it now; each once, however many of their rules do.
    fn wanted(&self, rules: &[Rule], transition: &Transition, now: Timestamp) -> Vec<Wanted> {
        let board = self.shared.board();
        let of_region = board.region(transition.region).and_then(|region| region.details.schedule.as_ref());
        let mut wanted: BTreeMap<FriendId, Wanted> = BTreeMap::new();
        for rule in rules {
            if !rule.matches(transition, |hours| hours::is_open(Some(hours), transition.at)) {
                continue;
            }
            // Who may not sign in any more is told nothing.
            let owner = board.friends.get(&rule.owner).filter(|owner| owner.friend.role.is_some());
            let Some(owner) = owner else { continue };
            if let Some(known) = wanted.get_mut(&rule.owner) {
                known.channels.extend(&rule.channels);
                continue;
            }
            let viewer = owner.viewer();
            let Some(transition) = Sight::new(&board, &viewer).transition(transition.clone(), now) else {
                continue;
            };
            let zone = of_region.or(rule.hours.as_ref()).map(|schedule| schedule.zone.clone());
            let (owner, channels) = (rule.owner, rule.channels.clone());
            wanted.insert(owner, Wanted { owner, channels, transition, zone });
        }
        wanted.into_values().collect()
    }

    /// What is taken back of what was told of an event that was none; `None` where the same holds of a few minutes earlier or later: it was right.
    async fn corrections(&self, event: &AlertEvent, now: Timestamp) -> Result<Option<Vec<NewAlert>>, Error> {
        let reader = &self.shared.reader;
        let mut corrections = Vec::new();
        let instead = reader.nearest_held(event, INSTEAD_MS).await?;
        if instead.is_some_and(|instead| instead.millis_since(event.at).abs() < AGAIN_MS) {
            return Ok(None);
        }
        for told in reader.told_of(event, AGAIN_MS).await? {
            let quiet = reader.alert_quiet(told.owner).await?;
            let is_quiet = quiet.is_some() && hours::is_open(quiet.as_ref(), now);
            let moment = Moment { at: told.at, now, is_quiet, last_told: None };
            if told.sent.is_empty() {
                continue;
            }
            let board = self.shared.board();
            let (Some(owner), Some(who)) = (board.friends.get(&told.owner), board.friends.get(&event.friend))
            else {
                continue;
            };
            let viewer = owner.viewer();
            let sight = Sight::new(&board, &viewer);
            let tells = |at| sight.tells_of(event.friend, event.region, at, now);
            if !tells(told.at) {
                continue;
            }
            let instead = instead.filter(|instead| tells(*instead));
            let known = board.region(event.region).or_else(|| board.gone.get(&event.region));
            let name = known.map_or("a place", |region| region.name.as_str());
            let of_region = known.and_then(|region| region.details.schedule.as_ref());
            let zone = of_region.or(quiet.as_ref()).map(|schedule| schedule.zone.as_str());
            let (kind, at, region) = (event.kind, told.at, (event.region, name));
            let notice = Happened { friend: &who.friend, region, kind, at, zone }.correction(instead, now);
            let channels = told.sent.into_iter();
            let channels = channels.map(|channel| (channel, moment.skip_of_correction(channel))).collect();
            let (id, owner) = (AlertId::new(id::new(now)), told.owner);
            corrections.push(NewAlert { id, owner, at, made_at: now, correction: true, notice, channels });
        }
        Ok(Some(corrections))
    }

    /// Carries out one command. Answers whether somebody still waited for that.
    pub(super) async fn obey_about_alerts(&mut self, command: AlertCommand) -> bool {
        match command {
            AlertCommand::PutRule { rule, reply } => {
                reply.send(self.writer.put_alert_rule(&rule).await.map_err(Error::from)).is_ok()
            }
            AlertCommand::RemoveRule { owner, rule, reply } => {
                reply.send(self.writer.remove_alert_rule(owner, rule).await.map_err(Error::from)).is_ok()
            }
            AlertCommand::PutTarget { target, reply } => {
                reply.send(self.writer.put_alert_target(&target).await.map_err(Error::from)).is_ok()
            }
            AlertCommand::RemoveTarget { owner, channel, browser, reply } => {
                let done = self.writer.remove_alert_target(owner, channel, browser.as_deref()).await;
                reply.send(done.map_err(Error::from)).is_ok()
            }
            AlertCommand::BrowserGone { browser, reply } => {
                reply.send(self.writer.forget_browser(&browser).await.map_err(Error::from)).is_ok()
            }
            AlertCommand::PutQuiet { owner, hours, reply } => {
                let done = self.writer.put_alert_quiet(owner, hours.as_ref()).await;
                reply.send(done.map_err(Error::from)).is_ok()
            }
            AlertCommand::Note { place, note, reply } => {
                let done = self.writer.note_delivery(place, &note).await.map_err(Error::from);
                // What went out may have to be taken back by now.
                self.alerts_wait = true;
                reply.send(done).is_ok()
            }
        }
    }
}

//! Deleting what is stored of a friend: in one transaction what follows from messages, then the raw log step by step, then the files.

use super::Pipeline;
use crate::{
    Error,
    board::Reporter,
    command::{ForgetCommand, Forgot},
    hub::Call,
    judge, phone,
};
use domain::{DeviceId, FriendId, Span, Spot, Timestamp, geofence::DeviceState};
use serde_json::Value;
use std::{sync::Arc, time::Duration};
use store::{Forget, Forgetting, LeftKnown, Removed, Retained};
use tokio::time::Instant;

/// When a step that nobody waits for is done: whoever waits for them does the next before that.
const SOON: Duration = Duration::from_secs(5);
/// When it is tried again after a failure.
const LATER: Duration = Duration::from_mins(10);
/// How many of a device's last positions are looked at for one that may be shown.
const LAST: u32 = 50;
/// A message comes at the earliest so long before what it tells of: that is how far ahead a clock may be.
const AHEAD_MS: i64 = 2 * domain::Fix::MOST_AHEAD_MS;

impl Pipeline {
    /// Carries out one command. Answers whether somebody still waited for that.
    pub(super) async fn obey_about_forgetting(&mut self, command: ForgetCommand) -> bool {
        match command {
            ForgetCommand::Erase { friend, span, everything, reply } => {
                reply.send(self.forget(friend, span, everything).await).is_ok()
            }
            ForgetCommand::WriteSeen { friend, reply } => {
                let counted = self.shared.watched.take(Some(friend), usize::MAX);
                self.put_seen(counted).await;
                reply.send(Ok(())).is_ok()
            }
            ForgetCommand::On { reply } => reply.send(self.forget_on(true).await).is_ok(),
        }
    }

    /// Deletes everything but the raw messages, which follow in steps, and tells everybody.
    pub(super) async fn forget(
        &mut self,
        friend: FriendId,
        span: Span,
        everything: bool,
    ) -> Result<Removed, Error> {
        let now = self.shared.now();
        let span = Span { to: span.to.min(now.plus_millis(1)), ..span };
        let (devices, mut forgotten) = {
            let board = self.shared.board();
            let owner = board.friends.get(&friend).ok_or(Error::NotFound("friend"))?;
            (board.devices_of(owner).cloned().collect::<Vec<_>>(), owner.forgotten.clone())
        };
        forgotten.add(span);
        let (mut known, mut retained) = (Vec::new(), Vec::new());
        for device in &devices {
            known.push(self.left_known(device, span, everything, now).await?);
            for standing in self.shared.reader.retained_below(&device.topic).await? {
                let (decoded, _) = phone::unseal(Some(device), owntracks::decode(&standing.payload));
                if everything || decoded.iter().flatten().any(|message| judge::tells_of(message, span, None))
                {
                    retained.push(standing);
                }
            }
        }
        let topics = retained.iter().map(|standing| standing.topic.clone()).collect();
        let forget =
            Forget { friend, span, everything, forgotten, at: now, devices: known, retained: topics };
        let (removed, gone) = self.writer.forget(&forget).await?;
        if everything {
            self.shared.watched.forget(friend);
        }
        self.everything(Ok(())).await?;
        self.tell_gone(gone);
        for Retained { topic, qos, .. } in retained {
            let nothing = Retained { topic, payload: Vec::new(), qos };
            self.shared.hub.call(Call::Publish(Arc::new(nothing)));
        }
        self.forgets_at = Instant::now() + SOON;
        tracing::info!(%friend, everything, "stored data was deleted");
        Ok(removed)
    }

    /// What is known of a device when a time is gone.
    async fn left_known(
        &self,
        reporter: &Reporter,
        span: Span,
        everything: bool,
        now: Timestamp,
    ) -> Result<LeftKnown, Error> {
        let device = reporter.device.id;
        let judged = self.judged.get(&device).cloned().unwrap_or_default();
        let is_gone = |at: Timestamp| everything || span.covers(at);
        let blank = judged != DeviceState::default() && (everything || mentions(&judged, span));
        let judged = if blank {
            let newest = judged.judged_at().unwrap_or(Timestamp::MIN);
            DeviceState::blank(newest.max(span.to.min(now)), now)
        } else {
            judged
        };
        let spot = match &reporter.spot {
            Some(spot) if is_gone(spot.at) && everything => None,
            Some(spot) if is_gone(spot.at) => self.last_spot(device, span).await?,
            spot => spot.clone(),
        };
        // When it is expected follows from its rhythm.
        let spot = spot.map(|spot| Spot { expected: None, ..spot });
        Ok(LeftKnown { device, judged, spot, lost_at: reporter.lost_at.filter(|at| !is_gone(*at)), blank })
    }

    /// The newest position of a device that is not of a time.
    async fn last_spot(&self, device: DeviceId, span: Span) -> Result<Option<Spot>, Error> {
        for (from, to) in [(Some(span.to), None), (None, Some(span.from))] {
            let asked = store::FixQuery { device, from, to, after: None, limit: LAST };
            let found = self.shared.reader.fixes(&asked).await?;
            let good = |fix: &&domain::Fix| {
                fix.has_plausible_time() && !fix.is_null_island() && !span.covers(fix.believed_at())
            };
            if let Some(fix) = found.iter().find(good) {
                return Ok(Some(Spot::from(fix)));
            }
        }
        Ok(None)
    }

    /// A step that nobody waits for: after a restart, or when somebody read while the files were to be scrubbed.
    pub(super) async fn go_on_forgetting(&mut self) {
        if Instant::now() < self.forgets_at {
            return;
        }
        if let Err(error) = self.forget_on(false).await {
            tracing::warn!(%error, "deleted data is not gone from the files yet");
            self.forgets_at = Instant::now() + LATER;
        }
    }

    /// Goes one step further through the raw log, or scrubs the files when that is done.
    pub(super) async fn forget_on(&mut self, waited_for: bool) -> Result<Forgot, Error> {
        if waited_for {
            self.forgets_at = Instant::now() + SOON;
        }
        let Some(part) = self.writer.forgetting().await? else {
            return Ok(Forgot { friend: None, messages: 0, more: false, scrubbed: true });
        };
        let friend = Some(part.friend);
        if part.before == 0 {
            let scrubbed = self.writer.scrub().await?;
            return Ok(Forgot { friend, messages: 0, more: false, scrubbed });
        }
        let messages = self.forget_messages(&part).await?;
        Ok(Forgot { friend, messages, more: true, scrubbed: false })
    }

    async fn forget_messages(&mut self, part: &Forgetting) -> Result<u64, Error> {
        let devices: Vec<Reporter> = {
            let board = self.shared.board();
            let owner = board.friends.get(&part.friend);
            owner.into_iter().flat_map(|owner| board.devices_of(owner)).cloned().collect()
        };
        let topics: Vec<String> = devices.iter().map(|device| device.topic.to_string()).collect();
        let (suspects, first) = self.shared.reader.suspects(part, &topics).await?;
        let tells = |suspect: &store::Suspect| {
            let device = devices.iter().find(|device| Some(device.device.id) == suspect.device);
            let (decoded, _) = phone::unseal(device, owntracks::decode(&suspect.payload));
            let at = Some(suspect.received_at);
            decoded.iter().flatten().any(|message| judge::tells_of(message, part.span, at))
        };
        let gone = suspects.iter().filter(|suspect| part.span.covers(suspect.received_at) || tells(suspect));
        let ids: Vec<i64> = gone.map(|suspect| suspect.id).collect();
        let next = first.filter(|(_, came_at)| came_at.plus_millis(AHEAD_MS) >= part.span.from);
        let next = next.map_or(0, |(line, _)| line);
        Ok(self.writer.forget_messages(part, &ids, next).await?)
    }
}

/// Whether what the machine knows has anything to do with a time: whether any moment in it is of that time.
fn mentions(state: &DeviceState, span: Span) -> bool {
    fn any(value: &Value, span: Span) -> bool {
        match value {
            Value::Number(number) => {
                number.as_i64().is_some_and(|millis| span.covers(Timestamp::from_millis(millis)))
            }
            Value::Array(values) => values.iter().any(|value| any(value, span)),
            Value::Object(members) => members.values().any(|value| any(value, span)),
            Value::Null | Value::Bool(_) | Value::String(_) => false,
        }
    }
    serde_json::to_value(state).is_ok_and(|state| any(&state, span))
}

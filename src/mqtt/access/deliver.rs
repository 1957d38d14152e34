//! SUBSCRIBE and delivery: what is retained for whoever has just come, and what of each message its recipient gets.

use std::sync::Arc;

use async_trait::async_trait;
use rmqtt::codec::v5::RetainHandling;
use rmqtt::hook::{Handler, HookResult, Parameter, ReturnType};
use rmqtt::session::Session;
use rmqtt::types::{From, Publish, Subscribe};
use service::Hearsay;

use super::super::fitting::fits;
use super::Access;

/// Delivery: asked for every message to every recipient, live, retained or queued. "Expired" is how it is dropped.
pub(super) struct Deliver(pub(super) Arc<Access>);

#[async_trait]
impl Handler for Deliver {
    async fn hook(&self, param: &Parameter, acc: Option<HookResult>) -> ReturnType {
        let Parameter::MessageExpiryCheck(session, from, publish) = param else { return (true, acc) };
        let fits = session.connect_info().await.is_ok_and(|connect| fits(&connect, publish));
        if fits && is_farewell(from, publish) {
            return (true, acc);
        }
        if fits
            && self.0.may_receive(session, &publish.topic)
            && self.0.hearsay(session, publish) != Hearsay::Nothing
        {
            (true, acc)
        } else {
            (false, Some(HookResult::MessageExpiry))
        }
    }
}

/// Whether the server tells somebody that there is nothing to see any more where they saw a device (`showing`): then they may not receive
/// anything else of it.
fn is_farewell(from: &From, publish: &Publish) -> bool {
    from.is_system() && publish.retain && publish.payload.is_empty() && !publish.topic.ends_with("/info")
}

/// Delivery, once it is decided: some get less of a message than was said.
pub(super) struct Delivered(pub(super) Arc<Access>);

#[async_trait]
impl Handler for Delivered {
    async fn hook(&self, param: &Parameter, acc: Option<HookResult>) -> ReturnType {
        let Parameter::MessageDelivered(session, _, publish) = param else { return (true, acc) };
        let mut less = Publish::clone(publish);
        less.payload = match self.0.hearsay(session, publish) {
            Hearsay::Same => return (true, acc),
            Hearsay::Instead(payload) => payload.into(),
            Hearsay::Nothing => Vec::new().into(),
        };
        (true, Some(HookResult::Publish(less)))
    }
}

/// SUBSCRIBE, before it counts: remembers whether the session had this subscription already.
pub(super) struct BeforeSubscribe(pub(super) Arc<Access>);

#[async_trait]
impl Handler for BeforeSubscribe {
    async fn hook(&self, param: &Parameter, acc: Option<HookResult>) -> ReturnType {
        let Parameter::ClientSubscribe(session, subscribe) = param else { return (true, acc) };
        if subscribe.opts.retain_handling() == Some(RetainHandling::AtSubscribeNew)
            && let Ok(subscriptions) = session.subscriptions().await
            && subscriptions.read().await.contains_key(&subscribe.topic_filter)
        {
            self.0.repeated.insert((session.id.client_id.clone(), subscribe.topic_filter.clone()), ());
        }
        (true, acc)
    }
}

/// SUBSCRIBE, once it counts: the retained messages.
pub(super) struct AfterSubscribe(pub(super) Arc<Access>);

#[async_trait]
impl Handler for AfterSubscribe {
    async fn hook(&self, param: &Parameter, acc: Option<HookResult>) -> ReturnType {
        if let Parameter::SessionSubscribed(session, subscribe) = param {
            self.0.send_retained(session, subscribe).await;
        }
        (true, acc)
    }
}

impl Access {
    fn may_receive(&self, session: &Session, topic: &str) -> bool {
        self.accounts.of(&session.id).is_some_and(|account| account.may_receive(&self.service, topic))
    }

    /// What a session gets of a message.
    fn hearsay(&self, session: &Session, publish: &Publish) -> Hearsay {
        let account = self.accounts.of(&session.id);
        account.map_or(Hearsay::Nothing, |account| account.hearsay(&self.service, publish))
    }

    async fn send_retained(&self, session: &Session, subscribe: &Subscribe) {
        let wanted = match subscribe.opts.retain_handling() {
            None | Some(RetainHandling::AtSubscribe) => true,
            Some(RetainHandling::AtSubscribeNew) => self
                .repeated
                .remove(&(session.id.client_id.clone(), subscribe.topic_filter.clone()))
                .is_none(),
            Some(RetainHandling::NoAtSubscribe) => false,
        };
        let Some(account) = self.accounts.of(&session.id).filter(|_| wanted) else { return };
        let visible = self.shelf.matching(&subscribe.topic_filter, |topic, since| {
            account.may_receive_retained(&self.service, topic, since)
        });
        let entry = session.scx.extends.shared().await.entry(session.id.clone());
        for (from, mut publish) in visible {
            publish.dup = false;
            publish.retain = true;
            publish.qos = publish.qos.less_value(subscribe.opts.qos());
            publish.packet_id = None;
            // Fails only when the session is gone.
            if entry.publish(from, publish).await.is_err() {
                return;
            }
        }
    }
}

//! PUBLISH: what may be sent where, and that it is committed before it is acknowledged.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use async_trait::async_trait;
use domain::Attempt;
use rmqtt::codec::v5::PublishAckReason;
use rmqtt::hook::{Handler, HookResult, Parameter, ReturnType};
use rmqtt::types::{ClientId, FromType, Id, Publish, PublishAclResult, PublishResult, QoS};
use service::{Door, Inbound, Principal, Refusal};

use super::super::accounts::Account;
use super::Access;

/// How long a message waits for its commit while the database does not write. The connection answers nothing else meanwhile, so this
/// is shorter than the phones' patience with a ping (`OwnTracks` for iOS: a minute); then the connection is closed, and the phone comes
/// back and sends it again.
pub(in crate::mqtt) const COMMIT_PATIENCE: Duration = Duration::from_secs(20);
/// How long a connection is held after its message could not be committed, so that a phone that reconnects at once
/// does not do so in a tight loop.
const REFUSAL_PAUSE: Duration = Duration::from_secs(1);
/// A client id nobody can have (an empty one is replaced at CONNECT): a message directed to it reaches nobody.
const NOBODY: &str = "";

/// PUBLISH: the last question before the acknowledgement, and the only one whose answer can withhold it.
pub(super) struct Receive(pub(super) Arc<Access>);

#[async_trait]
impl Handler for Receive {
    async fn hook(&self, param: &Parameter, acc: Option<HookResult>) -> ReturnType {
        let Parameter::MessagePublishCheckAcl(session, publish) = param else { return (true, acc) };
        let verdict = match self.0.accounts.of(&session.id) {
            Some(account) => {
                if let Some(device) = account.device() {
                    self.0.pace.turn(device).await;
                }
                self.0.submit(&session.id, account, publish).await
            }
            None => Verdict::Lost,
        };
        let acknowledgement = match (&verdict, publish.qos) {
            (Verdict::Lost, _) | (_, QoS::AtMostOnce) => None,
            (_, QoS::AtLeastOnce) => Some("PUBACK"),
            (_, QoS::ExactlyOnce) => Some("PUBREC"),
        };
        self.0.watching.exchange(&session.id, "PUBLISH", acknowledgement);
        let answer = match verdict {
            Verdict::Committed => PublishAclResult::allow(),
            Verdict::Refused => PublishAclResult::rejected(false, None),
            Verdict::Lost => {
                // Disconnecting without an acknowledgement makes the phone send it again. A QoS 0 message has no
                // acknowledgement to withhold.
                let disconnect = publish.qos != QoS::AtMostOnce;
                if disconnect {
                    tokio::time::sleep(REFUSAL_PAUSE).await;
                }
                let reason = PublishAckReason::ImplementationSpecificError;
                PublishAclResult(PublishResult::reason_code(reason, None, disconnect))
            }
        };
        (false, Some(HookResult::PublishAclResult(answer)))
    }
}

/// The last will: `rmqtt` runs only this hook for it, and cannot be told to stop here.
pub(super) struct LastWill(pub(super) Arc<Access>);

#[async_trait]
impl Handler for LastWill {
    async fn hook(&self, param: &Parameter, acc: Option<HookResult>) -> ReturnType {
        let Parameter::MessagePublish(Some(session), from, publish) = param else { return (true, acc) };
        if !matches!(from.typ(), FromType::LastWill) {
            return (true, acc);
        }
        let verdict = match self.0.accounts.of(&session.id) {
            Some(account) if !self.0.closing.load(Ordering::Relaxed) => {
                self.0.submit(&session.id, account, publish).await
            }
            _ => Verdict::Lost,
        };
        match verdict {
            Verdict::Committed => (true, acc),
            Verdict::Refused | Verdict::Lost => {
                let mut silent = Publish::clone(publish).target_clientid(ClientId::from_static(NOBODY));
                silent.retain = false;
                (false, Some(HookResult::Publish(silent)))
            }
        }
    }
}

impl Access {
    /// Hands a message in and waits for the commit.
    async fn submit(&self, id: &Id, account: Account, publish: &Publish) -> Verdict {
        let device = account.device();
        let refusal = self.refusal(&account, publish);
        let owner = refusal.is_none();
        if let Some(refusal) = refusal {
            self.watching.refused(id, Attempt::Publish, &publish.topic, reason(refusal));
        }
        let inbound = Inbound {
            door: Door::Broker,
            principal: match (account, refusal) {
                (Account::Bridge, _) => Principal::Bridge,
                (Account::Device(account), None) if owns(&account.topic, &publish.topic) => {
                    Principal::Device(account)
                }
                (Account::Device(account), None) => Principal::Sensing(account),
                (Account::Device(account), Some(refusal)) => Principal::Refused(account, refusal),
            },
            topic: publish.topic.to_string(),
            payload: publish.payload.to_vec(),
            retained: publish.retain,
            qos: publish.qos.value(),
            received_at: crate::clock::now(),
        };
        match self.service.submit_within(COMMIT_PATIENCE, inbound).await {
            Ok(receipt) if owner && !receipt.came_back => Verdict::Committed,
            Ok(_) => Verdict::Refused,
            Err(error) => {
                tracing::warn!(?device, %error, "a message could not be committed and is not acknowledged");
                Verdict::Lost
            }
        }
    }

    /// Why a message is not let pass.
    fn refusal(&self, account: &Account, publish: &Publish) -> Option<Refusal> {
        let may_publish = match account {
            Account::Device(account) => {
                owns(&account.topic, &publish.topic) || self.service.may_observe(account, &publish.topic)
            }
            Account::Bridge => self.service.is_somebodys(&publish.topic),
        };
        if !may_publish {
            Some(Refusal::ForeignTopic)
        } else if !self.limits.allow_topic(&publish.topic) {
            Some(Refusal::LongTopic)
        } else if publish.payload.len() > usize::try_from(self.limits.payload_bytes).unwrap_or(usize::MAX) {
            Some(Refusal::LargePayload)
        } else {
            None
        }
    }
}

/// What became of a published message.
enum Verdict {
    /// Stored, and the device's own: acknowledge and forward.
    Committed,
    /// Stored as refused: acknowledge, do not forward.
    Refused,
    /// Not stored: neither.
    Lost,
}

/// Why, as the end of a sentence.
const fn reason(refusal: Refusal) -> &'static str {
    match refusal {
        Refusal::ForeignTopic => "the topic is not below its own",
        Refusal::LongTopic => "the topic is longer than is allowed here",
        Refusal::LargePayload => "the payload is larger than is allowed here",
    }
}

/// Is `topic` the device's own or below it, and a name that may be published to at all?
fn owns(base: &str, topic: &str) -> bool {
    topic.strip_prefix(base).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        && !topic.contains(['+', '#', '\0'])
}

#[cfg(test)]
mod tests {
    use super::owns;

    #[test]
    fn a_device_owns_its_topic_and_what_is_below() {
        let cases = [
            ("owntracks/ann/phone", true),
            ("owntracks/ann/phone/event", true),
            ("owntracks/ann/phone/", true),
            ("owntracks/ann/phone2", false),
            ("owntracks/ann", false),
            ("owntracks/bob/phone", false),
            ("owntracks/ann/phone/+", false),
            ("owntracks/ann/phone/#", false),
            ("owntracks/ann/phone/\0", false),
            ("$SYS/owntracks/ann/phone", false),
            ("", false),
        ];
        for (topic, expected) in cases {
            assert_eq!(owns("owntracks/ann/phone", topic), expected, "{topic:?}");
        }
    }
}

//! What is noted of the embedded broker for its admins: the newest packets of each session, and who was refused what.
//!
//! Notes only. What is allowed is decided in [`super::access`]; nothing here may change an answer, keep a payload or a password.

use async_trait::async_trait;
use domain::{Attempt, Refused};
use rmqtt::{
    context::ServerContext,
    hook::{Handler, HookResult, Parameter, ReturnType, Type},
    types::{ConnectInfo, Id, QoS},
};
use service::Service;

use super::accounts::Accounts;

/// Takes notes.
#[derive(Clone)]
pub(super) struct Watching {
    accounts: Accounts,
    service: Service,
}

impl Watching {
    pub(super) fn new(accounts: Accounts, service: Service) -> Self {
        Self { accounts, service }
    }

    /// Puts the hooks in place.
    pub(super) async fn register(&self, context: &ServerContext) {
        let register = context.extends.hook_mgr().register();
        let seen = [
            Type::ClientConnack,
            Type::ClientConnected,
            Type::ClientSubscribe,
            Type::ClientUnsubscribe,
            Type::ClientKeepalive,
            Type::MessageDelivered,
            Type::MessageAcked,
        ];
        for moment in seen {
            register.add(moment, Box::new(Seen(self.clone()))).await;
        }
        register.start().await;
    }

    /// A session has sent this, and is answered with that.
    pub(super) fn exchange(&self, id: &Id, came: &'static str, went: Option<&'static str>) {
        let now = crate::clock::now();
        self.accounts.saw(id, Some((came, now)), went.map(|went| (went, now)));
    }

    /// A sign-in was refused.
    pub(super) fn refused_sign_in(&self, info: &ConnectInfo, reason: &str) {
        let (id, username) = (info.id(), info.username().map(ToString::to_string).unwrap_or_default());
        self.refuse(id, Attempt::SignIn, username, None, reason);
    }

    /// Something else of a session was refused.
    pub(super) fn refused(&self, id: &Id, attempt: Attempt, topic: &str, reason: &str) {
        let username = id.username.as_ref().map(ToString::to_string).unwrap_or_default();
        self.refuse(id, attempt, username, Some(topic.to_owned()), reason);
    }

    fn refuse(&self, id: &Id, attempt: Attempt, username: String, topic: Option<String>, reason: &str) {
        self.service.note_refusal(Refused {
            at: crate::clock::now(),
            attempt,
            username,
            client_id: id.client_id.to_string(),
            address: id.remote_addr.map(|address| address.to_string()),
            topic,
            reason: reason.to_owned(),
        });
    }
}

/// What needs no answer of ours.
struct Seen(Watching);

#[async_trait]
impl Handler for Seen {
    #[expect(clippy::wildcard_enum_match_arm, reason = "the library has many moments, and more to come")]
    async fn hook(&self, param: &Parameter, acc: Option<HookResult>) -> ReturnType {
        let notes = &self.0;
        match param {
            // A wrong password was noted where it was checked.
            Parameter::ClientConnack(info, answer) if !answer.success() && !answer.not_authorized() => {
                notes.refused_sign_in(
                    info,
                    "there is no room for one more session, or the client id will not do",
                );
            }
            Parameter::ClientConnected(session) => notes.exchange(&session.id, "CONNECT", Some("CONNACK")),
            Parameter::ClientSubscribe(session, _) => {
                notes.exchange(&session.id, "SUBSCRIBE", Some("SUBACK"));
            }
            Parameter::ClientUnsubscribe(session, _) => {
                notes.exchange(&session.id, "UNSUBSCRIBE", Some("UNSUBACK"));
            }
            Parameter::ClientKeepalive(session, true) => {
                notes.exchange(&session.id, "PINGREQ", Some("PINGRESP"));
            }
            Parameter::MessageDelivered(session, ..) => {
                notes.accounts.saw(&session.id, None, Some(("PUBLISH", crate::clock::now())));
            }
            Parameter::MessageAcked(session, _, publish) => {
                let kind = if publish.qos == QoS::ExactlyOnce { "PUBCOMP" } else { "PUBACK" };
                notes.exchange(&session.id, kind, None);
            }
            _ => {}
        }
        (true, acc)
    }
}

//! The broker's rules, as `rmqtt` hooks: who may sign in, publish where, and be sent what.
//!
//! | moment | rule |
//! | --- | --- |
//! | CONNECT | user name and password of a device, or a token as another broker's password; else a CONNACK that says no |
//! | PUBLISH | committed before the acknowledgement; outside the device's own topic and its group's sensors: recorded as refused, not forwarded. Another broker speaks for everybody |
//! | last will | the same; `rmqtt` asks no permission for wills, so a refused one is sent to nobody |
//! | SUBSCRIBE | anything, up to a number of filters and of their levels; the retained messages the subscriber may see follow |
//! | delivery | dropped unless the recipient may receive the topic, asked again for each message |
//!
//! This room must not decode payloads and must not log topics of others, payloads or passwords.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use domain::{Attempt, arrival::Line};
use rmqtt::codec::v5::{PublishAckReason, RetainHandling};
use rmqtt::context::ServerContext;
use rmqtt::hook::{Handler, HookResult, Parameter, ReturnType, Type};
use rmqtt::session::Session;
use rmqtt::types::{
    AuthResult, ClientId, ConnectInfo, DashMap, From, FromType, Id, Publish, PublishAclResult, PublishResult,
    QoS, Subscribe, TopicFilter,
};
use service::{Door, Hearsay, Inbound, Principal, Refusal, Service};

use super::{
    accounts::{Account, Accounts},
    asking::Asking,
    doors::TLS_LISTENER,
    fitting::fits,
    limits::Limits,
    pace::Pace,
    retained::Shelf,
    watching::Watching,
};

/// How often a sign-in is tried again when the database does not answer.
const SIGN_IN_ATTEMPTS: u32 = 3;
/// The wait for one such attempt, and between two.
const SIGN_IN_TIMEOUT: Duration = Duration::from_secs(10);
const SIGN_IN_PAUSE: Duration = Duration::from_secs(1);
/// How long a sign-in waits for the end of a session of the same client id that is being torn down: so often, so long.
const TEARDOWN_ATTEMPTS: u32 = 400;
const TEARDOWN_PAUSE: Duration = Duration::from_millis(5);
/// How long a message waits for its commit while the database does not write. The connection answers nothing else meanwhile, so this
/// is shorter than the phones' patience with a ping (`OwnTracks` for iOS: a minute); then the connection is closed, and the phone comes
/// back and sends it again.
pub(super) const COMMIT_PATIENCE: Duration = Duration::from_secs(20);
/// How long a connection is held after its message could not be committed, so that a phone that reconnects at once
/// does not do so in a tight loop.
const REFUSAL_PAUSE: Duration = Duration::from_secs(1);
/// A client id nobody can have (an empty one is replaced at CONNECT): a message directed to it reaches nobody.
const NOBODY: &str = "";

/// What all hooks share.
pub(super) struct Access {
    context: ServerContext,
    service: Service,
    accounts: Accounts,
    shelf: Shelf,
    limits: Limits,
    pace: Pace,
    watching: Watching,
    /// Set while the server stops: the wills of the connections we close ourselves say nothing about the phones.
    closing: AtomicBool,
    /// Filters a session subscribes to for the second time; see [`RetainHandling::AtSubscribeNew`].
    repeated: DashMap<(ClientId, TopicFilter), ()>,
}

impl Access {
    /// The rules over `service`; `shelf` holds the retained messages.
    pub(super) fn new(
        context: ServerContext,
        service: Service,
        accounts: Accounts,
        shelf: Shelf,
        limits: Limits,
    ) -> Arc<Self> {
        let (closing, repeated) = (AtomicBool::new(false), DashMap::default());
        let pace = Pace::new(limits.device_rate);
        let watching = Watching::new(accounts.clone(), service.clone());
        Arc::new(Self { context, service, accounts, shelf, limits, pace, watching, closing, repeated })
    }

    /// Puts the hooks in place.
    pub(super) async fn register(self: &Arc<Self>) {
        let register = self.context.extends.hook_mgr().register();
        register.add(Type::ClientAuthenticate, Box::new(SignIn(self.clone()))).await;
        register.add(Type::MessagePublishCheckAcl, Box::new(Receive(self.clone()))).await;
        register.add(Type::MessagePublish, Box::new(LastWill(self.clone()))).await;
        register.add(Type::MessageExpiryCheck, Box::new(Deliver(self.clone()))).await;
        register.add(Type::MessageDelivered, Box::new(Delivered(self.clone()))).await;
        register.add(Type::ClientSubscribe, Box::new(BeforeSubscribe(self.clone()))).await;
        let asking = Asking::new(self.limits.topic_levels, self.watching.clone());
        register.add(Type::ClientSubscribeCheckAcl, Box::new(asking)).await;
        register.add(Type::SessionSubscribed, Box::new(AfterSubscribe(self.clone()))).await;
        register.add(Type::SessionTerminated, Box::new(Ended(self.accounts.clone()))).await;
        register.start().await;
        self.watching.register(&self.context).await;
    }

    /// From now on connections end because the server stops.
    pub(super) fn close(&self) {
        self.closing.store(true, Ordering::Relaxed);
    }

    async fn sign_in(&self, info: &ConnectInfo) -> AuthResult {
        let answer = self.check_sign_in(info).await;
        match answer {
            AuthResult::Allow(..) => {}
            AuthResult::BadUsernameOrPassword | AuthResult::NotFound => {
                self.watching.refused_sign_in(info, service::WRONG_PASSWORD);
            }
            AuthResult::NotAuthorized if info.password().is_none() => {
                self.watching.refused_sign_in(info, "there was no user name or no password");
            }
            AuthResult::NotAuthorized => {
                self.watching.refused_sign_in(info, "the database did not answer");
            }
        }
        answer
    }

    async fn check_sign_in(&self, info: &ConnectInfo) -> AuthResult {
        let (Some(username), Some(password)) = (info.username(), info.password()) else {
            return AuthResult::NotAuthorized;
        };
        let Ok(password) = std::str::from_utf8(password) else {
            return AuthResult::BadUsernameOrPassword;
        };
        let peer = info.ipaddress().map(|address| address.ip().to_string()).unwrap_or_default();
        for attempt in 1..=SIGN_IN_ATTEMPTS {
            let asked = self.account(username, password, &peer);
            match tokio::time::timeout(SIGN_IN_TIMEOUT, asked).await {
                Ok(Ok(Some(account))) => {
                    self.make_way(info.id()).await;
                    self.accounts.remember(info.id(), account.clone());
                    if account.is_current(&self.service) {
                        self.make_room(&account, info.id()).await;
                        if let Account::Device(account) = &account {
                            let encrypted = info.id().lid == TLS_LISTENER;
                            let line = if encrypted { Line::Encrypted } else { Line::Plain };
                            self.service.note_sign_in(account.device, line);
                        }
                        return AuthResult::Allow(false, None);
                    }
                    // Changed in between, and whoever follows the changes may have looked before it was remembered.
                    self.accounts.keep(|known| *known != account);
                    return AuthResult::BadUsernameOrPassword;
                }
                Ok(Ok(None)) => return AuthResult::BadUsernameOrPassword,
                // Before the password was looked at: not authorised, which phones take for something that passes.
                Ok(Err(service::Error::Busy { .. })) => return AuthResult::NotAuthorized,
                Ok(Err(error)) => tracing::warn!(attempt, %error, "a device's sign-in could not be checked"),
                Err(_) => tracing::warn!(attempt, "a device's sign-in took too long to check"),
            }
            tokio::time::sleep(SIGN_IN_PAUSE).await;
        }
        // `rmqtt` cannot answer "server unavailable" from here; "not authorised" at least differs from "bad password".
        AuthResult::NotAuthorized
    }

    /// Whose name and password these are.
    async fn account(
        &self,
        username: &str,
        password: &str,
        peer: &str,
    ) -> Result<Option<Account>, service::Error> {
        if let Some(account) = self.service.sign_in_device(username, password, peer).await? {
            return Ok(Some(Account::Device(account)));
        }
        Ok(self.service.sign_in_bridge(password).await?.then_some(Account::Bridge))
    }

    /// Clears up behind an earlier session of the same client id.
    ///
    /// One of another device, or from before a new password, must not pass on its subscriptions and queue. One that is
    /// just being torn down would make `rmqtt` answer "server unavailable" to a phone that reconnects quickly, so it is
    /// waited for.
    async fn make_way(&self, id: &Id) {
        for attempt in 0..TEARDOWN_ATTEMPTS {
            let mut entry = self.context.extends.shared().await.entry(id.clone());
            let Some(session) = entry.session() else { return };
            let is_ours = session.id.username == id.username
                && self.accounts.of(&session.id).is_some_and(|account| account.is_current(&self.service));
            if !is_ours {
                // Fails when somebody else is ending it at this moment: then look again.
                match entry.kick(true, true, true).await {
                    Ok(_) => return,
                    Err(_) => tokio::time::sleep(TEARDOWN_PAUSE).await,
                }
                continue;
            }
            // At the first look its connection may be closed already, only not noticed yet.
            let alive = attempt > 0 && session.connected().await.unwrap_or(true);
            if alive || is_persistent(&session).await {
                return;
            }
            tokio::time::sleep(TEARDOWN_PAUSE).await;
        }
    }

    /// Ends the oldest sessions of a device that has too many.
    async fn make_room(&self, account: &Account, id: &Id) {
        let Some(device) = account.device() else { return };
        for old in self.accounts.surplus(device, self.limits.device_sessions, id) {
            tracing::info!(%device, "a device has too many sessions; the oldest ends");
            let mut entry = self.context.extends.shared().await.entry(old.clone());
            if entry.session().is_some_and(|session| session.id == old) {
                if let Err(error) = entry.kick(true, true, true).await {
                    tracing::debug!(%error, "a session has ended by itself");
                }
            } else {
                self.accounts.release(&old);
            }
        }
    }

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

/// Does the session outlive its connection?
pub(super) async fn is_persistent(session: &Session) -> bool {
    match session.connect_info().await.as_deref() {
        Ok(ConnectInfo::V3(_, connect)) => !connect.clean_session,
        Ok(ConnectInfo::V5(..)) => !session.fitter.session_expiry_interval(None).is_zero(),
        Err(_) => false,
    }
}

/// Is `topic` the device's own or below it, and a name that may be published to at all?
fn owns(base: &str, topic: &str) -> bool {
    topic.strip_prefix(base).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        && !topic.contains(['+', '#', '\0'])
}

/// CONNECT: the account behind user name and password.
struct SignIn(Arc<Access>);

#[async_trait]
impl Handler for SignIn {
    async fn hook(&self, param: &Parameter, acc: Option<HookResult>) -> ReturnType {
        let Parameter::ClientAuthenticate(info) = param else { return (true, acc) };
        (false, Some(HookResult::AuthResult(self.0.sign_in(info).await)))
    }
}

/// PUBLISH: the last question before the acknowledgement, and the only one whose answer can withhold it.
struct Receive(Arc<Access>);

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
struct LastWill(Arc<Access>);

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

/// Delivery: asked for every message to every recipient, live, retained or queued. "Expired" is how it is dropped.
struct Deliver(Arc<Access>);

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
struct Delivered(Arc<Access>);

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
struct BeforeSubscribe(Arc<Access>);

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
struct AfterSubscribe(Arc<Access>);

#[async_trait]
impl Handler for AfterSubscribe {
    async fn hook(&self, param: &Parameter, acc: Option<HookResult>) -> ReturnType {
        if let Parameter::SessionSubscribed(session, subscribe) = param {
            self.0.send_retained(session, subscribe).await;
        }
        (true, acc)
    }
}

/// The end of a session: nobody holds it any more.
struct Ended(Accounts);

#[async_trait]
impl Handler for Ended {
    async fn hook(&self, param: &Parameter, acc: Option<HookResult>) -> ReturnType {
        if let Parameter::SessionTerminated(session, _) = param {
            self.0.release(&session.id);
        }
        (true, acc)
    }
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

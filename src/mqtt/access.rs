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

mod deliver;
mod receive;
mod sign_in;

pub(super) use receive::COMMIT_PATIENCE;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use rmqtt::context::ServerContext;
use rmqtt::hook::Type;
use rmqtt::session::Session;
use rmqtt::types::{ClientId, ConnectInfo, DashMap, TopicFilter};
use service::Service;

use self::{
    deliver::{AfterSubscribe, BeforeSubscribe, Deliver, Delivered},
    receive::{LastWill, Receive},
    sign_in::{Ended, SignIn},
};
use super::{
    accounts::Accounts, asking::Asking, limits::Limits, pace::Pace, retained::Shelf, watching::Watching,
};

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
    /// Filters a session subscribes to for the second time; see [`BeforeSubscribe`].
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
}

/// Does the session outlive its connection?
pub(super) async fn is_persistent(session: &Session) -> bool {
    match session.connect_info().await.as_deref() {
        Ok(ConnectInfo::V3(_, connect)) => !connect.clean_session,
        Ok(ConnectInfo::V5(..)) => !session.fitter.session_expiry_interval(None).is_zero(),
        Err(_) => false,
    }
}

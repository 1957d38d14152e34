//! CONNECT: who may sign in, and how room is made for them.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use domain::arrival::Line;
use rmqtt::hook::{Handler, HookResult, Parameter, ReturnType};
use rmqtt::types::{AuthResult, ConnectInfo, Id};

use super::super::{
    accounts::{Account, Accounts},
    doors::TLS_LISTENER,
};
use super::{Access, is_persistent};

/// How often a sign-in is tried again when the database does not answer.
const SIGN_IN_ATTEMPTS: u32 = 3;
/// The wait for one such attempt, and between two.
const SIGN_IN_TIMEOUT: Duration = Duration::from_secs(10);
const SIGN_IN_PAUSE: Duration = Duration::from_secs(1);
/// How long a sign-in waits for the end of a session of the same client id that is being torn down: so often, so long.
const TEARDOWN_ATTEMPTS: u32 = 400;
const TEARDOWN_PAUSE: Duration = Duration::from_millis(5);

/// CONNECT: the account behind user name and password.
pub(super) struct SignIn(pub(super) Arc<Access>);

#[async_trait]
impl Handler for SignIn {
    async fn hook(&self, param: &Parameter, acc: Option<HookResult>) -> ReturnType {
        let Parameter::ClientAuthenticate(info) = param else { return (true, acc) };
        (false, Some(HookResult::AuthResult(self.0.sign_in(info).await)))
    }
}

/// The end of a session: nobody holds it any more.
pub(super) struct Ended(pub(super) Accounts);

#[async_trait]
impl Handler for Ended {
    async fn hook(&self, param: &Parameter, acc: Option<HookResult>) -> ReturnType {
        if let Parameter::SessionTerminated(session, _) = param {
            self.0.release(&session.id);
        }
        (true, acc)
    }
}

impl Access {
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
}

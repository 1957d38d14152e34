//! Where a friend's alerts go, when they are left in peace, and the tests of that. What is secret of it is sealed, as outlets' passwords are.

use super::{Desk, sending::AlertTask, words};
use crate::{
    Error, Service,
    command::{AlertCommand, Command},
    hub::News,
    id,
    near::themself,
    outlet::seal,
    region::check_schedule,
    secret,
};
use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use domain::{
    AlertId, FriendId, Schedule, Timestamp, Viewer,
    alert::{Channel, MOST_BROWSERS, Told},
};
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use store::SecretHash;

/// The longest URL or address, bytes.
const MAX_BYTES: usize = 1024;
/// The longest address of mail, bytes.
const MAX_ADDRESS: usize = 254;
/// The longest name of a topic.
const MAX_TOPIC: usize = 64;

/// Where alerts go, with what is secret of it.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum AlertTarget {
    /// E-mail.
    Mail {
        /// To whom.
        address: String,
    },
    /// A topic of an ntfy server.
    Ntfy {
        /// The server and behind it the topic.
        url: String,
        /// What lets us in there, if that takes something.
        token: Option<String>,
    },
    /// Somebody's own web server.
    Webhook {
        /// Where.
        url: String,
        /// What our messages are signed with.
        secret: String,
    },
    /// A browser.
    Push {
        /// Where.
        endpoint: String,
        /// The browser's public key: 65 bytes, base64 for URLs.
        p256dh: String,
        /// What only the browser and we know: 16 bytes, base64 for URLs.
        auth: String,
    },
}

/// Where somebody wants alerts to go.
#[derive(Clone)]
pub enum ChannelDraft {
    /// E-mail, to this address.
    Mail(String),
    /// A topic of an ntfy server, with what lets us in there.
    Ntfy(String, Option<String>),
    /// Somebody's own web server.
    Webhook(String),
    /// A browser.
    Push(BrowserDraft),
}

/// A browser that is to show alerts, as it says itself.
#[derive(Clone)]
pub struct BrowserDraft {
    /// Where it gets them.
    pub endpoint: String,
    /// Its public key.
    pub p256dh: String,
    /// Its secret.
    pub auth: String,
    /// The cookie of the session in which it asks: it shows alerts for as long as that holds. `None` for until it is removed.
    pub session: Option<String>,
}

/// Where somebody's alerts go, as they see it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct AlertChannels {
    /// The address of mail.
    pub mail: Option<String>,
    /// Whether this server sends mail at all.
    pub mail_set_up: bool,
    /// The server and topic of ntfy, and whether there is a token for it.
    pub ntfy: Option<(String, bool)>,
    /// The URL of the webhook.
    pub webhook: Option<String>,
    /// The browsers.
    pub browsers: Vec<AlertBrowser>,
    /// By what browsers know that a push message is from here: 65 bytes, base64 for URLs.
    pub push_key: Option<String>,
    /// When they are left in peace.
    pub quiet: Option<Schedule>,
}

/// A browser that gets push messages.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AlertBrowser {
    /// Where it gets them.
    pub endpoint: String,
    /// Since when.
    pub made_at: Timestamp,
}

impl AlertTarget {
    pub(super) fn channel(&self) -> Channel {
        match self {
            Self::Mail { .. } => Channel::Mail,
            Self::Ntfy { .. } => Channel::Ntfy,
            Self::Webhook { .. } => Channel::Webhook,
            Self::Push { .. } => Channel::Push,
        }
    }

    /// By what it is told apart from others of its channel.
    fn browser(&self) -> String {
        match self {
            Self::Push { endpoint, .. } => browser_at(endpoint),
            Self::Mail { .. } | Self::Ntfy { .. } | Self::Webhook { .. } => String::new(),
        }
    }
}

pub(super) fn browser_at(endpoint: &str) -> String {
    secret::proof(endpoint)
}

impl ChannelDraft {
    /// For as long as which session it holds.
    fn session(&self) -> Option<SecretHash> {
        match self {
            Self::Push(browser) => browser.session.as_deref().map(secret::hash),
            Self::Mail(_) | Self::Ntfy(..) | Self::Webhook(_) => None,
        }
    }

    /// Where that is, if it can be; a webhook gets a new secret.
    fn check(self, desk: &Desk) -> Result<AlertTarget, Error> {
        match self {
            Self::Mail(address) => {
                let address = address.trim().to_owned();
                let fits = |c: char| !c.is_control() && !c.is_whitespace() && !"<>,;:\"\\()[]".contains(c);
                let is_one = address.len() <= MAX_ADDRESS
                    && address.chars().all(fits)
                    && address.split_once('@').is_some_and(|(user, host)| {
                        !user.is_empty() && !host.is_empty() && !host.contains('@')
                    });
                if !is_one {
                    return Err(Error::invalid("address", "must be one such as ann@example.org"));
                }
                if !desk.open()?.abilities.mail {
                    return Err(Error::invalid("address", "cannot be used: this server sends no mail"));
                }
                Ok(AlertTarget::Mail { address })
            }
            Self::Ntfy(url, token) => {
                let url = desk.url("url", &url)?;
                let topic =
                    url.split('?').next().and_then(|path| path.rsplit('/').next()).unwrap_or_default();
                let fits = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-';
                let has_path = url.matches('/').count() > 2;
                if !has_path || topic.is_empty() || topic.len() > MAX_TOPIC || !topic.chars().all(fits) {
                    let why = "must be a server and a topic, such as https://ntfy.example.org/my-topic";
                    return Err(Error::invalid("url", why));
                }
                let token = token.map(|token| token.trim().to_owned()).filter(|token| !token.is_empty());
                let fits = |token: &String| {
                    token.len() <= MAX_BYTES && token.bytes().all(|byte| byte.is_ascii_graphic())
                };
                if !token.iter().all(fits) {
                    return Err(Error::invalid("token", "must be at most 1024 letters, digits and signs"));
                }
                Ok(AlertTarget::Ntfy { url, token })
            }
            Self::Webhook(url) => {
                Ok(AlertTarget::Webhook { url: desk.url("url", &url)?, secret: secret::random()? })
            }
            Self::Push(BrowserDraft { endpoint, p256dh, auth, session: _ }) => {
                let endpoint = desk.url("endpoint", &endpoint)?;
                let bytes = |text: &str| BASE64_URL_SAFE_NO_PAD.decode(text.trim_end_matches('=')).ok();
                if bytes(&p256dh).is_none_or(|key| key.len() != 65 || key.first() != Some(&4)) {
                    return Err(Error::invalid("p256dh", "must be the key of a browser"));
                }
                if bytes(&auth).is_none_or(|auth| auth.len() != 16) {
                    return Err(Error::invalid("auth", "must be the secret of a browser"));
                }
                let plain = |text: String| text.trim_end_matches('=').to_owned();
                Ok(AlertTarget::Push { endpoint, p256dh: plain(p256dh), auth: plain(auth) })
            }
        }
    }
}

impl Desk {
    /// A URL to which messages may go, as far as can be said without asking for its addresses.
    fn url(&self, field: &'static str, text: &str) -> Result<String, Error> {
        let text = text.trim();
        if text.is_empty() || text.len() > MAX_BYTES {
            return Err(Error::invalid(field, "must be a URL of at most 1024 bytes"));
        }
        (self.open()?.abilities.allows)(text).map_err(|why| Error::invalid(field, why))?;
        Ok(text.to_owned())
    }
}

impl Service {
    /// Where the alerts of whoever asks go.
    ///
    /// # Errors
    /// [`Error::Forbidden`] unless it is a friend who asks; when the database fails.
    pub async fn alert_channels(&self, by: &Viewer) -> Result<AlertChannels, Error> {
        let owner = themself(by)?;
        let abilities = &self.shared.alerts.open()?.abilities;
        let mut channels = AlertChannels {
            mail_set_up: abilities.mail,
            push_key: Some(abilities.push_key.clone()),
            quiet: self.shared.reader.alert_quiet(owner).await?,
            ..AlertChannels::default()
        };
        for (target, made_at) in self.alert_targets(owner).await? {
            match target {
                AlertTarget::Mail { address } => channels.mail = Some(address),
                AlertTarget::Ntfy { url, token } => channels.ntfy = Some((url, token.is_some())),
                AlertTarget::Webhook { url, .. } => channels.webhook = Some(url),
                AlertTarget::Push { endpoint, .. } => {
                    channels.browsers.push(AlertBrowser { endpoint, made_at });
                }
            }
        }
        Ok(channels)
    }

    /// Says where alerts go from now on. Answers a webhook's secret, which is not told again.
    ///
    /// # Errors
    /// [`Error::Forbidden`] unless it is a friend who asks; [`Error::Invalid`] with the field; [`Error::Busy`] after too many.
    pub async fn put_alert_channel(&self, by: &Viewer, draft: ChannelDraft) -> Result<Option<String>, Error> {
        let owner = themself(by)?;
        self.shared.guard.admit_alert(owner)?;
        let session = draft.session();
        let target = draft.check(&self.shared.alerts)?;
        let (channel, browser) = (target.channel(), target.browser());
        let made_at = self.shared.now();
        let known = self.shared.reader.alert_targets(owner, made_at).await?;
        let others = known.iter().filter(|known| known.channel == channel && known.browser != browser);
        if channel == Channel::Push && others.count() >= MOST_BROWSERS {
            let why = format!("cannot be one more: there are {MOST_BROWSERS} browsers already");
            return Err(Error::invalid("endpoint", why));
        }
        let plain =
            serde_json::to_string(&target).map_err(|_error| Error::Machine("no JSON of a channel"))?;
        let sealed = seal::seal(&plain, self.shared.outlets.secret()?)?;
        self.keep_target(store::AlertTarget { owner, channel, browser, sealed, made_at, session }).await?;
        Ok(match target {
            AlertTarget::Webhook { secret, .. } => Some(secret),
            AlertTarget::Mail { .. } | AlertTarget::Ntfy { .. } | AlertTarget::Push { .. } => None,
        })
    }

    /// The browsers that show alerts for as long as a session holds.
    pub(crate) async fn browsers_of(
        &self,
        owner: FriendId,
        session: SecretHash,
    ) -> Result<Vec<store::AlertTarget>, Error> {
        let known = self.shared.reader.alert_targets(owner, self.shared.now()).await?.into_iter();
        Ok(known.filter(|target| target.session == Some(session)).collect())
    }

    /// Has browsers show alerts for as long as another session holds, which took the place of theirs.
    pub(crate) async fn move_browsers(
        &self,
        browsers: Vec<store::AlertTarget>,
        session: SecretHash,
    ) -> Result<(), Error> {
        for browser in browsers {
            self.keep_target(store::AlertTarget { session: Some(session), ..browser }).await?;
        }
        Ok(())
    }

    async fn keep_target(&self, target: store::AlertTarget) -> Result<(), Error> {
        let target = Box::new(target);
        self.command(|reply| Command::Alert(AlertCommand::PutTarget { target, reply })).await
    }

    /// Has alerts not go there any more: by a channel, and of several browsers to one or all.
    ///
    /// # Errors
    /// [`Error::Forbidden`] unless it is a friend who asks; [`Error::NotFound`].
    pub async fn remove_alert_channel(
        &self,
        by: &Viewer,
        channel: Channel,
        endpoint: Option<&str>,
    ) -> Result<(), Error> {
        let owner = themself(by)?;
        let browser = endpoint.filter(|_| channel == Channel::Push).map(browser_at);
        let gone = self
            .command(|reply| Command::Alert(AlertCommand::RemoveTarget { owner, channel, browser, reply }))
            .await?;
        if gone > 0 { Ok(()) } else { Err(Error::NotFound("channel")) }
    }

    /// Says when alerts reach nothing but an open page; `None` for never.
    ///
    /// # Errors
    /// [`Error::Forbidden`] unless it is a friend who asks; [`Error::Invalid`] for `hours` and `zone`.
    pub async fn set_quiet_hours(&self, by: &Viewer, hours: Option<Schedule>) -> Result<(), Error> {
        let owner = themself(by)?;
        hours.as_ref().map_or(Ok(()), check_schedule)?;
        self.command(|reply| Command::Alert(AlertCommand::PutQuiet { owner, hours, reply })).await
    }

    /// Sends a test by a channel. `Ok(Err(_))` says in words why that did not work.
    ///
    /// # Errors
    /// [`Error::Forbidden`] unless it is a friend who asks; [`Error::Busy`] when too many tests wait, or were asked for.
    pub async fn try_alert_channel(
        &self,
        by: &Viewer,
        channel: Channel,
    ) -> Result<Result<(), String>, Error> {
        let owner = themself(by)?;
        self.shared.guard.admit_alert(owner)?;
        let at = self.shared.now();
        let told = Told { id: AlertId::new(id::new(at)), at, notice: words::test() };
        if channel == Channel::Page {
            self.shared.hub.publish(News::Alert(owner, Arc::new(told)));
            return Ok(Ok(()));
        }
        let targets = self.targets_of(owner, channel).await?;
        if targets.is_empty() {
            return Ok(Err("this channel is not set up".to_owned()));
        }
        self.try_out(owner, AlertTask { channel, told, targets, is_test: true }).await
    }

    /// Where the alerts of a friend go by a channel.
    pub(super) async fn targets_of(
        &self,
        owner: FriendId,
        channel: Channel,
    ) -> Result<Vec<AlertTarget>, Error> {
        let targets = self.alert_targets(owner).await?.into_iter().map(|(target, _)| target);
        Ok(targets.filter(|target| target.channel() == channel).collect())
    }

    /// All of them. What was sealed with another key, say before a restored backup, is none.
    async fn alert_targets(&self, owner: FriendId) -> Result<Vec<(AlertTarget, Timestamp)>, Error> {
        let secret = self.shared.outlets.secret()?;
        let rows = self.shared.reader.alert_targets(owner, self.shared.now()).await?.into_iter();
        let open = |row: store::AlertTarget| {
            let plain = seal::open(row.sealed, secret)?;
            Some((serde_json::from_str(&plain).ok()?, row.made_at))
        };
        Ok(rows.filter_map(open).collect())
    }
}

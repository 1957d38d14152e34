//! Who signs in: people with passwords and sessions, devices with credentials, scripts with tokens.

use crate::{Error, Principal, Service, command::Command, id, inbound::DeviceAccount, secret};
use domain::{Device, DeviceId, Friend, FriendId, GroupId, Name, Role, TokenId, Viewer};
use governor::{Quota, RateLimiter, clock::DefaultClock, state::keyed::DefaultKeyedStateStore};
use std::{num::NonZeroU32, sync::Mutex, time::Duration};

/// How long a session lasts: 60 days.
const SESSION_MS: i64 = 60 * 24 * 3600 * 1000;
/// The shortest password, in characters.
const SHORTEST_PASSWORD: usize = 8;
/// The longest, in bytes, so that hashing stays cheap.
const LONGEST_PASSWORD: usize = 1024;

/// Somebody who is signed in.
#[derive(Clone, Debug)]
pub struct SignedIn {
    /// What they may see and do.
    pub viewer: Viewer,
    /// Who.
    pub friend: FriendId,
    /// What they are called.
    pub name: Name,
    /// What they may do.
    pub role: Role,
    /// The cookie.
    pub session: String,
}

/// A session that has begun.
pub struct NewSession {
    /// The cookie, known to nobody else.
    pub token: String,
    /// How long it lasts, seconds.
    pub max_age_s: i64,
    /// Whose.
    pub friend: Friend,
}

/// What a phone needs to sign in. The password is shown once.
#[derive(Clone, Debug)]
pub struct DeviceCredentials {
    /// Which device.
    pub device: DeviceId,
    /// The friend's name.
    pub username: String,
    /// Made for this device alone.
    pub password: String,
    /// Where it publishes.
    pub topic: String,
}

/// What a bearer token may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum TokenScope {
    /// Ask.
    Read,
    /// Ask, and change what a friend may change.
    Write,
    /// Everything.
    Admin,
}

impl TokenScope {
    /// Reads the word for it.
    pub fn parse(word: &str) -> Option<Self> {
        match word {
            "read" => Some(Self::Read),
            "write" => Some(Self::Write),
            "admin" => Some(Self::Admin),
            _ => None,
        }
    }

    /// The word for it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::Write => "write",
            Self::Admin => "admin",
        }
    }
}

/// Somebody who came with a bearer token.
#[derive(Clone, Debug)]
pub struct Bearer {
    /// What they may see.
    pub viewer: Viewer,
    /// What they may do.
    pub scope: TokenScope,
}

type Limiter = RateLimiter<String, DefaultKeyedStateStore<String>, DefaultClock>;

/// Slows down those who guess passwords: by the name they try, and by where they come from.
pub(crate) struct Guard {
    by_name: Limiter,
    by_peer: Limiter,
}

impl Guard {
    pub(crate) fn new() -> Self {
        let quota = |burst: NonZeroU32, each: Duration| {
            Quota::with_period(each).unwrap_or_else(|| Quota::per_minute(burst)).allow_burst(burst)
        };
        let (few, many) = (NonZeroU32::MIN.saturating_add(9), NonZeroU32::MIN.saturating_add(29));
        Self {
            by_name: RateLimiter::keyed(quota(few, Duration::from_secs(12))),
            by_peer: RateLimiter::keyed(quota(many, Duration::from_secs(2))),
        }
    }

    fn admit(&self, name: &str, peer: &str) -> Result<(), Error> {
        let wait = |limiter: &Limiter, key: String| {
            limiter.check_key(&key).err().map(|not_until| {
                use governor::clock::Clock;
                let wait = not_until.wait_time_from(DefaultClock::default().now());
                u32::try_from(wait.as_secs().saturating_add(1)).unwrap_or(u32::MAX)
            })
        };
        let waits = [wait(&self.by_name, name.to_lowercase()), wait(&self.by_peer, peer.to_owned())];
        for limiter in [&self.by_name, &self.by_peer] {
            if limiter.len() > 10_000 {
                limiter.retain_recent();
            }
        }
        match waits.into_iter().flatten().max() {
            Some(retry_after_s) => Err(Error::Busy { retry_after_s }),
            None => Ok(()),
        }
    }
}

/// The link that makes the first admin; it works once, and only while there is nobody.
pub(crate) struct SetUpLink(Mutex<Option<String>>);

impl SetUpLink {
    pub(crate) fn new() -> Result<Self, Error> {
        Ok(Self(Mutex::new(Some(secret::random()?))))
    }

    fn get(&self) -> Option<String> {
        self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner).clone()
    }

    fn use_up(&self) {
        self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner).take();
    }
}

impl Service {
    /// Whether nobody can sign in yet.
    pub fn needs_set_up(&self) -> bool {
        self.shared.board().friends.values().all(|on_board| on_board.friend.role.is_none())
    }

    /// The token of the link that makes the first admin; `None` once it was used or somebody can sign in.
    pub fn set_up_token(&self) -> Option<String> {
        self.needs_set_up().then(|| self.shared.set_up_link.get()).flatten()
    }

    /// Makes the first admin, and signs them in.
    ///
    /// # Errors
    /// [`Error::Forbidden`] when the link was used before or is wrong, [`Error::Invalid`] for `name` or `password`.
    pub async fn set_up(&self, link_token: &str, name: &str, password: &str) -> Result<NewSession, Error> {
        let expected = self.set_up_token().ok_or(Error::Forbidden)?;
        if secret::hash(&expected) != secret::hash(link_token) {
            return Err(Error::Forbidden);
        }
        let root = Viewer::Server { role: Role::Admin };
        let friend = self.add_user(&root, name, password, Role::Admin).await?;
        self.shared.set_up_link.use_up();
        self.begin_session(friend).await
    }

    /// Signs somebody in. `peer` is where they come from, for the rate limit.
    ///
    /// # Errors
    /// [`Error::Unauthorised`] when name or password is wrong, [`Error::Busy`] after too many tries.
    pub async fn sign_in(&self, name: &str, password: &str, peer: &str) -> Result<NewSession, Error> {
        self.shared.guard.admit(name.trim(), peer)?;
        let account = self.shared.reader.account(name.trim()).await?;
        let account = account.filter(|account| account.friend.role.is_some());
        let kept = account.as_ref().and_then(|account| account.password_hash.clone());
        let right = password.len() <= LONGEST_PASSWORD && secret::verify_password(password.to_owned(), kept).await;
        match account {
            Some(account) if right => self.begin_session(account.friend).await,
            _ => Err(Error::Unauthorised),
        }
    }

    async fn begin_session(&self, friend: Friend) -> Result<NewSession, Error> {
        let token = secret::random()?;
        let started_at = self.shared.now();
        let (hash, id) = (secret::hash(&token), friend.id);
        let ends_at = started_at.plus_millis(SESSION_MS);
        self.command(|reply| Command::AddSession { hash, friend: id, started_at, ends_at, reply }).await?;
        Ok(NewSession { token, max_age_s: SESSION_MS / 1000, friend })
    }

    /// Ends a session.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn sign_out(&self, session: &str) -> Result<(), Error> {
        let hash = secret::hash(session);
        self.command(|reply| Command::RemoveSession { hash, reply }).await
    }

    /// Who has this cookie.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn session(&self, session: &str) -> Result<Option<SignedIn>, Error> {
        let Some(row) = self.shared.reader.session(&secret::hash(session)).await? else { return Ok(None) };
        if row.ends_at <= self.shared.now() {
            return Ok(None);
        }
        let signed_in = |service: &Self| {
            let board = service.shared.board();
            let friend = &board.friends.get(&row.friend)?.friend;
            let role = friend.role?;
            let viewer = Viewer::Friend { friend: friend.id, group: friend.group, role };
            Some(SignedIn { viewer, friend: friend.id, name: friend.name.clone(), role, session: session.to_owned() })
        };
        if let Some(found) = signed_in(self) {
            return Ok(Some(found));
        }
        self.refresh().await?;
        Ok(signed_in(self))
    }

    /// Changes somebody's own password; ends their sessions.
    ///
    /// # Errors
    /// [`Error::Invalid`] for `old` or `new`, [`Error::Busy`] after too many tries.
    pub async fn change_password(&self, who: &SignedIn, old: &str, new: &str) -> Result<NewSession, Error> {
        self.shared.guard.admit(who.name.as_str(), &who.session)?;
        let account = self.shared.reader.account(who.name.as_str()).await?.ok_or(Error::Unauthorised)?;
        if !secret::verify_password(old.to_owned(), account.password_hash).await {
            return Err(Error::invalid("old", "is not your password"));
        }
        self.set_password("new", account.friend.id, who.role, new).await?;
        self.begin_session(account.friend).await
    }

    /// Gives somebody a new password; they could sign in before, or can from now on.
    ///
    /// # Errors
    /// [`Error::NotFound`], [`Error::Forbidden`], [`Error::Invalid`] for `password`.
    pub async fn reset_password(&self, by: &Viewer, name: &str, password: &str) -> Result<(), Error> {
        admin(by)?;
        let account = self.shared.reader.account(name).await?.ok_or(Error::NotFound("user"))?;
        self.set_password("password", account.friend.id, account.friend.role.unwrap_or(Role::Friend), password).await
    }

    async fn set_password(&self, field: &'static str, friend: FriendId, role: Role, password: &str) -> Result<(), Error> {
        let hash = secret::hash_password(checked(field, password)?).await?;
        self.command(|reply| Command::SetAccount { friend, account: Some((role, hash)), reply }).await
    }

    /// Adds somebody who may sign in, or lets a friend who is there sign in.
    ///
    /// # Errors
    /// [`Error::Invalid`] for `name` or `password`, [`Error::Conflict`] when that name can sign in already.
    pub async fn add_user(&self, by: &Viewer, name: &str, password: &str, role: Role) -> Result<Friend, Error> {
        self.add_user_to(by, None, name, password, role).await
    }

    /// As [`Self::add_user`], in the group of that name, which is made when there is none.
    ///
    /// # Errors
    /// As [`Self::add_user`], and [`Error::Invalid`] for `group`.
    pub async fn add_user_to(
        &self, by: &Viewer, group: Option<&str>, name: &str, password: &str, role: Role,
    ) -> Result<Friend, Error> {
        admin(by)?;
        let name = Name::topic_level(name).map_err(Error::name("name"))?;
        let hash = secret::hash_password(checked("password", password)?).await?;
        if let Some(account) = self.shared.reader.account(name.as_str()).await? {
            if account.friend.role.is_some() {
                return Err(Error::Conflict { field: "name", why: "is taken by somebody who can sign in already".into() });
            }
            let id = account.friend.id;
            self.command(|reply| Command::SetAccount { friend: id, account: Some((role, hash)), reply }).await?;
            return Ok(Friend { role: Some(role), ..account.friend });
        }
        let friend = self.new_friend(self.group_for(by, group).await?, name, Some(role), false)?;
        let (new, account) = (friend.clone(), Some(hash));
        self.command(|reply| Command::AddFriend { friend: new, password_hash: account, reply }).await?;
        Ok(friend)
    }

    pub(crate) fn new_friend(&self, group: GroupId, name: Name, role: Option<Role>, demo: bool) -> Result<Friend, Error> {
        let now = self.shared.now();
        Ok(Friend { id: FriendId::new(id::new(now)?), group, name, role, demo, added_at: now })
    }

    /// The group a viewer adds to: the one of that name, else their own, else the first.
    pub(crate) async fn group_for(&self, by: &Viewer, name: Option<&str>) -> Result<GroupId, Error> {
        if let Some(name) = name {
            let name = Name::topic_level(name).map_err(Error::name("group"))?;
            let new = GroupId::new(id::new(self.shared.now())?);
            return self.command(|reply| Command::PutGroup { id: new, name, reply }).await;
        }
        match by {
            Viewer::Friend { group, .. } => Ok(*group),
            Viewer::Guest | Viewer::Server { .. } => {
                self.shared.board().seqs.keys().min().copied().ok_or(Error::NotFound("group"))
            }
        }
    }

    /// Those who may sign in, by name.
    ///
    /// # Errors
    /// [`Error::Forbidden`].
    pub fn users(&self, by: &Viewer) -> Result<Vec<Friend>, Error> {
        admin(by)?;
        let board = self.shared.board();
        let mut users: Vec<Friend> = board
            .friends
            .values()
            .map(|on_board| &on_board.friend)
            .filter(|friend| friend.role.is_some() && by.may_see(friend))
            .cloned()
            .collect();
        users.sort_by(|a, b| a.name.cmp(&b.name));
        Ok(users)
    }

    /// Takes away the right to sign in. A friend without devices is removed altogether.
    ///
    /// # Errors
    /// [`Error::NotFound`], [`Error::Forbidden`], [`Error::Conflict`] for the last admin.
    pub async fn remove_user(&self, by: &Viewer, name: &str) -> Result<(), Error> {
        let (friend, has_devices) = {
            let board = self.shared.board();
            let on_board = board.friend_named(name).ok_or(Error::NotFound("user"))?;
            (on_board.friend.id, !on_board.devices.is_empty())
        };
        if !has_devices {
            return self.remove_friend(by, friend).await;
        }
        admin(by)?;
        self.not_the_last_admin(friend)?;
        self.command(|reply| Command::SetAccount { friend, account: None, reply }).await
    }

    pub(crate) fn not_the_last_admin(&self, friend: FriendId) -> Result<(), Error> {
        let board = self.shared.board();
        let mut admins = board.friends.values().filter(|on_board| on_board.friend.role == Some(Role::Admin));
        if admins.next().is_some_and(|only| only.friend.id == friend) && admins.next().is_none() {
            return Err(Error::Conflict { field: "friend", why: "is the only admin".into() });
        }
        Ok(())
    }

    /// Makes a device of a friend, and the friend when there is none of that name; a device that is there gets a new password.
    ///
    /// # Errors
    /// [`Error::Invalid`] for `friend` or `device`, [`Error::Forbidden`] unless an admin, or the friend themself.
    pub async fn add_device(&self, by: &Viewer, friend: &str, device: &str) -> Result<DeviceCredentials, Error> {
        self.add_device_to(by, None, friend, device).await
    }

    /// As [`Self::add_device`]; a friend that has to be made goes into the group of that name.
    ///
    /// # Errors
    /// As [`Self::add_device`], and [`Error::Invalid`] for `group`.
    pub async fn add_device_to(
        &self, by: &Viewer, group: Option<&str>, friend: &str, device: &str,
    ) -> Result<DeviceCredentials, Error> {
        let friend_name = Name::topic_level(friend).map_err(Error::name("friend"))?;
        let device_name = Name::topic_level(device).map_err(Error::name("device"))?;
        let known = self.shared.board().friend_named(friend_name.as_str()).map(|on_board| on_board.friend.clone());
        if known.as_ref().is_none_or(|known| !matches!(by, Viewer::Friend { friend, .. } if *friend == known.id)) {
            admin(by)?;
        }
        if known.as_ref().is_some_and(|known| !by.may_see(known)) {
            return Err(Error::Conflict { field: "friend", why: "is taken; choose another name".into() });
        }
        let friend = match known {
            Some(friend) => friend,
            None => {
                let friend = self.new_friend(self.group_for(by, group).await?, friend_name, None, false)?;
                let new = friend.clone();
                self.command(|reply| Command::AddFriend { friend: new, password_hash: None, reply }).await?;
                friend
            }
        };
        self.put_device(&friend, device_name).await
    }

    pub(crate) async fn put_device(&self, friend: &Friend, name: Name) -> Result<DeviceCredentials, Error> {
        let now = self.shared.now();
        let password = secret::random()?;
        let known = self.shared.board().device_named(friend.name.as_str(), name.as_str()).map(|known| known.device.clone());
        let device = match known {
            Some(known) => known,
            None => Device { id: DeviceId::new(id::new(now)?), friend: friend.id, name },
        };
        let (id, credential, put) = (device.id, secret::hash(&password), device);
        self.command(|reply| Command::PutDevice { device: put, credential, added_at: now, reply }).await?;
        let topic = self.shared.board().devices.get(&id).map(|reporter| reporter.topic.to_string());
        let topic = topic.ok_or(Error::NotFound("device"))?;
        Ok(DeviceCredentials { device: id, username: friend.name.to_string(), password, topic })
    }

    /// Whose device has this name and password. The name is the friend's; the password tells which device.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn sign_in_device(&self, username: &str, password: &str) -> Result<Option<DeviceAccount>, Error> {
        let hash = secret::hash(password);
        let known = |service: &Self| {
            let board = service.shared.board();
            let on_board = board.friend_named(username)?;
            let mut devices = board.devices_of(on_board);
            let reporter = devices.find(|reporter| reporter.credential == hash)?;
            Some(DeviceAccount {
                device: reporter.device.id,
                friend: on_board.friend.id,
                group: on_board.friend.group,
                topic: reporter.topic.clone(),
            })
        };
        if let Some(account) = known(self) {
            return Ok(Some(account));
        }
        self.refresh().await?;
        Ok(known(self))
    }

    /// Whether a device may get what stands on a topic: only what its friend may see, and orders only to itself.
    pub fn may_receive(&self, account: &DeviceAccount, topic: &str) -> bool {
        if topic.strip_prefix(&*account.topic).is_some_and(|rest| rest.is_empty() || rest.starts_with('/')) {
            return true;
        }
        let viewer = Viewer::Friend { friend: account.friend, group: account.group, role: Role::Friend };
        let readings = self.shared.settings.templates.iter().filter_map(|template| template.matches(topic));
        let board = self.shared.board();
        readings.into_iter().any(|reading| {
            let shown = matches!(reading.suffix.as_deref(), None | Some("event" | "info"));
            shown && board.device_named(&reading.user, &reading.device).is_some_and(|reporter| {
                board.friends.get(&reporter.device.friend).is_some_and(|owner| viewer.may_see(&owner.friend))
            })
        })
    }

    /// Makes a bearer token and returns it; only its hash is kept.
    ///
    /// # Errors
    /// [`Error::Forbidden`], [`Error::Invalid`] for `name`, [`Error::NotFound`] for the user.
    pub async fn create_token(&self, by: &Viewer, name: &str, scope: TokenScope, user: Option<&str>) -> Result<String, Error> {
        admin(by)?;
        let name = Name::new(name).map_err(Error::name("name"))?;
        let friend = match user {
            Some(user) => {
                let account = self.shared.reader.account(user).await?.ok_or(Error::NotFound("user"))?;
                Some(account.friend.id)
            }
            None => None,
        };
        let token = format!("wa_{}", secret::random()?);
        let made_at = self.shared.now();
        let (id, hash) = (TokenId::new(id::new(made_at)?), secret::hash(&token));
        self.command(|reply| Command::AddToken { id, name, hash, scope, friend, made_at, reply }).await?;
        Ok(token)
    }

    /// Who has this bearer token.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn bearer(&self, token: &str) -> Result<Option<Bearer>, Error> {
        let Some(row) = self.shared.reader.token(&secret::hash(token)).await? else { return Ok(None) };
        let Some(scope) = TokenScope::parse(&row.scope) else { return Ok(None) };
        let may = |role: Role| if scope == TokenScope::Admin { role } else { Role::Friend };
        let Some(id) = row.friend else {
            return Ok(Some(Bearer { viewer: Viewer::Server { role: may(Role::Admin) }, scope }));
        };
        let bearer = |service: &Self| {
            let board = service.shared.board();
            let Friend { id, group, role, .. } = board.friends.get(&id)?.friend;
            Some(Bearer { viewer: Viewer::Friend { friend: id, group, role: may(role.unwrap_or(Role::Friend)) }, scope })
        };
        if let Some(found) = bearer(self) {
            return Ok(Some(found));
        }
        self.refresh().await?;
        Ok(bearer(self))
    }

    /// Whether a message on `topic` is this device's to send.
    pub fn principal(account: &DeviceAccount, topic: &str) -> Principal {
        let own = topic.strip_prefix(&*account.topic).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'));
        if own { Principal::Device(account.clone()) } else { Principal::Refused(account.clone()) }
    }
}

/// Lets only admins pass.
pub(crate) fn admin(by: &Viewer) -> Result<(), Error> {
    if by.is_admin() { Ok(()) } else { Err(Error::Forbidden) }
}

fn checked(field: &'static str, password: &str) -> Result<String, Error> {
    if password.chars().count() < SHORTEST_PASSWORD {
        return Err(Error::invalid(field, "must have at least 8 characters"));
    }
    if password.len() > LONGEST_PASSWORD {
        return Err(Error::invalid(field, "must have at most 1024 bytes"));
    }
    Ok(password.to_owned())
}

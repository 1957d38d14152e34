//! People who sign in with a password, and the sessions they get.

use super::{LONGEST_PASSWORD, Visitor, checked};
use crate::{
    Error, Service,
    audit::Deed,
    board::Board,
    command::{Command, SignInCommand},
    request::{self_or_carer, some_admin},
    secret::{self, Fresh},
};
use domain::{Act, Friend, FriendId, Name, Role, SessionId, Viewer};
use std::sync::Mutex;

/// How long a session lasts: 60 days.
const SESSION_MS: i64 = 60 * 24 * 3600 * 1000;

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

impl SignedIn {
    /// Proves that something was begun on a page of this session: it cannot be made without the cookie, and does not tell it.
    pub fn link_proof(&self) -> String {
        secret::proof(&format!("link an identity to {}", self.session))
    }
}

/// A session that has begun.
pub struct NewSession {
    /// The cookie, known to nobody else.
    pub token: String,
    /// How long it lasts, seconds.
    pub max_age_s: i64,
    /// What this browser keeps to be known by, also when the session has ended.
    pub mark: Option<String>,
    /// Whose.
    pub friend: Friend,
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

    /// Uses it up, if it is this one.
    fn take(&self, link_token: &str) -> Option<String> {
        let mut kept = self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        kept.take_if(|expected| secret::hash(expected) == secret::hash(link_token))
    }

    fn put_back(&self, token: String) {
        *self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner) = Some(token);
    }
}

impl Service {
    /// Whether nobody can sign in yet.
    pub fn needs_set_up(&self) -> bool {
        nobody_signs_in(&self.shared.board()).is_ok()
    }

    /// The token of the link that makes the first admin; `None` once it was used or somebody can sign in.
    pub fn set_up_token(&self) -> Option<String> {
        self.needs_set_up().then(|| self.shared.set_up_link.get()).flatten()
    }

    /// Makes the first admin, and signs them in.
    ///
    /// # Errors
    /// [`Error::Forbidden`] when the link was used before or is wrong, [`Error::Invalid`] for `name` or `password`.
    pub async fn set_up(
        &self,
        link_token: &str,
        name: &str,
        password: &str,
        visitor: impl Into<Visitor>,
    ) -> Result<NewSession, Error> {
        nobody_signs_in(&self.shared.board())?;
        // Before anything is waited for, so that two at once do not both get in by it.
        let taken = self.shared.set_up_link.take(link_token).ok_or(Error::Forbidden)?;
        let root = Viewer::Server { role: Role::Admin };
        // At the terminal somebody may have been added meanwhile.
        match self.add_user_if(nobody_signs_in, &root, None, (name, password), Role::Admin).await {
            Ok(friend) => self.begin_session(friend, &visitor.into()).await,
            Err(error) => {
                self.shared.set_up_link.put_back(taken);
                Err(error)
            }
        }
    }

    /// Signs somebody in; where they come from counts for the rate limit.
    ///
    /// # Errors
    /// [`Error::Unauthorised`] when name or password is wrong, [`Error::Busy`] after too many tries.
    pub async fn sign_in(
        &self,
        name: &str,
        password: &str,
        visitor: impl Into<Visitor>,
    ) -> Result<NewSession, Error> {
        let visitor = visitor.into();
        self.admit(name, &visitor).await?;
        let account = self.shared.reader.account(name.trim()).await?;
        let account = account.filter(|account| account.friend.role.is_some());
        let kept = account.as_ref().and_then(|account| account.password_hash.clone());
        let right =
            password.len() <= LONGEST_PASSWORD && secret::verify_password(password.to_owned(), kept).await;
        match account {
            Some(account) if right => {
                self.shared.guard.succeeded(name, &visitor);
                self.begin_session(account.friend, &visitor).await
            }
            _ => Err(Error::Unauthorised),
        }
    }

    /// Lets somebody try a password after a pause, or refuses them; that they tried too often is written down.
    async fn admit(&self, name: &str, visitor: &Visitor) -> Result<(), Error> {
        let admitted = self.shared.guard.admit(name, visitor);
        if admitted.is_err() {
            let known = self.shared.board().friend_named(name.trim()).map(|known| known.friend.clone());
            // Never what was typed where nobody is called so: it may be a password in the wrong field.
            let deed = known.map_or_else(
                || Deed::new(Act::SignInSlowed, "somebody who is not known here"),
                |known| Deed::to(Act::SignInSlowed, &known),
            );
            // An address is a position, if a coarse one.
            let place = visitor.place();
            self.count_nobodys(if place.is_empty() { "somewhere" } else { &place }, deed);
        }
        tokio::time::sleep(admitted?).await;
        Ok(())
    }

    pub(super) async fn begin_session(&self, friend: Friend, visitor: &Visitor) -> Result<NewSession, Error> {
        self.begin_session_at(friend, visitor.place(), visitor.browser()).await
    }

    async fn begin_session_at(
        &self,
        friend: Friend,
        place: String,
        browser: String,
    ) -> Result<NewSession, Error> {
        let Fresh { told: token, hash } = secret::fresh("")?;
        let started_at = self.shared.now();
        let session = SessionId::new(uuid::Uuid::from_bytes(secret::bytes()?));
        let (who, friend) = (friend.clone(), friend.id);
        let ends_at = started_at.plus_millis(SESSION_MS);
        self.command(|reply| {
            SignInCommand::AddSession {
                hash,
                friend,
                started_at,
                ends_at,
                id: session,
                place,
                browser,
                reply,
            }
            .into()
        })
        .await?;
        let mark = self.shared.guard.mark(who.name.as_str());
        Ok(NewSession { token, max_age_s: SESSION_MS / 1000, mark, friend: who })
    }

    /// Ends a session.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn sign_out(&self, session: &str) -> Result<(), Error> {
        let hash = secret::hash(session);
        self.command(|reply| SignInCommand::RemoveSession { hash, reply }.into()).await
    }

    /// Who has this cookie.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn session(&self, session: &str) -> Result<Option<SignedIn>, Error> {
        let hash = secret::hash(session);
        let Some(row) = self.shared.reader.session(&hash).await? else { return Ok(None) };
        let now = self.shared.now();
        if row.ends_at <= now {
            return Ok(None);
        }
        self.shared.used.session(hash, row.used_at, now);
        let signed_in = |service: &Self| {
            let board = service.shared.board();
            let friend = &board.friends.get(&row.friend)?.friend;
            let role = friend.role?;
            let viewer = friend.viewer();
            Some(SignedIn {
                viewer,
                friend: friend.id,
                name: friend.name.clone(),
                role,
                session: session.to_owned(),
            })
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
        let place = Visitor::from(&*who.session);
        tokio::time::sleep(self.shared.guard.admit(who.name.as_str(), &place)?).await;
        let hash = secret::hash(&who.session);
        let known = self.shared.reader.session(&hash).await?;
        let (range, browser) = known.map(|known| (known.place, known.browser)).unwrap_or_default();
        let account = self.shared.reader.account(who.name.as_str()).await?.ok_or(Error::Unauthorised)?;
        if !secret::verify_password(old.to_owned(), account.password_hash).await {
            return Err(Error::invalid("old", "is not your password"));
        }
        let deed = Deed::to(Act::PasswordChanged, &account.friend);
        // All sessions end with the old password; that this very browser shows alerts goes on with its next one.
        let browsers = self.browsers_of(who.friend, hash).await?;
        self.set_password(&who.viewer, deed, "new", account.friend.id, who.role, new).await?;
        self.shared.guard.succeeded(who.name.as_str(), &place);
        let session = self.begin_session_at(account.friend, range, browser).await?;
        self.move_browsers(browsers, secret::hash(&session.token)).await?;
        Ok(session)
    }

    /// Gives somebody a new password; they could sign in before, or can from now on.
    ///
    /// # Errors
    /// [`Error::NotFound`], [`Error::Forbidden`], [`Error::Invalid`] for `password`.
    pub async fn reset_password(&self, by: &Viewer, name: &str, password: &str) -> Result<(), Error> {
        some_admin(by)?;
        let account = self.shared.reader.account(name).await?.filter(|account| by.may_see(&account.friend));
        let account = account.ok_or(Error::NotFound("user"))?;
        self_or_carer(by, &account.friend)?;
        let deed = Deed::to(Act::PasswordReset, &account.friend);
        self.set_password(
            by,
            deed,
            "password",
            account.friend.id,
            account.friend.role.unwrap_or(Role::Friend),
            password,
        )
        .await
    }

    async fn set_password(
        &self,
        by: &Viewer,
        deed: Deed,
        field: &'static str,
        friend: FriendId,
        role: Role,
        password: &str,
    ) -> Result<(), Error> {
        let hash = secret::hash_password(checked(field, password)?).await?;
        let account = Some((role, Some(hash)));
        self.command_told(by, deed, |reply| Command::SetAccount { friend, account, reply }).await
    }
}

/// That there is nobody yet who can sign in.
fn nobody_signs_in(board: &Board) -> Result<(), Error> {
    let is_nobody = board.friends.values().all(|on_board| on_board.friend.role.is_none());
    if is_nobody { Ok(()) } else { Err(Error::Forbidden) }
}

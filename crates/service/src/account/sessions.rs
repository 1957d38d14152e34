//! The sessions of one friend: listed, and ended by whoever has them, or by an admin who cannot wait for that.

use super::SignedIn;
use crate::{Error, Service, audit::Deed, command::SignInCommand, request::self_or_carer, secret};
use domain::{Act, FriendId, SessionId, Timestamp, Viewer};
use store::SessionsEnded as Ended;

/// A session, as its friend sees it. The cookie itself nobody knows but the browser.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Session {
    /// Which.
    pub id: SessionId,
    /// When they signed in.
    pub started_at: Timestamp,
    /// When it was last used, to the hour.
    pub used_at: Timestamp,
    /// When it ends by itself.
    pub ends_at: Timestamp,
    /// From which range of addresses it began; empty where that is not known.
    pub place: String,
    /// With which browser it began, in words; empty where that is not known.
    pub browser: String,
    /// Whether it is the one that asks.
    pub own: bool,
}

impl Service {
    /// The sessions of whoever asks, the newest first. `cookie` is that of the asking one, if it asks with one.
    ///
    /// # Errors
    /// [`Error::Forbidden`] for who is nobody in particular; when the database fails.
    pub async fn sessions(&self, by: &Viewer, cookie: Option<&str>) -> Result<Vec<Session>, Error> {
        let (friend, own) = (own(by)?, cookie.map(secret::hash));
        let rows = self.shared.reader.sessions(friend, self.shared.now()).await?;
        let session = |row: store::Session| Session {
            own: own.is_some_and(|own| row.hash == own),
            id: row.id,
            started_at: row.started_at,
            used_at: row.used_at,
            ends_at: row.ends_at,
            place: row.place,
            browser: row.browser,
        };
        Ok(rows.into_iter().map(session).collect())
    }

    /// Ends one session of whoever asks.
    ///
    /// # Errors
    /// [`Error::NotFound`]; as [`Self::sessions`].
    pub async fn end_session(&self, by: &Viewer, session: SessionId) -> Result<(), Error> {
        if !self.sessions(by, None).await?.iter().any(|known| known.id == session) {
            return Err(Error::NotFound("session"));
        }
        self.end(own(by)?, Ended::One(session)).await
    }

    /// Ends all other sessions of whoever is signed in.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn end_other_sessions(&self, who: &SignedIn) -> Result<(), Error> {
        self.end(who.friend, Ended::AllBut(secret::hash(&who.session))).await
    }

    /// Ends all sessions of a friend, who may sign in again at once.
    ///
    /// # Errors
    /// [`Error::Forbidden`] unless the friend themself, or an admin who decides how they sign in; [`Error::NotFound`].
    pub async fn end_sessions_of(&self, by: &Viewer, friend: FriendId) -> Result<(), Error> {
        let known = self.friend(friend).filter(|known| by.may_see(known)).ok_or(Error::NotFound("friend"))?;
        if own(by).ok() == Some(friend) {
            return self.end(friend, Ended::All).await;
        }
        self_or_carer(by, &known)?;
        let deed = Deed::to(Act::SessionsEnded, &known);
        let which = Ended::All;
        self.command_told(by, deed, |reply| SignInCommand::EndSessions { friend, which, reply }.into()).await
    }

    async fn end(&self, friend: FriendId, which: Ended) -> Result<(), Error> {
        self.command(|reply| SignInCommand::EndSessions { friend, which, reply }.into()).await
    }
}

fn own(by: &Viewer) -> Result<FriendId, Error> {
    match by {
        Viewer::Friend { friend, .. } => Ok(*friend),
        Viewer::Guest | Viewer::Outlet { .. } | Viewer::Bot { .. } | Viewer::Server { .. } => {
            Err(Error::Forbidden)
        }
    }
}

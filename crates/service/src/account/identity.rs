//! Who somebody is for an OIDC provider. What the provider says is checked where it is asked (`src/oidc`); here it is known to be true.

use super::{
    NewSession, SignedIn, Visitor,
    invitation::{Key, spoken_for},
};
use crate::{Error, Service, audit::Deed, command::SignInCommand};
use domain::{Act, Timestamp};
use store::Identity;

impl Service {
    /// Signs in whoever the provider says it is.
    ///
    /// # Errors
    /// [`Error::Unauthorised`] when that identity is linked to nobody who may sign in.
    pub async fn sign_in_identity(
        &self,
        issuer: &str,
        subject: &str,
        visitor: &Visitor,
    ) -> Result<NewSession, Error> {
        let friend = self.shared.reader.friend_of(issuer, subject).await?.ok_or(Error::Unauthorised)?;
        if self.friend(friend).is_none() {
            self.refresh().await?;
        }
        let friend = self.friend(friend).filter(|friend| friend.role.is_some());
        self.begin_session(friend.ok_or(Error::Unauthorised)?, visitor).await
    }

    /// Links an identity to whoever is signed in, in place of another one of that provider.
    ///
    /// # Errors
    /// [`Error::Conflict`] for `identity` when it is somebody else's.
    pub async fn link_identity(&self, who: &SignedIn, issuer: &str, subject: &str) -> Result<(), Error> {
        let friend = self.friend(who.friend).ok_or(Error::Unauthorised)?;
        let entries = vec![self.entry(&who.viewer, Deed::to(Act::IdentityLinked, &friend))];
        let linked_at = self.shared.now();
        let (issuer, subject) = (issuer.to_owned(), subject.to_owned());
        let identity = Some(Identity { issuer, subject, friend: who.friend, linked_at });
        let staged = store::Staged { entries, identity, ..store::Staged::default() };
        let linked = self.command_staged(staged, |reply| SignInCommand::LinkIdentity { reply }.into());
        linked.await.map_err(spoken_for)
    }

    /// Forgets who somebody is for that provider. They must have a password, or they could not sign in any more.
    ///
    /// # Errors
    /// [`Error::Conflict`] without a password.
    pub async fn unlink_identity(&self, who: &SignedIn, issuer: &str) -> Result<(), Error> {
        let account = self.shared.reader.account(who.name.as_str()).await?.ok_or(Error::Unauthorised)?;
        if account.password_hash.is_none() {
            let why =
                "is the only way for you to sign in; have an admin give you a password first".to_owned();
            return Err(Error::Conflict { field: "identity", why });
        }
        let deed = Deed::to(Act::IdentityRemoved, &account.friend);
        let (friend, issuer) = (who.friend, issuer.to_owned());
        self.command_told(&who.viewer, deed, |reply| {
            SignInCommand::UnlinkIdentity { friend, issuer, reply }.into()
        })
        .await
    }

    /// Since when whoever is signed in has an identity of that provider.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn linked_at(&self, who: &SignedIn, issuer: &str) -> Result<Option<Timestamp>, Error> {
        Ok(self.shared.reader.linked_at(who.friend, issuer).await?)
    }

    /// Lets somebody in by an invitation, who signs in by that identity from then on.
    ///
    /// # Errors
    /// As [`Self::accept_invitation`]; [`Error::Conflict`] for `identity` when it is somebody else's.
    pub async fn accept_invitation_as(
        &self,
        link: &str,
        name: &str,
        (issuer, subject): (&str, &str),
        visitor: &Visitor,
    ) -> Result<NewSession, Error> {
        let key = Key::Identity { issuer: issuer.to_owned(), subject: subject.to_owned() };
        self.let_in(link, name, key, visitor).await
    }
}

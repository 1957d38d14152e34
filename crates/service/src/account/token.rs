//! Bearer tokens of the JSON interface.

use crate::{Error, Service, command::Command, id, request::admin, secret};
use domain::{Friend, Name, Role, Scope, TokenId, Viewer};

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

impl Service {
    /// Makes a bearer token and returns it; only its hash is kept.
    ///
    /// # Errors
    /// [`Error::Forbidden`], [`Error::Invalid`] for `name`, [`Error::NotFound`] for the user.
    pub async fn create_token(
        &self,
        by: &Viewer,
        name: &str,
        scope: TokenScope,
        user: Option<&str>,
    ) -> Result<String, Error> {
        admin(by)?;
        let name = Name::new(name).map_err(Error::name("name"))?;
        let friend = match user {
            Some(user) => {
                let account =
                    self.shared.reader.account(user).await?.filter(|account| by.may_see(&account.friend));
                Some(account.ok_or(Error::NotFound("user"))?.friend.id)
            }
            // Nobody gives away more than they have.
            None if by.scope() != Scope::All => return Err(Error::Forbidden),
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
            Some(Bearer {
                viewer: Viewer::Friend { friend: id, group, role: may(role.unwrap_or(Role::Friend)) },
                scope,
            })
        };
        if let Some(found) = bearer(self) {
            return Ok(Some(found));
        }
        self.refresh().await?;
        Ok(bearer(self))
    }
}

//! Bearer tokens of the JSON interface.

use crate::{
    Error, Service,
    audit::Deed,
    command::SignInCommand,
    id,
    request::{self_or_carer, some_admin},
    secret::{self, Fresh},
};
use domain::{Act, Name, Role, Scope, Timestamp, TokenId, Viewer};

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

/// A bearer token that was made; what it is itself nobody knows any more.
#[derive(Clone, Debug)]
pub struct Token {
    /// Which.
    pub id: TokenId,
    /// What for.
    pub name: String,
    /// What it may do.
    pub scope: TokenScope,
    /// Whose rights it has; `None` for the whole server.
    pub user: Option<Name>,
    /// When.
    pub made_at: Timestamp,
    /// When it was last used, to the hour.
    pub used_at: Option<Timestamp>,
}

/// Somebody who came with a bearer token.
#[derive(Clone, Debug)]
pub struct Bearer {
    /// What they may see.
    pub viewer: Viewer,
    /// What they may do.
    pub scope: TokenScope,
    /// What the token was made for.
    pub name: String,
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
        some_admin(by)?;
        let name = Name::new(name).map_err(Error::name("name"))?;
        let friend = match user {
            Some(user) => {
                let account = self.shared.reader.account(user).await?;
                let account = account.filter(|account| {
                    account.friend.role.is_some() && self_or_carer(by, &account.friend).is_ok()
                });
                Some(account.ok_or(Error::NotFound("user"))?.friend.id)
            }
            // Nobody gives away more than they have.
            None if by.scope() != Scope::All => return Err(Error::Forbidden),
            None => None,
        };
        let Fresh { told: token, hash } = secret::fresh("wa_")?;
        let made_at = self.shared.now();
        let id = TokenId::new(id::new(made_at));
        let whose = user.map_or_else(|| "the whole server".to_owned(), |user| format!("as {}", user.trim()));
        let mut deed =
            Deed::new(Act::TokenMade, &name).which(id.uuid()).note(format!("{}, {whose}", scope.as_str()));
        if let Some(friend) = friend.and_then(|id| self.friend(id)) {
            deed = deed.concerning(&friend);
        }
        self.command_told(by, deed, |reply| {
            SignInCommand::AddToken { id, name, hash, scope, friend, made_at, reply }.into()
        })
        .await?;
        Ok(token)
    }

    /// The tokens there are, by name: those of friends whom the viewer may see, and those of the whole server for who sees all.
    ///
    /// # Errors
    /// [`Error::Forbidden`]; when the database fails.
    pub async fn tokens(&self, by: &Viewer) -> Result<Vec<Token>, Error> {
        some_admin(by)?;
        let rows = self.shared.reader.tokens().await?;
        let board = self.shared.board();
        let known = rows.into_iter().filter_map(|row| {
            let user = match row.friend {
                Some(friend) => {
                    let friend = &board.friends.get(&friend)?.friend;
                    Some(self_or_carer(by, friend).is_ok().then(|| friend.name.clone())?)
                }
                None if by.scope() == Scope::All => None,
                None => return None,
            };
            let scope = TokenScope::parse(&row.scope)?;
            Some(Token {
                id: row.id,
                name: row.name,
                scope,
                user,
                made_at: row.made_at,
                used_at: row.used_at,
            })
        });
        let mut tokens: Vec<_> = known.collect();
        tokens.sort_by(|a, b| (&a.name, &a.user, a.id).cmp(&(&b.name, &b.user, b.id)));
        Ok(tokens)
    }

    /// The tokens that have the rights of whoever asks, by name.
    ///
    /// # Errors
    /// [`Error::Forbidden`] for who is nobody in particular; when the database fails.
    pub async fn own_tokens(&self, by: &Viewer) -> Result<Vec<Token>, Error> {
        let Viewer::Friend { friend, .. } = by else { return Err(Error::Forbidden) };
        let user = self.friend(*friend).map(|known| known.name);
        let rows = self.shared.reader.tokens().await?.into_iter().filter(|row| row.friend == Some(*friend));
        let known = rows.filter_map(|row| {
            let scope = TokenScope::parse(&row.scope)?;
            let (made_at, used_at) = (row.made_at, row.used_at);
            Some(Token { id: row.id, name: row.name, scope, user: user.clone(), made_at, used_at })
        });
        let mut tokens: Vec<_> = known.collect();
        tokens.sort_by(|a, b| (&a.name, a.id).cmp(&(&b.name, b.id)));
        Ok(tokens)
    }

    /// Revokes one token: an own one, or as an admin one of those they may know of.
    ///
    /// # Errors
    /// [`Error::NotFound`]; when the database fails.
    pub async fn revoke_token(&self, by: &Viewer, token: TokenId) -> Result<(), Error> {
        let mut known = self.own_tokens(by).await.unwrap_or_default();
        if by.administers_any() {
            known.extend(self.tokens(by).await?);
        }
        let known = known.into_iter().find(|known| known.id == token).ok_or(Error::NotFound("token"))?;
        let mut deed = Deed::new(Act::TokenRevoked, known.name).which(token.uuid());
        let owner = known.user.and_then(|user| {
            self.shared.board().friend_named(user.as_str()).map(|owner| owner.friend.clone())
        });
        if let Some(owner) = owner {
            deed = deed.concerning(&owner);
        }
        let tokens = vec![token];
        self.command_told(by, deed, |reply| SignInCommand::RemoveTokens { tokens, reply }.into()).await
    }

    /// Revokes the tokens of that name; says how many.
    ///
    /// # Errors
    /// [`Error::Forbidden`], [`Error::NotFound`] when the viewer knows of none; when the database fails.
    pub async fn remove_tokens(&self, by: &Viewer, name: &str) -> Result<usize, Error> {
        let known = self.tokens(by).await?;
        let known: Vec<_> = known.into_iter().filter(|token| token.name == name.trim()).collect();
        let tokens: Vec<_> = known.iter().map(|token| token.id).collect();
        let count = tokens.len();
        if count == 0 {
            return Err(Error::NotFound("token"));
        }
        let mut deed = Deed::new(Act::TokenRevoked, name.trim());
        let owner = known.iter().find_map(|token| token.user.as_ref());
        let owner = owner.and_then(|user| {
            self.shared.board().friend_named(user.as_str()).map(|owner| owner.friend.clone())
        });
        if let Some(owner) = owner {
            deed = deed.concerning(&owner);
        }
        self.command_told(by, deed, |reply| SignInCommand::RemoveTokens { tokens, reply }.into()).await?;
        Ok(count)
    }

    /// Who has this bearer token.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn bearer(&self, token: &str) -> Result<Option<Bearer>, Error> {
        let hash = secret::hash(token);
        let Some(row) = self.shared.reader.token(&hash).await? else { return self.bot_with(&hash).await };
        let Some(scope) = TokenScope::parse(&row.scope) else { return Ok(None) };
        let is_admin = scope == TokenScope::Admin;
        self.shared.used.token(row.id, row.used_at, self.shared.now());
        let Some(id) = row.friend else {
            let role = if is_admin { Role::Admin } else { Role::Friend };
            return Ok(Some(Bearer { viewer: Viewer::Server { role }, scope, name: row.name }));
        };
        let bearer = |service: &Self| {
            let board = service.shared.board();
            let owner = &board.friends.get(&id)?.friend;
            // Who may not sign in any more may not do so by script either.
            owner.role?;
            let viewer = owner.viewer();
            let viewer = if is_admin { viewer } else { viewer.as_mere_friend() };
            Some(Bearer { viewer, scope, name: row.name.clone() })
        };
        if let Some(found) = bearer(self) {
            return Ok(Some(found));
        }
        self.refresh().await?;
        Ok(bearer(self))
    }
}

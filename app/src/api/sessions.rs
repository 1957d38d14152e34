//! The sessions, tokens and identities of whoever is signed in.

use super::ApiError;
use domain::{SessionId, Timestamp, TokenId};
use leptos::server;
use serde::{Deserialize, Serialize};
use server_fn::codec::GetUrl;

/// A session, as its friend sees it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SessionView {
    /// Which.
    pub id: SessionId,
    /// When they signed in.
    pub started_at: Timestamp,
    /// When it was last used, to the hour.
    pub used_at: Timestamp,
    /// From which range of addresses it began; may be empty.
    pub place: String,
    /// With which browser it began, in words; may be empty.
    pub browser: String,
    /// Whether it is the one that asks.
    pub own: bool,
}

/// A bearer token; what it is itself nobody knows any more.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TokenView {
    /// Which.
    pub id: TokenId,
    /// What for.
    pub name: String,
    /// `read`, `write` or `admin`.
    pub scope: String,
    /// Whose rights it has; `None` for the whole server.
    pub user: Option<String>,
    /// When it was made.
    pub made_at: Timestamp,
    /// When it was last used, to the hour.
    pub used_at: Option<Timestamp>,
}

/// The sessions of whoever is signed in, the newest first.
///
/// # Errors
/// [`ApiError::Unauthorised`] when nobody is.
#[server(prefix = "/api", endpoint = "sessions", input = GetUrl)]
pub async fn sessions() -> Result<Vec<SessionView>, ApiError> {
    use crate::ssr::{cx, refused};
    let cx = cx()?;
    let who = cx.signed_in()?;
    let known = cx.service().sessions(&who.viewer, Some(&who.session)).await.map_err(refused)?;
    let view = |session: service::Session| SessionView {
        id: session.id,
        started_at: session.started_at,
        used_at: session.used_at,
        place: session.place,
        browser: session.browser,
        own: session.own,
    };
    Ok(known.into_iter().map(view).collect())
}

/// Ends one session of whoever is signed in.
///
/// # Errors
/// [`ApiError::NotFound`] when it has ended already.
#[server(prefix = "/api", endpoint = "end_session")]
pub async fn end_session(
    /// Which.
    id: String,
) -> Result<(), ApiError> {
    use crate::{draft, ssr};
    let cx = ssr::cx()?;
    let who = cx.signed_in()?;
    let id = draft::id(&id, "session").map_err(ssr::answered)?;
    cx.service().end_session(&who.viewer, id).await.map_err(ssr::refused)?;
    ssr::go("/settings?ended");
    Ok(())
}

/// Ends all other sessions of whoever is signed in.
///
/// # Errors
/// Only when the server is out of order.
#[server(prefix = "/api", endpoint = "end_other_sessions")]
pub async fn end_other_sessions() -> Result<(), ApiError> {
    use crate::ssr;
    let cx = ssr::cx()?;
    cx.service().end_other_sessions(cx.signed_in()?).await.map_err(ssr::refused)?;
    ssr::go("/settings?ended");
    Ok(())
}

/// Tokens: one's own, or with `all` every one that an admin may know of.
///
/// # Errors
/// [`ApiError::Forbidden`] for `all` unless an admin.
#[server(prefix = "/api", endpoint = "tokens", input = GetUrl)]
pub async fn tokens(
    /// Every token, for admins.
    all: bool,
) -> Result<Vec<TokenView>, ApiError> {
    use crate::ssr::{cx, refused};
    let cx = cx()?;
    let by = &cx.signed_in()?.viewer;
    let known = if all { cx.service().tokens(by).await } else { cx.service().own_tokens(by).await }
        .map_err(refused)?;
    let view = |token: service::Token| TokenView {
        id: token.id,
        name: token.name,
        scope: token.scope.as_str().to_owned(),
        user: token.user.map(String::from),
        made_at: token.made_at,
        used_at: token.used_at,
    };
    Ok(known.into_iter().map(view).collect())
}

/// Revokes a token: one's own, or as an admin any that one may know of.
///
/// # Errors
/// [`ApiError::NotFound`] when it is gone already.
#[server(prefix = "/api", endpoint = "revoke_token")]
pub async fn revoke_token(
    /// Which.
    id: String,
) -> Result<(), ApiError> {
    use crate::{draft, ssr};
    let cx = ssr::cx()?;
    let by = &cx.signed_in()?.viewer;
    let id = draft::id(&id, "token").map_err(ssr::answered)?;
    cx.service().revoke_token(by, id).await.map_err(ssr::refused)?;
    ssr::go_back("revoked");
    Ok(())
}

/// Whether whoever is signed in can also sign in elsewhere.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct IdentityView {
    /// What the button says.
    pub provider: String,
    /// Since when it is linked; `None` while it is not.
    pub linked_at: Option<Timestamp>,
    /// The address that begins to link it.
    pub link: String,
}

/// The other way to sign in of whoever is signed in; `None` where there is none here.
///
/// # Errors
/// [`ApiError::Unauthorised`] when nobody is.
#[server(prefix = "/api", endpoint = "identity", input = GetUrl)]
pub async fn identity() -> Result<Option<IdentityView>, ApiError> {
    use crate::ssr::{cx, refused};
    let cx = cx()?;
    let who = cx.signed_in()?;
    let Some(provider) = &cx.site.oidc else { return Ok(None) };
    let linked_at = cx.service().linked_at(who, &provider.issuer).await.map_err(refused)?;
    let link = format!("/oidc/start?link={}", who.link_proof());
    Ok(Some(IdentityView { provider: provider.name.clone(), linked_at, link }))
}

/// Forgets the other way to sign in of whoever is signed in.
///
/// # Errors
/// [`ApiError::Conflict`] without a password.
#[server(prefix = "/api", endpoint = "unlink_identity")]
pub async fn unlink_identity() -> Result<(), ApiError> {
    use crate::ssr;
    let cx = ssr::cx()?;
    let who = cx.signed_in()?;
    if let Some(provider) = &cx.site.oidc {
        cx.service().unlink_identity(who, &provider.issuer).await.map_err(ssr::refused)?;
    }
    ssr::go("/settings?unlinked");
    Ok(())
}

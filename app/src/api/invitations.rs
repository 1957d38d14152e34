//! Invitations: made and taken back by admins, opened by whoever has the link.

use super::ApiError;
use domain::{InvitationId, Timestamp};
use leptos::server;
use serde::{Deserialize, Serialize};
use server_fn::codec::GetUrl;

/// What became of an invitation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum InvitationFate {
    /// It can be used.
    Open,
    /// Who came by it, and when.
    Used(String, Timestamp),
    /// When it was taken back.
    Revoked(Timestamp),
    /// Nobody came in time.
    Over,
}

/// An invitation, as an admin sees it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct InvitationView {
    /// Which.
    pub id: InvitationId,
    /// The group it leads to.
    pub group: String,
    /// As whom; `None`: whoever opens it chooses.
    pub name: Option<String>,
    /// Whether as an admin.
    pub admin: bool,
    /// Who made it.
    pub made_by: String,
    /// When.
    pub made_at: Timestamp,
    /// Until when it can be used.
    pub ends_at: Timestamp,
    /// What became of it.
    pub fate: InvitationFate,
}

/// The invitations, and the link of the one that was made last in this browser, for a while.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct InvitationList {
    /// Newest first.
    pub items: Vec<InvitationView>,
    /// The link of this invitation, shown to who made it.
    pub fresh: Option<(InvitationId, String)>,
}

/// What whoever opens an invitation sees.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WelcomeView {
    /// The group.
    pub group: String,
    /// As whom; `None`: they choose.
    pub name: Option<String>,
}

/// The invitations that an admin may know of.
///
/// # Errors
/// [`ApiError::Forbidden`] for everybody but admins.
#[server(prefix = "/api", endpoint = "invitations", input = GetUrl)]
pub async fn invitations() -> Result<InvitationList, ApiError> {
    use crate::ssr::{cx, fresh_invitation, refused};
    let cx = cx()?;
    let known = cx.service().invitations(cx.viewer()?).await.map_err(refused)?;
    let items: Vec<_> = known.into_iter().map(crate::ssr::invitation).collect();
    let fresh = fresh_invitation(&cx)
        .filter(|(id, _)| items.iter().any(|known| known.id == *id && known.fate == InvitationFate::Open));
    Ok(InvitationList { items, fresh })
}

/// Makes an invitation; its link is shown on the page for a quarter of an hour.
///
/// # Errors
/// [`ApiError::Invalid`] or [`ApiError::Conflict`] names the field.
#[server(prefix = "/api", endpoint = "invite")]
pub async fn invite(
    /// As whom; empty: whoever opens it chooses.
    #[server(default)]
    name: String,
    /// Ticked for an admin.
    #[server(default)]
    admin: Option<String>,
    /// For how many days.
    #[server(default)]
    days: String,
    /// To which group, by id; empty for the first that whoever asks manages.
    #[server(default)]
    group: String,
) -> Result<(), ApiError> {
    use crate::ssr;
    let cx = ssr::cx()?;
    let typed = [("name", &*name), ("group", &*group)];
    let wrong = || ssr::answered(ApiError::invalid("days", "must be a number of days").keeping(typed));
    let days = if days.trim().is_empty() { 7 } else { days.trim().parse().map_err(|_no_number| wrong())? };
    let role = if admin.is_some() { domain::Role::Admin } else { domain::Role::Friend };
    let into = Some(group.clone()).filter(|group| !group.is_empty());
    let draft = service::InvitationDraft { group: into, name: name.clone(), role, days };
    let made = cx.service().invite_by_link(cx.viewer()?, draft).await;
    let (made, link) = made.map_err(|error| ssr::refused(error).keeping(typed))?;
    ssr::keep_invitation(&cx, made.id, &link);
    ssr::go("/admin/invitations?made");
    Ok(())
}

/// Takes an invitation back.
///
/// # Errors
/// [`ApiError::NotFound`] when it cannot be used any more.
#[server(prefix = "/api", endpoint = "revoke_invitation")]
pub async fn revoke_invitation(
    /// Which.
    id: String,
) -> Result<(), ApiError> {
    use crate::{draft, ssr};
    let cx = ssr::cx()?;
    let viewer = cx.viewer()?;
    let id = draft::id(&id, "invitation").map_err(ssr::answered)?;
    cx.service().revoke_invitation(viewer, id).await.map_err(ssr::refused)?;
    ssr::go("/admin/invitations?revoked");
    Ok(())
}

/// What whoever opens an invitation sees; `None` when it cannot be used.
///
/// # Errors
/// Only when the server is out of order.
#[server(prefix = "/api", endpoint = "welcome")]
pub async fn welcome(
    /// Out of the link.
    token: String,
) -> Result<Option<WelcomeView>, ApiError> {
    use crate::ssr::{cx, refused};
    let known = cx()?.service().welcome(&token).await.map_err(refused)?;
    Ok(known.map(|known| WelcomeView { group: known.group, name: known.name.map(String::from) }))
}

/// Lets somebody in by an invitation, and signs them in. Then they say what others see of them.
///
/// # Errors
/// [`ApiError::Invalid`] or [`ApiError::Conflict`] names the field; [`ApiError::NotFound`] when the invitation cannot be used.
#[server(prefix = "/api", endpoint = "accept_invitation")]
pub async fn accept_invitation(
    /// Out of the link.
    token: String,
    /// Who, where the invitation names nobody.
    #[server(default)]
    name: String,
    /// At least eight characters.
    password: String,
) -> Result<(), ApiError> {
    use crate::ssr;
    let cx = ssr::cx()?;
    let made = cx.service().accept_invitation(&token, &name, &password, &cx.visitor()).await;
    let session = made.map_err(|error| ssr::refused(error).keeping([("name", &*name)]))?;
    ssr::change_session(&cx, &session).await?;
    ssr::go("/privacy?welcome");
    Ok(())
}

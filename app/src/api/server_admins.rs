//! Admins of the server, for each other.

use super::ApiError;
use domain::FriendId;
use leptos::server;
use serde::{Deserialize, Serialize};
use server_fn::codec::GetUrl;

/// Who manages the server.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ServerAdminsKnown {
    /// Those whom whoever asks knows, by name.
    pub known: Vec<(FriendId, String)>,
    /// How many there are besides, in other groups.
    pub others: usize,
    /// Whom they could make one, by name.
    pub candidates: Vec<(FriendId, String)>,
}

/// Who manages the server.
///
/// # Errors
/// [`ApiError::Forbidden`] for everybody but admins of the server.
#[server(name = AskServerAdmins, prefix = "/api", endpoint = "server_admins", input = GetUrl)]
pub async fn server_admins() -> Result<ServerAdminsKnown, ApiError> {
    use crate::ssr;
    let cx = ssr::cx()?;
    let found = cx.service().server_admins(cx.viewer()?).map_err(ssr::refused)?;
    let named = |friend: domain::Friend| (friend.id, friend.name.to_string());
    Ok(ServerAdminsKnown {
        known: found.known.into_iter().map(named).collect(),
        others: found.others,
        candidates: found.candidates.into_iter().map(named).collect(),
    })
}

/// Says whether somebody manages the server.
///
/// # Errors
/// [`ApiError::Forbidden`] for everybody but admins of the server; [`ApiError::Conflict`] for the last one; [`ApiError::NotFound`].
#[server(prefix = "/api", endpoint = "set_server_admin")]
pub async fn set_server_admin(
    /// Who, by id.
    friend: String,
    /// `yes`, or anything else.
    #[server(default)]
    admin: String,
) -> Result<(), ApiError> {
    use crate::{draft, ssr};
    let cx = ssr::cx()?;
    let friend = draft::id(&friend, "friend").map_err(ssr::answered)?;
    cx.service().set_server_admin(cx.viewer()?, friend, admin == "yes").await.map_err(ssr::refused)?;
    ssr::go(if admin == "yes" { "/admin/server?added" } else { "/admin/server?removed" });
    Ok(())
}

//! People, for admins.

use super::ApiError;
use leptos::server;

/// Adds a friend who may sign in.
///
/// # Errors
/// [`ApiError::Invalid`] or [`ApiError::Conflict`] names the field.
#[server(prefix = "/api", endpoint = "add_user")]
pub async fn add_user(
    /// What they sign in with, and what they are called.
    name: String,
    /// At least eight characters.
    password: String,
    /// Ticked for an admin.
    #[server(default)]
    admin: Option<String>,
    /// Which group a new friend is of, by id; empty for the first that whoever asks manages.
    #[server(default)]
    group: String,
) -> Result<(), ApiError> {
    use crate::ssr;
    let cx = ssr::cx()?;
    let role = if admin.is_some() { domain::Role::Admin } else { domain::Role::Friend };
    let into = Some(&*group).filter(|group| !group.is_empty());
    let added = cx.service().add_user_to(cx.viewer()?, into, &name, &password, role).await;
    added.map_err(|error| ssr::refused(error).keeping([("name", &*name), ("group", &*group)]))?;
    ssr::go("/friends?added");
    Ok(())
}

/// Takes a friend away, with everything that is stored about them.
///
/// # Errors
/// [`ApiError::NotFound`] when they are gone already.
#[server(prefix = "/api", endpoint = "remove_friend")]
pub async fn remove_friend(
    /// The friend's id.
    id: String,
) -> Result<(), ApiError> {
    use crate::{draft, ssr};
    let cx = ssr::cx()?;
    let viewer = cx.viewer()?;
    let friend = draft::id(&id, "friend").map_err(ssr::answered)?;
    cx.service().remove_friend(viewer, friend).await.map_err(ssr::refused)?;
    ssr::go("/friends?removed");
    Ok(())
}

/// Adds friends who are made up and walk about.
///
/// # Errors
/// [`ApiError::Forbidden`] for everybody but admins.
#[server(prefix = "/api", endpoint = "add_demo")]
pub async fn add_demo() -> Result<(), ApiError> {
    use crate::ssr;
    let cx = ssr::cx()?;
    cx.service().add_demo(cx.viewer()?).await.map_err(ssr::refused)?;
    ssr::go("/friends?demo");
    Ok(())
}

/// Takes the friends who are made up away again, and their regions.
///
/// # Errors
/// [`ApiError::Forbidden`] for everybody but admins.
#[server(prefix = "/api", endpoint = "remove_demo")]
pub async fn remove_demo() -> Result<(), ApiError> {
    use crate::ssr;
    let cx = ssr::cx()?;
    cx.service().remove_demo(cx.viewer()?).await.map_err(ssr::refused)?;
    ssr::go("/friends?removed");
    Ok(())
}

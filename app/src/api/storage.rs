//! For how long what is stored is kept, and how much room it takes.

use super::ApiError;
use domain::Storage;
use leptos::server;
use server_fn::codec::GetUrl;

/// How much is stored, for how long, and how much it will be. Reads the whole database: may take some seconds.
///
/// # Errors
/// [`ApiError::Forbidden`] for everybody but admins of the server.
#[server(name = AskStorage, prefix = "/api", endpoint = "storage", input = GetUrl)]
pub async fn storage() -> Result<Storage, ApiError> {
    use crate::ssr;
    let cx = ssr::cx()?;
    cx.service().storage(cx.viewer()?).await.map_err(ssr::refused)
}

/// Says for how long what is stored is kept. Each is a number of days, or `forever`.
///
/// # Errors
/// [`ApiError::Invalid`] names the field; as [`storage`].
#[server(prefix = "/api", endpoint = "set_retention")]
pub async fn set_retention(
    /// Messages.
    #[server(default)]
    raw: String,
    /// Positions.
    #[server(default)]
    fixes: String,
    /// Comings and goings.
    #[server(default)]
    transitions: String,
    /// What sensors observed.
    #[server(default)]
    observations: String,
    /// The audit log, and looks.
    #[server(default)]
    audit: String,
) -> Result<(), ApiError> {
    use crate::{draft, ssr};
    let typed = [
        ("raw", &*raw),
        ("fixes", &*fixes),
        ("transitions", &*transitions),
        ("observations", &*observations),
        ("audit", &*audit),
    ];
    let cx = ssr::cx()?;
    let set = async {
        let retention = draft::retention(typed).map_err(ssr::answered)?;
        cx.service().set_retention(cx.viewer()?, retention).await.map_err(ssr::refused)
    };
    set.await.map_err(|error: ApiError| error.keeping(typed))?;
    ssr::go("/admin/storage?set");
    Ok(())
}

/// Says for how long a friend keeps what is their own: days, or nothing for as long as the server does.
///
/// # Errors
/// [`ApiError::Invalid`] names the field; [`ApiError::NotFound`]; [`ApiError::Forbidden`] unless it is the friend who asks, or an admin for one who
/// cannot sign in.
#[server(prefix = "/api", endpoint = "set_own_retention")]
pub async fn set_own_retention(
    /// Whose, by id.
    friend: String,
    /// Messages.
    #[server(default)]
    raw: String,
    /// Positions.
    #[server(default)]
    fixes: String,
    /// Comings and goings.
    #[server(default)]
    transitions: String,
) -> Result<(), ApiError> {
    use crate::{draft, ssr};
    let typed = [("raw", &*raw), ("fixes", &*fixes), ("transitions", &*transitions)];
    let cx = ssr::cx()?;
    let set = async {
        let owner = ssr::owner(&cx, &friend)?;
        let own = draft::own_retention(typed).map_err(ssr::answered)?;
        cx.service().set_own_retention(cx.viewer()?, owner.friend.id, own).await.map_err(ssr::refused)?;
        Ok(owner.data_page())
    };
    let page = set.await.map_err(|error: ApiError| error.keeping(typed))?;
    ssr::go(&format!("{page}?kept"));
    Ok(())
}

//! What is stored of everybody: how much room it takes, and for how long the server keeps it.

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
    /// What friends write to each other.
    #[server(default)]
    chat: String,
) -> Result<(), ApiError> {
    use crate::{draft, ssr};
    let typed = [
        ("raw", &*raw),
        ("fixes", &*fixes),
        ("transitions", &*transitions),
        ("observations", &*observations),
        ("audit", &*audit),
        ("chat", &*chat),
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

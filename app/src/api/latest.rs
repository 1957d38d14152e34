//! How things are now.

use super::ApiError;
use domain::live::Snapshot;
use leptos::server;
use server_fn::codec::GetUrl;

/// Everything the viewer may see now: what the page is drawn from until the live line stands.
///
/// # Errors
/// [`ApiError::Unauthorised`] when nobody may look.
#[server(prefix = "/api", endpoint = "latest", input = GetUrl)]
pub async fn latest() -> Result<Snapshot, ApiError> {
    let cx = crate::ssr::cx()?;
    Ok(cx.service().look_around(cx.viewer()?, domain::Surface::Map))
}

//! The server as phones see it, for admins.

use super::ApiError;
use domain::SelfTest;
use leptos::server;
use server_fn::codec::GetUrl;

/// What the server finds when it looks at itself; takes some seconds.
///
/// # Errors
/// [`ApiError::Forbidden`] for everybody but admins of the server.
#[server(name = LookAtItself, prefix = "/api", endpoint = "self_test", input = GetUrl)]
pub async fn self_test() -> Result<SelfTest, ApiError> {
    use crate::ssr;
    let cx = ssr::cx()?;
    cx.service().self_test(cx.viewer()?).await.map_err(ssr::refused)
}

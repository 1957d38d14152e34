//! The MQTT doors, for admins.

use super::ApiError;
use domain::BrokerReport;
use leptos::server;
use server_fn::codec::GetUrl;

/// Who is connected, who was refused, and how the line to an outside broker stands.
///
/// # Errors
/// [`ApiError::Forbidden`] for everybody but admins.
#[server(name = AskBrokerReport, prefix = "/api", endpoint = "broker_report", input = GetUrl)]
pub async fn broker_report() -> Result<BrokerReport, ApiError> {
    use crate::ssr;
    let cx = ssr::cx()?;
    cx.service().broker_report(cx.viewer()?).await.map_err(ssr::refused)
}

/// Ends a connection, or a session whose client is away.
///
/// # Errors
/// [`ApiError::NotFound`] when it has ended already.
#[server(prefix = "/api", endpoint = "end_connection")]
pub async fn end_connection(
    /// What it signed in with.
    username: String,
    /// What it calls itself.
    client_id: String,
) -> Result<(), ApiError> {
    use crate::ssr;
    let cx = ssr::cx()?;
    cx.service().end_connection(cx.viewer()?, &username, &client_id).await.map_err(ssr::refused)?;
    ssr::go_back("ended");
    Ok(())
}

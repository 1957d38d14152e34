//! The message log, for admins.

use super::{ApiError, Page};
use domain::LoggedMessage;
use leptos::server;
use server_fn::codec::GetUrl;

/// A part of what phones and brokers sent, newest first.
///
/// # Errors
/// [`ApiError::Forbidden`] for everybody but admins.
#[server(prefix = "/api", endpoint = "messages", input = GetUrl)]
pub async fn messages(
    /// Leaves out what an admin need not look at.
    only_trouble: bool,
    /// Where this part starts.
    cursor: Option<String>,
) -> Result<Page<LoggedMessage>, ApiError> {
    use crate::ssr::{cx, refused};
    let cx = cx()?;
    let question = service::MessageQuery { only_trouble, limit: 50, cursor };
    let page = cx.service().messages(cx.viewer()?, &question).await.map_err(refused)?;
    Ok(Page { items: page.items, next: page.next })
}

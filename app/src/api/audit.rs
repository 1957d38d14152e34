//! Who did what as an admin, and whom they looked at.

use super::{ApiError, Page};
use domain::AuditEntry;
use leptos::server;
use server_fn::codec::GetUrl;

/// A part of the audit log, newest first.
///
/// # Errors
/// [`ApiError::Forbidden`] for everybody but admins.
#[server(prefix = "/api", endpoint = "audit", input = GetUrl)]
pub async fn audit(
    /// Only by who is called so; empty for all.
    actor: String,
    /// Only this act, by its word; empty or unknown for all.
    act: String,
    /// Where this part starts.
    cursor: Option<String>,
) -> Result<Page<AuditEntry>, ApiError> {
    use crate::ssr::{cx, refused};
    let cx = cx()?;
    let question =
        service::AuditQuery { actor: Some(actor), act: domain::Act::named(&act), limit: 50, cursor };
    let page = cx.service().audit(cx.viewer()?, &question).await.map_err(refused)?;
    Ok(Page { items: page.items, next: page.next })
}

/// What others did about the account, the phones and the privacy of whoever asks, newest first.
///
/// # Errors
/// [`ApiError::Unauthorised`] when nobody is signed in.
#[server(prefix = "/api", endpoint = "audit_of_me", input = GetUrl)]
pub async fn audit_of_me() -> Result<Vec<AuditEntry>, ApiError> {
    use crate::ssr::{cx, refused};
    let cx = cx()?;
    cx.service().audit_of_me(&cx.signed_in()?.viewer, 20).await.map_err(refused)
}

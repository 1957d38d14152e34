//! What happened to one friend.

use super::{ApiError, Page};
use domain::{DiaryEntry, FriendId};
use leptos::server;
use serde::{Deserialize, Serialize};
use server_fn::codec::GetUrl;

/// What happened to a friend, or a part of it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Diary {
    /// To whom.
    pub friend: FriendId,
    /// Whether it is whoever asks.
    pub own: bool,
    /// It, newest first.
    pub entries: Page<DiaryEntry>,
}

/// What happened to a friend, newest first. An admin who looks after them is told of their messages when there was one, and nothing else.
///
/// # Errors
/// [`ApiError::NotFound`]; [`ApiError::Forbidden`] unless it is the friend who asks, or an admin who looks after them.
#[server(name = AskDiary, prefix = "/api", endpoint = "diary", input = GetUrl)]
pub async fn diary(
    /// Their name or id; empty for whoever asks.
    #[server(default)]
    friend: String,
    /// Where this part starts; the newest without.
    before: Option<String>,
) -> Result<Diary, ApiError> {
    use crate::ssr;
    let cx = ssr::cx()?;
    let (viewer, service) = (cx.viewer()?, cx.service());
    let id = if friend.is_empty() {
        viewer.friend().ok_or_else(|| ssr::answered(ApiError::Unauthorised))?
    } else {
        service.friend_called(viewer, &friend).map_err(ssr::refused)?
    };
    let page = service.diary(viewer, id, 50, before.as_deref()).await.map_err(ssr::refused)?;
    Ok(Diary { friend: id, own: viewer.is(id), entries: Page { items: page.items, next: page.next } })
}

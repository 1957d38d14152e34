//! What is stored of a friend: how much, for how long, and deleting it.

use super::ApiError;
use domain::{Erased, FriendId, OwnRetention, Retention, Stored, Timestamp};
use leptos::server;
use serde::{Deserialize, Serialize};
use server_fn::codec::GetUrl;

/// What is stored of a friend.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct StoredData {
    /// Of whom.
    pub friend: FriendId,
    /// Their own name.
    pub name: String,
    /// Whether it is whoever asks.
    pub own: bool,
    /// Whether whoever asks may have all of it as a file.
    pub file: bool,
    /// How much of each kind.
    pub stored: Vec<Stored>,
    /// Where the same may be besides, a sentence each.
    pub beyond: Vec<String>,
    /// What was deleted a moment ago.
    pub erased: Option<Erased>,
    /// For how long the server keeps it.
    pub server: Retention,
    /// For how long they do, where that is less.
    pub keep: OwnRetention,
    /// Until when nothing goes by the server's.
    pub begins_at: Option<Timestamp>,
}

/// What is stored of a friend.
///
/// # Errors
/// [`ApiError::NotFound`]; [`ApiError::Forbidden`] unless it is the friend who asks, or an admin for one who cannot sign in.
#[server(name = AskStored, prefix = "/api", endpoint = "stored", input = GetUrl)]
pub async fn stored(
    /// Their name or id; empty for whoever asks.
    #[server(default)]
    friend: String,
) -> Result<StoredData, ApiError> {
    use crate::ssr;
    let cx = ssr::cx()?;
    let owner = ssr::owner(&cx, &friend)?;
    let report = cx.service().stored(cx.viewer()?, owner.friend.id).await.map_err(ssr::refused)?;
    let kept = cx.service().own_retention(cx.viewer()?, owner.friend.id).map_err(ssr::refused)?;
    Ok(StoredData {
        friend: owner.friend.id,
        name: owner.friend.name.to_string(),
        own: owner.is_own(),
        file: report.may_have_file,
        stored: report.stored,
        beyond: report.beyond,
        erased: report.erased,
        server: kept.server,
        keep: kept.own,
        begins_at: kept.begins_at,
    })
}

/// Deletes what is stored of a friend.
///
/// # Errors
/// [`ApiError::Invalid`] names the field; as [`stored`].
#[server(prefix = "/api", endpoint = "erase_stored")]
pub async fn erase_stored(
    /// Whose, by id.
    friend: String,
    /// `time` or `everything`.
    #[server(default)]
    what: String,
    /// With `time`: the first day.
    #[server(default)]
    day: String,
    /// With `time`: the last day; empty for the same.
    #[server(default)]
    until: String,
    /// Whose clock.
    #[server(default)]
    zone: String,
    /// "delete", typed.
    #[server(default)]
    word: String,
) -> Result<(), ApiError> {
    use crate::ssr;
    let typed = [("what", &*what), ("day", &*day), ("until", &*until)];
    let cx = ssr::cx()?;
    let erase = async {
        let owner = ssr::owner(&cx, &friend)?;
        let what = ssr::erasing(&what, &day, &until, &zone).map_err(ssr::answered)?;
        if !word.trim().eq_ignore_ascii_case("delete") {
            return Err(ssr::answered(ApiError::invalid("word", "must be the word \u{201c}delete\u{201d}")));
        }
        cx.service().erase(cx.viewer()?, owner.friend.id, what).await.map_err(ssr::refused)?;
        Ok(owner.data_page())
    };
    let page = erase.await.map_err(|error: ApiError| error.keeping(typed))?;
    ssr::go(&format!("{page}?erased"));
    Ok(())
}

/// Says for how long a friend keeps what is their own: days, or nothing for as long as the server does.
///
/// # Errors
/// [`ApiError::Invalid`] names the field; as [`stored`].
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

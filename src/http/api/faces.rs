//! `GET /friends/{id}/face`.

use super::{Caller, Problem};
use axum::{
    extract::Path,
    http::{HeaderMap, HeaderValue, header},
    response::{IntoResponse, Response},
};
use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use domain::FriendId;
use sha2::{Digest, Sha256};

/// A friend's picture, at most 192 pixels wide and high: JPEG, or PNG where something is transparent. With an `ETag`.
#[utoipa::path(get, path = "/api/v1/friends/{id}/face", params(("id" = String, Path, description = "The friend's id.")),
    responses((status = 200, description = "The picture.", content_type = "image/*"), (status = 404, body = Problem)))]
pub(super) async fn face(
    caller: Caller,
    Path(id): Path<String>,
    asked: HeaderMap,
) -> Result<Response, Problem> {
    let friend: FriendId = id.parse().map_err(|_not_an_id| service::Error::NotFound("face"))?;
    let face = caller.site.service.face(&caller.viewer, friend).await?;
    let tag = format!("\"{}\"", BASE64_URL_SAFE_NO_PAD.encode(Sha256::digest(&face)));
    let kind = if face.starts_with(b"\x89PNG") { "image/png" } else { "image/jpeg" };
    let mut headers = HeaderMap::new();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("private, no-cache"));
    if let Ok(tag) = HeaderValue::from_str(&tag) {
        headers.insert(header::ETAG, tag);
    }
    if asked.get(header::IF_NONE_MATCH).is_some_and(|known| known.as_bytes() == tag.as_bytes()) {
        return Ok((axum::http::StatusCode::NOT_MODIFIED, headers).into_response());
    }
    Ok((headers, face).into_response())
}

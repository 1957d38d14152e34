//! `POST /regions/import`: a file of regions. Sent by a form as it is, with script and without; what is refused goes back to the page,
//! which says it beside the field.

use super::Web;
use app::{
    api::ApiError,
    screens::regions::REGIONS_FORM,
    ssr::{refused, with_refusal},
};
use axum::{
    Router,
    extract::{
        DefaultBodyLimit, Extension, Multipart, State,
        multipart::{Field, MultipartError},
    },
    response::{IntoResponse, Redirect, Response},
    routing::post,
};
use service::{Imported, SignedIn};

/// The largest file that is read, bytes.
const LARGEST_FILE: usize = 2 * 1024 * 1024;
/// So much is taken of a file that is too large, to answer in words: a browser whose upload is cut off shows a page of its own.
const LARGEST: usize = 64 * 1024 * 1024;

pub(super) fn router() -> Router<Web> {
    Router::new().route(REGIONS_FORM, post(import)).layer(DefaultBodyLimit::max(LARGEST))
}

async fn import(
    State(web): State<Web>,
    who: Option<Extension<Option<SignedIn>>>,
    form: Multipart,
) -> Response {
    let Some(who) = who.and_then(|Extension(who)| who) else {
        return Redirect::to("/sign-in").into_response();
    };
    let too_large = || ApiError::invalid("file", "must have at most 2 MB");
    let read = match read(form).await {
        Ok(file) if file.len() > LARGEST_FILE => Err(too_large()),
        Ok(file) => web.site.service.import_regions(&who.viewer, &file).await.map_err(refused),
        Err(_cut_off) => Err(too_large()),
    };
    let page = match read {
        Ok(Imported { made, changed, unchanged, left_out }) => {
            format!("/regions?made={made}&changed={changed}&unchanged={unchanged}&left_out={left_out}")
        }
        Err(refusal) => with_refusal("/regions", REGIONS_FORM, refusal),
    };
    Redirect::to(&page).into_response()
}

async fn read(mut form: Multipart) -> Result<Vec<u8>, MultipartError> {
    let mut file = Vec::new();
    while let Some(field) = form.next_field().await? {
        if field.name() == Some("file") {
            file = beginning(field).await?;
        }
    }
    Ok(file)
}

/// The beginning of a field, enough to know that it is too long; the rest is read and dropped.
async fn beginning(mut field: Field<'_>) -> Result<Vec<u8>, MultipartError> {
    let mut kept = Vec::new();
    while let Some(chunk) = field.chunk().await? {
        let room = (LARGEST_FILE + 1).saturating_sub(kept.len()).min(chunk.len());
        kept.extend_from_slice(&chunk[..room]);
    }
    Ok(kept)
}

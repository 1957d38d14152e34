//! `POST /settings/card`: how a friend wants to be shown, with a picture. Sent by a form as it is, with script and without; what is
//! refused goes back to the page it came from, which says it beside the field.

use super::Web;
use app::{
    api::ApiError,
    screens::friends::CARD_FORM,
    ssr::{local_path, refused, with_refusal},
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
use domain::FriendId;
use service::{CardDraft, SignedIn};

/// The largest picture, bytes; the service says so in words.
const LARGEST_PICTURE: usize = 4 * 1024 * 1024;
/// The longest text of any other field, bytes.
const LONGEST_TEXT: usize = 4096;
/// So much is read of a file that is too large, to answer in words: a browser whose upload is cut off shows a page of its own.
const LARGEST: usize = 64 * 1024 * 1024;

pub(super) fn router() -> Router<Web> {
    Router::new().route(CARD_FORM, post(save)).layer(DefaultBodyLimit::max(LARGEST))
}

/// What the form holds.
#[derive(Default)]
struct Sent {
    page: String,
    friend: String,
    draft: CardDraft,
}

async fn save(State(web): State<Web>, who: Option<Extension<Option<SignedIn>>>, form: Multipart) -> Response {
    let Some(who) = who.and_then(|Extension(who)| who) else {
        return Redirect::to("/sign-in").into_response();
    };
    let mut sent = Sent { page: "/settings".to_owned(), ..Sent::default() };
    let saved = match read(form, &mut sent).await {
        Ok(()) => put(&web, &who, &sent).await,
        Err(_cut_off) => Err(ApiError::invalid("face", "did not come through; it must have at most 4 MB")),
    };
    let page = match saved {
        Ok(()) => format!("{}?card", local_path(&sent.page)),
        Err(refusal) => with_refusal(&sent.page, CARD_FORM, refusal.keeping([("name", &*sent.draft.name)])),
    };
    Redirect::to(&page).into_response()
}

async fn put(web: &Web, who: &SignedIn, sent: &Sent) -> Result<(), ApiError> {
    let none = |_not_an_id| ApiError::NotFound { what: "friend".to_owned() };
    let friend: FriendId = sent.friend.parse().map_err(none)?;
    web.site.service.put_card(&who.viewer, friend, sent.draft.clone()).await.map_err(refused)
}

async fn read(mut form: Multipart, sent: &mut Sent) -> Result<(), MultipartError> {
    while let Some(field) = form.next_field().await? {
        match field.name().unwrap_or_default() {
            "page" => sent.page = text(field).await?,
            "friend" => sent.friend = text(field).await?,
            "name" => sent.draft.name = text(field).await?,
            "without_face" => sent.draft.without_face = !text(field).await?.is_empty(),
            "face" => sent.draft.face = Some(beginning(field, LARGEST_PICTURE + 1).await?),
            _ => {}
        }
    }
    // Whoever presses "Remove" with a file chosen wants none.
    if sent.draft.without_face {
        sent.draft.face = None;
    }
    Ok(())
}

async fn text(field: Field<'_>) -> Result<String, MultipartError> {
    Ok(String::from_utf8_lossy(&beginning(field, LONGEST_TEXT).await?).into_owned())
}

/// The first bytes of a field; the rest is read and dropped.
async fn beginning(mut field: Field<'_>, most: usize) -> Result<Vec<u8>, MultipartError> {
    let mut kept = Vec::new();
    while let Some(chunk) = field.chunk().await? {
        let room = most.saturating_sub(kept.len()).min(chunk.len());
        kept.extend_from_slice(&chunk[..room]);
    }
    Ok(kept)
}

//! Foreign pages may not act for a friend: cookies ride on every request, also on the upgrade of a websocket, so a request that
//! names its origin must come from our own pages.

use super::{Web, forwarded::Travelled, problem::Problem};
use axum::{
    extract::{Extension, Request, State},
    http::{HeaderMap, Method, header},
    middleware::Next,
    response::{IntoResponse, Response},
};
use url::Url;

/// Refuses what comes from somebody else's page and could change or stream something.
pub(super) async fn own(
    State(web): State<Web>,
    Extension(travelled): Extension<Travelled>,
    request: Request,
    next: Next,
) -> Response {
    let headers = request.headers();
    let acts = !matches!(*request.method(), Method::GET | Method::HEAD | Method::OPTIONS)
        || headers.contains_key(header::UPGRADE);
    // Programs name no origin.
    let origin =
        headers.get(header::ORIGIN).map(|origin| origin.to_str().ok().and_then(|it| Url::parse(it).ok()));
    let is_own =
        origin.is_none_or(|origin| origin.is_some_and(|it| is_own(&travelled, &it, &web.site.public_url)));
    if acts && (is_foreign(headers) || !is_own) {
        return Problem::forbidden("this request comes from another site's page").into_response();
    }
    next.run(request).await
}

/// Browsers say so themselves ([Fetch Metadata](https://www.w3.org/TR/fetch-metadata/)), also where they name no origin.
pub(super) fn is_foreign(headers: &HeaderMap) -> bool {
    headers.get("sec-fetch-site").is_some_and(|site| site == "cross-site" || site == "same-site")
}

/// It must be the host that was asked, or the public one.
fn is_own(travelled: &Travelled, origin: &Url, public_url: &str) -> bool {
    travelled.is_own(origin) || Url::parse(public_url).is_ok_and(|public| public.origin() == origin.origin())
}

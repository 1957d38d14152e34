//! What goes back beside the answer: status, cookies, another page.

use super::{Cx, FreshLink, Setup, Site};
use crate::{
    api::{ApiError, Kept},
    ui::{base, within},
};
use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header, request::Parts};
use leptos::{nonce::Nonce, prelude::use_context};
use leptos_axum::ResponseOptions;
use serde::{Serialize, de::DeserializeOwned};
use server_fn::error::ServerFnUrlError;
use service::{Error, NewSession};

/// The prefix of the name of a cookie that must have been set by this very host, and encrypted. Browsers hold it to that, and to the whole
/// host: its path is always `/`.
const HOST: &str = "__Host-";

/// The cookie that holds a session's token.
pub fn session_cookie(site: &Site, is_secure: bool) -> String {
    host_cookie(site, "whereabouts_session", is_secure)
}

/// The cookie by which a browser is known with which somebody signed in: it lets nobody in, and is not slowed down by who guesses beside it.
pub(super) fn browser_cookie(site: &Site, is_secure: bool) -> String {
    host_cookie(site, "whereabouts_browser", is_secure)
}

/// The name of a cookie that is worth an account. Where it only travels encrypted, browsers refuse one of that name that another host set, or
/// that was set without encryption ([RFC 6265bis](https://datatracker.ietf.org/doc/html/draft-ietf-httpbis-rfc6265bis#name-the-__host-prefix)).
/// It then lies at the root of the host also where this site does not, so the path stands in its name: two sites there do not sign each other
/// out.
pub fn host_cookie(site: &Site, name: &str, is_secure: bool) -> String {
    if is_secure { format!("{HOST}{name}{}", site.base().replace('/', ".")) } else { name.to_owned() }
}

/// The cookie that holds a new phone's credentials for a while, so that its card can be shown again; they are kept nowhere else in the
/// clear.
fn phone_cookie(site: &Site, is_secure: bool) -> String {
    host_cookie(site, "whereabouts_new_phone", is_secure)
}

/// The cookie that holds a new set-up link in the same way, for who made it.
fn link_cookie(site: &Site) -> String {
    host_cookie(site, "whereabouts_new_link", site.secure_cookies)
}

/// How long that is where an admin made it, seconds: a quarter of an hour.
pub const FRESH_S: i64 = 900;

/// Translates what `service` refused, and sets the status of the reply.
pub fn refused(error: Error) -> ApiError {
    answered(match error {
        Error::Unauthorised => ApiError::Unauthorised,
        Error::Forbidden => ApiError::Forbidden,
        Error::NotFound(what) => ApiError::NotFound { what: what.to_owned() },
        Error::Invalid { field, why } => ApiError::invalid(field, why),
        Error::Conflict { field, why } => {
            ApiError::Conflict { field: field.to_owned(), why, kept: Kept::default() }
        }
        Error::Busy { retry_after_s } => ApiError::Unavailable { retry_after_s },
        Error::Stopping | Error::NotWriting => ApiError::Unavailable { retry_after_s: 5 },
        error @ (Error::Store(_) | Error::Machine(_)) => {
            let incident: String = Nonce::new().chars().filter(char::is_ascii_alphanumeric).take(8).collect();
            tracing::error!(%incident, error = &error as &dyn std::error::Error, "a question could not be answered");
            ApiError::Internal { incident }
        }
    })
}

/// Sets the status that fits an error on the reply of a server function, and when to come again; not for a page, and not for a form without
/// script, which goes back to its page.
pub fn answered(error: ApiError) -> ApiError {
    let status = match &error {
        ApiError::Unauthorised => StatusCode::UNAUTHORIZED,
        ApiError::Forbidden => StatusCode::FORBIDDEN,
        ApiError::NotFound { .. } => StatusCode::NOT_FOUND,
        ApiError::Invalid { .. } => StatusCode::UNPROCESSABLE_ENTITY,
        ApiError::Conflict { .. } => StatusCode::CONFLICT,
        ApiError::Unavailable { .. } => StatusCode::TOO_MANY_REQUESTS,
        ApiError::Internal { .. } | ApiError::Transport(_) => StatusCode::INTERNAL_SERVER_ERROR,
    };
    if let (true, Some(reply)) = (is_by_script(), use_context::<ResponseOptions>()) {
        reply.set_status(status);
        if let ApiError::Unavailable { retry_after_s } = error {
            reply.insert_header(header::RETRY_AFTER, HeaderValue::from(retry_after_s));
        }
    }
    error
}

/// Whether a server function was asked by a script, and not by a form or a page.
fn is_by_script() -> bool {
    use_context::<Parts>().is_some_and(|parts| {
        let accepts = parts.headers.get(header::ACCEPT).and_then(|accepts| accepts.to_str().ok());
        parts.uri.path().starts_with("/api/") && !accepts.is_some_and(|accepts| accepts.contains("text/html"))
    })
}

/// A path of this server, or `/`: nobody is sent elsewhere after signing in.
pub fn local_path(path: &str) -> &str {
    let inside = path.starts_with('/') && !path.starts_with("//") && !path.starts_with("/api/");
    let plain = path.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'\\');
    if inside && plain { path } else { "/" }
}

/// Goes on to another page of this server, with and without script.
pub fn go(path: &str) {
    leptos_axum::redirect(local_path(path));
}

/// Goes back to the page that asked, which then says that it is done: by its mark in the query.
pub fn go_back(mark: &str) {
    let parts: Option<Parts> = use_context();
    let referer = parts.as_ref().and_then(|parts| parts.headers.get(header::REFERER)?.to_str().ok());
    let base = base();
    let page = within(&base, referer.and_then(path_of).unwrap_or("/"));
    go(&format!("{page}?{mark}"));
}

/// The same for a form without script. With script the page stays as it is, and says so itself.
pub fn go_back_plainly(mark: &str) {
    if !is_by_script() {
        go_back(mark);
    }
}

/// Goes on to another page of this server, for a form without script. With script the page sees to it itself.
pub fn go_plainly(path: &str) {
    if !is_by_script() {
        go(path);
    }
}

/// The path of an address, without its query.
fn path_of(address: &str) -> Option<&str> {
    let (_, rest) = address.split_once("://")?;
    let path = &rest[rest.find('/')?..];
    Some(path.split(['?', '#']).next().unwrap_or(path))
}

/// A page of this server with a refusal in its query, as server functions tell it to those without script: it stands there beside
/// the field. For forms that are no server functions, by the path they are sent to.
pub fn with_refusal(page: &str, form: &str, refusal: ApiError) -> String {
    let path = local_path(page).split('?').next().unwrap_or("/");
    // Only its query counts; there must be a whole address around it.
    let told = ServerFnUrlError::new(form, refusal).to_url("http://page");
    let told = told.ok().and_then(|address| address.query().map(str::to_owned)).unwrap_or_default();
    format!("{path}?{told}")
}

/// Remembers a new session in the browser.
pub fn keep_session(cx: &Cx, session: &NewSession) {
    let secure = cx.site.secure_cookies;
    set_cookie(cx, &session_cookie(&cx.site, secure), &session.token, session.max_age_s, "Lax");
    if let Some(mark) = &session.mark {
        set_cookie(cx, &browser_cookie(&cx.site, secure), mark, session.max_age_s, "Strict");
    }
}

/// Remembers a session in the browser, and ends the one that it had until now, which is of no use any more.
///
/// # Errors
/// Only when the server is out of order.
pub async fn change_session(cx: &Cx, session: &NewSession) -> Result<(), ApiError> {
    keep_session(cx, session);
    if let Some(before) = &cx.signed_in {
        cx.service().sign_out(&before.session).await.map_err(refused)?;
    }
    Ok(())
}

/// Makes the browser forget its session and a new phone's credentials.
pub fn forget_session(cx: &Cx) {
    set_cookie(cx, &session_cookie(&cx.site, cx.site.secure_cookies), "", 0, "Lax");
    set_cookie(cx, &phone_cookie(&cx.site, cx.site.secure_cookies), "", 0, "Lax");
    set_cookie(cx, &link_cookie(&cx.site), "", 0, "Strict");
    super::forget_webhook(cx);
}

/// Keeps a new phone's credentials in the browser where they were made, for so many seconds. Whoever comes back to the page from a
/// message, that is from elsewhere, finds them still.
pub fn keep_phone(cx: &Cx, setup: &Setup, max_age_s: i64) {
    set_cookie(cx, &phone_cookie(&cx.site, cx.site.secure_cookies), &packed(setup), max_age_s, "Lax");
}

/// The credentials of the phone that was made last in this browser.
pub fn fresh_phone(cx: &Cx) -> Option<Setup> {
    phone_in(&cx.site, &use_context::<Parts>()?.headers)
}

/// The same out of the headers of a request; `site` says how that came.
pub fn phone_in(site: &Site, headers: &HeaderMap) -> Option<Setup> {
    unpacked(headers, &phone_cookie(site, site.secure_cookies))
}

/// Keeps a new link in the browser of who made it, for a while.
pub fn keep_link(cx: &Cx, link: &FreshLink) {
    set_cookie(cx, &link_cookie(&cx.site), &packed(link), FRESH_S, "Strict");
}

/// The link that was made last in this browser.
pub fn fresh_link(cx: &Cx) -> Option<FreshLink> {
    unpacked(&use_context::<Parts>()?.headers, &link_cookie(&cx.site))
}

/// Asks that nobody lists or keeps the page that is being answered.
pub fn unlisted() {
    if let Some(reply) = use_context::<ResponseOptions>() {
        reply.insert_header(HeaderName::from_static("x-robots-tag"), HeaderValue::from_static("noindex"));
        reply.insert_header(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    }
}

fn packed(value: &impl Serialize) -> String {
    serde_json::to_vec(value).map(|json| BASE64_URL_SAFE_NO_PAD.encode(json)).unwrap_or_default()
}

fn unpacked<T: DeserializeOwned>(headers: &HeaderMap, name: &str) -> Option<T> {
    let text = cookie_in(headers, name)?;
    serde_json::from_slice(&BASE64_URL_SAFE_NO_PAD.decode(text).ok()?).ok()
}

/// A cookie of the request that is being answered.
pub(super) fn cookie(name: &str) -> Option<String> {
    cookie_in(&use_context::<Parts>()?.headers, name).map(str::to_owned)
}

fn cookie_in<'h>(headers: &'h HeaderMap, name: &str) -> Option<&'h str> {
    let cookies = headers.get_all(header::COOKIE).into_iter().filter_map(|line| line.to_str().ok());
    let mut pairs = cookies.flat_map(|line| line.split(';'));
    pairs.find_map(|pair| pair.trim().strip_prefix(name)?.strip_prefix('='))
}

pub(super) fn set_cookie(cx: &Cx, name: &str, value: &str, max_age_s: i64, same_site: &str) {
    let line = cookie_line(&cx.site, name, value, max_age_s, same_site);
    if let (Ok(line), Some(reply)) = (HeaderValue::from_str(&line), use_context::<ResponseOptions>()) {
        reply.append_header(header::SET_COOKIE, line);
    }
}

/// A cookie as browsers are told to keep it: out of reach of scripts, and encrypted where the server is reached so.
pub fn cookie_line(site: &Site, name: &str, value: &str, max_age_s: i64, same_site: &str) -> String {
    let secure = if site.secure_cookies { "; Secure" } else { "" };
    let path = Some(site.base()).filter(|base| !base.is_empty() && !name.starts_with(HOST)).unwrap_or("/");
    format!("{name}={value}; Path={path}; HttpOnly; SameSite={same_site}; Max-Age={max_age_s}{secure}")
}

/// The cookie of a new session.
pub fn session_line(site: &Site, session: &NewSession) -> String {
    cookie_line(site, &session_cookie(site, site.secure_cookies), &session.token, session.max_age_s, "Lax")
}

#[cfg(test)]
mod tests {
    use super::{local_path, path_of};

    #[test]
    fn one_goes_back_to_the_page_and_not_to_what_it_was_asked() {
        assert_eq!(path_of("http://a.example:3000/friends/ann/phone?asked#x"), Some("/friends/ann/phone"));
        assert_eq!(path_of("http://a.example"), None);
        assert_eq!(path_of("/friends"), None);
    }

    #[test]
    fn after_signing_in_one_stays_on_this_server() {
        for path in ["/", "/history?friend=ann&day=2026-05-17", "/regions"] {
            assert_eq!(local_path(path), path);
        }
        for path in [
            "",
            "//evil.example",
            "/\\evil.example",
            "https://evil.example",
            "/a\r\nb",
            "/api/sign_out",
            "/ü",
        ] {
            assert_eq!(local_path(path), "/", "{path:?}");
        }
    }
}

//! Who is asking, and of what.

use super::{answered, reply::browser_cookie};
use crate::api::{ApiError, Tiles};
use domain::Viewer;
use http::request::Parts;
use leptos::prelude::{provide_context, use_context};
use leptos_router::location::RequestUrl;
use service::{Service, SignedIn, Visitor};
use std::sync::Arc;

/// An OIDC provider to sign in with.
#[derive(Clone, Debug)]
pub struct OidcProvider {
    /// What the button says.
    pub name: String,
    /// What it calls itself.
    pub issuer: String,
}

/// This server, as pages and server functions see it. Given to them through `leptos_routes_with_context`.
#[derive(Clone)]
pub struct Site {
    /// Everything the product does.
    pub service: Service,
    /// What the server is called, in the titles.
    pub name: String,
    /// Where people and phones reach it, without a slash at the end.
    pub public_url: String,
    /// Whether cookies may only travel encrypted: as the public URL says; within a request, as that one came.
    pub secure_cookies: bool,
    /// Whether somebody who is not signed in sees what is made up.
    pub demo: bool,
    /// Map pictures from elsewhere, where an admin wants them.
    pub tiles: Option<Tiles>,
    /// `host:port` where phones reach the broker; `None` when it is off.
    pub mqtt: Option<String>,
    /// Whether phones must speak TLS there.
    pub mqtt_tls: bool,
    /// With whom else one signs in.
    pub oidc: Option<OidcProvider>,
}

impl Site {
    /// The path of the public address, which everything lies below, without a slash at the end: empty, or `/where`.
    pub fn base(&self) -> &str {
        let host = self.public_url.split_once("://").map_or("", |(_, host)| host);
        host.find('/').map_or("", |start| &host[start..])
    }
}

/// [`Site::base`], for what draws pages: [`crate::ui::base`].
#[derive(Clone)]
pub struct Base(pub Arc<str>);

/// Gives pages and server functions what they are drawn and answered from. The path that is asked for has lost the base on its way; the
/// router finds it whole, as in the browser.
pub fn provide(site: Site) {
    let base: Arc<str> = site.base().into();
    let asked = use_context::<Parts>().filter(|_| !base.is_empty());
    if let Some(asked) = asked.as_ref().and_then(|parts| parts.uri.path_and_query()) {
        provide_context(RequestUrl::new(&format!("http://leptos.dev{base}{asked}")));
    }
    provide_context(Base(base));
    provide_context(site);
}

/// Where a request comes from, to slow down guessing. The server puts it into the request's extensions.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Peer(pub String);

/// Whether a request travelled encrypted. The server puts it into the request's extensions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Encrypted(pub bool);

/// Everything a server function starts from.
#[derive(Clone)]
pub struct Cx {
    /// This server.
    pub site: Site,
    /// Who is signed in.
    pub signed_in: Option<SignedIn>,
    /// Who is looking: whoever is signed in, or a guest of a demonstration.
    pub viewer: Option<Viewer>,
    /// Where the request comes from.
    pub peer: Peer,
    /// What the browser says of itself.
    pub agent: String,
}

/// Reads the context of the request that is being answered.
///
/// # Errors
/// [`ApiError::Internal`] outside of a request: the server was put together wrongly.
pub fn cx() -> Result<Cx, ApiError> {
    let misbuilt = || ApiError::Internal { incident: "no-context".to_owned() };
    let mut site: Site = use_context().ok_or_else(misbuilt)?;
    let parts: Parts = use_context().ok_or_else(misbuilt)?;
    let signed_in = parts.extensions.get::<Option<SignedIn>>().cloned().flatten();
    let guest = site.demo.then_some(Viewer::Guest);
    let viewer = signed_in.as_ref().map(|who| who.viewer.clone()).or(guest);
    let peer = parts.extensions.get::<Peer>().cloned().unwrap_or_default();
    if let Some(Encrypted(encrypted)) = parts.extensions.get() {
        site.secure_cookies = *encrypted;
    }
    let agent = parts.headers.get(http::header::USER_AGENT).and_then(|agent| agent.to_str().ok());
    let agent = agent.unwrap_or_default().to_owned();
    Ok(Cx { site, signed_in, viewer, peer, agent })
}

impl Cx {
    /// Who is looking.
    ///
    /// # Errors
    /// [`ApiError::Unauthorised`] when nobody may look.
    pub fn viewer(&self) -> Result<&Viewer, ApiError> {
        self.viewer.as_ref().ok_or_else(|| answered(ApiError::Unauthorised))
    }

    /// Who is looking at something that may be public.
    pub fn viewer_or_guest(&self) -> Viewer {
        self.viewer.clone().unwrap_or(Viewer::Guest)
    }

    /// Who is signed in.
    ///
    /// # Errors
    /// [`ApiError::Unauthorised`] when nobody is.
    pub fn signed_in(&self) -> Result<&SignedIn, ApiError> {
        self.signed_in.as_ref().ok_or_else(|| answered(ApiError::Unauthorised))
    }

    /// Where somebody signs in from, and with what.
    pub fn visitor(&self) -> Visitor {
        let mark =
            super::reply::cookie(&browser_cookie(&self.site, self.site.secure_cookies)).unwrap_or_default();
        Visitor { peer: self.peer.0.clone(), agent: self.agent.clone(), mark }
    }

    /// Does everything the product does.
    pub fn service(&self) -> &Service {
        &self.site.service
    }
}

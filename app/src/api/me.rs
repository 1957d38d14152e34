//! Who is asking, and what the page needs to know of the server.

use super::ApiError;
use domain::{FriendId, Name};
use leptos::server;
use serde::{Deserialize, Serialize};
use server_fn::codec::GetUrl;

/// Map pictures from elsewhere.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tiles {
    /// The address of one picture, with `{z}`, `{x}` and `{y}`.
    pub url: String,
    /// Who made them, as plain text.
    pub attribution: String,
}

/// Who is asking, and what the page needs to know of the server.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[expect(clippy::struct_excessive_bools, reason = "each is a question of its own")]
pub struct Me {
    /// The name they signed in with.
    pub name: Option<Name>,
    /// Who they are.
    pub friend: Option<FriendId>,
    /// Whether they manage the friends, devices and regions of some group.
    pub admin: bool,
    /// Whether they manage the server.
    pub server_admin: bool,
    /// Whether they look at a demonstration without being signed in.
    pub guest: bool,
    /// Map pictures from elsewhere.
    pub tiles: Option<Tiles>,
    /// `host:port` where phones reach the broker.
    pub mqtt: Option<String>,
    /// Where people and phones reach the server.
    pub public_url: String,
    /// Whether there are sensors for them to see.
    pub sensors: bool,
    /// Whether there is no admin yet.
    pub needs_set_up: bool,
    /// What the button says with which one signs in elsewhere, where one can.
    pub oidc: Option<String>,
}

impl Me {
    /// Whether there is anything for them to see.
    pub fn may_look(&self) -> bool {
        self.friend.is_some() || self.guest
    }
}

/// Answers who is asking.
///
/// # Errors
/// Only when the server is out of order.
#[server(name = AskMe, prefix = "/api", endpoint = "me", input = GetUrl)]
pub async fn me() -> Result<Me, ApiError> {
    let cx = crate::ssr::cx()?;
    Ok(Me {
        name: cx.signed_in.as_ref().map(|who| who.name.clone()),
        friend: cx.signed_in.as_ref().map(|who| who.friend),
        admin: cx.viewer.as_ref().is_some_and(domain::Viewer::administers_any),
        server_admin: cx.viewer.as_ref().is_some_and(domain::Viewer::is_server_admin),
        guest: cx.signed_in.is_none() && cx.viewer.is_some(),
        sensors: cx.viewer.as_ref().is_some_and(|viewer| cx.service().has_sensors(viewer)),
        needs_set_up: cx.service().needs_set_up(),
        oidc: cx.site.oidc.map(|provider| provider.name),
        tiles: cx.site.tiles,
        mqtt: cx.site.mqtt,
        public_url: cx.site.public_url,
    })
}

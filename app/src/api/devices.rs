//! Devices, for admins and for those whose they are.

use super::ApiError;
use domain::DeviceId;
use leptos::server;
use serde::{Deserialize, Serialize};
use server_fn::codec::GetUrl;

/// Everything that puts a new phone on the map. The password is shown now and never again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PhoneCard {
    /// Which device.
    pub device: DeviceId,
    /// Whose, by name.
    pub friend: String,
    /// Its own name.
    pub name: String,
    /// What it signs in with.
    pub username: String,
    /// What it signs in with.
    pub password: String,
    /// Its base topic.
    pub topic: String,
    /// Where the broker is; `None` when phones can only use HTTP.
    pub host: Option<String>,
    /// At which port.
    pub port: Option<String>,
    /// Whether that port speaks TLS.
    pub tls: bool,
    /// The address for HTTP mode.
    pub url: String,
    /// A link that opens in the app and fills everything in.
    pub link: String,
    /// The set-up document inside the link.
    pub document: String,
    /// The link as a picture in SVG.
    pub qr: Option<String>,
}

/// Makes a device or a link by which it is set up, and its friend if there is none of that name yet.
///
/// # Errors
/// [`ApiError::Invalid`] or [`ApiError::Conflict`] names the field.
#[server(prefix = "/api", endpoint = "add_device")]
pub async fn add_device(
    /// Whose it is, by name.
    friend: String,
    /// Its name.
    device: String,
    /// The word of a level: what the group sees of a friend who cannot sign in until they choose. Empty: nothing, or what was said before.
    #[server(default)]
    share: String,
    /// Which group a new friend is of, by id; empty for the first that whoever asks manages.
    #[server(default)]
    group: String,
    /// `link` for a link; else the password is made and shown here.
    #[server(default)]
    how: String,
) -> Result<(), ApiError> {
    use crate::ssr;
    let cx = ssr::cx()?;
    let typed = [("friend", &*friend), ("device", &*device), ("share", &*share), ("group", &*group)];
    let into = Some(&*group).filter(|group| !group.is_empty());
    let level = ssr::level_for(&cx, &friend, &share).map_err(|error| error.keeping(typed))?;
    if how == "link" {
        let made = ssr::make_link(&cx, into, &friend, &device).await.map_err(|error| error.keeping(typed))?;
        if let Some(level) = level {
            ssr::show_to_group(&cx, friend.trim(), level).await.map_err(|error| error.keeping(typed))?;
        }
        ssr::go(&format!("/friends?link={}", made.id));
        return Ok(());
    }
    let made = cx.service().add_device_to(cx.viewer()?, into, &friend, &device).await;
    let made = made.map_err(|error| ssr::refused(error).keeping(typed))?;
    if let Some(level) = level {
        ssr::show_to_group(&cx, &made.username, level).await.map_err(|error| error.keeping(typed))?;
    }
    let setup = ssr::Setup {
        device: made.device,
        friend: friend.trim().to_owned(),
        name: device.trim().to_owned(),
        username: made.username,
        password: made.password,
        topic: made.topic,
    };
    ssr::keep_phone(&cx, &setup, ssr::FRESH_S);
    ssr::go(&format!("/friends?phone={}", made.device));
    Ok(())
}

/// The card of a phone that was made in this browser in the last quarter of an hour.
///
/// # Errors
/// [`ApiError::Unauthorised`] when nobody is signed in.
#[server(name = AskPhoneCard, prefix = "/api", endpoint = "phone_card", input = GetUrl)]
pub async fn phone_card(
    /// The device's id.
    device: String,
) -> Result<Option<PhoneCard>, ApiError> {
    use crate::ssr;
    let cx = ssr::cx()?;
    cx.signed_in()?;
    let setup = ssr::fresh_phone(&cx).filter(|setup| setup.device.to_string() == device);
    Ok(setup.map(|setup| ssr::card(&cx.site, setup)))
}

/// Takes a device away: it can no longer sign in.
///
/// # Errors
/// [`ApiError::NotFound`] when it is gone already.
#[server(prefix = "/api", endpoint = "remove_device")]
pub async fn remove_device(
    /// The device's id.
    id: String,
) -> Result<(), ApiError> {
    use crate::{draft, ssr};
    let cx = ssr::cx()?;
    let viewer = cx.viewer()?;
    let device = draft::id(&id, "device").map_err(ssr::answered)?;
    cx.service().remove_device(viewer, device).await.map_err(ssr::refused)?;
    ssr::go("/friends?removed");
    Ok(())
}

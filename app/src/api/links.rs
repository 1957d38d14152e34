//! Links by which somebody sets up a phone: for who makes them, and for whoever holds the phone.
//!
//! The token of a link travels in bodies, and in the address of its own page alone, which is never logged.

use super::{ApiError, PhoneCard};
use domain::{LinkId, LinkState, Timestamp, arrival::Arrival};
use leptos::server;
use serde::{Deserialize, Serialize};
use server_fn::codec::GetUrl;

/// What the page of a link shows.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum PhonePage {
    /// The link is worth nothing, whatever the reason.
    Gone,
    /// Whose phone it is has to sign in first.
    SignIn {
        /// Who, by name.
        friend: String,
        /// Whether somebody else is signed in here.
        another: bool,
    },
    /// The phone can be set up.
    Offer(PhoneOffer),
    /// It was set up a moment ago in this browser.
    Ready(Box<ReadyPhone>),
}

/// What is said before a phone is set up.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PhoneOffer {
    /// Whose it is, by name.
    pub friend: String,
    /// What it is called.
    pub device: String,
    /// What their group is called.
    pub group: String,
    /// Who sees what, at most one line for each.
    pub shows: Vec<Shows>,
    /// Whether everything is paused.
    pub paused: bool,
    /// Who says so.
    pub decides: Decides,
    /// Whether it is there already, and the one that is so called until now is signed out.
    pub renews: bool,
    /// Worth nothing from then on.
    pub expires_at: Timestamp,
    /// Whether this page came encrypted, as far as is known.
    pub https: bool,
}

/// What somebody sees.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Shows {
    /// Who.
    pub to: String,
    /// What, in words.
    pub what: String,
    /// Until when.
    pub until: Option<Timestamp>,
}

/// Who says what others see of a friend.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Decides {
    /// Whoever looks at the page.
    Here,
    /// The friend, when they sign in.
    Friend,
    /// The admins of the group, for one who cannot sign in.
    Admins,
}

/// A phone that was set up a moment ago.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReadyPhone {
    /// What to open, scan and type.
    pub card: PhoneCard,
    /// How far it has come.
    pub arrival: Arrival,
    /// Who says what others see.
    pub decides: Decides,
    /// Whether this page came encrypted.
    pub https: bool,
}

/// A link that was made a moment ago, for who made it. Its address is shown now and never again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LinkCard {
    /// Which.
    pub id: LinkId,
    /// Whose phone it is for, by name.
    pub friend: String,
    /// What the phone is called.
    pub device: String,
    /// Its address.
    pub url: String,
    /// The address as a picture in SVG.
    pub qr: Option<String>,
    /// Worth nothing from then on.
    pub expires_at: Timestamp,
    /// Whether its friend has to sign in.
    pub signs_in: bool,
}

/// A link and how far its phone has come.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LinkLine {
    /// Which.
    pub id: LinkId,
    /// Whose phone it is for, by name.
    pub friend: String,
    /// What the phone is called.
    pub device: String,
    /// The page of the device that it set up.
    pub page: Option<String>,
    /// Who made it; nobody who is there, or the terminal.
    pub made_by: Option<String>,
    /// When.
    pub made_at: Timestamp,
    /// Worth nothing from then on.
    pub expires_at: Timestamp,
    /// When it was first looked at.
    pub opened_at: Option<Timestamp>,
    /// When the phone was set up.
    pub used_at: Option<Timestamp>,
    /// What has become of it.
    pub state: LinkState,
    /// How far the phone has come.
    pub arrival: Option<Arrival>,
}

/// What the page of a link shows. Looking uses nothing up.
///
/// # Errors
/// [`ApiError::Unavailable`] after too many tries.
#[server(name = AskPhonePage, prefix = "/api", endpoint = "phone_page")]
pub async fn phone_page(
    /// Out of the address.
    token: String,
) -> Result<PhonePage, ApiError> {
    use crate::ssr;
    let cx = ssr::cx()?;
    ssr::unlisted();
    if let Some(ready) = ssr::ready_phone(&cx, &token).await? {
        return Ok(PhonePage::Ready(Box::new(ready)));
    }
    ssr::phone_page(&cx, &token).await
}

/// How far the phone has come that was set up by a link in this browser; nothing for anybody else.
///
/// # Errors
/// [`ApiError::Unavailable`] after too many tries.
#[server(name = AskPhoneArrival, prefix = "/api", endpoint = "phone_arrival")]
pub async fn phone_arrival(
    /// Out of the address.
    token: String,
) -> Result<Option<Arrival>, ApiError> {
    use crate::ssr;
    let cx = ssr::cx()?;
    Ok(ssr::ready_phone(&cx, &token).await?.map(|ready| ready.arrival))
}

/// Sets a phone up: makes its password, once. Goes back to the page of the link, which then shows it in this browser.
///
/// # Errors
/// [`ApiError::Invalid`] for `share`, [`ApiError::Unavailable`] after too many tries.
#[server(prefix = "/api", endpoint = "use_device_link")]
pub async fn use_device_link(
    /// Out of the address.
    token: String,
    /// The word of a level: what the group is to see, for who decides. Empty: as it is.
    #[server(default)]
    share: String,
) -> Result<(), ApiError> {
    use crate::ssr;
    let cx = ssr::cx()?;
    ssr::use_link(&cx, &token, &share).await
}

/// The link that was made in this browser in the last quarter of an hour.
///
/// # Errors
/// [`ApiError::Unauthorised`] when nobody is signed in.
#[server(name = AskLinkCard, prefix = "/api", endpoint = "link_card", input = GetUrl)]
pub async fn link_card(
    /// The link's id.
    id: String,
) -> Result<Option<LinkCard>, ApiError> {
    use crate::ssr;
    let cx = ssr::cx()?;
    cx.signed_in()?;
    Ok(ssr::fresh_link(&cx)
        .filter(|fresh| fresh.id.to_string() == id)
        .map(|fresh| ssr::link_card(&cx.site, fresh)))
}

/// The links for phones that whoever asks looks after, newest first.
///
/// # Errors
/// [`ApiError::Unauthorised`] when nobody is signed in.
#[server(name = AskDeviceLinks, prefix = "/api", endpoint = "device_links", input = GetUrl)]
pub async fn device_links() -> Result<Vec<LinkLine>, ApiError> {
    use crate::ssr;
    let cx = ssr::cx()?;
    let links = cx.service().device_links(&cx.signed_in()?.viewer).await.map_err(ssr::refused)?;
    Ok(links.into_iter().map(ssr::link_line).collect())
}

/// Takes a link back that nobody has used.
///
/// # Errors
/// [`ApiError::NotFound`] when it was used or taken back before.
#[server(prefix = "/api", endpoint = "revoke_device_link")]
pub async fn revoke_device_link(
    /// The link's id.
    id: String,
) -> Result<(), ApiError> {
    use crate::{draft, ssr};
    let cx = ssr::cx()?;
    let link = draft::id(&id, "link").map_err(ssr::answered)?;
    cx.service().revoke_link(cx.viewer()?, link).await.map_err(ssr::refused)?;
    ssr::go("/friends?link-gone#links");
    Ok(())
}

//! Regions on phones, and places on phones that could be regions. For admins.

use super::ApiError;
use domain::{DeviceId, waypoint::Receipt};
use leptos::server;
use serde::{Deserialize, Serialize};
use server_fn::codec::GetUrl;

/// A phone that a region is given to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PhoneReceipt {
    /// Which.
    pub device: DeviceId,
    /// Its name.
    pub name: String,
    /// The name of its owner.
    pub owner: String,
    /// Of a polygon the radius of the circle as which phones watch it, metres.
    pub circle_m: Option<u32>,
    /// How far the region has come.
    pub receipt: Receipt,
}

/// A place on a phone that could become a region.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Offer {
    /// On which phone.
    pub device: DeviceId,
    /// Which of its places. Opaque.
    pub key: String,
    /// What the phone calls it.
    pub name: String,
    /// The name of the phone's owner.
    pub owner: String,
    /// Metres.
    pub radius_m: f64,
    /// How many other phones have the same place.
    pub others: usize,
}

/// The phones that a region is given to.
///
/// # Errors
/// [`ApiError::NotFound`]; [`ApiError::Forbidden`] unless an admin.
#[server(name = AskPhonesOf, prefix = "/api", endpoint = "phones_of_region", input = GetUrl)]
pub async fn phones_of(
    /// The region's id.
    region: String,
) -> Result<Vec<PhoneReceipt>, ApiError> {
    use crate::{draft, ssr};
    let cx = ssr::cx()?;
    let region = draft::id(&region, "region")?;
    let phones = cx.service().phones_with(cx.viewer()?, region).await.map_err(ssr::refused)?;
    let shown = phones.into_iter().map(|phone| PhoneReceipt {
        device: phone.device.id,
        name: phone.device.name.to_string(),
        owner: phone.owner.name.to_string(),
        circle_m: phone.circle_m,
        receipt: phone.receipt,
    });
    Ok(shown.collect())
}

/// Places that friends drew on their phones and that are no regions yet.
///
/// # Errors
/// [`ApiError::Forbidden`] unless an admin.
#[server(name = AskOffers, prefix = "/api", endpoint = "offered_places", input = GetUrl)]
pub async fn offered_places() -> Result<Vec<Offer>, ApiError> {
    use crate::ssr;
    let cx = ssr::cx()?;
    let offers = cx.service().offered_places(cx.viewer()?).map_err(ssr::refused)?;
    let shown = offers.into_iter().map(|offer| Offer {
        device: offer.device.id,
        key: offer.key,
        name: offer.name,
        owner: offer.owner.name.to_string(),
        radius_m: offer.circle.radius_m(),
        others: offer.others,
    });
    Ok(shown.collect())
}

/// Makes a region of a place on a phone.
///
/// # Errors
/// [`ApiError::NotFound`] when the phone does not have it any more; [`ApiError::Conflict`] when it is a region already.
#[server(prefix = "/api", endpoint = "adopt_place")]
pub async fn adopt_place(
    /// The device's id.
    device: String,
    /// Which of its places.
    key: String,
) -> Result<(), ApiError> {
    use crate::{draft, ssr};
    let cx = ssr::cx()?;
    let device = draft::id(&device, "device")?;
    let region = cx.service().adopt_place(cx.viewer()?, device, &key).await.map_err(ssr::refused)?;
    ssr::go(&format!("/regions?edit={}", region.id));
    Ok(())
}

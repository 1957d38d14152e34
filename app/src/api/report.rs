//! One device: what is known of its app, what it was asked to do, and the key of its messages.

use super::ApiError;
use domain::{
    DeviceId, Door, Expected, FriendId, Monitoring, OrderId, Outcome, RegionId, Timestamp, arrival::Trouble,
    health::Measured, waypoint::Receipt,
};
use leptos::server;
use serde::{Deserialize, Serialize};
use server_fn::codec::GetUrl;

/// What an admin or its owner sees of a device.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeviceReport {
    /// Which.
    pub device: DeviceId,
    /// Its own name.
    pub name: String,
    /// Whose.
    pub owner: FriendId,
    /// Their own name.
    pub owner_name: String,
    /// Its base topic.
    pub topic: String,
    /// Through which door it last came since the server was started.
    pub door: Option<Door>,
    /// When its newest position was taken.
    pub seen_at: Option<Timestamp>,
    /// Its clock was wrong then.
    pub clock_wrong: bool,
    /// Since when its connection is lost.
    pub lost_at: Option<Timestamp>,
    /// Whether there is a key for its messages.
    pub encrypts: bool,
    /// How many of its messages could not be opened.
    pub sealed: u32,
    /// What its app last said of itself, in sentences, and when.
    pub status: Option<(Vec<Remark>, Timestamp)>,
    /// Which regions it keeps, or should, and how far each has come.
    pub regions: Vec<RegionReceipt>,
    /// The places that somebody drew on it.
    pub own_places: Vec<OwnPlace>,
    /// When its app last told of everything that it keeps.
    pub listed_at: Option<Timestamp>,
    /// What it was asked, newest first.
    pub orders: Vec<Asked>,
    /// The mode it was in when it last reported.
    pub mode: Option<Monitoring>,
    /// How often it is expected to report.
    pub expected: Option<Expected>,
    /// What its positions of the last week say of it.
    pub measured: Option<Measured>,
    /// What is wrong with how it is set up.
    pub troubles: Vec<Trouble>,
}

/// A region on a phone.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RegionReceipt {
    /// Which.
    pub region: RegionId,
    /// What it is called there.
    pub name: String,
    /// Of a polygon the radius of the circle as which phones watch it, metres.
    pub circle_m: Option<u32>,
    /// How far it has come.
    pub receipt: Receipt,
}

/// A place that somebody drew on a phone.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OwnPlace {
    /// What the phone calls it.
    pub name: String,
    /// Whether it is a region of the group.
    pub is_region: bool,
}

/// Something an app says of itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Remark {
    /// Whether it keeps the phone from reporting.
    pub hinders: bool,
    /// A sentence.
    pub text: String,
}

/// An order as the page shows it: without the values of settings, which may be secret.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Asked {
    /// Which.
    pub id: OrderId,
    /// What for.
    pub what: What,
    /// Since when.
    pub made_at: Timestamp,
    /// Not delivered after this.
    pub expires_at: Timestamp,
    /// When the phone last got it.
    pub delivered_at: Option<Timestamp>,
    /// How it ended, and when.
    pub settled: Option<(Outcome, Timestamp)>,
}

/// What a phone is asked for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum What {
    /// Its position.
    Position,
    /// To report more or less often.
    Mode(Monitoring),
    /// To take settings of these names.
    Settings(Vec<String>),
    /// What hinders its app.
    Status,
    /// The regions it knows.
    Regions,
    /// To keep so many regions and places.
    Keep(usize),
    /// To forget all regions.
    Forget,
}

/// What is known of a device, by the names of friend and device, or by their ids.
///
/// # Errors
/// [`ApiError::NotFound`]; [`ApiError::Forbidden`] for everybody but admins and the owner.
#[server(name = AskDeviceReport, prefix = "/api", endpoint = "device_report", input = GetUrl)]
pub async fn device_report(
    /// Whose.
    friend: String,
    /// Which.
    device: String,
) -> Result<DeviceReport, ApiError> {
    use crate::ssr;
    let cx = ssr::cx()?;
    let viewer = cx.viewer()?;
    let device = ssr::device_called(&cx.service().snapshot(viewer), &friend, &device)
        .ok_or_else(|| ssr::answered(ApiError::NotFound { what: "device".to_owned() }))?;
    let report = cx.service().device_report(viewer, device).await.map_err(ssr::refused)?;
    Ok(ssr::report(report))
}

/// Asks something of a phone. What else is asked for comes as typed.
///
/// # Errors
/// [`ApiError::Invalid`] for `settings`; [`ApiError::Conflict`] when too many orders wait.
#[server(prefix = "/api", endpoint = "give_order")]
pub async fn give_order(
    /// The device's id.
    id: String,
    /// `position`, `mode`, `status`, `regions` or `settings`.
    errand: String,
    /// For `mode`: the word for it.
    #[server(default)]
    mode: String,
    /// For `settings`: a JSON object.
    #[server(default)]
    settings: String,
) -> Result<(), ApiError> {
    use crate::{draft, ssr};
    let cx = ssr::cx()?;
    let viewer = cx.viewer()?;
    let give = async {
        let device = draft::id(&id, "device")?;
        let errand = draft::errand(&errand, &mode, &settings)?;
        cx.service().give_order(viewer, device, errand).await.map_err(ssr::refused)
    };
    give.await.map_err(|error| ssr::answered(error).keeping([("mode", &*mode), ("settings", &*settings)]))?;
    ssr::go_back("asked");
    Ok(())
}

/// Takes an order back that the phone has not got yet.
///
/// # Errors
/// [`ApiError::NotFound`] when it has ended, or the phone has it.
#[server(prefix = "/api", endpoint = "withdraw_order")]
pub async fn withdraw_order(
    /// The device's id.
    id: String,
    /// The order's id.
    order: String,
) -> Result<(), ApiError> {
    use crate::{draft, ssr};
    let cx = ssr::cx()?;
    let (device, order) = (draft::id(&id, "device")?, draft::id(&order, "order")?);
    cx.service().withdraw_order(cx.viewer()?, device, order).await.map_err(ssr::refused)?;
    ssr::go_back("withdrawn");
    Ok(())
}

/// Gives a phone its regions afresh.
///
/// # Errors
/// [`ApiError::NotFound`]; [`ApiError::Forbidden`] for everybody but admins and the owner.
#[server(prefix = "/api", endpoint = "send_regions")]
pub async fn send_regions(
    /// The device's id.
    id: String,
) -> Result<(), ApiError> {
    use crate::{draft, ssr};
    let cx = ssr::cx()?;
    cx.service().send_regions(cx.viewer()?, draft::id(&id, "device")?).await.map_err(ssr::refused)?;
    ssr::go_back("sent");
    Ok(())
}

/// Sets the key of a device's messages, or forgets it.
///
/// # Errors
/// [`ApiError::Invalid`] for `key`, which is never given back.
#[server(prefix = "/api", endpoint = "put_line")]
pub async fn put_line(
    /// The device's id.
    id: String,
    /// The key, as typed on the phone.
    #[server(default)]
    key: String,
    /// Not empty to forget the key.
    #[server(default)]
    clear: String,
) -> Result<(), ApiError> {
    use crate::{draft, ssr};
    use service::LineDraft;
    let cx = ssr::cx()?;
    let device = draft::id(&id, "device")?;
    let line = if clear.is_empty() { LineDraft::Key(key) } else { LineDraft::Clear };
    cx.service().put_line(cx.viewer()?, device, line).await.map_err(ssr::refused)?;
    ssr::go_back(if clear.is_empty() { "key" } else { "no-key" });
    Ok(())
}

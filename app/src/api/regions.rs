//! Regions, for admins.
#![expect(clippy::too_many_arguments, reason = "a form has as many fields as it has")]

use super::ApiError;
use domain::{Caution, FriendId, Region, Timestamp, hindsight::Hindsight};
use leptos::server;
use serde::{Deserialize, Serialize};
use server_fn::codec::GetUrl;

/// Where somebody was by one device.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Track {
    /// Whose.
    pub friend: FriendId,
    /// Packed by [`crate::state::hindsight::pack`].
    pub fixes: Vec<i64>,
    /// Whether there were too many, and older ones are missing.
    pub cut_off: bool,
}

/// What whoever drew a region should know of it.
///
/// # Errors
/// [`ApiError::Forbidden`] for everybody but admins, [`ApiError::NotFound`].
#[server(prefix = "/api", endpoint = "region_cautions", input = GetUrl)]
pub async fn region_cautions(
    /// The region's id.
    id: String,
) -> Result<Vec<Caution>, ApiError> {
    use crate::{draft, ssr};
    let cx = ssr::cx()?;
    let region = draft::id(&id, "region").map_err(ssr::answered)?;
    cx.service().cautions(cx.viewer()?, region).await.map_err(ssr::refused)
}

/// A region as it was for some time.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RegionVersion {
    /// As it was; since when, it says itself.
    pub region: Region,
    /// Until when; `None` for what holds.
    pub until: Option<Timestamp>,
}

/// How a region was drawn, newest first; one that is no more, too.
///
/// # Errors
/// [`ApiError::NotFound`] when there is none that whoever asks may know of.
#[server(prefix = "/api", endpoint = "region_versions", input = GetUrl)]
pub async fn region_versions(
    /// The region's id.
    id: String,
) -> Result<Vec<RegionVersion>, ApiError> {
    use crate::{draft, ssr};
    let cx = ssr::cx()?;
    let region = draft::id(&id, "region").map_err(ssr::answered)?;
    let versions = cx.service().region_versions(cx.viewer()?, region).await.map_err(ssr::refused)?;
    let shown = |version: service::RegionVersion| {
        let service::RegionVersion { region, until } = version;
        RegionVersion { region, until }
    };
    Ok(versions.into_iter().map(shown).collect())
}

/// Makes a region, or changes the one with that `id`. The fields come as they were typed and are judged one by one.
/// Without a word about its shape or its details, a region keeps them.
///
/// # Errors
/// [`ApiError::Invalid`] names the field and what is wrong with it, and holds what was typed.
#[server(prefix = "/api", endpoint = "save_region")]
pub async fn save_region(
    /// The region's id; empty for a new one.
    #[server(default)]
    id: String,
    /// What it is called.
    name: String,
    /// `circle` or `polygon`.
    #[server(default)]
    shape: String,
    /// The middle, degrees north.
    #[server(default)]
    lat: String,
    /// The middle, degrees east.
    #[server(default)]
    lon: String,
    /// The radius, metres.
    #[server(default)]
    radius_m: String,
    /// The corners of a polygon, a line for each.
    #[server(default)]
    points: String,
    /// The sign on its label.
    #[server(default)]
    icon: String,
    /// In which colour it is drawn.
    #[server(default)]
    colour: String,
    /// How quickly somebody counts as come or gone.
    #[server(default)]
    pace: String,
    /// `group`, `admins` or `friends`.
    #[server(default)]
    audience: String,
    /// The ids of these friends.
    #[server(default)]
    friends: Vec<String>,
    /// Anything, if phones are given it.
    #[server(default)]
    to_phones: String,
    /// When it tells anything: a line of hours for each; empty for always.
    #[server(default)]
    hours: String,
    /// The time zone of the hours.
    #[server(default)]
    zone: String,
    /// Of which group a new one is, by id; empty for the first that they manage.
    #[server(default)]
    group: String,
) -> Result<Region, ApiError> {
    use crate::{draft, ssr};
    let ticked = friends.join(" ");
    // Without script all of it goes back in the address of the page, which must not be too long.
    let corners = if points.len() > 3000 { "" } else { &*points };
    let typed = [
        ("id", &*id),
        ("name", &*name),
        ("shape", &*shape),
        ("lat", &*lat),
        ("lon", &*lon),
        ("radius_m", &*radius_m),
        ("points", corners),
        ("icon", &*icon),
        ("colour", &*colour),
        ("pace", &*pace),
        ("audience", &*audience),
        ("friends", &*ticked),
        ("to_phones", &*to_phones),
        ("hours", &*hours),
        ("zone", &*zone),
        ("group", &*group),
    ];
    let cx = ssr::cx()?;
    let viewer = cx.viewer()?;
    let told = |wrong: draft::Wrong| ApiError::invalid(wrong.field, wrong.why);
    let save = async {
        let known = if id.is_empty() { None } else { Some(draft::id(&id, "region")?) };
        let unsaid = shape.is_empty() && lat.is_empty() && lon.is_empty() && radius_m.is_empty();
        let kept = known
            .filter(|_| unsaid)
            .and_then(|id| cx.service().snapshot(viewer).regions.into_iter().find(|region| region.id == id));
        let area = match kept {
            Some(region) => region.area,
            None => draft::area(draft::TypedShape {
                shape: &shape,
                lat: &lat,
                lon: &lon,
                radius_m: &radius_m,
                points: &points,
            })
            .map_err(told)?,
        };
        // A form of ours says all of it; one that says nothing of it leaves it as it is.
        let details = (!audience.is_empty()).then(|| {
            draft::details(draft::TypedDetails {
                icon: &icon,
                colour: &colour,
                pace: &pace,
                audience: &audience,
                friends: &friends,
                to_phones: &to_phones,
                hours: &hours,
                zone: &zone,
            })
        });
        let details = details.transpose().map_err(told)?;
        let draft = service::RegionDraft { name: name.clone(), area, details };
        let group = draft::chosen("group", &group)?;
        cx.service().put_region_in(viewer, group, known, draft).await.map_err(ssr::refused)
    };
    let region = save.await.map_err(|error| ssr::answered(error).keeping(typed))?;
    ssr::go(&format!("/regions?saved={}", region.id));
    Ok(region)
}

/// Takes a region away. What happened there stays in the history.
///
/// # Errors
/// [`ApiError::NotFound`] when it is gone already.
#[server(prefix = "/api", endpoint = "remove_region")]
pub async fn remove_region(
    /// The region's id.
    id: String,
) -> Result<(), ApiError> {
    use crate::{draft, ssr};
    let cx = ssr::cx()?;
    let viewer = cx.viewer()?;
    let region = draft::id(&id, "region").map_err(ssr::answered)?;
    cx.service().remove_region(viewer, region).await.map_err(ssr::refused)?;
    ssr::go("/regions?removed");
    Ok(())
}

/// Where friends were near a place over the last days, a track for each device: what a region that is being drawn is tried out on.
///
/// # Errors
/// [`ApiError::Forbidden`] for everybody but admins; [`ApiError::Invalid`] when it is no place.
#[server(prefix = "/api", endpoint = "tracks", input = GetUrl)]
pub async fn tracks(
    /// Degrees north.
    lat: f64,
    /// Degrees east.
    lon: f64,
    /// How far around, metres.
    reach_m: f64,
    /// How far back.
    days: u32,
) -> Result<Vec<Track>, ApiError> {
    use crate::ssr;
    let cx = ssr::cx()?;
    let near = geodesy::Point::new(lat, lon)
        .map_err(|why| ssr::answered(ApiError::invalid(why.field(), "is no place on Earth")))?;
    let asked = service::TrackQuery { near, reach_m, days, friend: None };
    let tracks = cx.service().tracks(cx.viewer()?, &asked).await.map_err(ssr::refused)?;
    let packed = |track: service::Track| Track {
        friend: track.friend,
        fixes: crate::state::hindsight::pack(&track.fixes),
        cut_off: track.cut_off,
    };
    Ok(tracks.into_iter().map(packed).collect())
}

/// What a region would have said of one friend over so many days, judged on the server by all that is stored. The region comes as it
/// was typed.
///
/// # Errors
/// [`ApiError::Forbidden`] for everybody but admins; [`ApiError::Invalid`] when it is no region, [`ApiError::NotFound`] when nobody.
#[server(prefix = "/api", endpoint = "look_back")]
pub async fn look_back(
    /// `circle` or `polygon`.
    shape: String,
    /// The middle, degrees north.
    lat: String,
    /// The middle, degrees east.
    lon: String,
    /// The radius, metres.
    radius_m: String,
    /// The corners of a polygon, a line for each.
    points: String,
    /// How quickly somebody counts as come or gone.
    pace: String,
    /// How far back.
    days: u32,
    /// The friend's id.
    friend: String,
) -> Result<Hindsight, ApiError> {
    use crate::{draft, ssr};
    let cx = ssr::cx()?;
    let told = |wrong: draft::Wrong| ssr::answered(ApiError::invalid(wrong.field, wrong.why));
    let typed =
        draft::TypedShape { shape: &shape, lat: &lat, lon: &lon, radius_m: &radius_m, points: &points };
    let asked = service::HindsightQuery {
        area: draft::area(typed).map_err(told)?,
        pace: domain::Pace::named(&pace).unwrap_or_default(),
        days,
        friend: Some(draft::id(&friend, "friend").map_err(ssr::answered)?),
    };
    cx.service().hindsight(cx.viewer()?, &asked).await.map_err(ssr::refused)
}

/// How exact positions in a region and around it usually are, metres, as far as that is known. The region comes as it was typed.
///
/// # Errors
/// [`ApiError::Forbidden`] for everybody but admins; [`ApiError::Invalid`] when it is no region.
#[server(prefix = "/api", endpoint = "usual_accuracy")]
pub async fn usual_accuracy(
    /// `circle` or `polygon`.
    shape: String,
    /// The middle, degrees north.
    lat: String,
    /// The middle, degrees east.
    lon: String,
    /// The radius, metres.
    radius_m: String,
    /// The corners of a polygon, a line for each.
    points: String,
) -> Result<Option<f64>, ApiError> {
    use crate::{draft, ssr};
    let cx = ssr::cx()?;
    let typed =
        draft::TypedShape { shape: &shape, lat: &lat, lon: &lon, radius_m: &radius_m, points: &points };
    let area =
        draft::area(typed).map_err(|wrong| ssr::answered(ApiError::invalid(wrong.field, wrong.why)))?;
    cx.service().usual_accuracy_m(cx.viewer()?, &area).await.map_err(ssr::refused)
}

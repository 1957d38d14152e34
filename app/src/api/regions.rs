//! Regions, for admins.

use super::ApiError;
use domain::Region;
use leptos::server;

/// Makes a region, or changes the one with that `id`. The fields come as they were typed and are judged one by one.
/// A region that is no circle keeps its shape when centre and radius are left empty.
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
    /// The middle, degrees north.
    #[server(default)]
    lat: String,
    /// The middle, degrees east.
    #[server(default)]
    lon: String,
    /// The radius, metres.
    #[server(default)]
    radius_m: String,
) -> Result<Region, ApiError> {
    use crate::{draft, ssr};
    let typed = [("id", &*id), ("name", &*name), ("lat", &*lat), ("lon", &*lon), ("radius_m", &*radius_m)];
    let cx = ssr::cx()?;
    let viewer = cx.viewer()?;
    let save = async {
        let known = if id.is_empty() { None } else { Some(draft::id(&id, "region")?) };
        let shape = known.filter(|_| lat.is_empty() && lon.is_empty() && radius_m.is_empty());
        let kept = shape
            .and_then(|id| cx.service().snapshot(viewer).regions.into_iter().find(|region| region.id == id));
        let area = match kept {
            Some(region) => region.area,
            None => draft::circle(&lat, &lon, &radius_m)
                .map_err(|wrong| ApiError::invalid(wrong.field, wrong.why))?
                .into(),
        };
        let draft = service::RegionDraft { name: name.clone(), area, details: None };
        cx.service().put_region(viewer, known, draft).await.map_err(ssr::refused)
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

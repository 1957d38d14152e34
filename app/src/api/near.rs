//! Where whoever asks says that they are, and how far away they call near.

use super::ApiError;
use leptos::server;

/// Says where whoever asks is: by their browser, or by hand.
///
/// # Errors
/// [`ApiError::Invalid`] names the field; [`ApiError::Unavailable`] when that is too often.
#[server(prefix = "/api", endpoint = "report_position")]
pub async fn report_position(
    /// Degrees north.
    lat: String,
    /// Degrees east.
    lon: String,
    /// Radius of about 68 % confidence, metres; empty when that is not known.
    #[server(default)]
    accuracy_m: String,
    /// When, as RFC 3339; empty for now.
    #[server(default)]
    at: String,
    /// Anything, if it was set by hand.
    #[server(default)]
    by_hand: String,
) -> Result<(), ApiError> {
    use crate::{draft, ssr};
    use service::OwnPosition;
    let typed = [("lat", &*lat), ("lon", &*lon), ("accuracy_m", &*accuracy_m)];
    let told = |wrong: draft::Wrong| ssr::answered(ApiError::invalid(wrong.field, wrong.why)).keeping(typed);
    let cx = ssr::cx()?;
    let viewer = cx.viewer()?;
    let read = || {
        let point = draft::point(&lat, &lon)?;
        let (accuracy_m, at) = (draft::accuracy_m(&accuracy_m)?, draft::moment(&at)?);
        Ok(OwnPosition { point, accuracy_m, at, by_hand: !by_hand.is_empty() })
    };
    let position = read().map_err(told)?;
    let put = cx.service().put_position(viewer, position).await;
    put.map_err(|error| ssr::refused(error).keeping(typed))?;
    ssr::go_back_plainly("placed");
    Ok(())
}

/// Says how far away whoever asks calls near.
///
/// # Errors
/// [`ApiError::Invalid`] names the field.
#[server(prefix = "/api", endpoint = "set_range")]
pub async fn set_range(
    /// Metres.
    range_m: String,
) -> Result<(), ApiError> {
    use crate::{draft, ssr};
    let cx = ssr::cx()?;
    let viewer = cx.viewer()?;
    let typed = [("range_m", &*range_m)];
    let told = |wrong: draft::Wrong| ssr::answered(ApiError::invalid(wrong.field, wrong.why)).keeping(typed);
    let range = draft::range(&range_m).map_err(told)?;
    cx.service().set_range(viewer, range).await.map_err(ssr::refused)?;
    ssr::go_back_plainly("range");
    Ok(())
}

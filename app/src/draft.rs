//! Reads what people type into forms. Pure, and the same in the browser, for the drawing, and on the server, for the verdict.

pub mod chat;
mod position;
mod region;
mod retention;

pub use position::{accuracy_m, moment, point, range};
pub use region::{TypedDetails, TypedShape, area, details, pair, points_text, polygon, schedule};
pub use retention::{own_retention, retention};

use crate::api::ApiError;
use domain::{Errand, Kind, Monitoring};
use geodesy::{Circle, CircleError};
use std::str::FromStr;

/// Which field is wrong, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wrong {
    /// The input's name.
    pub field: &'static str,
    /// The end of a sentence that starts with the field's label.
    pub why: String,
}

/// An id out of a hidden field.
///
/// # Errors
/// [`ApiError::NotFound`] of `what` it should name: only a form that was tampered with holds anything else.
pub fn id<T: FromStr>(text: &str, what: &str) -> Result<T, ApiError> {
    text.parse().map_err(|_no_id| ApiError::NotFound { what: what.to_owned() })
}

/// An id out of a filter; `None` for all.
///
/// # Errors
/// [`ApiError::Invalid`] names the filter.
pub fn chosen<T: FromStr>(field: &str, text: &str) -> Result<Option<T>, ApiError> {
    if text.is_empty() {
        return Ok(None);
    }
    text.parse().map(Some).map_err(|_no_id| ApiError::invalid(field, "is not known here"))
}

/// Which transitions, out of a filter; `None` for all.
///
/// # Errors
/// [`ApiError::Invalid`] when it is neither.
pub fn kind(text: &str) -> Result<Option<Kind>, ApiError> {
    match text {
        "" => Ok(None),
        "enter" => Ok(Some(Kind::Enter)),
        "leave" => Ok(Some(Kind::Leave)),
        _ => Err(ApiError::invalid("kind", "must be enter or leave")),
    }
}

/// What a phone is asked for, from the fields of its form.
///
/// # Errors
/// [`ApiError::Invalid`] names the field.
pub fn errand(errand: &str, mode: &str, settings: &str) -> Result<Errand, ApiError> {
    match errand {
        "position" => Ok(Errand::Report),
        "status" => Ok(Errand::Status),
        "regions" => Ok(Errand::Waypoints),
        "settings" if settings.trim().is_empty() => Err(ApiError::invalid("settings", "must not be empty")),
        "settings" => Ok(Errand::Configure(settings.trim().to_owned())),
        "mode" => {
            let mode = Monitoring::ALL.into_iter().find(|known| known.as_str() == mode);
            mode.map(Errand::Monitor).ok_or_else(|| ApiError::invalid("mode", "must be one of the four"))
        }
        _ => Err(ApiError::NotFound { what: "order".to_owned() }),
    }
}

/// A number as people write it: `47.05` or `47,05`, with blanks around.
pub fn number(text: &str) -> Option<f64> {
    let text = text.trim();
    let text = if text.contains('.') { text.to_owned() } else { text.replacen(',', ".", 1) };
    text.parse().ok().filter(|number: &f64| number.is_finite())
}

/// A circle from its three fields.
///
/// # Errors
/// [`Wrong`] about the first field that cannot be right.
pub fn circle(lat: &str, lon: &str, radius_m: &str) -> Result<Circle, Wrong> {
    let point = point(lat, lon)?;
    let radius_m = position::read("radius_m", radius_m)?;
    Circle::new(point, radius_m).map_err(|error: CircleError| Wrong {
        field: error.field(),
        why: "must be between 1 and 20015087 metres".to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[test]
    fn an_order_is_read_from_its_form() {
        assert_eq!(errand("position", "", ""), Ok(Errand::Report));
        assert_eq!(errand("mode", "move", ""), Ok(Errand::Monitor(Monitoring::Move)));
        assert_eq!(errand("settings", "", " {} "), Ok(Errand::Configure("{}".to_owned())));
        let refused = |asked: Result<Errand, ApiError>| {
            asked.err().and_then(|error| error.told()).map(|told| told.field)
        };
        assert_eq!(refused(errand("mode", "warp", "")).as_deref(), Some("mode"));
        assert_eq!(refused(errand("settings", "", " ")).as_deref(), Some("settings"));
        assert!(matches!(errand("dance", "", ""), Err(ApiError::NotFound { .. })));
    }

    #[rstest]
    #[case("47.05", Some(47.05))]
    #[case(" 47,05 ", Some(47.05))]
    #[case("-8", Some(-8.0))]
    #[case("1,234.5", None)]
    #[case("NaN", None)]
    #[case("", None)]
    fn a_number_is_read_as_people_write_it(#[case] text: &str, #[case] number: Option<f64>) {
        assert_eq!(super::number(text), number);
    }

    #[rstest]
    #[case("", "8", "100", "lat", "must not be empty")]
    #[case("47", "east", "100", "lon", "must be a number")]
    #[case("91", "8", "100", "lat", "must be between -90 and 90 degrees")]
    #[case("47", "181", "100", "lon", "must be between -180 and 180 degrees")]
    #[case("47", "8", "0", "radius_m", "must be between 1 and 20015087 metres")]
    fn what_is_no_circle_is_refused_beside_its_field(
        #[case] lat: &str,
        #[case] lon: &str,
        #[case] radius_m: &str,
        #[case] field: &'static str,
        #[case] why: &str,
    ) {
        assert_eq!(circle(lat, lon, radius_m), Err(Wrong { field, why: why.to_owned() }));
    }
}

//! For how long something is kept, out of a form.

use crate::api::ApiError;
use domain::{Keep, OwnRetention, Retention, RetentionClass};

/// What the server keeps, out of six fields.
///
/// # Errors
/// [`ApiError::Invalid`] names the field.
pub fn retention(typed: [(&str, &str); 6]) -> Result<Retention, ApiError> {
    let mut retention = Retention::default();
    for (class, (field, text)) in RetentionClass::ALL.into_iter().zip(typed) {
        *retention.of_mut(class) =
            Keep::parse(text).map_err(|why| ApiError::invalid(field, why.to_string()))?;
    }
    Ok(retention)
}

/// What a friend keeps, out of three fields; an empty one is as the server has it.
///
/// # Errors
/// [`ApiError::Invalid`] names the field.
pub fn own_retention(typed: [(&str, &str); 3]) -> Result<OwnRetention, ApiError> {
    let mut own = OwnRetention::default();
    for (class, (field, text)) in RetentionClass::OWN.into_iter().zip(typed) {
        if text.trim().is_empty() {
            continue;
        }
        let wrong = || ApiError::invalid(field, "must be a number of days, or empty");
        let days = Keep::parse(text).ok().and_then(Keep::as_days).ok_or_else(wrong)?;
        if let Some(place) = own.of_mut(class) {
            *place = Some(days);
        }
    }
    Ok(own)
}

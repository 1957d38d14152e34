//! From the form that deletes to what is deleted.

use crate::api::ApiError;
use domain::Span;
use service::{Days, Erasing, Zone};

/// What is to be deleted by the fields of the form. Does not set the status of the reply.
///
/// # Errors
/// [`ApiError::Invalid`] names the field.
pub fn erasing(what: &str, day: &str, until: &str, zone: &str) -> Result<Erasing, ApiError> {
    match what {
        "everything" => Ok(Erasing::Everything),
        "time" => {
            // A zone that nobody knows is UTC: the field is the browser's and not for people to put right.
            let zone = if Zone::read(zone).is_ok() { zone } else { "" };
            let wrong = |field: &str| ApiError::invalid(field, "must be a day like 2026-05-17");
            if day.trim().is_empty() {
                return Err(wrong("day"));
            }
            let days = Days::read(day, until, zone).map_err(|error| {
                if let service::Error::Invalid { field, why } = error {
                    ApiError::invalid(field, why)
                } else {
                    wrong("day")
                }
            })?;
            let (from, to) = days.range();
            let (from, to) = from.zip(to).ok_or_else(|| wrong("day"))?;
            Ok(Erasing::Time(Span { from, to }))
        }
        _ => Err(ApiError::invalid("what", "must be chosen")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(what: &str, day: &str, until: &str) -> Result<(String, String), String> {
        match erasing(what, day, until, "Europe/Zurich") {
            Ok(Erasing::Time(span)) => Ok((span.from.to_string(), span.to.to_string())),
            Ok(Erasing::Everything) => Ok((String::new(), String::new())),
            Err(error) => Err(error.told().map(|told| told.field).unwrap_or_default()),
        }
    }

    #[test]
    fn days_are_those_of_who_deletes_and_what_is_not_said_is_asked() {
        let (from, to) = ("2026-05-16T22:00:00.000Z", "2026-05-19T22:00:00.000Z");
        assert_eq!(told("time", "2026-05-17", "2026-05-19"), Ok((from.to_owned(), to.to_owned())));
        let one = told("time", "2026-05-17", "").map(|(_, to)| to);
        assert_eq!(one.as_deref(), Ok("2026-05-17T22:00:00.000Z"));
        assert_eq!(told("everything", "", ""), Ok((String::new(), String::new())));
        for (what, day, until, field) in [
            ("", "2026-05-17", "", "what"),
            ("time", "", "2026-05-17", "day"),
            ("time", "soon", "", "day"),
            ("time", "2026-05-17", "2026-05-01", "until"),
        ] {
            assert_eq!(told(what, day, until), Err(field.to_owned()));
        }
    }
}

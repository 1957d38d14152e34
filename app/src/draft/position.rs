//! Reads where somebody says that they are, and how far away they call near.

use super::{Wrong, number};
use domain::{
    Timestamp,
    near::{Range, RangeError},
};
use geodesy::Point;

fn wrong(field: &'static str, why: impl Into<String>) -> Wrong {
    Wrong { field, why: why.into() }
}

/// A point from its two fields.
///
/// # Errors
/// [`Wrong`] about `lat` or `lon`.
pub fn point(lat: &str, lon: &str) -> Result<Point, Wrong> {
    let (lat, lon) = (read("lat", lat)?, read("lon", lon)?);
    Point::new(lat, lon).map_err(|error| {
        let why = if error.field() == "lat" {
            "must be between -90 and 90 degrees"
        } else {
            "must be between -180 and 180 degrees"
        };
        wrong(error.field(), why)
    })
}

/// A number that there must be.
pub(super) fn read(field: &'static str, text: &str) -> Result<f64, Wrong> {
    match number(text) {
        Some(number) => Ok(number),
        None if text.trim().is_empty() => Err(wrong(field, "must not be empty")),
        None => Err(wrong(field, "must be a number")),
    }
}

/// How exact that is, metres; `None` when nothing is said.
///
/// # Errors
/// [`Wrong`] about `accuracy_m` when it is no number, or less than nothing.
pub fn accuracy_m(text: &str) -> Result<Option<f64>, Wrong> {
    if text.trim().is_empty() {
        return Ok(None);
    }
    match number(text) {
        Some(metres) if metres >= 0.0 => Ok(Some(metres)),
        Some(_) => Err(wrong("accuracy_m", "must not be less than 0")),
        None => Err(wrong("accuracy_m", "must be a number")),
    }
}

/// When that was; `None` when nothing is said: now.
///
/// # Errors
/// [`Wrong`] about `at`.
pub fn moment(text: &str) -> Result<Option<Timestamp>, Wrong> {
    let text = text.trim();
    if text.is_empty() {
        return Ok(None);
    }
    Timestamp::parse(text).map(Some).map_err(|error| wrong("at", error.to_string()))
}

/// How far away somebody calls near: whole metres.
///
/// # Errors
/// [`Wrong`] about `range_m`.
pub fn range(text: &str) -> Result<Range, Wrong> {
    // People write 2,400 and 2'400, and what a page writes has narrow blanks in it.
    let digits: String =
        text.chars().filter(|letter| !letter.is_whitespace() && !"',’".contains(*letter)).collect();
    if digits.is_empty() {
        return Err(wrong("range_m", "must not be empty"));
    }
    let metres: Result<u32, _> = digits.parse();
    let range = metres.map_err(|_no_number| RangeError).and_then(Range::new);
    range.map_err(|error| wrong("range_m", error.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[test]
    fn a_position_is_read_as_people_write_it() {
        assert_eq!(point(" 47,05 ", "-8.5"), Ok(Point::new(47.05, -8.5).expect("is a point")));
        assert_eq!((accuracy_m(""), accuracy_m(" 12,5")), (Ok(None), Ok(Some(12.5))));
        assert_eq!(moment(" "), Ok(None));
        assert_eq!(moment("2026-05-17T08:30:00Z"), Ok(Timestamp::parse("2026-05-17T08:30:00Z").ok()));
    }

    #[rstest]
    #[case(point("", "8").map(drop), "lat", "must not be empty")]
    #[case(point("47", "east").map(drop), "lon", "must be a number")]
    #[case(point("91", "8").map(drop), "lat", "must be between -90 and 90 degrees")]
    #[case(point("47", "-181").map(drop), "lon", "must be between -180 and 180 degrees")]
    #[case(accuracy_m("near").map(drop), "accuracy_m", "must be a number")]
    #[case(accuracy_m("-1").map(drop), "accuracy_m", "must not be less than 0")]
    #[case(moment("noon").map(drop), "at", "is not a time like 2026-05-17T08:30:00Z")]
    #[case(range(" ").map(drop), "range_m", "must not be empty")]
    #[case(range("9").map(drop), "range_m", "must be 10 to 50000 metres")]
    #[case(range("50001").map(drop), "range_m", "must be 10 to 50000 metres")]
    #[case(range("far").map(drop), "range_m", "must be 10 to 50000 metres")]
    fn what_cannot_be_is_refused_beside_its_field(
        #[case] read: Result<(), Wrong>,
        #[case] field: &'static str,
        #[case] why: &str,
    ) {
        assert_eq!(read, Err(Wrong { field, why: why.to_owned() }));
    }

    #[rstest]
    #[case("10", 10)]
    #[case(" 50000 ", 50_000)]
    #[case("2,400", 2_400)]
    fn a_range_is_whole_metres(#[case] text: &str, #[case] metres: u32) {
        assert_eq!(range(text).map(Range::metres), Ok(metres));
    }
}

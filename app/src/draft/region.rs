//! Reads the form of a region: its shape, and everything else that may be said of it.

use super::{Wrong, circle, number};
use domain::{Audience, Colour, Details, FriendId, Hours, Icon, Pace, Schedule};
use geodesy::{Area, Point, Polygon, PolygonError};

/// What stands in the fields of a region's shape.
#[derive(Clone, Copy, Debug)]
pub struct TypedShape<'a> {
    /// `circle` or `polygon`.
    pub shape: &'a str,
    /// The middle of the circle, degrees north.
    pub lat: &'a str,
    /// The middle of the circle, degrees east.
    pub lon: &'a str,
    /// The radius of the circle, metres.
    pub radius_m: &'a str,
    /// The corners of the polygon, a line for each.
    pub points: &'a str,
}

/// What stands in the other fields of a region.
#[derive(Clone, Copy, Debug)]
pub struct TypedDetails<'a> {
    /// The word of an [`Icon`].
    pub icon: &'a str,
    /// The word of a [`Colour`].
    pub colour: &'a str,
    /// The word of a [`Pace`].
    pub pace: &'a str,
    /// `group`, `admins` or `friends`.
    pub audience: &'a str,
    /// The ids of the friends who were ticked.
    pub friends: &'a [String],
    /// Anything, if phones are given it.
    pub to_phones: &'a str,
    /// A line of hours for each; empty for always.
    pub hours: &'a str,
    /// The time zone of the hours.
    pub zone: &'a str,
}

fn wrong(field: &'static str, why: impl Into<String>) -> Wrong {
    Wrong { field, why: why.into() }
}

/// The area that is described.
///
/// # Errors
/// [`Wrong`] about the first field that cannot be right.
pub fn area(typed: TypedShape<'_>) -> Result<Area, Wrong> {
    match typed.shape {
        "polygon" => Ok(polygon(typed.points)?.into()),
        "" | "circle" => Ok(circle(typed.lat, typed.lon, typed.radius_m)?.into()),
        _ => Err(wrong("shape", "must be circle or polygon")),
    }
}

/// A polygon from its corners, a line for each: `47.3667, 8.55`.
///
/// # Errors
/// [`Wrong`] about `points`, with the number of the line.
pub fn polygon(text: &str) -> Result<Polygon, Wrong> {
    let mut points = Vec::new();
    for (index, line) in text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty()) {
        let no_point =
            || wrong("points", format!("must be lines like 47.3667, 8.55, which line {} is not", index + 1));
        let (lat, lon) = pair(line).ok_or_else(no_point)?;
        let outside = |why| wrong("points", format!("will not do: line {}: {why}", index + 1));
        points.push(Point::new(lat, lon).map_err(outside)?);
    }
    if points.is_empty() {
        return Err(wrong("points", "must not be empty"));
    }
    Polygon::new(points).map_err(|why| wrong("points", corners(why)))
}

/// Why the corners are no polygon, as the end of a sentence.
fn corners(why: PolygonError) -> String {
    match why {
        PolygonError::TooFew(count) => format!("must be at least 3 different ones, not {count}"),
        PolygonError::TooMany(count) => {
            format!("must be at most {}, not {count}", Polygon::MAX_POINTS)
        }
        PolygonError::Flat => "must not lie on one line".to_owned(),
        PolygonError::Crossing => "must go round without the edge crossing or touching itself".to_owned(),
        PolygonError::TooWide => "must not spread over nearly half the globe".to_owned(),
        PolygonError::Point { .. } => format!("will not do: {why}"),
    }
}

/// Two numbers: `47.3667, 8.55`, `47.3667 8.55`, `47,3667; 8,55`.
pub fn pair(line: &str) -> Option<(f64, f64)> {
    let line = line.trim();
    let (lat, lon) = if let Some(parts) = line.split_once(';') {
        parts
    } else if let Some((lat, lon)) = line.split_once(char::is_whitespace) {
        (lat.trim_end_matches(','), lon.trim_start().trim_start_matches(','))
    } else {
        line.split_once(',')?
    };
    Some((number(lat)?, number(lon)?))
}

/// The corners of a polygon as they are typed.
pub fn points_text(polygon: &Polygon) -> String {
    let line = |point: &Point| format!("{:.6}, {:.6}", point.lat(), point.lon());
    polygon.points().iter().map(line).collect::<Vec<_>>().join("\n")
}

/// Everything else that is said of a region.
///
/// # Errors
/// [`Wrong`] about the first field that cannot be right.
pub fn details(typed: TypedDetails<'_>) -> Result<Details, Wrong> {
    let one_of = |field| move || wrong(field, "must be one of those offered");
    let or_default = |word: &str| word.is_empty();
    let icon = if or_default(typed.icon) { Some(Icon::default()) } else { Icon::named(typed.icon) };
    let colour = if or_default(typed.colour) { Some(Colour::default()) } else { Colour::named(typed.colour) };
    let pace = if or_default(typed.pace) { Some(Pace::default()) } else { Pace::named(typed.pace) };
    let audience = match typed.audience {
        "" | "group" => Audience::Group,
        "admins" => Audience::Admins,
        "friends" => {
            let friends: Result<Vec<FriendId>, _> = typed.friends.iter().map(|id| id.parse()).collect();
            let friends = friends.map_err(|_no_id| one_of("friends")())?;
            if friends.is_empty() {
                return Err(wrong("friends", "must be at least one"));
            }
            Audience::Friends(friends)
        }
        _ => return Err(one_of("audience")()),
    };
    Ok(Details {
        icon: icon.ok_or_else(one_of("icon"))?,
        colour: colour.ok_or_else(one_of("colour"))?,
        pace: pace.ok_or_else(one_of("pace"))?,
        audience,
        to_phones: !typed.to_phones.is_empty(),
        schedule: schedule(typed.hours, typed.zone)?,
    })
}

/// Hours of a week, a line for each; `None` where there are none.
///
/// # Errors
/// [`Wrong`] about `hours` or `zone`.
pub fn schedule(hours: &str, zone: &str) -> Result<Option<Schedule>, Wrong> {
    let lines = hours.lines().filter(|line| !line.trim().is_empty());
    let hours: Result<Vec<Hours>, _> = lines.map(str::parse).collect();
    let hours = hours.map_err(|why: domain::HoursError| wrong("hours", why.to_string()))?;
    if hours.is_empty() {
        return Ok(None);
    }
    if zone.trim().is_empty() {
        return Err(wrong("zone", "must be given with the hours"));
    }
    Ok(Some(Schedule { zone: zone.trim().to_owned(), hours }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case("47.1, 8.1\n47.1, 8.2\n47.2, 8.2")]
    #[case(" 47.1 8.1\n\n47.1 ,8.2 \n47.2\t8.2\n")]
    #[case("47,1; 8,1\n47,1; 8,2\n47,2; 8,2")]
    #[case("47.1,8.1\r\n47.1,8.2\r\n47.2,8.2\r\n47.1,8.1")]
    fn corners_are_read_as_people_write_them(#[case] text: &str) {
        let polygon = polygon(text).expect("is a polygon");
        let written = points_text(&polygon);
        assert_eq!(written, "47.100000, 8.100000\n47.100000, 8.200000\n47.200000, 8.200000");
        assert_eq!(super::polygon(&written), Ok(polygon), "what is shown reads as the same");
    }

    #[rstest]
    #[case("", "must not be empty")]
    #[case("47.1, 8.1\nhere", "must be lines like 47.3667, 8.55, which line 2 is not")]
    #[case("47.1", "must be lines like 47.3667, 8.55, which line 1 is not")]
    #[case("47.1, 8.1\n47.2, 8.2", "must be at least 3 different ones, not 2")]
    #[case(
        "47.1, 8.1\n47.2, 8.2\n47.1, 8.2\n47.3, 8.1",
        "must go round without the edge crossing or touching itself"
    )]
    #[case("0, 8.1\n0, 8.2\n0, 8.3", "must not lie on one line")]
    fn what_is_no_polygon_is_refused_in_words(#[case] text: &str, #[case] why: &str) {
        assert_eq!(polygon(text), Err(Wrong { field: "points", why: why.to_owned() }));
    }

    const NOTHING: TypedDetails<'_> = TypedDetails {
        icon: "",
        colour: "",
        pace: "",
        audience: "",
        friends: &[],
        to_phones: "",
        hours: "",
        zone: "",
    };

    #[test]
    fn what_is_not_said_is_as_usual() {
        assert_eq!(details(NOTHING), Ok(Details::default()));
    }

    #[test]
    fn what_is_wrong_is_named() {
        let field = |typed| details(typed).err().map(|wrong| wrong.field);
        assert_eq!(field(TypedDetails { icon: "skull", ..NOTHING }), Some("icon"));
        assert_eq!(field(TypedDetails { colour: "#fff", ..NOTHING }), Some("colour"));
        assert_eq!(field(TypedDetails { pace: "slow", ..NOTHING }), Some("pace"));
        assert_eq!(field(TypedDetails { audience: "world", ..NOTHING }), Some("audience"));
        assert_eq!(field(TypedDetails { audience: "friends", ..NOTHING }), Some("friends"));
        let nobody = ["nobody".to_owned()];
        assert_eq!(field(TypedDetails { audience: "friends", friends: &nobody, ..NOTHING }), Some("friends"));
        assert_eq!(field(TypedDetails { hours: "always", zone: "UTC", ..NOTHING }), Some("hours"));
        assert_eq!(field(TypedDetails { hours: "Mon-Fri 7:00-18:00", ..NOTHING }), Some("zone"));
    }
}

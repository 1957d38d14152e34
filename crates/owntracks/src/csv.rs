//! The line format of small trackers ("Greenwich"), as the OwnTracks Recorder reads it.
//!
//! `TID,TST,T,LAT,LON,COG,VEL,ALT,DIST,TRIP`: TST in hexadecimal seconds, LAT and LON in millionths of a degree, COG in tens
//! of degrees, VEL in km/h, ALT in tens of metres, DIST in metres, TRIP in kilometres. Beyond the Recorder, COG, VEL and ALT
//! may be negative: a negative course or speed is unknown (vector p150), a negative altitude is a low place.

use serde_json::{Map, Number, Value};

use crate::{DecodeError, Epoch, Location, number};

/// Digits that surely fit 64 bits.
const MOST_DIGITS: usize = 15;

/// The greatest number that is written: no speed, height or way is longer.
const MOST_PARTS: i64 = 999_999_999;

/// The location in one line, or `None` when the text is not of this format.
pub(crate) fn read(text: &str) -> Option<Result<Location, DecodeError>> {
    object(text.trim_end()).map(Location::read)
}

/// The line of a small tracker that says as much of a location as the format can; `None` without a `tid` and a time, or when
/// the place is not on Earth.
///
/// The format knows no "unknown": what the location lacks becomes 0, and so does what is below 0, for the Recorder reads no
/// such line. Places are rounded to millionths of a degree, course and altitude to tens.
///
/// ```
/// use owntracks::{Epoch, Location, encode_csv};
///
/// let mut fix = Location::at(30.365_854, 7.575_769);
/// fix.tid = Some("X0".to_owned());
/// fix.tst = Some(Epoch::from_millis(0x542A_46AA * 1000));
/// fix.trigger = Some("k".to_owned());
/// assert_eq!(encode_csv(&fix).as_deref(), Some("X0,542A46AA,k,30365854,7575769,0,0,0,0,0"));
/// ```
pub fn encode_csv(location: &Location) -> Option<String> {
    let tid = location.tid.as_deref().filter(|tid| is_alphanumeric(tid))?;
    let tst = location.tst.map(Epoch::as_seconds).filter(|&tst| tst > 0)?;
    let trigger = location.trigger.as_deref().filter(|t| t.len() == 1 && is_alphanumeric(t));
    let millionths = |degrees: f64, most: f64| number::whole(degrees * 1e6).filter(|_| degrees.abs() <= most);
    let (lat, lon) = (millionths(location.lat, 90.0)?, millionths(location.lon, 180.0)?);
    let parts = |value: Option<f64>, unit: f64| {
        value.and_then(|value| number::whole(value / unit)).map_or(0, |parts| parts.clamp(0, MOST_PARTS))
    };
    let member = |name: &str| location.extra.get(name).and_then(number::read);
    Some(format!(
        "{tid},{tst:X},{},{lat},{lon},{},{},{},{},{}",
        trigger.unwrap_or("t"),
        parts(location.course_deg, 10.0) % 36,
        parts(location.velocity_kmh, 1.0),
        parts(location.altitude_m, 10.0),
        parts(member("dist"), 1.0),
        parts(member("trip"), 1000.0),
    ))
}

/// The line as the JSON object of a location, so that ranges are judged in one place.
fn object(line: &str) -> Option<Map<String, Value>> {
    let mut fields = line.split(',');
    let mut field = || fields.next();
    let tid = field().filter(|tid| is_alphanumeric(tid))?;
    let tst = field().and_then(hexadecimal)?;
    let trigger = field().filter(|trigger| trigger.len() == 1 && is_alphanumeric(trigger))?;
    let lat = signed(field()?)?;
    let lon = signed(field()?)?;
    let course = signed(field()?)?;
    let velocity = signed(field()?)?;
    let altitude = signed(field()?)?;
    let distance = unsigned(field()?)?;
    let trip = unsigned(field()?)?;
    if field().is_some() {
        return None;
    }
    let mut object = Map::new();
    let mut put = |name: &str, value: Value| object.insert(name.to_owned(), value);
    put("tid", tid.into());
    put("t", trigger.into());
    put("tst", tst.into());
    put("lat", degrees(lat)?);
    put("lon", degrees(lon)?);
    put("cog", course.checked_mul(10)?.into());
    put("vel", velocity.into());
    put("alt", altitude.checked_mul(10)?.into());
    put("dist", distance.into());
    put("trip", trip.checked_mul(1000)?.into());
    put("csv", true.into());
    Some(object)
}

fn is_alphanumeric(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_alphanumeric())
}

fn hexadecimal(text: &str) -> Option<u64> {
    let digits = text.bytes().all(|byte| byte.is_ascii_hexdigit());
    digits.then(|| u64::from_str_radix(text, 16).ok()).flatten()
}

fn signed(text: &str) -> Option<i64> {
    match text.strip_prefix('-') {
        Some(digits) => unsigned(digits).map(|number| -number),
        None => unsigned(text),
    }
}

fn unsigned(text: &str) -> Option<i64> {
    let digits = text.len() <= MOST_DIGITS && text.bytes().all(|byte| byte.is_ascii_digit());
    digits.then(|| text.parse().ok()).flatten()
}

/// Millionths as degrees.
#[expect(clippy::cast_precision_loss, reason = "fifteen digits are exact in 64-bit floating point")]
fn degrees(millionths: i64) -> Option<Value> {
    Number::from_f64(millionths as f64 / 1e6).map(Value::Number)
}

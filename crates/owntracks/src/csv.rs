//! The line format of small trackers ("Greenwich"), as the OwnTracks Recorder reads it.
//!
//! `TID,TST,T,LAT,LON,COG,VEL,ALT,DIST,TRIP`: TST in hexadecimal seconds, LAT and LON in millionths of a degree, COG in tens
//! of degrees, VEL in km/h, ALT in tens of metres, DIST in metres, TRIP in kilometres. Beyond the Recorder, COG, VEL and ALT
//! may be negative: a negative course or speed is unknown (vector p150), a negative altitude is a low place.

use serde_json::{Map, Number, Value};

use crate::{DecodeError, Location};

/// Digits that surely fit 64 bits.
const MOST_DIGITS: usize = 15;

/// The location in one line, or `None` when the text is not of this format.
pub(crate) fn read(text: &str) -> Option<Result<Location, DecodeError>> {
    object(text.trim_end()).map(Location::read)
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

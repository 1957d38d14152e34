//! What the phones send: locations as the apps write them, from phones that walk about town. The same number and step say the same.

use std::{
    f64::consts::TAU,
    fmt::Write,
    time::{SystemTime, UNIX_EPOCH},
};

/// Seconds between two reports of one phone, by its own clock.
pub(crate) const EVERY_S: i64 = 10;
/// How fast everybody goes, metres each second.
const SPEED: f64 = 4.0;
/// Everybody walks in circles of this radius, metres.
const ROUND: f64 = 500.0;
/// Metres of a degree of latitude, and of one of longitude here.
const METRES: (f64, f64) = (111_195.0, 75_900.0);

/// Where the round of a phone has its centre: latitude and longitude. The phones live on a grid, about a kilometre apart.
pub(crate) fn home(number: u32) -> (f64, f64) {
    let (row, column) = (f64::from(number / 32), f64::from(number % 32));
    (46.8 + row * 0.01, 7.2 + column * 0.013)
}

/// Where a phone is after so many steps.
pub(crate) fn place(number: u32, step: u32) -> (f64, f64) {
    let (lat, lon) = home(number);
    let (sin, cos) =
        (f64::from(number) * 0.37 + f64::from(step) * SPEED * 10.0 / ROUND).rem_euclid(TAU).sin_cos();
    (lat + sin * ROUND / METRES.0, lon + cos * ROUND / METRES.1)
}

/// One report, of about 250 bytes, that says it was taken at `tst`, seconds of Unix time.
pub(crate) fn location(text: &mut String, number: u32, (lat, lon): (f64, f64), tst: i64) {
    let step = u32::try_from(tst / EVERY_S).unwrap_or(0);
    text.clear();
    write!(
        text,
        r#"{{"_type":"location","BSSID":"{:02x}:1b:63:84:45:e6","acc":{},"alt":{},"batt":{},"bs":1,"cog":{},"conn":"{}","created_at":{},"lat":{lat:.7},"lon":{lon:.7},"m":1,"t":"u","tid":"{:02x}","tst":{tst},"vac":3,"vel":14}}"#,
        number & 255,
        5 + (step + number) % 20,
        500 + (number + step) % 40,
        20 + (number + step / 50) % 80,
        (number * 31 + step * 3) % 360,
        if (number + step).is_multiple_of(3) { "w" } else { "m" },
        tst + 1,
        number & 255,
    )
    .expect("a String takes everything");
}

/// Now, in milliseconds of Unix time.
pub(crate) fn now_ms() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
}

//! Reading what a sensor says. Pure: a form and a payload in, an observation out, or the reason why it is none.

use domain::{Fix, Observation, Pointer, SensorForm, Timestamp};
use serde_json::Value;

/// Numbers from here on are milliseconds, below seconds: in seconds it is the year 5138, in milliseconds 1973.
const MILLIS_FROM: f64 = 1e11;

/// Why a payload is no observation. Reads after "no observation: ".
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Unread {
    #[error("the payload is not UTF-8 text")]
    NotText,
    #[error("the payload is not JSON")]
    NotJson,
    #[error("there is no time at {0}")]
    NoTime(String),
    #[error("the time is not one like 2026-05-17T08:30:00Z")]
    NotATime,
    #[error("the time cannot be true: from before 2000, or in the future")]
    Implausible,
    #[error("the number of values is {found} instead of {wanted}")]
    Count { found: usize, wanted: usize },
    #[error("value {0} is not a number")]
    NotANumber(usize),
    #[error("value {0} is missing")]
    Missing(usize),
}

/// Reads a payload.
pub(crate) fn read(form: &SensorForm, payload: &[u8], received_at: Timestamp) -> Result<Observation, Unread> {
    let (at, values) = match form {
        SensorForm::Csv { values } => csv(payload, values.len())?,
        SensorForm::Json { time, values } => {
            let document: Value = serde_json::from_slice(payload).map_err(|_not_json| Unread::NotJson)?;
            let at = match time {
                Some(pointer) => time_at(&document, pointer)?,
                None => received_at,
            };
            let numbers = values.iter().zip(1..).map(|(value, number)| {
                let found = document.pointer(value.pointer.as_str()).ok_or(Unread::Missing(number))?.as_f64();
                found.filter(|found| found.is_finite()).ok_or(Unread::NotANumber(number))
            });
            (at, numbers.collect::<Result<_, _>>()?)
        }
    };
    if Fix::is_plausible(at, received_at) {
        Ok(Observation { at, received_at, values })
    } else {
        Err(Unread::Implausible)
    }
}

fn csv(payload: &[u8], wanted: usize) -> Result<(Timestamp, Vec<f64>), Unread> {
    let text = std::str::from_utf8(payload).map_err(|_not_text| Unread::NotText)?;
    let mut fields = text.trim().split(',').map(str::trim);
    let time = fields.next().unwrap_or_default();
    let at = Timestamp::parse(time).map_err(|_not_a_time| Unread::NotATime)?;
    let fields: Vec<&str> = fields.collect();
    if fields.len() != wanted {
        return Err(Unread::Count { found: fields.len(), wanted });
    }
    let number = |(field, number): (&&str, usize)| {
        let read = field.parse::<f64>().ok().filter(|read| read.is_finite());
        read.ok_or(Unread::NotANumber(number))
    };
    Ok((at, fields.iter().zip(1..).map(number).collect::<Result<_, _>>()?))
}

/// RFC 3339, or seconds or milliseconds since 1970.
fn time_at(document: &Value, pointer: &Pointer) -> Result<Timestamp, Unread> {
    let found = document.pointer(pointer.as_str());
    let found = found.ok_or_else(|| Unread::NoTime(pointer.as_str().to_owned()))?;
    match (found.as_str(), found.as_f64()) {
        (Some(text), _) => Timestamp::parse(text.trim()).map_err(|_not_a_time| Unread::NotATime),
        (None, Some(number)) if number.abs() < 1e15 => {
            let millis = if number.abs() < MILLIS_FROM { number * 1000.0 } else { number };
            #[expect(clippy::cast_possible_truncation, reason = "below 1e15, and rounded")]
            Ok(Timestamp::from_millis(millis.round() as i64))
        }
        (None, _) => Err(Unread::NotATime),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::{Name, Pointed, Quantity};

    const NOW: Timestamp = Timestamp::from_millis(1_700_000_000_000);

    fn quantity(name: &str) -> Quantity {
        Quantity { name: Name::new(name).expect("is a name"), unit: None }
    }

    fn csv_form() -> SensorForm {
        SensorForm::Csv { values: vec![quantity("temperature"), quantity("humidity")] }
    }

    fn json_form(time: Option<&str>) -> SensorForm {
        let pointer = |text| Pointer::new(text).expect("is a pointer");
        let value = |name, place| Pointed { quantity: quantity(name), pointer: pointer(place) };
        SensorForm::Json {
            time: time.map(pointer),
            values: vec![value("temperature", "/t"), value("wind", "/wind/0")],
        }
    }

    #[test]
    fn a_line_is_read_with_its_time_in_any_zone() {
        let at = Timestamp::parse("2023-11-14T08:30:00Z").expect("is a time");
        for payload in [
            "2023-11-14T08:30:00Z,21.5,-3",
            " 2023-11-14T09:30:00+01:00 , 21.5 , -3e0 \r\n",
            "2023-11-14T09:30:00.000000+0100,2.15e1,-3",
        ] {
            let read = read(&csv_form(), payload.as_bytes(), NOW);
            assert_eq!(read, Ok(Observation { at, received_at: NOW, values: vec![21.5, -3.0] }), "{payload}");
        }
    }

    #[test]
    fn what_is_no_line_is_refused_with_its_reason() {
        let cases: [(&[u8], Unread); 10] = [
            (b"", Unread::NotATime),
            (b"\xff", Unread::NotText),
            (b"21.5,3", Unread::NotATime),
            (b"2023-11-14T08:30:00,21.5,3", Unread::NotATime),
            (b"2023-11-14T08:30:00Z", Unread::Count { found: 0, wanted: 2 }),
            (b"2023-11-14T08:30:00Z,1,2,3", Unread::Count { found: 3, wanted: 2 }),
            (b"2023-11-14T08:30:00Z,1,", Unread::NotANumber(2)),
            (b"2023-11-14T08:30:00Z,nan,1", Unread::NotANumber(1)),
            (b"2023-11-14T08:30:00Z,1,1e999", Unread::NotANumber(2)),
            (b"2033-11-14T08:30:00Z,1,2", Unread::Implausible),
        ];
        for (payload, why) in cases {
            assert_eq!(read(&csv_form(), payload, NOW), Err(why), "{payload:?}");
        }
    }

    #[test]
    fn a_document_is_read_by_pointers_and_its_time_in_every_spelling() {
        let at = Timestamp::from_millis(1_699_950_600_000);
        for time in ["\"2023-11-14T08:30:00Z\"", "1699950600", "1699950600000", "1699950600.0"] {
            let payload = format!(r#"{{"at":{time},"t":21.5,"wind":[4,"NW"],"more":{{}}}}"#);
            let read = read(&json_form(Some("/at")), payload.as_bytes(), NOW);
            assert_eq!(read, Ok(Observation { at, received_at: NOW, values: vec![21.5, 4.0] }), "{time}");
        }
        let without = read(&json_form(None), br#"{"t":1,"wind":[2]}"#, NOW);
        assert_eq!(without, Ok(Observation { at: NOW, received_at: NOW, values: vec![1.0, 2.0] }));
    }

    #[test]
    fn what_is_no_document_is_refused_with_its_reason() {
        let cases = [
            ("", Unread::NotJson),
            ("{", Unread::NotJson),
            ("[]", Unread::NoTime("/at".into())),
            (r#"{"at":null,"t":1,"wind":[2]}"#, Unread::NotATime),
            (r#"{"at":"now","t":1,"wind":[2]}"#, Unread::NotATime),
            (r#"{"at":1e300,"t":1,"wind":[2]}"#, Unread::NotATime),
            (r#"{"at":0,"t":1,"wind":[2]}"#, Unread::Implausible),
            (r#"{"at":1699950600,"t":"1","wind":[2]}"#, Unread::NotANumber(1)),
            (r#"{"at":1699950600,"t":1,"wind":[]}"#, Unread::Missing(2)),
            (r#"{"at":1699950600,"t":true,"wind":[2]}"#, Unread::NotANumber(1)),
        ];
        for (payload, why) in cases {
            assert_eq!(read(&json_form(Some("/at")), payload.as_bytes(), NOW), Err(why), "{payload}");
        }
    }
}

//! Numbers as senders write them: bare, in quotes, with blanks or an exponent. Never a guess.

use serde_json::Value;

/// Above this, neighbouring whole numbers are no longer distinct in 64-bit floating point (2^53).
const EXACT: f64 = 9_007_199_254_740_992.0;

/// The finite number in a JSON number or in a text; `-0.0` becomes `0.0`. Booleans, `"NaN"`, `"1e400"`, `"48,2"` are none.
pub(crate) fn read(value: &Value) -> Option<f64> {
    let number = match value {
        Value::Number(number) => number.as_f64(),
        Value::String(text) => text.trim().parse().ok(),
        Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => None,
    }?;
    number.is_finite().then_some(number + 0.0)
}

/// The nearest whole number, if it is exact.
#[expect(clippy::cast_possible_truncation, reason = "the range is checked and the fraction rounded away")]
pub(crate) fn whole(number: f64) -> Option<i64> {
    let rounded = number.round();
    (rounded.abs() <= EXACT).then_some(rounded as i64)
}

#[cfg(test)]
mod tests {
    use rstest::rstest;
    use serde_json::json;

    use super::*;

    #[rstest]
    #[case(json!(5), Some(5.0))]
    #[case(json!(" 1.7e9 "), Some(1.7e9))]
    #[case(json!("-0.5"), Some(-0.5))]
    #[case(json!("1e400"), None)]
    #[case(json!("NaN"), None)]
    #[case(json!("infinity"), None)]
    #[case(json!("48,2"), None)]
    #[case(json!("0x10"), None)]
    #[case(json!(""), None)]
    #[case(json!(true), None)]
    #[case(json!([1]), None)]
    fn a_number_is_read_from_its_spellings_and_never_guessed(
        #[case] value: Value,
        #[case] expected: Option<f64>,
    ) {
        assert_eq!(read(&value), expected);
    }

    #[test]
    fn minus_zero_loses_its_sign() {
        assert_eq!(read(&json!(-0.0)).map(f64::is_sign_negative), Some(false));
    }

    #[test]
    fn a_number_too_large_to_be_exact_is_not_whole() {
        assert_eq!(whole(1e300), None);
        assert_eq!(whole(-1.5), Some(-2));
    }
}

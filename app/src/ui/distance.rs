//! Lengths and durations in words. Pure.

/// A length as a person says it: "40 m", "850 m", "3.2 km", "140 km".
pub fn distance_words(metres: f64) -> String {
    let metres = metres.max(0.0);
    if metres < 995.0 {
        let step = if metres < 100.0 { 1.0 } else { 10.0 };
        format!("{:.0}\u{202f}m", (metres / step).round() * step)
    } else if metres < 9_950.0 {
        format!("{:.1}\u{202f}km", metres / 1000.0)
    } else {
        format!("{:.0}\u{202f}km", metres / 1000.0)
    }
}

/// A length of time as a person says it: "4 min", "3 h 05", "2 d 4 h".
pub fn duration_words(millis: i64) -> String {
    let minutes = millis.max(0) / 60_000;
    let (hours, days) = (minutes / 60, minutes / 1440);
    match (days, hours, minutes) {
        (0, 0, 0) => "less than a minute".to_owned(),
        (0, 0, minutes) => format!("{minutes}\u{202f}min"),
        (0, hours, minutes) => format!("{hours}\u{202f}h\u{202f}{:02}", minutes % 60),
        (days, hours, _) => format!("{days}\u{202f}d\u{202f}{}\u{202f}h", hours % 24),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case(-3.0, "0 m")]
    #[case(12.4, "12 m")]
    #[case(847.0, "850 m")]
    #[case(996.0, "1.0 km")]
    #[case(3_240.0, "3.2 km")]
    #[case(9_960.0, "10 km")]
    #[case(140_200.0, "140 km")]
    fn a_length_reads_like_a_person_says_it(#[case] metres: f64, #[case] words: &str) {
        assert_eq!(distance_words(metres).replace('\u{202f}', " "), words);
    }

    #[rstest]
    #[case(20, "less than a minute")]
    #[case(4 * 60, "4 min")]
    #[case(3 * 3600 + 5 * 60, "3 h 05")]
    #[case(52 * 3600, "2 d 4 h")]
    fn a_stay_reads_like_a_person_says_it(#[case] seconds: i64, #[case] words: &str) {
        assert_eq!(duration_words(seconds * 1000).replace('\u{202f}', " "), words);
    }
}

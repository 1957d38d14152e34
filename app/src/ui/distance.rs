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

/// A length to the metre, as long as that is meant: "7.5 m", "150 m", "2,400 m", "32.5 km".
pub fn metres_words(metres: f64) -> String {
    let metres = metres.max(0.0);
    if metres < 10.0 && (metres - metres.round()).abs() > 0.05 {
        format!("{metres:.1}\u{202f}m")
    } else if metres < 9_999.5 {
        let whole = format!("{metres:.0}");
        match whole.split_at_checked(whole.len().saturating_sub(3)) {
            Some((thousands, rest)) if !thousands.is_empty() => format!("{thousands},{rest}\u{202f}m"),
            _ => format!("{whole}\u{202f}m"),
        }
    } else {
        format!("{:.1}\u{202f}km", metres / 1000.0)
    }
}

/// What a person walks in a minute, metres: 4.8 km/h.
const WALK_M: f64 = 80.0;

/// How long somebody walks that far: "2 minutes' walk".
pub fn walk_words(metres: f64) -> String {
    #[expect(clippy::cast_possible_truncation, reason = "half the globe is 250,000 minutes")]
    let minutes = (metres.max(0.0) / WALK_M).round() as i64;
    match (minutes, minutes / 60) {
        (0, _) => "less than a minute's walk".to_owned(),
        (1, _) => "1 minute's walk".to_owned(),
        (_, 0) => format!("{minutes} minutes' walk"),
        (_, 1) => "more than an hour's walk".to_owned(),
        (_, hours @ ..=12) => format!("more than {hours} hours' walk"),
        _ => "days on foot".to_owned(),
    }
}

/// A piece of ground: "820 m²", "2.4 ha", "13 km²".
pub fn size_words(square_metres: f64) -> String {
    match square_metres.max(0.0) {
        size @ ..9_950.0 => format!("{size:.0}\u{202f}m²"),
        size @ ..995_000.0 => format!("{:.1}\u{202f}ha", size / 1e4),
        size @ ..9_950_000.0 => format!("{:.1}\u{202f}km²", size / 1e6),
        size => format!("{:.0}\u{202f}km²", size / 1e6),
    }
}

/// An amount of data as a person says it: "820 bytes", "40 kB", "1.2 MB".
pub fn bytes_words(bytes: u64) -> String {
    let parts = |unit: u64| (bytes / unit, bytes % unit * 10 / unit);
    match bytes {
        0..1_000 => format!("{bytes}\u{202f}bytes"),
        1_000..1_000_000 => format!("{}\u{202f}kB", parts(1_000).0),
        1_000_000..1_000_000_000 => format!("{}.{}\u{202f}MB", parts(1_000_000).0, parts(1_000_000).1),
        _ => format!("{}.{}\u{202f}GB", parts(1_000_000_000).0, parts(1_000_000_000).1),
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

/// The same in hours, however many: lengths that are compared or added up.
pub fn hours_words(millis: i64) -> String {
    let minutes = millis.max(0) / 60_000;
    if minutes < 60 {
        duration_words(millis)
    } else {
        format!("{}\u{202f}h\u{202f}{:02}", minutes / 60, minutes % 60)
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
    #[case(7.5, "7.5 m", "less than a minute's walk")]
    #[case(80.0, "80 m", "1 minute's walk")]
    #[case(150.0, "150 m", "2 minutes' walk")]
    #[case(2_400.0, "2,400 m", "30 minutes' walk")]
    #[case(32_540.0, "32.5 km", "more than 6 hours' walk")]
    #[case(20_015_087.0, "20015.1 km", "days on foot")]
    fn a_radius_is_told_to_the_metre_and_in_minutes_on_foot(
        #[case] metres: f64,
        #[case] words: &str,
        #[case] walk: &str,
    ) {
        assert_eq!(metres_words(metres).replace('\u{202f}', " "), words);
        assert_eq!(walk_words(metres), walk);
    }

    #[rstest]
    #[case(820.4, "820 m²")]
    #[case(24_000.0, "2.4 ha")]
    #[case(1_200_000.0, "1.2 km²")]
    #[case(13_200_000.0, "13 km²")]
    fn ground_is_told_in_a_fitting_unit(#[case] size: f64, #[case] words: &str) {
        assert_eq!(size_words(size).replace('\u{202f}', " "), words);
    }

    #[rstest]
    #[case(820, "820 bytes")]
    #[case(40_300, "40 kB")]
    #[case(1_250_000, "1.2 MB")]
    #[case(2_000_000_000, "2.0 GB")]
    fn amounts_of_data_are_said_shortly(#[case] bytes: u64, #[case] words: &str) {
        assert_eq!(bytes_words(bytes).replace('\u{202f}', " "), words);
    }

    #[rstest]
    #[case(20, "less than a minute")]
    #[case(4 * 60, "4 min")]
    #[case(3 * 3600 + 5 * 60, "3 h 05")]
    #[case(52 * 3600, "2 d 4 h")]
    fn a_stay_reads_like_a_person_says_it(#[case] seconds: i64, #[case] words: &str) {
        assert_eq!(duration_words(seconds * 1000).replace('\u{202f}', " "), words);
    }

    #[rstest]
    #[case(4 * 60, "4 min")]
    #[case(24 * 3600, "24 h 00")]
    #[case(52 * 3600 + 5 * 60, "52 h 05")]
    fn what_is_compared_stays_in_hours(#[case] seconds: i64, #[case] words: &str) {
        assert_eq!(hours_words(seconds * 1000).replace('\u{202f}', " "), words);
    }
}

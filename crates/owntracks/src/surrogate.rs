//! Mends JSON text in which somebody cut an emoji in half.
//!
//! JSON writes characters beyond U+FFFF as two escapes. A sender that shortens a text by 16-bit units leaves one of the two
//! behind, and a strict parser then refuses the whole message, position and all (vector p133).

/// Length of an escape such as `\ud83d`.
const ESCAPE: usize = 6;

/// The text with every half of a pair replaced by U+FFFD; `None` when there is none, so nothing was mended.
pub(crate) fn mend(text: &str) -> Option<String> {
    let mut mended = String::with_capacity(text.len());
    let mut rest = text;
    let mut changed = false;
    while let Some(at) = rest.find('\\') {
        let (before, escape) = rest.split_at_checked(at)?;
        mended.push_str(before);
        let taken = match half(escape) {
            Some(Half::High) if escape.get(ESCAPE..).and_then(half) == Some(Half::Low) => 2 * ESCAPE,
            Some(Half::High | Half::Low) => {
                mended.push_str("\\ufffd");
                changed = true;
                rest = escape.get(ESCAPE..)?;
                continue;
            }
            // Two bytes at once, so that the second of two backslashes starts nothing; one where a character is longer.
            None => {
                if escape.is_char_boundary(2) {
                    2
                } else {
                    1
                }
            }
        };
        mended.push_str(escape.get(..taken)?);
        rest = escape.get(taken..)?;
    }
    mended.push_str(rest);
    changed.then_some(mended)
}

#[derive(PartialEq)]
enum Half {
    High,
    Low,
}

/// Which half of a pair the text starts with.
fn half(text: &str) -> Option<Half> {
    let digits = text.strip_prefix("\\u")?.get(..4)?;
    match u16::from_str_radix(digits, 16).ok()? {
        0xD800..=0xDBFF => Some(Half::High),
        0xDC00..=0xDFFF => Some(Half::Low),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case::high(r#""\ud83d""#, Some(r#""\ufffd""#))]
    #[case::low(r#""a\uDE00b""#, Some(r#""a\ufffdb""#))]
    #[case::wrong_order(r#""\ude00\ud83d""#, Some(r#""\ufffd\ufffd""#))]
    #[case::high_before_a_pair(r#""\ud83d\ud83d\ude00""#, Some(r#""\ufffd\ud83d\ude00""#))]
    #[case::pair(r#""\ud83d\ude00""#, None)]
    #[case::escaped_backslash(r#""\\ud83d""#, None)]
    #[case::other_escape(r#""\n\u0041""#, None)]
    #[case::cut(r#""\ud8"#, None)]
    #[case::no_hex(r#""\u+123""#, None)]
    #[case::backslash_before_emoji("\"\\😀\"", None)]
    #[case::backslash_at_the_end("\\", None)]
    fn only_halves_are_replaced(#[case] text: &str, #[case] mended: Option<&str>) {
        assert_eq!(mend(text).as_deref(), mended);
    }
}

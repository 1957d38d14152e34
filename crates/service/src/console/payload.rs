//! A payload as the console shows it.

use serde::de::IgnoredAny;

/// Members deeper than this are not drawn further to the right.
const DEEPEST: usize = 8;

/// The `_type` of a payload; where it was cut, the first that it names.
pub(super) fn kind_of(payload: &str) -> Option<String> {
    if let Some(Ok(first)) = owntracks::decode(payload.as_bytes()).first() {
        return Some(first.kind().to_owned());
    }
    let (_, rest) = payload.split_once("\"_type\"")?;
    let (kind, _) = rest.trim_start().strip_prefix(':')?.trim_start().strip_prefix('"')?.split_once('"')?;
    Some(kind.to_owned())
}

/// JSON with a line for each member, its numbers and texts as they were sent; what is no JSON stays as it is.
pub(super) fn pretty(payload: &str) -> String {
    if serde_json::from_str::<IgnoredAny>(payload).is_err() {
        return payload.to_owned();
    }
    let (mut drawn, mut depth, mut in_text, mut escaped) = (String::new(), 0_usize, false, false);
    let mut chars = payload.chars().filter(|c| !matches!(c, '\r' | '\n' | '\t')).peekable();
    while let Some(c) = chars.next() {
        if in_text {
            drawn.push(c);
            in_text = escaped || c != '"';
            escaped = !escaped && c == '\\';
            continue;
        }
        let line = |depth: usize| format!("\n{}", "  ".repeat(depth.min(DEEPEST)));
        match c {
            ' ' => {}
            '{' | '[' => {
                depth += 1;
                drawn.push(c);
                while chars.next_if(|next| *next == ' ').is_some() {}
                if !matches!(chars.peek(), Some('}' | ']')) {
                    drawn.push_str(&line(depth));
                }
            }
            '}' | ']' => {
                depth = depth.saturating_sub(1);
                if !drawn.ends_with(['{', '[']) {
                    drawn.push_str(&line(depth));
                }
                drawn.push(c);
            }
            ',' => {
                drawn.push(c);
                drawn.push_str(&line(depth));
            }
            ':' => drawn.push_str(": "),
            '"' => {
                in_text = true;
                drawn.push(c);
            }
            c => drawn.push(c),
        }
    }
    drawn
}

#[cfg(test)]
mod tests {
    use super::{kind_of, pretty};

    #[test]
    fn a_type_is_read_also_from_the_beginning_of_a_long_message() {
        assert_eq!(kind_of(r#"{"_type":"location","lat":1,"lon":2,"tst":3}"#).as_deref(), Some("location"));
        assert_eq!(
            kind_of(r#"{"_type" : "waypoints","waypoints":[{"_type":"way"#).as_deref(),
            Some("waypoints")
        );
        assert_eq!(kind_of("hello world"), None);
        assert_eq!(kind_of(""), Some("cleared".to_owned()));
    }

    #[test]
    fn json_is_drawn_a_line_for_each_member_and_nothing_in_it_changes() {
        let sent = r#"{"a":[1.10,{ }],"b":"x\"{,:","c": []}"#;
        let drawn = "{\n  \"a\": [\n    1.10,\n    {}\n  ],\n  \"b\": \"x\\\"{,:\",\n  \"c\": []\n}";
        assert_eq!(pretty(sent), drawn);
        assert_eq!(pretty("hello, {world}"), "hello, {world}");
    }
}

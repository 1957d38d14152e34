//! Text of people, with the addresses in it as links. It is never read as HTML.

use super::at;
use leptos::{either::Either, prelude::*};

/// A piece of a text.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Piece {
    /// As it is.
    Plain(String),
    /// An address of the web.
    Link(String),
}

/// A text with links. It opens them elsewhere, and tells them nothing.
#[component]
pub fn Linked(
    /// What somebody wrote.
    text: String,
) -> impl IntoView {
    let drawn = |piece: Piece| match piece {
        Piece::Plain(text) => Either::Left(text),
        Piece::Link(address) => Either::Right(view! {
            <a href=at(&address) rel="noopener noreferrer nofollow" target="_blank">{address.clone()}</a>
        }),
    };
    pieces(&text).into_iter().map(drawn).collect_view()
}

/// Takes a text apart into addresses and what stands between them. Together they are the text again.
fn pieces(text: &str) -> Vec<Piece> {
    let (mut pieces, mut plain, mut from) = (Vec::new(), String::new(), 0);
    while let Some(rest) = text.get(from..).filter(|rest| !rest.is_empty()) {
        let Some(start) = begins(rest) else {
            plain.push_str(rest);
            break;
        };
        let (before, address) = rest.split_at(start);
        let is_within_a_word = before
            .chars()
            .next_back()
            .or_else(|| plain.chars().next_back())
            .is_some_and(char::is_alphanumeric);
        let length = if is_within_a_word { 0 } else { length(address) };
        plain.push_str(before);
        if length == 0 {
            // Only the first letter is passed over: an address may begin with the next.
            plain.extend(address.chars().next());
            from += start + 1;
            continue;
        }
        if !plain.is_empty() {
            pieces.push(Piece::Plain(std::mem::take(&mut plain)));
        }
        pieces.push(Piece::Link(address.chars().take(length).collect()));
        from += start + address.chars().take(length).map(char::len_utf8).sum::<usize>();
    }
    if !plain.is_empty() {
        pieces.push(Piece::Plain(plain));
    }
    pieces
}

/// The schemes that lead to the web. No other becomes a link.
const SCHEMES: [&str; 2] = ["https://", "http://"];

/// The length of the scheme that a text begins with, bytes.
fn scheme(text: &str) -> Option<usize> {
    let begins =
        |scheme: &&&str| text.get(..scheme.len()).is_some_and(|head| head.eq_ignore_ascii_case(scheme));
    SCHEMES.iter().find(begins).map(|scheme| scheme.len())
}

/// Where the first thing that looks like an address begins, bytes.
fn begins(text: &str) -> Option<usize> {
    text.char_indices()
        .find(|(index, _)| text.get(*index..).is_some_and(|rest| scheme(rest).is_some()))
        .map(|(index, _)| index)
}

/// How long the address is with which a text begins, characters; 0 where it is none: without a host.
fn length(text: &str) -> usize {
    let Some(scheme) = scheme(text) else { return 0 };
    let is_part = |letter: &char| {
        !letter.is_whitespace()
            && !letter.is_control()
            && !matches!(letter, '<' | '>' | '"' | '`' | '|' | '\\' | '^')
    };
    let mut letters: Vec<char> = text.chars().take_while(is_part).collect();
    // What ends a sentence, or what somebody put around it, is no part of it.
    while let Some(last) = letters.last() {
        let count = |wanted: char| letters.iter().filter(|letter| **letter == wanted).count();
        let is_outside = match last {
            '.' | ',' | ';' | ':' | '!' | '?' | '\'' | '*' | '_' | '…' | '’' | '”' | '»' => true,
            ')' => count(')') > count('('),
            ']' => count(']') > count('['),
            '}' => count('}') > count('{'),
            _ => false,
        };
        if !is_outside {
            break;
        }
        letters.pop();
    }
    // A scheme is of ASCII alone: its bytes are its characters.
    let has_host = letters.get(scheme).is_some_and(|letter| letter.is_alphanumeric() || *letter == '[');
    if has_host { letters.len() } else { 0 }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use rstest::rstest;

    fn links(text: &str) -> Vec<String> {
        let link = |piece: Piece| if let Piece::Link(address) = piece { Some(address) } else { None };
        pieces(text).into_iter().filter_map(link).collect()
    }

    #[rstest]
    #[case("https://example.org", &["https://example.org"])]
    #[case("see https://example.org/?a=1&b=2#c.", &["https://example.org/?a=1&b=2#c"])]
    #[case("(http://example.org/a_(b)), HTTPS://EXAMPLE.ORG!", &["http://example.org/a_(b)", "HTTPS://EXAMPLE.ORG"])]
    #[case("<q cite=\"https://example.org/\">x</q>", &["https://example.org/"])]
    #[case("http://[::1]:8080/x", &["http://[::1]:8080/x"])]
    #[case("https://münchen.example/straße?", &["https://münchen.example/straße"])]
    #[case("a\nhttps://one.example\nhttps://two.example", &["https://one.example", "https://two.example"])]
    #[case("http://https://example.org", &["http://https://example.org"])]
    fn addresses_of_the_web_are_links(#[case] text: &str, #[case] expected: &[&str]) {
        assert_eq!(links(text), expected);
    }

    #[rstest]
    #[case("bread!")]
    #[case("https://")]
    #[case("https:///etc")]
    #[case("https://.")]
    #[case("xhttps://example.org")]
    #[case("javascript:alert(1)")]
    #[case("javascript://example.org/%0aalert(1)")]
    #[case("data:text/html,<script>1</script>")]
    #[case("file:///etc/passwd")]
    #[case("//example.org")]
    #[case("example.org")]
    fn nothing_else_is(#[case] text: &str) {
        assert_eq!(pieces(text), [Piece::Plain(text.to_owned())]);
    }

    proptest! {
        #[test]
        fn the_pieces_are_the_text(text in "([a-zü <\"().]|https?://|HTTP://|\n){0,40}") {
            let joined: String = pieces(&text).into_iter().map(|piece| match piece {
                Piece::Plain(text) | Piece::Link(text) => text,
            }).collect();
            prop_assert_eq!(joined, text);
        }
    }
}

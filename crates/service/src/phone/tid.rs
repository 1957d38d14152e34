//! The two letters by which apps know a friend.

use domain::Friend;
use std::collections::HashSet;

const LETTERS: &[u8; 36] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";

/// Whether two friends are told apart by their letters on a phone: they share a group.
pub(crate) fn meet(one: &Friend, other: &Friend) -> bool {
    one.id != other.id && one.memberships.shared_with(&other.memberships).next().is_some()
}

/// Two capital letters or digits for a friend of that name which nobody has whom they meet: initials if they are free, else the first
/// letter with another of the name, else any. `None` when all 1,296 are taken.
pub(crate) fn free(name: &str, taken: &HashSet<&str>) -> Option<String> {
    let fitting = |text: &str| -> Vec<char> {
        text.chars().filter(char::is_ascii_alphanumeric).map(|letter| letter.to_ascii_uppercase()).collect()
    };
    let words: Vec<char> = name
        .split(|c: char| !c.is_alphanumeric())
        .filter_map(|word| fitting(word).first().copied())
        .collect();
    let letters = fitting(name);
    let first = words.first().or(letters.first()).copied().unwrap_or('X');
    let all = || LETTERS.iter().map(|letter| char::from(*letter));
    let initials = words.get(1).map(|second| (first, *second));
    let of_name = letters.iter().skip(1).map(|second| (first, *second));
    let wanted = initials.into_iter().chain(of_name).chain(all().map(|second| (first, second)));
    let any = all().flat_map(|one| all().map(move |two| (one, two)));
    wanted.chain(any).map(|(one, two)| format!("{one}{two}")).find(|tid| !taken.contains(tid.as_str()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tid_looks_like_the_name_and_is_nobody_elses() {
        let cases: [(&str, &[&str], &str); 7] = [
            ("Ann", &[], "AN"),
            ("Oma Rosa", &[], "OR"),
            ("Ann", &["AN"], "AA"),
            ("Anton", &["AN"], "AT"),
            ("Jürgen", &[], "JR"),
            ("Ωμέγα", &[], "XA"),
            ("7", &[], "7A"),
        ];
        for (name, taken, expected) in cases {
            assert_eq!(free(name, &taken.iter().copied().collect()).as_deref(), Some(expected), "{name}");
        }
    }

    #[test]
    fn everybody_gets_one_until_there_are_none_left() {
        let mut taken: Vec<String> = Vec::new();
        for _ in 0..1296 {
            let tid = free("Ann", &taken.iter().map(String::as_str).collect()).expect("there is one left");
            assert!(tid.len() == 2 && !taken.contains(&tid), "{tid}");
            taken.push(tid);
        }
        assert_eq!(free("Ann", &taken.iter().map(String::as_str).collect()), None);
    }
}

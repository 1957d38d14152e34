//! Looks through the bytes of an answer for what must not be in it, whatever the form: HTML, JSON, CSV or what a phone hears.

use super::rules::{Fact, Look, OWNERS, Owner, WORD, When};
use std::collections::{BTreeSet, HashSet};

/// A number as near as this to a latitude is that latitude, degrees: ten metres.
const NEAR: f64 = 1e-4;
/// What it is of a fact.
type Figure = fn(&Fact) -> i64;
/// Where the members of messages stand that fade with the position.
const FADING: [(&[&str], Figure); 4] = [
    (&["battery_pct", "batt", "b"], |fact| i64::from(fact.battery())),
    (&["velocity_kmh", "vel", "v"], Fact::speed),
    (&["course_deg", "cog", "c"], Fact::course),
    (&["altitude_m", "alt"], Fact::altitude),
];

/// An answer, read once.
pub(crate) struct Scan {
    text: String,
    /// Every number in it, sorted; also as if it were millionths, and ten millionths, of a degree.
    numbers: Vec<f64>,
    /// Every second in it: as seconds or as milliseconds since 1970, and as people write it.
    seconds: HashSet<i64>,
    written: HashSet<String>,
    /// The members of its messages that are numbers, without their fractions.
    members: HashSet<(String, i64)>,
    /// The names of places that only phones know.
    words: HashSet<String>,
}

impl Scan {
    pub(crate) fn of(bytes: &[u8]) -> Self {
        let text =
            String::from_utf8_lossy(bytes).replace('\\', "").replace("&quot;", "\"").replace("&#34;", "\"");
        let (mut numbers, mut seconds) = (Vec::new(), HashSet::new());
        for word in text.split(|letter: char| !letter.is_ascii_digit() && letter != '.') {
            let word = word.trim_matches('.');
            if word.is_empty() || word.len() > 24 {
                continue;
            }
            if let Ok(number) = word.parse::<i64>() {
                seconds.extend([number, number / 1000]);
            }
            if let Ok(number) = word.parse::<f64>() {
                numbers.extend([number, number / 1e6, number / 1e7]);
            }
        }
        numbers.sort_by(f64::total_cmp);
        let around = |(at, _): (usize, &str)| text.get(at.checked_sub(10)?..at + 9).map(str::to_owned);
        let written = text.match_indices('T').filter_map(around).collect();
        let members = text.match_indices("\":").filter_map(|(at, _)| {
            let name = text.get(..at)?.rsplit('"').next().filter(|name| name.len() < 24)?;
            let rest = text.get(at + 2..)?.trim_start();
            let end = rest.find(|letter: char| !letter.is_ascii_digit()).unwrap_or(rest.len());
            Some((name.to_owned(), rest.get(..end)?.parse().ok()?))
        });
        let members = members.collect();
        let called = |(at, _): (usize, &str)| {
            let rest = text.get(at..)?;
            let mut ends = rest.match_indices(|letter: char| !letter.is_ascii_alphabetic());
            // Three words.
            rest.get(..ends.nth(2).map_or(rest.len(), |(end, _)| end)).map(str::to_owned)
        };
        let words = text.match_indices(WORD).filter_map(called).collect();
        Self { text, numbers, seconds, written, members, words }
    }

    fn has_number_near(&self, wanted: f64) -> bool {
        let first = self.numbers.partition_point(|number| *number < wanted - NEAR);
        self.numbers.get(first).is_some_and(|number| *number <= wanted + NEAR)
    }

    /// Whether that place is in it.
    pub(crate) fn has_point(&self, fact: &Fact) -> bool {
        self.has_number_near(fact.lat) && self.has_number_near(fact.lon)
    }

    /// Whether that second is in it.
    pub(crate) fn has_second(&self, second: i64) -> bool {
        let written = crate::support::rfc3339(second);
        self.seconds.contains(&second)
            || written.get(..19).is_some_and(|written| self.written.contains(written))
    }

    /// Whether any second of a time is in it.
    pub(crate) fn has_any_second(&self, mut time: std::ops::Range<i64>) -> bool {
        time.any(|second| self.has_second(second))
    }

    /// Whether it says how long somebody was there then.
    pub(crate) fn has_stay(&self, fact: &Fact) -> bool {
        let stays = [("stay_s", fact.stay_s), ("stay_ms", fact.stay_s * 1000)];
        fact.stay_s > 0
            && stays.into_iter().any(|(name, long)| self.members.contains(&(name.to_owned(), long)))
    }

    /// Which members that fade with the position are in it as the phone said them.
    fn details(&self, fact: &Fact) -> Vec<&'static str> {
        let mut found = Vec::new();
        for (members, value) in FADING {
            let value = value(fact);
            found.extend(
                members.iter().filter(|member| self.members.contains(&((**member).to_owned(), value))),
            );
        }
        let charge = fact.battery();
        if [" %", "\u{202f}%"].iter().any(|sign| self.text.contains(&format!(">{charge}{sign}"))) {
            found.push("battery in words");
        }
        found
    }

    /// Whether that name is in it.
    pub(crate) fn has_word(&self, fact: &Fact) -> bool {
        fact.word.as_ref().is_some_and(|word| self.words.contains(word))
    }

    /// What is in it that must not appear before who looks, in words.
    pub(crate) fn leaks(&self, look: Look, facts: &[Fact]) -> BTreeSet<String> {
        let owner_of = |fact: &Fact| -> &'static Owner { &OWNERS[fact.owner] };
        // A second that is also one of something that may be seen says nothing.
        let allowed: HashSet<i64> = facts
            .iter()
            .filter(|fact| owner_of(fact).may_show_time(look, fact))
            .map(|fact| fact.second)
            .collect();
        let mut leaks = BTreeSet::new();
        for fact in facts {
            let owner = owner_of(fact);
            let what = format!("{} ({:?}, {:?})", owner.name, fact.when, fact.place);
            if !owner.may_show_point(look, fact) && self.has_point(fact) {
                leaks.insert(format!("{what}: the place"));
            }
            if !owner.may_show_time(look, fact)
                && !allowed.contains(&fact.second)
                && self.has_second(fact.second)
            {
                leaks.insert(format!("{what}: the time {}", fact.second));
            }
            if !owner.may_show_time(look, fact) && self.has_stay(fact) {
                leaks.insert(format!("{what}: how long they were there"));
            }
            if !owner.may_show_word(look, fact) && self.has_word(fact) {
                leaks.insert(format!("{what}: the name {:?}", fact.word));
            }
        }
        // These are the same at all times, so only of those who never show them.
        for fact in facts.iter().filter(|fact| fact.when == When::Old && fact.word.is_none()) {
            let owner = owner_of(fact);
            let mut all = facts.iter().filter(|other| other.owner == fact.owner);
            if !all.any(|other| owner.may_show_point(look, other)) {
                leaks
                    .extend(self.details(fact).into_iter().map(|detail| format!("{}: {detail}", owner.name)));
            }
        }
        leaks
    }
}

//! What the page for messages shows: it stands in its address, so that it can be kept and works without script.

use crate::draft::chat::thread_path;
use domain::chat::Thread;
use leptos::prelude::*;
use leptos_router::hooks::use_query_map;

/// What is open beside the threads.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Open {
    /// Nothing: on a phone the threads have all the room.
    #[default]
    Nothing,
    /// A thread.
    Thread(Thread),
    /// A message that is not an answer in a thread.
    New,
    /// What the address asks for is no thread.
    Unknown,
}

/// To whom a new message is, as it stands in the address and in forms.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Target {
    /// `friend-…`, `group-…` or `bot-…` with an id, `here`, `around` or `region`; empty as long as that is not chosen.
    pub(super) to: String,
    /// The id of the region.
    pub(super) region: String,
    /// The id of the friend for whom it is left there; empty for whoever comes next.
    pub(super) whom: String,
}

/// What the address asks for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Wanted {
    /// What is open.
    pub(super) open: Open,
    /// To whom a new message is.
    pub(super) target: Target,
    /// What is looked for; empty for nothing.
    pub(super) find: String,
    /// Where the part that is shown starts: of the open thread, else of what was found.
    pub(super) before: Option<String>,
}

impl Wanted {
    /// Reads the address.
    pub(super) fn from_address() -> Memo<Self> {
        let query = use_query_map();
        Memo::new(move |_| query.with(|query| Self::read(|key| query.get(key))))
    }

    fn read(of: impl Fn(&str) -> Option<String>) -> Self {
        let text = |key: &str| of(key).unwrap_or_default();
        let thread = |thread: Option<Thread>| thread.map_or(Open::Unknown, Open::Thread);
        let open = match (of("new"), of("with"), of("group"), of("bot"), of("places")) {
            (Some(_), ..) => Open::New,
            (None, Some(id), ..) => thread(id.parse().ok().map(Thread::Person)),
            (None, None, Some(id), ..) => thread(id.parse().ok().map(Thread::Group)),
            (None, None, None, Some(id), _) => thread(id.parse().ok().map(Thread::Bot)),
            (None, None, None, None, Some(_)) => Open::Thread(Thread::Places),
            (None, None, None, None, None) => Open::Nothing,
        };
        Self {
            open,
            target: Target { to: text("to"), region: text("region"), whom: text("whom") },
            find: text("find").trim().to_owned(),
            before: of("before").filter(|cursor| !cursor.is_empty()),
        }
    }

    /// The open thread.
    pub(super) const fn thread(&self) -> Option<Thread> {
        match self.open {
            Open::Thread(thread) => Some(thread),
            Open::Nothing | Open::New | Open::Unknown => None,
        }
    }
}

impl Target {
    /// Whether it is for a moment alone, and its sender says how long that is.
    pub(super) fn is_fleeting(&self) -> bool {
        matches!(self.to.as_str(), "here" | "around")
    }

    /// Whether it is left at a region.
    pub(super) fn is_left(&self) -> bool {
        self.to == "region"
    }

    /// The address under which a message to them is written. What does not count any more is left out.
    pub(super) fn address(&self) -> String {
        let fields = [
            ("to", self.to.as_str()),
            ("region", if self.is_left() { &self.region } else { "" }),
            ("whom", if self.is_left() { &self.whom } else { "" }),
        ];
        let fields = fields.into_iter().filter(|(_, text)| !text.is_empty());
        let query = form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
        if query.is_empty() { "/messages?new".to_owned() } else { format!("/messages?new&{query}") }
    }
}

/// The address of the list of what has a text in it, or of a part of it.
pub(super) fn find_path(find: &str, before: Option<&str>) -> String {
    let fields = [("find", Some(find).filter(|find| !find.is_empty())), ("before", before)];
    let fields = fields.into_iter().filter_map(|(key, text)| Some((key, text?)));
    let query = form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
    if query.is_empty() { "/messages".to_owned() } else { format!("/messages?{query}") }
}

/// The address of an earlier part of a thread.
pub(super) fn earlier_path(thread: Thread, before: &str) -> String {
    let query = form_urlencoded::Serializer::new(String::new()).append_pair("before", before).finish();
    format!("{}&{query}", thread_path(thread))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::state::fixture::friend_id;

    fn read(query: &str) -> Wanted {
        let pairs: Vec<(String, String)> = form_urlencoded::parse(query.as_bytes()).into_owned().collect();
        Wanted::read(|key| pairs.iter().find(|(name, _)| name == key).map(|(_, text)| text.clone()))
    }

    #[test]
    fn the_address_says_what_is_open() {
        let ben = Thread::Person(friend_id(2));
        let query = |path: &str| path.split_once('?').map(|(_, query)| query.to_owned()).unwrap_or_default();
        assert_eq!(read("").open, Open::Nothing);
        for thread in [ben, Thread::Places] {
            assert_eq!(read(&query(&thread_path(thread))).thread(), Some(thread));
        }
        let earlier = read(&query(&earlier_path(ben, "1-2")));
        assert_eq!((earlier.thread(), earlier.before.as_deref()), (Some(ben), Some("1-2")));
        assert_eq!(read("with=ben").open, Open::Unknown);
        assert_eq!(read("new&with=ben").open, Open::New);
        assert_eq!(read("find=+bread+").find, "bread");
        assert_eq!(find_path("a b", Some("1-2")), "/messages?find=a+b&before=1-2");
        assert_eq!(find_path("", None), "/messages");
    }

    #[test]
    fn to_whom_it_is_stands_in_the_address_as_far_as_it_counts() {
        let left = Target { to: "region".to_owned(), region: "r".to_owned(), whom: "w".to_owned() };
        assert_eq!(left.address(), "/messages?new&to=region&region=r&whom=w");
        assert_eq!(read("new&to=region&region=r&whom=w").target, left);
        assert_eq!(Target { to: "here".to_owned(), ..left }.address(), "/messages?new&to=here");
        assert_eq!(Target::default().address(), "/messages?new");
    }
}

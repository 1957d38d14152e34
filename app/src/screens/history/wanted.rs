//! Which part of the history is shown: it stands in the address, so that it can be sent and works without script.

use crate::state::World;
use domain::{FriendId, Kind, Timestamp, Transition};
use leptos::prelude::*;
use leptos_router::hooks::use_query_map;

/// What the address asks for; empty is "all".
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Wanted {
    /// A friend's id.
    pub(super) friend: String,
    /// A region's id.
    pub(super) region: String,
    /// `enter` or `leave`.
    pub(super) kind: String,
    /// A day like `2026-05-17`, or the first of several.
    pub(super) day: String,
    /// The last day.
    pub(super) until: String,
    /// What the clock showed, like `2026-05-17T17:42`.
    pub(super) at: String,
    /// Whose days and clock: the name of a time zone, or minutes ahead of UTC.
    pub(super) zone: String,
    /// Where this part starts.
    pub(super) before: Option<String>,
}

impl Wanted {
    /// Reads the address.
    pub(super) fn from_address() -> Memo<Self> {
        let query = use_query_map();
        Memo::new(move |_| {
            query.with(|query| {
                let text = |key: &str| query.get(key).unwrap_or_default();
                Self {
                    friend: text("friend"),
                    region: text("region"),
                    kind: text("kind"),
                    day: text("day"),
                    until: text("until"),
                    at: text("at"),
                    zone: text("zone"),
                    before: query.get("before").filter(|cursor| !cursor.is_empty()),
                }
            })
        })
    }

    /// The address of a page that shows the same, from `cursor` on.
    pub(super) fn address(&self, path: &str, cursor: Option<&str>) -> String {
        let mut query = form_urlencoded::Serializer::new(String::new());
        let fields = [
            ("friend", &self.friend),
            ("region", &self.region),
            ("kind", &self.kind),
            ("day", &self.day),
            ("until", &self.until),
            ("at", &self.at),
            ("zone", &self.zone),
        ];
        for (key, text) in fields.into_iter().filter(|(_, text)| !text.is_empty()) {
            query.append_pair(key, text);
        }
        if let Some(cursor) = cursor {
            query.append_pair("before", cursor);
        }
        let query = query.finish();
        if query.is_empty() { path.to_owned() } else { format!("{path}?{query}") }
    }

    /// The address of a file with all that is shown here, whatever the page. The JSON interface names friends by name and days by their
    /// moments.
    pub(super) fn file(
        &self,
        ending: &str,
        world: &World,
        range: (Option<Timestamp>, Option<Timestamp>),
    ) -> String {
        let friend = self.friend.parse().ok().and_then(|id: FriendId| world.friend(id));
        let friend = friend.map(|friend| friend.friend.name.to_string()).unwrap_or_default();
        let moment = |at: Option<Timestamp>| at.map(|at| at.to_string()).unwrap_or_default();
        let mut query = form_urlencoded::Serializer::new(String::new());
        let fields = [
            ("friend", friend),
            ("region", self.region.clone()),
            ("kind", self.kind.clone()),
            ("from", moment(range.0)),
            ("to", moment(range.1)),
            ("superseded", "include".to_owned()),
        ];
        for (key, text) in fields.iter().filter(|(_, text)| !text.is_empty()) {
            query.append_pair(key, text);
        }
        format!("/api/v1/transitions.{ending}?{}", query.finish())
    }

    /// Whether anything is left out.
    pub(super) fn is_narrow(&self) -> bool {
        [&self.friend, &self.region, &self.kind, &self.day, &self.until, &self.at]
            .iter()
            .any(|text| !text.is_empty())
    }

    /// Whether something that happens now belongs on this page. An older part of the list stays as it is.
    pub(super) fn takes(
        &self,
        transition: &Transition,
        (from, to): (Option<Timestamp>, Option<Timestamp>),
    ) -> bool {
        let kind = match transition.kind {
            Kind::Enter => "enter",
            Kind::Leave => "leave",
        };
        self.before.is_none()
            && (self.friend.is_empty() || self.friend == transition.friend.to_string())
            && (self.region.is_empty() || self.region == transition.region.to_string())
            && (self.kind.is_empty() || self.kind == kind)
            && from.is_none_or(|from| from <= transition.at)
            && to.is_none_or(|to| transition.at < to)
    }
}

#[cfg(test)]
mod tests {
    use super::Wanted;
    use crate::{
        fixture::{message, transitions},
        state::{World, world::apply},
    };

    #[test]
    fn the_address_says_what_is_shown() {
        let wanted = Wanted {
            friend: "f".to_owned(),
            day: "2026-05-17".to_owned(),
            zone: "Europe/Zurich".to_owned(),
            ..Wanted::default()
        };
        assert_eq!(
            wanted.address("/history", Some("1-2")),
            "/history?friend=f&day=2026-05-17&zone=Europe%2FZurich&before=1-2"
        );
        assert_eq!(Wanted::default().address("/history/time", None), "/history/time");
        assert!(wanted.is_narrow() && !Wanted { zone: "60".to_owned(), ..Wanted::default() }.is_narrow());
    }

    #[test]
    fn the_file_has_what_is_shown() {
        let mut world = World::default();
        apply(&mut world, message());
        let Some(first) = transitions().into_iter().next() else { unreachable!("there are some") };
        let wanted = Wanted {
            friend: first.friend.to_string(),
            kind: "enter".to_owned(),
            before: Some("1-2".to_owned()),
            ..Wanted::default()
        };
        assert_eq!(
            wanted.file("csv", &world, (Some(first.at), None)),
            format!(
                "/api/v1/transitions.csv?friend=Ann&kind=enter&from={}&superseded=include",
                first.at.to_string().replace(':', "%3A")
            )
        );
    }

    #[test]
    fn what_happens_now_is_shown_where_it_fits() {
        let all = transitions();
        let Some(first) = all.first() else { unreachable!("there are some") };
        let takes = |wanted: &Wanted| wanted.takes(first, (None, None));
        assert!(takes(&Wanted::default()));
        assert!(takes(&Wanted {
            friend: first.friend.to_string(),
            kind: "enter".to_owned(),
            ..Wanted::default()
        }));
        assert!(!takes(&Wanted { kind: "leave".to_owned(), ..Wanted::default() }));
        assert!(!takes(&Wanted { before: Some("1-2".to_owned()), ..Wanted::default() }));
        let after = first.at.plus_millis(1);
        assert!(Wanted::default().takes(first, (Some(first.at), Some(after))));
        assert!(!Wanted::default().takes(first, (None, Some(first.at))), "the end is no part of it");
        assert!(!Wanted::default().takes(first, (Some(after), None)));
    }
}

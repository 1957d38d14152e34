//! What happened to one friend, newest first: where they came and went, and what they wrote and got. To themself all of it; to an admin who looks after them the
//! comings and goings that they are shown, and of messages that there was one, and nothing else.

use crate::{Error, Page, Service, TransitionQuery, query::readable};
use domain::{ChatId, DiaryEntry, FriendId, Timestamp, TransitionId, Viewer};

/// A place in either list: what comes after that one.
type Place<T> = (Timestamp, T);

/// Where to go on in each list; `None`: from the beginning.
#[derive(Clone, Copy, Default)]
struct Cursor {
    ways: Option<Place<TransitionId>>,
    chats: Option<Place<ChatId>>,
}

impl Service {
    /// What happened to a friend, newest first; at most so many, drawn into 1 to 200.
    ///
    /// # Errors
    /// [`Error::NotFound`]; [`Error::Forbidden`] unless it is the friend who asks, or an admin who looks after them; [`Error::Invalid`] for `cursor`; when the
    /// database fails.
    pub async fn diary(
        &self,
        by: &Viewer,
        friend: FriendId,
        limit: u32,
        cursor: Option<&str>,
    ) -> Result<Page<DiaryEntry>, Error> {
        let eyes = {
            let board = self.shared.board();
            let owner = board.friends.get(&friend).filter(|owner| by.may_see(&owner.friend));
            let owner = owner.ok_or(Error::NotFound("friend"))?;
            if !by.is(friend) && !by.looks_after(&owner.friend) {
                return Err(Error::Forbidden);
            }
            owner.viewer()
        };
        let (limit, mut cursor) =
            (limit.clamp(1, 200), readable(cursor.map(Cursor::read))?.unwrap_or_default());
        let asked = TransitionQuery {
            friend: Some(friend),
            limit,
            cursor: cursor.ways.map(|(at, id)| format!("{}-{id}", at.as_millis())),
            ..TransitionQuery::default()
        };
        let ways = self.transitions(by, &asked).await?;
        let (found, chats) = self.own_chats(&eyes, friend, cursor.chats, limit).await?;
        let more = ways.next.is_some() || u32::try_from(found.len()).is_ok_and(|count| count >= limit);
        let most = usize::try_from(limit).unwrap_or(usize::MAX);
        let (mut ways, mut chats) = (ways.items.into_iter().peekable(), chats.into_iter().peekable());
        let mut items = Vec::new();
        while items.len() < most {
            let is_way = match (ways.peek(), chats.peek()) {
                (Some(way), Some(chat)) => way.at >= chat.at,
                (Some(_), None) => true,
                (None, Some(_)) => false,
                (None, None) => break,
            };
            if is_way {
                let Some(way) = ways.next() else { break };
                cursor.ways = Some((way.at, way.id));
                items.push(DiaryEntry::Crossed(way));
            } else {
                let Some(chat) = chats.next() else { break };
                cursor.chats = Some((chat.at, chat.id));
                let letter = DiaryEntry::Letter { at: chat.at, is_own: chat.is_own() };
                items.push(if by.is(friend) { DiaryEntry::Chat(chat) } else { letter });
            }
        }
        let is_cut = ways.peek().is_some() || chats.peek().is_some();
        if let (None, Some((id, at))) = (chats.peek(), found.last()) {
            cursor.chats = Some((*at, *id));
        }
        Ok(Page { items, next: (more || is_cut).then(|| cursor.write()) })
    }
}

impl Cursor {
    fn read(text: &str) -> Option<Self> {
        let (ways, chats) = text.split_once('_')?;
        Some(Self { ways: place(ways)?, chats: place(chats)? })
    }

    fn write(self) -> String {
        let Self { ways, chats } = self;
        let ways = ways.map(|(at, id)| format!("{}-{id}", at.as_millis())).unwrap_or_default();
        let chats = chats.map(|(at, id)| format!("{}-{id}", at.as_millis())).unwrap_or_default();
        format!("{ways}_{chats}")
    }
}

/// A place that may be the beginning.
#[expect(clippy::option_option, reason = "outer: could it be read; inner: is it the beginning")]
fn place<T: std::str::FromStr>(text: &str) -> Option<Option<Place<T>>> {
    if text.is_empty() {
        return Some(None);
    }
    let (at, id) = text.split_once('-')?;
    Some(Some((Timestamp::from_millis(at.parse().ok()?), id.parse().ok()?)))
}

//! An event as it is told.

use super::super::{near::SpotView, view::RegionName};
use domain::{Event, Happening, Shown, Timestamp, chat::Audience};
use serde::Serialize;
use utoipa::ToSchema;

/// One thing that happened. What does not belong to its kind is left out.
#[derive(Serialize, ToSchema)]
pub(in super::super) struct EventView {
    /// Its cursor: send it as `after` to hear what follows. A `heartbeat` has none.
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<String>,
    /// `new_movement`, `new_message`, `online`, `offline`, `arrived` or `departed`; `reset`: ask how things are, what follows is newer; on a websocket also
    /// `heartbeat`.
    event: &'static str,
    /// When it was so, RFC 3339: the position was taken, the edge of the region was crossed. That may be long ago where a phone was offline.
    at: String,
    /// The friend's name.
    #[serde(skip_serializing_if = "Option::is_none")]
    friend: Option<String>,
    /// With `new_movement`: the device's name.
    #[serde(skip_serializing_if = "Option::is_none")]
    device: Option<String>,
    /// With `new_movement`: where, as the friend shows it.
    #[serde(skip_serializing_if = "Option::is_none")]
    position: Option<SpotView>,
    /// With `new_movement`, and only where that is not precisely: how the friend is shown, as in the list of friends.
    #[serde(skip_serializing_if = "Option::is_none")]
    shown: Option<&'static str>,
    /// With `arrived` and `departed`: which region, as it was called then.
    #[serde(skip_serializing_if = "Option::is_none")]
    region: Option<RegionName>,
    /// With `new_message` of a bot, in place of `friend`: its name.
    #[serde(skip_serializing_if = "Option::is_none")]
    bot: Option<String>,
    /// With `new_message`: what `friend` or `bot` wrote.
    #[serde(skip_serializing_if = "Option::is_none")]
    message: Option<NoteView>,
}

/// A message that came.
#[derive(Serialize, ToSchema)]
struct NoteView {
    /// Its identifier among the messages.
    id: String,
    /// To whom: `friend` (to the caller alone), `group`, `here`, `around`, `region` (left there), or `bot` (to the caller, a bot).
    to: &'static str,
    text: String,
}

impl EventView {
    fn bare(id: Option<String>, event: &'static str, at: Timestamp) -> Self {
        let (friend, device, position, shown) = (None, None, None, None);
        let (region, bot, message) = (None, None, None);
        Self { id, event, at: at.to_string(), friend, device, position, shown, region, bot, message }
    }

    /// How things are has to be asked for afresh.
    pub(super) fn reset(id: String, at: Timestamp) -> Self {
        Self::bare(Some(id), "reset", at)
    }

    /// Nothing happened, and the line is alive.
    pub(super) fn heartbeat(at: Timestamp) -> Self {
        Self::bare(None, "heartbeat", at)
    }

    /// An event with its cursor.
    pub(super) fn new(id: String, event: &Event) -> Self {
        let of = |word| Self::bare(Some(id), word, event.at);
        match &event.what {
            Happening::Reset => of("reset"),
            Happening::Moved { friend, device, spot, shown } => Self {
                friend: Some(friend.to_string()),
                device: Some(device.to_string()),
                position: Some(SpotView::from(&**spot)),
                shown: Some(*shown).filter(|shown| *shown != Shown::Precise).map(Shown::as_str),
                ..of("new_movement")
            },
            Happening::Wrote(note) => Self {
                friend: Some(note.from.to_string()).filter(|_| !note.by_bot),
                bot: Some(note.from.to_string()).filter(|_| note.by_bot),
                message: Some(NoteView {
                    id: note.id.to_string(),
                    to: to_word(&note.to),
                    text: note.text.as_str().to_owned(),
                }),
                ..of("new_message")
            },
            Happening::Online(friend) => Self { friend: Some(friend.to_string()), ..of("online") },
            Happening::Offline(friend) => Self { friend: Some(friend.to_string()), ..of("offline") },
            Happening::Arrived(crossing) | Happening::Departed(crossing) => {
                let arrived = matches!(event.what, Happening::Arrived(_));
                let region =
                    RegionName { id: crossing.region.to_string(), name: crossing.region_name.clone() };
                Self {
                    friend: Some(crossing.friend.to_string()),
                    region: Some(region),
                    ..of(if arrived { "arrived" } else { "departed" })
                }
            }
        }
    }
}

const fn to_word(to: &Audience) -> &'static str {
    match to {
        Audience::Person(_) => "friend",
        Audience::Group(_) => "group",
        Audience::Here => "here",
        Audience::Around => "around",
        Audience::Left { .. } => "region",
        Audience::Bot(_) => "bot",
    }
}

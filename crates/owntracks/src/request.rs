//! What a phone asks of the server.

use serde_json::{Map, Value};

use crate::{Tour, member::Members, writer::Writer};

const KIND: &str = "request";

/// A question of a phone. It is answered by a [`crate::Action::Response`]. Origin: `_type` `request` of iOS, topic suffix
/// `request`.
#[derive(Debug, Clone, PartialEq)]
pub struct Request {
    /// What is asked for.
    pub ask: Ask,
    /// `tid`: initials for display.
    pub tid: Option<String>,
    /// `_id`: random per message.
    pub id: Option<String>,
    /// `topic`: in HTTP mode, the topic with its suffix.
    pub topic: Option<String>,
    /// Members this crate does not know, as sent.
    pub extra: Map<String, Value>,
}

/// What is asked for: `request`.
#[derive(Debug, Clone, PartialEq)]
pub enum Ask {
    /// `tour`: a link to a stretch of time. Anything of it may be missing (vector p110).
    Tour(Tour),
    /// `tours`: the list of the tours there are.
    Tours,
    /// `untour`: a tour is no longer wanted. There is no answer.
    Untour {
        /// `uuid`: which, as the server named it; any text (vector p109).
        uuid: Option<String>,
    },
    /// Any other word, or none (vector p108).
    Other(Option<String>),
}

impl Request {
    /// A question and nothing else.
    pub fn new(ask: Ask) -> Self {
        Self { ask, tid: None, id: None, topic: None, extra: Map::new() }
    }

    pub(crate) fn read(object: Map<String, Value>) -> Self {
        let mut from = Members::of(KIND, object);
        let word = from.text("request");
        let ask = match word.as_deref() {
            Some("tour") => Ask::Tour(from.object("tour").map(Tour::read).unwrap_or_default()),
            Some("tours") => Ask::Tours,
            Some("untour") => Ask::Untour { uuid: from.text("uuid") },
            _ => Ask::Other(word),
        };
        Self {
            ask,
            tid: from.text("tid"),
            id: from.text("_id"),
            topic: from.text("topic"),
            extra: from.rest(),
        }
    }

    pub(crate) fn write(&self) -> Map<String, Value> {
        let writer = Writer::of(KIND);
        let asked = match &self.ask {
            Ask::Tour(tour) => writer.text("request", Some("tour")).object("tour", Some(tour.write())),
            Ask::Tours => writer.text("request", Some("tours")),
            Ask::Untour { uuid } => writer.text("request", Some("untour")).text("uuid", uuid.as_deref()),
            Ask::Other(word) => writer.text("request", word.as_deref()),
        };
        asked
            .text("tid", self.tid.as_deref())
            .text("_id", self.id.as_deref())
            .text("topic", self.topic.as_deref())
            .finish(&self.extra)
    }
}

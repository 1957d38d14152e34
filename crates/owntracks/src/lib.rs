//! What OwnTracks phones say, as Rust types; and those types, as phones want to read them.
//!
//! [`decode`] takes one MQTT payload or HTTP body and gives the messages in it; [`encode`] gives the bytes of one message.
//! [`topic`] tells whose message it is. The reading is lenient (numbers in quotes, milliseconds for seconds, a cut emoji),
//! the writing strict (no `null`, whole numbers where the apps insist on them). Field by field, and oddity by oddity,
//! the decisions are in `docs/owntracks.md`.
//!
//! [`secretbox`] opens and seals what phones encrypt.
//!
//! The crate must stay pure: no input or output, no clock, no threads, no randomness. So it cannot say whether a time is
//! plausible, whether a position is worth showing, or who may see it. It never panics, whatever the bytes are.
//!
//! ```
//! use owntracks::{Message, decode};
//!
//! let payload = br#"{"_type":"location","lat":"52.1","lon":-0.5,"tst":1700000000,"acc":0}"#;
//! let Some(Ok(Message::Location(fix))) = decode(payload).pop() else { unreachable!() };
//! assert_eq!(fix.lat, 52.1);
//! assert_eq!(fix.accuracy_m, None); // 0 means unknown, never perfect
//! ```

#![forbid(unsafe_code)]
#![warn(clippy::indexing_slicing)]

mod battery;
mod card;
mod csv;
mod decode;
mod encode;
mod encrypted;
mod epoch;
mod error;
mod location;
mod lwt;
mod member;
mod message;
mod name;
mod number;
mod raw;
pub mod secretbox;
mod steps;
mod surrogate;
mod tid;
pub mod topic;
mod transition;
mod waypoint;
mod waypoints;
mod writer;

pub use battery::BatteryStatus;
pub use card::Card;
pub use decode::{MAX_MESSAGES, decode};
pub use encode::{encode, encode_all};
pub use encrypted::Encrypted;
pub use epoch::Epoch;
pub use error::{DecodeError, JsonFault, JsonKind, MemberFault};
pub use location::Location;
pub use lwt::Lwt;
pub use message::Message;
pub use name::plain_name;
pub use raw::Raw;
pub use serde_json::{Map, Value};
pub use steps::Steps;
pub use tid::{tid_for_phones, tid_from_topic};
pub use transition::{Crossing, Transition};
pub use waypoint::Waypoint;
pub use waypoints::{MAX_WAYPOINTS, Waypoints};

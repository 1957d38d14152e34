//! What [OwnTracks](https://owntracks.org) phones say, as Rust types; and those types, as phones want to read them.
//!
//! Every kind of message of both apps is a type of its own, read and written: [`Location`], [`Transition`], [`Waypoint`],
//! [`Waypoints`], [`Lwt`], [`Card`], [`Steps`], [`Status`], [`Beacon`], [`Command`], [`Configuration`], [`Dump`], [`Request`] and
//! [`Encrypted`]; besides, arrays of them, the lines of small trackers, and payloads of no bytes. What the crate does not know, a
//! member or a whole message, it keeps and writes again.
//!
//! # Reading
//!
//! [`decode`] takes one MQTT payload or HTTP body and gives the messages in it, each read or refused with a sentence. It is lenient:
//! numbers in quotes, milliseconds for seconds, a cut emoji, a byte order mark or memory left over behind the JSON cost nobody a
//! position. It never guesses: what may mean two things is unknown.
//!
//! ```
//! use owntracks::{Message, decode};
//!
//! let payload = br#"{"_type":"location","lat":"52.1","lon":-0.5,"tst":1700000000,"acc":0}"#;
//! let Some(Ok(Message::Location(fix))) = decode(payload).pop() else { unreachable!() };
//! assert_eq!(fix.lat, 52.1);
//! assert_eq!(fix.accuracy_m, None); // 0 means unknown, never perfect
//!
//! let refused = decode(br#"{"_type":"location","lat":152.1,"lon":-0.5}"#).pop();
//! let Some(Err(error)) = refused else { unreachable!() };
//! assert_eq!(error.to_string(), r#"The location cannot be used: "lat" is not between -90 and 90."#);
//! ```
//!
//! # Whose message it is
//!
//! [`topic`] reads it from the topic, by templates that the operator chooses.
//!
//! ```
//! use owntracks::topic::Template;
//!
//! let template = Template::parse("owntracks/{user}/{device}")?;
//! let reading = template.matches("owntracks/jane/phone/event").expect("it is one of ours");
//! assert_eq!((reading.user.as_str(), reading.device.as_str()), ("jane", "phone"));
//! # Ok::<(), owntracks::topic::TemplateError>(())
//! ```
//!
//! # Writing
//!
//! [`encode`] gives the bytes of one message, [`encode_all`] of an array of them (the answer to a phone in HTTP mode). The writing is
//! strict, for the apps drop a message for one wrong type: no `null`, whole numbers where the apps insist on them.
//! [`Message::for_phones`] holds back what an app would refuse, and with it the whole answer. [`Command`] makes orders.
//!
//! ```
//! use owntracks::{Command, Configuration, Epoch, Location, Message, Monitoring, encode, encode_all};
//!
//! let mut friend = Location::at(48.2, 16.37);
//! friend.tst = Some(Epoch::from_millis(1_700_000_000_999));
//! friend.accuracy_m = Some(11.6);
//! friend.tid = Some("Ida".to_owned());
//! let answer: Vec<Message> = [friend.into(), Command::report_location().into()]
//!     .into_iter()
//!     .filter_map(Message::for_phones)
//!     .collect();
//! assert_eq!(
//!     String::from_utf8(encode_all(&answer))?,
//!     r#"[{"_type":"location","lat":48.2,"lon":16.37,"tst":1700000000,"acc":12,"tid":"Id"},{"_type":"cmd","action":"reportLocation"}]"#,
//! );
//!
//! let eager = Configuration { monitoring: Some(Monitoring::Move), locator_interval_s: Some(30), ..Configuration::default() };
//! let payload = encode(&Command::set_configuration(eager).into());
//! # let text = String::from_utf8(payload)?;
//! # assert!(text.contains(r#""monitoring":2,"locatorInterval":30"#));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # Encryption
//!
//! [`secretbox`] opens and seals what phones encrypt, with both readings of a secret that is too long.
//!
//! # What it must not do
//!
//! The crate is pure: no input or output, no clock, no threads, no randomness. So it cannot say whether a time is plausible, whether a
//! position is worth showing, or who may see it. It never panics, whatever the bytes are; it compiles for the browser; no error
//! repeats the payload, and no `Debug` output shows a password or a secret of the settings. Field by field, and oddity by oddity, the decisions are in
//! `docs/owntracks.md`.

#![forbid(unsafe_code)]
#![warn(clippy::indexing_slicing)]

mod battery;
mod beacon;
mod card;
mod command;
mod configuration;
mod csv;
mod decode;
mod dump;
mod encode;
mod encrypted;
mod epoch;
mod error;
mod location;
mod lwt;
mod member;
mod message;
mod mode;
mod name;
mod number;
mod phones;
mod raw;
mod request;
pub mod secretbox;
mod status;
mod steps;
mod surrogate;
mod tid;
pub mod topic;
mod tour;
mod transition;
mod waypoint;
mod waypoints;
mod writer;

pub use battery::BatteryStatus;
pub use beacon::{Beacon, Proximity};
pub use card::Card;
pub use command::{Action, Command, Response};
pub use configuration::Configuration;
pub use csv::encode_csv;
pub use decode::{MAX_MESSAGES, decode};
pub use dump::Dump;
pub use encode::{encode, encode_all};
pub use encrypted::Encrypted;
pub use epoch::Epoch;
pub use error::{DecodeError, JsonFault, JsonKind, MemberFault};
pub use location::Location;
pub use lwt::Lwt;
pub use message::Message;
pub use mode::{Mode, Monitoring};
pub use name::plain_name;
pub use raw::Raw;
pub use request::{Ask, Request};
pub use serde_json::{Map, Value};
pub use status::{AndroidStatus, IosStatus, LocationAccess, Status};
pub use steps::Steps;
pub use tid::{tid_for_phones, tid_from_topic};
pub use tour::Tour;
pub use transition::{Crossing, Transition};
pub use waypoint::Waypoint;
pub use waypoints::{MAX_WAYPOINTS, Waypoints};

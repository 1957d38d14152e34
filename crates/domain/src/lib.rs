//! Our words, and what follows from them. Pure: no I/O, no clock, no async; compiles for the browser too.
//!
//! # Glossary
//!
//! * **Friend**: a person. Some friends may sign in (they have a [`Role`]), some only carry a phone.
//! * **Device**: something that reports for a friend, usually a phone.
//! * **Group**: friends who know of each other. What they see of each other is what each shows. A friend is of one or more ([`Membership`]),
//!   one of which is their **home group**; friends who share none do not exist for each other. A [`Stint`] is a time in one.
//! * **Region**: a named area (circle or polygon) of a group.
//! * **Fix**: one position report, with the time it was taken.
//! * **Evidence**: what a device's whereabouts are judged by: a fix with what the phone listed beside it, or a **claim**, its own word.
//! * **Crossing**: a device entered or left a region, by its own evidence alone; all of them are its log.
//! * **Transition**: a friend entered or left a region, by the logs of those of their devices that **count**: all, or one that was
//!   chosen ([`Counting`]). One that the server learnt better about is
//!   **superseded**, and stays readable.
//! * **Visit**: a friend was in a region from then to then, by the transitions; of a day, how long.
//! * **Checkpoint**: what was known of a device after all evidence up to some time; late evidence is judged from there.
//! * **Presence**: who is in which region now, and since when; one [`Stay`] for each.
//! * **Viewer**: who is looking; what they may see is decided in [`sharing`] and nowhere else.
//! * **Sharing**: what one friend lets others see: a **grant** for a **party** (their group, or one friend of it), with a [`Level`], from when
//!   on and until when; and **pauses**, times of which nobody else ever learns anything.
//! * **Showing**: what of that one viewer gets; [`Shown`] is what they are told about it.
//! * **Online**: a friend has a page of ours open in a browser, signed in. That they are heard of by a phone is something else.
//! * **Card**: how a friend wants to be shown, name and picture.
//! * **Order**: something the server asks of a phone, an [`Errand`]; and what became of it.
//! * **Spot**: where a device was last seen, as it is shown.
//! * **Rhythm**: how often a device reports, learnt from its reports; **staleness** is what its silence means by that.
//! * **Range**: how far away from them a friend calls near; **nearness** says who surely or perhaps is ([`near`]).
//! * **Chat**: messages between friends, and between a friend and a bot, to an [`chat::Audience`]; for who reads one it belongs to a [`chat::Thread`]. (A phone's words are messages, too: those of
//!   the raw log.)
//! * **Sensor**: topics that are not a phone's, and how their payloads are read; what one says of one time is an **Observation**.
//! * **Waypoint**: a place as a phone keeps it, known by its app's own keys; one of ours is a region that was given to it.
//! * **Once**: how links and invitations work, until their end; **fate** is what became of one.
//! * **Link**: by which somebody sets up a phone; its **arrival** is how far that phone has come, and what holds it up.
//! * **Audit log**: who did what as an admin, and whom they looked at: an [`Act`] of an [`Actor`], in an [`AuditEntry`].
//! * **Forgotten**: times of which a friend had everything deleted; what comes of them once more is not kept.
//! * **Diary**: what happened to one friend: where they came and went, and that they sent and got messages; a [`DiaryEntry`] each.
//! * **Alert**: that somebody came or went, told to a friend because a **rule** of theirs says so, by [`alert::Channel`]s; what became of it on
//!   each is a **delivery**.
//! * **Bot**: a program that a group keeps: it hears who comes to some regions and goes, of those who let the bots of the group know, **posts** to who is there, and
//!   answers who writes to it.
//! * **Event**: what a script or a bot is told while it listens, an [`Event`].
//! * **Outlet**: a broker that what is stored goes out to, below a [`TopicBase`].
#![forbid(unsafe_code)]
#![warn(clippy::indexing_slicing)]

pub mod alert;
pub mod arrival;
mod audit;
mod bot;
mod broker;
mod card;
mod caution;
pub mod chat;
mod counting;
mod device;
mod diary;
mod event;
mod fix;
mod forgotten;
mod friend;
pub mod geofence;
pub mod health;
pub mod hindsight;
mod id;
mod link;
pub mod live;
mod membership;
mod message;
mod name;
pub mod near;
mod once;
mod order;
mod outlet;
mod region;
mod retention;
mod rhythm;
mod schedule;
mod seen;
mod selftest;
mod sensor;
pub mod sharing;
mod stored;
mod time;
pub mod topic;
mod transition;
mod visit;
pub mod waypoint;

pub use audit::{Act, Actor, AuditEntry};
pub use bot::{Bot, LiveBot};
pub use broker::{Attempt, BridgeLine, BrokerReport, BrokerSession, Refused, SeenPacket, Subscription};
pub use card::Card;
pub use caution::Caution;
pub use counting::Counting;
pub use device::{Device, DeviceKind, Spot};
pub use diary::DiaryEntry;
pub use event::{Crossing, Event, Happening, Note};
pub use fix::{Clock, Fix};
pub use forgotten::{Forgotten, Span};
pub use friend::{Friend, Role};
pub use id::{
    AlertId, AuditId, BotId, ChatId, DeviceId, FriendId, GroupId, InvitationId, LinkId, OrderId, OutletId,
    RegionId, RuleId, SensorId, Seq, SessionId, TokenId, TransitionId,
};
pub use link::{DeviceLink, LinkState};
pub use membership::{Membership, Memberships, Stint};
pub use message::{ConsoleLine, ConsoleNews, Door, LoggedMessage};
pub use name::{Name, NameError, fold};
pub use once::{Fate, Once};
pub use order::{Errand, Monitoring, Order, Outcome, Sign};
pub use outlet::{Outlet, TopicBase, TopicBaseError};
pub use region::{Apart, Audience, Colour, Details, Icon, Pace, Region, Stay};
pub use retention::{Forecast, Held, Keep, KeepError, OwnRetention, Retention, RetentionClass, Storage};
pub use rhythm::{Expected, Rhythm, Staleness, Steps};
pub use schedule::{Hours, HoursError, Schedule};
pub use seen::{Eyes, Seen, Surface};
pub use selftest::{Check, Health, SelfTest};
pub use sensor::{Observation, Pointed, Pointer, PointerError, Quantity, Sensor, SensorForm};
pub use sharing::{
    BotConsent, Care, Grant, Level, Party, Pause, Scope, Sharing, SharingChange, Showing, Shown, Viewer,
};
pub use stored::{Erased, Holding, Stored};
pub use time::{Timestamp, TimestampError};
pub use topic::{TopicFilter, TopicFilterError};
pub use transition::{EvidenceNote, Kind, Source, Transition, Witness};
pub use visit::{Around, End, Visit, visits};

//! SQLite: one [`Writer`], many [`Reader`]s, in terms of the domain.
//!
//! [`open`] returns exactly one writer; it is not `Clone`, and in the server only the pipeline holds it. Readers are cheap handles
//! on a read-only pool. One file for each noun holds both its writes and its reads.
//!
//! To add a query: write it with `query!` in the file of its noun, then `make sqlx`, and commit what changed in `.sqlx/`.
#![forbid(unsafe_code)]

mod alerting;
mod alerts;
mod archives;
mod audit;
mod base;
mod batch;
mod bots;
mod cards;
mod chat;
mod classes;
mod commit;
mod compare;
mod crossings;
mod devices;
mod error;
mod fixes;
mod forget;
mod friends;
mod groups;
mod identities;
mod invitations;
mod journal;
mod lines;
mod links;
mod looks;
mod memberships;
mod messages;
mod names;
mod observations;
mod open;
mod orders;
mod outlets;
mod past;
mod ranges;
mod rebuild;
mod regions;
mod retention;
mod rows;
mod secret;
mod seen;
mod sensors;
mod sessions;
mod sharing;
mod storage;
mod stored;
mod sweep;
mod tokens;
mod transitions;
mod turns;
mod waypoints;
mod writing;

pub use alerting::AlertTarget;
pub use alerts::{AlertEvent, DeliveryNote, DueDelivery, KeptAlert, NewAlert, ToldOf, Tried};
pub use archives::ArchiveRow;
pub use audit::{AuditQuery, NewAudit};
pub use base::Base;
pub use batch::{
    Batch, Claim, DeviceState, NewCard, NewFix, NewMessage, NewObservation, NewTransition, PhoneWaypoint,
    Retained,
};
pub use chat::{
    BotLetter, BotPost, ChatArrival, ChatDeliveryRow, ChatGone, ChatQuery, ChatRow, NewChat, NewPost,
    UnreadChat,
};
pub use compare::{Compared, Difference};
pub use crossings::{LogChange, LogEntry};
pub use devices::{KnownDevice, NewDevice};
pub use error::Error;
pub use fixes::{Bare, FixQuery};
pub use forget::{Forget, Forgetting, LeftKnown, Removed, Suspect};
pub use friends::{Account, NewFriend};
pub use groups::Ending;
pub use invitations::Invitation;
pub use journal::{Entry, Groups, JournalEntry, RegionChange};
pub use lines::SealedMessage;
pub use links::HeardMessage;
pub use memberships::{GroupInvitation, Leaving};
pub use messages::{Logged, MessageQuery};
pub use observations::ObservationQuery;
pub use open::{Reader, Version, Writer, open};
pub use outlets::{OutletEvent, OutletRow, OutletTopic, Password};
pub use past::{Checkpoint, Kin, KinQuery, Past, PastQuery};
pub use rebuild::Rebuild;
pub use retention::RetentionRow;
pub use secret::SecretHash;
pub use sessions::{NewSession, Session, SessionRow, SessionsEnded};
pub use storage::Sizes;
pub use sweep::{SweepFriend, SweepLog, Swept};
pub use tokens::{MadeToken, NewToken, TokenRow};
pub use transitions::{Belief, NewsQuery, TransitionQuery, WaysQuery};
pub use turns::{Superseded, Turn};
pub use writing::{Identity, Staged, Use};

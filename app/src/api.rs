//! What the browser may ask of the server: one server function for each question, and the ways it can fail.
//!
//! The bodies exist on the server alone and decide nothing: they read the context, ask `service`, and translate.

mod alerts;
mod audit;
mod broker;
mod chat;
mod console;
mod devices;
mod diary;
mod error;
mod friends;
mod groups;
mod invitations;
mod latest;
mod links;
mod live;
mod me;
mod messages;
mod near;
mod outlets;
mod places;
mod regions;
mod report;
mod selftest;
mod sensors;
mod server_admins;
mod session;
mod sessions;
mod sharing;
mod storage;
mod stored;
mod transitions;
mod why;

pub use alerts::*;
pub use audit::*;
pub use broker::*;
pub use chat::*;
pub use console::*;
pub use devices::*;
pub use diary::*;
pub use error::{ApiError, Kept};
pub use friends::*;
pub use groups::*;
pub use invitations::*;
pub use latest::*;
pub use links::*;
pub use live::*;
pub use me::*;
pub use messages::*;
pub use near::*;
pub use outlets::*;
pub use places::*;
pub use regions::*;
pub use report::*;
pub use selftest::*;
pub use sensors::*;
pub use server_admins::*;
pub use session::*;
pub use sessions::*;
pub use sharing::*;
pub use storage::*;
pub use stored::*;
pub use transitions::*;
pub use why::*;

use serde::{Deserialize, Serialize};

/// A part of a long list, and where the next part starts.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Page<T> {
    /// This part, newest first.
    pub items: Vec<T>,
    /// The cursor of the next part; `None` at the end.
    pub next: Option<String>,
}

//! What the browser knows, and how it learns it.
//!
//! One direction: [`feed`] hears the server, [`link`] decides when to connect again, [`world`] takes in what
//! was said, and everything on the screen follows from the [`world::World`], the [`view::View`] and the time.
//! [`age`], [`hindsight`], [`link`], [`near`], [`reporting`], [`view`] and [`world`] are plain functions of values and are tested without a
//! browser. [`reporter`] goes the other way: it sends where this browser is, while its friend wants that.

pub mod age;
pub mod chat;
pub mod clock;
pub mod feed;
#[cfg(test)]
pub(crate) mod fixture;
pub mod hindsight;
pub mod link;
pub mod looks;
pub mod near;
pub mod reporter;
pub mod reporting;
pub mod shown;
pub mod view;
pub mod world;

pub use domain::Staleness;
pub use feed::{Live, provide_live, use_live};
pub use link::LinkState;
pub use looks::Looks;
pub use reporter::{Report, Reporter, provide_reporter, use_reporter};
pub use view::{Camera, View};
pub use world::{ChatNews, World};

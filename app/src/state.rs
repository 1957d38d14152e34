//! What the browser knows, and how it learns it.
//!
//! One direction: [`feed`] hears the server, [`link`] decides when to connect again, [`world`] takes in what
//! was said, and everything on the screen follows from the [`world::World`], the [`view::View`] and the time.
//! [`age`], [`hindsight`], [`link`], [`view`] and [`world`] are plain functions of values and are tested without a browser.

pub mod age;
pub mod clock;
pub mod feed;
#[cfg(test)]
pub(crate) mod fixture;
pub mod hindsight;
pub mod link;
pub mod looks;
pub mod shown;
pub mod view;
pub mod world;

pub use domain::Staleness;
pub use feed::{Live, provide_live, use_live};
pub use link::LinkState;
pub use looks::Looks;
pub use view::{Camera, View};
pub use world::World;

//! The pages: what a browser shows, and the questions it asks of the server.
//!
//! Compiled twice. On the server (`ssr`) it draws the first state of every page and answers the server functions; in the browser
//! (`hydrate`) it takes the drawing over and keeps it alive. The first drawing must be the same on both sides: nothing in it may
//! depend on the browser's clock, time zone or storage.
#![recursion_limit = "256"]
#![allow(
    clippy::unused_async,
    reason = "server functions are async; on the server some of them answer from memory"
)]
#![expect(unreachable_pub, reason = "the component macro writes a public function beside each component")]
#![expect(clippy::needless_pass_by_value, reason = "components own their props")]

pub mod api;
mod app;
pub mod browser;
pub mod draft;
pub mod fixture;
pub mod map;
pub mod screens;
#[cfg(feature = "ssr")]
pub mod ssr;
pub mod state;
pub mod ui;

pub use app::App;
/// What the pages need around them; the workbench shows them without the [`App`].
pub use leptos_router::components::Router;

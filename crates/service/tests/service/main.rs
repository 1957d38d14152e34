//! The service on a real store, without any port. Time is a value that each test moves by itself; only the tests of the live line wait.
#![expect(clippy::disallowed_methods, reason = "tests start their own tasks")]

mod alerts;
mod bots;
mod chat;
mod demonstration;
mod dice;
mod erase;
mod groups;
mod links;
mod live;
mod online;
mod order;
mod phones;
mod rebuild;
mod retention;
mod sharing;
mod signing_in;
mod support;
mod trouble;
mod whole;

//! The server through its real edges: its process, its ports, its files. No part of ours is replaced by a pretended one.
//!
//! Every test has its own temporary directory and its own server on port 0. Nobody sleeps: a test waits for a condition, with a deadline.
#![expect(clippy::disallowed_methods, reason = "tests start their own tasks")]

mod alerts;
mod api;
mod archive;
mod attacks;
mod audience;
mod audit;
mod bots;
mod bridge;
mod broker;
mod browsers;
mod chat;
mod cli;
mod conformance;
mod console;
mod credentials;
mod cut;
mod disk;
#[cfg(feature = "dynamodb")]
mod dynamodb;
mod events;
mod foreign;
mod garbage;
mod geofence;
mod groups;
mod halfway;
mod health;
mod history;
mod invitations;
mod kill;
mod limits;
mod links;
mod live;
mod membership;
mod mistakes;
mod mqtt;
mod mqtt5;
mod near;
mod network;
mod oidc;
mod online;
mod oracle;
mod outlet;
mod phones;
mod places;
mod privacy;
mod proxies;
mod publish;
mod rebuild;
mod regions;
mod retention;
mod selftest;
mod sensors;
mod sessions;
mod sharing;
mod silence;
mod start;
mod stored;
mod subpath;
mod support;
mod tls;
mod vectors;
mod ways;
mod why;

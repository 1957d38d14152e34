//! The MQTT doors: the embedded broker phones connect to, and the subscriber to somebody else's broker.
//!
//! A door authenticates, stamps the time, waits for the commit and only then answers. It does not know what is in a
//! payload and must never decode one: that is the pipeline's work, behind [`service::Service::submit`].

pub mod broker;
pub mod doors;
pub mod limits;
pub mod subscriber;
pub mod upstream;

mod access;
mod accounts;
mod asked;
mod asking;
mod errands;
mod fitting;
mod following;
mod orders;
mod pace;
mod retained;
mod routing;
mod showing;
mod silence;
mod watching;

/// Log directives to append after the operator's own.
///
/// The MQTT libraries print whole packets, passwords and payloads included, at their lower levels, and `rmqtt` prints a
/// payload in one of its warnings; nothing an operator asks for may switch that on.
pub const LOG_DIRECTIVES: &[&str] = &["rmqtt=error", "rmqtt_net=error", "rmqtt_codec=error", "rumqttc=error"];

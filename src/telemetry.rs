//! Logs go to standard error; `RUST_LOG` chooses what. Standard output is for the ready line and for answers of commands.

use crate::mqtt;
use std::io::IsTerminal;
use tracing_subscriber::{EnvFilter, fmt};

/// Starts logging. The libraries that would print passwords and payloads stay quiet whatever is asked for.
pub fn start() {
    let asked = EnvFilter::try_from_default_env().unwrap_or_else(|_not_set| EnvFilter::new("info"));
    let filter = mqtt::LOG_DIRECTIVES
        .iter()
        .filter_map(|directive| directive.parse().ok())
        .fold(asked, EnvFilter::add_directive);
    let coloured = std::io::stderr().is_terminal();
    // Not even the log may need room: where it cannot be written, the library would say so there, and panic.
    fmt()
        .log_internal_errors(false)
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .with_ansi(coloured)
        .with_target(false)
        .init();
}

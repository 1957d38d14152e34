//! Logs go to standard error; `RUST_LOG` chooses what. Standard output is for the ready line and for answers of commands.

use crate::mqtt;
use std::io::IsTerminal;
use tracing_subscriber::{EnvFilter, fmt};

/// What the libraries of the web door, the database and the archive may say at most: below that they print frames, headers and
/// requests, and in them positions and cookies.
const LOG_DIRECTIVES: [&str; 6] =
    ["tungstenite=info", "tokio_tungstenite=info", "hyper=info", "h2=info", "sqlx=warn", "aws_=warn"];

/// Starts logging. The libraries that would print passwords, payloads and positions stay quiet whatever is asked for.
pub fn start() {
    #[expect(
        clippy::disallowed_methods,
        reason = "logs are there before the settings, to tell what is wrong with them"
    )]
    let asked = std::env::var(EnvFilter::DEFAULT_ENV).ok();
    let coloured = std::io::stderr().is_terminal();
    let filter = filter(asked.as_deref().unwrap_or("info"));
    // Not even the log may need room: where it cannot be written, the library would say so there, and panic.
    fmt()
        .log_internal_errors(false)
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .with_ansi(coloured)
        .with_target(false)
        .init();
}

/// What was asked for, without what nobody may ask for: of two directives the longer one counts, so those that name a part of a
/// guarded library go, and those that look into spans, where every library counts.
fn filter(asked: &str) -> EnvFilter {
    let guards = || mqtt::LOG_DIRECTIVES.iter().chain(&LOG_DIRECTIVES);
    let guarded = |directive: &str| {
        let mut names = guards().filter_map(|guard| Some(guard.split_once('=')?.0));
        directive.contains('[') || names.any(|name| directive.starts_with(name))
    };
    let allowed: Vec<_> = asked.split(',').map(str::trim).filter(|directive| !guarded(directive)).collect();
    let allowed = if allowed.is_empty() { "info".to_owned() } else { allowed.join(",") };
    let asked = EnvFilter::try_new(allowed).unwrap_or_else(|_senseless| EnvFilter::new("info"));
    guards().filter_map(|guard| guard.parse().ok()).fold(asked, EnvFilter::add_directive)
}

#[cfg(test)]
mod tests {
    use super::filter;

    #[test]
    fn nobody_can_ask_for_what_holds_positions_or_passwords() {
        for asked in [
            "trace",
            "trace,rmqtt::session=trace,tungstenite::protocol=trace",
            "rmqtt=trace",
            "hyper::proto=debug,[request]=trace",
            "aws=trace,aws_smithy_runtime=trace,aws_smithy_runtime::client::orchestrator=trace",
        ] {
            let directives = filter(asked).to_string();
            for guard in
                ["rmqtt=error", "rumqttc=error", "tungstenite=info", "hyper=info", "h2=info", "aws_=warn"]
            {
                assert!(directives.split(',').any(|one| one == guard), "{asked}: {directives}");
            }
            for loud in ["::", "["] {
                assert!(!directives.contains(loud), "{asked}: {directives}");
            }
        }
        assert!(filter("whereabouts=debug").to_string().contains("whereabouts=debug"));
    }
}

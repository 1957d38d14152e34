//! The program. Reads what the operator says, and does it.

use clap::Parser;
use std::process::ExitCode;
use whereabouts::{cli::Args, config::Mistake};

fn main() -> ExitCode {
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => {
            eprintln!("whereabouts: cannot start: {error}");
            return ExitCode::FAILURE;
        }
    };
    match runtime.block_on(Args::parse().obey()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("whereabouts: {error:#}");
            let is_mistake = error.downcast_ref::<Mistake>().is_some();
            if is_mistake { ExitCode::from(2) } else { ExitCode::FAILURE }
        }
    }
}

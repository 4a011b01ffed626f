//! Commands that work with the configuration: they read it, do their work and print what came of it, or say why it did not work.

use std::error::Error;
use std::io::{self, Write as _};
use std::process::ExitCode;

use super::output::{bad_usage, failure, with_causes, written};
use crate::config::{self, Config, Sources};

/// Runs the work of a command that prints by itself.
pub(super) async fn run<E: Error>(
    sources: &Sources,
    work: impl AsyncFnOnce(&Config) -> Result<(), E>,
) -> ExitCode {
    print(sources, async |config| work(config).await.map(|()| String::new())).await
}

/// Runs the work of a command and prints the text that it gives.
pub(super) async fn print<E: Error>(
    sources: &Sources,
    work: impl AsyncFnOnce(&Config) -> Result<String, E>,
) -> ExitCode {
    print_or(sources, work, |_| false).await
}

/// The same for a command whose values are judged by the configuration: with an error of which `is_usage` says so, it was not written as
/// it has to be.
pub(super) async fn print_or<E: Error>(
    sources: &Sources,
    work: impl AsyncFnOnce(&Config) -> Result<String, E>,
    is_usage: impl Fn(&E) -> bool,
) -> ExitCode {
    let config = match config::load(sources) {
        Ok(loaded) => loaded.config,
        Err(error) => return failure(&error.to_string()),
    };
    match work(&config).await {
        Ok(text) => match written(io::stdout().lock().write_all(text.as_bytes())) {
            Ok(()) => ExitCode::SUCCESS,
            Err(error) => failure(&format!("the answer cannot be written: {error}")),
        },
        Err(error) if is_usage(&error) => bad_usage(&with_causes(&error)),
        Err(error) => failure(&with_causes(&error)),
    }
}

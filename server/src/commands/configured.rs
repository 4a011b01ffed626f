//! Commands that work with the configuration: they read it, do their work and print what came of it, or say why it did not work.

use std::error::Error;
use std::io::{self, Write as _};
use std::process::ExitCode;

use super::output::{failure, with_causes, written};
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
    let config = match config::load(sources) {
        Ok(loaded) => loaded.config,
        Err(error) => return failure(&error.to_string()),
    };
    match work(&config).await {
        Ok(text) => match written(io::stdout().lock().write_all(text.as_bytes())) {
            Ok(()) => ExitCode::SUCCESS,
            Err(error) => failure(&format!("the answer cannot be written: {error}")),
        },
        Err(error) => failure(&with_causes(&error)),
    }
}

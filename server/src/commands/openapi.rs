//! `daemun openapi`.

use std::io::{self, Write as _};
use std::process::ExitCode;

use web::PublicOrigin;

use super::output::{failure, written};
use crate::compose;
use crate::config::{self, Sources};

/// Prints the description of every endpoint, as OpenAPI 3.1.
pub(super) fn run(sources: &Sources) -> ExitCode {
    let config = match config::load(sources) {
        Ok(loaded) => loaded.config,
        Err(error) => return failure(&error.to_string()),
    };
    let document = compose::openapi(&PublicOrigin::of(&config.public_url));
    match written(writeln!(io::stdout().lock(), "{document:#}")) {
        Ok(()) => ExitCode::SUCCESS,
        Err(_) => ExitCode::FAILURE,
    }
}

//! `daemun check`.

use std::io::Write as _;
use std::process::ExitCode;

use db::Database;

use super::{failure, load, with_causes};
use crate::check::{self, Finding};
use crate::config::Sources;

/// Prints each finding with its cure; 1 if there is any.
pub(super) async fn run(sources: &Sources) -> ExitCode {
    let loaded = match load(sources) {
        Ok(loaded) => loaded,
        Err(error) => return failure(&error.to_string()),
    };
    let mut findings = loaded.warnings;
    findings.extend(check::findings(&loaded.config).await);
    match Database::connect(&loaded.config.database_url).await {
        Ok(database) => database.close().await,
        Err(error) => findings.push(Finding::new(
            "database.url",
            with_causes(&error),
            "start the database, or correct the address, the name or the password",
        )),
    }
    let mut out = std::io::stdout().lock();
    for finding in &findings {
        let _ = writeln!(out, "{finding}");
    }
    if findings.is_empty() {
        let _ = writeln!(out, "Everything is in order.");
        return ExitCode::SUCCESS;
    }
    ExitCode::FAILURE
}

//! `daemun check`.

use std::io::Write as _;
use std::process::ExitCode;

use db::{Database, Dialect, OpenError};

use super::output::{failure, with_causes};
use crate::check::{self, Finding};
use crate::config::{self, Config, Sources};
use crate::data_dir;
use crate::listeners::{Listeners, Serving};

/// Prints each finding with its cure; 1 if there is any.
pub(super) async fn run(sources: &Sources, accepts_lost_passkeys: bool) -> ExitCode {
    let loaded = match config::load(sources) {
        Ok(loaded) => loaded,
        Err(error) => return failure(&error.to_string()),
    };
    let mut config = loaded.config;
    config.passkeys.accepts_lost = accepts_lost_passkeys;
    let serving = Listeners::of(&config).serving().await;
    let mut findings = check::findings(&config, serving).await;
    if let Err(error) = Database::check(&config.database).await {
        findings.push(Finding::new("database.url", with_causes(&error), cure(&error, &config)));
    }
    let mut out = std::io::stdout().lock();
    if let Some(Serving { process }) = serving {
        let _ =
            writeln!(out, "Daemun serves by this configuration (process {process}): its ports are its own.");
    }
    for finding in &findings {
        let _ = writeln!(out, "{finding}");
    }
    if findings.is_empty() {
        let _ = writeln!(out, "Everything is in order.");
        return ExitCode::SUCCESS;
    }
    ExitCode::FAILURE
}

/// What to do about a database; the errors of a schema say it themselves.
fn cure(error: &OpenError, config: &Config) -> &'static str {
    match error {
        OpenError::Folder { source, .. } => data_dir::cure(source),
        OpenError::Connect { .. } if config.database.url.dialect() == Dialect::Sqlite => {
            "Let the user that runs Daemun write there, on a disk that has room and can be written, or name another file"
        }
        OpenError::Connect { .. } => {
            "Start the database, or correct the address, the name, the password or `database.ca_file`"
        }
        OpenError::NeedsTls { .. } => "Set `database.ssl_mode`, best to VERIFY_IDENTITY",
        OpenError::Refused(_) => "Make room, or let the user that runs Daemun write there",
        _ => "`daemun serve` would end with the same",
    }
}

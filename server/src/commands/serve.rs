//! `daemun serve`.

use std::process::ExitCode;

use tokio::signal::unix::{SignalKind, signal};

use super::output::{failure, with_causes};
use crate::config::{self, Mode, Sources};
use crate::environment::Environment;
use crate::program::{self, Running};
use crate::{log, telemetry};

/// SIGXFSZ: a write beyond the largest file that the system allows us (`ulimit -f`). Unhandled it would end the program; with a
/// handler, the write fails as on a full disk, which the program survives.
const FILE_TOO_LARGE: SignalKind = SignalKind::from_raw(25);

/// Serves until SIGTERM or SIGINT, then finishes what is in flight.
pub(super) async fn run(sources: &Sources, accepts_lost_passkeys: bool) -> ExitCode {
    let loaded = match config::load(sources) {
        Ok(loaded) => loaded,
        Err(error) => return failure(&error.to_string()),
    };
    let mut config = loaded.config;
    config.passkeys.accepts_lost = accepts_lost_passkeys;
    log::init(config.log.format, &config.log.filter);
    if !loaded.passed_over.is_empty() {
        let variables = loaded.passed_over.join(", ");
        tracing::info!(variables, "variables that the platform sets for a service of this name are ignored");
    }
    let environment = Environment::real(telemetry::init_metrics(), config.mode == Mode::Development);
    let (Ok(mut terminate), Ok(mut interrupt), Ok(mut hangup), Ok(_)) = (
        signal(SignalKind::terminate()),
        signal(SignalKind::interrupt()),
        signal(SignalKind::hangup()),
        signal(FILE_TOO_LARGE),
    ) else {
        return failure("signals cannot be received");
    };
    let running = match program::start(&config, environment).await {
        Ok(running) => running,
        Err(error) => return failure(&with_causes(&error)),
    };
    tracing::info!(
        address = %running.address,
        operations = %running.operations,
        mode = ?config.mode,
        "daemun is open at {}",
        config.public_url
    );
    let mut sources = sources.again();
    loop {
        tokio::select! {
            _ = terminate.recv() => break,
            _ = interrupt.recv() => break,
            _ = hangup.recv() => {
                sources = sources.again();
                reload(&running, &sources);
            }
        }
    }
    tracing::info!("daemun is closing: requests in flight are finished first");
    running.stop().await;
    tracing::info!("daemun is closed");
    ExitCode::SUCCESS
}

/// Reads the configuration again for the gateway's routes. Errors are logged, and the old routes stay in use.
fn reload(running: &Running, sources: &Sources) {
    let outcome = match config::load(sources) {
        Ok(loaded) => running.reload_routes(&loaded.config).map_err(|error| with_causes(&error)),
        Err(error) => Err(error.to_string()),
    };
    let outcome = match outcome {
        Ok(()) => {
            tracing::info!("the gateway's routes were reloaded");
            "taken"
        }
        Err(error) => {
            tracing::error!(error, "the gateway's routes stay as they were");
            "refused"
        }
    };
    metrics::counter!("daemun_gateway_reloads_total", "outcome" => outcome).increment(1);
}

//! `daemun serve`.

use std::process::ExitCode;

use tokio::signal::unix::{SignalKind, signal};

use super::{failure, load, with_causes};
use crate::config::{Mode, Sources};
use crate::program::{self, Instruments};
use crate::telemetry;

/// Serves until SIGTERM or SIGINT, then finishes what is in flight.
pub(super) async fn run(sources: &Sources) -> ExitCode {
    let loaded = match load(sources) {
        Ok(loaded) => loaded,
        Err(error) => return failure(&error.to_string()),
    };
    let config = loaded.config;
    telemetry::init_log(config.log.format, &config.log.filter);
    for warning in &loaded.warnings {
        tracing::warn!("{warning}");
    }
    let instruments = Instruments::real(telemetry::init_metrics(), config.mode == Mode::Development);
    let (Ok(mut terminate), Ok(mut interrupt)) =
        (signal(SignalKind::terminate()), signal(SignalKind::interrupt()))
    else {
        return failure("signals cannot be received");
    };
    let running = match program::start(&config, instruments).await {
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
    tokio::select! {
        _ = terminate.recv() => {}
        _ = interrupt.recv() => {}
    }
    tracing::info!("daemun is closing: requests in flight are finished first");
    running.stop().await;
    tracing::info!("daemun is closed");
    ExitCode::SUCCESS
}

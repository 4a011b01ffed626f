//! What `daemun check` says of settings, told by a program that serves.

use admin::{Finding, Operations, Said};

use crate::check;
use crate::config::{self, Config};

/// Looks at the settings that were read now; what is found goes to the log, and to operators.
pub fn look_at_settings(config: &Config, operations: &Operations) {
    tell("", check::of_settings(config), operations);
}

/// The same of the gateway's routes alone, which are read again while the program runs.
pub fn look_at_routes(config: &Config, operations: &Operations) {
    tell("gateway.", check::of_routes(config), operations);
}

fn tell(place: &str, found: Vec<config::Finding>, operations: &Operations) {
    for finding in &found {
        tracing::warn!("{finding}");
    }
    operations.health.settings.replace(place, found.into_iter().map(told));
}

fn told(finding: config::Finding) -> Finding {
    let config::Finding { place, key, problem, cure } = finding;
    let place = if place.is_empty() { key } else { format!("{key} ({place})") };
    Finding::of_setting(place, Said { problem, cure })
}

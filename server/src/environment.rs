//! What the program takes from its environment.

use std::path::PathBuf;
use std::sync::Arc;

use kernel::{Clock, Context, HashingCost, OsRandomness, Randomness, SystemClock};
use metrics_exporter_prometheus::PrometheusHandle;

/// Where time, chance and counting come from, and what hashing may cost.
pub struct Environment {
    /// The clock of everything.
    pub clock: Arc<dyn Clock>,
    /// The randomness of everything.
    pub randomness: Arc<dyn Randomness>,
    /// What hashing one password costs.
    pub hashing: HashingCost,
    /// The metrics to show.
    pub metrics: PrometheusHandle,
    /// The folder of the site's files. A program that holds them inside never looks.
    pub site: PathBuf,
    /// The same clock, where it can be moved over HTTP.
    #[cfg(all(feature = "simulators", debug_assertions))]
    pub movable_clock: Option<Arc<kernel::ShiftedClock>>,
}

impl Environment {
    /// The clock, and where random values come from.
    pub fn context(&self) -> Context {
        Context { clock: Arc::clone(&self.clock), randomness: Arc::clone(&self.randomness) }
    }

    /// The machine's clock and randomness; in the development build the clock can be moved.
    pub fn real(metrics: PrometheusHandle, development: bool) -> Self {
        let randomness = Arc::new(OsRandomness);
        #[cfg(all(feature = "simulators", debug_assertions))]
        if development {
            let clock = Arc::new(kernel::ShiftedClock::default());
            return Self {
                clock: Arc::clone(&clock) as _,
                randomness,
                hashing: HashingCost::default(),
                metrics,
                site: site_folder(),
                movable_clock: Some(clock),
            };
        }
        let _ = development;
        Self {
            clock: Arc::new(SystemClock),
            randomness,
            hashing: HashingCost::default(),
            metrics,
            site: site_folder(),
            #[cfg(all(feature = "simulators", debug_assertions))]
            movable_clock: None,
        }
    }
}

/// Where the site is: where cargo-leptos says while it watches, below the working directory, or alongside the program's own
/// folder. A release holds its files inside and never looks.
pub(crate) fn site_folder() -> PathBuf {
    let told = std::env::var_os("LEPTOS_SITE_ROOT").map(PathBuf::from);
    let beside = std::env::current_exe().ok().and_then(|exe| Some(exe.parent()?.parent()?.join("site")));
    let below = PathBuf::from("target/site");
    [told, Some(below.clone()), beside].into_iter().flatten().find(|folder| folder.is_dir()).unwrap_or(below)
}

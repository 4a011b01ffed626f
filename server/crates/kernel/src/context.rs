//! Clock and randomness together, as most services take them.

use std::sync::Arc;

use crate::clock::{Clock, SystemClock, Timestamp};
use crate::randomness::{OsRandomness, Randomness};

/// The clock and the randomness of a service. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Context {
    /// The clock, which tests move.
    pub clock: Arc<dyn Clock>,
    /// The randomness.
    pub randomness: Arc<dyn Randomness>,
}

impl Context {
    /// The machine's clock and the operating system's randomness.
    pub fn system() -> Self {
        Self { clock: Arc::new(SystemClock), randomness: Arc::new(OsRandomness) }
    }

    /// The current moment.
    pub fn now(&self) -> Timestamp {
        self.clock.now()
    }
}

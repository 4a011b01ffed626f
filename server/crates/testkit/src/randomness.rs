//! Chance that repeats itself.

use std::sync::Mutex;

use kernel::Randomness;
use rand::{RngCore as _, SeedableRng as _};
use rand_chacha::ChaCha20Rng;

/// Randomness from a seed: the same seed gives the same run.
#[derive(Debug)]
pub struct SeededRandomness(Mutex<ChaCha20Rng>);

impl SeededRandomness {
    /// Randomness that begins at `seed`.
    pub fn new(seed: u64) -> Self {
        Self(Mutex::new(ChaCha20Rng::seed_from_u64(seed)))
    }
}

impl Randomness for SeededRandomness {
    fn fill(&self, bytes: &mut [u8]) {
        self.0.lock().unwrap().fill_bytes(bytes);
    }
}

//! Random bytes that are fetched for many ids at once.

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use crate::randomness::Randomness;

/// How many bytes are fetched at once.
const SIZE: usize = 4096;

/// Randomness from a buffer. Asking the operating system for each request id would cost more than the rest of the id. For ids
/// only, never for secrets: the next bytes are already in memory.
pub struct IdReserve {
    source: Arc<dyn Randomness>,
    store: Mutex<Store>,
}

struct Store {
    bytes: [u8; SIZE],
    used: usize,
}

impl IdReserve {
    /// A reserve that is filled from `source`.
    pub fn new(source: Arc<dyn Randomness>) -> Self {
        Self { source, store: Mutex::new(Store { bytes: [0; SIZE], used: SIZE }) }
    }
}

impl Randomness for IdReserve {
    fn fill(&self, bytes: &mut [u8]) {
        let mut store = self.store.lock().unwrap_or_else(PoisonError::into_inner);
        let Store { bytes: kept, used } = &mut *store;
        if bytes.len() > kept.len() {
            return self.source.fill(bytes);
        }
        if kept.len() - *used < bytes.len() {
            self.source.fill(kept);
            *used = 0;
        }
        let end = *used + bytes.len();
        bytes.copy_from_slice(&kept[*used..end]);
        *used = end;
    }
}

impl fmt::Debug for IdReserve {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("IdReserve").field("source", &self.source).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::{AtomicUsize, Ordering};

    /// Counts upwards, byte by byte, and how often it was asked.
    #[derive(Debug, Default)]
    struct Counting(AtomicUsize);

    impl Randomness for Counting {
        fn fill(&self, bytes: &mut [u8]) {
            let drawn = self.0.fetch_add(1, Ordering::Relaxed);
            bytes.fill(u8::try_from(drawn + 1).unwrap());
        }
    }

    #[test]
    fn the_system_is_asked_once_for_many_and_no_byte_comes_twice() {
        let source = Arc::new(Counting::default());
        let reserve = IdReserve::new(Arc::clone(&source) as _);
        let take = || {
            let mut bytes = [0; 1000];
            reserve.fill(&mut bytes);
            bytes[0]
        };
        assert_eq!([take(), take(), take(), take(), take()], [1, 1, 1, 1, 2]);
        let mut long = [0; SIZE + 1];
        reserve.fill(&mut long);
        assert_eq!(long, [3; SIZE + 1]);
        assert_eq!(source.0.load(Ordering::Relaxed), 3);
    }
}

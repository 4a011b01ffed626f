//! Keys that are refused, so that a flood over a limit is refused without the database.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::key::LimitKey;

/// How many keys are remembered, at about 60 bytes each. Keys beyond them are looked up in the database each time.
const MAX_KEYS: usize = 100_000;

/// Keys, and until when each is refused, in nanoseconds since the epoch.
#[derive(Debug, Default)]
pub(crate) struct RefusedKeys(Mutex<HashMap<LimitKey, i64>>);

impl RefusedKeys {
    /// Remembers that `key` is refused until `until`.
    pub(crate) fn note(&self, key: LimitKey, until: i64) {
        let mut refused = self.lock();
        if refused.len() < MAX_KEYS || refused.contains_key(&key) {
            refused.insert(key, until);
        }
    }

    /// Remembers no longer that `key` is refused.
    pub(crate) fn remove(&self, key: LimitKey) {
        self.lock().remove(&key);
    }

    /// Until when `key` is refused, if it still is at `now`.
    pub(crate) fn until(&self, key: LimitKey, now: i64) -> Option<i64> {
        self.lock().get(&key).copied().filter(|until| *until > now)
    }

    /// Evicts keys that are no longer refused.
    pub(crate) fn evict_idle(&self, now: i64) {
        let mut refused = self.lock();
        refused.retain(|_, until| *until > now);
        refused.shrink_to_fit();
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<LimitKey, i64>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(number: usize) -> LimitKey {
        let mut bytes = [0; 32];
        bytes[..8].copy_from_slice(&number.to_ne_bytes());
        LimitKey::from_bytes(&bytes).unwrap()
    }

    #[test]
    fn s_rate_7_no_more_are_remembered_than_there_is_room_for_and_none_for_longer_than_needed() {
        let refused = RefusedKeys::default();
        (0..=MAX_KEYS).for_each(|number| refused.note(key(number), 10));
        refused.note(key(0), 20);
        assert_eq!(refused.lock().len(), MAX_KEYS);
        assert_eq!(refused.until(key(MAX_KEYS), 5), None);
        assert_eq!((refused.until(key(0), 19), refused.until(key(0), 20)), (Some(20), None));
        refused.evict_idle(10);
        assert_eq!(refused.lock().len(), 1);
    }
}

//! The signing keys in memory, as last read.

use std::sync::Arc;
use std::time::Duration;

use kernel::Timestamp;

use crate::freshness;
use crate::jwks::JwksDocument;
use crate::key_schedule::{KeySchedule, KeyState, KeyTimes};
use crate::signing_key::SigningKey;

/// One key and its times.
#[derive(Clone, Debug)]
pub(crate) struct HeldKey {
    pub(crate) key: Arc<SigningKey>,
    pub(crate) times: KeyTimes,
}

/// All keys of the table at one moment. Never changed: a new one takes its place.
#[derive(Debug)]
pub(crate) struct KeySet {
    schedule: KeySchedule,
    keys: Vec<HeldKey>,
    times: Vec<KeyTimes>,
    jwks: Arc<JwksDocument>,
    read_at: Timestamp,
}

impl KeySet {
    /// The set of `keys` as read at `now`. Keys that are gone are left out.
    pub(crate) fn new(mut keys: Vec<HeldKey>, schedule: KeySchedule, now: Timestamp) -> Self {
        let times: Vec<_> = keys.iter().map(|held| held.times).collect();
        keys.retain(|held| schedule.state(&times, held.times, now) != KeyState::Gone);
        // Half of the lead time is for caches of others, a quarter for the replicas to read the table.
        let jwks = JwksDocument::of(keys.iter().map(|held| &*held.key), schedule.publish_ahead / 2);
        Self { schedule, keys, times, jwks: Arc::new(jwks), read_at: now }
    }

    /// The set before the first reading.
    pub(crate) fn unread(schedule: KeySchedule) -> Self {
        Self::new(Vec::new(), schedule, Timestamp::from_millis(0))
    }

    /// The key that signs at `now`. A clock that is behind may see the very first key as not begun: then that one.
    pub(crate) fn signer(&self, now: Timestamp) -> Option<Arc<SigningKey>> {
        let active = self.keys.iter().find(|held| self.state(held, now) == KeyState::Active);
        active.or_else(|| self.keys.first()).map(|held| Arc::clone(&held.key))
    }

    /// The key of this id, if tokens by it can live.
    pub(crate) fn verifier(&self, kid: &str, now: Timestamp) -> Option<&SigningKey> {
        let held = self.keys.iter().find(|held| held.key.kid() == kid)?;
        (self.state(held, now) != KeyState::Gone).then_some(&*held.key)
    }

    /// The same key from an earlier reading, so that it is opened and parsed once.
    pub(crate) fn held(&self, kid: &str) -> Option<Arc<SigningKey>> {
        self.keys.iter().find(|held| held.key.kid() == kid).map(|held| Arc::clone(&held.key))
    }

    /// Whether the table was read recently enough that any active key must be in here. If so, a token by an unknown key is
    /// forged; if not, it may be ours, and we cannot tell.
    pub(crate) fn is_fresh(&self, now: Timestamp) -> bool {
        freshness::holds(self.read_at, now, self.schedule.publish_ahead / 2)
    }

    /// Whether every key of `earlier` is still here.
    pub(crate) fn has_all_of(&self, earlier: &Self) -> bool {
        earlier.keys.iter().all(|held| self.held(held.key.kid()).is_some())
    }

    pub(crate) fn jwks(&self) -> Arc<JwksDocument> {
        Arc::clone(&self.jwks)
    }

    /// Each key with its state at `now`, oldest first.
    pub(crate) fn states(&self, now: Timestamp) -> impl Iterator<Item = (&HeldKey, KeyState)> {
        self.keys.iter().map(move |held| (held, self.state(held, now)))
    }

    fn state(&self, held: &HeldKey, now: Timestamp) -> KeyState {
        self.schedule.state(&self.times, held.times, now)
    }
}

/// How often replicas read the table: four times in the time that a key is published before it signs.
pub(crate) fn reading_interval(publish_ahead: Duration) -> Duration {
    (publish_ahead / 4).clamp(Duration::from_millis(250), Duration::from_secs(15))
}

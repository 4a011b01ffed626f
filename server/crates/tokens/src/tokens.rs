//! The token service of one process.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, OnceLock, RwLock};
use std::thread::available_parallelism;

use db::Database;
use kernel::{Clock, Context, KeyRing, Randomness};
use tokio::sync::{Mutex, Semaphore};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use web::keep_running;

use crate::claims::LEEWAY;
use crate::error::{SettingsError, TokensError};
use crate::feed_cursor::FeedCursor;
use crate::key_observer::KeyObserver;
use crate::key_schedule::KeySchedule;
use crate::key_set::KeySet;
use crate::revocation::Revocations;
use crate::settings::Settings;
use crate::verified_tokens::VerifiedTokens;

/// The token service: what makes, verifies and ends tokens. Cheap to clone.
#[derive(Clone)]
pub struct Tokens(Arc<Parts>);

/// The insides, for this crate alone.
pub struct Parts {
    pub(crate) settings: Settings,
    pub(crate) schedule: KeySchedule,
    pub(crate) db: Database,
    pub(crate) key_ring: Arc<KeyRing>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) randomness: Arc<dyn Randomness>,
    pub(crate) keys: RwLock<Arc<KeySet>>,
    /// How often a key was gone at a reading.
    pub(crate) keys_gone: AtomicU64,
    /// One request at a time reads the keys outside the schedule.
    pub(crate) rereading: Mutex<()>,
    /// As many signatures at once as there are cores.
    pub(crate) signers: Semaphore,
    pub(crate) verified: VerifiedTokens,
    pub(crate) revocations: Revocations,
    pub(crate) cursor: Mutex<FeedCursor>,
    pub(crate) key_observer: OnceLock<Arc<dyn KeyObserver>>,
}

impl std::ops::Deref for Tokens {
    type Target = Parts;

    fn deref(&self) -> &Parts {
        &self.0
    }
}

impl Tokens {
    /// A token service on `db`. It can do nothing before [`Tokens::start`].
    ///
    /// # Errors
    /// When a setting cannot be worked with.
    pub fn new(
        settings: Settings,
        db: Database,
        key_ring: Arc<KeyRing>,
        context: Context,
    ) -> Result<Self, SettingsError> {
        settings.check()?;
        let Context { clock, randomness } = context;
        let schedule = KeySchedule {
            publish_ahead: settings.publish_ahead,
            rotate_after: settings.rotate_after,
            token_life: settings.longest_access_life().saturating_add(LEEWAY),
        };
        let cores = available_parallelism().map_or(1, std::num::NonZero::get);
        Ok(Self(Arc::new(Parts {
            schedule,
            db,
            key_ring,
            clock,
            randomness,
            keys: RwLock::new(Arc::new(KeySet::unread(schedule))),
            keys_gone: AtomicU64::default(),
            rereading: Mutex::default(),
            signers: Semaphore::new(cores),
            verified: VerifiedTokens::new(settings.cached_tokens),
            revocations: Revocations::default(),
            cursor: Mutex::default(),
            key_observer: OnceLock::new(),
            settings,
        })))
    }

    /// Lets somebody hear of keys that replace others. The first one stays.
    pub fn observe_keys(&self, observer: Arc<dyn KeyObserver>) {
        let _first_stays = self.key_observer.set(observer);
    }

    /// Reads the signing keys, makes the first one where there is none, reads the revocation feed, and lets `tasks` do so
    /// until `end`.
    ///
    /// # Errors
    /// When the database refuses, or a signing key was sealed with a master key that is not in the ring.
    pub async fn start(&self, end: &CancellationToken, tasks: &TaskTracker) -> Result<(), TokensError> {
        self.start_keys().await?;
        self.read_feed().await?;
        let (keys, feed) = (self.clone(), self.clone());
        keep_running(tasks, end, "signing keys", move |end| keys.clone().follow_keys(end));
        keep_running(tasks, end, "revocation feed", move |end| feed.clone().follow_feed(end));
        Ok(())
    }

    /// The audience of our own API. No service may have it, or it could use its tokens here.
    pub fn own_audience(&self) -> &str {
        &self.settings.audience
    }

    /// Changes when a signing key is gone: anyone who keeps signed tokens keeps none from before.
    pub fn key_epoch(&self) -> u64 {
        self.keys_gone.load(Ordering::Acquire)
    }

    /// The settings.
    pub fn settings(&self) -> &Settings {
        &self.settings
    }
}

/// Says nothing: there are secrets inside.
impl std::fmt::Debug for Tokens {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Tokens")
    }
}

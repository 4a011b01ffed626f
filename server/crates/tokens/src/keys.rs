//! Keeping the signing keys: reading them, making the next one in time, replacing all of them.
//!
//! Every replica reads, and the one with the leader lease makes the next key when it is time. Should it not, each of the
//! others does so when the key was to sign. The unique generation of a row decides which of several that make the next key at
//! the same moment has made it; the others drop theirs and read.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, OnceLock, PoisonError, RwLock};

use db::replicas::LeaderLease;
use db::{Database, DbError, LentTransaction};
use kernel::{Clock, Context, KeyRing, Purpose, Randomness, Timestamp};
use names::Operation;
use tokio::sync::Mutex;
use tokio_util::sync::CancellationToken;
use zeroize::Zeroizing;

use crate::claims::LEEWAY;
use crate::error::TokensError;
use crate::jwks::JwksDocument;
use crate::key_kind::KeyKind;
use crate::key_observer::{KeyObserver, KeyRotation};
use crate::key_schedule::KeyState;
use crate::key_schedule::{KeySchedule, KeyTimes};
use crate::key_set::{HeldKey, KeySet, reading_interval};
use crate::settings::Settings;
use crate::signing_key::SigningKey;
use crate::store::retired_keys;
use crate::store::signing_keys::{self, SigningKeyRow, owner};
use crate::verified_tokens::VerifiedTokens;
use crate::verify_error::VerifyError;

/// What signing keys are sealed for.
pub(crate) const PURPOSE: Purpose = Purpose::new("signing-key");

/// A signing key, for `daemun keys list`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyInfo {
    /// The key id.
    pub kid: String,
    /// Its kind.
    pub kind: KeyKind,
    /// Where it is in its life.
    pub state: KeyState,
    /// Since when it is in the JWKS.
    pub published_at: Timestamp,
    /// From when it signs.
    pub active_from: Timestamp,
}

/// What is known of a key before it is made.
enum Plan {
    /// The next in the order of things.
    Next(KeyTimes),
    /// In place of all others.
    Only(KeyTimes),
}

impl Plan {
    const fn rotation(&self) -> KeyRotation {
        match self {
            Self::Next(_) => KeyRotation::Next,
            Self::Only(_) => KeyRotation::Compromised,
        }
    }
}

/// The signing keys of one process: read from the database, which all replicas share, and made when it is time.
pub struct SigningKeys {
    kind: KeyKind,
    pub(crate) schedule: KeySchedule,
    pub(crate) db: Database,
    pub(crate) key_ring: Arc<KeyRing>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) randomness: Arc<dyn Randomness>,
    set: RwLock<Arc<KeySet>>,
    /// How often a key was gone at a reading.
    gone: AtomicU64,
    /// One request at a time reads the keys outside the schedule.
    rereading: Mutex<()>,
    /// What was verified with these keys.
    verified: Arc<VerifiedTokens>,
    observer: OnceLock<Arc<dyn KeyObserver>>,
    leader: OnceLock<LeaderLease>,
}

impl SigningKeys {
    /// Keys that are not read yet.
    pub(crate) fn new(
        settings: &Settings,
        db: Database,
        key_ring: Arc<KeyRing>,
        context: Context,
        verified: Arc<VerifiedTokens>,
    ) -> Self {
        let Context { clock, randomness } = context;
        let schedule = KeySchedule {
            publish_ahead: settings.publish_ahead,
            rotate_after: settings.rotate_after,
            token_life: settings.longest_access_life().saturating_add(LEEWAY),
        };
        Self {
            kind: settings.key_kind,
            schedule,
            db,
            key_ring,
            clock,
            randomness,
            set: RwLock::new(Arc::new(KeySet::unread(schedule))),
            gone: AtomicU64::default(),
            rereading: Mutex::default(),
            verified,
            observer: OnceLock::new(),
            leader: OnceLock::new(),
        }
    }

    /// Lets somebody hear of keys that replace others. The first one stays.
    pub fn observe(&self, observer: Arc<dyn KeyObserver>) {
        let _first_stays = self.observer.set(observer);
    }

    /// Lets one replica make the next key for all. Without a lease each one does. The first lease stays.
    pub fn lead_by(&self, lease: LeaderLease) {
        let _first_stays = self.leader.set(lease);
    }

    /// Changes when a signing key is gone: anyone who keeps signed tokens keeps none from before.
    pub fn epoch(&self) -> u64 {
        self.gone.load(Ordering::Acquire)
    }

    /// The JWKS as last read. The same value until keys change.
    pub fn jwks(&self) -> Arc<JwksDocument> {
        self.set().jwks()
    }

    /// The JWKS for others: no replica signs with a key that it lacks. A key is published before it signs, so what was read
    /// lately has them all; what was not, as after a replica was stopped for long, is read again first.
    ///
    /// # Errors
    /// When it cannot be read. Others do better with the copy that they have.
    pub async fn published(&self) -> Result<Arc<JwksDocument>, VerifyError> {
        let set = self.set();
        if set.is_fresh(self.clock.now()) {
            return Ok(set.jwks());
        }
        self.reread().await?;
        Ok(self.jwks())
    }

    /// The keys as last read, oldest first.
    pub fn list(&self) -> Vec<KeyInfo> {
        let info = |(held, state): (&HeldKey, _)| KeyInfo {
            kid: held.key.kid().to_owned(),
            kind: held.key.kind(),
            state,
            published_at: held.times.published_at,
            active_from: held.times.active_from,
        };
        self.set().states(self.clock.now()).map(info).collect()
    }

    /// Brings the next signing key now: it is published at once and signs as soon as everybody can know it, so that not
    /// one token is refused. `operation` says who asked for it. Nothing happens when one is on its way already.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn rotate_now(&self, operation: Option<&Operation>) -> Result<(), TokensError> {
        let times = times(&self.rows().await?);
        if let Some(next) = self.schedule.asked_for(&times, self.clock.now()) {
            self.make(Plan::Next(next), operation).await?;
        }
        self.read().await
    }

    /// For a key that others may know: deletes every signing key and begins again. All access tokens become invalid, on
    /// other replicas when they next read the keys; refresh tokens stay good, so that nobody is signed out. `operation` says who
    /// asked for it.
    ///
    /// # Errors
    /// When the database refuses; then the old keys are still there.
    pub async fn replace(&self, operation: Option<&Operation>) -> Result<(), TokensError> {
        loop {
            let times = times(&self.rows().await?);
            let plan = Plan::Only(KeySchedule::replacement(&times, self.clock.now()));
            if self.make(plan, operation).await? {
                return self.read().await;
            }
        }
    }

    /// Reads the keys, and makes the next one when it is time. Tests call it; [`Self::follow`] does so regularly.
    ///
    /// # Errors
    /// When the database refuses, or a key cannot be opened. The keys read before stay in use.
    pub async fn read(&self) -> Result<(), TokensError> {
        let mut now = self.clock.now();
        let mut rows = self.rows().await?;
        if let Some(due) = self.due(&times(&rows), now) {
            self.make(Plan::Next(due), None).await?;
            now = self.clock.now();
            rows = self.rows().await?;
        }
        let before = self.set();
        let held = rows.iter().map(|row| self.open(row, &before)).collect::<Result<_, _>>()?;
        let set = KeySet::new(held, self.schedule, now);
        let is_gone = !set.has_all_of(&before);
        if is_gone {
            // What was verified with a key that is gone must be verified again, and fail.
            self.verified.clear();
        }
        *self.set.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(set);
        if is_gone {
            // After the keys: what is signed for the new epoch is signed by a key that is left.
            self.gone.fetch_add(1, Ordering::Release);
        }
        Ok(())
    }

    /// Reads the keys outside the schedule, for a token by a key that we do not know although we should. One request does so at a
    /// time, and the others do not wait: without a database they would pile up here.
    pub(crate) async fn reread(&self) -> Result<(), VerifyError> {
        let Ok(_permit) = self.rereading.try_lock() else { return Err(VerifyError::Unavailable(None)) };
        self.read().await.map_err(|error| VerifyError::Unavailable(Some(error)))
    }

    /// Begins with the right kind of key: the setting may have changed since the last start. Only asked here, so that replicas
    /// with different settings do not keep undoing each other's change.
    pub(crate) async fn start(&self) -> Result<(), TokensError> {
        self.read().await?;
        let newest = self.list().pop();
        match newest {
            Some(newest) if newest.kind != self.kind => self.rotate_now(None).await,
            _ => Ok(()),
        }
    }

    /// Reads the keys regularly until `end`.
    pub(crate) async fn follow(self: Arc<Self>, end: CancellationToken) {
        let pause = reading_interval(self.schedule.publish_ahead);
        loop {
            tokio::select! {
                () = end.cancelled() => return,
                () = tokio::time::sleep(pause) => {}
            }
            if let Some(Err(error)) = end.run_until_cancelled(self.read()).await {
                tracing::warn!(
                    error = &error as &dyn std::error::Error,
                    "the signing keys could not be read; those read before stay in use"
                );
            }
        }
    }

    pub(crate) fn set(&self) -> Arc<KeySet> {
        Arc::clone(&self.set.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// The key that this replica must make now, if any.
    fn due(&self, all: &[KeyTimes], now: Timestamp) -> Option<KeyTimes> {
        let due = self.schedule.due(all, now)?;
        let leads = self.leader.get().is_none_or(LeaderLease::is_held);
        (leads || self.schedule.is_overdue(all, now)).then_some(due)
    }

    async fn rows(&self) -> Result<Vec<SigningKeyRow>, TokensError> {
        let mut reader = self.db.read().await?;
        Ok(signing_keys::all(&mut reader).await?)
    }

    pub(crate) fn open(&self, row: &SigningKeyRow, before: &KeySet) -> Result<HeldKey, TokensError> {
        if let Some(key) = before.held(&row.kid) {
            return Ok(HeldKey { key, times: row.times });
        }
        let owner = owner(&row.kid, row.kind, row.times);
        let der = Zeroizing::new(self.key_ring.open(PURPOSE, &owner, &row.sealed)?);
        Ok(HeldKey { key: Arc::new(SigningKey::from_pkcs8(row.kind, &der)?), times: row.times })
    }

    /// Makes a key. `false` when another replica was faster.
    async fn make(&self, plan: Plan, operation: Option<&Operation>) -> Result<bool, TokensError> {
        let kind = self.kind;
        let key = tokio::task::spawn_blocking(move || SigningKey::generate(kind))
            .await
            .map_err(|_| TokensError::Internal("the making of a signing key was interrupted"))??;
        let (Plan::Next(times) | Plan::Only(times)) = plan;
        let owner = owner(key.kid(), kind, times);
        let sealed = self.key_ring.seal(PURPOSE, &owner, &key.pkcs8()?, &*self.randomness)?;
        let row = SigningKeyRow { kid: key.kid().to_owned(), kind, times, sealed };
        let insert = async |mut tx: LentTransaction| {
            match signing_keys::insert(&mut tx, &row).await {
                Ok(()) => {}
                Err(DbError::Exists(_)) => return Ok(tx.roll_back(false)),
                Err(error) => return Err(error.into()),
            }
            // The very first key replaces none.
            if let Some(observer) = self.observer.get()
                && signing_keys::all(&mut tx).await?.len() > 1
            {
                observer.signing_key_rotated(&mut tx, operation, plan.rotation()).await?;
            }
            if matches!(plan, Plan::Only(_)) {
                signing_keys::delete_others(&mut tx, &row.kid).await?;
                retired_keys::delete_all(&mut tx).await?;
            }
            Ok::<_, TokensError>(tx.commit(true))
        };
        if !self.db.transact(insert).await? {
            return Ok(false);
        }
        tracing::info!(event = "signing_key", kid = row.kid, kind = kind.as_str(), "a signing key was made");
        Ok(true)
    }
}

fn times(rows: &[SigningKeyRow]) -> Vec<KeyTimes> {
    rows.iter().map(|row| row.times).collect()
}

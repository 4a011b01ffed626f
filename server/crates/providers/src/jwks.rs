//! A provider's public keys: fetched from the configured address only and kept. A token with an unknown key makes us
//! ask again at most once a minute, however many tokens come (S-UP-20).

use std::collections::HashMap;
use std::sync::{Arc, RwLock, RwLockReadGuard};
use std::time::Duration;

use jsonwebtoken::DecodingKey;
use kernel::{Clock, Timestamp};
use serde_json::Value;
use tokio::sync::Semaphore;
use url::Url;

use crate::error::IdentifyError;
use crate::http;

/// How long keys are used before they are asked for again.
const REFRESH_INTERVAL: Duration = Duration::from_hours(1);
/// How long they are used when asking fails (S-GW-15 for our own gateway; the same holds here).
const MAX_STALE_AGE: Duration = Duration::from_hours(24);
/// The least time between two fetches for an unknown key. Only those count: a key that is new since the hourly fetch is found at
/// once.
const UNKNOWN_KEY_INTERVAL: Duration = Duration::from_mins(1);
/// The least time from a failed fetch to the next. Short, since nobody can sign in until one succeeds.
const RETRY_DELAY: Duration = Duration::from_secs(5);

/// The keys at one address.
pub(crate) struct Jwks {
    url: Url,
    http: reqwest::Client,
    clock: Arc<dyn Clock>,
    kept: RwLock<Kept>,
    /// One request fetches, the others wait for its result.
    one_at_a_time: Semaphore,
}

#[derive(Default)]
struct Kept {
    keys: HashMap<String, Arc<DecodingKey>>,
    fetched_at: Option<Timestamp>,
    /// The last fetch for an unknown key while the keys were fresh that succeeded.
    refetched_at: Option<Timestamp>,
    /// The last fetch, if it failed.
    failed_at: Option<Timestamp>,
}

impl Kept {
    fn is_fresh(&self, now: Timestamp) -> bool {
        self.fetched_at.is_some_and(|at| now.since(at) < REFRESH_INTERVAL)
    }
}

impl std::fmt::Debug for Jwks {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Jwks({})", self.url)
    }
}

impl Jwks {
    pub(crate) fn new(url: Url, http: reqwest::Client, clock: Arc<dyn Clock>) -> Self {
        Self { url, http, clock, kept: RwLock::default(), one_at_a_time: Semaphore::new(1) }
    }

    /// The key with this id. `Untrusted` when the provider has none: only after an answer of the provider that says so. As long as the
    /// last fetch failed, the key may be a new one.
    pub(crate) async fn key(&self, kid: &str) -> Result<Arc<DecodingKey>, IdentifyError> {
        if let Some(key) = self.fresh(kid) {
            return Ok(key);
        }
        let permit = self.one_at_a_time.acquire().await;
        // Somebody else may have asked while we waited for the permit.
        if let Some(key) = self.fresh(kid) {
            return Ok(key);
        }
        let failed = if self.may_ask() { self.ask().await } else { None };
        drop(permit);
        match (self.usable(kid), failed) {
            (Some(key), _) => Ok(key),
            (None, Some(error)) => Err(error),
            (None, None) if self.read().failed_at.is_some() => Err(IdentifyError::Unavailable(
                "the provider's keys could not be read a moment ago".to_owned(),
            )),
            (None, None) => Err(IdentifyError::Untrusted("id_token_key_unknown")),
        }
    }

    fn fresh(&self, kid: &str) -> Option<Arc<DecodingKey>> {
        self.younger_than(REFRESH_INTERVAL, kid)
    }

    fn usable(&self, kid: &str) -> Option<Arc<DecodingKey>> {
        self.younger_than(MAX_STALE_AGE, kid)
    }

    fn younger_than(&self, age: Duration, kid: &str) -> Option<Arc<DecodingKey>> {
        let kept = self.read();
        let fetched_at = kept.fetched_at?;
        if self.clock.now().since(fetched_at) < age { kept.keys.get(kid).cloned() } else { None }
    }

    fn may_ask(&self) -> bool {
        let (now, kept) = (self.clock.now(), self.read());
        let cooled = |at: Option<Timestamp>, span| at.is_none_or(|at| now.since(at) >= span);
        cooled(kept.failed_at, RETRY_DELAY)
            && (!kept.is_fresh(now) || cooled(kept.refetched_at, UNKNOWN_KEY_INTERVAL))
    }

    /// Asks, and gives what went wrong. What failed, or was broken off since the browser left, delays nobody by the cool-down: it
    /// did not say which keys there are.
    async fn ask(&self) -> Option<IdentifyError> {
        let now = self.clock.now();
        let was_fresh = self.read().is_fresh(now);
        let error = self.fetch(now).await.err();
        let failed_at = error.is_some().then(|| self.clock.now());
        self.write(|kept| {
            kept.failed_at = failed_at;
            if was_fresh && failed_at.is_none() {
                kept.refetched_at = Some(now);
            }
        });
        error
    }

    async fn fetch(&self, now: Timestamp) -> Result<(), IdentifyError> {
        let reply = http::call(self.http.get(self.url.clone())).await?;
        if !reply.status.is_success() {
            return Err(IdentifyError::Unavailable(format!("status {} from the key endpoint", reply.status)));
        }
        let keys: HashMap<_, _> = reply
            .body
            .get("keys")
            .and_then(Value::as_array)
            .into_iter()
            .flatten()
            .filter_map(rsa_key)
            .collect();
        if keys.is_empty() {
            return Err(IdentifyError::Unavailable("a key set without an RSA key".to_owned()));
        }
        self.write(|kept| {
            kept.keys = keys;
            kept.fetched_at = Some(now);
        });
        Ok(())
    }

    fn read(&self) -> RwLockReadGuard<'_, Kept> {
        self.kept.read().unwrap_or_else(std::sync::PoisonError::into_inner)
    }

    fn write(&self, change: impl FnOnce(&mut Kept)) {
        change(&mut self.kept.write().unwrap_or_else(std::sync::PoisonError::into_inner));
    }
}

/// An RSA key for signatures, of at least 2048 bits (RFC 7518 section 3.3).
fn rsa_key(jwk: &Value) -> Option<(String, Arc<DecodingKey>)> {
    let text = |name| jwk.get(name).and_then(Value::as_str);
    let for_signing =
        text("use").is_none_or(|usage| usage == "sig") && text("alg").is_none_or(|alg| alg == "RS256");
    let modulus = text("n")?;
    if text("kty")? != "RSA" || !for_signing || modulus.len() < 340 {
        return None;
    }
    let key = DecodingKey::from_rsa_components(modulus, text("e")?).ok()?;
    Some((text("kid")?.to_owned(), Arc::new(key)))
}

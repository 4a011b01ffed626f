//! What the session routes work with, and the one question that every page asks: who is there?

use std::num::NonZeroU32;
use std::sync::Arc;
use std::time::Duration;

use audit::AuditLog;
use db::Database;
use http::HeaderMap;
use kernel::{Clock, Context, KeyRing, Randomness, Timestamp, TokenHash};
use limits::{ExactLimiter, LimitError, LimitKeys, Quota};
use members::{MemberStatus, Members};
use names::SessionId;
use providers::{BrowserCookie, Providers};
use quick_cache::sync::Cache;
use tokens::{Scope, Tokens};
use web::{ClientAddress, CookieName, PublicOrigin};

use crate::cookie_name::cookie_name;
use crate::error::SessionsError;
use crate::live::LiveSessions;
use crate::session::{Current, SessionLimits};
use crate::session_rotation::SessionRotation;
use crate::store;
use crate::uses::Uses;

/// How many sessions are kept in memory; each takes less than a kilobyte, and three with its access token.
const KEPT: usize = 20_000;

/// What has to be decided from outside.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Our origin; decides the cookies' names.
    pub origin: PublicOrigin,
    /// When sessions end.
    pub limits: SessionLimits,
    /// How many sign-ins one network may begin in a minute, at all replicas together.
    pub sign_ins_per_minute: NonZeroU32,
    /// What the tokens of a session may do.
    pub scope: Scope,
}

/// What sessions work with that is below them.
#[derive(Clone, Debug)]
pub struct Services {
    /// Where sessions are stored.
    pub db: Database,
    /// By whom people sign in elsewhere.
    pub providers: Providers,
    /// Whose families sessions hold.
    pub tokens: Tokens,
    /// Who can sign in.
    pub members: Arc<Members>,
    /// Where what happens is written down.
    pub audit: AuditLog,
}

/// The sessions of this site. Cheap to clone.
#[derive(Clone)]
pub struct Sessions(Arc<Parts>);

/// The insides, for the routes of this crate alone.
pub struct Parts {
    pub(crate) origin: PublicOrigin,
    pub(crate) db: Database,
    pub(crate) providers: Providers,
    pub(crate) tokens: Tokens,
    pub(crate) members: Arc<Members>,
    pub(crate) audit: AuditLog,
    pub(crate) scope: Scope,
    pub(crate) key_ring: Arc<KeyRing>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) randomness: Arc<dyn Randomness>,
    pub(crate) cookie: CookieName,
    pub(crate) browser_cookie: BrowserCookie,
    pub(crate) limits: SessionLimits,
    pub(crate) live: LiveSessions,
    pub(crate) uses: Uses,
    pub(crate) rotations: Cache<SessionId, Arc<SessionRotation>>,
    sign_ins: Quota,
    limiter: ExactLimiter,
}

impl std::ops::Deref for Sessions {
    type Target = Parts;

    fn deref(&self) -> &Parts {
        &self.0
    }
}

impl Sessions {
    /// Sessions that work with these services.
    pub fn new(settings: &Settings, services: Services, key_ring: Arc<KeyRing>, context: Context) -> Self {
        let Services { db, providers, tokens, members, audit } = services;
        let Context { clock, randomness } = context;
        let secure = settings.origin.is_secure();
        let limiter = ExactLimiter::new(LimitKeys::new(&key_ring), Arc::clone(&clock));
        let browser_cookie = BrowserCookie::new(secure, &key_ring);
        Self(Arc::new(Parts {
            origin: settings.origin.clone(),
            db,
            providers,
            tokens,
            members,
            audit,
            scope: settings.scope.clone(),
            key_ring,
            clock,
            randomness,
            cookie: cookie_name(&settings.origin),
            browser_cookie,
            limits: settings.limits,
            live: LiveSessions::new(KEPT),
            uses: Uses::default(),
            rotations: Cache::new(KEPT),
            sign_ins: Quota::per(settings.sign_ins_per_minute, Duration::from_mins(1)),
            limiter,
        }))
    }

    /// The session that comes with a request, if it lives. Its use is noted about once a minute, and written down by
    /// [`Self::follow_uses`].
    ///
    /// A session that was seen lately is answered from memory, as long as the revocation feed vouches for it.
    ///
    /// # Errors
    /// When the database cannot say. That is an outage, not a sign-out: answer 503 and leave the cookie alone.
    pub async fn current(&self, headers: &HeaderMap) -> Result<Option<Arc<Current>>, SessionsError> {
        let Some(handle) = self.handle(headers) else { return Ok(None) };
        let (hash, now) = (handle.hash(), self.clock.now());
        if let Some(current) = self.known(&hash, now) {
            return Ok(Some(current));
        }
        let Some(current) = self.read(&hash, now).await? else { return Ok(None) };
        let current = Arc::new(current);
        self.live.keep(hash, Arc::clone(&current), now);
        Ok(Some(current))
    }

    /// The same as far as memory vouches for it. `None` says nothing: ask [`Self::current`].
    pub fn current_now(&self, headers: &HeaderMap) -> Option<Arc<Current>> {
        self.known(&self.handle(headers)?.hash(), self.clock.now())
    }

    fn known(&self, hash: &TokenHash, now: Timestamp) -> Option<Arc<Current>> {
        self.live.get(hash, (&self.tokens, now, &self.limits))
    }

    /// The same, read from the database: for the pages on which members change what is kept here, so that they see at once
    /// what they saved. From then on this memory knows it too.
    ///
    /// # Errors
    /// When the database cannot say.
    pub async fn current_from_database(
        &self,
        headers: &HeaderMap,
    ) -> Result<Option<Arc<Current>>, SessionsError> {
        let Some(handle) = self.handle(headers) else { return Ok(None) };
        let (hash, now) = (handle.hash(), self.clock.now());
        let current = self.read(&hash, now).await?.map(Arc::new);
        if let Some(current) = &current {
            self.live.keep(hash, Arc::clone(current), now);
        }
        Ok(current)
    }

    pub(crate) async fn read(
        &self,
        handle: &TokenHash,
        now: Timestamp,
    ) -> Result<Option<Current>, SessionsError> {
        let mut reader = self.db.read().await?;
        let Some(mut session) = store::find(&mut reader, handle).await? else { return Ok(None) };
        // What is not written yet counts all the same.
        if let Some(seen_at) = self.uses.of(session.id) {
            session.last_seen_at = session.last_seen_at.max(seen_at);
        }
        if !session.is_live(now, &self.limits) {
            return Ok(None);
        }
        let Some(member) = members::find(&mut reader, session.member).await? else { return Ok(None) };
        drop(reader);
        if member.status != MemberStatus::Active {
            return Ok(None);
        }
        if session.is_due_for_rotation(now, &self.limits) && self.rotate(&session).await?.is_over() {
            return Ok(None);
        }
        if session.is_worth_touching(now, &self.limits) {
            session.last_seen_at = now;
            self.uses.note(&session, &self.limits);
        }
        let ends_at = session.ends_at(&self.limits);
        Ok(Some(Current { session, member, ends_at }))
    }

    /// The providers with which one can sign in.
    pub fn providers(&self) -> &Providers {
        &self.providers
    }

    /// Our origin.
    pub fn public_origin(&self) -> &PublicOrigin {
        &self.origin
    }

    /// Counts that a sign-in is begun from a network.
    pub(crate) async fn count_sign_in(&self, client: ClientAddress) -> Result<(), LimitError> {
        let attempt = self.limiter.attempt("sessions.sign_ins", self.sign_ins, &client.limit_key());
        self.limiter.count_all(&self.db, &[attempt]).await
    }

    /// Forgets networks that were refused, as far as they may come back by now. Call it about once a minute.
    pub fn evict_idle_counts(&self) {
        self.limiter.evict_idle();
    }
}

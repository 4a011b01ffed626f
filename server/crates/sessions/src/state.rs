//! What the session routes work with, and the one question that every page asks: who is there?

use std::num::NonZeroU32;
use std::sync::Arc;

use db::{Database, DbError};
use governor::{DefaultKeyedRateLimiter, Quota, RateLimiter};
use http::HeaderMap;
use kernel::{Clock, KeyRing, OpaqueToken, Randomness};
use members::MemberStatus;
use providers::Providers;
use tokens::{Scope, Tokens};
use web::{CookieName, Cookies, PublicOrigin};

use crate::{Current, SessionLimits, store};

/// What has to be decided from outside.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Our origin; decides the cookies' names.
    pub origin: PublicOrigin,
    /// When sessions end.
    pub limits: SessionLimits,
    /// How many sign-ins one network may begin in a minute.
    pub sign_ins_per_minute: NonZeroU32,
    /// What the tokens of a session may do.
    pub scope: Scope,
}

/// The sessions of this site. Cheap to clone.
#[derive(Clone)]
pub struct Sessions(Arc<Parts>);

/// The insides, for the routes of this crate alone.
pub struct Parts {
    pub(crate) db: Database,
    pub(crate) providers: Providers,
    pub(crate) tokens: Tokens,
    pub(crate) scope: Scope,
    pub(crate) key_ring: Arc<KeyRing>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) randomness: Arc<dyn Randomness>,
    pub(crate) cookie: CookieName,
    pub(crate) login_cookie: CookieName,
    pub(crate) limits: SessionLimits,
    pub(crate) sign_ins: DefaultKeyedRateLimiter<std::net::IpAddr>,
}

impl std::ops::Deref for Sessions {
    type Target = Parts;

    fn deref(&self) -> &Parts {
        &self.0
    }
}

impl Sessions {
    /// Sessions that live in `db`.
    pub fn new(
        settings: &Settings,
        db: Database,
        (providers, tokens): (Providers, Tokens),
        key_ring: Arc<KeyRing>,
        (clock, randomness): (Arc<dyn Clock>, Arc<dyn Randomness>),
    ) -> Self {
        let secure = settings.origin.is_secure();
        Self(Arc::new(Parts {
            db,
            providers,
            tokens,
            scope: settings.scope.clone(),
            key_ring,
            clock,
            randomness,
            cookie: CookieName::new("daemun", secure),
            login_cookie: CookieName::new("daemun-login", secure),
            limits: settings.limits,
            sign_ins: RateLimiter::keyed(Quota::per_minute(settings.sign_ins_per_minute)),
        }))
    }

    /// The session that comes with a request, if it lives. Its use is written down about once a minute.
    ///
    /// # Errors
    /// When the database cannot say. That is an outage, not a sign-out: answer 503 and leave the cookie alone.
    pub async fn current(&self, headers: &HeaderMap) -> Result<Option<Current>, DbError> {
        let Some(handle) = self.handle(headers) else { return Ok(None) };
        let mut reader = self.db.read().await?;
        let Some(mut session) = store::find(&mut reader, &handle.hash()).await? else { return Ok(None) };
        let now = self.clock.now();
        if !session.is_live(now, &self.limits) {
            return Ok(None);
        }
        let Some(member) = members::find(&mut reader, session.member).await? else { return Ok(None) };
        drop(reader);
        if member.status == MemberStatus::Disabled {
            return Ok(None);
        }
        if session.is_worth_touching(now, &self.limits) {
            let mut tx = self.db.begin().await?;
            store::touch(&mut tx, session.id, now).await?;
            tx.commit().await?;
            session.last_seen_at = now;
        }
        let ends_at = session.ends_at(&self.limits);
        Ok(Some(Current { session, member, ends_at }))
    }

    /// The providers by which one can come in.
    pub fn providers(&self) -> &Providers {
        &self.providers
    }

    /// The handle in the session cookie; garbage is refused without asking the database.
    pub(crate) fn handle(&self, headers: &HeaderMap) -> Option<OpaqueToken> {
        Cookies::of(headers).get(&self.cookie).and_then(OpaqueToken::parse)
    }

    /// Forgets networks that have not begun a sign-in for a while, so that the limiter does not grow.
    pub fn shrink_limiter(&self) {
        self.sign_ins.retain_recent();
        self.sign_ins.shrink_to_fit();
    }
}

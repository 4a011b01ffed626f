//! A new secret for a session that continues: when a person signs in again, links, or changes their password, somebody with the
//! old cookie must lose access (S-COOKIE-5; decision 31).
//!
//! The row stays, with its sign-in and its absolute end. It gets another handle, id and token family, so that every replica
//! drops the old ones by the revocation feed. Of two requests that renew one session the row count lets one through; a later
//! request with the old cookie finds no session.

use std::sync::Arc;
use std::time::Duration;

use db::Transaction;
use http::HeaderMap;
use kernel::NewId as _;
use kernel::OpaqueToken;
use members::{Context, Failure, NotSignedIn, RenewalError, Renewed};
use names::{MemberId, SessionId};
use tokens::{EndReason, Tokens};

use crate::cookie::SessionCookie;
use crate::error::SessionsError;
use crate::session::{Session, SessionLimits};
use crate::store::{self, Handles};
use crate::tokens_of_session::SessionFamilies;

/// How long a sign-out with the old cookie still ends the session: longer than any request is under way.
pub(crate) const FORMER_COOKIE_LIFETIME: Duration = Duration::from_mins(1);

/// New secrets for sessions that continue.
pub struct SessionRenewals {
    pub(crate) context: Context,
    pub(crate) tokens: Tokens,
    pub(crate) cookie: SessionCookie,
    pub(crate) limits: SessionLimits,
    pub(crate) families: Arc<SessionFamilies>,
}

impl SessionRenewals {
    /// Gives the session of a request a new secret, within the caller's transaction. The browser is to get the cookie with the
    /// answer, after the commit.
    ///
    /// # Errors
    /// [`RenewalError::NotSignedIn`] when the session has ended or was renewed meanwhile.
    pub async fn renew(&self, tx: &mut Transaction, headers: &HeaderMap) -> Result<Renewed, RenewalError> {
        let (session, handle) = self.renew_secret(tx, headers).await?;
        Ok(Renewed { session, cookie: self.cookie.holding(&handle) })
    }

    /// The same, before it becomes a cookie.
    pub(crate) async fn renew_secret(
        &self,
        tx: &mut Transaction,
        headers: &HeaderMap,
    ) -> Result<(SessionId, OpaqueToken), RenewalError> {
        let over = || RenewalError::from(NotSignedIn);
        let former = self.cookie.handle(headers).ok_or_else(over)?.hash();
        let old = store::find(tx, &former).await?.ok_or_else(over)?;
        let now = self.context.clock.now();
        let session = Session {
            id: SessionId::new(&*self.context.clock, &*self.context.randomness),
            last_seen_at: now,
            rotated_at: now,
            ..old.clone()
        };
        let handle = OpaqueToken::new(&*self.context.randomness);
        if !store::renew(tx, old.id, &session, Handles { former: &former, now: &handle.hash() }, &self.limits)
            .await?
        {
            return Err(over());
        }
        let (refresh_sealed, _) = self.families.begin_family(tx, &session).await.map_err(Failure::from)?;
        store::keep_refresh(tx, session.id, refresh_sealed).await?;
        self.tokens.revoker.revoke_session(tx, old.id, EndReason::Renewed).await?;
        providers::carry_links(tx, old.id, session.id).await?;
        Ok((session.id, handle))
    }

    /// Notes that the member of a session has shown a code in it, after what they had proven. That keeps its time: the code is of a
    /// secret that was given out in the session itself, so one who has stolen it could show one at any time.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn note_code(&self, tx: &mut Transaction, session: SessionId) -> Result<(), SessionsError> {
        let Some(found) = store::find_by_id(tx, session).await? else { return Ok(()) };
        Ok(store::prove(tx, session, found.proven_by.with_code()).await?)
    }

    /// Whether [`Self::take`] would find a session. A renewal in between makes the handle a former one.
    pub(crate) async fn knows_handle(&self, handle: &OpaqueToken) -> Result<bool, SessionsError> {
        let (hash, since) = (handle.hash(), self.context.clock.now().minus(FORMER_COOKIE_LIFETIME));
        let mut reader = self.context.db.read().await?;
        Ok(store::find(&mut reader, &hash).await?.is_some()
            || store::find_former(&mut reader, &hash, since).await?.is_some())
    }

    /// Whether the cookie of a request was that of a session of `member` until a moment ago, and the session goes on with another one.
    pub(crate) async fn was_theirs(
        &self,
        headers: &HeaderMap,
        member: MemberId,
    ) -> Result<bool, SessionsError> {
        let Some(handle) = self.cookie.handle(headers) else { return Ok(false) };
        let since = self.context.clock.now().minus(FORMER_COOKIE_LIFETIME);
        let mut reader = self.context.db.read().await?;
        let goes_on = store::find_former(&mut reader, &handle.hash(), since).await?;
        Ok(goes_on.is_some_and(|session| session.member == member))
    }

    /// Deletes the session that a browser's handle opens, or opened until a moment ago: a sign-out that meets a renewal
    /// ends the session, whichever comes first. `None` when there is none.
    pub(crate) async fn take(
        &self,
        tx: &mut Transaction,
        handle: &OpaqueToken,
    ) -> Result<Option<Session>, SessionsError> {
        let hash = handle.hash();
        if let Some(session) = store::find(tx, &hash).await?
            && store::delete_by_id(tx, session.id).await? == 1
        {
            return Ok(Some(session));
        }
        let since = self.context.clock.now().minus(FORMER_COOKIE_LIFETIME);
        let Some(session) = store::find_former(tx, &hash, since).await? else { return Ok(None) };
        Ok((store::delete_by_id(tx, session.id).await? == 1).then_some(session))
    }
}

//! The beginning of a session, with any sign-in method.

use std::sync::Arc;

use audit::AuditEvent;
use axum::response::{IntoResponse as _, Response};
use db::Transaction;
use http::StatusCode;
use http::header::LOCATION;
use kernel::NewId as _;
use kernel::OpaqueToken;
use members::Context;
use names::{AuditKind, Level, LoginError, MemberId, ProvenBy, SessionId, SignInMethod, Source, path};
use tokens::{EndReason, Tokens};
use web::{Cookies, ReturnTo};

use crate::cookie::SessionCookie;
use crate::error::SessionsError;
use crate::renew::SessionRenewals;
use crate::session::{Session, SessionLimits};
use crate::store::{self, NewSession};
use crate::tokens_of_session::SessionFamilies;
use crate::uses::Uses;

/// How many sessions a member may have in browsers, and as many in apps; beyond that those end that were used longest ago, so that
/// no script keeps ever more of them alive by signing in.
pub(crate) const MAX_SESSIONS: u32 = 1_000;
/// How many of them end at once. Each sign-in adds one.
pub(crate) const MAX_ENDED: u32 = 10;

/// A sign-in that succeeded, from which a session starts.
#[derive(Clone, Copy, Debug)]
pub(crate) struct SignIn {
    /// The member who signed in.
    pub(crate) member: MemberId,
    /// The sign-in method that they used.
    pub(crate) method: SignInMethod,
    /// What was proven: by the method alone, or by more.
    pub(crate) proven_by: ProvenBy,
}

impl SignIn {
    /// A sign-in by a method alone.
    pub(crate) const fn by(member: MemberId, method: SignInMethod) -> Self {
        Self { member, method, proven_by: ProvenBy::of(method) }
    }
}

/// The beginning of sessions.
pub struct SessionStarts {
    pub(crate) context: Context,
    pub(crate) tokens: Tokens,
    pub(crate) cookie: SessionCookie,
    pub(crate) limits: SessionLimits,
    pub(crate) families: Arc<SessionFamilies>,
    pub(crate) renewals: Arc<SessionRenewals>,
    pub(crate) uses: Arc<Uses>,
}

impl SessionStarts {
    /// Begins a session with its family of tokens and its row in the audit log, within the caller's transaction, and ends the
    /// one that this browser had (`old`); if that is the same member's, it [goes on](Self::sign_in_again). Returns what the
    /// browser's cookie will hold.
    pub(crate) async fn begin_session(
        &self,
        tx: &mut Transaction,
        sign_in: SignIn,
        old: Option<&OpaqueToken>,
        source: &Source,
    ) -> Result<OpaqueToken, SessionsError> {
        if let Some(old) = old
            && let Some(handle) = self.sign_in_again(tx, sign_in, old).await?
        {
            self.note_sign_in(tx, sign_in, source).await?;
            return Ok(handle);
        }
        let SignIn { member, method, proven_by } = sign_in;
        let now = self.context.clock.now();
        let handle = OpaqueToken::new(&*self.context.randomness);
        let session = Session {
            id: SessionId::new(&*self.context.clock, &*self.context.randomness),
            member,
            method,
            created_at: now,
            auth_time: now,
            proven_by,
            last_seen_at: now,
            expires_at: now.plus(self.limits.absolute.min(self.tokens.settings().refresh_life)),
            rotated_at: now,
        };
        let (refresh_sealed, family) = self.families.begun_family(&session)?;
        let handle_hash = handle.hash();
        let begun = NewSession { session: &session, handle: &handle_hash, refresh_sealed, source };
        self.stop_reset(tx, sign_in, source).await?;
        let recording = self.context.audit.recording(tx, &signed_in(sign_in, source));
        let [_, _, surplus, _] = tx
            .execute_together([
                self.tokens.families.inserting(&family),
                store::inserting(begun, &self.limits),
                store::finding_surplus(member, MAX_SESSIONS, MAX_ENDED),
                recording,
            ])
            .await?;
        for surplus in store::read_surplus(&surplus.rows)? {
            store::delete_by_id(tx, surplus).await?;
            self.tokens.revoker.revoke_session(tx, surplus, EndReason::SignedOutElsewhere).await?;
            // A browser of long ago: not worth a reading of the feed at each sign-in.
            let live = Arc::clone(&self.families.live);
            tx.after_commit(move || live.evict(surplus));
        }
        Ok(handle)
    }

    /// After a sign-in, the session that the browser had before is over on this replica at once, and on the others within a second
    /// (S-COOKIE-5). The sign-in is valid even if the feed cannot be read now: it is read again soon.
    pub(crate) async fn evict_ended(&self, old: Option<&OpaqueToken>) {
        if old.is_some() {
            self.tokens.feed.know_at_once().await;
        }
    }

    /// A row in the audit log for a successful sign-in.
    pub(crate) async fn note_sign_in(
        &self,
        tx: &mut Transaction,
        sign_in: SignIn,
        source: &Source,
    ) -> Result<(), SessionsError> {
        self.stop_reset(tx, sign_in, source).await?;
        Ok(self.context.audit.record(tx, &signed_in(sign_in, source)).await?)
    }

    /// A member who shows a second factor has it, whatever an operator was told.
    async fn stop_reset(
        &self,
        tx: &mut Transaction,
        sign_in: SignIn,
        source: &Source,
    ) -> Result<(), SessionsError> {
        if sign_in.proven_by.level() >= Level::Two {
            let resets = &self.families.members.factor_resets;
            resets.stop_by_sign_in(tx, sign_in.member, source).await?;
        }
        Ok(())
    }

    /// To where the person wanted to go, with a clean address and the new cookie (S-UP-16).
    pub(crate) fn signed_in(
        &self,
        handle: &OpaqueToken,
        return_to: &ReturnTo,
        cookies: &Cookies,
    ) -> Response {
        cookies.add(self.cookie.holding(handle));
        see_other(return_to.as_str())
    }
}

fn signed_in(sign_in: SignIn, source: &Source) -> AuditEvent<'_> {
    let signed_in = AuditEvent::new(AuditKind::SignIn, source).about(sign_in.member.uuid());
    signed_in.by_method(sign_in.method.as_str())
}

/// Back to the login page, which explains the error.
pub(crate) fn back_to_login(error: LoginError, return_to: &ReturnTo) -> Response {
    see_other(&path::login(Some(error), return_to.as_str()))
}

/// 303 to `location`.
pub(crate) fn see_other(location: &str) -> Response {
    (StatusCode::SEE_OTHER, [(LOCATION, location)]).into_response()
}

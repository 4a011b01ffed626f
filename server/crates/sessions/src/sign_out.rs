//! `POST /api/auth/signout`: the row goes first, and its tokens with it, then the cookie.

use std::sync::Arc;

use audit::AuditEvent;
use axum::extract::State;
use axum::response::Response;
use db::{DbError, LentTransaction, Transaction};
use futures::future::BoxFuture;
use kernel::OpaqueToken;
use members::{Context, EndSessions};
use names::{AuditKind, MemberId, SessionId, Source, path};
use serde::Deserialize;
use tokens::{EndReason, Tokens};
use utoipa::ToSchema;
use web::{Browser, Refusal, RequestContext, StrictForm};

use crate::error::{SessionsError, endpoint_error};
use crate::reason::BadForm;
use crate::renew::SessionRenewals;
use crate::store;
use crate::store::{by_method, remembered_devices};

endpoint_error! {
    /// Why nobody is signed out.
    pub(crate) enum SignOutError {
        Form(BadForm) from Refusal;
        Failed(SessionsError);
    }
}

/// The form that signs out.
#[derive(Deserialize, ToSchema)]
pub(crate) struct SignOutForm {
    #[schema(nullable = false, example = "true")]
    everywhere: Option<String>,
}

/// Ends this browser's session, or with the field `everywhere` all sessions of its member. Without a session there is
/// nothing to end, and the answer is the same.
pub(crate) async fn post(
    State(sign_outs): State<SignOuts>,
    context: RequestContext,
    browser: Browser,
    form: Result<StrictForm<SignOutForm>, Refusal>,
) -> Result<Response, SignOutError> {
    let everywhere = match form?.0.everywhere.as_deref() {
        None | Some("" | "false" | "0") => false,
        Some("true" | "1" | "on") => true,
        Some(_) => return Err(Refusal::field("everywhere", "`true` or `false`").into()),
    };
    if let Some(handle) = sign_outs.renewals.cookie.handle(&browser.headers) {
        sign_outs.end(&handle, everywhere, &context.source).await?;
    }
    Ok(sign_outs.answer(path::HOME).from(&browser.cookies))
}

/// Ends sessions for their owners.
#[derive(Clone)]
pub struct SignOuts {
    pub(crate) context: Context,
    pub(crate) tokens: Tokens,
    pub(crate) renewals: Arc<SessionRenewals>,
}

impl SignOuts {
    pub(crate) async fn end(
        &self,
        handle: &OpaqueToken,
        everywhere: bool,
        source: &Source,
    ) -> Result<(), SessionsError> {
        // Garbage must cost no more than a read: a write waits for all others.
        if !self.renewals.knows_handle(handle).await? {
            return Ok(());
        }
        let end = async |mut tx: LentTransaction| {
            let Some(session) = self.renewals.take(&mut tx, handle).await? else {
                return Ok(tx.roll_back(false));
            };
            let kind = if everywhere {
                remembered_devices::delete_of_member(&mut tx, session.member).await?;
                store::delete_of_member(&mut tx, session.member).await?;
                self.tokens.revoker.revoke_member(&mut tx, session.member, EndReason::SignedOut).await?;
                AuditKind::SignOutEverywhere
            } else {
                self.tokens.revoker.revoke_session(&mut tx, session.id, EndReason::SignedOut).await?;
                AuditKind::SignOut
            };
            let ended = AuditEvent::new(kind, source).about(session.member.uuid());
            self.context.audit.record(&mut tx, &ended.by_method(session.method.as_str())).await?;
            Ok::<_, SessionsError>(tx.commit(true))
        };
        if self.context.db.transact(end).await? {
            // The next request of this browser must find the session ended, even if it was being read meanwhile.
            self.tokens.feed.read().await?;
        }
        Ok(())
    }
}

/// What accounts call when a new password ends all sessions of a member (S-ACC-10): the port of `members`, which is
/// below this part.
#[derive(Clone, Copy, Debug)]
pub struct SessionsOfMembers;

impl EndSessions for SessionsOfMembers {
    fn end_of_member<'a>(
        &'a self,
        tx: &'a mut Transaction,
        member: MemberId,
    ) -> BoxFuture<'a, Result<(), DbError>> {
        Box::pin(async move {
            remembered_devices::delete_of_member(tx, member).await?;
            store::delete_of_member(tx, member).await.map(|_| ())
        })
    }

    fn end_others<'a>(
        &'a self,
        tx: &'a mut Transaction,
        member: MemberId,
        kept: SessionId,
    ) -> BoxFuture<'a, Result<(), DbError>> {
        Box::pin(async move {
            remembered_devices::delete_of_member(tx, member).await?;
            store::delete_others(tx, member, kept).await.map(|_| ())
        })
    }

    fn delete_devices<'a>(
        &'a self,
        tx: &'a mut Transaction,
        member: MemberId,
    ) -> BoxFuture<'a, Result<(), DbError>> {
        Box::pin(async move { remembered_devices::delete_of_member(tx, member).await.map(drop) })
    }

    fn end_of_method<'a>(
        &'a self,
        tx: &'a mut Transaction,
        member: MemberId,
        method: &'static str,
        kept: Option<SessionId>,
    ) -> BoxFuture<'a, Result<Vec<SessionId>, DbError>> {
        Box::pin(by_method::delete_of_method(tx, member, method, kept))
    }

    fn of_member<'a>(
        &'a self,
        tx: &'a mut Transaction,
        member: MemberId,
    ) -> BoxFuture<'a, Result<Vec<SessionId>, DbError>> {
        Box::pin(by_method::all(tx, member))
    }
}

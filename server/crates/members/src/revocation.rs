//! Ending sessions, tokens and mails when the password changes or the account ends.

use std::sync::Arc;

use db::{DbError, Transaction};
use futures::future::BoxFuture;
use names::{MemberId, ProviderName, SessionId, SignInMethod};
use tokens::{EndReason, Tokens};

use crate::email::store::mail_tokens;
use crate::failure::Failure;

/// The port to sessions, which are above this part; a new password must still end them in the same transaction (S-ACC-10,
/// S-MAIL-10).
pub trait EndSessions: Send + Sync {
    /// Deletes all sessions of `member`. Their tokens are revoked by the caller.
    fn end_of_member<'a>(
        &'a self,
        tx: &'a mut Transaction,
        member: MemberId,
    ) -> BoxFuture<'a, Result<(), DbError>>;

    /// Deletes all sessions of `member` but one. Their tokens are revoked by the caller.
    fn end_others<'a>(
        &'a self,
        tx: &'a mut Transaction,
        member: MemberId,
        kept: SessionId,
    ) -> BoxFuture<'a, Result<(), DbError>>;

    /// Forgets the browsers in which `member` is not asked for a code.
    fn delete_devices<'a>(
        &'a self,
        tx: &'a mut Transaction,
        member: MemberId,
    ) -> BoxFuture<'a, Result<(), DbError>>;

    /// Deletes the sessions of `member` that began by `method`, the name of a sign-in method, but one that is `kept`. Their tokens
    /// are revoked by whom the ids are given to.
    fn end_of_method<'a>(
        &'a self,
        tx: &'a mut Transaction,
        member: MemberId,
        method: &'static str,
        kept: Option<SessionId>,
    ) -> BoxFuture<'a, Result<Vec<SessionId>, DbError>>;

    /// The sessions that `member` has.
    fn of_member<'a>(
        &'a self,
        tx: &'a mut Transaction,
        member: MemberId,
    ) -> BoxFuture<'a, Result<Vec<SessionId>, DbError>>;
}

/// Ends what a member has open. Cheap to clone.
#[derive(Clone)]
pub struct Revocation {
    pub(crate) sessions: Arc<dyn EndSessions>,
    pub(crate) tokens: Tokens,
}

impl Revocation {
    /// Of these sessions and tokens.
    pub const fn new(sessions: Arc<dyn EndSessions>, tokens: Tokens) -> Self {
        Self { sessions, tokens }
    }

    /// After a new password, and at the end of an account: nobody stays signed in, and no mail that went out before is valid any
    /// more (S-MAIL-5, -10).
    pub(crate) async fn end_everything(
        &self,
        tx: &mut Transaction,
        member: MemberId,
        reason: EndReason,
    ) -> Result<(), Failure> {
        mail_tokens::delete_of_owner(tx, &member.to_string()).await?;
        // Sessions before their tokens, the order in which a rotation locks them, so that the two never deadlock.
        self.sessions.end_of_member(tx, member).await?;
        self.tokens.revoker.revoke_member(tx, member, reason).await?;
        Ok(())
    }

    /// The same for a member whose browser stays signed in, by the session `kept`: other browsers and all apps end (S-ACC-10).
    pub(crate) async fn end_others(
        &self,
        tx: &mut Transaction,
        member: MemberId,
        kept: SessionId,
        reason: EndReason,
    ) -> Result<(), Failure> {
        mail_tokens::delete_of_owner(tx, &member.to_string()).await?;
        self.sessions.end_others(tx, member, kept).await?;
        self.tokens.revoker.revoke_others(tx, member, kept, reason).await?;
        Ok(())
    }

    /// Forgets the browsers in which a member is not asked for a code: the factor is another one, or none.
    pub(crate) async fn delete_devices(&self, tx: &mut Transaction, member: MemberId) -> Result<(), DbError> {
        self.sessions.delete_devices(tx, member).await
    }

    /// Ends the sessions that began by `provider`, and what apps have that may have begun by it outside the sessions that there
    /// are. A session does not say with which of two identities at one provider it began; then those of both end.
    pub(crate) async fn end_of_provider(
        &self,
        tx: &mut Transaction,
        member: MemberId,
        provider: ProviderName,
    ) -> Result<(), Failure> {
        self.end_of_method(tx, member, SignInMethod::Provider(provider), None).await
    }

    /// The same for passkeys; the session `kept` goes on. A session does not say with which of several it began; then those of
    /// all end.
    pub(crate) async fn end_of_passkeys(
        &self,
        tx: &mut Transaction,
        member: MemberId,
        kept: Option<SessionId>,
    ) -> Result<(), Failure> {
        self.end_of_method(tx, member, SignInMethod::Passkey, kept).await
    }

    async fn end_of_method(
        &self,
        tx: &mut Transaction,
        member: MemberId,
        method: SignInMethod,
        kept: Option<SessionId>,
    ) -> Result<(), Failure> {
        let revoker = &self.tokens.revoker;
        for session in self.sessions.end_of_method(tx, member, method.as_str(), kept).await? {
            revoker.revoke_session(tx, session, EndReason::Unlinked).await?;
        }
        let remaining = self.sessions.of_member(tx, member).await?;
        Ok(revoker.revoke_unlinked(tx, member, method, &remaining).await?)
    }

    /// Has this replica read at once what a transaction just ended, before the next request of an ended session.
    pub(crate) async fn read_feed(&self) -> Result<(), Failure> {
        Ok(self.tokens.feed.read().await?)
    }

    /// The same where it is committed and the other replicas read of it by themselves: an outage at this moment must not
    /// keep a new cookie from its browser.
    pub async fn know_at_once(&self) {
        self.tokens.feed.know_at_once().await;
    }
}

/// Shows no member.
impl std::fmt::Debug for Revocation {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Revocation")
    }
}

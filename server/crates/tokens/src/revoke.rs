//! Ends families early and tells all replicas.
//!
//! Each function works within the caller's transaction, so that a session, its families and their revocation commit together.
//! Replicas know within a quarter of a second after the commit.

use std::collections::BTreeSet;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use db::{Connection, Transaction};
use kernel::{Clock, Timestamp, TokenHash};
use names::{MemberId, Role, SessionId, SignInMethod};

use crate::claims::{Claims, LEEWAY};
use crate::client_id::ClientId;
use crate::error::TokensError;
use crate::family::{EndReason, FamilyId};
use crate::revocation::{Revocation, Target};
use crate::session_observer::SessionObserver;
use crate::settings::Settings;
use crate::store::{families, grants, revocations};

/// How much longer than a token can live a revocation is kept: a rotation that was decided just before may have waited for
/// a lock, and clocks differ.
const RETENTION_MARGIN: Duration = Duration::from_secs(20);

/// Ends families, and what was made of them.
#[derive(Clone)]
pub struct Revoker {
    pub(crate) settings: Arc<Settings>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) observer: Arc<OnceLock<Arc<dyn SessionObserver>>>,
}

impl Revoker {
    /// Registers an observer of sessions that end. The first one stays.
    pub fn observe(&self, observer: Arc<dyn SessionObserver>) {
        let _first_stays = self.observer.set(observer);
    }

    /// Ends all families of a session, and every access token of it. Returns how many families lived.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn revoke_session(
        &self,
        tx: &mut Transaction,
        session: SessionId,
        reason: EndReason,
    ) -> Result<u64, TokensError> {
        let now = self.clock.now();
        let ended = families::end_of_session(tx, session, reason, now).await?;
        self.announce(tx, Target::Session(session), now).await?;
        if let Some(observer) = self.observer.get() {
            observer.session_ended(tx, session).await?;
        }
        Ok(ended)
    }

    /// Ends all families of a member, and every access token that they have. What they get later is valid. Returns how many
    /// families lived.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn revoke_member(
        &self,
        tx: &mut Transaction,
        subject: MemberId,
        reason: EndReason,
    ) -> Result<u64, TokensError> {
        let now = self.clock.now();
        let ended = families::end_of_member(tx, subject, reason, now).await?;
        revocations::insert_sessions(tx, subject, None, now, self.remembered_until(now)).await?;
        self.announce(tx, Target::Member(subject), now).await?;
        self.tell_of_member(tx, subject, None).await?;
        Ok(ended)
    }

    /// Ends all that a member has alongside one session: other browsers, and apps. Returns how many families lived.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn revoke_others(
        &self,
        tx: &mut Transaction,
        subject: MemberId,
        kept: SessionId,
        reason: EndReason,
    ) -> Result<u64, TokensError> {
        let now = self.clock.now();
        let ended = families::end_of_others(tx, subject, kept, reason, now).await?;
        revocations::insert_sessions(tx, subject, Some(kept), now, self.remembered_until(now)).await?;
        self.tell_of_member(tx, subject, Some(kept)).await?;
        Ok(ended)
    }

    /// Ends all families that a member has by one client, and their access tokens. Returns how many lived.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn revoke_client(
        &self,
        tx: &mut Transaction,
        subject: MemberId,
        client_id: &ClientId,
        reason: EndReason,
    ) -> Result<u64, TokensError> {
        let now = self.clock.now();
        let ended = families::end_of_client(tx, subject, client_id, reason, now).await?;
        revocations::insert_families(tx, subject, client_id, now, self.remembered_until(now)).await?;
        Ok(ended)
    }

    /// Ends what apps of others have of a member outside the `sessions` that there are, and that began by the sign-in method
    /// `method`, or may have: it was allowed to outlast its session, or that has expired (S-TOK-20). `sessions` must have been read, and
    /// those that began by `method` ended, in this transaction.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn revoke_unlinked(
        &self,
        tx: &mut Transaction,
        subject: MemberId,
        method: SignInMethod,
        sessions: &[SessionId],
    ) -> Result<(), TokensError> {
        let found = grants::sessions(tx, subject).await?;
        let outside = found.into_iter().filter(|begun| !sessions.contains(&begun.session));
        let ended = outside.filter(|begun| begun.may_be_by(method)).map(|begun| begun.session);
        // In the order of ids, and each once.
        for session in ended.collect::<BTreeSet<_>>() {
            self.revoke_session(tx, session, EndReason::Unlinked).await?;
        }
        Ok(())
    }

    async fn tell_of_member(
        &self,
        tx: &mut Transaction,
        member: MemberId,
        kept: Option<SessionId>,
    ) -> Result<(), TokensError> {
        if let Some(observer) = self.observer.get() {
            observer.sessions_of_member_ended(tx, member, kept).await?;
        }
        Ok(())
    }

    /// Ends one family and its access tokens; others of the session live on. Answers whether it lived.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn revoke_family(
        &self,
        tx: &mut Transaction,
        family: FamilyId,
        reason: EndReason,
    ) -> Result<bool, TokensError> {
        let now = self.clock.now();
        let lived = families::end(tx, family, reason, now).await? == 1;
        // The feed has the end of a family that ended before, and the holder of an old token must not be able to flood the feed.
        if lived {
            self.announce(tx, Target::Family(family), now).await?;
        }
        Ok(lived)
    }

    /// Tells those who keep sessions in memory that the handle with this hash is no longer valid, although its session and its
    /// tokens are.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn revoke_handle(&self, tx: &mut Transaction, handle: &TokenHash) -> Result<(), TokensError> {
        self.announce(tx, Target::handle(handle), self.clock.now()).await
    }

    /// Ends every access token in which `subject` has this role, for as long as there can be any; their families live on. The role
    /// must be gone for all who read it when the caller commits.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn revoke_role(
        &self,
        tx: &mut Transaction,
        subject: MemberId,
        role: &Role,
    ) -> Result<(), TokensError> {
        self.announce(tx, Target::role(subject, role.as_str()), self.clock.now()).await
    }

    /// Until when access tokens in which `subject` has this role are refused, because it was removed a short while ago. `None`:
    /// it can be given.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn role_ended_until(
        &self,
        connection: &mut Connection,
        subject: MemberId,
        role: &Role,
    ) -> Result<Option<Timestamp>, TokensError> {
        let target = Target::role(subject, role.as_str());
        Ok(revocations::revoked_until(connection, target, self.clock.now()).await?)
    }

    /// Ends one access token; its family and all others live on.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn revoke_token(&self, tx: &mut Transaction, claims: &Claims) -> Result<(), TokensError> {
        self.announce(tx, Target::Token(claims.id.uuid()), self.clock.now()).await
    }

    /// Ends all families and access tokens of a registered client, those of which it is the subject as well. Returns how many
    /// families lived.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn revoke_all_of_client(
        &self,
        tx: &mut Transaction,
        client: &ClientId,
        registered_at: Timestamp,
        reason: EndReason,
    ) -> Result<u64, TokensError> {
        let now = self.clock.now();
        let ended = families::end_all_of_client(tx, client, reason, now).await?;
        revocations::insert_all_families(tx, client, now, self.remembered_until(now)).await?;
        self.announce(tx, Target::Family(FamilyId::of_client(client, Some(registered_at))), now).await?;
        // Replicas of the previous release make tokens that do not tell one registration from the next.
        self.announce(tx, Target::Family(FamilyId::of_client(client, None)), now).await?;
        Ok(ended)
    }

    /// Writes a revocation into the feed.
    pub(crate) async fn announce(
        &self,
        tx: &mut Transaction,
        target: Target,
        now: Timestamp,
    ) -> Result<(), TokensError> {
        let revocation = Revocation { target, not_before: now, expires_at: self.remembered_until(now) };
        Ok(revocations::insert(tx, &revocation).await?)
    }

    fn remembered_until(&self, now: Timestamp) -> Timestamp {
        now.plus(self.settings.longest_access_life()).plus(LEEWAY).plus(RETENTION_MARGIN)
    }
}

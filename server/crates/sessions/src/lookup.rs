//! The one question that every page asks: who is there?

use std::sync::Arc;

use http::HeaderMap;
use kernel::{Timestamp, TokenHash};
use members::{Context, MemberStatus};
use tokens::Tokens;

use crate::cookie::SessionCookie;
use crate::error::SessionsError;
use crate::live::LiveSessions;
use crate::session::{Current, SessionLimits};
use crate::store;
use crate::tokens_of_session::SessionFamilies;
use crate::uses::Uses;

/// Finds the session that comes with a request.
pub struct SessionLookup {
    pub(crate) context: Context,
    pub(crate) tokens: Tokens,
    pub(crate) cookie: SessionCookie,
    pub(crate) limits: SessionLimits,
    pub(crate) live: Arc<LiveSessions>,
    pub(crate) uses: Arc<Uses>,
    pub(crate) families: Arc<SessionFamilies>,
}

impl SessionLookup {
    /// The session that comes with a request, if it is active. Its use is recorded about once a minute, and written by
    /// [`UseWriter::follow`](crate::written_uses::UseWriter::follow).
    ///
    /// A session that was seen lately comes from memory, as long as the revocation feed is up to date.
    ///
    /// # Errors
    /// When the database cannot say. That is an outage, not a sign-out: answer 503 and leave the cookie alone.
    pub async fn current(&self, headers: &HeaderMap) -> Result<Option<Arc<Current>>, SessionsError> {
        let Some(handle) = self.cookie.handle(headers) else { return Ok(None) };
        let (hash, now) = (handle.hash(), self.context.clock.now());
        if let Some(current) = self.known(&hash, now) {
            return Ok(Some(current));
        }
        let reading = self.live.reading(now);
        let Some(current) = self.read(&hash, now).await? else { return Ok(None) };
        let current = Arc::new(current);
        self.live.keep(hash, Arc::clone(&current), reading);
        Ok(Some(current))
    }

    /// The same from memory alone. `None` means that memory does not know: ask [`Self::current`].
    pub fn current_now(&self, headers: &HeaderMap) -> Option<Arc<Current>> {
        self.known(&self.cookie.handle(headers)?.hash(), self.context.clock.now())
    }

    /// The same for a request that an open page sends by itself. It is no use: neither the session nor its tokens live longer for it.
    ///
    /// # Errors
    /// When the database cannot say.
    pub async fn current_unattended(
        &self,
        headers: &HeaderMap,
    ) -> Result<Option<Arc<Current>>, SessionsError> {
        let Some(handle) = self.cookie.handle(headers) else { return Ok(None) };
        let (hash, now) = (handle.hash(), self.context.clock.now());
        match self.known(&hash, now) {
            Some(current) => Ok(Some(current)),
            None => Ok(self.find(&hash, now).await?.map(Arc::new)),
        }
    }

    fn known(&self, hash: &TokenHash, now: Timestamp) -> Option<Arc<Current>> {
        self.live.get(hash, &self.tokens.verifier, now, &self.limits)
    }

    /// The same, read from the database: for the pages on which members change what is kept here, so that they see at once
    /// what they saved on whatever replica. From then on this memory knows it too.
    ///
    /// # Errors
    /// When the database cannot say.
    pub async fn current_from_database(
        &self,
        headers: &HeaderMap,
    ) -> Result<Option<Arc<Current>>, SessionsError> {
        let Some(handle) = self.cookie.handle(headers) else { return Ok(None) };
        let (hash, now) = (handle.hash(), self.context.clock.now());
        let reading = self.live.reading(now);
        let current = self.read(&hash, now).await?.map(Arc::new);
        if let Some(current) = &current {
            self.live.keep(hash, Arc::clone(current), reading);
        }
        Ok(current)
    }

    pub(crate) async fn read(
        &self,
        handle: &TokenHash,
        now: Timestamp,
    ) -> Result<Option<Current>, SessionsError> {
        let Some(mut current) = self.find(handle, now).await? else { return Ok(None) };
        let session = &mut current.session;
        if session.is_due_for_rotation(now, &self.limits) && self.families.rotate(session).await?.is_over() {
            return Ok(None);
        }
        if session.is_worth_touching(now, &self.limits) {
            session.last_seen_at = now;
            self.uses.note(session, &self.limits);
            current.ends_at = session.ends_at(&self.limits);
        }
        Ok(Some(current))
    }

    /// The session, if it is active.
    async fn find(&self, handle: &TokenHash, now: Timestamp) -> Result<Option<Current>, SessionsError> {
        let db = &self.context.db;
        let Some((mut session, member)) = store::look_up(db, handle).await? else { return Ok(None) };
        // A use that is not written yet counts, too.
        if let Some(seen_at) = self.uses.of(session.id) {
            session.last_seen_at = session.last_seen_at.max(seen_at);
        }
        if !session.is_live(now, &self.limits) {
            return Ok(None);
        }
        let Some(member) = member.filter(|member| member.status == MemberStatus::Active) else {
            return Ok(None);
        };
        // Nothing is theirs until they have set one up, which is part of their next sign-in.
        if self.families.members.required_factors.are_lacking_in(db, &member).await? {
            return Ok(None);
        }
        let ends_at = session.ends_at(&self.limits);
        Ok(Some(Current { session, member, ends_at }))
    }
}

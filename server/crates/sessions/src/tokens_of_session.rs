//! The tokens of a browser session: a family of its own, whose refresh token is sealed in the session's row. The browser sees
//! neither refresh nor access token.
//!
//! # One rotation for each life of an access token
//! Fifty tabs on three replicas may find the token expired at the same time. In one process the [`SessionRotation`] of the
//! session lets one of them ask; between processes the row's `rotated_at` decides: the request that moves it makes the rotation,
//! the others wait for its transaction and then make their own access token of the rotation that they find. The new refresh token
//! is written in that same transaction, so a process that dies in between leaves the old one, still valid.

use std::sync::Arc;
use std::time::Duration;

use db::{Ended, LentTransaction, Transaction};
use kernel::{KeyRing, Timestamp};
use members::{Context, Members};
use names::{SessionId, Source};
use quick_cache::sync::Cache;
use tokens::{
    Access, ClientId, EndReason, Family, Grant, Presented, Redemption, RefreshToken, Refused, Rotation,
    Scope, Tokens, TokensError,
};
use zeroize::Zeroizing;

use crate::error::SessionsError;
use crate::live::LiveSessions;
use crate::session::{Current, Session};
use crate::session_rotation::{SessionAccess, SessionRotation};
use crate::store::{self, Claim, PURPOSE, RotationRow};

/// A token is renewed this long before its end, or a quarter of its life if that is less, so that it does not expire on
/// its way to a service.
const RENEWAL_MARGIN: Duration = Duration::from_secs(15);
/// How often a request looks again when another one rotated the family in between.
const MAX_ATTEMPTS: usize = 4;

/// What the row said.
pub(crate) enum Found {
    /// A family that rotated lately enough.
    Rotated(Box<Family>, Scope, Timestamp),
    /// The session has ended.
    Over,
    /// Another request made a rotation while we looked.
    Changed,
}

impl Found {
    /// Whether the session has ended.
    pub(crate) const fn is_over(&self) -> bool {
        matches!(self, Self::Over)
    }
}

/// The families of tokens that browser sessions hold.
pub struct SessionFamilies {
    pub(crate) context: Context,
    pub(crate) tokens: Tokens,
    pub(crate) members: Arc<Members>,
    pub(crate) key_ring: Arc<KeyRing>,
    /// What the tokens of a session may do.
    pub(crate) scope: Scope,
    pub(crate) live: Arc<LiveSessions>,
    pub(crate) rotations: Cache<SessionId, Arc<SessionRotation>>,
}

impl SessionFamilies {
    /// The access of a session that was [found](crate::lookup::SessionLookup::current); a new one when the last is about to expire. `None` when
    /// the session has ended in the meantime.
    ///
    /// # Errors
    /// When database or keys are away. That is an outage, not a sign-out: answer 503 and keep the cookie.
    pub async fn access(&self, current: &Current) -> Result<Option<Arc<SessionAccess>>, SessionsError> {
        let id = current.session.id;
        let rotation = match self.rotations.get(&id) {
            Some(rotation) => rotation,
            None => self.rotations.get_or_insert_with(&id, || Ok::<_, SessionsError>(Arc::default()))?,
        };
        if let Some(access) = rotation.newest(current, self.context.clock.now()) {
            return Ok(Some(access));
        }
        let _permit = rotation.one_at_a_time.lock().await;
        if let Some(access) = rotation.newest(current, self.context.clock.now()) {
            return Ok(Some(access));
        }
        let Some(access) = self.next_access(current).await? else {
            self.live.evict(id);
            self.rotations.remove(&id);
            return Ok(None);
        };
        let access = Arc::new(access);
        rotation.keep(&access);
        Ok(Some(access))
    }

    /// [`Self::access`] where it is known already. `None` says nothing: ask there.
    pub fn access_now(&self, current: &Current) -> Option<Arc<SessionAccess>> {
        self.rotations.get(&current.session.id)?.newest(current, self.context.clock.now())
    }

    async fn next_access(&self, current: &Current) -> Result<Option<SessionAccess>, SessionsError> {
        let session = &current.session;
        for _ in 0..MAX_ATTEMPTS {
            let found = match self.rotated_recently(session).await? {
                Found::Changed => self.rotate(session).await?,
                found => found,
            };
            match found {
                Found::Over => return Ok(None),
                Found::Changed => {}
                Found::Rotated(mut family, scope, from) => {
                    // The family is older than what the member has proven since.
                    family.auth_time = session.auth_time;
                    family.proven_by = Some(session.proven_by);
                    let roles = current.member.roles();
                    let nickname = &current.member.nickname;
                    let audience = self.tokens.own_audience();
                    let (family, scope) = (&*family, &scope);
                    let access = Access {
                        family,
                        audience,
                        scope,
                        from,
                        life: None,
                        nickname,
                        roles: &roles,
                        key: None,
                    };
                    let claims = match self.tokens.minter.claims(access) {
                        Err(TokensError::FamilyOver) => return Ok(None),
                        claims => Arc::new(claims?),
                    };
                    return Ok(Some(SessionAccess { claims, renew_at: from.plus(self.fresh_for()) }));
                }
            }
        }
        Err(SessionsError::Internal("a session's family of tokens kept rotating during one request"))
    }

    /// For how long after a rotation its access tokens are handed out.
    fn fresh_for(&self) -> Duration {
        let life = self.tokens.settings().access_life;
        life.saturating_sub(RENEWAL_MARGIN.min(life / 4))
    }

    /// The family, if it rotated so lately that another access token may be made of that rotation. `Changed` when it is time
    /// for the next.
    async fn rotated_recently(&self, session: &Session) -> Result<Found, SessionsError> {
        let mut reader = self.context.db.read().await?;
        let Some(RotationRow { refresh_sealed, rotated_at }) =
            store::find_rotation(&mut reader, session.id).await?
        else {
            return Ok(Found::Over);
        };
        let now = self.context.clock.now();
        let Some(sealed) = refresh_sealed.filter(|_| now < rotated_at.plus(self.fresh_for())) else {
            return Ok(Found::Changed);
        };
        let refresh = self.open(session.id, &sealed)?;
        let family = self.tokens.families.family_of(&mut reader, &refresh).await?;
        Ok(match family.filter(|family| family.is_live(now)) {
            Some(family) => {
                let scope = family.scope.clone();
                Found::Rotated(Box::new(family), scope, rotated_at)
            }
            None => Found::Over,
        })
    }

    /// Rotates the family, unless another request is faster.
    pub(crate) async fn rotate(&self, session: &Session) -> Result<Found, SessionsError> {
        let rotate = async |tx: LentTransaction| self.rotate_within(tx, session).await;
        let found = self.context.db.transact(rotate).await?;
        if found.is_over() {
            // What else the session has is refused from now on.
            self.tokens.feed.know_at_once().await;
        }
        Ok(found)
    }

    async fn rotate_within(
        &self,
        mut tx: LentTransaction,
        session: &Session,
    ) -> Result<Ended<Found>, SessionsError> {
        let Some(RotationRow { refresh_sealed, rotated_at }) =
            store::find_rotation(&mut tx, session.id).await?
        else {
            return Ok(tx.roll_back(Found::Over));
        };
        let now = self.context.clock.now();
        if refresh_sealed.is_some() && now < rotated_at.plus(self.fresh_for()) {
            return Ok(tx.roll_back(Found::Changed));
        }
        if !store::claim_rotation(&mut tx, session.id, Claim { from: rotated_at, to: now }).await? {
            return Ok(tx.roll_back(Found::Changed));
        }
        let Some(sealed) = refresh_sealed else {
            let (sealed, rotation) = self.begin_family(&mut tx, session).await?;
            store::keep_refresh(&mut tx, session.id, sealed).await?;
            return Ok(tx.commit(rotated(rotation, now)));
        };
        let token = self.open(session.id, &sealed)?;
        let client_id = ClientId::own_site();
        let presented = Presented { token: &token, client_id: &client_id, scope: None, key: None };
        match self.tokens.families.redeem(&mut tx, presented).await? {
            Redemption::Rotated(rotation) => {
                let sealed = self.seal(session.id, &rotation.refresh)?;
                store::keep_refresh(&mut tx, session.id, sealed).await?;
                tx.after_commit(|| metrics::counter!("daemun_session_rotations_total").increment(1));
                Ok(tx.commit(rotated(*rotation, now)))
            }
            Redemption::Refused(refused) => {
                self.end_refused(&mut tx, session, &refused).await?;
                Ok(tx.commit(Found::Over))
            }
        }
    }

    /// Begins the family of a session, and gives its refresh token sealed for that session's row.
    pub(crate) async fn begin_family(
        &self,
        tx: &mut Transaction,
        session: &Session,
    ) -> Result<(Vec<u8>, Rotation), SessionsError> {
        let (sealed, rotation) = self.begun_family(session)?;
        self.tokens.families.insert(tx, &rotation).await?;
        Ok((sealed, rotation))
    }

    /// The same, still to be inserted.
    pub(crate) fn begun_family(&self, session: &Session) -> Result<(Vec<u8>, Rotation), SessionsError> {
        let grant = Grant {
            subject: session.member,
            session: session.id,
            client_id: ClientId::own_site(),
            scope: self.scope.clone(),
            audience: None,
            auth_time: session.auth_time,
            proven_by: Some(session.proven_by),
            method: Some(session.method),
            key: None,
        };
        let rotation = self.tokens.families.first(&grant);
        Ok((self.seal(session.id, &rotation.refresh)?, rotation))
    }

    /// A session ends with its family. What the token service found out is kept, so this is to be committed.
    async fn end_refused(
        &self,
        tx: &mut Transaction,
        session: &Session,
        refused: &Refused,
    ) -> Result<(), SessionsError> {
        store::delete_by_id(tx, session.id).await?;
        if let Refused::Reused(family) = refused {
            self.note_reuse(tx, family, &Source::system(), None).await?;
        }
        self.tokens.revoker.revoke_session(tx, session.id, EndReason::SignedOut).await?;
        let (id, reason) = (session.id, refused_code(refused));
        tx.after_commit(move || {
            tracing::warn!(event = "session_ended", session_id = %id, reason, "a session's tokens were refused");
        });
        Ok(())
    }

    fn seal(&self, session: SessionId, refresh: &RefreshToken) -> Result<Vec<u8>, SessionsError> {
        let text = Zeroizing::new(refresh.text());
        self.key_ring
            .seal(PURPOSE, &session.to_string(), text.as_bytes(), &*self.context.randomness)
            .map_err(|_| SessionsError::Internal("a refresh token cannot be sealed"))
    }

    pub(crate) fn open(&self, session: SessionId, sealed: &[u8]) -> Result<RefreshToken, SessionsError> {
        let unreadable = SessionsError::Internal("a session's refresh token cannot be opened");
        let Ok(text) = self.key_ring.open(PURPOSE, &session.to_string(), sealed).map(Zeroizing::new) else {
            return Err(unreadable);
        };
        std::str::from_utf8(&text).ok().and_then(RefreshToken::parse).ok_or(unreadable)
    }
}

/// A rotation as of `rotated_at`, the moment that is in the row: all replicas make the tokens of a rotation from the same one.
fn rotated(rotation: Rotation, rotated_at: Timestamp) -> Found {
    Found::Rotated(Box::new(rotation.family), rotation.scope, rotated_at)
}

/// A refusal as a word for the log.
pub(crate) const fn refused_code(refused: &Refused) -> &'static str {
    match refused {
        Refused::Unknown => "unknown",
        Refused::WrongClient => "wrong_client",
        Refused::WrongKey => "wrong_key",
        Refused::ScopeTooWide => "scope_too_wide",
        Refused::Ended => "ended",
        Refused::Expired => "expired",
        Refused::Reused(_) => "reused",
    }
}

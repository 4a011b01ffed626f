//! A sign-in in a browser that is signed in already.
//!
//! An app may ask for it (`prompt=login`, `max_age`), and that must not cost other apps what they got in this session. So the
//! same member's session goes on: its id, its absolute end and all token families stay, `auth_time` moves, and the browser gets
//! another handle (S-COOKIE-5). Another member ends the session that was there.

use db::Transaction;
use kernel::OpaqueToken;
use names::MemberId;
use tokens::EndReason;

use crate::begin::{SessionStarts, SignIn};
use crate::error::SessionsError;
use crate::renew::FORMER_COOKIE_LIFETIME;
use crate::session::Session;
use crate::store::{self, Handles};

impl SessionStarts {
    /// Lets the session go on that `old` opens, if it is the member's, and gives its new handle; ends it otherwise. `None`
    /// where a new session is to begin.
    pub(crate) async fn sign_in_again(
        &self,
        tx: &mut Transaction,
        SignIn { member, method, proven_by }: SignIn,
        old: &OpaqueToken,
    ) -> Result<Option<OpaqueToken>, SessionsError> {
        if let Some(session) = self.session_of(tx, member, old).await? {
            let now = self.context.clock.now();
            let session = Session { method, auth_time: now, proven_by, last_seen_at: now, ..session };
            let (former, handle) = (old.hash(), OpaqueToken::new(&*self.context.randomness));
            if store::proceed(tx, &session, Handles { former: &former, now: &handle.hash() }, &self.limits)
                .await?
            {
                // The id stays, so the feed names the handle, for replicas that keep the session in memory.
                self.tokens.revoker.revoke_handle(tx, &former).await?;
                return Ok(Some(handle));
            }
        }
        // The same form, sent twice: the first one gave this browser another handle a moment ago, which stays valid.
        if self.former_session_of(tx, member, old).await? {
            return Ok(None);
        }
        if let Some(ended) = self.renewals.take(tx, old).await? {
            self.tokens.revoker.revoke_session(tx, ended.id, EndReason::SignedOut).await?;
        }
        Ok(None)
    }

    /// The session that a handle opens, if it is the member's and can go on.
    async fn session_of(
        &self,
        tx: &mut Transaction,
        member: MemberId,
        handle: &OpaqueToken,
    ) -> Result<Option<Session>, SessionsError> {
        let now = self.context.clock.now();
        let session = store::find(tx, &handle.hash()).await?;
        let Some(mut session) = session.filter(|session| session.member == member) else { return Ok(None) };
        // A use that is not written yet counts, too.
        if let Some(seen_at) = self.uses.of(session.id) {
            session.last_seen_at = session.last_seen_at.max(seen_at);
        }
        if !session.is_live(now, &self.limits) {
            return Ok(None);
        }
        let rotation = store::find_rotation(tx, session.id).await?;
        let Some(sealed) = rotation.and_then(|rotation| rotation.refresh_sealed) else {
            return Ok(Some(session));
        };
        // A session whose tokens are refused ends with the next rotation.
        let refresh = self.families.open(session.id, &sealed)?;
        let family = self.tokens.families.family_of(tx, &refresh).await?;
        Ok(family.is_some_and(|family| family.is_live(now)).then_some(session))
    }

    /// Whether a handle opened a session of the member until a moment ago, which goes on with another one.
    async fn former_session_of(
        &self,
        tx: &mut Transaction,
        member: MemberId,
        handle: &OpaqueToken,
    ) -> Result<bool, SessionsError> {
        let since = self.context.clock.now().minus(FORMER_COOKIE_LIFETIME);
        let session = store::find_former(tx, &handle.hash(), since).await?;
        Ok(session.is_some_and(|session| session.member == member))
    }
}

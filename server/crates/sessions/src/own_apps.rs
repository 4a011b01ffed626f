//! The apps in which a member is signed in: families of tokens without a browser session. They are listed alongside the sessions
//! and ended like them, by the id that their tokens carry as `sid`.

use db::{Connection, Transaction};
use kernel::Timestamp;
use names::{MemberId, SessionId};
use tokens::{ClientId, EndReason, LiveFamily};

use crate::error::SessionsError;
use crate::own_sessions::{MAX_LISTED, OwnSessions};

/// A sign-in of an app. Its device is not known: tokens can be moved, and nothing is recorded of where they are used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OwnApp {
    /// What its tokens call the sign-in (`sid`).
    pub id: SessionId,
    /// When the member signed in to it.
    pub signed_in_at: Timestamp,
    /// When it last asked for tokens.
    pub used_at: Timestamp,
}

impl From<LiveFamily> for OwnApp {
    fn from(LiveFamily { family, used_at }: LiveFamily) -> Self {
        Self { id: family.session, signed_in_at: family.started_at, used_at }
    }
}

impl OwnSessions {
    /// The apps in which a member is signed in, the one used last first, at most 200.
    ///
    /// # Errors
    /// When the database cannot be asked.
    pub async fn apps_of(&self, member: MemberId) -> Result<Vec<OwnApp>, SessionsError> {
        let mut reader = self.context.db.read().await?;
        self.find_apps(&mut reader, member).await
    }

    async fn find_apps(
        &self,
        connection: &mut Connection,
        member: MemberId,
    ) -> Result<Vec<OwnApp>, SessionsError> {
        let families =
            self.tokens.families.live_families(connection, member, &ClientId::own_app(), MAX_LISTED).await?;
        Ok(families.into_iter().map(OwnApp::from).collect())
    }

    /// Ends the sign-in of an app, if it is one of the member's; whether it was.
    pub(crate) async fn end_app(
        &self,
        tx: &mut Transaction,
        id: SessionId,
        member: MemberId,
    ) -> Result<bool, SessionsError> {
        let is_theirs = self.tokens.families.is_live(tx, id, member, &ClientId::own_app()).await?;
        Ok(is_theirs && self.tokens.revoker.revoke_session(tx, id, EndReason::SignedOutElsewhere).await? > 0)
    }
}

//! What a browser session has of tokens: a family of its own, whose refresh token lies sealed in the session's row. The
//! browser never sees either.

use db::Transaction;
use kernel::Purpose;
use tokens::{ClientId, EndReason, Grant, Scope, Turn};

use crate::{Session, Sessions, SessionsError};

const PURPOSE: Purpose = Purpose::new("session-refresh-token");
/// The client that our own browser sessions are to the token service.
const CLIENT: &str = "daemun-web";

impl Sessions {
    /// Begins the family of a new session, and gives its refresh token sealed for that session's row.
    pub(crate) async fn begin_family(
        &self,
        tx: &mut Transaction,
        session: &Session,
        scope: &Scope,
    ) -> Result<Vec<u8>, SessionsError> {
        let client_id = ClientId::parse(CLIENT).ok_or(SessionsError::Fault("our own client id is none"))?;
        let grant = Grant {
            subject: tokens::Subject::from_uuid(session.member.uuid()),
            session: tokens::SessionId::from_uuid(session.id.uuid()),
            client_id,
            scope: scope.clone(),
        };
        let Turn { refresh, .. } = self.tokens.issue(tx, &grant).await?;
        self.key_ring
            .seal(PURPOSE, &session.id.to_string(), refresh.text().as_bytes(), &*self.randomness)
            .map_err(|_| SessionsError::Fault("a refresh token cannot be sealed"))
    }

    /// Ends all tokens of a session, here and on every other replica.
    pub(crate) async fn end_tokens(
        &self,
        tx: &mut Transaction,
        session: &Session,
        everywhere: bool,
    ) -> Result<(), SessionsError> {
        if everywhere {
            let subject = tokens::Subject::from_uuid(session.member.uuid());
            self.tokens.revoke_member(tx, subject, EndReason::SignedOut).await?;
        } else {
            let id = tokens::SessionId::from_uuid(session.id.uuid());
            self.tokens.revoke_session(tx, id, EndReason::SignedOut).await?;
        }
        Ok(())
    }
}

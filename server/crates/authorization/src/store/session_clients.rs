//! The table `session_clients`: under which names clients know a session, so that they can be told of its end.

use db::{DbError, Transaction, query};
use kernel::Timestamp;
use names::{MemberId, SessionId};
use tokens::ClientId;

db::statements! {
    EXTEND = "UPDATE session_clients SET expires_at = ? WHERE session_id = ? AND client_id = ? AND sid = ?";
    INSERT = "INSERT INTO session_clients (session_id, client_id, sid, subject, expires_at) VALUES (?, ?, ?, ?, ?)";
}

/// A client with a grant from a session.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct SessionClient {
    /// The session in which the member agreed.
    pub(crate) session: SessionId,
    pub(crate) client_id: ClientId,
    /// What the client's tokens call it.
    pub(crate) sid: SessionId,
    pub(crate) subject: MemberId,
}

/// Notes a grant that may last until `expires_at`.
pub(crate) async fn note(
    tx: &mut Transaction,
    client: &SessionClient,
    expires_at: Timestamp,
) -> Result<(), DbError> {
    let SessionClient { session, client_id, sid, subject } = client;
    let extend = query(EXTEND).bind(expires_at.millis()).bind(session.to_string());
    let extended = extend.bind(client_id.as_str()).bind(sid.to_string()).execute(&mut **tx).await?;
    if extended.rows_affected() > 0 {
        return Ok(());
    }
    query(INSERT)
        .bind(session.to_string())
        .bind(client_id.as_str())
        .bind(sid.to_string())
        .bind(subject.to_string())
        .bind(expires_at.millis())
        .execute(&mut **tx)
        .await?;
    Ok(())
}

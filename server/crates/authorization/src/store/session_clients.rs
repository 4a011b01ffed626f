//! The table `session_clients`: under which names clients know a session, so that they can be told of its end.

use db::{AnyRow, Connection, DbError, Row as _, Statement, Transaction, Unit, query};
use kernel::Timestamp;
use names::{MemberId, SessionId};
use tokens::ClientId;

db::statements! {
    EXTEND = "UPDATE session_clients SET expires_at = ? WHERE session_id = ? AND client_id = ? AND sid = ?";
    FIND = "SELECT client_id FROM session_clients WHERE session_id = ? AND client_id = ? AND sid = ?";
    OF_SESSION = "SELECT session_id, client_id, sid, subject FROM session_clients WHERE session_id = ? AND expires_at > ?";
    OF_MEMBER = "SELECT session_id, client_id, sid, subject FROM session_clients WHERE subject = ? AND expires_at > ?";
    /// Its row count decides between concurrent ends of one session.
    DELETE = "DELETE FROM session_clients WHERE session_id = ? AND client_id = ? AND sid = ?";
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

/// [`note`] in `unit`, for a client that is known, or not, as `known` says. Where that has changed, the unit is refused or meets the row.
pub(crate) fn note_in(
    unit: &mut Unit,
    client: &SessionClient,
    known: bool,
    expires_at: Timestamp,
) -> Result<(), DbError> {
    if known {
        unit.add_change(extending(client, expires_at))
    } else {
        unit.add(inserting(client, expires_at))
    }
}

fn extending(client: &SessionClient, expires_at: Timestamp) -> Statement<'static> {
    let SessionClient { session, client_id, sid, .. } = client;
    let extend = query(EXTEND).bind(expires_at.millis()).bind(session.to_string());
    extend.bind(client_id.as_str().to_owned()).bind(sid.to_string())
}

fn inserting(client: &SessionClient, expires_at: Timestamp) -> Statement<'static> {
    let SessionClient { session, client_id, sid, subject } = client;
    let insert = query(INSERT).bind(session.to_string()).bind(client_id.as_str().to_owned());
    insert.bind(sid.to_string()).bind(subject.to_string()).bind(expires_at.millis())
}

/// Notes a grant that may last until `expires_at`.
pub(crate) async fn note(
    tx: &mut Transaction,
    client: &SessionClient,
    expires_at: Timestamp,
) -> Result<(), DbError> {
    let extended = extending(client, expires_at).execute(&mut **tx).await?;
    if extended.rows_affected() == 0 {
        inserting(client, expires_at).execute(&mut **tx).await?;
    }
    Ok(())
}

/// Whether a client knows a session as `sid`.
pub(crate) async fn is_known(
    connection: &mut Connection,
    session: SessionId,
    client_id: &ClientId,
    sid: SessionId,
) -> Result<bool, DbError> {
    let find = query(FIND).bind(session.to_string()).bind(client_id.as_str()).bind(sid.to_string());
    Ok(find.fetch_optional(connection).await?.is_some())
}

/// The clients of a session.
pub(crate) async fn of_session(
    tx: &mut Transaction,
    session: SessionId,
    now: Timestamp,
) -> Result<Vec<SessionClient>, DbError> {
    let rows = query(OF_SESSION).bind(session.to_string()).bind(now.millis()).fetch_all(&mut **tx).await?;
    Ok(readable(&rows))
}

/// The clients of all sessions of a member.
pub(crate) async fn of_member(
    tx: &mut Transaction,
    member: MemberId,
    now: Timestamp,
) -> Result<Vec<SessionClient>, DbError> {
    let rows = query(OF_MEMBER).bind(member.to_string()).bind(now.millis()).fetch_all(&mut **tx).await?;
    Ok(readable(&rows))
}

/// What can be read: a row that was corrupted must not keep anybody signed in.
fn readable(rows: &[AnyRow]) -> Vec<SessionClient> {
    let read = |row| {
        let client = read(row);
        if let Err(error) = &client {
            let error: &dyn std::error::Error = error;
            tracing::error!(error, "a client of a session cannot be read, and is not told of its end");
        }
        client.ok()
    };
    rows.iter().filter_map(read).collect()
}

/// Deletes a client of a session; `false` when somebody else did.
pub(crate) async fn delete(tx: &mut Transaction, client: &SessionClient) -> Result<bool, DbError> {
    let delete = query(DELETE).bind(client.session.to_string()).bind(client.client_id.as_str());
    Ok(delete.bind(client.sid.to_string()).execute(&mut **tx).await?.rows_affected() == 1)
}

fn read(row: &AnyRow) -> Result<SessionClient, DbError> {
    let unreadable = |column| DbError::Unreadable { column };
    let text = |column: &str| row.try_get::<String, _>(column);
    Ok(SessionClient {
        session: SessionId::parse(&text("session_id")?)
            .map_err(|_| unreadable("session_clients.session_id"))?,
        client_id: ClientId::parse(&text("client_id")?)
            .ok_or_else(|| unreadable("session_clients.client_id"))?,
        sid: SessionId::parse(&text("sid")?).map_err(|_| unreadable("session_clients.sid"))?,
        subject: MemberId::parse(&text("subject")?).map_err(|_| unreadable("session_clients.subject"))?,
    })
}

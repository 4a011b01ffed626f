//! What apps of others have of members, in the table `refresh_families`.

use db::{AnyRow, Connection, DbError, Row as _, query};
use kernel::Timestamp;
use names::{MemberId, ProvenBy, SessionId, SignInMethod};

use crate::client_grant::ClientGrant;
use crate::client_id::ClientId;
use crate::scope::Scope;
use crate::store::families::read_method;

db::statements! {
    /// One row for each client and scope, of the clients that were used last. Families are not limited: a client may have many
    /// with one scope, and one of them alone with another.
    LIVE = "SELECT f.client_id AS client_id, f.scope AS scope, MIN(f.started_at) AS started_at, MAX(f.rotated_at) AS used_at \
        FROM refresh_families f JOIN (SELECT client_id FROM refresh_families \
        WHERE subject = ? AND client_id <> ? AND client_id <> ? AND ended_at IS NULL AND idle_at > ? \
        GROUP BY client_id ORDER BY MAX(rotated_at) DESC, client_id LIMIT ?) c ON c.client_id = f.client_id \
        WHERE f.subject = ? AND f.ended_at IS NULL AND f.idle_at > ? \
        GROUP BY f.client_id, f.scope ORDER BY MAX(f.rotated_at) DESC, f.client_id, f.scope";
    /// Those that are idle as well: an access token of theirs may still be good.
    SESSIONS = "SELECT session_id, sign_in_method, proven_by FROM refresh_families \
        WHERE subject = ? AND client_id <> ? AND client_id <> ? AND ended_at IS NULL \
        GROUP BY session_id, sign_in_method, proven_by ORDER BY session_id";
}

/// What the clients of others have that live, of the `limit` clients that were used last.
pub(crate) async fn live(
    connection: &mut Connection,
    subject: MemberId,
    now: Timestamp,
    limit: u32,
) -> Result<Vec<ClientGrant>, DbError> {
    let (site, app) = (ClientId::own_site(), ClientId::own_app());
    let live = query(LIVE).bind(subject.to_string()).bind(site.as_str()).bind(app.as_str());
    let live = live.bind(now.millis()).bind(i64::from(limit)).bind(subject.to_string()).bind(now.millis());
    live.fetch_all(connection).await?.iter().map(read).collect()
}

/// What is known of how a session began of which a client of others has something.
pub(crate) struct Beginning {
    pub(crate) session: SessionId,
    method: Option<SignInMethod>,
    proven_by: Option<ProvenBy>,
}

impl Beginning {
    /// Whether it began by `method`, as far as is known.
    pub(crate) fn may_be_by(&self, method: SignInMethod) -> bool {
        match (self.method, self.proven_by) {
            (Some(own), _) => own == method,
            (None, Some(by)) => by.may_have_begun_by(method),
            (None, None) => true,
        }
    }
}

/// How the sessions began of which clients of others have something, in the order of their ids.
pub(crate) async fn sessions(
    connection: &mut Connection,
    subject: MemberId,
) -> Result<Vec<Beginning>, DbError> {
    let (site, app) = (ClientId::own_site(), ClientId::own_app());
    let list = query(SESSIONS).bind(subject.to_string()).bind(site.as_str()).bind(app.as_str());
    let read = |row: &AnyRow| {
        let session = SessionId::parse(&row.try_get::<String, _>("session_id")?);
        let proven_by: Option<String> = row.try_get("proven_by")?;
        let read_proof =
            |text: String| ProvenBy::parse(&text).ok_or_else(|| unreadable("refresh_families.proven_by"));
        let session = session.map_err(|_| unreadable("refresh_families.session_id"))?;
        let proven_by = proven_by.map(read_proof).transpose()?;
        Ok(Beginning { session, method: read_method(row)?, proven_by })
    };
    list.fetch_all(connection).await?.iter().map(read).collect()
}

fn read(row: &AnyRow) -> Result<ClientGrant, DbError> {
    let client_id: String = row.try_get("client_id")?;
    let scope: String = row.try_get("scope")?;
    Ok(ClientGrant {
        client_id: ClientId::parse(&client_id).ok_or_else(|| unreadable("refresh_families.client_id"))?,
        scope: Scope::parse(&scope).ok_or_else(|| unreadable("refresh_families.scope"))?,
        started_at: Timestamp::from_millis(row.try_get("started_at")?),
        used_at: Timestamp::from_millis(row.try_get("used_at")?),
    })
}

const fn unreadable(column: &'static str) -> DbError {
    DbError::Unreadable { column }
}

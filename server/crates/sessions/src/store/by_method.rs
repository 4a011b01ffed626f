//! The sessions of a member by the sign-in method that they began by, in the table `sessions`.

use db::{AnyRow, DbError, Row as _, Transaction, query};
use names::{MemberId, SessionId};

use crate::store::delete_by_id;

db::statements! {
    OF_METHOD = "SELECT id FROM sessions WHERE member_id = ? AND provider = ?";
    ALL = "SELECT id FROM sessions WHERE member_id = ?";
}

/// Ends a member's sessions that began by one sign-in method, but one that is `kept`, and returns which.
pub(crate) async fn delete_of_method(
    tx: &mut Transaction,
    member: MemberId,
    method: &str,
    kept: Option<SessionId>,
) -> Result<Vec<SessionId>, DbError> {
    let mut ended = Vec::new();
    // Again until there is none: one that was renewed while this waited for it has another id.
    loop {
        let rows =
            query(OF_METHOD).bind(member.to_string()).bind(method.to_owned()).fetch_all(&mut **tx).await?;
        let before = ended.len();
        for row in rows {
            let id = id(&row)?;
            if Some(id) != kept {
                delete_by_id(tx, id).await?;
                ended.push(id);
            }
        }
        if ended.len() == before {
            return Ok(ended);
        }
    }
}

/// All sessions of a member. One that has expired is among them until the cleaner deletes it: until then it says by what it began.
pub(crate) async fn all(tx: &mut Transaction, member: MemberId) -> Result<Vec<SessionId>, DbError> {
    query(ALL).bind(member.to_string()).fetch_all(&mut **tx).await?.iter().map(id).collect()
}

fn id(row: &AnyRow) -> Result<SessionId, DbError> {
    let unreadable = |_| DbError::Unreadable { column: "sessions.id" };
    SessionId::parse(&row.try_get::<String, _>("id")?).map_err(unreadable)
}

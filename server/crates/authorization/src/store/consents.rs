//! The table `consents`.

use std::time::Duration;

use db::{AnyRow, Connection, DbError, Row as _, Transaction, query};
use kernel::Timestamp;
use names::MemberId;
use tokens::{ClientId, Scope};

db::statements! {
    FIND = "SELECT client_id, scope, granted_at, used_at FROM consents \
        WHERE member_id = ? AND client_id = ? AND expires_at > ?";
    OF_MEMBER = "SELECT client_id, scope, granted_at, used_at FROM consents \
        WHERE member_id = ? AND expires_at > ? ORDER BY used_at DESC, client_id LIMIT ?";
    INSERT = "INSERT INTO consents (member_id, client_id, scope, granted_at, used_at, expires_at) \
        VALUES (?, ?, ?, ?, ?, ?)";
    WIDEN = "UPDATE consents SET scope = ?, used_at = ?, expires_at = ? \
        WHERE member_id = ? AND client_id = ? AND scope = ?";
    TOUCH = "UPDATE consents SET used_at = ?, expires_at = ? \
        WHERE member_id = ? AND client_id = ? AND expires_at > ?";
    DELETE = "DELETE FROM consents WHERE member_id = ? AND client_id = ?";
    DELETE_OF_MEMBER = "DELETE FROM consents WHERE member_id = ?";
    DELETE_OF_CLIENT = "DELETE FROM consents WHERE client_id = ?";
    DELETE_EXPIRED = "DELETE FROM consents WHERE member_id = ? AND client_id = ? AND expires_at <= ?";
}

/// How long a consent is remembered that is not used.
const UNUSED_RETENTION: Duration = Duration::from_hours(365 * 24);

/// A consent, as it is kept.
#[derive(Clone, Debug)]
pub(crate) struct Consent {
    pub(crate) client_id: ClientId,
    pub(crate) scope: Scope,
    pub(crate) granted_at: Timestamp,
    pub(crate) used_at: Timestamp,
}

/// A consent, as it is given or used.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Given<'a> {
    pub(crate) member: MemberId,
    pub(crate) client_id: &'a ClientId,
    pub(crate) scope: &'a Scope,
    pub(crate) now: Timestamp,
}

pub(crate) async fn find(
    connection: &mut Connection,
    member: MemberId,
    client_id: &ClientId,
    now: Timestamp,
) -> Result<Option<Consent>, DbError> {
    let find = query(FIND).bind(member.to_string()).bind(client_id.as_str()).bind(now.millis());
    find.fetch_optional(connection).await?.as_ref().map(read).transpose()
}

/// The consents of a member, the one used last first, at most `limit`.
pub(crate) async fn of_member(
    connection: &mut Connection,
    member: MemberId,
    now: Timestamp,
    limit: u32,
) -> Result<Vec<Consent>, DbError> {
    let list = query(OF_MEMBER).bind(member.to_string()).bind(now.millis()).bind(i64::from(limit));
    list.fetch_all(connection).await?.iter().map(read).collect()
}

/// Keeps a consent, or adds to the one that there is.
///
/// # Errors
/// [`DbError::Exists`] when the member agreed to another request of the client at the same time: try again.
pub(crate) async fn give(tx: &mut Transaction, given: &Given<'_>) -> Result<(), DbError> {
    let Given { member, client_id, scope, now } = *given;
    let (member_id, until) = (member.to_string(), now.plus(UNUSED_RETENTION));
    // One that is over may wait for the cleaner.
    let expired = query(DELETE_EXPIRED).bind(member_id.clone()).bind(client_id.as_str());
    expired.bind(now.millis()).execute(&mut **tx).await?;
    while let Some(before) = find(tx, member, client_id, now).await? {
        let widen = query(WIDEN)
            .bind(both(&before.scope, scope).as_str().to_owned())
            .bind(now.millis())
            .bind(until.millis())
            .bind(member_id.clone())
            .bind(client_id.as_str())
            .bind(before.scope.as_str().to_owned());
        if widen.execute(&mut **tx).await?.rows_affected() == 1 {
            return Ok(());
        }
    }
    let insert = query(INSERT).bind(member_id).bind(client_id.as_str()).bind(scope.as_str());
    insert.bind(now.millis()).bind(now.millis()).bind(until.millis()).execute(&mut **tx).await?;
    Ok(())
}

/// Notes that a consent is used; `false` when it was withdrawn.
pub(crate) async fn touch(tx: &mut Transaction, given: &Given<'_>) -> Result<bool, DbError> {
    let Given { member, client_id, now, .. } = *given;
    let touch = query(TOUCH).bind(now.millis()).bind(now.plus(UNUSED_RETENTION).millis());
    let touch = touch.bind(member.to_string()).bind(client_id.as_str()).bind(now.millis());
    Ok(touch.execute(&mut **tx).await?.rows_affected() == 1)
}

/// Withdraws a consent; `false` when there is none.
pub(crate) async fn delete(
    tx: &mut Transaction,
    member: MemberId,
    client_id: &ClientId,
) -> Result<bool, DbError> {
    let delete = query(DELETE).bind(member.to_string()).bind(client_id.as_str());
    Ok(delete.execute(&mut **tx).await?.rows_affected() == 1)
}

/// Withdraws all that a member agreed to.
pub(crate) async fn delete_of_member(tx: &mut Transaction, member: MemberId) -> Result<(), DbError> {
    query(DELETE_OF_MEMBER).bind(member.to_string()).execute(&mut **tx).await?;
    Ok(())
}

/// Withdraws what all members agreed to for a client.
pub(crate) async fn delete_of_client(tx: &mut Transaction, client_id: &ClientId) -> Result<u64, DbError> {
    Ok(query(DELETE_OF_CLIENT).bind(client_id.as_str()).execute(&mut **tx).await?.rows_affected())
}

/// What was agreed to before and now. It is longer than a scope may be only where a client has had other scopes since; then what
/// was asked for now comes first, and the person is asked again for what there is no room for.
fn both(before: &Scope, now: &Scope) -> Scope {
    let all = before.joined(now);
    if Scope::parse(all.as_str()).is_some() { all } else { now.filled_up_with(before) }
}

fn read(row: &AnyRow) -> Result<Consent, DbError> {
    let unreadable = |column| DbError::Unreadable { column };
    let client_id: String = row.try_get("client_id")?;
    let scope: String = row.try_get("scope")?;
    Ok(Consent {
        client_id: ClientId::parse(&client_id).ok_or_else(|| unreadable("consents.client_id"))?,
        scope: Scope::parse(&scope).ok_or_else(|| unreadable("consents.scope"))?,
        granted_at: Timestamp::from_millis(row.try_get("granted_at")?),
        used_at: Timestamp::from_millis(row.try_get("used_at")?),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn s_as_14_what_was_agreed_to_before_stays_as_far_as_there_is_room() {
        let scope = |text: &str| Scope::parse(text).unwrap();
        let both = |before: &str, now: &str| both(&scope(before), &scope(now)).as_str().to_owned();
        assert_eq!(both("openid read", "read write"), "openid read write");
        assert_eq!(both("", "read"), "read");
        assert_eq!(both("openid", ""), "openid");
        let words =
            |from: usize, to: usize| (from..to).map(|n| format!("word:{n:04}")).collect::<Vec<_>>().join(" ");
        assert_eq!(
            both(&words(0, 90), &words(10, 100)),
            words(0, 100),
            "together they are no longer than a scope"
        );
        let most = both(&words(0, 90), &words(60, 120));
        assert_eq!(most, format!("{} {}", words(60, 120), words(0, 40)), "what is asked for now comes first");
    }
}

//! The table `member_roles`.

use db::{AnyRow, Connection, DbError, Row as _, Transaction, query};
use kernel::Timestamp;
use names::{MemberId, Role};

db::statements! {
    INSERT = "INSERT INTO member_roles (member_id, role, given_at) VALUES (?, ?, ?)";
    DELETE = "DELETE FROM member_roles WHERE member_id = ? AND role = ?";
    COUNT = "SELECT COUNT(*) FROM member_roles WHERE member_id = ?";
    HAS = "SELECT 1 AS has FROM member_roles WHERE member_id = ? AND role = ?";
    /// Changes nothing, and holds all who have the role until the commit: of two who take it from the last two, one waits for the other.
    HOLD = "UPDATE member_roles SET given_at = given_at WHERE role = ?";
    OTHERS = "SELECT 1 AS other FROM member_roles r JOIN members m ON m.id = r.member_id \
        WHERE r.role = ? AND r.member_id <> ? AND m.status = 'active' LIMIT 1";
    HOLDERS = "SELECT r.member_id, r.role, r.given_at, m.nickname, m.status FROM member_roles r \
        JOIN members m ON m.id = r.member_id WHERE r.role = ? AND r.member_id > ? ORDER BY r.member_id LIMIT ?";
    ACTIVE = "SELECT COUNT(*) FROM (SELECT r.member_id FROM member_roles r JOIN members m ON m.id = r.member_id \
        WHERE r.role = ? AND m.status = 'active' LIMIT ?) counted";
    OF_MEMBER = "SELECT r.member_id, r.role, r.given_at, m.nickname, m.status FROM member_roles r \
        JOIN members m ON m.id = r.member_id WHERE r.member_id = ? ORDER BY r.role";
}

/// A role that a member has.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GivenRole {
    /// The member who has the role.
    pub member: MemberId,
    /// The role beyond `ROLE_USER`.
    pub role: Role,
    /// Since when.
    pub given_at: Timestamp,
    /// What others see of them.
    pub nickname: String,
    /// Whether the account is active, as the table says it.
    pub status: String,
}

/// Whether a member has a role.
pub(crate) async fn has(connection: &mut Connection, member: MemberId, role: &Role) -> Result<bool, DbError> {
    let find = query(HAS).bind(member.to_string()).bind(role.as_str());
    Ok(find.fetch_optional(connection).await?.is_some())
}

/// How many roles a member has.
pub(crate) async fn count(connection: &mut Connection, member: MemberId) -> Result<i64, DbError> {
    Ok(query(COUNT).bind(member.to_string()).fetch_one(connection).await?.try_get(0)?)
}

/// Gives a role to a member who is held and does not have it.
pub(crate) async fn insert(
    tx: &mut Transaction,
    member: MemberId,
    role: &Role,
    now: Timestamp,
) -> Result<(), DbError> {
    let insert = query(INSERT).bind(member.to_string()).bind(role.as_str()).bind(now.millis());
    insert.execute(&mut **tx).await?;
    Ok(())
}

/// Removes a role; `false` when the member did not have it.
pub(crate) async fn delete(tx: &mut Transaction, member: MemberId, role: &Role) -> Result<bool, DbError> {
    let delete = query(DELETE).bind(member.to_string()).bind(role.as_str());
    Ok(delete.execute(&mut **tx).await?.rows_affected() == 1)
}

/// Whether another member has the role who may sign in. All who have it are held until the commit, so that it stays true.
pub(crate) async fn another_has(
    tx: &mut Transaction,
    member: MemberId,
    role: &Role,
) -> Result<bool, DbError> {
    query(HOLD).bind(role.as_str()).execute(&mut **tx).await?;
    let find = query(OTHERS).bind(role.as_str()).bind(member.to_string());
    Ok(find.fetch_optional(&mut **tx).await?.is_some())
}

/// Those who have a role, in the order of their ids: at most `limit`, from the first after `after` on.
pub(crate) async fn holders(
    connection: &mut Connection,
    role: &Role,
    after: Option<MemberId>,
    limit: u32,
) -> Result<Vec<GivenRole>, DbError> {
    let after = after.map_or_else(String::new, |member| member.to_string());
    let rows = query(HOLDERS).bind(role.as_str()).bind(after).bind(i64::from(limit));
    readable(&rows.fetch_all(connection).await?)
}

/// How many have a role who may sign in, counted up to `most`.
///
/// # Errors
/// When the database refuses.
pub async fn active_holders(connection: &mut Connection, role: &Role, most: u32) -> Result<i64, DbError> {
    let count = query(ACTIVE).bind(role.as_str()).bind(i64::from(most));
    Ok(count.fetch_one(connection).await?.try_get(0)?)
}

/// The roles of a member.
pub(crate) async fn of_member(
    connection: &mut Connection,
    member: MemberId,
) -> Result<Vec<GivenRole>, DbError> {
    readable(&query(OF_MEMBER).bind(member.to_string()).fetch_all(connection).await?)
}

/// Those that can be read. A role of a newer version gives no right, and keeps nobody from their own data.
fn readable(rows: &[AnyRow]) -> Result<Vec<GivenRole>, DbError> {
    rows.iter().filter_map(|row| read(row).transpose()).collect()
}

fn read(row: &AnyRow) -> Result<Option<GivenRole>, DbError> {
    let (member, role): (String, String) = (row.try_get("member_id")?, row.try_get("role")?);
    let Ok(role) = Role::parse(&role) else { return Ok(None) };
    let unreadable = DbError::Unreadable { column: "member_roles.member_id" };
    Ok(Some(GivenRole {
        member: MemberId::parse(&member).map_err(|_| unreadable)?,
        role,
        given_at: Timestamp::from_millis(row.try_get("given_at")?),
        nickname: row.try_get("nickname")?,
        status: row.try_get("status")?,
    }))
}

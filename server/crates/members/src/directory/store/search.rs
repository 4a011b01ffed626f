//! Members as operators find them. Each statement follows an index from one place, and looks at no more rows than it answers.

use db::{AnyRow, Connection, DbError, Row as _, query};
use kernel::Timestamp;
use names::{EmailAddress, MemberId, ProviderName, Role};

use crate::directory::listed::ListedMember;
use crate::model::member::MemberStatus;
use crate::model::store::members::read_roles;

/// How many members one statement looks up.
const AT_ONCE: usize = 24;

db::statements! {
    OLDER = "SELECT id FROM members WHERE id < ? ORDER BY id DESC LIMIT ?";
    SAME_NICKNAME = "SELECT id FROM members WHERE nickname = ? AND id > ? ORDER BY id LIMIT ?";
    LATER_NICKNAME = "SELECT id FROM members WHERE nickname > ? AND nickname < ? ORDER BY nickname, id LIMIT ?";
    FROM_NICKNAME = "SELECT id FROM members WHERE nickname >= ? AND nickname < ? ORDER BY nickname, id LIMIT ?";
    NICKNAME = "SELECT nickname FROM members WHERE id = ?";
    WITH_ADDRESS = "SELECT id FROM members WHERE email = ? AND id > ? \
        UNION SELECT member_id FROM local_accounts WHERE email = ? AND member_id > ? \
        UNION SELECT member_id FROM identities WHERE email = ? AND member_id > ? ORDER BY id LIMIT ?";
    WITH_SUBJECT = "SELECT member_id AS id FROM identities WHERE provider = ? AND subject = ?";
    WITH_ROLE = "SELECT member_id AS id FROM member_roles WHERE role = ? AND member_id > ? ORDER BY member_id LIMIT ?";
    /// Of up to 24 members; one with too many places gets the same id in the rest.
    LISTED = "SELECT m.id, m.nickname, m.email, m.status, m.created_at, m.delete_at, \
        (SELECT CAST(GROUP_CONCAT(r.role) AS CHAR) FROM member_roles r WHERE r.member_id = m.id) AS roles FROM members m \
        WHERE m.id IN (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)";
}

/// The newest members from the one before `before` on.
pub(crate) async fn older(
    connection: &mut Connection,
    before: Option<MemberId>,
    limit: u32,
) -> Result<Vec<MemberId>, DbError> {
    // Above every id.
    let before = before.map_or_else(|| "g".to_owned(), |member| member.to_string());
    let rows = query(OLDER).bind(before).bind(i64::from(limit)).fetch_all(connection).await?;
    ids(&rows)
}

/// Those whose nickname begins with `prefix`, in the order of nicknames, from the first after `after` on.
pub(crate) async fn with_nickname(
    connection: &mut Connection,
    prefix: &str,
    after: Option<MemberId>,
    limit: u32,
) -> Result<Vec<MemberId>, DbError> {
    // Above every nickname that begins so: databases compare bytes, and nothing is above this character.
    let end = format!("{prefix}\u{10ffff}");
    let Some(after) = after else {
        let rows = query(FROM_NICKNAME).bind(prefix.to_owned()).bind(end).bind(i64::from(limit));
        return ids(&rows.fetch_all(connection).await?);
    };
    let found = query(NICKNAME).bind(after.to_string()).fetch_optional(&mut *connection).await?;
    let Some(row) = found else { return Ok(Vec::new()) };
    let nickname: String = row.try_get("nickname")?;
    if !nickname.starts_with(prefix) {
        return Ok(Vec::new());
    }
    let same = query(SAME_NICKNAME).bind(nickname.clone()).bind(after.to_string()).bind(i64::from(limit));
    let mut found = ids(&same.fetch_all(&mut *connection).await?)?;
    let left = limit.saturating_sub(u32::try_from(found.len()).unwrap_or(u32::MAX));
    if left > 0 {
        let later = query(LATER_NICKNAME).bind(nickname).bind(end).bind(i64::from(left));
        found.extend(ids(&later.fetch_all(connection).await?)?);
    }
    Ok(found)
}

/// Those with this address: proven, said by a provider, or for contact; in the order of their ids.
pub(crate) async fn with_address(
    connection: &mut Connection,
    address: &EmailAddress,
    after: Option<MemberId>,
    limit: u32,
) -> Result<Vec<MemberId>, DbError> {
    let after = after.map_or_else(String::new, |member| member.to_string());
    let bound = (0..3).fold(query(WITH_ADDRESS), |all, _| all.bind(address.as_str()).bind(after.as_str()));
    ids(&bound.bind(i64::from(limit)).fetch_all(connection).await?)
}

/// Who somebody at a provider is here.
pub(crate) async fn with_subject(
    connection: &mut Connection,
    provider: ProviderName,
    subject: &str,
) -> Result<Vec<MemberId>, DbError> {
    let rows = query(WITH_SUBJECT).bind(provider.as_str()).bind(subject).fetch_all(connection).await?;
    ids(&rows)
}

/// Those with a role, in the order of their ids.
pub(crate) async fn with_role(
    connection: &mut Connection,
    role: &Role,
    after: Option<MemberId>,
    limit: u32,
) -> Result<Vec<MemberId>, DbError> {
    let after = after.map_or_else(String::new, |member| member.to_string());
    let rows = query(WITH_ROLE).bind(role.as_str()).bind(after).bind(i64::from(limit));
    ids(&rows.fetch_all(connection).await?)
}

/// What there is to list of these members, in their order. Those who were erased meanwhile are left out.
pub(crate) async fn listed(
    connection: &mut Connection,
    members: &[MemberId],
) -> Result<Vec<ListedMember>, DbError> {
    let mut found = Vec::with_capacity(members.len());
    for some in members.chunks(AT_ONCE) {
        let padding = std::iter::repeat_n(some.first(), AT_ONCE - some.len()).flatten();
        let statement = some.iter().chain(padding).fold(query(LISTED), |all, id| all.bind(id.to_string()));
        let rows = statement.fetch_all(&mut *connection).await?;
        found.extend(rows.iter().map(read).collect::<Result<Vec<_>, _>>()?);
    }
    let place = |id: MemberId| members.iter().position(|member| *member == id);
    found.sort_by_key(|listed| place(listed.id));
    Ok(found)
}

fn ids(rows: &[AnyRow]) -> Result<Vec<MemberId>, DbError> {
    rows.iter().map(id).collect()
}

fn id(row: &AnyRow) -> Result<MemberId, DbError> {
    MemberId::parse(&row.try_get::<String, _>("id")?)
        .map_err(|_| DbError::Unreadable { column: "members.id" })
}

fn read(row: &AnyRow) -> Result<ListedMember, DbError> {
    let status: String = row.try_get("status")?;
    Ok(ListedMember {
        id: id(row)?,
        nickname: row.try_get("nickname")?,
        email: row.try_get("email")?,
        status: MemberStatus::parse(&status).ok_or(DbError::Unreadable { column: "members.status" })?,
        joined_at: Timestamp::from_millis(row.try_get("created_at")?),
        delete_at: row.try_get::<Option<i64>, _>("delete_at")?.map(Timestamp::from_millis),
        roles: read_roles(row)?,
    })
}

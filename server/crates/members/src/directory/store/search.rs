//! Members as operators find them. Each statement follows an index from one place, and looks at no more rows than it answers.

use db::{AnyRow, Connection, DbError, Row as _, query};
use kernel::Timestamp;
use names::{EmailAddress, MemberId, ProviderName, Role};

use crate::directory::listed::ListedMember;
use crate::model::member::MemberStatus;
use crate::model::store::members::read_roles;

/// How many members one statement looks up.
const STATEMENT_MEMBERS: usize = 24;

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
    /// Ids are in the order in which they were made. As far as somebody wants to count.
    JOINED_SINCE = "SELECT COUNT(*) AS number FROM (SELECT id FROM members WHERE id >= ? LIMIT ?) AS counted";
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

/// How many became members since a moment, counted up to `most`.
pub(crate) async fn joined_since(
    connection: &mut Connection,
    since: Timestamp,
    most: u32,
) -> Result<u32, DbError> {
    // The first 48 bits of an id are the moment at which it was made.
    let millis = format!("{:012x}", since.millis().max(0));
    let first = format!("{}-{}", &millis[..8], &millis[8..]);
    let row = query(JOINED_SINCE).bind(first).bind(i64::from(most)).fetch_one(connection).await?;
    Ok(u32::try_from(row.try_get::<i64, _>("number")?).unwrap_or(u32::MAX))
}

/// What there is to list of these members, in their order. Those who were erased meanwhile are left out.
pub(crate) async fn listed(
    connection: &mut Connection,
    members: &[MemberId],
) -> Result<Vec<ListedMember>, DbError> {
    let mut found = Vec::with_capacity(members.len());
    for some in members.chunks(STATEMENT_MEMBERS) {
        let padding = std::iter::repeat_n(some.first(), STATEMENT_MEMBERS - some.len()).flatten();
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

#[cfg(test)]
mod tests {
    use db::query;
    use testkit::TestDatabase;

    use super::*;

    const MEMBER: &str = "INSERT INTO members (id, nickname, greeting, email, status, created_at, updated_at) \
        VALUES (?, ?, '', ?, 'active', 1, 1)";
    const IDENTITY: &str = "INSERT INTO identities (id, member_id, provider, subject, email, email_verified, created_at, \
        last_sign_in_at) VALUES (?, ?, 'google', ?, ?, 0, 1, 1)";

    /// With rather many members: a database looks at all rows of a small table.
    async fn fill(database: &TestDatabase) {
        let mut tx = database.begin().await.unwrap();
        for number in 0..1500 {
            let id = format!("01912f3a-0000-7000-8000-{number:012}");
            let address = format!("a{number}@example.com");
            let member = query(MEMBER).bind(id.clone()).bind(format!("이름{number}")).bind(address.clone());
            member.execute(&mut *tx).await.unwrap();
            let identity = query(IDENTITY).bind(id.replace("01912f3a", "01912f3b")).bind(id.clone());
            identity.bind(format!("s{number}")).bind(address).execute(&mut *tx).await.unwrap();
            if number % 10 == 0 {
                let role = query("INSERT INTO member_roles (member_id, role, given_at) VALUES (?, ?, 1)");
                let role = role.bind(id).bind(if number == 0 { "ROLE_ADMIN" } else { "ROLE_SUPPORT" });
                role.execute(&mut *tx).await.unwrap();
            }
        }
        tx.commit().await.unwrap();
        database.analyse(&["members", "identities", "member_roles"]).await;
    }

    #[tokio::test]
    async fn each_way_to_find_members_follows_an_index() {
        for database in TestDatabase::both().await {
            fill(&database).await;
            let id = "01912f3a-0000-7000-8000-000000000700";
            let address = "a700@example.com";
            let ids = [id; STATEMENT_MEMBERS];
            for (statement, values) in [
                (OLDER, &[id, "31"][..]),
                (SAME_NICKNAME, &["이름700", id, "31"]),
                (LATER_NICKNAME, &["이름700", "이름700\u{10ffff}", "31"]),
                (FROM_NICKNAME, &["이름700", "이름700\u{10ffff}", "31"]),
                (NICKNAME, &[id]),
                (WITH_ADDRESS, &[address, id, address, id, address, id, "31"]),
                (WITH_SUBJECT, &["google", "s700"]),
                (WITH_ROLE, &["ROLE_ADMIN", "", "31"]),
                (LISTED, &ids),
            ] {
                let plan = database.plan(statement, values).await;
                // What three indexes found is put together and in order; it is no more than somebody's few accounts.
                let plan = if statement == WITH_ADDRESS {
                    plan.replace("USE TEMP B-TREE FOR ORDER BY", "").replacen("\"ALL\"", "", 1).replacen(
                        "\"access_type\": \"table\"",
                        "",
                        1,
                    )
                } else {
                    plan
                };
                assert!(!TestDatabase::reads_all(&plan), "{statement}:\n{plan}");
            }
            // What is counted is looked up; the count itself goes over what was found.
            let plan = database.plan(JOINED_SINCE, &["01912f3a-0000-7000-8000-000000001400", "100"]).await;
            assert!(plan.contains("SEARCH members") || plan.contains("PRIMARY"), "{plan}");
            database.close().await;
        }
    }
}

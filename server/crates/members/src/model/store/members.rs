//! The table `members`.

use db::{
    AnyRow, Connection, Database, DbError, Dialect, Row as _, Select, StaleReader, Statement, Transaction,
    query,
};
use kernel::NewId as _;
use kernel::{Clock, Randomness, Timestamp};
use names::{EmailAddress, MemberId, ProviderName, Role};
use providers::{ProviderIdentity, Subject};
use tokens::{Families, FoundFamily, RefreshToken, TokensError};

use crate::model::member::{DEFAULT_GREETING, Member, MemberStatus};
use crate::model::profile::Nickname;

/// The text of a statement that reads the member with an id, for [`read_member`]: the id is given in SQL, as a
/// subquery may be.
#[macro_export]
macro_rules! find_member {
    ($($id:tt)+) => {
        concat!(
            "SELECT m.id, m.nickname, m.greeting, m.picture_url, m.email, m.status, p.content_hash, \
            (SELECT CAST(GROUP_CONCAT(r.role) AS CHAR) FROM member_roles r WHERE r.member_id = m.id) AS roles \
            FROM members m LEFT JOIN member_pictures p ON p.member_id = m.id WHERE m.id = ",
            $($id)+
        )
    };
}

db::statements! {
    FIND = find_member!("?");
    FIND_OF_REFRESH_TOKEN = find_member!(tokens::subject_of_refresh_token!());
    /// Of up to 24 members; one with too many places gets the same id in the rest.
    FIND_ACTIVE = "SELECT m.id, m.nickname, m.greeting, m.picture_url, m.email, m.status, p.content_hash, \
        (SELECT CAST(GROUP_CONCAT(r.role) AS CHAR) FROM member_roles r WHERE r.member_id = m.id) AS roles \
        FROM members m LEFT JOIN member_pictures p ON p.member_id = m.id \
        WHERE m.id IN (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) AND m.status = 'active'";
    STATUS_OF_IDENTITY = "SELECT m.status FROM identities i JOIN members m ON m.id = i.member_id \
        WHERE i.provider = ? AND i.subject = ?";
    INSERT_MEMBER = "INSERT INTO members \
        (id, nickname, greeting, picture_url, email, status, created_at, updated_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?)";
    /// Changes nothing, and holds the row until the commit if the member may sign in.
    HOLD = "UPDATE members SET updated_at = updated_at WHERE id = ? AND status = 'active'";
    SET_STATUS = "UPDATE members SET status = ?, updated_at = ? WHERE id = ? AND status = ?";
    SET_EMAIL = "UPDATE members SET email = ?, updated_at = ? WHERE id = ?";
    SET_PROFILE = "UPDATE members SET nickname = ?, greeting = ?, updated_at = ? WHERE id = ?";
    /// Changes nothing, and holds the row until the commit whatever the member may.
    HOLD_ANY = "UPDATE members SET updated_at = updated_at WHERE id = ?";
    EXISTS = "SELECT 1 AS found FROM members WHERE id = ?";
    JOINED_AT = "SELECT created_at FROM members WHERE id = ?";
    /// Whose an address is by proof: ours, or a provider's word. What somebody merely says of themselves does not count.
    WITH_PROVEN_ADDRESS = "SELECT member_id FROM local_accounts WHERE email = ? \
        UNION SELECT member_id FROM identities WHERE email = ? AND email_verified = 1 ORDER BY member_id LIMIT ?";
    HAS_PROVEN = "SELECT COUNT(*) AS known FROM identities WHERE member_id = ? AND email = ? AND email_verified = 1";
}

/// The member with this id; `None` when there is none.
pub async fn find(connection: &mut Connection, id: MemberId) -> Result<Option<Member>, DbError> {
    let row = query(FIND).bind(id.to_string()).fetch_optional(connection).await?;
    row.as_ref().map(read).transpose()
}

/// [`find`] where nothing else is read by the same connection.
///
/// # Errors
/// When the database refuses.
pub async fn look_up(db: &Database, id: MemberId) -> Result<Option<Member>, DbError> {
    read_member(db.find(query(FIND).bind(id.to_string())).await?.as_ref())
}

/// The family of a refresh token, and its member, who may be gone since, read on one way to the database.
///
/// # Errors
/// When the database refuses.
pub async fn look_up_family(
    families: &Families,
    token: &RefreshToken,
) -> Result<Option<(FoundFamily, Option<Member>)>, TokensError> {
    let Some((family, member)) = families.look(token, FIND_OF_REFRESH_TOKEN).await? else { return Ok(None) };
    Ok(Some((family, read_member(member.as_ref())?)))
}

/// Those of these members who are active, in no order.
///
/// # Errors
/// When the database refuses.
pub async fn find_active(connection: &mut Connection, ids: &[MemberId]) -> Result<Vec<Member>, DbError> {
    const STATEMENT_MEMBERS: usize = 24;
    let mut found = Vec::with_capacity(ids.len());
    for some in ids.chunks(STATEMENT_MEMBERS) {
        let padding = std::iter::repeat_n(some.first(), STATEMENT_MEMBERS - some.len()).flatten();
        let statement =
            some.iter().chain(padding).fold(query(FIND_ACTIVE), |all, id| all.bind(id.to_string()));
        let rows = statement.fetch_all(&mut *connection).await?;
        found.extend(rows.iter().map(read).collect::<Result<Vec<_>, _>>()?);
    }
    Ok(found)
}

/// Whether there is a member with this id, whatever they may.
///
/// # Errors
/// When the database refuses.
pub async fn exists(connection: &mut Connection, id: MemberId) -> Result<bool, DbError> {
    Ok(query(EXISTS).bind(id.to_string()).fetch_optional(connection).await?.is_some())
}

const FIND_STALE: Select = Select::new(FIND);

/// The member with this id as they were a moment ago, to be shown and not to decide by.
pub(crate) async fn find_stale(reader: &mut StaleReader, id: MemberId) -> Result<Option<Member>, DbError> {
    let row = reader.select(FIND_STALE).bind(id.to_string()).fetch_optional().await?;
    row.as_ref().map(read).transpose()
}

/// Makes the member of a first sign-in by a provider, without that sign-in method.
pub(crate) async fn insert(
    tx: &mut Transaction,
    identity: &ProviderIdentity,
    clock: &dyn Clock,
    randomness: &dyn Randomness,
) -> Result<Member, DbError> {
    let member = Member {
        id: MemberId::new(clock, randomness),
        nickname: Nickname::repaired(identity.nickname.as_deref().unwrap_or_default(), randomness)
            .into_text(),
        greeting: DEFAULT_GREETING.to_owned(),
        picture: identity.picture.as_ref().map(ToString::to_string),
        own_picture: None,
        email: address(identity),
        status: MemberStatus::Active,
        given_roles: Vec::new(),
    };
    insert_member(tx, &member, clock.now()).await?;
    Ok(member)
}

/// Makes a member who signs in by a passkey, without that sign-in method: they have no address.
pub(crate) async fn insert_without_address(
    tx: &mut Transaction,
    id: MemberId,
    nickname: &str,
    now: Timestamp,
) -> Result<Member, DbError> {
    let member = Member {
        id,
        nickname: nickname.to_owned(),
        greeting: DEFAULT_GREETING.to_owned(),
        picture: None,
        own_picture: None,
        email: None,
        status: MemberStatus::Active,
        given_roles: Vec::new(),
    };
    insert_member(tx, &member, now).await?;
    Ok(member)
}

/// Makes a member who signs in by password, without that sign-in method.
pub(crate) async fn insert_local(
    tx: &mut Transaction,
    nickname: &str,
    email: &EmailAddress,
    clock: &dyn Clock,
    randomness: &dyn Randomness,
) -> Result<Member, DbError> {
    let member = Member {
        id: MemberId::new(clock, randomness),
        nickname: nickname.to_owned(),
        greeting: DEFAULT_GREETING.to_owned(),
        picture: None,
        own_picture: None,
        email: Some(email.as_str().to_owned()),
        status: MemberStatus::Active,
        given_roles: Vec::new(),
    };
    insert_member(tx, &member, clock.now()).await?;
    Ok(member)
}

async fn insert_member(tx: &mut Transaction, member: &Member, now: Timestamp) -> Result<(), DbError> {
    query(INSERT_MEMBER)
        .bind(member.id.to_string())
        .bind(member.nickname.clone())
        .bind(member.greeting.clone())
        .bind(member.picture.clone())
        .bind(member.email.clone())
        .bind(member.status.as_str())
        .bind(now.millis())
        .bind(now.millis())
        .execute(&mut **tx)
        .await?;
    Ok(())
}

/// Holds the member's row until the commit; `false` when they may not sign in.
///
/// # Errors
/// When the database refuses.
pub async fn hold(tx: &mut Transaction, id: MemberId) -> Result<bool, DbError> {
    Ok(query(HOLD).bind(id.to_string()).execute(&mut **tx).await?.rows_affected() == 1)
}

/// Pictures and roles are not held: they are read as they are when the row is.
macro_rules! find_to_sign_in {
    () => {
        "SELECT m.id, m.nickname, m.greeting, m.picture_url, m.email, m.status, \
            (SELECT p.content_hash FROM member_pictures p WHERE p.member_id = m.id) AS content_hash, \
            (SELECT CAST(GROUP_CONCAT(r.role) AS CHAR) FROM member_roles r WHERE r.member_id = m.id) AS roles \
            FROM members m WHERE m.id = ? AND m.status = 'active'"
    };
}

/// In a transaction that writes, which has all of the database to itself, to read a row is to hold it.
const HOLD_AND_FIND_SQLITE: &str = find_to_sign_in!();
const HOLD_AND_FIND_MYSQL: &str = concat!(find_to_sign_in!(), " FOR UPDATE");

/// [`HOLD`] and [`FIND`] in one, which saves a round trip; MySQL locks while it reads.
pub(crate) const fn hold_and_find_statement(dialect: Dialect) -> &'static str {
    match dialect {
        Dialect::Sqlite => HOLD_AND_FIND_SQLITE,
        Dialect::Mysql => HOLD_AND_FIND_MYSQL,
    }
}

/// Holds the member's row until the commit, and reads it; none when they may not sign in.
pub fn holding(dialect: Dialect, id: MemberId) -> Statement<'static> {
    query(hold_and_find_statement(dialect)).bind(id.to_string())
}

/// The same at once.
pub(crate) async fn hold_and_find(tx: &mut Transaction, id: MemberId) -> Result<Option<Member>, DbError> {
    let held = holding(tx.dialect(), id).fetch_optional(&mut **tx).await?;
    read_member(held.as_ref())
}

/// What [`holding`] read.
///
/// # Errors
/// When it is not what we write.
pub fn read_held(rows: &[AnyRow]) -> Result<Option<Member>, DbError> {
    read_member(rows.first())
}

/// What a statement of [`find_member!`](crate::find_member) read.
///
/// # Errors
/// When it is not what we write.
pub fn read_member(row: Option<&AnyRow>) -> Result<Option<Member>, DbError> {
    row.map(read).transpose()
}

/// Reads whether the member whose identity it is may sign in.
pub(crate) fn finding_status(provider: ProviderName, subject: &Subject) -> Statement<'static> {
    query(STATUS_OF_IDENTITY).bind(provider.as_str()).bind(subject.as_str().to_owned())
}

/// What [`finding_status`] read; `None` when it is nobody's.
pub(crate) fn read_status(rows: &[AnyRow]) -> Result<Option<MemberStatus>, DbError> {
    rows.first().map(status).transpose()
}

fn status(row: &AnyRow) -> Result<MemberStatus, DbError> {
    let status: String = row.try_get("status")?;
    MemberStatus::parse(&status).ok_or(DbError::Unreadable { column: "members.status" })
}

/// Holds the member's row until the commit, whether they may sign in or not; `false` when there is no such member.
pub(crate) async fn hold_any(tx: &mut Transaction, id: MemberId) -> Result<bool, DbError> {
    Ok(query(HOLD_ANY).bind(id.to_string()).execute(&mut **tx).await?.rows_affected() == 1)
}

/// Changes whether a member may sign in; `false` when they are not in the state `from`.
pub(crate) async fn set_status(
    tx: &mut Transaction,
    id: MemberId,
    from: MemberStatus,
    to: MemberStatus,
    now: Timestamp,
) -> Result<bool, DbError> {
    let set = query(SET_STATUS).bind(to.as_str()).bind(now.millis()).bind(id.to_string()).bind(from.as_str());
    Ok(set.execute(&mut **tx).await?.rows_affected() == 1)
}

/// Changes the contact address, or takes it away.
pub(crate) async fn set_email(
    tx: &mut Transaction,
    id: MemberId,
    email: Option<&EmailAddress>,
    now: Timestamp,
) -> Result<(), DbError> {
    let email = email.map(|email| email.as_str().to_owned());
    query(SET_EMAIL).bind(email).bind(now.millis()).bind(id.to_string()).execute(&mut **tx).await?;
    Ok(())
}

/// Changes what a member shows of themselves in words.
pub(crate) async fn set_profile(
    tx: &mut Transaction,
    id: MemberId,
    nickname: &str,
    greeting: &str,
    now: Timestamp,
) -> Result<(), DbError> {
    query(SET_PROFILE)
        .bind(nickname)
        .bind(greeting)
        .bind(now.millis())
        .bind(id.to_string())
        .execute(&mut **tx)
        .await?;
    Ok(())
}

/// When the member came to be.
pub(crate) async fn joined_at(
    connection: &mut Connection,
    id: MemberId,
) -> Result<Option<Timestamp>, DbError> {
    let row = query(JOINED_AT).bind(id.to_string()).fetch_optional(connection).await?;
    row.map(|row| Ok(Timestamp::from_millis(row.try_get("created_at")?))).transpose()
}

/// Those who have proven that this address is theirs, in the order of their ids, at most `limit`. There is more than one where providers
/// vouch for it to several accounts.
///
/// # Errors
/// When the database refuses.
pub async fn with_proven_address(
    connection: &mut Connection,
    email: &EmailAddress,
    limit: u32,
) -> Result<Vec<MemberId>, DbError> {
    let find = query(WITH_PROVEN_ADDRESS).bind(email.as_str()).bind(email.as_str()).bind(i64::from(limit));
    let read = |row: &AnyRow| {
        MemberId::parse(&row.try_get::<String, _>("member_id")?)
            .map_err(|_| DbError::Unreadable { column: "member_id" })
    };
    find.fetch_all(connection).await?.iter().map(read).collect()
}

/// Whether a provider with which the member signs in vouches for this address.
pub(crate) async fn has_proven(
    connection: &mut Connection,
    id: MemberId,
    email: &EmailAddress,
) -> Result<bool, DbError> {
    let row = query(HAS_PROVEN).bind(id.to_string()).bind(email.as_str()).fetch_one(connection).await?;
    Ok(row.try_get::<i64, _>("known")? > 0)
}

/// The address that a provider gives.
pub(crate) fn address(identity: &ProviderIdentity) -> Option<String> {
    identity.email.as_ref().map(|email| email.as_str().to_owned())
}

fn read(row: &AnyRow) -> Result<Member, DbError> {
    let id: String = row.try_get("id")?;
    Ok(Member {
        id: MemberId::parse(&id).map_err(|_| DbError::Unreadable { column: "members.id" })?,
        nickname: row.try_get("nickname")?,
        greeting: row.try_get("greeting")?,
        picture: row.try_get("picture_url")?,
        own_picture: row.try_get("content_hash")?,
        email: row.try_get("email")?,
        status: status(row)?,
        given_roles: read_roles(row)?,
    })
}

/// The roles of a row, put in order here: databases concatenate them as they come. One that cannot be read (a newer version may have
/// written it) gives no right, and does not keep its member from anything else.
pub(crate) fn read_roles(row: &AnyRow) -> Result<Vec<Role>, DbError> {
    let Some(names) = row.try_get::<Option<String>, _>("roles")? else { return Ok(Vec::new()) };
    let mut roles: Vec<_> = names.split(',').filter_map(|name| Role::parse(name).ok()).collect();
    roles.sort_unstable();
    Ok(roles)
}

#[cfg(test)]
mod tests {
    use super::*;
    use testkit::TestDatabase;

    #[tokio::test]
    async fn a_member_is_found_by_their_id_an_identity_or_a_token_without_reading_a_table() {
        for database in TestDatabase::both().await {
            for (statement, values) in
                [(FIND, &["x"][..]), (FIND_OF_REFRESH_TOKEN, &["x"]), (STATUS_OF_IDENTITY, &["google", "x"])]
            {
                let plan = database.plan(statement, values).await;
                assert!(!TestDatabase::reads_all(&plan), "{statement}:\n{plan}");
            }
            let all = database.plan("SELECT id FROM members WHERE greeting = ?", &["x"]).await;
            assert!(TestDatabase::reads_all(&all), "the test sees it: {all}");
            database.close().await;
        }
    }
}

//! The tables `members` and `identities`.

use db::{AnyRow, Connection, DbError, Row as _, Transaction, query};
use kernel::{Clock, Randomness, Timestamp, define_id};
use providers::ProviderIdentity;

use crate::member::{DEFAULT_GREETING, nickname};
use crate::{Member, MemberId, MemberStatus};

define_id!(
    /// The id of one way in.
    IdentityId
);

db::statements! {
    FIND = "SELECT id, nickname, greeting, picture_url, email, status FROM members WHERE id = ?";
    FIND_BY_IDENTITY = "SELECT m.id, m.nickname, m.greeting, m.picture_url, m.email, m.status \
        FROM identities i JOIN members m ON m.id = i.member_id WHERE i.provider = ? AND i.subject = ?";
    TOUCH_IDENTITY = "UPDATE identities SET email = ?, email_verified = ?, last_sign_in_at = ? \
        WHERE provider = ? AND subject = ?";
    INSERT_MEMBER = "INSERT INTO members \
        (id, nickname, greeting, picture_url, email, status, created_at, updated_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?)";
    INSERT_IDENTITY = "INSERT INTO identities \
        (id, member_id, provider, subject, email, email_verified, created_at, last_sign_in_at) \
        VALUES (?, ?, ?, ?, ?, ?, ?, ?)";
}

/// The member with this id; `None` when there is none.
pub async fn find(connection: &mut Connection, id: MemberId) -> Result<Option<Member>, DbError> {
    let row = query(FIND).bind(id.to_string()).fetch_optional(connection).await?;
    row.as_ref().map(read).transpose()
}

pub(crate) async fn find_by_identity(
    connection: &mut Connection,
    identity: &ProviderIdentity,
) -> Result<Option<Member>, DbError> {
    let row = query(FIND_BY_IDENTITY)
        .bind(identity.provider.as_str())
        .bind(identity.subject.as_str())
        .fetch_optional(connection)
        .await?;
    row.as_ref().map(read).transpose()
}

/// Keeps what the provider says now beside the identity. The member's own e-mail stays as it is: it is theirs.
pub(crate) async fn touch_identity(
    tx: &mut Transaction,
    identity: &ProviderIdentity,
    now: Timestamp,
) -> Result<(), DbError> {
    query(TOUCH_IDENTITY)
        .bind(identity.email.as_ref().map(|email| email.as_str().to_owned()))
        .bind(i64::from(identity.email_verified))
        .bind(now.millis())
        .bind(identity.provider.as_str())
        .bind(identity.subject.as_str())
        .execute(&mut **tx)
        .await?;
    Ok(())
}

/// Makes a member with this one identity. [`DbError::Exists`] when another request made it in the same moment.
pub(crate) async fn insert(
    tx: &mut Transaction,
    identity: &ProviderIdentity,
    clock: &dyn Clock,
    randomness: &dyn Randomness,
) -> Result<Member, DbError> {
    let now = clock.now().millis();
    let email = identity.email.as_ref().map(|email| email.as_str().to_owned());
    let member = Member {
        id: MemberId::new(clock, randomness),
        nickname: nickname(identity.nickname.as_deref(), randomness),
        greeting: DEFAULT_GREETING.to_owned(),
        picture: identity.picture.as_ref().map(ToString::to_string),
        email: email.clone(),
        status: MemberStatus::Active,
    };
    query(INSERT_MEMBER)
        .bind(member.id.to_string())
        .bind(member.nickname.clone())
        .bind(member.greeting.clone())
        .bind(member.picture.clone())
        .bind(email.clone())
        .bind(member.status.as_str())
        .bind(now)
        .bind(now)
        .execute(&mut **tx)
        .await?;
    query(INSERT_IDENTITY)
        .bind(IdentityId::new(clock, randomness).to_string())
        .bind(member.id.to_string())
        .bind(identity.provider.as_str())
        .bind(identity.subject.as_str())
        .bind(email)
        .bind(i64::from(identity.email_verified))
        .bind(now)
        .bind(now)
        .execute(&mut **tx)
        .await?;
    Ok(member)
}

fn read(row: &AnyRow) -> Result<Member, DbError> {
    let id: String = row.try_get("id")?;
    let status: String = row.try_get("status")?;
    Ok(Member {
        id: MemberId::parse(&id).map_err(|_| DbError::Unreadable { column: "members.id" })?,
        nickname: row.try_get("nickname")?,
        greeting: row.try_get("greeting")?,
        picture: row.try_get("picture_url")?,
        email: row.try_get("email")?,
        status: MemberStatus::parse(&status).ok_or(DbError::Unreadable { column: "members.status" })?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use testkit::TestDatabase;

    #[tokio::test]
    async fn every_statement_is_understood_by_both_databases() {
        for database in TestDatabase::both().await {
            database.prepare(STATEMENTS).await;
            database.prepare(crate::audit::STATEMENTS).await;
        }
    }
}

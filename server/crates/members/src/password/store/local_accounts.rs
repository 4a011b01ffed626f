//! The table `local_accounts`.

use std::time::Duration;

use db::{AnyRow, Connection, DbError, Row as _, Statement, Transaction, query};
use kernel::Timestamp;
use names::{EmailAddress, MemberId};

use crate::model::member::MemberStatus;

/// After this many wrong passwords in a row none is accepted any more (NIST SP 800-63B section 3.2.2; S-RATE-1).
pub(crate) const MAX_FAILURES: i64 = 100;

/// What ends a password for good. Wrong ones never count so far, so that strangers cannot do it.
const ENDED: i64 = MAX_FAILURES + 1;

/// How long a former address is told of the account's deletion.
const FORMER_ADDRESS_RETENTION: Duration = Duration::from_hours(30 * 24);

db::statements! {
    FIND_BY_EMAIL = "SELECT a.member_id, a.email, a.password_hash, a.password_changed_at, a.failures, a.signed_in_failures, a.last_used_at, \
        m.nickname, m.status FROM local_accounts a JOIN members m ON m.id = a.member_id WHERE a.email = ?";
    FIND_BY_MEMBER = "SELECT a.member_id, a.email, a.password_hash, a.password_changed_at, a.failures, a.signed_in_failures, a.last_used_at, \
        m.nickname, m.status FROM local_accounts a JOIN members m ON m.id = a.member_id WHERE a.member_id = ?";
    INSERT = "INSERT INTO local_accounts \
        (member_id, email, email_verified_at, password_hash, password_changed_at, failures) VALUES (?, ?, ?, ?, ?, 0)";
    COUNT_FAILURE = "UPDATE local_accounts SET failures = failures + 1 WHERE member_id = ? AND failures < ?";
    REHASH = "UPDATE local_accounts SET password_hash = ? WHERE member_id = ? AND password_hash = ?";
    /// True only if the password is still the one that was compared and was not locked meanwhile; and holds the row.
    CONFIRM = "UPDATE local_accounts SET failures = 0, last_used_at = ? \
        WHERE member_id = ? AND password_changed_at = ? AND failures < ?";
    COUNT_SIGNED_IN_FAILURE = "UPDATE local_accounts SET signed_in_failures = signed_in_failures + 1 \
        WHERE member_id = ? AND password_changed_at = ? AND signed_in_failures < ?";
    CONFIRM_SIGNED_IN = "UPDATE local_accounts SET signed_in_failures = 0 \
        WHERE member_id = ? AND password_changed_at = ? AND signed_in_failures < ?";
    SET_PASSWORD = "UPDATE local_accounts \
        SET password_hash = ?, password_changed_at = ?, failures = 0, signed_in_failures = 0, last_used_at = NULL \
        WHERE member_id = ? AND email = ? AND password_changed_at = ?";
    /// No password is accepted until a new one is set, not even of somebody who is signed in.
    END_PASSWORD = "UPDATE local_accounts SET failures = ? WHERE member_id = ?";
    SET_EMAIL = "UPDATE local_accounts SET email = ?, email_verified_at = ?, former_email = ?, former_email_until = ? \
        WHERE member_id = ? AND email = ?";
    FORMER_EMAIL = "SELECT former_email FROM local_accounts WHERE member_id = ? AND former_email_until > ?";
    CLEAR_FORMER_EMAIL = "UPDATE local_accounts SET former_email = NULL, former_email_until = NULL WHERE member_id = ?";
    PROVEN_SINCE = "SELECT email_verified_at FROM local_accounts WHERE member_id = ?";
    /// Whether somebody who signs in with a provider has this mailbox, by the provider's word. Also within the grace of a
    /// deletion: signing in so keeps the account.
    PROVIDER_MEMBER = "SELECT i.member_id FROM identities i JOIN members m ON m.id = i.member_id \
        WHERE i.email = ? AND i.email_verified = 1 AND m.status <> 'disabled' ORDER BY i.member_id LIMIT 1";
    HAS_ACCOUNT = "SELECT COUNT(*) AS known FROM local_accounts WHERE email = ?";
    HAS_IDENTITY = "SELECT COUNT(*) AS known FROM identities WHERE email = ? AND email_verified = 1";
    IS_VOUCHED_FOR_ANOTHER = "SELECT COUNT(*) AS known FROM identities \
        WHERE email = ? AND email_verified = 1 AND member_id <> ?";
}

/// What is written in place of a hash if there is no password. No password has it.
const NO_PASSWORD: &str = "";

/// The address that a member proved to us, and their password, if they have one.
pub(crate) struct LocalAccount {
    pub(crate) member: MemberId,
    pub(crate) nickname: String,
    pub(crate) status: MemberStatus,
    pub(crate) email: EmailAddress,
    pub(crate) password_hash: String,
    pub(crate) changed_at: Timestamp,
    pub(crate) failures: i64,
    /// Wrong passwords of somebody who was signed in.
    pub(crate) signed_in_failures: i64,
    /// When somebody last signed in by this password.
    pub(crate) last_used_at: Option<Timestamp>,
}

impl LocalAccount {
    /// Whether there is a password beside the address.
    pub(crate) const fn has_password(&self) -> bool {
        !self.password_hash.is_empty()
    }

    /// Whether the password counts for nothing any more, and another one must be set by mail.
    pub(crate) const fn is_ended(&self) -> bool {
        self.failures >= ENDED
    }

    /// The hash to compare with where somebody is signed in. Wrong passwords of strangers do not block them, their own do (S-RATE-1).
    pub(crate) fn comparable_signed_in(&self) -> Option<&str> {
        let is_compared = !self.is_ended() && self.signed_in_failures < MAX_FAILURES;
        (self.has_password() && is_compared).then_some(self.password_hash.as_str())
    }

    /// The hash to compare with, unless there is none, or nothing must be compared any more.
    pub(crate) fn comparable(&self) -> Option<&str> {
        (self.has_password() && self.failures < MAX_FAILURES && self.status != MemberStatus::Disabled)
            .then_some(self.password_hash.as_str())
    }
}

pub(crate) async fn find_by_email(
    connection: &mut Connection,
    email: &EmailAddress,
) -> Result<Option<LocalAccount>, DbError> {
    let row = query(FIND_BY_EMAIL).bind(email.as_str()).fetch_optional(connection).await?;
    row.as_ref().map(read).transpose()
}

pub(crate) async fn find_by_member(
    connection: &mut Connection,
    member: MemberId,
) -> Result<Option<LocalAccount>, DbError> {
    let row = query(FIND_BY_MEMBER).bind(member.to_string()).fetch_optional(connection).await?;
    row.as_ref().map(read).transpose()
}

/// [`DbError::Exists`] when the address or the member has an account already.
pub(crate) async fn insert(
    tx: &mut Transaction,
    member: MemberId,
    email: &EmailAddress,
    password_hash: &str,
    now: Timestamp,
) -> Result<(), DbError> {
    query(INSERT)
        .bind(member.to_string())
        .bind(email.as_str())
        .bind(now.millis())
        .bind(password_hash)
        .bind(now.millis())
        .execute(&mut **tx)
        .await?;
    Ok(())
}

/// The same without a password: the address alone.
pub(crate) async fn insert_address(
    tx: &mut Transaction,
    member: MemberId,
    email: &EmailAddress,
    now: Timestamp,
) -> Result<(), DbError> {
    insert(tx, member, email, NO_PASSWORD, now).await
}

/// Counts a wrong password. Without an account, the same statement runs and changes nothing.
pub(crate) async fn count_failure(tx: &mut Transaction, member: Option<MemberId>) -> Result<(), DbError> {
    let member = member.map(|id| id.to_string()).unwrap_or_default();
    query(COUNT_FAILURE).bind(member).bind(MAX_FAILURES).execute(&mut **tx).await?;
    Ok(())
}

/// Whether a member has this mailbox: they sign in with it, or a provider vouches for them.
pub(crate) async fn has_member(tx: &mut Transaction, email: &EmailAddress) -> Result<bool, DbError> {
    for statement in [HAS_ACCOUNT, HAS_IDENTITY] {
        let row = query(statement).bind(email.as_str()).fetch_one(&mut **tx).await?;
        if row.try_get::<i64, _>("known")? > 0 {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Keeps the same password by a stronger hash, unless it was changed meanwhile.
pub(crate) async fn rehash(tx: &mut Transaction, account: &LocalAccount, hash: &str) -> Result<(), DbError> {
    query(REHASH)
        .bind(hash)
        .bind(account.member.to_string())
        .bind(account.password_hash.as_str())
        .execute(&mut **tx)
        .await?;
    Ok(())
}

/// Whether the password of `changed_at` is still the one, and may be used; notes its use, and holds the row until the commit.
pub(crate) async fn confirm(
    tx: &mut Transaction,
    member: MemberId,
    changed_at: Timestamp,
    now: Timestamp,
) -> Result<bool, DbError> {
    let done = query(CONFIRM)
        .bind(now.millis())
        .bind(member.to_string())
        .bind(changed_at.millis())
        .bind(MAX_FAILURES)
        .execute(&mut **tx)
        .await?;
    Ok(done.rows_affected() == 1)
}

/// Counts a wrong password of somebody who is signed in, apart from those of strangers.
pub(crate) async fn count_signed_in_failure(
    tx: &mut Transaction,
    account: &LocalAccount,
) -> Result<(), DbError> {
    of_password(COUNT_SIGNED_IN_FAILURE, account).execute(&mut **tx).await?;
    Ok(())
}

/// Whether a right password of somebody who is signed in counts: it is still the one, and not too many wrong ones came before. Then these are
/// forgotten.
pub(crate) async fn confirm_signed_in(tx: &mut Transaction, account: &LocalAccount) -> Result<bool, DbError> {
    Ok(of_password(CONFIRM_SIGNED_IN, account).execute(&mut **tx).await?.rows_affected() == 1)
}

/// A statement about the password that `account` had when it was read, where it may be compared.
fn of_password(statement: &'static str, account: &LocalAccount) -> Statement<'static> {
    query(statement).bind(account.member.to_string()).bind(account.changed_at.millis()).bind(MAX_FAILURES)
}

/// Has a new password be set by mail, if the member has one.
pub(crate) async fn end_password(tx: &mut Transaction, member: MemberId) -> Result<(), DbError> {
    query(END_PASSWORD).bind(ENDED).bind(member.to_string()).execute(&mut **tx).await?;
    Ok(())
}

/// Replaces the password that `account` had when it was read; `false` when password or address are others by now.
pub(crate) async fn set_password(
    tx: &mut Transaction,
    account: &LocalAccount,
    hash: &str,
    now: Timestamp,
) -> Result<bool, DbError> {
    // Two changes within one millisecond must differ, since the time identifies the password.
    let now = now.millis().max(account.changed_at.millis() + 1);
    let done = query(SET_PASSWORD)
        .bind(hash)
        .bind(now)
        .bind(account.member.to_string())
        .bind(account.email.as_str())
        .bind(account.changed_at.millis())
        .execute(&mut **tx)
        .await?;
    Ok(done.rows_affected() == 1)
}

/// Removes the password and leaves the address; `false` as for a new one.
pub(crate) async fn remove_password(
    tx: &mut Transaction,
    account: &LocalAccount,
    now: Timestamp,
) -> Result<bool, DbError> {
    set_password(tx, account, NO_PASSWORD, now).await
}

/// Gives the account another, proven address. [`DbError::Exists`] when it is another account's.
pub(crate) async fn set_email(
    tx: &mut Transaction,
    account: &LocalAccount,
    email: &EmailAddress,
    now: Timestamp,
) -> Result<bool, DbError> {
    let done = query(SET_EMAIL)
        .bind(email.as_str())
        .bind(now.millis())
        .bind(account.email.as_str())
        .bind(now.plus(FORMER_ADDRESS_RETENTION).millis())
        .bind(account.member.to_string())
        .bind(account.email.as_str())
        .execute(&mut **tx)
        .await?;
    Ok(done.rows_affected() == 1)
}

/// The address that the account had before, if it was changed not long ago.
pub(crate) async fn former_email(
    connection: &mut Connection,
    member: MemberId,
    now: Timestamp,
) -> Result<Option<EmailAddress>, DbError> {
    let former = query(FORMER_EMAIL).bind(member.to_string()).bind(now.millis());
    let Some(row) = former.fetch_optional(connection).await? else { return Ok(None) };
    let former: Option<String> = row.try_get("former_email")?;
    Ok(former.as_deref().and_then(kernel::email_address::read))
}

/// Forgets it: it is told of nothing any more.
pub(crate) async fn clear_former_email(tx: &mut Transaction, member: MemberId) -> Result<(), DbError> {
    query(CLEAR_FORMER_EMAIL).bind(member.to_string()).execute(&mut **tx).await?;
    Ok(())
}

/// When the member proved the address that they have.
pub(crate) async fn proven_since(
    connection: &mut Connection,
    member: MemberId,
) -> Result<Option<Timestamp>, DbError> {
    let row = query(PROVEN_SINCE).bind(member.to_string()).fetch_optional(connection).await?;
    row.map(|row| Ok(Timestamp::from_millis(row.try_get("email_verified_at")?))).transpose()
}

/// A member who signs in with a provider that vouches for this mailbox.
pub(crate) async fn provider_member(
    connection: &mut Connection,
    email: &EmailAddress,
) -> Result<Option<MemberId>, DbError> {
    let row = query(PROVIDER_MEMBER).bind(email.as_str()).fetch_optional(connection).await?;
    row.map(|row| member_id(&row.try_get::<String, _>("member_id")?)).transpose()
}

/// Whether a provider says that this mailbox is that of another member.
pub(crate) async fn is_vouched_for_another(
    connection: &mut Connection,
    member: MemberId,
    email: &EmailAddress,
) -> Result<bool, DbError> {
    let query = query(IS_VOUCHED_FOR_ANOTHER).bind(email.as_str()).bind(member.to_string());
    Ok(query.fetch_one(connection).await?.try_get::<i64, _>("known")? > 0)
}

fn member_id(text: &str) -> Result<MemberId, DbError> {
    MemberId::parse(text).map_err(|_| DbError::Unreadable { column: "local_accounts.member_id" })
}

fn read(row: &AnyRow) -> Result<LocalAccount, DbError> {
    let unreadable = |column| DbError::Unreadable { column };
    let email: String = row.try_get("email")?;
    let status: String = row.try_get("status")?;
    Ok(LocalAccount {
        member: member_id(&row.try_get::<String, _>("member_id")?)?,
        nickname: row.try_get("nickname")?,
        status: MemberStatus::parse(&status).ok_or_else(|| unreadable("members.status"))?,
        email: kernel::email_address::read(&email).ok_or_else(|| unreadable("local_accounts.email"))?,
        password_hash: row.try_get("password_hash")?,
        changed_at: Timestamp::from_millis(row.try_get("password_changed_at")?),
        failures: row.try_get("failures")?,
        signed_in_failures: row.try_get("signed_in_failures")?,
        last_used_at: row.try_get::<Option<i64>, _>("last_used_at")?.map(Timestamp::from_millis),
    })
}

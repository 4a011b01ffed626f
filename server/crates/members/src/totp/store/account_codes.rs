//! The table `account_codes`: by what members without an address name their account.

use db::{Connection, DbError, Row as _, Transaction, query};
use names::MemberId;

use crate::totp::account_code::AccountCode;

db::statements! {
    INSERT = "INSERT INTO account_codes (id, code) VALUES (?, ?)";
    OF_MEMBER = "SELECT code FROM account_codes WHERE id = ?";
    FIND = "SELECT id FROM account_codes WHERE code = ?";
    DELETE = "DELETE FROM account_codes WHERE id = ?";
}

/// Gives a new member a code. [`DbError::Exists`] when it is another's.
pub(crate) async fn insert(
    tx: &mut Transaction,
    member: MemberId,
    code: &AccountCode,
) -> Result<(), DbError> {
    query(INSERT).bind(member.to_string()).bind(code.as_str()).execute(&mut **tx).await?;
    Ok(())
}

/// The account code of a member; `None` for those who have none.
pub(crate) async fn of_member(
    connection: &mut Connection,
    member: MemberId,
) -> Result<Option<AccountCode>, DbError> {
    let Some(row) = query(OF_MEMBER).bind(member.to_string()).fetch_optional(connection).await? else {
        return Ok(None);
    };
    Ok(Some(AccountCode::stored(row.try_get("code")?)))
}

/// Takes that of a member away: a recovery code alone does not let them in any more.
pub(crate) async fn delete(tx: &mut Transaction, member: MemberId) -> Result<(), DbError> {
    query(DELETE).bind(member.to_string()).execute(&mut **tx).await?;
    Ok(())
}

/// The member whom this account code names; `None` if nobody has it.
pub(crate) async fn find(
    connection: &mut Connection,
    code: &AccountCode,
) -> Result<Option<MemberId>, DbError> {
    let Some(row) = query(FIND).bind(code.as_str()).fetch_optional(connection).await? else {
        return Ok(None);
    };
    let id = MemberId::parse(&row.try_get::<String, _>("id")?);
    id.map(Some).map_err(|_| DbError::Unreadable { column: "account_codes.id" })
}

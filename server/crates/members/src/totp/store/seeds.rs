//! The table `totp_seeds`: the members who use one-time codes.

use db::{AnyRow, Connection, DbError, Row as _, Transaction, query};
use kernel::{Purpose, Timestamp};
use names::MemberId;

db::statements! {
    FIND = "SELECT seed_sealed, enabled_at, last_step, accepted, wrong, after_providers FROM totp_seeds WHERE id = ?";
    EXISTS = "SELECT 1 AS known FROM totp_seeds WHERE id = ?";
    INSERT = "INSERT INTO totp_seeds (id, seed_sealed, enabled_at, last_step, accepted, wrong, after_providers) \
        VALUES (?, ?, ?, ?, 0, 0, ?)";
    DELETE = "DELETE FROM totp_seeds WHERE id = ?";
    /// Of any number of requests with one code, one moves the step.
    SPEND_STEP = "UPDATE totp_seeds SET last_step = ?, accepted = accepted + 1, wrong = 0 \
        WHERE id = ? AND last_step < ? AND wrong < ?";
    /// Codes that were wrong in a row count no more.
    FORGIVE = "UPDATE totp_seeds SET accepted = accepted + 1, wrong = 0 WHERE id = ?";
    COUNT_WRONG = "UPDATE totp_seeds SET wrong = wrong + 1 WHERE id = ?";
    ASK_AFTER_PROVIDERS = "UPDATE totp_seeds SET after_providers = ? WHERE id = ? AND after_providers <> ?";
}

/// What seeds are sealed for, with the id of their member.
pub(crate) const PURPOSE: Purpose = Purpose::new("totp-seed");

/// After this many wrong codes in a row, none is accepted until something stronger is shown.
pub(crate) const MAX_WRONG_CODES: i64 = 100;

/// The sealed secret of a member's one-time codes, and the tries that count against guessing.
pub(crate) struct SeedRow {
    pub(crate) sealed: Vec<u8>,
    pub(crate) enabled_at: Timestamp,
    /// The step of the code that was right last.
    pub(crate) last_step: i64,
    /// How often a code was right. Tries are counted from one to the next.
    pub(crate) accepted: i64,
    /// How many were wrong since.
    pub(crate) wrong: i64,
    /// Whether codes are asked for after a provider, too.
    pub(crate) after_providers: bool,
}

/// Codes that are turned on.
pub(crate) struct NewSeed {
    pub(crate) member: MemberId,
    pub(crate) sealed: Vec<u8>,
    pub(crate) enabled_at: Timestamp,
    /// The step whose code turned them on: it is spent.
    pub(crate) last_step: i64,
    pub(crate) after_providers: bool,
}

pub(crate) async fn find(connection: &mut Connection, member: MemberId) -> Result<Option<SeedRow>, DbError> {
    let row = query(FIND).bind(member.to_string()).fetch_optional(connection).await?;
    row.as_ref().map(read).transpose()
}

pub(crate) async fn exists(connection: &mut Connection, member: MemberId) -> Result<bool, DbError> {
    Ok(query(EXISTS).bind(member.to_string()).fetch_optional(connection).await?.is_some())
}

/// Turns codes on, in place of those that were on.
pub(crate) async fn put(tx: &mut Transaction, seed: NewSeed) -> Result<(), DbError> {
    delete(tx, seed.member).await?;
    query(INSERT)
        .bind(seed.member.to_string())
        .bind(seed.sealed)
        .bind(seed.enabled_at.millis())
        .bind(seed.last_step)
        .bind(i64::from(seed.after_providers))
        .execute(&mut **tx)
        .await?;
    Ok(())
}

/// Turns codes off; `false` when they were not on.
pub(crate) async fn delete(tx: &mut Transaction, member: MemberId) -> Result<bool, DbError> {
    Ok(query(DELETE).bind(member.to_string()).execute(&mut **tx).await?.rows_affected() == 1)
}

/// Spends the code of a step; `false` when that one or a later one was spent before, or too many were wrong.
pub(crate) async fn spend_step(tx: &mut Transaction, member: MemberId, step: i64) -> Result<bool, DbError> {
    let spend = query(SPEND_STEP).bind(step).bind(member.to_string()).bind(step).bind(MAX_WRONG_CODES);
    Ok(spend.execute(&mut **tx).await?.rows_affected() == 1)
}

pub(crate) async fn forgive(tx: &mut Transaction, member: MemberId) -> Result<(), DbError> {
    query(FORGIVE).bind(member.to_string()).execute(&mut **tx).await?;
    Ok(())
}

pub(crate) async fn count_wrong(tx: &mut Transaction, member: MemberId) -> Result<(), DbError> {
    query(COUNT_WRONG).bind(member.to_string()).execute(&mut **tx).await?;
    Ok(())
}

/// Says whether codes are asked for after a provider, too; `false` when that was so before, or they are not on.
pub(crate) async fn ask_after_providers(
    tx: &mut Transaction,
    member: MemberId,
    asks: bool,
) -> Result<bool, DbError> {
    let ask = query(ASK_AFTER_PROVIDERS).bind(i64::from(asks)).bind(member.to_string()).bind(i64::from(asks));
    Ok(ask.execute(&mut **tx).await?.rows_affected() == 1)
}

fn read(row: &AnyRow) -> Result<SeedRow, DbError> {
    Ok(SeedRow {
        sealed: row.try_get("seed_sealed")?,
        enabled_at: Timestamp::from_millis(row.try_get("enabled_at")?),
        last_step: row.try_get("last_step")?,
        accepted: row.try_get("accepted")?,
        wrong: row.try_get("wrong")?,
        after_providers: row.try_get::<i64, _>("after_providers")? != 0,
    })
}

//! The table `limit_counts`: for each key of a limit, the moment at which its quota will be full again.

use std::time::Duration;

use db::{
    AnyRow, Connection, Database, DbError, Dialect, LentTransaction, Row as _, Statement, Transaction, query,
};
use kernel::Timestamp;

use crate::key::LimitKey;
use crate::usage::{Level, Usage};

db::statements! {
    /// The rule of [`Quota`](crate::quota::Quota) in SQL: the row count says whether the use was allowed.
    COUNT = "UPDATE limit_counts SET full_at = CASE WHEN full_at > ? OR full_at + ? <= ? THEN ? ELSE full_at + ? END \
        WHERE id = ? AND (full_at <= ? OR full_at > ?)";
    ADD = "UPDATE limit_counts SET full_at = CASE WHEN told_at > ? OR full_at + ? <= ? THEN ? ELSE full_at + ? END, \
        told_at = ? WHERE id = ?";
    GIVE_BACK = "UPDATE limit_counts SET full_at = full_at - ? WHERE id = ?";
    FIND = "SELECT full_at FROM limit_counts WHERE id = ?";
    LEVELS = "SELECT id, full_at FROM limit_counts WHERE told_at > ? AND told_at <= ? AND full_at > ?";
    EXPIRED = "SELECT id FROM limit_counts WHERE full_at <= ? ORDER BY full_at LIMIT ?";
    DELETE = "DELETE FROM limit_counts WHERE id = ? AND full_at <= ?";
}

/// The clocks of replicas differ by less than this. A row further ahead was written before a clock was set back, for example by
/// a machine that started with a clock some hours ahead, and is ignored.
const MAX_CLOCK_SKEW: Duration = Duration::from_mins(1);

/// Rounds until a use is decided. Two are enough unless other writers interfere.
const MAX_ROUNDS: usize = 5;

/// Inserts a row with nothing used yet, unless there is one. On MySQL the insert must not fail with a duplicate key: that leaves
/// a shared lock on the row, and two transactions that both hold it deadlock when they write.
pub(crate) const fn insert(dialect: Dialect) -> &'static str {
    match dialect {
        Dialect::Sqlite => "INSERT INTO limit_counts (id, full_at) VALUES (?, 0) ON CONFLICT (id) DO NOTHING",
        Dialect::Mysql => {
            "INSERT INTO limit_counts (id, full_at) VALUES (?, 0) ON DUPLICATE KEY UPDATE full_at = full_at"
        }
    }
}

/// The bounds of a key's moment, in nanoseconds since the epoch.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Bounds {
    /// A key that is full again later is refused.
    pub(crate) latest: i64,
    /// A later moment was written before the clock was set back, and counts as none.
    pub(crate) plausible: i64,
}

/// Counts one use within the bounds, and returns the key's level when it is beyond them. Concurrent uses of one key are decided
/// one after the other.
pub(crate) async fn count(
    tx: &mut Transaction,
    one: Usage,
    bounds: Bounds,
) -> Result<Result<(), Level>, DbError> {
    let Bounds { latest, plausible } = bounds;
    // Between two statements, others may insert the row or delete it. Once it is there, a round decides.
    for _ in 0..MAX_ROUNDS {
        if counting(one, bounds).execute(&mut **tx).await?.rows_affected() == 1 {
            return Ok(Ok(()));
        }
        match find(tx, one.key).await? {
            Some(full_at) if (latest.saturating_add(1)..=plausible).contains(&full_at) => {
                return Ok(Err(Level { key: one.key, full_at }));
            }
            Some(_) => {}
            None => {
                query(insert(tx.dialect())).bind(one.key.as_bytes().to_vec()).execute(&mut **tx).await?;
            }
        }
    }
    Err(DbError::Unreadable { column: "limit_counts.full_at" })
}

/// The same, and in one go what the use is for: `then` is executed even when the key is beyond its bounds.
pub(crate) async fn count_and_execute(
    tx: &mut Transaction,
    one: Usage,
    bounds: Bounds,
    then: Statement<'_>,
) -> Result<Result<(), Level>, DbError> {
    let [counted, _] = tx.execute_together([counting(one, bounds), then]).await?;
    // A new key has no row yet.
    if counted.changed == 1 { Ok(Ok(())) } else { count(tx, one, bounds).await }
}

/// What counts a use within the bounds: it changes the row, if the key has one and is not beyond them.
pub(crate) fn counting(one: Usage, Bounds { latest, plausible }: Bounds) -> Statement<'static> {
    query(COUNT)
        .bind(plausible)
        .bind(one.taken)
        .bind(one.full_at)
        .bind(one.full_at)
        .bind(one.taken)
        .bind(one.key.as_bytes().to_vec())
        .bind(latest)
        .bind(plausible)
}

/// What takes back one use that was counted.
pub(crate) fn giving_back(one: Usage) -> Statement<'static> {
    query(GIVE_BACK).bind(one.taken).bind(one.key.as_bytes().to_vec())
}

async fn find(connection: &mut Connection, key: LimitKey) -> Result<Option<i64>, DbError> {
    let row = query(FIND).bind(key.as_bytes().to_vec()).fetch_optional(connection).await?;
    Ok(row.map(|row| row.try_get("full_at")).transpose()?)
}

/// Adds uses that were allowed, in one transaction, even if they exceed the quota.
///
/// # Errors
/// When the database refuses; then nothing was added.
pub(crate) async fn add(db: &Database, uses: &mut [Usage], now: Timestamp) -> Result<(), DbError> {
    // All replicas lock rows in the same order, so that they do not deadlock.
    uses.sort_unstable_by_key(|one| one.key);
    let uses = &*uses;
    let add = async |mut tx: LentTransaction| {
        for one in uses {
            if !add_one(&mut tx, one, now).await? {
                query(insert(tx.dialect())).bind(one.key.as_bytes().to_vec()).execute(&mut **tx).await?;
                add_one(&mut tx, one, now).await?;
            }
        }
        Ok::<_, DbError>(tx.commit(()))
    };
    db.transact(add).await
}

async fn add_one(tx: &mut Transaction, one: &Usage, now: Timestamp) -> Result<bool, DbError> {
    let update = query(ADD)
        .bind(now.plus(MAX_CLOCK_SKEW).millis())
        .bind(one.taken)
        .bind(one.full_at)
        .bind(one.full_at)
        .bind(one.taken)
        .bind(now.millis())
        .bind(one.key.as_bytes().to_vec());
    Ok(update.execute(&mut **tx).await?.rows_affected() == 1)
}

/// The keys that replicas added to after `since` and whose quota is not full at `now`.
///
/// # Errors
/// When the database refuses.
pub(crate) async fn levels(
    connection: &mut Connection,
    since: Timestamp,
    now: Timestamp,
) -> Result<Vec<Level>, DbError> {
    let levels = query(LEVELS).bind(since.millis()).bind(now.plus(MAX_CLOCK_SKEW).millis()).bind(now.nanos());
    let rows = levels.fetch_all(connection).await?;
    let unreadable = DbError::Unreadable { column: "limit_counts.id" };
    let read = |row: &AnyRow| {
        let key = LimitKey::from_bytes(&row.try_get::<Vec<u8>, _>("id")?);
        Ok(key.map(|key| row.try_get("full_at").map(|full_at| Level { key, full_at })).transpose()?)
    };
    let read = rows.iter().map(read).collect::<Result<Option<Vec<_>>, DbError>>()?;
    read.ok_or(unreadable)
}

/// Deletes at most `limit` rows whose quota is full again at `now`, and returns how many. Rows are deleted in the order of keys,
/// as all other code locks them: by the index of moments, MySQL would lock in the opposite order of a use and could deadlock.
///
/// # Errors
/// When the database refuses.
pub async fn delete_expired(tx: &mut Transaction, now: Timestamp, limit: u32) -> Result<u64, DbError> {
    let expired = query(EXPIRED).bind(now.nanos()).bind(i64::from(limit)).fetch_all(&mut **tx).await?;
    let mut ids = Vec::with_capacity(expired.len());
    for row in &expired {
        ids.push(row.try_get::<Vec<u8>, _>("id")?);
    }
    ids.sort_unstable();
    let mut deleted = 0;
    for id in ids {
        let delete = query(DELETE).bind(id).bind(now.nanos());
        deleted += delete.execute(&mut **tx).await?.rows_affected();
    }
    Ok(deleted)
}

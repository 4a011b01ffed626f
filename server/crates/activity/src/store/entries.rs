//! The table `feed_entries`.

use db::{Connection, DbError, Dialect, Row as _, Statement, Transaction, query};

use crate::person::PersonNo;
use crate::post::PostState;
use crate::post_id::PostId;
use crate::store::follows::Followers;

db::statements! {
    /// The entry after so many newer ones.
    NTH = "SELECT post FROM feed_entries WHERE reader = ? ORDER BY post DESC LIMIT 1 OFFSET ?";
    OLDEST = "SELECT post FROM feed_entries WHERE reader = ? ORDER BY post LIMIT 1 OFFSET ?";
    DELETE_BELOW = "DELETE FROM feed_entries WHERE reader = ? AND post < ?";
    DELETE_AUTHOR = "DELETE FROM feed_entries WHERE reader = ? AND author = ?";
    DELETE_ALL = "DELETE FROM feed_entries WHERE reader = ?";
}

/// What a post's entries are made of. An entry that is there already stays: so nothing is wrong with doing it twice.
const SPREAD_SQLITE: &str = "INSERT OR IGNORE INTO feed_entries (reader, post, author) SELECT follower, ?, followee \
    FROM follows WHERE followee = ? AND delivery = 0 AND follower > ? AND follower <= ?";
const SPREAD_MYSQL: &str = "INSERT IGNORE INTO feed_entries (reader, post, author) SELECT follower, ?, followee \
    FROM follows WHERE followee = ? AND delivery = 0 AND follower > ? AND follower <= ?";
const FILL_SQLITE: &str = "INSERT OR IGNORE INTO feed_entries (reader, post, author) SELECT ?, id, author FROM posts \
    WHERE author = ? AND state = ? AND id >= ? ORDER BY id DESC LIMIT ?";
const FILL_MYSQL: &str = "INSERT IGNORE INTO feed_entries (reader, post, author) SELECT ?, id, author FROM posts \
    WHERE author = ? AND state = ? AND id >= ? ORDER BY id DESC LIMIT ?";
const FILL_MANY_SQLITE: &str = "INSERT OR IGNORE INTO feed_entries (reader, post, author) SELECT f.follower, p.id, p.author \
    FROM follows f JOIN posts p ON p.author = f.followee WHERE f.followee = ? AND f.delivery = 0 AND f.follower > ? \
    AND f.follower <= ? AND p.state = ? AND p.id >= ?";
const FILL_MANY_MYSQL: &str = "INSERT IGNORE INTO feed_entries (reader, post, author) SELECT f.follower, p.id, p.author \
    FROM follows f JOIN posts p ON p.author = f.followee WHERE f.followee = ? AND f.delivery = 0 AND f.follower > ? \
    AND f.follower <= ? AND p.state = ? AND p.id >= ?";

const WITHDRAW_SQLITE: &str = "DELETE FROM feed_entries WHERE post = ? AND reader IN \
    (SELECT follower FROM follows WHERE followee = ? AND delivery = 0 AND follower > ? AND follower <= ?)";
/// With the other spelling the whole table would be scanned.
const WITHDRAW_MYSQL: &str = "DELETE e FROM follows f STRAIGHT_JOIN feed_entries e ON e.reader = f.follower AND e.post = ? \
    WHERE f.followee = ? AND f.delivery = 0 AND f.follower > ? AND f.follower <= ?";

const fn withdraw_statement(dialect: Dialect) -> &'static str {
    match dialect {
        Dialect::Sqlite => WITHDRAW_SQLITE,
        Dialect::Mysql => WITHDRAW_MYSQL,
    }
}

const fn spread_statement(dialect: Dialect) -> &'static str {
    match dialect {
        Dialect::Sqlite => SPREAD_SQLITE,
        Dialect::Mysql => SPREAD_MYSQL,
    }
}

const fn fill_statement(dialect: Dialect) -> &'static str {
    match dialect {
        Dialect::Sqlite => FILL_SQLITE,
        Dialect::Mysql => FILL_MYSQL,
    }
}

const fn fill_many_statement(dialect: Dialect) -> &'static str {
    match dialect {
        Dialect::Sqlite => FILL_MANY_SQLITE,
        Dialect::Mysql => FILL_MANY_MYSQL,
    }
}

/// The statements that are spelt differently.
pub(crate) fn statements(dialect: Dialect) -> Vec<&'static str> {
    vec![
        spread_statement(dialect),
        fill_statement(dialect),
        fill_many_statement(dialect),
        withdraw_statement(dialect),
    ]
}

/// Writes a post into the feeds of these followers; answers into how many.
pub(crate) async fn spread(tx: &mut Transaction, post: PostId, to: Followers) -> Result<u64, DbError> {
    let spread = spreading(tx.dialect(), post, to).execute(&mut **tx).await?;
    Ok(counted(tx, spread.rows_affected()))
}

/// The statement that does so.
pub(crate) fn spreading(dialect: Dialect, post: PostId, to: Followers) -> Statement<'static> {
    let spread = query(spread_statement(dialect));
    spread.bind(post.column()).bind(to.of.0).bind(to.after.0).bind(to.up_to.0)
}

/// Writes the newest posts of an author, at most so many, that are not older than `floor` into a feed.
pub(crate) async fn fill(
    tx: &mut Transaction,
    reader: PersonNo,
    author: PersonNo,
    floor: PostId,
    most: u32,
) -> Result<u64, DbError> {
    let mut written = 0;
    // A hidden post may be shown again.
    for state in [PostState::Shown, PostState::Hidden] {
        let filled = query(fill_statement(tx.dialect()))
            .bind(reader.0)
            .bind(author.0)
            .bind(state.number())
            .bind(floor.column())
            .bind(i64::from(most))
            .execute(&mut **tx)
            .await?;
        written += filled.rows_affected();
    }
    Ok(counted(tx, written))
}

/// Writes the posts of an author that are not older than `floor` into the feeds of these followers.
pub(crate) async fn fill_many(tx: &mut Transaction, to: Followers, floor: PostId) -> Result<u64, DbError> {
    let mut written = 0;
    for state in [PostState::Shown, PostState::Hidden] {
        let filled = query(fill_many_statement(tx.dialect()))
            .bind(to.of.0)
            .bind(to.after.0)
            .bind(to.up_to.0)
            .bind(state.number())
            .bind(floor.column())
            .execute(&mut **tx)
            .await?;
        written += filled.rows_affected();
    }
    Ok(counted(tx, written))
}

/// Counts what was written, once it is true.
pub(crate) fn counted(tx: &mut Transaction, written: u64) -> u64 {
    tx.after_commit(move || metrics::counter!("daemun_feed_entries_written_total").increment(written));
    written
}

/// The entry of a feed after so many newer ones; `None` when it is not so long.
pub(crate) async fn nth(
    connection: &mut Connection,
    reader: PersonNo,
    after: u32,
) -> Result<Option<PostId>, DbError> {
    let row = query(NTH).bind(reader.0).bind(i64::from(after)).fetch_optional(connection).await?;
    row.map(|row| read(&row.try_get::<Vec<u8>, _>(0)?)).transpose()
}

/// Deletes what is older; returns how many entries.
pub(crate) async fn delete_below(
    tx: &mut Transaction,
    reader: PersonNo,
    floor: PostId,
) -> Result<u64, DbError> {
    Ok(query(DELETE_BELOW).bind(reader.0).bind(floor.column()).execute(&mut **tx).await?.rows_affected())
}

/// Deletes the posts of an author.
pub(crate) async fn delete_author(
    tx: &mut Transaction,
    reader: PersonNo,
    author: PersonNo,
) -> Result<(), DbError> {
    query(DELETE_AUTHOR).bind(reader.0).bind(author.0).execute(&mut **tx).await?;
    Ok(())
}

/// Takes a post out of the feeds of these followers.
pub(crate) async fn delete_post(tx: &mut Transaction, post: PostId, of: Followers) -> Result<(), DbError> {
    query(withdraw_statement(tx.dialect()))
        .bind(post.column())
        .bind(of.of.0)
        .bind(of.after.0)
        .bind(of.up_to.0)
        .execute(&mut **tx)
        .await?;
    Ok(())
}

/// Takes away the oldest entries of a feed, at most so many; `false` when nothing is left.
pub(crate) async fn delete_oldest(
    tx: &mut Transaction,
    reader: PersonNo,
    many: u32,
) -> Result<bool, DbError> {
    let end = query(OLDEST).bind(reader.0).bind(i64::from(many)).fetch_optional(&mut **tx).await?;
    if let Some(row) = end {
        let end = read(&row.try_get::<Vec<u8>, _>(0)?)?;
        delete_below(tx, reader, end).await?;
        return Ok(true);
    }
    query(DELETE_ALL).bind(reader.0).execute(&mut **tx).await?;
    Ok(false)
}

fn read(bytes: &[u8]) -> Result<PostId, DbError> {
    PostId::from_column(bytes).ok_or(DbError::Unreadable { column: "feed_entries.post" })
}

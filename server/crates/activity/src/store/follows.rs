//! The table `follows`.

use db::{AnyRow, Connection, DbError, Dialect, Row as _, Statement, Transaction, query};
use kernel::Timestamp;

use crate::cursor::RowCursor;
use crate::person::{Delivery, PersonNo};
use crate::store::listed::{self, ListedRow};

db::statements! {
    DELIVERY = "SELECT delivery FROM follows WHERE follower = ? AND followee = ?";
    INSERT = "INSERT INTO follows (follower, followee, at, delivery) VALUES (?, ?, ?, ?)";
    DELETE = "DELETE FROM follows WHERE follower = ? AND followee = ?";
    /// Only from what was read.
    SET_DELIVERY = "UPDATE follows SET delivery = ? WHERE follower = ? AND followee = ? AND delivery = ?";
    COUNT_PULLED = "SELECT COUNT(*) FROM follows WHERE follower = ? AND delivery = 1";
    COUNT_FOLLOWERS = "SELECT COUNT(*) FROM follows WHERE followee = ?";
    COUNT_FOLLOWING = "SELECT COUNT(*) FROM follows WHERE follower = ?";
    /// Of one of so many followers the feed is looked at. All of them in one statement: to ask for each by itself takes as long as
    /// writing.
    TOO_LONG = "SELECT f.follower FROM follows f WHERE f.followee = ? AND f.delivery = 0 AND f.follower > ? \
        AND f.follower <= ? AND (f.follower + ?) % ? = 0 AND (SELECT e.author FROM feed_entries e \
        WHERE e.reader = f.follower ORDER BY e.post DESC LIMIT 1 OFFSET ?) IS NOT NULL ORDER BY f.follower";
    PUSH_RANGE = "UPDATE follows SET delivery = 0 WHERE followee = ? AND delivery = 1 AND follower > ? AND follower <= ?";
    NEXT_FOLLOWEES = "SELECT f.followee, f.delivery, a.loud, a.last_post FROM follows f JOIN people a ON a.no = f.followee \
        WHERE f.follower = ? AND f.followee > ? ORDER BY f.followee LIMIT ?";
    NEXT_FOLLOWERS = "SELECT follower FROM follows WHERE followee = ? AND at >= 0 ORDER BY at, follower LIMIT ?";
    LATEST_AUTHORS = "SELECT a.no, a.last_post FROM follows f JOIN people a ON a.no = f.followee \
        WHERE f.follower = ? AND a.last_post > 0 AND a.last_post <= ? AND (a.last_post < ? OR a.no < ?) \
        AND a.state <> 'leaving' ORDER BY a.last_post DESC, a.no DESC LIMIT ?";
    FOLLOWERS = "SELECT f.follower AS no, f.at, p.member_id FROM follows f LEFT JOIN people p ON p.no = f.follower \
        WHERE f.followee = ? AND f.at <= ? AND (f.at < ? OR f.follower < ?) ORDER BY f.at DESC, f.follower DESC LIMIT ?";
    FOLLOWING = "SELECT f.followee AS no, f.at, p.member_id FROM follows f LEFT JOIN people p ON p.no = f.followee \
        WHERE f.follower = ? AND f.at <= ? AND (f.at < ? OR f.followee < ?) ORDER BY f.at DESC, f.followee DESC LIMIT ?";
}

/// The last of the next followers who get posts in one of these ways.
const NTH_BY_DELIVERY_SQLITE: &str = "SELECT follower FROM follows WHERE followee = ? AND delivery = ? AND follower > ? \
    ORDER BY follower LIMIT 1 OFFSET ?";
/// Without being told, MySQL may go over all followers from the first one on in each step, or over those of others.
const NTH_BY_DELIVERY_MYSQL: &str = "SELECT follower FROM follows FORCE INDEX (follows_delivery) \
    WHERE followee = ? AND delivery = ? AND follower > ? ORDER BY follower LIMIT 1 OFFSET ?";
/// The next followers, and how many authors are looked up for each.
const NEXT_BY_DELIVERY_SQLITE: &str = "SELECT follower, \
    (SELECT COUNT(*) FROM follows o WHERE o.follower = f.follower AND o.delivery = 1) AS pulled \
    FROM follows f WHERE followee = ? AND delivery = ? AND follower > ? ORDER BY follower LIMIT ?";
const NEXT_BY_DELIVERY_MYSQL: &str = "SELECT follower, \
    (SELECT COUNT(*) FROM follows o WHERE o.follower = f.follower AND o.delivery = 1) AS pulled \
    FROM follows f FORCE INDEX (follows_delivery) WHERE followee = ? AND delivery = ? AND follower > ? \
    ORDER BY follower LIMIT ?";

const fn nth_by_delivery_statement(dialect: Dialect) -> &'static str {
    match dialect {
        Dialect::Sqlite => NTH_BY_DELIVERY_SQLITE,
        Dialect::Mysql => NTH_BY_DELIVERY_MYSQL,
    }
}

const fn next_by_delivery_statement(dialect: Dialect) -> &'static str {
    match dialect {
        Dialect::Sqlite => NEXT_BY_DELIVERY_SQLITE,
        Dialect::Mysql => NEXT_BY_DELIVERY_MYSQL,
    }
}

/// The statements that are spelt differently.
pub(crate) fn statements(dialect: Dialect) -> Vec<&'static str> {
    vec![nth_by_delivery_statement(dialect), next_by_delivery_statement(dialect)]
}

/// One who follows another.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Pair {
    pub(crate) follower: PersonNo,
    pub(crate) followee: PersonNo,
}

/// How posts come from one to the other; `None` when they are not followed.
pub(crate) async fn delivery(connection: &mut Connection, pair: Pair) -> Result<Option<Delivery>, DbError> {
    let found =
        query(DELIVERY).bind(pair.follower.0).bind(pair.followee.0).fetch_optional(connection).await?;
    found.map(|row| read_delivery(row.try_get(0)?)).transpose()
}

/// Adds a pair that is not there.
pub(crate) async fn insert(
    tx: &mut Transaction,
    pair: Pair,
    at: Timestamp,
    delivery: Delivery,
) -> Result<(), DbError> {
    query(INSERT)
        .bind(pair.follower.0)
        .bind(pair.followee.0)
        .bind(at.millis())
        .bind(delivery.number())
        .execute(&mut **tx)
        .await?;
    Ok(())
}

/// Takes a pair away; `false` when there was none.
pub(crate) async fn delete(tx: &mut Transaction, pair: Pair) -> Result<bool, DbError> {
    let gone = query(DELETE).bind(pair.follower.0).bind(pair.followee.0).execute(&mut **tx).await?;
    Ok(gone.rows_affected() == 1)
}

/// Changes how posts come, if they still come as was read.
pub(crate) async fn set_delivery(
    tx: &mut Transaction,
    pair: Pair,
    from: Delivery,
    to: Delivery,
) -> Result<(), DbError> {
    query(SET_DELIVERY)
        .bind(to.number())
        .bind(pair.follower.0)
        .bind(pair.followee.0)
        .bind(from.number())
        .execute(&mut **tx)
        .await?;
    Ok(())
}

/// How many authors are looked up for a reader.
pub(crate) async fn count_pulled(connection: &mut Connection, reader: PersonNo) -> Result<i64, DbError> {
    Ok(query(COUNT_PULLED).bind(reader.0).fetch_one(connection).await?.try_get(0)?)
}

/// How many pairs there are with somebody: their followers, and whom they follow.
pub(crate) async fn counts(connection: &mut Connection, no: PersonNo) -> Result<(i64, i64), DbError> {
    let followers = query(COUNT_FOLLOWERS).bind(no.0).fetch_one(&mut *connection).await?.try_get(0)?;
    let following = query(COUNT_FOLLOWING).bind(no.0).fetch_one(connection).await?.try_get(0)?;
    Ok((followers, following))
}

/// Followers of somebody that are dealt with together: after the first number, up to the last.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Followers {
    pub(crate) of: PersonNo,
    pub(crate) after: PersonNo,
    pub(crate) up_to: PersonNo,
}

/// The next `many` followers to whom posts come in this way; without an end when there are no more than those.
pub(crate) async fn next_by_delivery(
    tx: &mut Transaction,
    of: PersonNo,
    delivery: Delivery,
    after: PersonNo,
    many: u32,
) -> Result<Followers, DbError> {
    let last = ending(tx.dialect(), of, delivery, after, many).fetch_optional(&mut **tx).await?;
    Ok(Followers { of, after, up_to: read_end(last.as_slice())? })
}

/// The statement that finds the last of the next `many` followers.
pub(crate) fn ending(
    dialect: Dialect,
    of: PersonNo,
    delivery: Delivery,
    after: PersonNo,
    many: u32,
) -> Statement<'static> {
    let last = query(nth_by_delivery_statement(dialect)).bind(of.0).bind(delivery.number());
    last.bind(after.0).bind(i64::from(many.max(1)) - 1)
}

/// The last of them, from what that finds.
pub(crate) fn read_end(rows: &[AnyRow]) -> Result<PersonNo, DbError> {
    Ok(rows.first().map(number).transpose()?.unwrap_or(PersonNo::LAST))
}

/// The next followers to whom posts are pushed, each with the number of authors that are looked up for them.
pub(crate) async fn next_pushed(
    tx: &mut Transaction,
    of: PersonNo,
    after: PersonNo,
    many: u32,
) -> Result<Vec<(PersonNo, i64)>, DbError> {
    let rows = query(next_by_delivery_statement(tx.dialect()))
        .bind(of.0)
        .bind(Delivery::Push.number())
        .bind(after.0)
        .bind(i64::from(many))
        .fetch_all(&mut **tx)
        .await?;
    rows.iter().map(|row| Ok((number(row)?, row.try_get(1)?))).collect()
}

/// Which feeds are looked at.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Look {
    /// The feed of one in so many followers.
    pub(crate) one_of: u32,
    /// Other ones for another number.
    pub(crate) shift: i64,
}

/// Those of these followers whose feed is longer than `most`, as far as it is looked at.
pub(crate) async fn with_long_feeds(
    connection: &mut Connection,
    followers: Followers,
    look: Look,
    most: u32,
) -> Result<Vec<PersonNo>, DbError> {
    read_long(&looking(followers, look, most).fetch_all(connection).await?)
}

/// The statement that finds them.
pub(crate) fn looking(followers: Followers, Look { one_of, shift }: Look, most: u32) -> Statement<'static> {
    query(TOO_LONG)
        .bind(followers.of.0)
        .bind(followers.after.0)
        .bind(followers.up_to.0)
        .bind(shift)
        .bind(i64::from(one_of.max(1)))
        .bind(i64::from(most))
}

/// Them, from what that finds.
pub(crate) fn read_long(rows: &[AnyRow]) -> Result<Vec<PersonNo>, DbError> {
    rows.iter().map(number).collect()
}

/// Writes posts into the feeds of those for whom they were looked up.
pub(crate) async fn push_to(tx: &mut Transaction, followers: Followers) -> Result<(), DbError> {
    query(PUSH_RANGE)
        .bind(followers.of.0)
        .bind(followers.after.0)
        .bind(followers.up_to.0)
        .execute(&mut **tx)
        .await?;
    Ok(())
}

/// One of those whom somebody follows.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Followee {
    pub(crate) no: PersonNo,
    pub(crate) delivery: Delivery,
    pub(crate) loud: bool,
    pub(crate) last_post: Timestamp,
}

/// The next of those whom somebody follows, by their numbers.
pub(crate) async fn next_followees(
    connection: &mut Connection,
    follower: PersonNo,
    after: PersonNo,
    many: u32,
) -> Result<Vec<Followee>, DbError> {
    let rows = query(NEXT_FOLLOWEES)
        .bind(follower.0)
        .bind(after.0)
        .bind(i64::from(many))
        .fetch_all(connection)
        .await?;
    rows.iter()
        .map(|row| {
            Ok(Followee {
                no: number(row)?,
                delivery: read_delivery(row.try_get(1)?)?,
                loud: row.try_get::<i64, _>(2)? == 1,
                last_post: Timestamp::from_millis(row.try_get(3)?),
            })
        })
        .collect()
}

/// Some followers of somebody.
pub(crate) async fn some_followers(
    connection: &mut Connection,
    of: PersonNo,
    many: u32,
) -> Result<Vec<PersonNo>, DbError> {
    let rows = query(NEXT_FOLLOWERS).bind(of.0).bind(i64::from(many)).fetch_all(connection).await?;
    rows.iter().map(number).collect()
}

/// Those whom a reader follows and who wrote last, after one of them in that order.
pub(crate) async fn latest_authors(
    connection: &mut Connection,
    reader: PersonNo,
    after: RowCursor,
    many: u32,
) -> Result<Vec<RowCursor>, DbError> {
    let rows = listed::rows(connection, LATEST_AUTHORS, reader, after, many).await?;
    rows.iter().map(|row| Ok(RowCursor { no: number(row)?, at: row.try_get(1)? })).collect()
}

/// Who follows somebody, newest first.
pub(crate) async fn followers(
    connection: &mut Connection,
    of: PersonNo,
    before: RowCursor,
    many: u32,
) -> Result<Vec<ListedRow>, DbError> {
    listed::page(connection, FOLLOWERS, of, before, many).await
}

/// Whom somebody follows, newest first.
pub(crate) async fn following(
    connection: &mut Connection,
    of: PersonNo,
    before: RowCursor,
    many: u32,
) -> Result<Vec<ListedRow>, DbError> {
    listed::page(connection, FOLLOWING, of, before, many).await
}

fn number(row: &AnyRow) -> Result<PersonNo, DbError> {
    Ok(PersonNo(row.try_get(0)?))
}

fn read_delivery(number: i64) -> Result<Delivery, DbError> {
    [Delivery::Push, Delivery::Pull, Delivery::None]
        .into_iter()
        .find(|delivery| delivery.number() == number)
        .ok_or(DbError::Unreadable { column: "follows.delivery" })
}

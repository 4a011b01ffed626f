//! The table `posts`.

use db::{AnyRow, Connection, DbError, Row as _, Statement, Transaction, query};
use kernel::Timestamp;

use crate::person::PersonNo;
use crate::post::{Post, PostState};
use crate::post_id::PostId;

db::statements! {
    FIND = "SELECT id, author, body, state, hidden_reason FROM posts WHERE id = ?";
    /// Whether there is something to spread.
    IS_THERE = "SELECT a.no FROM posts p JOIN people a ON a.no = p.author WHERE p.id = ? AND p.state < 2";
    INSERT = "INSERT INTO posts (id, author, body, state, request_key) VALUES (?, ?, ?, 0, ?)";
    BY_KEY = "SELECT id, author, body, state, hidden_reason FROM posts WHERE author = ? AND request_key = ?";
    FREE_KEY = "UPDATE posts SET request_key = NULL WHERE id = ?";
    /// Of several requests that delete it, one does.
    DELETE = "UPDATE posts SET state = 2, body = '', hidden_reason = NULL, hidden_until = NULL, expires_at = ? \
        WHERE id = ? AND state < 2";
    NEWEST = "SELECT id FROM posts WHERE author = ? AND state = ? ORDER BY id DESC LIMIT 1 OFFSET ?";
    SHOWN_OF_AUTHOR = "SELECT id, author, body, state, hidden_reason FROM posts \
        WHERE author = ? AND state = 0 AND id < ? ORDER BY id DESC LIMIT ?";
    /// Of both states in the order of their ids, each by the index, and in one statement: else a post that changes between two
    /// would be in neither, or in both.
    ALL_OF_AUTHOR = "SELECT id, author, body, state, hidden_reason FROM \
        (SELECT id, author, body, state, hidden_reason FROM posts WHERE author = ? AND state = 0 AND id < ? \
        ORDER BY id DESC LIMIT ?) b0 UNION ALL SELECT id, author, body, state, hidden_reason FROM \
        (SELECT id, author, body, state, hidden_reason FROM posts WHERE author = ? AND state = 1 AND id < ? \
        ORDER BY id DESC LIMIT ?) b1 ORDER BY id DESC LIMIT ?";
    COUNT = "SELECT COUNT(*) FROM posts WHERE author = ? AND state IN (0, 1)";
    HIDE = "UPDATE posts SET state = 1, hidden_until = ?, hidden_reason = ? WHERE id = ? AND state < 2";
    SHOW = "UPDATE posts SET state = 0, hidden_until = NULL, hidden_reason = NULL WHERE id = ? AND state = 1";
    HIDDEN_UNTIL = "SELECT id FROM posts WHERE hidden_until <= ? LIMIT ?";
    ANY_OF_AUTHOR = "SELECT id FROM posts WHERE author = ? LIMIT ?";
    ERASE = "DELETE FROM posts WHERE id = ?";
}

/// The post with this id.
pub(crate) async fn find(connection: &mut Connection, id: PostId) -> Result<Option<Post>, DbError> {
    let row = query(FIND).bind(id.column()).fetch_optional(connection).await?;
    row.as_ref().map(read).transpose()
}

/// The statement that finds a row if a post and its author are there.
pub(crate) fn looking_for(id: PostId) -> Statement<'static> {
    query(IS_THERE).bind(id.column())
}

/// Adds a post.
pub(crate) async fn insert(
    tx: &mut Transaction,
    id: PostId,
    author: PersonNo,
    body: &str,
    request_key: Option<&str>,
) -> Result<(), DbError> {
    query(INSERT).bind(id.column()).bind(author.0).bind(body).bind(request_key).execute(&mut **tx).await?;
    Ok(())
}

/// The post of a request.
pub(crate) async fn by_key(
    connection: &mut Connection,
    author: PersonNo,
    request_key: &str,
) -> Result<Option<Post>, DbError> {
    let row = query(BY_KEY).bind(author.0).bind(request_key).fetch_optional(connection).await?;
    row.as_ref().map(read).transpose()
}

/// Lets another request have the same key.
pub(crate) async fn free_key(tx: &mut Transaction, id: PostId) -> Result<(), DbError> {
    query(FREE_KEY).bind(id.column()).execute(&mut **tx).await?;
    Ok(())
}

/// Deletes a post; its row goes later. `false` when it was deleted before.
pub(crate) async fn delete(tx: &mut Transaction, id: PostId, expires_at: Timestamp) -> Result<bool, DbError> {
    let gone = query(DELETE).bind(expires_at.millis()).bind(id.column()).execute(&mut **tx).await?;
    Ok(gone.rows_affected() == 1)
}

/// The post of an author after so many newer ones in this state.
pub(crate) async fn newest(
    connection: &mut Connection,
    author: PersonNo,
    state: PostState,
    after: u32,
) -> Result<Option<PostId>, DbError> {
    let row = query(NEWEST)
        .bind(author.0)
        .bind(state.number())
        .bind(i64::from(after))
        .fetch_optional(connection)
        .await?;
    row.map(|row| id(&row)).transpose()
}

/// When the newest post of an author was written that is not deleted; the epoch when there is none.
pub(crate) async fn last_post(connection: &mut Connection, author: PersonNo) -> Result<Timestamp, DbError> {
    let shown = newest(connection, author, PostState::Shown, 0).await?;
    let hidden = newest(connection, author, PostState::Hidden, 0).await?;
    Ok(shown.max(hidden).map_or(Timestamp::from_millis(0), PostId::at))
}

/// The posts of an author that are shown, before another, newest first.
pub(crate) async fn shown_of(
    connection: &mut Connection,
    author: PersonNo,
    before: PostId,
    many: u32,
) -> Result<Vec<Post>, DbError> {
    let shown = query(SHOWN_OF_AUTHOR).bind(author.0).bind(before.column()).bind(i64::from(many));
    shown.fetch_all(connection).await?.iter().map(read).collect()
}

/// The same, also those that are hidden.
pub(crate) async fn all_of(
    connection: &mut Connection,
    author: PersonNo,
    before: PostId,
    many: u32,
) -> Result<Vec<Post>, DbError> {
    let mut all = query(ALL_OF_AUTHOR);
    for _ in 0..2 {
        all = all.bind(author.0).bind(before.column()).bind(i64::from(many));
    }
    all.bind(i64::from(many)).fetch_all(connection).await?.iter().map(read).collect()
}

/// How many posts of an author are not deleted.
pub(crate) async fn count(connection: &mut Connection, author: PersonNo) -> Result<i64, DbError> {
    Ok(query(COUNT).bind(author.0).fetch_one(connection).await?.try_get(0)?)
}

/// Hides a post, until then or for good; `false` when there is none.
pub(crate) async fn hide(
    tx: &mut Transaction,
    id: PostId,
    until: Option<Timestamp>,
    reason: &str,
) -> Result<bool, DbError> {
    let hide = query(HIDE).bind(until.map(Timestamp::millis)).bind(reason).bind(id.column());
    Ok(hide.execute(&mut **tx).await?.rows_affected() == 1)
}

/// Shows a hidden post again; `false` when it was not hidden.
pub(crate) async fn show(tx: &mut Transaction, id: PostId) -> Result<bool, DbError> {
    Ok(query(SHOW).bind(id.column()).execute(&mut **tx).await?.rows_affected() == 1)
}

/// Posts that were hidden until now.
pub(crate) async fn hidden_until(
    connection: &mut Connection,
    now: Timestamp,
    many: u32,
) -> Result<Vec<PostId>, DbError> {
    let rows = query(HIDDEN_UNTIL).bind(now.millis()).bind(i64::from(many)).fetch_all(connection).await?;
    rows.iter().map(id).collect()
}

/// Some posts of an author, in any state.
pub(crate) async fn some_of(
    connection: &mut Connection,
    author: PersonNo,
    many: u32,
) -> Result<Vec<PostId>, DbError> {
    let rows = query(ANY_OF_AUTHOR).bind(author.0).bind(i64::from(many)).fetch_all(connection).await?;
    rows.iter().map(id).collect()
}

/// Removes the row.
pub(crate) async fn erase(tx: &mut Transaction, id: PostId) -> Result<(), DbError> {
    query(ERASE).bind(id.column()).execute(&mut **tx).await?;
    Ok(())
}

fn id(row: &AnyRow) -> Result<PostId, DbError> {
    PostId::from_column(&row.try_get::<Vec<u8>, _>(0)?).ok_or(DbError::Unreadable { column: "posts.id" })
}

fn read(row: &AnyRow) -> Result<Post, DbError> {
    Ok(Post {
        id: id(row)?,
        author: PersonNo(row.try_get("author")?),
        body: row.try_get("body")?,
        state: PostState::of(row.try_get("state")?),
        hidden_reason: row.try_get("hidden_reason")?,
    })
}

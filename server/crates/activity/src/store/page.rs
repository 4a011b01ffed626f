//! What a page of a feed is made of: one statement with a limited branch for each place where a post can come from.

use std::fmt::Write as _;
use std::sync::LazyLock;

use db::{AnyRow, Connection, DbError, Dialect, Row as _, query};
use names::MemberId;

use crate::person::PersonNo;
use crate::post::{Post, PostState};
use crate::post_id::PostId;

/// For so many authors that are looked up there is a statement; one with too many places gets nobody's number in the rest.
const SIZES: [usize; 7] = [0, 2, 8, 24, 50, 100, 160];

static STATEMENTS: LazyLock<Vec<String>> =
    LazyLock::new(|| SIZES.iter().map(|size| statement(*size)).collect());

/// Each branch is limited and follows an index, so that what is read does not grow with what there is.
fn statement(authors: usize) -> String {
    let mut branches = "SELECT id FROM (SELECT post AS id FROM feed_entries \
        WHERE reader = ? AND post < ? AND post >= ? ORDER BY post DESC LIMIT ?) e"
        .to_owned();
    for (place, state) in [(0, 0), (1, 1)].into_iter().chain((2..authors + 2).map(|place| (place, 0))) {
        // Writing to a text cannot fail.
        let _ = write!(
            branches,
            " UNION SELECT id FROM (SELECT id FROM posts WHERE author = ? AND state = {state} AND id < ? AND id >= ? \
             ORDER BY id DESC LIMIT ?) a{place}"
        );
    }
    format!(
        "SELECT c.id, p.author, p.body, p.state, p.hidden_reason, a.member_id, \
         (SELECT COUNT(*) FROM follows f WHERE f.follower = ? AND f.followee = p.author) AS followed, \
         (SELECT COUNT(*) FROM blocks b WHERE b.blocker = ? AND b.blocked = p.author) AS blocking, \
         (SELECT COUNT(*) FROM blocks b WHERE b.blocker = p.author AND b.blocked = ?) AS blocked \
         FROM (SELECT id FROM ({branches}) u ORDER BY id DESC LIMIT ?) c \
         LEFT JOIN posts p ON p.id = c.id LEFT JOIN people a ON a.no = p.author ORDER BY c.id DESC"
    )
}

/// The statements, which are the same for both databases.
pub(crate) fn statements(_: Dialect) -> Vec<&'static str> {
    STATEMENTS.iter().map(String::as_str).collect()
}

/// What is asked for.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Wanted<'a> {
    pub(crate) reader: PersonNo,
    /// Whose posts are looked up.
    pub(crate) authors: &'a [PersonNo],
    pub(crate) before: PostId,
    /// Nothing older.
    pub(crate) floor: PostId,
    pub(crate) many: u32,
}

/// A post that may be in a feed.
#[derive(Clone, Debug)]
pub(crate) struct Candidate {
    pub(crate) id: PostId,
    /// The post and its author, if the reader may see it as far as this part knows.
    pub(crate) visible: Option<Visible>,
}

/// A post that its reader may see, if its author is an active member.
#[derive(Clone, Debug)]
pub(crate) struct Visible {
    pub(crate) post: Post,
    pub(crate) author: MemberId,
}

/// The newest posts before one of them, also those that the reader may not see: so the next page begins after what was
/// looked at.
pub(crate) async fn candidates(
    connection: &mut Connection,
    wanted: Wanted<'_>,
) -> Result<Vec<Candidate>, DbError> {
    let Wanted { reader, before, floor, many, .. } = wanted;
    let size = SIZES.iter().position(|size| *size >= wanted.authors.len()).unwrap_or(SIZES.len() - 1);
    let Some(statement) = STATEMENTS.get(size) else { return Ok(Vec::new()) };
    let mut page = query(statement.as_str()).bind(reader.0).bind(reader.0).bind(reader.0);
    // The feed, the reader's own posts, those of them that are hidden; then the authors.
    let padding = SIZES[size].saturating_sub(wanted.authors.len());
    let authors = wanted.authors.iter().take(SIZES[size]).copied();
    let nobody = std::iter::repeat_n(PersonNo::FIRST, padding);
    for place in [reader, reader, reader].into_iter().chain(authors).chain(nobody) {
        page = page.bind(place.0).bind(before.column()).bind(floor.column()).bind(i64::from(many));
    }
    let rows = page.bind(i64::from(many)).fetch_all(connection).await?;
    rows.iter().map(|row| read(row, reader)).collect()
}

fn read(row: &AnyRow, reader: PersonNo) -> Result<Candidate, DbError> {
    let id = PostId::from_column(&row.try_get::<Vec<u8>, _>("id")?);
    let id = id.ok_or(DbError::Unreadable { column: "feed_entries.post" })?;
    let (author, member): (Option<i64>, Option<String>) = (row.try_get("author")?, row.try_get("member_id")?);
    // Deleted, or by somebody who is being erased.
    let (Some(author), Some(member)) = (author.map(PersonNo), member) else {
        return Ok(Candidate { id, visible: None });
    };
    let state = PostState::of(row.try_get("state")?);
    let count = |column| row.try_get::<i64, _>(column);
    let may_see = if author == reader {
        state != PostState::Deleted
    } else {
        state == PostState::Shown
            && count("followed")? > 0
            && count("blocking")? == 0
            && count("blocked")? == 0
    };
    if !may_see {
        return Ok(Candidate { id, visible: None });
    }
    let post =
        Post { id, author, body: row.try_get("body")?, state, hidden_reason: row.try_get("hidden_reason")? };
    let author = MemberId::parse(&member).map_err(|_| DbError::Unreadable { column: "people.member_id" })?;
    Ok(Candidate { id, visible: Some(Visible { post, author }) })
}

//! What a page of a feed is made of: one statement with a limited branch for each place where a post can come from.

use std::sync::LazyLock;

use db::{AnyRow, Connection, DbError, Dialect, Row as _, query};
use names::MemberId;

use crate::person::PersonNo;
use crate::post::{Post, PostState};
use crate::post_id::PostId;

/// For so many authors that are looked up there are statements with the posts of a page, and of no more than it has posts; one with
/// too many places gets nobody's number in the rest.
const PAGE_SIZES: [usize; 4] = [0, 2, 8, 24];
const MOST_OF_PAGE: usize = 51;
/// For so many there are statements with the newest post of each. Fewer than five are not ranked.
const HEAD_SIZES: [usize; 4] = [8, 24, 51, 100];
const MOST_HEADS: usize = 160;

/// The statements of a dialect.
struct Statements {
    /// The posts of a page.
    pages: BySize,
    /// The newest post of each author.
    heads: BySize,
    /// The oldest post of a page without authors that are looked up.
    end: String,
}

/// A statement for each number of places.
struct BySize {
    smaller: Vec<WithPlaces>,
    largest: WithPlaces,
}

/// A statement with places for so many authors.
struct WithPlaces {
    places: usize,
    text: String,
}

impl BySize {
    fn of(smaller: &[usize], largest: usize, write: impl Fn(usize) -> String) -> Self {
        let write = |places| WithPlaces { places, text: write(places) };
        Self { smaller: smaller.iter().copied().map(&write).collect(), largest: write(largest) }
    }

    /// The smallest with places for so many authors.
    fn with_places(&self, authors: usize) -> &WithPlaces {
        self.smaller.iter().find(|statement| statement.places >= authors).unwrap_or(&self.largest)
    }

    fn texts(&self) -> impl Iterator<Item = &str> {
        self.smaller.iter().chain([&self.largest]).map(|statement| statement.text.as_str())
    }
}

static SQLITE: LazyLock<Statements> = LazyLock::new(|| Statements::of(Dialect::Sqlite));
static MYSQL: LazyLock<Statements> = LazyLock::new(|| Statements::of(Dialect::Mysql));

fn statements_of(dialect: Dialect) -> &'static Statements {
    match dialect {
        Dialect::Sqlite => &SQLITE,
        Dialect::Mysql => &MYSQL,
    }
}

impl Statements {
    fn of(dialect: Dialect) -> Self {
        Self {
            pages: BySize::of(&PAGE_SIZES, MOST_OF_PAGE, |size| page_statement(dialect, size)),
            heads: BySize::of(&HEAD_SIZES, MOST_HEADS, |size| heads_statement(dialect, size)),
            end: format!("{} ORDER BY id DESC LIMIT 1 OFFSET ?", branches(dialect, 0)),
        }
    }
}

/// A branch has a limit of its own, which the two dialects spell differently.
fn branch(dialect: Dialect, place: usize, columns: &str, select: &str) -> String {
    match dialect {
        Dialect::Sqlite => format!("SELECT {columns} FROM (SELECT {select}) b{place}"),
        // A table more for each branch would be written and read.
        Dialect::Mysql => format!("(SELECT {select})"),
    }
}

/// Each branch is limited and follows an index, so that what is read does not grow with what there is.
fn branches(dialect: Dialect, authors: usize) -> String {
    let entries = "post AS id FROM feed_entries WHERE reader = ? AND post < ? AND post >= ? \
        ORDER BY post DESC LIMIT ?";
    let posts = |state: u8| {
        format!(
            "id FROM posts WHERE author = ? AND state = {state} AND id < ? AND id >= ? ORDER BY id DESC LIMIT ?"
        )
    };
    let (shown, hidden) = (posts(0), posts(1));
    let all = [entries, &shown, &hidden].into_iter().chain(std::iter::repeat_n(&*shown, authors));
    let all: Vec<_> = all.enumerate().map(|(place, select)| branch(dialect, place, "id", select)).collect();
    all.join(" UNION ")
}

fn page_statement(dialect: Dialect, authors: usize) -> String {
    format!(
        "SELECT c.id, p.author, p.body, p.state, p.hidden_reason, a.member_id, \
         (SELECT COUNT(*) FROM follows f WHERE f.follower = ? AND f.followee = p.author) AS followed, \
         (SELECT COUNT(*) FROM blocks b WHERE b.blocker = ? AND b.blocked = p.author) AS blocking, \
         (SELECT COUNT(*) FROM blocks b WHERE b.blocker = p.author AND b.blocked = ?) AS blocked \
         FROM ({} ORDER BY id DESC LIMIT ?) c \
         LEFT JOIN posts p ON p.id = c.id LEFT JOIN people a ON a.no = p.author ORDER BY c.id DESC",
        branches(dialect, authors)
    )
}

fn heads_statement(dialect: Dialect, authors: usize) -> String {
    let head = "author, id FROM posts WHERE author = ? AND state = 0 AND id < ? AND id >= ? ORDER BY id DESC LIMIT 1";
    let all: Vec<_> = (0..authors).map(|place| branch(dialect, place, "author, id", head)).collect();
    all.join(" UNION ALL ")
}

/// The statements as this database is asked them.
pub(crate) fn statements(dialect: Dialect) -> Vec<&'static str> {
    let Statements { pages, heads, end } = statements_of(dialect);
    pages.texts().chain(heads.texts()).chain([end.as_str()]).collect()
}

/// Which part of a feed: its posts before one, none older than another.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Part {
    pub(crate) reader: PersonNo,
    pub(crate) before: PostId,
    pub(crate) floor: PostId,
    pub(crate) own: OwnPosts,
}

/// Whether the reader's own posts are in a part.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum OwnPosts {
    Shown,
    LeftOut,
}

impl Part {
    /// How many rows are taken, where there are so many in all, from each place that the reader's own feed is made of: the feed, their
    /// own posts, those of them that are hidden.
    const fn limits(self, many: u32) -> [u32; 3] {
        match self.own {
            OwnPosts::Shown => [many; 3],
            OwnPosts::LeftOut => [many, 0, 0],
        }
    }
}

/// An author whose posts are looked up, so many at most.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct LookedUp {
    pub(crate) author: PersonNo,
    pub(crate) many: u32,
}

/// The post after so many newer ones in the feed and among the reader's own, if there is one.
pub(crate) async fn end(
    connection: &mut Connection,
    dialect: Dialect,
    part: Part,
    after: u32,
) -> Result<Option<PostId>, DbError> {
    let mut end = query(statements_of(dialect).end.as_str());
    for many in part.limits(after.saturating_add(1)) {
        end = end.bind(part.reader.0).bind(part.before.column()).bind(part.floor.column());
        end = end.bind(i64::from(many));
    }
    let row = end.bind(i64::from(after)).fetch_optional(connection).await?;
    row.map(|row| read_id(&row)).transpose()
}

/// The newest post of each of these authors that is in that part, if there is one.
pub(crate) async fn heads(
    connection: &mut Connection,
    dialect: Dialect,
    part: Part,
    authors: &[PersonNo],
) -> Result<Vec<(PersonNo, PostId)>, DbError> {
    let WithPlaces { places, text } = statements_of(dialect).heads.with_places(authors.len());
    let mut heads = query(text.as_str());
    for place in 0..*places {
        let author = authors.get(place).copied().unwrap_or(PersonNo::FIRST);
        heads = heads.bind(author.0).bind(part.before.column()).bind(part.floor.column());
    }
    let rows = heads.fetch_all(connection).await?;
    rows.iter().map(|row| Ok((PersonNo(row.try_get("author")?), read_id(row)?))).collect()
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

/// The newest posts of a part, at most so many, also those that the reader may not see: so the next page begins after what was
/// looked at.
pub(crate) async fn candidates(
    connection: &mut Connection,
    dialect: Dialect,
    part: Part,
    authors: &[LookedUp],
    many: u32,
) -> Result<Vec<Candidate>, DbError> {
    let Part { reader, before, floor, .. } = part;
    let WithPlaces { places, text } = statements_of(dialect).pages.with_places(authors.len());
    let mut page = query(text.as_str()).bind(reader.0).bind(reader.0).bind(reader.0);
    let own = part.limits(many).map(|many| LookedUp { author: reader, many });
    let nobody = LookedUp { author: PersonNo::FIRST, many: 1 };
    let authors = (0..*places).map(|place| authors.get(place).copied().unwrap_or(nobody));
    for LookedUp { author, many } in own.into_iter().chain(authors) {
        page = page.bind(author.0).bind(before.column()).bind(floor.column()).bind(i64::from(many));
    }
    let rows = page.bind(i64::from(many)).fetch_all(connection).await?;
    rows.iter().map(|row| read(row, reader)).collect()
}

fn read_id(row: &AnyRow) -> Result<PostId, DbError> {
    let id = PostId::from_column(&row.try_get::<Vec<u8>, _>("id")?);
    id.ok_or(DbError::Unreadable { column: "feed_entries.post" })
}

fn read(row: &AnyRow, reader: PersonNo) -> Result<Candidate, DbError> {
    let id = read_id(row)?;
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

//! What a page of a feed is made of: one statement with a limited branch for each place where a post can come from.

use std::sync::LazyLock;

use db::{AnyRow, Connection, DbError, Dialect, Row as _, query};
use names::MemberId;

use crate::person::PersonNo;
use crate::post::{Post, PostState};
use crate::post_id::PostId;

/// What a statement has places for: posts whose ids are known, and authors with further ones. Nobody's number is in the places that
/// are left. The largest is for a page of the most posts: of an author who has further ones there are two among the known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Places {
    posts: usize,
    authors: usize,
}

const SIZES: [Places; 4] = [
    Places { posts: 0, authors: 0 },
    Places { posts: 22, authors: 0 },
    Places { posts: 22, authors: 4 },
    Places { posts: 22, authors: 11 },
];
const MAX_PLACES: Places = Places { posts: 51, authors: 25 };

/// The statements of a dialect.
struct Statements {
    smaller: [WithPlaces; SIZES.len()],
    largest: WithPlaces,
    end: String,
}

struct WithPlaces {
    places: Places,
    text: String,
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
        let write = |places| WithPlaces { places, text: page_statement(dialect, places) };
        Self { smaller: SIZES.map(write), largest: write(MAX_PLACES), end: end_statement(dialect) }
    }

    /// The smallest with places for these.
    fn with_places(&self, LookedUp { posts, further }: &LookedUp) -> &WithPlaces {
        let fits = |WithPlaces { places, .. }: &&WithPlaces| {
            places.posts >= posts.len() && places.authors >= further.len()
        };
        self.smaller.iter().find(fits).unwrap_or(&self.largest)
    }
}

/// Each branch is limited and follows an index, so that what is read does not grow with what there is.
fn branches(dialect: Dialect, places: Places) -> String {
    let entries = "post AS id FROM feed_entries WHERE reader = ? AND post < ? AND post >= ? \
        ORDER BY post DESC LIMIT ?";
    let posts = |state: u8| {
        format!(
            "id FROM posts WHERE author = ? AND state = {state} AND id < ? AND id >= ? ORDER BY id DESC LIMIT ?"
        )
    };
    let (shown, hidden) = (posts(0), posts(1));
    let all = [entries, &shown, &hidden].into_iter().chain(std::iter::repeat_n(&*shown, places.authors));
    // A branch has a limit of its own, which the two dialects spell differently. With a table for each of them, MySQL would write
    // and read it.
    let branch = |(place, select)| match dialect {
        Dialect::Sqlite => format!("SELECT id FROM (SELECT {select}) b{place}"),
        Dialect::Mysql => format!("(SELECT {select})"),
    };
    let mut all: Vec<_> = all.enumerate().map(branch).collect();
    if places.posts > 0 {
        let select = format!("id FROM posts WHERE id IN ({})", vec!["?"; places.posts].join(", "));
        all.push(format!("SELECT {select}"));
    }
    all.join(" UNION ")
}

/// Each table is joined by a key, so that there is one row for a post. They are put in order here.
fn page_statement(dialect: Dialect, places: Places) -> String {
    format!(
        "SELECT c.id, p.author, p.body, p.state, p.hidden_reason, a.member_id, f.followee AS followed, \
         b.blocked AS blocking, o.blocker AS blocked FROM ({} ORDER BY id DESC LIMIT ?) c \
         LEFT JOIN posts p ON p.id = c.id LEFT JOIN people a ON a.no = p.author \
         LEFT JOIN follows f ON f.follower = ? AND f.followee = p.author \
         LEFT JOIN blocks b ON b.blocker = ? AND b.blocked = p.author \
         LEFT JOIN blocks o ON o.blocker = p.author AND o.blocked = ?",
        branches(dialect, places)
    )
}

/// Whose posts are looked at where a page would end.
const OF_END: Places = Places { posts: 0, authors: 4 };

fn end_statement(dialect: Dialect) -> String {
    format!("{} ORDER BY id DESC LIMIT 1 OFFSET ?", branches(dialect, OF_END))
}

/// The statements as this database is asked them.
pub(crate) fn statements(dialect: Dialect) -> Vec<&'static str> {
    let Statements { smaller, largest, end } = statements_of(dialect);
    let pages = smaller.iter().chain([largest]).map(|statement| statement.text.as_str());
    pages.chain([end.as_str()]).collect()
}

/// Which part of a feed: its posts before one, none older than another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
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
    /// What is taken from each place that the reader's own feed is made of, where there are so many in all: the feed, their own posts,
    /// those of them that are hidden.
    fn own_feed(self, many: u32) -> [Further; 3] {
        let limits = match self.own {
            OwnPosts::Shown => [many; 3],
            OwnPosts::LeftOut => [many, 0, 0],
        };
        limits.map(|many| Further { author: self.reader, before: self.before, many })
    }
}

/// What is on a page from authors who are looked up: posts that are known, and what may come with them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct LookedUp {
    pub(crate) posts: Vec<PostId>,
    pub(crate) further: Vec<Further>,
}

/// The posts of an author before one of them, so many at most.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Further {
    pub(crate) author: PersonNo,
    pub(crate) before: PostId,
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

/// The newest posts of a part, at most so many, also those that the reader may not see: so the next page begins after what was
/// looked at.
pub(crate) async fn candidates(
    connection: &mut Connection,
    dialect: Dialect,
    part: Part,
    looked_up: &LookedUp,
    many: u32,
) -> Result<Vec<Candidate>, DbError> {
    let WithPlaces { places, text } = statements_of(dialect).with_places(looked_up);
    let nobody = Further { author: PersonNo::FIRST, before: PostId::FIRST, many: 1 };
    let further = (0..places.authors).map(|place| looked_up.further.get(place).copied().unwrap_or(nobody));
    let mut page = query(text.as_str());
    for Further { author, before, many } in part.own_feed(many).into_iter().chain(further) {
        page = page.bind(author.0).bind(before.column()).bind(part.floor.column()).bind(i64::from(many));
    }
    for place in 0..places.posts {
        page = page.bind(looked_up.posts.get(place).copied().unwrap_or(PostId::FIRST).column());
    }
    let Part { reader, .. } = part;
    let page = page.bind(i64::from(many)).bind(reader.0).bind(reader.0).bind(reader.0);
    let rows = page.fetch_all(connection).await?;
    let mut candidates = rows.iter().map(|row| read(row, reader)).collect::<Result<Vec<_>, DbError>>()?;
    candidates.sort_unstable_by_key(|candidate| std::cmp::Reverse(candidate.id));
    Ok(candidates)
}

/// The post after so many newer ones in the feed, among the reader's own and those of the first of these authors, if there is one.
pub(crate) async fn end(
    connection: &mut Connection,
    dialect: Dialect,
    part: Part,
    authors: &[Further],
    after: u32,
) -> Result<Option<PostId>, DbError> {
    let mut end = query(statements_of(dialect).end.as_str());
    let many = after.saturating_add(1);
    let authors = (0..OF_END.authors).map(|place| authors.get(place).map_or(PersonNo::FIRST, |of| of.author));
    let authors = authors.map(|author| Further { author, before: part.before, many });
    for Further { author, before, many } in part.own_feed(many).into_iter().chain(authors) {
        end = end.bind(author.0).bind(before.column()).bind(part.floor.column()).bind(i64::from(many));
    }
    let row = end.bind(i64::from(after)).fetch_optional(connection).await?;
    row.map(|row| read_id(&row)).transpose()
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
    let is_there = |column| Ok::<_, DbError>(row.try_get::<Option<i64>, _>(column)?.is_some());
    let may_see = if author == reader {
        state != PostState::Deleted
    } else {
        state == PostState::Shown && is_there("followed")? && !is_there("blocking")? && !is_there("blocked")?
    };
    if !may_see {
        return Ok(Candidate { id, visible: None });
    }
    let post =
        Post { id, author, body: row.try_get("body")?, state, hidden_reason: row.try_get("hidden_reason")? };
    let author = MemberId::parse(&member).map_err(|_| DbError::Unreadable { column: "people.member_id" })?;
    Ok(Candidate { id, visible: Some(Visible { post, author }) })
}

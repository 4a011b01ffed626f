//! The authors whose posts are looked up for a page, each with the newest of them.
//!
//! Asked for within a statement, MySQL and MariaDB find posts by their author alone, and pass by all that are newer than the page. At the
//! newest page there are none. Further back the authors are asked for first, and then the posts of each by their number, from where the
//! page begins.

use std::fmt::Write as _;
use std::sync::LazyLock;

use db::{AnyRow, Connection, DbError, Dialect, Row as _, Statement, query};
use names::MemberId;

use crate::person::PersonNo;
use crate::post_id::PostId;

/// The authors of a reader who are such.
macro_rules! such_authors {
    ($such:literal) => {
        concat!(
            "SELECT a.no, a.last_post FROM people r JOIN follows f ON f.follower = r.no \
            JOIN people a ON a.no = f.followee WHERE r.member_id = ? AND a.last_post >= ? AND ",
            $such
        )
    };
}

/// Each is asked for two posts: of most there is no more than one on a page. They are put in order by the whole index, without which
/// MySQL would read and sort all of them.
macro_rules! authors {
    ($such:literal) => {
        concat!(
            "SELECT b0.no, b0.last_post, (SELECT p.id FROM posts p WHERE p.author = b0.no AND p.state = 0 AND p.id < ? \
            ORDER BY p.author DESC, p.state DESC, p.id DESC LIMIT 1) AS newest, \
            (SELECT p.id FROM posts p WHERE p.author = b0.no AND p.state = 0 AND p.id < ? \
            ORDER BY p.author DESC, p.state DESC, p.id DESC LIMIT 1 OFFSET 1) AS second FROM (",
            such_authors!($such),
            ") b0"
        )
    };
}

db::statements! {
    /// All of them: they are never many, and are not put in order.
    PULLED = authors!("f.delivery = 1");
    LAST_PULLED = authors!("f.delivery = 1 ORDER BY a.last_post DESC LIMIT ?");
    LAST_FOLLOWED = authors!("a.state <> 'leaving' ORDER BY a.last_post DESC LIMIT ?");
    NUMBERS_OF_PULLED = such_authors!("f.delivery = 1");
    NUMBERS_OF_LAST_FOLLOWED = such_authors!("a.state <> 'leaving' ORDER BY a.last_post DESC LIMIT ?");
}

/// So many authors are asked for their posts in a statement.
const STATEMENT_AUTHORS: usize = 25;

/// The newest two posts of authors whose numbers are known, as MySQL and MariaDB are asked. Left to themselves they may go over all posts
/// in the order of their ids, until they meet two by the author.
static NEWEST: LazyLock<String> = LazyLock::new(|| {
    let mut all = String::new();
    for place in 0..STATEMENT_AUTHORS {
        let union = if place == 0 { "" } else { " UNION ALL " };
        let _ = write!(
            all,
            "{union}(SELECT author, id FROM posts FORCE INDEX (posts_author) WHERE author = ? AND state = 0 AND id < ? ORDER BY id DESC LIMIT 2)"
        );
    }
    all
});

/// The statements that are in no list, as this database is asked them.
pub(crate) fn statements(dialect: Dialect) -> Vec<&'static str> {
    match dialect {
        Dialect::Sqlite => Vec::new(),
        Dialect::Mysql => vec![NEWEST.as_str()],
    }
}

/// Which authors are looked up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Authors {
    /// Whose posts are not written into the feed.
    Pulled,
    /// All who are followed.
    Followed,
}

/// Whose posts are asked for, and in which part of the feed.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Asked {
    pub(crate) authors: Authors,
    pub(crate) reader: MemberId,
    pub(crate) before: PostId,
    pub(crate) floor: PostId,
    pub(crate) most: Most,
}

/// How many are asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Most {
    /// So many who wrote last.
    Last(u32),
    /// All; of those who are followed so many who wrote last.
    All,
}

/// An author, and the newest two posts in that part.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Author {
    pub(crate) no: PersonNo,
    /// When they wrote last, whatever the part; in milliseconds.
    pub(crate) last_post: i64,
    pub(crate) newest: Option<PostId>,
    pub(crate) second: Option<PostId>,
}

/// So many who are followed are looked up at most.
const MAX_PULLED_AUTHORS: u32 = 100;

/// Whether they are asked for first, and their posts after that.
fn come_alone(dialect: Dialect, Asked { before, most, .. }: Asked) -> bool {
    dialect == Dialect::Mysql && before != PostId::LAST && most == Most::All
}

/// Asks for them. [`read`] makes them of what this gives.
pub(crate) fn asking(dialect: Dialect, asked: Asked) -> Statement<'static> {
    let alone = come_alone(dialect, asked);
    let (statement, most) = match (asked.authors, asked.most) {
        (Authors::Pulled, Most::All) if alone => (NUMBERS_OF_PULLED, None),
        (Authors::Pulled, Most::All) => (PULLED, None),
        (Authors::Pulled, Most::Last(most)) => (LAST_PULLED, Some(most)),
        (Authors::Followed, most) => {
            let most = if let Most::Last(most) = most { most } else { MAX_PULLED_AUTHORS };
            (if alone { NUMBERS_OF_LAST_FOLLOWED } else { LAST_FOLLOWED }, Some(most))
        }
    };
    let mut asking = query(statement);
    if !alone {
        asking = asking.bind(asked.before.column()).bind(asked.before.column());
    }
    // Who never wrote has 0.
    let asking = asking.bind(asked.reader.to_string()).bind(asked.floor.at().millis().max(1));
    match most {
        Some(most) => asking.bind(i64::from(most)),
        None => asking,
    }
}

/// Them from their rows, with their posts.
pub(crate) async fn read(
    connection: &mut Connection,
    dialect: Dialect,
    asked: Asked,
    rows: &[AnyRow],
) -> Result<Vec<Author>, DbError> {
    if !come_alone(dialect, asked) {
        return rows.iter().map(read_one).collect();
    }
    let alone = |row: &AnyRow| {
        let (no, last_post) = (PersonNo(row.try_get("no")?), row.try_get("last_post")?);
        Ok::<_, DbError>(Author { no, last_post, newest: None, second: None })
    };
    let mut authors = rows.iter().map(alone).collect::<Result<Vec<_>, _>>()?;
    for some in authors.chunks_mut(STATEMENT_AUTHORS) {
        find_posts(connection, asked.before, some).await?;
    }
    Ok(authors)
}

/// Finds the newest two posts of each.
async fn find_posts(
    connection: &mut Connection,
    before: PostId,
    authors: &mut [Author],
) -> Result<(), DbError> {
    let mut newest = query(NEWEST.as_str());
    for place in 0..STATEMENT_AUTHORS {
        let no = authors.get(place).map_or(PersonNo::FIRST, |author| author.no);
        newest = newest.bind(no.0).bind(before.column());
    }
    for row in newest.fetch_all(connection).await? {
        let no = PersonNo(row.try_get("author")?);
        let Some(author) = authors.iter_mut().find(|author| author.no == no) else { continue };
        let post = post(&row, "id")?;
        (author.newest, author.second) = match author.newest {
            Some(newest) => (Some(newest).max(post), Some(newest).min(post)),
            None => (post, None),
        };
    }
    Ok(())
}

fn post(row: &AnyRow, column: &'static str) -> Result<Option<PostId>, DbError> {
    match row.try_get::<Option<Vec<u8>>, _>(column)? {
        Some(id) => PostId::from_column(&id).map(Some).ok_or(DbError::Unreadable { column: "posts.id" }),
        None => Ok(None),
    }
}

fn read_one(row: &AnyRow) -> Result<Author, DbError> {
    Ok(Author {
        no: PersonNo(row.try_get("no")?),
        last_post: row.try_get("last_post")?,
        newest: post(row, "newest")?,
        second: post(row, "second")?,
    })
}

/// Reads the authors that are asked for, each with their newest posts between `floor` and `before`.
pub(crate) async fn find(
    connection: &mut Connection,
    dialect: Dialect,
    asked: Asked,
) -> Result<Vec<Author>, DbError> {
    let rows = asking(dialect, asked).fetch_all(&mut *connection).await?;
    read(connection, dialect, asked, &rows).await
}

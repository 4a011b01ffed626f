//! The authors whose posts are looked up for a page, each with the newest of them.

use db::{AnyRow, Connection, DbError, Row as _, Statement, query};
use names::MemberId;

use crate::person::PersonNo;
use crate::post_id::PostId;

/// The authors of a reader who are such. Each is asked for two posts: of most there is no more than one on a page.
macro_rules! authors {
    ($such:literal) => {
        concat!(
            "SELECT b0.no, b0.last_post, (SELECT p.id FROM posts p WHERE p.author = b0.no AND p.state = 0 AND p.id < ? \
            AND p.id >= ? ORDER BY p.id DESC LIMIT 1) AS newest, (SELECT p.id FROM posts p WHERE p.author = b0.no \
            AND p.state = 0 AND p.id < ? AND p.id >= ? ORDER BY p.id DESC LIMIT 1 OFFSET 1) AS second \
            FROM (SELECT a.no, a.last_post FROM people r JOIN follows f ON f.follower = r.no \
            JOIN people a ON a.no = f.followee WHERE r.member_id = ? AND a.last_post >= ? AND ",
            $such,
            ") b0"
        )
    };
}

db::statements! {
    /// All of them: they are never many, and are not put in order.
    PULLED = authors!("f.delivery = 1");
    LAST_PULLED = authors!("f.delivery = 1 ORDER BY a.last_post DESC LIMIT ?");
    LAST_FOLLOWED = authors!("a.state <> 'leaving' ORDER BY a.last_post DESC LIMIT ?");
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
const MOST_FOLLOWED: u32 = 100;

/// Asks for them.
pub(crate) fn asking(asked: Asked) -> Statement<'static> {
    let (statement, most) = match (asked.authors, asked.most) {
        (Authors::Pulled, Most::All) => (PULLED, None),
        (Authors::Pulled, Most::Last(most)) => (LAST_PULLED, Some(most)),
        (Authors::Followed, Most::All) => (LAST_FOLLOWED, Some(MOST_FOLLOWED)),
        (Authors::Followed, Most::Last(most)) => (LAST_FOLLOWED, Some(most)),
    };
    let (before, floor) = (asked.before.column(), asked.floor.column());
    let asking = query(statement).bind(before.clone()).bind(floor.clone()).bind(before).bind(floor);
    // Who never wrote has 0.
    let asking = asking.bind(asked.reader.to_string()).bind(asked.floor.at().millis().max(1));
    match most {
        Some(most) => asking.bind(i64::from(most)),
        None => asking,
    }
}

/// Them from their rows.
pub(crate) fn read(rows: &[AnyRow]) -> Result<Vec<Author>, DbError> {
    rows.iter().map(read_one).collect()
}

fn read_one(row: &AnyRow) -> Result<Author, DbError> {
    let post = |column| match row.try_get::<Option<Vec<u8>>, _>(column)? {
        Some(id) => PostId::from_column(&id).map(Some).ok_or(DbError::Unreadable { column: "posts.id" }),
        None => Ok(None),
    };
    Ok(Author {
        no: PersonNo(row.try_get("no")?),
        last_post: row.try_get("last_post")?,
        newest: post("newest")?,
        second: post("second")?,
    })
}

/// Them.
pub(crate) async fn find(connection: &mut Connection, asked: Asked) -> Result<Vec<Author>, DbError> {
    read(&asking(asked).fetch_all(connection).await?)
}

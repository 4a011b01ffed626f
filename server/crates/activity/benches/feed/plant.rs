//! Rows as years of use leave them, by statements of many rows.

use db::{Transaction, query};
use kernel::id::uuid_at;
use kernel::{Clock as _, OsRandomness, SystemClock, Timestamp};

use crate::rows::Rows;
use crate::stage::{Stage, member};

/// Who reads whom.
pub struct Planted {
    pub people: i64,
    pub posts: i64,
    /// Follows one.
    pub of_one: i64,
    /// Follows 5,000, of whom 100 are looked up.
    pub of_many: i64,
    /// Whom most follow.
    pub followed: i64,
    pub followers: i64,
    /// Whom a thousand follow.
    pub known: i64,
    /// The last of the thousand.
    pub last_of_known: i64,
}

const FOLLOWED: i64 = 5_000;
const PULLED: i64 = 100;
const POSTS_EACH: i64 = 20;

fn id(at: Timestamp) -> Vec<u8> {
    uuid_at(at, &OsRandomness).as_bytes().to_vec()
}

/// People 1 and 2 read; 3 is followed by most, 4 by a thousand; the rest write.
pub async fn plant(stage: &Stage, most: i64) -> Planted {
    let people = most + 10;
    let now = SystemClock.now().millis();
    let mut tx = stage.database.begin().await.unwrap();
    let mut rows =
        Rows::new("people (no, member_id, followers, following, posts, last_post, loud, seen_at, state)");
    for no in 1..=people {
        let (followers, following) = match no {
            1 => (0, 1),
            2 => (0, FOLLOWED),
            3 => (most, 0),
            4 => (1_000, 0),
            _ => (1, 1),
        };
        let writes = (11..11 + FOLLOWED).contains(&no);
        let (posts, last_post) = if writes { (POSTS_EACH, now - no * 10) } else { (0, 0) };
        let row =
            format!("({no},'{}',{followers},{following},{posts},{last_post},0,{now},'awake')", member(no));
        rows.add(&mut tx, row, None).await;
    }
    rows.write(&mut tx).await;
    let mut rows = Rows::new("follows (follower, followee, at, delivery)");
    rows.add(&mut tx, format!("(1,11,{now},0)"), None).await;
    for followee in 11..11 + FOLLOWED {
        rows.add(&mut tx, format!("(2,{followee},{now},{})", i64::from(followee < 11 + PULLED)), None).await;
    }
    for follower in 11..11 + 1_000 {
        rows.add(&mut tx, format!("({follower},4,{now},0)"), None).await;
    }
    for follower in 10..10 + most {
        rows.add(&mut tx, format!("({follower},3,{follower},0)"), None).await;
    }
    rows.write(&mut tx).await;
    let posts = write_posts(&mut tx, now).await;
    tx.commit().await.unwrap();
    if stage.database.dialect() == db::Dialect::Mysql {
        let mut reader = stage.database.read().await.unwrap();
        let analyze = "ANALYZE TABLE people, follows, posts, feed_entries";
        query(analyze).fetch_all(&mut *reader).await.unwrap();
    }
    let last_of_known = 10 + 1_000;
    Planted { people, posts, of_one: 1, of_many: 2, followed: 3, followers: most, known: 4, last_of_known }
}

/// The followed write in turn; what is not looked up is in the feeds.
async fn write_posts(tx: &mut Transaction, now: i64) -> i64 {
    let mut posts = Rows::new("posts (author, body, state, id)");
    let mut entries = Rows::new("feed_entries (reader, author, post)");
    let mut left = 800;
    for number in 0..POSTS_EACH {
        for author in 11..11 + FOLLOWED {
            let at = Timestamp::from_millis(now - (number * FOLLOWED + author) * 10);
            let id = id(at);
            let body = "오늘은 문을 일찍 열었습니다. 다들 좋은 하루 보내세요.";
            posts.add(tx, format!("({author},'{body}',0,?)"), Some(id.clone())).await;
            if author == 11 {
                entries.add(tx, format!("(1,{author},?)"), Some(id.clone())).await;
            }
            if author >= 11 + PULLED && left > 0 {
                left -= 1;
                entries.add(tx, format!("(2,{author},?)"), Some(id)).await;
            }
        }
    }
    posts.write(tx).await;
    entries.write(tx).await;
    POSTS_EACH * FOLLOWED
}

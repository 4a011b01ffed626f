//! Fills the tables by statements.

use db::query;
use kernel::id::uuid_at;
use kernel::{Clock as _, OsRandomness, SystemClock, Timestamp};
use rand::{Rng as _, SeedableRng as _};
use rand_chacha::ChaCha20Rng;

use crate::rows::Rows;
use crate::stage::{Stage, member};

/// What was filled in. Readers are the first people; those behind them are followed by most.
pub struct Filled {
    pub people: i64,
    pub follows: i64,
    pub posts: i64,
    pub readers: i64,
    pub entries: i64,
    pub most_followed: i64,
    pub most_followers: i64,
}

/// All readers follow so many of those whom most follow,
const POPULAR: i64 = 20;
/// and so many others.
const OTHERS: i64 = 400;
/// So many rows are written in a transaction.
const PIECE: usize = 100_000;

pub async fn fill(stage: &Stage, scale: i64) -> Filled {
    let (people, posts, readers) = (10_000_000 / scale, 10_000_000 / scale, 100_000 / scale);
    let now = SystemClock.now().millis();
    let rows =
        (1..=people).map(|no| (format!("({no},'{}',10,10,1,{now},0,{now},'awake')", member(no)), None));
    write(
        stage,
        "people (no, member_id, followers, following, posts, last_post, loud, seen_at, state)",
        rows,
    )
    .await;
    let followers = move |place| followers(people, readers, place);
    let theirs =
        (1..=people - readers).flat_map(move |place| followers(place).map(move |no| (no, readers + place)));
    let readers_own = (1..=readers).flat_map(move |reader| followed(people, readers, reader));
    let mut follows = 0;
    let rows = theirs.chain(readers_own).map(|(follower, followee)| {
        follows += 1;
        (format!("({follower},{followee},{follower},0)"), None)
    });
    write(stage, "follows (follower, followee, at, delivery)", rows).await;
    let mut chance = ChaCha20Rng::seed_from_u64(2);
    let rows = (0..posts).map(|number| {
        // Those whom most follow write more.
        let popular = readers + 1 + number / 50 % POPULAR;
        let author = if number % 50 == 0 { popular } else { chance.random_range(1..=people) };
        let id = uuid_at(Timestamp::from_millis(now - (posts - number) * 100), &OsRandomness);
        let body = "오늘은 문을 일찍 열었습니다. 다들 좋은 하루 보내세요.";
        (format!("({author},'{body}',0,?)"), Some(id.as_bytes().to_vec()))
    });
    write(stage, "posts (author, body, state, id)", rows).await;
    analyze(stage).await;
    let entries = write_entries(stage, readers).await;
    analyze(stage).await;
    let most_followers = i64::try_from(followers(1).count()).unwrap() + readers;
    Filled { people, follows, posts, readers, entries, most_followed: readers + 1, most_followers }
}

/// The followers of the one in this place among those who are followed most: as many as the place to the power of -0.8 says, ten on
/// average. None of them is a reader.
fn followers(people: i64, readers: i64, place: i64) -> impl Iterator<Item = i64> {
    #[expect(clippy::cast_possible_truncation, clippy::cast_precision_loss, reason = "it is rounded")]
    let many = ((people as f64).powf(0.8) * 2.0 * (place as f64).powf(-0.8)) as i64;
    let others = people - readers;
    let many = many.clamp(1, others / 2);
    let step = others / many;
    (0..many).map(move |number| readers + 1 + (number * step + place % step) % others)
}

/// Whom a reader follows.
fn followed(people: i64, readers: i64, reader: i64) -> impl Iterator<Item = (i64, i64)> {
    let others = people - readers - POPULAR;
    let popular = (1..=POPULAR).map(move |place| (reader, readers + place));
    let first = reader * 7_919;
    let rest = (0..OTHERS.min(others)).map(move |number| {
        (reader, readers + POPULAR + 1 + (first + number * (others / OTHERS.min(others))) % others)
    });
    popular.chain(rest)
}

async fn write(stage: &Stage, into: &'static str, rows: impl Iterator<Item = (String, Option<Vec<u8>>)>) {
    let mut rows = rows.peekable();
    while rows.peek().is_some() {
        let (mut tx, mut table) = (stage.database.begin().await.unwrap(), Rows::new(into));
        for (values, blob) in rows.by_ref().take(PIECE) {
            table.add(&mut tx, values, blob).await;
        }
        table.write(&mut tx).await;
        tx.commit().await.unwrap();
    }
}

/// Each reader's feed, from what the followed wrote.
async fn write_entries(stage: &Stage, readers: i64) -> i64 {
    let mut entries = 0;
    for reader in 1..=readers {
        let mut tx = stage.database.begin().await.unwrap();
        let fill = query(
            "INSERT INTO feed_entries (reader, post, author) SELECT f.follower, p.id, p.author FROM follows f \
             JOIN posts p ON p.author = f.followee AND p.state = 0 WHERE f.follower = ? ORDER BY p.id DESC LIMIT 800",
        );
        entries += fill.bind(reader).execute(&mut *tx).await.unwrap().rows_affected();
        tx.commit().await.unwrap();
    }
    i64::try_from(entries).unwrap()
}

async fn analyze(stage: &Stage) {
    if stage.database.dialect() == db::Dialect::Mysql {
        let mut reader = stage.database.read().await.unwrap();
        let analyze = "ANALYZE TABLE people, follows, posts, feed_entries";
        query(analyze).fetch_all(&mut *reader).await.unwrap();
    }
}

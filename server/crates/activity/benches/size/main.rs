//! The feed at the size of a country, or a part of it: `SCALE=100 scripts/bench size` takes a hundredth of 10^7 people, 10^8
//! follows by a power law, 10^7 posts, and feeds of 10^5 readers. What counts is how deep the indexes are, how many rows a reader
//! has, and how much of the data is in memory; so the pool of a MariaDB is made a twentieth of the data.

#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    clippy::cast_precision_loss,
    reason = "a bench stops where a test would, and prints"
)]

mod fill;
#[path = "../feed/rows.rs"]
mod rows;
#[expect(dead_code, reason = "the other bench runs the bus as well")]
#[path = "../feed/stage.rs"]
mod stage;

use std::time::{Duration, Instant};

use activity::PageQuery;
use db::{Dialect, Row as _, query};
use jobs::Round;
use testkit::TestDatabase;

use crate::fill::{Filled, fill};
use crate::stage::{Stage, member};

fn main() {
    let scale = std::env::var("SCALE").ok().and_then(|text| text.parse().ok()).unwrap_or(100);
    let runtime = tokio::runtime::Runtime::new().unwrap();
    runtime.block_on(async {
        measure("SQLite", TestDatabase::sqlite().await, scale).await;
        match TestDatabase::mysql().await {
            Some(database) => measure("MariaDB", database, scale).await,
            None => println!("MariaDB: none is there"),
        }
    });
}

async fn measure(name: &str, database: TestDatabase, scale: i64) {
    let stage = Stage::new(database);
    let began = Instant::now();
    let filled = fill(&stage, scale).await;
    let bytes = size(&stage).await;
    let Filled { people, follows, posts, readers, entries, .. } = filled;
    println!(
        "\n{name}, 1/{scale}: {people} people, {follows} follows, {posts} posts, {entries} entries of {readers} readers; \
         {:.2} GB, filled in {:.0?}",
        bytes as f64 / 1e9,
        began.elapsed()
    );
    let pool = limit_pool(&stage, bytes).await;
    let (plain, plain_pages) = pages(&stage, &filled, 0).await;
    let (pulling, pulling_pages) = pages(&stage, &filled, PULLED).await;
    println!(
        "  a page: p50 {}, p99 {}, {plain_pages:.1} database pages read",
        ms(&plain, 0.5),
        ms(&plain, 0.99)
    );
    println!(
        "  with {PULLED} looked up: p50 {}, p99 {}, {pulling_pages:.1} database pages read",
        ms(&pulling, 0.5),
        ms(&pulling, 0.99)
    );
    let rate = spreading(&stage, &filled).await;
    advise(rate, (mean(&pulling) - mean(&plain)).max(1e-7) / PULLED as f64);
    if let Some(pool) = pool {
        // The server may be of somebody who goes on with it.
        set_pool(&stage, pool).await.unwrap();
    }
}

/// So many authors are looked up where any are.
const PULLED: i64 = 20;

/// How much data there is.
async fn size(stage: &Stage) -> i64 {
    let mut reader = stage.database.read().await.unwrap();
    let asked = match stage.database.dialect() {
        Dialect::Sqlite => "SELECT page_count * page_size FROM pragma_page_count(), pragma_page_size()",
        Dialect::Mysql => {
            "SELECT CAST(SUM(data_length + index_length) AS SIGNED) FROM information_schema.tables \
             WHERE table_schema = DATABASE()"
        }
    };
    query(asked).fetch_one(&mut *reader).await.unwrap().get(0)
}

/// A twentieth of the data is in memory, as far as the server lets itself be told; answers how much was before.
async fn limit_pool(stage: &Stage, bytes: i64) -> Option<i64> {
    if stage.database.dialect() != Dialect::Mysql {
        return None;
    }
    let mut reader = stage.database.read().await.unwrap();
    let asked = query("SELECT CAST(@@GLOBAL.innodb_buffer_pool_size AS SIGNED)");
    let before = asked.fetch_one(&mut *reader).await.unwrap().get(0);
    drop(reader);
    let pool = (bytes / 20).max(5 << 20);
    match set_pool(stage, pool).await {
        Ok(()) => println!("  {} MB of it in memory", pool >> 20),
        Err(error) => println!("  the server keeps its pool: {error}"),
    }
    Some(before)
}

async fn set_pool(stage: &Stage, bytes: i64) -> Result<(), sqlx::Error> {
    let mut reader = stage.database.read().await.unwrap();
    let sql = format!("SET GLOBAL innodb_buffer_pool_size = {bytes}");
    query(sqlx::AssertSqlSafe(sql)).execute(&mut *reader).await?;
    Ok(())
}

/// First pages of many readers, one each; how long they took, and how many pages of the database each read, where it tells.
async fn pages(stage: &Stage, filled: &Filled, pulled: i64) -> (Vec<Duration>, f64) {
    let mut tx = stage.database.begin().await.unwrap();
    let (from, to) = (i64::from(pulled == 0), i64::from(pulled > 0));
    for reader in 1..=filled.readers {
        let change = query(
            "UPDATE follows SET delivery = ? WHERE follower = ? AND delivery = ? AND followee > ? AND followee <= ?",
        );
        let change =
            change.bind(to).bind(reader).bind(from).bind(filled.readers).bind(filled.readers + PULLED);
        change.execute(&mut *tx).await.unwrap();
    }
    tx.commit().await.unwrap();
    let before = reads(stage).await;
    let mut took = Vec::new();
    for reader in 1..=filled.readers {
        let began = Instant::now();
        stage.activity.feed(member(reader), &PageQuery::default()).await.unwrap();
        took.push(began.elapsed());
    }
    took.sort_unstable();
    (took, (reads(stage).await - before) / filled.readers as f64)
}

/// How many pages the server has read so far.
async fn reads(stage: &Stage) -> f64 {
    if stage.database.dialect() == Dialect::Sqlite {
        return 0.0;
    }
    let mut reader = stage.database.read().await.unwrap();
    let row =
        query("SHOW GLOBAL STATUS LIKE 'Innodb_buffer_pool_reads'").fetch_one(&mut *reader).await.unwrap();
    row.get::<String, _>(1).parse().unwrap()
}

/// Entries a second, for the author whom most follow.
async fn spreading(stage: &Stage, filled: &Filled) -> f64 {
    let post = query("SELECT id FROM posts ORDER BY id DESC LIMIT 1");
    let mut reader = stage.database.read().await.unwrap();
    let id: Vec<u8> = post.fetch_one(&mut *reader).await.unwrap().get(0);
    drop(reader);
    let id = kernel::id::Uuid::from_slice(&id).unwrap();
    let mut tx = stage.database.begin().await.unwrap();
    let author = filled.most_followed;
    let payload = format!(r#"{{"do":"spread","post":"{id}","author":{author},"after":0}}"#);
    let job = jobs::NewJob::new(&activity::FEED_WORK).payload(&payload);
    stage.activity.context.queue.enqueue(&mut tx, job).await.unwrap();
    tx.commit().await.unwrap();
    let (worker, began) = (stage.worker(), Instant::now());
    while worker.round().await.unwrap() != Round::default() {}
    filled.most_followers as f64 / began.elapsed().as_secs_f64()
}

/// What follows for a site of that size: entries that are needed, and where it is better to look up.
fn advise(rate: f64, pull: f64) {
    let push = 1.0 / rate;
    println!(
        "  {rate:.0} entries/s; an entry costs {:.1} µs, looking up an author once {:.1} µs",
        push * 1e6,
        pull * 1e6
    );
    println!(
        "  {:>12} {:>10} {:>10} {:>16} {:>10}",
        "members", "posts/day", "followers", "entries/s needed", "measured"
    );
    for (members, posts, followers) in
        [(1e5, 0.5, 20.0), (1e6, 0.5, 50.0), (1e7, 0.5, 100.0), (1e7, 2.0, 200.0)]
    {
        let needed = members * posts * followers / 86_400.0;
        println!("  {members:>12.0} {posts:>10} {followers:>10} {needed:>16.0} {:>9.1}x", rate / needed);
    }
    // For each follower: views × cost of a pull against posts × cost of a push, whatever their number; that is bounded by how long
    // one post may keep the work busy.
    println!("  pushing is cheaper up to {:.1} posts of an author for each view of a follower", pull / push);
    println!(
        "  a post keeps the work busy for 1 s at {rate:.0} followers: loud_at between {:.0} and that",
        rate / 4.0
    );
}

fn mean(took: &[Duration]) -> f64 {
    took.iter().sum::<Duration>().as_secs_f64() / took.len().max(1) as f64
}

fn ms(took: &[Duration], share: f64) -> String {
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a place")]
    let place = ((took.len() as f64 * share) as usize).min(took.len().saturating_sub(1));
    format!("{:.2} ms", took.get(place).copied().unwrap_or_default().as_secs_f64() * 1e3)
}

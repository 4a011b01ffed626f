//! A post to very many: how fast, alongside the bare statement, and what other writes feel of it.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use activity::{Activity, PostBody};
use db::{Row as _, query};
use jobs::Round;

use crate::plant::Planted;
use crate::read::statement;
use crate::stage::{Stage, member};
use crate::{millis, quantile, times};

const CHUNK: i64 = 500;
/// So many rows are written bare.
const MAX_BARE_ROWS: i64 = 100_000;

/// Returns how many rows a second are spread.
pub async fn measure(stage: &Stage, planted: &Planted) -> f64 {
    let bare = bare(stage, planted).await;
    let over = Arc::new(AtomicBool::new(false));
    let mut quiet = {
        let writes = tokio::spawn(writes(stage.activity.clone(), Arc::clone(&over)));
        tokio::time::sleep(Duration::from_secs(3)).await;
        over.store(true, Ordering::Relaxed);
        writes.await.unwrap()
    };
    empty_feeds(stage).await;
    publish(stage, planted.followed).await;
    let rate = spread(stage, planted.followers).await;
    println!("  spreading: {rate:.0} rows/s, bare {bare:.0}: {:.2} of it", rate / bare);
    empty_feeds(stage).await;
    publish(stage, planted.followed).await;
    over.store(false, Ordering::Relaxed);
    let writing = tokio::spawn(writes(stage.activity.clone(), Arc::clone(&over)));
    let beside = spread(stage, planted.followers).await;
    over.store(true, Ordering::Relaxed);
    let mut busy = writing.await.unwrap();
    let (one, other) = (quantile(&mut quiet, 0.99), quantile(&mut busy, 0.99));
    println!(
        "  other writes: p99 {} quiet, {} meanwhile ({} times), longest {}; spreading {beside:.0} rows/s",
        millis(one),
        millis(other),
        times(other, one),
        millis(busy.last().copied().unwrap_or_default())
    );
    rate
}

/// Chunk after chunk, each in its transaction, and nothing else.
async fn bare(stage: &Stage, planted: &Planted) -> f64 {
    empty_feeds(stage).await;
    let insert = statement(stage.database.dialect(), |text| text.contains("SELECT follower, ?, followee"));
    let (mut after, end) = (9, (10 + planted.followers).min(10 + MAX_BARE_ROWS));
    let began = Instant::now();
    while after < end - 1 {
        let up_to = (after + CHUNK).min(end - 1);
        let mut tx = stage.database.begin().await.unwrap();
        let chunk = query(insert).bind(vec![0xee; 16]).bind(planted.followed).bind(after).bind(up_to);
        chunk.execute(&mut *tx).await.unwrap();
        tx.commit().await.unwrap();
        after = up_to;
    }
    #[expect(clippy::cast_precision_loss, reason = "a rate")]
    let rate = (end - 10) as f64 / began.elapsed().as_secs_f64();
    rate
}

/// Without what was spread before, as those for whom it is new.
async fn empty_feeds(stage: &Stage) {
    let mut tx = stage.database.begin().await.unwrap();
    query("DELETE FROM feed_entries WHERE reader > 2").execute(&mut *tx).await.unwrap();
    tx.commit().await.unwrap();
}

/// A post, and its work in the queue.
async fn publish(stage: &Stage, author: i64) {
    let body = PostBody { text: Some("모두에게".to_owned()), key: None };
    let (post, _) = stage.activity.publish(member(author), &body).await.unwrap();
    let id = activity::PostId::parse(&post.id).unwrap();
    let mut tx = stage.database.begin().await.unwrap();
    let payload = format!(r#"{{"do":"spread","post":"{id}","author":{author},"after":0}}"#);
    let job = jobs::NewJob::new(&activity::FEED_WORK).payload(&payload);
    stage.activity.context.queue.enqueue(&mut tx, job).await.unwrap();
    tx.commit().await.unwrap();
}

/// Works until nothing is left; gives rows a second.
async fn spread(stage: &Stage, rows: i64) -> f64 {
    let (worker, began) = (stage.worker(), Instant::now());
    while worker.round().await.unwrap() != Round::default() {}
    let took = began.elapsed();
    let mut reader = stage.database.read().await.unwrap();
    let there =
        query("SELECT COUNT(*) FROM feed_entries WHERE reader > 2").fetch_one(&mut *reader).await.unwrap();
    assert!(there.get::<i64, _>(0) >= rows, "everybody has it");
    #[expect(clippy::cast_precision_loss, reason = "a rate")]
    let rate = rows as f64 / took.as_secs_f64();
    rate
}

/// Others follow and unfollow, a hundred times a second at most; gives how long each took.
async fn writes(activity: Activity, over: Arc<AtomicBool>) -> Vec<Duration> {
    let (mut took, mut number) = (Vec::new(), 0_i64);
    while !over.load(Ordering::Relaxed) {
        let (one, other) = (member(20 + number % 50), member(100 + number / 2 % 50));
        let began = Instant::now();
        if number % 2 == 0 {
            activity::follow(&activity.context, None, one, other).await.unwrap();
        } else {
            activity::unfollow(&activity.context, one, other).await.unwrap();
        }
        took.push(began.elapsed());
        number += 1;
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    took
}

//! How long a post takes to the last of a thousand followers: quiet, at half of the rate of spreading, and alongside a post to
//! very many.

use std::time::{Duration, Instant};

use activity::{PostBody, PostId};
use db::query;
use tokio_util::sync::CancellationToken;

use crate::plant::Planted;
use crate::stage::{Stage, member};
use crate::{millis, quantile};

const POSTS: u32 = 40;

/// A thousand follow the one who posts.
const FOLLOWERS: f64 = 1_000.0;

/// With `rate` rows a second as the most that can be spread.
pub async fn measure(stage: &Stage, planted: &Planted, rate: f64) {
    let end = CancellationToken::new();
    let running = stage.run(&end).await;
    let mut quiet = posts(stage, planted, Duration::from_millis(250)).await;
    let half_the_rate = rate / 2.0 / FOLLOWERS;
    let mut busy = posts(stage, planted, Duration::from_secs_f64(1.0 / half_the_rate)).await;
    let body = PostBody { text: Some("모두에게".to_owned()), key: None };
    stage.activity.publish(member(planted.followed), &body).await.unwrap();
    tokio::time::sleep(Duration::from_millis(600)).await;
    let mut beside = posts(stage, planted, Duration::from_millis(250)).await;
    let at_half = format!("{half_the_rate:.1} such posts a second, half of the measured rate");
    for (how, took) in
        [("quiet", &mut quiet), (&*at_half, &mut busy), ("beside one to very many", &mut beside)]
    {
        let (half, most) = (quantile(took, 0.5), quantile(took, 0.99));
        println!("  to the last of 1,000 followers, {how}: p50 {}, p99 {}", millis(half), millis(most));
    }
    end.cancel();
    running.join_all().await;
}

/// Posts at this pace; how long each took to the last follower.
async fn posts(stage: &Stage, planted: &Planted, pace: Duration) -> Vec<Duration> {
    let mut on_their_way = tokio::task::JoinSet::new();
    let (author, reader) = (member(planted.known), planted.last_of_known);
    for _ in 0..POSTS {
        let began = Instant::now();
        let mut tx = stage.database.begin().await.unwrap();
        query("DELETE FROM limit_counts").execute(&mut *tx).await.unwrap();
        tx.commit().await.unwrap();
        let body = PostBody { text: Some("천 명에게".to_owned()), key: None };
        let (post, _) = stage.activity.publish(author, &body).await.unwrap();
        let (post, published) = (PostId::parse(&post.id).unwrap(), Instant::now());
        let db = stage.activity.context.db.clone();
        on_their_way.spawn(async move {
            let id = post.uuid().as_bytes().to_vec();
            loop {
                let mut connection = db.read().await.unwrap();
                let there = query("SELECT author FROM feed_entries WHERE reader = ? AND post = ?");
                let there =
                    there.bind(reader).bind(id.clone()).fetch_optional(&mut *connection).await.unwrap();
                drop(connection);
                if there.is_some() {
                    return published.elapsed();
                }
                assert!(published.elapsed() < Duration::from_secs(120), "it never comes");
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        });
        tokio::time::sleep(pace.saturating_sub(began.elapsed())).await;
    }
    on_their_way.join_all().await
}

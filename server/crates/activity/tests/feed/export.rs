//! What a member takes along, however much it is.

use std::time::Duration;

use activity::export::{ExportedPost, posts_of};
use db::{Database, query};
use futures::TryStreamExt as _;
use kernel::id::uuid_at;
use kernel::{Clock as _, OsRandomness};
use testkit::TestDatabase;

use crate::stage::{Stage, member, small};

const A: names::MemberId = member(1);
const POSTS: u64 = 100_000;
/// So many rows are written by one statement.
const ROWS: usize = 100;

/// Writes so many posts of the first person.
async fn write(stage: &Stage, many: u64) {
    let insert = format!(
        "INSERT INTO posts (id, author, body, state) VALUES {}",
        vec!["(?, (SELECT MIN(no) FROM people), '글', 0)"; ROWS].join(", ")
    );
    let insert: &'static str = Box::leak(insert.into_boxed_str());
    let mut tx = stage.database.begin().await.unwrap();
    for _ in 0..many / 100 {
        let mut rows = query(insert);
        for _ in 0..ROWS {
            rows = rows.bind(uuid_at(stage.clock.now(), &OsRandomness).as_bytes().to_vec());
        }
        rows.execute(&mut *tx).await.unwrap();
    }
    tx.commit().await.unwrap();
}

fn ids(batch: &[ExportedPost]) -> Vec<String> {
    let id = |post| serde_json::to_value(post).unwrap()["id"].as_str().unwrap().to_owned();
    batch.iter().map(id).collect()
}

#[tokio::test]
async fn a_post_that_is_hidden_or_shown_meanwhile_is_there_once() {
    for stage in Stage::both(small()).await {
        stage.post(A, "글").await;
        write(&stage, 600).await;
        stage.clock.advance(Duration::from_millis(1));
        let hidden = stage.post(A, "가린 글").await;
        stage.execute("UPDATE posts SET state = 1 WHERE body = '가린 글'").await;
        let mut batches = posts_of(Database::clone(&stage.database), A);
        let first = ids(&batches.try_next().await.unwrap().unwrap());
        // What was there is hidden, what was hidden is shown, and so it is with some that are still to come.
        stage.execute("UPDATE posts SET state = 1 - state").await;
        let second = ids(&batches.try_next().await.unwrap().unwrap());
        stage.execute("UPDATE posts SET state = 1 - state").await;
        let mut met = [first, second].concat();
        while let Some(batch) = batches.try_next().await.unwrap() {
            met.extend(ids(&batch));
        }
        assert!(met.is_sorted_by(|one, other| one > other), "newest first, each once");
        assert_eq!(met.len(), 602);
        assert_eq!(met[0], hidden.to_string());
    }
}

#[tokio::test]
async fn a_hundred_thousand_posts_are_all_there_and_only_some_are_held_at_once() {
    let stage = Stage::on(TestDatabase::sqlite().await, small()).await;
    let hidden = stage.post(A, "가린 글").await;
    stage.clock.advance(Duration::from_millis(1));
    write(&stage, POSTS).await;
    stage.execute("UPDATE posts SET state = 1 WHERE body = '가린 글'").await;
    let mut batches = posts_of(Database::clone(&stage.database), A);
    let mut met = Vec::new();
    while let Some(batch) = batches.try_next().await.unwrap() {
        assert!(batch.len() <= 200, "{}", batch.len());
        met.extend(ids(&batch));
    }
    assert_eq!(met.pop(), Some(hidden.to_string()), "also those that are hidden, at the end");
    assert!(met.is_sorted_by(|one, other| one > other), "newest first, each once");
    assert_eq!(u64::try_from(met.len()).unwrap(), POSTS);
}

//! What a member takes along, however much it is.

use activity::export::posts_of;
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

#[tokio::test]
async fn a_hundred_thousand_posts_are_all_there_and_only_some_are_held_at_once() {
    let stage = Stage::on(TestDatabase::sqlite().await, small()).await;
    let hidden = stage.post(A, "가린 글").await;
    let insert = format!(
        "INSERT INTO posts (id, author, body, state) VALUES {}",
        vec!["(?, 1, '글', 0)"; ROWS].join(", ")
    );
    let insert: &'static str = Box::leak(insert.into_boxed_str());
    let mut tx = stage.database.begin().await.unwrap();
    for _ in 0..POSTS / 100 {
        let mut rows = query(insert);
        for _ in 0..ROWS {
            rows = rows.bind(uuid_at(stage.clock.now(), &OsRandomness).as_bytes().to_vec());
        }
        rows.execute(&mut *tx).await.unwrap();
    }
    query("UPDATE posts SET state = 1 WHERE body = '가린 글'").execute(&mut *tx).await.unwrap();
    tx.commit().await.unwrap();
    let mut batches = posts_of(Database::clone(&stage.database), A);
    let mut ids = Vec::new();
    while let Some(batch) = batches.try_next().await.unwrap() {
        assert!(batch.len() <= 200, "{}", batch.len());
        let id = |post| serde_json::to_value(post).unwrap()["id"].as_str().unwrap().to_owned();
        ids.extend(batch.iter().map(id));
    }
    assert_eq!(ids.pop(), Some(hidden.to_string()), "also those that are hidden, at the end");
    assert!(ids.is_sorted_by(|one, other| one > other), "newest first, each once");
    assert_eq!(u64::try_from(ids.len()).unwrap(), POSTS);
}

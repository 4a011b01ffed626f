//! Pages and lists, alongside the bare statements of a page.

use std::time::{Duration, Instant};

use activity::{ListOf, PageQuery};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use db::{Dialect, query};

use crate::plant::Planted;
use crate::stage::{Stage, member};
use crate::{millis, quantile, times};

const LOOKS: usize = 3_000;

/// How long each of many looks took.
async fn looks<F: Future<Output = ()>>(look: impl Fn() -> F) -> Vec<Duration> {
    for _ in 0..LOOKS / 10 {
        look().await;
    }
    let mut took = Vec::with_capacity(LOOKS);
    for _ in 0..LOOKS {
        let began = Instant::now();
        look().await;
        took.push(began.elapsed());
    }
    took
}

pub async fn measure(stage: &Stage, planted: &Planted) {
    let feed = |no: i64| {
        looks(move || async move {
            let page = stage.activity.feed(member(no), &PageQuery::default()).await.unwrap();
            assert_eq!(page.posts.len(), 20, "a full page");
        })
    };
    let mut bare = looks(|| bare_page(stage, planted.of_one)).await;
    let (mut one, mut many) = (feed(planted.of_one).await, feed(planted.of_many).await);
    let sum = |all: &[Duration]| all.iter().sum::<Duration>();
    let share = sum(&bare).as_secs_f64() / sum(&one).as_secs_f64();
    println!("  a page's bare statements: p50 {}, p99 {}", p(&mut bare, 0.5), p(&mut bare, 0.99));
    println!(
        "  a page, 1 followed: p50 {}, p99 {}: {share:.2} of the bare rate",
        p(&mut one, 0.5),
        p(&mut one, 0.99)
    );
    println!(
        "  a page, 5,000 followed, 100 looked up: p50 {}, p99 {}: p99 {} times that",
        p(&mut many, 0.5),
        p(&mut many, 0.99),
        times(quantile(&mut many, 0.99), quantile(&mut one, 0.99))
    );
    let list = |cursor: Option<String>| {
        looks(move || {
            let query = PageQuery { before: cursor.clone(), limit: None };
            async move {
                let page =
                    stage.activity.list(ListOf::Followers, member(planted.followed), &query).await.unwrap();
                assert_eq!(page.members.len(), 20, "a full page");
            }
        })
    };
    let (mut first, mut deep) = (list(None).await, list(Some(cursor(40))).await);
    println!(
        "  a list, first row p99 {}, row {} p99 {}: {} times that",
        p(&mut first, 0.99),
        planted.followers,
        p(&mut deep, 0.99),
        times(quantile(&mut deep, 0.99), quantile(&mut first, 0.99))
    );
}

fn p(took: &mut [Duration], share: f64) -> String {
    millis(quantile(took, share))
}

/// After the row of this time, in a list of followers.
fn cursor(at: i64) -> String {
    let bytes: Vec<u8> = [3].into_iter().chain(at.to_be_bytes()).chain(at.to_be_bytes()).collect();
    URL_SAFE_NO_PAD.encode(bytes)
}

/// The statements of a page for somebody with nobody to be looked up: who reads, whom to look up, and the posts.
async fn bare_page(stage: &Stage, no: i64) {
    let dialect = stage.database.dialect();
    let mut reader = stage.database.read().await.unwrap();
    let find = statement(dialect, |text| text.contains("FROM people WHERE member_id = ?"));
    query(find).bind(member(no).to_string()).fetch_one(&mut *reader).await.unwrap();
    let pulled = statement(dialect, |text| text.contains("f.follower = ? AND f.delivery = 1"));
    query(pulled).bind(no).fetch_all(&mut *reader).await.unwrap();
    let page = statement(dialect, |text| text.starts_with("SELECT c.id"));
    let mut page = query(page).bind(no).bind(no).bind(no);
    for _ in 0..3 {
        page = page.bind(no).bind(vec![0xff; 16]).bind(vec![0; 16]).bind(21_i64);
    }
    let rows = page.bind(21_i64).fetch_all(&mut *reader).await.unwrap();
    assert!(rows.len() >= 20);
}

/// The first statement of this part that is so.
pub fn statement(dialect: Dialect, is_it: impl Fn(&str) -> bool) -> &'static str {
    let fixed = activity::STORAGE.statements.iter().flat_map(|of_table| of_table.iter().copied());
    fixed.chain((activity::STORAGE.per_dialect)(dialect)).find(|text| is_it(text)).unwrap()
}

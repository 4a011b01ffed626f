//! What a page and a step of work cost, in rows and plans: no more, however much there is.

use std::time::Duration;

use activity::{Activity, ListOf, PageQuery, PostId, Settings};
use db::{Database, DatabaseSettings, Dialect, Row as _, Transaction, query};
use kernel::id::uuid_at;
use kernel::{Clock as _, OsRandomness, Timestamp};
use names::MemberId;
use testkit::TestDatabase;

use crate::replica::{Bus, Replica};
use crate::stage::{Stage, member};

/// The most rows that a page may touch.
const MAX_ROWS_TOUCHED: i64 = 2_500;
const READER: i64 = 1;
const FOLLOWED: i64 = 5_000;
const PULLED: i64 = 100;
const POSTS: i64 = 60;

/// How the posts of authors come one after the other.
#[derive(Clone, Copy, Debug)]
enum Order {
    /// Each author in turn.
    InTurn,
    /// Each author all at once.
    InBlocks,
}

/// Writes rows as years of use leave them. The reader is the first person; those who are looked up are the next ones.
async fn fill(stage: &Stage, order: Order) {
    let now = stage.clock.now();
    let mut tx = stage.database.begin().await.unwrap();
    for no in 1..=FOLLOWED + 1 {
        let pulled = i64::from((2..=PULLED + 1).contains(&no));
        let row = query(
            "INSERT INTO people (no, member_id, followers, following, posts, last_post, loud, seen_at, state) \
             VALUES (?, ?, 1, 1, 1, ?, ?, ?, 'awake')",
        );
        let row = row.bind(no).bind(member(u128::try_from(no).unwrap()).to_string());
        row.bind(now.millis()).bind(pulled).bind(now.millis()).execute(&mut *tx).await.unwrap();
        if no != READER {
            follow(&mut tx, READER, no, pulled).await;
            follow(&mut tx, no, READER, 0).await;
        }
    }
    for author in 2..=PULLED + 1 {
        for number in 0..POSTS {
            let back = match order {
                Order::InTurn => number * PULLED + author,
                Order::InBlocks => author * POSTS + number,
            };
            post(&mut tx, now.minus(millis(back)), author, false).await;
        }
    }
    for number in 0..850 {
        post(&mut tx, now.minus(millis(number * 7)), PULLED + 2 + number, true).await;
    }
    tx.commit().await.unwrap();
    if stage.database.dialect() == Dialect::Mysql {
        let mut reader = stage.database.read().await.unwrap();
        let analyze = "ANALYZE TABLE people, follows, posts, feed_entries";
        query(analyze).fetch_all(&mut *reader).await.unwrap();
    }
}

fn millis(number: i64) -> Duration {
    Duration::from_millis(u64::try_from(number).unwrap())
}

/// With a delivery of 0 their posts are in the feed, with 1 they are looked up.
async fn follow(tx: &mut Transaction, follower: i64, followee: i64, delivery: i64) {
    let row = query("INSERT INTO follows (follower, followee, at, delivery) VALUES (?, ?, 1, ?)");
    row.bind(follower).bind(followee).bind(delivery).execute(&mut **tx).await.unwrap();
}

async fn post(tx: &mut Transaction, at: Timestamp, author: i64, is_entry: bool) {
    let id = uuid_at(at, &OsRandomness).as_bytes().to_vec();
    let row = query("INSERT INTO posts (id, author, body, state) VALUES (?, ?, '글', 0)");
    row.bind(id.clone()).bind(author).execute(&mut **tx).await.unwrap();
    if is_entry {
        let row = query("INSERT INTO feed_entries (reader, post, author) VALUES (?, ?, ?)");
        row.bind(READER).bind(id).bind(author).execute(&mut **tx).await.unwrap();
    }
}

/// A program with one connection, which counts what it reads.
async fn counting(stage: &Stage) -> Activity {
    let settings = DatabaseSettings { connections: 1, ..DatabaseSettings::new(stage.database.url().clone()) };
    stage.activity_on_database(&Database::open(settings).await.unwrap())
}

/// How many rows the connection has read so far, those of temporary tables as well.
async fn rows_read(activity: &Activity) -> i64 {
    let mut reader = activity.context.db.read().await.unwrap();
    let counters = query("SHOW SESSION STATUS LIKE 'Handler_read%'").fetch_all(&mut *reader).await.unwrap();
    counters.iter().map(|row| row.get::<String, _>(1).parse::<i64>().unwrap()).sum()
}

/// How many statements the connection has executed so far.
async fn statements_executed(activity: &Activity) -> i64 {
    let mut reader = activity.context.db.read().await.unwrap();
    let counter = query("SHOW SESSION STATUS LIKE 'Com_stmt_execute'").fetch_one(&mut *reader).await.unwrap();
    counter.get::<String, _>(1).parse().unwrap()
}

/// How many rows something reads, without what it costs to ask.
async fn rows_of<T>(activity: &Activity, act: impl Future<Output = T>) -> (i64, T) {
    let (one, other) = (rows_read(activity).await, rows_read(activity).await);
    let answer = act.await;
    (rows_read(activity).await - other - (other - one), answer)
}

/// A database with rows as [`fill`] leaves them and this statement changes them, a program that counts, and who reads.
async fn planted(change: &'static str, order: Order) -> Option<(Stage, Activity, MemberId)> {
    let stage = Stage::on(TestDatabase::mysql().await?, Settings::default()).await;
    fill(&stage, order).await;
    stage.execute(change).await;
    let activity = counting(&stage).await;
    Some((stage, activity, member(u128::try_from(READER).unwrap())))
}

#[tokio::test]
async fn a_page_touches_no_more_than_2500_rows_whomever_one_follows() {
    for order in [Order::InTurn, Order::InBlocks] {
        let Some(database) = TestDatabase::mysql().await else { return };
        let stage = Stage::on(database, Settings::default()).await;
        fill(&stage, order).await;
        let activity = counting(&stage).await;
        let reader = member(u128::try_from(READER).unwrap());
        for limit in ["20", "50"] {
            let mut before = None;
            for page in 0..8 {
                let query = PageQuery { before, limit: Some(limit.to_owned()) };
                let (rows, shown) = rows_of(&activity, activity.feed(reader, &query)).await;
                let shown = shown.unwrap();
                assert_eq!(shown.posts.len().to_string(), limit);
                assert!(rows <= MAX_ROWS_TOUCHED, "page {page} of {limit}, authors {order:?}: {rows} rows");
                before = shown.next;
            }
        }
    }
}

#[tokio::test]
async fn a_page_touches_no_more_than_2500_rows_where_all_of_it_is_looked_up() {
    let Some((stage, activity, reader)) =
        planted("UPDATE people SET last_post = last_post - no * 60 WHERE loud = 1", Order::InBlocks).await
    else {
        return;
    };
    stage.execute("DELETE FROM feed_entries").await;
    let mut before = None;
    for page in 0..8 {
        let query = PageQuery { before, limit: Some("50".to_owned()) };
        let (rows, shown) = rows_of(&activity, activity.feed(reader, &query)).await;
        let shown = shown.unwrap();
        assert_eq!(shown.posts.len(), 50);
        assert!(rows <= MAX_ROWS_TOUCHED, "page {page}: {rows} rows");
        before = shown.next;
    }
}

/// However many newer posts of each author there are.
#[tokio::test]
async fn a_page_far_back_touches_no_more_than_2500_rows() {
    let Some((_stage, activity, reader)) =
        planted("UPDATE people SET last_post = last_post - no WHERE loud = 1", Order::InTurn).await
    else {
        return;
    };
    let mut query = PageQuery { before: None, limit: Some("50".to_owned()) };
    let mut shown = 0;
    loop {
        let (rows, page) = rows_of(&activity, activity.feed(reader, &query)).await;
        let page = page.unwrap();
        assert!(rows <= MAX_ROWS_TOUCHED, "after {shown} posts: {rows} rows");
        shown += page.posts.len();
        query.before = page.next;
        if query.before.is_none() {
            break;
        }
    }
    assert!(shown > 3_000, "{shown} posts");
}

#[tokio::test]
async fn a_first_page_asks_for_the_posts_of_no_more_authors_than_it_can_show() {
    let Some((_stage, activity, reader)) =
        planted("UPDATE people SET last_post = last_post - no WHERE loud = 1", Order::InTurn).await
    else {
        return;
    };
    let (rows, page) = rows_of(&activity, activity.feed(reader, &PageQuery::default())).await;
    assert_eq!(page.unwrap().posts.len(), 20);
    // Each that is looked up, and when they wrote last; then the newest posts of those of them who wrote last, and the page.
    assert!(rows <= 2 * PULLED + 500, "{rows} rows");
}

#[tokio::test]
async fn the_first_page_after_an_absence_looks_once_at_each_who_is_followed() {
    let waking = "UPDATE people SET last_post = last_post - no, state = IF(no = 1, 'waking', state)";
    let Some((_stage, activity, reader)) = planted(waking, Order::InTurn).await else { return };
    let (rows, page) = rows_of(&activity, activity.feed(reader, &PageQuery::default())).await;
    assert_eq!(page.unwrap().posts.len(), 20);
    assert!(rows <= 2 * FOLLOWED + 1_000, "{rows} rows");
}

#[tokio::test]
async fn the_end_of_a_long_list_costs_what_its_beginning_does() {
    let Some((_stage, activity, reader)) =
        planted("UPDATE follows SET at = follower + followee", Order::InTurn).await
    else {
        return;
    };
    let mut costs = Vec::new();
    for of in [ListOf::Followers, ListOf::Following] {
        let mut before = None;
        loop {
            let query = PageQuery { before, limit: Some("50".to_owned()) };
            let (rows, page) = rows_of(&activity, activity.list(of, reader, &query)).await;
            costs.push(rows);
            before = page.unwrap().next;
            if before.is_none() {
                break;
            }
        }
    }
    assert_eq!(costs.len(), 200);
    let (least, most) = (costs.iter().min().unwrap(), costs.iter().max().unwrap());
    assert!(*most <= least + 10 && *most <= 300, "{least} to {most} rows");
}

#[tokio::test]
async fn to_find_nothing_new_reads_no_posts() {
    // Each wrote last when their newest post says so.
    let Some((_stage, activity, reader)) =
        planted("UPDATE people SET last_post = last_post - no WHERE loud = 1", Order::InTurn).await
    else {
        return;
    };
    let page = activity.feed(reader, &PageQuery { before: None, limit: None }).await.unwrap();
    let (rows, new) = rows_of(&activity, activity.news(reader, Some(&page.posts[0].id))).await;
    assert_eq!(new.unwrap(), 0);
    // Who is asked, who is looked up, and when each wrote last.
    assert!(rows <= 2 * PULLED + 20, "{rows} rows");
    let (rows, new) = rows_of(&activity, activity.news(reader, Some(&page.posts[5].id))).await;
    assert_eq!(new.unwrap(), 5);
    assert!(rows <= MAX_ROWS_TOUCHED, "{rows} rows");
}

async fn entries_of(stage: &Stage) -> i64 {
    stage.count("SELECT COUNT(*) FROM feed_entries").await
}

/// How often each transaction does its work: twice where each has a conflict at its first commit.
fn attempts() -> i64 {
    1 + i64::from(std::env::var_os("DAEMUN_TEST_CONFLICTS").is_some())
}

#[tokio::test]
async fn a_step_of_work_touches_the_rows_of_its_followers_alone() {
    let Some(database) = TestDatabase::mysql().await else { return };
    let stage = Stage::on(database, Settings::default()).await;
    fill(&stage, Order::InTurn).await;
    let activity = counting(&stage).await;
    let replica = Replica::new(activity, Bus::in_process(&stage.database, &stage.clock), stage.clock.clone());
    // Whom 5,000 follow: the first step writes the entries of 500, with its look at some of their lengths.
    let written = stage.post(member(u128::try_from(READER).unwrap()), "모두에게").await;
    stage.publish_events().await;
    stage.consume().await;
    stage.execute("UPDATE people SET followers = 5000 WHERE no = 1").await;
    let (rows, _) = rows_of(&replica.activity, replica.work()).await;
    let entries = entries_of(&stage).await - 850;
    assert_eq!(entries % 500, 0, "{entries}");
    assert!(rows <= attempts() * (entries * 4 + 2_000), "{rows} rows for {entries} entries");
    // One look at lengths for all of a step's 500, and not one for each. As many steps are done as there is time for.
    let (before, had) = (statements_executed(&replica.activity).await, entries_of(&stage).await);
    replica.work().await;
    let executed = statements_executed(&replica.activity).await - before;
    let steps = (entries_of(&stage).await - had) / 500;
    assert!(executed <= attempts() * (10 * steps + 5), "{executed} statements in {steps} steps");
    while stage.work().await {}
    assert_eq!(entries_of(&stage).await, 850 + FOLLOWED);
    activity::delete(&stage.activity.context, member(u128::try_from(READER).unwrap()), written)
        .await
        .unwrap();
    stage.publish_events().await;
    stage.consume().await;
    let (rows, _) = rows_of(&replica.activity, replica.work()).await;
    let gone = 850 + FOLLOWED - entries_of(&stage).await;
    assert!(gone >= 500 && rows <= attempts() * (gone * 6 + 2_000), "{rows} rows for {gone} entries");
}

/// Tables that a plan goes over from end to end, but for what the statement itself has made.
fn scanned(plan: &[String]) -> Vec<&str> {
    let of_its_own = |table: &str| {
        table == "c"
            || table == "CONSTANT"
            || table.starts_with('(')
            || table.starts_with('b') && table[1..].parse::<u32>().is_ok()
    };
    let scans = plan.iter().filter_map(|line| line.strip_prefix("SCAN "));
    scans.filter(|rest| !of_its_own(rest.split(' ').next().unwrap_or_default())).collect()
}

#[tokio::test]
async fn no_statement_goes_over_a_whole_table() {
    let database = TestDatabase::sqlite().await;
    let mut reader = database.read().await.unwrap();
    let fixed = activity::STORAGE.statements.iter().flat_map(|of_table| of_table.iter().copied());
    let mut looked_at = 0;
    for statement in fixed.chain((activity::STORAGE.per_dialect)(Dialect::Sqlite)) {
        // The newest reports, by their index.
        if statement.starts_with("INSERT INTO")
            || statement.contains("FROM post_reports ORDER BY at DESC LIMIT ?")
        {
            continue;
        }
        let explained: &'static str = Box::leak(format!("EXPLAIN QUERY PLAN {statement}").into_boxed_str());
        let rows = query(explained).fetch_all(&mut *reader).await.unwrap();
        let plan: Vec<String> = rows.iter().map(|row| row.get("detail")).collect();
        assert_eq!(scanned(&plan), [""; 0], "{statement}");
        looked_at += 1;
    }
    assert!(looked_at > 40, "{looked_at}");
}

/// The ids of posts that a page shows, to compare two ways to the same page.
async fn ids(activity: &Activity, limit: &str, before: Option<String>) -> (Vec<PostId>, Option<String>) {
    let query = PageQuery { before, limit: Some(limit.to_owned()) };
    let page = activity.feed(member(u128::try_from(READER).unwrap()), &query).await.unwrap();
    (page.posts.iter().map(|post| PostId::parse(&post.id).unwrap()).collect(), page.next)
}

#[tokio::test]
async fn pages_of_many_authors_that_are_looked_up_leave_nothing_out() {
    for order in [Order::InTurn, Order::InBlocks] {
        for stage in Stage::both(Settings::default()).await {
            fill(&stage, order).await;
            let all = stage.count("SELECT COUNT(*) FROM posts").await;
            for limit in ["50", "17"] {
                let (mut met, mut before) = (Vec::new(), None);
                loop {
                    let (ids, next) = ids(&stage.activity, limit, before).await;
                    met.extend(ids);
                    before = next;
                    if before.is_none() {
                        break;
                    }
                }
                assert!(met.is_sorted_by(|one, other| one > other), "newest first, each once");
                assert_eq!(i64::try_from(met.len()).unwrap(), all, "{order:?}, pages of {limit}");
            }
        }
    }
}

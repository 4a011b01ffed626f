//! When a session was last used is written behind the answer, and is never lost to an outage.

use std::time::Duration;

use db::{Row as _, query};
use http::HeaderMap;
use sqlx::AssertSqlSafe;

use super::{DAY, Stage, sign_in};
use crate::state::Sessions;

const MINUTE: Duration = Duration::from_mins(1);

async fn run(sessions: &Sessions, sql: &str) {
    let mut tx = sessions.lookup.context.db.begin().await.unwrap();
    query(AssertSqlSafe(sql.to_owned())).execute(&mut *tx).await.unwrap();
    tx.commit().await.unwrap();
}

async fn last_seen(sessions: &Sessions) -> i64 {
    let mut reader = sessions.lookup.context.db.read().await.unwrap();
    query("SELECT last_seen_at FROM sessions").fetch_one(&mut *reader).await.unwrap().get(0)
}

async fn is_live(sessions: &Sessions, browser: &HeaderMap) -> bool {
    sessions.families.tokens.feed.read().await.unwrap();
    sessions.lookup.current(browser).await.unwrap().is_some()
}

#[tokio::test]
async fn a_use_is_written_behind_the_answer_and_read_by_the_other_replicas() {
    for stage in Stage::both().await {
        let (here, there) = (stage.replica().await, stage.replica().await);
        let browser = sign_in(&here, "1").await;
        let began = last_seen(&here).await;
        stage.clock.advance(DAY * 13);
        assert!(is_live(&here, &browser).await);
        assert_eq!(last_seen(&here).await, began, "no request waits for it");
        here.uses.write().await.unwrap();
        stage.clock.advance(DAY * 13);
        assert!(is_live(&there, &browser).await, "26 days old, and used 13 days ago");
    }
}

#[tokio::test]
async fn s_cookie_8_a_use_that_waits_counts_at_once_and_outlasts_an_outage() {
    for stage in Stage::both().await {
        let sessions = stage.replica().await;
        let browser = sign_in(&sessions, "1").await;
        stage.clock.advance(DAY * 13);
        assert!(is_live(&sessions, &browser).await);
        run(&sessions, "ALTER TABLE sessions RENAME TO sessions_away").await;
        assert!(sessions.uses.write().await.is_err());
        run(&sessions, "ALTER TABLE sessions_away RENAME TO sessions").await;
        stage.clock.advance(DAY);
        assert!(is_live(&sessions, &browser).await, "14 days old, and the use of yesterday is not written");
        sessions.uses.write().await.unwrap();
        let written = last_seen(&sessions).await;
        stage.clock.advance(MINUTE / 2);
        assert!(is_live(&sessions, &browser).await);
        sessions.uses.write().await.unwrap();
        assert_eq!(last_seen(&sessions).await, written, "once a minute");
    }
}

#[tokio::test]
async fn what_an_open_page_asks_by_itself_is_no_use() {
    for stage in Stage::both().await {
        let sessions = stage.replica().await;
        let browser = sign_in(&sessions, "1").await;
        for day in 1..=14 {
            stage.clock.advance(DAY);
            sessions.families.tokens.feed.read().await.unwrap();
            let found = sessions.lookup.current_unattended(&browser).await.unwrap();
            sessions.uses.write().await.unwrap();
            assert_eq!(found.is_some(), day < 14, "day {day}");
        }
        assert!(!is_live(&sessions, &browser).await);
    }
}

//! What is over goes from the tables, and nothing that is still needed goes with it (S-OPS-6).

use std::collections::BTreeSet;
use std::time::Duration;

use db::{Row as _, query};
use serde_json::{Value, json};

use crate::accounts::{log_in, post, sign_up, sign_up_as};
use crate::app::App;

/// A table that must be empty, once all that it holds is over.
const COUNTS: [(&str, &str); 6] = [
    ("login_transactions", "SELECT COUNT(*) FROM login_transactions"),
    ("pending_sign_ups", "SELECT COUNT(*) FROM pending_sign_ups"),
    ("mail_tokens", "SELECT COUNT(*) FROM mail_tokens"),
    ("sessions", "SELECT COUNT(*) FROM sessions"),
    ("refresh_families", "SELECT COUNT(*) FROM refresh_families"),
    ("revocations", "SELECT COUNT(*) FROM revocations"),
];

async fn rows(app: &App) -> Vec<(&'static str, i64)> {
    let mut reader = app.database.read().await.unwrap();
    let mut rows = Vec::new();
    for (table, count) in COUNTS {
        rows.push((table, query(count).fetch_one(&mut *reader).await.unwrap().get(0)));
    }
    rows
}

fn body(tokens: &Value) -> Value {
    json!({"refresh_token": tokens["refresh_token"]})
}

#[tokio::test]
async fn s_ops_6_what_expired_is_purged_and_a_spent_token_of_a_living_family_is_still_known() {
    for app in App::both().await {
        sign_up(&app).await;
        let spent = log_in(&app).await;
        let good = post(&app, "/auth/refresh", body(&spent)).await.body["data"].clone();
        app.begin(&app.browser(), "google", "/").await;
        app.sign_in(&app.browser(), "google", "minji").await;
        sign_up_as(&app, "waiting@example.com").await;
        app.settled().await;
        app.clean().await;
        let before = rows(&app).await;
        assert_eq!(
            before[..5].iter().filter(|(_, count)| *count == 0).count(),
            0,
            "not yet over: {before:?}"
        );

        app.advance(Duration::from_hours(25));
        app.clean().await;
        let after = rows(&app).await;
        assert_eq!(after[..3], COUNTS.map(|(table, _)| (table, 0))[..3], "codes, logins and sign-ups");
        assert_eq!(after[3..5], before[3..5], "sessions and families live");

        // A family that rotated once in those days, and whose first token is presented then.
        let next = post(&app, "/auth/refresh", body(&good)).await;
        assert_eq!(next.status, 200, "{}", next.body);
        app.advance(Duration::from_hours(25));
        app.clean().await;
        assert_eq!(post(&app, "/auth/refresh", body(&spent)).await.code(), (401, "AUTH_REFRESH_INVALID"));
        let live = body(&next.body["data"]);
        assert_eq!(
            post(&app, "/auth/refresh", live).await.code(),
            (401, "AUTH_REFRESH_INVALID"),
            "it was a theft"
        );
        assert!(app.database.dump().await.lines().any(|line| line.contains("token_reuse")));

        app.advance(Duration::from_hours(31 * 24));
        app.clean().await;
        assert_eq!(rows(&app).await, COUNTS.map(|(table, _)| (table, 0)));
        app.stop().await;
    }
}

#[tokio::test]
async fn s_ops_6_a_table_that_cannot_be_cleaned_keeps_no_other_from_it() {
    for app in App::both().await {
        let run = async |sql: &'static str| {
            let mut tx = app.database.begin().await.unwrap();
            query(sql).execute(&mut *tx).await.unwrap();
            tx.commit().await.unwrap();
        };
        app.sign_in(&app.browser(), "google", "minji").await;
        app.begin(&app.browser(), "google", "/").await;
        app.settled().await;
        app.advance(Duration::from_hours(31 * 24));
        // The first of the tables.
        run("ALTER TABLE sessions RENAME TO sessions_away").await;
        assert_eq!(app.clean_tables().await, BTreeSet::from(["sessions"]));
        run("ALTER TABLE sessions_away RENAME TO sessions").await;
        let kept = rows(&app).await;
        let left: Vec<_> = kept.iter().filter(|(_, count)| *count > 0).map(|(table, _)| *table).collect();
        assert_eq!(left, ["sessions"]);
        assert_eq!(app.clean_tables().await, BTreeSet::new(), "the next round does it");
        assert_eq!(rows(&app).await, COUNTS.map(|(table, _)| (table, 0)));
        app.stop().await;
    }
}

//! The access token of a session: one rotation for each of its lives, no matter how many ask.

use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;

use db::{Row as _, query};
use http::HeaderMap;
use tokens::{ClientId, Presented, Redemption, RefreshToken};
use tokio::sync::Barrier;
use tokio::task::JoinSet;

use super::{DAY, Stage, sign_in};
use crate::session_rotation::SessionAccess;
use crate::state::Sessions;

async fn access(sessions: &Sessions, browser: &HeaderMap) -> Option<Arc<SessionAccess>> {
    let current = sessions.lookup.current(browser).await.unwrap()?;
    sessions.families.access(&current).await.unwrap()
}

/// `tabs` requests at once, spread over the replicas; gives the moments at which their tokens were issued.
async fn at_once(replicas: &[Arc<Sessions>], browser: &HeaderMap, tabs: usize) -> Vec<i64> {
    let start = Arc::new(Barrier::new(tabs));
    let mut tasks = JoinSet::new();
    for tab in 0..tabs {
        let (sessions, browser, start) =
            (replicas[tab % replicas.len()].clone(), browser.clone(), Arc::clone(&start));
        tasks.spawn(async move {
            start.wait().await;
            let access = access(&sessions, &browser).await.expect("nobody is signed out");
            sessions.families.tokens.verifier.holds(&access.claims).await.unwrap();
            access.claims.id.made_at.millis()
        });
    }
    tasks.join_all().await
}

async fn cell(sessions: &Sessions, sql: &'static str) -> i64 {
    let mut reader = sessions.lookup.context.db.read().await.unwrap();
    query(sql).fetch_one(&mut *reader).await.unwrap().get(0)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn s_bff_10_fifty_tabs_on_three_replicas_make_one_turn_for_each_life_of_a_token() {
    for mut stage in Stage::both().await {
        stage.access_life = Duration::from_secs(2);
        let replicas = [stage.replica().await, stage.replica().await, stage.replica().await];
        let browser = sign_in(&replicas[0], "1").await;
        let mut rotations = HashSet::new();
        for round in 1..=10 {
            stage.clock.advance(Duration::from_secs(2));
            let made: HashSet<_> = at_once(&replicas, &browser, 50).await.into_iter().collect();
            assert_eq!(made.len(), 1, "round {round}: one rotation");
            rotations.extend(made);
            assert_eq!(rotations.len(), round, "each life its own");
        }
        assert_eq!(cell(&replicas[0], "SELECT COUNT(*) FROM refresh_families").await, 1);
    }
}

#[tokio::test]
async fn an_access_token_is_made_when_needed_and_kept_until_it_nears_its_end() {
    for stage in Stage::both().await {
        let sessions = stage.replica().await;
        let browser = sign_in(&sessions, "1").await;
        let first = access(&sessions, &browser).await.unwrap();
        stage.clock.advance(Duration::from_secs(104));
        assert!(Arc::ptr_eq(&first, &access(&sessions, &browser).await.unwrap()), "kept");
        stage.clock.advance(Duration::from_secs(1));
        let second = access(&sessions, &browser).await.unwrap();
        let claims = &second.claims;
        assert!(first.claims.id.made_at < claims.id.made_at, "renewed before it can expire on its way");
        assert_eq!(
            (claims.nickname.as_str(), claims.roles.as_slice()),
            ("민지", &["ROLE_USER".to_owned()][..])
        );
        assert_eq!(claims.scope.as_str(), "openid read");
    }
}

#[tokio::test]
async fn s_tok_15_a_stolen_refresh_token_that_was_spent_ends_the_session_everywhere() {
    for stage in Stage::both().await {
        let replicas = [stage.replica().await, stage.replica().await];
        let browser = sign_in(&replicas[0], "1").await;
        let stolen = refresh_token(&replicas[0], &browser).await;
        for _ in 0..2 {
            stage.clock.advance(Duration::from_mins(2));
            access(&replicas[0], &browser).await.unwrap();
        }
        let before = access(&replicas[1], &browser).await.unwrap();

        let client_id = ClientId::own_site();
        let mut tx = replicas[1].lookup.context.db.begin().await.unwrap();
        let presented = Presented { token: &stolen, client_id: &client_id, scope: None, key: None };
        let answer = replicas[1].families.tokens.families.redeem(&mut tx, presented).await.unwrap();
        assert!(matches!(answer, Redemption::Refused(_)), "{answer:?}");
        tx.commit().await.unwrap();

        stage.clock.advance(Duration::from_mins(2));
        assert!(access(&replicas[0], &browser).await.is_none(), "no token");
        assert!(replicas[0].lookup.current(&browser).await.unwrap().is_none(), "no session");
        for sessions in &replicas {
            sessions.families.tokens.feed.read().await.unwrap();
            assert!(sessions.families.tokens.verifier.holds(&before.claims).await.is_err());
            assert!(sessions.lookup.current(&browser).await.unwrap().is_none());
        }
    }
}

#[tokio::test]
async fn a_session_that_only_reads_pages_outlives_the_idle_end_of_its_family() {
    for stage in Stage::both().await {
        let sessions = stage.replica().await;
        let browser = sign_in(&sessions, "1").await;
        for day in 1..30 {
            stage.clock.advance(DAY);
            assert!(sessions.lookup.current(&browser).await.unwrap().is_some(), "day {day}");
        }
        assert!(access(&sessions, &browser).await.is_some(), "and still gets tokens");
        stage.clock.advance(DAY);
        assert!(sessions.lookup.current(&browser).await.unwrap().is_none(), "until its absolute end");
    }
}

#[tokio::test]
async fn a_session_from_before_tokens_gets_a_family_when_it_needs_one() {
    for stage in Stage::both().await {
        let sessions = stage.replica().await;
        let browser = sign_in(&sessions, "1").await;
        let mut tx = sessions.lookup.context.db.begin().await.unwrap();
        for sql in
            ["UPDATE sessions SET refresh_sealed = NULL, rotated_at = 0", "DELETE FROM refresh_families"]
        {
            query(sql).execute(&mut *tx).await.unwrap();
        }
        tx.commit().await.unwrap();
        let current = sessions.lookup.current(&browser).await.unwrap().unwrap();
        assert!(sessions.families.access(&current).await.unwrap().is_some());
        assert_eq!(cell(&sessions, "SELECT COUNT(*) FROM refresh_families").await, 1);
    }
}

/// The refresh token in the session's row, as somebody with the database and the master key would have it.
async fn refresh_token(sessions: &Sessions, browser: &HeaderMap) -> RefreshToken {
    let current = sessions.lookup.current(browser).await.unwrap().unwrap();
    let mut reader = sessions.lookup.context.db.read().await.unwrap();
    let row = crate::store::find_rotation(&mut reader, current.session.id).await.unwrap().unwrap();
    sessions.families.open(current.session.id, &row.refresh_sealed.unwrap()).unwrap()
}

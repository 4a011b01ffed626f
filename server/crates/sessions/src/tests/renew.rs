//! A session that goes on under a new secret (S-COOKIE-5), and what may meet it on its way.

use std::sync::Arc;
use std::time::Duration;

use db::{LentTransaction, Row as _, query};
use http::{HeaderMap, HeaderValue};
use members::RenewalError;
use tokio::sync::Barrier;
use tokio::task::JoinSet;
use tokio::time::{interval, timeout};

use super::{Stage, context, is_there, sign_in};
use crate::session::Current;
use crate::state::Sessions;

/// Renews the session of a browser; gives what the browser sends from then on.
pub(super) async fn renew(sessions: &Sessions, browser: &HeaderMap) -> Result<HeaderMap, RenewalError> {
    let renew = async |mut tx: LentTransaction| {
        let renewed = sessions.renewals.renew(&mut tx, browser).await?;
        Ok::<_, RenewalError>(tx.commit(renewed))
    };
    let renewed = sessions.lookup.context.db.transact(renew).await?;
    sessions.families.members.revocation.know_at_once().await;
    let pair = HeaderValue::from_str(&renewed.cookie.stripped().to_string()).unwrap();
    Ok(HeaderMap::from_iter([(http::header::COOKIE, pair)]))
}

pub(super) async fn current(sessions: &Sessions, browser: &HeaderMap) -> Arc<Current> {
    sessions.lookup.current(browser).await.unwrap().expect("somebody is signed in")
}

pub(super) async fn count(sessions: &Sessions, sql: &'static str) -> i64 {
    let mut reader = sessions.lookup.context.db.read().await.unwrap();
    query(sql).fetch_one(&mut *reader).await.unwrap().get(0)
}

pub(super) const LIVE_FAMILIES: &str = "SELECT COUNT(*) FROM refresh_families WHERE ended_at IS NULL";
pub(super) const ROWS: &str = "SELECT COUNT(*) FROM sessions";

fn is_not_signed_in<T>(result: &Result<T, RenewalError>) -> bool {
    matches!(result, Err(RenewalError::NotSignedIn(_)))
}

#[tokio::test]
async fn s_cookie_5_the_cookie_of_before_is_dead_here_at_once_and_elsewhere_within_a_second() {
    for stage in Stage::both().await {
        let (here, there) = (stage.replica().await, stage.replica().await);
        let old = sign_in(&here, "1").await;
        for sessions in [&here, &there] {
            let current = current(sessions, &old).await;
            assert!(sessions.families.access(&current).await.unwrap().is_some());
        }
        let before = current(&here, &old).await;
        stage.clock.advance(Duration::from_mins(9));
        let access = here.families.access(&before).await.unwrap().unwrap();
        let (own, scope) = (here.families.tokens.own_audience(), &access.claims.scope);
        let token = here.families.tokens.minter.exchange(&access.claims, own, scope).await.unwrap();
        let new = renew(&here, &old).await.unwrap();
        assert!(here.lookup.current(&old).await.unwrap().is_none(), "at once");
        let gone = async {
            let mut looks = interval(Duration::from_millis(20));
            while there.lookup.current(&old).await.unwrap().is_some() {
                looks.tick().await;
            }
        };
        timeout(Duration::from_secs(1), gone).await.expect("within a second");
        let decision = here.families.tokens.verifier.verify(token.expose(), &[own]).await.unwrap_err();
        assert_eq!(decision.code(), "TOKEN_REVOKED", "and so are its tokens");
        for sessions in [&here, &there] {
            let after = current(sessions, &new).await;
            assert_ne!(after.session.id, before.session.id);
            let sign_in = |current: &Current| {
                let session = &current.session;
                (session.member, session.method, session.created_at, session.expires_at)
            };
            assert_eq!(sign_in(&after), sign_in(&before), "the sign-in is the same, and as old");
            assert!(sessions.families.access(&after).await.unwrap().is_some());
        }
        assert_eq!((count(&here, ROWS).await, count(&here, LIVE_FAMILIES).await), (1, 1));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn s_cookie_5_of_twenty_tabs_that_renew_at_once_one_does() {
    for stage in Stage::both().await {
        let replicas = [stage.replica().await, stage.replica().await];
        let old = sign_in(&replicas[0], "1").await;
        let start = Arc::new(Barrier::new(20));
        let mut tabs = JoinSet::new();
        for tab in 0..20 {
            let (sessions, old, start) = (replicas[tab % 2].clone(), old.clone(), Arc::clone(&start));
            tabs.spawn(async move {
                start.wait().await;
                renew(&sessions, &old).await
            });
        }
        let mut renewed: Vec<_> = tabs.join_all().await;
        renewed.retain(|result| !is_not_signed_in(result));
        let [Ok(new)] = &renewed[..] else { panic!("one: {renewed:?}") };
        assert!(is_there(&replicas[0], new).await && is_there(&replicas[1], new).await);
        assert!(!is_there(&replicas[0], &old).await);
        assert_eq!((count(&replicas[0], ROWS).await, count(&replicas[0], LIVE_FAMILIES).await), (1, 1));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_sign_out_that_meets_a_renewal_wins_whichever_is_first() {
    for stage in Stage::both().await {
        let sessions = stage.replica().await;
        for round in 0..20 {
            let browser = sign_in(&sessions, &format!("{round}")).await;
            let start = Arc::new(Barrier::new(2));
            let (renewing, leaving) = (sessions.clone(), sessions.clone());
            let (tab, other_tab) = (browser.clone(), browser.clone());
            let (one, two) = (Arc::clone(&start), start);
            let renews = tokio::spawn(async move {
                one.wait().await;
                renew(&renewing, &tab).await
            });
            let leaves = tokio::spawn(async move {
                two.wait().await;
                let handle = leaving.cookie.handle(&other_tab).unwrap();
                leaving.sign_outs.end(&handle, round % 2 == 0, &context().source).await
            });
            let renewed = renews.await.unwrap();
            leaves.await.unwrap().unwrap();
            assert!(renewed.is_ok() || is_not_signed_in(&renewed), "{renewed:?}");
            assert_eq!(count(&sessions, ROWS).await, 0, "nobody is signed in, round {round}");
            assert_eq!(count(&sessions, LIVE_FAMILIES).await, 0, "round {round}");
        }
    }
}

#[tokio::test]
async fn the_cookie_of_before_signs_out_for_a_minute_and_never_signs_in() {
    for stage in Stage::both().await {
        let sessions = stage.replica().await;
        for (late, left) in [(Duration::from_secs(59), false), (Duration::from_secs(61), true)] {
            let old = sign_in(&sessions, "1").await;
            let new = renew(&sessions, &old).await.unwrap();
            stage.clock.advance(late);
            assert!(!is_there(&sessions, &old).await);
            assert!(is_not_signed_in(&renew(&sessions, &old).await), "nor is it renewed");
            let handle = sessions.cookie.handle(&old).unwrap();
            sessions.sign_outs.end(&handle, false, &context().source).await.unwrap();
            assert_eq!(is_there(&sessions, &new).await, left, "{late:?}");
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_tab_that_asks_for_a_token_during_a_renewal_gets_one_or_none_and_no_fault() {
    for mut stage in Stage::both().await {
        stage.access_life = Duration::from_secs(2);
        let sessions = stage.replica().await;
        let mut browser = sign_in(&sessions, "1").await;
        for _ in 0..10 {
            // Each round a rotation is due as well, so that the two meet.
            stage.clock.advance(Duration::from_secs(2));
            let before = current(&sessions, &browser).await;
            let start = Arc::new(Barrier::new(2));
            let (asking, one) = (sessions.clone(), Arc::clone(&start));
            let tab = tokio::spawn(async move {
                one.wait().await;
                asking.families.access(&before).await
            });
            start.wait().await;
            browser = renew(&sessions, &browser).await.unwrap();
            tab.await.unwrap().expect("a token, or none");
            let after = current(&sessions, &browser).await;
            assert!(sessions.families.access(&after).await.unwrap().is_some(), "the browser goes on");
        }
    }
}

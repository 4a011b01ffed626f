//! What a member's browsers do at the same time: the database may abort one transaction in favour of another, and nobody is told
//! to try again.

use std::sync::Arc;

use futures::future::BoxFuture;
use http::HeaderMap;
use members::RenewalError;
use tokio::sync::Barrier;
use tokio::task::JoinSet;

use super::operator::operator;
use super::renew::{LIVE_FAMILIES, ROWS, count, current, renew};
use super::{Stage, context, sign_in, sign_in_after};
use crate::state::Sessions;

type Act = fn(Arc<Sessions>, HeaderMap) -> BoxFuture<'static, Result<(), String>>;

fn says(error: &impl std::fmt::Debug) -> String {
    format!("{error:?}")
}

/// Signs out everywhere.
fn leave_everywhere(sessions: Arc<Sessions>, browser: HeaderMap) -> BoxFuture<'static, Result<(), String>> {
    Box::pin(async move {
        let handle = sessions.cookie.handle(&browser).unwrap();
        sessions.sign_outs.end(&handle, true, &context().source).await.map_err(|error| says(&error))
    })
}

fn leave(sessions: Arc<Sessions>, browser: HeaderMap) -> BoxFuture<'static, Result<(), String>> {
    Box::pin(async move {
        let handle = sessions.cookie.handle(&browser).unwrap();
        sessions.sign_outs.end(&handle, false, &context().source).await.map_err(|error| says(&error))
    })
}

fn renews(sessions: Arc<Sessions>, browser: HeaderMap) -> BoxFuture<'static, Result<(), String>> {
    Box::pin(async move {
        match renew(&sessions, &browser).await {
            Ok(_) | Err(RenewalError::NotSignedIn(_)) => Ok(()),
            Err(error) => Err(says(&error)),
        }
    })
}

/// Asks for an access token, which makes or rotates the session's family.
fn asks(sessions: Arc<Sessions>, browser: HeaderMap) -> BoxFuture<'static, Result<(), String>> {
    Box::pin(async move {
        let Some(current) = sessions.lookup.current(&browser).await.map_err(|error| says(&error))? else {
            return Ok(());
        };
        sessions.families.access(&current).await.map(drop).map_err(|error| says(&error))
    })
}

fn signs_in_again(sessions: Arc<Sessions>, browser: HeaderMap) -> BoxFuture<'static, Result<(), String>> {
    Box::pin(async move {
        sign_in_after(&sessions, "1", Some(&browser)).await.map(drop).map_err(|error| says(&error))
    })
}

fn is_signed_out_by_an_operator(
    sessions: Arc<Sessions>,
    browser: HeaderMap,
) -> BoxFuture<'static, Result<(), String>> {
    Box::pin(async move {
        let current = sessions.lookup.current(&browser).await.map_err(|error| says(&error))?;
        let Some(current) = current else { return Ok(()) };
        operator(&sessions).signs_out(current.member.id).await.map_err(|error| says(&error))
    })
}

/// Does all of it at the same time.
async fn at_once(acts: Vec<(Act, Arc<Sessions>, HeaderMap)>) {
    let start = Arc::new(Barrier::new(acts.len()));
    let mut tasks = JoinSet::new();
    for (act, sessions, browser) in acts {
        let start = Arc::clone(&start);
        tasks.spawn(async move {
            start.wait().await;
            act(sessions, browser).await
        });
    }
    let failed: Vec<_> = tasks.join_all().await.into_iter().filter_map(Result::err).collect();
    assert_eq!(failed, Vec::<String>::new());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn s_bff_14_a_sign_out_everywhere_beside_renewals_of_other_browsers_is_no_outage() {
    for stage in Stage::both().await {
        let replicas = [stage.replica().await, stage.replica().await];
        for _ in 0..20 {
            let mut acts = Vec::new();
            for number in 0..8 {
                let sessions = &replicas[number % 2];
                let act: Act = if number == 3 { leave_everywhere } else { renews };
                acts.push((act, Arc::clone(sessions), sign_in(sessions, "1").await));
            }
            at_once(acts).await;
            assert_eq!(count(&replicas[0], ROWS).await, 0, "nobody is signed in");
            assert_eq!(count(&replicas[0], LIVE_FAMILIES).await, 0);
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn whatever_the_browsers_of_a_member_do_at_once_is_no_outage() {
    const ACTS: [Act; 6] =
        [renews, asks, signs_in_again, leave, leave_everywhere, is_signed_out_by_an_operator];
    for stage in Stage::both().await {
        let replicas = [stage.replica().await, stage.replica().await];
        for round in 0..12 {
            let mut acts = Vec::new();
            for number in 0..9 {
                let sessions = &replicas[number % 2];
                let act = ACTS[(number * 5 + round) % ACTS.len()];
                acts.push((act, Arc::clone(sessions), sign_in(sessions, "1").await));
            }
            stage.clock.advance(stage.access_life);
            at_once(acts).await;
        }
        let last = sign_in(&replicas[0], "1").await;
        assert!(replicas[0].families.access(&*current(&replicas[0], &last).await).await.unwrap().is_some());
    }
}

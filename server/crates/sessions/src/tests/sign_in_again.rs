//! A member who signs in where they are signed in already: the session goes on, with all that apps got in it.

use std::sync::Arc;
use std::time::Duration;

use http::HeaderMap;
use kernel::Timestamp;
use names::SessionId;
use tokens::{ClientId, Grant, Presented, Redemption, RefreshToken, Scope};
use tokio::sync::Barrier;
use tokio::task::JoinSet;
use tokio::time::{interval, timeout};

use super::{DAY, Stage, context, is_there, sign_in, sign_in_after};
use crate::session::Current;
use crate::state::Sessions;

async fn current(sessions: &Sessions, browser: &HeaderMap) -> Arc<Current> {
    sessions.lookup.current(browser).await.unwrap().expect("somebody is signed in")
}

fn portal() -> ClientId {
    ClientId::parse("portal-client").unwrap()
}

/// What an app gets in the session of a browser.
async fn app_in(sessions: &Sessions, browser: &HeaderMap) -> RefreshToken {
    let current = current(sessions, browser).await;
    let mut tx = sessions.lookup.context.db.begin().await.unwrap();
    let grant = Grant {
        subject: current.member.id,
        session: current.session.id,
        client_id: portal(),
        scope: Scope::parse("openid").unwrap(),
        audience: None,
        auth_time: current.session.auth_time,
        proven_by: Some(current.session.proven_by),
        method: Some(current.session.method),
        key: None,
    };
    let rotation = sessions.families.tokens.families.issue(&mut tx, &grant).await.unwrap();
    tx.commit().await.unwrap();
    rotation.refresh
}

/// In which session an app's family is valid, if it is.
async fn refresh(sessions: &Sessions, token: &RefreshToken) -> Option<SessionId> {
    let client_id = portal();
    let mut tx = sessions.lookup.context.db.begin().await.unwrap();
    let presented = Presented { token, client_id: &client_id, scope: None, key: None };
    let redeemed = sessions.families.tokens.families.redeem(&mut tx, presented).await.unwrap();
    tx.commit().await.unwrap();
    match redeemed {
        Redemption::Rotated(rotation) => Some(rotation.family.session),
        Redemption::Refused(_) => None,
    }
}

#[tokio::test]
async fn s_cookie_5_a_sign_in_again_keeps_the_session_and_gives_it_another_cookie() {
    for stage in Stage::both().await {
        let (here, there) = (stage.replica().await, stage.replica().await);
        let old = sign_in(&here, "1").await;
        let before = current(&here, &old).await;
        let app = app_in(&here, &old).await;
        stage.clock.advance(Duration::from_mins(20));
        for sessions in [&here, &there] {
            sessions.families.tokens.feed.read().await.unwrap();
            assert!(sessions.families.access(&*current(sessions, &old).await).await.unwrap().is_some());
        }
        let access = here.families.access(&before).await.unwrap().unwrap();
        let new = sign_in_after(&here, "1", Some(&old)).await.unwrap();
        assert!(here.lookup.current(&old).await.unwrap().is_none(), "at once");
        let gone = async {
            let mut looks = interval(Duration::from_millis(20));
            while there.lookup.current(&old).await.unwrap().is_some() {
                looks.tick().await;
            }
        };
        timeout(Duration::from_secs(1), gone).await.expect("within a second");
        for sessions in [&here, &there] {
            let after = current(sessions, &new).await;
            let sign_in = |current: &Current| {
                let session = &current.session;
                (session.id, session.member, session.created_at, session.expires_at)
            };
            assert_eq!(
                sign_in(&after),
                sign_in(&before),
                "the session is the same, and ends when it would have"
            );
            let moved = after.session.auth_time.since(before.session.auth_time);
            assert_eq!(moved, Duration::from_mins(20));
            let goes_on = sessions.families.access(&after).await.unwrap().unwrap();
            assert_eq!(goes_on.claims.session, access.claims.session);
            let tells = goes_on.claims.auth_time.map(Timestamp::seconds);
            assert_eq!(tells, Some(after.session.auth_time.seconds()), "its tokens tell of the last sign-in");
            assert!(sessions.families.tokens.verifier.is_active(&access.claims), "and its tokens are good");
        }
        assert_eq!(refresh(&here, &app).await, Some(before.session.id), "those of apps as well");
    }
}

#[tokio::test]
async fn another_member_ends_the_session_that_was_there() {
    for stage in Stage::both().await {
        let sessions = stage.replica().await;
        let old = sign_in(&sessions, "1").await;
        let before = current(&sessions, &old).await;
        let app = app_in(&sessions, &old).await;
        let new = sign_in_after(&sessions, "2", Some(&old)).await.unwrap();
        assert!(!is_there(&sessions, &old).await);
        let after = current(&sessions, &new).await;
        assert_ne!(after.session.id, before.session.id);
        assert_ne!(after.session.member, before.session.member);
        assert_eq!(refresh(&sessions, &app).await, None);
    }
}

#[tokio::test]
async fn s_cookie_8_signing_in_again_moves_no_absolute_end() {
    for stage in Stage::both().await {
        let sessions = stage.replica().await;
        let mut browser = sign_in(&sessions, "1").await;
        let first = current(&sessions, &browser).await.session.id;
        for _ in 0..2 {
            stage.clock.advance(DAY * 13);
            sessions.families.tokens.feed.read().await.unwrap();
            browser = sign_in_after(&sessions, "1", Some(&browser)).await.unwrap();
            assert_eq!(current(&sessions, &browser).await.session.id, first);
        }
        stage.clock.advance(DAY * 4);
        assert!(!is_there(&sessions, &browser).await, "after thirty days");
        let new = sign_in_after(&sessions, "1", Some(&browser)).await.unwrap();
        assert_ne!(current(&sessions, &new).await.session.id, first, "one that is over does not go on");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_ten_sign_ins_at_once_none_signs_another_one_out() {
    for stage in Stage::both().await {
        let replicas = [stage.replica().await, stage.replica().await];
        let old = sign_in(&replicas[0], "1").await;
        let first = current(&replicas[0], &old).await.session.id;
        let start = Arc::new(Barrier::new(10));
        let mut tabs = JoinSet::new();
        for tab in 0..10 {
            let (sessions, old, start) = (replicas[tab % 2].clone(), old.clone(), Arc::clone(&start));
            tabs.spawn(async move {
                start.wait().await;
                sign_in_after(&sessions, "1", Some(&old)).await.unwrap()
            });
        }
        let mut kept = 0;
        for browser in tabs.join_all().await {
            assert!(is_there(&replicas[0], &browser).await && is_there(&replicas[1], &browser).await);
            kept += usize::from(current(&replicas[0], &browser).await.session.id == first);
        }
        assert_eq!(kept, 1, "one goes on with the session");
        assert!(!is_there(&replicas[0], &old).await);
    }
}

#[tokio::test]
async fn a_sign_out_with_the_cookie_of_before_ends_the_session_that_went_on() {
    for stage in Stage::both().await {
        let sessions = stage.replica().await;
        let old = sign_in(&sessions, "1").await;
        let new = sign_in_after(&sessions, "1", Some(&old)).await.unwrap();
        let handle = sessions.cookie.handle(&old).unwrap();
        sessions.sign_outs.end(&handle, false, &context().source).await.unwrap();
        assert!(!is_there(&sessions, &new).await);
    }
}

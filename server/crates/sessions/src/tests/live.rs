//! Sessions in memory: faster answers, never other ones.

use std::sync::Arc;
use std::time::Duration;

use db::query;
use kernel::Clock as _;
use members::MemberObserver as _;
use names::Source;
use tokens::SeenSession;
use tokio::time::{interval, timeout};

use super::{Stage, sign_in};
use crate::state::Sessions;

async fn end(sessions: &Sessions, browser: &http::HeaderMap, everywhere: bool) {
    let handle = sessions.cookie.handle(browser).unwrap();
    sessions.sign_outs.end(&handle, everywhere, &Source::system()).await.unwrap();
}

#[tokio::test]
async fn s_tok_21_a_sign_out_is_true_here_at_once_and_on_other_replicas_within_a_second() {
    for stage in Stage::both().await {
        for everywhere in [false, true] {
            let (here, there) = (stage.replica().await, stage.replica().await);
            let browser = sign_in(&here, "1").await;
            for sessions in [&here, &there] {
                assert!(sessions.lookup.current(&browser).await.unwrap().is_some());
            }
            end(&here, &browser, everywhere).await;
            assert!(here.lookup.current(&browser).await.unwrap().is_none(), "at once");
            let gone = async {
                let mut looks = interval(Duration::from_millis(20));
                while there.lookup.current(&browser).await.unwrap().is_some() {
                    looks.tick().await;
                }
            };
            timeout(Duration::from_secs(1), gone).await.expect("within a second");
        }
    }
}

#[tokio::test]
async fn a_session_is_answered_from_memory_for_a_while_and_then_asked_for_again() {
    for stage in Stage::both().await {
        let sessions = stage.replica().await;
        let browser = sign_in(&sessions, "1").await;
        assert!(sessions.lookup.current(&browser).await.unwrap().is_some());
        // Directly in the database, without an entry in the feed.
        let mut tx = sessions.lookup.context.db.begin().await.unwrap();
        query("DELETE FROM sessions").execute(&mut *tx).await.unwrap();
        tx.commit().await.unwrap();
        sessions.families.tokens.feed.read().await.unwrap();
        assert!(sessions.lookup.current(&browser).await.unwrap().is_some(), "from memory");
        stage.clock.advance(Duration::from_secs(30));
        sessions.families.tokens.feed.read().await.unwrap();
        assert!(sessions.lookup.current(&browser).await.unwrap().is_none(), "from the database");
    }
}

/// What a member changes is forgotten at once, also where another request was reading it at that moment.
#[tokio::test]
async fn a_member_who_has_changed_is_read_again_and_a_reading_from_before_is_not_kept() {
    for stage in Stage::both().await {
        let sessions = stage.replica().await;
        let (browser, other) = (sign_in(&sessions, "1").await, sign_in(&sessions, "2").await);
        let now = || stage.clock.now();
        let memory = |browser: &http::HeaderMap| sessions.lookup.current_now(browser).is_some();
        for browser in [&browser, &other] {
            sessions.lookup.current(browser).await.unwrap().unwrap();
        }
        assert!(memory(&browser) && memory(&other));
        let current = sessions.lookup.current(&browser).await.unwrap().unwrap();
        let reading = sessions.lookup.live.reading(now());
        sessions.lookup.live.member_changed(current.member.id);
        assert!(!memory(&browser) && memory(&other));
        let handle = sessions.cookie.handle(&browser).unwrap().hash();
        sessions.lookup.live.keep(handle, Arc::clone(&current), reading);
        assert!(!memory(&browser), "it may have been read before the change");
        sessions.lookup.current(&browser).await.unwrap().unwrap();
        assert!(memory(&browser));
    }
}

#[tokio::test]
async fn a_feed_that_was_not_read_for_five_seconds_is_not_relied_on() {
    for stage in Stage::both().await {
        let sessions = stage.replica().await;
        let browser = sign_in(&sessions, "1").await;
        let current = sessions.lookup.current(&browser).await.unwrap().unwrap();
        let active = || {
            sessions.families.tokens.verifier.session_is_active(&SeenSession {
                session: current.session.id,
                subject: current.session.member,
                roles: &current.member.given_roles,
                handle: &sessions.cookie.handle(&browser).unwrap().hash(),
                read_at: current.session.created_at,
            })
        };
        sessions.families.tokens.feed.read().await.unwrap();
        assert_eq!(active(), Some(true));
        sessions.lookup.context.db.close().await;
        stage.clock.advance(Duration::from_secs(5));
        assert_eq!(active(), None);
        assert!(sessions.lookup.current(&browser).await.is_err(), "an outage is no sign-out");
    }
}

//! What an operator ends is over on every replica.

use db::{Row as _, query};
use kernel::NewId as _;
use kernel::{Clock as _, OsRandomness, SystemClock};
use names::{MemberId, SessionId, Source};
use tokens::{ClientId, EndReason, Grant, Scope};

use super::{Stage, sign_in};
use crate::operator::Operator;
use crate::state::Sessions;
use crate::store;

const SOURCE: &Source = &Source::system();

pub(super) fn operator(sessions: &Sessions) -> Operator<'_> {
    Operator {
        db: &sessions.lookup.context.db,
        tokens: &sessions.families.tokens,
        audit: &sessions.lookup.context.audit,
        notices: None,
        source: SOURCE,
    }
}

async fn member(sessions: &Sessions, browser: &http::HeaderMap) -> Option<MemberId> {
    sessions.families.tokens.feed.read().await.unwrap();
    sessions.lookup.current(browser).await.unwrap().map(|current| current.member.id)
}

/// Signs an app in.
async fn app_of(sessions: &Sessions, member: MemberId) {
    let grant = Grant {
        subject: member,
        session: SessionId::new(&SystemClock, &OsRandomness),
        client_id: ClientId::own_app(),
        scope: Scope::parse("read").unwrap(),
        audience: None,
        auth_time: SystemClock.now(),
        proven_by: Some(names::ProvenBy::Password),
        method: Some(names::SignInMethod::Password),
        key: None,
    };
    let mut tx = sessions.lookup.context.db.begin().await.unwrap();
    sessions.families.tokens.families.issue(&mut tx, &grant).await.unwrap();
    tx.commit().await.unwrap();
}

#[tokio::test]
async fn s_bff_14_one_member_is_signed_out_and_the_others_stay() {
    for stage in Stage::both().await {
        let (here, there) = (stage.replica().await, stage.replica().await);
        let browsers = [sign_in(&here, "1").await, sign_in(&there, "1").await];
        let other = sign_in(&here, "2").await;
        let one = member(&there, &browsers[0]).await.unwrap();
        operator(&here).signs_out(one).await.unwrap();
        for browser in &browsers {
            assert_eq!(member(&there, browser).await, None);
            assert_eq!(member(&here, browser).await, None);
        }
        assert!(member(&there, &other).await.is_some());
        assert!(member(&there, &sign_in(&there, "1").await).await.is_some(), "they may come back");
        // Nobody in particular.
        operator(&here).signs_out(MemberId::new(&SystemClock, &OsRandomness)).await.unwrap();
    }
}

#[tokio::test]
async fn s_bff_14_everybody_is_signed_out_once() {
    for stage in Stage::both().await {
        let (here, there) = (stage.replica().await, stage.replica().await);
        let mut browsers = Vec::new();
        for subject in 1..=21 {
            browsers.push(sign_in(&here, &subject.to_string()).await);
        }
        // Some have apps alone, and one has both.
        let both = member(&here, &browsers[0]).await.unwrap();
        let strangers = [0; 25].map(|_| MemberId::new(&SystemClock, &OsRandomness));
        for holder in strangers.into_iter().chain([both]) {
            app_of(&here, holder).await;
        }
        assert_eq!(operator(&there).signs_everybody_out().await.unwrap(), 21 + 25);
        assert_eq!(here.own.apps_of(both).await.unwrap().len(), 0);
        for browser in &browsers {
            assert_eq!(member(&here, browser).await, None);
        }
        assert_eq!(operator(&there).signs_everybody_out().await.unwrap(), 0);
    }
}

/// Those of members who are signed in nowhere, too: a backup has browsers that were forgotten since.
#[tokio::test]
async fn s_ops_5_after_a_restore_no_browser_is_remembered() {
    for stage in Stage::both().await {
        let here = stage.replica().await;
        let browser = sign_in(&here, "1").await;
        let owner = member(&here, &browser).await.unwrap();
        let mut tx = here.lookup.context.db.begin().await.unwrap();
        let devices = &here.second_steps.devices;
        assert!(devices.remember(&mut tx, &browser, owner, SOURCE).await.unwrap().is_some());
        store::delete_of_member(&mut tx, owner).await.unwrap();
        here.families.tokens.revoker.revoke_member(&mut tx, owner, EndReason::SignedOut).await.unwrap();
        tx.commit().await.unwrap();
        assert_eq!(operator(&here).signs_everybody_out().await.unwrap(), 0);
        let mut reader = here.lookup.context.db.read().await.unwrap();
        let left = query("SELECT COUNT(*) FROM remembered_devices").fetch_one(&mut *reader).await.unwrap();
        assert_eq!(left.get::<i64, _>(0), 0);
    }
}

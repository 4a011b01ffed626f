//! A logout that wins, on every replica.

use std::time::Duration;

use db::query;
use kernel::Clock as _;
use kernel::NewId as _;
use kernel::OsRandomness;
use names::Role;
use testkit::TestDatabase;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::{Stage, access, decision, issue, refusal, rotate};
use crate::family::{EndReason, Family, FamilyId};
use crate::redeem::{Refused, Rotation};
use crate::tokens::Tokens;

#[derive(Clone, Copy)]
enum What {
    Session,
    Member,
    Family,
}

async fn revoke(tokens: &Tokens, what: What, of: &Family) {
    let mut tx = tokens.families.db.begin().await.unwrap();
    match what {
        What::Session => {
            tokens.revoker.revoke_session(&mut tx, of.session, EndReason::SignedOut).await.unwrap()
        }
        What::Member => tokens.revoker.revoke_member(&mut tx, of.subject, EndReason::Disabled).await.unwrap(),
        What::Family => {
            u64::from(tokens.revoker.revoke_family(&mut tx, of.id, EndReason::ByClient).await.unwrap())
        }
    };
    tx.commit().await.unwrap();
}

#[tokio::test]
async fn s_tok_20_s_tok_21_what_is_revoked_dies_on_all_replicas_at_the_next_reading() {
    for stage in Stage::both().await {
        let (here, there) = (stage.replica().await, stage.replica().await);
        for what in [What::Session, What::Member, What::Family] {
            let last = rotate(&here, &issue(&here, &stage.grant()).await.refresh).await;
            let bystander = issue(&here, &stage.grant()).await;
            let (token, other) = (access(&here, &last).await, access(&here, &bystander).await);
            for replica in [&here, &there] {
                assert_eq!(decision(replica, token.expose()).await, "OK");
                assert_eq!(decision(replica, other.expose()).await, "OK");
            }
            revoke(&here, what, &last.family).await;
            assert!(matches!(refusal(&there, &last.refresh).await, Refused::Ended));
            for replica in [&here, &there] {
                replica.feed.read().await.unwrap();
                assert_eq!(decision(replica, token.expose()).await, "TOKEN_REVOKED");
                assert_eq!(decision(replica, other.expose()).await, "OK", "others live on");
            }
        }
    }
}

#[tokio::test]
async fn revocation_empties_the_cache_of_what_it_concerns() {
    let stage = Stage::sqlite().await;
    let tokens = stage.replica().await;
    let (mine, theirs) = (issue(&tokens, &stage.grant()).await, issue(&tokens, &stage.grant()).await);
    for rotation in [&mine, &mine, &theirs] {
        assert_eq!(decision(&tokens, access(&tokens, rotation).await.expose()).await, "OK");
    }
    assert_eq!(tokens.verifier.verified.len(), 3);
    revoke(&tokens, What::Session, &mine.family).await;
    tokens.feed.read().await.unwrap();
    assert_eq!(tokens.verifier.verified.len(), 1);
}

#[tokio::test]
async fn one_family_of_a_session_ends_without_the_others() {
    let stage = Stage::sqlite().await;
    let tokens = stage.replica().await;
    let grant = stage.grant();
    let (one, other) = (issue(&tokens, &grant).await, issue(&tokens, &grant).await);
    let (first, second) = (access(&tokens, &one).await, access(&tokens, &other).await);
    revoke(&tokens, What::Family, &one.family).await;
    tokens.feed.read().await.unwrap();
    assert_eq!(decision(&tokens, first.expose()).await, "TOKEN_REVOKED");
    assert_eq!(decision(&tokens, second.expose()).await, "OK");
    rotate(&tokens, &other.refresh).await;
}

/// A changed password ends everything and signs this browser in again, in the same millisecond.
#[tokio::test]
async fn what_a_member_gets_after_the_revocation_is_good() {
    for stage in Stage::both().await {
        let tokens = stage.replica().await;
        let mut grant = stage.grant();
        let old = issue(&tokens, &grant).await;
        let old = access(&tokens, &old).await;
        let mut tx = tokens.families.db.begin().await.unwrap();
        tokens.revoker.revoke_member(&mut tx, grant.subject, EndReason::PasswordChanged).await.unwrap();
        grant.session = stage.grant().session;
        let new = tokens.families.issue(&mut tx, &grant).await.unwrap();
        tx.commit().await.unwrap();
        tokens.feed.read().await.unwrap();
        assert_eq!(decision(&tokens, old.expose()).await, "TOKEN_REVOKED");
        assert_eq!(decision(&tokens, access(&tokens, &new).await.expose()).await, "OK");
        rotate(&tokens, &new.refresh).await;
    }
}

/// Its session is not to be found in the table any more, or not yet.
#[tokio::test]
async fn s_tok_20_the_end_of_a_member_reaches_tokens_of_sessions_without_a_family() {
    let stage = Stage::sqlite().await;
    let tokens = stage.replica().await;
    let mut mine = issue(&tokens, &stage.grant()).await;
    mine.family.session = stage.grant().session;
    mine.family.id = FamilyId::new(&*stage.clock, &OsRandomness);
    let token = access(&tokens, &mine).await;
    stage.clock.advance(Duration::from_millis(1));
    revoke(&tokens, What::Member, &mine.family).await;
    tokens.feed.read().await.unwrap();
    assert_eq!(decision(&tokens, token.expose()).await, "TOKEN_REVOKED");
}

#[tokio::test]
async fn s_tok_21_a_running_replica_learns_of_a_revocation_by_itself() {
    for stage in Stage::both().await {
        let here = stage.replica().await;
        let there = stage.replica_with(vec![stage.master.clone()], stage.settings.clone()).await;
        let (end, tasks) = (CancellationToken::new(), TaskTracker::new());
        there.start(&end, &tasks).await.unwrap();
        let mine = issue(&here, &stage.grant()).await;
        let token = access(&here, &mine).await;
        assert_eq!(decision(&there, token.expose()).await, "OK");
        revoke(&here, What::Session, &mine.family).await;
        let learns = async {
            while decision(&there, token.expose()).await == "OK" {
                tokio::task::yield_now().await;
            }
        };
        tokio::time::timeout(Duration::from_secs(10), learns).await.unwrap();
        assert_eq!(decision(&there, token.expose()).await, "TOKEN_REVOKED");
        end.cancel();
        tasks.close();
        tasks.wait().await;
    }
}

#[tokio::test]
async fn s_tok_17_a_revocation_is_true_only_with_its_transaction() {
    for stage in Stage::both().await {
        let tokens = stage.replica().await;
        let mine = issue(&tokens, &stage.grant()).await;
        let mut tx = tokens.families.db.begin().await.unwrap();
        tokens.revoker.revoke_session(&mut tx, mine.family.session, EndReason::SignedOut).await.unwrap();
        drop(tx);
        tokens.feed.read().await.unwrap();
        assert_eq!(decision(&tokens, access(&tokens, &mine).await.expose()).await, "OK");
        rotate(&tokens, &mine.refresh).await;
    }
}

#[tokio::test]
async fn without_the_feed_for_five_seconds_the_database_is_asked() {
    for stage in Stage::both().await {
        let (here, there) = (stage.replica().await, stage.replica().await);
        let (mine, other) = (issue(&here, &stage.grant()).await, issue(&here, &stage.grant()).await);
        let (token, unseen) = (access(&here, &mine).await, access(&here, &mine).await);
        let good = access(&here, &other).await;
        assert_eq!(decision(&there, token.expose()).await, "OK");
        revoke(&here, What::Session, &mine.family).await;
        stage.clock.advance(Duration::from_millis(4_999));
        assert_eq!(decision(&there, token.expose()).await, "OK", "not read yet, and still relied on");
        stage.clock.advance(Duration::from_millis(1));
        assert_eq!(decision(&there, token.expose()).await, "TOKEN_REVOKED", "from the cache");
        assert_eq!(decision(&there, unseen.expose()).await, "TOKEN_REVOKED", "cold");
        assert_eq!(decision(&there, good.expose()).await, "OK");
        there.families.db.close().await;
        assert_eq!(decision(&there, good.expose()).await, "AUTH_UNAVAILABLE", "no word is not a yes");
    }
}

#[tokio::test]
async fn a_replica_that_never_read_the_feed_asks_for_each_token() {
    let stage = Stage::sqlite().await;
    let here = stage.replica().await;
    let mine = issue(&here, &stage.grant()).await;
    let token = access(&here, &mine).await;
    let fresh = stage.replica_with(vec![stage.master.clone()], stage.settings.clone()).await;
    fresh.keys.read().await.unwrap();
    assert_eq!(decision(&fresh, token.expose()).await, "OK");
    revoke(&here, What::Session, &mine.family).await;
    assert_eq!(decision(&fresh, token.expose()).await, "TOKEN_REVOKED");
}

/// Two transactions whose numbers and commits are in opposite order. (SQLite has one writer, so there the orders are
/// the same.)
#[tokio::test]
async fn a_row_that_commits_after_a_later_number_is_not_missed() {
    let Some(database) = TestDatabase::mysql().await else { return };
    let stage = Stage::on(database);
    let (here, there) = (stage.replica().await, stage.replica().await);
    let (early, late) = (issue(&here, &stage.grant()).await, issue(&here, &stage.grant()).await);
    let (first, second) = (access(&here, &early).await, access(&here, &late).await);
    // Past the look-back of the readings at the start, so that only the look-back itself can help.
    for _ in 0..20 {
        stage.clock.advance(Duration::from_secs(1));
        there.feed.read().await.unwrap();
    }
    let mut slow = here.families.db.begin().await.unwrap();
    here.revoker.revoke_session(&mut slow, early.family.session, EndReason::SignedOut).await.unwrap();
    revoke(&here, What::Session, &late.family).await;
    there.feed.read().await.unwrap();
    assert_eq!(decision(&there, second.expose()).await, "TOKEN_REVOKED", "the later number is seen");
    assert_eq!(decision(&there, first.expose()).await, "OK", "the earlier one is not there yet");
    stage.clock.advance(Duration::from_secs(3));
    slow.commit().await.unwrap();
    there.feed.read().await.unwrap();
    assert_eq!(decision(&there, first.expose()).await, "TOKEN_REVOKED");
}

/// Servers of a cluster give out numbers of their own: what comes later may have a number far below what was seen long ago.
#[tokio::test]
async fn s_tok_21_a_row_with_a_number_far_below_the_others_is_not_missed() {
    for stage in Stage::both().await {
        let (here, there) = (stage.replica().await, stage.replica().await);
        let (early, late) = (issue(&here, &stage.grant()).await, issue(&here, &stage.grant()).await);
        let (first, second) = (access(&here, &early).await, access(&here, &late).await);
        let mut tx = here.families.db.begin().await.unwrap();
        here.revoker.revoke_session(&mut tx, early.family.session, EndReason::SignedOut).await.unwrap();
        query("UPDATE revocations SET number = 30001").execute(&mut *tx).await.unwrap();
        tx.commit().await.unwrap();
        // Whole readings lie behind, and the high number was seen long ago.
        for _ in 0..20 {
            there.feed.read().await.unwrap();
            stage.clock.advance(Duration::from_secs(1));
        }
        there.feed.read().await.unwrap();
        assert_eq!(decision(&there, first.expose()).await, "TOKEN_REVOKED");
        let mut tx = here.families.db.begin().await.unwrap();
        here.revoker.revoke_session(&mut tx, late.family.session, EndReason::SignedOut).await.unwrap();
        query("UPDATE revocations SET number = 7 WHERE number <> 30001").execute(&mut *tx).await.unwrap();
        tx.commit().await.unwrap();
        there.feed.read().await.unwrap();
        assert_eq!(decision(&there, second.expose()).await, "TOKEN_REVOKED");
    }
}

/// Even one that comes later than the look-back is found, when the whole feed is read.
#[tokio::test]
async fn a_row_that_commits_very_late_is_found_by_the_whole_reading() {
    let Some(database) = TestDatabase::mysql().await else { return };
    let stage = Stage::on(database);
    let (here, there) = (stage.replica().await, stage.replica().await);
    let (early, late) = (issue(&here, &stage.grant()).await, issue(&here, &stage.grant()).await);
    let mut slow = here.families.db.begin().await.unwrap();
    here.revoker.revoke_session(&mut slow, early.family.session, EndReason::SignedOut).await.unwrap();
    revoke(&here, What::Session, &late.family).await;
    for _ in 0..45 {
        stage.clock.advance(Duration::from_secs(1));
        there.feed.read().await.unwrap();
    }
    let first = access(&here, &early).await;
    slow.commit().await.unwrap();
    for _ in 0..10 {
        stage.clock.advance(Duration::from_secs(1));
        there.feed.read().await.unwrap();
    }
    assert_eq!(decision(&there, first.expose()).await, "TOKEN_REVOKED");
}

#[tokio::test]
async fn a_revocation_outlives_every_token_that_it_concerns() {
    for stage in Stage::both().await {
        let tokens = stage.replica().await;
        let mine = issue(&tokens, &stage.grant()).await;
        revoke(&tokens, What::Member, &mine.family).await;
        // Decided before the end, made at the last moment.
        let token = access(&tokens, &mine).await;
        for _ in 0..13 {
            stage.clock.advance(Duration::from_secs(10));
            let mut tx = tokens.families.db.begin().await.unwrap();
            crate::STORAGE.delete_expired(&mut tx, kernel::Clock::now(&*stage.clock), 500).await.unwrap();
            tx.commit().await.unwrap();
            tokens.feed.read().await.unwrap();
            let decision = decision(&tokens, token.expose()).await;
            assert!(["TOKEN_REVOKED", "TOKEN_EXPIRED"].contains(&decision), "{decision}");
        }
    }
}

#[tokio::test]
async fn the_feed_is_forgotten_in_memory_when_its_rows_expire() {
    let stage = Stage::sqlite().await;
    let tokens = stage.replica().await;
    let mine = issue(&tokens, &stage.grant()).await;
    revoke(&tokens, What::Session, &mine.family).await;
    tokens.feed.read().await.unwrap();
    let other = access(&tokens, &issue(&tokens, &stage.grant()).await).await;
    let claims = tokens.verifier.verify(other.expose(), &["services"]).await.unwrap();
    let mut of_mine = (*claims).clone();
    of_mine.session = Some(mine.family.session);
    assert!(tokens.feed.revocations.known_to_refuse(&of_mine));
    stage.clock.advance(Duration::from_mins(10));
    tokens.feed.read().await.unwrap();
    assert!(!tokens.feed.revocations.known_to_refuse(&of_mine));
}

#[tokio::test]
async fn a_row_that_nobody_of_us_wrote_stops_the_reading_and_not_the_refusals() {
    let stage = Stage::sqlite().await;
    let tokens = stage.replica().await;
    let mine = issue(&tokens, &stage.grant()).await;
    let token = access(&tokens, &mine).await;
    revoke(&tokens, What::Session, &mine.family).await;
    tokens.feed.read().await.unwrap();
    let mut tx = stage.database.begin().await.unwrap();
    query("INSERT INTO revocations (kind, target, not_before, expires_at) VALUES ('planet', 'x', ?, ?)")
        .bind(stage.clock.now().millis())
        .bind(i64::MAX)
        .execute(&mut *tx)
        .await
        .unwrap();
    tx.commit().await.unwrap();
    assert!(tokens.feed.read().await.is_err());
    assert_eq!(decision(&tokens, token.expose()).await, "TOKEN_REVOKED");
}

/// Also in one that a replica makes later, of what it read before.
#[tokio::test]
async fn s_tok_15_a_role_that_was_taken_away_is_in_no_good_token_whenever_that_was_made() {
    let support = Role::parse("ROLE_SUPPORT").unwrap();
    for stage in Stage::both().await {
        let (here, there) = (stage.replica().await, stage.replica().await);
        let (mine, theirs) = (issue(&here, &stage.grant()).await, issue(&here, &stage.grant()).await);
        let with = async |rotation: &Rotation, roles: &[&str]| {
            let roles: Vec<_> = roles.iter().map(|role| (*role).to_owned()).collect();
            let made = rotation.access("services", "홍길동", &roles);
            there.minter.mint_access(made).await.unwrap().expose().to_owned()
        };
        let before = with(&mine, &["ROLE_USER", "ROLE_ADMIN", "ROLE_SUPPORT"]).await;
        assert_eq!(decision(&there, &before).await, "OK");
        let mut tx = here.families.db.begin().await.unwrap();
        here.revoker.revoke_role(&mut tx, mine.family.subject, &support).await.unwrap();
        tx.commit().await.unwrap();
        stage.clock.advance(Duration::from_secs(1));
        there.feed.read().await.unwrap();
        let mine = rotate(&there, &mine.refresh).await;
        for (rotation, roles, expected) in [
            (&mine, &["ROLE_USER", "ROLE_SUPPORT"][..], "TOKEN_REVOKED"),
            (&mine, &["ROLE_USER", "ROLE_ADMIN", "ROLE_X1", "ROLE_X2", "ROLE_SUPPORT"], "TOKEN_REVOKED"),
            (&mine, &["ROLE_USER", "ROLE_ADMIN"], "OK"),
            (&mine, &["ROLE_USER"], "OK"),
            (&theirs, &["ROLE_USER", "ROLE_SUPPORT"], "OK"),
        ] {
            let token = with(rotation, roles).await;
            assert_eq!(decision(&there, &token).await, expected, "{roles:?}");
            let claims = there.verifier.read(&token).await.unwrap().unwrap();
            let mut reader = there.families.db.read().await.unwrap();
            let holds = there.families.holds(&mut reader, &claims).await.unwrap();
            assert_eq!(holds, expected == "OK", "by the database: {roles:?}");
        }
        assert_eq!(decision(&there, &before).await, "TOKEN_REVOKED");
        let ended = async || {
            let mut reader = there.families.db.read().await.unwrap();
            there.revoker.role_ended_until(&mut reader, mine.family.subject, &support).await.unwrap()
        };
        let until = ended().await.unwrap();
        stage.clock.advance(until.since(stage.clock.now()));
        assert_eq!(ended().await, None);
        assert_eq!(decision(&there, &before).await, "TOKEN_EXPIRED", "before that, all of them had expired");
    }
}

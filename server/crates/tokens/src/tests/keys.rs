//! Signing keys over their life, on several replicas.

use std::time::Duration;

use db::replicas::{Replica, ReplicaId};
use db::{Row as _, query};
use kernel::{Clock as _, KeyRingError, MasterKey, OsRandomness};
use serde_json::Value;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::{Stage, access, decision, issue, rotate};
use crate::error::TokensError;
use crate::key_kind::KeyKind;
use crate::key_schedule::KeyState;
use crate::settings::Settings;
use crate::tokens::Tokens;

fn kids(tokens: &Tokens) -> Vec<String> {
    let jwks: Value = serde_json::from_slice(&tokens.keys.jwks().body).unwrap();
    jwks["keys"].as_array().unwrap().iter().map(|key| key["kid"].as_str().unwrap().to_owned()).collect()
}

fn states(tokens: &Tokens) -> Vec<KeyState> {
    tokens.keys.list().into_iter().map(|key| key.state).collect()
}

/// Quick lives: a key signs for a minute and is published twenty seconds ahead.
fn quick(mut stage: Stage) -> Stage {
    stage.settings.publish_ahead = Duration::from_secs(20);
    stage.settings.rotate_after = Duration::from_mins(1);
    stage
}

#[tokio::test]
async fn s_tok_22_ten_rotations_on_three_replicas_without_one_refusal() {
    for stage in Stage::both().await {
        let stage = quick(stage);
        let replicas = [stage.replica().await, stage.replica().await, stage.replica().await];
        let mut last = issue(&replicas[0], &stage.grant()).await;
        let mut seen = std::collections::HashSet::new();
        let mut kept: Vec<(kernel::Timestamp, crate::access_token::AccessToken)> = Vec::new();
        for second in 0..600_usize {
            stage.clock.advance(Duration::from_secs(1));
            // Each reads every five seconds, at moments of its own.
            for (index, replica) in replicas.iter().enumerate() {
                if second % 5 == index {
                    replica.keys.read().await.unwrap();
                }
                replica.feed.read().await.unwrap();
            }
            if second % 7 == 0 {
                last = rotate(&replicas[second % 3], &last.refresh).await;
                let token = access(&replicas[second % 3], &last).await;
                seen.insert(jsonwebtoken::decode_header(token.expose()).unwrap().kid.unwrap());
                kept.push((stage.clock.now(), token));
            }
            kept.retain(|(made, _)| stage.clock.now().since(*made) < Duration::from_secs(130));
            for (_, token) in &kept {
                let decision = decision(&replicas[(second + 1) % 3], token.expose()).await;
                assert_eq!(decision, "OK", "second {second}");
            }
            assert!(replicas.iter().all(|replica| kids(replica).len() <= 5));
        }
        assert!(seen.len() >= 9, "{} keys signed", seen.len());
        let mut tx = replicas[0].families.db.begin().await.unwrap();
        assert!(replicas[0].keys.delete_gone_keys(&mut tx).await.unwrap() >= 5);
        tx.commit().await.unwrap();
        let left =
            query("SELECT kid FROM signing_keys").fetch_all(&mut *stage.database.read().await.unwrap()).await;
        assert!(left.unwrap().len() <= 5);
    }
}

#[tokio::test]
async fn s_tok_22_a_key_is_published_long_before_it_signs_and_after_it_stopped() {
    let stage = Stage::sqlite().await;
    let tokens = stage.replica().await;
    let old = kids(&tokens);
    tokens.keys.rotate_now(None).await.unwrap();
    let both = kids(&tokens);
    assert_eq!(both.len(), 2);
    assert_eq!(states(&tokens), [KeyState::Active, KeyState::Published]);
    tokens.keys.rotate_now(None).await.unwrap();
    assert_eq!(kids(&tokens), both, "one on its way is enough");

    let mine = issue(&tokens, &stage.grant()).await;
    let kid = |token: &str| jsonwebtoken::decode_header(token).unwrap().kid.unwrap();
    stage.clock.advance(stage.settings.publish_ahead.checked_sub(Duration::from_secs(1)).unwrap());
    assert_eq!(kid(access(&tokens, &mine).await.expose()), old[0]);
    let mine = rotate(&tokens, &mine.refresh).await;
    let token = access(&tokens, &mine).await;
    stage.clock.advance(Duration::from_secs(1));
    assert_eq!(kid(access(&tokens, &mine).await.expose()), both[1]);
    stage.clock.advance(Duration::from_mins(2));
    tokens.keys.read().await.unwrap();
    tokens.feed.read().await.unwrap();
    assert_eq!(decision(&tokens, token.expose()).await, "OK", "to its last second");
    assert_eq!(states(&tokens), [KeyState::Retired, KeyState::Active]);
    stage.clock.advance(Duration::from_secs(20));
    assert_eq!(decision(&tokens, token.expose()).await, "TOKEN_EXPIRED");
    let unseen = access(&tokens, &mine).await;
    tokens.keys.read().await.unwrap();
    assert_eq!(kids(&tokens), both[1..]);
    assert_eq!(decision(&tokens, token.expose()).await, "TOKEN_INVALID", "its key is gone");
    drop(unseen);
}

#[tokio::test]
async fn s_tok_25_a_change_of_kind_leaves_old_tokens_good() {
    let mut stage = Stage::sqlite().await;
    let before = stage.replica().await;
    let mine = issue(&before, &stage.grant()).await;
    stage.settings.key_kind = KeyKind::Rsa2048;
    let after = stage.replica().await;
    stage.clock.advance(stage.settings.publish_ahead);
    for replica in [&before, &after] {
        replica.keys.read().await.unwrap();
        replica.feed.read().await.unwrap();
    }
    let mine = rotate(&after, &mine.refresh).await;
    let new = access(&after, &mine).await;
    assert_eq!(jsonwebtoken::decode_header(new.expose()).unwrap().alg, jsonwebtoken::Algorithm::RS256);
    assert_eq!(decision(&before, new.expose()).await, "OK", "a replica with the old setting as well");
    assert_eq!(after.keys.list().len(), 2, "one key, not one for each start");
    stage.replica().await;
    assert_eq!(after.keys.list().len(), 2);
}

#[tokio::test]
async fn s_key_7_replacing_all_keys_ends_access_tokens_and_nobodys_session() {
    for stage in Stage::both().await {
        let (here, there) = (stage.replica().await, stage.replica().await);
        let mine = issue(&here, &stage.grant()).await;
        let token = access(&here, &mine).await;
        assert_eq!(decision(&there, token.expose()).await, "OK");
        here.keys.replace(None).await.unwrap();
        there.keys.read().await.unwrap();
        for replica in [&here, &there] {
            assert_eq!(
                decision(replica, token.expose()).await,
                "TOKEN_INVALID",
                "though it was in the cache"
            );
            assert_eq!(kids(replica).len(), 1);
        }
        let mine = rotate(&there, &mine.refresh).await;
        assert_eq!(decision(&here, access(&there, &mine).await.expose()).await, "OK");
    }
}

#[tokio::test]
async fn a_replica_that_missed_a_rotation_reads_before_it_refuses() {
    let stage = Stage::sqlite().await;
    let (here, there) = (stage.replica().await, stage.replica().await);
    here.keys.rotate_now(None).await.unwrap();
    stage.clock.advance(stage.settings.publish_ahead);
    here.keys.read().await.unwrap();
    let mine = issue(&here, &stage.grant()).await;
    let (token, other) = (access(&here, &mine).await, access(&here, &mine).await);
    assert_eq!(decision(&there, token.expose()).await, "OK");
    // And one that cannot read says that it cannot tell.
    let cut_off = stage.replica().await;
    here.keys.rotate_now(None).await.unwrap();
    stage.clock.advance(stage.settings.publish_ahead);
    here.keys.read().await.unwrap();
    let mine = rotate(&here, &mine.refresh).await;
    let newest = access(&here, &mine).await;
    cut_off.families.db.close().await;
    assert_eq!(decision(&cut_off, newest.expose()).await, "AUTH_UNAVAILABLE");
    drop(other);
}

/// The ids in what others get.
async fn published(tokens: &Tokens) -> Vec<String> {
    tokens.keys.published().await.unwrap();
    kids(tokens)
}

#[tokio::test]
async fn s_tok_22_no_replica_shows_a_jwks_without_a_key_that_another_signs_with() {
    for stage in Stage::both().await {
        let stage = quick(stage);
        let (signs, idle) = (stage.replica().await, stage.replica().await);
        let mut seen = std::collections::HashSet::new();
        // One of them reads as it should. The other never does by itself, as one that is stopped again and again.
        for second in 0..400_u32 {
            stage.clock.advance(Duration::from_secs(1));
            if second % 5 == 0 {
                signs.keys.read().await.unwrap();
            }
            if second % 3 == 0 {
                let mine = issue(&signs, &stage.grant()).await;
                let token = access(&signs, &mine).await;
                let kid = jsonwebtoken::decode_header(token.expose()).unwrap().kid.unwrap();
                assert!(published(&idle).await.contains(&kid), "second {second}: {kid}");
                seen.insert(kid);
            }
        }
        assert!(seen.len() >= 6, "{} keys signed", seen.len());
    }
}

#[tokio::test]
async fn s_tok_22_a_replica_that_cannot_know_all_keys_shows_none() {
    for stage in Stage::both().await {
        let tokens = stage.replica().await;
        tokens.families.db.close().await;
        stage.clock.advance((stage.settings.publish_ahead / 2).saturating_sub(Duration::from_secs(1)));
        assert!(tokens.keys.published().await.is_ok(), "what was read lately has every key that signs");
        stage.clock.advance(Duration::from_secs(1));
        assert!(tokens.keys.published().await.is_err());
    }
}

/// The leader lease of a replica, and what renews it.
fn lease_of(stage: &Stage, tokens: &Tokens) -> Replica {
    let id = ReplicaId::new("test", &OsRandomness);
    let replica = Replica::new(tokens.families.db.clone(), stage.clock.clone(), id, "0");
    tokens.keys.lead_by(replica.lease("signing keys"));
    replica
}

#[tokio::test]
async fn s_tok_22_one_replica_makes_the_next_key_and_another_when_it_is_gone() {
    for stage in Stage::both().await {
        let stage = quick(stage);
        let (here, there) = (stage.replica().await, stage.replica().await);
        let (here_beats, there_beats) = (lease_of(&stage, &here), lease_of(&stage, &there));
        here_beats.beat().await.unwrap();
        there_beats.beat().await.unwrap();
        // The next key is due.
        stage.clock.advance(Duration::from_secs(41));
        here_beats.beat().await.unwrap();
        there_beats.beat().await.unwrap();
        there.keys.read().await.unwrap();
        assert_eq!(kids(&there).len(), 1, "it is not the one to make it");
        here.keys.read().await.unwrap();
        assert_eq!(kids(&here).len(), 2);
        // The one that leads dies.
        stage.clock.advance(Duration::from_secs(45));
        there_beats.beat().await.unwrap();
        stage.clock.advance(Duration::from_secs(15));
        there_beats.beat().await.unwrap();
        there.keys.read().await.unwrap();
        assert_eq!(kids(&there).len(), 3, "another one took over");
    }
}

#[tokio::test]
async fn s_tok_22_a_key_that_the_leader_did_not_make_is_made_by_another() {
    for stage in Stage::both().await {
        let stage = quick(stage);
        let (leads, other) = (stage.replica().await, stage.replica().await);
        let (leader, follower) = (lease_of(&stage, &leads), lease_of(&stage, &other));
        for second in 0..61 {
            leader.beat().await.unwrap();
            follower.beat().await.unwrap();
            other.keys.read().await.unwrap();
            assert_eq!(kids(&other).len(), if second < 60 { 1 } else { 2 }, "second {second}");
            stage.clock.advance(Duration::from_secs(1));
        }
    }
}

#[tokio::test]
async fn the_jwks_is_made_once_and_changes_its_tag_with_its_keys() {
    let stage = Stage::sqlite().await;
    let tokens = stage.replica().await;
    let first = tokens.keys.jwks();
    tokens.keys.read().await.unwrap();
    let again = tokens.keys.jwks();
    assert_eq!(first.etag, again.etag);
    assert_eq!(first.cache_control, "public, max-age=1800");
    tokens.keys.rotate_now(None).await.unwrap();
    assert_ne!(tokens.keys.jwks().etag, first.etag);
}

#[tokio::test]
async fn a_key_that_was_given_other_times_or_another_name_is_not_opened() {
    for stage in Stage::both().await {
        for change in ["active_from = active_from + 1", "generation = generation + 1", "kid = 'other'"] {
            stage.replica().await;
            let mut tx = stage.database.begin().await.unwrap();
            let statement = format!("UPDATE signing_keys SET {change}");
            query(sqlx::AssertSqlSafe(statement)).execute(&mut *tx).await.unwrap();
            tx.commit().await.unwrap();
            let other = stage.replica_with(vec![stage.master.clone()], stage.settings.clone()).await;
            let error = other.keys.read().await.unwrap_err();
            assert!(matches!(error, TokensError::Sealed(KeyRingError::Forged)), "{change}: {error:?}");
            let mut tx = stage.database.begin().await.unwrap();
            query("DELETE FROM signing_keys").execute(&mut *tx).await.unwrap();
            tx.commit().await.unwrap();
        }
    }
}

#[tokio::test]
async fn a_replica_with_another_master_key_does_not_start() {
    let stage = Stage::sqlite().await;
    stage.replica().await;
    let stranger = stage.replica_with(vec![MasterKey::generate(&OsRandomness)], stage.settings.clone()).await;
    let tasks = TaskTracker::new();
    let error = stranger.start(&CancellationToken::new(), &tasks).await.unwrap_err();
    assert!(matches!(error, TokensError::Sealed(KeyRingError::UnknownKey)), "{error:?}");
    assert!(tasks.is_empty(), "nothing is left running");
}

#[tokio::test]
async fn the_tasks_end_when_they_are_told_to() {
    let stage = Stage::sqlite().await;
    let tokens = stage.replica_with(vec![stage.master.clone()], stage.settings.clone()).await;
    let (end, tasks) = (CancellationToken::new(), TaskTracker::new());
    tokens.start(&end, &tasks).await.unwrap();
    let mine = issue(&tokens, &stage.grant()).await;
    assert_eq!(decision(&tokens, access(&tokens, &mine).await.expose()).await, "OK");
    end.cancel();
    tasks.close();
    tasks.wait().await;
}

#[tokio::test]
async fn settings_that_cannot_work_are_refused_with_their_name() {
    let stage = Stage::sqlite().await;
    let settings = Settings { access_life: Duration::ZERO, ..stage.settings.clone() };
    let ring = std::sync::Arc::new(kernel::KeyRing::new(vec![stage.master.clone()]).unwrap());
    let db = db::Database::open(stage.database.url()).await.unwrap();
    let context =
        kernel::Context { clock: stage.clock.clone(), randomness: std::sync::Arc::new(OsRandomness) };
    let error = Tokens::new(settings, db, ring, context).unwrap_err();
    assert_eq!(error.to_string(), "`tokens.access_ttl`: whole seconds, from `1s` to `10m`");
}

#[tokio::test]
async fn one_row_for_each_key() {
    let stage = Stage::sqlite().await;
    stage.replica().await;
    stage.replica().await;
    let mut reader = stage.database.read().await.unwrap();
    let row = query("SELECT COUNT(*) AS n FROM signing_keys").fetch_one(&mut *reader).await.unwrap();
    assert_eq!(row.get::<i64, _>("n"), 1);
}

//! Concurrent requests. Which of them wins is open; how many do is not.

use std::collections::HashSet;
use std::sync::Arc;

use db::{DbError, Row as _, query};
use tokio::sync::Barrier;
use tokio::task::JoinSet;

use super::{Stage, decision, issue, rotate, try_redeem};
use crate::error::TokensError;
use crate::family::EndReason;
use crate::redeem::{Redemption, Refused};
use crate::refresh_token::RefreshToken;
use crate::tokens::Tokens;

const AT_ONCE: usize = 50;

/// Redeems as a client does: what the database had no time for is tried again.
async fn redeem(tokens: &Tokens, token: &RefreshToken) -> Redemption {
    loop {
        match try_redeem(tokens, token).await {
            Ok(redemption) => return redemption,
            Err(TokensError::Db(DbError::Unavailable(_))) => {}
            Err(error) => panic!("{error:?}"),
        }
    }
}

/// Presents `presented` all at once, spread over `replicas`.
async fn all_at_once(replicas: &[Tokens], presented: Vec<RefreshToken>) -> Vec<Redemption> {
    let start = Arc::new(Barrier::new(presented.len()));
    let mut tasks = JoinSet::new();
    for (index, token) in presented.into_iter().enumerate() {
        let (tokens, start) = (replicas[index % replicas.len()].clone(), Arc::clone(&start));
        tasks.spawn(async move {
            start.wait().await;
            redeem(&tokens, &token).await
        });
    }
    tasks.join_all().await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn s_tok_16_of_fifty_with_one_token_one_rotates_and_all_get_one_successor() {
    for stage in Stage::both().await {
        let replicas = [stage.replica().await, stage.replica().await, stage.replica().await];
        let mut good = issue(&replicas[0], &stage.grant()).await.refresh;
        for round in 0..5 {
            let answers = all_at_once(&replicas, vec![good.clone(); AT_ONCE]).await;
            let rotations: Vec<_> = answers
                .into_iter()
                .map(|answer| match answer {
                    Redemption::Rotated(rotation) => rotation,
                    Redemption::Refused(why) => panic!("round {round}: {why:?}"),
                })
                .collect();
            assert_eq!(
                rotations.iter().filter(|rotation| !rotation.repeated).count(),
                1,
                "round {round}: one rotation"
            );
            let successors: HashSet<_> = rotations.iter().map(|rotation| rotation.refresh.text()).collect();
            assert_eq!(successors.len(), 1, "round {round}: one successor");
            good = rotations[0].refresh.clone();
        }
        let mut reader = stage.database.read().await.unwrap();
        let row = query("SELECT COUNT(*) AS n FROM refresh_families WHERE ended_at IS NULL");
        assert_eq!(row.fetch_one(&mut *reader).await.unwrap().get::<i64, _>("n"), 1);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn s_tok_15_owner_and_thief_at_once_leave_at_most_one_successor_then_none() {
    for stage in Stage::both().await {
        let replicas = [stage.replica().await, stage.replica().await];
        let first = issue(&replicas[0], &stage.grant()).await;
        let second = rotate(&replicas[0], &first.refresh).await;
        let third = rotate(&replicas[0], &second.refresh).await;
        // Half present the good token, half one that is long spent.
        let presented = (0..AT_ONCE).map(|n| [&third, &first][n % 2].refresh.clone()).collect();
        let answers = all_at_once(&replicas, presented).await;
        let mut successors = HashSet::new();
        let mut reuses = 0;
        for answer in answers {
            match answer {
                Redemption::Rotated(rotation) => drop(successors.insert(rotation.refresh.text())),
                Redemption::Refused(Refused::Reused(_)) => reuses += 1,
                Redemption::Refused(why) => assert!(matches!(why, Refused::Ended), "{why:?}"),
            }
        }
        assert_eq!(reuses, 1, "one audit row");
        assert!(successors.len() <= 1);
        for text in successors {
            let token = RefreshToken::parse(&text).unwrap();
            assert!(matches!(redeem(&replicas[1], &token).await, Redemption::Refused(Refused::Ended)));
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn s_tok_20_no_turn_comes_after_the_end_of_its_session() {
    for stage in Stage::both().await {
        let replicas = [stage.replica().await, stage.replica().await];
        for _ in 0..10 {
            let first = issue(&replicas[0], &stage.grant()).await;
            let session = first.family.session;
            let ending = {
                let tokens = replicas[1].clone();
                tokio::spawn(async move {
                    let mut tx = tokens.families.db.begin().await.unwrap();
                    tokens.revoker.revoke_session(&mut tx, session, EndReason::SignedOut).await.unwrap();
                    tx.commit().await.unwrap();
                })
            };
            let answers = all_at_once(&replicas, vec![first.refresh.clone(); 8]).await;
            ending.await.unwrap();
            for answer in answers {
                match answer {
                    // It was decided before the end; what it gave is ended all the same.
                    Redemption::Rotated(rotation) => {
                        let answer = redeem(&replicas[0], &rotation.refresh).await;
                        assert!(matches!(answer, Redemption::Refused(Refused::Ended)));
                        let access = super::access(&replicas[0], &rotation).await;
                        replicas[0].feed.read().await.unwrap();
                        assert_eq!(decision(&replicas[0], access.expose()).await, "TOKEN_REVOKED");
                    }
                    Redemption::Refused(why) => assert!(matches!(why, Refused::Ended), "{why:?}"),
                }
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn s_tok_22_replicas_that_start_together_make_one_key() {
    for stage in Stage::both().await {
        let mut replicas = Vec::new();
        for _ in 0..6 {
            replicas.push(stage.replica_with(vec![stage.master.clone()], stage.settings.clone()).await);
        }
        let start = Arc::new(Barrier::new(replicas.len()));
        let mut tasks = JoinSet::new();
        for tokens in replicas {
            let start = Arc::clone(&start);
            tasks.spawn(async move {
                start.wait().await;
                while let Err(error) = tokens.keys.start().await {
                    assert!(matches!(error, TokensError::Db(DbError::Unavailable(_))), "{error:?}");
                }
                tokens.keys.list()
            });
        }
        let keys: HashSet<_> = tasks
            .join_all()
            .await
            .into_iter()
            .map(|keys| keys.into_iter().map(|key| key.kid).collect::<Vec<_>>())
            .collect();
        assert_eq!(keys.len(), 1, "all have the same keys");
        assert_eq!(keys.into_iter().next().unwrap().len(), 1, "and that is one");
    }
}

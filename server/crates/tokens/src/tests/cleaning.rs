//! Tables do not grow forever.

use std::time::Duration;

use super::{Stage, issue, rotate};
use kernel::Clock as _;

use crate::family::EndReason;
use crate::storage::STORAGE;

#[tokio::test]
async fn expired_rows_go_in_batches_and_living_ones_stay() {
    for stage in Stage::both().await {
        let tokens = stage.replica().await;
        let mut tx = tokens.families.db.begin().await.unwrap();
        for _ in 0..25 {
            let rotation = tokens.families.issue(&mut tx, &stage.grant()).await.unwrap();
            tokens
                .revoker
                .revoke_session(&mut tx, rotation.family.session, EndReason::SignedOut)
                .await
                .unwrap();
        }
        tx.commit().await.unwrap();
        stage.clock.advance(Duration::from_hours(24 * 14));
        let living = issue(&tokens, &stage.grant()).await;
        let mut batches = Vec::new();
        loop {
            let mut tx = tokens.families.db.begin().await.unwrap();
            let deleted = STORAGE.delete_expired(&mut tx, stage.clock.now(), 10).await.unwrap();
            tx.commit().await.unwrap();
            if deleted == 0 {
                break;
            }
            batches.push(deleted);
        }
        assert_eq!(batches, [20, 20, 10], "families and revocations");
        rotate(&tokens, &living.refresh).await;
    }
}

#[tokio::test]
async fn nothing_that_lives_is_expired() {
    let stage = Stage::sqlite().await;
    let tokens = stage.replica().await;
    let first = issue(&tokens, &stage.grant()).await;
    stage.clock.advance(Duration::from_hours(24 * 13));
    let second = rotate(&tokens, &first.refresh).await;
    stage.clock.advance(Duration::from_hours(24 * 13));
    let mut tx = tokens.families.db.begin().await.unwrap();
    assert_eq!(STORAGE.delete_expired(&mut tx, stage.clock.now(), 500).await.unwrap(), 0);
    assert_eq!(tokens.keys.delete_gone_keys(&mut tx).await.unwrap(), 0);
    tx.commit().await.unwrap();
    rotate(&tokens, &second.refresh).await;
}

//! A change of master keys while everything runs.

use std::time::Duration;

use db::{Resealed, Row as _, query};
use kernel::{MasterKey, OsRandomness};

use super::{Stage, access, decision, issue, rotate};

#[tokio::test]
async fn s_key_7_after_resealing_the_old_master_key_is_not_needed_and_nobody_is_signed_out() {
    for stage in Stage::both().await {
        let before = stage.replica().await;
        let mut families = Vec::new();
        for _ in 0..7 {
            let first = issue(&before, &stage.grant()).await;
            families.push((rotate(&before, &first.refresh).await, first));
        }
        let token = access(&before, &families[0].0).await;

        let new = MasterKey::generate(&OsRandomness);
        let both = stage.replica_with(vec![new.clone(), stage.master.clone()], stage.settings.clone()).await;
        assert_eq!(both.reseal(3).await.unwrap(), Resealed::changed(8), "one signing key, seven successors");
        assert_eq!(both.reseal(3).await.unwrap(), Resealed::default(), "nothing is left to do");

        let after = stage.replica_with(vec![new], stage.settings.clone()).await;
        after.keys.read().await.unwrap();
        after.feed.read().await.unwrap();
        assert_eq!(decision(&after, token.expose()).await, "OK");
        for (second, first) in &families {
            let again = rotate(&after, &first.refresh).await;
            assert_eq!(again.refresh.text(), second.refresh.text(), "a lost reply is still made good");
            rotate(&after, &second.refresh).await;
        }
    }
}

#[tokio::test]
async fn a_successor_that_nobody_can_get_any_more_is_forgotten_instead() {
    for stage in Stage::both().await {
        let before = stage.replica().await;
        let first = issue(&before, &stage.grant()).await;
        let second = rotate(&before, &first.refresh).await;
        stage.clock.advance(Duration::from_secs(11));
        let new = MasterKey::generate(&OsRandomness);
        let both = stage.replica_with(vec![new.clone(), stage.master.clone()], stage.settings.clone()).await;
        assert_eq!(both.reseal(500).await.unwrap(), Resealed::changed(2));
        let mut reader = stage.database.read().await.unwrap();
        let row = query("SELECT successor FROM refresh_families").fetch_one(&mut *reader).await.unwrap();
        assert_eq!(row.get::<Option<Vec<u8>>, _>("successor"), None);
        drop(reader);
        let after = stage.replica_with(vec![new], stage.settings.clone()).await;
        rotate(&after, &second.refresh).await;
    }
}

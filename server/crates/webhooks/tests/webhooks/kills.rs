//! Programs that are killed while they send: each event arrives, in the order of its member.

use std::collections::HashSet;
use std::time::Duration;

use kernel::Randomness as _;
use testkit::SeededRandomness;

use crate::receiver::TestReceiver;
use crate::stage::{Stage, receiver, send_all};

const KILLS: u32 = 100;

#[tokio::test(flavor = "multi_thread")]
async fn s_evt_2_a_hundred_kills_lose_no_webhook_and_keep_each_members_order() {
    let chance = SeededRandomness::new(3);
    for stage in Stage::both().await {
        let listening = TestReceiver::start().await;
        let to = receiver("one", &listening.url());
        let mut count = 0;
        for _ in 0..KILLS {
            let events: Vec<_> =
                (0..4).map(|number| stage.login(number % 3 + 1, &format!("{:04}", count + number))).collect();
            count += 4;
            stage.happen(&[&to], &events).await;
            let mut courier = stage.courier(&to);
            courier.begin().await.unwrap();
            // Killed in the middle: before, while or after the receiver answers, and before that is written.
            let mut byte = [0];
            chance.fill(&mut byte);
            let some = Duration::from_micros(u64::from(byte[0]) * 20);
            let _ = tokio::time::timeout(some, async { while courier.next().await.is_some() {} }).await;
            drop(courier);
            // What it had is free again.
            stage.clock.advance(Duration::from_secs(31));
        }
        let mut courier = stage.courier(&to);
        send_all(&mut courier).await;
        stage.clock.advance(Duration::from_secs(31));
        send_all(&mut courier).await;
        let got = listening.got();
        let ids: HashSet<_> = got.iter().map(|got| got.id().to_owned()).collect();
        assert_eq!(ids.len(), usize::try_from(count).unwrap(), "each event arrives");
        // One that comes again comes before what follows it.
        for notes in listening.by_member().values() {
            assert!(notes.is_sorted(), "{notes:?}");
        }
        let left = "SELECT COUNT(*) FROM webhook_deliveries WHERE state <> 'delivered'";
        assert_eq!(stage.count(left).await, 0);
    }
}

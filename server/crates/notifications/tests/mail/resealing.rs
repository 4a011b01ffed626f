//! A change of master keys while mails wait.

use db::Resealed;
use kernel::{MasterKey, OsRandomness};
use notifications::{MailTemplate, Transport};

use crate::scene::{Scene, reset};

#[tokio::test]
async fn s_key_7_after_resealing_the_old_master_key_is_not_needed() {
    for scene in Scene::both().await {
        for _ in 0..3 {
            scene.enqueue("minji@example.com", &MailTemplate::Welcome, None).await;
        }
        scene.send_all().await;
        for _ in 0..4 {
            scene.enqueue("minji@example.com", &reset(), None).await;
        }
        let new = MasterKey::generate(&OsRandomness);
        let both = scene.mails_with(vec![new.clone(), scene.master.clone()]);
        let without = scene.mails_with(vec![new.clone()]).reseal(&scene.db, 2).await.unwrap();
        assert_eq!(without, Resealed { changed: 0, unopened: 7 }, "a ring without their key changes nothing");
        assert_eq!(
            both.reseal(&scene.db, 2).await.unwrap(),
            Resealed::changed(7),
            "three in the mailbox, four that wait"
        );
        assert_eq!(both.reseal(&scene.db, 2).await.unwrap(), Resealed::default(), "nothing is left to do");
        let after = scene.sender_of(scene.mails_with(vec![new]), Transport::Mailbox);
        assert_eq!(after.round().await.unwrap().done, 4);
    }
}

#[tokio::test]
async fn a_mail_waits_for_a_master_key_that_is_missing_for_a_while() {
    let scene = Scene::sqlite().await;
    scene.enqueue("minji@example.com", &reset(), None).await;
    let other = scene.mails_with(vec![MasterKey::generate(&OsRandomness)]);
    let round = scene.sender_of(other, Transport::Mailbox).round().await.unwrap();
    assert_eq!((round.postponed, round.dead), (1, 0));
    scene.clock.advance(std::time::Duration::from_secs(15));
    assert_eq!(scene.send_all().await.done, 1);
}

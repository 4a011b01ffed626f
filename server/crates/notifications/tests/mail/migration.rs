//! Mails that an older version of the program queued.

use db::query;
use kernel::{Clock as _, KeyRing, MasterKey, OsRandomness, Purpose};
use notifications::MailTemplate;
use testkit::{HandClock, OldDatabase};

use crate::scene::{Scene, reset};

const INSERT: &str = "INSERT INTO outgoing_mails (id, occasion, recipient, language, kind, sealed, state, attempts, \
    created_at, due_at, keep_until) VALUES (?, ?, 'minji@example.com', 'en', 'reset-password', ?, ?, 1, ?, ?, ?)";

#[tokio::test]
async fn mails_that_an_older_version_queued_go_out_and_what_it_sent_is_not_sent_again() {
    for mut old in OldDatabase::both(18).await {
        let master = MasterKey::generate(&OsRandomness);
        let ring = KeyRing::new(vec![master.clone()]).unwrap();
        let now = HandClock::default().now().millis();
        for (number, state) in ["waiting", "sent", "failed"].into_iter().enumerate() {
            let id = format!("01980000-0000-7000-8000-00000000000{number}");
            let sealed = (state == "waiting").then(|| {
                let owner = format!("outgoing_mails/{id}/en/minji@example.com");
                let plain = serde_json::to_vec(&reset()).unwrap();
                ring.seal(Purpose::new("outgoing-mail"), &owner, &plain, &OsRandomness).unwrap()
            });
            let kept = sealed.is_none().then_some(now + 1);
            let insert = query(INSERT).bind(id).bind(format!("event/{number}")).bind(sealed).bind(state);
            old.execute(insert.bind(now).bind(now).bind(kept)).await;
        }
        let scene = Scene::with(old.upgrade().await, master);
        assert_eq!(scene.states().await, ["waiting", "done", "dead"]);
        assert_eq!(scene.send_all().await.done, 1);
        assert_eq!(scene.recipients_in_mailbox().await, ["minji@example.com"]);
        for key in ["event/0", "event/1", "event/2"] {
            assert!(!scene.enqueue("minji@example.com", &MailTemplate::Welcome, Some(key)).await, "{key}");
        }
        scene.clock.advance(std::time::Duration::from_millis(1));
        let mut tx = scene.db.begin().await.unwrap();
        assert_eq!(
            jobs::STORAGE.delete_expired(&mut tx, scene.clock.now(), 10).await.unwrap(),
            2,
            "in their time"
        );
    }
}

//! The queue and the mailbox.

use std::time::Duration;

use db::query;
use kernel::Clock as _;
use names::{Language, MailNotice};
use notifications::{Mail, MailTemplate, STORAGE, Transport, oldest_waiting};

use crate::scene::{Scene, address, reset};

#[tokio::test]
async fn a_mail_exists_exactly_if_the_change_does() {
    for scene in Scene::both().await {
        let mut tx = scene.db.begin().await.unwrap();
        let to = address("minji@example.com");
        let mail = Mail {
            to: &to,
            language: Language::Korean,
            template: &MailTemplate::Welcome,
            idempotency_key: None,
        };
        assert!(scene.mails.enqueue(&mut tx, mail).await.unwrap());
        drop(tx);
        assert_eq!(scene.states().await, Vec::<String>::new());
        scene.enqueue("minji@example.com", &MailTemplate::Welcome, None).await;
        scene.send_all().await;
        assert_eq!(scene.recipients_in_mailbox().await, ["minji@example.com"]);
    }
}

#[tokio::test]
async fn one_key_makes_one_mail_even_after_it_was_sent() {
    for scene in Scene::both().await {
        let changed = async |key| {
            scene.enqueue("minji@example.com", &MailTemplate::Notice(MailNotice::PasswordChanged), key).await
        };
        assert!(changed(Some("change/1")).await);
        assert!(!changed(Some("change/1")).await);
        scene.send_all().await;
        assert!(!changed(Some("change/1")).await);
        assert!(changed(Some("change/2")).await);
        assert!(changed(None).await);
        assert!(changed(None).await);
        scene.send_all().await;
        assert_eq!(scene.recipients_in_mailbox().await.len(), 4);
    }
}

#[tokio::test]
async fn a_taken_key_leaves_the_callers_transaction_usable() {
    for scene in Scene::both().await {
        scene.enqueue("minji@example.com", &MailTemplate::Welcome, Some("one")).await;
        let mut tx = scene.db.begin().await.unwrap();
        let to = address("minji@example.com");
        for (name, added) in [("one", false), ("two", true)] {
            let idempotency_key = Some(notifications::IdempotencyKey::new(name).unwrap());
            let mail = Mail {
                to: &to,
                language: Language::Korean,
                template: &MailTemplate::Welcome,
                idempotency_key,
            };
            assert_eq!(scene.mails.enqueue(&mut tx, mail).await.unwrap(), added);
        }
        tx.commit().await.unwrap();
        assert_eq!(scene.states().await.len(), 2);
    }
}

#[tokio::test]
async fn s_mail_12_neither_link_nor_code_lies_in_a_table_in_the_clear() {
    for scene in Scene::both().await {
        scene.enqueue("minji@example.com", &reset(), None).await;
        for sent in [false, true] {
            if sent {
                scene.send_all().await;
            }
            let dump = scene.db.dump().await;
            assert!(dump.contains("minji@example.com"), "the control");
            assert!(!dump.contains("canary-token") && !dump.contains("731946"), "{sent}");
        }
        let kept = scene.column("SELECT id FROM jobs WHERE sealed IS NOT NULL").await;
        assert!(kept.is_empty(), "what was delivered is wiped");
    }
}

#[tokio::test]
async fn s_key_3_a_mail_whose_recipient_was_changed_in_the_table_goes_to_nobody() {
    for scene in Scene::both().await {
        scene.enqueue("minji@example.com", &reset(), None).await;
        let mut tx = scene.db.begin().await.unwrap();
        query("UPDATE jobs SET owner = 'eve@example.com'").execute(&mut *tx).await.unwrap();
        tx.commit().await.unwrap();
        assert_eq!(scene.send_all().await.dead, 1);
        assert_eq!(scene.recipients_in_mailbox().await, Vec::<String>::new());
    }
}

#[tokio::test]
async fn each_mail_lies_in_the_mailbox_once_however_many_senders_there_are() {
    for scene in Scene::both().await {
        for number in 0..60 {
            scene.enqueue(&format!("m{number}@example.com"), &MailTemplate::Welcome, None).await;
        }
        let senders = [0; 4].map(|_| scene.sender(Transport::Mailbox));
        for _ in 0..4 {
            let rounds = senders.iter().map(|sender| async { sender.round().await.unwrap() });
            futures::future::join_all(rounds).await;
        }
        let mut recipients = scene.recipients_in_mailbox().await;
        assert_eq!(recipients.len(), 60);
        recipients.sort();
        recipients.dedup();
        assert_eq!(recipients.len(), 60);
    }
}

#[tokio::test]
async fn a_mail_that_kills_its_sender_each_time_is_given_up() {
    let scene = Scene::sqlite().await;
    scene.enqueue("minji@example.com", &MailTemplate::Welcome, None).await;
    let mut tx = scene.db.begin().await.unwrap();
    query("UPDATE jobs SET attempts = 14").execute(&mut *tx).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(scene.send_all().await.dead, 1);
}

#[tokio::test]
async fn the_oldest_mail_that_waits_is_known() {
    for scene in Scene::both().await {
        let mut reader = scene.db.read().await.unwrap();
        assert_eq!(oldest_waiting(&mut reader).await.unwrap(), None);
        let first = scene.clock.now();
        scene.enqueue("minji@example.com", &MailTemplate::Welcome, None).await;
        scene.clock.advance(Duration::from_mins(5));
        scene.enqueue("minji@example.com", &MailTemplate::Welcome, None).await;
        assert_eq!(oldest_waiting(&mut reader).await.unwrap(), Some(first));
        drop(reader);
        scene.send_all().await;
        assert_eq!(oldest_waiting(&mut scene.db.read().await.unwrap()).await.unwrap(), None);
    }
}

#[tokio::test]
async fn rows_go_after_a_while_but_never_one_that_waits() {
    for scene in Scene::both().await {
        for _ in 0..5 {
            scene.enqueue("minji@example.com", &MailTemplate::Welcome, None).await;
        }
        scene.send_all().await;
        scene.enqueue("waits@example.com", &MailTemplate::Welcome, None).await;
        let clean = || async {
            let mut tx = scene.db.begin().await.unwrap();
            let outgoing = jobs::STORAGE.delete_expired(&mut tx, scene.clock.now(), 3).await.unwrap();
            let mailbox = STORAGE.delete_expired(&mut tx, scene.clock.now(), 3).await.unwrap();
            tx.commit().await.unwrap();
            (outgoing, mailbox)
        };
        scene.clock.advance(Duration::from_hours(24 * 7 - 1));
        assert_eq!(clean().await, (0, 0));
        scene.clock.advance(Duration::from_hours(1));
        assert_eq!([clean().await, clean().await, clean().await], [(3, 3), (2, 2), (0, 0)]);
        scene.clock.advance(Duration::from_hours(24 * 365));
        assert_eq!(clean().await, (0, 0));
        assert_eq!(scene.states().await, ["waiting"]);
    }
}

#[test]
fn an_idempotency_key_is_a_short_name() {
    let long = "x".repeat(129);
    for bad in ["", "a b", "가", "a\n", long.as_str()] {
        assert!(notifications::IdempotencyKey::new(bad).is_err(), "{bad:?}");
    }
}

//! The audit log: what strangers can make it hold, and for how long.

use std::time::Duration;

use kernel::{OpaqueToken, OsRandomness};
use members::{AccountError, AccountSettings, AuditRetention, Proof};

use crate::stage::{HONG, OTHER_PASSWORD, PASSWORD, Stage, context, password};

const DAY: Duration = Duration::from_hours(24);
const ROWS: &str = "SELECT COUNT(*) FROM audit_events WHERE outcome = 'failure'";

async fn refuse(stage: &Stage, network: &str) {
    let proof = Proof::Token(OpaqueToken::new(&OsRandomness));
    let refused = stage.accounts.reset(&proof, password(OTHER_PASSWORD), &context(network)).await;
    assert!(matches!(refused, Err(AccountError::BadProof)), "{refused:?}");
}

#[tokio::test]
async fn what_nobody_had_to_identify_for_is_one_row_for_each_network_and_hour() {
    for stage in Stage::both().await {
        refuse(&stage, "203.0.113.9").await;
        let after_one = stage.database.dump().await;
        for _ in 0..100 {
            refuse(&stage, "203.0.113.77").await;
        }
        let audit =
            |dump: String| dump.lines().filter(|line| line.starts_with("audit_events")).collect::<String>();
        assert_eq!(audit(stage.database.dump().await), audit(after_one), "repetitions write nothing at once");
        assert_eq!((stage.audited("password_reset", "failure").await, stage.count(ROWS).await), (101, 1));
        refuse(&stage, "198.51.100.7").await;
        assert_eq!(stage.count(ROWS).await, 2, "another network");
        stage.clock.advance(Duration::from_hours(1));
        refuse(&stage, "203.0.113.9").await;
        refuse(&stage, "203.0.113.9").await;
        assert_eq!((stage.audited("password_reset", "failure").await, stage.count(ROWS).await), (104, 3));
    }
}

#[tokio::test]
async fn replicas_count_up_one_row() {
    for stage in Stage::both().await {
        let replica = stage.replica(AccountSettings::default()).await;
        refuse(&stage, "203.0.113.9").await;
        let proof = Proof::Token(OpaqueToken::new(&OsRandomness));
        for _ in 0..2 {
            let refused = replica.reset(&proof, password(OTHER_PASSWORD), &context("203.0.113.9")).await;
            assert!(refused.is_err());
        }
        replica.write_refusals().await.unwrap();
        assert_eq!((stage.audited("password_reset", "failure").await, stage.count(ROWS).await), (3, 1));
    }
}

#[tokio::test]
async fn wrong_passwords_are_one_row_for_each_account_and_network() {
    for stage in Stage::both().await {
        stage.member(HONG).await;
        for _ in 0..4 {
            assert!(!stage.can_enter(HONG, OTHER_PASSWORD).await);
            assert!(!stage.can_enter("nobody@example.com", OTHER_PASSWORD).await);
        }
        assert_eq!((stage.audited("sign_in", "failure").await, stage.count(ROWS).await), (8, 2));
    }
}

#[tokio::test]
async fn a_sign_up_is_one_row_and_its_members_with_the_proof() {
    const OF_MEMBERS: &str = "SELECT COUNT(*) FROM audit_events WHERE kind = 'sign_up' AND member_id IS NOT NULL AND anonymous = 0";
    for stage in Stage::both().await {
        for _ in 0..3 {
            stage.sign_up(HONG, PASSWORD).await.unwrap();
        }
        assert_eq!(stage.count("SELECT COUNT(*) FROM audit_events").await, 1);
        assert_eq!(stage.count(OF_MEMBERS).await, 0);
        let mail = stage.newest_mail(HONG).await;
        let member =
            stage.accounts.prove_mailbox(&mail.token(), None, &context("203.0.113.9")).await.unwrap();
        assert_eq!(stage.count(OF_MEMBERS).await, 1);
        let page = stage.accounts.history(member.id, None).await.unwrap();
        let lines: Vec<_> = page.lines.iter().map(|line| (line.kind.as_str(), line.times)).collect();
        assert!(lines.contains(&("sign_up", 3)), "{lines:?}");
    }
}

#[tokio::test]
async fn s_ops_6_rows_go_after_their_time_and_anonymous_ones_earlier() {
    let retention = AuditRetention { accounts: DAY * 100, anonymous: DAY * 10 };
    let [sqlite, mysql] = testkit::TestDatabase::both().await;
    for database in [sqlite, mysql] {
        let settings = AccountSettings { audit_retention: retention, ..AccountSettings::default() };
        let stage = Stage::on(database, settings).await;
        stage.member(HONG).await;
        assert!(!stage.can_enter("nobody@example.com", OTHER_PASSWORD).await);
        let rows = "SELECT COUNT(*) FROM audit_events";
        let clean = async || {
            let mut tx = stage.database.begin().await.unwrap();
            let gone = stage.accounts.delete_old_audit(&mut tx, 100).await.unwrap();
            tx.commit().await.unwrap();
            gone
        };
        assert_eq!((stage.count(rows).await, clean().await), (3, 0));
        stage.clock.advance(DAY * 10);
        assert_eq!((clean().await, stage.count(rows).await), (1, 2));
        stage.clock.advance(DAY * 89);
        assert_eq!(clean().await, 0);
        stage.clock.advance(DAY);
        assert_eq!((clean().await, stage.count(rows).await), (2, 0));
    }
}

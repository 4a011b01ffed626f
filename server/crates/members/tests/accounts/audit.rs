//! The audit log: what strangers can make it hold, and what members read in it.

use std::time::Duration;

use kernel::{OpaqueToken, OsRandomness};
use members::{Proof, ResetError};

use crate::people::{context, password};
use crate::stage::{HONG, OTHER_PASSWORD, PASSWORD, Stage, settings};

const ROWS: &str = "SELECT COUNT(*) FROM audit_events WHERE outcome = 'failure'";

async fn refuse(stage: &Stage, network: &str) {
    let proof = Proof::Token(OpaqueToken::new(&OsRandomness));
    let refused =
        stage.members.password_resets.reset(&proof, password(OTHER_PASSWORD), &context(network)).await;
    assert!(matches!(refused, Err(ResetError::BadProof(_))), "{refused:?}");
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
        let replica = stage.replica(settings()).await;
        refuse(&stage, "203.0.113.9").await;
        let proof = Proof::Token(OpaqueToken::new(&OsRandomness));
        for _ in 0..2 {
            let refused = replica
                .members
                .password_resets
                .reset(&proof, password(OTHER_PASSWORD), &context("203.0.113.9"))
                .await;
            assert!(refused.is_err());
        }
        replica.audit.flush().await.unwrap();
        assert_eq!((stage.audited("password_reset", "failure").await, stage.count(ROWS).await), (3, 1));
    }
}

#[tokio::test]
async fn wrong_passwords_are_one_row_for_each_account_and_network() {
    for stage in Stage::both().await {
        stage.member(HONG).await;
        for _ in 0..4 {
            assert!(!stage.can_sign_in(HONG, OTHER_PASSWORD).await);
            assert!(!stage.can_sign_in("nobody@example.com", OTHER_PASSWORD).await);
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
        let member = stage
            .members
            .mailbox_proofs
            .prove_mailbox(&mail.token(), None, &context("203.0.113.9"))
            .await
            .unwrap();
        assert_eq!(stage.count(OF_MEMBERS).await, 1);
        let page = stage.audit.history(member.id.uuid(), None).await.unwrap().unwrap();
        let lines: Vec<_> = page.rows.iter().map(|row| (row.kind.as_str(), row.times)).collect();
        assert!(lines.contains(&("sign_up", 3)), "{lines:?}");
    }
}

#[tokio::test]
async fn s_log_4_a_member_reads_what_happened_and_what_was_tried() {
    for stage in Stage::both().await {
        let hong = stage.member(HONG).await;
        stage.clock.advance(Duration::from_secs(1));
        assert!(!stage.can_sign_in(HONG, OTHER_PASSWORD).await);
        let page = stage.audit.history(hong.id.uuid(), None).await.unwrap().unwrap();
        let mut seen: Vec<_> = page.rows.iter().map(|row| (row.kind.as_str(), row.succeeded())).collect();
        assert_eq!(seen[0], ("sign_in", false));
        // Of one moment.
        seen[1..].sort_unstable();
        assert_eq!(seen[1..], [("mailbox_proof", true), ("sign_up", true)]);
        assert_eq!(page.older, None);
        assert_eq!(page.rows[0].network, "203.0.113.0/24");
        assert_eq!(page.rows[0].user_agent, "a test");
    }
}

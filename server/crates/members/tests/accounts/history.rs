use std::time::Duration;

use kernel::{Clock as _, OsRandomness};
use members::audit_log::{self, AuditFilter};
use members::{AccountError, AuditEvent, AuditEventId, AuditKind, MemberId, Outcome, record};

use crate::stage::{HONG, OTHER_PASSWORD, Stage, context};

/// Writes a line about the member.
async fn note(stage: &Stage, member: MemberId) {
    let origin = context("203.0.113.9").origin;
    let (kind, outcome) = (AuditKind::ProfileChange, Outcome::Success);
    let event = AuditEvent { kind, outcome, member: Some(member), provider: "", origin: &origin };
    let mut tx = stage.database.begin().await.unwrap();
    record(&mut tx, &event, &*stage.clock, &OsRandomness).await.unwrap();
    tx.commit().await.unwrap();
}

#[tokio::test]
async fn s_log_4_a_member_reads_what_happened_and_what_was_tried() {
    for stage in Stage::both().await {
        let hong = stage.member(HONG).await;
        stage.clock.advance(Duration::from_secs(1));
        assert!(!stage.can_enter(HONG, OTHER_PASSWORD).await);
        let page = stage.accounts.history(hong.id, None).await.unwrap();
        let mut seen: Vec<_> = page.lines.iter().map(|line| (line.kind.as_str(), line.succeeded)).collect();
        assert_eq!(seen[0], ("sign_in", false));
        // Of one moment.
        seen[1..].sort_unstable();
        assert_eq!(seen[1..], [("mailbox_proof", true), ("sign_up", true)]);
        assert_eq!(page.older, None);
        assert_eq!(page.lines[0].network, "203.0.113.0/24");
        assert_eq!(page.lines[0].user_agent, "a test");
    }
}

#[tokio::test]
async fn s_log_4_older_lines_follow_without_gap_or_repetition_while_new_ones_come() {
    for stage in Stage::both().await {
        let hong = stage.member(HONG).await;
        for count in 0..70 {
            // Some lines share a moment.
            if count % 3 == 0 {
                stage.clock.advance(Duration::from_secs(1));
            }
            note(&stage, hong.id).await;
        }
        let (mut after, mut parts, mut seen) = (None, Vec::new(), Vec::new());
        loop {
            let page = stage.accounts.history(hong.id, after).await.unwrap();
            parts.push(page.lines.len());
            seen.extend(page.lines.iter().map(|line| (line.at, line.id.to_string())));
            note(&stage, hong.id).await;
            after = page.older;
            if after.is_none() {
                break;
            }
        }
        assert_eq!(parts, [30, 30, 12]);
        assert!(seen.windows(2).all(|pair| pair[0] > pair[1]), "newest first, none twice");
    }
}

#[tokio::test]
async fn s_log_4_nobody_reads_on_from_a_line_about_somebody_else() {
    let stage = Stage::sqlite().await;
    let hong = stage.member(HONG).await;
    let kim = stage.member("kim@example.com").await;
    let own = stage.accounts.history(kim.id, None).await.unwrap();
    assert_eq!(own.lines.len(), 2, "nothing about others");
    let foreign = stage.accounts.history(hong.id, Some(own.lines[0].id)).await;
    assert!(matches!(foreign, Err(AccountError::NotFound)));
    let invented = AuditEventId::parse("01936f3e-7c00-7000-8000-000000000000").unwrap();
    assert!(matches!(stage.accounts.history(hong.id, Some(invented)).await, Err(AccountError::NotFound)));
}

#[tokio::test]
async fn s_log_4_operators_find_who_did_what_when_and_from_where() {
    for stage in Stage::both().await {
        let began = stage.clock.now();
        let hong = stage.member(HONG).await;
        stage.clock.advance(Duration::from_mins(1));
        let later = stage.clock.now();
        assert!(!stage.can_enter(HONG, OTHER_PASSWORD).await);
        stage.clock.advance(Duration::from_secs(1));
        assert!(!stage.can_enter("nobody@example.com", OTHER_PASSWORD).await);
        let mut reader = stage.database.read().await.unwrap();
        let mut find = async |filter: AuditFilter| {
            let lines = audit_log::newest(&mut reader, &filter, 10).await.unwrap();
            lines.into_iter().map(|line| (line.kind, line.outcome, line.member)).collect::<Vec<_>>()
        };
        let line = |kind: &str, outcome: &str, member: Option<MemberId>| {
            (kind.to_owned(), outcome.to_owned(), member.map(|id| id.to_string()))
        };
        let tries = [line("sign_in", "failure", None), line("sign_in", "failure", Some(hong.id))];
        assert_eq!(find(AuditFilter { since: Some(later), ..AuditFilter::default() }).await, tries);
        let kind = Some(AuditKind::MailboxProof);
        let proof = [line("mailbox_proof", "success", Some(hong.id))];
        assert_eq!(find(AuditFilter { kind, ..AuditFilter::default() }).await, proof);
        let about = AuditFilter { member: Some(hong.id), since: Some(began), kind: Some(AuditKind::SignIn) };
        assert_eq!(find(about).await, tries[1..]);
    }
}

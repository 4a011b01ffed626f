use std::sync::Arc;
use std::time::Duration;

use members::AccountError;
use providers::ProviderName;

use crate::stage::{GRANT, HONG, PASSWORD, Stage, identity, visitor};

const DAY: Duration = Duration::from_hours(24);

#[tokio::test]
async fn s_acc_15_deleting_an_account_ends_sessions_and_tokens_at_once() {
    for stage in Stage::both().await {
        let member = stage.member(HONG).await;
        stage.session(member.id, 1).await;
        let here = visitor("203.0.113.9");
        let stale = members::Caller { authenticated_at: None, ..stage.fresh(member.id) };
        assert!(matches!(stage.accounts.request_deletion(&stale, &here).await, Err(AccountError::NotFresh)));
        stage.accounts.request_deletion(&stage.fresh(member.id), &here).await.unwrap();
        assert_eq!(stage.count("SELECT COUNT(*) FROM sessions").await, 0);
        assert!(stage.count("SELECT COUNT(*) FROM revocations").await >= 1);
        assert_eq!(stage.kinds(HONG).await.pop().unwrap(), "deletion-scheduled");
        stage.ask_reset(HONG).await;
        assert_eq!(stage.kinds(HONG).await.pop().unwrap(), "deletion-scheduled", "no reset mail");
        let again = stage.accounts.request_deletion(&stage.fresh(member.id), &here).await;
        assert!(matches!(again, Err(AccountError::NotSignedIn)));
    }
}

#[tokio::test]
async fn signing_in_within_the_grace_keeps_the_account() {
    for stage in Stage::both().await {
        let member = stage.member(HONG).await;
        let google = identity(ProviderName::Google, "77", None);
        stage.link(member.id, &google).await.unwrap();
        let here = visitor("203.0.113.9");
        stage.accounts.request_deletion(&stage.fresh(member.id), &here).await.unwrap();
        stage.clock.advance(DAY * 6);
        assert!(stage.can_enter(HONG, PASSWORD).await);
        stage.accounts.request_deletion(&stage.fresh(member.id), &here).await.unwrap();
        stage.clock.advance(DAY * 6);
        assert_eq!(stage.come_in(&google).await.unwrap().id, member.id);
        assert_eq!(stage.audited("deletion_cancelled", "success").await, 2);
        stage.clock.advance(DAY * 30);
        assert_eq!(stage.accounts.erase_due(10).await.unwrap(), 0);
        assert!(stage.can_enter(HONG, PASSWORD).await);
    }
}

#[tokio::test]
async fn after_the_grace_nothing_is_left_but_the_audit_log_with_the_id() {
    for stage in Stage::both().await {
        let member = stage.member(HONG).await;
        stage
            .link(member.id, &identity(ProviderName::Google, "7700", Some(("other@example.com", true))))
            .await
            .unwrap();
        stage.accounts.request_deletion(&stage.fresh(member.id), &visitor("203.0.113.9")).await.unwrap();
        assert_eq!(stage.accounts.erase_due(10).await.unwrap(), 0, "not before its time");
        stage.clock.advance(DAY * 7);
        assert_eq!(stage.accounts.erase_due(10).await.unwrap(), 1);
        assert_eq!(stage.accounts.erase_due(10).await.unwrap(), 0);
        for table in ["members", "identities", "local_accounts", "mail_tokens", "member_pictures", "sessions"]
        {
            let dump = stage.dump().await;
            assert!(!dump.lines().any(|line| line.starts_with(&format!("{table} "))), "{table}\n{dump}");
        }
        let dump = stage.dump().await;
        let known: Vec<_> = dump.lines().filter(|line| line.contains("example.com")).collect();
        assert!(known.iter().all(|line| line.starts_with("outbox_events")), "{known:?}");
        assert!(!dump.contains(GRANT));
        let waits = "SELECT COUNT(*) FROM provider_unlinks WHERE subject = ?";
        assert_eq!(stage.count_where(waits, "7700").await, 1, "S-UP-19: the provider is told");
        let audit = "SELECT COUNT(*) FROM audit_events WHERE member_id = ?";
        assert!(stage.count_where(audit, &member.id.to_string()).await >= 3);
        assert_eq!(stage.audited("account_erased", "success").await, 1);
        // The mailbox and the identity are free again.
        assert_ne!(stage.member(HONG).await.id, member.id);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sign_in_at_the_last_moment_and_the_cleaner_agree() {
    for stage in Stage::both().await {
        let stage = Arc::new(stage);
        for round in 0..10 {
            let google = identity(ProviderName::Google, &format!("{round}"), None);
            let member = stage.come_in(&google).await.unwrap();
            stage.accounts.request_deletion(&stage.fresh(member.id), &visitor("203.0.113.9")).await.unwrap();
            stage.clock.advance(DAY * 7);
            let (signing, erasing) = (stage.clone(), stage.clone());
            let signs_in = tokio::spawn(async move { signing.come_in(&google).await });
            let cleaning = tokio::spawn(async move { erasing.accounts.erase_due(10).await });
            let came = signs_in.await.unwrap().map(|member| member.id);
            let erased = cleaning.await.unwrap().unwrap();
            let kept = came.as_ref().is_ok_and(|id| *id == member.id);
            assert_eq!(kept, erased == 0, "{came:?} {erased}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn s_acc_15_a_sign_in_that_meets_a_deletion_leaves_no_session_in_a_deleted_account() {
    for stage in Stage::both().await {
        let stage = Arc::new(stage);
        for round in 0..10 {
            let google = identity(ProviderName::Google, &format!("{round}"), None);
            let member = stage.come_in(&google).await.unwrap();
            let (signing, deleting) = (stage.clone(), stage.clone());
            let signs_in = tokio::spawn(async move { signing.arrive(&google, round).await });
            let deletes = tokio::spawn(async move {
                let caller = deleting.fresh(member.id);
                deleting.accounts.request_deletion(&caller, &visitor("203.0.113.9")).await
            });
            signs_in.await.unwrap().unwrap();
            deletes.await.unwrap().unwrap();
            let id = member.id.to_string();
            let active = "SELECT COUNT(*) FROM members WHERE id = ? AND status = 'active'";
            let sessions = "SELECT COUNT(*) FROM sessions WHERE member_id = ?";
            assert_eq!(
                stage.count_where(active, &id).await,
                stage.count_where(sessions, &id).await,
                "kept and signed in, or neither"
            );
        }
    }
}

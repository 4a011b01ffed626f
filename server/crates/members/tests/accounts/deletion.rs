use std::sync::Arc;
use std::time::Duration;

use members::{DeletionError, KeepError, ResetError};
use names::ProviderName;

use crate::people::{GRANT, bound_visitor, context, email, identity, password};
use crate::stage::{HONG, OTHER_PASSWORD, PASSWORD, Stage};

const DAY: Duration = Duration::from_hours(24);

#[tokio::test]
async fn s_acc_15_deleting_an_account_ends_sessions_and_tokens_at_once() {
    for stage in Stage::both().await {
        let member = stage.member(HONG).await;
        stage.session(member.id, 1).await;
        let here = context("203.0.113.9");
        let stale = members::Caller { authenticated_at: None, ..stage.caller(member.id) };
        assert!(!stage.is_fresh(stale), "there is no value with which deletion could be asked for");
        stage.members.deletions.request_deletion(&stage.fresh(member.id), &here).await.unwrap();
        assert_eq!(stage.count("SELECT COUNT(*) FROM sessions").await, 0);
        assert!(stage.count("SELECT COUNT(*) FROM revocations").await >= 1);
        assert_eq!(stage.kinds(HONG).await.pop().unwrap(), "deletion-scheduled");
        let again = stage.members.deletions.request_deletion(&stage.fresh(member.id), &here).await;
        assert!(matches!(again, Err(DeletionError::NotSignedIn(_))));
    }
}

#[tokio::test]
async fn the_link_of_the_mail_keeps_the_account_without_a_password() {
    for stage in Stage::both().await {
        let member = stage.member(HONG).await;
        let (thief, owner) = (context("203.0.113.9"), context("198.51.100.7"));
        stage.members.deletions.request_deletion(&stage.fresh(member.id), &thief).await.unwrap();
        for _ in 0..100 {
            stage.run("UPDATE local_accounts SET failures = failures + 1 WHERE email = ?", HONG).await;
        }
        assert!(!stage.can_sign_in(HONG, PASSWORD).await, "the way by password is closed");
        let mail = stage.newest_mail(HONG).await;
        let link = || kernel::OpaqueToken::parse(&mail.token).unwrap();
        let reset =
            stage.members.password_resets.reset(&mail.token(), password(OTHER_PASSWORD), &thief).await;
        assert!(matches!(reset, Err(ResetError::BadProof(_))), "S-MAIL-4: good for keeping alone");
        stage.clock.advance(DAY * 6);
        stage.members.kept_accounts.keep_account(link(), &owner).await.unwrap();
        assert_eq!(stage.audited("deletion_cancelled", "success").await, 1);
        let later = stage.members.kept_accounts.keep_account(link(), &owner).await;
        assert!(matches!(later, Err(KeepError::BadProof(_))), "S-MAIL-2");
        assert_eq!(stage.count("SELECT COUNT(*) FROM sessions").await, 0, "nobody is signed in");
        stage.clock.advance(DAY * 30);
        assert_eq!(stage.members.erasure.erase_due(10).await.unwrap(), 0);
        stage.ask_reset(HONG).await;
        let mail = stage.newest_mail(HONG).await;
        stage.members.password_resets.reset(&mail.token(), password(OTHER_PASSWORD), &owner).await.unwrap();
        assert!(stage.can_sign_in(HONG, OTHER_PASSWORD).await);
    }
}

/// The browser that kept the account may send the form again, but not to keep one that was given up since.
#[tokio::test]
async fn the_link_of_an_earlier_deletion_says_of_none_that_it_is_cancelled() {
    for stage in Stage::both().await {
        let member = stage.member(HONG).await;
        let here = bound_visitor("203.0.113.9");
        let give_up = async || {
            stage.members.deletions.request_deletion(&stage.fresh(member.id), &here).await.unwrap();
            kernel::OpaqueToken::parse(&stage.newest_mail(HONG).await.token).unwrap()
        };
        let first = give_up().await;
        let keep = async |link: &kernel::OpaqueToken| {
            stage.members.kept_accounts.keep_account(link.clone(), &here).await
        };
        keep(&first).await.unwrap();
        keep(&first).await.expect("the same form again");
        let second = give_up().await;
        assert!(matches!(keep(&first).await, Err(KeepError::BadProof(_))));
        keep(&second).await.unwrap();
    }
}

#[tokio::test]
async fn the_link_is_good_until_the_end_of_the_grace_and_for_its_own_deletion() {
    for stage in Stage::both().await {
        let member = stage.member(HONG).await;
        let here = context("203.0.113.9");
        stage.members.deletions.request_deletion(&stage.fresh(member.id), &here).await.unwrap();
        let first = kernel::OpaqueToken::parse(&stage.newest_mail(HONG).await.token).unwrap();
        assert!(stage.can_sign_in(HONG, PASSWORD).await);
        stage
            .members
            .kept_accounts
            .keep_account(first.clone(), &here)
            .await
            .expect("signing in kept it already");
        stage.members.deletions.request_deletion(&stage.fresh(member.id), &here).await.unwrap();
        let second = kernel::OpaqueToken::parse(&stage.newest_mail(HONG).await.token).unwrap();
        let old = stage.members.kept_accounts.keep_account(first, &here).await;
        assert!(matches!(old, Err(KeepError::BadProof(_))));
        stage.clock.advance(DAY * 7);
        let late = stage.members.kept_accounts.keep_account(second, &here).await;
        assert!(matches!(late, Err(KeepError::BadProof(_))));
        assert_eq!(stage.members.erasure.erase_due(10).await.unwrap(), 1);
    }
}

#[tokio::test]
async fn a_reset_within_the_grace_keeps_the_account_and_a_disabled_one_gets_none() {
    for stage in Stage::both().await {
        let member = stage.member(HONG).await;
        let here = context("203.0.113.9");
        stage.members.deletions.request_deletion(&stage.fresh(member.id), &here).await.unwrap();
        stage.ask_reset(HONG).await;
        let mail = stage.newest_mail(HONG).await;
        assert_eq!(mail.kind, "reset-password");
        stage.members.password_resets.reset(&mail.code(), password(OTHER_PASSWORD), &here).await.unwrap();
        assert_eq!(stage.audited("deletion_cancelled", "success").await, 1);
        stage.clock.advance(DAY * 30);
        assert_eq!(stage.members.erasure.erase_due(10).await.unwrap(), 0);
        assert!(stage.can_sign_in(HONG, OTHER_PASSWORD).await);
        stage.set_status(member.id, "disabled").await;
        stage.ask_reset(HONG).await;
        assert_ne!(stage.kinds(HONG).await.pop().unwrap(), "reset-password", "S-ACC-15");
    }
}

#[tokio::test]
async fn every_mailbox_of_the_member_hears_of_the_deletion() {
    for stage in Stage::both().await {
        let member = stage.member(HONG).await;
        let here = context("203.0.113.9");
        stage
            .link(member.id, &identity(ProviderName::Google, "77", Some(("hong@gmail.com", true))))
            .await
            .unwrap();
        let new = email("thief@evil.example");
        stage
            .members
            .address_changes
            .request_address_change(member.id, password(PASSWORD), &new, &here)
            .await
            .unwrap();
        let mail = stage.newest_mail("thief@evil.example").await;
        stage.members.address_changes.prove_new_address(&mail.token(), &here).await.unwrap();
        stage.clock.advance(DAY * 29);
        stage.members.deletions.request_deletion(&stage.fresh(member.id), &here).await.unwrap();
        for mailbox in ["thief@evil.example", "hong@gmail.com", HONG] {
            assert_eq!(stage.newest_mail(mailbox).await.kind, "deletion-scheduled", "{mailbox}");
        }
        let link = kernel::OpaqueToken::parse(&stage.newest_mail(HONG).await.token).unwrap();
        stage.members.kept_accounts.keep_account(link, &here).await.unwrap();
        stage.clock.advance(DAY * 2);
        stage.members.deletions.request_deletion(&stage.fresh(member.id), &here).await.unwrap();
        let told = stage.kinds(HONG).await.into_iter().filter(|kind| kind == "deletion-scheduled").count();
        assert_eq!(told, 1, "after thirty days the address is another's business");
    }
}

#[tokio::test]
async fn signing_in_within_the_grace_keeps_the_account() {
    for stage in Stage::both().await {
        let member = stage.member(HONG).await;
        let google = identity(ProviderName::Google, "77", None);
        stage.link(member.id, &google).await.unwrap();
        let here = context("203.0.113.9");
        stage.members.deletions.request_deletion(&stage.fresh(member.id), &here).await.unwrap();
        stage.clock.advance(DAY * 6);
        assert!(stage.can_sign_in(HONG, PASSWORD).await);
        stage.members.deletions.request_deletion(&stage.fresh(member.id), &here).await.unwrap();
        stage.clock.advance(DAY * 6);
        assert_eq!(stage.sign_in_by_provider(&google).await.unwrap().id, member.id);
        assert_eq!(stage.audited("deletion_cancelled", "success").await, 2);
        stage.clock.advance(DAY * 30);
        assert_eq!(stage.members.erasure.erase_due(10).await.unwrap(), 0);
        assert!(stage.can_sign_in(HONG, PASSWORD).await);
    }
}

#[tokio::test]
async fn after_the_grace_nothing_is_left_but_that_the_account_was_erased() {
    for stage in Stage::both().await {
        let member = stage.member(HONG).await;
        stage
            .link(member.id, &identity(ProviderName::Google, "7700", Some(("other@example.com", true))))
            .await
            .unwrap();
        stage.ask_deletion(member.id).await;
        assert_eq!(stage.members.erasure.erase_due(10).await.unwrap(), 0, "not before its time");
        stage.clock.advance(DAY * 7);
        assert_eq!(stage.members.erasure.erase_due(10).await.unwrap(), 1);
        assert_eq!(stage.members.erasure.erase_due(10).await.unwrap(), 0);
        for table in ["members", "identities", "local_accounts", "mail_tokens", "member_pictures", "sessions"]
        {
            let dump = stage.dump().await;
            assert!(!dump.lines().any(|line| line.starts_with(&format!("{table} "))), "{table}\n{dump}");
        }
        let dump = stage.dump().await;
        // No bus has taken the events yet, the grant is still to be ended at its provider, and nobody has cleaned.
        let on_their_way = ["outbox_events", "outbox_keys", "revocations"];
        let id = member.id.to_string();
        for known in ["example.com", "203.0.113", "a test", "7700", "홍길동", id.as_str()] {
            let lines = dump.lines().filter(|line| line.contains(known) && !line.contains("account_erased"));
            let lines = lines.filter(|line| !line.contains("|provider-unlink|"));
            let lines: Vec<_> =
                lines.filter(|line| !on_their_way.iter().any(|table| line.starts_with(table))).collect();
            assert!(lines.is_empty(), "{known}: {lines:?}");
        }
        assert!(!dump.contains(GRANT));
        let waits = "SELECT COUNT(*) FROM jobs WHERE kind = 'provider-unlink' AND idempotency_key = ?";
        assert_eq!(stage.count_where(waits, "google/7700").await, 1, "S-UP-19: the provider is told");
        let audit = "SELECT COUNT(*) FROM audit_events WHERE member_id = ?";
        assert_eq!(stage.count_where(audit, &member.id.to_string()).await, 1, "that they were erased");
        assert_eq!(stage.audited("mailbox_proof", "success").await, 1, "what happened is nobody's now");
        assert_eq!(stage.audited("account_erased", "success").await, 1);
        // The mailbox and the identity are free again.
        assert_ne!(stage.member(HONG).await.id, member.id);
    }
}

/// However often somebody had another address: mails to each of them go with the account.
#[tokio::test]
async fn mails_to_every_former_mailbox_are_erased() {
    for stage in Stage::both().await {
        let member = stage.member(HONG).await;
        for n in 0..25 {
            stage.had_mailbox(member.id, &format!("hong-{n}@example.com")).await;
        }
        stage.ask_deletion(member.id).await;
        stage.clock.advance(DAY * 7);
        assert_eq!(stage.members.erasure.erase_due(10).await.unwrap(), 1);
        assert_eq!(stage.count("SELECT COUNT(*) FROM sent_mails").await, 0);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sign_in_at_the_last_moment_and_the_cleaner_agree() {
    for stage in Stage::both().await {
        let stage = Arc::new(stage);
        for round in 0..10 {
            let google = identity(ProviderName::Google, &format!("{round}"), None);
            let member = stage.sign_in_by_provider(&google).await.unwrap();
            stage.ask_deletion(member.id).await;
            stage.clock.advance(DAY * 7);
            let (signing, erasing) = (stage.clone(), stage.clone());
            let signs_in = tokio::spawn(async move { signing.sign_in_by_provider(&google).await });
            let cleaning = tokio::spawn(async move { erasing.members.erasure.erase_due(10).await });
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
            let member = stage.sign_in_by_provider(&google).await.unwrap();
            let (signing, deleting) = (stage.clone(), stage.clone());
            let signs_in = tokio::spawn(async move { signing.visit(&google, round).await });
            let deletes = tokio::spawn(async move {
                let caller = deleting.fresh(member.id);
                deleting.members.deletions.request_deletion(&caller, &context("203.0.113.9")).await
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

#[tokio::test]
async fn accounts_that_cannot_be_erased_keep_none_of_the_others() {
    for stage in Stage::both().await {
        let member = stage.member(HONG).await;
        let linked = identity(ProviderName::Google, "7700", None);
        stage.link(member.id, &linked).await.unwrap();
        stage.link(member.id, &identity(ProviderName::Kakao, "7701", None)).await.unwrap();
        stage.ask_deletion(member.id).await;
        let mut tx = stage.database.begin().await.unwrap();
        for number in 0..5 {
            let odd = "INSERT INTO members (id, nickname, greeting, status, delete_at, created_at, updated_at) \
                VALUES (?, 'x', '', 'deleting', 1, 0, 0)";
            db::query(odd).bind(format!("odd-{number}")).execute(&mut *tx).await.unwrap();
        }
        // As a newer version may write it.
        let newer = "UPDATE identities SET provider = 'newer' WHERE provider = 'google'";
        db::query(newer).execute(&mut *tx).await.unwrap();
        tx.commit().await.unwrap();
        stage.clock.advance(DAY * 7);
        assert_eq!(stage.members.erasure.erase_due(2).await.unwrap(), 1);
        let left = "SELECT COUNT(*) FROM members WHERE id = ?";
        assert_eq!(stage.count_where(left, &member.id.to_string()).await, 0);
        assert_eq!(
            stage.count("SELECT COUNT(*) FROM jobs WHERE kind = 'provider-unlink'").await,
            1,
            "what can be read is ended"
        );
        assert_eq!(stage.members.erasure.erase_due(2).await.unwrap(), 0);
    }
}

//! Anyone who was there before the owner has no sign-in method afterwards (S-UP-11; Sudhodanan and Paverd, 2022). The five published
//! variants are named `pre_hijack_N`.

use members::{AddressProofError, MailboxProofError, Member, SignInError, SignUpError};
use names::ProviderName;
use providers::ProviderIdentity;

use crate::people::{context, email, identity, password};
use crate::stage::{HONG, OTHER_PASSWORD, PASSWORD, Stage};

const ATTACKERS: &str = "an attacker waits behind the door";

#[tokio::test]
async fn s_up_11_a_strangers_sign_up_does_not_open_the_owners_account() {
    for stage in Stage::both().await {
        stage.sign_up(HONG, ATTACKERS).await.unwrap();
        stage.sign_up(HONG, PASSWORD).await.unwrap();
        let mail = stage.newest_mail(HONG).await;
        let here = context("203.0.113.9");
        let silent = stage.members.mailbox_proofs.prove_mailbox(&mail.token(), None, &here).await;
        assert!(matches!(silent, Err(MailboxProofError::PasswordNeeded(_))), "whose password would it be?");
        stage
            .members
            .mailbox_proofs
            .prove_mailbox(&mail.token(), Some(password(PASSWORD)), &here)
            .await
            .unwrap();
        assert!(stage.can_sign_in(HONG, PASSWORD).await);
        assert!(!stage.can_sign_in(HONG, ATTACKERS).await);
    }
}

#[tokio::test]
async fn s_up_11_a_strangers_sign_up_after_the_owners_does_not_take_it_over() {
    let stage = Stage::sqlite().await;
    stage.sign_up(HONG, PASSWORD).await.unwrap();
    stage.sign_up(HONG, ATTACKERS).await.unwrap();
    let here = context("203.0.113.9");
    let [first, second] = <[_; 2]>::try_from(stage.mails(HONG).await).unwrap();
    assert!(matches!(
        stage.members.mailbox_proofs.prove_mailbox(&first.token(), None, &here).await,
        Err(MailboxProofError::BadProof(_))
    ));
    assert!(matches!(
        stage.members.mailbox_proofs.prove_mailbox(&second.token(), None, &here).await,
        Err(MailboxProofError::PasswordNeeded(_))
    ));
    stage
        .members
        .mailbox_proofs
        .prove_mailbox(&second.token(), Some(password(PASSWORD)), &here)
        .await
        .unwrap();
    assert!(stage.can_sign_in(HONG, PASSWORD).await && !stage.can_sign_in(HONG, ATTACKERS).await);
}

#[tokio::test]
async fn the_same_person_twice_need_not_say_the_password_again() {
    let stage = Stage::sqlite().await;
    stage.sign_up(HONG, PASSWORD).await.unwrap();
    stage.sign_up(HONG, PASSWORD).await.unwrap();
    let mail = stage.newest_mail(HONG).await;
    assert!(
        stage
            .members
            .mailbox_proofs
            .prove_mailbox(&mail.token(), None, &context("203.0.113.9"))
            .await
            .is_ok()
    );
}

#[tokio::test]
async fn s_up_11_an_address_change_left_pending_is_gone_after_a_reset() {
    let stage = Stage::sqlite().await;
    let member = stage.member(HONG).await;
    let here = context("203.0.113.9");
    let evil = email("evil@example.com");
    stage
        .members
        .address_changes
        .request_address_change(member.id, password(PASSWORD), &evil, &here)
        .await
        .unwrap();
    let pending = stage.newest_mail("evil@example.com").await;
    stage.ask_reset(HONG).await;
    let reset = stage.newest_mail(HONG).await;
    stage.members.password_resets.reset(&reset.token(), password(OTHER_PASSWORD), &here).await.unwrap();
    let late = stage.members.address_changes.prove_new_address(&pending.token(), &here).await;
    assert!(matches!(late, Err(AddressProofError::BadProof(_))), "S-ACC-11");
    assert!(stage.can_sign_in(HONG, OTHER_PASSWORD).await);
}

#[tokio::test]
async fn s_up_11_no_session_outlives_the_reset_by_the_owner() {
    for stage in Stage::both().await {
        let member = stage.member(HONG).await;
        stage.session(member.id, 1).await;
        stage.session(member.id, 2).await;
        stage.ask_reset(HONG).await;
        let reset = stage.newest_mail(HONG).await;
        stage
            .members
            .password_resets
            .reset(&reset.token(), password(OTHER_PASSWORD), &context("203.0.113.9"))
            .await
            .unwrap();
        assert_eq!(stage.count("SELECT COUNT(*) FROM sessions").await, 0);
        assert!(stage.count("SELECT COUNT(*) FROM revocations").await >= 1);
    }
}

/// The owner of the mailbox as Google knows them.
fn owner() -> ProviderIdentity {
    identity(ProviderName::Google, "owner", Some((HONG, true)))
}

/// The attacker at a provider.
fn attacker(provider: ProviderName, claims: Option<(&str, bool)>) -> ProviderIdentity {
    identity(provider, "attacker", claims)
}

/// The owner gets a new password by their mailbox.
async fn recover(stage: &Stage) {
    stage.ask_reset(HONG).await;
    let reset = stage.newest_mail(HONG).await;
    stage
        .members
        .password_resets
        .reset(&reset.token(), password(OTHER_PASSWORD), &context("203.0.113.9"))
        .await
        .unwrap();
}

/// The attacker signed up with the owner's address, and the owner opened the link without a thought.
async fn captured(stage: &Stage) -> Member {
    stage.sign_up(HONG, ATTACKERS).await.unwrap();
    let mail = stage.newest_mail(HONG).await;
    stage.members.mailbox_proofs.prove_mailbox(&mail.token(), None, &context("203.0.113.9")).await.unwrap()
}

#[tokio::test]
async fn s_up_11_pre_hijack_1_a_password_set_before_does_not_open_what_the_owner_enters_by_a_provider() {
    for stage in Stage::both().await {
        stage.sign_up(HONG, ATTACKERS).await.unwrap();
        let pending = stage.newest_mail(HONG).await;
        let owner = stage.sign_in_by_provider(&owner()).await.unwrap();
        assert!(!stage.can_sign_in(HONG, ATTACKERS).await);
        // Even if the owner opens the old mail now, it makes nothing.
        let late =
            stage.members.mailbox_proofs.prove_mailbox(&pending.token(), None, &context("203.0.113.9")).await;
        assert!(matches!(late, Err(MailboxProofError::BadProof(_))));
        assert!(!stage.can_sign_in(HONG, ATTACKERS).await);
        assert_eq!(stage.holder(ProviderName::Google, "owner").await, Some(owner.id.to_string()));
    }
}

#[tokio::test]
async fn s_up_11_pre_hijack_1_an_account_with_the_address_is_not_merged_with_the_owners_identity() {
    for stage in Stage::both().await {
        captured(&stage).await;
        // Google's word does not hand the account over, nor join the owner to it.
        assert!(matches!(stage.sign_in_by_provider(&owner()).await, Err(SignInError::AddressHasAccount)));
        assert_eq!(stage.holder(ProviderName::Google, "owner").await, None);
        recover(&stage).await;
        assert!(stage.can_sign_in(HONG, OTHER_PASSWORD).await);
        assert!(!stage.can_sign_in(HONG, ATTACKERS).await);
    }
}

#[tokio::test]
async fn s_up_11_pre_hijack_2_a_session_kept_alive_ends_when_the_owner_recovers() {
    for stage in Stage::both().await {
        let account = captured(&stage).await;
        stage.session_by(account.id, "password", 1).await;
        recover(&stage).await;
        assert_eq!(stage.count("SELECT COUNT(*) FROM sessions").await, 0);
        assert!(
            stage
                .count_where("SELECT COUNT(*) FROM revocations WHERE target = ?", &account.id.to_string())
                .await
                >= 1
        );
    }
}

#[tokio::test]
async fn s_up_11_pre_hijack_3_an_identity_linked_before_is_no_way_in_after_the_owner_recovers() {
    for stage in Stage::both().await {
        let account = captured(&stage).await;
        for provider in ProviderName::ALL {
            let claims = Some(("attacker@example.com", true));
            stage.link(account.id, &attacker(provider, claims)).await.unwrap();
        }
        recover(&stage).await;
        for provider in ProviderName::ALL {
            assert_eq!(stage.holder(provider, "attacker").await, None);
            let back = stage.sign_in_by_provider(&attacker(provider, None)).await.unwrap();
            assert_ne!(back.id, account.id, "a new member, of the attacker's own");
        }
        // The owner's own identity vouches for the mailbox: another recovery leaves it.
        stage.link(account.id, &owner()).await.unwrap();
        recover(&stage).await;
        assert_eq!(stage.sign_in_by_provider(&owner()).await.unwrap().id, account.id);
    }
}

#[tokio::test]
async fn s_up_11_pre_hijack_4_a_change_of_address_left_pending_does_not_reach_the_owners_account() {
    for stage in Stage::both().await {
        // The attacker's own account wants the owner's address; the owner comes by a provider.
        let evil = stage.member("evil@example.com").await;
        let here = context("203.0.113.9");
        stage
            .members
            .address_changes
            .request_address_change(evil.id, password(PASSWORD), &email(HONG), &here)
            .await
            .unwrap();
        let pending = stage.newest_mail(HONG).await;
        let owner = stage.sign_in_by_provider(&owner()).await.unwrap();
        assert_ne!(owner.id, evil.id);
        // Opened without a thought, it changes nothing: the address is the owner's by Google's word.
        let late = stage.members.address_changes.prove_new_address(&pending.token(), &here).await;
        assert!(matches!(late, Err(AddressProofError::BadProof(_))));
        assert_eq!(stage.sign_in_by_provider(&crate::pre_hijacking::owner()).await.unwrap().id, owner.id);
        assert!(!stage.can_sign_in(HONG, PASSWORD).await);
        // And nobody can ask for it any more; the owner learns of it.
        stage
            .members
            .address_changes
            .request_address_change(evil.id, password(PASSWORD), &email(HONG), &here)
            .await
            .unwrap();
        assert_eq!(stage.kinds(HONG).await.pop().unwrap(), "sign-up-on-taken-address");
    }
}

#[tokio::test]
async fn s_up_11_pre_hijack_5_a_provider_account_with_an_unproven_address_is_never_the_owners() {
    for stage in Stage::both().await {
        let mut prepared = Vec::new();
        for provider in ProviderName::ALL {
            prepared
                .push(stage.sign_in_by_provider(&attacker(provider, Some((HONG, false)))).await.unwrap().id);
        }
        // Naver has no word for it, whatever it says.
        let lying = identity(ProviderName::Naver, "liar", Some((HONG, true)));
        prepared.push(stage.sign_in_by_provider(&lying).await.unwrap().id);
        let by_password = stage.member(HONG).await;
        assert!(!prepared.contains(&by_password.id));
        assert!(matches!(stage.sign_in_by_provider(&owner()).await, Err(SignInError::AddressHasAccount)));
    }
    for stage in Stage::both().await {
        let prepared =
            stage.sign_in_by_provider(&attacker(ProviderName::Naver, Some((HONG, true)))).await.unwrap();
        let by_provider = stage.sign_in_by_provider(&owner()).await.unwrap();
        assert_ne!(prepared.id, by_provider.id);
        let again = stage.sign_up(HONG, PASSWORD).await;
        assert!(matches!(again, Err(SignUpError::Taken(_))), "one person, one member");
    }
}

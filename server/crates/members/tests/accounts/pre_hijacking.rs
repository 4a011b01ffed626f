//! Whoever was there before the owner has no way in afterwards (S-UP-11; Sudhodanan and Paverd, 2022). Of the five
//! variants, those with a provider are for the linking of identities; here are those of the mailbox.

use members::AccountError;

use crate::stage::{HONG, OTHER_PASSWORD, PASSWORD, Stage, password, visitor};

const ATTACKERS: &str = "an attacker waits behind the door";

#[tokio::test]
async fn s_up_11_a_strangers_sign_up_does_not_open_the_owners_account() {
    for stage in Stage::both().await {
        stage.sign_up(HONG, ATTACKERS).await.unwrap();
        stage.sign_up(HONG, PASSWORD).await.unwrap();
        let mail = stage.newest_mail(HONG).await;
        let here = visitor("203.0.113.9");
        let silent = stage.accounts.prove_mailbox(&mail.token(), None, &here).await;
        assert!(matches!(silent, Err(AccountError::PasswordNeeded)), "whose password would it be?");
        stage.accounts.prove_mailbox(&mail.token(), Some(password(PASSWORD)), &here).await.unwrap();
        assert!(stage.can_enter(HONG, PASSWORD).await);
        assert!(!stage.can_enter(HONG, ATTACKERS).await);
    }
}

#[tokio::test]
async fn s_up_11_a_strangers_sign_up_after_the_owners_does_not_take_it_over() {
    let stage = Stage::sqlite().await;
    stage.sign_up(HONG, PASSWORD).await.unwrap();
    stage.sign_up(HONG, ATTACKERS).await.unwrap();
    let here = visitor("203.0.113.9");
    let [first, second] = <[_; 2]>::try_from(stage.mails(HONG).await).unwrap();
    assert!(matches!(
        stage.accounts.prove_mailbox(&first.token(), None, &here).await,
        Err(AccountError::BadProof)
    ));
    assert!(matches!(
        stage.accounts.prove_mailbox(&second.token(), None, &here).await,
        Err(AccountError::PasswordNeeded)
    ));
    stage.accounts.prove_mailbox(&second.token(), Some(password(PASSWORD)), &here).await.unwrap();
    assert!(stage.can_enter(HONG, PASSWORD).await && !stage.can_enter(HONG, ATTACKERS).await);
}

#[tokio::test]
async fn the_same_person_twice_need_not_say_the_password_again() {
    let stage = Stage::sqlite().await;
    stage.sign_up(HONG, PASSWORD).await.unwrap();
    stage.sign_up(HONG, PASSWORD).await.unwrap();
    let mail = stage.newest_mail(HONG).await;
    assert!(stage.accounts.prove_mailbox(&mail.token(), None, &visitor("203.0.113.9")).await.is_ok());
}

#[tokio::test]
async fn s_up_11_an_address_change_left_pending_is_gone_after_a_reset() {
    let stage = Stage::sqlite().await;
    let member = stage.member(HONG).await;
    let here = visitor("203.0.113.9");
    let evil = crate::stage::email("evil@example.com");
    stage.accounts.request_address_change((member.id, password(PASSWORD)), &evil, &here).await.unwrap();
    let pending = stage.newest_mail("evil@example.com").await;
    stage.ask_reset(HONG).await;
    let reset = stage.newest_mail(HONG).await;
    stage.accounts.reset(&reset.token(), password(OTHER_PASSWORD), &here).await.unwrap();
    let late = stage.accounts.prove_new_address(&pending.token(), &here).await;
    assert!(matches!(late, Err(AccountError::BadProof)), "S-ACC-11");
    assert!(stage.can_enter(HONG, OTHER_PASSWORD).await);
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
            .accounts
            .reset(&reset.token(), password(OTHER_PASSWORD), &visitor("203.0.113.9"))
            .await
            .unwrap();
        assert_eq!(stage.count("SELECT COUNT(*) FROM sessions").await, 0);
        assert!(stage.count("SELECT COUNT(*) FROM revocations").await >= 1);
    }
}

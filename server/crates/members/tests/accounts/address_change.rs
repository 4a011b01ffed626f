use members::{AddressChangeError, AddressProofError, CurrentPasswordError, ResetError};

use crate::people::{context, email, password};
use crate::stage::{HONG, OTHER_PASSWORD, PASSWORD, Stage};

const NEW: &str = "hong@new.example.com";

#[tokio::test]
async fn s_acc_11_the_address_changes_when_the_new_mailbox_proves_it() {
    for stage in Stage::both().await {
        let member = stage.member(HONG).await;
        let here = context("203.0.113.9");
        let ask = async |current| {
            stage
                .members
                .address_changes
                .request_address_change(member.id, password(current), &email(NEW), &here)
                .await
        };
        assert!(matches!(
            ask(OTHER_PASSWORD).await,
            Err(AddressChangeError::Current(CurrentPasswordError::WrongPassword(_)))
        ));
        assert_eq!(stage.kinds(NEW).await, [""; 0]);
        ask(PASSWORD).await.unwrap();
        assert!(
            stage.can_sign_in(HONG, PASSWORD).await && !stage.can_sign_in(NEW, PASSWORD).await,
            "not yet"
        );
        let mail = stage.newest_mail(NEW).await;
        assert!(matches!(
            stage.members.address_changes.prove_new_address(&mail.wrong_code(), &here).await,
            Err(AddressProofError::BadProof(_))
        ));
        stage.members.address_changes.prove_new_address(&mail.code(), &here).await.unwrap();
        assert!(!stage.can_sign_in(HONG, PASSWORD).await && stage.can_sign_in(NEW, PASSWORD).await);
        assert_eq!(stage.kinds(HONG).await, ["prove-mailbox", "address-changed"]);
        let mut reader = stage.database.read().await.unwrap();
        let found = members::find(&mut reader, member.id).await.unwrap().unwrap();
        assert_eq!(found.email.as_deref(), Some(NEW));
    }
}

/// Its owner would be told that it changed.
#[tokio::test]
async fn the_address_that_an_account_has_is_no_other_one() {
    for stage in Stage::both().await {
        let member = stage.member(HONG).await;
        let here = context("203.0.113.9");
        for spelling in [HONG, " Hong@EXAMPLE.com"] {
            let (changes, own) = (&stage.members.address_changes, email(spelling));
            let asked = changes.request_address_change(member.id, password(PASSWORD), &own, &here).await;
            let Err(AddressChangeError::Input(refused)) = asked else { panic!("{spelling}") };
            assert!(format!("{refused:?}").contains("AddressUnchanged"), "{refused:?}");
        }
        assert_eq!(stage.kinds(HONG).await, ["prove-mailbox"]);
    }
}

#[tokio::test]
async fn s_mail_5_a_change_of_address_cancels_a_reset_that_waits() {
    let stage = Stage::sqlite().await;
    let member = stage.member(HONG).await;
    let here = context("203.0.113.9");
    stage.ask_reset(HONG).await;
    let reset = stage.newest_mail(HONG).await;
    stage
        .members
        .address_changes
        .request_address_change(member.id, password(PASSWORD), &email(NEW), &here)
        .await
        .unwrap();
    let mail = stage.newest_mail(NEW).await;
    stage.members.address_changes.prove_new_address(&mail.token(), &here).await.unwrap();
    let late = stage.members.password_resets.reset(&reset.token(), password(OTHER_PASSWORD), &here).await;
    assert!(
        matches!(late, Err(ResetError::BadProof(_))),
        "S-MAIL-4: sent to an address that is not theirs any more"
    );
}

#[tokio::test]
async fn an_address_of_another_account_is_not_given_away() {
    for stage in Stage::both().await {
        let member = stage.member(HONG).await;
        stage.member("shim@example.com").await;
        let here = context("203.0.113.9");
        let ask = async |address| {
            stage
                .members
                .address_changes
                .request_address_change(member.id, password(PASSWORD), &email(address), &here)
                .await
        };
        ask("shim@example.com").await.unwrap();
        assert_eq!(stage.kinds("shim@example.com").await, ["prove-mailbox", "sign-up-on-taken-address"]);

        // Free when asked for, taken when proven.
        ask(NEW).await.unwrap();
        let mail = stage.newest_mail(NEW).await;
        stage.member(NEW).await;
        let late = stage.members.address_changes.prove_new_address(&mail.token(), &here).await;
        assert!(matches!(late, Err(AddressProofError::BadProof(_))));
        assert!(stage.can_sign_in(HONG, PASSWORD).await);
    }
}

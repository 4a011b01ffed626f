//! Proofs that are shown twice by the browser that used them (decision 40), and by others (S-MAIL-2).

use std::time::Duration;

use members::{AddressProofError, MailboxProofError, ResetError};

use crate::people::{bound_visitor, context, email, password};
use crate::stage::{HONG, OTHER_PASSWORD, PASSWORD, Stage};

#[tokio::test]
async fn s_mail_2_a_reset_is_answered_again_in_its_browser_and_refused_elsewhere() {
    for stage in Stage::both().await {
        stage.member(HONG).await;
        let (here, elsewhere) = (bound_visitor("203.0.113.9"), bound_visitor("203.0.113.9"));
        let program = context("203.0.113.9");
        for by_code in [false, true] {
            stage.ask_reset(HONG).await;
            let mail = stage.newest_mail(HONG).await;
            let proof = || if by_code { mail.code() } else { mail.token() };
            let reset = async |secret, context| {
                stage.members.password_resets.reset(&proof(), password(secret), context).await
            };
            reset(OTHER_PASSWORD, &here).await.unwrap();
            reset(OTHER_PASSWORD, &here).await.expect("the same form again");
            let changes =
                stage.kinds(HONG).await.into_iter().filter(|kind| kind == "password-changed").count();
            assert_eq!(changes, if by_code { 2 } else { 1 }, "nothing is done twice");
            for (secret, context) in
                [(PASSWORD, &here), (OTHER_PASSWORD, &elsewhere), (OTHER_PASSWORD, &program)]
            {
                assert!(matches!(reset(secret, context).await, Err(ResetError::BadProof(_))));
            }
            stage.clock.advance(Duration::from_secs(21));
            assert!(matches!(reset(OTHER_PASSWORD, &here).await, Err(ResetError::BadProof(_))), "too late");
            assert!(stage.can_sign_in(HONG, OTHER_PASSWORD).await);
        }
    }
}

#[tokio::test]
async fn s_mail_2_of_many_resets_at_once_only_those_of_one_browser_hear_that_it_is_done() {
    for stage in Stage::both().await {
        stage.member(HONG).await;
        stage.ask_reset(HONG).await;
        let (mail, here) = (stage.newest_mail(HONG).await, bound_visitor("203.0.113.9"));
        let tries = (0..20).map(async |n| {
            let context = if n % 2 == 0 { here.clone() } else { bound_visitor("203.0.113.9") };
            let result =
                stage.members.password_resets.reset(&mail.token(), password(OTHER_PASSWORD), &context).await;
            (n % 2 == 0, result.is_ok())
        });
        let outcomes = futures::future::join_all(tries).await;
        let elsewhere = outcomes.iter().filter(|(is_here, done)| !is_here && *done).count();
        assert!(elsewhere <= 1, "{outcomes:?}");
        if elsewhere == 0 {
            assert!(outcomes.iter().all(|(is_here, done)| is_here == done), "{outcomes:?}");
        }
        let changes = stage.kinds(HONG).await.into_iter().filter(|kind| kind == "password-changed").count();
        assert_eq!(changes, 1);
    }
}

#[tokio::test]
async fn s_mail_2_a_sign_up_and_a_new_address_are_proven_again_in_their_browser() {
    for stage in Stage::both().await {
        let (here, elsewhere) = (bound_visitor("203.0.113.9"), bound_visitor("203.0.113.9"));
        stage.sign_up(HONG, PASSWORD).await.unwrap();
        let mail = stage.newest_mail(HONG).await;
        let member = stage.members.mailbox_proofs.prove_mailbox(&mail.code(), None, &here).await.unwrap();
        let again = stage.members.mailbox_proofs.prove_mailbox(&mail.code(), None, &here).await.unwrap();
        assert_eq!(again.id, member.id);
        let stolen = stage.members.mailbox_proofs.prove_mailbox(&mail.code(), None, &elsewhere).await;
        assert!(matches!(stolen, Err(MailboxProofError::BadProof(_))));

        let new = email("hong@new.example.com");
        stage
            .members
            .address_changes
            .request_address_change(member.id, password(PASSWORD), &new, &here)
            .await
            .unwrap();
        let mail = stage.newest_mail(new.as_str()).await;
        for _ in 0..2 {
            stage.members.address_changes.prove_new_address(&mail.token(), &here).await.unwrap();
        }
        let stolen = stage.members.address_changes.prove_new_address(&mail.token(), &elsewhere).await;
        assert!(matches!(stolen, Err(AddressProofError::BadProof(_))));
        assert_eq!(stage.audited("address_change", "success").await, 1);
    }
}

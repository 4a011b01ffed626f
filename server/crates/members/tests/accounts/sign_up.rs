use std::time::Duration;

use kernel::Clock as _;
use members::{
    AddressProofError, MailboxProofError, NewPasswordError, PasswordError, ResetError, SignUpError,
};

use crate::people::{context, email, password};
use crate::stage::{HONG, OTHER_PASSWORD, PASSWORD, Stage};

#[tokio::test]
async fn s_acc_9_an_unproven_sign_up_is_no_member_and_opens_nothing() {
    for stage in Stage::both().await {
        stage.sign_up("Hong@Example.COM ", PASSWORD).await.unwrap();
        assert_eq!(stage.count("SELECT COUNT(*) FROM members").await, 0);
        assert_eq!(stage.count("SELECT COUNT(*) FROM outbox_events").await, 0);
        assert!(!stage.can_sign_in(HONG, PASSWORD).await);
        let mail = stage.newest_mail(HONG).await;
        let member = stage
            .members
            .mailbox_proofs
            .prove_mailbox(&mail.token(), None, &context("203.0.113.9"))
            .await
            .unwrap();
        assert_eq!((member.nickname.as_str(), member.email.as_deref()), ("홍길동", Some(HONG)));
        assert!(stage.can_sign_in(HONG, PASSWORD).await);
        assert_eq!(stage.count("SELECT COUNT(*) FROM pending_sign_ups").await, 0);
        assert_eq!(stage.count("SELECT COUNT(*) FROM mail_tokens").await, 0);
    }
}

#[tokio::test]
async fn s_acc_4_two_rows_with_one_password_differ_and_say_their_parameters() {
    let stage = Stage::at_real_cost().await;
    stage.member(HONG).await;
    stage.member("shim@example.com").await;
    assert_eq!(stage.count("SELECT COUNT(DISTINCT password_hash) FROM local_accounts").await, 2);
    let like =
        "SELECT COUNT(*) FROM local_accounts WHERE password_hash LIKE '$argon2id$v=19$m=19456,t=2,p=1$%'";
    assert_eq!(stage.count(like).await, 2);
}

#[tokio::test]
async fn the_sign_up_is_told_once_when_the_mailbox_is_proven() {
    let stage = Stage::sqlite().await;
    let member = stage.member(HONG).await;
    let dump = stage.dump().await;
    let told: Vec<_> = dump.lines().filter(|line| line.contains("\"USER_SIGNUP\"")).collect();
    assert_eq!(told.len(), 1);
    assert!(told[0].contains(r#""signupMethod":"EMAIL""#) && told[0].contains(&member.id.to_string()));
    assert_eq!(stage.audited("sign_up", "success").await, 1);
    assert_eq!(stage.audited("mailbox_proof", "success").await, 1);
}

#[tokio::test]
async fn s_mail_1_neither_token_nor_code_nor_password_lies_in_the_database() {
    let stage = Stage::sqlite().await;
    stage.sign_up(HONG, PASSWORD).await.unwrap();
    let (mail, dump) = (stage.newest_mail(HONG).await, stage.dump().await);
    assert!(dump.contains("mail_tokens|"));
    for secret in [mail.token.as_str(), &mail.code, PASSWORD] {
        assert!(!dump.contains(secret));
    }
}

#[tokio::test]
async fn s_mail_3_a_proof_of_a_mailbox_lives_a_day() {
    let stage = Stage::sqlite().await;
    stage.sign_up(HONG, PASSWORD).await.unwrap();
    let mail = stage.newest_mail(HONG).await;
    stage.clock.advance(Duration::from_hours(25));
    for proof in [mail.token(), mail.code()] {
        let result = stage.members.mailbox_proofs.prove_mailbox(&proof, None, &context("203.0.113.9")).await;
        assert!(matches!(result, Err(MailboxProofError::BadProof(_))));
    }
    let mut tx = stage.database.begin().await.unwrap();
    let gone = members::STORAGE.delete_expired(&mut tx, stage.clock.now(), 100).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(gone, 2, "S-RATE-7: the sign-up and its token");
}

#[tokio::test]
async fn s_mail_5_a_newer_mail_cancels_the_older_one() {
    for stage in Stage::both().await {
        stage.sign_up(HONG, PASSWORD).await.unwrap();
        stage.members.sign_ups.resend_proof(email(HONG).into(), &context("203.0.113.9")).await.unwrap();
        stage.quiet().await;
        let mails = stage.mails(HONG).await;
        let prove = async |n: usize| {
            stage.members.mailbox_proofs.prove_mailbox(&mails[n].token(), None, &context("203.0.113.9")).await
        };
        assert!(matches!(prove(0).await, Err(MailboxProofError::BadProof(_))));
        assert!(prove(1).await.is_ok());
        assert!(matches!(prove(1).await, Err(MailboxProofError::BadProof(_))), "S-MAIL-2: once");
    }
}

#[tokio::test]
async fn the_code_works_on_another_device_and_five_wrong_ones_end_it_but_not_the_link() {
    for stage in Stage::both().await {
        stage.sign_up(HONG, PASSWORD).await.unwrap();
        stage.sign_up("shim@example.com", PASSWORD).await.unwrap();
        let prove = async |proof| {
            stage.members.mailbox_proofs.prove_mailbox(&proof, None, &context("203.0.113.9")).await
        };
        let shim = stage.newest_mail("shim@example.com").await;
        assert!(prove(shim.wrong_code()).await.is_err());
        assert!(prove(shim.code()).await.is_ok());
        let hong = stage.newest_mail(HONG).await;
        for _ in 0..5 {
            assert!(matches!(prove(hong.wrong_code()).await, Err(MailboxProofError::BadProof(_))));
        }
        assert!(matches!(prove(hong.code()).await, Err(MailboxProofError::BadProof(_))), "too many tries");
        assert!(prove(hong.token()).await.is_ok(), "strangers cannot spoil the link");
        assert_eq!(stage.audited("mailbox_proof", "failure").await, 7);
    }
}

#[tokio::test]
async fn s_mail_4_a_proof_is_good_for_its_purpose_alone() {
    let stage = Stage::sqlite().await;
    stage.member(HONG).await;
    stage.ask_reset(HONG).await;
    let reset = stage.newest_mail(HONG).await;
    let nobody = context("203.0.113.9");
    assert!(matches!(
        stage.members.mailbox_proofs.prove_mailbox(&reset.token(), None, &nobody).await,
        Err(MailboxProofError::BadProof(_))
    ));
    assert!(matches!(
        stage.members.address_changes.prove_new_address(&reset.code(), &nobody).await,
        Err(AddressProofError::BadProof(_))
    ));
    stage.sign_up("shim@example.com", PASSWORD).await.unwrap();
    let proof = stage.newest_mail("shim@example.com").await;
    let result = stage.members.password_resets.reset(&proof.token(), password(OTHER_PASSWORD), &nobody).await;
    assert!(matches!(result, Err(ResetError::BadProof(_))));
}

#[tokio::test]
async fn s_acc_7_a_taken_address_is_said_or_told_by_mail_as_the_setting_has_it() {
    let stage = Stage::sqlite().await;
    stage.member(HONG).await;
    assert!(matches!(stage.sign_up(HONG, OTHER_PASSWORD).await, Err(SignUpError::Taken(_))));
    assert!(!stage.can_sign_in(HONG, OTHER_PASSWORD).await && stage.can_sign_in(HONG, PASSWORD).await);

    let stage = Stage::discreet().await;
    stage.sign_up(HONG, PASSWORD).await.unwrap();
    stage.quiet().await;
    let mail = stage.newest_mail(HONG).await;
    stage.members.mailbox_proofs.prove_mailbox(&mail.token(), None, &context("203.0.113.9")).await.unwrap();
    stage.sign_up(HONG, OTHER_PASSWORD).await.unwrap();
    stage.quiet().await;
    assert_eq!(stage.kinds(HONG).await, ["prove-mailbox", "sign-up-on-taken-address"]);
    assert!(!stage.can_sign_in(HONG, OTHER_PASSWORD).await && stage.can_sign_in(HONG, PASSWORD).await);
}

#[tokio::test]
async fn s_acc_3_a_leaked_password_is_refused_and_no_sign_up_waits() {
    let stage = Stage::sqlite().await;
    // One that the lists know, one that only the estimate knows, and one of a word that everybody tries.
    let estimated = "12".repeat(20);
    for leaked in ["qwertyuiop", &*estimated, "password1234"] {
        let refused = stage.sign_up(HONG, leaked).await;
        assert!(
            matches!(refused, Err(SignUpError::Password(NewPasswordError::Password(PasswordError::Leaked)))),
            "{leaked}: {refused:?}"
        );
    }
    assert_eq!(stage.count("SELECT COUNT(*) FROM pending_sign_ups").await, 0);
    assert_eq!(stage.mails(HONG).await.len(), 0);
}

#[tokio::test]
async fn s_rate_2_twenty_sign_ups_for_one_address_send_five_mails() {
    let stage = Stage::sqlite().await;
    for _ in 0..20 {
        stage.sign_up(HONG, PASSWORD).await.unwrap();
    }
    let mails = stage.mails(HONG).await;
    assert_eq!(mails.len(), 5);
    let newest = mails.last().unwrap().token();
    assert!(stage.members.mailbox_proofs.prove_mailbox(&newest, None, &context("203.0.113.9")).await.is_ok());
}

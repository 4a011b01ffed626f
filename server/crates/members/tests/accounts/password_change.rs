use std::time::Duration;

use members::{
    AddressChangeError, Caller, CurrentPasswordError, FirstPasswordError, NewPasswordError,
    PasswordChangeError, PasswordError, Renewal,
};
use names::ProviderName;
use providers::{ProviderIdentity, Subject};
use web::reason::InputError;

use crate::people::{context, email, password};
use crate::stage::{HONG, OTHER_PASSWORD, PASSWORD, Stage};

#[tokio::test]
async fn s_acc_10_a_change_needs_the_present_password_ends_sessions_and_is_told() {
    for stage in Stage::both().await {
        let member = stage.member(HONG).await;
        stage.session(member.id, 1).await;
        let here = context("203.0.113.9");
        let check = async |current, new| {
            stage
                .members
                .password_changes
                .check_password_change(member.id, password(current), password(new), &here)
                .await
        };
        assert!(matches!(
            check(OTHER_PASSWORD, OTHER_PASSWORD).await,
            Err(PasswordChangeError::Current(CurrentPasswordError::WrongPassword(_)))
        ));
        let short = check(PASSWORD, "short").await;
        assert!(matches!(
            short,
            Err(PasswordChangeError::Password(NewPasswordError::Password(PasswordError::Length { .. })))
        ));
        let (one, two) =
            (check(PASSWORD, OTHER_PASSWORD).await.unwrap(), check(PASSWORD, OTHER_PASSWORD).await.unwrap());
        let mut tx = stage.database.begin().await.unwrap();
        stage
            .members
            .password_changes
            .change_password(&mut tx, &one, Renewal::nobody(), &here)
            .await
            .unwrap();
        tx.commit().await.unwrap();
        let mut tx = stage.database.begin().await.unwrap();
        let second =
            stage.members.password_changes.change_password(&mut tx, &two, Renewal::nobody(), &here).await;
        assert!(matches!(second, Err(PasswordChangeError::ChangedMeanwhile(_))));
        drop(tx);
        assert_eq!(stage.count("SELECT COUNT(*) FROM sessions").await, 0);
        assert_eq!(stage.kinds(HONG).await, ["prove-mailbox", "password-changed"]);
        assert!(stage.can_sign_in(HONG, OTHER_PASSWORD).await && !stage.can_sign_in(HONG, PASSWORD).await);
        assert_eq!(stage.audited("password_change", "success").await, 1);
        assert_eq!(stage.audited("password_change", "failure").await, 1);
    }
}

#[tokio::test]
async fn s_acc_14_a_first_password_needs_a_fresh_caller_and_an_address_that_is_theirs() {
    for stage in Stage::both().await {
        let identity = ProviderIdentity {
            provider: ProviderName::Kakao,
            subject: Subject::parse("1234").unwrap(),
            email: kernel::email_address::read(HONG),
            email_verified: true,
            nickname: None,
            picture: None,
            grant: None,
        };
        let here = context("203.0.113.9");
        let mut tx = stage.database.begin().await.unwrap();
        // A stranger waits for the address, and then Kakao says that it is the member's.
        let before = ProviderIdentity { email: None, email_verified: false, ..identity.clone() };
        let signed_in =
            stage.members.provider_sign_in.sign_in_by_provider(&mut tx, &before, &here).await.unwrap();
        tx.commit().await.unwrap();
        stage.sign_up(HONG, OTHER_PASSWORD).await.unwrap();
        stage.sign_in_by_provider(&identity).await.unwrap();
        let caller = stage.caller(signed_in.member.id);
        let fresh = stage.fresh(signed_in.member.id);
        let check = async |address| {
            stage
                .members
                .first_passwords
                .check_first_password(&fresh, email(address), password(PASSWORD), &here)
                .await
        };
        assert!(!stage.is_fresh(Caller { authenticated_at: None, ..caller.clone() }), "as with a token");
        assert!(matches!(
            check("other@example.com").await,
            Err(FirstPasswordError::Input(InputError::Fields(_)))
        ));
        let first = check(HONG).await.unwrap();
        let mut tx = stage.database.begin().await.unwrap();
        stage
            .members
            .first_passwords
            .set_first_password(&mut tx, &first, Renewal::nobody(), &here)
            .await
            .unwrap();
        tx.commit().await.unwrap();
        assert!(stage.can_sign_in(HONG, PASSWORD).await);
        assert_eq!(stage.count("SELECT COUNT(*) FROM pending_sign_ups").await, 0, "the stranger's is gone");
        assert!(matches!(check(HONG).await, Err(FirstPasswordError::HasPassword(_))));
        stage.clock.advance(Duration::from_mins(11));
        assert!(!stage.is_fresh(caller));
    }
}

/// Each guess comes when no limit of tries holds it back any more.
#[tokio::test]
async fn s_rate_1_a_hundred_wrong_passwords_of_who_is_signed_in_end_the_guessing() {
    for stage in Stage::both().await {
        let member = stage.member(HONG).await;
        let here = context("203.0.113.9");
        let (changes, addresses) = (&stage.members.password_changes, &stage.members.address_changes);
        let change = async |current| {
            stage.clock.advance(Duration::from_mins(2));
            changes.check_password_change(member.id, password(current), password(OTHER_PASSWORD), &here).await
        };
        let guess = async |times: usize| {
            for n in 0..times {
                let wrong = change("a guess that is not it at all").await;
                let told = matches!(
                    wrong,
                    Err(PasswordChangeError::Current(CurrentPasswordError::WrongPassword(_)))
                );
                assert!(told, "{n}");
            }
        };
        guess(99).await;
        assert!(change(PASSWORD).await.is_ok(), "a right one forgets them");
        guess(99).await;
        let (guessed, evil) = (password("another guess that is not it"), email("thief@example.com"));
        let wrong = addresses.request_address_change(member.id, guessed, &evil, &here).await;
        assert!(
            matches!(wrong, Err(AddressChangeError::Current(CurrentPasswordError::WrongPassword(_)))),
            "the hundredth, whatever it is asked for: {wrong:?}"
        );
        assert!(matches!(
            change(PASSWORD).await,
            Err(PasswordChangeError::Current(CurrentPasswordError::NoPassword(_)))
        ));
        let ended = addresses.request_address_change(member.id, password(PASSWORD), &evil, &here).await;
        assert!(matches!(ended, Err(AddressChangeError::Current(CurrentPasswordError::NoPassword(_)))));
        assert!(stage.can_sign_in(HONG, PASSWORD).await, "it is the owner's still");
        assert_eq!(stage.audited("password_change", "failure").await, 198);

        stage.ask_reset(HONG).await;
        let proof = stage.newest_mail(HONG).await.token();
        stage.members.password_resets.reset(&proof, password(OTHER_PASSWORD), &here).await.unwrap();
        assert!(change(OTHER_PASSWORD).await.is_ok());
    }
}

/// They are told apart from those of strangers, who keep nobody from their own pages.
#[tokio::test]
async fn s_rate_1_wrong_passwords_of_strangers_keep_no_member_from_a_change() {
    for stage in Stage::both().await {
        let member = stage.member(HONG).await;
        for _ in 0..100 {
            stage.clock.advance(Duration::from_mins(2));
            assert!(!stage.can_sign_in(HONG, OTHER_PASSWORD).await);
        }
        stage.clock.advance(Duration::from_mins(2));
        assert!(!stage.can_sign_in(HONG, PASSWORD).await);
        let (current, new) = (password(PASSWORD), password(OTHER_PASSWORD));
        let here = context("203.0.113.9");
        let change = stage.members.password_changes.check_password_change(member.id, current, new, &here);
        assert!(change.await.is_ok());
    }
}

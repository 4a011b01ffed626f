use std::time::Duration;

use members::{NewPasswordError, PasswordError, Renewal, ResetError};

use crate::people::{context, email, identity, password};
use crate::stage::{HONG, OTHER_PASSWORD, PASSWORD, Stage};

#[tokio::test]
async fn s_mail_10_a_reset_ends_everything_tells_the_owner_and_signs_nobody_in() {
    for stage in Stage::both().await {
        let member = stage.member(HONG).await;
        stage.session(member.id, 1).await;
        stage.ask_reset(HONG).await;
        let mail = stage.newest_mail(HONG).await;
        let here = context("203.0.113.9");
        stage.members.password_resets.reset(&mail.code(), password(OTHER_PASSWORD), &here).await.unwrap();
        assert_eq!(stage.count("SELECT COUNT(*) FROM sessions").await, 0);
        assert_eq!(stage.kinds(HONG).await, ["prove-mailbox", "reset-password", "password-changed"]);
        assert!(stage.can_sign_in(HONG, OTHER_PASSWORD).await && !stage.can_sign_in(HONG, PASSWORD).await);
        assert_eq!(stage.audited("password_reset_request", "success").await, 1);
        assert_eq!(stage.audited("password_reset", "success").await, 1);
    }
}

#[tokio::test]
async fn s_mail_12_the_event_of_a_reset_tells_no_secret() {
    let stage = Stage::sqlite().await;
    let member = stage.member(HONG).await;
    stage.ask_reset(HONG).await;
    let (mail, dump) = (stage.newest_mail(HONG).await, stage.dump().await);
    let told: Vec<_> = dump.lines().filter(|line| line.contains("\"PASSWORD_RESET\"")).collect();
    assert_eq!(told.len(), 1);
    assert!(told[0].contains(&member.id.to_string()) && told[0].contains("requestedAt"));
    assert!(!dump.contains(&mail.token) && !told[0].contains(&mail.code));
}

#[tokio::test]
async fn s_mail_3_a_reset_lives_half_an_hour() {
    let stage = Stage::sqlite().await;
    stage.member(HONG).await;
    stage.ask_reset(HONG).await;
    let mail = stage.newest_mail(HONG).await;
    stage.clock.advance(Duration::from_mins(31));
    for proof in [mail.token(), mail.code()] {
        let late = stage
            .members
            .password_resets
            .reset(&proof, password(OTHER_PASSWORD), &context("203.0.113.9"))
            .await;
        assert!(matches!(late, Err(ResetError::BadProof(_))));
    }
    assert_eq!(stage.audited("password_reset", "failure").await, 2);
}

#[tokio::test]
async fn s_mail_5_a_newer_reset_and_a_change_of_the_password_cancel_the_older() {
    let stage = Stage::sqlite().await;
    let member = stage.member(HONG).await;
    let here = context("203.0.113.9");
    let reset = async |mail: &crate::mails::Mail, secret| {
        stage.members.password_resets.reset(&mail.token(), password(secret), &here).await
    };
    stage.ask_reset(HONG).await;
    let first = stage.newest_mail(HONG).await;
    stage.ask_reset(HONG).await;
    let second = stage.newest_mail(HONG).await;
    assert!(matches!(reset(&first, OTHER_PASSWORD).await, Err(ResetError::BadProof(_))));
    let change = stage
        .members
        .password_changes
        .check_password_change(member.id, password(PASSWORD), password(OTHER_PASSWORD), &here)
        .await
        .unwrap();
    let mut tx = stage.database.begin().await.unwrap();
    stage.members.password_changes.change_password(&mut tx, &change, Renewal::nobody(), &here).await.unwrap();
    tx.commit().await.unwrap();
    assert!(matches!(reset(&second, PASSWORD).await, Err(ResetError::BadProof(_))));
}

#[tokio::test]
async fn a_password_that_is_not_taken_does_not_cost_the_mail() {
    let stage = Stage::sqlite().await;
    stage.member(HONG).await;
    stage.ask_reset(HONG).await;
    let mail = stage.newest_mail(HONG).await;
    let here = context("203.0.113.9");
    let short = stage.members.password_resets.reset(&mail.token(), password("short"), &here).await;
    assert!(matches!(
        short,
        Err(ResetError::Password(NewPasswordError::Password(PasswordError::Length { .. })))
    ));
    assert!(
        stage.members.password_resets.reset(&mail.token(), password(OTHER_PASSWORD), &here).await.is_ok()
    );
    let again = stage.members.password_resets.reset(&mail.token(), password(PASSWORD), &here).await;
    assert!(matches!(again, Err(ResetError::BadProof(_))), "S-MAIL-2");
}

#[tokio::test]
async fn who_gets_which_mail_when_a_reset_is_asked_for() {
    for stage in Stage::both().await {
        stage.member(HONG).await;
        stage.run("UPDATE members SET status = 'disabled' WHERE email = ?", HONG).await;
        stage.ask_reset(HONG).await;
        assert_eq!(stage.kinds(HONG).await, ["prove-mailbox"], "S-ACC-15: none for the disabled");
        stage.ask_reset("nobody@example.com").await;
        assert_eq!(stage.kinds("nobody@example.com").await, [""; 0]);
        stage.sign_up("waiting@example.com", PASSWORD).await.unwrap();
        stage.ask_reset("waiting@example.com").await;
        assert_eq!(stage.kinds("waiting@example.com").await, ["prove-mailbox"]);

        for (address, verified) in [("yes@example.com", true), ("no@example.com", false)] {
            let identity = providers::ProviderIdentity {
                provider: names::ProviderName::Google,
                subject: providers::Subject::parse(address).unwrap(),
                email: kernel::email_address::read(&address.to_uppercase()),
                email_verified: verified,
                nickname: None,
                picture: None,
                grant: None,
            };
            let mut tx = stage.database.begin().await.unwrap();
            stage
                .members
                .provider_sign_in
                .sign_in_by_provider(&mut tx, &identity, &context("203.0.113.9"))
                .await
                .unwrap();
            tx.commit().await.unwrap();
            stage.ask_reset(address).await;
        }
        assert_eq!(stage.kinds("yes@example.com").await, ["reset-without-password"]);
        assert_eq!(stage.kinds("no@example.com").await, [""; 0], "nobody vouches for it");
        assert_eq!(
            stage.audited("password_reset_request", "success").await,
            5,
            "S-MAIL-9: each is written down"
        );
    }
}

#[tokio::test]
async fn s_rate_2_twenty_requests_send_up_to_the_limit() {
    let stage = Stage::sqlite().await;
    stage.member(HONG).await;
    for _ in 0..20 {
        stage.ask_reset(HONG).await;
    }
    assert_eq!(resets(&stage).await, 5);
}

async fn resets(stage: &Stage) -> usize {
    stage.kinds(HONG).await.iter().filter(|kind| *kind == "reset-password").count()
}

async fn ask_from(stage: &Stage, network: &str) {
    stage.members.password_resets.request_reset(email(HONG).into(), &context(network)).await.unwrap();
    stage.quiet().await;
}

#[tokio::test]
async fn s_rate_2_what_strangers_cause_takes_nothing_from_the_owners_reset() {
    for stage in Stage::both().await {
        stage.member(HONG).await;
        let stranger = stage.member("stranger@example.com").await;
        let here = context("203.0.113.9");
        for _ in 0..9 {
            let current = password(PASSWORD);
            stage
                .members
                .address_changes
                .request_address_change(stranger.id, current, &email(HONG), &here)
                .await
                .unwrap();
        }
        assert_eq!(
            stage.kinds(HONG).await.iter().filter(|kind| *kind == "sign-up-on-taken-address").count(),
            5
        );
        // Their own request for the owner's reset, and from the network of the owner, too.
        for _ in 0..12 {
            ask_from(&stage, "192.0.2.1").await;
        }
        let before = resets(&stage).await;
        ask_from(&stage, "203.0.113.9").await;
        assert_eq!((before, resets(&stage).await), (5, 6));
        let mail = stage.newest_mail(HONG).await;
        stage.members.password_resets.reset(&mail.token(), password(OTHER_PASSWORD), &here).await.unwrap();
        assert!(stage.can_sign_in(HONG, OTHER_PASSWORD).await);
    }
}

#[tokio::test]
async fn s_rate_2_whoever_asks_from_everywhere_leaves_the_owner_a_good_mail_at_any_time() {
    for stage in Stage::both().await {
        stage.member(HONG).await;
        for minute in 0..45 {
            for n in 0..2 {
                ask_from(&stage, &format!("10.{minute}.{n}.1")).await;
            }
            // The owner asks, and whatever came of it, the newest mail is valid.
            ask_from(&stage, "198.51.100.7").await;
            if minute % 9 == 0 {
                let proof = stage.newest_mail(HONG).await.token();
                let short = stage
                    .members
                    .password_resets
                    .reset(&proof, password("short"), &context("198.51.100.7"))
                    .await;
                assert!(
                    matches!(short, Err(ResetError::Password(_))),
                    "{minute}: the proof was good: {short:?}"
                );
            }
            stage.clock.advance(Duration::from_mins(1));
        }
        let mails = resets(&stage).await;
        assert!((15..=24).contains(&mails), "{mails} in three quarters of an hour");
    }
}

#[tokio::test]
async fn who_has_a_password_for_another_address_is_not_told_that_there_is_none() {
    for stage in Stage::both().await {
        let member = stage.member(HONG).await;
        let google = identity(names::ProviderName::Google, "77", Some(("hong@gmail.com", true)));
        stage.link(member.id, &google).await.unwrap();
        stage.ask_reset("hong@gmail.com").await;
        assert_eq!(stage.kinds("hong@gmail.com").await, ["reset-at-another-address"]);
    }
}

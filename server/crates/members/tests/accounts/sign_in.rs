use kernel::HashingCost;
use members::{AccountSettings, HashingSettings, Limited, PasswordSignInError, Renewal};
use testkit::TestDatabase;
use web::reason::TooMany;

use crate::people::{context, password};
use crate::stage::{HONG, OTHER_PASSWORD, PASSWORD, Stage};

#[tokio::test]
async fn s_acc_6_whoever_is_not_let_in_gets_one_answer() {
    for stage in Stage::both().await {
        stage.member(HONG).await;
        stage.sign_up("waiting@example.com", PASSWORD).await.unwrap();
        stage.member("out@example.com").await;
        stage.run("UPDATE members SET status = 'disabled' WHERE email = ?", "out@example.com").await;
        for (address, secret) in [
            ("nobody@example.com", PASSWORD),
            (HONG, OTHER_PASSWORD),
            ("waiting@example.com", PASSWORD),
            ("out@example.com", PASSWORD),
            ("no address", PASSWORD),
            (HONG, ""),
        ] {
            let result =
                stage.members.password_sign_in.authenticate(address, secret, &context("203.0.113.9")).await;
            assert!(matches!(result, Err(PasswordSignInError::BadCredentials(_))), "{address}");
        }
        assert!(stage.can_sign_in(" HONG@example.com", PASSWORD).await, "S-ACC-12");
        assert_eq!(stage.audited("sign_in", "failure").await, 4);
        assert!(stage.dump().await.contains(r#""loginMethod":"EMAIL""#));
    }
}

#[tokio::test]
async fn s_acc_1_only_the_exact_password_opens() {
    let stage = Stage::sqlite().await;
    stage.member(HONG).await;
    let upper = PASSWORD.to_uppercase() + " ";
    for wrong in [&PASSWORD[..PASSWORD.len() - 3], &format!(" {PASSWORD}"), &upper] {
        assert!(!stage.can_sign_in(HONG, wrong).await);
    }
    let apart: String = unicode_normalization::UnicodeNormalization::nfd(PASSWORD).collect();
    assert_ne!(apart, PASSWORD);
    assert!(stage.can_sign_in(HONG, &apart).await, "the same syllables from another keyboard");
}

#[tokio::test]
async fn s_rate_1_the_hundred_and_first_guess_is_never_looked_at_and_a_reset_helps() {
    for stage in Stage::both().await {
        stage.member(HONG).await;
        stage.run("UPDATE local_accounts SET failures = 99 WHERE email = ?", HONG).await;
        assert!(!stage.can_sign_in(HONG, OTHER_PASSWORD).await);
        assert!(!stage.can_sign_in(HONG, PASSWORD).await, "the right one is not looked at either");
        assert_eq!(stage.count("SELECT failures FROM local_accounts").await, 100);
        stage.ask_reset(HONG).await;
        let mail = stage.newest_mail(HONG).await;
        stage
            .members
            .password_resets
            .reset(&mail.token(), password(OTHER_PASSWORD), &context("203.0.113.9"))
            .await
            .unwrap();
        assert!(stage.can_sign_in(HONG, OTHER_PASSWORD).await);
        assert_eq!(stage.count("SELECT failures FROM local_accounts").await, 0);
    }
}

#[tokio::test]
async fn s_rate_1_a_stranger_slows_themselves_down_and_not_the_owner() {
    let stage = Stage::sqlite().await;
    stage.member(HONG).await;
    let stranger = context("198.51.100.7");
    let mut last = None;
    for _ in 0..11 {
        last = Some(stage.members.password_sign_in.authenticate(HONG, OTHER_PASSWORD, &stranger).await);
    }
    assert!(
        matches!(last, Some(Err(PasswordSignInError::Limited(Limited::TooMany(TooMany(exceeded))))) if exceeded.retry_after.as_secs() == 30)
    );
    assert!(stage.can_sign_in(HONG, PASSWORD).await, "from elsewhere");
}

#[tokio::test]
async fn s_acc_4_an_outgrown_hash_is_made_anew_at_the_next_sign_in() {
    let settings = AccountSettings {
        hashing: HashingSettings { cost: HashingCost::new(0, 3), ..HashingSettings::default() },
        ..AccountSettings::default()
    };
    let stage = Stage::on(TestDatabase::sqlite().await, settings).await;
    stage.member(HONG).await;
    // The same password at the least cost.
    let before = Stage::at_real_cost().await;
    before.member(HONG).await;
    let dump = before.dump().await;
    let old = dump.split('|').find(|column| column.starts_with("$argon2id$")).unwrap();
    stage.run("UPDATE local_accounts SET password_hash = ?", old).await;
    assert!(stage.can_sign_in(HONG, PASSWORD).await);
    let strong = "SELECT COUNT(*) FROM local_accounts WHERE password_hash LIKE '%m=19456,t=3,p=1%'";
    assert_eq!(stage.count(strong).await, 1);
    assert!(stage.can_sign_in(HONG, PASSWORD).await);
}

#[tokio::test]
async fn a_password_that_changes_between_comparison_and_entrance_lets_nobody_in() {
    for stage in Stage::both().await {
        let member = stage.member(HONG).await;
        let here = context("203.0.113.9");
        let compared = stage.members.password_sign_in.authenticate(HONG, PASSWORD, &here).await.unwrap();
        let change = stage
            .members
            .password_changes
            .check_password_change(member.id, password(PASSWORD), password(OTHER_PASSWORD), &here)
            .await
            .unwrap();
        let mut tx = stage.database.begin().await.unwrap();
        stage
            .members
            .password_changes
            .change_password(&mut tx, &change, Renewal::nobody(), &here)
            .await
            .unwrap();
        tx.commit().await.unwrap();
        let mut tx = stage.database.begin().await.unwrap();
        let late = stage.members.password_sign_in.sign_in_by_password(&mut tx, &compared, &here).await;
        assert!(matches!(late, Err(PasswordSignInError::BadCredentials(_))));
    }
}

#[tokio::test]
async fn s_acc_15_whoever_is_disabled_between_comparison_and_entrance_stays_out() {
    let stage = Stage::sqlite().await;
    stage.member(HONG).await;
    let here = context("203.0.113.9");
    let compared = stage.members.password_sign_in.authenticate(HONG, PASSWORD, &here).await.unwrap();
    stage.run("UPDATE members SET status = 'disabled' WHERE email = ?", HONG).await;
    let mut tx = stage.database.begin().await.unwrap();
    let late = stage.members.password_sign_in.sign_in_by_password(&mut tx, &compared, &here).await;
    assert!(matches!(late, Err(PasswordSignInError::BadCredentials(_))));
}

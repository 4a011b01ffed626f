//! A member who has no password, such as one who signed up by a passkey, adds an address, proves it, and may set a password then.

use std::time::Duration;

use futures::future::join;
use serde_json::{Value, json};
use testkit::{Answer, Browser};

use crate::accounts::{PASSWORD, mail, post, sign_up, token};
use crate::app::App;
use crate::authenticator::Careful;
use crate::factor_reset::number;
use crate::passkey_actor::{add, code, list, member, remove, sign_in};
use crate::passkey_sign_up::{Nameless, ON, become_one, recover};

const ADD: &str = "/api/users/me/email/add";
const FIRST: &str = "/api/users/me/password/first";
const MINE: &str = "mine@example.com";
const PAGE: &str = "/email/change";

async fn asks(browser: &Browser, email: &str) -> Answer {
    browser.call(ADD, &json!({ "email": email })).await
}

/// Asks, and gives what came by mail.
async fn asked(app: &App, browser: &Browser, email: &str) -> String {
    let answer = asks(browser, email).await;
    assert_eq!(answer.status, 202, "{}", answer.body);
    token(&mail(app, email, PAGE).await)
}

async fn proves(app: &App, proof: &str) -> u16 {
    post(app, "/api/users/email/prove", json!({ "token": proof })).await.status
}

async fn has_address(app: &App, browser: &Browser, email: &str) {
    let proof = asked(app, browser, email).await;
    assert_eq!(proves(app, &proof).await, 200);
}

async fn mails(app: &App, to: &str) -> Vec<Value> {
    app.settled().await;
    let path = format!("/dev/mail?to={}", to.replace('@', "%40"));
    app.browser().fetch(&path).await.json().as_array().unwrap().clone()
}

async fn log_in(app: &App, email: &str) -> u16 {
    post(app, "/auth/login", json!({ "email": email, "password": PASSWORD })).await.status
}

async fn resets(app: &App, email: &str, more: &[(&str, &str)]) -> u16 {
    app.browser().submit("/api/users/password/forgot", &[("email", email)]).await;
    let proof = token(&mail(app, email, "/password/reset").await);
    let mut form = json!({ "token": proof, "password": PASSWORD });
    for (name, value) in more {
        form[*name] = json!(value);
    }
    post(app, "/api/users/password/reset", form).await.status
}

#[tokio::test]
async fn s_acc_11_a_member_without_an_address_proves_one_and_then_sets_a_password() {
    for app in App::both_configured(ON).await {
        let Nameless { browser, mut key, account, recovery } = become_one(&app).await;
        let proof = asked(&app, &browser, MINE).await;
        // Before its proof it is nothing.
        assert_eq!(browser.fetch("/api/auth/session").await.json()["user"]["email"], Value::Null);
        app.browser().submit("/api/users/password/forgot", &[("email", MINE)]).await;
        // Passkeys of one millisecond are in no order.
        app.advance(Duration::from_secs(1));
        add(&browser).await;
        assert_eq!(mails(&app, MINE).await.len(), 1, "neither a reset nor a notice goes there");
        let early = browser.call(FIRST, &json!({ "email": MINE, "password": PASSWORD })).await;
        assert_eq!(code(&early), (400, "VALIDATION_FAILED".to_owned()), "{}", early.body);
        assert_eq!(proves(&app, &proof).await, 200);
        // Sessions know of it within half a minute.
        app.advance(Duration::from_secs(31));
        let session = browser.fetch("/api/auth/session").await.json();
        assert_eq!(session["user"]["email"], MINE);
        assert_eq!(proves(&app, &proof).await, 400, "it was spent");

        // It is an address, and no sign-in method by itself.
        assert_eq!(log_in(&app, MINE).await, 401);
        let own = browser.fetch("/api/users/me/identities").await.json();
        assert!(!own.to_string().contains("\"password\""), "{own}");
        let [first, second] = &list(&browser).await[..] else { panic!("two passkeys") };
        assert_eq!(remove(&browser, &second["id"]).await.status, 200);
        assert_eq!(code(&remove(&browser, &first["id"]).await), (409, "LAST_WAY_IN".to_owned()));
        let told = mails(&app, MINE).await;
        let removed = "로그인 방법이 해제되었습니다";
        assert!(told.iter().any(|mail| mail["subject"] == removed), "{told:?}");
        let page = browser.open("/me/security").await.body;
        assert!(page.contains("id=\"account-code\""), "it is good, so it is shown: {page}");
        let codes = app.browser();
        assert!(recover(&codes, &account, &recovery[0]).await.location().starts_with("/me/security?"));

        // And a password, for this address alone.
        let wrong = browser.call(FIRST, &json!({ "email": "other@example.com", "password": PASSWORD })).await;
        assert_eq!(wrong.status, 400, "{}", wrong.body);
        let set = browser.submit(FIRST, &[("email", MINE), ("password", PASSWORD)]).await;
        assert_eq!(set.location(), "/me/security?notice=password_set");
        assert_eq!(log_in(&app, MINE).await, 200);
        assert_eq!(sign_in(&app.browser(), &mut key).await.status, 200);
        assert_eq!(code(&asks(&browser, "next@example.com").await), (409, "PASSWORD_SET".to_owned()));
        app.stop().await;
    }
}

#[tokio::test]
async fn s_acc_14_an_address_is_added_after_a_proof_that_is_fresh_and_strong() {
    for app in App::both_configured(ON).await {
        let Nameless { browser, mut key, .. } = become_one(&app).await;
        app.advance(Duration::from_mins(11));
        assert_eq!(code(&asks(&browser, MINE).await), (403, "FRESH_SIGN_IN_NEEDED".to_owned()));
        let led = browser.submit(ADD, &[("email", MINE)]).await;
        assert_eq!(led.location(), "/oauth/prove?return_to=%2Fme%2Fsecurity");
        assert_eq!(sign_in(&browser, &mut key).await.status, 200);
        let led = browser.submit(ADD, &[("email", MINE)]).await;
        assert!(led.location().starts_with("/email/change?sent=1"), "{}", led.location());
        // Who has a passkey and came by the provider shows it first.
        let (weak, mut key) = member(&app, "naver", "minji").await;
        assert_eq!(code(&asks(&weak, "minji@example.com").await), (403, "FRESH_SIGN_IN_NEEDED".to_owned()));
        assert_eq!(sign_in(&weak, &mut key).await.status, 200);
        has_address(&app, &weak, "minji@example.com").await;
        assert_eq!(asks(&app.browser(), MINE).await.status, 401, "nobody");
        app.stop().await;
    }
}

/// A member who waits for an address takes it from nobody, and learns nothing about it.
#[tokio::test]
async fn s_up_11_an_address_of_somebody_else_tells_nothing_and_is_not_taken() {
    for app in App::both_configured(ON).await {
        sign_up(&app).await;
        let Nameless { browser, .. } = become_one(&app).await;
        let (taken, free) =
            (asks(&browser, crate::accounts::EMAIL).await, asks(&browser, "free@example.com").await);
        assert_eq!((taken.status, &taken.body), (free.status, &free.body), "alike");
        let told = mails(&app, crate::accounts::EMAIL).await;
        assert!(!told.iter().any(|mail| mail["links"].to_string().contains(PAGE)), "{told:?}");
        assert!(told.len() >= 2, "its owner is told: {told:?}");

        // Who waits for it does not block its owner, whose proof makes what waits worthless.
        let waits = asked(&app, &browser, "later@example.com").await;
        let wish = json!({ "email": "later@example.com", "password": PASSWORD, "nickname": "바다" });
        assert_eq!(post(&app, "/api/users/signup", wish).await.status, 201);
        let theirs = token(&mail(&app, "later@example.com", "/email/verify").await);
        assert_eq!(post(&app, "/api/users/signup/prove", json!({ "token": theirs })).await.status, 200);
        assert_eq!(proves(&app, &waits).await, 400);
        assert_eq!(browser.fetch("/api/auth/session").await.json()["user"]["email"], Value::Null);

        // What somebody prepared for it is discarded by who proves it.
        let wish = json!({ "email": MINE, "password": "남이 정한 길고 이상한 비밀번호", "nickname": "남" });
        assert_eq!(post(&app, "/api/users/signup", wish).await.status, 201);
        let prepared = token(&mail(&app, MINE, "/email/verify").await);
        has_address(&app, &browser, MINE).await;
        assert_eq!(post(&app, "/api/users/signup/prove", json!({ "token": prepared })).await.status, 400);
        // From now on it is a member's, for everybody.
        let again = json!({ "email": MINE, "password": PASSWORD, "nickname": "남" });
        assert_eq!(post(&app, "/api/users/signup", again).await.status, 409);
        app.stop().await;
    }
}

#[tokio::test]
async fn s_up_11_of_two_who_prove_one_address_at_once_one_has_it() {
    for app in App::both_configured(ON).await {
        let (one, other) = (become_one(&app).await, become_one(&app).await);
        let first = asked(&app, &one.browser, MINE).await;
        let second = asked(&app, &other.browser, MINE).await;
        let (first, second) = join(proves(&app, &first), proves(&app, &second)).await;
        assert_eq!([first, second].iter().filter(|status| **status == 200).count(), 1, "{first} {second}");
        assert_eq!(number(&app, "SELECT COUNT(*) FROM local_accounts").await, 1);
        app.stop().await;
    }
}

/// The mailbox of before hears of it, and so does the next one; a reset of factors would go to either.
#[tokio::test]
async fn s_acc_11_another_address_without_a_password_is_told_to_the_one_before() {
    for app in App::both_configured(ON).await {
        let Nameless { browser, .. } = become_one(&app).await;
        has_address(&app, &browser, MINE).await;
        has_address(&app, &browser, "next@example.com").await;
        let told = mails(&app, MINE).await;
        assert!(told.iter().any(|mail| mail["subject"] == "이메일 주소가 바뀌었습니다"), "{told:?}");
        let export = browser.fetch("/api/users/me/export").await.json();
        assert_eq!(export["data"]["former_mailboxes"].as_array().unwrap().len(), 1, "{export}");
        assert_eq!(
            export["data"]["password"],
            json!({ "email": "next@example.com", "changed_at": null, "last_used_at": null })
        );
        app.stop().await;
    }
}

/// The mailbox lets its owner in who has lost the passkey: by a new password, and no passkey of before stays without a second proof.
#[tokio::test]
async fn s_up_11_a_reset_by_mail_takes_passkeys_unless_a_recovery_code_is_shown() {
    for app in App::both_configured(ON).await {
        let mut lost = become_one(&app).await;
        has_address(&app, &lost.browser, MINE).await;
        assert_eq!(resets(&app, MINE, &[]).await, 200);
        assert_eq!(log_in(&app, MINE).await, 200);
        let refused = sign_in(&app.browser(), &mut lost.key).await;
        assert_eq!(code(&refused), (401, "PASSKEY_UNKNOWN".to_owned()));

        let mut keeps = become_one(&app).await;
        has_address(&app, &keeps.browser, "keeps@example.com").await;
        let shown = [("second_code", keeps.recovery[0].as_str())];
        assert_eq!(resets(&app, "keeps@example.com", &shown).await, 200);
        assert_eq!(sign_in(&app.browser(), &mut keeps.key).await.status, 200);
        app.stop().await;
    }
}

/// Recovery codes open the account of a member with nothing but passkeys: those of somebody who was here before must not wait for that day.
#[tokio::test]
async fn s_up_11_recovery_codes_of_before_open_nothing_after_a_reset_by_mail() {
    for app in App::both_configured(ON).await {
        let before = become_one(&app).await;
        has_address(&app, &before.browser, MINE).await;
        assert_eq!(resets(&app, MINE, &[]).await, 200);
        for table in ["SELECT COUNT(*) FROM account_codes", "SELECT COUNT(*) FROM recovery_codes"] {
            assert_eq!(number(&app, table).await, 0, "{table}");
        }
        let owner = app.browser();
        let form = [("email", MINE), ("password", PASSWORD), ("return_to", "/me")];
        assert_eq!(owner.submit("/api/auth/signin/password", &form).await.location(), "/me");
        let mut key = add(&owner).await;
        assert_eq!(sign_in(&owner, &mut key).await.status, 200);
        let gone = owner.call("/api/users/me/identities/unlink", &json!({ "way": "password" })).await;
        assert_eq!(gone.status, 200, "{}", gone.body);
        let thief = app.browser();
        for code in &before.recovery[..2] {
            let refused = recover(&thief, &before.account, code).await;
            assert!(refused.location().starts_with("/oauth/recover?"), "{}", refused.location());
        }
        assert!(!app.is_signed_in(&thief).await);

        // With one-time codes, which stay, recovery codes are a second factor and no more.
        let before = become_one(&app).await;
        has_address(&app, &before.browser, "codes@example.com").await;
        Careful::turn_on(&app, &before.browser).await;
        assert_eq!(resets(&app, "codes@example.com", &[]).await, 200);
        assert_eq!(number(&app, "SELECT COUNT(*) FROM account_codes").await, 0);
        assert_eq!(number(&app, "SELECT COUNT(*) FROM recovery_codes").await, 10);
        app.stop().await;
    }
}

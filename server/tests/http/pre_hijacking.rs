//! Anyone who was there before the owner has no sign-in method afterwards (S-UP-11): the five published variants, by somebody who added a
//! passkey and turned one-time codes on. What passwords and identities do alone is tried in the tests of `members`.

use serde_json::json;
use testkit::Browser;
use testkit::authenticator::Authenticator;

use crate::accounts::{PASSWORD, mail, post, prove, sign_up_as, token};
use crate::app::App;
use crate::authenticator::{Careful, second};
use crate::passkey_actor::{add, answer, answer_new, ask, ask_new, code, sign_in};

/// The owner's address: Google vouches for it.
const OWNERS: &str = "minji@gmail.com";
/// What the owner chooses when they come.
const CHOSEN: &str = "마루 끝에 앉아 듣는 늦여름 빗소리";

/// What an attacker has set up.
struct Prepared {
    browser: Browser,
    key: Authenticator,
    codes: Careful,
}

/// Signs in by the attacker's password; gives where that leads.
async fn by_old_password(browser: &Browser, email: &str) -> String {
    let form = [("email", email), ("password", PASSWORD), ("return_to", "/me")];
    browser.submit("/api/auth/signin/password", &form).await.location().to_owned()
}

/// An account with this address, whose mail was opened without a thought. The attacker adds codes, and a passkey.
async fn prepare(app: &App, email: &str) -> Prepared {
    sign_up_as(app, email).await;
    prove(app, email).await;
    let browser = app.browser();
    assert_eq!(by_old_password(&browser, email).await, "/me");
    let codes = Careful::turn_on(app, &browser).await;
    let key = add(&browser).await;
    Prepared { browser, key, codes }
}

async fn id(browser: &Browser) -> String {
    browser.fetch("/api/auth/session").await.json()["user"]["id"].as_str().unwrap_or_default().to_owned()
}

/// The owner gets a new password by their mailbox and nothing else.
async fn recover(app: &App) {
    assert_eq!(post(app, "/api/users/password/forgot", json!({"email": OWNERS})).await.status, 202);
    let proof = token(&mail(app, OWNERS, "/password/reset").await);
    let reset = post(app, "/api/users/password/reset", json!({"token": proof, "password": CHOSEN})).await;
    assert_eq!(reset.status, 200, "{}", reset.body);
}

/// Nothing that the attacker has opens the account any more.
async fn is_shut_out(app: &App, prepared: &mut Prepared) {
    assert!(!app.is_signed_in(&prepared.browser).await);
    let refused = sign_in(&app.browser(), &mut prepared.key).await;
    assert_eq!(code(&refused), (401, "PASSKEY_UNKNOWN".to_owned()));
    let login = post(app, "/auth/login", json!({"email": OWNERS, "password": PASSWORD})).await;
    assert_eq!(login.code(), (401, "AUTH_BAD_CREDENTIALS"), "no code helps without the password");
    // Codes stay: the mailbox alone takes no second factor away. An operator does, when the owner asks.
    let login = post(app, "/auth/login", json!({"email": OWNERS, "password": CHOSEN})).await;
    assert_eq!(login.code(), (401, "SECOND_FACTOR_NEEDED"));
}

#[tokio::test]
async fn s_up_11_pre_hijack_1_an_account_with_a_passkey_is_not_merged_with_the_owners_identity() {
    for app in App::both().await {
        let mut prepared = prepare(&app, OWNERS).await;
        let owner = app.browser();
        let callback = app.until_callback(&owner, "google", "minji").await;
        let refused = owner.visit(&callback).await;
        assert!(refused.location().contains("error=address_has_account"), "{}", refused.location());
        assert!(!app.is_signed_in(&owner).await);
        recover(&app).await;
        is_shut_out(&app, &mut prepared).await;
        app.stop().await;
    }
}

#[tokio::test]
async fn s_up_11_pre_hijack_2_nothing_that_was_begun_before_is_finished_after_the_owner_recovers() {
    for app in App::both().await {
        let mut prepared = prepare(&app, OWNERS).await;
        let adding = ask_new(&prepared.browser).await;
        let tab = app.browser();
        let signing = ask(&tab).await;
        let waiting = app.browser();
        assert_eq!(by_old_password(&waiting, OWNERS).await, "/oauth/second");
        let login = post(&app, "/auth/login", json!({"email": OWNERS, "password": PASSWORD})).await;
        assert_eq!(login.code(), (401, "SECOND_FACTOR_NEEDED"));
        recover(&app).await;

        let mut another = Authenticator::new(crate::app::ORIGIN);
        let says = another.asked(&adding.options);
        let added = answer_new(&prepared.browser, &adding, another.make(&says)).await;
        assert_eq!(added.status, 401, "its session has ended: {}", added.body);
        let says = prepared.key.asked(&signing.options);
        let signed = answer(&tab, &signing, prepared.key.sign(&says)).await;
        assert_eq!(code(&signed), (401, "PASSKEY_UNKNOWN".to_owned()));
        second(&waiting, &prepared.codes.authenticator.next_code(&app)).await;
        assert!(!app.is_signed_in(&waiting).await, "the password of the first step is not any more");
        let challenge = &login.body["error"]["challenge"];
        let body = json!({"challenge": challenge, "code": prepared.codes.recovery_codes[0]});
        assert_eq!(post(&app, "/auth/login/second", body).await.status, 401);
        is_shut_out(&app, &mut prepared).await;
        app.stop().await;
    }
}

#[tokio::test]
async fn s_up_11_pre_hijack_3_neither_passkey_nor_identity_linked_before_is_a_way_in() {
    for app in App::both().await {
        let mut prepared = prepare(&app, OWNERS).await;
        let account = id(&prepared.browser).await;
        let answer = prepared.browser.submit("/api/auth/link/kakao", &[]).await;
        let callback = app.provider.agree(answer.location(), "junho").await;
        let linked = prepared.browser.visit(&callback).await;
        assert!(linked.location().contains("notice=linked"), "{}", linked.location());
        recover(&app).await;
        is_shut_out(&app, &mut prepared).await;
        let attacker = app.browser();
        app.sign_in(&attacker, "kakao", "junho").await;
        assert_ne!(id(&attacker).await, account, "a new member, of the attacker's own");
        app.stop().await;
    }
}

#[tokio::test]
async fn s_up_11_pre_hijack_4_a_change_of_address_left_pending_brings_no_passkey_to_the_owners_account() {
    for app in App::both().await {
        let evil = "evil@example.com";
        let mut prepared = prepare(&app, evil).await;
        let account = id(&prepared.browser).await;
        let wish = json!({"email": OWNERS, "password": PASSWORD});
        let asked = prepared.browser.call("/api/users/me/email", &wish).await;
        assert_eq!(asked.status, 202, "{}", asked.body);
        let pending = token(&mail(&app, OWNERS, "/email/change").await);
        let owner = app.browser();
        app.sign_in(&owner, "google", "minji").await;
        let opened = post(&app, "/api/users/email/prove", json!({"token": pending})).await;
        assert_eq!(opened.status, 400, "the address is the owner's: {}", opened.body);
        let tab = app.browser();
        assert_eq!(sign_in(&tab, &mut prepared.key).await.status, 200);
        assert_eq!(id(&tab).await, account, "the attacker's own, as before");
        assert_ne!(id(&owner).await, account);
        let session = tab.fetch("/api/auth/session").await.json();
        assert_eq!(session["user"]["email"], evil);
        app.stop().await;
    }
}

#[tokio::test]
async fn s_up_11_pre_hijack_5_a_passkey_of_an_account_with_an_unproven_address_opens_that_one_alone() {
    for app in App::both().await {
        // Kakao says that nobody proved this address.
        let unproven = "junho@kakao.com";
        let attacker = app.browser();
        app.sign_in(&attacker, "kakao", "junho").await;
        let mut key = add(&attacker).await;
        let account = id(&attacker).await;
        sign_up_as(&app, unproven).await;
        prove(&app, unproven).await;
        let owner = app.browser();
        assert_eq!(by_old_password(&owner, unproven).await, "/me", "no passkey of another is asked for");
        assert_ne!(id(&owner).await, account);
        let tab = app.browser();
        assert_eq!(sign_in(&tab, &mut key).await.status, 200);
        assert_eq!(id(&tab).await, account);
        assert_eq!(owner.fetch("/api/users/me/passkeys").await.json()["data"], json!([]));
        app.stop().await;
    }
}

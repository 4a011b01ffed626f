//! `second_factor.required_for`: members who need a second factor may make a passkey during their sign-in, in place of codes.

use futures::future::join;
use serde_json::{Value, json};
use testkit::authenticator::Authenticator;
use testkit::{Answer, Browser};

use crate::accounts::{PASSWORD, sign_up};
use crate::app::{App, ORIGIN};
use crate::authenticator::{by_password, second};
use crate::factor_reset::{member, number};
use crate::passkey_actor::{self, Asked, code, list, sign_in};
use crate::passkey_checks::refusals;
use crate::required_factors::{REQUIRED, administrator, give, learns};

const SET_UP: &str = "/api/auth/signin/second/passkey";
const OVER: &str = "SECOND_FACTOR_OVER";

async fn question(browser: &Browser) -> Answer {
    browser.call(&format!("{SET_UP}/options"), &json!({})).await
}

async fn asked(browser: &Browser) -> Asked {
    let answer = question(browser).await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    let body = answer.json();
    Asked { ceremony: body["ceremony"].clone(), options: body["publicKey"].clone() }
}

async fn finish(browser: &Browser, asked: &Asked, credential: &Value) -> Answer {
    browser.call(SET_UP, &json!({ "ceremony": asked.ceremony, "credential": credential })).await
}

/// Makes a passkey where a sign-in waits for one.
async fn makes(browser: &Browser, key: &mut Authenticator) -> Answer {
    let asked = asked(browser).await;
    let says = key.asked(&asked.options);
    let made = key.make(&says);
    finish(browser, &asked, &made).await
}

async fn nobody_is_in(app: &App, browsers: &[&Browser]) {
    for browser in browsers {
        assert!(!app.is_signed_in(browser).await);
    }
    for statement in ["SELECT COUNT(*) FROM passkeys", "SELECT COUNT(*) FROM totp_seeds"] {
        assert_eq!(number(app, statement).await, 0, "{statement}");
    }
}

#[tokio::test]
async fn s_acc_16_who_needs_a_second_factor_makes_a_passkey_in_the_course_of_a_sign_in() {
    for app in App::both_configured(REQUIRED).await {
        administrator(&app).await;
        let browser = app.browser();
        assert_eq!(by_password(&browser, PASSWORD).await.location(), "/oauth/second");
        let page = browser.open("/oauth/second").await.body;
        assert!(page.contains("id=\"passkey-set-up\"") && page.contains("class=\"qr\""), "both: {page}");
        nobody_is_in(&app, &[&browser]).await;
        let mut key = Authenticator::new(ORIGIN);
        let made = makes(&browser, &mut key).await;
        assert_eq!((made.status.as_u16(), &made.json()["next"]), (200, &"/me".into()), "{}", made.body);
        assert!(app.is_signed_in(&browser).await);
        assert_eq!(list(&browser).await.len(), 1);
        let added = "SELECT COUNT(*) FROM audit_events WHERE kind = 'identity_linked' AND provider = 'passkey' AND outcome = 'success'";
        assert_eq!(number(&app, added).await, 1);
        app.settled().await;
        assert!(app.browser().fetch("/dev/mail").await.body.contains("패스키"), "the owner is told");
        // It has signed nothing yet, so that what changes the account asks for it.
        let weak = browser.call("/api/users/me/codes/begin", &json!({})).await;
        assert_eq!(code(&weak).0, 403, "{}", weak.body);
        assert_eq!(sign_in(&browser, &mut key).await.status, 200);
        assert_eq!(browser.call("/api/users/me/codes/begin", &json!({})).await.status, 200);
        assert_eq!(code(&question(&browser).await), (401, OVER.to_owned()), "nothing waits any more");
        app.stop().await;
    }
}

#[tokio::test]
async fn s_acc_16_a_passkey_of_another_sign_in_or_browser_sets_nothing_up() {
    for app in App::both_configured(REQUIRED).await {
        administrator(&app).await;
        let (owner, thief, nobody) = (app.browser(), app.browser(), app.browser());
        assert_eq!(code(&question(&nobody).await), (401, OVER.to_owned()), "nothing waits here");
        for browser in [&owner, &thief] {
            by_password(browser, PASSWORD).await;
        }
        let (of_owner, of_thief) = (asked(&owner).await, asked(&thief).await);
        let mut key = Authenticator::new(ORIGIN);
        let says = key.asked(&of_owner.options);
        let made = key.make(&says);
        let refused = (400, "PASSKEY_REFUSED".to_owned());
        assert_eq!(code(&finish(&thief, &of_owner, &made).await), refused, "another sign-in of the member");
        assert_eq!(code(&finish(&thief, &of_thief, &made).await), refused, "another challenge");
        assert_eq!(code(&finish(&nobody, &of_owner, &made).await), (401, OVER.to_owned()));
        let to_sign_in = passkey_actor::ask(&owner).await;
        assert_eq!(code(&finish(&owner, &to_sign_in, &made).await), refused, "one that is for signing in");
        for body in
            [format!("{{\"credential\":\"{}\"}}", "A".repeat(1 << 20)), "{".to_owned(), "{}".to_owned()]
        {
            assert_eq!(owner.call_with(SET_UP, body).await.status, 400);
        }
        nobody_is_in(&app, &[&owner, &thief, &nobody]).await;
        assert_eq!(refusals(&app).await.1, 6);

        // Each wrong answer spent its ceremony.
        assert_eq!(code(&finish(&owner, &to_sign_in, &made).await), refused);
        assert_eq!(finish(&owner, &of_owner, &made).await.status, 200);
        assert!(app.is_signed_in(&owner).await);
        app.stop().await;
    }
}

/// Somebody with the password has a sign-in waiting from before there was a factor: it is worth nothing once there is one.
#[tokio::test]
async fn s_acc_16_a_sign_in_that_waited_before_there_was_a_passkey_is_over() {
    for app in App::both_configured(REQUIRED).await {
        administrator(&app).await;
        let (owner, thief) = (app.browser(), app.browser());
        by_password(&owner, PASSWORD).await;
        by_password(&thief, PASSWORD).await;
        let device = learns(&thief).await;
        let early = asked(&thief).await;
        let mut key = Authenticator::new(ORIGIN);
        assert_eq!(makes(&owner, &mut key).await.status, 200);

        assert_eq!(code(&question(&thief).await), (401, OVER.to_owned()));
        let mut theirs = Authenticator::new(ORIGIN);
        let says = theirs.asked(&early.options);
        let made = theirs.make(&says);
        assert_eq!(code(&finish(&thief, &early, &made).await), (401, OVER.to_owned()));
        let typed = second(&thief, &device.code(&app)).await;
        assert!(typed.location().starts_with("/oauth/second?draft="), "{}", typed.location());
        let page = thief.open("/oauth/second").await;
        assert!(page.location().starts_with("/oauth/login?error=second_step_over"), "{}", page.location());
        assert!(!app.is_signed_in(&thief).await);
        assert_eq!(number(&app, "SELECT COUNT(*) FROM totp_seeds").await, 0);
        assert_eq!(number(&app, "SELECT COUNT(*) FROM passkeys").await, 1);
        app.stop().await;
    }
}

/// A passkey in one browser and the first code in another, at the same moment: there is one factor, and one session.
#[tokio::test]
async fn s_acc_16_of_a_passkey_and_codes_at_once_one_is_set_up() {
    for app in App::both_configured(REQUIRED).await {
        administrator(&app).await;
        let (one, other) = (app.browser(), app.browser());
        by_password(&one, PASSWORD).await;
        by_password(&other, PASSWORD).await;
        let device = learns(&other).await;
        let mut key = Authenticator::new(ORIGIN);
        let asked = asked(&one).await;
        let says = key.asked(&asked.options);
        let (made, typed) = (key.make(&says), device.code(&app));
        join(finish(&one, &asked, &made), second(&other, &typed)).await;
        let signed_in = [app.is_signed_in(&one).await, app.is_signed_in(&other).await];
        assert_eq!(signed_in.iter().filter(|is_in| **is_in).count(), 1, "{signed_in:?}");
        let passkeys = number(&app, "SELECT COUNT(*) FROM passkeys").await;
        let codes = number(&app, "SELECT COUNT(*) FROM totp_seeds").await;
        assert_eq!((passkeys, codes), (i64::from(signed_in[0]), i64::from(signed_in[1])));
        app.stop().await;
    }
}

#[tokio::test]
async fn where_passkeys_are_off_codes_alone_are_set_up() {
    let app = App::configured(&format!("{REQUIRED}[passkeys]\nenabled = false\n")).await;
    sign_up(&app).await;
    give(&app, member(&app).await).await;
    let browser = app.browser();
    by_password(&browser, PASSWORD).await;
    let page = browser.open("/oauth/second").await.body;
    assert!(!page.contains("passkey-set-up") && page.contains("class=\"qr\""), "{page}");
    assert_eq!(code(&question(&browser).await), (404, "NOT_FOUND".to_owned()));
}

//! Becoming a member by a nickname and a passkey, and coming back by a recovery code when the passkey is lost.

use std::time::Duration;

use db::{Row as _, query};
use futures::future::join_all;
use serde_json::{Value, json};
use testkit::authenticator::Authenticator;
use testkit::{Answer, Browser, TestDatabase};

use crate::accounts::sign_up;
use crate::app::{App, ORIGIN};
use crate::authenticator::recovery_codes;
use crate::passkey_actor::{Asked, add, ask, code, list, remove, sign_in};

/// Where people may sign up so.
pub const ON: &str = "[passkeys]\nsign_up = true\n";
const OPTIONS: &str = "/api/auth/signup/passkey/options";
const SIGN_UP: &str = "/api/auth/signup/passkey";
const RECOVER: &str = "/api/auth/signin/recovery";

async fn begin(browser: &Browser, nickname: &str) -> Answer {
    browser.call(OPTIONS, &json!({ "nickname": nickname })).await
}

async fn asked(browser: &Browser) -> Asked {
    let answer = begin(browser, "하늘").await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    let body = answer.json();
    Asked { ceremony: body["ceremony"].clone(), options: body["publicKey"].clone() }
}

async fn finish(browser: &Browser, asked: &Asked, credential: Value) -> Answer {
    let body = json!({ "ceremony": asked.ceremony, "credential": credential, "return_to": "/me" });
    browser.call(SIGN_UP, &body).await
}

/// A member who has nothing but a passkey.
pub struct Nameless {
    pub browser: Browser,
    pub key: Authenticator,
    pub account: String,
    pub recovery: Vec<String>,
}

pub async fn become_one(app: &App) -> Nameless {
    let browser = app.browser();
    let mut key = Authenticator::new(ORIGIN);
    let asked = asked(&browser).await;
    let says = key.asked(&asked.options);
    let made = finish(&browser, &asked, key.make(&says)).await;
    assert_eq!(made.status, 200, "{}", made.body);
    assert_eq!(
        made.json()["next"],
        "/me/security?notice=passkey_signed_up&return_to=%2Fme#codes",
        "to the codes, and from there on"
    );
    let page = browser.open("/me/security?notice=passkey_signed_up&return_to=%2Fme").await.body;
    let account = page.split("id=\"account-code\"").nth(1).unwrap().split('>').nth(1).unwrap();
    let account = account.split('<').next().unwrap().to_owned();
    let recovery = recovery_codes(&page);
    assert_eq!((account.len(), recovery.len()), (9, 10), "{page}");
    assert!(page.contains("하던 일 계속하기"), "{page}");
    Nameless { browser, key, account, recovery }
}

pub async fn recover(browser: &Browser, account: &str, code: &str) -> Answer {
    browser.submit(RECOVER, &[("account", account), ("code", code), ("return_to", "/me")]).await
}

async fn number(app: &App, statement: &'static str) -> i64 {
    app.flush_audit().await;
    let mut reader = app.database.read().await.unwrap();
    query(statement).fetch_one(&mut *reader).await.unwrap().get(0)
}

#[tokio::test]
async fn s_acc_16_a_nickname_and_a_passkey_make_a_member() {
    for app in App::both_configured(ON).await {
        let mut new = become_one(&app).await;
        let session = new.browser.fetch("/api/auth/session").await.json();
        assert_eq!((&session["user"]["name"], &session["user"]["email"]), (&"하늘".into(), &Value::Null));
        let mut reader = app.database.read().await.unwrap();
        let rows = query("SELECT topic, body FROM outbox_events ORDER BY sequence")
            .fetch_all(&mut *reader)
            .await
            .unwrap();
        drop(reader);
        let events: Vec<(String, Value)> = rows
            .iter()
            .map(|row| (row.get("topic"), serde_json::from_str(&row.get::<String, _>("body")).unwrap()))
            .collect();
        let [(signed_up, sign_up), (signed_in, login)] = &events[..] else { panic!("{events:?}") };
        assert_eq!((&**signed_up, &sign_up["payload"]["signupMethod"]), ("user-signup", &"PASSKEY".into()));
        assert_eq!(sign_up["payload"]["email"], Value::Null);
        assert_eq!((&**signed_in, &login["payload"]["loginMethod"]), ("user-login", &"PASSKEY".into()));
        let audited = "SELECT COUNT(*) FROM audit_events WHERE kind = 'sign_up' AND provider = 'passkey' AND outcome = 'success'";
        assert_eq!(number(&app, audited).await, 1);
        let export = new.browser.fetch("/api/users/me/export").await.json();
        assert_eq!(export["data"]["account_code"], new.account.as_str(), "{export}");
        assert_eq!(export["data"]["passkeys"].as_array().unwrap().len(), 1);

        let elsewhere = app.browser();
        assert_eq!(sign_in(&elsewhere, &mut new.key).await.status, 200);
        let id = list(&elsewhere).await[0]["id"].clone();
        assert_eq!(code(&remove(&elsewhere, &id).await), (409, "LAST_WAY_IN".to_owned()));
        // Another sign-in method.
        let departs = elsewhere.submit("/api/auth/link/kakao", &[]).await;
        let callback = app.provider.agree(departs.location(), "minji").await;
        assert!(elsewhere.visit(&callback).await.location().contains("notice=linked"));
        let page = elsewhere.open("/me/security").await.body;
        assert!(!page.contains("account-code"), "nor is a code shown that would help nobody: {page}");
        let refused = recover(&app.browser(), &new.account, &new.recovery[0]).await;
        assert!(
            refused.location().starts_with("/oauth/recover?return_to=%2Fme&draft="),
            "who has another one uses that: {} {}",
            refused.status,
            refused.location()
        );
        app.stop().await;
    }
}

#[tokio::test]
async fn s_acc_16_a_recovery_code_lets_in_whose_passkey_is_lost_once() {
    for app in App::both_configured(ON).await {
        let new = become_one(&app).await;
        let browser = app.browser();
        let typed = (new.account.to_lowercase(), new.recovery[0].replace('-', " "));
        let to = recover(&browser, &typed.0, &typed.1).await;
        assert_eq!(to.location(), "/me/security?notice=passkey_lost&return_to=%2Fme#passkeys");
        assert!(app.is_signed_in(&browser).await);
        let used = "SELECT COUNT(*) FROM audit_events WHERE kind = 'recovery_code_used'";
        assert_eq!(number(&app, used).await, 1);
        // With nothing more to show, a new passkey is added, and the lost one goes.
        let lost = list(&browser).await[0]["id"].clone();
        let mut key = add(&browser).await;
        let removed = remove(&browser, &lost).await;
        assert_eq!(removed.status, 200, "{}", removed.body);
        let elsewhere = app.browser();
        assert_eq!(sign_in(&elsewhere, &mut key).await.status, 200);
        let fresh = elsewhere.submit("/api/users/me/codes/recovery", &[]).await;
        assert_eq!(fresh.location(), "/me/security#codes");
        let again = recovery_codes(&elsewhere.open("/me/security").await.body);
        assert_eq!(again.len(), 10);

        let wrong = [
            (new.account.as_str(), new.recovery[0].as_str()),
            (new.account.as_str(), new.recovery[1].as_str()),
            (new.account.as_str(), "00000-00000"),
            ("0000-0000", again[0].as_str()),
            ("", ""),
        ];
        let mut told = Vec::new();
        for (account, code) in wrong {
            let browser = app.browser();
            let refused = recover(&browser, account, code).await;
            let page = browser.open(refused.location()).await;
            told.push((page.status, page.body.contains("계정 코드나 복구 코드가 맞지 않거나")));
            assert!(!app.is_signed_in(&browser).await);
        }
        assert!(told.iter().all(|one| *one == (reqwest::StatusCode::UNAUTHORIZED, true)), "alike: {told:?}");
        assert_eq!(recover(&app.browser(), &new.account, &again[0]).await.status, 303);
        app.stop().await;
    }
}

#[tokio::test]
async fn s_rate_1_recovery_codes_are_tried_a_few_times_from_wherever() {
    let app = App::configured(ON).await;
    let new = become_one(&app).await;
    for n in 0..6 {
        let browser = app.browser();
        let refused = recover(&browser, &new.account, "00000-00000").await;
        let page = browser.open(refused.location()).await;
        assert_eq!(page.status, if n < 5 { 401 } else { 429 }, "{n}");
    }
    // An account that there is not is counted alike.
    for n in 0..6 {
        let browser = app.browser();
        let refused = recover(&browser, "0000-0000", "00000-00000").await;
        assert_eq!(browser.open(refused.location()).await.status, if n < 5 { 401 } else { 429 }, "{n}");
    }
    app.advance(Duration::from_hours(1));
    assert!(
        recover(&app.browser(), &new.account, &new.recovery[0]).await.location().starts_with("/me/security?")
    );
}

#[tokio::test]
async fn s_acc_16_each_check_of_a_sign_up_fails_alone_and_makes_nobody_a_member() {
    for app in App::both_configured(ON).await {
        let (browser, other) = (app.browser(), app.browser());
        let mut key = Authenticator::new(ORIGIN);
        let refused = async |browser: &Browser, asked: &Asked, credential: Value, why: &str| {
            let answer = finish(browser, asked, credential).await;
            assert_eq!(code(&answer), (400, "PASSKEY_REFUSED".to_owned()), "{why}");
            assert!(!app.is_signed_in(browser).await, "{why}");
        };
        let mine = asked(&browser).await;
        let says = key.asked(&mine.options);
        refused(&other, &mine, key.make(&says), "another browser").await;
        let mut elsewhere = key.asked(&mine.options);
        elsewhere.origin = "https://evil.example".to_owned();
        refused(&browser, &mine, key.make(&elsewhere), "another site").await;
        refused(&browser, &mine, key.make(&says), "spent by the one before").await;
        // What was asked to sign in, or to add one, makes nobody a member.
        let signing = ask(&browser).await;
        refused(&browser, &signing, key.make(&says), "another purpose").await;
        let fourth = asked(&browser).await;
        let says = key.asked(&fourth.options);
        app.advance(Duration::from_mins(5));
        refused(&browser, &fourth, key.make(&says), "too late").await;
        for nickname in ["", "  ", "\u{202e}", &"가".repeat(31)] {
            assert_eq!(
                code(&begin(&browser, nickname).await),
                (400, "VALIDATION_FAILED".to_owned()),
                "{nickname:?}"
            );
        }
        assert_eq!(number(&app, "SELECT COUNT(*) FROM members").await, 0);
        app.stop().await;
    }
}

#[tokio::test]
async fn s_acc_16_a_passkey_of_a_member_makes_no_second_one() {
    for app in App::both_configured(ON).await {
        let mut new = become_one(&app).await;
        let tab = app.browser();
        let again = asked(&tab).await;
        let says = new.key.asked(&again.options);
        let taken = finish(&tab, &again, new.key.make(&says)).await;
        assert_eq!(code(&taken), (409, "PASSKEY_TAKEN".to_owned()), "{}", taken.body);
        assert_eq!(number(&app, "SELECT COUNT(*) FROM members").await, 1);
        app.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn s_acc_16_fifty_uses_of_one_sign_up_at_once_make_one_member() {
    for database in TestDatabase::both().await {
        let app = App::start_on(database, &[("DAEMUN_PASSKEYS__SIGN_UP", "true")]).await;
        let browser = app.browser();
        let mut key = Authenticator::new(ORIGIN);
        let asked = asked(&browser).await;
        let says = key.asked(&asked.options);
        let credential = key.make(&says);
        let answers = join_all((0..50).map(|_| finish(&browser, &asked, credential.clone()))).await;
        assert_eq!(answers.iter().filter(|answer| answer.status == 200).count(), 1);
        assert_eq!(number(&app, "SELECT COUNT(*) FROM members").await, 1);
        assert_eq!(number(&app, "SELECT COUNT(*) FROM sessions").await, 1);
        app.stop().await;
    }
}

#[tokio::test]
async fn where_it_is_off_there_are_no_such_paths() {
    let app = App::start().await;
    sign_up(&app).await;
    let browser = app.browser();
    assert_eq!(begin(&browser, "하늘").await.status, 404);
    let body =
        json!({ "ceremony": "01912f3a-0000-7000-8000-000000000001", "credential": {}, "return_to": "/me" });
    assert_eq!(browser.call(SIGN_UP, &body).await.status, 404);
    assert_eq!(browser.open("/signup/passkey").await.status, 404);
    assert!(!browser.open("/oauth/login").await.body.contains("/signup/passkey"));
    let on = App::configured(ON).await;
    assert_eq!(on.browser().open("/signup/passkey").await.status, 200);
    assert!(on.browser().open("/oauth/login").await.body.contains("/signup/passkey"));
    let without = App::configured("[passkeys]\nenabled = false\nsign_up = true\n").await;
    for path in ["/signup/passkey", "/oauth/recover"] {
        assert_eq!(without.browser().open(path).await.status, 404, "{path}");
    }
    let refused = recover(&without.browser(), "0000-0000", "00000-00000").await;
    assert!(!refused.location().starts_with("/me"), "{}", refused.location());
}

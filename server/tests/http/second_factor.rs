//! One-time codes after a password or a provider: they are asked for wherever one signs in, and each works once.

use std::time::Duration;

use kernel::Clock as _;
use serde_json::json;
use testkit::{Browser, TestDatabase};

use crate::accounts::{EMAIL, PASSWORD, post, sign_up};
use crate::app::App;
use crate::authenticator::{Careful, OTHER, RECOVERED, STEP, by_password, second};
use crate::portal::claims;

/// How many mails with this subject came.
async fn mails(app: &App, subject: &str) -> usize {
    app.settled().await;
    let mails = app.browser().fetch("/dev/mail?to=haneul%40example.com").await.json();
    mails.as_array().unwrap().iter().filter(|mail| mail["subject"] == subject).count()
}

/// What the audit log has of an event.
async fn rows(app: &App, condition: &str) -> i64 {
    app.flush_audit().await;
    let statement = format!("SELECT COUNT(*) FROM audit_events WHERE {condition}");
    let mut reader = app.database.read().await.unwrap();
    let row = db::query(sqlx::AssertSqlSafe(statement)).fetch_one(&mut *reader).await.unwrap();
    db::Row::get(&row, 0)
}

#[tokio::test]
async fn s_acc_16_after_the_password_comes_a_code_and_each_works_once() {
    for app in App::both().await {
        let careful = Careful::become_one(&app).await;
        assert_eq!(mails(&app, "일회용 코드를 쓰기 시작했습니다").await, 1);
        let browser = app.browser();
        assert_eq!(by_password(&browser, PASSWORD).await.location(), "/oauth/second");
        assert!(!app.is_signed_in(&browser).await, "no session begins");
        assert_eq!(browser.cookie("daemun"), None);
        let page = browser.open("/oauth/second").await;
        assert!(page.body.contains("autocomplete=\"one-time-code\""), "{}", page.body);

        let spent = careful.authenticator.code(&app);
        let refused = second(&browser, &spent).await;
        assert!(refused.location().starts_with("/oauth/second?draft="), "the one that turned codes on");
        let explained = browser.open(refused.location()).await;
        assert_eq!(explained.status, 401);
        assert!(explained.body.contains("second-code-error"), "{}", explained.body);
        let right = careful.authenticator.next_code(&app);
        let other = app.browser();
        assert_eq!(by_password(&other, PASSWORD).await.location(), "/oauth/second");
        assert_eq!(second(&browser, &right).await.location(), "/me");
        assert!(app.is_signed_in(&browser).await);
        assert!(second(&other, &right).await.location().starts_with("/oauth/second?draft="));
        assert!(!app.is_signed_in(&other).await);
        assert!(second(&other, &careful.authenticator.code_at(&app, -3)).await.location().contains("draft="));
        assert!(second(&other, &careful.authenticator.code_at(&app, 3)).await.location().contains("draft="));
        assert_eq!(
            second(&other, &careful.authenticator.code_at(&app, 1)).await.location(),
            "/me",
            "30 s ahead"
        );
        let late = app.browser();
        assert_eq!(by_password(&late, PASSWORD).await.location(), "/oauth/second");
        app.advance(Duration::from_mins(5));
        assert_eq!(
            late.open("/oauth/second").await.location(),
            "/oauth/login?error=second_step_over&return_to=%2Fme"
        );
        assert_eq!(rows(&app, "kind = 'sign_in' AND reason = 'wrong_code'").await, 1, "folded into one line");
        app.stop().await;
    }
}

#[tokio::test]
async fn s_acc_16_a_code_of_another_browser_and_a_stolen_cookie_are_nothing() {
    let app = App::start().await;
    let careful = Careful::become_one(&app).await;
    let (owner, thief) = (app.browser(), app.browser());
    assert_eq!(by_password(&owner, PASSWORD).await.location(), "/oauth/second");
    let code = careful.authenticator.next_code(&app);
    let answer = second(&thief, &code).await;
    assert!(!app.is_signed_in(&thief).await, "{}", answer.location());
    assert_eq!(second(&owner, &code).await.location(), "/me", "it was not spent");
}

#[tokio::test]
async fn s_acc_6_only_the_right_password_leads_to_the_code() {
    let app = App::start().await;
    Careful::become_one(&app).await;
    let wrong = by_password(&app.browser(), OTHER).await;
    let unknown = app
        .browser()
        .submit("/api/auth/signin/password", &[("email", "nobody@example.com"), ("password", OTHER)])
        .await;
    assert!(wrong.location().starts_with("/oauth/login?error=bad_credentials"), "{}", wrong.location());
    assert!(unknown.location().starts_with("/oauth/login?error=bad_credentials"), "{}", unknown.location());
    for email in [EMAIL, "nobody@example.com"] {
        let reply = post(&app, "/auth/login", json!({"email": email, "password": OTHER})).await;
        assert_eq!(reply.code(), (401, "AUTH_BAD_CREDENTIALS"), "{email}");
    }
}

#[tokio::test]
async fn s_acc_16_an_app_sends_the_code_with_a_challenge() {
    for app in App::both().await {
        let careful = Careful::become_one(&app).await;
        let login = json!({"email": EMAIL, "password": PASSWORD});
        let asked = post(&app, "/auth/login", login.clone()).await;
        assert_eq!(asked.code(), (401, "SECOND_FACTOR_NEEDED"), "{}", asked.body);
        let challenge = asked.body["error"]["challenge"].as_str().unwrap().to_owned();
        let send = async |challenge: &str, code: &str| {
            post(&app, "/auth/login/second", json!({"challenge": challenge, "code": code})).await
        };
        assert_eq!(send(&challenge, "000000").await.code(), (401, "SECOND_FACTOR_WRONG"));
        let code = careful.authenticator.next_code(&app);
        assert_eq!(send("nonsense", &code).await.code(), (401, "SECOND_FACTOR_OVER"));
        let given = send(&challenge, &code).await;
        assert_eq!(given.status, 200, "{}", given.body);
        let said = claims(&given.body["data"]["access_token"]);
        assert_eq!((&said["acr"], &said["amr"]), (&json!("urn:daemun:acr:2"), &json!(["pwd", "otp", "mfa"])));
        assert_eq!(send(&challenge, &code).await.code(), (401, "SECOND_FACTOR_OVER"), "it is over");

        let asked = post(&app, "/auth/login", login).await;
        let challenge = asked.body["error"]["challenge"].as_str().unwrap().to_owned();
        let recovery = &careful.recovery_codes[0];
        assert_eq!(send(&challenge, &recovery.to_lowercase()).await.status, 200);
        assert_eq!(mails(&app, "복구 코드가 사용되었습니다").await, 1);
        app.stop().await;
    }
}

#[tokio::test]
async fn s_rate_1_ten_tries_an_hour_whatever_they_come_by() {
    let app = App::start().await;
    let careful = Careful::become_one(&app).await;
    let (mut wrong, mut limited, mut over) = (0, 0, 0);
    for _ in 0..4 {
        let asked = post(&app, "/auth/login", json!({"email": EMAIL, "password": PASSWORD})).await;
        let challenge = asked.body["error"]["challenge"].as_str().unwrap().to_owned();
        for _ in 0..6 {
            let guess = json!({"challenge": challenge, "code": "123456"});
            match post(&app, "/auth/login/second", guess).await.code() {
                (401, "SECOND_FACTOR_WRONG") => wrong += 1,
                (429, _) => limited += 1,
                (401, "SECOND_FACTOR_OVER") => over += 1,
                other => panic!("{other:?}"),
            }
        }
    }
    assert_eq!((wrong, limited, over), (10, 10, 4), "five for each sign-in, ten in all");
    app.advance(Duration::from_mins(59));
    let asked = post(&app, "/auth/login", json!({"email": EMAIL, "password": PASSWORD})).await;
    let guess = json!({"challenge": asked.body["error"]["challenge"], "code": "123456"});
    assert_eq!(post(&app, "/auth/login/second", guess).await.status, 429, "none comes back within the hour");
    app.advance(Duration::from_mins(1));
    careful.sign_in(&app).await;
}

#[tokio::test]
async fn s_rate_1_a_hundred_wrong_codes_end_codes_until_a_recovery_code() {
    let app = App::start().await;
    let careful = Careful::become_one(&app).await;
    {
        let mut tx = app.database.begin().await.unwrap();
        db::query("UPDATE totp_seeds SET wrong = 99").execute(&mut *tx).await.unwrap();
        tx.commit().await.unwrap();
    }
    let browser = app.browser();
    by_password(&browser, PASSWORD).await;
    second(&browser, "000000").await;
    let refused = second(&browser, &careful.authenticator.next_code(&app)).await;
    assert!(refused.location().contains("draft="), "the right one is not taken either");
    assert_eq!(second(&browser, &careful.recovery_codes[3]).await.location(), RECOVERED);
    careful.sign_in(&app).await;
}

/// A clock that is half a minute off is no obstacle; one that is a minute and a half off shows codes that are over, or not yet.
#[tokio::test]
async fn s_acc_16_a_code_is_good_for_one_step_either_side() {
    for app in App::both().await {
        let careful = Careful::become_one(&app).await;
        for (steps, is_good) in [(-3, false), (3, false), (-1, true), (1, true)] {
            // Far from the steps of before.
            app.advance(STEP * 10);
            let browser = app.browser();
            by_password(&browser, PASSWORD).await;
            second(&browser, &careful.authenticator.code_at(&app, steps)).await;
            assert_eq!(app.is_signed_in(&browser).await, is_good, "{steps} steps off");
        }
        app.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn s_acc_16_one_code_at_two_replicas_at_once_lets_one_in() {
    for database in TestDatabase::both().await {
        let app = App::start_on(database, &[("DAEMUN_MASTER_KEYS", crate::token_actor::MASTER_KEY)]).await;
        let keys = format!("master_keys = [\"{}\"]\n", crate::token_actor::MASTER_KEY);
        let other = app.replica(&keys).await;
        let careful = Careful::become_one(&app).await;
        app.advance(Duration::from_secs(60));
        other.advance(app.clock.now().since(other.clock.now()));
        let browsers: Vec<Browser> =
            (0..6).map(|n| if n % 2 == 0 { app.browser() } else { other.browser() }).collect();
        for browser in &browsers {
            assert_eq!(by_password(browser, PASSWORD).await.location(), "/oauth/second");
        }
        let code = careful.authenticator.code(&app);
        let tries = browsers.iter().map(|browser| second(browser, &code));
        let let_in = futures::future::join_all(tries).await;
        assert_eq!(let_in.iter().filter(|answer| answer.location() == "/me").count(), 1);
        other.stop().await;
        app.stop().await;
    }
}

#[tokio::test]
async fn s_acc_16_a_member_may_leave_codes_out_after_providers_and_turn_them_off() {
    let app = App::start().await;
    let careful = Careful::become_one(&app).await;
    let browser = careful.sign_in(&app).await;
    let departs = browser.submit("/api/auth/link/kakao", &[]).await;
    browser.visit(&app.provider.agree(departs.location(), "minji").await).await;
    assert_eq!(browser.submit("/api/users/me/codes/providers", &[]).await.location(), "/me/security#codes");
    app.sign_in(&app.browser(), "kakao", "minji").await;
    assert_eq!(by_password(&app.browser(), PASSWORD).await.location(), "/oauth/second");
    assert_eq!(
        browser.submit("/api/users/me/codes/remove", &[]).await.location(),
        "/me/security?notice=codes_off"
    );
    assert_eq!(by_password(&app.browser(), PASSWORD).await.location(), "/me");
    assert_eq!(mails(&app, "일회용 코드를 더 이상 확인하지 않습니다").await, 1);
}

#[tokio::test]
async fn s_key_3_no_other_session_sees_the_secret() {
    let app = App::start().await;
    sign_up(&app).await;
    let (owner, thief) = (app.browser(), app.browser());
    for browser in [&owner, &thief] {
        assert_eq!(by_password(browser, PASSWORD).await.location(), "/me");
    }
    owner.submit("/api/users/me/codes/begin", &[]).await;
    assert!(owner.open("/me/security").await.body.contains("class=\"secret\""));
    assert!(!thief.open("/me/security").await.body.contains("class=\"secret\""));
    let answer = thief.submit("/api/users/me/codes", &[("code", "123456")]).await;
    let page = thief.open(answer.location()).await;
    assert_eq!(page.status, 409, "{}", page.body);
    app.advance(Duration::from_mins(10));
    assert!(!owner.open("/me/security").await.body.contains("class=\"secret\""));
}

//! `second_factor.required_for`: members who need a second factor set one up at their next sign-in, and nothing is theirs before.

use names::{Actor, MemberId, OperatedBy, Operation, OperatorReason, Role, Source};
use reqwest::Method;
use serde_json::{Value, json};
use testkit::Browser;

use crate::accounts::{EMAIL, PASSWORD, call, log_in, post, sign_up};
use crate::app::App;
use crate::authenticator::{Authenticator, Careful, by_password, recovery_codes, second};
use crate::device;
use crate::factor_reset::{member, number};
use crate::passkey_actor::{add, list, remove, sign_in};
use crate::portal::{CLIENTS, authorize, code, error, redeem, told};
use crate::process::Place;

pub const REQUIRED: &str = "[second_factor]\nrequired_for = [\"ROLE_ADMIN\"]\n";

/// Gives a member the role that needs a second factor.
pub async fn give(app: &App, member: MemberId) {
    let source = Source::request("test", String::new(), "").by(Actor::Operator);
    let reason = OperatorReason::parse("runs the shop").unwrap();
    let operation = Operation { source, by: OperatedBy::CommandLine, reason };
    assert!(app.roles().give(member, &Role::ADMIN, &operation).await.unwrap());
    // Sessions know of a new role within half a minute.
    app.advance(std::time::Duration::from_secs(31));
}

/// A member who needs one and has none.
pub async fn administrator(app: &App) -> MemberId {
    sign_up(app).await;
    let id = member(app).await;
    give(app, id).await;
    id
}

/// What the page shows to a device, in a sign-in that waits.
pub async fn learns(browser: &Browser) -> Authenticator {
    let page = browser.open("/oauth/second").await;
    assert_eq!(page.status, 200);
    assert!(
        page.body.contains("2단계 인증을 설정해 주세요") && page.body.contains("class=\"qr\""),
        "{}",
        page.body
    );
    let secret = page.body.split("<code class=\"secret\">").nth(1).unwrap().split('<').next().unwrap();
    Authenticator::of(secret)
}

#[tokio::test]
async fn s_acc_16_who_needs_a_second_factor_sets_one_up_in_the_course_of_a_sign_in() {
    for app in App::both_configured(REQUIRED).await {
        administrator(&app).await;
        let browser = app.browser();
        assert_eq!(by_password(&browser, PASSWORD).await.location(), "/oauth/second");
        assert!(
            !app.is_signed_in(&browser).await && browser.cookie("daemun").is_none(),
            "nobody is signed in"
        );
        assert_eq!(number(&app, "SELECT COUNT(*) FROM sessions").await, 0);
        let device = learns(&browser).await;
        let wrong = second(&browser, "000000").await;
        assert!(wrong.location().starts_with("/oauth/second?draft="), "{}", wrong.location());
        assert_eq!(number(&app, "SELECT COUNT(*) FROM totp_seeds").await, 0);

        let on = second(&browser, &device.code(&app)).await;
        assert_eq!(on.location(), "/me/security?notice=codes_on&return_to=%2Fme#codes");
        let page = browser.open("/me/security?notice=codes_on&return_to=%2Fme").await.body;
        assert_eq!(recovery_codes(&page).len(), 10, "{page}");
        assert!(page.contains("하던 일 계속하기"), "{page}");
        assert_eq!(
            browser.submit("/api/users/me/codes/recovery", &[]).await.location(),
            "/me/security#codes",
            "level 2"
        );

        let again = app.browser();
        assert_eq!(by_password(&again, PASSWORD).await.location(), "/oauth/second");
        assert!(again.open("/oauth/second").await.body.contains("코드를 입력해 주세요"));
        assert!(second(&again, &device.code(&app)).await.location().contains("draft="), "it was spent");
        assert_eq!(second(&again, &device.next_code(&app)).await.location(), "/me");
        app.stop().await;
    }
}

/// The bypass table: every path that makes a session or a token, for a member who needs a second factor and has none.
#[tokio::test]
async fn s_acc_16_nothing_is_theirs_before_by_whatever_way_they_come() {
    let clients = CLIENTS.replacen("\"refresh_token\"]", "\"refresh_token\", \"device_code\"]", 1);
    for app in App::both_configured(&format!("{REQUIRED}{clients}{ROUTE}")).await {
        sign_up(&app).await;
        let tokens = log_in(&app).await;
        let inside = app.browser();
        by_password(&inside, PASSWORD).await;
        // An app and a device that were allowed before.
        let code = code(&inside, &[]).await;
        let (device_code, user_code) = device::begin(&app).await;
        device::decide(&inside, &user_code, "allow").await;
        let departs = inside.submit("/api/auth/link/kakao", &[]).await;
        let callback = app.provider.agree(departs.location(), "minji").await;
        assert!(inside.visit(&callback).await.location().contains("notice=linked"));
        give(&app, member(&app).await).await;

        // A session of before.
        assert_eq!(inside.fetch("/api/auth/session").await.json(), Value::Null);
        assert!(inside.open("/me").await.location().starts_with("/oauth/login?"));
        assert_eq!(inside.fetch("/api/users/me").await.status, 401);
        assert_eq!(inside.fetch("/auth/verify").await.status, 401);
        assert_eq!(inside.fetch("/api/orders/1").await.status, 401);
        assert!(inside.visit(&authorize(&[])).await.location().starts_with("/oauth/login?"));
        assert_eq!(told(&inside.visit(&authorize(&[("prompt", "none")])).await)["error"], "login_required");
        // An app and a device of before, which have nothing yet.
        assert_eq!(error(&redeem(&app, &code, &[]).await), (400, "invalid_grant".to_owned()));
        assert_eq!(error(&device::poll(&app, &device_code).await), (400, "access_denied".to_owned()));
        // An app of before.
        let spent = post(&app, "/auth/refresh", json!({"refresh_token": tokens["refresh_token"]})).await;
        assert_eq!(spent.code(), (401, "AUTH_REFRESH_INVALID"));
        // An app that signs in.
        let refused = post(&app, "/auth/login", json!({"email": EMAIL, "password": PASSWORD})).await;
        assert_eq!(refused.code(), (403, "SECOND_FACTOR_REQUIRED"));
        assert_eq!(refused.body["error"]["challenge"], Value::Null);
        // A provider.
        let browser = app.browser();
        let callback = app.until_callback(&browser, "kakao", "minji").await;
        assert_eq!(browser.visit(&callback).await.location(), "/oauth/second");
        assert_eq!(browser.visit(&callback).await.location(), "/oauth/second", "the same callback again");
        assert!(!app.is_signed_in(&browser).await);
        let device = learns(&browser).await;
        assert!(second(&browser, &device.code(&app)).await.location().starts_with("/me/security?"));
        assert!(app.is_signed_in(&browser).await);
        // With one, everything is as before.
        let again = post(&app, "/auth/login", json!({"email": EMAIL, "password": PASSWORD})).await;
        assert_eq!(again.code(), (401, "SECOND_FACTOR_NEEDED"));
        app.stop().await;
    }
}

const ROUTE: &str = "[[gateway.routes]]\npath = \"/api/orders/{*rest}\"\nupstream = [\"http://127.0.0.1:9\"]\nmethods = [\"GET\"]\nscope = \"read\"\n";

#[tokio::test]
async fn s_acc_16_a_code_of_another_sign_in_or_of_somebody_else_sets_nothing_up() {
    for app in App::both_configured(REQUIRED).await {
        administrator(&app).await;
        let (owner, thief) = (app.browser(), app.browser());
        by_password(&owner, PASSWORD).await;
        let of_owner = learns(&owner).await;
        // Who knows the password begins another one: the secret is that of the last sign-in alone.
        by_password(&thief, PASSWORD).await;
        let of_thief = learns(&thief).await;
        assert!(
            second(&owner, &of_thief.code(&app)).await.location().contains("draft="),
            "of another browser"
        );
        assert!(second(&thief, &of_owner.code(&app)).await.location().contains("draft="));
        assert_eq!(
            owner.open("/oauth/second").await.location(),
            "/oauth/login?error=second_step_over&return_to=%2Fme"
        );
        let app_code =
            json!({"challenge": "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", "code": of_thief.code(&app)});
        assert_eq!(post(&app, "/auth/login/second", app_code).await.status, 401);
        assert_eq!(number(&app, "SELECT COUNT(*) FROM totp_seeds").await, 0);
        by_password(&owner, PASSWORD).await;
        let device = learns(&owner).await;
        assert!(second(&owner, &device.code(&app)).await.location().starts_with("/me/security?"));
        assert!(second(&thief, &of_thief.next_code(&app)).await.location().contains("draft="));
        assert!(!app.is_signed_in(&thief).await);
        app.stop().await;
    }
}

/// A member who needs one keeps their last one, be it codes or a passkey.
#[tokio::test]
async fn s_acc_16_the_last_second_factor_of_who_needs_one_stays() {
    for app in App::both_configured(REQUIRED).await {
        let careful = Careful::become_one(&app).await;
        give(&app, member(&app).await).await;
        let browser = careful.sign_in(&app).await;
        let refused = browser.call("/api/users/me/codes/remove", &json!({})).await;
        assert_eq!(
            (refused.status.as_u16(), &refused.json()["error"]["code"]),
            (409, &"LAST_SECOND_FACTOR".into())
        );
        let mut key = add(&browser).await;
        assert_eq!(browser.call("/api/users/me/codes/remove", &json!({})).await.status, 200);
        let here = app.browser();
        assert_eq!(sign_in(&here, &mut key).await.status, 200);
        assert!(app.is_signed_in(&here).await, "a passkey is one");
        let id = list(&here).await[0]["id"].clone();
        let refused = remove(&here, &id).await;
        assert_eq!(
            (refused.status.as_u16(), &refused.json()["error"]["code"]),
            (409, &"LAST_SECOND_FACTOR".into())
        );
        assert!(app.is_signed_in(&here).await);
        app.stop().await;
    }
}

#[tokio::test]
async fn s_acc_16_a_recovery_code_leads_to_setting_codes_up_anew() {
    let app = App::start().await;
    let careful = Careful::become_one(&app).await;
    let browser = app.browser();
    by_password(&browser, PASSWORD).await;
    let page = browser.open("/oauth/second?with=recovery").await.body;
    assert!(
        page.contains("운영자에게 2단계 인증 초기화를 요청해 주세요") && page.contains("24시간"),
        "{page}"
    );
    let to = second(&browser, &careful.recovery_codes[0]).await;
    assert_eq!(to.location(), "/me/security?notice=recovery_code_used&return_to=%2Fme#codes");
    let page = browser.open("/me/security?notice=recovery_code_used&return_to=%2Fme").await.body;
    assert!(page.contains("href=\"/me\"") && page.contains("지금 새로 설정해 주세요"), "{page}");
    let evil = browser.open("/me/security?return_to=https%3A%2F%2Fevil.example%2F").await.body;
    assert!(!evil.contains("href=\"https://evil.example"), "{evil}");
    // No further proof: the recovery code was one.
    let again = Careful::turn_on(&app, &browser).await;
    assert_eq!(call(&app, Method::GET, "/api/users/me", None, None).await.status, 401);
    again.sign_in(&app).await;
}

#[tokio::test]
async fn a_role_that_nobody_can_have_stops_the_start() {
    let mut place = Place::new();
    place.set("DAEMUN_SECOND_FACTOR__REQUIRED_FOR", "ROLE_ADMIN,ROLE_SUPPORT");
    let said = place.refused().await;
    assert!(said.contains("second_factor.required_for") && said.contains("ROLE_SUPPORT"), "{said}");
}

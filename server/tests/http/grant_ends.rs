//! When what apps were given ends: with the sign-in method that it began by, and thirty days after the sign-in.

use std::time::Duration;

use reqwest::Method;
use serde_json::{Value, json};
use testkit::Browser;

use crate::accounts;
use crate::app::App;
use crate::device;
use crate::linking::{deliver, link, ways};
use crate::passkey_actor;
use crate::portal::{CLIENTS, code, error, is_alive, redeem, refresh, tokens};

const DAY: Duration = Duration::from_hours(24);
const LASTING: [(&str, &str); 1] = [("scope", "openid profile offline_access")];

/// The portal, which has an app for televisions as well.
fn clients() -> String {
    let grants = "grants = [\"authorization_code\", \"refresh_token\"";
    CLIENTS.replacen(grants, &format!("{grants}, \"device_code\""), 1)
}

async fn signed_in(app: &App, provider: &str) -> Browser {
    let browser = app.browser();
    app.sign_in(&browser, provider, "minji").await;
    browser
}

/// What the portal has for longer than a session lasts.
async fn lasting(app: &App, browser: &Browser) -> Value {
    tokens(&redeem(app, &code(browser, &LASTING).await, &[]).await)
}

/// What a device has.
async fn on_device(app: &App, browser: &Browser) -> Value {
    let (device, shown) = device::begin(app).await;
    assert_eq!(device::decide(browser, &shown, "allow").await.location(), "/device?done=allowed");
    app.advance(Duration::from_secs(5));
    tokens(&device::poll(app, &device).await)
}

async fn assert_ended(app: &App, given: &Value, what: &str) {
    assert!(!is_alive(app, &given["access_token"]).await, "{what}");
    let refused = refresh(app, given["refresh_token"].as_str().unwrap(), &[]).await;
    assert_eq!(error(&refused), (400, "invalid_grant".to_owned()), "{what}");
}

/// The next tokens of what goes on.
async fn goes_on(app: &App, given: &Value) -> Value {
    tokens(&refresh(app, given["refresh_token"].as_str().unwrap(), &[]).await)
}

async fn unlink(browser: &Browser, method: &str) {
    let ways = ways(browser).await;
    let way = ways.iter().find(|way| way["method"] == method).unwrap()["id"].as_str().unwrap().to_owned();
    let answer = browser.submit("/api/users/me/identities/unlink", &[("way", &way)]).await;
    assert_eq!(answer.location(), "/me/security?notice=unlinked", "{}", answer.body);
}

#[tokio::test]
async fn s_tok_20_unlinking_the_provider_of_a_sign_in_ends_what_outlasts_the_session_and_nothing_else() {
    for app in App::both_configured(&clients()).await {
        let here = signed_in(&app, "google").await;
        assert_eq!(link(&app, &here, "kakao", "minji").await.status, 303);
        let in_session = tokens(&redeem(&app, &code(&here, &[]).await, &[]).await);
        let by_google = [in_session, lasting(&app, &here).await, on_device(&app, &here).await];
        let phone = signed_in(&app, "kakao").await;
        let by_kakao = [lasting(&app, &phone).await, on_device(&app, &phone).await];

        unlink(&phone, "google").await;
        for (given, what) in by_google.iter().zip(["the session", "what lasts", "the device"]) {
            assert_ended(&app, given, what).await;
        }
        assert!(!app.is_signed_in(&here).await && app.is_signed_in(&phone).await);
        for given in &by_kakao {
            assert!(is_alive(&app, &given["access_token"]).await);
            goes_on(&app, given).await;
        }
        app.stop().await;
    }
}

#[tokio::test]
async fn s_tok_20_what_outlived_its_session_ends_with_the_provider_of_the_sign_in_too() {
    for app in App::both_configured(&clients()).await {
        let here = signed_in(&app, "google").await;
        assert_eq!(link(&app, &here, "kakao", "minji").await.status, 303);
        // A session that has expired ends nothing of its apps, and after the cleaner nothing is known of it.
        let in_session = tokens(&redeem(&app, &code(&here, &[]).await, &[]).await);
        let (lasts, device) = (lasting(&app, &here).await, on_device(&app, &here).await);
        app.advance(DAY * 13);
        let outlived =
            [goes_on(&app, &in_session).await, goes_on(&app, &lasts).await, goes_on(&app, &device).await];
        app.advance(DAY * 2);
        app.clean().await;
        assert!(!app.is_signed_in(&here).await);
        let mut living = Vec::new();
        for given in &outlived {
            living.push(goes_on(&app, given).await);
        }
        let phone = signed_in(&app, "kakao").await;
        let by_kakao = lasting(&app, &phone).await;
        unlink(&phone, "google").await;
        for (given, what) in living.iter().zip(["the session", "what lasts", "the device"]) {
            assert_ended(&app, given, what).await;
        }
        goes_on(&app, &by_kakao).await;
        app.stop().await;
    }
}

#[tokio::test]
async fn s_tok_20_a_provider_that_says_it_is_unlinked_ends_what_lasts() {
    for app in App::both_configured(&clients()).await {
        let here = signed_in(&app, "kakao").await;
        assert_eq!(link(&app, &here, "google", "minji").await.status, 303);
        let by_kakao = [lasting(&app, &here).await, on_device(&app, &here).await];
        let by_google = lasting(&app, &signed_in(&app, "google").await).await;
        let notice = app.provider.control(Method::POST, "kakao/users/minji/cut", Value::Null).await;
        assert_eq!(deliver(&app, "kakao", &notice).await, 200);
        for given in &by_kakao {
            assert_ended(&app, given, "by Kakao").await;
        }
        goes_on(&app, &by_google).await;
        app.stop().await;
    }
}

#[tokio::test]
async fn s_tok_20_removing_a_passkey_ends_what_lasts_of_its_sign_ins() {
    for app in App::both_configured(&clients()).await {
        let (_, mut key) = passkey_actor::member(&app, "google", "minji").await;
        let by_google = lasting(&app, &signed_in(&app, "google").await).await;
        let phone = app.browser();
        assert_eq!(passkey_actor::sign_in(&phone, &mut key).await.status, 200);
        let by_passkey = [lasting(&app, &phone).await, on_device(&app, &phone).await];
        let id = passkey_actor::list(&phone).await[0]["id"].clone();
        assert_eq!(passkey_actor::remove(&phone, &id).await.status, 200);
        for given in &by_passkey {
            assert_ended(&app, given, "by a passkey").await;
        }
        assert!(app.is_signed_in(&phone).await, "the session in which it was removed");
        goes_on(&app, &by_google).await;
        app.stop().await;
    }
}

#[tokio::test]
async fn s_tok_18_what_begins_late_in_a_session_ends_thirty_days_after_the_sign_in() {
    for app in App::both_configured(&format!("{}\n[session]\nidle = \"30d\"\n", clients())).await {
        let browser = signed_in(&app, "google").await;
        app.advance(DAY * 29);
        let silent = [("prompt", "none")];
        let mut late = vec![
            tokens(&redeem(&app, &code(&browser, &silent).await, &[]).await),
            lasting(&app, &browser).await,
            on_device(&app, &browser).await,
        ];
        app.advance(DAY.saturating_sub(Duration::from_mins(5)));
        for given in &mut late {
            *given = goes_on(&app, given).await;
        }
        app.advance(Duration::from_mins(5));
        for given in &late {
            let refused = refresh(&app, given["refresh_token"].as_str().unwrap(), &[]).await;
            assert_eq!(error(&refused), (400, "invalid_grant".to_owned()), "30 days from the sign-in");
        }
        app.stop().await;
    }
}

/// Design 3.3. The clock of a program shows a whole second once in a thousand times.
#[tokio::test]
async fn a_token_lives_for_120_seconds_between_two_seconds_as_well() {
    let app = App::configured(&clients()).await;
    accounts::sign_up(&app).await;
    app.advance(Duration::from_millis(500));
    let browser = signed_in(&app, "google").await;
    let given = lasting(&app, &browser).await;
    assert_eq!(given["expires_in"], json!(120));
    assert_eq!(goes_on(&app, &given).await["expires_in"], json!(120));
    let own = accounts::log_in(&app).await;
    assert_eq!(own["expires_in"], json!(120));
    let next = accounts::post(&app, "/auth/refresh", json!({"refresh_token": own["refresh_token"]})).await;
    assert_eq!(next.body["data"]["expires_in"], json!(120));
    let access = next.body["data"]["access_token"].as_str().unwrap();
    app.advance(Duration::from_millis(119_499));
    let me = async || accounts::call(&app, Method::GET, "/api/users/me", Some(access), None).await.status;
    assert_eq!(me().await, 200);
    app.advance(Duration::from_secs(11));
    assert_eq!(me().await, 401);
}

//! Browsers in which no code is asked for at a sign-in.

use testkit::Browser;

use crate::accounts::PASSWORD;
use crate::app::App;
use crate::authenticator::{Careful, OTHER, by_password, recovery_codes, second};

#[tokio::test]
async fn s_acc_16_a_remembered_browser_is_not_asked_but_for_a_fresh_proof() {
    for app in App::both().await {
        let careful = Careful::become_one(&app).await;
        let browser = app.browser();
        by_password(&browser, PASSWORD).await;
        let code = careful.authenticator.next_code(&app);
        let answer = browser.submit("/api/auth/signin/second", &[("code", &code), ("remember", "1")]).await;
        assert_eq!(answer.location(), "/me");
        let line = answer.cookies().into_iter().find(|line| line.starts_with("daemun-device=")).unwrap();
        for attribute in ["; Path=/", "; HttpOnly", "; SameSite=Lax", "; Max-Age=2592000"] {
            assert!(line.contains(attribute), "{line}");
        }
        assert_eq!(browser.submit("/api/auth/signout", &[]).await.status, 303);
        assert_eq!(by_password(&browser, PASSWORD).await.location(), "/me", "remembered");
        let stale = browser.submit("/api/users/me/codes/recovery", &[]).await;
        assert_eq!(
            stale.location(),
            "/oauth/prove?return_to=%2Fme%2Fsecurity",
            "a password alone is too little"
        );
        let proof = [("password", PASSWORD), ("return_to", "/me/security")];
        assert_eq!(browser.submit("/api/auth/prove", &proof).await.location(), "/oauth/second");
        let answer = second(&browser, &careful.authenticator.next_code(&app)).await;
        assert_eq!(answer.location(), "/me/security");
        assert_eq!(
            browser.submit("/api/users/me/codes/recovery", &[]).await.location(),
            "/me/security#codes"
        );
        assert_eq!(recovery_codes(&browser.open("/me/security").await.body).len(), 10);
        assert!(browser.open("/me/sessions").await.body.contains("/api/auth/devices/forget"));

        let thief = app.browser();
        thief.plant("daemun-device", &browser.cookie("daemun-device").unwrap());
        app.sign_in(&thief, "kakao", "minji").await;
        assert_eq!(thief.submit("/api/auth/signout", &[("everywhere", "1")]).await.status, 303);
        assert_eq!(
            by_password(&thief, PASSWORD).await.location(),
            "/me",
            "it is the owner's, wherever it is"
        );
        assert_eq!(thief.submit("/api/auth/signout", &[("everywhere", "1")]).await.status, 303);
        assert_eq!(by_password(&thief, PASSWORD).await.location(), "/oauth/second", "signed out everywhere");
        app.stop().await;
    }
}

#[tokio::test]
async fn s_acc_10_a_new_password_forgets_every_browser() {
    let app = App::start().await;
    let careful = Careful::become_one(&app).await;
    let browser = app.browser();
    by_password(&browser, PASSWORD).await;
    let code = careful.authenticator.next_code(&app);
    browser.submit("/api/auth/signin/second", &[("code", &code), ("remember", "1")]).await;
    let change = [("current_password", PASSWORD), ("password", OTHER)];
    assert_eq!(
        browser.submit("/api/users/me/password", &change).await.location(),
        "/me/security?notice=password_replaced"
    );
    let again = app.browser();
    again.plant("daemun-device", &browser.cookie("daemun-device").unwrap());
    assert_eq!(by_password(&again, OTHER).await.location(), "/oauth/second");
}

/// A first password is a new one as well.
#[tokio::test]
async fn s_acc_10_a_first_password_forgets_every_browser() {
    for app in App::both().await {
        let here = app.browser();
        app.sign_in(&here, "google", "minji").await;
        let careful = Careful::turn_on(&app, &here).await;
        let comes = async |browser: &Browser| {
            let callback = app.until_callback(browser, "google", "minji").await;
            browser.visit(&callback).await.location().to_owned()
        };
        let browser = app.browser();
        assert_eq!(comes(&browser).await, "/oauth/second");
        remember(&app, &browser, &careful).await;
        assert_eq!(devices(&app).await, 1);
        let form = [("email", "minji@gmail.com"), ("password", PASSWORD)];
        let set = browser.submit("/api/users/me/password/first", &form).await;
        assert_eq!(set.location(), "/me/security?notice=password_set");
        assert_eq!(devices(&app).await, 0);
        let again = app.browser();
        again.plant("daemun-device", &browser.cookie("daemun-device").unwrap());
        assert_eq!(comes(&again).await, "/oauth/second");
        app.stop().await;
    }
}

/// A member who signs their other browsers out is asked for a code in each of them, and goes on here as before.
#[tokio::test]
async fn s_acc_16_ending_all_other_sessions_forgets_the_other_browsers() {
    let app = App::start().await;
    let careful = Careful::become_one(&app).await;
    let (here, lost) = (app.browser(), app.browser());
    for browser in [&here, &lost] {
        by_password(browser, PASSWORD).await;
        remember(&app, browser, &careful).await;
    }
    assert_eq!(here.submit("/api/auth/sessions/end", &[("session", "others")]).await.status, 303);
    assert!(!app.is_signed_in(&lost).await);
    assert_eq!(by_password(&lost, PASSWORD).await.location(), "/oauth/second");
    here.submit("/api/auth/signout", &[]).await;
    assert_eq!(by_password(&here, PASSWORD).await.location(), "/me");
}

/// One row for each browser, and an end to them (S-RATE-7).
#[tokio::test]
async fn s_rate_7_a_browser_is_remembered_once_and_the_oldest_give_way() {
    for app in App::both().await {
        let careful = Careful::become_one(&app).await;
        let browser = careful.sign_in(&app).await;
        for _ in 0..2 {
            browser.submit("/api/auth/prove", &[("password", PASSWORD)]).await;
            remember(&app, &browser, &careful).await;
        }
        assert_eq!(devices(&app).await, 1, "the same browser");
        let mut tx = app.database.begin().await.unwrap();
        for n in 0..99_u8 {
            let copy = "INSERT INTO remembered_devices (id, token_hash, member_id, user_agent, network, created_at, expires_at) \
                SELECT ?, ?, member_id, '', '', created_at + 1, expires_at FROM remembered_devices ORDER BY created_at LIMIT 1";
            let id = format!("0192f3a0-0000-7000-8000-0000000000{n:02x}");
            db::query(copy).bind(id).bind(vec![n; 32]).execute(&mut *tx).await.unwrap();
        }
        tx.commit().await.unwrap();
        assert_eq!(devices(&app).await, 100);
        let newest = app.browser();
        by_password(&newest, PASSWORD).await;
        remember(&app, &newest, &careful).await;
        assert_eq!(devices(&app).await, 100, "no more than that");
        for (browser, is_asked) in [(&browser, true), (&newest, false)] {
            browser.submit("/api/auth/signout", &[]).await;
            let asked = by_password(browser, PASSWORD).await.location() != "/me";
            assert_eq!(asked, is_asked, "the oldest gave way");
        }
        app.stop().await;
    }
}

async fn remember(app: &App, browser: &Browser, careful: &Careful) {
    let code = careful.authenticator.next_code(app);
    let answer = browser.submit("/api/auth/signin/second", &[("code", &code), ("remember", "1")]).await;
    assert!(answer.cookies().iter().any(|line| line.starts_with("daemun-device=")), "{}", answer.location());
}

async fn devices(app: &App) -> i64 {
    let mut reader = app.database.read().await.unwrap();
    let count = db::query("SELECT COUNT(*) FROM remembered_devices").fetch_one(&mut *reader).await.unwrap();
    db::Row::get(&count, 0)
}

/// A browser is remembered for one member.
#[tokio::test]
async fn s_acc_16_a_stolen_browser_spares_nobody_else_the_code() {
    for app in App::both().await {
        let careful = Careful::become_one(&app).await;
        let browser = app.browser();
        by_password(&browser, PASSWORD).await;
        remember(&app, &browser, &careful).await;
        let other = app.browser();
        app.sign_in(&other, "kakao", "minji").await;
        Careful::turn_on(&app, &other).await;
        let thief = app.browser();
        thief.plant("daemun-device", &browser.cookie("daemun-device").unwrap());
        let callback = app.until_callback(&thief, "kakao", "minji").await;
        assert_eq!(thief.visit(&callback).await.location(), "/oauth/second");
        assert!(!app.is_signed_in(&thief).await);
        app.stop().await;
    }
}

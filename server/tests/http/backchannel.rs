//! Back-channel logout: apps are told of every end of a session, by a real call to a real server.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use db::{Row as _, query};
use kernel::{Clock as _, Context, KeyRing, MasterKey, OsRandomness};
use names::{MemberId, Source};
use serde_json::Value;
use server::base::Base;
use sessions::Operator;
use testkit::Browser;

use crate::accounts::{EMAIL, PASSWORD, sign_up};
use crate::app::{App, configuration_of};
use crate::logout_receiver::{LogoutReceiver, checked};
use crate::portal::{claims, clients_with, code, error, is_alive, redeem, refresh, tokens};

/// The portal, which is told at this server, and an app that does not want to know.
fn clients(receiver: &LogoutReceiver) -> String {
    clients_with(&format!("backchannel_logout_uri = \"http://{}/bye\"", receiver.address), "")
}

/// The tokens of the portal for the member who is signed in in this browser.
async fn grant(app: &App, browser: &Browser, scope: &str) -> Value {
    tokens(&redeem(app, &code(browser, &[("scope", scope)]).await, &[]).await)
}

/// How many jobs wait.
async fn waiting(app: &App) -> i64 {
    let count = "SELECT COUNT(*) FROM jobs WHERE kind = 'backchannel-logout'";
    query(count).fetch_one(&mut *app.database.read().await.unwrap()).await.unwrap().get(0)
}

async fn nothing_waits(app: &App) {
    for _ in 0..500 {
        if waiting(app).await == 0 {
            return;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    panic!("something waits");
}

/// What another process has ended is known within a second.
async fn is_dead_soon(app: &App, access_token: &Value) {
    for _ in 0..50 {
        if !is_alive(app, access_token).await {
            return;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    panic!("its access token lives");
}

/// Ends the session of `browser`, each in its own way.
async fn ends(app: &App, way: &str, browser: &Browser, id_token: &str) {
    let submit = async |path: &str, fields: &[(&str, &str)]| {
        let answer = browser.submit(path, fields).await;
        assert_eq!(answer.status, 303, "{way}: {}", answer.body);
    };
    match way {
        "the button" => submit("/api/auth/signout", &[]).await,
        "everywhere" => submit("/api/auth/signout", &[("everywhere", "true")]).await,
        "another browser" => {
            let other = app.browser();
            app.sign_in(&other, "google", "minji").await;
            let answer = other.submit("/api/auth/sessions/end", &[("session", "others")]).await;
            assert_eq!(answer.status, 303, "{}", answer.body);
        }
        "an app" => {
            let answer = browser.visit(&format!("/oauth2/logout?id_token_hint={id_token}")).await;
            assert_eq!((answer.status.as_u16(), answer.location()), (303, "/"));
        }
        "an operator" => {
            let context = Context { clock: Arc::clone(&app.clock) as _, randomness: Arc::new(OsRandomness) };
            let ring = KeyRing::new(vec![MasterKey::generate(&OsRandomness)]).unwrap();
            let base = Base::new(app.database.clone(), Arc::new(ring), context);
            let (config, source) = (configuration_of("", &[]).unwrap(), Source::system());
            let audit = base.audit(&config);
            let tokens = base.tokens(&config, &audit, source.clone()).unwrap();
            let operator =
                Operator { db: &base.db, tokens: &tokens, audit: &audit, notices: None, source: &source };
            let who =
                browser.fetch("/api/auth/session").await.json()["user"]["id"].as_str().map(MemberId::parse);
            operator.signs_out(who.unwrap().unwrap()).await.unwrap();
        }
        "a new sign-in of somebody else" => {
            app.sign_in(browser, "google", "junho").await;
        }
        "a deletion" => submit("/api/users/me/delete", &[]).await,
        other => panic!("{other}"),
    }
}

#[tokio::test]
async fn s_as_33_every_end_of_a_session_tells_each_client_with_a_grant_in_it() {
    let receiver = LogoutReceiver::start().await;
    let mut told = 0;
    for app in App::both_configured(&clients(&receiver)).await {
        let mut ids = BTreeSet::new();
        for end in [
            "the button",
            "everywhere",
            "another browser",
            "an app",
            "an operator",
            "a new sign-in of somebody else",
            "a deletion",
        ] {
            let browser = app.browser();
            app.sign_in(&browser, "google", "minji").await;
            let given = grant(&app, &browser, "openid profile read").await;
            grant(&app, &browser, "openid").await;
            let id_token = given["id_token"].as_str().unwrap();
            ends(&app, end, &browser, id_token).await;
            told += 1;
            let heard = receiver.wait_for(told).await;
            let claims = checked(&app, &heard[told - 1], "portal-client").await;
            let (sub, sid) = (&claims["sub"], &claims["sid"]);
            let own = crate::portal::claims(&given["id_token"]);
            assert_eq!((sub, sid), (&own["sub"], &own["sid"]), "{end}");
            assert!(ids.insert(claims["jti"].to_string()), "each has an id of its own");
            nothing_waits(&app).await;
            assert_eq!(receiver.count().await, told, "{end}: once");
            is_dead_soon(&app, &given["access_token"]).await;
        }
        app.stop().await;
    }
}

#[tokio::test]
async fn s_as_33_a_new_password_tells_the_apps_of_every_session() {
    let receiver = LogoutReceiver::start().await;
    let app = App::configured(&clients(&receiver)).await;
    sign_up(&app).await;
    let mut sids = BTreeSet::new();
    let mut browsers = Vec::new();
    for _ in 0..2 {
        let browser = app.browser();
        let form = [("email", EMAIL), ("password", PASSWORD), ("return_to", "/me")];
        assert_eq!(browser.submit("/api/auth/signin/password", &form).await.location(), "/me");
        sids.insert(claims(&grant(&app, &browser, "openid").await["id_token"])["sid"].to_string());
        browsers.push(browser);
    }
    let form = [("current_password", PASSWORD), ("password", "마루 끝에 앉아 듣는 늦여름 빗소리")];
    assert_eq!(browsers[0].submit("/api/users/me/password", &form).await.status, 303);
    let mut told = BTreeSet::new();
    for token in receiver.wait_for(2).await {
        told.insert(checked(&app, &token, "portal-client").await["sid"].to_string());
    }
    assert_eq!(told, sids);
}

#[tokio::test]
async fn s_as_33_a_grant_that_outlives_its_session_is_told_by_its_own_name() {
    let receiver = LogoutReceiver::start().await;
    let app = App::configured(&clients(&receiver)).await;
    let browser = app.browser();
    app.sign_in(&browser, "google", "minji").await;
    let given = grant(&app, &browser, "openid offline_access").await;
    let sid = claims(&given["id_token"])["sid"].clone();
    assert_eq!(claims(&given["access_token"])["sid"], sid);
    let in_session = grant(&app, &browser, "openid").await;
    assert_ne!(claims(&in_session["id_token"])["sid"], sid);
    // An ID token of the grant is a hint of the session in which it was given.
    let hint = given["id_token"].as_str().unwrap();
    assert_eq!(browser.visit(&format!("/oauth2/logout?id_token_hint={hint}")).await.status, 303);
    assert!(!app.is_signed_in(&browser).await);
    let mut told = BTreeSet::new();
    for token in receiver.wait_for(2).await {
        told.insert(checked(&app, &token, "portal-client").await["sid"].to_string());
    }
    assert!(told.contains(&sid.to_string()) && told.len() == 2, "{told:?}");
    tokens(&refresh(&app, given["refresh_token"].as_str().unwrap(), &[]).await);
    let ended = refresh(&app, in_session["refresh_token"].as_str().unwrap(), &[]).await;
    assert_eq!(error(&ended), (400, "invalid_grant".to_owned()));
}

#[tokio::test]
async fn a_session_that_merely_expires_ends_no_grant_until_somebody_signs_out_everywhere() {
    let receiver = LogoutReceiver::start().await;
    for app in App::both_configured(&clients(&receiver)).await {
        let browser = app.browser();
        app.sign_in(&browser, "google", "minji").await;
        let given = grant(&app, &browser, "openid profile read").await;
        let day = Duration::from_hours(24);
        app.advance(day * 10);
        let given = tokens(&refresh(&app, given["refresh_token"].as_str().unwrap(), &[]).await);
        app.advance(day * 5);
        assert!(!app.is_signed_in(&browser).await, "idle for 14 days");
        app.clean().await;
        let before = receiver.count().await;
        let given = tokens(&refresh(&app, given["refresh_token"].as_str().unwrap(), &[]).await);
        assert!(is_alive(&app, &given["access_token"]).await);
        assert_eq!((waiting(&app).await, receiver.count().await), (0, before));

        app.sign_in(&browser, "google", "minji").await;
        browser.submit("/api/auth/signout", &[("everywhere", "true")]).await;
        receiver.wait_for(before + 1).await;
        let ended = refresh(&app, given["refresh_token"].as_str().unwrap(), &[]).await;
        assert_eq!(error(&ended), (400, "invalid_grant".to_owned()));
        app.stop().await;
    }
}

/// Waits until the one job that waits is to be done in `pause` from now.
async fn due_in(app: &App, pause: Duration) {
    let due = app.clock.now().plus(pause).millis();
    for _ in 0..500 {
        let row = query("SELECT due_at FROM jobs WHERE kind = 'backchannel-logout'");
        let row = row.fetch_one(&mut *app.database.read().await.unwrap()).await.unwrap();
        if row.get::<i64, _>(0) == due {
            return;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    panic!("no job is due in {pause:?}");
}

#[tokio::test]
async fn s_as_33_an_app_that_does_not_answer_is_told_again_with_a_new_token_for_an_hour() {
    for status in [503, 400] {
        let receiver = LogoutReceiver::start().await;
        let app = App::configured(&clients(&receiver)).await;
        let browser = app.browser();
        app.sign_in(&browser, "google", "minji").await;
        grant(&app, &browser, "openid").await;
        receiver.answers(status);
        browser.submit("/api/auth/signout", &[]).await;
        let mut tokens = BTreeSet::new();
        for (tries, pause) in [(1, 2), (2, 4), (3, 8), (4, 16), (5, 32)] {
            let heard = receiver.wait_for(tries).await;
            let claims = checked(&app, &heard[tries - 1], "portal-client").await;
            assert_eq!(claims["iat"], app.clock.now().seconds(), "signed at this try");
            assert!(tokens.insert(claims["jti"].to_string()));
            let pause = Duration::from_secs(pause);
            due_in(&app, pause).await;
            app.advance(pause);
        }
        if status == 503 {
            receiver.wait_for(6).await;
            due_in(&app, Duration::from_secs(64)).await;
            receiver.answers(204);
            app.advance(Duration::from_secs(64));
            receiver.wait_for(7).await;
            nothing_waits(&app).await;
            continue;
        }
        receiver.wait_for(6).await;
        due_in(&app, Duration::from_secs(64)).await;
        app.advance(Duration::from_hours(1));
        receiver.wait_for(7).await;
        nothing_waits(&app).await;
        let dump = app.database.dump().await;
        assert!(
            dump.lines().any(|line| line.contains("backchannel_logout") && line.contains("given_up")),
            "{dump}"
        );
    }
}

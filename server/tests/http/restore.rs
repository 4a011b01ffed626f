//! A backup that is restored: what was ended since it was taken stays ended.

use std::path::Path;

use reqwest::Method;
use serde_json::json;

use crate::people::App;
use crate::portal::error;
use crate::process::Place;
use crate::{device, portal};

const EMAIL: &str = "haneul@example.com";
const BEFORE: &str = "조용한 아침에 마시는 보리차 한 잔";
const AFTER: &str = "이제는 다른 문장을 쓰기로 했습니다";

fn copy(from: &Path, to: &Path) {
    std::fs::copy(from, to).unwrap();
    for end in ["-wal", "-shm"] {
        let _ = std::fs::remove_file(format!("{}{end}", to.display()));
    }
}

#[tokio::test]
async fn s_ops_5_a_restored_backup_revives_no_session_no_token_and_no_link() {
    let mut place = Place::new();
    place.set("DAEMUN_SIMULATORS__ENABLED", "false");
    let (live, backup) = (place.path("data/daemun.db"), place.path("backup.db"));
    let process = place.start().await;
    let (app, browser) = (App::at(&place), place.browser());
    app.sign_up(EMAIL, BEFORE).await;
    let form = [("email", EMAIL), ("password", BEFORE), ("return_to", "/me")];
    assert_eq!(browser.submit("/api/auth/signin/password", &form).await.location(), "/me");
    let (access, refresh) = app.log_in(EMAIL, BEFORE).await;
    assert_eq!(app.post("/api/users/password/forgot", json!({"email": EMAIL})).await.status, 202);
    let reset = app.proof(EMAIL, "/password/reset").await;
    let cookie = browser.cookie("daemun").unwrap();
    let jwks = async || browser.fetch("/oauth2/jwks").await.body;
    let keys = jwks().await;
    process.stop().await;
    copy(&live, &backup);

    // The link is used, and with it everything is ended.
    let process = place.start().await;
    let used = json!({"token": reset.token, "password": AFTER});
    assert_eq!(app.post("/api/users/password/reset", used.clone()).await.status, 200);
    assert_eq!(app.refresh(&refresh).await.status, 401);
    process.stop().await;

    copy(&backup, &live);
    let step = place.command().args(["sign-out", "--everyone"]).output().await.unwrap();
    let said = String::from_utf8_lossy(&step.stdout).into_owned();
    assert!(
        step.status.success() && said.starts_with("1 member is signed out"),
        "what was in it lived: {said}"
    );
    let process = place.start().await;
    let thief = place.browser();
    thief.plant("daemun", &cookie);
    assert!(thief.fetch("/api/auth/session").await.json().is_null(), "the session");
    let key = serde_json::from_str::<serde_json::Value>(&keys).unwrap()["keys"][0]["kid"].to_string();
    assert!(!jwks().await.contains(&key), "a signing key that may have been replaced since");
    assert_eq!(app.refresh(&refresh).await.code(), (401, "AUTH_REFRESH_INVALID"));
    let me = app.call(Method::GET, "/api/users/me", &access, None).await;
    assert_eq!(me.code(), (401, "TOKEN_INVALID"), "signed by a key of the backup");
    let again = app.post("/api/users/password/reset", used).await;
    assert_eq!(again.status, 400, "the link was used once: {}", again.body);
    app.log_in(EMAIL, BEFORE).await;
    process.stop().await;
}

/// Without the step all of it lives again: the test above proves the step, and not something else.
#[tokio::test]
async fn what_a_backup_holds_lives_again_without_the_step() {
    let mut place = Place::new();
    place.set("DAEMUN_SIMULATORS__ENABLED", "false");
    let (live, backup) = (place.path("data/daemun.db"), place.path("backup.db"));
    let process = place.start().await;
    let app = App::at(&place);
    app.sign_up(EMAIL, BEFORE).await;
    let (_, refresh) = app.log_in(EMAIL, BEFORE).await;
    process.stop().await;
    copy(&live, &backup);
    let process = place.start().await;
    assert_eq!(app.post("/auth/logout", json!({"refresh_token": refresh})).await.status, 204);
    assert_eq!(app.refresh(&refresh).await.status, 401);
    process.stop().await;
    copy(&backup, &live);
    let process = place.start().await;
    assert_eq!(app.refresh(&refresh).await.status, 200);
    process.stop().await;
}

#[tokio::test]
async fn s_ops_5_codes_devices_and_pushed_requests_of_a_backup_are_of_no_use() {
    for app in crate::app::App::both_configured(device::CLIENTS).await {
        let (device_code, _) = device::begin(&app).await;
        let mut tx = app.database.begin().await.unwrap();
        authorization::cancel_grants(&mut tx).await.unwrap();
        tx.commit().await.unwrap();
        assert_eq!(error(&device::poll(&app, &device_code).await), (400, "invalid_grant".to_owned()));
        app.stop().await;
    }
    for app in crate::app::App::both_configured(portal::CLIENTS).await {
        let browser = app.browser();
        app.sign_in(&browser, "google", "minji").await;
        let code = portal::code(&browser, &[]).await;
        let push = [
            ("client_id", "portal-client"),
            ("response_type", "code"),
            ("redirect_uri", portal::CALLBACK),
            ("scope", "openid"),
            ("code_challenge", portal::CHALLENGE),
            ("code_challenge_method", "S256"),
        ];
        let pushed = browser.send(Method::POST, "/oauth2/par", &[], Some(&push)).await;
        assert_eq!(pushed.status, 201, "{}", pushed.body);
        let tables = ["authorization_codes|", "pushed_requests|"];
        let dump = app.database.dump().await;
        assert!(tables.iter().all(|table| dump.contains(table)));
        let mut tx = app.database.begin().await.unwrap();
        authorization::cancel_grants(&mut tx).await.unwrap();
        tx.commit().await.unwrap();
        let dump = app.database.dump().await;
        assert!(tables.iter().all(|table| !dump.contains(table)));
        assert_eq!(error(&portal::redeem(&app, &code, &[]).await), (400, "invalid_grant".to_owned()));
        app.stop().await;
    }
}

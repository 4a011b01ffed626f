//! What asks for a proof that is fresh, and strong: apps, the member's own changes, and routes of the gateway.

use std::time::Duration;

use serde_json::json;
use testkit::TestDatabase;

use crate::accounts::{EMAIL, PASSWORD};
use crate::app::{App, configuration_of};
use crate::authenticator::{Careful, OTHER, by_password, second};
use crate::portal::{CLIENTS, authorize, claims, code, redeem, tokens, told};

#[tokio::test]
async fn s_as_31_apps_read_how_strong_a_sign_in_was_and_ask_for_more() {
    for app in App::both_configured(CLIENTS).await {
        let careful = Careful::become_one(&app).await;
        let browser = careful.sign_in(&app).await;
        let given = tokens(&redeem(&app, &code(&browser, &[]).await, &[]).await);
        let said = claims(&given["id_token"]);
        assert_eq!((&said["acr"], &said["amr"]), (&json!("urn:daemun:acr:2"), &json!(["pwd", "otp", "mfa"])));

        // A browser that is remembered signs in by the password alone.
        let code_ = careful.authenticator.next_code(&app);
        let weak = app.browser();
        by_password(&weak, PASSWORD).await;
        weak.submit("/api/auth/signin/second", &[("code", &code_), ("remember", "1")]).await;
        weak.submit("/api/auth/signout", &[]).await;
        assert_eq!(by_password(&weak, PASSWORD).await.location(), "/me");
        let asks = [("acr_values", "urn:daemun:acr:2")];
        let silent = told(&weak.visit(&authorize(&[asks[0], ("prompt", "none")])).await);
        assert_eq!(silent["error"], "login_required");
        let prove = weak.visit(&authorize(&asks)).await.location().to_owned();
        assert!(prove.starts_with("/oauth/prove?return_to=%2Foauth2%2Fauthorize%2F"), "{prove}");
        let waiting = prove.split_once("return_to=").unwrap().1.replace("%2F", "/");
        let proof = [("password", PASSWORD), ("return_to", waiting.as_str())];
        assert_eq!(weak.submit("/api/auth/prove", &proof).await.location(), "/oauth/second");
        let answer = second(&weak, &careful.authenticator.next_code(&app)).await;
        assert_eq!(answer.location(), waiting);
        let told = told(&weak.open(&waiting).await);
        let said = claims(&tokens(&redeem(&app, &told["code"], &[]).await)["id_token"]);
        assert_eq!(said["acr"], "urn:daemun:acr:2");

        // Who has nothing more goes on with what they have.
        let plain = app.browser();
        app.sign_in(&plain, "google", "junho").await;
        let given = tokens(&redeem(&app, &code(&plain, &asks).await, &[]).await);
        assert_eq!(claims(&given["id_token"])["acr"], "urn:daemun:acr:1");
        app.stop().await;
    }
}

/// Chromium holds each redirect after a form against the policy of its page.
#[tokio::test]
async fn s_acc_16_the_page_of_the_code_leads_to_the_app_that_waits() {
    let app = App::configured(CLIENTS).await;
    Careful::become_one(&app).await;
    let browser = app.browser();
    let login = browser.visit(&authorize(&[])).await.location().to_owned();
    let waiting = login.split_once("return_to=").unwrap().1.replace("%2F", "/");
    let form = [("email", EMAIL), ("password", PASSWORD), ("return_to", waiting.as_str())];
    let answer = browser.submit("/api/auth/signin/password", &form).await;
    assert_eq!(answer.location(), "/oauth/second");
    let policy = browser.open("/oauth/second").await.header("content-security-policy").to_owned();
    assert!(policy.contains("form-action 'self' http://localhost:3999;"), "{policy}");
    let without = app.browser();
    by_password(&without, PASSWORD).await;
    let policy = without.open("/oauth/second").await.header("content-security-policy").to_owned();
    assert!(policy.contains("form-action 'self';"), "{policy}");
}

#[tokio::test]
async fn s_acc_14_password_address_and_data_ask_for_a_strong_proof_who_has_one() {
    let app = App::start().await;
    let careful = Careful::become_one(&app).await;
    let browser = careful.sign_in(&app).await;
    app.advance(Duration::from_mins(11));
    let change = [("current_password", PASSWORD), ("password", OTHER)];
    let address = [("email", "other@example.com"), ("password", PASSWORD)];
    for (path, form) in [("/api/users/me/password", change), ("/api/users/me/email", address)] {
        let answer = browser.submit(path, &form).await;
        assert_eq!(answer.location(), "/oauth/prove?return_to=%2Fme%2Fsecurity", "{path}");
    }
    let export = browser.fetch("/api/users/me/export").await;
    assert_eq!(export.json()["error"]["code"], "FRESH_SIGN_IN_NEEDED");
    let proof = [("password", PASSWORD), ("return_to", "/me/security")];
    browser.submit("/api/auth/prove", &proof).await;
    second(&browser, &careful.authenticator.next_code(&app)).await;
    assert_eq!(browser.fetch("/api/users/me/export").await.status, 200);
    let answer = browser.submit("/api/users/me/password", &change).await;
    assert_eq!(answer.location(), "/me/security?notice=password_replaced");
}

/// The file is the whole of an account: a cookie that was copied is not enough for it, whatever the member has.
#[tokio::test]
async fn s_acc_14_the_export_asks_everybody_for_a_fresh_proof() {
    let app = App::start().await;
    let browser = app.browser();
    app.sign_in(&browser, "google", "minji").await;
    app.advance(Duration::from_mins(11));
    let export = browser.fetch("/api/users/me/export").await;
    assert_eq!(
        (export.status.as_u16(), &export.json()["error"]["code"]),
        (403, &json!("FRESH_SIGN_IN_NEEDED"))
    );
    let link = browser.open("/api/users/me/export").await;
    assert_eq!(link.location(), "/oauth/prove?return_to=%2Fme%2Faccount", "to the page, and not to the deed");
    app.sign_in(&browser, "google", "minji").await;
    assert_eq!(browser.fetch("/api/users/me/export").await.status, 200);
}

#[tokio::test]
async fn s_acc_14_the_gateway_asks_for_a_fresh_and_strong_proof() {
    let echo = crate::echo::Echo::start().await;
    let route = |path: &str, asks: &str| {
        format!(
            "[[gateway.routes]]\npath = \"{path}\"\nupstream = [\"{}\"]\nmethods = [\"GET\"]\nscope = \"read\"\n{asks}\n",
            echo.url()
        )
    };
    let toml =
        [route("/api/a", "fresh = \"10m\""), route("/api/b", "level = 2"), route("/api/c", "")].concat();
    let config = configuration_of(&toml, &[]).unwrap();
    let database = TestDatabase::sqlite().await;
    let app = App::launch(database.url().clone(), database, config, 7).await;
    let careful = Careful::become_one(&app).await;
    let browser = careful.sign_in(&app).await;
    for path in ["/api/a", "/api/b", "/api/c"] {
        assert_eq!(browser.fetch(path).await.status, 200, "{path}");
    }
    app.advance(Duration::from_mins(11));
    let stale = browser.fetch("/api/a").await;
    assert_eq!((stale.status.as_u16(), &stale.json()["error"]["code"]), (401, &json!("STEP_UP_NEEDED")));
    assert_eq!(
        stale.header("www-authenticate"),
        "Bearer realm=\"daemun\", error=\"insufficient_user_authentication\", acr_values=\"urn:daemun:acr:1\", \
         max_age=\"600\""
    );
    assert_eq!(browser.open("/api/a?x=1").await.location(), "/oauth/prove?return_to=%2Fapi%2Fa%3Fx%3D1");
    assert_eq!(browser.fetch("/api/b").await.status, 200);
    let proof = [("password", PASSWORD), ("return_to", "/api/a")];
    browser.submit("/api/auth/prove", &proof).await;
    second(&browser, &careful.authenticator.next_code(&app)).await;
    assert_eq!(browser.fetch("/api/a").await.status, 200, "at once, with the token of the new proof");

    let plain = app.browser();
    app.sign_in(&plain, "google", "junho").await;
    let weak = plain.fetch("/api/b").await;
    assert_eq!(weak.status, 401);
    assert!(
        weak.header("www-authenticate").contains("acr_values=\"urn:daemun:acr:2\""),
        "{:?}",
        weak.headers
    );
    assert_eq!(plain.fetch("/api/c").await.status, 200);
}

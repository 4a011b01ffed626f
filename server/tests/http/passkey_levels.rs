//! How strong a proof a passkey is, and where one is asked for.

use db::query;
use serde_json::json;

use crate::accounts::PASSWORD;
use crate::app::App;
use crate::authenticator::{Careful, STEP, by_password, second};
use crate::passkey_actor::{OWN, add, code, list, member, remove, sign_in};
use crate::portal::{self, CALLBACK, CLIENTS, authorize, claims, redeem, tokens};

#[tokio::test]
async fn s_acc_14_who_has_a_passkey_shows_it_before_what_matters() {
    for app in App::both().await {
        let (browser, mut key) = member(&app, "google", "minji").await;
        let id = list(&browser).await[0]["id"].clone();
        for refused in
            [browser.call(&format!("{OWN}/options"), &json!({})).await, remove(&browser, &id).await]
        {
            assert_eq!(
                code(&refused),
                (403, "FRESH_SIGN_IN_NEEDED".to_owned()),
                "a provider alone is too little"
            );
        }
        let led = browser.submit("/api/users/me/delete", &[]).await;
        assert!(led.location().starts_with("/oauth/prove?return_to="), "{}", led.location());
        let page = browser.open("/oauth/prove?return_to=%2Fme%2Fsecurity").await.body;
        assert!(
            page.contains("id=\"passkey-login\"") && page.contains("data-return-to=\"/me/security\""),
            "{page}"
        );
        assert!(page.contains("_passkeys.js"), "{page}");
        assert_eq!(sign_in(&browser, &mut key).await.status, 200);
        add(&browser).await;
        assert_eq!(remove(&browser, &id).await.status, 200);
        let last = list(&browser).await[0]["id"].clone();
        assert_eq!(remove(&browser, &last).await.status, 200);
        assert!(app.is_signed_in(&browser).await, "they showed in it a moment ago who they are");
        assert_eq!(code(&sign_in(&browser, &mut key).await), (401, "PASSKEY_UNKNOWN".to_owned()));

        let without = app.browser();
        app.sign_in(&without, "kakao", "junho").await;
        assert!(!without.open("/oauth/prove?return_to=%2Fme").await.body.contains("passkey-login"));
        add(&without).await;
        app.stop().await;
    }
}

#[tokio::test]
async fn s_acc_16_after_a_passkey_no_code_is_asked_for_and_codes_are_taken_again() {
    for app in App::both().await {
        let careful = Careful::become_one(&app).await;
        let mut key = add(&careful.sign_in(&app).await).await;
        {
            let mut tx = app.database.begin().await.unwrap();
            query("UPDATE totp_seeds SET wrong = 100").execute(&mut *tx).await.unwrap();
            tx.commit().await.unwrap();
        }
        let browser = app.browser();
        assert_eq!(by_password(&browser, PASSWORD).await.location(), "/oauth/second");
        let refused = second(&browser, &careful.authenticator.next_code(&app)).await;
        assert!(refused.location().contains("draft="), "too many were wrong: {}", refused.location());
        let page = browser.open("/oauth/second").await.body;
        assert!(page.contains("id=\"passkey-login\"") && page.contains("data-return-to=\"/me\""), "{page}");
        assert_eq!(sign_in(&browser, &mut key).await.status, 200);
        assert!(app.is_signed_in(&browser).await);
        careful.sign_in(&app).await;
        app.stop().await;
    }
}

#[tokio::test]
async fn s_as_31_apps_read_that_a_passkey_was_shown_and_ask_for_one() {
    for app in App::both_configured(CLIENTS).await {
        let metadata = app.browser().fetch("/.well-known/openid-configuration").await.json();
        let classes = json!(["urn:daemun:acr:1", "urn:daemun:acr:2", "phr"]);
        assert_eq!(metadata["acr_values_supported"], classes);
        let (browser, mut key) = member(&app, "google", "minji").await;
        let asks = [("acr_values", "phr")];
        let prove = browser.visit(&authorize(&asks)).await.location().to_owned();
        assert!(prove.starts_with("/oauth/prove?return_to=%2Foauth2%2Fauthorize%2F"), "{prove}");
        assert_eq!(sign_in(&browser, &mut key).await.status, 200);
        let code = portal::code(&browser, &asks).await;
        let said = claims(&tokens(&redeem(&app, &code, &[]).await)["id_token"]);
        assert_eq!((&said["acr"], &said["amr"]), (&json!("phr"), &json!(["pop", "user", "mfa"])));
        assert!(said["auth_time"].is_i64());
        app.stop().await;
    }
}

#[tokio::test]
async fn s_as_31_who_cannot_show_a_passkey_is_not_led_to_where_one_is_asked_for() {
    for app in App::both_configured(CLIENTS).await {
        let careful = Careful::become_one(&app).await;
        let browser = careful.sign_in(&app).await;
        let asks = [("acr_values", "phr")];
        let code = portal::code(&browser, &asks).await;
        let said = claims(&tokens(&redeem(&app, &code, &[]).await)["id_token"]);
        assert_eq!(said["acr"], "urn:daemun:acr:2", "they have codes and no passkey");

        // Who has one and shows a code all the same is asked once.
        let mut key = add(&browser).await;
        app.advance(STEP);
        let prove = browser.visit(&authorize(&asks)).await.location().to_owned();
        let waiting = prove.strip_prefix("/oauth/prove?return_to=").unwrap().replace("%2F", "/");
        app.advance(STEP);
        let proof = [("password", PASSWORD), ("return_to", waiting.as_str())];
        assert_eq!(browser.submit("/api/auth/prove", &proof).await.location(), "/oauth/second");
        assert_eq!(second(&browser, &careful.authenticator.next_code(&app)).await.location(), waiting);
        assert!(browser.open(&waiting).await.location().starts_with(CALLBACK));
        assert_eq!(sign_in(&browser, &mut key).await.status, 200);
        assert!(browser.visit(&authorize(&asks)).await.location().starts_with(CALLBACK));
        app.stop().await;
    }
}

#[tokio::test]
async fn s_as_29_metadata_names_no_class_that_nobody_reaches() {
    let app = App::with(&[("DAEMUN_PASSKEYS__ENABLED", "false")]).await;
    let metadata = app.browser().fetch("/.well-known/openid-configuration").await.json();
    assert_eq!(metadata["acr_values_supported"], json!(["urn:daemun:acr:1", "urn:daemun:acr:2"]));
    app.stop().await;
}

//! How strong a proof a passkey is, and where one is asked for.

use std::time::Duration;

use db::query;
use serde_json::json;

use crate::accounts::{EMAIL, PASSWORD, mail, post, token};
use crate::app::App;
use crate::authenticator::{Careful, STEP, by_password, second};
use crate::factor_reset::number;
use crate::passkey_actor::{OWN, add, code, list, member, remove, sign_in};
use crate::portal::{self, CALLBACK, CLIENTS, authorize, claims, redeem, tokens};

/// What is chosen in place of a password that was forgotten.
const NEW: &str = "마루 끝에 앉아 듣는 늦여름 빗소리";

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

/// The proof of the newest mail for a new password, once it is another than `before`: that mail is still there.
async fn proof_after(app: &App, before: &str) -> String {
    for _ in 0..500 {
        let proof = token(&mail(app, EMAIL, "/password/reset").await);
        if proof != before {
            return proof;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("no other mail for a new password")
}

#[tokio::test]
async fn s_up_11_a_second_factor_beside_the_mail_keeps_the_passkeys() {
    for app in App::both().await {
        let careful = Careful::become_one(&app).await;
        let mut key = add(&careful.sign_in(&app).await).await;
        let reset = async |second: &str, before: &str| {
            // The newest mail is looked for by its time.
            app.advance(Duration::from_secs(1));
            assert_eq!(post(&app, "/api/users/password/forgot", json!({"email": EMAIL})).await.status, 202);
            let proof = proof_after(&app, before).await;
            let new = json!({"token": proof, "password": NEW, "second_code": second});
            (post(&app, "/api/users/password/reset", new).await, proof)
        };
        let page = app.browser().open("/password/reset?token=x").await.body;
        let (passkey, form) = (page.find("href=\"/oauth/login\"").unwrap(), page.find("<form").unwrap());
        assert!(passkey < form && page.contains("name=\"second_code\""), "the passkey comes first: {page}");

        let used = careful.authenticator.code(&app);
        let (wrong, proof) = reset(&used, "").await;
        assert_eq!(wrong.code(), (401, "SECOND_FACTOR_WRONG"), "one that was used is nothing");
        assert_eq!(
            by_password(&app.browser(), PASSWORD).await.location(),
            "/oauth/second",
            "nothing changed"
        );
        // The form brings the person back to the field, and the mail is still good.
        let form = [("token", proof.as_str()), ("password", NEW), ("second_code", used.as_str())];
        let back = app.browser();
        let refused = back.submit("/api/users/password/reset", &form).await;
        let page = back.open(refused.location()).await.body;
        assert!(page.contains("id=\"reset-second_code-error\""), "{page}");
        let good = careful.authenticator.next_code(&app);
        let new = json!({"token": proof, "password": NEW, "second_code": good});
        let done = post(&app, "/api/users/password/reset", new).await;
        assert_eq!(done.status, 200, "{}", done.body);
        assert_eq!(sign_in(&app.browser(), &mut key).await.status, 200, "they stay");

        let (done, proof) = reset(&careful.recovery_codes[0], &proof).await;
        assert_eq!(done.status, 200, "a recovery code does as well: {}", done.body);
        assert_eq!(sign_in(&app.browser(), &mut key).await.status, 200);
        let (spent, proof) = reset(&careful.recovery_codes[0], &proof).await;
        assert_eq!(spent.code(), (401, "SECOND_FACTOR_WRONG"));
        let alone = json!({"token": proof, "password": NEW, "second_code": " "});
        assert_eq!(post(&app, "/api/users/password/reset", alone).await.status, 200);
        assert_eq!(code(&sign_in(&app.browser(), &mut key).await), (401, "PASSKEY_UNKNOWN".to_owned()));
        app.stop().await;
    }
}

#[tokio::test]
async fn s_up_11_a_second_factor_beside_the_mail_keeps_the_identities() {
    for app in App::both().await {
        let careful = Careful::become_one(&app).await;
        let browser = careful.sign_in(&app).await;
        let departs = browser.submit("/api/auth/link/kakao", &[]).await;
        let callback = app.provider.agree(departs.location(), "junho").await;
        let linked = browser.visit(&callback).await;
        assert!(linked.location().contains("notice=linked"), "{}", linked.location());
        let mut before = String::new();
        for (second, left) in [(careful.authenticator.next_code(&app), 1), (String::new(), 0)] {
            app.advance(Duration::from_secs(1));
            assert_eq!(post(&app, "/api/users/password/forgot", json!({"email": EMAIL})).await.status, 202);
            before = proof_after(&app, &before).await;
            let new = json!({"token": before, "password": NEW, "second_code": second});
            let done = post(&app, "/api/users/password/reset", new).await;
            assert_eq!(done.status, 200, "{}", done.body);
            assert_eq!(number(&app, "SELECT COUNT(*) FROM identities").await, left, "{second}");
        }
        app.stop().await;
    }
}

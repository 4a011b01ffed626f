//! Logins whose id_token or issuer is not as it should be.

use std::time::Duration;

use reqwest::Method;
use serde_json::json;
use url::Url;

use crate::app::{App, PROVIDERS, configuration_of};

#[tokio::test]
async fn s_up_7_a_bad_id_token_signs_nobody_in() {
    let app = App::with(&[
        ("DAEMUN_PROVIDERS__NAVER__PROTOCOL", "oidc"),
        ("DAEMUN_PROVIDERS__KAKAO__PROTOCOL", "oidc"),
    ])
    .await;
    let failures = [
        "wrong-iss",
        "wrong-aud",
        "wrong-nonce",
        "expired",
        "unknown-kid",
        "bad-signature",
        "alg-none",
        "alg-hs256",
    ];
    for provider in PROVIDERS {
        for failure in failures {
            let browser = app.browser();
            let callback = app.until_callback(&browser, provider, "minji").await;
            app.provider.failure(provider, "id-token", failure).await;
            let answer = browser.visit(&callback).await;
            assert_eq!(answer.status, 400, "{provider} {failure}");
            assert!(answer.cookies().iter().all(|line| !line.starts_with("daemun=")), "{provider} {failure}");
            app.advance(Duration::from_mins(11));
        }
    }
}

#[tokio::test]
async fn s_up_4_an_id_token_for_another_login_or_for_none_signs_nobody_in() {
    let app = App::with(&[
        ("DAEMUN_PROVIDERS__NAVER__PROTOCOL", "oidc"),
        ("DAEMUN_PROVIDERS__KAKAO__PROTOCOL", "oidc"),
    ])
    .await;
    for provider in PROVIDERS {
        let mut sent = std::collections::BTreeSet::new();
        for failure in ["wrong-nonce", "no-nonce"] {
            let browser = app.browser();
            let authorize = app.begin(&browser, provider, "/me").await;
            let nonce = Url::parse(&authorize).unwrap();
            let nonce = nonce.query_pairs().find(|(name, _)| name == "nonce").unwrap().1.into_owned();
            assert!(nonce.len() >= 22 && sent.insert(nonce), "each login has its own, of 128 bits or more");
            let callback = app.provider.agree(&authorize, "minji").await;
            app.provider.failure(provider, "id-token", failure).await;
            let answer = browser.visit(&callback).await;
            assert_eq!(answer.status, 400, "{provider} {failure}");
            assert!(!app.is_signed_in(&browser).await, "{provider} {failure}");
            assert_eq!(browser.visit(&callback).await.status, 400, "{provider} {failure}: it is spent");
            app.advance(Duration::from_mins(11));
        }
        app.sign_in(&app.browser(), provider, "minji").await;
    }
    assert_eq!(app.database.dump().await.lines().filter(|line| line.starts_with("sessions|")).count(), 3);
}

/// What a provider says of itself moves nothing: issuer and endpoints are those of the configuration.
#[tokio::test]
async fn s_up_8_a_provider_that_names_another_issuer_signs_nobody_in_and_the_others_go_on() {
    let app = App::with(&[("DAEMUN_PROVIDERS__NAVER__PROTOCOL", "oidc")]).await;
    for provider in ["google", "naver"] {
        let browser = app.browser();
        let callback = app.until_callback(&browser, provider, "minji").await;
        app.provider.failure(provider, "id-token", "wrong-iss").await;
        assert_eq!(browser.visit(&callback).await.status, 400, "{provider}");
        assert!(!app.is_signed_in(&browser).await);
        for other in PROVIDERS {
            app.sign_in(&app.browser(), other, "junho").await;
        }
        // Nobody read its metadata: no request went anywhere but to the four endpoints.
        let asked = app.provider.requests(provider).await;
        let known = ["authorize", "token", "userinfo", "jwks", "revoke"];
        assert!(asked.iter().all(|request| known.contains(&request["at"].as_str().unwrap())), "{asked:?}");
    }
    let dump = app.database.dump().await;
    assert!(
        dump.lines().any(|line| line.starts_with("audit_events|") && line.contains("id_token_issuer")),
        "{dump}"
    );
}

#[test]
fn s_up_8_no_endpoint_of_a_provider_is_taken_without_https_in_production() {
    let production = [
        ("DAEMUN_MODE", "production"),
        ("DAEMUN_PUBLIC_URL", "https://login.example"),
        ("DAEMUN_MASTER_KEYS", crate::token_actor::MASTER_KEY),
    ];
    let keys = ["ISSUER", "AUTHORIZE_URL", "TOKEN_URL", "USERINFO_URL", "JWKS_URL"];
    let ends = [("GOOGLE", "REVOKE_URL"), ("NAVER", "REVOKE_URL"), ("KAKAO", "UNLINK_URL")];
    let all =
        ends.iter().flat_map(|(provider, end)| keys.iter().chain([end]).map(move |key| (provider, key)));
    for (provider, key) in all {
        let name = format!("DAEMUN_PROVIDERS__{provider}__{key}");
        let dotted = format!("providers.{}.{}", provider.to_lowercase(), key.to_lowercase());
        for (value, allowed) in [
            ("https://accounts.example/x", true),
            ("http://accounts.example/x", false),
            ("ftp://accounts.example/x", false),
            ("//accounts.example/x", false),
            ("accounts.example", false),
        ] {
            let settings = [&production[..], &[(name.as_str(), value)]].concat();
            let problems =
                configuration_of("", &settings).err().map(|error| error.to_string()).unwrap_or_default();
            // What else production wants is another test's.
            assert_eq!(!problems.contains(&dotted), allowed, "{name}={value}: {problems}");
        }
    }
}

#[tokio::test]
async fn s_up_20_a_provider_may_change_its_keys() {
    let app = App::start().await;
    app.sign_in(&app.browser(), "google", "minji").await;
    app.provider.control(Method::POST, "google/rotate-keys", json!({})).await;
    app.advance(Duration::from_mins(2));
    app.sign_in(&app.browser(), "google", "minji").await;
    app.provider.control(Method::POST, "google/rotate-keys", json!({"forget": true})).await;
    app.advance(Duration::from_mins(2));
    app.sign_in(&app.browser(), "google", "minji").await;
}

//! Google, as its documentation *OpenID Connect* and practice have it.

use std::time::Duration;

use reqwest::Method;
use serde_json::json;
use simulators::SimulatedProvider::Google;

use crate::app::{App, CHALLENGE, Pairs, VERIFIER, outcome, page_code, parameters, text};
use crate::id_tokens::{claims, verify};

const OFFLINE: Pairs<'_> = &[("access_type", "offline")];
const OFFLINE_AND_CONSENT: Pairs<'_> = &[("access_type", "offline"), ("prompt", "select_account consent")];
const DAY: Duration = Duration::from_hours(24);

async fn app() -> App {
    App::at(Google).await
}

async fn refusal(app: &App, code: &str, changes: Pairs<'_>) -> (u16, String, String) {
    outcome(&app.redeem(code, changes).await, ["error", "error_description"])
}

fn error(status: u16, error: &str, description: &str) -> (u16, String, String) {
    (status, error.to_owned(), description.to_owned())
}

#[tokio::test]
async fn a_code_is_good_once_for_ten_minutes_and_for_its_redirect_uri() {
    let app = app().await;
    let malformed = error(400, "invalid_grant", "Malformed auth code.");
    assert_eq!(refusal(&app, "4/0Ainvented", &[]).await, malformed);
    let code = app.code("minji", &[]).await;
    assert_eq!(app.redeem(&code, &[]).await.status, 200);
    assert_eq!(refusal(&app, &code, &[]).await, malformed, "used");
    let late = app.code("minji", &[]).await;
    app.clock.advance(Duration::from_mins(10));
    assert_eq!(refusal(&app, &late, &[]).await, malformed, "expired");
    let elsewhere = app.code("minji", &[]).await;
    let changes = &[("redirect_uri", "http://localhost:3000/api/auth/callback/google/")];
    assert_eq!(refusal(&app, &elsewhere, changes).await, error(400, "redirect_uri_mismatch", "Bad Request"));
    assert_eq!(refusal(&app, &elsewhere, &[]).await, malformed, "a failed try spends it, too");
}

#[tokio::test]
async fn a_code_belongs_to_the_client_that_asked_for_it() {
    let mut app = app().await;
    let code = app.code("minji", &[]).await;
    app.become_another().await;
    assert_eq!(refusal(&app, &code, &[]).await, error(400, "invalid_grant", "Malformed auth code."));
    assert_eq!(app.tokens("minji", &[]).await["token_type"], "Bearer");
}

#[tokio::test]
async fn a_challenge_binds_the_code_by_s256_and_by_plain() {
    let app = app().await;
    for (challenge, method) in [(CHALLENGE, "S256"), (VERIFIER, "plain"), (VERIFIER, "")] {
        let asked = [("code_challenge", challenge), ("code_challenge_method", method)];
        let code = app.code("minji", &asked).await;
        assert_eq!(refusal(&app, &code, &[]).await, error(400, "invalid_grant", "Missing code verifier."));
        let code = app.code("minji", &asked).await;
        let wrong = [("code_verifier", CHALLENGE.trim_start_matches('E'))];
        assert_eq!(refusal(&app, &code, &wrong).await, error(400, "invalid_grant", "Invalid code verifier."));
        let code = app.code("minji", &asked).await;
        assert_eq!(app.redeem(&code, &[("code_verifier", VERIFIER)]).await.status, 200, "{method}");
    }
    let odd = [("code_challenge", CHALLENGE), ("code_challenge_method", "S512")];
    assert_eq!(page_code(&app.authorize(&odd).await), "invalid_request");
}

#[tokio::test]
async fn a_redirect_uri_is_compared_byte_by_byte_and_a_mismatch_stays_on_a_page() {
    let app = app().await;
    for other in [
        "http://localhost:3000/api/auth/callback/google/",
        "http://localhost:3000/api/auth/callback/Google",
        "https://localhost:3000/api/auth/callback/google",
        "http://LOCALHOST:3000/api/auth/callback/google",
        "http://localhost:3000/api/auth/callback/google?x=1",
        "http://localhost:3000/api/auth/callback",
        "",
    ] {
        let page = app.authorize(&[("redirect_uri", other)]).await;
        assert_eq!((page.status.as_u16(), page_code(&page)), (400, "redirect_uri_mismatch"), "{other}");
    }
}

#[tokio::test]
async fn faults_of_the_app_and_embedded_browsers_stay_on_a_page() {
    let app = app().await;
    let failures: [(Pairs<'_>, u16, &str); 4] = [
        (&[("client_id", "nobody")], 401, "invalid_client"),
        (&[("response_type", "token")], 400, "invalid_request"),
        (&[("scope", "email")], 400, "invalid_request"),
        (&[("scope", "")], 400, "invalid_request"),
    ];
    for (changes, status, code) in failures {
        let page = app.authorize(changes).await;
        assert_eq!((page.status.as_u16(), page_code(&page)), (status, code), "{changes:?}");
    }
    for agent in [
        "Mozilla/5.0 (Linux; Android 15; Pixel 9; wv) AppleWebKit/537.36",
        "Mozilla/5.0 (iPhone) AppleWebKit/605 KAKAOTALK 10.8.0",
        "Mozilla/5.0 (iPhone) AppleWebKit/605 NAVER(inapp; search; 1200)",
        "Mozilla/5.0 (iPhone) AppleWebKit/605 Mobile/15E148 Instagram 380.0.0.28.83",
        "Mozilla/5.0 (Linux; Android 15) AppleWebKit/537.36 [FB_IAB/FB4A;FBAV/510.0.0.53.109;]",
        "Mozilla/5.0 (iPhone) AppleWebKit/605 Safari/604.1 Line/15.3.0",
        "Mozilla/5.0 (Linux; Android 15) AppleWebKit/537.36 DaumApps/8.3.1",
        "Mozilla/5.0 (Linux; Android 15) AppleWebKit/537.36 BAND/21.0.0",
    ] {
        let request = app.request(Method::GET, app.endpoints.authorize_url.as_str());
        let page = request.header("user-agent", agent).send().await.unwrap();
        assert_eq!(page.status(), 403);
        assert!(page.text().await.unwrap().contains("disallowed_useragent"), "{agent}");
    }
}

#[tokio::test]
async fn a_callback_has_parameters_that_nobody_asked_for_and_a_code_with_a_slash() {
    let app = app().await;
    let callback = app.callback("minji", &[("state", "a+b c/é")]).await;
    assert!(callback.location().starts_with("http://localhost:3000/api/auth/callback/google?"));
    assert!(callback.location().contains("code=4%2F0A"));
    let came = parameters(&callback);
    assert_eq!(came["state"], "a+b c/é", "unchanged");
    assert_eq!(came["iss"], app.endpoints.issuer);
    assert_eq!((came["authuser"].as_str(), came["prompt"].as_str()), ("0", "consent"));
    assert!(came["scope"].contains("https://www.googleapis.com/auth/userinfo.email"));
    assert!(!came.contains_key("hd"));
    let worker =
        json!({"id": "7", "email": "w@example.com", "email_verified": true, "hosted_domain": "example.com"});
    app.put_user("worker", worker).await;
    assert_eq!(parameters(&app.callback("worker", &[]).await)["hd"], "example.com");
    app.switch(json!({"iss_in_callback": false})).await;
    assert!(!parameters(&app.callback("minji", &[]).await).contains_key("iss"));
}

#[tokio::test]
async fn a_person_who_cancels_or_cannot_be_asked_comes_back_with_an_error() {
    let app = app().await;
    let cancelled = app.decide(&app.authorize(&[]).await, "minji", "cancel").await;
    let came = parameters(&cancelled);
    assert_eq!((came["error"].as_str(), came["state"].as_str()), ("access_denied", "a state"));
    assert!(!came.contains_key("code") && !came.contains_key("error_description"));
    let silent = parameters(&app.authorize(&[("prompt", "none")]).await);
    assert_eq!(silent["error"], "interaction_required");
}

#[tokio::test]
async fn the_token_endpoint_refuses_with_googles_status_and_words() {
    let app = app().await;
    let refusals: [(Pairs<'_>, _); 6] = [
        (&[("client_id", "nobody")], error(401, "invalid_client", "The OAuth client was not found.")),
        (&[("client_secret", "wrong")], error(401, "invalid_client", "Unauthorized")),
        (&[("client_secret", "")], error(401, "invalid_client", "Unauthorized")),
        (&[("code", "")], error(400, "invalid_request", "Missing required parameter: code")),
        (&[("grant_type", "")], error(400, "invalid_request", "Missing required parameter: grant_type")),
        (&[("grant_type", "password")], error(400, "unsupported_grant_type", "Invalid grant_type")),
    ];
    for (changes, expected) in refusals {
        assert_eq!(refusal(&app, "x", changes).await, expected, "{changes:?}");
    }
}

#[tokio::test]
async fn a_secret_may_come_in_the_body_or_by_basic() {
    let app = app().await;
    assert_eq!(app.redeem(&app.code("minji", &[]).await, &[]).await.status, 200);
    let code = app.code("minji", &[]).await;
    let form =
        [("grant_type", "authorization_code"), ("code", &code), ("redirect_uri", app.redirect_uri.as_str())];
    let [(_, id), (_, secret)] = app.credentials();
    let basic = app.request(Method::POST, app.endpoints.token_url.as_str()).basic_auth(id, Some(secret));
    assert_eq!(basic.form(&form).send().await.unwrap().status(), 200);
}

#[tokio::test]
async fn a_refresh_token_comes_only_with_offline_access_and_consent() {
    let app = app().await;
    let has_refresh = async |changes| app.tokens("minji", changes).await.get("refresh_token").is_some();
    let online = app.tokens("junho", &[]).await;
    assert!(online.get("refresh_token").is_none(), "online");
    assert_eq!(online["expires_in"], 3599, "a number");
    let scope = "openid https://www.googleapis.com/auth/userinfo.email https://www.googleapis.com/auth/userinfo.profile";
    assert_eq!(online["scope"], scope, "expanded");
    assert!(has_refresh(OFFLINE).await, "the first consent");
    assert!(!has_refresh(OFFLINE).await, "a later login");
    assert!(has_refresh(OFFLINE_AND_CONSENT).await, "asked again");
}

#[tokio::test]
async fn a_refresh_gives_no_new_refresh_token_and_dies_after_six_months_without_use() {
    let app = app().await;
    let refresh = text(&app.tokens("minji", OFFLINE).await, "refresh_token").to_owned();
    for _ in 0..3 {
        app.clock.advance(170 * DAY);
        let answer = app.refresh(&refresh).await.json();
        assert!(answer.get("refresh_token").is_none());
        assert!(verify(&app, text(&answer, "id_token")).await.unwrap().get("nonce").is_none());
        assert_eq!(app.profile(text(&answer, "access_token")).await.status, 200);
    }
    app.clock.advance(181 * DAY);
    let dead = error(400, "invalid_grant", "Token has been expired or revoked.");
    assert_eq!(outcome(&app.refresh(&refresh).await, ["error", "error_description"]), dead);
}

#[tokio::test]
async fn a_profile_needs_a_living_access_token() {
    let app = app().await;
    let access = text(&app.tokens("minji", &[]).await, "access_token").to_owned();
    let profile = app.profile(&access).await.json();
    assert_eq!(profile["sub"], claims(&app, "minji").await["sub"]);
    assert_eq!((&profile["email"], &profile["email_verified"]), (&json!("minji@gmail.com"), &json!(true)));
    app.clock.advance(Duration::from_hours(1));
    let invalid = error(401, "invalid_request", "Invalid Credentials");
    assert_eq!(outcome(&app.profile(&access).await, ["error", "error_description"]), invalid);
    let without = app.get(app.endpoints.userinfo_url.as_str()).await;
    assert_eq!((without.status.as_u16(), &without.json()["error"]["code"]), (401, &json!(401)));
}

#[tokio::test]
async fn claims_follow_scopes_people_and_switches() {
    let app = app().await;
    let plain = app.tokens("minji", &[("scope", "openid")]).await;
    let plain = verify(&app, text(&plain, "id_token")).await.unwrap();
    assert!(plain.get("email").is_none() && plain.get("name").is_none());
    let unverified = claims(&app, "junho").await;
    assert_eq!((&unverified["email_verified"], &unverified["name"]), (&json!(false), &json!("이준호")));
    let nameless = claims(&app, "nameless").await;
    assert!(nameless.get("name").is_none() && nameless.get("email_verified").is_none());
    app.switch(json!({"bare_issuer": true, "email_verified_as_text": true})).await;
    let odd = claims(&app, "minji").await;
    assert_eq!(format!("http://{}", text(&odd, "iss")), app.endpoints.issuer);
    assert_eq!(odd["email_verified"], "true");
    app.switch(json!({"issuer": "https://accounts.google.com", "bare_issuer": true})).await;
    assert_eq!(claims(&app, "minji").await["iss"], "accounts.google.com");
}

#[tokio::test]
async fn revoking_one_token_withdraws_the_whole_grant() {
    let app = app().await;
    let (first, second) = (app.tokens("minji", OFFLINE).await, app.tokens("minji", &[]).await);
    let other = app.tokens("junho", &[]).await;
    let revoke = async |token: &str| app.post(&app.url("revoke"), &[("token", token)]).await;
    assert_eq!(revoke(text(&second, "access_token")).await.status, 200);
    assert_eq!(app.profile(text(&first, "access_token")).await.status, 401);
    assert_eq!(app.refresh(text(&first, "refresh_token")).await.status, 400);
    assert_eq!(app.profile(text(&other, "access_token")).await.status, 200, "of that person only");
    let again = revoke(text(&first, "refresh_token")).await;
    let dead = error(400, "invalid_token", "Token expired or revoked");
    assert_eq!(outcome(&again, ["error", "error_description"]), dead);
    assert!(app.tokens("minji", OFFLINE).await.get("refresh_token").is_some(), "consent is asked again");
    app.clock.advance(Duration::from_hours(2));
    assert_eq!(revoke(text(&other, "access_token")).await.status, 400, "expired");
}

#[tokio::test]
async fn the_discovery_document_names_what_is_there_and_keys_say_how_long_they_last() {
    let app = app().await;
    let document = app.get(&app.url(".well-known/openid-configuration")).await.json();
    assert_eq!(document["issuer"], app.endpoints.issuer);
    assert_eq!(document["authorization_endpoint"], app.endpoints.authorize_url.as_str());
    assert_eq!(document["token_endpoint"], app.endpoints.token_url.as_str());
    assert_eq!(document["jwks_uri"], app.endpoints.jwks_url.as_str());
    assert_eq!(document["authorization_response_iss_parameter_supported"], true);
    assert_eq!(document["code_challenge_methods_supported"], json!(["plain", "S256"]));
    let keys = app.get(app.endpoints.jwks_url.as_str()).await;
    assert!(keys.header("cache-control").contains("max-age=22700"));
}

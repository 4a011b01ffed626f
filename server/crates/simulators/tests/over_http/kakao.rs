//! Kakao, as its documentation *Kakao Login: REST API* and practice have it.

use std::time::Duration;

use reqwest::Method;
use serde_json::{Value, json};
use simulators::SimulatedProvider::Kakao;
use testkit::Answer;

use crate::app::{App, CHALLENGE, Pairs, VERIFIER, outcome, page_code, parameters, text};
use crate::id_tokens::{claims, verify};

const DAY: Duration = Duration::from_hours(24);
const OPENID_CONNECT: &str = "openid_connect";

async fn app() -> App {
    App::at(Kakao).await
}

fn koe(answer: &Answer) -> (u16, String, String) {
    outcome(answer, ["error", "error_code"])
}

fn error(status: u16, error: &str, code: &str) -> (u16, String, String) {
    (status, error.to_owned(), code.to_owned())
}

#[tokio::test]
async fn faults_of_the_app_stay_on_a_page_with_a_koe_code() {
    let app = app().await;
    let failures: [(Pairs<'_>, &str); 7] = [
        (&[("client_id", "nobody")], "KOE101"),
        (&[("redirect_uri", "http://localhost:3000/api/auth/callback/kakao/")], "KOE006"),
        (&[("redirect_uri", "http://localhost:3000/api/auth/callback/KAKAO")], "KOE006"),
        (&[("redirect_uri", "")], "KOE006"),
        (&[("scope", "profile_nickname,gender")], "KOE205"),
        (&[("scope", "profile_nickname birthday")], "KOE205"),
        (&[("scope", "openid")], "KOE205"),
    ];
    for (changes, code) in failures {
        assert_eq!(page_code(&app.authorize(changes).await), code, "{changes:?}");
    }
    app.switch(json!({"login_enabled": false})).await;
    assert_eq!(page_code(&app.authorize(&[]).await), "KOE004");
    app.switch(json!({"development_app": true})).await;
    app.put_user("stranger", json!({"id": "5", "tester": false})).await;
    assert_eq!(page_code(&app.callback("stranger", &[]).await), "KOE005");
    assert!(parameters(&app.callback("minji", &[]).await).contains_key("code"));
}

#[tokio::test]
async fn a_code_is_good_once_for_ten_minutes_and_for_its_redirect_uri() {
    let app = app().await;
    let unknown = error(400, "invalid_grant", "KOE320");
    let invented = app.redeem("invented", &[]).await;
    assert_eq!(koe(&invented), unknown);
    assert_eq!(invented.json()["error_description"], "authorization code not found for code=invented");
    let code = app.code("minji", &[]).await;
    assert_eq!(app.redeem(&code, &[]).await.status, 200);
    assert_eq!(koe(&app.redeem(&code, &[]).await), unknown, "used");
    let late = app.code("minji", &[]).await;
    app.clock.advance(Duration::from_mins(10));
    assert_eq!(koe(&app.redeem(&late, &[]).await), unknown, "expired");
    for other in ["http://localhost:3000/elsewhere", ""] {
        let code = app.code("minji", &[]).await;
        let answer = app.redeem(&code, &[("redirect_uri", other)]).await;
        assert_eq!(koe(&answer), error(400, "invalid_grant", "KOE303"));
    }
}

#[tokio::test]
async fn a_code_belongs_to_the_client_that_asked_for_it() {
    let mut app = app().await;
    let code = app.code("minji", &[]).await;
    app.become_another().await;
    assert_eq!(koe(&app.redeem(&code, &[]).await), error(400, "invalid_grant", "KOE320"));
}

#[tokio::test]
async fn a_challenge_binds_unless_the_switch_is_off() {
    let app = app().await;
    let asked: Pairs<'_> = &[("code_challenge", CHALLENGE), ("code_challenge_method", "S256")];
    for changes in [[("code_verifier", "")], [("code_verifier", CHALLENGE)]] {
        let answer = app.redeem(&app.code("minji", asked).await, &changes).await;
        assert_eq!(koe(&answer), error(400, "invalid_grant", "KOE320"));
    }
    let code = app.code("minji", asked).await;
    assert_eq!(app.redeem(&code, &[("code_verifier", VERIFIER)]).await.status, 200);
    app.switch(json!({"enforce_pkce": false})).await;
    assert_eq!(app.redeem(&app.code("minji", asked).await, &[]).await.status, 200);
}

#[tokio::test]
async fn the_token_endpoint_refuses_with_koe_codes() {
    let app = app().await;
    let refusals: [(Pairs<'_>, _); 5] = [
        (&[("client_secret", "")], error(401, "invalid_client", "KOE010")),
        (&[("client_secret", "wrong")], error(401, "invalid_client", "KOE010")),
        (&[("client_id", "nobody")], error(401, "invalid_client", "KOE101")),
        (&[("grant_type", "password")], error(400, "unsupported_grant_type", "KOE310")),
        (&[("grant_type", "refresh_token")], error(400, "invalid_grant", "KOE319")),
    ];
    for (changes, expected) in refusals {
        assert_eq!(koe(&app.redeem("x", changes).await), expected, "{changes:?}");
    }
    assert_eq!(koe(&app.refresh("invented").await), error(400, "invalid_grant", "KOE322"));
    let code = app.code("minji", &[]).await;
    let form = [("grant_type", "authorization_code"), ("code", &code), ("redirect_uri", &app.redirect_uri)];
    let [(_, id), (_, secret)] = app.credentials();
    let basic = app.request(Method::POST, app.endpoints.token_url.as_str()).basic_auth(id, Some(secret));
    let basic = basic.form(&form).send().await.unwrap();
    assert_eq!(basic.status(), 401);
    let body: Value = serde_json::from_str(&basic.text().await.unwrap()).unwrap();
    assert_eq!(
        (&body["error_code"], &body["error_description"]),
        (&json!("KOE010"), &json!("Bad client credentials"))
    );
    assert_eq!(app.redeem(&code, &[]).await.status, 200, "the code was not looked at");
}

#[tokio::test]
async fn an_answer_has_numbers_and_a_refresh_token_always() {
    let app = app().await;
    let tokens = app.tokens("minji", &[]).await;
    assert_eq!(
        (&tokens["expires_in"], &tokens["refresh_token_expires_in"]),
        (&json!(21599), &json!(5_183_999))
    );
    assert_eq!(tokens["token_type"], "bearer");
    assert_eq!(tokens["scope"], "profile_nickname profile_image account_email");
    assert_ne!(text(&tokens, "refresh_token"), "");
    assert!(tokens.get("id_token").is_none(), "OpenID Connect is off in the console");
}

#[tokio::test]
async fn scopes_by_comma_or_space_and_no_openid_no_id_token() {
    let app = app().await;
    app.switch(json!({OPENID_CONNECT: true})).await;
    for (scope, certified) in [
        ("", true),
        ("openid", true),
        ("account_email,openid", true),
        ("openid profile_nickname", true),
        ("account_email", false),
        ("account_email,profile_nickname", false),
    ] {
        let tokens = app.tokens("minji", &[("scope", scope)]).await;
        assert_eq!(tokens.get("id_token").is_some(), certified, "{scope}");
    }
}

#[tokio::test]
async fn an_id_token_has_an_address_only_when_it_is_valid_and_verified_and_no_word_of_it() {
    let app = app().await;
    app.switch(json!({OPENID_CONNECT: true})).await;
    for (valid, verified) in [(true, true), (true, false), (false, true), (false, false)] {
        let user = json!({"id": "42", "email": "a@b.kr", "email_valid": valid, "email_verified": verified});
        app.put_user("someone", user).await;
        let claims = claims(&app, "someone").await;
        assert_eq!(claims.get("email").is_some(), valid && verified);
        assert!(claims.get("email_verified").is_none());
        assert_eq!((&claims["sub"], &claims["auth_time"]), (&json!("42"), &claims["iat"]));
    }
}

#[tokio::test]
async fn a_refresh_token_rotates_only_in_its_last_month() {
    let app = app().await;
    app.switch(json!({OPENID_CONNECT: true})).await;
    let first = text(&app.tokens("minji", &[]).await, "refresh_token").to_owned();
    app.clock.advance(29 * DAY);
    let early = app.refresh(&first).await.json();
    assert!(early.get("refresh_token").is_none() && early.get("refresh_token_expires_in").is_none());
    assert_eq!(verify(&app, text(&early, "id_token")).await.unwrap()["sub"], "9007199254741993");
    app.clock.advance(2 * DAY);
    let late = app.refresh(&first).await.json();
    let second = text(&late, "refresh_token");
    assert_eq!(late["refresh_token_expires_in"], 5_183_999);
    let dead = error(400, "invalid_grant", "KOE322");
    assert_eq!(koe(&app.refresh(&first).await), dead, "the old one is dead");
    app.clock.advance(60 * DAY);
    assert_eq!(koe(&app.refresh(second).await), dead, "and the new one lives two months");
}

#[tokio::test]
async fn a_person_gets_so_many_tokens_and_no_more() {
    let app = app().await;
    let limited = error(429, "invalid_request", "KOE237");
    app.switch(json!({"tokens_per_ten_minutes": 3})).await;
    for _ in 0..3 {
        app.tokens("minji", &[]).await;
    }
    assert_eq!(koe(&app.redeem(&app.code("minji", &[]).await, &[]).await), limited);
    app.tokens("junho", &[]).await;
    app.clock.advance(Duration::from_mins(10));
    let refresh = text(&app.tokens("minji", &[]).await, "refresh_token").to_owned();
    app.switch(json!({"refreshes_per_hour": 2})).await;
    assert_eq!((app.refresh(&refresh).await.status, app.refresh(&refresh).await.status).1, 200);
    assert_eq!(koe(&app.refresh(&refresh).await), limited);
    app.clock.advance(Duration::from_hours(1));
    assert_eq!(app.refresh(&refresh).await.status, 200);
}

async fn profile(app: &App, user: &str, query: &str) -> Value {
    let tokens = app.tokens(user, &[]).await;
    let url = format!("{}{query}", app.endpoints.userinfo_url);
    app.call(Method::GET, &url, text(&tokens, "access_token")).await.json()
}

#[tokio::test]
async fn an_id_is_a_number_that_a_float_cannot_hold() {
    let app = app().await;
    let profile = profile(&app, "minji", "").await;
    assert_eq!(profile["id"].as_i64(), Some(9_007_199_254_741_993));
    assert_eq!(profile["kakao_account"]["profile"]["nickname"], "김민지");
    assert!(profile.get("email").is_none(), "nested");
}

#[tokio::test]
async fn an_address_comes_with_its_flags_or_says_that_it_waits_for_agreement() {
    let app = app().await;
    for (valid, verified) in [(true, true), (true, false), (false, true), (false, false)] {
        let user = json!({"id": "42", "email": "a@b.kr", "email_valid": valid, "email_verified": verified});
        app.put_user("someone", user).await;
        let account = profile(&app, "someone", "").await["kakao_account"].clone();
        assert_eq!((&account["email"], &account["email_needs_agreement"]), (&json!("a@b.kr"), &json!(false)));
        assert_eq!(
            (&account["is_email_valid"], &account["is_email_verified"]),
            (&valid.into(), &verified.into())
        );
    }
    let waiting =
        json!({"id": "42", "email": "a@b.kr", "email_verified": true, "email_needs_agreement": true});
    app.put_user("someone", waiting).await;
    let account = profile(&app, "someone", "").await["kakao_account"].clone();
    assert!(account.get("email").is_none() && account.get("is_email_valid").is_none());
    assert_eq!(account["email_needs_agreement"], true);
    app.tokens("someone", &[("scope", "account_email")]).await;
    assert_eq!(profile(&app, "someone", "").await["kakao_account"]["email"], "a@b.kr", "agreed to");
    assert!(profile(&app, "nameless", "").await.get("kakao_account").is_none());
    app.switch(json!({"consent_items": ["profile_nickname"]})).await;
    let account = profile(&app, "minji", "").await["kakao_account"].clone();
    assert!(account.get("email").is_none(), "the app has no right to it");
    assert_eq!(account["email_needs_agreement"], false);
}

#[tokio::test]
async fn images_are_http_unless_they_are_asked_for_safely() {
    let app = app().await;
    let user = json!({"id": "42", "nickname": "n", "picture": "https://k.kakaocdn.net/a.jpg"});
    app.put_user("someone", user).await;
    for (query, start) in [("", "http://"), ("?secure_resource=true", "https://")] {
        let profile = profile(&app, "someone", query).await["kakao_account"]["profile"].clone();
        assert!(text(&profile, "profile_image_url").starts_with(start));
        assert!(text(&profile, "thumbnail_image_url").starts_with(start));
    }
}

#[tokio::test]
async fn the_api_has_errors_of_another_shape() {
    let app = app().await;
    let unknown = (401, "this access token does not exist".to_owned(), "-401".to_owned());
    assert_eq!(outcome(&app.profile("dead").await, ["msg", "code"]), unknown);
    assert_eq!(outcome(&app.get(app.endpoints.userinfo_url.as_str()).await, ["msg", "code"]), unknown);
    let access = text(&app.tokens("minji", &[]).await, "access_token").to_owned();
    app.plan("userinfo", "temporary").await;
    let passing = (400, "internal error".to_owned(), "-1".to_owned());
    assert_eq!(outcome(&app.profile(&access).await, ["msg", "code"]), passing);
    app.plan("userinfo", "too-many").await;
    assert_eq!(app.profile(&access).await.json()["code"], -10);
    app.clock.advance(Duration::from_hours(6));
    assert_eq!(outcome(&app.profile(&access).await, ["msg", "code"]), unknown, "expired");
}

#[tokio::test]
async fn a_logout_ends_one_token_and_an_unlink_everything() {
    let app = app().await;
    let (first, second) = (app.tokens("minji", &[]).await, app.tokens("minji", &[]).await);
    let [first_access, second_access] = [&first, &second].map(|tokens| text(tokens, "access_token"));
    let end = async |verb, access| app.call(Method::POST, &app.url(verb), access).await;
    let consented = async || app.control(Method::GET, "", &json!({})).await.json()["consented"].clone();
    let out = end("v1/user/logout", first_access).await;
    assert_eq!((out.status.as_u16(), out.json()), (200, json!({"id": 9_007_199_254_741_993_i64})));
    assert_eq!(app.profile(first_access).await.status, 401);
    assert_eq!(app.profile(second_access).await.status, 200);
    assert_eq!(app.refresh(text(&first, "refresh_token")).await.status, 200, "a refresh token stays");
    assert_eq!(consented().await, json!(["minji"]));
    assert_eq!(end("v1/user/logout", first_access).await.json()["code"], -401);
    assert_eq!(end("v1/user/unlink", second_access).await.json(), json!({"id": 9_007_199_254_741_993_i64}));
    assert_eq!(app.profile(second_access).await.status, 401);
    assert_eq!(
        koe(&app.refresh(text(&second, "refresh_token")).await),
        error(400, "invalid_grant", "KOE322")
    );
    assert_eq!(consented().await, json!([]));
}

#[tokio::test]
async fn a_logout_with_the_account_goes_back_to_a_registered_address_only() {
    let app = app().await;
    let logout = async |query: &str| app.get(&format!("{}?{query}", app.url("oauth/logout"))).await;
    let id = app.endpoints.client_id.as_str();
    let back = "logout_redirect_uri=http%3A%2F%2Flocalhost%3A3000%2F";
    let answer = logout(&format!("client_id={id}&{back}&state=a%20b")).await;
    assert_eq!((answer.status.as_u16(), answer.location()), (302, "http://localhost:3000/?state=a%20b"));
    let elsewhere = logout(&format!("client_id={id}&{back}elsewhere")).await;
    assert_eq!(page_code(&elsewhere), "KOE007");
    assert_eq!(page_code(&logout(&format!("client_id=nobody&{back}")).await), "KOE101");
}

#[tokio::test]
async fn a_cancel_comes_back_with_percent_for_spaces_and_silence_with_its_own_error() {
    let app = app().await;
    let back = app.decide(&app.authorize(&[]).await, "minji", "cancel").await;
    let query = "?error=access_denied&error_description=User%20denied%20access&state=a%20state";
    assert_eq!(back.location(), format!("{}{query}", app.redirect_uri));
    let silent = app.authorize(&[("prompt", "login,none")]).await;
    assert!(silent.location().contains("error_description=user%20consent%20required."));
    assert_eq!(parameters(&silent)["error"], "consent_required");
}

#[tokio::test]
async fn the_discovery_document_is_kakaos() {
    let app = app().await;
    let document = app.get(&app.url(".well-known/openid-configuration")).await.json();
    assert_eq!(document["token_endpoint_auth_methods_supported"], json!(["client_secret_post"]));
    assert_eq!(document["jwks_uri"], app.endpoints.jwks_url.as_str());
    assert_eq!(document["request_uri_parameter_supported"], false);
}

//! Naver, as its documentation *Login: developer guide* and practice have it, on both of its surfaces.

use std::time::Duration;

use reqwest::Method;
use serde_json::json;
use simulators::SimulatedProvider::{NaverClassic, NaverOidc};
use testkit::Answer;
use url::form_urlencoded::byte_serialize;

use crate::app::{App, CHALLENGE, Pairs, VERIFIER, outcome, page_code, parameters, text};
use crate::id_tokens::claims;

/// The app on both surfaces.
async fn apps() -> (App, App) {
    let classic = App::at(NaverClassic).await;
    let oidc = classic.beside(NaverOidc);
    (classic, oidc)
}

fn refused(answer: &Answer) -> (u16, String, String) {
    outcome(answer, ["error", "error_description"])
}

fn error(status: u16, error: &str, description: &str) -> (u16, String, String) {
    (status, error.to_owned(), description.to_owned())
}

fn lost(status: u16) -> (u16, String, String) {
    error(status, "invalid_request", "no valid data in session")
}

#[tokio::test]
async fn the_surfaces_do_not_know_each_others_codes_and_tokens() {
    let (classic, oidc) = apps().await;
    assert_eq!(refused(&oidc.redeem(&classic.code("minji", &[]).await, &[]).await), lost(400));
    assert_eq!(refused(&classic.redeem(&oidc.code("minji", &[]).await, &[]).await), lost(200));
    let (old, new) = (classic.tokens("minji", &[]).await, oidc.tokens("minji", &[]).await);
    assert!(old.get("id_token").is_none() && new.get("id_token").is_some());
    let crossed = oidc.refresh(text(&old, "refresh_token")).await;
    assert_eq!(refused(&crossed), error(400, "invalid_request", "invalid refresh_token"));
    let crossed = classic.refresh(text(&new, "refresh_token")).await;
    assert_eq!(refused(&crossed), error(200, "invalid_request", "invalid refresh_token"));
}

#[tokio::test]
async fn a_code_is_good_once_for_ten_minutes_and_for_its_redirect_uri() {
    let (classic, oidc) = apps().await;
    for (app, status) in [(&classic, 200), (&oidc, 400)] {
        let code = app.code("minji", &[]).await;
        assert!(app.redeem(&code, &[]).await.json().get("access_token").is_some());
        assert_eq!(refused(&app.redeem(&code, &[]).await), lost(status), "used");
        let late = app.code("minji", &[]).await;
        app.clock.advance(Duration::from_mins(10));
        assert_eq!(refused(&app.redeem(&late, &[]).await), lost(status), "expired");
        let code = app.code("minji", &[]).await;
        let elsewhere = app.redeem(&code, &[("redirect_uri", "http://localhost:3000/elsewhere")]).await;
        assert_eq!(refused(&elsewhere), lost(status));
        let code = app.code("minji", &[]).await;
        let without = app.redeem(&code, &[("redirect_uri", "")]).await;
        assert!(without.json().get("access_token").is_some(), "redirect_uri is optional there");
    }
}

#[tokio::test]
async fn a_code_is_bound_to_its_state_unless_the_switch_is_off() {
    let (classic, _) = apps().await;
    for changes in [[("state", "")], [("state", "another")]] {
        let code = classic.code("minji", &[]).await;
        assert_eq!(refused(&classic.redeem(&code, &changes).await), lost(200));
    }
    classic.switch(json!({"require_state": false})).await;
    let code = classic.code("minji", &[]).await;
    assert!(classic.redeem(&code, &[("state", "")]).await.json().get("access_token").is_some());
}

#[tokio::test]
async fn a_challenge_binds_on_the_oidc_surface_and_is_ignored_on_the_classic_one() {
    let (classic, oidc) = apps().await;
    let asked: Pairs<'_> = &[("code_challenge", CHALLENGE), ("code_challenge_method", "S256")];
    for changes in [[("code_verifier", "")], [("code_verifier", CHALLENGE)]] {
        let answer = oidc.redeem(&oidc.code("minji", asked).await, &changes).await;
        assert_eq!(refused(&answer), error(400, "invalid_grant", "code verifier mismatch"));
        let answer = classic.redeem(&classic.code("minji", asked).await, &changes).await;
        assert!(answer.json().get("access_token").is_some());
    }
    let answer = oidc.redeem(&oidc.code("minji", asked).await, &[("code_verifier", VERIFIER)]).await;
    assert_eq!(answer.status, 200);
    let plain = [("code_challenge", VERIFIER), ("code_challenge_method", "plain")];
    assert_eq!(parameters(&oidc.authorize(&plain).await)["error"], "invalid_request");
}

#[tokio::test]
async fn classic_tokens_come_by_get_and_post_with_text_for_a_number() {
    let (classic, oidc) = apps().await;
    let code = classic.code("minji", &[]).await;
    let mut url = classic.endpoints.token_url.clone();
    url.query_pairs_mut().extend_pairs(classic.credentials()).extend_pairs([
        ("grant_type", "authorization_code"),
        ("code", &code),
        ("state", "a state"),
    ]);
    for answer in [classic.get(url.as_str()).await.json(), classic.tokens("minji", &[]).await] {
        assert_eq!(answer["expires_in"], "3600", "text");
        assert_eq!(answer["token_type"], "bearer");
        assert!("+/=".chars().all(|odd| text(&answer, "access_token").contains(odd)));
        assert!(text(&answer, "refresh_token").chars().all(char::is_alphanumeric));
    }
    assert_eq!(oidc.get(oidc.endpoints.token_url.as_str()).await.status, 405, "POST only");
}

#[tokio::test]
async fn classic_refusals_have_status_200_and_oidc_ones_their_own() {
    let (classic, oidc) = apps().await;
    let pair = "wrong client id / client secret pair";
    for changes in [[("client_id", "nobody")], [("client_secret", "wrong")], [("client_secret", "")]] {
        let answer = classic.redeem("x", &changes).await;
        assert_eq!(refused(&answer), error(200, "invalid_request", pair));
        let answer = oidc.redeem("x", &changes).await;
        assert_eq!(refused(&answer), error(401, "invalid_client", "client authentication failed"));
    }
    assert_eq!(refused(&classic.redeem("x", &[]).await), lost(200));
    let dead = error(200, "invalid_request", "invalid refresh_token");
    assert_eq!(refused(&classic.refresh("invented").await), dead);
}

#[tokio::test]
async fn basic_is_refused_everywhere() {
    let (classic, oidc) = apps().await;
    for (app, status) in [(&classic, 200), (&oidc, 401)] {
        let code = app.code("minji", &[]).await;
        let form = [("grant_type", "authorization_code"), ("code", &code), ("state", "a state")];
        let [(_, id), (_, secret)] = app.credentials();
        let request = app.request(Method::POST, app.endpoints.token_url.as_str());
        let answer = request.basic_auth(id, Some(secret)).form(&form).send().await.unwrap();
        assert_eq!(answer.status(), status);
        assert!(answer.text().await.unwrap().contains("error"));
        assert!(
            app.redeem(&code, &[]).await.json().get("access_token").is_some(),
            "the code was not looked at"
        );
    }
    let [(_, id), (_, secret)] = classic.credentials();
    let request = classic.request(Method::POST, &classic.url("oauth2.0/revoke")).basic_auth(id, Some(secret));
    assert_eq!(request.form(&[("token", "x")]).send().await.unwrap().status(), 401);
}

#[tokio::test]
async fn a_refresh_never_rotates() {
    let (classic, _) = apps().await;
    let refresh = text(&classic.tokens("minji", &[]).await, "refresh_token").to_owned();
    for _ in 0..3 {
        classic.clock.advance(Duration::from_hours(24 * 100));
        let answer = classic.refresh(&refresh).await.json();
        assert!(answer.get("refresh_token").is_none());
        assert_eq!(answer["expires_in"], "3600");
        assert_eq!(classic.profile(text(&answer, "access_token")).await.status, 200);
    }
}

#[tokio::test]
async fn a_profile_is_wrapped_all_text_and_only_the_id_is_certain() {
    let (classic, _) = apps().await;
    let profile = async |user| {
        let tokens = classic.tokens(user, &[]).await;
        classic.profile(text(&tokens, "access_token")).await.json()
    };
    let minji = profile("minji").await;
    assert_eq!((&minji["resultcode"], &minji["message"]), (&json!("00"), &json!("success")));
    assert_eq!(minji["response"]["email"], "minji@naver.com");
    assert!(minji["response"].as_object().unwrap().values().all(serde_json::Value::is_string));
    assert!(minji.get("id").is_none() && minji.get("sub").is_none(), "nothing outside the wrapper");
    let nameless = profile("nameless").await;
    assert_eq!(nameless["response"]["nickname"], "kX3***", "masked");
    assert!(nameless["response"].get("email").is_none());
}

#[tokio::test]
async fn a_refused_profile_call_has_two_shapes_and_by_switch_status_200() {
    let (classic, _) = apps().await;
    for status in [401, 200] {
        classic.switch(json!({"profile_errors_as_200": status == 200})).await;
        let bad = classic.profile("dead").await;
        assert_eq!((bad.status.as_u16(), &bad.json()["resultcode"]), (status, &json!("024")));
        let without = classic.get(classic.endpoints.userinfo_url.as_str()).await;
        assert_eq!((without.status.as_u16(), &without.json()["errorCode"]), (status, &json!("028")));
    }
    let access = text(&classic.tokens("minji", &[]).await, "access_token").to_owned();
    classic.clock.advance(Duration::from_hours(1));
    assert_eq!(classic.profile(&access).await.json()["resultcode"], "024", "expired");
}

#[tokio::test]
async fn a_person_has_another_id_at_each_app() {
    let (classic, mut oidc) = apps().await;
    let tokens = classic.tokens("minji", &[]).await;
    let profile = classic.profile(text(&tokens, "access_token")).await.json();
    let first = text(&profile["response"], "id").to_owned();
    assert_eq!(claims(&oidc, "minji").await["sub"], *first, "the same on both surfaces");
    oidc.become_another().await;
    let tokens = oidc.tokens("minji", &[]).await;
    let profile = oidc.profile(text(&tokens, "access_token")).await.json();
    assert_ne!(text(&profile["response"], "id"), first);
    assert_eq!(claims(&oidc, "minji").await["sub"], profile["response"]["id"]);
}

#[tokio::test]
async fn an_id_token_has_no_mail_and_a_nonce_loses_its_last_a_by_switch() {
    let (_, oidc) = apps().await;
    let good = claims(&oidc, "minji").await;
    assert!(["email", "email_verified", "name", "nickname"].iter().all(|name| good.get(name).is_none()));
    assert_eq!(good["azp"], oidc.endpoints.client_id);
    let nonce = async |sent| {
        let tokens = oidc.tokens("minji", &[("nonce", sent)]).await;
        crate::id_tokens::verify(&oidc, text(&tokens, "id_token")).await.unwrap()["nonce"].clone()
    };
    for (sent, back) in [("xyzA", "xyz"), ("xyza", "xyza"), ("Axyz", "Axyz")] {
        assert_eq!(nonce(sent).await, back);
    }
    oidc.switch(json!({"nonce_loses_trailing_a": false})).await;
    assert_eq!(nonce("xyzA").await, "xyzA");
}

#[tokio::test]
async fn revoking_is_unlinking_and_says_nothing() {
    let (classic, oidc) = apps().await;
    for app in [&classic, &oidc] {
        let surface = app.endpoints.token_url.path().replace("token", "revoke");
        let url = app.url(surface.trim_start_matches("/naver/"));
        let tokens = app.tokens("minji", &[]).await;
        for token in [text(&tokens, "refresh_token"), text(&tokens, "refresh_token"), "never was"] {
            let mut form = app.credentials().to_vec();
            form.push(("token", token));
            let answer = app.post(&url, &form).await;
            assert_eq!((answer.status.as_u16(), answer.body.as_str()), (200, ""));
        }
        assert_eq!(app.profile(text(&tokens, "access_token")).await.status, 401, "the pair is dead");
        let known = app.control(Method::GET, "", &json!({})).await.json();
        assert_eq!(known["consented"], json!([]), "the app is off the person's list");
        assert_eq!(app.post(&url, &app.credentials()).await.status, 400);
        let stranger = [("client_id", "nobody"), ("client_secret", "x"), ("token", "x")];
        let refusal = error(401, "unauthorized_client", "Client authentication failed.");
        assert_eq!(refused(&app.post(&url, &stranger).await), refusal);
    }
}

#[tokio::test]
async fn the_old_delete_call_says_success_whatever_happens() {
    let (classic, _) = apps().await;
    let tokens = classic.tokens("minji", &[]).await;
    let access = text(&tokens, "access_token");
    let [(_, id), (_, secret)] = classic.credentials();
    let delete = async |access: &str| {
        let url = &classic.endpoints.token_url;
        let query = format!("grant_type=delete&client_id={id}&client_secret={secret}&service_provider=NAVER");
        let answer = classic.get(&format!("{url}?{query}&access_token={access}")).await;
        assert_eq!(answer.json()["result"], "success");
    };
    delete("dead").await;
    delete(access).await;
    assert_eq!(classic.profile(access).await.status, 200, "unencoded: the plus became a space");
    delete(&byte_serialize(access.as_bytes()).collect::<String>()).await;
    assert_eq!(classic.profile(access).await.status, 401);
    assert_eq!(refused(&classic.refresh(text(&tokens, "refresh_token")).await).0, 200);
}

#[tokio::test]
async fn a_cancel_comes_back_with_plus_for_spaces() {
    let (classic, oidc) = apps().await;
    for app in [&classic, &oidc] {
        let back = app.decide(&app.authorize(&[]).await, "minji", "cancel").await;
        let query = "?error=access_denied&error_description=Canceled+By+User&state=a+state";
        assert_eq!(back.location(), format!("{}{query}", app.redirect_uri));
    }
}

#[tokio::test]
async fn faults_of_the_app_stay_on_navers_page() {
    let (classic, oidc) = apps().await;
    for app in [&classic, &oidc] {
        for changes in [
            [("client_id", "nobody")],
            [("redirect_uri", "http://localhost:3000/api/auth/callback/naver/")],
            [("redirect_uri", "https://localhost:3000/api/auth/callback/naver")],
            [("redirect_uri", "")],
        ] {
            assert_eq!(page_code(&app.authorize(&changes).await), "service_error", "{changes:?}");
        }
        let cases: [(Pairs<'_>, &str); 2] = [
            (&[("response_type", "token")], "unsupported_response_type"),
            (&[("state", "")], "invalid_request"),
        ];
        for (changes, code) in cases {
            assert_eq!(parameters(&app.authorize(changes).await)["error"], code);
        }
    }
    assert_eq!(parameters(&oidc.authorize(&[("scope", "profile")]).await)["error"], "invalid_scope");
}

#[tokio::test]
async fn an_app_in_development_lets_testers_in_only() {
    let (classic, _) = apps().await;
    classic.switch(json!({"development_app": true})).await;
    classic.put_user("stranger", json!({"id": "x", "tester": false})).await;
    let refusal = classic.callback("stranger", &[]).await;
    assert_eq!((refusal.status.as_u16(), page_code(&refusal)), (200, "not_a_tester"));
    assert!(parameters(&classic.callback("minji", &[]).await).contains_key("code"));
}

#[tokio::test]
async fn a_browser_may_arrive_by_post() {
    let (classic, _) = apps().await;
    let form = [
        ("response_type", "code"),
        ("client_id", classic.endpoints.client_id.as_str()),
        ("redirect_uri", &classic.redirect_uri),
        ("state", "posted"),
    ];
    let page = classic.post(classic.endpoints.authorize_url.as_str(), &form).await;
    assert_eq!(parameters(&classic.decide(&page, "minji", "agree").await)["state"], "posted");
}

#[tokio::test]
async fn the_discovery_document_is_navers() {
    let (_, oidc) = apps().await;
    let document = oidc.get(&oidc.url(".well-known/openid-configuration")).await.json();
    assert_eq!(document["token_endpoint"], oidc.endpoints.token_url.as_str());
    assert_eq!(document["scopes_supported"], json!(["openid", "profile"]), "no email");
    assert_eq!(document["subject_types_supported"], json!(["pairwise"]));
    assert_eq!(oidc.get(&oidc.url(".well-known/jwks.json")).await.status, 404, "the keys are elsewhere");
}

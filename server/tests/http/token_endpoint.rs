//! `/oauth2/token`, as the portal meets it.

use std::time::Duration;

use jsonwebtoken::jwk::JwkSet;
use jsonwebtoken::{Algorithm, DecodingKey, Validation, decode, decode_header};
use reqwest::Method;
use serde_json::{Value, json};
use testkit::Browser;

use crate::accounts;
use crate::app::{App, configuration_of};
use crate::portal::{CHALLENGE, CLIENTS, claims, code, error, is_alive, redeem, refresh, token, tokens};
use crate::token_actor::MASTER_KEY;
use crate::wire::WiredDatabase;

async fn signed_in(app: &App) -> Browser {
    let browser = app.browser();
    app.sign_in(&browser, "google", "minji").await;
    browser
}

fn bad(code: &str) -> (u16, String) {
    (400, code.to_owned())
}

#[tokio::test]
async fn s_as_21_s_as_31_the_portal_signs_a_person_in_and_refreshes() {
    for app in App::both_configured(CLIENTS).await {
        let browser = signed_in(&app).await;
        app.advance(Duration::from_secs(90));
        let given = tokens(&redeem(&app, &code(&browser, &[]).await, &[]).await);
        assert_eq!((&given["token_type"], &given["expires_in"]), (&json!("Bearer"), &json!(120)));
        assert_eq!(given["scope"], "openid profile read");
        let access = claims(&given["access_token"]);
        assert_eq!(
            (&access["client_id"], &access["aud"]),
            (&json!("portal-client"), &json!("http://localhost:3000"))
        );
        assert!(is_alive(&app, &given["access_token"]).await);

        let keys: JwkSet = serde_json::from_str(&app.browser().fetch("/oauth2/jwks").await.body).unwrap();
        let id_token = given["id_token"].as_str().unwrap();
        let header = decode_header(id_token).unwrap();
        assert_eq!((header.typ.as_deref(), header.alg), (Some("JWT"), Algorithm::RS256));
        let key = DecodingKey::from_jwk(keys.find(&header.kid.unwrap()).unwrap()).unwrap();
        let mut rules = Validation::new(Algorithm::RS256);
        rules.set_audience(&["portal-client"]);
        rules.set_issuer(&["http://localhost:3000"]);
        // The clock of the program is a test's.
        rules.validate_exp = false;
        let said = decode::<Value>(id_token, &key, &rules).unwrap().claims;
        let number = |claim: &str| said[claim].as_i64().unwrap();
        assert_eq!((said["nonce"].as_str(), &said["sub"]), (Some("n-0S6_WzA2Mj"), &access["sub"]), "S-AS-31");
        assert_eq!((number("exp") - number("iat"), number("iat") - number("auth_time")), (300, 90));
        assert_eq!((&said["sid"], said["at_hash"].as_str().unwrap().len()), (&access["sid"], 22));
        let names: Vec<_> = said.as_object().unwrap().keys().cloned().collect();
        assert_eq!(names, ["acr", "at_hash", "aud", "auth_time", "exp", "iat", "iss", "nonce", "sid", "sub"]);
        assert_eq!(
            said["acr"], "urn:daemun:acr:1",
            "nobody knows what a provider asked for, so there is no `amr`"
        );
        assert_eq!((&access["acr"], &access["auth_time"]), (&said["acr"], &said["auth_time"]));
        let bearer = format!("Bearer {id_token}");
        let answer =
            app.browser().send(Method::GET, "/api/users/me", &[("authorization", &bearer)], None).await;
        assert_eq!(answer.status, 401, "S-TOK-10");

        app.advance(Duration::from_mins(3));
        let next = tokens(&refresh(&app, given["refresh_token"].as_str().unwrap(), &[]).await);
        let again = claims(&next["id_token"]);
        assert_eq!((&again["auth_time"], &again["nonce"]), (&said["auth_time"], &Value::Null));
        assert_ne!(next["refresh_token"], given["refresh_token"]);
        assert!(is_alive(&app, &next["access_token"]).await);
        app.stop().await;
    }
}

#[tokio::test]
async fn s_as_5_the_verifier_must_be_there_and_right() {
    let app = App::configured(CLIENTS).await;
    let browser = signed_in(&app).await;
    let code = code(&browser, &[]).await;
    assert_eq!(error(&redeem(&app, &code, &[("code_verifier", "")]).await), bad("invalid_request"));
    for verifier in [
        CHALLENGE,
        "short",
        &"x".repeat(43),
        &"x".repeat(129),
        "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjX가",
    ] {
        let refused = redeem(&app, &code, &[("code_verifier", verifier)]).await;
        assert_eq!(error(&refused), bad("invalid_grant"), "{verifier}");
    }
    tokens(&redeem(&app, &code, &[]).await);
}

#[tokio::test]
async fn s_as_6_a_code_is_for_its_client_its_address_and_its_minute() {
    for app in App::both_configured(CLIENTS).await {
        let browser = signed_in(&app).await;
        let first = code(&browser, &[]).await;
        let other = [("client_id", "other-client")];
        assert_eq!(error(&redeem(&app, &first, &other).await), bad("invalid_grant"));
        let address = [("redirect_uri", "http://127.0.0.1/native")];
        assert_eq!(error(&redeem(&app, &first, &address).await), bad("invalid_grant"));
        assert_eq!(error(&redeem(&app, &first, &[("redirect_uri", "")]).await), bad("invalid_request"));
        assert_eq!(error(&redeem(&app, CHALLENGE, &[]).await), bad("invalid_grant"));
        assert_eq!(error(&redeem(&app, "x", &[]).await), bad("invalid_grant"));
        app.advance(Duration::from_secs(59));
        tokens(&redeem(&app, &first, &[]).await);
        let second = code(&browser, &[]).await;
        app.advance(Duration::from_secs(60));
        assert_eq!(error(&redeem(&app, &second, &[]).await), bad("invalid_grant"));
        app.stop().await;
    }
}

#[tokio::test]
async fn s_as_7_of_fifty_at_once_one_redeems_a_code() {
    for app in App::both_configured(CLIENTS).await {
        let browser = signed_in(&app).await;
        let code = code(&browser, &[]).await;
        let app_ref = &app;
        let all = (0..50).map(|_| redeem(app_ref, &code, &[]));
        let answers = futures::future::join_all(all).await;
        let good = answers.iter().filter(|answer| answer.status == 200);
        assert_eq!(good.count(), 1);
        for answer in answers.iter().filter(|answer| answer.status != 200) {
            assert_eq!(error(answer), bad("invalid_grant"));
        }
        app.stop().await;
    }
}

#[tokio::test]
async fn s_as_7_a_right_replay_ends_what_the_code_gave_and_a_wrong_one_changes_nothing() {
    for app in App::both_configured(CLIENTS).await {
        let browser = signed_in(&app).await;
        let code = code(&browser, &[]).await;
        let given = tokens(&redeem(&app, &code, &[]).await);
        for wrong in [
            ("code_verifier", CHALLENGE),
            ("client_id", "other-client"),
            ("redirect_uri", "http://127.0.0.1/native"),
        ] {
            assert_eq!(error(&redeem(&app, &code, &[wrong]).await), bad("invalid_grant"));
            assert!(is_alive(&app, &given["access_token"]).await, "{wrong:?}");
        }
        app.advance(Duration::from_secs(100));
        assert_eq!(error(&redeem(&app, &code, &[]).await), bad("invalid_grant"));
        assert!(!is_alive(&app, &given["access_token"]).await);
        let refused = refresh(&app, given["refresh_token"].as_str().unwrap(), &[]).await;
        assert_eq!(error(&refused), bad("invalid_grant"));
        let dump = app.database.dump().await;
        assert_eq!(dump.lines().filter(|line| line.contains("|code_replayed|")).count(), 1, "{dump}");
        assert!(app.is_signed_in(&browser).await, "the person's own session is none of it");
        app.stop().await;
    }
}

#[tokio::test]
async fn s_tok_20_a_sign_out_ends_codes_and_families_but_for_what_lasts() {
    for app in App::both_configured(CLIENTS).await {
        let browser = signed_in(&app).await;
        let unredeemed = code(&browser, &[]).await;
        let ends = tokens(&redeem(&app, &code(&browser, &[]).await, &[]).await);
        let lasting = code(&browser, &[("scope", "openid offline_access")]).await;
        let lasts = tokens(&redeem(&app, &lasting, &[]).await);
        browser.submit("/api/auth/signout", &[]).await;
        assert_eq!(error(&redeem(&app, &unredeemed, &[]).await), bad("invalid_grant"));
        let refused = refresh(&app, ends["refresh_token"].as_str().unwrap(), &[]).await;
        assert_eq!(error(&refused), bad("invalid_grant"));
        assert!(!is_alive(&app, &ends["access_token"]).await);
        tokens(&refresh(&app, lasts["refresh_token"].as_str().unwrap(), &[]).await);
        app.stop().await;
    }
}

#[tokio::test]
async fn s_tok_14_a_refresh_narrows_and_never_widens_and_asking_wrongly_spends_nothing() {
    let app = App::configured(CLIENTS).await;
    let browser = signed_in(&app).await;
    let asked = [("resource", "https://api.example/orders")];
    let given = tokens(&redeem(&app, &code(&browser, &asked).await, &asked).await);
    assert_eq!(claims(&given["access_token"])["aud"], "https://api.example/orders", "S-AS-24");
    let good = given["refresh_token"].as_str().unwrap();
    assert_eq!(error(&refresh(&app, good, &[("scope", "openid write")]).await), bad("invalid_scope"));
    assert_eq!(
        error(&refresh(&app, good, &[("resource", "https://api.example/x")]).await),
        bad("invalid_target")
    );
    assert_eq!(
        error(&refresh(&app, good, &[("client_id", "other-client")]).await),
        bad("unauthorized_client"),
        "S-AS-22"
    );
    let narrow = tokens(&refresh(&app, good, &[("scope", "read"), asked[0]]).await);
    assert_eq!((&narrow["scope"], &narrow["id_token"]), (&json!("read"), &Value::Null));
    assert_eq!(claims(&narrow["access_token"])["aud"], "https://api.example/orders");
    let all = tokens(&refresh(&app, narrow["refresh_token"].as_str().unwrap(), &[]).await);
    assert_eq!(all["scope"], "openid profile read");
    let wrong = redeem(&app, &code(&browser, &asked).await, &[("resource", "https://api.example/x")]).await;
    assert_eq!(error(&wrong), bad("invalid_target"));
}

#[tokio::test]
async fn s_tok_16_fifty_refreshes_of_one_token_at_once_all_succeed_and_sign_nobody_out() {
    for app in App::both_configured(CLIENTS).await {
        let browser = signed_in(&app).await;
        let given = tokens(&redeem(&app, &code(&browser, &[]).await, &[]).await);
        let good = given["refresh_token"].as_str().unwrap();
        let app_ref = &app;
        let answers = futures::future::join_all((0..50).map(|_| refresh(app_ref, good, &[]))).await;
        let next: Vec<_> = answers.iter().map(|answer| tokens(answer)["refresh_token"].clone()).collect();
        assert!(next.iter().all(|token| *token == next[0]), "S-TOK-16");
        let last = tokens(&refresh(&app, next[0].as_str().unwrap(), &[]).await);
        assert!(is_alive(&app, &last["access_token"]).await);
        assert_eq!(error(&refresh(&app, good, &[]).await), bad("invalid_grant"), "S-TOK-15");
        assert!(!is_alive(&app, &last["access_token"]).await, "at once on this replica");
        app.stop().await;
    }
}

#[tokio::test]
async fn s_as_17_s_as_18_s_as_22_what_is_wrong_is_told_in_the_one_shape() {
    let app = App::configured(CLIENTS).await;
    let get = app.browser().send(Method::GET, "/oauth2/token", &[], None).await;
    assert_eq!(get.status, 405);
    assert!(get.header("allow").split(',').any(|method| method == "POST"), "{}", get.header("allow"));
    let json_type = [("content-type", "application/json")];
    let json = app.browser().send(Method::POST, "/oauth2/token", &json_type, None).await;
    assert_eq!(error(&json), bad("invalid_request"));
    assert!(json.body.contains("application/x-www-form-urlencoded") && json.body.contains("axios"));
    let bare = app.browser().send(Method::POST, "/oauth2/token", &[], None).await;
    assert_eq!(error(&bare), bad("invalid_request"));

    let portal = ("client_id", "portal-client");
    let code = ("grant_type", "authorization_code");
    for (form, wrong) in [
        (&[code][..], bad("invalid_request")),
        (&[portal], bad("invalid_request")),
        (&[portal, code], bad("invalid_request")),
        (&[portal, code, code], bad("invalid_request")),
        (&[portal, ("grant_type", "refresh_token")], bad("invalid_request")),
        (&[portal, ("grant_type", "refresh_token"), ("refresh_token", "x")], bad("invalid_grant")),
        (&[portal, ("grant_type", "password")], bad("unsupported_grant_type")),
        (&[portal, ("grant_type", "client_credentials")], bad("unauthorized_client")),
        (&[("client_id", "nobody"), code], (401, "invalid_client".to_owned())),
        (&[portal, code, ("client_secret", "x")], (401, "invalid_client".to_owned())),
        (&[("client_id", "other-client"), ("grant_type", "refresh_token")], bad("unauthorized_client")),
    ] {
        let answer = token(&app, form).await;
        assert_eq!(error(&answer), wrong, "{form:?}");
        assert_eq!(answer.header("www-authenticate"), "");
    }
    let basic = [("authorization", "Basic cG9ydGFsLWNsaWVudDp4")];
    let form = [code];
    let refused = app.browser().send(Method::POST, "/oauth2/token", &basic, Some(&form)).await;
    assert_eq!(error(&refused), (401, "invalid_client".to_owned()));
    assert!(refused.header("www-authenticate").starts_with("Basic "));
    let form = [code, ("client_secret", "x")];
    let two = app.browser().send(Method::POST, "/oauth2/token", &basic, Some(&form)).await;
    assert_eq!(error(&two), bad("invalid_request"));
    let form = [portal, code];
    let address = "/oauth2/token?client_secret=x";
    let refused = app.browser().send(Method::POST, address, &[], Some(&form)).await;
    assert_eq!(error(&refused), bad("invalid_request"));
}

#[tokio::test]
async fn s_as_30_an_outage_of_the_database_spends_nothing_and_leaves_metadata_and_keys() {
    let Some(WiredDatabase { wire, url, database }) = WiredDatabase::new().await else { return };
    let config = configuration_of(CLIENTS, &[]).unwrap();
    let app = App::launch(url, database, config, 7).await;
    let browser = signed_in(&app).await;
    let good = code(&browser, &[]).await;
    let given = tokens(&redeem(&app, &code(&browser, &[]).await, &[]).await);
    let family = given["refresh_token"].as_str().unwrap();
    wire.cut();
    for refused in [redeem(&app, &good, &[]).await, refresh(&app, family, &[]).await] {
        assert_eq!(error(&refused), (503, "temporarily_unavailable".to_owned()));
        assert_ne!(refused.header("retry-after"), "");
    }
    for path in ["/.well-known/openid-configuration", "/oauth2/jwks"] {
        let answer = app.browser().fetch(path).await;
        assert_eq!(answer.status, 200, "{path}: {}", answer.body);
        assert!(answer.header("cache-control").starts_with("public, max-age="), "{path}");
    }
    wire.mend();
    tokens(&redeem(&app, &good, &[]).await);
    tokens(&refresh(&app, family, &[]).await);
}

/// The site itself asks the token service within the program, and not at this endpoint: nobody else may under its name.
#[tokio::test]
async fn s_bff_2_nobody_asks_for_tokens_under_the_name_of_the_site_or_of_the_teams_own_app() {
    let app = App::configured(CLIENTS).await;
    accounts::sign_up(&app).await;
    let login = json!({ "email": accounts::EMAIL, "password": accounts::PASSWORD });
    let own_apps = accounts::post(&app, "/auth/login", login).await.body["data"]["refresh_token"].clone();
    for own in ["daemun-web", "daemun-app"] {
        let by = [("client_id", own)];
        let answers = [
            redeem(&app, CHALLENGE, &by).await,
            refresh(&app, own_apps.as_str().unwrap(), &by).await,
            token(&app, &[by[0], ("grant_type", "client_credentials")]).await,
            app.browser().send(Method::POST, "/oauth2/revoke", &[], Some(&[by[0], ("token", "x")])).await,
        ];
        for answer in answers {
            assert_eq!(error(&answer), (401, "invalid_client".to_owned()), "{own}");
        }
        let page = app.browser().visit(&crate::portal::authorize(&by)).await;
        assert_eq!((page.status.as_u16(), page.location()), (400, ""), "{own}: S-AS-3");
    }
}

/// Another file, another start: what a client was granted before is no more than it may have now.
#[tokio::test]
async fn s_as_22_s_as_24_a_client_that_is_allowed_less_gets_less_at_the_next_refresh() {
    let with_key = |toml: &str| format!("master_keys = [\"{MASTER_KEY}\"]\n{toml}");
    for app in App::both_configured(&with_key(CLIENTS)).await {
        let browser = signed_in(&app).await;
        let resource = ("resource", "https://api.example/orders");
        let plain = tokens(&redeem(&app, &code(&browser, &[]).await, &[]).await);
        let for_api = tokens(&redeem(&app, &code(&browser, &[resource]).await, &[]).await);
        let narrow = CLIENTS.replacen("\"profile\", \"read\", \"write\"", "\"profile\", \"write\"", 1);
        let narrow = narrow.replacen("audiences = [\"https://api.example/orders\"]\n", "", 1);
        let later = app.replica(&with_key(&narrow)).await;
        let text = |given: &Value| given["refresh_token"].as_str().unwrap().to_owned();
        let asked = refresh(&later, &text(&plain), &[("scope", "openid read")]).await;
        assert_eq!(error(&asked), bad("invalid_scope"));
        let next = tokens(&refresh(&later, &text(&plain), &[]).await);
        assert_eq!(next["scope"], "openid profile");
        assert_eq!(claims(&next["access_token"])["scope"], "openid profile");
        assert_eq!(error(&refresh(&later, &text(&for_api), &[]).await), bad("invalid_target"));
        let back = tokens(&refresh(&app, &text(&for_api), &[]).await);
        assert_eq!(back["scope"], "openid profile read", "nothing was spent or lost");
        later.stop().await;
        app.stop().await;
    }
}

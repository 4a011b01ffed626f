//! The device grant: a device asks, a person types its code and decides.

use std::collections::BTreeSet;
use std::time::Duration;

use reqwest::Method;
use serde_json::{Value, json};
use testkit::{Answer, Browser};

use crate::app::{App, configuration_of};
use crate::dpop::KeyHolder;
use crate::portal::{claims, error, is_alive, refresh, token, tokens};
use crate::wire::WiredDatabase;

pub const CLIENTS: &str = r#"
[[clients]]
id = "portal-client"
name = "포털 TV"
auth = "none"
grants = ["device_code", "refresh_token"]
scopes = ["openid", "profile", "read", "offline_access"]
audiences = ["https://api.example/orders"]
first_party = true

[[clients]]
id = "other-client"
name = "다른 앱"
auth = "none"
grants = ["device_code"]
scopes = ["openid"]
first_party = true

[[clients]]
id = "web-client"
name = "웹"
auth = "none"
grants = ["authorization_code"]
redirect_uris = ["http://localhost:3999/callback"]
scopes = ["openid"]
first_party = true
"#;
pub const GRANT: &str = "urn:ietf:params:oauth:grant-type:device_code";

async fn ask(app: &App, form: &[(&str, &str)]) -> Answer {
    app.browser().send(Method::POST, "/oauth2/device_authorization", &[], Some(form)).await
}

/// A device that has begun: its code, and the one that it shows.
pub async fn begin(app: &App) -> (String, String) {
    let begun = tokens(&ask(app, &[("client_id", "portal-client"), ("scope", "openid profile read")]).await);
    let text = |name: &str| begun[name].as_str().unwrap().to_owned();
    (text("device_code"), text("user_code"))
}

pub async fn poll(app: &App, device_code: &str) -> Answer {
    let form = [("grant_type", GRANT), ("client_id", "portal-client"), ("device_code", device_code)];
    token(app, &form).await
}

fn bad(error: &str) -> (u16, String) {
    (400, error.to_owned())
}

async fn signed_in(app: &App, user: &str) -> Browser {
    let browser = app.browser();
    app.sign_in(&browser, "google", user).await;
    browser
}

/// Types a code; gives the page that follows.
async fn type_code(browser: &Browser, typed: &str) -> Answer {
    let answer = browser.submit("/device", &[("user_code", typed)]).await;
    assert_eq!(answer.status, 303, "{}", answer.body);
    browser.visit(answer.location()).await
}

pub async fn decide(browser: &Browser, user_code: &str, decision: &str) -> Answer {
    browser.submit("/device", &[("user_code", user_code), ("decision", decision)]).await
}

#[tokio::test]
async fn s_as_21_s_as_22_a_device_gets_tokens_when_its_owner_has_allowed_it() {
    for app in App::both_configured(CLIENTS).await {
        let begun =
            tokens(&ask(&app, &[("client_id", "portal-client"), ("scope", "openid profile read")]).await);
        let (device, shown) = (begun["device_code"].as_str().unwrap(), begun["user_code"].as_str().unwrap());
        assert_eq!((&begun["expires_in"], &begun["interval"]), (&json!(600), &json!(5)));
        assert_eq!(begun["verification_uri"], "http://localhost:3000/device");
        let complete = format!("http://localhost:3000/device?user_code={shown}");
        assert_eq!(begun["verification_uri_complete"], complete);
        let dump = app.database.dump().await;
        assert!(!dump.contains(device) && !dump.contains(shown) && !dump.contains(&shown.replace('-', "")));
        assert_eq!(error(&poll(&app, device).await), bad("authorization_pending"));

        let stranger = app.browser().visit("/device?user_code=x").await;
        assert!(
            stranger.location().starts_with("/oauth/login?return_to=%2Fdevice"),
            "{}",
            stranger.location()
        );
        let browser = signed_in(&app, "minji").await;
        // The complete link still asks.
        for page in [
            browser.visit(&format!("/device?user_code={shown}")).await,
            type_code(&browser, &format!(" {} ", shown.to_lowercase().replace('-', " "))).await,
        ] {
            assert_eq!(page.status, 200, "{}", page.body);
            for part in [
                "포털 TV",
                shown,
                "로그아웃한 뒤에도",
                "30일",
                "value=\"allow\"",
                "value=\"deny\"",
                "action=\"/device\"",
            ] {
                assert!(page.body.contains(part), "{part}: {}", page.body);
            }
        }
        app.advance(Duration::from_secs(5));
        assert_eq!(error(&poll(&app, device).await), bad("authorization_pending"));
        let answer = decide(&browser, shown, "allow").await;
        assert_eq!((answer.status.as_u16(), answer.location()), (303, "/device?done=allowed"));
        assert!(browser.visit("/device?done=allowed").await.body.contains("연결했어요"));
        app.flush_audit().await;
        assert!(app.database.dump().await.contains("|device_allowed|"), "S-LOG-1");

        let given = tokens(&poll(&app, device).await);
        assert_eq!(
            (&given["token_type"], &given["scope"]),
            (&json!("Bearer"), &json!("openid profile read"))
        );
        let (access, id) = (claims(&given["access_token"]), claims(&given["id_token"]));
        assert_eq!(
            (&id["aud"], &id["nonce"], &id["sid"]),
            (&json!("portal-client"), &Value::Null, &access["sid"])
        );
        assert_eq!(error(&poll(&app, device).await), bad("invalid_grant"), "once");

        // The grant is none of the browser's session, and ends with everything of the member.
        browser.submit("/api/auth/signout", &[]).await;
        let given = tokens(&refresh(&app, given["refresh_token"].as_str().unwrap(), &[]).await);
        assert_eq!(claims(&given["access_token"])["sid"], access["sid"]);
        assert!(is_alive(&app, &given["access_token"]).await);
        app.sign_in(&browser, "google", "minji").await;
        browser.submit("/api/auth/signout", &[("everywhere", "true")]).await;
        let ended = refresh(&app, given["refresh_token"].as_str().unwrap(), &[]).await;
        assert_eq!(error(&ended), bad("invalid_grant"));
        app.advance(Duration::from_hours(2));
        app.clean().await;
        assert!(!app.database.dump().await.contains("device_codes|"), "forgotten");
        app.stop().await;
    }
}

#[tokio::test]
async fn a_device_that_asks_too_often_slows_down_and_one_that_is_denied_or_late_stops() {
    for app in App::both_configured(CLIENTS).await {
        let (device, shown) = begin(&app).await;
        assert_eq!(error(&poll(&app, &device).await), bad("authorization_pending"));
        app.advance(Duration::from_secs(4));
        assert_eq!(error(&poll(&app, &device).await), bad("slow_down"), "after four seconds of five");
        app.advance(Duration::from_secs(9));
        assert_eq!(error(&poll(&app, &device).await), bad("slow_down"), "after nine of ten");
        app.advance(Duration::from_secs(15));
        assert_eq!(error(&poll(&app, &device).await), bad("authorization_pending"));
        let browser = signed_in(&app, "minji").await;
        assert_eq!(decide(&browser, &shown, "deny").await.location(), "/device?done=denied");
        assert_eq!(error(&poll(&app, &device).await), bad("access_denied"));
        let answer = decide(&browser, &shown, "allow").await;
        assert_eq!(browser.visit(answer.location()).await.status, 400, "it is decided");
        assert_eq!(error(&poll(&app, &device).await), bad("access_denied"));

        let (late, shown) = begin(&app).await;
        assert_eq!(decide(&browser, &shown, "allow").await.location(), "/device?done=allowed");
        app.advance(Duration::from_mins(10));
        assert_eq!(error(&poll(&app, &late).await), bad("expired_token"));
        let (late, shown) = begin(&app).await;
        app.advance(Duration::from_mins(10));
        assert_eq!(type_code(&browser, &shown).await.status, 400);
        assert_eq!(error(&poll(&app, &late).await), bad("expired_token"));

        // Who withdraws, or signs out, before the device comes takes back what they allowed.
        let (device, shown) = begin(&app).await;
        decide(&browser, &shown, "allow").await;
        browser.submit("/api/auth/apps/withdraw", &[("client", "portal-client")]).await;
        assert_eq!(error(&poll(&app, &device).await), bad("access_denied"));
        let (device, shown) = begin(&app).await;
        decide(&browser, &shown, "allow").await;
        browser.submit("/api/auth/signout", &[]).await;
        assert_eq!(error(&poll(&app, &device).await), bad("access_denied"));
        app.stop().await;
    }
}

#[tokio::test]
async fn of_fifty_at_once_one_redeems_a_device_code() {
    for app in App::both_configured(CLIENTS).await {
        let (device, shown) = begin(&app).await;
        let browser = signed_in(&app, "minji").await;
        decide(&browser, &shown, "allow").await;
        let answers = futures::future::join_all((0..50).map(|_| poll(&app, &device))).await;
        let good = answers.iter().filter(|answer| answer.status == 200).count();
        assert_eq!(good, 1);
        assert!(answers.iter().all(|answer| answer.status == 200 || error(answer) == bad("invalid_grant")));
        app.stop().await;
    }
}

#[tokio::test]
async fn s_as_8_s_as_22_s_as_24_a_device_asks_for_what_it_may_have_and_its_code_is_its_own() {
    let app = App::configured(CLIENTS).await;
    for (form, expected) in [
        (&[("client_id", "web-client")][..], "unauthorized_client"),
        (&[("client_id", "portal-client"), ("scope", "openid write")], "invalid_scope"),
        (&[("client_id", "portal-client"), ("scope", "\"")], "invalid_scope"),
        (&[("client_id", "portal-client"), ("resource", "https://api.example/x")], "invalid_target"),
        (&[("client_id", "portal-client"), ("scope", "openid"), ("scope", "read")], "invalid_request"),
        (&[], "invalid_request"),
    ] {
        let answer = ask(&app, form).await;
        let (status, told) = error(&answer);
        assert_eq!((status, told.as_str()), (400, expected), "{form:?}");
    }
    assert_eq!(app.browser().fetch("/oauth2/device_authorization").await.status, 405);
    let (device, shown) = begin(&app).await;
    decide(&signed_in(&app, "minji").await, &shown, "allow").await;
    let form = [("grant_type", GRANT), ("client_id", "other-client"), ("device_code", device.as_str())];
    assert_eq!(error(&token(&app, &form).await), bad("invalid_grant"));
    let form = [
        ("grant_type", GRANT),
        ("client_id", "portal-client"),
        ("device_code", device.as_str()),
        ("resource", "https://api.example/orders"),
    ];
    assert_eq!(error(&token(&app, &form).await), bad("invalid_target"), "it may repeat, not change");
    assert_eq!(error(&poll(&app, "x").await), bad("invalid_grant"));
    tokens(&poll(&app, &device).await);
    let metadata = app.browser().fetch("/.well-known/openid-configuration").await.json();
    assert_eq!(
        metadata["device_authorization_endpoint"],
        "http://localhost:3000/oauth2/device_authorization"
    );
    assert!(metadata["grant_types_supported"].as_array().unwrap().contains(&json!(GRANT)));
}

#[tokio::test]
async fn s_as_13_after_ten_wrong_codes_this_session_waits_and_no_other_page_decides() {
    for app in App::both_configured(CLIENTS).await {
        let (device, shown) = begin(&app).await;
        let browser = signed_in(&app, "minji").await;
        for _ in 0..20 {
            assert_eq!(
                browser.visit(&format!("/device?user_code={shown}")).await.status,
                200,
                "the right one is free"
            );
        }
        let mut seen = BTreeSet::new();
        for wrong in 0..10 {
            let typed = format!("BCDFGHJ{}", char::from(b"BCDFGHJKLM"[wrong]));
            seen.insert(typed.clone());
            assert_eq!(type_code(&browser, &typed).await.status, 400, "{typed}");
        }
        let page = type_code(&browser, &shown).await;
        assert_eq!(page.status, 429, "{}", page.body);
        assert!(page.body.contains("분 뒤에"), "{}", page.body);
        assert_eq!(decide(&browser, &shown, "allow").await.status, 429);
        assert_eq!(error(&poll(&app, &device).await), bad("authorization_pending"));

        // Another session does not.
        let other = signed_in(&app, "junho").await;
        let foreign = [("origin", "http://localhost:3999"), ("sec-fetch-site", "cross-site")];
        let form = [("user_code", shown.as_str()), ("decision", "allow")];
        let answer = other.send(Method::POST, "/device", &foreign, Some(&form)).await;
        assert_eq!(answer.status, 403, "{}", answer.body);
        let minji =
            browser.fetch("/api/auth/session").await.json()["user"]["id"].as_str().unwrap().to_owned();
        let form = [("user_code", shown.as_str()), ("decision", "allow"), ("member", minji.as_str())];
        assert_eq!(other.submit("/device", &form).await.status, 403, "the page was another member's");
        assert_eq!(decide(&other, &shown, "maybe").await.status, 400);
        assert_eq!(decide(&other, &shown, "allow").await.location(), "/device?done=allowed");
        app.advance(Duration::from_secs(5));
        tokens(&poll(&app, &device).await);
        app.stop().await;
    }
}

/// A device asks again after 503, as it does after a connection that was lost (RFC 8628 section 3.5).
#[tokio::test]
async fn s_as_30_an_outage_of_the_database_costs_a_device_and_its_owner_nothing() {
    let Some(WiredDatabase { wire, url, database }) = WiredDatabase::new().await else { return };
    let app = App::launch(url, database, configuration_of(CLIENTS, &[]).unwrap(), 7).await;
    let browser = signed_in(&app, "minji").await;
    let (allowed, shown) = begin(&app).await;
    decide(&browser, &shown, "allow").await;
    let (waiting, undecided) = begin(&app).await;
    assert_eq!(error(&poll(&app, &waiting).await), bad("authorization_pending"));
    app.advance(Duration::from_secs(5));
    wire.cut();
    let begun = ask(&app, &[("client_id", "portal-client"), ("scope", "openid")]).await;
    for refused in [begun, poll(&app, &allowed).await, poll(&app, &waiting).await] {
        assert_eq!(error(&refused), (503, "temporarily_unavailable".to_owned()));
        assert_ne!(refused.header("retry-after"), "");
    }
    assert_eq!(decide(&browser, &undecided, "allow").await.status, 503);
    wire.mend();
    assert_eq!(error(&poll(&app, &waiting).await), bad("authorization_pending"), "not slower than before");
    tokens(&poll(&app, &allowed).await);
    assert_eq!(decide(&browser, &undecided, "allow").await.location(), "/device?done=allowed");
    app.advance(Duration::from_secs(5));
    tokens(&poll(&app, &waiting).await);
    begin(&app).await;
    app.stop().await;
}

/// What is bound to a key of the device is worth nothing without it; asking with another key spends nothing.
#[tokio::test]
async fn s_as_21_a_device_with_a_key_gets_tokens_that_are_bound_to_it() {
    const TOKEN: &str = "http://localhost:3000/oauth2/token";
    for app in App::both_configured(CLIENTS).await {
        let (device, shown) = begin(&app).await;
        decide(&signed_in(&app, "minji").await, &shown, "allow").await;
        let (holder, thief) = (KeyHolder::new(&app), KeyHolder::new(&app));
        let form = [("grant_type", GRANT), ("device_code", device.as_str())];
        let stale = holder.key.prove(holder.call("GET", TOKEN));
        assert_eq!(error(&holder.token_with(&stale, &form).await), bad("invalid_dpop_proof"));
        let answer = holder.token_with(&holder.key.prove(holder.call("POST", TOKEN)), &form).await;
        let given = tokens(&answer);
        assert_eq!(given["token_type"], "DPoP", "a bad proof spent nothing");
        assert_eq!(claims(&given["access_token"])["cnf"], json!({ "jkt": holder.key.thumbprint() }));
        assert!(!is_alive(&app, &given["access_token"]).await, "as Bearer");
        let next = given["refresh_token"].as_str().unwrap();
        assert_eq!(error(&refresh(&app, next, &[]).await), bad("invalid_grant"));
        assert_eq!(error(&thief.refresh(next).await), bad("invalid_grant"), "S-TOK-14");
        assert_eq!(tokens(&holder.refresh(next).await)["token_type"], "DPoP");
        app.stop().await;
    }
}

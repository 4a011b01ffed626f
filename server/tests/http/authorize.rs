//! `/oauth2/authorize`, as browsers meet it: who is sent where, and who hears of an error.

use std::time::Duration;

use reqwest::Method;

use crate::app::App;
use crate::portal::{CALLBACK, CLIENTS, authorize, code, told};

#[tokio::test]
async fn a_person_who_is_signed_out_signs_in_on_the_way_and_the_address_holds_only_an_id() {
    for app in App::both_configured(CLIENTS).await {
        let browser = app.browser();
        let answer = browser.visit(&authorize(&[])).await;
        let login = answer.location().to_owned();
        assert!(login.starts_with("/oauth/login?return_to=%2Foauth2%2Fauthorize%2F"), "{login}");
        assert_eq!(
            (answer.status.as_u16(), login.len()),
            (303, "/oauth/login?return_to=%2Foauth2%2Fauthorize%2F".len() + 43)
        );
        assert_eq!(answer.header("cross-origin-opener-policy"), "", "a pop-up keeps its opener");

        let page = browser.open(&login).await;
        assert_eq!(page.status, 200);
        let policy = page.header("content-security-policy");
        assert!(policy.contains("http://localhost:3999"), "S-HDR-3: {policy}");
        let elsewhere = browser.open("/oauth/login?return_to=%2Fme").await;
        assert!(!elsewhere.header("content-security-policy").contains("3999"), "and nowhere else");

        let waiting = login.split_once("return_to=").unwrap().1.replace("%2F", "/");
        let provider = app.begin(&browser, "google", &waiting).await;
        let callback = app.provider.agree(&provider, "minji").await;
        assert_eq!(browser.visit(&callback).await.location(), waiting);
        let told = told(&browser.open(&waiting).await);
        assert_eq!(told["state"], "af0 &+%/\"ö", "S-AS-10");
        assert_eq!((told["iss"].as_str(), told["code"].len()), ("http://localhost:3000", 43), "S-AS-9");
        let dump = app.database.dump().await;
        assert!(
            !dump.contains(&told["code"]) && !dump.contains(waiting.rsplit('/').next().unwrap()),
            "S-AS-6"
        );
        app.stop().await;
    }
}

#[tokio::test]
async fn a_request_waits_an_hour_and_codes_are_forgotten_after_one() {
    let app = App::configured(CLIENTS).await;
    let browser = app.browser();
    let login = browser.visit(&authorize(&[])).await.location().to_owned();
    let waiting = login.split_once("return_to=").unwrap().1.replace("%2F", "/");
    app.sign_in(&browser, "google", "minji").await;
    app.advance(Duration::from_mins(59));
    assert!(told(&browser.open(&waiting).await).contains_key("code"));
    app.advance(Duration::from_mins(1));
    let late = browser.open(&waiting).await;
    assert_eq!((late.status.as_u16(), late.location()), (400, ""));
    app.advance(Duration::from_hours(1));
    app.clean().await;
    let dump = app.database.dump().await;
    assert!(!dump.contains("authorization_requests|") && !dump.contains("authorization_codes|"), "{dump}");
}

#[tokio::test]
async fn s_as_1_s_as_3_a_page_of_ours_tells_of_a_client_or_redirect_uri_in_doubt() {
    let app = App::configured(CLIENTS).await;
    let browser = app.browser();
    app.sign_in(&browser, "google", "minji").await;
    for changed in [
        &[("client_id", "")][..],
        &[("client_id", "nobody")],
        &[("client_id", "portal-client"), ("client_id", "portal-client")],
        &[("redirect_uri", "")],
        &[("redirect_uri", "https://evil.example/")],
        &[("redirect_uri", "http://localhost:3999/callback/")],
        &[("redirect_uri", "http://localhost:4000/callback")],
        &[("redirect_uri", "http://user@localhost:3999/callback")],
        &[("redirect_uri", CALLBACK), ("redirect_uri", CALLBACK)],
    ] {
        for headers in [&[("accept", "text/html")][..], &[("accept", "*/*")], &[]] {
            let answer = browser.send(Method::GET, &authorize(changed), headers, None).await;
            assert_eq!((answer.status.as_u16(), answer.location()), (400, ""), "{changed:?}");
            assert!(answer.header("content-type").starts_with("text/html"), "{headers:?}");
            let id = answer.header("x-request-id");
            assert!(!id.is_empty() && answer.body.contains(id), "the page shows what to look for in the log");
            assert!(!answer.body.contains("evil.example"), "and nothing that was sent");
        }
    }
    // A native app comes with the port of the moment.
    let native = authorize(&[("redirect_uri", "http://127.0.0.1:51004/native")]);
    assert!(browser.visit(&native).await.location().starts_with("http://127.0.0.1:51004/native?code="));
}

#[tokio::test]
async fn s_as_4_s_as_9_s_as_10_s_as_11_s_as_16_other_errors_go_back_to_the_client() {
    let app = App::configured(CLIENTS).await;
    for (changed, error) in [
        (&[("response_type", "token")][..], "unsupported_response_type"),
        (&[("response_mode", "fragment")], "invalid_request"),
        (&[("code_challenge", "")], "invalid_request"),
        (&[("code_challenge_method", "plain")], "invalid_request"),
        (&[("scope", "openid admin")], "invalid_scope"),
        (&[("scope", "openid"), ("scope", "openid")], "invalid_request"),
        (&[("resource", "https://api.example/other")], "invalid_target"),
        (&[("request_uri", "http://127.0.0.1:9/r")], "request_uri_not_supported"),
        (&[("request", "eyJ")], "request_not_supported"),
        (&[("prompt", "none")], "login_required"),
        (&[("prompt", "none consent")], "invalid_request"),
    ] {
        let told = told(&app.browser().visit(&authorize(changed)).await);
        assert_eq!(told["error"], error, "{changed:?}");
        assert_eq!((told["state"].as_str(), told["iss"].as_str()), ("af0 &+%/\"ö", "http://localhost:3000"));
        assert!(!told.contains_key("code"));
    }
    assert!(!app.database.dump().await.contains("authorization_requests|"), "nothing is kept of them");
    let browser = app.browser();
    app.sign_in(&browser, "google", "minji").await;
    code(&browser, &[("foo", "bar"), ("login_hint", "a@b.example"), ("ui_locales", "en")]).await;
}

#[tokio::test]
async fn s_as_12_a_post_is_stored_and_answered_303_since_its_cookie_stays_away() {
    let app = App::configured(CLIENTS).await;
    let browser = app.browser();
    app.sign_in(&browser, "google", "minji").await;
    let address = authorize(&[]);
    let form: Vec<_> = url::form_urlencoded::parse(address.split_once('?').unwrap().1.as_bytes()).collect();
    let form: Vec<_> = form.iter().map(|(name, value)| (&**name, &**value)).collect();
    let foreign = [
        ("origin", "http://localhost:3999"),
        ("sec-fetch-site", "cross-site"),
        ("sec-fetch-mode", "navigate"),
    ];
    // A browser without our cookie, as browsers are on another site's POST.
    let stored = app.browser().send(Method::POST, "/oauth2/authorize", &foreign, Some(&form)).await;
    assert_eq!(stored.status, 303, "{}", stored.body);
    let told = told(&browser.visit(stored.location()).await);
    assert_eq!((told["code"].len(), told["state"].as_str()), (43, "af0 &+%/\"ö"));

    let form = [("client_id", "nobody"), ("redirect_uri", CALLBACK)];
    let refused = app.browser().send(Method::POST, "/oauth2/authorize", &foreign, Some(&form)).await;
    assert_eq!((refused.status.as_u16(), refused.location()), (400, ""));
    let json = [("content-type", "application/json")];
    let refused = app.browser().send(Method::POST, "/oauth2/authorize", &json, None).await;
    assert_eq!(refused.status, 400);
    let large = "x".repeat(9000);
    let form = [("client_id", "portal-client"), ("redirect_uri", CALLBACK), ("state", large.as_str())];
    let refused = app.browser().send(Method::POST, "/oauth2/authorize", &foreign, Some(&form)).await;
    assert_eq!((refused.status.as_u16(), refused.location()), (413, ""));
}

#[tokio::test]
async fn a_request_that_wants_a_new_sign_in_gets_one_and_once_is_enough() {
    let app = App::configured(CLIENTS).await;
    for changed in [("prompt", "login"), ("max_age", "30")] {
        let browser = app.browser();
        app.sign_in(&browser, "google", "minji").await;
        app.advance(Duration::from_mins(1));
        let login = browser.visit(&authorize(&[changed])).await.location().to_owned();
        assert!(login.starts_with("/oauth/login?prompt=login&return_to="), "{login}");
        assert_eq!(browser.open(&login).await.status, 200, "the page does not send on who is signed in");
        let waiting = login.split_once("return_to=").unwrap().1.replace("%2F", "/");
        let still = browser.open(&waiting).await;
        assert_eq!(still.location(), login, "without a sign-in there is no way around it");
        app.advance(Duration::from_secs(5));
        let provider = app.begin(&browser, "google", &waiting).await;
        browser.visit(&app.provider.agree(&provider, "minji").await).await;
        assert!(told(&browser.open(&waiting).await).contains_key("code"), "{changed:?}");
    }
}

#[tokio::test]
async fn s_rate_7_one_network_leaves_so_many_requests_and_no_more() {
    let toml = format!("{CLIENTS}\n[limits]\nauthorization_requests_per_minute = 3\n");
    let app = App::configured(&toml).await;
    for _ in 0..3 {
        assert_eq!(app.browser().visit(&authorize(&[])).await.status, 303);
    }
    let refused = app.browser().visit(&authorize(&[])).await;
    assert_eq!((refused.status.as_u16(), refused.location()), (429, ""));
    assert_ne!(refused.header("retry-after"), "");
    let browser = app.browser();
    app.sign_in(&browser, "google", "minji").await;
    code(&browser, &[]).await;
}

//! The login page for somebody whom an app sent, and a sign-in that an app asks for in a session that goes on.

use std::time::Duration;

use crate::app::App;
use crate::portal::{CLIENTS, authorize, claims, code, is_alive, redeem, refresh, tokens, told};

/// The login page to which the portal's request leads, and where it goes on.
async fn login(browser: &testkit::Browser, changed: &[(&str, &str)]) -> (String, String) {
    let login = browser.visit(&authorize(changed)).await.location().to_owned();
    let waiting = login.split_once("return_to=").unwrap().1.replace("%2F", "/");
    (login, waiting)
}

#[tokio::test]
async fn an_app_that_wants_a_new_sign_in_ends_nothing_of_another_app() {
    for app in App::both_configured(CLIENTS).await {
        let browser = app.browser();
        app.sign_in(&browser, "google", "minji").await;
        let portal = tokens(&redeem(&app, &code(&browser, &[]).await, &[]).await);
        app.advance(Duration::from_mins(1));
        let other = ("client_id", "other-client");
        let (_, waiting) = login(&browser, &[other, ("scope", "openid"), ("prompt", "login")]).await;
        app.advance(Duration::from_secs(5));
        let provider = app.begin(&browser, "google", &waiting).await;
        browser.visit(&app.provider.agree(&provider, "minji").await).await;
        let told = told(&browser.open(&waiting).await);
        let second = tokens(&redeem(&app, &told["code"], &[other]).await);
        let (before, now) = (claims(&portal["id_token"]), claims(&second["id_token"]));
        assert_eq!(before["sid"], now["sid"], "the session goes on");
        let moved = now["auth_time"].as_i64().unwrap() - before["auth_time"].as_i64().unwrap();
        assert_eq!(moved, 65, "with another time of sign-in");
        assert!(is_alive(&app, &portal["access_token"]).await);
        let next = tokens(&refresh(&app, portal["refresh_token"].as_str().unwrap(), &[]).await);
        assert_eq!(claims(&next["id_token"])["auth_time"], before["auth_time"], "the portal's is its own");

        let (_, waiting) = login(&browser, &[("prompt", "select_account")]).await;
        let provider = app.begin(&browser, "google", &waiting).await;
        browser.visit(&app.provider.agree(&provider, "junho").await).await;
        assert!(!is_alive(&app, &next["access_token"]).await, "another member ends the session");
        app.stop().await;
    }
}

/// A person who opens the address of a request once more, the browser's history for instance, proves once more who they are.
#[tokio::test]
async fn a_request_that_wants_a_new_sign_in_wants_one_for_each_code() {
    for app in App::both_configured(CLIENTS).await {
        let browser = app.browser();
        app.sign_in(&browser, "google", "minji").await;
        app.advance(Duration::from_mins(1));
        for changed in [("max_age", "2"), ("max_age", "0"), ("prompt", "login"), ("prompt", "select_account")]
        {
            let (_, waiting) = login(&browser, &[changed]).await;
            let mut times = Vec::new();
            for _ in 0..2 {
                let asked = browser.open(&waiting).await;
                assert!(
                    asked.location().starts_with("/oauth/login?prompt=login&"),
                    "{changed:?}: {}",
                    asked.location()
                );
                let provider = app.begin(&browser, "google", &waiting).await;
                browser.visit(&app.provider.agree(&provider, "minji").await).await;
                let given = told(&browser.open(&waiting).await);
                let given = tokens(&redeem(&app, &given["code"], &[]).await);
                times.push(claims(&given["id_token"])["auth_time"].as_i64().unwrap());
                app.advance(Duration::from_secs(6));
            }
            assert_eq!(times[1] - times[0], 6, "{changed:?}");
        }
        // One that asks for nothing goes on as often as it is opened.
        let (_, waiting) = login(&app.browser(), &[]).await;
        for _ in 0..2 {
            assert!(told(&browser.open(&waiting).await).contains_key("code"));
        }
        app.stop().await;
    }
}

/// A provider that knows the person would send them back at once.
#[tokio::test]
async fn an_app_that_wants_a_new_sign_in_has_the_provider_ask_again() {
    let app = App::configured(CLIENTS).await;
    for (changed, again) in
        [(("prompt", "login"), true), (("max_age", "60"), true), (("prompt", "consent"), false)]
    {
        let browser = app.browser();
        let (page, waiting) = login(&browser, &[changed]).await;
        assert_eq!(page.starts_with("/oauth/login?prompt=login&"), again, "{page}");
        let page = browser.open(&page).await;
        let hidden = "name=\"prompt\" value=\"login\"";
        assert_eq!(page.body.matches(hidden).count(), if again { 3 } else { 0 }, "{}", page.body);
        let form = [("return_to", waiting.as_str()), ("prompt", "login")];
        let form = &form[..if again { 2 } else { 1 }];
        for (provider, asked) in [("kakao", "prompt=login"), ("naver", "auth_type=reauthenticate")] {
            let away = browser.submit(&format!("/api/auth/signin/{provider}"), form).await;
            assert_eq!(away.location().contains(asked), again, "{}", away.location());
        }
    }
}

#[tokio::test]
async fn the_page_says_for_which_app_and_takes_the_hints_of_the_request() {
    let app = App::configured(CLIENTS).await;
    let browser = app.browser();
    let page = browser.open(&login(&browser, &[("login_hint", "minji@example.com")]).await.0).await;
    assert_eq!(page.body.matches("포털에 로그인").count(), 2, "title and heading: {}", page.body);
    assert!(page.body.contains("value=\"minji@example.com\""), "the address is in the field");
    let page = browser.open(&login(&browser, &[("login_hint", "+82 10-1234-5678")]).await.0).await;
    assert!(!page.body.contains("+82"), "a hint that is no address is no use here");

    let (english, _) = login(&browser, &[("ui_locales", "fr-CA en-GB ko")]).await;
    let page = browser.open(&english).await;
    assert!(page.body.contains("Sign in to 포털") && page.body.contains("<html lang=\"en\""));
    let chosen = browser.submit("/api/language", &[("language", "ko"), ("return_to", &english)]).await;
    assert_eq!(chosen.location(), english);
    assert!(
        browser.open(&english).await.body.contains("포털에 로그인"),
        "what a person chooses here counts more"
    );
    let plain = app.browser().open("/oauth/login").await;
    assert!(plain.body.contains("로그인") && !plain.body.contains("에 로그인"));
}

#[tokio::test]
async fn s_hdr_3_s_hdr_7_a_pop_up_keeps_its_opener_all_the_way_and_nowhere_else() {
    let app = App::configured(CLIENTS).await;
    let opener = |answer: &testkit::Answer| answer.header("cross-origin-opener-policy").to_owned();
    let browser = app.browser();
    let (page, waiting) = login(&browser, &[]).await;
    assert_eq!(opener(&browser.open(&page).await), "");
    let wrong = [("email", "nobody@example.com"), ("password", "wrong wrong"), ("return_to", &waiting)];
    let refused = browser.submit("/api/auth/signin/password", &wrong).await;
    assert_eq!((refused.status.as_u16(), opener(&refused)), (303, String::new()), "{}", refused.location());
    assert_eq!(opener(&browser.open(refused.location()).await), "");
    let leaving = browser.submit("/api/auth/signin/google", &[("return_to", &waiting)]).await;
    assert_eq!((leaving.status.as_u16(), opener(&leaving)), (303, String::new()));
    let callback = browser.visit(&app.provider.agree(leaving.location(), "minji").await).await;
    assert_eq!((callback.location(), opener(&callback)), (waiting.as_str(), String::new()));
    assert_eq!(opener(&browser.open(&waiting).await), "");
    for path in ["/oauth/login?return_to=%2Fme", "/me", "/"] {
        assert_eq!(opener(&browser.open(path).await), "same-origin", "{path}");
    }
    let leaving = browser.submit("/api/auth/signin/google", &[("return_to", "/me")]).await;
    assert_eq!(opener(&leaving), "same-origin");
}

#[tokio::test]
async fn s_tok_10_a_hint_is_an_id_token_of_this_client_and_the_person_it_names_must_be_there() {
    for app in App::both_configured(CLIENTS).await {
        let (minji, junho) = (app.browser(), app.browser());
        app.sign_in(&minji, "google", "minji").await;
        app.sign_in(&junho, "google", "junho").await;
        let tokens = tokens(&redeem(&app, &code(&minji, &[]).await, &[]).await);
        let text = |name: &str| tokens[name].as_str().unwrap().to_owned();
        let (hint, access) = (text("id_token"), text("access_token"));
        let forged = hint.rsplit_once('.').unwrap().0.to_owned() + ".AAAA";
        app.advance(Duration::from_hours(24));
        let silent = async |browser, hint: &str| {
            let told = told(&browser_visit(browser, &[("prompt", "none"), ("id_token_hint", hint)]).await);
            told.get("error").cloned().unwrap_or_default()
        };
        assert_eq!(silent(&minji, &hint).await, "", "long expired, and good all the same");
        assert_eq!(silent(&junho, &hint).await, "login_required");
        for wrong in ["x", access.as_str(), forged.as_str()] {
            assert_eq!(silent(&minji, wrong).await, "invalid_request", "{wrong}");
        }
        let other = [("client_id", "other-client"), ("scope", "openid"), ("id_token_hint", hint.as_str())];
        assert_eq!(
            told(&browser_visit(&minji, &other).await)["error"],
            "invalid_request",
            "another client's"
        );
        let (page, waiting) = login(&junho, &[("id_token_hint", &hint)]).await;
        assert!(page.starts_with("/oauth/login?prompt=login"), "{page}");
        app.advance(Duration::from_secs(1));
        let provider = app.begin(&junho, "google", &waiting).await;
        junho.visit(&app.provider.agree(&provider, "minji").await).await;
        assert!(told(&junho.open(&waiting).await).contains_key("code"), "they are there now");
        app.stop().await;
    }
}

async fn browser_visit(browser: &testkit::Browser, changed: &[(&str, &str)]) -> testkit::Answer {
    browser.visit(&authorize(changed)).await
}

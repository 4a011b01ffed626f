//! Logins by the three providers, and what may go wrong on the way.

use std::time::Duration;

use serde_json::json;

use crate::app::{App, PROVIDERS};

#[tokio::test]
async fn each_provider_signs_a_person_in_on_both_databases() {
    for app in App::both().await {
        for (provider, email) in
            [("google", "minji@gmail.com"), ("naver", "minji@naver.com"), ("kakao", "minji@kakao.com")]
        {
            let browser = app.browser();
            app.sign_in(&browser, provider, "minji").await;
            let session = browser.fetch("/api/auth/session").await.json();
            assert_eq!(session["user"]["email"], email);
            let page = browser.open("/me").await;
            assert_eq!(page.status, 200);
            assert!(page.body.contains("김민지"));
        }
        app.stop().await;
    }
}

#[tokio::test]
async fn quirk_25_people_without_name_or_address_come_in_each_as_themselves() {
    let app = App::start().await;
    let mut ids = std::collections::HashSet::new();
    for provider in PROVIDERS {
        for user in ["haneul", "nameless"] {
            let browser = app.browser();
            app.sign_in(&browser, provider, user).await;
            let session = browser.fetch("/api/auth/session").await.json();
            assert!(session["user"]["email"].is_null());
            assert!(!session["user"]["name"].as_str().unwrap().is_empty(), "a default name");
            ids.insert(session["user"]["id"].as_str().unwrap().to_owned());
        }
    }
    assert_eq!(ids.len(), 6);
}

#[tokio::test]
async fn openid_connect_works_where_it_is_switched_on() {
    let app = App::with(&[
        ("DAEMUN_PROVIDERS__NAVER__PROTOCOL", "oidc"),
        ("DAEMUN_PROVIDERS__KAKAO__PROTOCOL", "oidc"),
    ])
    .await;
    for provider in ["naver", "kakao"] {
        app.sign_in(&app.browser(), provider, "junho").await;
        let requests = app.provider.requests(provider).await;
        assert!(requests.iter().any(|request| request["at"] == "jwks"), "the id_token was verified");
    }
}

#[tokio::test]
async fn s_up_18_quirk_03_the_secret_goes_in_the_body_alone() {
    let app = App::start().await;
    for provider in PROVIDERS {
        app.sign_in(&app.browser(), provider, "minji").await;
        let requests = app.provider.requests(provider).await;
        let token = requests.iter().find(|request| request["at"] == "token").unwrap();
        assert_eq!(
            (&token["method"], &token["authorization"], &token["query"]),
            (&json!("POST"), &json!(null), &json!([]))
        );
        let fields: Vec<_> =
            token["form"].as_array().unwrap().iter().map(|pair| pair[0].as_str().unwrap()).collect();
        assert!(fields.contains(&"client_secret") && fields.contains(&"code_verifier"), "{fields:?}");
        let authorize = requests.iter().find(|request| request["at"] == "authorize").unwrap();
        let query = authorize["query"].to_string();
        assert!(query.contains("S256") && !query.contains("secret"), "S-UP-3: {query}");
    }
}

#[tokio::test]
async fn s_up_2_a_callback_counts_once_in_the_browser_that_began() {
    for app in App::both().await {
        let (browser, stranger) = (app.browser(), app.browser());
        let callback = app.until_callback(&browser, "google", "minji").await;
        let refused = stranger.visit(&callback).await;
        assert_eq!(refused.status, 400);
        assert!(!app.is_signed_in(&stranger).await);
        assert_eq!(browser.visit(&callback).await.status, 303, "its owner still may");
        assert_eq!(stranger.visit(&callback).await.status, 400, "and nobody else after them");
        assert!(app.is_signed_in(&browser).await, "and the session stays");
        app.stop().await;
    }
}

#[tokio::test]
async fn s_up_2_of_many_simultaneous_callbacks_elsewhere_none_succeeds() {
    for app in App::both().await {
        let (browser, stranger) = (app.browser(), app.browser());
        app.begin(&stranger, "kakao", "/").await;
        let callback = app.until_callback(&browser, "kakao", "minji").await;
        let thefts = futures::future::join_all((0..12).map(|_| stranger.visit(&callback)));
        let (mine, thefts) = tokio::join!(browser.visit(&callback), thefts);
        assert_eq!(mine.status, 303);
        assert!(thefts.iter().all(|theft| theft.status == 400));
        assert!(!app.is_signed_in(&stranger).await);
        app.stop().await;
    }
}

#[tokio::test]
async fn s_up_1_a_login_lives_ten_minutes() {
    let app = App::start().await;
    let browser = app.browser();
    let in_time = app.begin(&browser, "naver", "/").await;
    let late = app.begin(&browser, "naver", "/").await;
    app.advance(Duration::from_secs(599));
    let callback = app.provider.agree(&in_time, "minji").await;
    assert_eq!(browser.visit(&callback).await.status, 303);
    app.advance(Duration::from_secs(2));
    let callback = app.provider.agree(&late, "minji").await;
    assert_eq!(browser.visit(&callback).await.status, 400);
}

#[tokio::test]
async fn s_up_6_the_callback_of_one_provider_is_no_other_ones() {
    let app = App::start().await;
    let browser = app.browser();
    let callback = app.until_callback(&browser, "google", "minji").await;
    let crossed = callback.replacen("google", "kakao", 1);
    assert_eq!(browser.visit(&crossed).await.status, 400);
    assert_eq!(browser.visit(&callback).await.status, 303, "what was tried elsewhere spends nothing");
}

#[tokio::test]
async fn two_logins_in_one_browser_finish_in_either_order() {
    for [first, second] in [["google", "kakao"], ["kakao", "google"]] {
        let app = App::start().await;
        let browser = app.browser();
        let google = app.until_callback(&browser, "google", "minji").await;
        let kakao = app.until_callback(&browser, "kakao", "junho").await;
        for provider in [first, second] {
            let callback = if provider == "google" { &google } else { &kakao };
            assert_eq!(browser.visit(callback).await.status, 303);
        }
        let name = if second == "google" { "김민지" } else { "이준호" };
        assert_eq!(browser.fetch("/api/auth/session").await.json()["user"]["name"], name);
    }
}

#[tokio::test]
async fn quirk_32_cancelling_leads_back_to_the_login_page() {
    let app = App::start().await;
    for provider in PROVIDERS {
        let browser = app.browser();
        let authorize = app.begin(&browser, provider, "/me").await;
        let answer = browser.visit(&app.provider.cancel(&authorize).await).await;
        assert_eq!(answer.status, 303);
        assert_eq!(answer.location(), "/oauth/login?error=access_denied&return_to=%2Fme");
        let page = browser.open(answer.location()).await;
        assert!(page.body.contains("role=\"alert\""), "{}", page.body);
        assert!(!app.is_signed_in(&browser).await);
    }
}

#[tokio::test]
async fn a_provider_that_fails_leaves_nothing_that_blocks_the_next_try() {
    let app = App::start().await;
    for provider in PROVIDERS {
        let failures = [
            ("token", "server-error"),
            ("token", "html"),
            ("token", "truncated"),
            ("token", "empty"),
            ("token", "redirect"),
            ("token", "huge"),
            ("token", "too-many"),
        ];
        for (place, failure) in failures {
            let browser = app.browser();
            let callback = app.until_callback(&browser, provider, "minji").await;
            app.provider.failure(provider, place, failure).await;
            let answer = browser.visit(&callback).await;
            assert_eq!(
                (answer.status.as_u16(), answer.location()),
                (303, "/oauth/login?error=provider_unavailable&return_to=%2Fme"),
                "{provider} {place} {failure}"
            );
            app.sign_in(&browser, provider, "junho").await;
            app.advance(Duration::from_mins(11));
        }
    }
}

#[tokio::test]
async fn s_up_15_odd_callbacks_are_refused_with_a_page_and_no_cookie() {
    let app = App::start().await;
    let long = "a".repeat(5000);
    let odd = [
        String::new(),
        "?".into(),
        "?code=x".into(),
        "?state=x".into(),
        "?code=x&state=".into(),
        "?error=access_denied".into(),
        "?code=a&code=b&state=x".into(),
        format!("?code={long}&state=x"),
        "?state=%00&code=x".into(),
        "?state=%FF&code=x".into(),
        "?code=x&state=x&iss=https%3A%2F%2Fevil.example".into(),
    ];
    for provider in PROVIDERS {
        for query in &odd {
            let answer = app.browser().visit(&format!("/api/auth/callback/{provider}{query}")).await;
            assert_eq!(answer.status, 400, "{query}");
            assert!(answer.header("content-type").starts_with("text/html"), "a person sees a page");
            assert!(answer.cookies().is_empty(), "{query}");
        }
    }
}

#[tokio::test]
async fn an_unknown_provider_is_not_found() {
    let app = App::start().await;
    let browser = app.browser();
    assert_eq!(browser.submit("/api/auth/signin/github", &[]).await.status, 404);
    assert_eq!(browser.visit("/api/auth/callback/github?code=x&state=y").await.status, 404);
}

#[tokio::test]
async fn s_bff_5_nobody_is_sent_elsewhere_after_a_login() {
    let app = App::start().await;
    let list = [
        "//evil.example",
        "/\\evil.example",
        "\\\\evil.example",
        "https:evil.example",
        "https://evil.example",
        "/%09/evil.example",
        "/\t/evil.example",
        "/%2f%2fevil.example",
        "javascript:alert(1)",
        "evil.example",
        "/%5cevil.example",
        "///evil.example",
        "/ /evil.example\r\nx: y",
        "",
        "?x",
        "#x",
        "/\u{2028}x",
    ];
    for return_to in list {
        let browser = app.browser();
        let authorize = app.begin(&browser, "google", return_to).await;
        let answer = browser.visit(&app.provider.agree(&authorize, "minji").await).await;
        assert_eq!(answer.status, 303);
        let location = answer.location();
        assert!(location == "/" || !location.contains("evil"), "{return_to:?} → {location}");
        let target = app.site.join(location).unwrap();
        assert_eq!(target.origin(), app.site.origin(), "{return_to:?} → {location}");
    }
    for kept in ["/me", "/me?tab=1", "/a/b%20c?x=%2F#top"] {
        let browser = app.browser();
        let authorize = app.begin(&browser, "google", kept).await;
        let answer = browser.visit(&app.provider.agree(&authorize, "minji").await).await;
        assert_eq!(answer.location(), kept);
    }
}

#[tokio::test]
async fn a_private_page_leads_through_the_login_back_to_itself() {
    let app = App::start().await;
    let answer = app.browser().open("/me?from=mail").await;
    assert_eq!(
        (answer.status.as_u16(), answer.location()),
        (303, "/oauth/login?return_to=%2Fme%3Ffrom%3Dmail")
    );
    let page = app.browser().open(answer.location()).await;
    assert!(page.body.contains(r#"name="return_to" value="/me?from=mail""#), "{}", page.body);
}

#[tokio::test]
async fn the_provider_used_last_stands_first() {
    let app = App::start().await;
    let browser = app.browser();
    app.sign_in(&browser, "kakao", "minji").await;
    browser.open("/").await;
    browser.submit("/api/auth/signout", &[]).await;
    let page = browser.open("/oauth/login").await.body;
    let place = |name: &str| page.find(&format!("/api/auth/signin/{name}")).unwrap();
    assert!(place("kakao") < place("google") && place("google") < place("naver"));
    assert!(page.contains("지난번에 사용"));
}

#[tokio::test]
async fn s_up_19_what_a_login_leaves_in_the_database() {
    let app = App::start().await;
    app.sign_in(&app.browser(), "google", "minji").await;
    app.begin(&app.browser(), "google", "/").await;
    let dump = app.database.dump().await;
    let rows = |table: &str| dump.lines().filter(|line| line.starts_with(&format!("{table}|"))).count();
    assert_eq!((rows("members"), rows("identities"), rows("sessions")), (1, 1, 1));
    assert_eq!(rows("login_transactions"), 1, "the one on its way; the other was spent");
    assert!(rows("audit_events") >= 1, "S-LOG-1");
}

//! The session cookie and what is behind it.

use std::collections::HashSet;
use std::fmt::Write as _;
use std::time::Duration;

use crate::app::{App, PROVIDERS};
use crate::wire::WiredDatabase;

const HOUR: Duration = Duration::from_hours(1);
const DAY: Duration = Duration::from_hours(24);

#[tokio::test]
async fn s_cookie_1_2_each_cookie_states_all_its_attributes() {
    let app = App::with(&[("DAEMUN_PUBLIC_URL", "https://login.example")]).await;
    let browser = app.browser();
    let begun = browser
        .send(
            reqwest::Method::POST,
            "/api/auth/signin/google",
            &[("sec-fetch-site", "same-origin")],
            Some(&[("return_to", "/")]),
        )
        .await;
    assert_eq!(begun.status, 303);
    let [login] = begun.cookies()[..] else { panic!("{:?}", begun.cookies()) };
    let callback = app.provider.agree(begun.location(), "minji").await;
    let answer = browser.visit(&callback).await;
    let session = answer.cookies().into_iter().find(|line| line.starts_with("__Host-daemun=")).unwrap();
    for (line, name) in [(login, "__Host-daemun-login="), (session, "__Host-daemun=")] {
        assert!(line.starts_with(name), "{line}");
        for attribute in ["; Path=/", "; Secure", "; HttpOnly", "; SameSite=Lax"] {
            assert!(line.contains(attribute), "{line}");
        }
        assert!(!line.contains("Domain"), "{line}");
        assert!(line.len() < 400, "S-COOKIE-7: {line}");
    }
}

#[tokio::test]
async fn s_cookie_3_the_value_says_nothing_and_is_stored_nowhere() {
    for app in App::both().await {
        let mut seen = HashSet::new();
        for user in ["minji", "junho", "haneul", "nameless"].repeat(5) {
            let browser = app.browser();
            app.sign_in(&browser, "google", user).await;
            let value = browser.cookie("daemun").unwrap();
            assert_eq!(value.len(), 43, "256 bits in base64url");
            assert!(seen.insert(value));
        }
        let dump = app.database.dump().await;
        assert!(seen.iter().all(|value| !dump.contains(value.as_str())));
        app.stop().await;
    }
}

#[tokio::test]
async fn s_cookie_4_the_exact_name_counts_and_twice_is_nobody() {
    let app = App::start().await;
    let browser = app.browser();
    app.sign_in(&browser, "kakao", "minji").await;
    let value = browser.cookie("daemun").unwrap();
    for (cookies, signed_in) in [
        (format!("daemun={value}"), true),
        (format!("other=1; daemun={value}; more=2"), true),
        (format!("daemun={value}; daemun={value}"), false),
        (format!("daemun=x; daemun={value}"), false),
        (format!("Daemun={value}"), false),
        (format!("__Host-daemun={value}"), false),
        (format!("sid={value}"), false),
    ] {
        let answer = app
            .browser()
            .send(reqwest::Method::GET, "/api/auth/session", &[("cookie", cookies.as_str())], None)
            .await;
        assert_eq!(!answer.json().is_null(), signed_in, "{cookies}");
    }
}

/// A second cookie with the path of a page comes there and not at the login page, which knows the person.
#[tokio::test]
async fn s_cookie_4_a_cookie_that_comes_twice_sends_nobody_in_circles() {
    let route =
        "path = \"/shop\"\nupstream = [\"http://127.0.0.1:9\"]\nmethods = [\"GET\"]\nscope = \"read\"\n";
    let app = App::configured(&format!("[[gateway.routes]]\n{route}")).await;
    let browser = app.browser();
    app.sign_in(&browser, "kakao", "minji").await;
    let value = browser.cookie("daemun").unwrap();
    let twice = format!("daemun=x; daemun={value}");
    for page in ["/me", "/shop"] {
        let headers = [("cookie", twice.as_str()), ("accept", "text/html")];
        let sent = app.browser().send(reqwest::Method::GET, page, &headers, None).await;
        assert_eq!(sent.status, 303, "{page}");
        let login = sent.location().to_owned();
        assert!(login.starts_with("/oauth/login?error=cookie_twice&return_to="), "{login}");
        let shown = browser.open(&login).await;
        assert_eq!(shown.status, 200, "{page}");
        assert!(shown.body.contains("쿠키를 지운"), "{page}");
    }
}

#[tokio::test]
async fn s_cookie_5_an_invented_or_earlier_handle_is_never_adopted() {
    let app = App::start().await;
    let browser = app.browser();
    let invented = "A".repeat(43);
    browser.plant("daemun", &invented);
    app.sign_in(&browser, "google", "minji").await;
    let first = browser.cookie("daemun").unwrap();
    assert_ne!(first, invented);
    assert!(app.is_signed_in(&browser).await, "from now on this session is in memory");
    app.sign_in(&browser, "google", "minji").await;
    assert_ne!(browser.cookie("daemun").unwrap(), first);
    for old in [invented, first] {
        let other = app.browser();
        other.plant("daemun", &old);
        assert!(!app.is_signed_in(&other).await, "the session before a login ends with it");
    }
    assert!(app.is_signed_in(&browser).await);
}

#[tokio::test]
async fn s_cookie_6_sign_out_ends_the_row_first_then_the_cookie() {
    for app in App::both().await {
        let (browser, thief) = (app.browser(), app.browser());
        app.sign_in(&browser, "naver", "minji").await;
        thief.plant("daemun", &browser.cookie("daemun").unwrap());
        assert!(app.is_signed_in(&thief).await);
        let answer = browser.submit("/api/auth/signout", &[]).await;
        assert_eq!((answer.status.as_u16(), answer.location()), (303, "/"));
        let line = answer.cookies().into_iter().find(|line| line.starts_with("daemun=;")).unwrap();
        for attribute in ["; Path=/", "; HttpOnly", "; SameSite=Lax", "; Max-Age=0"] {
            assert!(line.contains(attribute), "{line}");
        }
        let cleared = answer.header("clear-site-data");
        assert!(cleared.contains("\"cache\"") && cleared.contains("\"storage\""), "{cleared}");
        assert!(!app.is_signed_in(&thief).await);
        app.stop().await;
    }
}

#[tokio::test]
async fn signing_out_everywhere_ends_every_session_of_that_member_and_no_other() {
    let app = App::start().await;
    let [one, two, other] = [app.browser(), app.browser(), app.browser()];
    for browser in [&one, &two] {
        app.sign_in(browser, "google", "minji").await;
    }
    app.sign_in(&other, "google", "junho").await;
    one.submit("/api/auth/signout", &[("everywhere", "on")]).await;
    assert!(!app.is_signed_in(&two).await);
    assert!(app.is_signed_in(&other).await);
}

#[tokio::test]
async fn s_cookie_8_idle_and_absolute_ends_are_kept_by_the_server() {
    let app = App::with(&[("DAEMUN_SESSION__IDLE", "2h"), ("DAEMUN_SESSION__ABSOLUTE", "1d")]).await;
    let (idle, busy) = (app.browser(), app.browser());
    for browser in [&idle, &busy] {
        app.sign_in(browser, "google", "minji").await;
    }
    for _ in 0..23 {
        app.advance(HOUR);
        assert!(app.is_signed_in(&busy).await, "it is used, and less than a day old");
    }
    assert!(!app.is_signed_in(&idle).await, "nobody used it for two hours");
    app.advance(HOUR);
    assert!(!app.is_signed_in(&busy).await, "a day is over, used or not");
}

#[tokio::test]
async fn a_feed_that_is_left_open_keeps_no_session_alive() {
    let app = App::with(&[("DAEMUN_SESSION__IDLE", "2h"), ("DAEMUN_SESSION__ABSOLUTE", "1d")]).await;
    let browser = app.browser();
    app.sign_in(&browser, "google", "minji").await;
    let seen = "00000000-0000-0000-0000-000000000000";
    let ours = [("sec-fetch-site", "same-origin"), ("sec-fetch-mode", "cors")];
    for minutes in [0, 30, 60, 90, 120] {
        let asked = [("seen", seen)];
        let by_page = browser.send(reqwest::Method::POST, "/api/fn/new_posts", &ours, Some(&asked)).await;
        let by_program = browser.fetch(&format!("/api/activity/feed/news?seen={seen}")).await;
        let expected = if minutes < 120 { 200 } else { 401 };
        assert_eq!((by_page.status.as_u16(), by_program.status.as_u16()), (expected, expected), "{minutes}");
        app.advance(HOUR / 2);
    }
    app.stop().await;
}

#[tokio::test]
async fn s_bff_12_the_session_endpoint_says_little_and_never_a_token() {
    let app = App::start().await;
    for provider in PROVIDERS {
        let browser = app.browser();
        let nobody = browser.fetch("/api/auth/session").await;
        assert_eq!((nobody.status.as_u16(), nobody.body.as_str()), (200, "null"));
        app.sign_in(&browser, provider, "minji").await;
        let answer = browser.fetch("/api/auth/session").await;
        for headers in [&nobody, &answer] {
            assert_eq!(headers.header("cache-control"), "no-store");
        }
        let body = answer.json();
        let keys = |value: &serde_json::Value| value.as_object().unwrap().keys().cloned().collect::<Vec<_>>();
        assert_eq!(keys(&body), ["expires", "user"]);
        assert_eq!(keys(&body["user"]), ["email", "id", "image", "name"]);
        assert_eq!(body["user"]["name"], "김민지");
        assert!(body["expires"].as_str().unwrap().ends_with('Z'));
        assert!(answer.cookies().is_empty(), "an ordinary answer never sets the cookie again");
    }
}

#[tokio::test]
async fn s_bff_1_no_token_of_a_provider_is_kept_or_sent_anywhere() {
    for app in App::both().await {
        let browser = app.browser();
        for provider in PROVIDERS {
            app.sign_in(&browser, provider, "minji").await;
        }
        let mut texts = app.database.dump().await;
        for path in ["/", "/me", "/oauth/login", "/api/auth/session", "/nope"] {
            let answer = browser.open(path).await;
            texts.push_str(&answer.body);
            write!(texts, "{:?}", answer.headers).unwrap();
        }
        for mark in ["eyJ", "ya29.", "AAAA+", "1//", "simulated-"] {
            assert!(!texts.contains(mark), "{mark}");
        }
        app.stop().await;
    }
}

#[tokio::test]
async fn a_member_is_the_same_after_each_login_and_keeps_a_profile_of_their_own() {
    let app = App::start().await;
    let mut ids = HashSet::new();
    for _ in 0..3 {
        let browser = app.browser();
        app.sign_in(&browser, "google", "minji").await;
        let session = browser.fetch("/api/auth/session").await.json();
        ids.insert(session["user"]["id"].as_str().unwrap().to_owned());
        app.advance(DAY);
    }
    assert_eq!(ids.len(), 1);
}

#[tokio::test]
async fn an_outage_of_the_database_is_no_sign_out() {
    let Some(WiredDatabase { wire, url, database }) = WiredDatabase::new().await else { return };
    let app = App::start_at(url, database, &[]).await;
    let browser = app.browser();
    app.sign_in(&browser, "google", "minji").await;
    wire.cut();
    let answer = browser.fetch("/api/auth/session").await;
    assert_eq!(answer.status, 503);
    assert_ne!(answer.header("retry-after"), "");
    assert_eq!(browser.open("/me").await.status, 503, "not a redirect to the login page");
    let login = browser.submit("/api/auth/signin/google", &[("return_to", "/")]).await;
    assert_eq!(login.status, 503);
    assert_eq!(app.operators().fetch("/health/ready").await.status, 503);
    assert_eq!(app.operators().fetch("/health/live").await.status, 200);
    assert!(browser.cookie("daemun").is_some());
    wire.mend();
    assert!(app.is_signed_in(&browser).await);
}

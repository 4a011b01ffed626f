//! What people are called, where they read mail and what they type as a password: the same rule at every door, and no door
//! that a text can break.

use std::time::Duration;

use db::query;
use reqwest::Method;
use serde_json::{Value, json};

use crate::accounts::{EMAIL, PASSWORD, call, log_in, post, sign_up};
use crate::app::{App, PROVIDERS};

async fn session_name(browser: &testkit::Browser) -> String {
    browser.fetch("/api/auth/session").await.json()["user"]["name"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn a_person_whose_profile_is_odd_signs_in_all_the_same() {
    for app in App::both().await {
        for provider in PROVIDERS {
            let place = if provider == "google" { "id-token" } else { "userinfo" };
            let failures = if provider == "google" {
                ["half-name-claim", "odd-claims"]
            } else {
                ["half-nickname", "odd-profile"]
            };
            for (user, failure) in ["minji", "junho"].into_iter().zip(failures) {
                app.provider.failure(provider, place, failure).await;
                let browser = app.browser();
                app.sign_in(&browser, provider, user).await;
                let name = session_name(&browser).await;
                assert!(name.starts_with("새 이웃 "), "{provider} {failure}: {name}");
                assert_eq!(browser.open("/me").await.status, 200);
            }
        }
        app.stop().await;
    }
}

#[tokio::test]
async fn a_providers_nickname_is_repaired_and_its_member_can_save_their_profile() {
    for app in App::both().await {
        for (number, (given, kept)) in [
            ("\u{3164}", None),
            ("\u{200b}", None),
            ("\u{ffff}", None),
            ("\u{301}", None),
            ("\u{1112}\u{1161}\u{11ab}글", Some("한글")),
            ("홍\u{202e}길동", Some("홍길동")),
            ("👩‍🚀", Some("👩‍🚀")),
        ]
        .into_iter()
        .enumerate()
        {
            let user = json!({"id": format!("9{number}"), "nickname": given});
            app.provider.control(Method::PUT, "kakao/users/odd", user).await;
            let browser = app.browser();
            app.sign_in(&browser, "kakao", "odd").await;
            let name = session_name(&browser).await;
            match kept {
                Some(kept) => assert_eq!(name, kept),
                None => assert!(name.starts_with("새 이웃 "), "{name}"),
            }
            let saved = browser.submit("/api/users/me", &[("nickname", &name), ("greeting", "안녕")]).await;
            assert_eq!(
                (saved.status.as_u16(), saved.location()),
                (303, "/me?notice=profile_changed"),
                "{name}"
            );
        }
        app.stop().await;
    }
}

#[tokio::test]
async fn a_name_that_an_earlier_rule_let_in_is_no_fault_of_whoever_saves_the_form() {
    for app in App::both().await {
        let browser = app.browser();
        app.sign_in(&browser, "naver", "minji").await;
        let store = async |nickname: &'static str, greeting: &'static str| {
            let mut tx = app.database.begin().await.unwrap();
            let store = query("UPDATE members SET nickname = ?, greeting = ?").bind(nickname).bind(greeting);
            store.execute(&mut *tx).await.unwrap();
            tx.commit().await.unwrap();
        };
        store("홍\u{200b}길동", "\u{200b}").await;
        let changed = browser.submit("/api/users/me", &[("nickname", "\u{3164}"), ("greeting", "x")]).await;
        assert_ne!(changed.location(), "/me?notice=profile_changed", "another one must keep the rule");
        let form = [("nickname", "홍\u{200b}길동"), ("greeting", "\u{200b}")];
        let saved = browser.submit("/api/users/me", &form).await;
        assert_eq!(saved.location(), "/me?notice=profile_changed", "{}", saved.body);
        let profile = browser.fetch("/api/users/me").await.json();
        assert_eq!(
            (&profile["data"]["nickname"], &profile["data"]["greeting"]),
            (&"홍길동".into(), &"".into())
        );
        store("\u{3164}", "안녕").await;
        let again = app.browser();
        app.sign_in(&again, "naver", "minji").await;
        assert!(session_name(&again).await.starts_with("새 이웃 "), "the next sign-in repairs it, too");
        app.stop().await;
    }
}

/// The one field that is wrong.
fn wrong_field(reply: &crate::accounts::Reply) -> String {
    assert_eq!(reply.code(), (400, "VALIDATION_FAILED"), "{}", reply.body);
    let fields = reply.body["error"]["fields"].as_array().unwrap();
    assert_eq!(fields.len(), 1, "{}", reply.body);
    fields[0]["field"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn a_typed_name_or_line_that_cannot_be_seen_is_refused_at_every_door() {
    let app = App::start().await;
    sign_up(&app).await;
    let token = log_in(&app).await["access_token"].as_str().unwrap().to_owned();
    let patch =
        async |body: Value| call(&app, Method::PATCH, "/api/users/me", Some(&token), Some(body)).await;
    for bad in [
        "\u{3164}",
        "\u{180b}",
        "\u{ffff}",
        "\u{301}",
        "가\u{200b}나",
        "a\u{202e}b",
        "\u{e000}",
        &"가".repeat(101),
    ] {
        let wish = json!({"email": "b@example.com", "password": PASSWORD, "nickname": bad});
        assert_eq!(wrong_field(&post(&app, "/api/users/signup", wish).await), "nickname", "{bad:?}");
        assert_eq!(wrong_field(&patch(json!({"nickname": bad})).await), "nickname", "{bad:?}");
        assert_eq!(wrong_field(&patch(json!({"greeting": bad})).await), "greeting", "{bad:?}");
    }
    // A note head that is none, and blank braille, are spaces.
    for blank in ["\u{1d159}", "\u{2800}", " "] {
        assert_eq!(wrong_field(&patch(json!({"nickname": blank})).await), "nickname");
    }
    let changed = patch(json!({"nickname": "\u{1112}\u{1161}\u{11ab}글 👩‍🚀", "greeting": ""})).await;
    assert_eq!((changed.status, &changed.body["data"]["nickname"]), (200, &"한글 👩‍🚀".into()));
}

#[tokio::test]
async fn s_mail_11_an_address_that_no_mail_reaches_is_refused_and_a_quoted_one_is_no_second_account() {
    for setting in [&[][..], &[("DAEMUN_MEMBERS__REVEAL_EXISTING", "false")]] {
        let app = App::with(setting).await;
        for bad in [
            "a\"b@example.com",
            "\"hong\"@example.com",
            "\"haneul\"@example.com",
            "a@b",
            "a@@b.kr",
            "홍@example.com",
        ] {
            let wish = json!({"email": bad, "password": PASSWORD, "nickname": "하늘"});
            for (path, body) in [
                ("/api/users/signup", wish),
                ("/api/users/signup/resend", json!({"email": bad})),
                ("/api/users/password/forgot", json!({"email": bad})),
            ] {
                assert_eq!(wrong_field(&post(&app, path, body).await), "email", "{path} {bad}");
            }
            let login = post(&app, "/auth/login", json!({"email": bad, "password": PASSWORD})).await;
            assert_eq!(login.code(), (401, "AUTH_BAD_CREDENTIALS"), "{bad}");
        }
    }
}

#[tokio::test]
async fn a_provider_whose_address_no_mail_reaches_brings_none() {
    let app = App::start().await;
    for (number, bad) in ["a\"b@example.com", "\"hong\"@example.com", "no address"].into_iter().enumerate() {
        let user =
            json!({"id": format!("8{number}"), "nickname": "홍", "email": bad, "email_verified": true});
        app.provider.control(Method::PUT, "kakao/users/odd", user).await;
        let browser = app.browser();
        app.sign_in(&browser, "kakao", "odd").await;
        assert!(browser.fetch("/api/auth/session").await.json()["user"]["email"].is_null(), "{bad}");
    }
}

#[tokio::test]
async fn s_acc_1_the_least_length_of_a_password_is_a_setting() {
    let length_at = async |settings: &[(&str, &str)], least: &str| {
        let app = Box::pin(App::with(settings)).await;
        let wish = async |email: &str, password: &str| {
            post(&app, "/api/users/signup", json!({"email": email, "password": password})).await
        };
        let page = app.browser().open("/signup").await;
        assert!(page.body.contains(&format!("{least}자 이상")), "{}", page.body);
        assert!(page.body.contains(&format!("minlength=\"{least}\"")), "{}", page.body);
        for (number, words) in ["오래된 대문 앞 소나무 41", "tqzkw vhmx", "tqzkw vhm"].into_iter().enumerate()
        {
            let reply = wish(&format!("a{number}@example.com"), words).await;
            let is_long = words.chars().count() >= least.parse().unwrap();
            assert_eq!(reply.status, if is_long { 201 } else { 400 }, "{least} {words}: {}", reply.body);
            if !is_long {
                let allowed = reply.body["error"]["fields"][0]["allowed"].as_str().unwrap();
                assert!(allowed.starts_with(&format!("{least} to 128 characters")), "{allowed}");
            }
        }
        let form = [("email", "b@example.com"), ("password", "short"), ("nickname", "")];
        let refused = app.browser();
        let answer = refused.submit("/api/users/signup", &form).await;
        assert!(refused.open(answer.location()).await.body.contains(&format!("{least}자에서 128자")));
    };
    length_at(&[], "10").await;
    length_at(&[("DAEMUN_MEMBERS__PASSWORD_MIN_LENGTH", "15")], "15").await;
}

#[tokio::test]
async fn whatever_is_typed_as_a_password_is_no_fault_of_ours() {
    let app = App::start().await;
    sign_up(&app).await;
    for (unit, times) in
        [("12", 20), ("12", 64), ("aA1!", 32), ("İ", 64), ("\u{301}", 100), ("\0", 20), ("ﷺ", 128)]
    {
        let odd = unit.repeat(times);
        let reply = post(&app, "/api/users/signup", json!({"email": "b@example.com", "password": odd})).await;
        assert!(matches!(reply.status, 201 | 400), "{unit}: {}", reply.body);
        let reply = post(&app, "/auth/login", json!({"email": EMAIL, "password": odd})).await;
        assert_eq!(reply.code(), (401, "AUTH_BAD_CREDENTIALS"), "{unit}");
    }
    let reply =
        post(&app, "/api/users/signup", json!({"email": "c@example.com", "password": "12".repeat(20)})).await;
    assert_eq!(wrong_field(&reply), "password");
}

/// So many drafts wait in the database.
async fn waiting_drafts(app: &App) -> usize {
    app.database.dump().await.lines().filter(|line| line.starts_with("form_drafts|")).count()
}

#[tokio::test]
async fn a_long_text_waits_only_for_a_member_who_is_signed_in_by_their_session() {
    for app in App::both().await {
        let member = app.browser();
        app.sign_in(&member, "kakao", "minji").await;
        let (session, text) = (member.cookie("daemun").unwrap(), "가".repeat(2_001));
        sign_up(&app).await;
        let bearer = log_in(&app).await["access_token"].as_str().unwrap().to_owned();
        let stranger = app.browser();
        let form = [("text", text.as_str())];
        let navigation = [("sec-fetch-site", "same-origin"), ("sec-fetch-mode", "navigate")];
        let path = "/api/activity/posts";
        for invented in ["one", "two"] {
            stranger.plant("daemun", invented);
            stranger.submit(path, &form).await;
            for authorization in ["Bearer x".to_owned(), format!("Bearer {bearer}"), "x".to_owned()] {
                let headers = [navigation[0], navigation[1], ("authorization", authorization.as_str())];
                stranger.send(Method::POST, path, &headers, Some(&form)).await;
            }
            assert_eq!(waiting_drafts(&app).await, 0, "{invented}");
        }
        for _ in 0..2 {
            assert_eq!(member.submit(path, &form).await.location(), "/feed?draft=stored");
            assert_eq!(waiting_drafts(&app).await, 1);
        }
        assert!(member.open("/feed?draft=stored").await.body.contains(&text));
        app.clean().await;
        app.advance(Duration::from_mins(16));
        app.clean().await;
        member.submit("/api/auth/signout", &[]).await;
        let before = waiting_drafts(&app).await;
        stranger.plant("daemun", &session);
        stranger.submit(path, &form).await;
        assert_eq!((before, waiting_drafts(&app).await), (0, 0), "the session has ended");
        app.stop().await;
    }
}

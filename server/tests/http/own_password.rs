//! Changing one's own password: this browser stays signed in by another cookie, everything else ends (S-ACC-10).

use std::time::Duration;

use reqwest::Method;
use serde_json::{Value, json};
use testkit::{Answer, Browser};

use crate::accounts::{EMAIL, PASSWORD, call, log_in, mail, post, sign_up, token};
use crate::app::{App, ORIGIN};

const OTHER: &str = "마루 끝에 앉아 듣는 늦여름 빗소리";
const THIRD: &str = "장작불 앞에서 굽는 고구마 세 개";
const CHANGE: &str = "/api/users/me/password";

async fn signs_in(app: &App, password: &str) -> Browser {
    let browser = app.browser();
    let form = [("email", EMAIL), ("password", password), ("return_to", "/me")];
    let answer = browser.submit("/api/auth/signin/password", &form).await;
    assert_eq!(answer.location(), "/me", "{}", answer.body);
    browser
}

/// A browser that has the cookie of another one, as a thief would.
fn copy_of(app: &App, browser: &Browser) -> Browser {
    let thief = app.browser();
    thief.plant("daemun", &browser.cookie("daemun").unwrap());
    thief
}

async fn change(browser: &Browser, current: &str, new: &str) -> Answer {
    browser.submit(CHANGE, &[("current_password", current), ("password", new)]).await
}

/// The same as a script of our own page sends it.
async fn change_by_script(app: &App, browser: &Browser, current: &str, new: &str) -> (u16, Value) {
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    let answer = client
        .post(app.site.join(CHANGE).unwrap())
        .header("cookie", format!("daemun={}", browser.cookie("daemun").unwrap()))
        .header("origin", ORIGIN)
        .header("sec-fetch-site", "same-origin")
        .json(&json!({"current_password": current, "password": new}))
        .send()
        .await
        .unwrap();
    let cookie = answer.headers().get("set-cookie").map(|line| line.to_str().unwrap().to_owned());
    if let Some(line) = cookie {
        let value = line.split(';').next().unwrap().strip_prefix("daemun=").unwrap().to_owned();
        browser.plant("daemun", &value);
    }
    (answer.status().as_u16(), answer.json().await.unwrap())
}

#[tokio::test]
async fn s_acc_10_this_browser_stays_by_another_cookie_and_all_else_ends() {
    for app in App::both().await {
        sign_up(&app).await;
        let (here, phone) = (signs_in(&app, PASSWORD).await, signs_in(&app, PASSWORD).await);
        let (thief, tokens) = (copy_of(&app, &here), log_in(&app).await);
        let wrong = change(&here, OTHER, OTHER).await;
        assert!(wrong.location().starts_with("/me/security?draft="), "{}", wrong.location());
        assert_eq!(wrong.cookies(), [] as [&str; 0]);

        let answer = change(&here, PASSWORD, OTHER).await;
        assert_eq!(
            (answer.status.as_u16(), answer.location()),
            (303, "/me/security?notice=password_replaced")
        );
        let [line] = answer.cookies()[..] else { panic!("one cookie: {:?}", answer.cookies()) };
        for attribute in ["; Path=/", "; HttpOnly", "; SameSite=Lax", "; Max-Age="] {
            assert!(line.contains(attribute), "{line}");
        }
        assert!(app.is_signed_in(&here).await, "this browser");
        assert!(!app.is_signed_in(&phone).await, "another one");
        assert!(!app.is_signed_in(&thief).await, "S-COOKIE-5: the cookie of before");
        let page = here.open(answer.location()).await;
        assert!(page.body.contains("이 브라우저에서는 계속 쓸 수 있어요"), "{}", page.body);
        let refresh = json!({"refresh_token": tokens["refresh_token"]});
        assert_eq!(post(&app, "/auth/refresh", refresh).await.code(), (401, "AUTH_REFRESH_INVALID"));
        let access = tokens["access_token"].as_str();
        let me = call(&app, Method::GET, "/api/users/me", access, None).await;
        assert_eq!(me.code(), (401, "TOKEN_REVOKED"));

        app.settled().await;
        let mails = app.browser().fetch("/dev/mail?to=haneul%40example.com").await.json();
        let told =
            mails.as_array().unwrap().iter().filter(|mail| mail["subject"] == "비밀번호가 바뀌었습니다");
        assert_eq!(told.count(), 1);
        let sessions = here.open("/me/sessions").await.body;
        assert!(sessions.contains("다른 기기에서는 로그인되어 있지 않아요"), "{sessions}");
        signs_in(&app, OTHER).await;
        app.stop().await;
    }
}

#[tokio::test]
async fn s_acc_10_a_script_of_our_page_gets_the_same_and_a_program_signs_in_anew() {
    let app = App::start().await;
    sign_up(&app).await;
    let (here, phone) = (signs_in(&app, PASSWORD).await, signs_in(&app, PASSWORD).await);
    let thief = copy_of(&app, &here);
    let (status, body) = change_by_script(&app, &here, PASSWORD, OTHER).await;
    assert_eq!((status, &body["data"]["next"]), (200, &json!("DONE")), "{body}");
    assert!(app.is_signed_in(&here).await);
    assert!(!app.is_signed_in(&phone).await && !app.is_signed_in(&thief).await);

    let access = post(&app, "/auth/login", json!({"email": EMAIL, "password": OTHER})).await.body["data"]
        ["access_token"]
        .clone();
    let body = json!({"current_password": OTHER, "password": THIRD});
    let reply = call(&app, Method::POST, CHANGE, access.as_str(), Some(body)).await;
    assert_eq!((reply.status, &reply.body["data"]["next"]), (200, &json!("SIGN_IN")), "{}", reply.body);
    assert!(!app.is_signed_in(&here).await, "a program keeps no browser signed in");
    let me = call(&app, Method::GET, "/api/users/me", access.as_str(), None).await;
    assert_eq!(me.code(), (401, "TOKEN_REVOKED"));
}

#[tokio::test]
async fn s_acc_10_two_tabs_that_change_at_once_leave_one_password_and_one_browser_signed_in() {
    for app in App::both().await {
        sign_up(&app).await;
        let here = signs_in(&app, PASSWORD).await;
        let (one, two) = tokio::join!(change(&here, PASSWORD, OTHER), change(&here, PASSWORD, THIRD));
        let done = |answer: &Answer| answer.location().ends_with("notice=password_replaced");
        assert_eq!([&one, &two].into_iter().filter(|answer| done(answer)).count(), 1);
        let (won, lost) = if done(&one) { (OTHER, &two) } else { (THIRD, &one) };
        // By when it came: the password was another one, the account had changed, or its cookie was that of before.
        let told = ["/me/security?draft=", "/oauth/login?error=session_ended"];
        assert!(told.iter().any(|start| lost.location().starts_with(start)), "{}", lost.location());
        assert_eq!(lost.cookies(), [] as [&str; 0], "the late answer takes nothing away");
        assert!(app.is_signed_in(&here).await);
        signs_in(&app, won).await;
        app.stop().await;
    }
}

#[tokio::test]
async fn a_sign_out_of_another_tab_on_its_way_ends_the_session_that_a_change_renewed() {
    for app in App::both().await {
        sign_up(&app).await;
        let here = signs_in(&app, PASSWORD).await;
        let other_tab = copy_of(&app, &here);
        assert_eq!(change(&here, PASSWORD, OTHER).await.status, 303);
        assert_eq!(other_tab.submit("/api/auth/signout", &[]).await.status, 303);
        assert!(!app.is_signed_in(&here).await);
        app.stop().await;
    }
}

#[tokio::test]
async fn s_mail_10_a_reset_by_mail_signs_this_browser_out_too_and_gives_no_cookie() {
    let app = App::start().await;
    sign_up(&app).await;
    let here = signs_in(&app, PASSWORD).await;
    app.advance(Duration::from_mins(1));
    assert_eq!(post(&app, "/api/users/password/forgot", json!({"email": EMAIL})).await.status, 202);
    let proof = token(&mail(&app, EMAIL, "/password/reset").await);
    assert!(app.is_signed_in(&here).await, "and this replica knows it from memory");
    let answer = here.submit("/api/users/password/reset", &[("token", &proof), ("password", OTHER)]).await;
    assert_eq!(answer.location(), "/oauth/login?notice=password_changed");
    assert_eq!(answer.cookies(), [] as [&str; 0]);
    assert!(!app.is_signed_in(&here).await);
}

#[tokio::test]
async fn s_cookie_5_a_request_for_another_address_renews_the_session_and_others_go_on() {
    for app in App::both().await {
        sign_up(&app).await;
        let (here, phone) = (signs_in(&app, PASSWORD).await, signs_in(&app, PASSWORD).await);
        let thief = copy_of(&app, &here);
        let form = [("email", "new@example.com"), ("password", PASSWORD)];
        let answer = here.submit("/api/users/me/email", &form).await;
        assert!(answer.location().starts_with("/email/change?sent=1"), "{}", answer.location());
        assert!(app.is_signed_in(&here).await && app.is_signed_in(&phone).await);
        assert!(!app.is_signed_in(&thief).await);
        app.stop().await;
    }
}

#[tokio::test]
async fn s_cookie_5_a_first_password_renews_the_session_and_others_go_on() {
    for app in App::both().await {
        let [here, phone] = [app.browser(), app.browser()];
        for browser in [&here, &phone] {
            app.sign_in(browser, "google", "minji").await;
        }
        let thief = copy_of(&app, &here);
        let form = [("email", "minji@gmail.com"), ("password", PASSWORD)];
        let answer = here.submit("/api/users/me/password/first", &form).await;
        assert_eq!(answer.location(), "/me/security?notice=password_set");
        assert!(app.is_signed_in(&here).await && app.is_signed_in(&phone).await);
        assert!(!app.is_signed_in(&thief).await);
        app.stop().await;
    }
}

#[tokio::test]
async fn only_an_address_that_a_provider_vouches_for_stands_in_the_form_of_a_first_password() {
    let app = App::start().await;
    let [google, naver] = [app.browser(), app.browser()];
    app.sign_in(&google, "google", "minji").await;
    app.sign_in(&naver, "naver", "minji").await;
    let page = google.open("/me/security").await.body;
    assert!(page.contains("value=\"minji@gmail.com\""), "{page}");
    let page = naver.open("/me/security").await.body;
    let field = page.split("id=\"first-email\"").nth(1).unwrap().split('>').next().unwrap();
    assert!(!field.contains("value="), "{field}");
    assert!(page.contains("이메일이 없어서 비워 두었어요"), "{page}");
}

//! What other services hear of a login.

use db::{Row as _, query};
use reqwest::Method;
use serde_json::{Value, json};

use crate::accounts::{EMAIL, mail, post, sign_up_as, token};
use crate::app::App;

async fn told(app: &App) -> Vec<(String, Value)> {
    let mut reader = app.database.read().await.unwrap();
    let rows = query("SELECT topic, body FROM outbox_events ORDER BY sequence")
        .fetch_all(&mut *reader)
        .await
        .unwrap();
    let body = |row: &db::AnyRow| serde_json::from_str(&row.get::<String, _>(1)).unwrap();
    rows.iter().map(|row| (row.get(0), body(row))).collect()
}

#[tokio::test]
async fn the_first_login_tells_of_a_member_and_a_login_later_ones_of_a_login_each() {
    for app in App::both().await {
        let browser = app.browser();
        app.sign_in(&browser, "kakao", "minji").await;
        app.sign_in(&app.browser(), "kakao", "minji").await;
        let told = told(&app).await;
        let topics: Vec<_> = told.iter().map(|(topic, _)| topic.as_str()).collect();
        assert_eq!(topics, ["user-signup", "user-login", "user-login"]);
        let id = browser.fetch("/api/auth/session").await.json()["user"]["id"].clone();
        let sign_up = &told[0].1;
        assert_eq!(sign_up["eventType"], "USER_SIGNUP");
        assert_eq!(sign_up["payload"]["uuid"], id);
        assert_eq!(sign_up["payload"]["signupMethod"], "KAKAO");
        let login = &told[1].1["payload"];
        assert_eq!((&login["loginMethod"], &login["ipAddress"]), (&"KAKAO".into(), &"127.0.0.1".into()));
        app.stop().await;
    }
}

const TRACE: &str = "0af7651916cd43dd8448eb211c80319c";

/// The topic of each event, and the trace that it is in.
async fn traces(app: &App) -> Vec<(String, String)> {
    let mut reader = app.database.read().await.unwrap();
    let rows = query("SELECT topic, traceparent FROM outbox_events ORDER BY sequence, event_id");
    let rows = rows.fetch_all(&mut *reader).await.unwrap();
    let trace = |row: &db::AnyRow| row.get::<String, _>(1).split('-').nth(1).unwrap().to_owned();
    rows.iter().map(|row| (row.get(0), trace(row))).collect()
}

#[tokio::test]
async fn events_go_out_in_the_trace_of_the_request_that_caused_them() {
    let traceparent = format!("00-{TRACE}-b7ad6b7169203331-01");
    let traced = [("traceparent", traceparent.as_str())];
    for app in App::both().await {
        let browser = app.browser();
        let callback = app.until_callback(&browser, "kakao", "minji").await;
        assert_eq!(browser.send(Method::GET, &callback, &traced, None).await.status, 303);
        let [sign_up, login] = &traces(&app).await[..] else { panic!() };
        assert_eq!((&*sign_up.0, &*login.0), ("user-signup", "user-login"));
        assert_eq!((&*sign_up.1, &*login.1), (TRACE, TRACE));

        // One that came without a trace begins one, with the id that is in the answer and in the log.
        let browser = app.browser();
        let callback = app.until_callback(&browser, "kakao", "minji").await;
        let answer = browser.visit(&callback).await;
        let id = answer.header("x-request-id").replace('-', "");
        assert_eq!(traces(&app).await[2], ("user-login".to_owned(), id));

        // What is done after the answer belongs to the request all the same.
        sign_up_as(&app, EMAIL).await;
        let proof = token(&mail(&app, EMAIL, "/email/verify").await);
        assert_eq!(post(&app, "/api/users/signup/prove", json!({"token": proof})).await.status, 200);
        let (headers, form) = (form_headers(&traced), [("email", EMAIL)]);
        let asked = browser.send(Method::POST, "/api/users/password/forgot", &headers, Some(&form)).await;
        assert_eq!(asked.status, 303);
        mail(&app, EMAIL, "/password/reset").await;
        assert!(traces(&app).await.contains(&("password-reset".to_owned(), TRACE.to_owned())));
        app.stop().await;
    }
}

/// The headers of a form of ours, and these.
fn form_headers<'a>(more: &[(&'a str, &'a str)]) -> Vec<(&'a str, &'a str)> {
    let navigation =
        [("sec-fetch-site", "same-origin"), ("sec-fetch-mode", "navigate"), ("accept", "text/html")];
    navigation.into_iter().chain(more.iter().copied()).collect()
}

#[tokio::test]
async fn s_evt_1_a_login_that_came_to_nothing_tells_nothing() {
    let app = App::start().await;
    let browser = app.browser();
    let authorize = app.begin(&browser, "google", "/").await;
    browser.visit(&app.provider.cancel(&authorize).await).await;
    browser.visit("/api/auth/callback/google?code=x&state=y").await;
    assert_eq!(told(&app).await, []);
}

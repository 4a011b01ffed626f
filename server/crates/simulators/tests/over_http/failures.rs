//! Failures of responses: what they look like, where they happen, and how often.

use reqwest::Method;
use serde_json::json;
use simulators::SimulatedProvider::{Google, Kakao, NaverClassic};
use testkit::Answer;
use url::Url;

use crate::app::{App, text};

async fn struck(app: &App, failure: &str) -> Answer {
    app.plan("jwks", failure).await;
    app.get(app.endpoints.jwks_url.as_str()).await
}

#[tokio::test]
async fn each_fault_spoils_the_answer_in_its_way() {
    let app = App::at(Google).await;
    let broken = struck(&app, "server-error").await;
    assert_eq!((broken.status.as_u16(), broken.json()), (500, json!({"message": "internal"})));
    let html = struck(&app, "html").await;
    assert_eq!((html.status.as_u16(), html.header("content-type")), (200, "text/html"));
    let truncated = struck(&app, "truncated").await;
    assert!(serde_json::from_str::<serde_json::Value>(&truncated.body).unwrap_err().is_eof());
    let empty = struck(&app, "empty").await;
    assert_eq!((empty.status.as_u16(), empty.body.as_str()), (200, ""));
    let many = struck(&app, "too-many").await;
    assert_eq!((many.status.as_u16(), many.header("retry-after")), (429, "30"));
    let passing = struck(&app, "temporary").await;
    assert_eq!((passing.status.as_u16(), passing.json()), (503, json!({"error": "temporarily_unavailable"})));
    assert_eq!(app.get(app.endpoints.jwks_url.as_str()).await.status, 200, "all are over");
}

#[tokio::test]
async fn a_redirect_and_a_huge_answer_are_right_for_a_client_that_follows_and_reads_on() {
    let app = App::at(Kakao).await;
    let redirect = struck(&app, "redirect").await;
    assert_eq!(redirect.status, 307);
    assert_eq!(app.endpoints.jwks_url.join(redirect.location()).unwrap(), app.endpoints.jwks_url);
    app.plan("userinfo", "redirect").await;
    let url = Url::parse(&format!("{}?secure_resource=true", app.endpoints.userinfo_url)).unwrap();
    let redirect = app.get(url.as_str()).await;
    assert_eq!(url.join(redirect.location()).unwrap(), url, "with its query");
    let huge = struck(&app, "huge").await;
    assert!(huge.status == 200 && huge.body.len() > 10 * 1024 * 1024);
    assert_eq!(huge.json(), app.get(app.endpoints.jwks_url.as_str()).await.json());
}

#[tokio::test]
async fn a_provider_out_of_breath_says_so_in_its_own_words() {
    for (provider, at, name, word) in [
        (Kakao, "token", "error_code", "KOE237"),
        (NaverClassic, "userinfo", "errorCode", "012"),
        (Google, "token", "error", "rate_limit_exceeded"),
    ] {
        let app = App::at(provider).await;
        app.plan(at, "too-many").await;
        let answer = if at == "token" { app.redeem("x", &[]).await } else { app.profile("x").await };
        assert_eq!((answer.status.as_u16(), text(&answer.json(), name)), (429, word));
    }
}

#[tokio::test]
async fn a_fault_strikes_at_its_place_as_often_as_it_is_told_to_and_spends_nothing() {
    let app = App::at(Google).await;
    let code = app.code("minji", &[]).await;
    let planned = json!({"at": "token", "fault": "html", "times": 2});
    app.control(Method::POST, "/faults", &planned).await;
    for expected in ["text/html", "text/html", "application/json"] {
        assert_eq!(app.redeem(&code, &[]).await.header("content-type"), expected);
        assert_eq!(app.get(app.endpoints.jwks_url.as_str()).await.header("content-type"), "application/json");
    }
}

#[tokio::test]
async fn a_fault_without_a_number_strikes_until_it_is_taken_back() {
    let app = App::at(Google).await;
    for failure in ["html", "server-error"] {
        app.control(Method::POST, "/faults", &json!({"at": "jwks", "fault": failure})).await;
    }
    for _ in 0..5 {
        let answer = app.get(app.endpoints.jwks_url.as_str()).await;
        assert_eq!(answer.header("content-type"), "text/html", "the first one first");
    }
    assert_eq!(app.control(Method::DELETE, "/faults", &json!({})).await.status, 204);
    assert_eq!(app.get(app.endpoints.jwks_url.as_str()).await.status, 200);
}

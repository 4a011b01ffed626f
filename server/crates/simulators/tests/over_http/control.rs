//! The control surface, and the consent page.

use std::time::Duration;

use reqwest::Method;
use serde_json::{Value, json};
use simulators::SimulatedProvider::{Google, Kakao, NaverClassic};

use crate::app::{App, page_code, parameters, text};

#[tokio::test]
async fn it_shows_what_a_provider_knows() {
    for provider in [Google, NaverClassic, Kakao] {
        let app = App::at(provider).await;
        let shown = app.control(Method::GET, "", &json!({})).await.json();
        assert_eq!(shown["issuer"], app.endpoints.issuer);
        assert_eq!(shown["client"]["redirect_uris"], json!([app.redirect_uri]));
        assert_eq!(shown["users"].as_object().unwrap().len(), 4);
        assert_eq!((&shown["consented"], &shown["faults"]), (&json!([]), &json!([])));
    }
}

#[tokio::test]
async fn people_come_change_and_go() {
    let app = App::at(Google).await;
    app.put_user("new", json!({"id": "77", "email": "new@example.com"})).await;
    let tokens = app.tokens("new", &[]).await;
    let profile = app.profile(text(&tokens, "access_token")).await.json();
    assert_eq!(profile, json!({"sub": "77", "email": "new@example.com", "email_verified": false}));
    let code = app.code("new", &[]).await;
    let gone = app.control(Method::DELETE, "/users/new", &json!({})).await;
    assert_eq!(gone.status, 204);
    assert_eq!(app.profile(text(&tokens, "access_token")).await.status, 401);
    assert_eq!(app.redeem(&code, &[]).await.status, 400);
    assert_eq!(app.control(Method::DELETE, "/users/new", &json!({})).await.status, 404);
    assert_eq!(page_code(&app.callback("new", &[]).await), "no_user");
}

#[tokio::test]
async fn what_it_does_not_know_is_refused() {
    let app = App::at(Google).await;
    for (method, path, body) in [
        (Method::PUT, "/switches", json!({"bare_isuser": true})),
        (Method::PUT, "/users/x", json!({"id": "1", "mail": "a@b.c"})),
        (Method::PUT, "/client", json!({"client_id": "x"})),
        (Method::POST, "/faults", json!({"at": "token", "fault": "wrong-iss"})),
        (Method::POST, "/faults", json!({"at": "id-token", "fault": "timeout"})),
        (Method::POST, "/faults", json!({"at": "moon", "fault": "timeout"})),
        (Method::POST, "/rotate-keys", json!({"forgett": true})),
    ] {
        assert_eq!(app.control(method, path, &body).await.status, 422, "{path} {body}");
    }
}

#[tokio::test]
async fn a_switch_that_is_not_named_goes_to_its_default() {
    let app = App::at(Google).await;
    app.switch(json!({"bare_issuer": true})).await;
    app.switch(json!({"email_verified_as_text": true})).await;
    let shown = app.control(Method::GET, "", &json!({})).await.json();
    assert_eq!(shown["switches"]["bare_issuer"], false);
    assert_eq!(shown["switches"]["email_verified_as_text"], true);
}

#[tokio::test]
async fn requests_are_remembered_without_their_bearer_tokens() {
    let app = App::at(Google).await;
    let tokens = app.tokens("minji", &[]).await;
    app.profile(text(&tokens, "access_token")).await;
    let requests = app.control(Method::GET, "/requests", &json!({})).await.json();
    let places: Vec<&Value> = requests.as_array().unwrap().iter().map(|request| &request["at"]).collect();
    assert_eq!(places, ["authorize", "token", "userinfo"]);
    assert_eq!((&requests[1]["method"], &requests[1]["query"]), (&json!("POST"), &json!([])));
    assert!(
        requests[1]["form"]
            .as_array()
            .unwrap()
            .contains(&json!(["client_secret", "simulated-google-secret"]))
    );
    assert_eq!(requests[2]["authorization"], "Bearer");
    assert!(!requests[2].to_string().contains("ya29."));
    assert_eq!(app.control(Method::DELETE, "/requests", &json!({})).await.status, 204);
    assert_eq!(app.control(Method::GET, "/requests", &json!({})).await.json(), json!([]));
}

#[tokio::test]
async fn a_consent_page_is_good_once_and_for_an_hour() {
    let app = App::at(Kakao).await;
    let page = app.authorize(&[]).await;
    assert!(page.header("cache-control").contains("no-store"));
    for mark in ["user-minji", "user-junho", "user-haneul", "user-nameless", "agree", "cancel"] {
        assert!(page.body.contains(&format!("data-testid=\"{mark}\"")), "{mark}");
    }
    assert!(parameters(&app.decide(&page, "haneul", "agree").await).contains_key("code"));
    assert_eq!(page_code(&app.decide(&page, "haneul", "agree").await), "stale", "used");
    let late = app.authorize(&[]).await;
    app.clock.advance(Duration::from_hours(1));
    assert_eq!(page_code(&app.decide(&late, "haneul", "agree").await), "stale", "expired");
}

//! `/oauth2/introspect` and `/oauth2/revoke`: whose business a token is, and how one ends.

use std::time::Duration;

use reqwest::Method;
use serde_json::{Value, json};
use testkit::Answer;

use crate::app::App;
use crate::oauth_clients::{basic, confidential, send};
use crate::portal::{code, error, is_alive, redeem, refresh, tokens};

const SECRET: &str = "k3Jx9QpL-vW8Rt1YcXo7_kEa2JmBh4GdSf0uZn5i";

async fn ask(app: &App, client: &str, token: &Value) -> Answer {
    send(app, "/oauth2/introspect", &basic(client, SECRET), &[("token", token.as_str().unwrap())]).await
}

/// The body of an answer, which nobody may keep.
fn said(answer: &Answer) -> Value {
    assert_eq!(
        (answer.status.as_u16(), answer.header("cache-control")),
        (200, "no-store"),
        "{}",
        answer.body
    );
    answer.json()
}

async fn revoke(app: &App, client: &str, form: &[(&str, &str)]) -> Answer {
    send(app, "/oauth2/revoke", &basic(client, SECRET), form).await
}

async fn own(app: &App, client: &str) -> Value {
    let form = [("grant_type", "client_credentials")];
    tokens(&send(app, "/oauth2/token", &basic(client, SECRET), &form).await)["access_token"].clone()
}

/// Tokens of a person: of the portal, for our own API and for the one of orders.
async fn of_a_person(app: &App) -> (Value, Value) {
    let browser = app.browser();
    app.sign_in(&browser, "google", "minji").await;
    let here = tokens(&redeem(app, &code(&browser, &[]).await, &[]).await);
    let resource = [("resource", "https://api.example/orders")];
    let orders = tokens(&redeem(app, &code(&browser, &resource).await, &[]).await);
    (here, orders)
}

#[tokio::test]
async fn s_as_8_s_as_26_s_as_27_a_client_learns_of_its_own_tokens_and_of_those_for_its_apis() {
    for app in App::both_configured(&confidential()).await {
        let (here, orders) = of_a_person(&app).await;
        let own_token = own(&app, "basic").await;
        let told = said(&ask(&app, "basic", &own_token).await);
        assert_eq!(
            (&told["active"], &told["sub"], &told["client_id"]),
            (&json!(true), &json!("basic"), &json!("basic"))
        );
        assert_eq!(
            (&told["scope"], &told["token_type"], &told["iss"]),
            (&json!("read write"), &json!("Bearer"), &json!("http://localhost:3000"))
        );
        let told = said(&ask(&app, "reader", &orders["access_token"]).await);
        assert_eq!(
            (&told["active"], &told["client_id"], &told["aud"]),
            (&json!(true), &json!("portal-client"), &json!("https://api.example/orders"))
        );

        let nothing = r#"{"active":false}"#;
        let foreign = [
            ("basic", &orders["access_token"]),
            ("reader", &here["access_token"]),
            ("basic", &here["refresh_token"]),
            ("reader", &own_token),
        ];
        for (client, token) in foreign {
            assert_eq!(ask(&app, client, token).await.body, nothing, "S-AS-8");
        }
        for garbage in ["x", "a.b.c", "", &"x".repeat(5000)] {
            let answer = ask(&app, "basic", &json!(garbage)).await;
            let is_missing = garbage.is_empty();
            assert_eq!(answer.status, if is_missing { 400 } else { 200 });
            assert!(is_missing || answer.body == nothing);
        }
        assert_eq!(ask(&app, "basic", &here["id_token"]).await.body, nothing, "S-TOK-10");
        app.advance(Duration::from_mins(3));
        assert_eq!(ask(&app, "basic", &own_token).await.body, nothing, "expired");

        let form = [("token", "x")];
        let public =
            send(&app, "/oauth2/introspect", "", &[("token", "x"), ("client_id", "portal-client")]).await;
        assert_eq!(error(&public), (401, "invalid_client".to_owned()));
        for wrong in [basic("basic", "wrong"), format!("Bearer {}", here["access_token"].as_str().unwrap())] {
            let answer = send(&app, "/oauth2/introspect", &wrong, &form).await;
            assert_eq!(error(&answer), (401, "invalid_client".to_owned()));
            assert!(answer.header("www-authenticate").starts_with("Basic"));
        }
        let nobodys = send(&app, "/oauth2/introspect", "", &form).await;
        assert_eq!(error(&nobodys), (401, "invalid_client".to_owned()), "S-AS-26");
        assert!(nobodys.header("www-authenticate").starts_with("Basic"));
        let get = app.browser().send(Method::GET, "/oauth2/introspect", &[], None).await;
        assert_eq!((get.status.as_u16(), get.header("allow")), (405, "POST"));
        app.stop().await;
    }
}

#[tokio::test]
async fn s_as_28_a_refresh_token_ends_its_family_and_an_access_token_itself() {
    for app in App::both_configured(&confidential()).await {
        let (here, _) = of_a_person(&app).await;
        let portal = |token: &Value| {
            vec![("client_id", "portal-client".to_owned()), ("token", token.as_str().unwrap().to_owned())]
        };
        let app_ref = &app;
        let give_back = async |token: &Value, more: &[(&str, &str)]| {
            let form = portal(token);
            let form: Vec<_> = form
                .iter()
                .map(|(name, value)| (*name, value.as_str()))
                .chain(more.iter().copied())
                .collect();
            send(app_ref, "/oauth2/revoke", "", &form).await
        };
        // Another client can do nothing to it.
        let foreign = revoke(&app, "basic", &[("token", here["access_token"].as_str().unwrap())]).await;
        assert_eq!(error(&foreign).0, 400, "S-AS-8");
        let foreign = revoke(&app, "basic", &[("token", here["refresh_token"].as_str().unwrap())]).await;
        assert_eq!(error(&foreign).0, 400, "S-AS-8");
        assert!(is_alive(&app, &here["access_token"]).await);

        assert_eq!(give_back(&here["access_token"], &[]).await.status, 200);
        assert!(!is_alive(&app, &here["access_token"]).await);
        let next = tokens(&refresh(&app, here["refresh_token"].as_str().unwrap(), &[]).await);
        assert!(is_alive(&app, &next["access_token"]).await, "its family lives on");
        let hint = [("token_type_hint", "access_token")];
        assert_eq!(give_back(&next["refresh_token"], &hint).await.status, 200);
        assert!(!is_alive(&app, &next["access_token"]).await);
        assert_eq!(
            error(&refresh(&app, next["refresh_token"].as_str().unwrap(), &[]).await).1,
            "invalid_grant"
        );

        for unknown in
            ["x", "a.b.c", here["refresh_token"].as_str().unwrap(), next["access_token"].as_str().unwrap()]
        {
            assert_eq!(give_back(&json!(unknown), &[]).await.status, 200, "{unknown}");
        }
        assert_eq!(
            error(&send(&app, "/oauth2/revoke", "", &[("client_id", "portal-client")]).await),
            (400, "invalid_request".to_owned())
        );
        assert_eq!(
            error(&send(&app, "/oauth2/revoke", &basic("basic", "wrong"), &[("token", "x")]).await).0,
            401
        );
        app.flush_audit().await;
        let written = async || {
            let dump = app_ref.database.dump().await;
            [dump.matches("token_revoke").count(), dump.matches("revocations|").count()]
        };
        let before = written().await;
        assert!(before[0] >= 2, "audited: {before:?}");
        // Who has a token may not fill the tables with it.
        for _ in 0..3 {
            for ended in [&here["access_token"], &here["refresh_token"], &next["access_token"]] {
                assert_eq!(give_back(ended, &[]).await.status, 200);
            }
        }
        app.flush_audit().await;
        assert_eq!(written().await, before, "each ends once");
        app.stop().await;
    }
}

#[tokio::test]
async fn s_as_27_what_was_revoked_is_inactive_at_once() {
    let app = App::configured(&confidential()).await;
    let token = own(&app, "basic").await;
    let other = own(&app, "basic").await;
    assert_eq!(revoke(&app, "basic", &[("token", token.as_str().unwrap())]).await.status, 200);
    assert_eq!(ask(&app, "basic", &token).await.body, r#"{"active":false}"#);
    assert_eq!(said(&ask(&app, "basic", &other).await)["active"], true, "alone");
}

#[tokio::test]
async fn s_as_15_introspection_and_revocation_answer_no_page() {
    let app = App::configured(&confidential()).await;
    for path in ["/oauth2/introspect", "/oauth2/revoke"] {
        let headers = [("origin", "http://localhost:3999"), ("authorization", &*basic("basic", SECRET))];
        let answer = app.browser().send(Method::POST, path, &headers, Some(&[("token", "x")])).await;
        assert_eq!(
            (answer.status.as_u16(), answer.header("access-control-allow-origin")),
            (200, ""),
            "{path}"
        );
    }
}

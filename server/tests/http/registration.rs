//! Clients that register themselves with the token that an operator gave out (RFC 7591).

use std::time::Duration;

use db::{Row as _, query};
use http::Method;
use kernel::Clock as _;
use serde_json::{Value, json};
use testkit::Answer;

use crate::agent::{self, ROUTE};
use crate::app::App;
use crate::dpop::signed_in;
use crate::oauth_clients::{basic, send};
use crate::portal::{CALLBACK, CLIENTS, authorize, error, redeem, refresh, tokens};
use crate::token_actor::MASTER_KEY;

const TOKEN: &str = "3f1c5a7e9b2d4f6081a3c5e7092b4d6f";
const DAY: Duration = Duration::from_hours(24);

fn configuration() -> String {
    format!("[authorization]\nregistration_token = \"{TOKEN}\"\nmost_registrations = 5\n{ROUTE}{CLIENTS}")
}

async fn post(app: &App, authorization: &str, kind: &str, body: String) -> Answer {
    let request = reqwest::Client::builder()
        .no_proxy()
        .build()
        .unwrap()
        .post(app.site.join("/oauth2/register").unwrap());
    let request = request.header("host", "localhost:3000").header("content-type", kind);
    let request =
        if authorization.is_empty() { request } else { request.header("authorization", authorization) };
    let response = request.body(body).send().await.unwrap();
    let (status, headers) = (response.status(), response.headers().clone());
    Answer { status, headers, body: response.text().await.unwrap() }
}

async fn register(app: &App, metadata: &Value) -> Answer {
    post(app, &format!("Bearer {TOKEN}"), "application/json", metadata.to_string()).await
}

/// What an agent sends, after `change`.
fn agent(change: impl FnOnce(&mut Value)) -> Value {
    let mut metadata = json!({
        "client_name": agent::NAME,
        "redirect_uris": [CALLBACK],
        "grant_types": ["authorization_code", "refresh_token"],
        "response_types": ["code"],
        "token_endpoint_auth_method": "none",
        "client_uri": "http://127.0.0.1:1/never-fetched",
    });
    change(&mut metadata);
    metadata
}

/// The client that came of it.
async fn registered(app: &App, metadata: &Value) -> Value {
    let answer = register(app, metadata).await;
    assert_eq!(answer.status, 201, "{}", answer.body);
    assert_eq!(answer.header("cache-control"), "no-store");
    answer.json()
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_else(|| panic!("{value}"))
}

async fn count(app: &App, statement: &'static str) -> i64 {
    let mut reader = app.database.read().await.unwrap();
    query(statement).fetch_one(&mut *reader).await.unwrap().get(0)
}

#[tokio::test]
async fn s_as_34_a_client_that_registers_itself_is_a_third_party_with_an_id_of_ours() {
    for app in App::both_configured(&configuration()).await {
        let metadata = app.browser().fetch("/.well-known/openid-configuration").await.json();
        assert_eq!(metadata["registration_endpoint"], "http://localhost:3000/oauth2/register");
        let client = registered(
            &app,
            &agent(|metadata| {
                metadata["client_id"] = json!("portal-client");
                metadata["first_party"] = json!(true);
            }),
        )
        .await;
        let id = text(&client["client_id"]);
        assert!(id.starts_with("app-") && id.len() == 47, "{client}");
        assert_eq!((&client["client_secret"], &client["client_name"]), (&Value::Null, &json!(agent::NAME)));
        assert_eq!(client["client_id_issued_at"], app.clock.now().millis() / 1000);
        assert_eq!(client["redirect_uris"], json!([CALLBACK]));
        assert_eq!(client["scope"], "openid profile email offline_access read write");
        let browser = signed_in(&app).await;
        let by = [("client_id", id)];
        let mcp = ("resource", agent::MCP);
        let given = tokens(&redeem(&app, &agent::allowed(&browser, id, &[mcp]).await, &by).await);
        let next = tokens(&refresh(&app, text(&given["refresh_token"]), &by).await);
        assert_eq!(crate::portal::claims(&next["access_token"])["aud"], agent::MCP);
        let seen = browser.open("/me/security").await;
        assert!(seen.body.contains(agent::NAME), "people see it among their apps, and withdraw");
        let elsewhere = [by[0], ("redirect_uri", "http://localhost:3998/callback")];
        assert_eq!(browser.visit(&authorize(&elsewhere)).await.status, 400, "S-AS-1");
        let audited = "SELECT COUNT(*) FROM audit_events WHERE kind = 'client_added' AND actor = 'client'";
        assert_eq!(count(&app, audited).await, 1);
        app.stop().await;
    }
}

#[tokio::test]
async fn s_key_8_a_registered_secret_is_told_once_and_kept_as_its_hash() {
    for app in App::both_configured(&configuration()).await {
        let with_secret = agent(|metadata| {
            metadata.as_object_mut().unwrap().remove("token_endpoint_auth_method");
            metadata["dpop_bound_access_tokens"] = json!(false);
        });
        let client = registered(&app, &with_secret).await;
        assert_eq!(client["token_endpoint_auth_method"], "client_secret_basic", "RFC 7591 section 2");
        assert_eq!(client["client_secret_expires_at"], 0);
        let (id, secret) = (text(&client["client_id"]), text(&client["client_secret"]));
        assert_eq!(secret.len(), 43);
        assert!(!app.database.dump().await.contains(secret));
        let form = [("grant_type", "refresh_token"), ("refresh_token", "x")];
        let right = send(&app, "/oauth2/token", &basic(id, secret), &form).await;
        assert_eq!(error(&right), (400, "invalid_grant".to_owned()), "at once, at this replica");
        let wrong = send(&app, "/oauth2/token", &basic(id, TOKEN), &form).await;
        assert_eq!(error(&wrong), (401, "invalid_client".to_owned()));
        let own =
            send(&app, "/oauth2/token", &basic(id, secret), &[("grant_type", "client_credentials")]).await;
        assert_eq!(error(&own), (400, "unauthorized_client".to_owned()));
        app.stop().await;
    }
}

#[tokio::test]
async fn s_as_34_nobody_registers_without_the_token() {
    for app in App::both_configured(&configuration()).await {
        let metadata = agent(|_| {}).to_string();
        for wrong in ["", "Bearer", "Bearer ", "Bearer x", "Basic Og==", TOKEN, &format!("Bearer {TOKEN}0")] {
            let answer = post(&app, wrong, "application/json", metadata.clone()).await;
            assert_eq!(error(&answer), (401, "invalid_token".to_owned()), "{wrong}");
            assert!(answer.header("www-authenticate").starts_with("Bearer realm="), "{wrong}");
        }
        let get = app.browser().send(Method::GET, "/oauth2/register", &[], None).await;
        assert_eq!((get.status.as_u16(), get.header("allow")), (405, "POST"));
        assert_eq!(count(&app, "SELECT COUNT(*) FROM registered_clients").await, 0);
        app.stop().await;
    }
    let off = App::configured(CLIENTS).await;
    let answer = post(&off, &format!("Bearer {TOKEN}"), "application/json", agent(|_| {}).to_string()).await;
    assert_eq!(error(&answer), (404, "not_found".to_owned()), "in the shape of the endpoint");
    let metadata = off.browser().fetch("/.well-known/openid-configuration").await.json();
    assert_eq!(metadata.get("registration_endpoint"), None);
}

/// As RFC 7591 section 3.2.2 says it, with the name of what is wrong.
#[tokio::test]
async fn s_as_2_what_cannot_be_registered_is_named() {
    let app = App::configured(&configuration()).await;
    for address in [
        "http://app.example/cb",
        "https://*.example/cb",
        "https://app.example/cb#x",
        "https://user@app.example/cb",
        "javascript:alert(1)",
        "myapp:/cb",
        "/cb",
        "https://앱.example/cb",
    ] {
        let answer = register(&app, &agent(|metadata| metadata["redirect_uris"] = json!([address]))).await;
        assert_eq!(error(&answer), (400, "invalid_redirect_uri".to_owned()), "{address}");
        assert!(text(&answer.json()["error_description"]).contains("`redirect_uris`"), "{}", answer.body);
    }
    let many = vec![CALLBACK; 21];
    let wrong = [
        ("redirect_uris", json!([]), "invalid_redirect_uri"),
        ("redirect_uris", json!(CALLBACK), "invalid_redirect_uri"),
        ("redirect_uris", json!(many), "invalid_redirect_uri"),
        ("token_endpoint_auth_method", json!("client_secret_jwt"), "invalid_client_metadata"),
        ("token_endpoint_auth_method", json!("private_key_jwt"), "invalid_client_metadata"),
        ("grant_types", json!(["implicit"]), "invalid_client_metadata"),
        ("grant_types", json!(["client_credentials"]), "invalid_client_metadata"),
        ("grant_types", json!(["urn:ietf:params:oauth:grant-type:device_code"]), "invalid_client_metadata"),
        ("grant_types", json!(["device_code", "refresh_token"]), "invalid_client_metadata"),
        ("grant_types", json!(["refresh_token"]), "invalid_client_metadata"),
        ("response_types", json!(["token"]), "invalid_client_metadata"),
        ("scope", json!("openid admin"), "invalid_client_metadata"),
        ("scope", json!("openid admin:read"), "invalid_client_metadata"),
        ("scope", json!("admin:write"), "invalid_client_metadata"),
        ("scope", json!(["openid"]), "invalid_client_metadata"),
        ("client_name", json!("\u{202e}knaB"), "invalid_client_metadata"),
        ("client_name", json!("x".repeat(101)), "invalid_client_metadata"),
        ("post_logout_redirect_uris", json!(["http://app.example/bye"]), "invalid_client_metadata"),
        ("jwks_uri", json!("https://app.example/keys"), "invalid_client_metadata"),
        ("backchannel_logout_uri", json!("https://app.example/bye"), "invalid_client_metadata"),
        ("dpop_bound_access_tokens", json!("yes"), "invalid_client_metadata"),
        ("subject_type", json!("pairwise"), "invalid_client_metadata"),
    ];
    for (field, value, code) in wrong {
        let answer = register(&app, &agent(|metadata| metadata[field] = value.clone())).await;
        assert_eq!(error(&answer), (400, code.to_owned()), "{field} {value} {}", answer.body);
        let said = answer.json();
        // What a key is missing for is told of the key.
        let named = if value == "private_key_jwt" { "jwks" } else { field };
        assert!(text(&said["error_description"]).contains(&format!("`{named}`")), "{field}: {said}");
    }
    let bearer = format!("Bearer {TOKEN}");
    for (kind, body) in [
        ("application/x-www-form-urlencoded", "redirect_uris=x".to_owned()),
        ("application/json", "[]".to_owned()),
        ("application/json", format!("[[\"{CALLBACK}\"]]")),
        ("application/json", "{".to_owned()),
        ("application/json", "{\"client_name\":\"a\",\"client_name\":\"b\"}".to_owned()),
    ] {
        let answer = post(&app, &bearer, kind, body.clone()).await;
        assert_eq!(error(&answer), (400, "invalid_client_metadata".to_owned()), "{kind} {body}");
    }
    let large = agent(|metadata| metadata["policy_uri"] = json!("x".repeat(16 * 1024)));
    assert_eq!(register(&app, &large).await.status, 413);
    assert_eq!(count(&app, "SELECT COUNT(*) FROM registered_clients").await, 0);
}

#[tokio::test]
async fn one_network_does_not_register_any_number_of_clients() {
    let toml = format!("{}[limits]\nauthorization_requests_per_minute = 3\n", configuration());
    let app = App::configured(&toml).await;
    let mut answers = Vec::new();
    for _ in 0..5 {
        answers.push(register(&app, &agent(|_| {})).await.status.as_u16());
    }
    assert_eq!(answers, [201, 201, 201, 429, 429]);
    app.advance(Duration::from_mins(1));
    assert_eq!(register(&app, &agent(|_| {})).await.status, 201);
}

/// A use is an authorization request, or a request of the client's own.
#[tokio::test]
async fn s_ops_6_a_registered_client_goes_after_90_days_without_use() {
    for app in App::both_configured(&configuration()).await {
        let used = registered(&app, &agent(|_| {})).await;
        let by_token = registered(
            &app,
            &agent(|metadata| {
                metadata["token_endpoint_auth_method"] = json!("client_secret_post");
            }),
        )
        .await;
        let unused = registered(&app, &agent(|_| {})).await;
        let ids = [&used, &by_token, &unused].map(|client| text(&client["client_id"]).to_owned());
        let (id, secret) = (ids[1].as_str(), text(&by_token["client_secret"]));
        let at_token_endpoint = [
            ("grant_type", "refresh_token"),
            ("refresh_token", "x"),
            ("client_id", id),
            ("client_secret", secret),
        ];
        let browser = app.browser();
        let is_known = async |id: &str| browser.visit(&authorize(&[("client_id", id)])).await.status != 400;
        app.advance(DAY * 89);
        for _ in 0..100 {
            assert!(is_known(&ids[0]).await);
        }
        assert_eq!(error(&send(&app, "/oauth2/token", "", &at_token_endpoint).await).0, 400);
        app.clean_tables().await;
        assert_eq!(count(&app, "SELECT COUNT(*) FROM registered_clients").await, 3, "none is over yet");
        app.advance(DAY + Duration::from_secs(1));
        app.clean_tables().await;
        assert_eq!(count(&app, "SELECT COUNT(*) FROM registered_clients").await, 2);
        let began = std::time::Instant::now();
        while is_known(&ids[2]).await {
            assert!(began.elapsed() < Duration::from_secs(5), "replicas know within 5 seconds");
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        assert_eq!(count(&app, "SELECT COUNT(*) FROM client_secrets").await, 1);
        let removed = "SELECT COUNT(*) FROM audit_events WHERE kind = 'client_removed' AND actor = 'system'";
        assert_eq!(count(&app, removed).await, 1);
        app.advance(DAY * 89);
        app.clean_tables().await;
        assert_eq!(
            count(&app, "SELECT COUNT(*) FROM registered_clients").await,
            0,
            "90 days after the last use"
        );
        assert_eq!(count(&app, "SELECT COUNT(*) FROM client_secrets").await, 0);
        app.stop().await;
    }
}

/// Another replica gets to know within seconds, also of a use that it did not see.
#[tokio::test]
async fn every_replica_knows_a_registered_client_and_its_last_use() {
    let toml = format!("master_keys = [\"{MASTER_KEY}\"]\n{}", configuration());
    for app in App::both_configured(&toml).await {
        let other = app.replica(&toml).await;
        let client = registered(&app, &agent(|_| {})).await;
        let id = text(&client["client_id"]);
        let began = std::time::Instant::now();
        let ask = async || other.browser().visit(&authorize(&[("client_id", id)])).await.status;
        while ask().await == 400 {
            assert!(began.elapsed() < Duration::from_secs(5));
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        let ends = "SELECT expires_at FROM registered_clients";
        let first = count(&app, ends).await;
        other.advance(DAY * 89);
        assert_ne!(ask().await, 400);
        let began = std::time::Instant::now();
        while count(&app, ends).await == first {
            assert!(began.elapsed() < Duration::from_secs(5), "it is written within seconds");
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        app.advance(DAY * 91);
        app.clean_tables().await;
        assert_eq!(count(&app, "SELECT COUNT(*) FROM registered_clients").await, 1);
        other.stop().await;
        app.stop().await;
    }
}

#[tokio::test]
async fn s_ops_6_the_number_of_clients_that_registered_themselves_is_bounded_whoever_is_faster() {
    for app in App::both_configured(&configuration()).await {
        let (app_ref, metadata) = (&app, agent(|_| {}));
        let answers = futures::future::join_all((0..12).map(|_| register(app_ref, &metadata))).await;
        let made = answers.iter().filter(|answer| answer.status == 201).count();
        assert_eq!(made, 5);
        for refused in answers.iter().filter(|answer| answer.status != 201) {
            assert_eq!(error(refused), (503, "temporarily_unavailable".to_owned()));
            assert_eq!(refused.header("retry-after"), "3600");
            assert!(refused.body.contains("ask its operator"), "{}", refused.body);
        }
        assert_eq!(count(&app, "SELECT COUNT(*) FROM registered_clients").await, 5);
        app.advance(DAY * 91);
        app.clean_tables().await;
        registered(&app, &metadata).await;
        let named = "SELECT COUNT(*) FROM audit_events WHERE kind LIKE 'client_%' AND client_id LIKE 'app-%'";
        assert_eq!(count(&app, named).await, 6, "five went and one came, each by its name");
        app.stop().await;
    }
}

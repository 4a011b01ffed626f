//! `/oauth2/userinfo`, the metadata, and which pages may call from a script.

use reqwest::Method;
use serde_json::{Value, json};
use server::compose;
use web::PublicOrigin;

use crate::accounts::{EMAIL, PASSWORD, sign_up};
use crate::app::{App, ORIGIN};
use crate::portal::{CLIENTS, VERIFIER, authorize, code, redeem, refresh, token, tokens};

async fn ask(app: &App, method: Method, access_token: &Value) -> testkit::Answer {
    let bearer = format!("Bearer {}", access_token.as_str().unwrap());
    app.browser().send(method, "/oauth2/userinfo", &[("authorization", &bearer)], None).await
}

#[tokio::test]
async fn s_as_31_userinfo_tells_what_the_scope_says() {
    let toml = CLIENTS.replace("\"offline_access\"]", "\"offline_access\", \"email\"]");
    for app in App::both_configured(&toml).await {
        sign_up(&app).await;
        let browser = app.browser();
        browser.submit("/api/auth/signin/password", &[("email", EMAIL), ("password", PASSWORD)]).await;
        let all = code(
            &browser,
            &[("scope", "openid profile email read"), ("resource", "https://api.example/orders")],
        )
        .await;
        let given = tokens(&redeem(&app, &all, &[]).await);
        for method in [Method::GET, Method::POST] {
            let info = ask(&app, method, &given["access_token"]).await.json();
            assert_eq!((&info["name"], &info["email"]), (&info["nickname"], &json!(EMAIL)));
            assert_eq!((&info["email_verified"], info["sub"].as_str().unwrap().len()), (&json!(true), 36));
            assert!(info["picture"].as_str().unwrap().starts_with("http"), "{info}");
        }
        let form = [("access_token", given["access_token"].as_str().unwrap())];
        let by_form = app.browser().send(Method::POST, "/oauth2/userinfo", &[], Some(&form)).await;
        assert_eq!(by_form.json()["email"], EMAIL);

        let least = tokens(&redeem(&app, &code(&browser, &[("scope", "openid")]).await, &[]).await);
        let info = ask(&app, Method::GET, &least["access_token"]).await.json();
        assert_eq!(info.as_object().unwrap().keys().collect::<Vec<_>>(), ["sub"]);

        let narrow = refresh(&app, given["refresh_token"].as_str().unwrap(), &[("scope", "read")]).await;
        let refused = ask(&app, Method::GET, &tokens(&narrow)["access_token"]).await;
        assert_eq!((refused.status.as_u16(), &refused.json()["error"]), (403, &json!("insufficient_scope")));
        assert!(refused.header("www-authenticate").contains("scope=\"openid\""));
        for wrong in [&given["id_token"], &given["refresh_token"], &json!("x")] {
            let refused = ask(&app, Method::GET, wrong).await;
            assert_eq!(refused.status, 401, "S-TOK-10");
            assert!(refused.header("www-authenticate").starts_with("Bearer error=\"invalid_token\""));
        }
        let nobody = app.browser().send(Method::GET, "/oauth2/userinfo", &[], None).await;
        assert_eq!((nobody.status.as_u16(), nobody.header("www-authenticate")), (401, "Bearer"));
        let bearer = format!("Bearer {}", form[0].1);
        let two = [("authorization", bearer.as_str())];
        let twice = app.browser().send(Method::POST, "/oauth2/userinfo", &two, Some(&form)).await;
        assert_eq!(twice.status, 400);
        browser.submit("/api/auth/signout", &[]).await;
        assert_eq!(ask(&app, Method::GET, &least["access_token"]).await.status, 401);
        app.stop().await;
    }
}

#[tokio::test]
async fn s_as_29_metadata_is_the_route_table_and_never_the_host() {
    let all = format!("[authorization]\nregistration_token = \"an-hour-in-the-garden\"\n{CLIENTS}");
    let app = App::configured(&all).await;
    let forged =
        [("host", "evil.example"), ("x-forwarded-host", "evil.example"), ("x-forwarded-proto", "https")];
    let mut documents = Vec::new();
    for path in ["/.well-known/openid-configuration", "/.well-known/oauth-authorization-server"] {
        let answer = app.browser().fetch(path).await;
        assert_eq!(answer.status, 200, "{}", answer.body);
        assert_eq!(answer.header("cache-control"), "public, max-age=3600", "S-AS-30");
        assert_eq!(answer.header("access-control-allow-origin"), "*");
        let other = app.browser().send(Method::GET, path, &forged, None).await;
        assert!(!other.body.contains("evil"), "{}", other.body);
        documents.push(answer.json());
    }
    assert_eq!(documents[0], documents[1]);
    let document = &documents[0];
    assert_eq!(document["issuer"], ORIGIN);
    assert_eq!(
        (&document["response_types_supported"], &document["code_challenge_methods_supported"]),
        (&json!(["code"]), &json!(["S256"]))
    );
    assert_eq!(document["authorization_response_iss_parameter_supported"], true, "S-AS-9");
    let table = compose::table(&PublicOrigin::of(&ORIGIN.parse().unwrap()));
    let told = document.as_object().unwrap().iter();
    let told = told.filter(|(name, _)| name.ends_with("_endpoint") || *name == "jwks_uri");
    let mut told: Vec<_> = told.map(|(_, url)| url.as_str().unwrap().strip_prefix(ORIGIN).unwrap()).collect();
    told.sort_unstable();
    let mut there: Vec<_> = table.iter().map(|entry| entry.path).collect();
    // People meet the consent page; clients only send them there.
    let is_called =
        |path: &str| path.starts_with("/oauth2/") && !path.contains('{') && path != "/oauth2/consent";
    there.retain(|path| is_called(path));
    there.sort_unstable();
    there.dedup();
    assert_eq!(told, there);
    for grant in document["grant_types_supported"].as_array().unwrap() {
        let form = [("grant_type", grant.as_str().unwrap()), ("client_id", "portal-client")];
        let error = token(&app, &form).await.json()["error"].clone();
        let own = ["authorization_code", "refresh_token"].contains(&grant.as_str().unwrap());
        let expected = if own { "invalid_request" } else { "unauthorized_client" };
        assert_eq!(error, expected, "{grant} is known");
    }
}

const ALLOWED: &str = "access-control-allow-origin";

#[tokio::test]
async fn s_as_15_only_pages_of_clients_may_call_and_only_where_tokens_are() {
    let app = App::configured(CLIENTS).await;
    let ask = async |method: Method, path: &str, origin: &str| {
        let headers = [
            ("origin", origin),
            ("sec-fetch-site", "cross-site"),
            ("sec-fetch-mode", "cors"),
            ("access-control-request-method", "POST"),
            ("access-control-request-headers", "content-type"),
        ];
        app.browser().send(method, path, &headers, None).await
    };
    for path in ["/oauth2/token", "/oauth2/userinfo"] {
        let asked = ask(Method::OPTIONS, path, "http://localhost:3999").await;
        assert_eq!((asked.status.as_u16(), asked.header(ALLOWED)), (204, "http://localhost:3999"));
        assert!(asked.header("access-control-allow-headers").contains("Content-Type"));
        assert!(asked.header("access-control-allow-methods").contains("POST"));
        let refused = ask(Method::POST, path, "http://localhost:3999").await;
        assert_eq!(refused.header(ALLOWED), "http://localhost:3999", "errors can be read as well");
        assert_eq!(refused.header("access-control-expose-headers"), "DPoP-Nonce, WWW-Authenticate");
        // A page may have any port where the redirect URI may.
        for method in [Method::OPTIONS, Method::POST] {
            let native = ask(method, path, "http://127.0.0.1:51004").await;
            assert_eq!(native.header(ALLOWED), "http://127.0.0.1:51004", "{path}");
        }
        for origin in ["https://evil.example", "null", "http://localhost:3998", "http://127.0.0.2:51004"] {
            for method in [Method::OPTIONS, Method::POST] {
                assert_eq!(ask(method, path, origin).await.header(ALLOWED), "", "{path} {origin}");
            }
        }
        assert_eq!(refused.header("access-control-allow-credentials"), "");
    }
    for path in ["/oauth2/authorize", "/api/auth/session", "/oauth/login"] {
        for method in [Method::GET, Method::OPTIONS, Method::POST] {
            assert_eq!(ask(method, path, "http://localhost:3999").await.header(ALLOWED), "", "{path}");
        }
    }
    assert_eq!(ask(Method::GET, "/oauth2/jwks", "https://evil.example").await.header(ALLOWED), "*");
}

#[tokio::test]
async fn s_as_15_an_app_of_a_development_server_fetches_its_tokens_at_the_port_where_it_signed_in() {
    let toml = CLIENTS.replace(
        "\"http://localhost:3999/callback\", \"http://127.0.0.1/native\"",
        "\"http://localhost/cb\"",
    );
    let app = App::configured(&toml).await;
    let browser = app.browser();
    app.sign_in(&browser, "google", "minji").await;
    let (origin, callback) = ("http://localhost:5173", ("redirect_uri", "http://localhost:5173/cb"));
    let back = browser.visit(&authorize(&[callback])).await;
    let back = url::Url::parse(back.location()).unwrap();
    let given = back.query_pairs().find(|(name, _)| name == "code").unwrap().1;
    let page = [("origin", origin)];
    let form = [
        ("grant_type", "authorization_code"),
        ("client_id", "portal-client"),
        ("code", &*given),
        callback,
        ("code_verifier", VERIFIER),
    ];
    let asked = app.browser().send(Method::OPTIONS, "/oauth2/token", &page, None).await;
    assert_eq!(asked.header(ALLOWED), origin);
    let answer = app.browser().send(Method::POST, "/oauth2/token", &page, Some(&form)).await;
    assert_eq!((answer.status.as_u16(), answer.header(ALLOWED)), (200, origin), "{}", answer.body);
}

#[tokio::test]
async fn metadata_and_keys_are_for_pages_that_send_headers_of_their_own() {
    let toml = format!("{CLIENTS}{}", crate::agent::ROUTE);
    let app = App::configured(&toml).await;
    let asks = [
        ("origin", "https://agents.example"),
        ("access-control-request-method", "GET"),
        ("access-control-request-headers", "mcp-protocol-version"),
    ];
    for path in [
        "/.well-known/openid-configuration",
        "/.well-known/oauth-authorization-server",
        "/.well-known/oauth-protected-resource/mcp",
        "/oauth2/jwks",
    ] {
        let asked = app.browser().send(Method::OPTIONS, path, &asks, None).await;
        assert_eq!((asked.status.as_u16(), asked.header(ALLOWED)), (204, "*"), "{path}");
        assert_eq!(asked.header("access-control-allow-methods"), "GET", "{path}");
        assert_eq!(asked.header("access-control-allow-headers"), "*", "{path}");
        let read = app.browser().send(Method::GET, path, &asks[..1], None).await;
        assert_eq!((read.status.as_u16(), read.header(ALLOWED)), (200, "*"), "{path}");
    }
}

//! The client of the example configuration, as an app that knows PKCE: it sends people to sign in, and redeems what comes back.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use reqwest::Method;
use serde_json::Value;
use testkit::{Answer, Browser};
use url::Url;

use crate::app::App;

/// Two clients: the one of the example, and another of the same team.
pub const CLIENTS: &str = r#"
[[clients]]
id = "portal-client"
name = "포털"
auth = "none"
grants = ["authorization_code", "refresh_token"]
redirect_uris = ["http://localhost:3999/callback", "http://127.0.0.1/native"]
scopes = ["openid", "profile", "read", "write", "offline_access"]
audiences = ["https://api.example/orders"]
first_party = true

[[clients]]
id = "other-client"
name = "다른 앱"
auth = "none"
grants = ["authorization_code"]
redirect_uris = ["http://localhost:3999/callback"]
scopes = ["openid", "profile"]
first_party = true
"#;

/// The same two, each with more keys.
pub fn clients_with(portal: &str, other: &str) -> String {
    let with = |text: &str, id: &str, keys: &str| {
        let id = format!("id = \"{id}\"\n");
        text.replacen(&id, &format!("{id}{keys}\n"), 1)
    };
    with(&with(CLIENTS, "portal-client", portal), "other-client", other)
}

pub const CALLBACK: &str = "http://localhost:3999/callback";
/// The pair of RFC 7636 appendix B.
pub const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
pub const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

/// The address to which the portal sends people, with other values for some parameters; an empty value leaves one out.
pub fn authorize(changed: &[(&str, &str)]) -> String {
    let usual = [
        ("response_type", "code"),
        ("client_id", "portal-client"),
        ("redirect_uri", CALLBACK),
        ("scope", "openid profile read"),
        ("state", "af0 &+%/\"ö"),
        ("nonce", "n-0S6_WzA2Mj"),
        ("code_challenge", CHALLENGE),
        ("code_challenge_method", "S256"),
    ];
    let mut query = url::form_urlencoded::Serializer::new(String::new());
    for (name, value) in usual {
        if !changed.iter().any(|(changed, _)| *changed == name) {
            query.append_pair(name, value);
        }
    }
    query.extend_pairs(changed);
    format!("/oauth2/authorize?{}", query.finish())
}

/// What the portal is told: the parameters of the address that the person comes back to.
pub fn told(answer: &Answer) -> BTreeMap<String, String> {
    assert_eq!(answer.status, 303, "{}", answer.body);
    let address = Url::parse(answer.location()).unwrap();
    assert!(answer.location().starts_with(CALLBACK), "{address}");
    assert_eq!(answer.header("referrer-policy"), "no-referrer");
    address.query_pairs().into_owned().collect()
}

/// A code for a person who is signed in in this browser.
pub async fn code(browser: &Browser, changed: &[(&str, &str)]) -> String {
    let told = told(&browser.visit(&authorize(changed)).await);
    assert_eq!(told["iss"], "http://localhost:3000");
    told.get("code").unwrap_or_else(|| panic!("{told:?}")).clone()
}

/// A request to the token endpoint.
pub async fn token(app: &App, form: &[(&str, &str)]) -> Answer {
    let form: Vec<_> = form.iter().copied().filter(|(_, value)| !value.is_empty()).collect();
    app.browser().send(Method::POST, "/oauth2/token", &[], Some(&form)).await
}

/// Redeems a code, with other values for some parameters; an empty value leaves one out.
pub async fn redeem(app: &App, code: &str, changed: &[(&str, &str)]) -> Answer {
    let usual = [
        ("grant_type", "authorization_code"),
        ("client_id", "portal-client"),
        ("code", code),
        ("redirect_uri", CALLBACK),
        ("code_verifier", VERIFIER),
    ];
    let kept = usual.into_iter().filter(|(name, _)| !changed.iter().any(|(changed, _)| changed == name));
    token(app, &kept.chain(changed.iter().copied()).collect::<Vec<_>>()).await
}

/// Presents a refresh token.
pub async fn refresh(app: &App, token_text: &str, more: &[(&str, &str)]) -> Answer {
    let usual =
        [("grant_type", "refresh_token"), ("client_id", "portal-client"), ("refresh_token", token_text)];
    let kept = usual.into_iter().filter(|(name, _)| !more.iter().any(|(changed, _)| changed == name));
    token(app, &kept.chain(more.iter().copied()).collect::<Vec<_>>()).await
}

/// The tokens of an answer that went well.
pub fn tokens(answer: &Answer) -> Value {
    assert_eq!(answer.status, 200, "{}", answer.body);
    assert_eq!(answer.header("cache-control"), "no-store");
    answer.json()
}

/// Status and error of an answer that did not.
pub fn error(answer: &Answer) -> (u16, String) {
    let body = answer.json();
    let description = body["error_description"].as_str().unwrap_or_default();
    let allowed = |byte: u8| matches!(byte, 0x20 | 0x21 | 0x23..=0x5b | 0x5d..=0x7e);
    assert!(!description.is_empty() && description.bytes().all(allowed), "RFC 6749 section 5.2: {body}");
    assert_eq!(answer.header("cache-control"), "no-store");
    (answer.status.as_u16(), body["error"].as_str().unwrap_or_default().to_owned())
}

/// What a token says, not verified.
pub fn claims(token: &Value) -> Value {
    let payload = token.as_str().unwrap().split('.').nth(1).unwrap();
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(payload).unwrap()).unwrap()
}

/// Whether Daemun's own API takes an access token.
pub async fn is_alive(app: &App, access_token: &Value) -> bool {
    let bearer = format!("Bearer {}", access_token.as_str().unwrap());
    let answer = app.browser().send(Method::GET, "/api/users/me", &[("authorization", &bearer)], None).await;
    assert!([200, 401].contains(&answer.status.as_u16()), "{}", answer.body);
    answer.status == 200
}

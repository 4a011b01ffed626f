//! ID tokens, valid and spoilt by each failure, verified with `jsonwebtoken` and the published keys.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::errors::ErrorKind;
use jsonwebtoken::jwk::JwkSet;
use jsonwebtoken::{Algorithm, DecodingKey, Validation, decode, decode_header};
use kernel::Clock as _;
use reqwest::Method;
use serde_json::{Value, json};
use simulators::SimulatedProvider::{Google, Kakao, NaverOidc};

use crate::app::{App, text};

/// Why the signature of an ID token is not valid.
#[derive(Debug, PartialEq)]
pub(crate) enum Bad {
    Algorithm,
    Kid,
    Signature,
}

/// The claims of a token that is signed by one of the published keys. Times are left to the caller, whose clock
/// stands still.
pub(crate) async fn verify(app: &App, token: &str) -> Result<Value, Bad> {
    let keys: JwkSet = serde_json::from_str(&app.get(app.endpoints.jwks_url.as_str()).await.body).unwrap();
    let header = decode_header(token).map_err(|_| Bad::Algorithm)?;
    let key = keys.find(&header.kid.unwrap()).ok_or(Bad::Kid)?;
    let mut validation = Validation::new(Algorithm::RS256);
    validation.required_spec_claims.clear();
    validation.validate_exp = false;
    validation.validate_aud = false;
    match decode::<Value>(token, &DecodingKey::from_jwk(key).unwrap(), &validation) {
        Ok(token) => Ok(token.claims),
        Err(error) => Err(match error.kind() {
            ErrorKind::InvalidAlgorithm => Bad::Algorithm,
            ErrorKind::InvalidSignature => Bad::Signature,
            other => panic!("{other:?}"),
        }),
    }
}

/// The claims of a whole login.
pub(crate) async fn claims(app: &App, user: &str) -> Value {
    let tokens = app.tokens(user, &[]).await;
    verify(app, text(&tokens, "id_token")).await.unwrap()
}

async fn spoilt(app: &App, failure: &str) -> Result<Value, Bad> {
    app.plan("id-token", failure).await;
    let tokens = app.tokens("minji", &[]).await;
    verify(app, text(&tokens, "id_token")).await
}

#[tokio::test]
async fn a_good_id_token_is_verified_with_the_published_keys() {
    for provider in [Google, NaverOidc, Kakao] {
        let app = App::at(provider).await;
        app.switch(json!({"openid_connect": true})).await;
        let claims = claims(&app, "minji").await;
        let now = app.clock.now().seconds();
        assert_eq!(claims["iss"], app.endpoints.issuer);
        assert_eq!(claims["aud"], app.endpoints.client_id);
        assert_eq!((claims["iat"].as_i64(), claims["nonce"].as_str()), (Some(now), Some("0123abcd")));
        assert!(claims["exp"].as_i64().unwrap() >= now + 3600);
        assert_ne!(text(&claims, "sub"), "");
    }
}

#[tokio::test]
async fn each_fault_spoils_its_claim_and_leaves_the_signature_good() {
    let app = App::at(Google).await;
    let good = claims(&app, "minji").await;
    let (now, client) = (app.clock.now().seconds(), &app.endpoints.client_id);
    let two_days = 2 * 24 * 60 * 60;
    for (failure, changes) in [
        ("wrong-iss", json!({"iss": "https://issuer.invalid"})),
        ("wrong-aud", json!({"aud": "another-client"})),
        ("extra-aud", json!({"aud": [client, "another-client"]})),
        ("wrong-azp", json!({"azp": "another-client"})),
        ("wrong-nonce", json!({"nonce": "0000"})),
        ("no-nonce", json!({"nonce": null})),
        ("wrong-sub", json!({"sub": "1"})),
        ("no-sub", json!({"sub": null})),
        ("expired", json!({"exp": now + 3600 - two_days, "iat": now - two_days})),
        ("future-iat", json!({"iat": now + two_days})),
    ] {
        let mut expected = good.clone();
        for (name, value) in changes.as_object().unwrap() {
            match value {
                Value::Null => drop(expected.as_object_mut().unwrap().remove(name)),
                value => expected[name] = value.clone(),
            }
        }
        assert_eq!(spoilt(&app, failure).await.unwrap(), expected, "{failure}");
    }
    assert_eq!(claims(&app, "minji").await, good, "a failure strikes as often as it is told to");
}

#[tokio::test]
async fn faults_of_the_signature_are_found_by_a_verifier() {
    let app = App::at(NaverOidc).await;
    assert_eq!(spoilt(&app, "unknown-kid").await, Err(Bad::Kid));
    assert_eq!(spoilt(&app, "bad-signature").await, Err(Bad::Signature));
    assert_eq!(spoilt(&app, "alg-none").await, Err(Bad::Algorithm));
    assert_eq!(spoilt(&app, "alg-hs256").await, Err(Bad::Algorithm));
    app.plan("id-token", "missing").await;
    assert!(app.tokens("minji", &[]).await.get("id_token").is_none());
}

#[tokio::test]
async fn the_unsigned_token_says_so_and_the_hmac_is_keyed_with_the_public_key() {
    let app = App::at(Google).await;
    app.plan("id-token", "alg-none").await;
    let tokens = app.tokens("minji", &[]).await;
    let parts: Vec<&str> = text(&tokens, "id_token").split('.').collect();
    let header: Value = serde_json::from_slice(&URL_SAFE_NO_PAD.decode(parts[0]).unwrap()).unwrap();
    assert_eq!((header["alg"].as_str(), parts[2]), (Some("none"), ""));
    app.plan("id-token", "alg-hs256").await;
    let tokens = app.tokens("minji", &[]).await;
    let header = decode_header(text(&tokens, "id_token")).unwrap();
    assert_eq!(header.alg, Algorithm::HS256);
    assert_eq!(header.kid.as_deref(), Some("google-1"), "under the kid of the published key");
}

#[tokio::test]
async fn a_rotated_key_stays_published_unless_it_is_forgotten() {
    let app = App::at(Kakao).await;
    app.switch(json!({"openid_connect": true})).await;
    let id_token = async || text(&app.tokens("minji", &[]).await, "id_token").to_owned();
    let first = id_token().await;
    assert_eq!(app.control(Method::POST, "/rotate-keys", &json!({})).await.status, 204);
    let second = id_token().await;
    assert_ne!(decode_header(&first).unwrap().kid, decode_header(&second).unwrap().kid);
    assert!(verify(&app, &first).await.is_ok() && verify(&app, &second).await.is_ok());
    assert_eq!(app.control(Method::POST, "/rotate-keys", &json!({"forget": true})).await.status, 204);
    assert_eq!(verify(&app, &second).await, Err(Bad::Kid));
    assert!(verify(&app, &id_token().await).await.is_ok());
}

//! Access tokens in regular use.

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use futures::FutureExt as _;
use jsonwebtoken::jwk::JwkSet;
use jsonwebtoken::{Algorithm, DecodingKey, Validation};
use kernel::{Clock as _, Timestamp};
use names::ProvenBy;
use serde_json::{Value, json};

use super::{Stage, access, client, decision, issue};
use crate::error::TokensError;
use crate::family::Grant;
use crate::key_kind::KeyKind;
use crate::scope::Scope;

fn part(token: &str, index: usize) -> Value {
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(token.split('.').nth(index).unwrap()).unwrap()).unwrap()
}

#[tokio::test]
async fn s_tok_1_the_header_is_exactly_this() {
    for (kind, algorithm) in [(KeyKind::Rsa2048, "RS256"), (KeyKind::P256, "ES256")] {
        let mut stage = Stage::sqlite().await;
        stage.settings.key_kind = kind;
        let tokens = stage.replica().await;
        let token = access(&tokens, &issue(&tokens, &stage.grant()).await).await;
        let kid = &tokens.keys.list()[0].kid;
        assert_eq!(part(token.expose(), 0), json!({ "alg": algorithm, "typ": "at+jwt", "kid": kid }));
    }
}

#[tokio::test]
async fn s_tok_2_the_claims_are_exactly_these() {
    let stage = Stage::sqlite().await;
    let tokens = stage.replica().await;
    let rotation = issue(&tokens, &stage.grant()).await;
    let token = access(&tokens, &rotation).await;
    let mut claims = part(token.expose(), 1);
    let jti = claims.as_object_mut().unwrap().remove("jti").unwrap();
    let now = stage.clock.now().seconds();
    assert_eq!(
        claims,
        json!({
            "iss": "https://issuer.example", "sub": rotation.family.subject.to_string(), "aud": "services",
            "exp": now + 120, "iat": now, "client_id": "portal-client", "scope": "openid read write",
            "sid": rotation.family.session.to_string(), "roles": ["ROLE_USER"], "nickname": "홍길동",
            "auth_time": now, "acr": "urn:daemun:acr:1", "amr": ["pwd"],
        })
    );
    let again = part(access(&tokens, &rotation).await.expose(), 1);
    assert_ne!(again["jti"], jti, "each token has an id of its own");
}

/// Another implementation verifies our tokens with nothing but our JWKS.
#[tokio::test]
async fn s_tok_25_any_service_can_verify_our_tokens_by_the_jwks() {
    for (kind, algorithm) in [
        (KeyKind::Rsa2048, Algorithm::RS256),
        (KeyKind::Rsa3072, Algorithm::RS256),
        (KeyKind::P256, Algorithm::ES256),
    ] {
        let mut stage = Stage::sqlite().await;
        stage.settings.key_kind = kind;
        let tokens = stage.replica().await;
        let token = access(&tokens, &issue(&tokens, &stage.grant()).await).await;
        let jwks: JwkSet = serde_json::from_slice(&tokens.keys.jwks().body).unwrap();
        let header = jsonwebtoken::decode_header(token.expose()).unwrap();
        let key = DecodingKey::from_jwk(jwks.find(header.kid.as_deref().unwrap()).unwrap()).unwrap();
        let mut validation = Validation::new(algorithm);
        validation.set_audience(&["services"]);
        validation.set_issuer(&["https://issuer.example"]);
        // The test's clock is in the past.
        validation.validate_exp = false;
        jsonwebtoken::decode::<Value>(token.expose(), &key, &validation).unwrap();
    }
}

#[tokio::test]
async fn a_verified_token_says_what_was_put_in() {
    let stage = Stage::sqlite().await;
    let tokens = stage.replica().await;
    let rotation = issue(&tokens, &stage.grant()).await;
    let token = access(&tokens, &rotation).await;
    for round in ["cold", "from the cache"] {
        let claims = tokens.verifier.verify(token.expose(), &["services"]).await.unwrap();
        assert_eq!(claims.member(), Some(rotation.family.subject), "{round}");
        assert_eq!(claims.session, Some(rotation.family.session));
        assert_eq!(claims.id.family, rotation.family.id);
        assert_eq!(claims.id.made_at, rotation.at);
        assert_eq!(claims.client_id, client());
        assert_eq!(claims.scope, rotation.scope);
        assert_eq!((claims.nickname.as_str(), &claims.roles[..]), ("홍길동", &["ROLE_USER".to_owned()][..]));
        assert_eq!(claims.expires_at, token.expires_at());
    }
    assert_eq!(token.expires_in(stage.clock.now()), 120);
}

/// A program's clock seldom shows a whole second, and claims are cut to one.
#[tokio::test]
async fn a_token_of_two_minutes_is_told_as_one_of_120_seconds_whatever_the_moment() {
    let stage = Stage::sqlite().await;
    let tokens = stage.replica().await;
    let millis = Duration::from_millis;
    for (moment, work) in [(0, 0), (0, 1), (1, 40), (500, 0), (500, 499), (500, 700), (999, 3)] {
        stage.clock.advance(millis(1000 - stage.clock.now().millis().unsigned_abs() % 1000 + moment));
        let token = access(&tokens, &issue(&tokens, &stage.grant()).await).await;
        stage.clock.advance(millis(work));
        assert_eq!(token.expires_in(stage.clock.now()), 120, "{moment} ms, {work} ms");
        // A process that stalled tells what is left.
        stage.clock.advance(Duration::from_secs(60));
        let left = token.expires_in(stage.clock.now());
        assert!((59..=61).contains(&left), "{left}");
        stage.clock.advance(Duration::from_secs(70));
        assert_eq!(token.expires_in(stage.clock.now()), 0);
    }
}

/// RFC 9470 section 6.1: services read from a token how strong the proof was, and how long ago.
#[tokio::test]
async fn s_acc_16_a_token_says_how_and_when_its_member_was_proven() {
    let stage = Stage::sqlite().await;
    let tokens = stage.replica().await;
    let proven_at = stage.clock.now();
    stage.clock.advance(Duration::from_mins(3));
    for proven_by in ProvenBy::ALL.into_iter().map(Some).chain([None]) {
        let grant = Grant { auth_time: proven_at, proven_by, ..stage.grant() };
        let rotation = issue(&tokens, &grant).await;
        let token = access(&tokens, &rotation).await;
        let said = part(token.expose(), 1);
        assert_eq!(said["auth_time"], proven_at.seconds());
        let amr = proven_by.map(ProvenBy::amr).filter(|amr| !amr.is_empty());
        assert_eq!(said["amr"], json!(amr), "{proven_by:?}");
        let claims = tokens.verifier.verify(token.expose(), &["services"]).await.unwrap();
        assert_eq!(claims.auth_time.map(Timestamp::seconds), Some(proven_at.seconds()));
        assert_eq!(claims.proven_by.map(ProvenBy::acr), proven_by.map(ProvenBy::acr));
        let exchanged = tokens.minter.exchange(&claims, "orders", &claims.scope).await.unwrap();
        let exchanged = part(exchanged.expose(), 1);
        for claim in ["auth_time", "acr", "amr"] {
            assert_eq!(exchanged[claim], said[claim], "{claim} of {proven_by:?}");
        }
    }
}

#[tokio::test]
async fn s_tok_3_a_token_lives_120_seconds_and_10_of_leeway() {
    let stage = Stage::sqlite().await;
    let tokens = stage.replica().await;
    let rotation = issue(&tokens, &stage.grant()).await;
    let (seen, unseen) = (access(&tokens, &rotation).await, access(&tokens, &rotation).await);
    assert_eq!(decision(&tokens, seen.expose()).await, "OK");
    stage.clock.advance(Duration::from_secs(125));
    tokens.feed.read().await.unwrap();
    assert_eq!(decision(&tokens, seen.expose()).await, "OK");
    stage.clock.advance(Duration::from_secs(6));
    tokens.feed.read().await.unwrap();
    assert_eq!(decision(&tokens, seen.expose()).await, "TOKEN_EXPIRED", "from the cache");
    assert_eq!(decision(&tokens, unseen.expose()).await, "TOKEN_EXPIRED", "cold");
}

/// What a replica makes whose clock is off, before others.
#[tokio::test]
async fn s_ops_7_a_token_of_a_clock_that_is_off_by_15_seconds_fails_closed_and_lives_no_longer() {
    let stage = Stage::sqlite().await;
    let tokens = stage.replica().await;
    let now = stage.clock.now();
    let off = Duration::from_secs(15);
    let mut early = issue(&tokens, &stage.grant()).await;
    early.at = now.plus(off);
    let early = access(&tokens, &early).await;
    let mut late = issue(&tokens, &stage.grant()).await;
    late.at = now.minus(off);
    let late = access(&tokens, &late).await;
    assert_eq!(decision(&tokens, early.expose()).await, "TOKEN_INVALID", "from the future");
    assert_eq!(decision(&tokens, late.expose()).await, "OK");
    for (after, expected) in [(114, "OK"), (2, "TOKEN_EXPIRED")] {
        stage.clock.advance(Duration::from_secs(after));
        tokens.feed.read().await.unwrap();
        assert_eq!(
            decision(&tokens, late.expose()).await,
            expected,
            "120 seconds from its own beginning, and 10 of leeway"
        );
    }
    // The one from the future counts from then as well: nothing is added to its 120 seconds.
    for (after, expected) in [(28, "OK"), (2, "TOKEN_EXPIRED")] {
        stage.clock.advance(Duration::from_secs(after));
        tokens.feed.read().await.unwrap();
        assert_eq!(decision(&tokens, early.expose()).await, expected);
    }
}

#[tokio::test]
async fn a_verified_token_costs_no_allocation_the_next_time() {
    let stage = Stage::sqlite().await;
    let tokens = stage.replica().await;
    // Something in the feed, so that it is looked up.
    let other = issue(&tokens, &stage.grant()).await;
    let mut tx = tokens.families.db.begin().await.unwrap();
    tokens
        .revoker
        .revoke_session(&mut tx, other.family.session, crate::family::EndReason::SignedOut)
        .await
        .unwrap();
    tx.commit().await.unwrap();
    tokens.feed.read().await.unwrap();
    let token = access(&tokens, &issue(&tokens, &stage.grant()).await).await;
    tokens.verifier.verify(token.expose(), &["services"]).await.unwrap();
    let counts = allocation_counter::measure(|| {
        for _ in 0..100 {
            assert!(tokens.verifier.verify(token.expose(), &["services"]).now_or_never().unwrap().is_ok());
        }
    });
    assert_eq!(counts.count_total, 0);
}

#[tokio::test]
async fn a_token_ends_with_its_family_at_the_latest() {
    let mut stage = Stage::sqlite().await;
    stage.settings.refresh_life = Duration::from_mins(10);
    stage.settings.refresh_idle = Duration::from_mins(10);
    let tokens = stage.replica().await;
    let mut rotation = issue(&tokens, &stage.grant()).await;
    rotation.at = rotation.family.expires_at.minus(Duration::from_secs(30));
    assert_eq!(access(&tokens, &rotation).await.expires_at(), rotation.family.expires_at);
    rotation.at = rotation.family.expires_at;
    let error = tokens.minter.mint_access(rotation.access("services", "n", &[])).await.unwrap_err();
    assert!(matches!(error, TokensError::FamilyOver));
}

#[tokio::test]
async fn s_tok_9_a_token_that_no_verifier_would_take_is_not_made() {
    let stage = Stage::sqlite().await;
    let tokens = stage.replica().await;
    let mut grant = stage.grant();
    let words: Vec<_> = (0..100).map(|n| format!("w:{n:06}")).collect();
    grant.scope = Scope::parse(&words.join(" ")).unwrap();
    let rotation = issue(&tokens, &grant).await;
    access(&tokens, &rotation).await;
    let roles: Vec<_> = (0..200).map(|n| format!("ROLE_NUMBER_{n}")).collect();
    let error = tokens.minter.mint_access(rotation.access("services", "n", &roles)).await.unwrap_err();
    assert!(matches!(error, TokensError::TooLarge));
}

#[tokio::test]
async fn s_key_8_an_access_token_does_not_print() {
    let stage = Stage::sqlite().await;
    let tokens = stage.replica().await;
    let rotation = issue(&tokens, &stage.grant()).await;
    let token = access(&tokens, &rotation).await;
    assert_eq!(format!("{token:?}"), "[REDACTED]");
    assert!(!format!("{rotation:?}{tokens:?}").contains(&rotation.refresh.text()[4..]));
}

#[tokio::test]
async fn without_keys_there_is_an_error_and_no_token() {
    let stage = Stage::sqlite().await;
    let tokens = stage.replica_with(vec![stage.master.clone()], stage.settings.clone()).await;
    let rotation = issue(&tokens, &stage.grant()).await;
    let error = tokens.minter.mint_access(rotation.access("services", "n", &[])).await.unwrap_err();
    assert!(matches!(error, TokensError::NoSigningKey));
}

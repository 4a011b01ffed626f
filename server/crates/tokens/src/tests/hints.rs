//! ID tokens that come back as hints.

use std::time::Duration;

use aws_lc_rs::hmac;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use kernel::{Clock as _, MasterKey, OsRandomness};
use serde_json::{Value, json};

use super::{Stage, access, client, issue, rotate};
use crate::id_token::IdToken;
use crate::id_token_hint::HintError;
use crate::key_kind::KeyKind;
use crate::storage::STORAGE;
use crate::tokens::Tokens;

const DAY: Duration = Duration::from_hours(24);

async fn id_token(tokens: &Tokens, stage: &Stage) -> String {
    let rotation = issue(tokens, &stage.grant()).await;
    let access = access(tokens, &rotation).await;
    let token =
        IdToken { family: &rotation.family, nonce: Some("n"), access: &access, from: stage.clock.now() };
    tokens.minter.mint_id_token(token).await.unwrap().to_string()
}

/// The reason, or `OK`.
async fn says(tokens: &Tokens, hint: &str) -> &'static str {
    match tokens.verifier.id_token_hint(hint).await {
        Ok(_) => "OK",
        Err(HintError::Refused(reason)) => reason,
        Err(HintError::Tokens(error)) => panic!("{error}"),
    }
}

async fn rotate_keys(stage: &Stage, tokens: &Tokens) {
    tokens.keys.rotate_now(None).await.unwrap();
    stage.clock.advance(stage.settings.publish_ahead);
    tokens.keys.read().await.unwrap();
}

async fn clean(stage: &Stage, tokens: &Tokens) -> u64 {
    let mut tx = tokens.families.db.begin().await.unwrap();
    let gone = tokens.keys.delete_gone_keys(&mut tx).await.unwrap();
    STORAGE.delete_expired(&mut tx, stage.clock.now(), 500).await.unwrap();
    tx.commit().await.unwrap();
    gone
}

#[tokio::test]
async fn s_as_32_an_expired_id_token_is_a_good_hint_for_31_days_after_its_key_stopped_signing() {
    for kind in [KeyKind::P256, KeyKind::Rsa2048] {
        for mut stage in Stage::both().await {
            stage.settings.key_kind = kind;
            let tokens = stage.replica().await;
            let grant = stage.grant();
            let rotation = issue(&tokens, &grant).await;
            let access_token = access(&tokens, &rotation).await;
            let at = stage.clock.now();
            let token = IdToken { family: &rotation.family, nonce: None, access: &access_token, from: at };
            let hint = tokens.minter.mint_id_token(token).await.unwrap();
            let found = tokens.verifier.id_token_hint(&hint).await.unwrap();
            assert_eq!((found.subject, found.session), (grant.subject, grant.session));
            assert_eq!((found.client_id, found.auth_time.seconds()), (client(), at.seconds()));
            assert_eq!(says(&tokens, access_token.expose()).await, "type", "an access token is none");

            stage.clock.advance(DAY);
            rotate_keys(&stage, &tokens).await;
            let stopped = stage.clock.now();
            stage.clock.advance(Duration::from_mins(3));
            assert_eq!(says(&tokens, &hint).await, "OK", "still in memory");
            tokens.keys.read().await.unwrap();
            assert_eq!(says(&tokens, &hint).await, "OK", "gone, and not yet cleaned away");
            assert_eq!(clean(&stage, &tokens).await, 1);
            assert_eq!(says(&tokens, &hint).await, "OK", "its public key is kept");
            let kid = jsonwebtoken::decode_header(&*hint).unwrap().kid.unwrap();
            let jwks = String::from_utf8(tokens.keys.jwks().body.to_vec()).unwrap();
            assert!(!jwks.contains(&kid), "and not published");

            let other = stage.replica().await;
            let last = stopped.plus(DAY * 31).minus(Duration::from_secs(1));
            stage.clock.advance(last.since(stage.clock.now()));
            assert_eq!(says(&other, &hint).await, "OK", "on every replica, to the last second");
            stage.clock.advance(Duration::from_secs(1));
            assert_eq!(says(&other, &hint).await, "unknown key");
            clean(&stage, &tokens).await;
            assert!(!stage.database.dump().await.contains("retired_keys|"), "and forgotten");
        }
    }
}

#[tokio::test]
async fn s_as_32_s_tok_5_a_hint_that_is_not_ours_in_every_part_says_nothing() {
    let mut stage = Stage::sqlite().await;
    stage.settings.key_kind = KeyKind::Rsa2048;
    let tokens = stage.replica().await;
    let hint = id_token(&tokens, &stage).await;
    let parts: Vec<_> = hint.split('.').collect();
    let [header, payload, signature] = parts[..] else { panic!("{hint}") };
    let read =
        |part: &str| -> Value { serde_json::from_slice(&URL_SAFE_NO_PAD.decode(part).unwrap()).unwrap() };
    let write = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
    let changed = |part: &str, name: &str, value: Value| {
        let mut changed = read(part);
        changed[name] = value;
        write(&changed)
    };
    let key = tokens.keys.set().signer(stage.clock.now()).unwrap();
    let signed = |header: String, payload: String| {
        let message = format!("{header}.{payload}");
        let signature = URL_SAFE_NO_PAD.encode(key.sign(message.as_bytes()).unwrap());
        format!("{message}.{signature}")
    };
    assert_eq!(says(&tokens, &signed(header.to_owned(), payload.to_owned())).await, "OK", "the control");
    for algorithm in ["none", "None", "HS256", "RS384", "PS256", "ES256"] {
        let forged = signed(changed(header, "alg", json!(algorithm)), payload.to_owned());
        assert_eq!(says(&tokens, &forged).await, "algorithm", "{algorithm}");
    }
    let hmac_header = changed(header, "alg", json!("HS256"));
    let by_public_key = hmac::Key::new(hmac::HMAC_SHA256, key.public_key());
    let message = format!("{hmac_header}.{payload}");
    let tag = URL_SAFE_NO_PAD.encode(hmac::sign(&by_public_key, message.as_bytes()));
    assert_eq!(says(&tokens, &format!("{message}.{tag}")).await, "algorithm");
    for (name, value, reason) in [
        ("typ", json!("at+jwt"), "type"),
        ("typ", json!("logout+jwt"), "type"),
        ("kid", json!("../../etc/passwd"), "unknown key"),
        ("kid", json!(7), "header"),
        ("jwk", json!({"kty": "RSA"}), "header"),
        ("jku", json!("https://evil.example"), "header"),
    ] {
        let forged = signed(changed(header, name, value), payload.to_owned());
        assert_eq!(says(&tokens, &forged).await, reason, "{name}");
    }
    for (name, value, reason) in [
        ("iss", json!("https://other.example"), "issuer"),
        ("iat", json!(stage.clock.now().seconds() + 60), "not yet valid"),
        ("sub", json!("root"), "subject"),
        ("aud", json!(["portal-client"]), "claims"),
        ("sid", json!(""), "session"),
    ] {
        let forged = signed(header.to_owned(), changed(payload, name, value));
        assert_eq!(says(&tokens, &forged).await, reason, "{name}");
    }
    let twice = String::from_utf8(URL_SAFE_NO_PAD.decode(payload).unwrap()).unwrap();
    let twice = twice.replacen('{', r#"{"\u0073ub":"x","#, 1);
    assert_eq!(says(&tokens, &signed(header.to_owned(), URL_SAFE_NO_PAD.encode(twice))).await, "claims");
    let other_payload = changed(payload, "sub", json!("x"));
    assert_eq!(says(&tokens, &format!("{header}.{other_payload}.{signature}")).await, "signature");
    for garbage in
        ["", "..", "a.b.c", &format!("{header}.{payload}."), &format!("{hint}.x"), &"x".repeat(5000)]
    {
        assert_ne!(says(&tokens, garbage).await, "OK", "{garbage}");
    }
    let stranger = Stage { master: MasterKey::generate(&OsRandomness), ..Stage::sqlite().await };
    let theirs = id_token(&stranger.replica().await, &stranger).await;
    assert_eq!(says(&tokens, &theirs).await, "unknown key");
}

/// Whatever a database thinks of such a text.
#[tokio::test]
async fn s_tok_6_what_is_no_id_of_a_key_is_looked_up_nowhere() {
    for stage in Stage::both().await {
        let tokens = stage.replica().await;
        for kid in ["키", "' OR 1=1--", "a\u{0}b", "", &"A".repeat(44), &"é".repeat(1000)] {
            let header = json!({ "alg": "RS256", "typ": "JWT", "kid": kid });
            let hint = format!("{}.e30.AA", URL_SAFE_NO_PAD.encode(header.to_string()));
            assert_eq!(says(&tokens, &hint).await, "unknown key", "{kid}");
        }
    }
}

#[tokio::test]
async fn s_key_7_keys_that_were_replaced_check_no_hint() {
    for stage in Stage::both().await {
        let tokens = stage.replica().await;
        let older = id_token(&tokens, &stage).await;
        rotate_keys(&stage, &tokens).await;
        stage.clock.advance(Duration::from_mins(3));
        tokens.keys.read().await.unwrap();
        clean(&stage, &tokens).await;
        let newer = id_token(&tokens, &stage).await;
        assert_eq!((says(&tokens, &older).await, says(&tokens, &newer).await), ("OK", "OK"));
        tokens.keys.replace(None).await.unwrap();
        assert_eq!(says(&tokens, &older).await, "unknown key");
        assert_eq!(says(&tokens, &newer).await, "unknown key");
        let first = issue(&tokens, &stage.grant()).await;
        rotate(&tokens, &first.refresh).await;
    }
}

//! What must be refused, each with a control that the same token without the flaw is taken.

use std::time::Duration;

use aws_lc_rs::hmac;
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{RSA_PKCS1_SHA256, RSA_PKCS1_SHA384, RSA_PSS_SHA256, RsaEncoding, RsaKeyPair};
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE, URL_SAFE_NO_PAD};
use kernel::{Clock as _, OsRandomness};
use serde_json::{Value, json};

use super::forger::{Forger, forger};
use super::{decision, issue};
use crate::key_kind::KeyKind;
use crate::refresh_token::RefreshToken;
use crate::signing_key::SigningKey;
use crate::verify_error::VerifyError;

#[tokio::test]
async fn s_tok_3_a_life_of_ten_minutes_is_refused() {
    let forger = forger().await;
    let now = forger.stage.clock.now().seconds();
    forger.refuses(&forger.with(|_, claims| claims["exp"] = json!(now + 600)), "ten minutes").await;
    forger.refuses(&forger.with(|_, claims| claims["exp"] = json!(now)), "no life").await;
    forger.refuses(&forger.with(|_, claims| claims["exp"] = json!(now - 1)), "a life that ends first").await;
    forger.refuses(&forger.with(|_, claims| claims["exp"] = json!(i64::MAX)), "for ever").await;
    let ahead = |seconds| {
        forger.with(|_, claims| {
            claims["iat"] = json!(now + seconds);
            claims["exp"] = json!(now + seconds + 60);
        })
    };
    forger.refuses(&ahead(11), "made in the future").await;
    assert_eq!(decision(&forger.tokens, &ahead(10)).await, "OK");
}

#[tokio::test]
async fn s_tok_4_each_claim_is_required_and_nbf_is_honoured() {
    let forger = forger().await;
    let names: Vec<_> = forger.claims().as_object().unwrap().keys().cloned().collect();
    assert_eq!(names.len(), 11);
    for name in names {
        let without = forger.with(|_, claims| {
            claims.as_object_mut().unwrap().remove(&name);
        });
        forger.refuses(&without, &name).await;
        forger.refuses(&forger.with(|_, claims| claims[&name] = Value::Null), &name).await;
        forger.refuses(&forger.with(|_, claims| claims[&name] = json!({ "a": 1 })), &name).await;
    }
    let now = forger.stage.clock.now().seconds();
    forger.refuses(&forger.with(|_, claims| claims["nbf"] = json!(now + 11)), "nbf ahead").await;
    forger.refuses(&forger.with(|_, claims| claims["nbf"] = json!("soon")), "nbf as text").await;
    forger.refuses(&forger.with(|_, claims| claims["admin"] = json!(true)), "a claim that is not ours").await;
    let past = forger.with(|_, claims| claims["nbf"] = json!(now - 1));
    assert_eq!(decision(&forger.tokens, &past).await, "OK");
}

#[tokio::test]
async fn s_tok_5_none_in_any_spelling_and_a_missing_signature_fail() {
    let forger = forger().await;
    for spelling in ["none", "None", "NONE", "NonE", "nOnE", "none ", "", "\u{0}none"] {
        let header = json!({ "alg": spelling, "typ": "at+jwt", "kid": forger.kid }).to_string();
        let signed = forger.signed(&header, &forger.claims().to_string());
        forger.refuses(&signed, spelling).await;
        forger.refuses(&format!("{}.", signed.rsplit_once('.').unwrap().0), spelling).await;
        forger.refuses(signed.rsplit_once('.').unwrap().0, spelling).await;
    }
    let good = forger.with(|_, _| {});
    forger.refuses(&format!("{}.", good.rsplit_once('.').unwrap().0), "empty third part").await;
    forger.refuses(&forger.with(|header, _| header["alg"] = json!("es256")), "case counts").await;
}

#[tokio::test]
async fn s_tok_5_hmac_with_any_form_of_the_public_key_fails() {
    let forger = Forger::new(KeyKind::Rsa2048).await;
    forger.control().await;
    let jwks: Value = serde_json::from_slice(&forger.tokens.keys.jwks().body).unwrap();
    let jwk = &jwks["keys"][0];
    let modulus = URL_SAFE_NO_PAD.decode(jwk["n"].as_str().unwrap()).unwrap();
    let pkcs8 = forger.key().pkcs8().unwrap();
    let pair = RsaKeyPair::from_pkcs8(&pkcs8).unwrap();
    let der = aws_lc_rs::signature::KeyPair::public_key(&pair).as_ref().to_vec();
    let pem = format!(
        "-----BEGIN RSA PUBLIC KEY-----\n{}\n-----END RSA PUBLIC KEY-----",
        base64::engine::general_purpose::STANDARD.encode(&der)
    );
    let forms: [(&str, Vec<u8>); 6] = [
        ("PEM", pem.clone().into_bytes()),
        ("PEM with newline", format!("{pem}\n").into_bytes()),
        ("DER", der),
        ("modulus", modulus),
        ("JWK", jwk.to_string().into_bytes()),
        ("nothing", Vec::new()),
    ];
    for (form, secret) in forms {
        for algorithm in ["HS256", "RS256"] {
            let header = json!({ "alg": algorithm, "typ": "at+jwt", "kid": forger.kid }).to_string();
            let message = format!(
                "{}.{}",
                URL_SAFE_NO_PAD.encode(header),
                URL_SAFE_NO_PAD.encode(forger.claims().to_string())
            );
            let tag = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, &secret), message.as_bytes());
            forger.refuses(&format!("{message}.{}", URL_SAFE_NO_PAD.encode(tag)), form).await;
        }
    }
}

#[tokio::test]
async fn s_tok_5_another_algorithm_of_the_same_key_fails() {
    let forger = Forger::new(KeyKind::Rsa2048).await;
    forger.control().await;
    let pair = RsaKeyPair::from_pkcs8(&forger.key().pkcs8().unwrap()).unwrap();
    let sign = |algorithm: &str, encoding: &'static dyn RsaEncoding| {
        let header = json!({ "alg": algorithm, "typ": "at+jwt", "kid": forger.kid }).to_string();
        let message = format!(
            "{}.{}",
            URL_SAFE_NO_PAD.encode(header),
            URL_SAFE_NO_PAD.encode(forger.claims().to_string())
        );
        let mut signature = vec![0; pair.public_modulus_len()];
        pair.sign(encoding, &SystemRandom::new(), message.as_bytes(), &mut signature).unwrap();
        format!("{message}.{}", URL_SAFE_NO_PAD.encode(signature))
    };
    for (algorithm, encoding) in [
        ("RS384", &RSA_PKCS1_SHA384 as &'static dyn RsaEncoding),
        ("PS256", &RSA_PSS_SHA256),
        ("RS256", &RSA_PKCS1_SHA384),
        ("RS256", &RSA_PSS_SHA256),
        ("ES256", &RSA_PKCS1_SHA256),
    ] {
        forger.refuses(&sign(algorithm, encoding), algorithm).await;
    }
    assert_eq!(decision(&forger.tokens, &sign("RS256", &RSA_PKCS1_SHA256)).await, "OK");
}

#[tokio::test]
async fn s_tok_6_s_gw_16_a_hostile_kid_finds_nothing_and_asks_nobody() {
    let forger = forger().await;
    // Anyone who asks the database now gets an error, and the decision would be another one.
    forger.tokens.families.db.close().await;
    let long = "k".repeat(2_000);
    for kid in
        ["../../../dev/null", "' OR 1=1--", &long, "\u{0}", "a\r\nb", "https://evil.example/k", "${7*7}", ""]
    {
        forger.refuses(&forger.with(|header, _| header["kid"] = json!(kid)), kid).await;
    }
    for kid in [json!(7), json!({}), json!([forger.kid]), Value::Null] {
        forger.refuses(&forger.with(|header, _| header["kid"] = kid.clone()), &kid.to_string()).await;
    }
    let enormous = forger.with(|header, _| header["kid"] = json!("k".repeat(100 * 1024)));
    forger.refuses(&enormous, "100 KiB").await;
}

#[tokio::test]
async fn s_tok_7_keys_in_the_header_are_refused_even_when_the_signature_is_ours() {
    let forger = forger().await;
    let jwks: Value = serde_json::from_slice(&forger.tokens.keys.jwks().body).unwrap();
    for (name, value) in [
        ("jwk", jwks["keys"][0].clone()),
        ("jku", json!("https://issuer.example/oauth2/jwks")),
        ("x5u", json!("https://issuer.example/cert")),
        ("x5c", json!(["AAAA"])),
        ("x5t", json!("AAAA")),
    ] {
        forger.refuses(&forger.with(|header, _| header[name] = value.clone()), name).await;
    }
    // A key of the attacker's own, under our kid and under its own.
    let own = SigningKey::generate(KeyKind::P256).unwrap();
    for kid in [&forger.kid, own.kid()] {
        let header = json!({ "alg": "ES256", "typ": "at+jwt", "kid": kid }).to_string();
        let message = format!(
            "{}.{}",
            URL_SAFE_NO_PAD.encode(header),
            URL_SAFE_NO_PAD.encode(forger.claims().to_string())
        );
        let signature = own.sign(message.as_bytes()).unwrap();
        forger.refuses(&format!("{message}.{}", URL_SAFE_NO_PAD.encode(signature)), kid).await;
    }
}

#[tokio::test]
async fn s_tok_8_a_member_that_comes_twice_is_refused_however_it_is_spelled() {
    let forger = forger().await;
    let (header, claims) = (forger.header(), forger.claims());
    let twice = |object: &Value, name: &str, spelling: &str| {
        let text = object.to_string();
        format!("{},\"{spelling}\":{}}}", text.strip_suffix('}').unwrap(), object[name])
    };
    for (name, escaped) in [("alg", "\\u0061lg"), ("kid", "\\u006bid"), ("typ", "t\\u0079p")] {
        for spelling in [name, escaped] {
            let token = forger.signed(&twice(&header, name, spelling), &claims.to_string());
            forger.refuses(&token, spelling).await;
        }
    }
    for (name, escaped) in [
        ("sub", "\\u0073ub"),
        ("aud", "a\\u0075d"),
        ("exp", "ex\\u0070"),
        ("scope", "\\u0073cope"),
        ("roles", "role\\u0073"),
        ("iss", "\\u0069ss"),
    ] {
        for spelling in [name, escaped] {
            let token = forger.signed(&header.to_string(), &twice(&claims, name, spelling));
            forger.refuses(&token, spelling).await;
        }
    }
}

#[tokio::test]
async fn s_tok_9_anything_but_a_compact_jws_is_refused() {
    let forger = forger().await;
    let good = forger.with(|_, _| {});
    let parts: Vec<_> = good.split('.').collect();
    let [header, payload, signature] = parts[..] else { panic!("three parts") };
    let standard = STANDARD_NO_PAD.encode(URL_SAFE_NO_PAD.decode(signature).unwrap());
    let padded = URL_SAFE.encode(URL_SAFE_NO_PAD.decode(signature).unwrap());
    let mut spare_bits = signature.to_owned();
    // 64 bytes end in a character with four bits to spare.
    let last = spare_bits.pop().unwrap();
    spare_bits.push(char::from(last as u8 + 1));
    for (what, token) in [
        ("JSON", json!({ "payload": payload, "protected": header, "signature": signature }).to_string()),
        ("five parts", format!("{header}..{payload}.{signature}.")),
        ("four parts", format!("{good}.")),
        ("two parts", format!("{header}.{payload}")),
        ("nothing", String::new()),
        ("dots", "..".to_owned()),
        ("blank before", format!(" {good}")),
        ("newline after", format!("{good}\n")),
        ("padding", format!("{header}.{payload}.{padded}")),
        ("a trailing =", format!("{good}=")),
        ("spare bits", format!("{header}.{payload}.{spare_bits}")),
        ("not base64url", format!("{header}.{payload}.{}+/", &standard[2..])),
    ] {
        forger.refuses(&token, what).await;
    }
    for (name, value) in [
        ("crit", json!(["exp"])),
        ("crit", json!([])),
        ("b64", json!(false)),
        ("zip", json!("DEF")),
        ("cty", json!("JWT")),
        ("enc", json!("A256GCM")),
    ] {
        forger.refuses(&forger.with(|header, _| header[name] = value.clone()), name).await;
    }
    let large = forger.with(|_, claims| claims["nickname"] = json!("n".repeat(4096)));
    forger.refuses(&large, "4 KiB").await;
}

#[tokio::test]
async fn s_tok_10_no_other_kind_of_token_stands_in() {
    let forger = forger().await;
    for kind in ["JWT", "jwt", "AT+JWT", "application/at+jwt", "logout+jwt", "dpop+jwt", ""] {
        forger.refuses(&forger.with(|header, _| header["typ"] = json!(kind)), kind).await;
    }
    let untyped = forger.with(|header, _| {
        header.as_object_mut().unwrap().remove("typ");
    });
    forger.refuses(&untyped, "no type").await;
    forger.refuses(&RefreshToken::first(&OsRandomness).text(), "a refresh token").await;
    let refresh = issue(&forger.tokens, &forger.stage.grant()).await.refresh;
    forger.refuses(&refresh.text(), "a living refresh token").await;
}

#[tokio::test]
async fn s_tok_11_a_client_does_not_pass_for_a_member() {
    let forger = forger().await;
    forger.refuses(&forger.with(|_, claims| claims["sub"] = json!("portal-client")), "a client as sub").await;
    let twin = forger.with(|_, claims| claims["client_id"] = claims["sub"].clone());
    forger.refuses(&twin, "a client named like a member").await;
}

#[tokio::test]
async fn s_tok_12_a_token_for_another_audience_or_of_another_issuer_is_refused() {
    let forger = forger().await;
    for audience in [json!("other"), json!("Services"), json!(["services"]), json!(["services", "other"])] {
        let what = audience.to_string();
        forger.refuses(&forger.with(|_, claims| claims["aud"] = audience), &what).await;
    }
    for issuer in ["https://issuer.example/", "http://issuer.example", "https://issuer.example.evil"] {
        forger.refuses(&forger.with(|_, claims| claims["iss"] = json!(issuer)), issuer).await;
    }
}

/// Somebody has got hold of an old key. A replica that has not read the keys since its end does not help
/// them.
#[tokio::test]
async fn s_tok_22_a_key_that_is_gone_verifies_nothing_even_before_its_turn_to_read() {
    let forger = forger().await;
    let old = forger.key();
    forger.tokens.keys.rotate_now(None).await.unwrap();
    let fresh = || {
        let payload = URL_SAFE_NO_PAD.encode(forger.claims().to_string());
        let message = format!("{}.{payload}", old.header());
        let signature = old.sign(message.as_bytes()).unwrap();
        format!("{message}.{}", URL_SAFE_NO_PAD.encode(signature))
    };
    forger.stage.clock.advance(forger.stage.settings.publish_ahead);
    forger.stage.clock.advance(Duration::from_secs(139));
    assert_eq!(decision(&forger.tokens, &fresh()).await, "OK");
    forger.stage.clock.advance(Duration::from_secs(1));
    assert_eq!(decision(&forger.tokens, &fresh()).await, "TOKEN_INVALID");
    assert_eq!(forger.tokens.keys.list().len(), 1, "the keys were read, since the last reading was old");
}

#[tokio::test]
async fn one_changed_character_anywhere_is_refused() {
    let forger = forger().await;
    let good = forger.with(|_, _| {});
    for index in 0..good.len() {
        let mut changed = good.clone().into_bytes();
        changed[index] = if changed[index] == b'A' { b'B' } else { b'A' };
        let changed = String::from_utf8(changed).unwrap();
        assert_eq!(decision(&forger.tokens, &changed).await, "TOKEN_INVALID", "character {index}");
    }
}

#[tokio::test]
async fn s_log_3_a_reason_holds_nothing_that_was_sent() {
    let forger = forger().await;
    let error = forger
        .tokens
        .verifier
        .verify(&forger.with(|header, _| header["kid"] = json!("evil\r\n")), &["services"])
        .await;
    let error = error.unwrap_err();
    assert!(matches!(error, VerifyError::Invalid("unknown key")));
    assert_eq!(error.to_string(), "an access token was refused: unknown key");
}

/// What a token says of a proof is what we write, or the token is none of ours.
#[tokio::test]
async fn s_acc_16_a_token_with_an_unknown_proof_fails() {
    let forger = forger().await;
    for (what, acr, amr) in [
        ("an unknown class", json!("urn:daemun:acr:3"), json!(["pwd"])),
        ("a class that its methods do not have", json!("urn:daemun:acr:2"), json!(["pwd"])),
        ("methods of a lower class", json!("phr"), json!(["pwd", "otp", "mfa"])),
        ("methods without a class", Value::Null, json!(["pwd"])),
        ("methods as one text", json!("urn:daemun:acr:1"), json!("pwd")),
    ] {
        let token = forger.with(|_, claims| {
            claims["auth_time"] = claims["iat"].clone();
            claims["acr"] = acr;
            claims["amr"] = amr;
        });
        forger.refuses(&token, what).await;
    }
    let token = forger.with(|_, claims| claims["acr"] = json!("urn:daemun:acr:1"));
    forger.refuses(&token, "a class without a moment").await;
}

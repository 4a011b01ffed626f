//! id_tokens, verified in full (OpenID Connect Core section 3.1.3.7, S-UP-7).
//!
//! The signature is checked by `jsonwebtoken`; the claims are checked here, by our clock and without its defaults (it
//! allows a minute of leeway and demands `exp` only). What is checked here must be of its type; what only describes the
//! person may be anything, and counts as not there when it is odd.

use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::{Algorithm, DecodingKey, crypto, decode_header};
use kernel::Clock;
use serde_json::Value;
use url::Url;

use crate::claims::Claims;
use crate::error::IdentifyError;
use crate::identity::Subject;
use crate::jwks::Jwks;

/// How far the provider's clock may be off.
const LEEWAY_SECONDS: i64 = 60;
/// The oldest `iat`: a token is read seconds after it was made.
const MAX_AGE_SECONDS: i64 = 60 * 60;
const MAX_BYTES: usize = 16 * 1024;

/// The id_tokens of one provider.
#[derive(Debug)]
pub(crate) struct IdTokens {
    jwks: Jwks,
    clock: Arc<dyn Clock>,
}

/// What a token must say.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Expected<'a> {
    pub(crate) issuers: &'a [&'a str],
    pub(crate) client_id: &'a str,
    pub(crate) nonce: &'a str,
}

impl IdTokens {
    pub(crate) fn new(jwks: Url, http: reqwest::Client, clock: Arc<dyn Clock>) -> Self {
        Self { jwks: Jwks::new(jwks, http, Arc::clone(&clock)), clock }
    }

    /// Verifies `token` and gives its claims and subject.
    pub(crate) async fn verify(
        &self,
        token: &str,
        expected: Expected<'_>,
    ) -> Result<(Claims, Subject), IdentifyError> {
        let untrusted = IdentifyError::Untrusted;
        if token.len() > MAX_BYTES {
            return Err(untrusted("id_token_oversized"));
        }
        let header = decode_header(token).map_err(|_| untrusted("id_token_malformed"))?;
        if header.alg != Algorithm::RS256 {
            return Err(untrusted("id_token_algorithm"));
        }
        if has_critical_extension(token) {
            return Err(untrusted("id_token_extension"));
        }
        let kid = header.kid.ok_or(untrusted("id_token_without_kid"))?;
        let key = self.jwks.key(&kid).await?;
        let claims = signed_claims(token, &key).map_err(untrusted)?;
        let subject = check(&claims, expected, self.clock.now().seconds()).map_err(untrusted)?;
        Ok((claims, subject))
    }
}

/// Whether the header has `crit`: its sender wants to be refused by anybody who does not know the extension, and we know none (RFC 7515
/// section 4.1.11).
fn has_critical_extension(token: &str) -> bool {
    let header = token.split('.').next().and_then(|header| URL_SAFE_NO_PAD.decode(header).ok());
    let header = header.and_then(|header| serde_json::from_slice::<Value>(&header).ok());
    header.is_none_or(|header| header.get("crit").is_some())
}

/// The claims, read only after the signature over them was found right.
fn signed_claims(token: &str, key: &DecodingKey) -> Result<Claims, &'static str> {
    let (message, signature) = token.rsplit_once('.').ok_or("id_token_malformed")?;
    let payload = message.rsplit('.').next().unwrap_or_default();
    match crypto::verify(signature, message.as_bytes(), key, Algorithm::RS256) {
        Ok(true) => {}
        _ => return Err("id_token_signature"),
    }
    let payload = URL_SAFE_NO_PAD.decode(payload).map_err(|_| "id_token_claims")?;
    Claims::read(&payload).ok_or("id_token_claims")
}

fn check(claims: &Claims, expected: Expected<'_>, now: i64) -> Result<Subject, &'static str> {
    if !claims.text("iss").is_some_and(|issuer| expected.issuers.contains(&issuer)) {
        return Err("id_token_issuer");
    }
    // Ours alone: a token for others as well could have been given to them.
    let for_us_alone = match claims.get("aud") {
        Some(Value::String(audience)) => audience == expected.client_id,
        Some(Value::Array(audiences)) => {
            matches!(&audiences[..], [Value::String(audience)] if audience == expected.client_id)
        }
        _ => false,
    };
    if !for_us_alone {
        return Err("id_token_audience");
    }
    match claims.get("azp") {
        None => {}
        Some(azp) if azp.as_str() == Some(expected.client_id) => {}
        Some(_) => return Err("id_token_authorized_party"),
    }
    if claims.seconds("exp").is_none_or(|end| now >= end.saturating_add(LEEWAY_SECONDS)) {
        return Err("id_token_expired");
    }
    let at_hand = now - MAX_AGE_SECONDS..=now + LEEWAY_SECONDS;
    if !claims.seconds("iat").is_some_and(|issued| at_hand.contains(&issued)) {
        return Err("id_token_issued_at");
    }
    if claims.text("nonce") != Some(expected.nonce) {
        return Err("id_token_nonce");
    }
    claims.text("sub").and_then(Subject::parse).ok_or("id_token_subject")
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: i64 = 1_768_739_696;
    const EXPECTED: Expected<'_> = Expected {
        issuers: &["https://issuer.example", "issuer.example"],
        client_id: "client",
        nonce: "abc123",
    };

    fn outcome(change: impl FnOnce(&mut Value)) -> Result<Subject, &'static str> {
        let mut claims = serde_json::json!({
            "iss": "https://issuer.example", "sub": "42", "aud": "client", "exp": NOW + 3600, "iat": NOW,
            "azp": "client", "nonce": "abc123"
        });
        change(&mut claims);
        check(&Claims::read(claims.to_string().as_bytes()).unwrap(), EXPECTED, NOW)
    }

    #[test]
    fn s_up_7_each_claim_decides() {
        assert!(outcome(|_| {}).is_ok());
        assert!(outcome(|claims| claims["iss"] = "issuer.example".into()).is_ok(), "quirk 26");
        assert!(outcome(|claims| claims["aud"] = serde_json::json!(["client"])).is_ok());
        let refusals: [(&str, Value, &str); 23] = [
            ("iss", "https://evil.example".into(), "id_token_issuer"),
            ("aud", "other".into(), "id_token_audience"),
            ("aud", serde_json::json!(["client", "other"]), "id_token_audience"),
            ("aud", serde_json::json!([]), "id_token_audience"),
            ("azp", "other".into(), "id_token_authorized_party"),
            ("exp", (NOW - 61).into(), "id_token_expired"),
            ("iat", (NOW + 61).into(), "id_token_issued_at"),
            ("iat", (NOW - 3601).into(), "id_token_issued_at"),
            ("nonce", "abc124".into(), "id_token_nonce"),
            ("nonce", Value::Null, "id_token_nonce"),
            ("sub", "".into(), "id_token_subject"),
            // What is checked must be of its type.
            ("iss", 1.into(), "id_token_issuer"),
            ("iss", Value::Null, "id_token_issuer"),
            ("aud", Value::Null, "id_token_audience"),
            ("aud", serde_json::json!([["client"]]), "id_token_audience"),
            ("azp", 5.into(), "id_token_authorized_party"),
            ("exp", (NOW + 60).to_string().into(), "id_token_expired"),
            ("exp", Value::Null, "id_token_expired"),
            ("iat", true.into(), "id_token_issued_at"),
            ("iat", 1e300.into(), "id_token_issued_at"),
            ("nonce", serde_json::json!(["abc123"]), "id_token_nonce"),
            ("sub", 42.into(), "id_token_subject"),
            ("sub", Value::Null, "id_token_subject"),
        ];
        for (claim, value, reason) in refusals {
            assert_eq!(
                outcome(|claims| claims[claim] = value.clone()).unwrap_err(),
                reason,
                "{claim} {value}"
            );
        }
    }

    #[test]
    fn s_up_7_a_fraction_of_a_second_is_a_numeric_date() {
        assert!(outcome(|claims| claims["iat"] = serde_json::json!(1_768_739_696.5)).is_ok());
    }

    #[test]
    fn what_describes_the_person_refuses_nobody() {
        for odd in
            [Value::Null, 7.into(), true.into(), serde_json::json!({"a": []}), "x".repeat(9_000).into()]
        {
            for claim in ["email", "email_verified", "name", "nickname", "picture", "birthdate", "locale"] {
                assert!(outcome(|claims| claims[claim] = odd.clone()).is_ok(), "{claim} {odd}");
            }
        }
    }
}

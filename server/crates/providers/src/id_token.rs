//! id_tokens, verified in full (OpenID Connect Core section 3.1.3.7, S-UP-7).
//!
//! The signature is checked by `jsonwebtoken`; the claims are checked here, by our clock and without its defaults (it
//! allows a minute of leeway and demands `exp` only).

use std::sync::Arc;

use jsonwebtoken::errors::ErrorKind;
use jsonwebtoken::{Algorithm, Validation, decode, decode_header};
use kernel::Clock;
use serde::Deserialize;
use serde_json::Value;
use url::Url;

use crate::error::IdentifyError;
use crate::identity::Subject;
use crate::jwks::Jwks;

/// How far the provider's clock may be off.
const LEEWAY_SECONDS: i64 = 60;
/// The oldest `iat`: a token is read seconds after it was made.
const OLDEST_SECONDS: i64 = 60 * 60;
const LARGEST: usize = 16 * 1024;

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

/// The claims that we use. A member that comes twice is refused by the parser (RFC 7519 section 4).
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Claims {
    iss: String,
    sub: String,
    aud: Audience,
    exp: i64,
    iat: i64,
    azp: Option<String>,
    nonce: Option<String>,
    pub(crate) email: Option<String>,
    /// A boolean; text in Google's samples (quirk 29).
    pub(crate) email_verified: Option<Value>,
    pub(crate) name: Option<String>,
    pub(crate) nickname: Option<String>,
    pub(crate) picture: Option<String>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(untagged)]
enum Audience {
    One(String),
    Several(Vec<String>),
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
        if token.len() > LARGEST {
            return Err(untrusted("id_token_oversized"));
        }
        let header = decode_header(token).map_err(|_| untrusted("id_token_malformed"))?;
        if header.alg != Algorithm::RS256 {
            return Err(untrusted("id_token_algorithm"));
        }
        let kid = header.kid.ok_or(untrusted("id_token_without_kid"))?;
        let key = self.jwks.key(&kid).await?;
        let claims =
            decode::<Claims>(token, &key, &signature_only()).map_err(|error| untrusted(reason(&error)))?;
        let subject = check(&claims.claims, expected, self.clock.now().seconds()).map_err(untrusted)?;
        Ok((claims.claims, subject))
    }
}

/// The signature is checked before the claims are read, so what does not parse was signed all the same.
fn reason(error: &jsonwebtoken::errors::Error) -> &'static str {
    match error.kind() {
        ErrorKind::Json(_) | ErrorKind::Utf8(_) => "id_token_claims",
        _ => "id_token_signature",
    }
}

fn signature_only() -> Validation {
    let mut validation = Validation::new(Algorithm::RS256);
    validation.required_spec_claims.clear();
    validation.validate_exp = false;
    validation.validate_aud = false;
    validation
}

fn check(claims: &Claims, expected: Expected<'_>, now: i64) -> Result<Subject, &'static str> {
    if !expected.issuers.contains(&claims.iss.as_str()) {
        return Err("id_token_issuer");
    }
    // Ours alone: a token for others as well could have been given to them.
    let for_us_alone = match &claims.aud {
        Audience::One(audience) => audience == expected.client_id,
        Audience::Several(audiences) => {
            matches!(&audiences[..], [audience] if audience == expected.client_id)
        }
    };
    if !for_us_alone {
        return Err("id_token_audience");
    }
    if claims.azp.as_deref().is_some_and(|azp| azp != expected.client_id) {
        return Err("id_token_authorized_party");
    }
    if now >= claims.exp.saturating_add(LEEWAY_SECONDS) {
        return Err("id_token_expired");
    }
    if claims.iat > now + LEEWAY_SECONDS || claims.iat < now - OLDEST_SECONDS {
        return Err("id_token_issued_at");
    }
    if claims.nonce.as_deref() != Some(expected.nonce) {
        return Err("id_token_nonce");
    }
    Subject::parse(&claims.sub).ok_or("id_token_subject")
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
        match serde_json::from_value(claims) {
            Ok(claims) => check(&claims, EXPECTED, NOW),
            Err(_) => Err("id_token_signature"),
        }
    }

    #[test]
    fn s_up_7_each_claim_decides() {
        assert!(outcome(|_| {}).is_ok());
        assert!(outcome(|claims| claims["iss"] = "issuer.example".into()).is_ok(), "quirk 26");
        assert!(outcome(|claims| claims["aud"] = serde_json::json!(["client"])).is_ok());
        let refusals: [(&str, Value, &str); 11] = [
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
    fn a_claim_that_comes_twice_is_refused() {
        let twice = r#"{"iss":"a","sub":"1","sub":"2","aud":"c","exp":1,"iat":1}"#;
        assert!(serde_json::from_str::<Claims>(twice).is_err());
    }
}

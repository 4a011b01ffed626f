//! `private_key_jwt`: a JWT that the client signs for this one request (RFC 7523 section 3, S-AS-25).
//!
//! The signature is checked by `jsonwebtoken`; the claims are checked here, by our clock.

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::{Algorithm, crypto};
use kernel::{Timestamp, TokenHash};
use serde::Deserialize;
use serde::de::IgnoredAny;

use crate::client::keys::ClientKeys;

/// The only `client_assertion_type` that is accepted (RFC 7523 section 2.2).
pub(super) const TYPE: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
/// The largest one, in bytes.
const MAX_BYTES: usize = 8 * 1024;
/// How long one may be good.
const MAX_LIFETIME_SECONDS: i64 = 300;
/// How far the client's clock may be off, in seconds.
const LEEWAY: i64 = 10;
/// The longest `jti`.
const MAX_JTI_BYTES: usize = 256;

/// A member that comes twice is refused by the parser (S-TOK-8).
#[derive(Deserialize)]
struct Header {
    alg: Algorithm,
    kid: Option<String>,
    crit: Option<IgnoredAny>,
}

/// `aud` is one text: an assertion for others as well could be used by them (S-AS-25).
#[derive(Deserialize)]
struct Claims {
    iss: String,
    sub: String,
    aud: String,
    exp: i64,
    iat: Option<i64>,
    nbf: Option<i64>,
    jti: String,
}

/// An assertion that was parsed and not yet verified.
pub(super) struct Assertion<'a> {
    message: &'a str,
    signature: &'a str,
    header: Header,
    claims: Claims,
}

/// What is remembered of an assertion, so that it is valid once.
pub(super) struct UsedAssertion {
    pub(super) hash: TokenHash,
    /// When it expires anyway.
    pub(super) until: Timestamp,
}

impl<'a> Assertion<'a> {
    /// Reads one; `None` if it is malformed.
    pub(super) fn parse(text: &'a str) -> Option<Self> {
        if text.len() > MAX_BYTES {
            return None;
        }
        let (message, signature) = text.rsplit_once('.')?;
        let (header, claims) = message.split_once('.')?;
        let read = |part: &str| URL_SAFE_NO_PAD.decode(part).ok();
        let header: Header = serde_json::from_slice(&read(header)?).ok()?;
        let claims: Claims = serde_json::from_slice(&read(claims)?).ok()?;
        Some(Self { message, signature, header, claims })
    }

    /// Which client it names.
    pub(super) fn client_id(&self) -> &str {
        &self.claims.sub
    }

    /// Whether the client made it for us, just now.
    ///
    /// # Errors
    /// What would be right.
    pub(super) fn verify(
        &self,
        keys: &ClientKeys,
        issuer: &str,
        now: Timestamp,
    ) -> Result<UsedAssertion, &'static str> {
        let Self { message, signature, header, claims } = self;
        if header.crit.is_some() {
            return Err("`client_assertion` must not have `crit` in its header");
        }
        let key = keys.find(header.kid.as_deref(), header.alg);
        let key = key.ok_or(
            "`client_assertion` must be signed by a registered key, with RS256 or ES256 as the key is",
        )?;
        if !crypto::verify(signature, message.as_bytes(), key, header.alg).unwrap_or(false) {
            return Err("the signature of `client_assertion` is not by the client's key");
        }
        if claims.iss != claims.sub {
            return Err("`iss` and `sub` of the assertion must both be the client's id");
        }
        if claims.aud != issuer {
            return Err("`aud` of the assertion must be our issuer, as one text");
        }
        let seconds = now.seconds();
        let began = claims.iat.unwrap_or(seconds).max(claims.nbf.unwrap_or(i64::MIN));
        if seconds >= claims.exp.saturating_add(LEEWAY) || began > seconds.saturating_add(LEEWAY) {
            return Err(
                "the assertion is not good at this moment; look at `exp`, `iat` and the client's clock",
            );
        }
        let life = claims.exp.saturating_sub(claims.iat.unwrap_or(seconds));
        if life > MAX_LIFETIME_SECONDS || claims.exp > seconds.saturating_add(MAX_LIFETIME_SECONDS + LEEWAY) {
            return Err("the assertion is good for longer than 5 minutes; bring `exp` nearer");
        }
        if claims.jti.is_empty() || claims.jti.len() > MAX_JTI_BYTES {
            return Err("`jti` of the assertion must have 1 to 256 characters");
        }
        let id = format!("client_assertion\n{}\n{}", claims.sub, claims.jti);
        let until = Timestamp::from_millis(claims.exp.saturating_mul(1000));
        Ok(UsedAssertion {
            hash: TokenHash::of(id.as_bytes()),
            until: until.plus(Duration::from_secs(LEEWAY.unsigned_abs())),
        })
    }
}

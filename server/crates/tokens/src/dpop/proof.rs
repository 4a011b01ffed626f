//! The rules for a proof (RFC 9449 section 4.3), in one place and without state.

use std::borrow::Cow;
use std::time::Duration;

use kernel::{Timestamp, TokenHash};
use serde::Deserialize;
use serde::de::IgnoredAny;

use crate::dpop::call::Call;
use crate::dpop::nonce::Nonces;
use crate::dpop::proof_error::ProofError;
use crate::dpop::proof_key::{Jwk, ProofKey};
use crate::dpop::proven::Proven;
use crate::jwt::{Jwt, decode};

/// The header's `typ`: no other kind of JWT can stand in for a proof (S-TOK-10).
const TYPE: &str = "dpop+jwt";

/// The largest proof, in bytes; one by RSA-4096 has about 1.7 KiB.
const MAX_PROOF_BYTES: usize = 4096;

/// The longest `jti`.
const MAX_JTI_BYTES: usize = 256;

/// How far `iat` may be from our clock, either way, where no nonce of ours says when the proof was made.
pub(crate) const MAX_IAT_SKEW: Duration = Duration::from_mins(1);

/// The header. Other parameters say nothing here; `crit` and `b64` would change how the rest is read.
#[derive(Deserialize)]
struct Header<'a> {
    #[serde(borrow)]
    typ: Cow<'a, str>,
    #[serde(borrow)]
    alg: Cow<'a, str>,
    #[serde(borrow)]
    jwk: Jwk<'a>,
    crit: Option<IgnoredAny>,
    b64: Option<IgnoredAny>,
}

/// The claims that count.
#[derive(Deserialize)]
struct Payload<'a> {
    #[serde(borrow)]
    jti: Cow<'a, str>,
    #[serde(borrow)]
    htm: Cow<'a, str>,
    #[serde(borrow)]
    htu: Cow<'a, str>,
    iat: serde_json::Number,
    #[serde(borrow)]
    ath: Option<Cow<'a, str>>,
    #[serde(borrow)]
    nonce: Option<Cow<'a, str>>,
}

/// Verifies `proof`, which came with `call`; with `token`, if an access token came alongside it. Everything but whether it came
/// before.
pub(crate) fn check(
    proof: &str,
    call: &Call<'_>,
    token: Option<&str>,
    nonces: &Nonces,
    now: Timestamp,
) -> Result<Proven, ProofError> {
    let invalid = ProofError::Invalid;
    if proof.len() > MAX_PROOF_BYTES {
        return Err(invalid("is larger than 4 KiB"));
    }
    let jwt = Jwt::parse(proof).map_err(|_| invalid("must be a JWT in three parts"))?;
    let decoded = jwt.header().map_err(|_| invalid("has a header that is no base64url"))?;
    let head: Header<'_> = serde_json::from_slice(&decoded)
        .map_err(|_| invalid("needs `typ`, `alg` and `jwk` in its header"))?;
    if head.typ != TYPE {
        return Err(invalid("must have the `typ` dpop+jwt"));
    }
    if head.crit.is_some() || head.b64.is_some() {
        return Err(invalid("has `crit` or `b64` in its header; leave them out"));
    }
    let key = ProofKey::read(&head.jwk, &head.alg)?;
    if !key.verifies(jwt.signed, jwt.signature) {
        return Err(invalid("has a signature that is not its key's"));
    }
    let decoded = jwt.payload().map_err(|_| invalid("has claims that are no base64url"))?;
    let claims: Payload<'_> = serde_json::from_slice(&decoded)
        .map_err(|_| invalid("needs the claims `jti`, `htm`, `htu` and `iat`"))?;
    let until = claims.decide(call, token, nonces, now)?;
    let id = TokenHash::of(&[key.thumbprint.as_bytes(), claims.jti.as_bytes()].concat());
    Ok(Proven { key: key.thumbprint, id, until })
}

impl Payload<'_> {
    /// Until when it is valid.
    fn decide(
        &self,
        call: &Call<'_>,
        token: Option<&str>,
        nonces: &Nonces,
        now: Timestamp,
    ) -> Result<Timestamp, ProofError> {
        let invalid = ProofError::Invalid;
        if self.jti.is_empty() || self.jti.len() > MAX_JTI_BYTES {
            return Err(invalid("needs a `jti` of 1 to 256 characters"));
        }
        if self.htm != call.method {
            return Err(invalid("has the `htm` of another method"));
        }
        if !call.is_at(&self.htu) {
            return Err(invalid("has the `htu` of another address; it is the public one, without the query"));
        }
        if let Some(token) = token {
            let hash = TokenHash::of(token.as_bytes());
            let named = self.ath.as_deref().and_then(decode).and_then(|bytes| TokenHash::from_bytes(&bytes));
            if !named.is_some_and(|named| named.matches(&hash)) {
                return Err(invalid("needs an `ath` that is the SHA-256 of the access token beside it"));
            }
        }
        let issued_at = self.issued_at().ok_or(invalid("needs an `iat` in seconds"))?;
        match &self.nonce {
            Some(nonce) => nonces.good_until(nonce, now).ok_or(ProofError::Nonce),
            None if now.since(issued_at) <= MAX_IAT_SKEW && issued_at.since(now) <= MAX_IAT_SKEW => {
                Ok(issued_at.plus(MAX_IAT_SKEW))
            }
            None => {
                Err(invalid("has an `iat` over a minute away; set the clock, or use the nonce of DPoP-Nonce"))
            }
        }
    }

    /// `iat`, which may have a fraction (RFC 7519 section 2).
    fn issued_at(&self) -> Option<Timestamp> {
        let text = self.iat.to_string();
        let seconds: i64 = text.split('.').next()?.parse().ok()?;
        Some(Timestamp::from_millis(seconds.checked_mul(1000)?))
    }
}

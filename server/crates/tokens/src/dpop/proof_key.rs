//! The key in a proof's header: a public key, as JSON (RFC 7517), with which the proof is signed.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::{Algorithm, DecodingKey, crypto};
use serde::Deserialize;
use serde::de::IgnoredAny;

use crate::dpop::proof_error::ProofError;
use crate::dpop::thumbprint::Thumbprint;

/// The algorithms that a proof may be signed by: by a private key that only the client has. `none` and symmetric algorithms prove
/// nothing.
pub const DPOP_ALGORITHMS: [&str; 3] = ["ES256", "RS256", "EdDSA"];

/// The shortest and the longest modulus, in bytes: shorter ones are broken, longer ones are slow to verify.
const MODULUS: std::ops::RangeInclusive<usize> = 256..=512;

/// The members that count. Each may occur at most once; those of private and symmetric keys must not occur.
#[derive(Deserialize)]
pub(crate) struct Jwk<'a> {
    #[serde(borrow)]
    kty: &'a str,
    #[serde(borrow)]
    crv: Option<&'a str>,
    #[serde(borrow)]
    x: Option<&'a str>,
    #[serde(borrow)]
    y: Option<&'a str>,
    #[serde(borrow)]
    n: Option<&'a str>,
    #[serde(borrow)]
    e: Option<&'a str>,
    d: Option<IgnoredAny>,
    p: Option<IgnoredAny>,
    q: Option<IgnoredAny>,
    dp: Option<IgnoredAny>,
    dq: Option<IgnoredAny>,
    qi: Option<IgnoredAny>,
    oth: Option<IgnoredAny>,
    k: Option<IgnoredAny>,
}

/// A key that can be verified with.
pub(crate) struct ProofKey {
    key: DecodingKey,
    algorithm: Algorithm,
    pub(crate) thumbprint: Thumbprint,
}

impl ProofKey {
    /// The key for the algorithm that the proof names; the two must belong together.
    pub(crate) fn read(jwk: &Jwk<'_>, algorithm: &str) -> Result<Self, ProofError> {
        if jwk.has_secret_members() {
            return Err(ProofError::Invalid(
                "shows a private or a symmetric key; replace it, and send the public one",
            ));
        }
        let wrong = ProofError::Invalid("has a `jwk` that is no key of its algorithm");
        match (algorithm, jwk.kty, jwk.crv) {
            ("ES256", "EC", Some("P-256")) => jwk.p256().ok_or(wrong),
            ("RS256", "RSA", _) => jwk.rsa().ok_or(wrong),
            ("EdDSA", "OKP", Some("Ed25519")) => jwk.ed25519().ok_or(wrong),
            ("ES256" | "RS256" | "EdDSA", ..) => Err(wrong),
            _ => Err(ProofError::Invalid("must be signed by ES256, RS256 or EdDSA")),
        }
    }

    /// Whether the signature is this key's.
    pub(crate) fn verifies(&self, message: &str, signature: &str) -> bool {
        crypto::verify(signature, message.as_bytes(), &self.key, self.algorithm).unwrap_or(false)
    }
}

impl Jwk<'_> {
    fn has_secret_members(&self) -> bool {
        [&self.d, &self.p, &self.q, &self.dp, &self.dq, &self.qi, &self.oth, &self.k]
            .into_iter()
            .any(Option::is_some)
    }

    fn p256(&self) -> Option<ProofKey> {
        let (x, y) = (self.x?, self.y?);
        (decode(x)?.len() == 32 && decode(y)?.len() == 32).then_some(())?;
        Some(ProofKey {
            key: DecodingKey::from_ec_components(x, y).ok()?,
            algorithm: Algorithm::ES256,
            thumbprint: Thumbprint::of(&format!(r#"{{"crv":"P-256","kty":"EC","x":"{x}","y":"{y}"}}"#)),
        })
    }

    fn rsa(&self) -> Option<ProofKey> {
        let (n, e) = (self.n?, self.e?);
        let (modulus, exponent) = (decode(n)?, decode(e)?);
        // Without a leading zero there is one text for one key.
        let is_plain = |bytes: &[u8]| bytes.first().is_some_and(|byte| *byte != 0);
        let fits = MODULUS.contains(&modulus.len()) && (1..=4).contains(&exponent.len());
        (fits && is_plain(&modulus) && is_plain(&exponent)).then_some(())?;
        Some(ProofKey {
            key: DecodingKey::from_rsa_raw_components(&modulus, &exponent),
            algorithm: Algorithm::RS256,
            thumbprint: Thumbprint::of(&format!(r#"{{"e":"{e}","kty":"RSA","n":"{n}"}}"#)),
        })
    }

    fn ed25519(&self) -> Option<ProofKey> {
        let x = self.x?;
        (decode(x)?.len() == 32).then_some(())?;
        Some(ProofKey {
            key: DecodingKey::from_ed_components(x).ok()?,
            algorithm: Algorithm::EdDSA,
            thumbprint: Thumbprint::of(&format!(r#"{{"crv":"Ed25519","kty":"OKP","x":"{x}"}}"#)),
        })
    }
}

/// Unpadded base64url with no bit to spare: one text for one value.
fn decode(text: &str) -> Option<Vec<u8>> {
    URL_SAFE_NO_PAD.decode(text).ok()
}

//! The RSA keys of a provider, its JWKS, and its ID tokens, valid and spoilt.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::{KeyPair, KeySize, PublicKeyComponents};
use aws_lc_rs::signature::{KeyPair as _, RSA_PKCS1_SHA256};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};

use crate::odd_profiles;
use crate::simulated_failure::IdTokenFailure;

const KEY_AGE_SECONDS: i64 = 2 * 24 * 60 * 60;

/// The current key, the one before it (still published), and one that is never published.
pub(crate) struct SigningKeys {
    name: &'static str,
    current: Key,
    previous: Option<Key>,
    unpublished: Key,
    made: u32,
}

/// Generated keys by their ids. Generating one may take seconds in a development build, so a key is generated when it is first
/// needed, and the simulators of a process share their keys.
static MADE: Mutex<BTreeMap<String, Arc<KeyPair>>> = Mutex::new(BTreeMap::new());

struct Key {
    kid: String,
}

impl Key {
    const fn new(kid: String) -> Self {
        Self { kid }
    }

    #[expect(clippy::panic, reason = "a development server that cannot make keys is of no use")]
    fn pair(&self) -> Arc<KeyPair> {
        let mut made = MADE.lock().unwrap_or_else(PoisonError::into_inner);
        let generate = || match KeyPair::generate(KeySize::Rsa2048) {
            Ok(pair) => Arc::new(pair),
            Err(error) => panic!("no RSA key could be made: {error}"),
        };
        Arc::clone(made.entry(self.kid.clone()).or_insert_with(generate))
    }

    fn jwk(&self) -> Value {
        let public = PublicKeyComponents::<Vec<u8>>::from(self.pair().public_key());
        json!({
            "kty": "RSA", "use": "sig", "alg": "RS256", "kid": self.kid,
            "n": URL_SAFE_NO_PAD.encode(public.n), "e": URL_SAFE_NO_PAD.encode(public.e),
        })
    }

    fn sign(&self, input: &[u8]) -> Vec<u8> {
        let pair = self.pair();
        let mut signature = vec![0; pair.public_modulus_len()];
        // Fails only for a buffer of another length.
        let _ = pair.sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), input, &mut signature);
        signature
    }

    /// The public key as bytes, which an attacker would use as an HMAC secret.
    fn public_bytes(&self) -> Vec<u8> {
        self.pair().public_key().as_ref().to_vec()
    }
}

impl SigningKeys {
    pub(crate) fn new(name: &'static str) -> Self {
        Self {
            name,
            current: Key::new(format!("{name}-1")),
            previous: None,
            unpublished: Key::new(format!("{name}-hidden")),
            made: 1,
        }
    }

    /// Makes a new key the signing key. The old one stays published, as at the real providers, unless `forget` is set.
    pub(crate) fn rotate(&mut self, forget: bool) {
        self.made += 1;
        let old = std::mem::replace(&mut self.current, Key::new(format!("{}-{}", self.name, self.made)));
        self.previous = (!forget).then_some(old);
    }

    pub(crate) fn jwks(&self) -> Value {
        let keys: Vec<_> = std::iter::once(&self.current).chain(&self.previous).map(Key::jwk).collect();
        json!({ "keys": keys })
    }

    /// An ID token with `claims`, corrupted by `failure` if there is one.
    pub(crate) fn id_token(&self, mut claims: Value, failure: Option<IdTokenFailure>) -> String {
        let mut header = json!({"alg": "RS256", "typ": "JWT", "kid": self.current.kid});
        let mut signer = &self.current;
        match failure {
            None | Some(IdTokenFailure::Missing | IdTokenFailure::HalfNameClaim) => {}
            Some(IdTokenFailure::OddClaims) => claims = odd_profiles::with_odd_types(claims),
            Some(IdTokenFailure::WrongIss) => claims["iss"] = "https://issuer.invalid".into(),
            Some(IdTokenFailure::WrongAud) => claims["aud"] = "another-client".into(),
            Some(IdTokenFailure::ExtraAud) => claims["aud"] = json!([claims["aud"], "another-client"]),
            Some(IdTokenFailure::WrongAzp) => claims["azp"] = "another-client".into(),
            Some(IdTokenFailure::WrongNonce) => claims["nonce"] = "0000".into(),
            Some(IdTokenFailure::NoNonce) => take_out(&mut claims, "nonce"),
            Some(IdTokenFailure::WrongSub) => claims["sub"] = "1".into(),
            Some(IdTokenFailure::NoSub) => take_out(&mut claims, "sub"),
            Some(IdTokenFailure::Expired) => {
                shift(&mut claims, "exp", -KEY_AGE_SECONDS);
                shift(&mut claims, "iat", -KEY_AGE_SECONDS);
            }
            Some(IdTokenFailure::FutureIat) => shift(&mut claims, "iat", KEY_AGE_SECONDS),
            Some(IdTokenFailure::UnknownKid) => {
                signer = &self.unpublished;
                header["kid"] = signer.kid.clone().into();
            }
            Some(IdTokenFailure::BadSignature) => signer = &self.unpublished,
            Some(IdTokenFailure::AlgNone) => header["alg"] = "none".into(),
            Some(IdTokenFailure::AlgHs256) => header["alg"] = "HS256".into(),
            Some(IdTokenFailure::Crit) => {
                header["crit"] = json!(["b64"]);
                header["b64"] = true.into();
            }
        }
        let claims = match failure {
            Some(IdTokenFailure::HalfNameClaim) => odd_profiles::with_half_names(claims),
            _ => claims.to_string(),
        };
        let input =
            format!("{}.{}", URL_SAFE_NO_PAD.encode(header.to_string()), URL_SAFE_NO_PAD.encode(claims));
        let signature = match failure {
            Some(IdTokenFailure::AlgNone) => Vec::new(),
            Some(IdTokenFailure::AlgHs256) => {
                let key = aws_lc_rs::hmac::Key::new(aws_lc_rs::hmac::HMAC_SHA256, &signer.public_bytes());
                aws_lc_rs::hmac::sign(&key, input.as_bytes()).as_ref().to_vec()
            }
            _ => signer.sign(input.as_bytes()),
        };
        format!("{input}.{}", URL_SAFE_NO_PAD.encode(signature))
    }

    /// The id of the key that signs now.
    pub(crate) fn current_kid(&self) -> &str {
        &self.current.kid
    }
}

fn take_out(claims: &mut Value, name: &str) {
    if let Some(claims) = claims.as_object_mut() {
        claims.remove(name);
    }
}

fn shift(claims: &mut Value, name: &str, seconds: i64) {
    claims[name] = (claims[name].as_i64().unwrap_or_default() + seconds).into();
}

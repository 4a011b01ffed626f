//! A provider's own RSA keys, its JWKS, and id_tokens, good and bad.

use std::cell::OnceCell;

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::{KeyPair, KeySize, PublicKeyComponents};
use aws_lc_rs::signature::{KeyPair as _, RSA_PKCS1_SHA256};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};

use crate::fault::IdTokenFault;

/// The current key, the one before it (still published), and one that is never published. A key is made when it is
/// first needed: most runs of a simulator need few of them.
pub(crate) struct SigningKeys {
    name: &'static str,
    current: OnceCell<Key>,
    previous: Option<Key>,
    unpublished: OnceCell<Key>,
    made: u32,
}

struct Key {
    kid: String,
    pair: KeyPair,
}

impl Key {
    #[expect(clippy::panic, reason = "a development server that cannot make keys is of no use")]
    fn make(kid: String) -> Self {
        match KeyPair::generate(KeySize::Rsa2048) {
            Ok(pair) => Self { kid, pair },
            Err(error) => panic!("no RSA key could be made: {error}"),
        }
    }

    fn jwk(&self) -> Value {
        let public = PublicKeyComponents::<Vec<u8>>::from(self.pair.public_key());
        json!({
            "kty": "RSA", "use": "sig", "alg": "RS256", "kid": self.kid,
            "n": URL_SAFE_NO_PAD.encode(public.n), "e": URL_SAFE_NO_PAD.encode(public.e),
        })
    }

    fn sign(&self, input: &[u8]) -> Vec<u8> {
        let mut signature = vec![0; self.pair.public_modulus_len()];
        // Fails only for a buffer of another length.
        let _ = self.pair.sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), input, &mut signature);
        signature
    }

    /// The public key as bytes: what an attacker would use as an HMAC secret.
    fn public_bytes(&self) -> Vec<u8> {
        self.pair.public_key().as_ref().to_vec()
    }
}

impl SigningKeys {
    pub(crate) const fn new(name: &'static str) -> Self {
        Self { name, current: OnceCell::new(), previous: None, unpublished: OnceCell::new(), made: 1 }
    }

    /// A new key signs from now on; the old one stays published, as providers do, unless `forget`.
    pub(crate) fn rotate(&mut self, forget: bool) {
        self.made += 1;
        let old = self.current.take();
        self.previous = old.filter(|_| !forget);
    }

    fn current(&self) -> &Key {
        self.current.get_or_init(|| Key::make(format!("{}-{}", self.name, self.made)))
    }

    fn unpublished(&self) -> &Key {
        self.unpublished.get_or_init(|| Key::make(format!("{}-hidden", self.name)))
    }

    pub(crate) fn jwks(&self) -> Value {
        let keys: Vec<_> = std::iter::once(self.current()).chain(&self.previous).map(Key::jwk).collect();
        json!({ "keys": keys })
    }

    /// An id_token with `claims`, spoilt by `fault` if there is one.
    pub(crate) fn id_token(&self, mut claims: Value, fault: Option<IdTokenFault>) -> String {
        let mut header = json!({"alg": "RS256", "typ": "JWT", "kid": self.current().kid});
        let mut signer = self.current();
        match fault {
            None => {}
            Some(IdTokenFault::WrongIss) => claims["iss"] = "https://issuer.invalid".into(),
            Some(IdTokenFault::WrongAud) => claims["aud"] = "another-client".into(),
            Some(IdTokenFault::WrongNonce) => claims["nonce"] = "0000".into(),
            Some(IdTokenFault::WrongSub) => claims["sub"] = "1".into(),
            Some(IdTokenFault::Expired) => {
                let past = |claim: &Value| claim.as_i64().unwrap_or_default() - 2 * 24 * 60 * 60;
                (claims["exp"], claims["iat"]) = (past(&claims["exp"]).into(), past(&claims["iat"]).into());
            }
            Some(IdTokenFault::UnknownKid) => {
                signer = self.unpublished();
                header["kid"] = signer.kid.clone().into();
            }
            Some(IdTokenFault::BadSignature) => signer = self.unpublished(),
            Some(IdTokenFault::AlgNone) => header["alg"] = "none".into(),
            Some(IdTokenFault::AlgHs256) => header["alg"] = "HS256".into(),
        }
        let input = format!("{}.{}", encode(&header), encode(&claims));
        let signature = match fault {
            Some(IdTokenFault::AlgNone) => Vec::new(),
            Some(IdTokenFault::AlgHs256) => {
                let key = aws_lc_rs::hmac::Key::new(aws_lc_rs::hmac::HMAC_SHA256, &signer.public_bytes());
                aws_lc_rs::hmac::sign(&key, input.as_bytes()).as_ref().to_vec()
            }
            _ => signer.sign(input.as_bytes()),
        };
        format!("{input}.{}", URL_SAFE_NO_PAD.encode(signature))
    }

    /// The id of the key that signs now.
    pub(crate) fn current_kid(&self) -> &str {
        &self.current().kid
    }
}

fn encode(value: &Value) -> String {
    URL_SAFE_NO_PAD.encode(value.to_string())
}

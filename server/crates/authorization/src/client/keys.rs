//! The public keys of a client that signs its requests (`private_key_jwt`): a JWK set (RFC 7517), read once.

use jsonwebtoken::{Algorithm, DecodingKey};
use serde_json::Value;

/// The shortest modulus, in characters of base64url: 2048 bits (RFC 7518 section 3.3).
const MIN_MODULUS_CHARS: usize = 340;
/// The members that only private or secret keys have (RFC 7518 section 6).
const PRIVATE: [&str; 8] = ["d", "p", "q", "dp", "dq", "qi", "oth", "k"];

/// The public keys with which a client's assertions are verified.
#[derive(Clone, Debug)]
pub struct ClientKeys(Vec<ClientKey>);

#[derive(Clone, Debug)]
struct ClientKey {
    id: Option<Box<str>>,
    algorithm: Algorithm,
    key: DecodingKey,
}

impl ClientKeys {
    /// What may be written, for people who wrote something else.
    pub const ALLOWED: &'static str = "Write a JWK set with the public keys: {\"keys\": [{\"kty\": \"EC\", \"crv\": \"P-256\", \"kid\": …, \"x\": …, \"y\": …}]}, \
         or RSA keys of 2048 bits and more with kty, kid, n and e";

    /// Reads a JWK set.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn parse(text: &str) -> Result<Self, &'static str> {
        let set: Value = serde_json::from_str(text).map_err(|_| "it is no JSON")?;
        let keys = set.get("keys").and_then(Value::as_array).ok_or("it has no list `keys`")?;
        if keys.is_empty() {
            return Err("it has no key");
        }
        let keys: Vec<ClientKey> = keys.iter().map(read).collect::<Result<_, _>>()?;
        let ambiguous = keys.iter().enumerate().any(|(at, key)| {
            keys.len() > 1 && (key.id.is_none() || keys[..at].iter().any(|other| other.id == key.id))
        });
        if ambiguous {
            return Err("each of several keys needs a `kid` of its own");
        }
        Ok(Self(keys))
    }

    /// The key for a signature whose header names `kid` and `algorithm`. The key says which algorithm it is for; the header
    /// must agree.
    pub(crate) fn find(&self, kid: Option<&str>, algorithm: Algorithm) -> Option<&DecodingKey> {
        let named = |key: &&ClientKey| match kid {
            Some(kid) => key.id.as_deref().is_none_or(|id| id == kid),
            None => self.0.len() == 1,
        };
        let key = self.0.iter().find(named)?;
        (key.algorithm == algorithm).then_some(&key.key)
    }
}

fn read(jwk: &Value) -> Result<ClientKey, &'static str> {
    let text = |name| jwk.get(name).and_then(Value::as_str);
    if PRIVATE.iter().any(|name| jwk.get(name).is_some()) {
        return Err("it has a private key, which the client must keep to itself");
    }
    if text("use").is_some_and(|usage| usage != "sig") {
        return Err("it has a key that is not for signatures");
    }
    let part = |name| text(name).ok_or("it has a key without all of its parts");
    let (algorithm, name, key) = match text("kty") {
        Some("RSA") => {
            let modulus = part("n")?;
            if modulus.len() < MIN_MODULUS_CHARS {
                return Err("it has an RSA key of less than 2048 bits");
            }
            (Algorithm::RS256, "RS256", DecodingKey::from_rsa_components(modulus, part("e")?))
        }
        Some("EC") if text("crv") == Some("P-256") => {
            (Algorithm::ES256, "ES256", DecodingKey::from_ec_components(part("x")?, part("y")?))
        }
        _ => return Err("it has a key that is neither RSA nor on the curve P-256"),
    };
    if text("alg").is_some_and(|alg| alg != name) {
        return Err("it has a key for another algorithm than RS256 and ES256");
    }
    let key = key.map_err(|_| "it has a key that cannot be read")?;
    Ok(ClientKey { id: text("kid").map(Box::from), algorithm, key })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The public key of RFC 7515 appendix A.3.
    const EC: &str = r#""kty":"EC","crv":"P-256","x":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU","y":"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0""#;

    #[test]
    fn s_as_25_keys_are_public_ones_for_rs256_and_es256_told_apart_by_their_ids() {
        let keys =
            ClientKeys::parse(&format!(r#"{{"keys":[{{{EC},"kid":"a"}},{{{EC},"kid":"b"}}]}}"#)).unwrap();
        assert!(keys.find(Some("b"), Algorithm::ES256).is_some());
        assert!(keys.find(Some("b"), Algorithm::RS256).is_none(), "the key has one algorithm");
        assert!(keys.find(Some("c"), Algorithm::ES256).is_none());
        assert!(keys.find(None, Algorithm::ES256).is_none());
        let one = ClientKeys::parse(&format!(r#"{{"keys":[{{{EC}}}]}}"#)).unwrap();
        assert!(
            one.find(None, Algorithm::ES256).is_some() && one.find(Some("x"), Algorithm::ES256).is_some()
        );
        for wrong in [
            "",
            "[]",
            r#"{"keys":[]}"#,
            &format!(r#"{{"keys":[{{{EC}}},{{{EC}}}]}}"#),
            &format!(r#"{{"keys":[{{{EC},"kid":"a"}},{{{EC},"kid":"a"}}]}}"#),
            &format!(r#"{{"keys":[{{{EC},"d":"AQ"}}]}}"#),
            &format!(r#"{{"keys":[{{{EC},"use":"enc"}}]}}"#),
            &format!(r#"{{"keys":[{{{EC},"alg":"RS256"}}]}}"#),
            r#"{"keys":[{"kty":"oct","k":"AQ"}]}"#,
            r#"{"keys":[{"kty":"RSA","n":"AQAB","e":"AQAB"}]}"#,
            r#"{"keys":[{"kty":"EC","crv":"P-384","x":"AQ","y":"AQ"}]}"#,
        ] {
            assert!(ClientKeys::parse(wrong).is_err(), "{wrong}");
        }
    }
}

//! Valid proofs and flawed ones: each flaw with a control that the same proof without it is accepted.

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use kernel::{KeyRing, MasterKey, OsRandomness, Timestamp};
use serde_json::{Value, json};
use testkit::{DpopKey, DpopProof};

use super::call::Call;
use super::nonce::{NONCE_LIFETIME, Nonces};
use super::proof::check;
use super::proof_error::ProofError;
use super::proven::Proven;

const ADDRESS: &str = "https://login.example/oauth2/token";
const CALL: Call<'_> = Call { method: "POST", origin: "https://login.example", path: "/oauth2/token" };
const NOW: Timestamp = Timestamp::from_millis(1_768_739_696_789);

/// A client with its key, and the server's nonces.
struct Client {
    key: DpopKey,
    nonces: Nonces,
}

impl Client {
    fn new(key: DpopKey) -> Self {
        let ring = KeyRing::new(vec![MasterKey::generate(&OsRandomness)]).unwrap();
        Self { key, nonces: Nonces::new(&ring) }
    }

    fn judge(&self, proof: &str, token: Option<&str>) -> Result<Proven, ProofError> {
        check(proof, &CALL, token, &self.nonces, NOW)
    }

    /// A usual proof after `change`.
    fn with(&self, change: impl FnOnce(&mut Value, &mut Value)) -> Result<Proven, ProofError> {
        let (mut header, mut claims) = (self.key.header(), self.key.claims(usual()));
        change(&mut header, &mut claims);
        self.judge(&self.key.sign(&header.to_string(), &claims.to_string()), None)
    }

    fn refuses(&self, what: &str, change: impl FnOnce(&mut Value, &mut Value)) {
        let refused = self.with(change);
        assert!(matches!(refused, Err(ProofError::Invalid(_))), "{what}: {refused:?}");
    }
}

fn usual() -> DpopProof<'static> {
    DpopProof::new("POST", ADDRESS, NOW.seconds())
}

#[test]
fn every_kind_of_key_proves_and_its_name_is_its_thumbprint() {
    for key in [DpopKey::p256(), DpopKey::rsa(), DpopKey::ed25519()] {
        let client = Client::new(key);
        let proven = client.with(|_, _| {}).unwrap();
        assert_eq!(proven.key.to_string(), client.key.thumbprint());
        let other = client.with(|_, _| {}).unwrap();
        assert!(proven.id != other.id, "each proof has its own id");
        // What browsers and libraries add to a public key says nothing here.
        let decorated = client.with(|header, _| {
            header["jwk"]["ext"] = json!(true);
            header["jwk"]["key_ops"] = json!(["verify"]);
            header["jwk"]["kid"] = json!("x");
            header["kid"] = json!("x");
        });
        assert!(decorated.unwrap().key.matches(&proven.key));
    }
}

#[test]
fn s_tok_5_no_algorithm_that_proves_nothing() {
    let client = Client::new(DpopKey::p256());
    for algorithm in ["none", "NonE", "HS256", "RS256", "ES384", "PS256", "EdDSA", "es256", ""] {
        client.refuses(algorithm, |header, _| header["alg"] = json!(algorithm));
    }
    let secret = |header: &mut Value, _: &mut Value| {
        header["alg"] = json!("HS256");
        header["jwk"] = json!({ "kty": "oct", "k": "c2VjcmV0" });
    };
    client.refuses("a symmetric key", secret);
    for member in ["d", "p", "q", "dp", "dq", "qi", "oth", "k"] {
        client.refuses(member, |header, _| header["jwk"][member] = json!("AQAB"));
    }
    let rsa = Client::new(DpopKey::rsa());
    rsa.refuses("ES256 with an RSA key", |header, _| header["alg"] = json!("ES256"));
    rsa.refuses("a short modulus", |header, _| header["jwk"]["n"] = json!("wQ".repeat(80)));
    rsa.refuses("a leading zero", |header, _| {
        let n = URL_SAFE_NO_PAD.decode(header["jwk"]["n"].as_str().unwrap()).unwrap();
        header["jwk"]["n"] = json!(URL_SAFE_NO_PAD.encode([&[0], &n[..]].concat()));
    });
}

#[test]
fn s_tok_10_only_a_proof_is_a_proof() {
    let client = Client::new(DpopKey::p256());
    for kind in ["JWT", "at+jwt", "dpop", "DPoP+JWT"] {
        client.refuses(kind, |header, _| header["typ"] = json!(kind));
    }
    for name in ["typ", "alg", "jwk"] {
        client.refuses(name, |header, _| {
            header.as_object_mut().unwrap().remove(name);
        });
    }
    for name in ["jti", "htm", "htu", "iat"] {
        client.refuses(name, |_, claims| {
            claims.as_object_mut().unwrap().remove(name);
        });
    }
    client.refuses("crit", |header, _| header["crit"] = json!(["b64"]));
    client.refuses("b64", |header, _| header["b64"] = json!(false));
    client.refuses("a large one", |_, claims| claims["x"] = json!("x".repeat(4096)));
    for id in ["", &"x".repeat(257)] {
        client.refuses("jti", |_, claims| claims["jti"] = json!(id));
    }
    let proof = client.key.prove(usual());
    let other = DpopKey::p256().prove(usual());
    let (message, signature) = proof.rsplit_once('.').unwrap();
    let foreign = other.rsplit_once('.').unwrap().1;
    for broken in [
        String::new(),
        "a.b".to_owned(),
        message.to_owned(),
        format!("{message}."),
        format!("{message}.{foreign}"),
        format!("{message}.{signature}="),
        format!("{proof}.x"),
        format!("{proof}.x.y"),
    ] {
        assert!(client.judge(&broken, None).is_err(), "{broken}");
    }
    assert!(client.judge(&proof, None).is_ok());
}

/// Names that come twice are read by one parser in one way and by another in another (S-TOK-8).
#[test]
fn s_tok_8_no_member_comes_twice() {
    let client = Client::new(DpopKey::p256());
    let (header, claims) = (client.key.header().to_string(), client.key.claims(usual()).to_string());
    let again = |json: &str, more: &str| json.replacen('{', &format!("{{{more},"), 1);
    for (header, claims) in [
        (again(&header, r#""alg":"ES256""#), claims.clone()),
        (header.replacen(r#""jwk":{"#, r#""jwk":{"kty":"EC","#, 1), claims.clone()),
        (header.clone(), again(&claims, r#""htm":"POST""#)),
        (header.clone(), again(&claims, r#""j\u0074i":"other""#)),
    ] {
        assert!(client.judge(&client.key.sign(&header, &claims), None).is_err(), "{header} {claims}");
    }
    assert!(client.judge(&client.key.sign(&header, &claims), None).is_ok());
}

#[test]
fn a_proof_is_for_one_method_address_and_token() {
    let client = Client::new(DpopKey::p256());
    for method in ["GET", "post", ""] {
        client.refuses(method, |_, claims| claims["htm"] = json!(method));
    }
    for address in
        ["https://login.example/oauth2/userinfo", "https://evil.example/oauth2/token", "/oauth2/token"]
    {
        client.refuses(address, |_, claims| claims["htu"] = json!(address));
    }
    let token = "eyJ.eyJ.sig";
    let bound = client.key.prove(usual().with_token(token));
    assert!(client.judge(&bound, Some(token)).is_ok());
    assert!(client.judge(&bound, Some("another")).is_err());
    assert!(client.judge(&client.key.prove(usual()), Some(token)).is_err(), "without ath");
}

#[test]
fn a_proof_is_a_minute_old_at_most_or_has_a_nonce_of_ours() {
    let client = Client::new(DpopKey::p256());
    let at = |seconds: i64| client.key.prove(DpopProof::new("POST", ADDRESS, NOW.seconds() + seconds));
    // The moment of the call is 0.789 s after the full second.
    for (seconds, taken) in
        [(-60, false), (-59, true), (60, true), (61, false), (-86_400, false), (i64::MAX / 2, false)]
    {
        assert_eq!(client.judge(&at(seconds), None).is_ok(), taken, "{seconds}");
    }
    let proof = |nonce: &str, seconds: i64| {
        client.key.prove(DpopProof::new("POST", ADDRESS, NOW.seconds() + seconds).with_nonce(nonce))
    };
    let nonce = client.nonces.at(NOW.minus(Duration::from_secs(10)));
    let proven = client.judge(&proof(&nonce, -86_400), None).unwrap();
    assert_eq!(
        proven.until,
        NOW.minus(Duration::from_secs(10)).plus(NONCE_LIFETIME),
        "a clock that is a day slow"
    );
    for wrong in ["", "x", &client.nonces.at(NOW.minus(NONCE_LIFETIME))] {
        assert_eq!(client.judge(&proof(wrong, 0), None).err(), Some(ProofError::Nonce), "{wrong}");
    }
}

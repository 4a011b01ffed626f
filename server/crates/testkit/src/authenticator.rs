//! A passkey and the browser that holds it, in software: it answers as it is asked, and can be made to answer otherwise. Written from
//! WebAuthn Level 3, apart from what verifies the answers.

use aws_lc_rs::digest::{SHA256, digest};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_ASN1_SIGNING, EcdsaKeyPair, KeyPair as _};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};

/// Somebody was there.
pub const PRESENT: u8 = 0x01;
/// They were recognised, by finger, face or PIN.
pub const VERIFIED: u8 = 0x04;
/// The key may be copied to other devices, and is.
pub const SYNCED: u8 = 0x18;
const HOLDS_KEY: u8 = 0x40;

/// A passkey.
pub struct Authenticator {
    pair: EcdsaKeyPair,
    /// What browsers call it.
    pub id: Vec<u8>,
    /// Whose it is, once that is known.
    pub handle: Vec<u8>,
    /// The model that it says it is.
    pub aaguid: [u8; 16],
    /// The origin of the page in which it is used.
    pub origin: String,
}

/// What a browser and its authenticator say. A test changes what it wants to be wrong.
#[derive(Clone, Debug)]
pub struct Statement {
    /// `webauthn.create` or `webauthn.get`.
    pub kind: &'static str,
    /// The challenge, in base64url.
    pub challenge: String,
    /// Where the page is from.
    pub origin: String,
    /// Whether it was in a frame of another site.
    pub cross_origin: bool,
    /// The domain for which the key is used.
    pub rp_id: String,
    /// [`PRESENT`] and the like.
    pub flags: u8,
    /// How often the key was used; 0 where nobody counts.
    pub counter: u32,
    /// The algorithm of a new key (COSE).
    pub algorithm: i8,
    /// Whose the key is.
    pub handle: Option<Vec<u8>>,
}

impl Authenticator {
    /// A new key, used in pages of `origin`.
    pub fn new(origin: &str) -> Self {
        let pair = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_ASN1_SIGNING).unwrap();
        let id = digest(&SHA256, pair.public_key().as_ref()).as_ref().to_vec();
        Self { pair, id, handle: Vec::new(), aaguid: [0; 16], origin: origin.to_owned() }
    }

    /// The name of the key in base64url.
    pub fn id_text(&self) -> String {
        URL_SAFE_NO_PAD.encode(&self.id)
    }

    /// An honest statement for what a page was asked as `publicKey`: of a new key where an owner is named.
    pub fn asked(&mut self, options: &Value) -> Statement {
        let text = |value: &Value| value.as_str().unwrap_or_else(|| panic!("{options}")).to_owned();
        let is_new = options["user"].is_object();
        if is_new {
            self.handle = URL_SAFE_NO_PAD.decode(text(&options["user"]["id"])).unwrap();
        }
        Statement {
            kind: if is_new { "webauthn.create" } else { "webauthn.get" },
            challenge: text(&options["challenge"]),
            origin: self.origin.clone(),
            cross_origin: false,
            rp_id: text(if is_new { &options["rp"]["id"] } else { &options["rpId"] }),
            flags: PRESENT | VERIFIED | SYNCED,
            counter: 0,
            algorithm: -7,
            handle: Some(self.handle.clone()),
        }
    }

    /// The credential of a new key, as `PublicKeyCredential.toJSON()` gives it.
    pub fn make(&self, statement: &Statement) -> Value {
        let mut data = authenticator_data(statement, HOLDS_KEY);
        data.extend(self.aaguid);
        data.extend(u16::try_from(self.id.len()).unwrap().to_be_bytes());
        data.extend(&self.id);
        data.extend(self.public_key(statement.algorithm));
        // {"fmt": "none", "attStmt": {}, "authData": …}
        let mut attestation = b"\xa3\x63fmt\x64none\x67attStmt\xa0\x68authData\x59".to_vec();
        attestation.extend(u16::try_from(data.len()).unwrap().to_be_bytes());
        attestation.extend(data);
        self.credential(json!({
            "clientDataJSON": URL_SAFE_NO_PAD.encode(client_data(statement)),
            "attestationObject": URL_SAFE_NO_PAD.encode(attestation),
            "transports": ["internal", "hybrid"],
        }))
    }

    /// The credential of somebody who signs in.
    pub fn sign(&self, statement: &Statement) -> Value {
        let (data, client) = (authenticator_data(statement, 0), client_data(statement));
        let mut signed = data.clone();
        signed.extend(digest(&SHA256, client.as_bytes()).as_ref());
        let signature = self.pair.sign(&SystemRandom::new(), &signed).unwrap();
        let handle = statement.handle.as_ref().map(|handle| URL_SAFE_NO_PAD.encode(handle));
        self.credential(json!({
            "clientDataJSON": URL_SAFE_NO_PAD.encode(client),
            "authenticatorData": URL_SAFE_NO_PAD.encode(data),
            "signature": URL_SAFE_NO_PAD.encode(signature.as_ref()),
            "userHandle": handle,
        }))
    }

    fn credential(&self, response: Value) -> Value {
        json!({
            "id": self.id_text(),
            "rawId": self.id_text(),
            "type": "public-key",
            "authenticatorAttachment": "platform",
            "clientExtensionResults": {},
            "response": response,
        })
    }

    /// In COSE: {1: 2, 3: algorithm, -1: 1, -2: x, -3: y}.
    fn public_key(&self, algorithm: i8) -> Vec<u8> {
        let point = self.pair.public_key().as_ref();
        let (x, y) = point[1..].split_at(32);
        let mut key = vec![0xa5, 0x01, 0x02, 0x03];
        match u8::try_from(-1 - algorithm).unwrap() {
            short @ 0..24 => key.push(0x20 | short),
            long => key.extend([0x38, long]),
        }
        key.extend([0x20, 0x01, 0x21, 0x58, 0x20]);
        key.extend(x);
        key.extend([0x22, 0x58, 0x20]);
        key.extend(y);
        key
    }
}

fn authenticator_data(statement: &Statement, more: u8) -> Vec<u8> {
    let mut data = digest(&SHA256, statement.rp_id.as_bytes()).as_ref().to_vec();
    data.push(statement.flags | more);
    data.extend(statement.counter.to_be_bytes());
    data
}

fn client_data(statement: &Statement) -> String {
    let Statement { kind, challenge, origin, cross_origin, .. } = statement;
    json!({ "type": kind, "challenge": challenge, "origin": origin, "crossOrigin": cross_origin }).to_string()
}
